//! An explanation as people read it: facts in, lines out.

use crate::gateway::Caller;
use crate::gateway::explain::becomes::Becomes;
use crate::gateway::explain::becomes::Seen;
use crate::gateway::explain::legs::Explanation;
use crate::gateway::explain::place::Leaf;
use crate::gateway::explain::place::PlaceReport;
use crate::gateway::explain::place::RuleReport;
use crate::gateway::explain::place::WhyNone;
use crate::gateway::explain::report::ExplainReport;
use crate::gateway::explain::report::LegReport;
use crate::gateway::explain::report::OtherRouteReport;
use crate::gateway::explain::report::ProblemReport;
use crate::gateway::explain::text::FoundToken;
use crate::gateway::explain::text::TextReport;

impl ExplainReport {
    /// Returns the report as lines for people.
    pub(crate) fn lines(&self) -> String {
        let mut lines = vec![verdict("request", &self.request)];
        lines.extend(self.answer.as_ref().map(|leg| verdict("answer", leg)));
        lines.push(format!("caller: {}", caller(&self.caller)));
        if let Some(host) = self.host_assumed {
            lines.push(format!("host: none is named, taken as in cases: {host}"));
        }
        routes(self, &mut lines);
        if self.tokens_by_form > 0 {
            let many = count(self.tokens_by_form, "text", "texts");
            lines.push(format!("{many} taken for tokens by their form: the keyring is not asked"));
        }
        leg("request", &self.request, &mut lines);
        if let Some(answer) = &self.answer {
            leg("answer", answer, &mut lines);
        }
        lines.join("\n")
    }
}

fn verdict(name: &str, leg: &LegReport) -> String {
    if let Some(problem) = &leg.problem {
        return format!("{name}: refused, {}", refusal(problem));
    }
    let report = leg.explanation.as_ref();
    match report.and_then(|report| report.unrevealed) {
        Some(reason) => format!("{name}: passes, and its tokens stay: {reason}"),
        None if report.is_some_and(|report| !report.leaks.is_empty()) => {
            format!("{name}: passes, with a leak")
        }
        None => format!("{name}: passes"),
    }
}

fn refusal(problem: &ProblemReport) -> String {
    let ProblemReport { code, status, title, place, reason, offset } = problem;
    let place = place.map(|place| format!("; {place}")).unwrap_or_default();
    let reason = reason.map(|reason| format!(", {reason}")).unwrap_or_default();
    let offset = offset.map(|offset| format!(" at byte {offset}")).unwrap_or_default();
    format!("{code} ({status}): {title}{place}{reason}{offset}")
}

fn caller(caller: &Caller) -> String {
    let Some(name) = &caller.name else { return String::from("anonymous") };
    let groups = caller.groups.join(" ");
    let groups = if groups.is_empty() { groups } else { format!(", groups {groups}") };
    let purpose = caller.purpose.as_ref().map(|purpose| format!(", purpose {purpose}"));
    format!("service {name}{groups}{}", purpose.unwrap_or_default())
}

fn routes(report: &ExplainReport, lines: &mut Vec<String>) {
    match &report.route {
        Some(route) => {
            let upstream = route.upstream.as_deref().unwrap_or("none");
            let rules = if route.has_rules { "" } else { ", without rules" };
            lines.push(format!(
                "route: {} ({}), {}, tenant {}, to {upstream}{rules}",
                route.id, route.pattern, route.direction, route.tenant
            ));
        }
        None => match &report.default_upstream {
            Some(upstream) => lines.push(format!("route: none, to {upstream} as it is")),
            None => lines.push(String::from("route: none")),
        },
    }
    let width = report.others.iter().map(|other| other.id.len()).max().unwrap_or(0);
    for OtherRouteReport { id, pattern, misfits } in &report.others {
        let why = match misfits.as_slice() {
            [] if report.route.is_none() => String::from("the path can be read as another route's"),
            [] => String::from("less specific"),
            misfits => format!("{} does not fit", misfits.join(", ")),
        };
        lines.push(format!("  not {id:width$}  {pattern}  {why}"));
    }
    if report.others_unlisted > 0 {
        lines.push(format!("  and {} more not", report.others_unlisted));
    }
    readings(report, lines);
}

