//! A `redis-server` from the path, for one test: own folder, own port, gone when dropped.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use cloakroom::base::Sensitive;
use cloakroom::vault::config::RedisConfig;
use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::DnType;
use rcgen::IsCa;
use rcgen::Issuer;
use rcgen::KeyPair;
use redis::Value;
use tempfile::TempDir;

/// The password of the user `cloakroom` on a server with access rules.
pub(crate) const PASSWORD: &str = "canary-vault-password";

/// How the server is to be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No password, no TLS.
    Plain,
    /// A user with the rights of docs/operations/redis.md and nothing else.
    LeastPrivilege,
    /// TLS only, and only for clients that show a certificate.
    Tls,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Redis {
    child: Child,
    port: u16,
    kind: Kind,
    settings: Vec<String>,
    pub(crate) folder: TempDir,
}

impl Redis {
    /// Starts a server that flushes before it answers.
    pub(crate) fn start(kind: Kind) -> Self {
        Self::start_with(kind, &["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// Starts a server with further settings.
    pub(crate) fn start_with(kind: Kind, settings: &[&str]) -> Self {
        let mut folder = TempDir::new().unwrap();
        if kind == Kind::LeastPrivilege {
            fs::write(folder.path().join("users.acl"), users()).unwrap();
            fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        }
        if kind == Kind::Tls {
            write_certificates(&folder);
        }
        let settings: Vec<String> = settings.iter().map(|&word| word.to_owned()).collect();
        // A free port may be taken by somebody else before the server has it: then try another.
        for _ in 0..20 {
            let port = free_port();
            let child = spawn(kind, port, &settings, &folder);
            let mut server = Self { child, port, kind, settings: settings.clone(), folder };
            if server.becomes_ready() {
                return server;
            }
            folder = server.into_folder();
        }
        panic!("redis-server found no port");
    }

    /// How a vault reaches it.
    pub(crate) fn config(&self) -> RedisConfig {
        self.config_by_port(self.port)
    }

    /// How a vault reaches it through a proxy on this port.
    pub(crate) fn config_by_port(&self, port: u16) -> RedisConfig {
        let file = |name: &str| self.folder.path().join(name);
        let url = match self.kind {
            Kind::Plain => format!("redis://127.0.0.1:{port}"),
            Kind::LeastPrivilege => format!("redis://cloakroom@127.0.0.1:{port}"),
            Kind::Tls => format!("rediss://127.0.0.1:{port}"),
        };
        let tls = self.kind == Kind::Tls;
        RedisConfig {
            url: Sensitive::new(url),
            password_file: (self.kind == Kind::LeastPrivilege).then(|| file("password")),
            ca: tls.then(|| file("ca.pem")),
            client_certificate: tls.then(|| (file("client.pem"), file("client.key"))),
        }
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Runs a command as an administrator, past TLS and access rules.
    pub(crate) fn admin(&self, words: &[&str]) -> redis::RedisResult<Value> {
        let mut connection = self.admin_connection()?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut connection)
    }

    /// A connection for commands whose arguments are bytes.
    pub(crate) fn admin_connection(&self) -> redis::RedisResult<redis::Connection> {
        let path = self.socket();
        let url = match self.kind {
            Kind::LeastPrivilege => format!("unix://{}?user=admin&pass=admin", path.display()),
            Kind::Plain | Kind::Tls => format!("unix://{}", path.display()),
        };
        redis::Client::open(url)?.get_connection()
    }

    /// Kills it as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on the same port with the same files.
    pub(crate) fn start_again(&mut self) {
        for _ in 0..20 {
            self.child = spawn(self.kind, self.port, &self.settings, &self.folder);
            if self.becomes_ready() {
                return;
            }
        }
        panic!("redis-server did not start again");
    }

    /// Sends a signal by name, such as `STOP` and `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap();
        assert!(sent.success());
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Waits until it answers; says no if it ended instead.
    fn becomes_ready(&mut self) -> bool {
        let give_up = Instant::now() + Duration::from_secs(30);
        while Instant::now() < give_up {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if self.admin(&["PING"]).is_ok() {
                return true;
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
        panic!("redis-server does not answer");
    }

    fn into_folder(mut self) -> TempDir {
        std::mem::replace(&mut self.folder, TempDir::new().unwrap())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn spawn(kind: Kind, port: u16, settings: &[String], folder: &TempDir) -> Child {
    let file = |name: &str| folder.path().join(name).into_os_string();
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]);
    command.arg("--dir").arg(folder.path()).arg("--unixsocket").arg(file("socket"));
    command.arg(if kind == Kind::Tls { "--tls-port" } else { "--port" }).arg(port.to_string());
    match kind {
        Kind::Plain => {}
        Kind::LeastPrivilege => {
            command.arg("--aclfile").arg(file("users.acl"));
        }
        Kind::Tls => {
            command.args(["--port", "0", "--tls-auth-clients", "yes"]);
            command.arg("--tls-cert-file").arg(file("server.pem"));
            command.arg("--tls-key-file").arg(file("server.key"));
            command.arg("--tls-ca-cert-file").arg(file("ca.pem"));
        }
    }
    command.args(settings).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("redis-server must be installed (Debian: redis-server)")
}

/// The access rules of docs/operations/redis.md, read from there: what we document is what we test.
fn users() -> String {
    let page = fs::read_to_string("docs/operations/redis.md").unwrap();
    let rules = page.split("```acl\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let user = rules.lines().map(|line| line.trim_end_matches('\\').trim()).collect::<Vec<_>>();
    let user = user.join(" ").replace("PASSWORD", PASSWORD);
    format!("user default off +@all ~* &*\nuser admin on >admin ~* &* +@all\n{}\n", user.trim())
}

fn write_certificates(folder: &TempDir) {
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, "authority of a test run");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    write("ca.pem", authority.self_signed(&authority_key).unwrap().pem());
    let issuer = Issuer::new(authority, authority_key);
    for name in ["server", "client"] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        write(&format!("{name}.pem"), params.signed_by(&key, &issuer).unwrap().pem());
        write(&format!("{name}.key"), key.serialize_pem());
    }
}
