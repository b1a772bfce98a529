//! One line per exchange, for operators: what happened, never what was in it.
//!
//! Own formatter and own thread: a general logging layer costs as much as the proxying itself. The
//! data path only moves a [`Record`] into a bounded queue. If the writer cannot keep up the line is
//! dropped and counted: logs must not slow down or stop the service. (The audit journal is another
//! thing: it is waited for.)
//!
//! A line has no query, no header value and no body. A path is shown as the route's pattern, because
//! paths name people too; of one that no route takes, only how many segments it has; of one with two
//! readings, nothing.

use std::cell::OnceCell;
use std::fmt::Write as _;
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::base::Clock;
use crate::base::RequestId;
use crate::base::RouteId;
use crate::base::Timestamp;
use crate::base::UpstreamId;

/// Lines that may wait for the writer.
const QUEUE: usize = 8192;

/// The log; clones share one writer.
#[derive(Debug, Clone)]
pub struct AccessLog {
    queue: Option<SyncSender<Record>>,
    dropped: Arc<AtomicU64>,
    clock: Arc<dyn ClockDebug>,
}

/// A clock that can stand in a struct with `Debug`.
trait ClockDebug: Clock {}

impl<T: Clock> ClockDebug for T {}

impl std::fmt::Debug for dyn ClockDebug {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Clock")
    }
}

/// What is known of an exchange when it is over.
#[derive(Debug, Clone)]
pub struct Record {
    /// When the request's head had been read.
    pub time: Timestamp,
    /// The id that problems and the journal name, too.
    pub request_id: OnceCell<RequestId>,
    /// The client's address, behind trusted proxies that which they tell.
    pub client: IpAddr,
    /// The method when it is a registered one, or `other`; `-` of a head that was refused.
    pub method: &'static str,
    /// How many segments the path has; written when `pattern` is absent.
    pub segments: usize,
    /// The route's path pattern.
    pub pattern: Option<Arc<str>>,
    /// The route that took it; none without one.
    pub route: Option<RouteId>,
    /// Where it went; none when it was refused before that was known.
    pub upstream: Option<UpstreamId>,
    /// The status that was answered; 499 when the client left before that.
    pub status: u16,
    /// The code of the problem, when it was refused or failed.
    pub problem: Option<&'static str>,
    /// Body bytes received and sent.
    pub bytes: (u64, u64),
    /// From the head of the request to the head of the answer, and to its last byte.
    pub durations: (Duration, Duration),
    /// Whether the answer's body reached its end.
    pub complete: bool,
}

impl Record {
    /// Returns the id of the exchange. It is made when somebody asks for it first.
    pub(super) fn request_id(&self) -> RequestId {
        *self.request_id.get_or_init(RequestId::new)
    }
}

impl AccessLog {
    /// Starts the writer. It ends, and the handle can be joined, when the last clone is dropped.
    pub fn start(
        out: impl Write + Send + 'static,
        clock: Arc<impl Clock + 'static>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, receiver) = sync_channel(QUEUE);
        let writer = std::thread::Builder::new().name("access-log".to_owned());
        let writer = writer.spawn(move || write_all(&receiver, out))?;
        let dropped = Arc::new(AtomicU64::new(0));
        Ok((Self { queue: Some(sender), dropped, clock }, writer))
    }

    /// Gives a log that writes nothing.
    pub fn off(clock: Arc<impl Clock + 'static>) -> Self {
        Self { queue: None, dropped: Arc::default(), clock }
    }

    /// Lines that were lost because the writer could not keep up.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Returns whether lines are written.
    pub(super) fn is_on(&self) -> bool {
        self.queue.is_some()
    }

    /// Returns the time for a line; without lines nobody asks the clock.
    pub(super) fn now(&self) -> Timestamp {
        if self.is_on() { self.clock.now() } else { Timestamp(0) }
    }

