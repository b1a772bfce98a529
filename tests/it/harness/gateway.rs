//! A whole gateway for one test: a folder with configuration, rules, policies and keys, and the
//! program that serves them, in a process of its own or in this one.

use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use cloakroom::config::Config;
use cloakroom::gateway::Running;
use serde_json::Value;
use tempfile::TempDir;

use super::application::Application;
use super::caller::Caller;
use super::client::Answer;
use super::redis::Redis;
use super::users::ISSUER;
use super::users::Provider;

/// How long anything may take that will happen.
const PATIENCE: Duration = Duration::from_mins(1);

/// Rules of the application of these tests.
pub(crate) const RULES: &str = r#"
classes:
  email: { shape: email, mask: email, in: contact }
  phone: { mask: last2, in: contact }
  name: { mask: initial, in: contact }
  card: { mask: last4 }
  text: {}
  company: {}
routes:
  - id: users
    match: { path: /api/users/** }
    subject: $.id
    request:
      body: { $.email: email, "$.phones[*]": phone, $.name: name, $.card: card, $.notes: text, $.company: company }
      query: { $.email: email }
    response:
      body: { $..email: email, "$..phones[*]": phone, $..name: name, $..card: card, $..notes: text, $..company: company }
"#;

/// Support sees all, clerks see masks of contact data, people see their own, editors may send tokens.
pub(crate) const POLICIES: &str = r#"
@id("support") permit (principal in Group::"support", action == Action::"reveal", resource);
@id("clerks") permit (principal in Group::"clerks", action == Action::"mask", resource in Class::"contact");
@id("own") permit (principal is User, action == Action::"reveal", resource) when { resource.subject_is_principal };
@id("editors") permit (principal in Group::"editors", action == Action::"submit", resource);
"#;

/// Where the gateways of a site keep what they store.
pub(crate) enum Store {
    Embedded,
    Redis(Redis),
}

/// A folder with everything that a gateway reads and writes.
pub(crate) struct Site {
    pub(crate) store: Store,
    pub(crate) provider: Provider,
    folder: TempDir,
    settings: Settings,
}

/// What differs from site to site.
struct Settings {
    upstream: SocketAddr,
    vault: String,
    more: String,
}

impl Site {
    /// A site in front of an application, with [`RULES`], [`POLICIES`] and a new keyring.
    pub(crate) fn new(store: Store, application: &Application) -> Self {
        Self::before(store, application.address)
    }

    /// A site in front of whatever listens there.
    pub(crate) fn before(store: Store, upstream: SocketAddr) -> Self {
        let vault = match &store {
            Store::Embedded => String::from("embedded: { path: vault }"),
            Store::Redis(redis) => redis_at(redis.port()),
        };
        let settings = Settings { upstream, vault, more: String::new() };
        let site =
            Self { store, provider: Provider::new(), folder: TempDir::new().unwrap(), settings };
        fs::create_dir(site.path("rules")).unwrap();
        site.write("rules/rules.yaml", RULES);
        site.write("rules/policies.cedar", POLICIES);
        site.write("jwks.json", &site.provider.key_set());
        site.write("api-keys.yaml", "[]\n");
        site.configure();
        site.run(&["keys", "init"]).succeeds();
        site
    }

    /// The same, reaching Redis by this port instead of its own.
    pub(crate) fn redis_by(mut self, port: u16) -> Self {
        self.settings.vault = redis_at(port);
        self.configure();
        self
    }

    /// Adds lines to the configuration.
    pub(crate) fn with(mut self, lines: &str) -> Self {
        self.settings.more.push_str(lines);
        self.settings.more.push('\n');
        self.configure();
        self
    }

    fn configure(&self) {
        self.configuration("cloakroom.yaml", "audit");
    }

    /// Writes a configuration whose journal is this folder; a second gateway needs its own.
    pub(crate) fn configuration(&self, name: &str, audit: &str) {
        let Settings { upstream, vault, more } = &self.settings;
        // Two journals of one host in one Redis need two names.
        let audit = match audit {
            "audit" => String::from("path: audit"),
            other => format!("path: {other}, origin: cloakroom/test/{other}"),
        };
        let text = format!(
            "listen: 127.0.0.1:0\n\
             admin: {{ listen: 127.0.0.1:0 }}\n\
             upstreams: {{ app: \"http://{upstream}\" }}\n\
             rules: rules\n\
             vault: {{ {vault} }}\n\
             keys: {{ file: keyring.json }}\n\
             audit: {{ {audit} }}\n\
             identity:\n  - api_keys: {{ file: api-keys.yaml }}\n  \
             - jwt: {{ issuer: \"{ISSUER}\", audience: shop, jwks: jwks.json, groups_claim: groups }}\n\
             email_domain: token.shop.test\n\
             log: {{ format: json, level: debug }}\n\
             access_log: stdout\n\
             {more}"
        );
        self.write(name, &text);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file in its place at once, as an editor does.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let beside = self.path(&format!(".{}.new", name.replace('/', "-")));
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.path(name)).unwrap();
    }

    /// Makes an API key with `keys api add`.
    pub(crate) fn key(&self, name: &str, groups: &[&str]) -> String {
        let mut words = vec!["keys", "api", "add", name];
        for group in groups {
            words.extend(["--group", group]);
        }
        let made = self.run(&words);
        made.succeeds();
        made.out.trim_end().to_owned()
    }

    /// Runs a command of the program on this site's configuration.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        self.run_on("cloakroom.yaml", words)
    }

    /// Runs a command on another configuration of this site.
    pub(crate) fn run_on(&self, config: &str, words: &[&str]) -> Ran {
        let config = self.path(config);
        run(&[&["--config", config.to_str().unwrap()], words].concat())
    }

    /// Serves in a process of its own.
    pub(crate) fn serve(&self) -> Gateway {
        self.serve_as("cloakroom.yaml")
    }

    /// Serves another configuration of this site.
    pub(crate) fn serve_as(&self, config: &str) -> Gateway {
        Gateway::start(&self.path(config))
    }

    /// Serves inside this process, on two threads.
    pub(crate) fn serve_here(&self) -> Here {
        let (config, _warnings) = Config::load(&self.path("cloakroom.yaml")).unwrap();
        let (running, _warnings) = cloakroom::gateway::start(config, 2).unwrap();
        Here { address: running.listen[0], running: Some(running) }
    }

    /// Every byte that the site's gateways have written: vault, journal, and Redis with its files.
    /// Left out is what an operator wrote, and the keyring.
    pub(crate) fn stored(&self) -> Vec<(String, Vec<u8>)> {
        let mut places = Vec::new();
        files(self.folder.path(), &mut places);
        if let Store::Redis(redis) = &self.store {
            files(redis.folder.path(), &mut places);
            places.push((String::from("redis"), dump(redis)));
        }
        let mine = ["keyring.json", "api-keys.yaml", "jwks.json", ".yaml", ".cedar", ".key"];
        places.retain(|(name, _)| !mine.iter().any(|file| name.ends_with(file)));
        assert!(!places.is_empty());
        places
    }

    /// Everything that anybody could look at: what is stored, what the gateway says, what the
    /// application got.
    pub(crate) fn everything(
        &self,
        gateway: &Gateway,
        application: &Application,
    ) -> Vec<(String, Vec<u8>)> {
        let mut places = self.stored();
        for page in ["/metrics", "/readyz", "/config", "/livez"] {
            places.push((page.to_owned(), Caller::operator(gateway.admin).get(page).body));
        }
        places.push((String::from("stdout"), gateway.out()));
        places.push((String::from("stderr"), gateway.err()));
        places.push((String::from("application"), application.received()));
        places
    }

    /// Whole lines of the journal; a gateway may be writing the next one.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let mut segments: Vec<PathBuf> = fs::read_dir(self.path("audit"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
            .collect();
        segments.sort();
        let whole = |path: &PathBuf| {
            let mut bytes = fs::read(path).unwrap();
            bytes.truncate(memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1));
            String::from_utf8(bytes).unwrap()
        };
        let text: String = segments.iter().map(whole).collect();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn redis_at(port: u16) -> String {
    format!("redis: {{ url: \"redis://127.0.0.1:{port}\" }}")
}

fn files(folder: &Path, places: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, places);
        } else if path.is_file() {
            places.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

/// All keys of a Redis with what they hold.
fn dump(redis: &Redis) -> Vec<u8> {
    let mut connection = redis.admin_connection().unwrap();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    let mut out = Vec::new();
    for key in keys {
        let held: Vec<u8> = redis::cmd("DUMP").arg(&key).query(&mut connection).unwrap();
        out.extend(key);
        out.extend(held);
        out.push(b'\n');
    }
    out
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn succeeds(&self) {
        assert_eq!(self.code, 0, "{self:?}");
    }

    /// What it printed, as the one JSON document that it is.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs the program with these words and waits for its end.
pub(crate) fn run(words: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloakroom"));
    let done = command.args(words).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
}

/// A gateway inside this process; stopped in order when dropped.
pub(crate) struct Here {
    pub(crate) address: SocketAddr,
    running: Option<Running>,
}

impl Drop for Here {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

type Captured = Arc<Mutex<Vec<u8>>>;

/// A gateway in a process of its own; killed when dropped.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// The first listener of people, where the site has one.
    pub(crate) people: Option<SocketAddr>,
    child: Child,
    out: Captured,
    err: Captured,
}

impl Gateway {
    /// Starts one and waits until it says that it is ready.
    fn start(config: &Path) -> Self {
        let mut child = Command::new("sh")
            // A file that may not grow is an error for the gateway, as a full disk is, not its end.
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_cloakroom")])
            .args(["--json", "--config"])
            .arg(config)
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (told, ready) = mpsc::channel();
        let out = capture(child.stdout.take().unwrap(), Some(told));
        let err = capture(child.stderr.take().unwrap(), None);
        let Ok(line) = ready.recv_timeout(PATIENCE) else {
            drop(child.kill());
            drop(child.wait());
            let text = [out.lock().unwrap().clone(), err.lock().unwrap().clone()].concat();
            panic!("the gateway does not start: {}", String::from_utf8_lossy(&text));
        };
        let line: Value = serde_json::from_str(&line).unwrap();
        let address = |value: &Value| value.as_str().unwrap().parse().unwrap();
        let people = line["people"].as_array().and_then(|all| all.first()).map(address);
        let (address, admin) = (address(&line["listen"][0]), address(&line["admin"]));
        Self { address, admin, people, child, out, err }
    }

    /// A client without a credential.
    pub(crate) fn anonymous(&self) -> Caller {
        Caller::anonymous(self.address)
    }

    /// A client with an API key.
    pub(crate) fn caller(&self, key: &str) -> Caller {
        Caller::anonymous(self.address).with_key(key)
    }

    /// A client with a token of the identity provider.
    pub(crate) fn person(&self, token: &str) -> Caller {
        Caller::anonymous(self.address).with("authorization", &format!("Bearer {token}"))
    }

    /// What it has printed so far, the access log among it.
    pub(crate) fn out(&self) -> Vec<u8> {
        self.out.lock().unwrap().clone()
    }

    /// Its log so far.
    pub(crate) fn err(&self) -> Vec<u8> {
        self.err.lock().unwrap().clone()
    }

    pub(crate) fn log(&self) -> String {
        String::from_utf8(self.err()).unwrap()
    }

    pub(crate) fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id()]).status().unwrap();
        assert!(sent.success());
    }

    /// Lets no file of the process grow beyond this many bytes; `unlimited` takes that back.
    pub(crate) fn limit_files(&self, bytes: &str) {
        let done = Command::new("prlimit")
            .args(["--pid", &self.id(), &format!("--fsize={bytes}:unlimited")])
            .status();
        assert!(done.expect("prlimit must be installed (Debian: util-linux)").success());
    }

    /// Kills it as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits for its end.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended()
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        until("the process has ended", || child.try_wait().unwrap())
    }

    /// Asks a page of the admin listener.
    pub(crate) fn page(&self, path: &str) -> Answer {
        Caller::operator(self.admin).get(path)
    }

    /// Waits until `/readyz` says something.
    pub(crate) fn until_ready_says(&self, what: &str, is: impl Fn(u16, &Value) -> bool) -> Value {
        until(what, || {
            let page = self.page("/readyz");
            let found: Value = serde_json::from_slice(&page.body).unwrap();
            is(page.status, &found).then_some(found)
        })
    }
}

impl Gateway {
    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Keeps what comes; the first line that says `ready` is told.
fn capture(mut from: impl Read + Send + 'static, told: Option<mpsc::Sender<String>>) -> Captured {
    let captured = Captured::default();
    let kept = Arc::clone(&captured);
    thread::spawn(move || {
        let mut told = told;
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            let mut kept = kept.lock().unwrap();
            kept.extend_from_slice(&piece[..length]);
            let text = String::from_utf8_lossy(&kept);
            let line = text
                .split_inclusive('\n')
                .find(|line| line.ends_with('\n') && line.contains("\"ready\":true"));
            if let (Some(line), Some(sender)) = (line, &told) {
                drop(sender.send(line.to_owned()));
                told = None;
            }
        }
    });
    captured
}

/// Looks again and again until there is something; fails when nothing comes for a long time.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + PATIENCE;
    while Instant::now() < give_up {
        if let Some(found) = look() {
            return found;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    panic!("never came: {what}");
}
