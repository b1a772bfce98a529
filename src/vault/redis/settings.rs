//! From our settings to a client of the redis crate.

#![expect(clippy::wildcard_enum_match_arm, reason = "enums of the redis crate, which grow")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use ::redis::Client;
use ::redis::ClientTlsConfig;
use ::redis::ConnectionAddr;
use ::redis::ConnectionInfo;
use ::redis::IntoConnectionInfo;
use ::redis::TlsCertificates;
use ::redis::io::tcp::TcpSettings;

use crate::base::Sensitive;
use crate::base::Timeouts;
use crate::vault::Error;
use crate::vault::config::RedisConfig;

/// Settings of a Redis vault that were checked.
pub(super) struct Settings {
    config: RedisConfig,
    server: ConnectionInfo,
    /// Longest time that dialling may take.
    pub(super) connect: Duration,
    /// Bound on a call as a whole.
    pub(super) call: Duration,
}

impl Settings {
    /// Checks the URL, and that all files can be read and understood.
    pub(super) fn new(config: &RedisConfig, timeouts: &Timeouts) -> Result<Self, Error> {
        let server = server(config.url.expose()).map_err(|problem| {
            Error::misconfigured(problem, "use redis://host:port or rediss://host:port")
        })?;
        let tls = matches!(server.addr(), ConnectionAddr::TcpTls { .. });
        if !tls && (config.ca.is_some() || config.client_certificate.is_some()) {
            return Err(Error::misconfigured(
                "there are certificates but the URL asks for no TLS",
                "write rediss:// in the URL",
            ));
        }
        if config.password_file.is_some() && server.redis_settings().password().is_some() {
            return Err(Error::misconfigured(
                "there is a password in the URL and one in a file",
                "take one of them out",
            ));
        }
        let config = config.clone();
        let settings = Self { config, server, connect: timeouts.connect, call: timeouts.vault };
        settings.client()?;
        Ok(settings)
    }

    /// Returns host and port, without user name and password.
    pub(super) fn address(&self) -> String {
        self.server.addr().to_string()
    }

    /// Gives a client for one dialling. Reads password and certificates afresh, so that changed
    /// ones are used from the next connection on.
    pub(super) fn client(&self) -> Result<Client, Error> {
        // Without nodelay a short write can wait 40 ms for a delayed acknowledgement. The kernel
        // gives up on a silent peer after as long as we would wait for an answer.
        let tcp = TcpSettings::default().set_nodelay(true).set_user_timeout(self.call);
        let mut redis = self.server.redis_settings().clone().set_skip_set_lib_name();
        if let Some(path) = &self.config.password_file {
            let password = Sensitive::new(text(path)?);
            redis = redis.set_password(password.expose().trim_end_matches(['\r', '\n']));
        }
        let server = self.server.clone().set_tcp_settings(tcp).set_redis_settings(redis);
        let built = match server.addr() {
            ConnectionAddr::TcpTls { .. } => Client::build_with_tls(server, self.certificates()?),
            _ => Client::open(server),
        };
        // No connection was tried: what is wrong are the files.
        built.map_err(|error| {
            Error::misconfigured(
                format!("redis: {}", error.category()),
                "`ca` and `client_certificate` are PEM files of certificates and a private key",
            )
        })
    }

    fn certificates(&self) -> Result<TlsCertificates, Error> {
        let root_cert = self.config.ca.as_deref().map(read).transpose()?;
        let client_tls = match &self.config.client_certificate {
            Some((certificate, key)) => {
                Some(ClientTlsConfig { client_cert: read(certificate)?, client_key: read(key)? })
            }
            None => None,
        };
        Ok(TlsCertificates { client_tls, root_cert })
    }
}

/// Refuses what is not the URL of a Redis over TCP, or over TLS with certificates. Says what is wrong, and
/// repeats nothing of it.
pub fn check_url(url: &str) -> Result<(), &'static str> {
    server(url).map(drop)
}

fn server(url: &str) -> Result<ConnectionInfo, &'static str> {
    let server = url.into_connection_info().map_err(|_| "the URL of Redis cannot be read")?;
    match server.addr() {
        ConnectionAddr::Tcp(..) | ConnectionAddr::TcpTls { insecure: false, .. } => Ok(server),
        _ => Err("the URL asks for something else than TCP or TLS with certificates"),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| {
        Error::misconfigured(
            format!("{}: {error}", path.display()),
            "the gateway's user must be able to read this file",
        )
    })
}

fn text(path: &Path) -> Result<String, Error> {
    String::from_utf8(read(path)?).map_err(|_| {
        Error::misconfigured(
            format!("{}: not UTF-8", path.display()),
            "a password file holds the password and nothing else",
        )
    })
}
