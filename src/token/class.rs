//! What is fixed for a class of data, and the classes that need no definition.

use crate::base::ClassCode;
use crate::base::DataClass;

use super::mask::Mask;

/// Everything about a class that decides its tokens and masks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its name in rules, policies, metrics and audit events.
    pub name: DataClass,
    /// What its tokens carry; part of every key, so another code makes other tokens.
    pub code: ClassCode,
    /// How its tokens are spelled.
    pub shape: Shape,
    /// Which values are the same value.
    pub matching: Matching,
    /// Which canonical form [`Matching::Canonical`] uses.
    pub form: Form,
    /// What a caller sees who may see a part.
    pub mask: Mask,
}

/// How a token is spelled. The 29 characters are the token whatever the shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The 29 characters alone.
    Plain,
    /// `<29 characters>@<domain of the deployment>`, for fields that check for an address.
    Email,
}

impl Shape {
    /// Gives the shape of this name in rule files; none for another name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "plain" => Some(Self::Plain),
            "email" => Some(Self::Email),
            _ => None,
        }
    }

    /// The name in rule files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Email => "email",
        }
    }
}

/// Which spellings of a value get the same token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matching {
    /// Values are equal when their bytes are.
    Exact,
    /// Equal canonical forms; a reader gets the spelling that was stored first.
    Canonical,
}

impl Matching {
    /// Gives the matching of this name in rule files; none for another name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "exact" => Some(Self::Exact),
            "canonical" => Some(Self::Canonical),
            _ => None,
        }
    }

    /// The name in rule files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Canonical => "canonical",
        }
    }
}

/// Which canonical form a class has; `docs/token-format.md` defines each. A value that is not of
/// the form is its own canonical form: nothing is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Unicode normalisation form C.
    Text,
    /// An e-mail address: trimmed, NFC, lower case, domain in A-labels.
    Email,
    /// An international telephone number without its separators.
    Phone,
    /// 12 to 19 digits without spaces and hyphens.
    Card,
    /// An account number of ISO 13616 without spaces and hyphens, in upper case.
    Iban,
    /// Nine digits without spaces and hyphens.
    Ssn,
    /// An IP address as RFC 5952 spells it.
    Ip,
}

/// One row of the built-in table: name, code, shape, matching, form, mask.
type Row = (&'static str, &'static str, Shape, Matching, Form, Mask);

/// Classes that need no definition. A code never changes and is never given away again.
const BUILTIN: &[Row] = {
    use Form::{Card, Email, Iban, Ip, Phone, Ssn, Text};
    use Matching::{Canonical, Exact};
    use Shape::Plain;
    &[
        ("email", "em", Shape::Email, Canonical, Email, Mask::Email),
        ("phone", "ph", Plain, Canonical, Phone, Mask::Last(2)),
        ("name", "nm", Plain, Canonical, Text, Mask::Initial),
        ("first-name", "fn", Plain, Canonical, Text, Mask::Initial),
        ("last-name", "sn", Plain, Canonical, Text, Mask::Initial),
        ("username", "sr", Plain, Exact, Text, Mask::Initial),
        ("card", "cd", Plain, Canonical, Card, Mask::Last(4)),
        ("iban", "bn", Plain, Canonical, Iban, Mask::Last(4)),
        ("account", "ac", Plain, Exact, Text, Mask::Last(4)),
        ("ssn", "ss", Plain, Canonical, Ssn, Mask::Last(4)),
        ("national-id", "nd", Plain, Exact, Text, Mask::Last(2)),
        ("tax-id", "tn", Plain, Exact, Text, Mask::Last(2)),
        ("passport", "pp", Plain, Exact, Text, Mask::Last(2)),
        ("driving-licence", "dv", Plain, Exact, Text, Mask::Last(2)),
        ("health-id", "hd", Plain, Exact, Text, Mask::Last(2)),
        ("customer-id", "cs", Plain, Exact, Text, Mask::Last(2)),
        ("dob", "db", Plain, Exact, Text, Mask::Year),
        ("date", "dt", Plain, Exact, Text, Mask::Year),
        ("address", "ad", Plain, Canonical, Text, Mask::Redact),
        ("street", "st", Plain, Canonical, Text, Mask::Redact),
        ("postcode", "pc", Plain, Canonical, Text, Mask::Redact),
        ("city", "ct", Plain, Canonical, Text, Mask::Initial),
        ("company", "cm", Plain, Canonical, Text, Mask::Initial),
        ("ip", "np", Plain, Canonical, Ip, Mask::Redact),
        ("device-id", "dd", Plain, Exact, Text, Mask::Last(4)),
        ("vehicle", "vh", Plain, Exact, Text, Mask::Last(2)),
        ("text", "tx", Plain, Canonical, Text, Mask::Redact),
    ]
};

/// Gives the built-in class of this name; none for another name.
pub fn builtin(name: &str) -> Option<Class> {
    let &(name, code, shape, matching, form, mask) = BUILTIN.iter().find(|row| row.0 == name)?;
    let name = DataClass::new(name)?;
    let code = ClassCode::new(code)?;
    Some(Class { name, code, shape, matching, form, mask })
}

/// The names of all built-in classes.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|row| row.0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_of_the_table_is_a_class_with_a_code_of_its_own() {
        let classes: Vec<Class> = builtin_names().map(|name| builtin(name).unwrap()).collect();
        let codes: HashSet<ClassCode> = classes.iter().map(|class| class.code).collect();
        let names: HashSet<&DataClass> = classes.iter().map(|class| &class.name).collect();
        assert_eq!(codes.len(), BUILTIN.len());
        assert_eq!(names.len(), BUILTIN.len());
    }

    #[test]
    fn the_codes_of_the_design_are_kept() {
        for (name, code) in
            [("email", "em"), ("phone", "ph"), ("name", "nm"), ("card", "cd"), ("address", "ad")]
        {
            assert_eq!(builtin(name).unwrap().code, ClassCode::new(code).unwrap());
        }
        assert_eq!(builtin("Email"), None);
    }
}
