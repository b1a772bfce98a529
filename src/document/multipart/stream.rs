//! A multipart form that is too long to be read whole: files pass, everything else is held part by part.

use std::sync::Arc;

use memchr::memmem;

use crate::document::Boundary;
use crate::document::Options;
use crate::document::Program;
use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::multipart::disposition;
use crate::document::multipart::part;
use crate::document::multipart::part::How;

/// The headers of one part at most.
const HEADERS: usize = 16 * 1024;

/// A piece of a form. All pieces one after the other are the form.
#[derive(Debug, PartialEq, Eq)]
pub enum FormPiece {
    /// It passes as it is: delimiters, and files that nobody reads.
    Through(Vec<u8>),
    /// A part, headers included, to be read as a form of its own: see [`Parts::alone`].
    Part(Vec<u8>),
}

/// Where in the form the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first delimiter.
    Start,
    /// Behind a delimiter: a line end, or two hyphens.
    Delimiter,
    Headers,
    /// In the content of a part that passes.
    Passing,
    /// In a part that is held, headers included.
    Held,
    /// Behind the last delimiter.
    End,
}

/// Cuts a form while it arrives. What it refuses is what the whole form would be refused for; a
/// refusal can come when parts before it have gone on.
#[derive(Debug)]
pub struct Parts {
    boundary: Boundary,
    options: Arc<Options>,
    /// Bytes of a held part at most.
    limit: usize,
    buffer: Vec<u8>,
    state: State,
    /// How far a delimiter was looked for.
    searched: usize,
    ended: bool,
}

