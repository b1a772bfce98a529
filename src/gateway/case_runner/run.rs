//! Runs a case: each exchange is sent to a real gateway, and what came is compared.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::authn::ApiKeyFile;
use crate::authn::config::Method;
use crate::base::Clock;
use crate::base::Diagnostic;
use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::SystemClock;
use crate::config::Config;
use crate::config::Folder;
use crate::gateway;
use crate::gateway::Error;
use crate::gateway::Running;
use crate::gateway::Vaults;
use crate::gateway::case_runner::HOST;
use crate::gateway::case_runner::KEY_HEADER;
use crate::gateway::case_runner::case::Caller;
use crate::gateway::case_runner::case::Case;
use crate::gateway::case_runner::case::CaseExchange;
use crate::gateway::case_runner::compare::differences;
use crate::gateway::case_runner::compare::to_bytes;
use crate::gateway::case_runner::environment::Application;
use crate::gateway::case_runner::environment::Scratch;
use crate::gateway::case_runner::environment::fixed_keyring;
use crate::gateway::case_runner::templates;
use crate::gateway::case_runner::templates::Template;
use crate::keys;
use crate::net;
use crate::net::config::Listen;
use crate::net::config::Scheme;
use crate::net::message;
use crate::net::message::Expected;
use crate::net::message::Message;
use crate::vault::Vault;
use crate::vault::memory::MemoryVault;

/// Runs a case from its first exchange to its last. Gives what did not go as written.
pub(super) fn run(config: &Config, case: &Case) -> Result<Vec<Diagnostic>, Error> {
    let scratch = Scratch::new().map_err(Error::Setup)?;
    let application = Application::start().map_err(Error::Setup)?;
    let config = set(config, case, scratch.path(), application.address)?;
    let keys = callers(case, scratch.path())?;
    let vault: Arc<dyn Vault> = Arc::new(MemoryVault::default());
    let vaults = Vaults::shared(Arc::clone(&vault));
    let (running, _warnings) = gateway::start_on(config, 1, vaults, Arc::new(SystemClock))?;
    let run = CaseRun { running, application, keys, vault, file: Arc::clone(&case.file) };
    let mut mistakes = Vec::new();
    for exchange in &case.exchanges {
        mistakes.extend(run.exchange(exchange));
    }
    run.running.stop();
    Ok(mistakes)
}

/// The configuration with everything outside replaced: address, upstreams, keys, vault, journal.
fn set(
    config: &Config,
    case: &Case,
    scratch: &Path,
    application: SocketAddr,
) -> Result<Config, Error> {
    let mut config = config.clone();
    config.rules = rules(&config, case, scratch)?;
    config.listen = vec![Listen { address: ([127, 0, 0, 1], 0).into(), tls: None }];
    config.admin = None;
    for upstream in &mut config.upstreams {
        upstream.scheme = Scheme::Http;
        upstream.host = application.ip().to_string();
        upstream.port = application.port();
        upstream.ca = None;
        upstream.client_certificate = None;
    }
    let keyring = scratch.join("keyring.json");
    let text = fixed_keyring().to_json();
    write_private(&keyring, text.expose()).map_err(Error::Setup)?;
    config.keys = keys::config::Config::File(keyring);
    config.audit.path = scratch.join("audit");
    let (file, header) = (scratch.join("api-keys.yaml"), String::from(KEY_HEADER));
    config.identity.methods = vec![Method::ApiKeys { file, header }];
    config.access_log = crate::config::AccessLog::Off;
    Ok(config)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())
}

/// A folder with the rules and policies of the configuration, and those of the case.
fn rules(config: &Config, case: &Case, scratch: &Path) -> Result<std::path::PathBuf, Error> {
    let folder = Folder::read(&config.rules).map_err(Error::Mistakes)?;
    let place = scratch.join("rules");
    fs::create_dir_all(&place).map_err(Error::Setup)?;
    let own = case.rules.iter().chain(&case.policies);
    for (number, file) in folder.rules.iter().chain(&folder.policies).chain(own).enumerate() {
        let base = Path::new(&*file.name).file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{number:03}-{}", base.replace(':', "-"));
        fs::write(place.join(name), file.text.as_bytes()).map_err(Error::Setup)?;
    }
    Ok(place)
}

type Keys = Vec<(Caller, Sensitive<String>)>;

/// Makes a key for each caller of the case.
fn callers(case: &Case, scratch: &Path) -> Result<Keys, Error> {
    let file = ApiKeyFile::at(&scratch.join("api-keys.yaml"));
    let mut keys: Keys = Vec::new();
    fs::write(scratch.join("api-keys.yaml"), "[]\n").map_err(Error::Setup)?;
    for caller in case.exchanges.iter().map(|exchange| &exchange.caller) {
        let Some(name) = &caller.name else { continue };
        if keys.iter().any(|(known, _)| known.name == caller.name) {
            continue;
        }
        let added = file.add(name, &caller.groups, None, SystemClock.now());
        let added = added.map_err(|error| Error::Setup(io::Error::other(error)))?;
        keys.push((caller.clone(), added.text));
    }
    Ok(keys)
}

