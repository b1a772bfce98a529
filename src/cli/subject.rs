//! `cloakroom subject`: people in a running gateway, over its API.
//!
//! The gateway has the vault and the journal, so it does the work: policies are asked and all is on record,
//! as for every other caller.

use std::fs;
use std::io::BufRead;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use anyhow::anyhow;
use anyhow::bail;
use bytes::Bytes;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::StatusCode;
use http::Uri;
use http::header;
use serde_json::Value;
use serde_json::json;
use uuid::Uuid;

use crate::base::Clock;
use crate::base::Sensitive;
use crate::base::SystemClock;
use crate::cli::Output;
use crate::cli::Verdict;
use crate::cli::load_config;
use crate::net;
use crate::net::Fetch;

/// The longest answer: an export.
const ANSWER_BYTES: usize = 256 * 1024 * 1024;
/// How long an answer may take.
const WAIT: Duration = Duration::from_mins(5);

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The API of the gateway. Default: the first listener of `people.listen` that serves `api`.
    #[arg(long, global = true, value_name = "URL")]
    url: Option<Uri>,
    /// A file that holds the key of the caller, made by `cloakroom keys api add`.
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The authorities to trust, PEM; default those of the system.
    #[arg(long, global = true, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Prints the tokens of the people who have a value.
    Find {
        /// One of the classes of `people.identifiers`; `id` for the application's own id.
        class: String,
        /// The value; `-` reads it from standard input, so that no shell remembers it.
        value: String,
    },
    /// Prints all that is kept about a person, as JSON.
    Export {
        /// The token of the person.
        person: Uuid,
        /// Writes into a new file that only its owner can read.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Erases a person, for good and at once.
    Erase {
        /// The token of the person.
        person: Uuid,
        /// Erases without asking for a confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// Sets, shows or ends the hold that keeps a person from removal.
    Hold {
        /// The token of the person.
        person: Uuid,
        /// Sets a hold for this reason.
        #[arg(long, requires_all = ["law", "until"])]
        reason: Option<String>,
        /// The law that asks for it.
        #[arg(long, requires = "reason")]
        law: Option<String>,
        /// Until when: an RFC 3339 time.
        #[arg(long, requires = "reason")]
        until: Option<String>,
        /// Ends the hold before its time.
        #[arg(long, conflicts_with = "reason")]
        end: bool,
    },
}

pub(super) fn run(config: &Path, arguments: &Arguments, output: Output) -> anyhow::Result<Verdict> {
    let client = Client::new(config, arguments, output)?;
    match &arguments.command {
        Command::Find { class, value } => find(&client, class, value, output),
        Command::Export { person, out } => export(&client, person, out.as_deref(), output),
        Command::Erase { person, yes } => erase(&client, person, *yes, output),
        Command::Hold { person, end: true, .. } => {
            let path = format!("/v1/subjects/{person}/hold");
            let told = client.ask(Method::DELETE, &path, None)?;
            told.done(output, |_| String::from("the hold is ended"))
        }
        Command::Hold { person, reason, law, until, end: false } => {
            let path = format!("/v1/subjects/{person}/hold");
            let hold = reason
                .as_ref()
                .map(|reason| json!({ "reason": reason, "law": law, "until": until }));
            let Some(hold) = hold else {
                return client.ask(Method::GET, &path, None)?.done(output, described);
            };
            let told = client.ask(Method::PUT, &path, Some(&hold))?;
            told.done(output, |_| String::from("held"))
        }
    }
}

/// Says in words what a hold is.
fn described(hold: &Value) -> String {
    let word = |name: &str| hold.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("{} ({}), until {}", word("reason"), word("law"), word("until"))
}

fn find(client: &Client, class: &str, value: &str, output: Output) -> anyhow::Result<Verdict> {
    let value = if value == "-" { from_input()? } else { Sensitive::new(value.to_owned()) };
    let class = (class != "id").then_some(class);
    let body = json!({ "class": class, "value": value.expose() });
    let told = client.ask(Method::POST, "/v1/lookup", Some(&body))?;
    let is_empty = told.body.get("subjects").and_then(Value::as_array).is_none_or(Vec::is_empty);
    if told.status == StatusCode::OK && is_empty {
        output.result("nobody", &told.body);
        return Ok(Verdict::Findings);
    }
    told.done(output, |found| {
        let tokens = found.get("subjects").and_then(Value::as_array).into_iter().flatten();
        tokens.filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
    })
}

fn export(
    client: &Client,
    person: &Uuid,
    out: Option<&Path>,
    output: Output,
) -> anyhow::Result<Verdict> {
    let told = client.ask(Method::GET, &format!("/v1/subjects/{person}/export"), None)?;
    let (Some(path), StatusCode::OK) = (out, told.status) else {
        return told.done(output, |body| format!("{body:#}"));
    };
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("cannot make {}", path.display()))?;
    file.write_all(format!("{:#}\n", told.body).as_bytes())?;
    file.sync_all()?;
    output.result(&format!("wrote {}", path.display()), &json!({ "file": path }));
    Ok(Verdict::Fine)
}

