//! One HTTP/1.1 message read from bytes ([RFC 9112]), for what stands outside of the data path: cases,
//! `explain`, the demo, tests and benches. On the data path hyper reads, behind the framing scanner.
//!
//! httparse reads fields and chunk sizes; what frames a body twice, or in another way than with a length
//! or as `chunked`, is refused.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

use http::HeaderName;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use http::header::TRANSFER_ENCODING;
use httparse::Status;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt as _;

/// Most fields of a message.
const FIELDS: usize = 256;
/// Longest head, in bytes.
const HEAD_BYTES: usize = 1024 * 1024;
/// Longest body, in bytes.
const BODY_BYTES: usize = 1024 * 1024 * 1024;
/// Bytes that are read from a connection at once.
const READ_BYTES: usize = 64 * 1024;
/// How long [`exchange`] waits for the next bytes.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Why bytes are no message. Nothing of them is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Fault {
    /// Line of the head, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::new(io::ErrorKind::InvalidData, fault)
    }
}

/// Which message comes next on a connection: that decides where one without a length ends
/// ([RFC 9112, section 6.3]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A request from a client.
    Request,
    /// The answer to a request of any method but HEAD.
    Answer,
    /// The answer to HEAD, which has no body.
    AnswerToHead,
}

/// A message taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// The first line, without its end.
    pub start: String,
    /// The fields in their order, names in lower case, values without white space around them.
    pub fields: Vec<(HeaderName, HeaderValue)>,
    /// The body, without what frames it on the wire.
    pub body: Vec<u8>,
    /// The field lines behind a chunked body, as they came.
    pub trailers: Vec<u8>,
    /// All bytes of the message, as they came.
    pub raw: Vec<u8>,
    head_bytes: usize,
}

impl Message {
    /// Reads a message as people write it: lines that end in CRLF or LF, an empty line, and a body that
    /// is all the rest. The fields that frame a body on the wire may be left out. The first line is not
    /// judged.
    ///
    /// Refuses lines of the head that are no fields.
    pub fn written(bytes: &[u8]) -> Result<Self, Fault> {
        let mut head = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            head += line.len();
            if matches!(line, b"\n" | b"\r\n") && head > line.len() {
                break;
            }
        }
        let (written, body) = bytes.split_at_checked(head).unwrap_or((bytes, b""));
        // An end to the head, where the text ends with it.
        let ended = [written, b"\n\n"].concat();
        let mut message = Self::head(&ended)?.ok_or(Fault { line: 1, reason: "no message" })?;
        message.body = body.to_vec();
        message.raw = bytes.to_vec();
        message.head_bytes = head;
        Ok(message)
    }

    /// Reads the head at the beginning of some bytes; none while its end is not there.
    fn head(bytes: &[u8]) -> Result<Option<Self>, Fault> {
        let refuse = |reason| Fault { line: 1, reason };
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            return if bytes.len() > HEAD_BYTES { Err(refuse("too long")) } else { Ok(None) };
        };
        let (start, rest) = bytes.split_at_checked(end + 1).unwrap_or_default();
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let (fields_bytes, fields) = match httparse::parse_headers(rest, &mut fields) {
            Ok(Status::Complete(found)) => found,
            Ok(Status::Partial) if bytes.len() > HEAD_BYTES => return Err(refuse("too long")),
            Ok(Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(refuse("too many fields")),
            Err(_) => return Err(faulty_line(rest)),
        };
        let named = |field: &httparse::Header<'_>| {
            let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(field.value.trim_ascii()).ok()?))
        };
        let fields: Option<_> = fields.iter().map(named).collect();
        Ok(Some(Self {
            start: String::from_utf8_lossy(start).trim_end_matches(['\r', '\n']).to_owned(),
            fields: fields.ok_or(faulty_line(rest))?,
            head_bytes: end + 1 + fields_bytes,
            ..Self::default()
        }))
    }

    /// Returns the first line and the fields as they came, with the empty line behind them.
    pub fn head_bytes(&self) -> &[u8] {
        self.raw.get(..self.head_bytes).unwrap_or(&self.raw)
    }

    /// Returns the first field of a name; lower case.
    pub fn field(&self, name: &str) -> Option<&HeaderValue> {
        self.fields.iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| value)
    }

    /// Returns the status of an answer ([RFC 9112, section 4]).
    pub fn status(&self) -> Option<u16> {
        let (version, rest) = self.start.split_once(' ')?;
        let status = rest.get(..3).filter(|_| version.starts_with("HTTP/1."))?;
        status.parse().ok().filter(|status| (100..1000).contains(status))
    }

    /// Returns how long the body is, by the fields.
    fn length(&self, expected: Expected) -> Result<Length, Fault> {
        let refuse = |reason| Fault { line: 1, reason };
        let is_answer = expected != Expected::Request;
        let status = self.status();
        if is_answer && status.is_none() {
            return Err(refuse("not HTTP/1.1 STATUS"));
        }
        if expected == Expected::AnswerToHead || matches!(status, Some(100..200 | 204 | 304)) {
            return Ok(Length::Bytes(0));
        }
        let mut framing = self
            .fields
            .iter()
            .filter(|(name, _)| *name == CONTENT_LENGTH || *name == TRANSFER_ENCODING);
        match (framing.next(), framing.next()) {
            (None, _) if is_answer => Ok(Length::ToTheEnd),
            (None, _) => Ok(Length::Bytes(0)),
            (Some(_), Some(_)) => Err(refuse("framed twice")),
            (Some((name, value)), None) if *name == CONTENT_LENGTH => {
                let digits = value.as_bytes().iter().all(u8::is_ascii_digit);
                let length = value.to_str().ok().filter(|_| digits);
                let length = length.and_then(|text| text.parse().ok());
                length.map(Length::Bytes).ok_or(refuse("no length"))
            }
            (Some((_, value)), None) if value.as_bytes().eq_ignore_ascii_case(b"chunked") => {
                Ok(Length::Chunked)
            }
            (Some(_), None) => Err(refuse("framed otherwise than with a length or as chunked")),
        }
    }
}