fn readings(report: &ExplainReport, lines: &mut Vec<String>) {
    let lead: Vec<&str> =
        report.readings_lead_to.iter().map(|id| id.as_deref().unwrap_or("no route")).collect();
    match report.readings {
        Some(count) if count > 1 || lead.len() > 1 => {
            lines.push(format!("  the path reads in {count} ways, to {}", lead.join(", ")));
        }
        None if !lead.is_empty() => {
            lines.push(String::from("  the path reads in too many ways to say"));
        }
        Some(_) | None => {}
    }
}

fn leg(name: &str, leg: &LegReport, lines: &mut Vec<String>) {
    let Some(report) = &leg.explanation else { return };
    let does =
        if report.treating == "protect" { "values become tokens" } else { "tokens become values" };
    lines.push(String::new());
    lines.push(format!("{name}: {does}"));
    sight(&report.sight, lines);
    for place in &report.places {
        place_lines(place, report, lines);
    }
    if let Some(text) = &report.text {
        text_lines(text, lines);
    }
    for leak in &report.leaks {
        let refused = if leak.refused { "refused" } else { "reported, and passes" };
        lines.push(format!(
            "  leak: a value of {} stands in the {}, too: {refused}",
            leak.class, leak.place
        ));
    }
}

fn sight(sight: &[Seen], lines: &mut Vec<String>) {
    for Seen { class, sees, policies, because } in sight {
        let sees = match *sees {
            "reveal" => "the value",
            "mask" => "the mask",
            _ => "the token",
        };
        let by = match (policies.is_empty(), because) {
            (true, Some(because)) => format!(" ({because})"),
            (false, Some(because)) => format!(" ({because}: {})", policies.join(", ")),
            (_, None) => format!(" (policy {})", policies.join(", ")),
        };
        lines.push(format!("  of {class} the caller sees {sees}{by}"));
    }
}

fn place_lines(place: &PlaceReport, report: &Explanation, lines: &mut Vec<String>) {
    if !place.ruled && !place.present {
        return;
    }
    let codings = place.codings.iter().copied();
    let facts = [place.format, place.charset].into_iter().flatten().chain(codings);
    let mut head: Vec<String> =
        std::iter::once(place.place).chain(facts).map(String::from).collect();
    if !place.ruled {
        head.push(String::from("no rules for it"));
    }
    if !place.present {
        head.push(String::from("not in this message"));
    }
    if let Some(why) = place.unreadable {
        let at = why.offset.map(|offset| format!(" at byte {offset}")).unwrap_or_default();
        head.push(format!("cannot be read: {}{at}", why.reason));
    }
    lines.push(format!("  {}", head.join(", ")));
    let width = place.rules.iter().map(|rule| rule.selector.chars().count()).max().unwrap_or(0);
    for rule in &place.rules {
        lines.push(rule_line(rule, width));
    }
    let width = place.leaves.iter().map(|leaf| leaf.path.chars().count()).max().unwrap_or(0);
    for leaf in &place.leaves {
        lines.push(leaf_line(leaf, width.min(60), report));
    }
    if place.unlisted > 0 {
        lines.push(format!("    and {} more, not listed (--most)", place.unlisted));
    }
    if place.files > 0 {
        let many = count(place.files, "file", "files");
        lines.push(format!("    {many} that nobody looks into"));
    }
}

fn rule_line(rule: &RuleReport, width: usize) -> String {
    let RuleReport { selector, class, action, selects, decides, required: _, why } = rule;
    let does = class.iter().fold(String::from(*action), |does, class| format!("{does} {class}"));
    let values = count(*selects, "value", "values");
    let met = match why {
        Some(WhyNone::PlaceAbsent) => "nothing: the message has no such place",
        Some(WhyNone::Unreadable) => "nothing: the place cannot be read",
        Some(WhyNone::ReadAsText) => "nothing: it is read as a text",
        Some(WhyNone::FindsNothing) => "nothing: the selector finds nothing",
        Some(WhyNone::Blank) => "nothing: null, true or false only",
        Some(WhyNone::Required) => {
            "nothing, and it is required: the message is refused, required-field"
        }
        Some(WhyNone::Unmatched) => {
            "nothing: no rule selects anything, so the message is refused, unmatched"
        }
        Some(WhyNone::OtherRuleDecides) => &format!("{values}, a more specific rule decides"),
        None if selects == decides => &values,
        None => &format!("{decides} of {values}, more specific rules decide on the others"),
    };
    format!("    rule {selector:width$}  {does}  -> {met}")
}

