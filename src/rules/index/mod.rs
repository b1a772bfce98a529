//! From a request to the one route that is most specific, or to a refusal.
//!
//! Specificity is decided host first (a name, then the longest `*.suffix`, then any), then path, segment
//! by segment from the left (a literal, then one segment, then the rest), then method (listed, then any).
//! The order of files and of routes in them plays no part: two entries that would tie do not go in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::rules::path;
use crate::rules::pattern::Host;
use crate::rules::pattern::Segment;

/// A request target that servers may read in ways that lead to different routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the path can be read in ways that lead to different routes")]
pub struct Ambiguous;

/// All entries, ready to be searched. A value is the number of a route.
#[derive(Debug, Default)]
pub(super) struct Index {
    exact: BTreeMap<Box<str>, Node>,
    below: BTreeMap<Box<str>, Node>,
    any: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<Box<[u8]>, Self>,
    single: Option<Box<Self>>,
    /// Routes that end here.
    here: Leaf,
    /// Routes that go on with `**`.
    rest: Leaf,
}

#[derive(Debug, Default)]
struct Leaf {
    listed: BTreeMap<Box<str>, usize>,
    any: Option<usize>,
}

/// How a search is done.
#[derive(Clone, Copy)]
struct Ask<'a> {
    method: &'a str,
    /// Whether to prefer what a server that ignores letter case and file extensions would take.
    lenient: bool,
}

impl Index {
    /// Puts a route in. Gives the number of the route that it ties with, if there is one.
    pub(super) fn insert(
        &mut self,
        host: &Host,
        path: &[Segment],
        method: Option<&str>,
        route: usize,
    ) -> Result<(), usize> {
        let mut node = match host {
            Host::Exact(name) => self.exact.entry(name.clone()).or_default(),
            Host::Below(name) => self.below.entry(name.clone()).or_default(),
            Host::Any => &mut self.any,
        };
        for segment in path {
            node = match segment {
                Segment::Literal(name) => node.literals.entry(name.clone()).or_default(),
                Segment::Single(_) => node.single.get_or_insert_default(),
                Segment::Rest => return node.rest.insert(method, route),
            };
        }
        node.here.insert(method, route)
    }

    /// Puts a route in for one of its hosts and all of its methods. Gives the routes it ties with.
    pub(super) fn insert_all(
        &mut self,
        host: &Host,
        path: &[Segment],
        methods: Option<&[Box<str>]>,
        route: usize,
    ) -> Vec<usize> {
        let Some(methods) = methods else {
            return self.insert(host, path, None, route).err().into_iter().collect();
        };
        let each =
            methods.iter().filter_map(|method| self.insert(host, path, Some(method), route).err());
        each.collect()
    }

    /// Finds the route of a request; refuses when other readings of it find another one.
    pub(super) fn find(
        &self,
        host: &str,
        method: &str,
        path: &str,
    ) -> Result<Option<usize>, Ambiguous> {
        let host = &*bare_host(host);
        if path::is_plain(path) {
            let path = path.strip_prefix('/').unwrap_or(path).as_bytes();
            return self.settle(host, method, path, &[]);
        }
        let readings = path::readings(path);
        let others = readings.others.ok_or(Ambiguous)?;
        self.settle(host, method, &readings.own, &others)
    }

    /// Whether some route takes a request by our own reading of it.
    pub(super) fn takes(&self, host: &str, method: &str, path: &str) -> bool {
        let own = path::readings(path).own;
        self.look(&bare_host(host), &own, Ask { method, lenient: false }).is_some()
    }

    /// In how many ways a path can be read, and what each leads to, our own reading first. No number
    /// when there are too many ways.
    pub(super) fn readings(
        &self,
        host: &str,
        method: &str,
        path: &str,
    ) -> (Option<usize>, Vec<Option<usize>>) {
        let host = bare_host(host);
        let path::Readings { own, others } = path::readings(path);
        let count = others.as_ref().map(|others| others.len() + 1);
        let ways = std::iter::once(own).chain(others.unwrap_or_default());
        let asked = [false, true].map(|lenient| Ask { method, lenient });
        let found = ways.flat_map(|way| asked.map(|ask| self.look(&host, &way, ask)));
        (count, found.collect())
    }