fn erase(client: &Client, person: &Uuid, yes: bool, output: Output) -> anyhow::Result<Verdict> {
    if !yes {
        output.remark(&format!("All that is kept about {person} goes, for good. Type `erase`:"));
        if from_input()?.expose() != "erase" {
            bail!("nothing was erased");
        }
    }
    let told = client.ask(Method::DELETE, &format!("/v1/subjects/{person}"), None)?;
    told.done(output, |erased| {
        let member = |name: &str| erased.get(name).unwrap_or(&Value::Null);
        let word = |name: &str| member(name).as_str().unwrap_or_default();
        format!(
            "erased at {}: {} records, {} documents (erasure {})",
            word("at"),
            member("records"),
            member("documents"),
            word("erasure"),
        )
    })
}

/// Reads one line of standard input.
fn from_input() -> anyhow::Result<Sensitive<String>> {
    let mut text = Sensitive::new(String::new());
    std::io::stdin().lock().take(4096).read_line(text.expose_mut())?;
    let line = text.expose().trim_end_matches(['\r', '\n']).to_owned();
    Ok(Sensitive::new(line))
}

/// What the gateway answered.
struct Told {
    status: StatusCode,
    body: Value,
}

impl Told {
    /// Says what came of it: text made of the body when it was done, the problem when it was not.
    fn done(self, output: Output, text: impl FnOnce(&Value) -> String) -> anyhow::Result<Verdict> {
        if self.status.is_success() {
            output.result(&text(&self.body), &self.body);
            return Ok(Verdict::Fine);
        }
        let word = |name: &str| self.body.get(name).and_then(Value::as_str).unwrap_or_default();
        let told = format!("{}: {} {}", self.status.as_u16(), word("title"), word("detail"));
        if self.status.is_server_error() || self.status == StatusCode::UNAUTHORIZED {
            bail!("the gateway answered {told}");
        }
        output.result(told.trim_end(), &self.body);
        Ok(Verdict::Findings)
    }
}

/// The gateway's API, with the key of the caller.
struct Client {
    url: Uri,
    fetch: Fetch,
    key: HeaderValue,
    runtime: tokio::runtime::Runtime,
}

impl Client {
    fn new(config: &Path, arguments: &Arguments, output: Output) -> anyhow::Result<Self> {
        let url = match &arguments.url {
            Some(url) => url.clone(),
            None => load_config(config, output)?
                .people
                .and_then(|people| people.api_url())
                .and_then(|url| url.parse().ok())
                .ok_or_else(|| {
                    anyhow!("no listener of people.listen serves api; name it with --url")
                })?,
        };
        let file = arguments.key_file.as_ref();
        let file = file.context("--key-file is missing: the key of who asks")?;
        let text =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let text = Sensitive::new(text);
        let mut key = HeaderValue::from_str(&format!("Bearer {}", text.expose().trim()))
            .with_context(|| format!("{} holds no key", file.display()))?;
        key.set_sensitive(true);
        let tls = net::tls::client_config(arguments.ca.as_deref(), None, SystemClock.now());
        let (tls, _warnings) = tls.map_err(|mistakes| {
            anyhow!("{}", mistakes.first().map(ToString::to_string).unwrap_or_default())
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { url, fetch: Fetch::new(tls, ANSWER_BYTES, WAIT), key, runtime })
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Told> {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::AUTHORIZATION, self.key.clone());
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(Bytes::from(body)).context("that is no token of a person")?;
        let call = self.fetch.call(&self.url, request, ANSWER_BYTES);
        let answer = self.runtime.block_on(call);
        let answer = answer.with_context(|| format!("cannot reach the API at {}", self.url))?;
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        Ok(Told { status: answer.status(), body })
    }
}
