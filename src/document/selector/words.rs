//! The words of a name, and what stands between them.

use crate::document::KeyMatch;

/// Words that are looked at; a name with more matches every rule, if any of its words is in a rule.
pub(super) const WORDS: usize = 32;

/// A word of a name, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What it counts, if it is a number.
    pub(super) number: Option<u32>,
    /// Whether what is before it may be a prefix that the framework takes off.
    pub(super) detachable: bool,
    /// Whether it is inside of the word before it: behind a bracket or a dot.
    pub(super) inside: bool,
}

/// Whether a character stands between two words: everything but letters, digits and the underscore.
pub(super) fn separates(letter: char) -> bool {
    if letter.is_ascii() {
        !letter.is_ascii_alphanumeric() && letter != '_'
    } else {
        letter.is_whitespace() || letter.is_control() || letter == '\u{feff}'
    }
}

/// Cuts a name into its words, the first [`WORDS`] and one more.
pub(super) fn words(name: &str) -> Vec<Word> {
    let matched = has_matching_brackets(name);
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    let mut behind = 0;
    for (at, letter) in name.char_indices().chain([(name.len(), ' ')]) {
        if !separates(letter) {
            start = start.or(Some(at));
            continue;
        }
        let Some(from) = start.take() else { continue };
        let between = name.get(behind..from).unwrap_or_default();
        let text = name.get(from..at).unwrap_or_default();
        words.push(Word {
            start: from,
            end: at,
            number: number(text),
            detachable: !(matched && between.ends_with('[')),
            inside: between.contains(['[', ']', '.', '(']),
        });
        behind = at;
        if words.len() > WORDS {
            break;
        }
    }
    words
}

/// The number that a word is; one that is too large stands for the largest.
fn number(word: &str) -> Option<u32> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| word.parse().unwrap_or(u32::MAX))
}

/// Whether a name is a word and brackets behind it, each with its partner: `user[email][]`.
pub(super) fn has_matching_brackets(name: &str) -> bool {
    let Some((base, rest)) = name.split_once('[') else { return false };
    let inner = rest.strip_suffix(']');
    !base.is_empty()
        && !base.contains(']')
        && inner.is_some_and(|inner| inner.split("][").all(|part| !part.contains(['[', ']'])))
}

/// Whether a name is a word, and behind it words in brackets or behind dots: `users[0].email`. Who does
/// not know the dots leaves out what follows, and no word before it.
pub(in crate::document) fn is_path(name: &str) -> bool {
    let signs = ['[', ']', '.'];
    let (base, mut rest) = name.split_at(name.find(signs).unwrap_or(name.len()));
    while !rest.is_empty() {
        let word = match rest.strip_prefix('[') {
            Some(inside) => inside.split_once(']').filter(|(word, _)| !word.contains('[')),
            None => rest
                .strip_prefix('.')
                .map(|word| word.split_at(word.find(signs).unwrap_or(word.len())))
                .filter(|(word, _)| !word.is_empty()),
        };
        let Some((_, behind)) = word else { return false };
        rest = behind;
    }
    !base.is_empty()
}

/// Whether a name is this one in some spelling: the same words, numbers aside, behind what may be the
/// prefix of a form.
pub(in crate::document) fn is_spelling(name: &str, of: &str) -> bool {
    let (mut buffer, mut other) = (String::new(), String::new());
    let (name, of) =
        (KeyMatch::Fold.normal(name, &mut buffer), KeyMatch::Fold.normal(of, &mut other));
    let read = |name: &str| -> Vec<Word> {
        words(name).into_iter().filter(|word| word.number.is_none()).collect()
    };
    let (words, own) = (read(name), read(of));
    let prefix = words.len().checked_sub(own.len());
    let Some((front, words)) = prefix.and_then(|prefix| words.split_at_checked(prefix)) else {
        return false;
    };
    let same =
        |(word, own): (&Word, &Word)| name.get(word.start..word.end) == of.get(own.start..own.end);
    words.first().is_some_and(|first| front.is_empty() || first.detachable)
        && words.iter().zip(&own).all(same)
}

/// Whether a reader of CSV takes a name for that of a column: the letters, digits and underscores are the
/// same.
pub(in crate::document) fn is_column(name: &str, column: &str) -> bool {
    let letters = |name: &str| {
        let mut buffer = String::new();
        let folded = KeyMatch::Fold.normal(name, &mut buffer);
        folded.replace(separates, "")
    };
    let own = letters(column);
    name == column || (!own.is_empty() && own == letters(name))
}
