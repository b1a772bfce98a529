//! From `people` as written to what it means, with every mistake at its place.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::config::check::overlap;
use crate::config::file::ListenEntry;
use crate::config::parts::is_local;
use crate::config::people::Brakes;
use crate::config::people::Demo;
use crate::config::people::People;
use crate::config::people::PeopleListen;
use crate::config::people::Smtp;
use crate::config::people::SmtpLogin;
use crate::config::people::SmtpSecurity;
use crate::config::people::file::BrakesEntry;
use crate::config::people::file::PeopleEntry;
use crate::config::people::file::PeopleListenEntry;
use crate::config::people::file::Serves;
use crate::config::people::file::SmtpEntry;
use crate::config::resolve::Resolver;
use crate::config::resolve::origin;
use crate::config::units::Period;
use crate::net::config::Scheme;
use crate::yaml::At;
use crate::yaml::Short;
use crate::yaml::Table;

const DAY: Duration = Duration::from_hours(24);

/// Resolves `people`; `others` are the addresses of all other listeners. None when no listener is right.
pub(in crate::config) fn resolve(
    resolver: &mut Resolver<'_>,
    entry: &PeopleEntry,
    others: &[SocketAddr],
) -> Option<People> {
    let listen = listeners(resolver, &entry.listen, others);
    let addresses = listen.iter().map(|each| each.listen.address);
    let on_loopback = others.iter().copied().chain(addresses).all(|at| at.ip().is_loopback());
    let demo = match &entry.demo_key {
        Some(at) if at.value => {
            if !on_loopback {
                let hint = "`DEMO` has every right: bind every listener to 127.0.0.1 or [::1], or take the key out";
                resolver.error(at, "`DEMO` would be a key that other machines can use", hint);
            }
            Demo::Key
        }
        Some(_) | None => Demo::NoKey,
    };
    let (longest, notice) = times(resolver, entry);
    let people = People {
        url: place(resolver, &entry.url, "not the URL of these pages"),
        demo,
        smtp: entry.deliver.as_ref().and_then(|deliver| smtp(resolver, &deliver.smtp)),
        brakes: brakes(resolver, &entry.brakes),
        peers: entry
            .peers
            .iter()
            .map(|url| place(resolver, url, "not the URL of a gateway"))
            .collect(),
        inactive: entry.inactive.as_ref().map(|at| {
            if at.value.0.is_zero() {
                resolver.error(
                    at,
                    "removal of everybody would be announced at once",
                    "such as `2y`",
                );
            }
            at.value.0
        }),
        longest,
        notice,
        login: entry.login,
        after_erase: entry.after_erase,
        seen_by: entry.seen_by,
        listen,
    };
    (!people.listen.is_empty()).then_some(people)
}

fn listeners(
    resolver: &mut Resolver<'_>,
    entries: &At<Vec<PeopleListenEntry>>,
    others: &[SocketAddr],
) -> Vec<PeopleListen> {
    let mut listeners: Vec<PeopleListen> = Vec::new();
    for entry in &entries.value {
        let PeopleListenEntry { address, tls, serves } = entry;
        let written = Short::Long(ListenEntry { address: address.clone(), tls: tls.clone() });
        let serves = served(resolver, serves);
        let Some(listen) = resolver.listen(&written) else { continue };
        if listen.tls.is_none() && !listen.address.ip().is_loopback() {
            let hint = "add `tls: { cert: …, key: … }`, or listen on 127.0.0.1 or [::1]";
            resolver.error(address, "personal data would go over the network in clear", hint);
        }
        let mut taken = others.iter().copied().chain(listeners.iter().map(|it| it.listen.address));
        if taken.any(|other| overlap(other, listen.address)) {
            resolver.error(
                address,
                "another listener has this address",
                "give it a port of its own",
            );
        }
        listeners.push(PeopleListen { listen, serves });
    }
    if entries.value.is_empty() {
        let hint = "such as `[{ address: 127.0.0.1:8443, serves: [portal, api] }]`";
        resolver.error(entries, "nobody could connect", hint);
    }
    listeners
}

fn served(resolver: &mut Resolver<'_>, words: &At<Vec<At<Serves>>>) -> Vec<Serves> {
    let mut serves = Vec::new();
    for word in &words.value {
        if serves.contains(&word.value) {
            resolver.error(word, "this is served here already", "take one of the two out");
        } else {
            serves.push(word.value);
        }
    }
    if serves.is_empty() {
        let hint = "there is: portal, api, databunker, console";
        resolver.error(words, "this listener serves nothing", hint);
    }
    serves
}

