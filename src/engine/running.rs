//! Tokens inside longer texts of a document: `Ada Lovelace`, put together by the application.

use crate::base::Kind;
use crate::base::Span;
use crate::document::Splice;
use crate::engine::error::Error;
use crate::engine::part::Part;
use crate::engine::part::Pen;
use crate::engine::plan::RunningText;
use crate::engine::reveal::Released;
use crate::engine::reveal::Shown;
use crate::engine::reveal::Spot;
use crate::token::Tokenizer;

/// The tokens in texts that are of the classes of their rules.
pub(super) fn tokens<'a>(
    tokenizer: &Tokenizer,
    texts: &'a [RunningText<'a>],
    parts: &'a [Part<'a>],
) -> Vec<Shown<'a>> {
    let mut shown = Vec::new();
    for text in texts {
        let Some(part) = parts.get(text.part) else { continue };
        for (at, token) in tokenizer.find(text.value.expose().as_bytes()) {
            let class = text.classes.iter().find(|class| class.code == token.code());
            shown.extend(class.map(|class| {
                let spot = Spot::Inside(text, part, at);
                Shown { class, token, key: tokenizer.key(&token), spot }
            }));
        }
    }
    shown
}

/// Writes one text again, with the values of the tokens in it that are seen. A text that could not
/// stand at its place any more stays as it is.
pub(super) fn write<'s, 'a: 's>(
    pen: &mut Pen<'_>,
    (text, part): (&RunningText<'_>, &Part<'_>),
    inside: impl Iterator<Item = (usize, &'s Shown<'a>, Span)>,
    released: &Released,
) -> Result<(), Error> {
    let mut splice = Splice::new(text.value.expose().as_bytes(), 0);
    let mut changed = false;
    for (number, each, at) in inside {
        let Some(sealed) = released.value(number, &each.key) else { continue };
        let value = sealed.value.expose().as_bytes();
        changed |= splice.replace(at, |out| out.extend_from_slice(value));
    }
    let whole = zeroize::Zeroizing::new(splice.finish());
    let Ok(whole) = std::str::from_utf8(&whole) else { return Err(Error::Assembly) };
    if !changed || !part.can_say(whole, text.codec) {
        return Ok(());
    }
    pen.replace((text.span, text.codec), |out| text.codec.encode(whole, Kind::Text, out))
}
