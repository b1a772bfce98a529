//! What can be written in a route and cannot be done.

use regex::Regex;

use crate::base::Diagnostic;
use crate::document::KeyMatch;
use crate::rules::file::RuleEntry;
use crate::rules::fixed::FIXED_FIELDS;
use crate::rules::place::Draft;
use crate::rules::place::PlaceCompiler;
use crate::rules::rule::Action;
use crate::rules::rule::Job;
use crate::rules::rule::Presence;
use crate::rules::rule::Storage;
use crate::rules::side::Side;
use crate::rules::side::Treatment;
use crate::token::Class;
use crate::token::Shape;
use crate::yaml::At;

impl PlaceCompiler<'_> {
    /// What cannot be done must not look as if it were.
    pub(super) fn check_misplaced(&mut self) {
        let (request, response) = (&self.entry.request, &self.entry.response);
        for (name, place) in [("query", &response.query), ("path", &response.path)] {
            if let Some(place) = place {
                let message = format!("a response has no {name}");
                self.error(place, &message, "move these rules to `request`");
            }
        }
        if let Some(text) = &request.text {
            let hint = "in requests, say with selectors which fields are meant";
            self.error(text, "`text` is for responses", hint);
        }
        for place in [&request.header, &response.header].into_iter().flatten() {
            for (at, _) in &place.value.0 {
                let lower = at.value.to_ascii_lowercase();
                if let Some(name) = FIXED_FIELDS.iter().find(|name| names(&lower, name)) {
                    let message = format!("the field `{name}` cannot be changed");
                    let hint = "cookies have a place of their own: `cookie`";
                    self.error(at, &message, hint);
                }
                if let Some(name) = last_name(&lower) {
                    let is_smart = self.key_match() == KeyMatch::Smart;
                    let is_sign = |letter: char| !letter.is_ascii_alphanumeric() && letter != '-';
                    let never =
                        name.contains(|letter| is_sign(letter) && !(is_smart && letter == '_'));
                    if never {
                        let message =
                            "no header field has this name: every sign in it counts as `-`";
                        let hint = format!("write `$['{}']`", name.replace(is_sign, "-"));
                        self.error(at, message, &hint);
                    }
                }
            }
        }
        let pattern = self.entry.r#match.value.path.as_ref();
        let named = pattern.is_some_and(|at| at.value.contains('{'));
        for place in [request.path.as_ref()].into_iter().flatten().filter(|_| !named) {
            let hint = "write `{name}` for the segment in `match: { path: … }`";
            self.error(place, "the path pattern of this route names no segment", hint);
        }
        if let Some(signature) = &self.entry.signature {
            let places =
                [&request.body, &request.query, &request.path, &request.header, &request.cookie];
            for place in places.into_iter().flatten() {
                let message = "these rules would change what the sender has signed";
                let hint = "give signed requests a route without request rules, or let the sender call an address that is not behind the gateway";
                self.error(place, message, hint);
            }
            if signature.value.0.is_empty() {
                self.error(signature, "no field is named here", "take the key out");
            }
        }
    }

    /// Two rules for one selector: which of them counts would be an accident.
    pub(super) fn check_duplicate(&mut self, drafts: &[Draft<'_>]) {
        for pair in drafts.windows(2) {
            let [one, other] = pair else { continue };
            if one.shape != other.shape
                || matches!(one.job, Job::Subject)
                || matches!(other.job, Job::Subject)
            {
                continue;
            }
            self.found.push(same_selector(self.file, one.at, other.at));
        }
    }

    /// Reads `required`. Where tokens become values nothing is refused, so it means nothing there.
    pub(super) fn presence(&mut self, long: &RuleEntry, leg: Side) -> Presence {
        let Some(at) = long.required.as_ref().filter(|at| at.value) else {
            return Presence::Optional;
        };
        match self.treatment(leg) {
            Treatment::Protect => Presence::Required,
            Treatment::Reveal => {
                let message = "`required` refuses nothing where tokens become values";
                let hint = "take the key out; what no rule selected is counted all the same";
                self.found.push(at.warning(self.file, message).hinting(hint));
                Presence::Optional
            }
        }
    }

    /// Reads `lookup`. A response searches for nothing, and what becomes no token is never stored.
    pub(super) fn storage(&mut self, long: &RuleEntry, job: &Job, leg: Side) -> Storage {
        let Some(at) = long.lookup.as_ref().filter(|at| at.value) else { return Storage::Store };
        let tokenizes = matches!(job, Job::Field { action: Action::Tokenize, .. });
        if leg == Side::Request && tokenizes {
            return Storage::LookUp;
        }
        let hint = "`lookup` is for search fields; take the key out";
        self.error(at, "only values in requests that become tokens are looked up", hint);
        Storage::Store
    }

    /// Whether tokens of the class fit what the application accepts.
    pub(super) fn fits(&mut self, long: &RuleEntry, class: &Class, action: Action) {
        if action != Action::Tokenize {
            let limits = [
                long.max_length.as_ref().map(|at| at.with(())),
                long.pattern.as_ref().map(|at| at.with(())),
            ];
            for at in limits.into_iter().flatten() {
                let hint = "take the key out";
                self.error(&at, "only tokens are checked for length and pattern", hint);
            }
            return;
        }
        let samples = samples(class, self.around.email_domain);
        if let Some(limit) = &long.max_length {
            let longest = samples.iter().map(|sample| sample.chars().count()).max().unwrap_or(0);
            if usize::try_from(limit.value).is_ok_and(|limit| longest > limit) {
                let message = format!("a token of `{}` has {longest} characters", class.name);
                let hint =
                    "widen the field in the application, or leave the field out of the rules";
                self.error(limit, &message, hint);
            }
        }
        let Some(pattern) = &long.pattern else { return };
        match Regex::new(&format!("^(?:{})$", pattern.value)) {
            Err(_) => self.error(
                pattern,
                "not a regular expression",
                "in the syntax of the crate `regex`",
            ),
            Ok(regex) => {
                if let Some(sample) = samples.iter().find(|sample| !regex.is_match(sample)) {
                    let message = format!("a token of `{}` does not fit this pattern", class.name);
                    self.error(pattern, &message, &format!("such as `{sample}`"));
                }
            }
        }
    }
}