/// How the end of a body is told.
#[derive(Debug, Clone, Copy)]
enum Length {
    Bytes(usize),
    Chunked,
    /// With the connection.
    ToTheEnd,
}

/// Returns the first of these lines that is no field. They stand behind the first line of a message.
fn faulty_line(lines: &[u8]) -> Fault {
    for (number, line) in (2..).zip(lines.split_inclusive(|&byte| byte == b'\n')) {
        let reason = match httparse::parse_headers(
            &[line.trim_ascii_end(), b"\n\n"].concat(),
            &mut [httparse::EMPTY_HEADER; 1],
        ) {
            Ok(_) => continue,
            Err(_) if memchr::memchr(b':', line).is_none() => "no `name: value`",
            Err(httparse::Error::HeaderValue) => "a value with a control character",
            Err(_) => "not the name of a field",
        };
        return Fault { line: number, reason };
    }
    Fault { line: 1, reason: "no fields" }
}

/// Reads the messages of one connection, one after the other.
#[derive(Debug, Default)]
pub struct MessageReader {
    /// What came, and belongs to no message yet.
    bytes: Vec<u8>,
    begun: Option<Begun>,
}

/// A message whose body is not whole.
#[derive(Debug)]
struct Begun {
    message: Message,
    length: Length,
}

impl MessageReader {
    /// Adds what came over the connection.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns what came, and belongs to no message, and forgets it.
    pub fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Returns the next message; none while it is not whole. One that ends with the connection is for
    /// [`Self::end`].
    ///
    /// Refuses bytes that are no message, heads over 1 MiB, and bodies over 1 GiB.
    pub fn next(&mut self, expected: Expected) -> Result<Option<Message>, Fault> {
        let mut begun = if let Some(begun) = self.begun.take() {
            begun
        } else {
            let Some(mut message) = Message::head(&self.bytes)? else { return Ok(None) };
            let length = message.length(expected)?;
            message.raw = self.take(message.head_bytes);
            Begun { message, length }
        };
        let whole = match begun.length {
            Length::ToTheEnd => false,
            Length::Bytes(length) if length > BODY_BYTES => return Err(TOO_LONG),
            Length::Bytes(length) if self.bytes.len() < length => false,
            Length::Bytes(length) => {
                begun.message.body = self.take(length);
                begun.message.raw.extend_from_slice(&begun.message.body);
                true
            }
            Length::Chunked => self.chunks(&mut begun.message)?,
        };
        if whole {
            return Ok(Some(begun.message));
        }
        self.begun = Some(begun);
        Ok(None)
    }