fn leaf_line(leaf: &Leaf, width: usize, report: &Explanation) -> String {
    let Leaf { path, also, kind, characters, becomes, class, rule: _, token } = leaf;
    let length = match characters {
        Some(1) => String::from(", 1 character"),
        Some(characters) => format!(", {characters} characters"),
        None => String::new(),
    };
    let fate = fate(*becomes, class.as_deref());
    let holds = match (token, becomes) {
        (
            Some(token),
            Becomes::NotSelected | Becomes::NoRules | Becomes::NoToken | Becomes::OtherClass,
        ) => format!(" (holds a token of {token})"),
        (Some(token), Becomes::SameToken) if report.treating == "protect" => format!(" of {token}"),
        _ => String::new(),
    };
    let also = if also.is_empty() { String::new() } else { format!("  also {}", also.join(" ")) };
    format!("    {path:width$}  {kind}{length}  {fate}{holds}{also}")
}

fn fate(becomes: Becomes, class: Option<&str>) -> String {
    let arrow =
        |what: &str| class.map_or_else(|| what.to_owned(), |class| format!("{class} -> {what}"));
    match becomes {
        Becomes::NotSelected => String::from("not selected"),
        Becomes::NoRules => String::from("passes"),
        Becomes::Blank => String::from("selected, but nothing to replace"),
        Becomes::Empty => arrow("empty, stays"),
        Becomes::Subject => String::from("subject, stays"),
        Becomes::Text => String::from("tokens in it become what policies permit"),
        Becomes::Decoded => String::from("read as JSON"),
        Becomes::Token => arrow("token"),
        Becomes::TokenOfMask => arrow("the token of the mask that was shown"),
        Becomes::SameToken => String::from("already a token"),
        Becomes::TokenRefused => {
            arrow("refused: a token that this caller was not shown and may not submit")
        }
        Becomes::MaskRefused => arrow("refused: a mask that this caller was not shown"),
        Becomes::Mask => arrow("masked"),
        Becomes::Redacted => arrow("redacted"),
        Becomes::Kept => arrow("stays, it was written so before"),
        Becomes::Value => arrow("the value"),
        Becomes::MaskShown => arrow("the mask"),
        Becomes::TokenStays => arrow("stays a token, no policy permits more"),
        Becomes::OtherClass => arrow("stays, another class"),
        Becomes::NoToken => arrow("stays, no token"),
        Becomes::Refused => arrow("refused"),
    }
}

fn text_lines(text: &TextReport, lines: &mut Vec<String>) {
    let facts = text.format.into_iter().chain(text.codings.iter().copied());
    let head: Vec<&str> = std::iter::once("text").chain(facts).collect();
    lines.push(format!("  {}, for {}", head.join(", "), text.classes.join(", ")));
    if text.tokens.is_empty() {
        lines.push(String::from("    no tokens"));
    }
    for FoundToken { place, offset, class, context, keeps, becomes } in &text.tokens {
        let class = class.as_deref();
        let fate = if *keeps && *becomes == Becomes::TokenStays {
            format!("stays a token here: {context}")
        } else if *becomes == Becomes::NotSelected {
            String::from("not in `text`, stays")
        } else {
            fate(*becomes, class)
        };
        let context = if *keeps { String::new() } else { format!(", in {context}") };
        let class = class.unwrap_or("an unknown class");
        lines.push(format!("    {place} byte {offset}: a token of {class}{context}  {fate}"));
    }
    if text.unlisted > 0 {
        lines.push(format!("    and {} more, not listed (--most)", text.unlisted));
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