struct CaseRun {
    running: Running,
    application: Application,
    keys: Keys,
    vault: Arc<dyn Vault>,
    file: Arc<str>,
}

impl CaseRun {
    fn exchange(&self, exchange: &CaseExchange) -> Vec<Diagnostic> {
        let fails = |message: String| Diagnostic::error(&self.file, message).at(exchange.line, 0);
        match self.try_exchange(exchange) {
            Ok(differences) => differences.into_iter().map(fails).collect(),
            Err(error) => vec![fails(format!("the exchange broke: {error}"))],
        }
    }

    fn try_exchange(&self, exchange: &CaseExchange) -> io::Result<Vec<String>> {
        let answer = exchange.answers.as_deref().unwrap_or("HTTP/1.1 200 OK");
        self.remember(answer);
        self.application.answers(to_bytes(&self.message(answer)?, &[]));
        let request = self.message(&exchange.sends)?;
        let mut fields = vec![("host", HOST), ("connection", "close")];
        let caller = &exchange.caller;
        let key =
            self.keys.iter().find(|(known, _)| caller.name.is_some() && known.name == caller.name);
        if let Some((_, key)) = key {
            fields.push((KEY_HEADER, key.expose()));
        }
        if let Some(purpose) = &caller.purpose {
            fields.push(("cloakroom-purpose", purpose));
        }
        let Some(&address) = self.running.listen.first() else { return Ok(Vec::new()) };
        let is_head = request.start.starts_with("HEAD ");
        let expected = if is_head { Expected::AnswerToHead } else { Expected::Answer };
        let came = message::exchange(address, &to_bytes(&request, &fields), expected)?;
        let mut found = Vec::new();
        if let Some(expected) = &exchange.sees {
            found.extend(self.upstream(expected)?);
        }
        if let Some(expected) = &exchange.gets {
            let expected = self.message(expected)?;
            match came {
                Some(came) => found.extend(within("client sees", differences(&expected, &came))),
                None => found.push(String::from("client sees: no answer came")),
            }
        }
        Ok(found)
    }

    /// Compares what reached the application; a value whose token is expected must not be in it.
    fn upstream(&self, expected: &str) -> io::Result<Vec<String>> {
        let got = self.application.got();
        if expected.trim() == "nothing" {
            let silent = got.is_empty();
            return Ok(if silent {
                Vec::new()
            } else {
                vec![String::from("upstream sees: expected nothing, came a request")]
            });
        }
        let Some(came) = got.last() else {
            return Ok(vec![String::from("upstream sees: expected a request, came none")]);
        };
        let mut found = Vec::new();
        let texts = templates(expected).filter(|each| each.kind == Kind::Text);
        for Template { class, value, .. } in texts {
            if memchr::memmem::find(&came.raw, value.as_bytes()).is_some() {
                found.push(format!("upstream sees: a clear value of class `{class}`"));
            }
        }
        found.extend(within("upstream sees", differences(&self.message(expected)?, came)));
        Ok(found)
    }

    /// Reads a message of the case, with its tokens filled in.
    fn message(&self, text: &str) -> io::Result<Message> {
        Ok(Message::written(self.filled(text)?.as_bytes())?)
    }

    /// Puts tokens in the place of `{{token:class:value}}`.
    fn filled(&self, text: &str) -> io::Result<String> {
        templates::filled(text, |template| self.token(template)).map_err(|template| {
            io::Error::other(format!("`{{{{{template}}}}}` is no template: token:CLASS:VALUE"))
        })
    }

    fn token(&self, template: &str) -> Option<String> {
        self.running.token(templates::parts(template)?).map(|(text, _)| text)
    }

    /// Puts the values of an answer's templates into the vault: an application that answers with a
    /// token was given it earlier.
    fn remember(&self, answer: &str) {
        let puts = templates(answer)
            .filter_map(|template| self.running.token(template).map(|(_, put)| put));
        // The vault is in memory: it answers at once.
        let _stored = self.vault.put(net::Caller::GATEWAY, puts.collect()).now_or_never();
    }
}

/// The templates in a text.
fn templates(text: &str) -> impl Iterator<Item = Template<'_>> {
    text.split("{{").skip(1).filter_map(|rest| templates::parts(rest.split_once("}}")?.0))
}

fn within(place: &str, differences: Vec<String>) -> impl Iterator<Item = String> {
    differences.into_iter().map(move |difference| format!("{place}: {difference}"))
}
