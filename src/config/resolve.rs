//! From what is written to what it means: addresses, URLs, names and paths, each checked.

use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;

use crate::base::Diagnostic;
use crate::base::SourceFile;
use crate::base::UpstreamId;
use crate::config::AccessLog;
use crate::config::Config;
use crate::config::EmailDomain;
use crate::config::Log;
use crate::config::callers;
use crate::config::check::check;
use crate::config::file::AccessLogEntry;
use crate::config::file::ConfigFile;
use crate::config::file::HeaderCaseEntry;
use crate::config::file::ListenEntry;
use crate::config::file::PairEntry;
use crate::config::file::UpstreamEntry;
use crate::config::parts;
use crate::config::people;
use crate::net::config::Forwarding;
use crate::net::config::HeaderCase;
use crate::net::config::Listen;
use crate::net::config::Scheme;
use crate::net::config::ServerTls;
use crate::net::config::Upstream;
use crate::yaml::At;
use crate::yaml::OneOrMany;
use crate::yaml::Short;
use crate::yaml::Table;
use crate::yaml::closest;

/// The file that is resolved, and the mistakes so far.
pub(super) struct Resolver<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) folder: &'a Path,
    pub(super) found: Vec<Diagnostic>,
}

impl Resolver<'_> {
    /// Adds a mistake at this place.
    pub(super) fn error<T>(&mut self, at: &At<T>, message: &str, hint: &str) {
        self.found.push(at.error(self.name, message).hinting(hint));
    }

    /// Notes something to look at.
    pub(super) fn warn<T>(&mut self, at: &At<T>, message: &str, hint: &str) {
        self.found.push(at.warning(self.name, message).hinting(hint));
    }

    /// Tells that a part is missing. One that is there and wrong has been told already.
    fn require<T>(&mut self, key: &str, part: Option<&T>) {
        let written = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
        if part.is_none() && !self.text.lines().any(written) {
            let mistake = Diagnostic::error(self.name, format!("`{key}` is missing"));
            self.found.push(mistake);
        }
    }

    /// A path, from the folder of the file.
    pub(super) fn path(&mut self, text: &At<String>) -> PathBuf {
        if text.value.is_empty() || text.value.contains('\0') {
            self.error(text, "not a path", "");
        }
        self.folder.join(&text.value)
    }

    /// Certificate and key.
    pub(super) fn pair(&mut self, pair: &PairEntry) -> (PathBuf, PathBuf) {
        (self.path(&pair.cert), self.path(&pair.key))
    }

    /// An address to listen on, with its TLS.
    pub(super) fn listen(&mut self, entry: &Short<ListenEntry>) -> Option<Listen> {
        let (text, tls) = match entry {
            Short::Word(address) => (address, None),
            Short::Long(entry) => (&entry.address, entry.tls.as_ref()),
        };
        let tls = tls.map(|pair| {
            let (certificate, key) = self.pair(pair);
            ServerTls { certificate, key }
        });
        if let Ok(address) = text.value.parse::<SocketAddr>() {
            return Some(Listen { address, tls });
        }
        let hint = match text.value.rsplit_once(':') {
            Some(("", _)) => {
                format!("for all addresses of this machine, write `0.0.0.0{}`", text.value)
            }
            Some(("localhost", port)) => format!("write `127.0.0.1:{port}`"),
            _ => String::from("an IP address and a port, such as `127.0.0.1:8080` or `[::1]:8080`"),
        };
        self.error(text, "not an address to listen on", &hint);
        None
    }

    fn listeners(&mut self, entries: &OneOrMany<Short<ListenEntry>>) -> Vec<Listen> {
        let mut listeners: Vec<Listen> = Vec::new();
        for entry in &entries.0 {
            let Some(listen) = self.listen(entry) else { continue };
            let text = address_of(entry);
            let taken = |other: &Listen| other.address == listen.address;
            if listen.address.port() != 0 && listeners.iter().any(taken) {
                self.error(text, "this address is there twice", "keep one of the two");
            }
            listeners.push(listen);
        }
        if entries.0.is_empty() {
            let mistake = Diagnostic::error(self.name, "`listen` has no address");
            self.found.push(mistake.hinting("such as `listen: 127.0.0.1:8080`"));
        }
        listeners
    }

    fn upstreams(&mut self, table: &At<Table<Short<UpstreamEntry>>>) -> Vec<Upstream> {
        let mut upstreams = Vec::new();
        for (name, entry) in &table.value.0 {
            let id = UpstreamId::new(&name.value);
            if id.is_none() {
                self.error(name, "not a name for an upstream", NAME);
            }
            let (url, ca, pair) = match entry {
                Short::Word(url) => (url, None, None),
                Short::Long(long) => {
                    (&long.url, long.ca.as_ref(), long.client_certificate.as_ref())
                }
            };
            let place = origin(&url.value);
            if let Err(hint) = &place {
                // What has no scheme may hold a password all the same.
                let hidden = url.value.contains('@') && !url.value.contains("://");
                let shown = if hidden { String::new() } else { url.text.clone() };
                let url = At { text: shown, ..url.clone() };
                self.error(&url, "not the URL of an upstream", hint);
            }
            let ca = ca.map(|file| self.path(file));
            let client_certificate = pair.map(|pair| self.pair(pair));
            if let (Some(id), Ok((scheme, host, port))) = (id, place) {
                if scheme == Scheme::Http && (ca.is_some() || client_certificate.is_some()) {
                    let hint = "write `https`, or take the certificates out";
                    self.error(url, "certificates are for `https` upstreams", hint);
                }
                upstreams.push(Upstream { id, scheme, host, port, ca, client_certificate });
            }
        }
        if table.value.0.is_empty() {
            self.error(table, "there is no upstream", "name at least one application");
        }
        upstreams
    }

    fn default_upstream(
        &mut self,
        named: Option<&At<String>>,
        upstreams: &[Upstream],
    ) -> Option<UpstreamId> {
        let Some(named) = named else {
            let [only] = upstreams else { return None };
            return Some(only.id.clone());
        };
        let known = upstreams.iter().find(|upstream| upstream.id.as_str() == named.value);
        if known.is_none() {
            let all: Vec<&str> = upstreams.iter().map(|upstream| upstream.id.as_str()).collect();
            self.error(named, "no upstream has this name", &suggestion(&named.value, &all));
        }
        known.map(|upstream| upstream.id.clone())
    }

    fn host_names(&mut self, names: &[At<String>]) -> Vec<String> {
        for name in names {
            let known =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            if name.value.is_empty() || !name.value.bytes().all(known) {
                self.error(name, "not a host name", "such as `cloakroom.ops.svc`, without a port");
            }
        }
        names.iter().map(|name| name.value.trim_end_matches('.').to_owned()).collect()
    }

    fn email_domain(&mut self, domain: Option<&At<String>>) -> EmailDomain {
        let Some(domain) = domain else { return EmailDomain::Example };
        let name = domain.value.to_ascii_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if !name.contains('.') || name.len() > 200 || !name.split('.').all(label) {
            let hint = "a domain of yours, such as `token.example.com`; names with other letters in their ASCII form";
            self.error(domain, "not a domain name", hint);
        } else if ["invalid", "test", "localhost", "local"].iter().any(|end| name.ends_with(end)) {
            let hint = "many applications refuse addresses there; use a subdomain that you own";
            self.warn(domain, "this domain is reserved", hint);
        }
        EmailDomain::Own(name)
    }

    fn forwarding(&mut self, blocks: &[At<String>]) -> Forwarding {
        let mut trusted = Vec::new();
        for block in blocks {
            match block.value.parse() {
                Ok(network) => trusted.push(network),
                Err(_) => self.error(block, "not an address block", "such as `10.0.0.0/8`"),
            }
            if block.value.ends_with("/0") {
                self.warn(block, "every client is believed about who it is", "name your proxies");
            }
        }
        Forwarding { trusted }
    }

    fn access_log(&mut self, entry: Option<&Short<AccessLogEntry>>) -> AccessLog {
        match entry {
            None => AccessLog::Off,
            Some(Short::Long(entry)) => AccessLog::File(self.path(&entry.path)),
            Some(Short::Word(word)) => match word.value.as_str() {
                "off" => AccessLog::Off,
                "stdout" => AccessLog::Stdout,
                _ => {
                    let hint = "write `stdout`, `off`, or `{ path: … }`";
                    self.error(word, "not a place for the access log", hint);
                    AccessLog::Off
                }
            },
        }
    }
}