    /// Returns the message that ends with the connection; none when nothing of one has come.
    ///
    /// Refuses a message that is cut off.
    pub fn end(&mut self) -> Result<Option<Message>, Fault> {
        match self.begun.take() {
            Some(Begun { mut message, length: Length::ToTheEnd }) => {
                message.body = self.take_rest();
                message.raw.extend_from_slice(&message.body);
                Ok(Some(message))
            }
            None if self.bytes.is_empty() => Ok(None),
            Some(_) | None => Err(Fault { line: 1, reason: "the message is cut off" }),
        }
    }

    /// Reads from a connection until the next message is whole; none when it ends before one.
    pub fn read(
        &mut self,
        stream: &mut impl Read,
        expected: Expected,
    ) -> io::Result<Option<Message>> {
        let mut piece = vec![0; READ_BYTES];
        loop {
            if let Some(message) = self.next(expected)? {
                return Ok(Some(message));
            }
            let count = stream.read(&mut piece)?;
            if count == 0 {
                return Ok(self.end()?);
            }
            self.push(piece.get(..count).unwrap_or_default());
        }
    }

    /// Does as [`Self::read`] inside a runtime.
    pub async fn read_async(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        expected: Expected,
    ) -> io::Result<Option<Message>> {
        loop {
            if let Some(message) = self.next(expected)? {
                return Ok(Some(message));
            }
            if stream.read_buf(&mut self.bytes).await? == 0 {
                return Ok(self.end()?);
            }
        }
    }

    /// Takes the chunks that are there off the bytes; says whether the last was among them.
    fn chunks(&mut self, message: &mut Message) -> Result<bool, Fault> {
        let refuse = |reason| Fault { line: 1, reason };
        let mut at = 0;
        let whole = loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let size = httparse::parse_chunk_size(rest).map_err(|_| refuse("no chunk size"))?;
            let Status::Complete((begin, size)) = size else { break false };
            let size = usize::try_from(size).map_err(|_| TOO_LONG)?;
            let Some(behind) = rest.get(begin..) else { break false };
            if size == 0 {
                let mut trailers = [httparse::EMPTY_HEADER; FIELDS];
                let read = httparse::parse_headers(behind, &mut trailers);
                let read = read.map_err(|_| refuse("no trailers"))?;
                let Status::Complete((length, _)) = read else { break false };
                let lines = behind.get(..length).unwrap_or_default();
                message.trailers = lines.strip_suffix(b"\r\n").unwrap_or(lines).to_vec();
                at += begin + length;
                break true;
            }
            if message.body.len().saturating_add(size) > BODY_BYTES {
                return Err(TOO_LONG);
            }
            match (behind.get(..size), behind.get(size..size + 2)) {
                (Some(chunk), Some(b"\r\n")) => message.body.extend_from_slice(chunk),
                (_, None) => break false,
                (_, Some(_)) => return Err(refuse("a chunk that ends elsewhere")),
            }
            at += begin + size + 2;
        };
        let taken = self.take(at);
        message.raw.extend_from_slice(&taken);
        Ok(whole)
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.bytes.split_off(count.min(self.bytes.len()));
        std::mem::replace(&mut self.bytes, rest)
    }
}

const TOO_LONG: Fault = Fault { line: 1, reason: "the body is too long" };

