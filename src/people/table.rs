//! Every route of people's listeners, in one table.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::base::Kind;
use crate::document::Codec;

/// What a listener serves: one of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Face {
    /// The API of this product.
    Api,
    /// The paths of Databunker.
    Databunker,
    /// Pages for people, and what links open.
    Portal,
}

/// What a handler does, and with what. Named by the table, matched by the handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    /// Tells that the process serves.
    Status,
    /// Tells where something went that this product does not have.
    Gone,
    /// Finds people by what they are known by.
    Lookup,
    /// Gives all that is kept about a person.
    Export,
    /// Does something with a profile.
    Profile(Verb),
    /// Does something with the document of an application.
    App(Verb),
    /// Does something with an announced removal.
    Expiration(Verb),
    /// Does something with a session of a web application.
    Session(Verb),
    /// Does something with a hold.
    Hold(Verb),
    /// Opens a link to keep data, or presses its button.
    Retain(Press),
    /// Opens a link to remove data, or presses its button.
    Remove(Press),
}

/// What is done with a holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Verb {
    /// Makes one that is not there.
    Create,
    /// Shows one of them.
    Read,
    /// Names all there are.
    List,
    /// Changes one of them, or puts it there.
    Change,
    /// Takes one of them away.
    Remove,
}

/// What is done with the page of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Press {
    /// The page is opened: nothing changes.
    Open,
    /// Its button is pressed.
    Button,
}

/// A route. `{name}` in the path is one segment of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) face: Face,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) operation: Operation,
}

impl Operation {
    /// Whether policies are asked about it: not about what a link allows, and what tells nothing.
    pub(super) fn asks_policies(self) -> bool {
        match self {
            Self::Status | Self::Gone | Self::Retain(_) | Self::Remove(_) => false,
            Self::Lookup
            | Self::Export
            | Self::Profile(_)
            | Self::App(_)
            | Self::Expiration(_)
            | Self::Session(_)
            | Self::Hold(_) => true,
        }
    }
}

const fn row(face: Face, method: &'static str, path: &'static str, operation: Operation) -> Row {
    Row { face, method, path, operation }
}

use Face::{Api, Databunker, Portal};

/// All routes. What Databunker's router has and we have not is answered with where it went.
pub(super) const ROWS: &[Row] = &[
    row(Api, "POST", "/v1/lookup", Operation::Lookup),
    row(Api, "POST", "/v1/subjects", Operation::Profile(Verb::Create)),
    row(Api, "GET", "/v1/subjects/{s}", Operation::Profile(Verb::Read)),
    row(Api, "PUT", "/v1/subjects/{s}", Operation::Profile(Verb::Change)),
    row(Api, "PATCH", "/v1/subjects/{s}", Operation::Profile(Verb::Change)),
    row(Api, "DELETE", "/v1/subjects/{s}", Operation::Profile(Verb::Remove)),
    row(Api, "GET", "/v1/subjects/{s}/documents", Operation::App(Verb::List)),
    row(Api, "GET", "/v1/subjects/{s}/documents/{app}", Operation::App(Verb::Read)),
    row(Api, "PUT", "/v1/subjects/{s}/documents/{app}", Operation::App(Verb::Change)),
    row(Api, "PATCH", "/v1/subjects/{s}/documents/{app}", Operation::App(Verb::Change)),
    row(Api, "DELETE", "/v1/subjects/{s}/documents/{app}", Operation::App(Verb::Remove)),
    row(Api, "GET", "/v1/subjects/{s}/expiration", Operation::Expiration(Verb::Read)),
    row(Api, "PUT", "/v1/subjects/{s}/expiration", Operation::Expiration(Verb::Create)),
    row(Api, "DELETE", "/v1/subjects/{s}/expiration", Operation::Expiration(Verb::Remove)),
    row(Api, "GET", "/v1/subjects/{s}/hold", Operation::Hold(Verb::Read)),
    row(Api, "PUT", "/v1/subjects/{s}/hold", Operation::Hold(Verb::Change)),
    row(Api, "DELETE", "/v1/subjects/{s}/hold", Operation::Hold(Verb::Remove)),
    row(Api, "GET", "/v1/subjects/{s}/export", Operation::Export),
    row(Databunker, "POST", "/v1/user", Operation::Profile(Verb::Create)),
    row(Databunker, "POST", "/v1/user/", Operation::Profile(Verb::Create)),
    row(Databunker, "GET", "/v1/user/{mode}/{id}", Operation::Profile(Verb::Read)),
    row(Databunker, "PUT", "/v1/user/{mode}/{id}", Operation::Profile(Verb::Change)),
    row(Databunker, "DELETE", "/v1/user/{mode}/{id}", Operation::Profile(Verb::Remove)),
    row(Databunker, "GET", "/v1/userapp/{mode}/{id}", Operation::App(Verb::List)),
    row(Databunker, "POST", "/v1/userapp/{mode}/{id}/{app}", Operation::App(Verb::Create)),
    row(Databunker, "GET", "/v1/userapp/{mode}/{id}/{app}", Operation::App(Verb::Read)),
    row(Databunker, "PUT", "/v1/userapp/{mode}/{id}/{app}", Operation::App(Verb::Change)),
    row(Databunker, "DELETE", "/v1/userapp/{mode}/{id}/{app}", Operation::App(Verb::Remove)),
    row(Databunker, "POST", "/v1/session/{uuid}", Operation::Session(Verb::Create)),
    row(Databunker, "GET", "/v1/session/{uuid}", Operation::Session(Verb::Read)),
    row(Databunker, "DELETE", "/v1/session/{uuid}", Operation::Session(Verb::Remove)),
    row(Databunker, "GET", "/v1/sessions/{mode}/{id}", Operation::Session(Verb::List)),
    row(Databunker, "POST", "/v1/exp/start/{mode}/{id}", Operation::Expiration(Verb::Create)),
    row(Databunker, "DELETE", "/v1/exp/cancel/{mode}/{id}", Operation::Expiration(Verb::Remove)),
    row(Databunker, "DEMO", "/v1/exp/cancel/{mode}/{id}", Operation::Expiration(Verb::Remove)),
    row(Databunker, "GET", "/v1/exp/status/{mode}/{id}", Operation::Expiration(Verb::Read)),
    row(Portal, "GET", "/v1/exp/retain/{t}", Operation::Retain(Press::Open)),
    row(Portal, "POST", "/v1/exp/retain/{t}", Operation::Retain(Press::Button)),
    row(Portal, "GET", "/v1/exp/retail/{t}", Operation::Retain(Press::Open)),
    row(Portal, "POST", "/v1/exp/retail/{t}", Operation::Retain(Press::Button)),
    row(Portal, "GET", "/v1/exp/delete/{t}", Operation::Remove(Press::Open)),
    row(Portal, "POST", "/v1/exp/delete/{t}", Operation::Remove(Press::Button)),
    row(Databunker, "GET", "/status", Operation::Status),
    row(Databunker, "GET", "/v1/status", Operation::Status),
    row(Databunker, "GET", "/v1/prelogin/{mode}/{id}/{code}/{captcha}", Operation::Gone),
    row(Databunker, "GET", "/v1/login/{mode}/{id}/{code}", Operation::Gone),
    row(Databunker, "GET", "/v1/captcha/{code}", Operation::Gone),
    row(Databunker, "GET", "/v1/sys/configuration", Operation::Gone),
    row(Databunker, "GET", "/v1/sys/uiconfiguration", Operation::Gone),
    row(Databunker, "GET", "/v1/sys/cookiesettings", Operation::Gone),
    row(Databunker, "GET", "/v1/metrics", Operation::Gone),
];

