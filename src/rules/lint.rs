//! What is legal in rule files, and still deserves a look.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::Diagnostic;
use crate::document::Program;
use crate::rules::CompileContext;
use crate::rules::classes::Classes;
use crate::rules::compile::RouteDraft;
use crate::rules::compile::hosts;
use crate::rules::file::FormatName;
use crate::rules::file::RouteEntry;
use crate::rules::file::RuleFile;
use crate::rules::pattern::Host;
use crate::rules::rule::Action;
use crate::rules::rule::Phase;
use crate::rules::rule::PlaceRules;
use crate::rules::side::Side;
use crate::rules::slips;
use crate::token::Class;
use crate::token::Shape;
use crate::yaml::At;

/// Classes whose values are so few that anybody who can submit values can make a dictionary of tokens.
const FEW_VALUES: [&str; 12] = [
    "age",
    "birthday",
    "city",
    "country",
    "date",
    "dob",
    "gender",
    "nationality",
    "postcode",
    "religion",
    "sex",
    "title",
];

/// Gives what deserves a look.
pub(super) fn lint(
    files: &[(Arc<str>, RuleFile)],
    classes: &Classes,
    drafts: &[RouteDraft<'_>],
    around: &CompileContext<'_>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    definitions(files, classes, around, &mut found);
    never_tokenized(drafts, &mut found);
    for draft in drafts {
        one_route(draft, &mut found);
        slips::lint(draft, &mut found);
    }
    way_around(drafts, around, &mut found);
    found
}

fn definitions(
    files: &[(Arc<str>, RuleFile)],
    classes: &Classes,
    around: &CompileContext<'_>,
    found: &mut Vec<Diagnostic>,
) {
    for (file, rules) in files {
        for (name, _) in &rules.classes.0 {
            if FEW_VALUES.contains(&name.value.as_str()) {
                let message =
                    "this class has few different values, and equal values have equal tokens";
                let hint = "whoever can submit values can find out which token stands for which; protect it together with a limit on who may write, or leave it out";
                found.push(name.warning(file, message).hinting(hint));
            }
            let shape = classes.get(&name.value).and_then(|d| d.as_ref()).map(|d| d.class.shape);
            if shape == Some(Shape::Email) && !around.email_domain_is_own {
                let message = "e-mail tokens of this class are at an example domain";
                let hint = "set `email_domain` in the configuration to a domain of yours";
                found.push(name.warning(file, message).hinting(hint));
            }
        }
    }
}

/// The classes of a place's rules that do one of these things.
fn does<'a>(place: &'a PlaceRules, wanted: &[Action]) -> impl Iterator<Item = &'a str> {
    let wanted = wanted.to_vec();
    let does = move |(class, action, _): (&'a Arc<Class>, Action, &str)| {
        wanted.contains(&action).then(|| class.name.as_str())
    };
    place.jobs().filter_map(does)
}

fn all<'a>(phases: [&'a Phase; 2], wanted: &'a [Action]) -> impl Iterator<Item = &'a str> {
    phases
        .into_iter()
        .flat_map(Phase::jobs)
        .filter(|(_, action, _)| wanted.contains(action))
        .map(|(class, _, _)| class.name.as_str())
}