/// Returns the name at the end of a selector, if there is one.
fn last_name(selector: &str) -> Option<&str> {
    let quoted = ["'", "\""].into_iter().find_map(|quote| {
        let inside = selector.strip_suffix(']')?.strip_suffix(quote)?;
        let (_, name) = inside.rsplit_once(&format!("[{quote}"))?;
        Some(name)
    });
    quoted
        .or_else(|| selector.rsplit_once('.').map(|(_, name)| name))
        .filter(|name| !name.contains(['[', ']', '(', ')', '?', '*', '@']))
}

/// Whether a selector names a member.
fn names(selector: &str, name: &str) -> bool {
    let spelled = [format!("['{name}']"), format!("[\"{name}\"]"), format!(".{name}")];
    spelled.iter().any(|spelled| selector.ends_with(spelled))
}

/// Texts that look like tokens of a class: enough of them that a pattern which takes all of them takes
/// every token. Their checks are wrong, so none of them is a token.
fn samples(class: &Class, email_domain: &str) -> Vec<String> {
    let alphabet = crate::base::ALPHABET;
    let letter = |index: usize| alphabet.get(index % 32).copied().map_or('0', char::from);
    let sample = |turn: usize| {
        let body: String = (0..24).map(|place| letter(place * (turn * 2 + 1) + turn)).collect();
        let token = format!("ck1{}{body}", class.code);
        match class.shape {
            Shape::Plain => token,
            Shape::Email => format!("{token}@{email_domain}"),
        }
    };
    (0..64).map(sample).collect()
}

/// Says that two rules of one place have the same selector, at the later one.
pub(super) fn same_selector(file: &str, one: &At<String>, other: &At<String>) -> Diagnostic {
    let (first, second) = if one.line <= other.line { (one, other) } else { (other, one) };
    let hint = format!("`{}` in line {} selects the same", first.value, first.line);
    second.error(file, "two rules have the same selector").hinting(hint)
}
