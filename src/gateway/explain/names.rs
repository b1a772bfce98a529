//! Which names of members may be shown. Names are what rules are written about, but data stands in
//! the place of names, too: `{"ada@example.com": 7}`.

use crate::rules::Route;

/// The longest name that is shown.
const LONGEST: usize = 48;

/// More digits make a name look like a number of somebody.
const DIGITS: usize = 4;

/// Letters and digits in a row from which on a name may be a token or a key.
const RUN: usize = 24;

/// Whether a name may be shown: it is written in a rule of the route, or it looks like a name that a
/// programmer chose.
pub(super) fn is_shown(route: &Route, name: &str) -> bool {
    is_chosen(name) || is_ruled(route, name)
}

fn is_ruled(route: &Route, name: &str) -> bool {
    let quoted = [format!("'{name}'"), format!("\"{name}\"")];
    let jobs = route.request.jobs().chain(route.response.jobs());
    !name.is_empty()
        && jobs
            .into_iter()
            .any(|(_, _, selector)| quoted.iter().any(|quoted| selector.contains(quoted.as_str())))
}

fn is_chosen(name: &str) -> bool {
    let rest = name.strip_prefix('@').unwrap_or(name);
    let plain = |letter: char| letter.is_alphanumeric() || "_-.:#[]$".contains(letter);
    let digits = rest.chars().filter(|letter| letter.is_numeric()).count();
    let mut runs = rest.split(|letter: char| !letter.is_alphanumeric());
    let coded = runs.any(|run| run.len() >= RUN && run.contains(char::is_numeric));
    rest.chars().any(char::is_alphabetic)
        && rest.chars().count() <= LONGEST
        && rest.chars().all(plain)
        && digits <= DIGITS
        && !coded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_data_is_not_shown() {
        for name in [
            "email",
            "user[email]",
            "@type",
            "xmlns:soap",
            "line_2",
            "größe",
            "x-request-id",
            "addressOfTheCustomerForCorrespondence",
            "#text",
        ] {
            assert!(is_chosen(name), "{name}");
        }
        for name in [
            "",
            "@",
            "ada@canary.example",
            "+49 151 7700001",
            "4929123456781234",
            "Ada Lovelace",
            "1234",
            "a\u{0}b",
            "it's",
            "ck1em8jc6k2qfgh4m9xtb5c7vnwr0",
            "line\nbreak",
            &"x".repeat(49),
        ] {
            assert!(!is_chosen(name), "{name:?}");
        }
    }
}
