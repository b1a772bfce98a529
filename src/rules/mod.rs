//! The rule language: which fields of which messages are personal data.
//!
//! [`RuleSet::load`] takes the texts of all rule files of a folder and gives either a set that works, or
//! everything that is wrong with them. Read [`mod@file`] for what can be written, `route` and [`rule`] for what it
//! comes to mean, and `index` for how a request finds its route. Not for: who may see what (`authz`), doing it
//! (`engine`), reading files (`config`).
//!
//! # Invariants
//!
//! - The order of files, and of routes and classes in them, changes nothing (`rules::order_means_nothing`).
//! - A request whose path can be read as another route's is refused
//!   (`index::tests::refuses_a_path_that_another_server_would_read_as_another_route`).
//! - What is written and cannot be done is an error (`rules::diagnostics`), never ignored.

pub mod file;
pub mod rule;
mod route;
mod side;
mod path;
mod pattern;
mod segments;
mod index;
mod other_routes;
mod order;
mod classes;
mod compile;
mod fixed;
mod place;
mod misuse;
mod lint;
mod lookup;
pub mod people;
mod slips;
mod schema;

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::Digest;
use sha2::Sha256;

use crate::base::DataClass;
use crate::base::Diagnostic;
use crate::base::RouteId;
use crate::base::SourceFile;
use crate::base::TenantId;
use crate::base::UpstreamId;
use index::Index;
use other_routes::Wanted;

pub use file::Basis;
pub use file::Direction;
pub use file::FormatName;
pub use file::Sentinel;
pub use file::Sniff;
pub use file::Unmatched;
pub(crate) use fixed::FIXED_FIELDS;
pub use index::Ambiguous;
pub use lookup::Lookup;
pub use lookup::Ruled;
pub use lookup::Unruled;
pub use other_routes::OtherRoute;
pub use other_routes::Part as MatchPart;
pub use other_routes::Readings;
pub use people::Change;
pub use people::Erasure;
pub use people::People;
pub use people::PeopleField;
pub use people::people_route;
pub use route::Route;
pub use rule::Action;
pub use rule::ClassDefinition;
pub use rule::Job;
pub use rule::Phase;
pub use rule::PlaceRules;
pub use rule::Presence;
pub use rule::Retention;
pub use rule::Rule;
pub use rule::Storage;
pub use rule::TextRules;
pub use schema::schema;
pub use segments::Segments;
pub use side::Side;
pub use side::Treatment;

/// What rule files may refer to, and what their tokens must fit.
#[derive(Debug, Clone, Copy)]
pub struct CompileContext<'a> {
    /// The upstreams of the configuration.
    pub upstreams: &'a [UpstreamId],
    /// The upstream of routes that name none.
    pub default_upstream: Option<&'a UpstreamId>,
    /// The domain of e-mail shaped tokens.
    pub email_domain: &'a str,
    /// Whether the operator named that domain; otherwise classes that need it get a warning.
    pub email_domain_is_own: bool,
}

/// All rules of a folder, ready to be asked.
#[derive(Debug)]
pub struct RuleSet {
    index: Index,
    routes: Vec<Arc<Route>>,
    /// What each of the routes is for, in their order.
    wanted: Vec<Wanted>,
    classes: Vec<ClassDefinition>,
    /// What is kept about people, by tenant.
    people: Vec<People>,
    /// The routes that reveal a class, by tenant and class.
    reveals: BTreeMap<TenantId, BTreeMap<DataClass, Vec<RouteId>>>,
    hash: [u8; 32],
}

/// How much a set of rules protects, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// How many routes have rules.
    pub routes: usize,
    /// How many rules they have together.
    pub rules: usize,
}

impl RuleSet {
    /// Reads and compiles rule files. Gives the set with its warnings, or everything that is wrong.
    pub fn load(
        files: &[SourceFile],
        around: &CompileContext<'_>,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut found = Vec::new();
        let read = compile::read(files, &mut found);
        let classes = classes::define(&read, &mut found);
        let drafts = compile::compile(&read, &classes, around, &mut found);
        let index = compile::index(&drafts, &mut found);
        let people = people::compile(&read, &classes, &mut found);
        found.extend(lint::lint(&read, &classes, &drafts, around));
        found.sort_by(|one, other| {
            let key = |d: &Diagnostic| (Arc::clone(&d.file), d.line == 0, d.line, d.column);
            key(one).cmp(&key(other))
        });
        if found.iter().any(Diagnostic::is_error) {
            return Err(found);
        }
        let wanted = drafts.iter().filter_map(compile::wanted_by).collect();
        let routes: Vec<Arc<Route>> = drafts.into_iter().map(|draft| draft.route).collect();
        let classes = classes.into_values().flatten().collect();
        let reveals = reveals(&routes);
        Ok((Self { index, routes, wanted, classes, people, reveals, hash: hash(files) }, found))
    }