/// What the hint says names look like.
const NAME: &str = "names are 1 to 64 letters, digits, `.`, `_` or `-`";

/// The address a listener is written with.
pub(super) fn address_of(entry: &Short<ListenEntry>) -> &At<String> {
    match entry {
        Short::Word(address) => address,
        Short::Long(entry) => &entry.address,
    }
}

/// "Did you mean", or what there is.
fn suggestion(word: &str, known: &[&str]) -> String {
    match closest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is: {}", known.join(", ")),
    }
}

/// Takes a URL of an upstream apart. An error is a hint.
pub(super) fn origin(url: &str) -> Result<(Scheme, String, u16), &'static str> {
    let uri: http::Uri = url.parse().map_err(|_| "such as `http://127.0.0.1:9000`")?;
    let scheme = match uri.scheme_str() {
        Some("http") => Scheme::Http,
        Some("https") => Scheme::Https,
        _ => return Err("it starts with `http://` or `https://`"),
    };
    let authority = uri.authority().ok_or("such as `http://127.0.0.1:9000`")?;
    if authority.as_str().contains('@') {
        return Err("no user name or password in the URL");
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || url.contains('#') {
        return Err("the URL ends after the port: paths go through as they come");
    }
    let port = match authority.port_u16() {
        Some(0) => return Err("port 0 is no port"),
        Some(port) => port,
        None if authority.as_str().ends_with(':') => return Err("the port is missing"),
        None if scheme == Scheme::Http => 80,
        None => 443,
    };
    let host = authority.host();
    if host.is_empty() { Err("the host is missing") } else { Ok((scheme, host.to_owned(), port)) }
}

