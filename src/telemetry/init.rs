//! The log, and what happens when something panics.

use std::any::Any;
use std::io;
use std::io::IsTerminal as _;
use std::panic;

use prometheus_client::metrics::counter::Counter;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::MakeWriter;

use super::fields;

/// How the log is written to standard error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogConfig {
    /// For people or for programs.
    pub format: LogFormat,
    /// The least important messages of ours to be written. Default `info`.
    pub level: LogLevel,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One readable line.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// How important a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogLevel {
    /// Something does not work.
    Error,
    /// Something will not work for long.
    Warn,
    /// What an operator wants to know.
    #[default]
    Info,
    /// What helps to find a fault.
    Debug,
}

impl LogLevel {
    /// Gives the level of this name: `error`, `warn`, `info` or `debug`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "error" => Some(Self::Error),
            "warn" => Some(Self::Warn),
            "info" => Some(Self::Info),
            "debug" => Some(Self::Debug),
            _ => None,
        }
    }

    /// Returns the name as the configuration writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }

    /// What is written: our own messages from this level on, those of libraries from `warn` on at most.
    fn filter(self) -> EnvFilter {
        let libraries = match self {
            Self::Error => Self::Error,
            Self::Warn | Self::Info | Self::Debug => Self::Warn,
        };
        EnvFilter::new(format!("{},cloakroom={}", libraries.as_str(), self.as_str()))
    }
}

/// The log was set up before.
#[derive(Debug, thiserror::Error)]
#[error("the log is set up already")]
pub struct AlreadySet;

/// Sends all messages of this process to standard error. Refuses a second call.
pub fn log(config: &LogConfig) -> Result<(), AlreadySet> {
    tracing::subscriber::set_global_default(subscriber(config, io::stderr)).map_err(|_| AlreadySet)
}

/// Makes what receives messages and writes them here.
pub fn subscriber<W>(config: &LogConfig, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = fmt().with_env_filter(config.level.filter()).with_writer(writer);
    match config.format {
        LogFormat::Text => Box::new(lines.with_ansi(io::stderr().is_terminal()).finish()),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).finish()),
    }
}

/// Counts panics and logs where they happened, in place of Rust's own message.
pub fn panics(counter: &Counter) {
    let counter = counter.clone();
    panic::set_hook(Box::new(move |info| {
        counter.inc();
        let (file, line) = info.location().map_or(("", 0), |place| (place.file(), place.line()));
        let message = told(info.payload());
        tracing::error!({ fields::FILE } = file, { fields::LINE } = line, "panic: {message}");
    }));
}

/// Gives what may be shown of a panic's message: a literal is the program's own, anything formatted
/// could hold data.
fn told(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().map_err(|_| io::ErrorKind::Other)?.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(config: &LogConfig, act: impl FnOnce()) -> String {
        let written = Written::default();
        let copy = written.clone();
        tracing::subscriber::with_default(subscriber(config, move || copy.clone()), act);
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn libraries_stay_quiet_at_every_level() {
        for level in ["error", "warn", "info", "debug"] {
            let level = LogLevel::parse(level).unwrap();
            let text = written(&LogConfig { level, ..LogConfig::default() }, || {
                tracing::info!(target: "hyper::proto", "a library's header");
                tracing::debug!(target: "rustls::client", "a library's bytes");
                tracing::error!(target: "cloakroom::proxy", "ours");
            });
            assert!(text.contains("ours") && !text.contains("library"), "{text}");
        }
    }

    #[test]
    fn json_lines_carry_our_field_names() {
        let config = LogConfig { format: LogFormat::Json, ..LogConfig::default() };
        let text = written(&config, || {
            tracing::info!({ fields::ROUTE } = "users", { fields::STATUS } = 200, "done");
        });
        let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!((&line["route"], &line["status"]), (&"users".into(), &200.into()));
    }

    #[test]
    fn a_panic_with_data_shows_only_its_place() {
        let canary = String::from("alice@example.com");
        let formatted = panic::catch_unwind(|| panic!("no record of {canary}")).unwrap_err();
        assert_eq!(told(&*formatted), "(message withheld)");
        let literal = panic::catch_unwind(|| panic!("index is out of order")).unwrap_err();
        assert_eq!(told(&*literal), "index is out of order");
    }
}