/// A reveal of a class that no rule of the tenant ever tokenizes.
fn never_tokenized(drafts: &[RouteDraft<'_>], found: &mut Vec<Diagnostic>) {
    let mut made: BTreeSet<(&str, &str)> = BTreeSet::new();
    for draft in drafts {
        let phases = [&draft.route.request, &draft.route.response];
        let tenant = draft.route.tenant.as_str();
        made.extend(all(phases, &[Action::Tokenize]).map(|class| (tenant, class)));
    }
    for draft in drafts {
        let phases = [&draft.route.request, &draft.route.response];
        let tenant = draft.route.tenant.as_str();
        let shown: BTreeSet<&str> = all(phases, &[Action::Reveal]).collect();
        for class in shown.into_iter().filter(|class| !made.contains(&(tenant, class))) {
            let message = format!("`{class}` is revealed here, but no rule ever tokenizes it");
            let hint = "is a rule for requests missing?";
            let at = &draft.entry.id;
            found.push(at.warning(draft.file, message).hinting(hint));
        }
    }
}

fn one_route(draft: &RouteDraft<'_>, found: &mut Vec<Diagnostic>) {
    let entry = draft.entry;
    let mut warn = |at: &At<String>, message: &str, hint: &str| {
        found.push(at.warning(draft.file, message).hinting(hint));
    };
    let methods = entry.r#match.value.method.as_ref().map(|list| &list.0);
    let bodiless =
        |method: &At<String>| matches!(method.value.as_str(), "GET" | "HEAD" | "OPTIONS");
    if let Some(methods) = methods
        && entry.request.body.is_some()
        && methods.iter().all(bodiless)
    {
        let message = "this route has rules for request bodies, but its methods have none";
        warn(&entry.id, message, "are `POST`, `PUT` or `PATCH` missing?");
    }
    for (class, only, other) in half_covered(draft) {
        let message =
            format!("`{class}` is tokenized in the {only} of requests, not in the {other}");
        let hint = "a value that comes in the other place goes through in clear";
        warn(&entry.id, &message, hint);
    }
    let pages = [FormatName::Html, FormatName::Text];
    let reads_text = pages.iter().any(|name| draft.route.accepts(Side::Response, *name));
    if draft.route.response.text.is_some() && !reads_text {
        let message = "this route reveals tokens in pages, but `body_format` leaves pages out";
        warn(&entry.id, message, "add `html`: `body_format` is for requests and responses");
    }
    if entry.subject.is_some() && !draft.route.has_rules() {
        warn(&entry.id, "this route has a subject, but no rules", "there is nothing to bind to it");
    }
    let phases = [(&draft.route.request, &entry.request), (&draft.route.response, &entry.response)];
    for (phase, written) in phases {
        let places = [
            (&phase.body, &written.body),
            (&phase.query, &written.query),
            (&phase.path, &written.path),
            (&phase.header, &written.header),
            (&phase.cookie, &written.cookie),
        ];
        for (rules, table) in places {
            let (Some(rules), Some(table)) = (rules, table) else { continue };
            let Some((selector, message)) = slow(&rules.program, rules) else { continue };
            let at = table.value.0.iter().map(|(at, _)| at).find(|at| *at.value == *selector);
            let hint = "such a document takes several times its length in memory, and a long form with files is refused; say the place by names alone where the application lets you";
            warn(at.unwrap_or(&entry.id), &message, hint);
        }
    }
}

/// The first selector of a place that does not run while the document is read, and what there is to say
/// of all that do not: one warning, because one of them costs as much as many.
fn slow(program: &Program, rules: &PlaceRules) -> Option<(String, String)> {
    let first = program.notes().first()?;
    let rule = first.rule.and_then(|rule| rules.rules.get(usize::from(rule)));
    let selector = rule.map(|rule| rule.selector.to_string()).unwrap_or_default();
    let message = match program.notes().len() {
        1 => first.message.clone(),
        2 => format!("{}; so does 1 more selector of this place", first.message),
        many => format!("{}; so do {} more selectors of this place", first.message, many - 1),
    };
    Some((selector, message))
}

/// Classes that one place of a request covers and the other does not, when both places have rules.
fn half_covered<'a>(draft: &'a RouteDraft<'_>) -> Vec<(&'a str, &'static str, &'static str)> {
    let request = &draft.route.request;
    let (Some(body), Some(query)) = (&request.body, &request.query) else { return Vec::new() };
    let actions = [Action::Tokenize, Action::Mask, Action::Redact];
    let in_body: BTreeSet<&str> = does(body, &actions).collect();
    let in_query: BTreeSet<&str> = does(query, &actions).collect();
    let only_query = in_query.difference(&in_body).map(|class| (*class, "query", "body"));
    only_query.collect()
}

/// Requests that reach the same application without passing any rule.
fn way_around(drafts: &[RouteDraft<'_>], around: &CompileContext<'_>, found: &mut Vec<Diagnostic>) {
    let Some(default) = around.default_upstream else { return };
    let mut open: BTreeMap<&str, bool> = BTreeMap::new();
    let to_default = |draft: &&RouteDraft<'_>| draft.route.upstream.as_ref() == Some(default);
    for draft in drafts.iter().filter(to_default).filter(|draft| draft.route.has_rules()) {
        let named = !hosts(draft).contains(&Host::Any);
        open.insert(draft.entry.id.value.as_str(), named);
        if named {
            let message = "other host names reach the same upstream without these rules";
            let hint = "the route is for some hosts, but its upstream is the default of all; take `host` out, or give it an upstream that is not the default";
            found.push(draft.entry.id.warning(draft.file, message).hinting(hint));
        }
        uncovered(draft, drafts, found);
    }
}

/// Methods with a body that pass a route by, although the path has rules.
fn uncovered(draft: &RouteDraft<'_>, drafts: &[RouteDraft<'_>], found: &mut Vec<Diagnostic>) {
    let path = |entry: &RouteEntry| entry.r#match.value.path.as_ref().map(|at| at.value.clone());
    let methods = |entry: &RouteEntry| {
        let list = entry.r#match.value.method.as_ref();
        list.map(|list| list.0.iter().map(|at| at.value.clone()).collect::<Vec<_>>())
    };
    if draft.entry.request.body.is_none() {
        return;
    }
    let Some(own) = methods(draft.entry) else { return };
    let same: Vec<_> =
        drafts.iter().filter(|other| path(other.entry) == path(draft.entry)).collect();
    let covered = |method: &str| {
        same.iter().any(|other| {
            methods(other.entry).is_none_or(|list| list.iter().any(|listed| listed == method))
        })
    };
    let with_body = own.iter().any(|method| matches!(method.as_str(), "POST" | "PUT" | "PATCH"));
    let missing: Vec<&str> =
        ["POST", "PUT", "PATCH"].into_iter().filter(|method| !covered(method)).collect();
    if with_body && !missing.is_empty() {
        let message = format!("bodies of {} pass this path without rules", missing.join(", "));
        let hint = "add the methods if the application takes them, or take `method` out";
        found.push(draft.entry.id.warning(draft.file, message).hinting(hint));
    }
}
