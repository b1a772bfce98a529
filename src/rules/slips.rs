//! Slips of the pen: rules that are legal, and can hardly do what was meant.

use crate::base::Diagnostic;
use crate::rules::compile::RouteDraft;
use crate::rules::file::FormatName;
use crate::rules::file::RouteEntry;
use crate::rules::file::RuleEntry;
use crate::rules::side::Side;
use crate::rules::side::Treatment;
use crate::yaml::At;
use crate::yaml::Short;
use crate::yaml::Table;

/// The rules of one place, as written.
type Rules = At<Table<Short<RuleEntry>>>;

/// Adds what deserves a look in one route.
pub(super) fn lint(draft: &RouteDraft<'_>, found: &mut Vec<Diagnostic>) {
    let (route, entry) = (&draft.route, draft.entry);
    let mut warn = |at: &At<String>, message: &str, hint: &str| {
        found.push(at.warning(draft.file, message).hinting(hint));
    };
    let reads = |name| [Side::Request, Side::Response].iter().any(|leg| route.accepts(*leg, name));
    for (leg, body) in
        [(Side::Request, &entry.request.body), (Side::Response, &entry.response.body)]
    {
        let attribute = attribute(body.as_ref()).filter(|_| !route.accepts(leg, FormatName::Xml));
        if let Some(at) = attribute {
            let message = "this selects an attribute of XML, and the route does not read XML here";
            warn(at, message, "add `xml` to `body_format`");
        }
    }
    if let Some((name, _)) = entry.files.as_ref().and_then(|files| files.0.first())
        && !route.accepts(Side::Request, FormatName::Multipart)
    {
        let message = "files come in multipart forms, and the route does not read them";
        warn(name, message, "add `multipart` to `body_format`");
    }
    let csv_files = entry.files.iter().flat_map(|files| &files.0);
    let csv_files = csv_files.filter(|(_, at)| at.text == "csv").count();
    if entry.csv.is_some() && !reads(FormatName::Csv) && csv_files == 0 {
        let message = "`csv` says how CSV is read, and the route reads none";
        warn(&entry.id, message, "add `csv` to `body_format`, or take `csv` out");
    }
    if Side::Request.treatment(entry.direction) == Treatment::Reveal {
        return;
    }
    for at in entry.request.body.iter().flat_map(|rules| kept(rules, entry)) {
        let message = "`lookup` in a place that stores: what the application keeps of it can never be read again";
        warn(at, message, "give searches a route of their own, or take the key out");
    }
}

/// The first selector that names an attribute of an XML element.
fn attribute(rules: Option<&Rules>) -> Option<&At<String>> {
    let named = |at: &&At<String>| ["['@", "[\"@", ".@"].iter().any(|sign| at.value.contains(sign));
    rules?.value.0.iter().map(|(at, _)| at).find(named)
}

/// The rules that look up where the route stores: beside one that stores, or with a method by which
/// something is put in place.
fn kept<'a>(rules: &'a Rules, entry: &RouteEntry) -> impl Iterator<Item = &'a At<String>> {
    let puts = match &entry.r#match.value.method {
        None => true,
        Some(list) => list.0.iter().any(|at| matches!(at.value.as_str(), "PUT" | "PATCH")),
    };
    let looks = |rule: &Short<RuleEntry>| matches!(rule, Short::Long(long) if long.lookup.as_ref().is_some_and(|at| at.value));
    let stores = puts || rules.value.0.iter().any(|(_, rule)| !looks(rule));
    rules.value.0.iter().filter(move |(_, rule)| stores && looks(rule)).map(|(at, _)| at)
}
