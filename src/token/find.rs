//! Tokens inside running text.

use std::collections::HashSet;

use memchr::memchr2_iter;

use crate::base::Span;
use crate::document::each_reading;
use crate::document::squeezed;

use super::text::Candidate;
use super::text::TOKEN_BYTES;
use super::text::Token;
use super::tokenizer::Tokenizer;

/// Finds all tokens of a tenant, in order, never overlapping.
///
/// The rarer of the two characters of the prefix is searched for, in both letter cases; every hit
/// then costs a bounded look around it, so the time is linear in the text whatever it holds.
pub(super) fn find(tokenizer: &Tokenizer, text: &[u8]) -> Vec<(Span, Token)> {
    let mut found = Vec::new();
    let mut free = 0;
    for hit in memchr2_iter(b'k', b'K', text) {
        let Some(start) = hit.checked_sub(1).filter(|&start| start >= free) else { continue };
        let Some((end, token)) = token_at(tokenizer, text, start) else { continue };
        if let Some(span) = span(start, end) {
            found.push((span, token));
        }
        free = end;
    }
    found
}

/// Finds the different tokens in some pieces of a message, however they are spelled and whatever cuts them.
///
/// Applications take markup, controls and blanks out of texts, so letters and digits are also searched alone;
/// the keyed check of 20 bits keeps accidents rare.
pub(super) fn find_spelled<'p>(
    tokenizer: &Tokenizer,
    pieces: impl Iterator<Item = &'p [u8]>,
) -> Vec<Token> {
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    for piece in pieces {
        each_reading(piece, |text| {
            let whole = find(tokenizer, text).into_iter().map(|(_, token)| token);
            let tokens = whole.chain(find_anywhere(tokenizer, &squeezed(text)));
            found.extend(tokens.filter(|token| known.insert(*token)));
        });
    }
    found
}

/// Finds all tokens of a tenant in a text of letters and digits, whatever stands around them.
fn find_anywhere(tokenizer: &Tokenizer, text: &[u8]) -> Vec<Token> {
    let starts = memchr2_iter(b'k', b'K', text).filter_map(|hit| hit.checked_sub(1));
    let candidates = starts.filter_map(|start| text.get(start..start + TOKEN_BYTES));
    candidates.filter_map(Candidate::read).filter_map(|it| tokenizer.verify(it)).collect()
}

/// The token that starts here, and where it ends, its domain included.
fn token_at(tokenizer: &Tokenizer, text: &[u8], start: usize) -> Option<(usize, Token)> {
    let before = start.checked_sub(1).and_then(|place| text.get(place));
    if before.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let end = start + TOKEN_BYTES;
    let candidate = Candidate::read(text.get(start..end)?)?;
    let after = text.get(end..)?;
    let end = match after.split_first() {
        Some((next, _)) if next.is_ascii_alphanumeric() => return None,
        Some((b'@', domain)) if domain.first().is_some_and(u8::is_ascii_alphanumeric) => {
            end + 1 + tokenizer.own_domain(domain)?
        }
        Some(_) | None => end,
    };
    tokenizer.verify(candidate).map(|token| (end, token))
}

/// A span, as far as a text of less than 4 GiB goes.
fn span(start: usize, end: usize) -> Option<Span> {
    Span::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?)
}
