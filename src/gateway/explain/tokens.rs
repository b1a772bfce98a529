//! Tokens in messages that somebody copied from an application: they were made with keys that are not
//! asked for here.

use crate::base::Kind;
use crate::base::digit;
use crate::rules::ClassDefinition;
use crate::token::Tokenizer;

/// The length of a token (docs/token-format.md).
const TOKEN: usize = 29;

/// Puts a token of these throw-away keys in the place of everything that has the form of a token of
/// a class of the rules: as long, of the same class, the same for the same. Gives how many.
pub(super) fn adopt(
    tokenizer: &Tokenizer,
    classes: &[ClassDefinition],
    message: &mut [u8],
) -> usize {
    let mut adopted = 0;
    let mut at = 0;
    while let Some(window) = message.get_mut(at..at + TOKEN) {
        match own(tokenizer, classes, window) {
            Some(token) => {
                window.copy_from_slice(&token);
                adopted += 1;
                at += TOKEN;
            }
            None => at += 1,
        }
    }
    adopted
}

/// The token in the place of one of other keys; none when the text has not the form.
fn own(tokenizer: &Tokenizer, classes: &[ClassDefinition], text: &[u8]) -> Option<[u8; TOKEN]> {
    let [c, k, _, first, second, ..] = text else { return None };
    if !c.eq_ignore_ascii_case(&b'c') || !k.eq_ignore_ascii_case(&b'k') {
        return None;
    }
    if !text.iter().all(|&byte| digit(byte).is_some()) {
        return None;
    }
    let code = [first.to_ascii_lowercase(), second.to_ascii_lowercase()];
    let class = classes.iter().find(|each| each.class.code.bytes() == code)?;
    let lower = text.to_ascii_lowercase();
    let text = std::str::from_utf8(&lower).ok()?;
    if tokenizer.recognise(text).is_some() {
        return None;
    }
    Some(*tokenizer.derive(&class.class, text, Kind::Text, 0).token.as_bytes())
}