/// A URL of scheme, host and port; in clear only on this machine.
fn place(resolver: &mut Resolver<'_>, url: &At<String>, message: &str) -> String {
    match origin(&url.value) {
        Err(hint) => {
            // It may hold a password.
            let text = if url.value.contains('@') { String::new() } else { url.text.clone() };
            resolver.error(&At { text, ..url.clone() }, message, hint);
        }
        Ok((Scheme::Http, host, _)) if !is_local(&host) => {
            let hint = "write `https`; `http` is for this machine alone";
            resolver.error(url, message, hint);
        }
        Ok(_) => {}
    }
    url.value.trim_end_matches('/').to_owned()
}

/// The longest and the shortest time until a removal.
fn times(resolver: &mut Resolver<'_>, entry: &PeopleEntry) -> (Duration, Duration) {
    let time = |at: &Option<At<Period>>, default| at.as_ref().map_or(default, |at| at.value.0);
    let (longest, notice) = (time(&entry.longest, DAY * 93), time(&entry.notice, DAY));
    if notice > longest
        && let Some(at) = entry.notice.as_ref().or(entry.longest.as_ref())
    {
        let hint = "`notice` (default `1d`) is at most `longest` (default `93d`)";
        resolver.error(at, "no removal could be announced", hint);
    }
    (longest, notice)
}

fn brakes(resolver: &mut Resolver<'_>, table: &Table<BrakesEntry>) -> BTreeMap<String, Brakes> {
    let mut brakes = BTreeMap::new();
    for (group, entry) in &table.0 {
        if group.value.is_empty() || group.value.chars().any(char::is_control) {
            resolver.error(group, "not a name for a group", "as policies write it");
        }
        let default = Brakes::default();
        let count = |at: usize| u64::try_from(at).unwrap_or(u64::MAX);
        let reads = entry.reads_per_minute.as_ref().map(|at| count(at.value.0));
        let erasures = entry.erasures_per_hour.as_ref().map(|at| count(at.value.0));
        let own = Brakes {
            reads_per_minute: reads,
            erasures_per_hour: erasures.unwrap_or(default.erasures_per_hour),
        };
        brakes.insert(group.value.clone(), own);
    }
    brakes
}

fn smtp(resolver: &mut Resolver<'_>, entry: &SmtpEntry) -> Option<Smtp> {
    if !is_address(&entry.from.value) {
        let hint = "one address, such as `privacy@shop.example`";
        resolver.error(&entry.from, "not the address of a sender", hint);
    }
    let login = match (&entry.user, &entry.password_file) {
        (Some(user), Some(file)) => {
            Some(SmtpLogin { user: user.value.clone(), password_file: resolver.path(file) })
        }
        (None, None) => None,
        (Some(at), None) => {
            resolver.error(at, "a user without a password", "add `password_file:`");
            None
        }
        (None, Some(at)) => {
            resolver.error(at, "a password without a user", "add `user:`");
            None
        }
    };
    match server(&entry.url.value) {
        Ok((host, port, security)) => {
            let clear_login = entry.user.as_ref().filter(|_| security == SmtpSecurity::Clear);
            if let Some(user) = clear_login {
                let hint = "write `smtps://`, or take `user` and `password_file` out";
                resolver.warn(user, "the password goes in clear to a server of this machine", hint);
            }
            Some(Smtp { host, port, security, from: entry.from.value.clone(), login })
        }
        Err(hint) => {
            let text =
                if entry.url.value.contains('@') { String::new() } else { entry.url.text.clone() };
            resolver.error(&At { text, ..entry.url.clone() }, "not the URL of a mail server", hint);
            None
        }
    }
}

/// Takes the URL of a mail server apart. An error is a hint.
fn server(url: &str) -> Result<(String, u16, SmtpSecurity), &'static str> {
    const FORM: &str = "such as `smtp://127.0.0.1:2525` or `smtps://mail.example:465`";
    let uri: http::Uri = url.parse().map_err(|_| FORM)?;
    let authority = uri.authority().ok_or(FORM)?;
    if authority.as_str().contains('@') {
        return Err("no user name or password in the URL: they are `user` and `password_file`");
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || url.contains('#') {
        return Err("the URL ends after the port");
    }
    let host = authority.host();
    let security = match uri.scheme_str() {
        Some("smtps") => SmtpSecurity::Tls,
        Some("smtp") if is_local(host) => SmtpSecurity::Clear,
        Some("smtp") => SmtpSecurity::StartTls,
        _ => return Err(FORM),
    };
    let port = authority.port_u16().filter(|port| *port != 0).ok_or("the port is missing")?;
    if host.is_empty() { Err(FORM) } else { Ok((host.to_owned(), port, security)) }
}

/// Whether a text is one address on one line; the mail library judges the rest.
fn is_address(text: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;:\"()[]\\".contains(c);
    let parts = text.split_once('@');
    parts.is_some_and(|(user, domain)| {
        !user.is_empty() && !domain.is_empty() && !domain.contains('@')
    }) && text.chars().all(plain)
        && text.len() <= 254
}
