//! Why a request takes one route and not another: for people who wonder.
//!
//! Each route is asked alone, in an index of its own, with one part of its `match:` at a time; so the
//! answers are those of the index that requests meet.

use std::sync::Arc;

use crate::rules::RuleSet;
use crate::rules::index::Index;
use crate::rules::pattern::Host;
use crate::rules::pattern::Segment;
use crate::rules::route::Route;

/// What a route says of the requests it is for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) hosts: Vec<Host>,
    pub(super) path: Vec<Segment>,
    /// Its methods; none when it takes all.
    pub(super) methods: Option<Vec<Box<str>>>,
}

/// One part of `match:`, with all others open.
type Alone<'a> = (&'a [Host], &'a [Segment], Option<&'a [Box<str>]>);

/// A part of `match:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The host of the request.
    Host,
    /// The path of the request.
    Path,
    /// The method of the request.
    Method,
}

/// A route that a request does not take.
#[derive(Debug)]
pub struct OtherRoute<'a> {
    /// The route that lost.
    pub route: &'a Arc<Route>,
    /// What of it does not fit. Nothing when it is only less specific than the one that won.
    pub misfits: Vec<Part>,
}

/// How the path of a request can be read.
#[derive(Debug)]
pub struct Readings<'a> {
    /// How many ways there are; none when there are too many to say.
    pub count: Option<usize>,
    /// The routes that they lead to, each once; none stands for no route.
    pub routes: Vec<Option<&'a Arc<Route>>>,
}

impl RuleSet {
    /// The routes that a request does not take, those first that almost fit, then by name.
    pub fn other_routes(&self, host: &str, method: &str, path: &str) -> Vec<OtherRoute<'_>> {
        let winner = self.find(host, method, path).ok().flatten();
        let lost = self
            .routes
            .iter()
            .zip(&self.wanted)
            .filter(|(route, _)| winner.is_none_or(|winner| winner.id != route.id));
        let mut other_routes: Vec<OtherRoute<'_>> = lost
            .map(|(route, wanted)| OtherRoute {
                route,
                misfits: wanted.misfits(host, method, path),
            })
            .collect();
        other_routes.sort_by_key(|other| {
            (other.misfits.contains(&Part::Path), other.misfits.len(), other.route.id.clone())
        });
        other_routes
    }

    /// The readings of a path, and where they lead.
    pub fn readings(&self, host: &str, method: &str, path: &str) -> Readings<'_> {
        let (count, found) = self.index.readings(host, method, path);
        let mut routes: Vec<Option<&Arc<Route>>> = Vec::new();
        for number in found {
            let route = number.and_then(|number| self.routes.get(number));
            if !routes.iter().any(|known| known.map(|r| &r.id) == route.map(|r| &r.id)) {
                routes.push(route);
            }
        }
        Readings { count, routes }
    }
}

impl Wanted {
    fn misfits(&self, host: &str, method: &str, path: &str) -> Vec<Part> {
        let any: &[Host] = &[Host::Any];
        let all: &[Segment] = &[Segment::Rest];
        let methods = self.methods.as_deref();
        let asked = [
            (Part::Host, (self.hosts.as_slice(), all, None)),
            (Part::Path, (any, self.path.as_slice(), None)),
            (Part::Method, (any, all, methods)),
        ];
        let fits = |(hosts, path_pattern, methods): Alone<'_>| {
            let mut index = Index::default();
            for host in hosts {
                index.insert_all(host, path_pattern, methods, 0);
            }
            index.takes(host, method, path)
        };
        asked.into_iter().filter(|(_, alone)| !fits(*alone)).map(|(part, _)| part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::pattern;

    fn wanted(host: &str, path: &str, methods: Option<&[&str]>) -> Wanted {
        Wanted {
            hosts: vec![pattern::host(host).unwrap()],
            path: pattern::path(path).unwrap(),
            methods: methods.map(|all| all.iter().map(|&method| Box::from(method)).collect()),
        }
    }

    #[test]
    fn says_which_part_does_not_fit() {
        let users = wanted("*.example.com", "/users/{id}", Some(&["GET", "POST"]));
        for (host, method, path, misfits) in [
            ("shop.example.com:443", "POST", "/users/7", &[][..]),
            ("shop.example.com", "HEAD", "/users/7/", &[]),
            ("example.com", "GET", "/users/7", &[Part::Host]),
            ("SHOP.example.com", "PUT", "/users/7", &[Part::Method]),
            ("shop.example.com", "GET", "/users", &[Part::Path]),
            ("localhost", "PUT", "/", &[Part::Host, Part::Path, Part::Method]),
        ] {
            assert_eq!(users.misfits(host, method, path), misfits, "{method} {host} {path}");
        }
    }
}
