//! A look at a selector's text before the parser sees it.
//!
//! The parser (`jsonpath-rust`) needs exponential time for some nested input, skips white space in
//! places where RFC 9535 allows none, and keeps numbers as floating point. So this pass, linear and
//! without recursion, bounds length and nesting, refuses misplaced white space, and takes out the
//! number literals it cannot keep exactly. It decides nothing else: what it lets through the parser
//! still judges.

use crate::document::selector::SelectorError;

/// Longest selector, in bytes.
const LENGTH: usize = 1024;
/// Deepest nesting of function calls, and of filters.
const NESTING: usize = 4;
/// Deepest nesting of brackets and parentheses together.
const BRACKETS: usize = 32;

/// A selector's text as the parser gets it.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    /// The text; every literal in `numbers` replaced by `1.5…` of the same length.
    pub(super) text: String,
    /// Number literals with a fraction, an exponent or many digits, in the order of the text.
    pub(super) numbers: Vec<String>,
}

/// Checks a selector's text.
pub(super) fn lex(source: &str) -> Result<Lexed, SelectorError> {
    if source.len() > LENGTH {
        return Err(SelectorError::at(0, format!("longer than {LENGTH} bytes")));
    }
    if source.ends_with(is_blank) {
        return Err(SelectorError::in_text(source, source.len() - 1, "white space at the end"));
    }
    let mut lexer = Lexer {
        source,
        rest: source,
        out: Lexed { text: String::with_capacity(source.len()), numbers: Vec::new() },
        brackets: Vec::new(),
        last: Last::Sign('\0'),
        blank: false,
    };
    while let Some(letter) = lexer.rest.chars().next() {
        lexer.step(letter)?;
    }
    Ok(lexer.out)
}

/// What came last, white space aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Dot,
    /// A name behind a dot.
    Member,
    /// A function's name, `true`, `false` or `null`.
    Word,
    Number,
    Text,
    Sign(char),
}

/// An open bracket or parenthesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Square,
    Filter,
    Round,
    Call,
}

struct Lexer<'a> {
    source: &'a str,
    rest: &'a str,
    out: Lexed,
    brackets: Vec<Bracket>,
    last: Last,
    blank: bool,
}

impl Lexer<'_> {
    fn step(&mut self, letter: char) -> Result<(), SelectorError> {
        match letter {
            blank if is_blank(blank) => {
                if self.last == Last::Dot {
                    return Err(self.error("white space after a dot"));
                }
                self.take(1);
                self.blank = true;
                return Ok(());
            }
            '\'' | '"' => self.string(letter),
            '.' => {
                let length = if self.rest.starts_with("..") { 2 } else { 1 };
                self.take(length);
                self.last = Last::Dot;
            }
            letter if is_name(letter) && !letter.is_ascii_digit() => self.word()?,
            letter if letter == '-' || letter.is_ascii_digit() => self.number()?,
            _ => self.sign(letter)?,
        }
        self.blank = false;
        Ok(())
    }

    /// Copies some bytes to the parser's text.
    fn take(&mut self, length: usize) {
        let (head, tail) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.out.text.push_str(head);
        self.rest = tail;
    }

    fn error(&self, message: impl Into<String>) -> SelectorError {
        SelectorError::in_text(self.source, self.source.len() - self.rest.len(), message)
    }

    fn string(&mut self, quote: char) {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|&(_, letter)| {
            let closes = letter == quote && !escaped;
            escaped = letter == '\\' && !escaped;
            closes
        });
        self.take(end.map_or(self.rest.len(), |(at, _)| at + 1));
        self.last = Last::Text;
    }

    fn word(&mut self) -> Result<(), SelectorError> {
        self.stands_alone()?;
        let end = self.rest.find(|letter| !is_name(letter)).unwrap_or(self.rest.len());
        let word = self.rest.get(..end).unwrap_or_default();
        if self.last != Last::Dot {
            self.take(end);
            self.last = Last::Word;
            return Ok(());
        }
        if word.contains(char::is_whitespace) {
            // The parser would trim a no-break space, which belongs to the name.
            if !self.out.text.ends_with("..") {
                self.out.text.pop();
            }
            self.out.text.push_str("[\"");
            self.take(end);
            self.out.text.push_str("\"]");
        } else {
            self.take(end);
        }
        self.last = Last::Member;
        Ok(())
    }

    fn number(&mut self) -> Result<(), SelectorError> {
        self.stands_alone()?;
        let (end, exact) = number(self.rest);
        let digits = self.rest.get(..end).unwrap_or_default();
        let simple = digits.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
        let long = digits.len() > 15 && self.expects_literal();
        if exact && (long || !simple) {
            self.out.numbers.push(digits.to_owned());
            self.out.text.push_str("1.5");
            self.out.text.extend(std::iter::repeat_n('0', end.saturating_sub(3)));
            self.rest = self.rest.get(end..).unwrap_or_default();
        } else {
            self.take(end.max(1));
        }
        self.last = Last::Number;
        Ok(())
    }

    /// Refuses two words or numbers side by side: the grammar has none.
    fn stands_alone(&self) -> Result<(), SelectorError> {
        match self.last {
            Last::Member if self.rest.starts_with('-') => {
                Err(self.error("a name with `-` stands in brackets and quotes: `['a-b']`"))
            }
            Last::Member | Last::Word | Last::Number => Err(self.error("an operator is missing")),
            Last::Dot | Last::Text | Last::Sign(_) => Ok(()),
        }
    }

    /// Whether a number here is a literal, not an index.
    fn expects_literal(&self) -> bool {
        match self.last {
            Last::Sign('=' | '<' | '>' | '?' | '&' | '|' | '(' | '!') => true,
            Last::Sign(',') => self.brackets.last() == Some(&Bracket::Call),
            Last::Sign(_) | Last::Dot | Last::Member | Last::Word | Last::Number | Last::Text => {
                false
            }
        }
    }

    fn sign(&mut self, sign: char) -> Result<(), SelectorError> {
        match sign {
            '(' if self.last == Last::Word => {
                if self.blank {
                    return Err(self.error("white space between a function and its arguments"));
                }
                self.open(Bracket::Call, "function calls")?;
            }
            '(' => self.open(Bracket::Round, "parentheses")?,
            '[' => self.open(Bracket::Square, "brackets")?,
            '?' if self.brackets.last() == Some(&Bracket::Square) => {
                self.brackets.pop();
                self.open(Bracket::Filter, "filters")?;
            }
            ')' | ']' => {
                self.brackets.pop();
            }
            _ => {}
        }
        self.take(sign.len_utf8());
        self.last = Last::Sign(sign);
        Ok(())
    }

    fn open(&mut self, bracket: Bracket, what: &str) -> Result<(), SelectorError> {
        self.brackets.push(bracket);
        let same = self.brackets.iter().filter(|&&other| other == bracket).count();
        let bounded = matches!(bracket, Bracket::Call | Bracket::Filter);
        if (bounded && same > NESTING) || self.brackets.len() > BRACKETS {
            return Err(self.error(format!("{what} nested too deep")));
        }
        Ok(())
    }
}