    /// Finds out what the rules have to say to a request: see [`RuleSet::route`].
    pub fn lookup(&self, host: &str, method: &str, path: &str) -> Result<Lookup, Ambiguous> {
        Ok(match self.route(host, method, path)? {
            Some(route) if route.has_rules() => Lookup::Ruled(Ruled::of(route)),
            route => Lookup::Unruled(Unruled::of(route)),
        })
    }

    /// Finds the most specific route of a request: the host as the client wrote it (port and case do not
    /// matter), the method, the path without query. Refuses a path that can be read as another route's.
    pub fn route(
        &self,
        host: &str,
        method: &str,
        path: &str,
    ) -> Result<Option<Arc<Route>>, Ambiguous> {
        Ok(self.find(host, method, path)?.map(Arc::clone))
    }

    /// Finds the same route as [`RuleSet::route`], and lends it.
    pub fn find(
        &self,
        host: &str,
        method: &str,
        path: &str,
    ) -> Result<Option<&Arc<Route>>, Ambiguous> {
        let number = self.index.find(host, method, path)?;
        if let Some(rest) = path::behind_script(path) {
            let other = self.index.find(host, method, &rest)?;
            let has_rules =
                |number: usize| self.routes.get(number).is_some_and(|route| route.has_rules());
            if other != number && other.is_some_and(has_rules) {
                return Err(Ambiguous);
            }
        }
        Ok(number.and_then(|number| self.routes.get(number)))
    }

    /// Returns how many routes have rules, and how many rules they have.
    pub fn size(&self) -> Size {
        let rules = self.routes.iter().map(|route| {
            let sides = [Side::Request, Side::Response];
            sides.map(|side| route.phase(side).rules().len()).iter().sum::<usize>()
        });
        rules.filter(|rules| *rules > 0).fold(Size::default(), |size, rules| Size {
            routes: size.routes + 1,
            rules: size.rules + rules,
        })
    }

    /// All routes, by name.
    pub fn routes(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// Returns the routes of a tenant on which tokens of a class become values or masks, by name.
    pub fn reveals(&self, tenant: &TenantId, class: &DataClass) -> &[RouteId] {
        let routes = self.reveals.get(tenant).and_then(|classes| classes.get(class));
        routes.map(Vec::as_slice).unwrap_or_default()
    }

    /// All classes, by name.
    pub fn classes(&self) -> &[ClassDefinition] {
        &self.classes
    }

    /// The classes and the groups each is in, for the vocabulary of policies.
    pub fn class_groups(&self) -> Vec<(DataClass, Vec<String>)> {
        let pair = |d: &ClassDefinition| (d.class.name.clone(), d.groups.clone());
        self.classes.iter().map(pair).collect()
    }

    /// The names of all routes, for the vocabulary of policies; where something is kept about people,
    /// that is `people`.
    pub fn route_ids(&self) -> Vec<RouteId> {
        let people = people_route().filter(|_| !self.people.is_empty());
        self.routes.iter().map(|route| route.id.clone()).chain(people).collect()
    }

    /// Returns what is kept about the people of a tenant; none when no rule file says.
    pub fn people(&self, tenant: &TenantId) -> Option<&People> {
        self.people.iter().find(|people| people.tenant == *tenant)
    }

    /// Returns what is kept about the people of every tenant that a rule file speaks of, by tenant.
    pub fn all_people(&self) -> &[People] {
        &self.people
    }

    /// SHA-256 over names and texts of the files: equal on every replica that has the same rules, also
    /// when their folders differ.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }
}

/// Returns the routes that reveal each class of each tenant.
fn reveals(routes: &[Arc<Route>]) -> BTreeMap<TenantId, BTreeMap<DataClass, Vec<RouteId>>> {
    let mut found: BTreeMap<TenantId, BTreeMap<DataClass, Vec<RouteId>>> = BTreeMap::new();
    for route in routes {
        let classes = found.entry(route.tenant.clone()).or_default();
        for (class, action, _) in route.request.jobs().chain(route.response.jobs()) {
            let ids = classes.entry(class.name.clone()).or_default();
            if action == Action::Reveal && ids.last() != Some(&route.id) {
                ids.push(route.id.clone());
            }
        }
    }
    found
}

/// Hashes files in the order of their names, each part with its length in front.
fn hash(files: &[SourceFile]) -> [u8; 32] {
    let name = |file: &SourceFile| {
        let name = file.name.rsplit('/').next().unwrap_or_default();
        String::from(name)
    };
    let mut parts: Vec<(String, &str)> =
        files.iter().map(|file| (name(file), &*file.text)).collect();
    parts.sort();
    let mut hasher = Sha256::new();
    let mut add = |part: &str| {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    };
    add("cloakroom rule files 1");
    for (name, text) in parts {
        add(&name);
        add(text);
    }
    hasher.finalize().into()
}