/// Sends the bytes of a request on a connection of its own, and returns the final answer; none when the
/// connection ends before one. Waits 20 s for the next bytes at most.
pub fn exchange(
    address: SocketAddr,
    request: &[u8],
    expected: Expected,
) -> io::Result<Option<Message>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(request)?;
    let mut reader = MessageReader::default();
    loop {
        let answer = reader.read(&mut stream, expected)?;
        let status = answer.as_ref().and_then(Message::status);
        if !matches!(status, Some(100 | 102..200)) {
            return Ok(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All messages of some bytes that come in pieces of this length.
    fn read(bytes: &[u8], piece: usize, expected: Expected) -> Result<Vec<Message>, Fault> {
        let (mut reader, mut found) = (MessageReader::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            reader.push(piece);
            while let Some(message) = reader.next(expected)? {
                found.push(message);
            }
        }
        found.extend(reader.end()?);
        Ok(found)
    }

    #[test]
    fn messages_are_the_same_however_they_are_cut() {
        let requests = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nx: \xff \r\n\r\n\
            PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: 1\r\n\r\n";
        for piece in 1..requests.len() {
            let found = read(requests, piece, Expected::Request).unwrap();
            let bodies: Vec<&[u8]> = found.iter().map(|each| each.body.as_slice()).collect();
            assert_eq!(bodies, [b"abc".as_slice(), b"", b"abcde"], "{piece}");
            assert_eq!(found[1].field("x").unwrap().as_bytes(), b"\xff");
            assert_eq!(found[2].trailers, b"t: 1\r\n");
            assert_eq!(
                found.iter().flat_map(|each| each.raw.clone()).collect::<Vec<_>>(),
                requests
            );
            assert!(found[0].head_bytes().ends_with(b"Content-Length: 3\r\n\r\n"));
        }
    }

    #[test]
    fn an_answer_ends_as_its_request_and_status_say() {
        let bodies = |bytes: &[u8], expected| {
            let found = read(bytes, 7, expected).unwrap();
            found.into_iter().map(|each| (each.status().unwrap(), each.body)).collect::<Vec<_>>()
        };
        let open = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200\r\n\r\nto the end";
        let ends = [(103, Vec::new()), (200, b"to the end".to_vec())];
        assert_eq!(bodies(open, Expected::Answer), ends);
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nHTTP/1.1 204 No\r\n\r\n";
        assert_eq!(bodies(head, Expected::AnswerToHead), [(200, Vec::new()), (204, Vec::new())]);
    }

    #[test]
    fn what_has_two_readings_or_is_cut_off_is_refused() {
        for bytes in [
            "GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na",
            "GET / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\ncontent-length: +1\r\n\r\na",
            "GET / HTTP/1.1\r\ncontent-length: 2\r\n\r\na",
            "GET / HTTP/1.1\r\nname : value\r\n\r\n",
            "GET / HTTP/1.1\r\na: b\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\na: b\r\n",
        ] {
            read(bytes.as_bytes(), 5, Expected::Request).unwrap_err();
        }
        read(b"HTTP/2 200\r\n\r\n", 5, Expected::Answer).unwrap_err();
    }

    #[test]
    fn head_and_body_are_bounded() {
        let long = [b"GET / HTTP/1.1\r\na: ".as_slice(), &vec![b'a'; HEAD_BYTES]].concat();
        assert_eq!(read(&long, long.len(), Expected::Request).unwrap_err().reason, "too long");
        let more = BODY_BYTES + 1;
        let declared = format!("GET / HTTP/1.1\r\ncontent-length: {more}\r\n\r\n");
        assert_eq!(read(declared.as_bytes(), 9, Expected::Request).unwrap_err(), TOO_LONG);
        let chunk = format!("GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{more:x}\r\n");
        assert_eq!(read(chunk.as_bytes(), 9, Expected::Request).unwrap_err(), TOO_LONG);
    }

    #[test]
    fn what_people_write_may_leave_out_what_frames_it() {
        let message = Message::written(b"POST /a HTTP/1.1\nA: b\n\n{}\n\n\xff\n").unwrap();
        assert_eq!(
            (message.start.as_str(), message.body.as_slice()),
            ("POST /a HTTP/1.1", b"{}\n\n\xff\n".as_slice())
        );
        assert_eq!(message.field("a").unwrap(), "b");
        assert_eq!(Message::written(b"HTTP/1.1 200").unwrap().status(), Some(200));
        assert_eq!(Message::written(b"GET / HTTP/1.1\r\na: b").unwrap().fields.len(), 1);
        let refused = |text: &str| Message::written(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(refused("GET / HTTP/1.1\na: b\nc\n\n"), "line 3: no `name: value`");
        assert_eq!(refused("GET / HTTP/1.1\na b: c\n\n"), "line 2: not the name of a field");
        assert_eq!(refused("GET / HTTP/1.1\na: \x01"), "line 2: a value with a control character");
    }
}
