//! I-Regexp (RFC 9485) to the `regex` crate, whose matching time is linear in the text.

use regex::Regex;
use regex::RegexBuilder;

/// Largest compiled pattern, in bytes.
const SIZE: usize = 1 << 20;

/// Compiles a pattern; `whole` asks for the whole text (`match`), else a part will do (`search`).
///
/// Refuses what RFC 9485, section 4 does not have: `\d` and its kin, groups with a question mark,
/// lazy repetition, look-around, references. `^` and `$` keep the meaning that the mappings of
/// RFC 9485, section 5 give them. A pattern that compiles to more than 1 MiB is refused too.
pub(super) fn compile(pattern: &str, whole: bool) -> Result<Regex, &'static str> {
    let body = translate(pattern)?;
    let text = if whole { format!(r"\A(?:{body})\z") } else { body };
    let built = RegexBuilder::new(&text).size_limit(SIZE).nest_limit(64).build();
    built.map_err(|error| {
        if matches!(error, regex::Error::CompiledTooBig(_)) {
            "the pattern is too large"
        } else {
            "the pattern is not a regular expression of RFC 9485"
        }
    })
}

fn translate(pattern: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut letters = pattern.chars().peekable();
    let mut atom = false;
    let mut open = 0_usize;
    while let Some(letter) = letters.next() {
        let repeats = matches!(letter, '*' | '+' | '?' | '{');
        if repeats && !atom {
            return Err("repetition of nothing");
        }
        atom = !repeats;
        match letter {
            '*' | '+' | '?' | '^' | '$' => out.push(letter),
            '{' => quantity(&mut letters, &mut out)?,
            '.' => out.push_str(r"[^\n\r]"),
            '[' => class(&mut letters, &mut out)?,
            '\\' => escape(&mut letters, &mut out)?,
            '(' => {
                open += 1;
                atom = false;
                out.push_str("(?:");
            }
            ')' => {
                open = open.checked_sub(1).ok_or("a parenthesis that was not opened")?;
                out.push(')');
            }
            '|' => {
                atom = false;
                out.push('|');
            }
            ']' | '}' => return Err("a bracket that was not opened"),
            letter => out.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
        }
    }
    if open > 0 { Err("a parenthesis that is not closed") } else { Ok(out) }
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// `{2}`, `{2,}`, `{2,5}`.
fn quantity(letters: &mut Letters<'_>, out: &mut String) -> Result<(), &'static str> {
    let body: String = letters.by_ref().take_while(|&letter| letter != '}').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (least, most) = body.split_once(',').unwrap_or((&body, &body));
    if !digits(least) || !(most.is_empty() || digits(most)) {
        return Err("a broken repetition");
    }
    out.push('{');
    out.push_str(&body);
    out.push('}');
    Ok(())
}

/// `\p{Lu}`, `\n`, `\.`: what stands behind a backslash.
fn escape(letters: &mut Letters<'_>, out: &mut String) -> Result<(), &'static str> {
    let letter = letters.next().ok_or("a backslash at the end")?;
    match letter {
        'n' | 'r' | 't' => out.extend(['\\', letter]),
        'p' | 'P' => {
            if letters.next() != Some('{') {
                return Err("a broken character category");
            }
            let name: String = letters.by_ref().take_while(|&letter| letter != '}').collect();
            if !category(&name) {
                return Err("an unknown character category");
            }
            out.extend(['\\', letter, '{']);
            out.push_str(&name);
            out.push('}');
        }
        '(' | ')' | '*' | '+' | '-' | '.' | '?' | '[' | '\\' | ']' | '^' | '{' | '|' | '}' => {
            out.extend(['\\', letter]);
        }
        'd' | 'w' | 's' | 'D' | 'W' | 'S' => {
            return Err(r"RFC 9485 has no \d, \w, \s: write a class such as [0-9]");
        }
        _ => return Err("an unknown escape"),
    }
    Ok(())
}

/// The general categories of RFC 9485, section 4.
fn category(name: &str) -> bool {
    const KINDS: [(&str, &str); 7] = [
        ("L", "lmotu"),
        ("M", "cen"),
        ("N", "dlo"),
        ("P", "cdefios"),
        ("Z", "lps"),
        ("S", "ckmo"),
        ("C", "cfno"),
    ];
    KINDS.iter().any(|(major, minor)| {
        name.strip_prefix(major)
            .is_some_and(|rest| rest.is_empty() || (rest.len() == 1 && minor.contains(rest)))
    })
}

/// A character class, behind its opening bracket.
fn class(letters: &mut Letters<'_>, out: &mut String) -> Result<(), &'static str> {
    out.push('[');
    if letters.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    loop {
        let letter = letters.next().ok_or("a class that is not closed")?;
        match letter {
            ']' if first => return Err("an empty class"),
            ']' => break,
            '[' => return Err("a bracket inside a class"),
            '-' if first || letters.peek() == Some(&']') => out.push_str(r"\-"),
            '-' => return Err("a misplaced hyphen in a class"),
            letter => {
                single(letter, letters, out)?;
                range_end(letters, out)?;
            }
        }
        first = false;
    }
    out.push(']');
    Ok(())
}

/// The end of a range, when one follows.
fn range_end(letters: &mut Letters<'_>, out: &mut String) -> Result<(), &'static str> {
    let mut ahead = letters.clone();
    if ahead.next() != Some('-') || ahead.peek() == Some(&']') {
        return Ok(());
    }
    *letters = ahead;
    out.push('-');
    match letters.next() {
        Some(letter) if letter != '[' && letter != '-' => single(letter, letters, out),
        _ => Err("a broken range in a class"),
    }
}

/// One character of a class, or a category.
fn single(letter: char, letters: &mut Letters<'_>, out: &mut String) -> Result<(), &'static str> {
    if letter == '\\' {
        return escape(letters, out);
    }
    out.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4])));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        compile(pattern, true).unwrap().is_match(text)
    }

    #[test]
    fn matches_the_whole_text_or_searches_a_part() {
        assert!(matches("a.*", "abc") && !matches("b", "abc") && !matches("a|b", "ab"));
        assert!(compile("b", false).unwrap().is_match("abc"));
        assert!(matches("^ab.*", "abc") && matches(".*bc$", "abc"));
    }

    #[test]
    fn a_dot_is_any_character_but_line_ends() {
        assert!(matches(".", "\u{2028}") && matches(".", "\u{1f600}") && matches(".", "\u{85}"));
        assert!(!matches(".", "\n") && !matches(".", "\r"));
    }

    #[test]
    fn classes_ranges_categories_and_counts() {
        assert!(matches("[a-c-]+", "a-c") && matches("[^&~a-c]", "d") && !matches("[^&~a-c]", "~"));
        assert!(
            matches(r"\p{Lu}{2,}", "AB") && matches(r"\P{Lu}", "a") && matches(r"[\p{L}\-]", "-")
        );
        assert!(matches("a{2}", "aa") && matches("(ab){1,2}c", "ababc") && matches("a&&b", "a&&b"));
        assert!(matches("[a&&b]+", "a&b") && matches(r"\[\]\{\}\.", "[]{}."));
    }

    #[test]
    fn refuses_what_the_standard_does_not_have() {
        for pattern in [
            r"\d",
            r"\w+",
            "(?i)a",
            "(?:a)",
            "a*?",
            "a**",
            "*",
            "a{,2}",
            "a{",
            "a{x}",
            "[a",
            "[]",
            "(",
            ")",
            "]",
            "}",
            r"\",
            r"\1",
            r"\p{Greek}",
            r"\p{IsBasicLatin}",
            "[[a]]",
            "(?=a)",
            "[a-]b-c]",
            "[z-a]",
        ] {
            assert!(compile(pattern, true).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_grows_too_large_is_refused() {
        assert_eq!(compile(r"((\p{L}{60}){60}){60}", true).err(), Some("the pattern is too large"));
    }
}