impl Parts {
    /// Starts a form; a part that must be held may have so many bytes.
    pub fn new(boundary: Boundary, options: Options, limit: usize) -> Self {
        let (buffer, state) = (Vec::new(), State::Start);
        let options = Arc::new(options);
        Self { boundary, options, limit, buffer, state, searched: 0, ended: false }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that nothing follows.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// A part as a form of its own, and how many bytes stand before and behind it there.
    pub fn alone(&self, part: &[u8]) -> (Vec<u8>, usize, usize) {
        let line = self.boundary.line();
        let form = [line, b"\r\n", part, b"\r\n", line, b"--\r\n"].concat();
        (form, line.len() + 2, line.len() + 6)
    }

    /// Returns how parts are read: elements of lists go on counting.
    pub fn options(&self) -> &Arc<Options> {
        &self.options
    }

    /// Counts a part whose name has empty brackets, so that the next of this name is the next element.
    /// Refuses a form with more such names than `most`.
    pub fn count(&mut self, part: &[u8], most: usize) -> Result<(), Refusal> {
        let lines = memmem::find(part, b"\r\n\r\n").and_then(|end| part.get(..end));
        let head = disposition::read(lines.unwrap_or_default(), self.options.charset())?;
        for name in part::names(&head, &self.options) {
            Arc::make_mut(&mut self.options).counted.count(&name);
        }
        if self.options.counted.len() > most {
            return Err(refused(Reason::TooLarge));
        }
        Ok(())
    }

    /// Gives the next piece; none when more bytes are needed, or the form is at its end.
    /// A file that the program reaches into is held like a field; one that may be a field is refused.
    pub fn next_piece(&mut self, program: &Program) -> Result<Option<FormPiece>, Refusal> {
        loop {
            let before = self.state;
            let piece = match self.state {
                State::Start => self.start()?,
                State::Delimiter => self.delimiter()?,
                State::Headers => self.headers(program)?,
                State::Passing => self.passing()?,
                State::Held => self.held()?,
                State::End => self.epilogue()?,
            };
            if piece.is_some() {
                return Ok(piece);
            }
            if self.state == before {
                let unfinished =
                    self.ended && (self.state != State::End || !self.buffer.is_empty());
                return if unfinished { Err(refused(Reason::UnexpectedEnd)) } else { Ok(None) };
            }
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        self.searched = 0;
        let rest = self.buffer.split_off(count.min(self.buffer.len()));
        std::mem::replace(&mut self.buffer, rest)
    }

    fn start(&mut self) -> Result<Option<FormPiece>, Refusal> {
        let line = self.boundary.line();
        let front = if self.buffer.starts_with(b"\r") { 2 } else { 0 };
        let wanted = [b"\r\n".get(..front).unwrap_or_default(), line].concat();
        if self.buffer.len() < wanted.len() {
            return if wanted.starts_with(&self.buffer) {
                Ok(None)
            } else {
                Err(refused(Reason::AmbiguousBoundary))
            };
        }
        if !self.buffer.starts_with(&wanted) {
            return Err(refused(Reason::AmbiguousBoundary));
        }
        self.state = State::Delimiter;
        Ok(Some(FormPiece::Through(self.take(wanted.len()))))
    }

    fn delimiter(&mut self) -> Result<Option<FormPiece>, Refusal> {
        let next = match self.buffer.get(..2) {
            None => return Ok(None),
            Some(b"\r\n") => State::Headers,
            Some(b"--") => State::End,
            Some(_) => return Err(refused(Reason::AmbiguousBoundary)),
        };
        self.state = next;
        Ok(Some(FormPiece::Through(self.take(2))))
    }

    fn headers(&mut self, program: &Program) -> Result<Option<FormPiece>, Refusal> {
        let end = memmem::find(&self.buffer, b"\r\n\r\n");
        let looked = self.buffer.get(..end.unwrap_or(self.buffer.len())).unwrap_or_default();
        if memmem::find(looked, self.boundary.line()).is_some() {
            return Err(refused(Reason::InvalidPart));
        }
        if looked.len() > HEADERS {
            return Err(refused(Reason::TooLarge));
        }
        let Some(end) = end else { return Ok(None) };
        let head = disposition::read(looked, self.options.charset())?;
        match part::how(&head, program, &self.options, Readings::All) {
            How::Pass => {
                self.state = State::Passing;
                return Ok(Some(FormPiece::Through(self.take(end + 4))));
            }
            How::Refuse => return Err(refused(Reason::AmbiguousFile)),
            How::Text | How::Document(_) => {}
        }
        self.state = State::Held;
        self.searched = end + 4;
        Ok(None)
    }

    /// Where the delimiter behind the content is; none when it has not come.
    fn close(&mut self, content: usize) -> Result<Option<usize>, Refusal> {
        let line = self.boundary.line();
        let from = self.searched.saturating_sub(line.len() + 2).max(content);
        let rest = self.buffer.get(from..).unwrap_or_default();
        let Some(at) = memmem::find(rest, line).map(|at| from + at) else {
            self.searched = self.buffer.len();
            return Ok(None);
        };
        let before = self.buffer.get(content..at).unwrap_or_default();
        if before.ends_with(b"\r\n") {
            Ok(Some(at - 2))
        } else {
            Err(refused(Reason::AmbiguousBoundary))
        }
    }

    fn passing(&mut self) -> Result<Option<FormPiece>, Refusal> {
        let line = self.boundary.line().len();
        if let Some(at) = self.close(0)? {
            self.state = State::Delimiter;
            return Ok(Some(FormPiece::Through(self.take(at + 2 + line))));
        }
        // What may be the beginning of the delimiter, and the line end before it, is kept.
        let safe = self.buffer.len().saturating_sub(line + 2);
        if safe == 0 {
            return Ok(None);
        }
        let piece = self.take(safe);
        Ok(Some(FormPiece::Through(piece)))
    }

    fn held(&mut self) -> Result<Option<FormPiece>, Refusal> {
        let content = memmem::find(&self.buffer, b"\r\n\r\n").map_or(0, |at| at + 4);
        let Some(at) = self.close(content)? else {
            let over = self.buffer.len() > self.limit;
            return if over { Err(refused(Reason::TooLarge)) } else { Ok(None) };
        };
        let part = self.take(at);
        // The delimiter is a piece of its own: it is what the next state starts with.
        self.state = State::Start;
        Ok(Some(FormPiece::Part(part)))
    }

    fn epilogue(&mut self) -> Result<Option<FormPiece>, Refusal> {
        match self.buffer.as_slice() {
            b"" => Ok(None),
            b"\r" if !self.ended => Ok(None),
            b"\r\n" => Ok(Some(FormPiece::Through(self.take(2)))),
            _ => Err(refused(Reason::AmbiguousBoundary)),
        }
    }
}

/// A refusal; offsets in a stream would be those of a buffer, and are left out.
fn refused(reason: Reason) -> Refusal {
    Refusal::new(reason, 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORM: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.example\r\n\
        --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n\r\n-\r\n--c --\xff\0\r\n\
        --b\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--b--\r\n";

    fn cut(form: &[u8], sizes: &[usize]) -> Result<Vec<FormPiece>, Reason> {
        let mut parts = Parts::new(Boundary::new("b").unwrap(), Options::default(), 1000);
        let program = Program::nothing();
        let mut pieces = Vec::new();
        let (mut rest, mut sizes) = (form, sizes.iter().cycle());
        while !rest.is_empty() {
            let (chunk, behind) = rest.split_at((*sizes.next().unwrap()).clamp(1, rest.len()));
            parts.feed(chunk);
            rest = behind;
            if rest.is_empty() {
                parts.end();
            }
            while let Some(piece) = parts.next_piece(&program).map_err(|refusal| refusal.reason)? {
                pieces.push(piece);
            }
        }
        Ok(pieces)
    }

    fn held(pieces: &[FormPiece]) -> Vec<&[u8]> {
        let part = |piece: &'_ FormPiece| matches!(piece, FormPiece::Part(_));
        pieces.iter().filter(|piece| part(piece)).map(bytes).collect()
    }

    fn bytes(piece: &FormPiece) -> &[u8] {
        match piece {
            FormPiece::Part(bytes) | FormPiece::Through(bytes) => bytes,
        }
    }

    #[test]
    fn fields_are_held_and_files_pass() {
        let pieces = cut(FORM, &[1 << 20]).unwrap();
        let held = held(&pieces);
        assert_eq!(held.len(), 2);
        assert!(held[0].ends_with(b"\r\n\r\na@b.example"));
        assert!(held[1].ends_with(b"name=\"empty\"\r\n\r\n"));
    }

    #[test]
    fn what_the_whole_form_is_refused_for_is_refused() {
        let text = |form: &str| cut(form.as_bytes(), &[3]).unwrap_err();
        let head = "Content-Disposition: form-data; name=\"a\"";
        assert_eq!(text("x--b\r\n"), Reason::AmbiguousBoundary);
        assert_eq!(text(&format!("--b\r\n{head}\r\n\r\nx--b--")), Reason::AmbiguousBoundary);
        assert_eq!(text(&format!("--b\r\n{head}\r\n\r\nx\r\n--bcd")), Reason::AmbiguousBoundary);
        assert_eq!(text(&format!("--b\r\n{head}\r\n\r\nx\r\n--b--x")), Reason::AmbiguousBoundary);
        assert_eq!(text(&format!("--b\r\n{head}\r\n\r\nx\r\n--b")), Reason::UnexpectedEnd);
        assert_eq!(text(&format!("--b\r\n{head}\r\n--b--")), Reason::InvalidPart);
        assert_eq!(text("--b\r\nX: y\r\n\r\nx\r\n--b--"), Reason::MissingName);
        assert_eq!(
            text(&format!("--b\r\n{head}\r\n\r\n{}\r\n--b--", "x".repeat(2000))),
            Reason::TooLarge
        );
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_pieces_are_the_form(sizes in proptest::collection::vec(1..40_usize, 1..9)) {
            let pieces = cut(FORM, &sizes).unwrap();
            let whole = cut(FORM, &[1 << 20]).unwrap();
            prop_assert_eq!(held(&pieces), held(&whole));
            let joined: Vec<u8> = pieces.iter().flat_map(bytes).copied().collect();
            prop_assert_eq!(joined, FORM);
        }
    }
}
