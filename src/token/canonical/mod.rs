//! The canonical form of a value: what its token is made from.
//!
//! A value that is not of its class's form is its own canonical form. Every form is idempotent
//! (`canonical_forms_are_idempotent`), so such a value never meets another's canonical form by
//! accident. Unicode data takes part: `crypto::NORM_VERSION` stands for it, and
//! `unicode_has_not_moved` fails when an update changes it.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use idna::AsciiDenyList;
use idna::uts46::DnsLength;
use idna::uts46::Hyphens;
use idna::uts46::Uts46;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::is_nfc;
use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::base::Kind;
use crate::token::class::Class;
use crate::token::class::Form;
use crate::token::class::Matching;

#[cfg(test)]
mod tests;

/// A canonical form; wiped on drop.
pub(in crate::token) struct Canonical<'a> {
    tag: &'static str,
    text: Cow<'a, str>,
}

impl<'a> Canonical<'a> {
    /// The canonical form of a value.
    ///
    /// Numbers are `n:` and their spelling in the document. A text that starts like a marked form
    /// gets `s:` in front, so that no text is ever a number's form, nor another text's.
    pub(in crate::token) fn of(class: &Class, value: &'a str, kind: Kind) -> Self {
        match kind {
            Kind::Number => Self { tag: "n:", text: Cow::Borrowed(value) },
            Kind::Text => {
                let text = match class.matching {
                    Matching::Exact => Cow::Borrowed(value),
                    Matching::Canonical => canonical(class.form, value),
                };
                let is_marked = text.starts_with("n:") || text.starts_with("s:");
                Self { tag: if is_marked { "s:" } else { "" }, text }
            }
        }
    }

    /// The form in two parts, to be read one after the other.
    pub(in crate::token) fn parts(&self) -> [&[u8]; 2] {
        [self.tag.as_bytes(), self.text.as_bytes()]
    }
}

impl Drop for Canonical<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.text {
            text.zeroize();
        }
    }
}

impl fmt::Debug for Canonical<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Canonical(…)")
    }
}

/// The canonical form of a text in its class. For the fuzz target `tokens`.
#[cfg(fuzzing)]
pub fn canonical_form(class: &Class, value: &str) -> String {
    match class.matching {
        Matching::Exact => value.to_owned(),
        Matching::Canonical => canonical(class.form, value).into_owned(),
    }
}

/// Returns what is stored of a value: of one that has the form of its class what stands between the white
/// space around it. Equal values have one record, and whoever brings the first must not choose what the
/// others read.
pub(in crate::token) fn stored<'v>(class: &Class, value: &'v str, kind: Kind) -> &'v str {
    let trims = match (kind, class.matching, class.form) {
        (Kind::Number, ..) | (_, Matching::Exact, _) | (_, _, Form::Text) => false,
        (Kind::Text, Matching::Canonical, form) => formed(form, value).is_some(),
    };
    if trims { value.trim() } else { value }
}

/// The value in its class's form, or as it is when it is not of that form.
fn canonical(form: Form, value: &str) -> Cow<'_, str> {
    formed(form, value).unwrap_or(Cow::Borrowed(value))
}

fn formed(form: Form, value: &str) -> Option<Cow<'_, str>> {
    match form {
        Form::Text => Some(composed(value)),
        Form::Email => email(value.trim()),
        Form::Phone => phone(value.trim()),
        Form::Card => card(value),
        Form::Iban => iban(value),
        Form::Ssn => ssn(value),
        Form::Ip => ip(value.trim()),
    }
}

/// Normalisation form C (UAX #15).
fn composed(value: &str) -> Cow<'_, str> {
    if is_nfc(value) { Cow::Borrowed(value) } else { Cow::Owned(wiped_collect(value.nfc())) }
}

/// Trimmed, NFC, lower case; the domain in A-labels ([RFC 5890, section 2.3.2.1]).
///
/// Dots and plus tags of the local part stay: they are other mailboxes at many providers. A local
/// part in quotes, a domain literal and everything else outside [RFC 5321] and [RFC 6531] is left alone.
fn email(trimmed: &str) -> Option<Cow<'_, str>> {
    if trimmed.is_ascii() {
        let (local, domain) = trimmed.rsplit_once('@')?;
        if is_plain_domain(domain) {
            let is_lower = !trimmed.bytes().any(|byte| byte.is_ascii_uppercase());
            return is_local_part(local).then(|| {
                if is_lower {
                    Cow::Borrowed(trimmed)
                } else {
                    Cow::Owned(trimmed.to_ascii_lowercase())
                }
            });
        }
    }
    international_email(trimmed).map(Cow::Owned)
}

