//! Where in a policy file something is.

/// Gives line and column, both from 1, of a byte of a text; the column counts characters.
pub(super) fn at(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// Gives the first line of what stands there, shortened for a message.
pub(super) fn excerpt(text: &str, offset: usize, length: usize) -> String {
    let whole = text.get(offset..offset.saturating_add(length)).unwrap_or_default();
    let line = whole.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(60).collect();
    if short.len() < whole.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters_from_one() {
        assert_eq!(at("ab\ncd", 0), (1, 1));
        assert_eq!(at("ab\ncd", 4), (2, 2));
        assert_eq!(at("é\"x", 3), (1, 3));
        assert_eq!(at("ab", 99), (1, 3));
    }

    #[test]
    fn shows_one_short_line() {
        assert_eq!(excerpt("permit(\nprincipal", 0, 17), "permit(…");
        assert_eq!(excerpt("permit", 0, 6), "permit");
    }
}