/// What a request's target was found to be.
#[derive(Debug)]
pub(super) enum Found<'p> {
    /// A route, with the segments that its path captures, decoded.
    Row {
        /// The route that matched.
        row: &'static Row,
        /// The captured segments, in their order.
        captures: Vec<Cow<'p, str>>,
    },
    /// A path with other methods.
    OtherMethods {
        /// Whose way of telling it.
        face: Face,
        /// The methods, for `Allow`.
        allow: String,
    },
    /// No path of this listener.
    Nothing,
}

impl Found<'_> {
    /// Returns whose way of telling an error it is.
    pub(super) fn face(&self) -> Face {
        match self {
            Self::Row { row, .. } => row.face,
            Self::OtherMethods { face, .. } => *face,
            Self::Nothing => Api,
        }
    }
}

/// Finds the route of a request. `HEAD` is `GET` here. A segment that is no percent-encoded UTF-8 is no
/// segment of ours.
pub(super) fn find<'p>(serves: &[Face], method: &str, path: &'p str) -> Found<'p> {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut others: BTreeSet<&str> = BTreeSet::new();
    let mut face = None;
    for row in ROWS.iter().filter(|row| serves.contains(&row.face)) {
        let Some(captures) = captured(row.path, path) else { continue };
        if row.method == method {
            return Found::Row { row, captures };
        }
        others.insert(row.method);
        face = face.or(Some(row.face));
    }
    match face {
        None => Found::Nothing,
        Some(face) => {
            if others.contains("GET") {
                others.insert("HEAD");
            }
            Found::OtherMethods { face, allow: others.into_iter().collect::<Vec<_>>().join(", ") }
        }
    }
}

/// Matches a path with a template, and gives the captured segments.
fn captured<'p>(template: &str, path: &'p str) -> Option<Vec<Cow<'p, str>>> {
    let mut captures = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(captures),
            (Some(wanted), Some(given)) if wanted.starts_with('{') => {
                captures.push(decoded(given)?);
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            (_, _) => return None,
        }
    }
}

/// Decodes a segment: percent-encoded UTF-8, not empty, without U+0000. A plus is a plus.
fn decoded(segment: &str) -> Option<Cow<'_, str>> {
    if segment.is_empty() {
        return None;
    }
    if !segment.contains('%') {
        return Some(Cow::Borrowed(segment));
    }
    let text = Codec::Path.decode(segment.as_bytes(), Kind::Text).ok()?;
    (!text.expose().contains('\0')).then(|| Cow::Owned(text.expose().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_are_one_route_and_the_faces_share_no_path() {
        for (number, row) in ROWS.iter().enumerate() {
            for other in &ROWS[number + 1..] {
                assert!(row.method != other.method || row.path != other.path, "{}", row.path);
                let same = row.path == other.path;
                assert!(!same || row.face == other.face, "{} has two faces", row.path);
            }
        }
    }

    #[test]
    fn a_segment_is_decoded_and_a_plus_stays() {
        let path = String::from("/v1/user/email/a%2Bb+c%40example.com");
        let Found::Row { captures, .. } = find(&[Databunker], "GET", &path) else { panic!() };
        assert_eq!(captures, ["email", "a+b+c@example.com"]);
        for bad in
            ["/v1/user/email/%f", "/v1/user/email/%ff", "/v1/user/email/", "/v1/user/email/a%00"]
        {
            let path = String::from(bad);
            assert!(matches!(find(&[Databunker], "GET", &path), Found::Nothing), "{bad}");
        }
    }

    #[test]
    fn another_method_is_told_which_there_are() {
        let path = String::from("/v1/exp/cancel/email/a");
        let Found::OtherMethods { allow, .. } = find(&[Databunker], "GET", &path) else { panic!() };
        assert_eq!(allow, "DELETE, DEMO");
    }
}
