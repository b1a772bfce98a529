//! Named segments of a path: where `/users/{id}` has its `id` in a request.

use crate::base::Span;
use crate::document::Named;
use crate::rules::Ambiguous;
use crate::rules::path;
use crate::rules::pattern::Segment;

/// The segments of a route's path pattern.
#[derive(Debug, Clone, Default)]
pub struct Segments(Vec<Segment>);

impl Segments {
    pub(super) fn new(segments: Vec<Segment>) -> Self {
        Self(segments)
    }

    /// The names, in the order of the path.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Single(Some(name)) => Some(&**name),
            Segment::Single(None) | Segment::Literal(_) | Segment::Rest => None,
        })
    }

    /// Finds the named segments in a path as the client wrote it. The route matched what servers make
    /// of it; the bytes must show the same segments one by one, or nobody can say which of them is
    /// which: a path with dot segments or empty ones is refused.
    pub fn named(&self, path: &str) -> Result<Vec<Named>, Ambiguous> {
        if !path::is_plain(path) && !path::reads_alike(path) {
            return Err(Ambiguous);
        }
        let inner = path.strip_prefix('/').ok_or(Ambiguous)?;
        let trimmed = inner.strip_suffix('/').unwrap_or(inner);
        let mut at = 1;
        let mut named = Vec::new();
        let mut parts = trimmed.split('/');
        for segment in &self.0 {
            if *segment == Segment::Rest {
                return Ok(named);
            }
            let part = parts.next().ok_or(Ambiguous)?;
            let end = at + part.len();
            match segment {
                Segment::Literal(name) if **name == *path::readings(part).own => {}
                Segment::Literal(_) | Segment::Rest => return Err(Ambiguous),
                Segment::Single(_) if matches!(part, "" | "." | "..") => return Err(Ambiguous),
                Segment::Single(None) => {}
                Segment::Single(Some(name)) => {
                    named.push(Named { name: name.to_string(), span: span(at, end)? });
                }
            }
            at = end + 1;
        }
        match parts.next() {
            Some(rest) if !(self.0.is_empty() && rest.is_empty()) => Err(Ambiguous),
            Some(_) | None => Ok(named),
        }
    }
}

fn span(start: usize, end: usize) -> Result<Span, Ambiguous> {
    let number = |at: usize| u32::try_from(at).map_err(|_| Ambiguous);
    Span::new(number(start)?, number(end)?).ok_or(Ambiguous)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::pattern;

    fn named(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
        let segments = Segments::new(pattern::path(pattern).unwrap());
        let found = segments.named(path).ok()?;
        let text =
            |named: &Named| String::from_utf8(named.span.of(path.as_bytes()).to_vec()).unwrap();
        Some(found.iter().map(|each| (each.name.clone(), text(each))).collect())
    }

    #[test]
    fn finds_the_bytes_of_named_segments() {
        let found = named("/users/{mail}/*/{x}/**", "/users/a%40b/q/7/z").unwrap();
        assert_eq!(found, [("mail".into(), "a%40b".into()), ("x".into(), "7".into())]);
        assert_eq!(named("/users/{mail}", "/us%65rs/a/").unwrap(), [("mail".into(), "a".into())]);
        assert_eq!(named("/**", "/x/y").unwrap(), []);
        assert_eq!(named("/", "/").unwrap(), []);
    }

    #[test]
    fn refuses_a_path_whose_bytes_show_other_segments() {
        for path in
            ["/users/./a", "/users//a", "/x/../users/a", "/users/..", "/users", "/users/a/b"]
        {
            assert_eq!(named("/users/{mail}", path), None, "{path}");
        }
        for path in ["a/../../users/b", "a/%2e%2e/b", "a/..%2fb", "a//b", "a/.", "a;x/b", "a/b%5cc"]
        {
            assert_eq!(named("/users/{mail}/**", &format!("/users/{path}")), None, "{path}");
        }
    }
}