    fn settle(
        &self,
        host: &str,
        method: &str,
        own: &[u8],
        others: &[Vec<u8>],
    ) -> Result<Option<usize>, Ambiguous> {
        let strict = Ask { method, lenient: false };
        let lenient = Ask { method, lenient: true };
        let found = self.look(host, own, strict);
        let agrees = |path: &[u8]| {
            self.look(host, path, strict) == found && self.look(host, path, lenient) == found
        };
        let all = self.look(host, own, lenient) == found && others.iter().all(|path| agrees(path));
        if all { Ok(found) } else { Err(Ambiguous) }
    }

    fn look(&self, host: &str, path: &[u8], ask: Ask<'_>) -> Option<usize> {
        if let Some(found) = self.exact.get(host).and_then(|node| node.find(path, ask)) {
            return Some(found);
        }
        let mut rest = host;
        while let Some((_, parent)) = rest.split_once('.') {
            if let Some(found) = self.below.get(parent).and_then(|node| node.find(path, ask)) {
                return Some(found);
            }
            rest = parent;
        }
        self.any.find(path, ask)
    }
}

/// A host without port and without the dot at the end, in lower case.
fn bare_host(host: &str) -> Cow<'_, str> {
    let end = match host.bytes().rposition(|byte| byte == b']') {
        Some(bracket) => Some(bracket + 1),
        None => host.bytes().position(|byte| byte == b':'),
    };
    let name = end.and_then(|end| host.get(..end)).unwrap_or(host);
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Borrowed(name)
}

impl Node {
    fn find(&self, path: &[u8], ask: Ask<'_>) -> Option<usize> {
        if path.is_empty() {
            return self.here.find(ask).or_else(|| self.rest.find(ask));
        }
        let mut parts = path.splitn(2, |&b| b == b'/');
        let segment = parts.next().unwrap_or_default();
        let tail = parts.next().unwrap_or_default();
        let exact = self.literals.get(segment).and_then(|node| node.find(tail, ask));
        if exact.is_some() {
            return exact;
        }
        if ask.lenient {
            let last = tail.is_empty();
            let mut alike = self.literals.iter().filter(|(name, _)| is_alike(name, segment, last));
            if let Some(found) = alike.find_map(|(_, node)| node.find(tail, ask)) {
                return Some(found);
            }
        }
        let single = self.single.as_ref().filter(|_| !segment.is_empty());
        single.and_then(|node| node.find(tail, ask)).or_else(|| self.rest.find(ask))
    }
}

/// Whether some servers take a segment for this name: other letter case, or a file extension.
fn is_alike(name: &[u8], segment: &[u8], last: bool) -> bool {
    let Some((start, end)) = segment.split_at_checked(name.len()) else { return false };
    start.eq_ignore_ascii_case(name) && (end.is_empty() || (last && end.starts_with(b".")))
}

impl Leaf {
    fn insert(&mut self, method: Option<&str>, route: usize) -> Result<(), usize> {
        let taken = match method {
            None => self.any.replace(route),
            Some(method) => self.listed.insert(Box::from(method), route),
        };
        match taken {
            Some(other) if other != route => Err(other),
            _ => Ok(()),
        }
    }

    fn find(&self, ask: Ask<'_>) -> Option<usize> {
        let exact = self.listed.get(ask.method);
        let exact = exact.or_else(|| self.listed.get("GET").filter(|_| ask.method == "HEAD"));
        let alike = || {
            let mut listed = self.listed.iter();
            listed.find(|(name, _)| ask.lenient && name.eq_ignore_ascii_case(ask.method))
        };
        exact.or_else(|| alike().map(|(_, route)| route)).copied().or(self.any)
    }
}

#[cfg(test)]
mod tests;