/// [`email`] the long way; gives the same for addresses that do not need it.
fn international_email(trimmed: &str) -> Option<String> {
    let composed = Zeroizing::new(wiped_collect(trimmed.nfc()));
    let lower = Zeroizing::new(composed.to_lowercase());
    let again = Zeroizing::new(wiped_collect(lower.nfc()));
    let (local, domain) = again.rsplit_once('@')?;
    let domain = Uts46::new().to_ascii(
        domain.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    let domain = domain.ok()?;
    is_local_part(local).then(|| [local, "@", &domain].concat())
}

/// Dots and `atext` of [RFC 5321, section 4.1.2], with the characters [RFC 6531, section 3.3] adds.
fn is_local_part(local: &str) -> bool {
    let allowed = |c: char| match c {
        '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"' => false,
        _ => c.is_ascii_graphic() || !(c.is_ascii() || c.is_whitespace() || c.is_control()),
    };
    !local.is_empty() && local.chars().all(allowed)
}

/// An ASCII domain that IDNA would only put in lower case: no label in A-form, all well formed.
fn is_plain_domain(domain: &str) -> bool {
    let is_plain_label = |label: &str| {
        let bytes = label.as_bytes();
        let is_a_label = bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"));
        (1..=63).contains(&bytes.len())
            && !is_a_label
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.len() <= 253 && domain.split('.').all(is_plain_label)
}

/// `+` and 7 to 15 digits ([ITU-T E.164, section 6]) without the visual separators of
/// [RFC 3966, section 5.1.1]. A number without its country, with a trunk zero in parentheses or with
/// an extension is left alone: what it means depends on where one stands.
fn phone(trimmed: &str) -> Option<Cow<'_, str>> {
    let number = trimmed.strip_prefix('+')?;
    let is_bare = number.bytes().all(|byte| byte.is_ascii_digit());
    let digits: String = if is_bare {
        number.to_owned()
    } else {
        let known = |c: char| c.is_ascii_digit() || is_separator(c) || matches!(c, '.' | '(' | ')');
        let ends_well = number.ends_with(|c: char| c.is_ascii_digit());
        if number.contains("(0") || !ends_well || !number.chars().all(known) {
            return None;
        }
        wiped_collect(number.chars().filter(char::is_ascii_digit))
    };
    let mut digits = Zeroizing::new(digits);
    if !(7..=15).contains(&digits.len()) || digits.starts_with('0') {
        return None;
    }
    if is_bare {
        return Some(Cow::Borrowed(trimmed));
    }
    digits.insert(0, '+');
    Some(Cow::Owned(std::mem::take(&mut *digits)))
}

/// 12 to 19 digits ([ISO/IEC 7812-1]).
fn card(value: &str) -> Option<Cow<'_, str>> {
    let digits = ungrouped(value);
    let is_card = (12..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_card.then_some(digits)
}

/// Two letters, two digits, 11 to 30 letters and digits ([ISO 13616-1]), in upper case.
fn iban(value: &str) -> Option<Cow<'_, str>> {
    let text = ungrouped(value);
    let is_iban = match text.as_bytes() {
        [a, b, c, d, rest @ ..] => {
            [a, b].iter().all(|byte| byte.is_ascii_alphabetic())
                && [c, d].iter().all(|byte| byte.is_ascii_digit())
                && (11..=30).contains(&rest.len())
                && rest.iter().all(u8::is_ascii_alphanumeric)
        }
        _ => false,
    };
    if !is_iban {
        return None;
    }
    let is_upper = !text.bytes().any(|byte| byte.is_ascii_lowercase());
    Some(if is_upper { text } else { Cow::Owned(text.to_ascii_uppercase()) })
}

/// Nine digits without their grouping; nothing else is a number of the SSA.
fn ssn(value: &str) -> Option<Cow<'_, str>> {
    let digits = ungrouped(value);
    (digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// [RFC 5952] for version 6, four decimal numbers for version 4.
fn ip(trimmed: &str) -> Option<Cow<'_, str>> {
    let address: IpAddr = trimmed.parse().ok()?;
    Some(Cow::Owned(address.to_string()))
}

/// The value without what people group digits with.
fn ungrouped(value: &str) -> Cow<'_, str> {
    if !value.contains(is_separator) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(wiped_collect(value.chars().filter(|c| !is_separator(*c))))
}

/// Spaces and hyphens, those that do not break included.
fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '-' | '\u{2010}' | '\u{2011}')
}

/// Collects into a string that leaves no copies behind as it grows.
fn wiped_collect(characters: impl Iterator<Item = char>) -> String {
    let mut text = Zeroizing::new(String::with_capacity(64));
    for c in characters {
        if text.capacity() - text.len() < 4 {
            let mut larger = Zeroizing::new(String::with_capacity(text.capacity() * 2));
            larger.push_str(&text);
            text = larger;
        }
        text.push(c);
    }
    std::mem::take(&mut *text)
}