/// White space of RFC 9535, section 2.1.1.
fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

/// A character of a member name shorthand (RFC 9535, section 2.5.1.1).
fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || !letter.is_ascii()
}

/// Finds the end of a number (RFC 9535, section 2.3.5.1), and whether its spelling is right.
fn number(text: &str) -> (usize, bool) {
    let bytes = text.as_bytes();
    let run =
        |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let start = usize::from(bytes.first() == Some(&b'-'));
    let whole = run(start);
    let mut end = start + whole;
    if whole == 0 || (whole > 1 && bytes.get(start) == Some(&b'0')) {
        return (end, false);
    }
    if bytes.get(end) == Some(&b'.') && run(end + 1) > 0 {
        end += 1 + run(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let digits = run(end + 1 + sign);
        if digits > 0 {
            end += 1 + sign + digits;
        }
    }
    (end, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_out_the_numbers_that_floating_point_would_change() {
        let lexed = lex("$[?@.a==9007199254740993&&@.b<1e400||@[9007199254740993]==1.10]").unwrap();
        assert_eq!(lexed.numbers, ["9007199254740993", "1e400", "1.10"]);
        assert_eq!(lexed.text, "$[?@.a==1.50000000000000&&@.b<1.500||@[9007199254740993]==1.50]");
    }

    #[test]
    fn leaves_strings_and_names_alone() {
        let source = r#"$['1.5 ( [?', "\"2.5"].a1e5[?match(@.b, '3.5')]"#;
        let lexed = lex(source).unwrap();
        assert_eq!((lexed.text.as_str(), lexed.numbers.len()), (source, 0));
    }

    #[test]
    fn refuses_white_space_where_the_grammar_has_none() {
        for source in
            ["$. a", "$.. a", "$[?@. a==1]", "$.a b", "$[?length (@.a)==1]", "$[?@.a==1 2]"]
        {
            assert!(lex(source).is_err(), "{source}");
        }
    }

    #[test]
    fn bounds_length_and_nesting() {
        assert!(lex(&format!("$.{}", "a".repeat(1022))).is_ok());
        assert!(lex(&format!("$.{}", "a".repeat(1023))).is_err());
        let calls = |n| format!("$[?{}@.a{}==1]", "length(".repeat(n), ")".repeat(n));
        assert!(lex(&calls(4)).is_ok());
        assert!(lex(&calls(5)).is_err());
        let filters = |n| format!("$[?{}@.a{}]", "@[?".repeat(n), "]".repeat(n));
        assert!(lex(&filters(3)).is_ok());
        assert!(lex(&filters(4)).is_err());
        assert!(lex(&format!("$[?{}@{}]", "(".repeat(32), ")".repeat(32))).is_err());
    }
}