/// Resolves a file. Without an error among the diagnostics, the configuration is there.
pub(super) fn resolve(
    file: &ConfigFile,
    path: &Path,
    source: &SourceFile,
) -> (Option<Config>, Vec<Diagnostic>) {
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let mut resolver =
        Resolver { name: &source.name, text: &source.text, folder, found: Vec::new() };
    let config = parts_of(&mut resolver, file, path);
    let mut found = resolver.found;
    if let Some(config) = &config {
        found.extend(check(file, config, &source.name));
    }
    let good = !found.iter().any(Diagnostic::is_error);
    (config.filter(|_| good), found)
}

/// Every part is looked at before the first that is missing ends it.
fn parts_of(resolver: &mut Resolver<'_>, file: &ConfigFile, path: &Path) -> Option<Config> {
    resolver.require("listen", file.listen.as_ref());
    resolver.require("upstreams", file.upstreams.as_ref());
    resolver.require("rules", file.rules.as_ref());
    resolver.require("vault", file.vault.as_ref());
    resolver.require("keys", file.keys.as_ref());
    resolver.require("audit", file.audit.as_ref());
    let listen = file.listen.as_ref().map(|entries| resolver.listeners(entries));
    let admin = file.admin.as_ref().map(|admin| resolver.listen(&admin.listen));
    let admin_hosts = file.admin.as_ref().map(|admin| resolver.host_names(&admin.hosts));
    let upstreams = file.upstreams.as_ref().map(|table| resolver.upstreams(table));
    let known = upstreams.as_deref().unwrap_or_default();
    let default_upstream = resolver.default_upstream(file.default_upstream.as_ref(), known);
    let rules = file.rules.as_ref().map(|folder| resolver.path(folder));
    let vault = file.vault.as_ref().map(|entry| parts::vault(resolver, entry));
    let keys = file.keys.as_ref().map(|entry| parts::keys(resolver, entry));
    let audit = file.audit.as_ref().map(|entry| parts::audit(resolver, entry));
    let clients = listen.iter().flatten().chain(admin.iter().flatten());
    let taken: Vec<SocketAddr> = clients.map(|listen| listen.address).collect();
    let people = file.people.as_ref().map(|entry| people::resolve(resolver, entry, &taken));
    let identity = callers::identity(resolver, &file.identity);
    let email_domain = resolver.email_domain(file.email_domain.as_ref());
    let forwarding = resolver.forwarding(&file.trusted_proxies);
    let access_log = resolver.access_log(file.access_log.as_ref());
    let limits = parts::limits(resolver, &file.limits);
    Some(Config {
        file: path.to_path_buf(),
        listen: listen?,
        admin: admin.flatten(),
        admin_hosts: admin_hosts.unwrap_or_default(),
        upstreams: upstreams?,
        default_upstream,
        rules: rules?,
        vault: vault?,
        keys: keys?,
        audit: audit?,
        people: people.flatten(),
        identity,
        email_domain,
        forwarding,
        header_case: match file.header_case {
            HeaderCaseEntry::Keep => HeaderCase::Keep,
            HeaderCaseEntry::Lower => HeaderCase::Lower,
        },
        log: Log { format: file.log.format, level: file.log.level },
        access_log,
        limits,
    })
}