    pub(super) fn write(&self, record: Record) {
        if let Some(queue) = &self.queue
            && queue.try_send(record).is_err()
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write_all(records: &Receiver<Record>, mut out: impl Write) {
    let mut lines = String::new();
    while let Ok(first) = records.recv() {
        lines.clear();
        line(&first, &mut lines);
        for record in records.try_iter().take(256) {
            line(&record, &mut lines);
        }
        if out.write_all(lines.as_bytes()).and_then(|()| out.flush()).is_err() {
            tracing::error!("cannot write the access log");
        }
    }
}

/// Writes one JSON object and a line feed.
fn line(record: &Record, to: &mut String) {
    to.push_str("{\"time\":\"");
    if let Some(time) = record.time.date() {
        push(to, format_args!("{time:.6}"));
    }
    push(to, format_args!("\",\"request_id\":\"{}\"", record.request_id()));
    push(to, format_args!(",\"client\":\"{}\",\"method\":\"{}\"", record.client, record.method));
    to.push_str(",\"path\":\"");
    match &record.pattern {
        Some(pattern) => escape(pattern, to),
        None => shape(record.segments, to),
    }
    push(to, format_args!("\",\"status\":{}", record.status));
    if let Some(route) = &record.route {
        push(to, format_args!(",\"route\":\"{route}\""));
    }
    if let Some(upstream) = &record.upstream {
        push(to, format_args!(",\"upstream\":\"{upstream}\""));
    }
    if let Some(problem) = record.problem {
        push(to, format_args!(",\"problem\":\"{problem}\""));
    }
    let (received, sent) = record.bytes;
    push(to, format_args!(",\"bytes_in\":{received},\"bytes_out\":{sent}"));
    let (first, whole) = (record.durations.0.as_micros(), record.durations.1.as_micros());
    push(to, format_args!(",\"head_us\":{first},\"total_us\":{whole}"));
    push(to, format_args!(",\"complete\":{}}}\n", record.complete));
}

/// Writes a path without its content: as many stars as it has segments, up to a few.
fn shape(segments: usize, to: &mut String) {
    const MOST: usize = 8;
    (0..segments.min(MOST)).for_each(|_| to.push_str("/*"));
    if segments > MOST {
        to.push_str("/**");
    }
}

fn push(to: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _written = to.write_fmt(arguments).is_ok();
}

fn escape(text: &str, to: &mut String) {
    for character in text.chars() {
        match character {
            '"' | '\\' => to.extend(['\\', character]),
            control if control.is_control() => {
                push(to, format_args!("\\u{:04x}", u32::from(control)));
            }
            plain => to.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FixedClock;

    fn record(pattern: Option<&str>) -> Record {
        Record {
            time: Timestamp(1_795_000_000_000_001),
            request_id: OnceCell::from(RequestId::new()),
            client: "203.0.113.1".parse().unwrap(),
            method: "GET",
            segments: 2,
            pattern: pattern.map(Arc::from),
            route: RouteId::new("users"),
            upstream: UpstreamId::new("shop"),
            status: 200,
            problem: None,
            bytes: (1, 2),
            durations: (Duration::from_micros(3), Duration::from_micros(4)),
            complete: true,
        }
    }

    fn parsed(record: &Record) -> serde_json::Value {
        let mut text = String::new();
        line(record, &mut text);
        assert!(text.ends_with('\n'));
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_line_is_json_and_shows_of_a_path_without_a_route_how_long_it_is() {
        let value = parsed(&record(None));
        assert_eq!(value["path"], "/*/*");
        assert_eq!(parsed(&Record { segments: 9, ..record(None) })["path"], "/*/*/*/*/*/*/*/*/**");
        assert_eq!(value["time"], "2026-11-18T11:06:40.000001Z");
        assert_eq!((&value["status"], &value["bytes_out"]), (&200.into(), &2.into()));
    }

    #[test]
    fn a_route_with_a_pattern_shows_no_path() {
        assert_eq!(parsed(&record(Some("/us\"ers/{id}")))["path"], "/us\"ers/{id}");
    }

    #[test]
    fn what_is_logged_is_written_before_the_writer_ends() {
        let (file, mut reader) = (tempfile::NamedTempFile::new().unwrap(), String::new());
        let clock = Arc::new(FixedClock::at(Timestamp(0)));
        let (log, writer) = AccessLog::start(file.reopen().unwrap(), clock).unwrap();
        for _ in 0..3 {
            log.clone().write(record(None));
        }
        drop(log);
        writer.join().unwrap();
        std::io::Read::read_to_string(&mut file.reopen().unwrap(), &mut reader).unwrap();
        assert_eq!(reader.lines().count(), 3);
    }
}
