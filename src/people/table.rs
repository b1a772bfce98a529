//! Every route of people's listeners, in one table.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::authz::HoldingAction::{self, Administer, Erase, Export, Read, Write};
use crate::base::HoldingKind::{self, App, Expiration, Hold, Profile, Session};

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
    /// Shows one of them to the caller.
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

/// What policies are asked for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) action: HoldingAction,
    pub(super) kind: HoldingKind,
}

/// A route. `{name}` in the path is one segment of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) face: Face,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) operation: Operation,
    /// What policies are asked; none for what a link allows, and for what tells nothing.
    pub(super) asked: Option<Asked>,
}

#[expect(
    clippy::too_many_arguments,
    reason = "a row of the table, which says each of them by its place"
)]
const fn row(
    face: Face,
    method: &'static str,
    path: &'static str,
    operation: Operation,
    action: HoldingAction,
    kind: HoldingKind,
) -> Row {
    Row { face, method, path, operation, asked: Some(Asked { action, kind }) }
}

const fn open(face: Face, method: &'static str, path: &'static str, operation: Operation) -> Row {
    Row { face, method, path, operation, asked: None }
}

use Face::{Api, Databunker, Portal};

/// All routes. What Databunker's router has and we have not is answered with where it went.
pub(super) const ROWS: &[Row] = &[
    row(Api, "POST", "/v1/lookup", Operation::Lookup, Read, Profile),
    row(Api, "POST", "/v1/subjects", Operation::Profile(Verb::Create), Write, Profile),
    row(Api, "GET", "/v1/subjects/{s}", Operation::Profile(Verb::Read), Read, Profile),
    row(Api, "PUT", "/v1/subjects/{s}", Operation::Profile(Verb::Change), Write, Profile),
    row(Api, "PATCH", "/v1/subjects/{s}", Operation::Profile(Verb::Change), Write, Profile),
    row(Api, "DELETE", "/v1/subjects/{s}", Operation::Profile(Verb::Remove), Erase, Profile),
    row(Api, "GET", "/v1/subjects/{s}/documents", Operation::App(Verb::List), Read, App),
    row(Api, "GET", "/v1/subjects/{s}/documents/{app}", Operation::App(Verb::Read), Read, App),
    row(Api, "PUT", "/v1/subjects/{s}/documents/{app}", Operation::App(Verb::Change), Write, App),
    row(Api, "PATCH", "/v1/subjects/{s}/documents/{app}", Operation::App(Verb::Change), Write, App),
    row(
        Api,
        "DELETE",
        "/v1/subjects/{s}/documents/{app}",
        Operation::App(Verb::Remove),
        Erase,
        App,
    ),
    row(
        Api,
        "GET",
        "/v1/subjects/{s}/expiration",
        Operation::Expiration(Verb::Read),
        Read,
        Expiration,
    ),
    row(
        Api,
        "PUT",
        "/v1/subjects/{s}/expiration",
        Operation::Expiration(Verb::Create),
        Erase,
        Expiration,
    ),
    row(
        Api,
        "DELETE",
        "/v1/subjects/{s}/expiration",
        Operation::Expiration(Verb::Remove),
        Erase,
        Expiration,
    ),
    row(Api, "GET", "/v1/subjects/{s}/hold", Operation::Hold(Verb::Read), Read, Hold),
    row(Api, "PUT", "/v1/subjects/{s}/hold", Operation::Hold(Verb::Change), Administer, Hold),
    row(Api, "DELETE", "/v1/subjects/{s}/hold", Operation::Hold(Verb::Remove), Administer, Hold),
    row(Api, "GET", "/v1/subjects/{s}/export", Operation::Export, Export, Profile),
    row(Databunker, "POST", "/v1/user", Operation::Profile(Verb::Create), Write, Profile),
    row(Databunker, "POST", "/v1/user/", Operation::Profile(Verb::Create), Write, Profile),
    row(Databunker, "GET", "/v1/user/{mode}/{id}", Operation::Profile(Verb::Read), Read, Profile),
    row(
        Databunker,
        "PUT",
        "/v1/user/{mode}/{id}",
        Operation::Profile(Verb::Change),
        Write,
        Profile,
    ),
    row(
        Databunker,
        "DELETE",
        "/v1/user/{mode}/{id}",
        Operation::Profile(Verb::Remove),
        Erase,
        Profile,
    ),
    row(Databunker, "GET", "/v1/userapp/{mode}/{id}", Operation::App(Verb::List), Read, App),
    row(
        Databunker,
        "POST",
        "/v1/userapp/{mode}/{id}/{app}",
        Operation::App(Verb::Create),
        Write,
        App,
    ),
    row(Databunker, "GET", "/v1/userapp/{mode}/{id}/{app}", Operation::App(Verb::Read), Read, App),
    row(
        Databunker,
        "PUT",
        "/v1/userapp/{mode}/{id}/{app}",
        Operation::App(Verb::Change),
        Write,
        App,
    ),
    row(
        Databunker,
        "DELETE",
        "/v1/userapp/{mode}/{id}/{app}",
        Operation::App(Verb::Remove),
        Erase,
        App,
    ),
    row(Databunker, "POST", "/v1/session/{uuid}", Operation::Session(Verb::Create), Write, Session),
    row(Databunker, "GET", "/v1/session/{uuid}", Operation::Session(Verb::Read), Read, Session),
    row(
        Databunker,
        "DELETE",
        "/v1/session/{uuid}",
        Operation::Session(Verb::Remove),
        Write,
        Session,
    ),
    row(
        Databunker,
        "GET",
        "/v1/sessions/{mode}/{id}",
        Operation::Session(Verb::List),
        Read,
        Session,
    ),
    row(
        Databunker,
        "POST",
        "/v1/exp/start/{mode}/{id}",
        Operation::Expiration(Verb::Create),
        Erase,
        Expiration,
    ),
    row(
        Databunker,
        "DELETE",
        "/v1/exp/cancel/{mode}/{id}",
        Operation::Expiration(Verb::Remove),
        Erase,
        Expiration,
    ),
    row(
        Databunker,
        "DEMO",
        "/v1/exp/cancel/{mode}/{id}",
        Operation::Expiration(Verb::Remove),
        Erase,
        Expiration,
    ),
    row(
        Databunker,
        "GET",
        "/v1/exp/status/{mode}/{id}",
        Operation::Expiration(Verb::Read),
        Read,
        Expiration,
    ),
    open(Portal, "GET", "/v1/exp/retain/{t}", Operation::Retain(Press::Open)),
    open(Portal, "POST", "/v1/exp/retain/{t}", Operation::Retain(Press::Button)),
    open(Portal, "GET", "/v1/exp/retail/{t}", Operation::Retain(Press::Open)),
    open(Portal, "POST", "/v1/exp/retail/{t}", Operation::Retain(Press::Button)),
    open(Portal, "GET", "/v1/exp/delete/{t}", Operation::Remove(Press::Open)),
    open(Portal, "POST", "/v1/exp/delete/{t}", Operation::Remove(Press::Button)),
    open(Databunker, "GET", "/status", Operation::Status),
    open(Databunker, "GET", "/v1/status", Operation::Status),
    open(Databunker, "GET", "/v1/prelogin/{mode}/{id}/{code}/{captcha}", Operation::Gone),
    open(Databunker, "GET", "/v1/login/{mode}/{id}/{code}", Operation::Gone),
    open(Databunker, "GET", "/v1/captcha/{code}", Operation::Gone),
    open(Databunker, "GET", "/v1/sys/configuration", Operation::Gone),
    open(Databunker, "GET", "/v1/sys/uiconfiguration", Operation::Gone),
    open(Databunker, "GET", "/v1/sys/cookiesettings", Operation::Gone),
    open(Databunker, "GET", "/v1/metrics", Operation::Gone),
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

/// Decodes a segment: percent-encoded UTF-8, not empty. A plus is a plus.
fn decoded(segment: &str) -> Option<Cow<'_, str>> {
    if segment.is_empty() {
        return None;
    }
    if !segment.contains('%') {
        return Some(Cow::Borrowed(segment));
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let value = digit(rest.next())? * 16 + digit(rest.next())?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).map(Cow::Owned)
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
