//! Tokens that stand in a request where no rule selects them, in the spellings that readers undo.
//!
//! Whoever plants a stranger's token in a comment, a hidden field or a cookie reads what it stands for where
//! the application shows it. So a request that changes something is looked through, and such a token passes
//! as it would in a selected field (`decide`).
//!
//! Not for: paths, which name what there is; files in forms, bodies that no rule reads, base64.

use std::collections::HashSet;

use crate::document::joined;
use crate::document::unescaped;
use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::leg::Treatment;
use crate::token::Token;
use crate::token::Tokenizer;

/// Bytes that are looked through at once.
const AT_ONCE: usize = 64 * 1024;

/// Bytes that are looked through with those before and those behind them: a token in escapes of escapes.
const OVERLAP: usize = 2 * 1024;

/// How often a text is read as one in escapes.
const TIMES: usize = 3;

/// Whether a message is looked through.
pub(super) fn is_searched(leg: &Leg<'_>) -> bool {
    leg.side == Side::Request
        && leg.treatment == Treatment::Protect
        && !leg.exchange.method.is_safe()
}

/// Finds the different tokens in some pieces of a message.
pub(super) fn tokens_in<'b>(
    tokenizer: &Tokenizer,
    pieces: impl Iterator<Item = &'b [u8]>,
) -> Vec<Token> {
    let mut known = HashSet::new();
    let mut found = Vec::new();
    let mut search = |text: &[u8]| {
        let tokens = tokenizer.find(text).into_iter().map(|(_, token)| token);
        found.extend(tokens.filter(|token| known.insert(token.as_str().to_owned())));
    };
    for piece in pieces {
        // A comment inside a token may be longer than what is looked through at once.
        if let Some(text) = joined(piece) {
            search(&text);
        }
        let mut rest = piece;
        loop {
            let now = rest.get(..AT_ONCE).unwrap_or(rest);
            search(now);
            let mut read = unescaped(now);
            for _ in 0..TIMES {
                let Some(text) = read else { break };
                search(&text);
                if let Some(text) = joined(&text) {
                    search(&text);
                }
                read = unescaped(&text);
            }
            match rest.get(AT_ONCE..) {
                None | Some([]) => break,
                Some(_) => rest = rest.get(AT_ONCE - OVERLAP..).unwrap_or_default(),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Kind;
    use crate::base::TenantId;
    use crate::crypto::Keyring;

    #[test]
    fn a_token_that_marks_of_xml_cut_is_found_once() {
        let keyring = Keyring::generate(&mut |bytes| bytes.fill(7));
        let tokenizer = Tokenizer::new(&keyring, &TenantId::default_tenant(), "mail.example");
        let class = crate::token::builtin("email").unwrap();
        let token = tokenizer.derive(&class, "a@b.example", Kind::Text, 0).token;
        let (front, back) = token.as_str().split_at(9);
        let long = "x".repeat(AT_ONCE + OVERLAP);
        for between in ["<!---->", "<?x?>", &format!("<!-- {long} -->")] {
            let text = format!("<a><b>{front}{between}{back}</b>{}</a>", token.as_str());
            assert_eq!(tokens_in(&tokenizer, [text.as_bytes()].into_iter()), [token], "{between}");
        }
        for text in [
            format!("<b><![CDATA[{front}]]>{back}</b>"),
            format!("{{\"x\":\"\\u003cb>{front}<!-- -->{back}</b>\"}}"),
            format!("x=%3Cb%3E{front}%3C!----%3E{back}"),
        ] {
            assert_eq!(tokens_in(&tokenizer, [text.as_bytes()].into_iter()), [token], "{text}");
        }
    }
}
