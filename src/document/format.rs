//! Which format a body is in, told by its media type.

/// How a place of a message is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON (RFC 8259), in UTF-8.
    Json,
    /// `application/x-www-form-urlencoded` (WHATWG URL, section 5), in UTF-8.
    Form,
    /// The query of a request target: the same pairs as a form, behind the `?`.
    Query,
}

impl Format {
    /// Reads the value of a `Content-Type` field (RFC 9110, section 8.3.1).
    ///
    /// Refuses by `None`: a type that is none of ours, a broken parameter, a parameter given
    /// twice, and a `charset` that is not UTF-8. `application/json`, `text/json` and every type
    /// with the suffix `+json` (RFC 6839, section 3.1) are JSON.
    pub fn from_media_type(value: &str) -> Option<Self> {
        let (essence, parameters) = value.split_once(';').unwrap_or((value, ""));
        let (kind, name) = essence.trim_matches(BLANK).split_once('/')?;
        if !is_token(kind) || !is_token(name) || !acceptable(parameters)? {
            return None;
        }
        let (kind, name) = (kind.to_ascii_lowercase(), name.to_ascii_lowercase());
        match (kind.as_str(), name.as_str()) {
            ("application" | "text", "json") => Some(Self::Json),
            ("application", "x-www-form-urlencoded") => Some(Self::Form),
            (_, name) => name
                .strip_suffix("+json")
                .is_some_and(|stem| !stem.is_empty())
                .then_some(Self::Json),
        }
    }
}

/// Optional white space of RFC 9110, section 5.6.3.
const BLANK: [char; 2] = [' ', '\t'];

/// A token of RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether the parameters leave the text UTF-8; `None` when they are broken or repeated.
fn acceptable(mut rest: &str) -> Option<bool> {
    let mut seen: Vec<String> = Vec::new();
    let mut utf8 = true;
    loop {
        rest = rest.trim_start_matches(BLANK);
        if rest.is_empty() {
            return Some(utf8);
        }
        if let Some(after) = rest.strip_prefix(';') {
            rest = after;
            continue;
        }
        let (name, after) = rest.split_once('=')?;
        let name = is_token(name).then(|| name.to_ascii_lowercase())?;
        let (value, after) = parameter_value(after)?;
        if seen.contains(&name) {
            return None;
        }
        if name == "charset" {
            utf8 = value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8");
        }
        seen.push(name);
        rest = after.trim_start_matches(BLANK);
        if !rest.is_empty() && !rest.starts_with(';') {
            return None;
        }
    }
}

/// Reads a token or a quoted string (RFC 9110, section 5.6.4), and gives what follows it.
fn parameter_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return is_token(value).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut letters = quoted.chars();
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => value.push(letters.next()?),
            letter if letter.is_control() && letter != '\t' => return None,
            letter => value.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_json_by_name_and_suffix() {
        for value in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/problem+json",
            "application/vnd.api+json ; profile=\"a;b\"; x=1",
            "text/json",
            "application/json;",
        ] {
            assert_eq!(Format::from_media_type(value), Some(Format::Json), "{value}");
        }
    }

    #[test]
    fn knows_forms() {
        let value = "application/x-www-form-urlencoded; charset=UTF-8";
        assert_eq!(Format::from_media_type(value), Some(Format::Form));
    }

    #[test]
    fn refuses_what_two_readers_could_read_differently() {
        for value in [
            "",
            "json",
            "text/plain",
            "application/",
            "application/+json",
            "application/json, text/plain",
            "application/json; charset=utf-16",
            "application/json; charset=iso-8859-1",
            "application/json; charset=utf-8; charset=utf-16",
            "application/json; charset",
            "application/json; charset=\"utf-8",
            "application/json charset=utf-8",
            "application/jsonx",
            "application /json",
        ] {
            assert_eq!(Format::from_media_type(value), None, "{value}");
        }
    }
}
