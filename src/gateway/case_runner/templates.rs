//! Tokens that people name by their values: `{{token:email:alice@example.com}}`.

use crate::base::Kind;
use crate::document::Charset;
use crate::document::Codec;
use crate::engine::Generation;
use crate::token::Tokenizer;
use crate::vault::Binding;
use crate::vault::Put;

/// What stands between the braces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template<'t> {
    pub(crate) class: &'t str,
    pub(crate) value: &'t str,
    pub(crate) kind: Kind,
}

/// The token of a value, as the rules spell it on the first tenant's routes, and the record that it
/// stands for. None when the rules have no such class.
pub(in crate::gateway) fn token(
    generation: &Generation,
    template: Template<'_>,
) -> Option<(String, Put)> {
    let tenant = &generation.rules.routes().first()?.tenant;
    made(generation, generation.tokenizer(tenant)?, template)
}

/// The same, of the tenant of this tokenizer.
pub(in crate::gateway) fn made(
    generation: &Generation,
    tokenizer: &Tokenizer,
    Template { class, value, kind }: Template<'_>,
) -> Option<(String, Put)> {
    let found = generation.rules.classes().iter().find(|each| each.class.name.as_str() == class)?;
    let derived = tokenizer.derive(&found.class, value, kind, 0);
    let mut text = String::new();
    tokenizer.spell(&found.class, &derived.token, &mut text);
    let key = derived.key;
    let tag = tokenizer.tag(&key, Tokenizer::UNBOUND);
    let record = tokenizer.seal(found.class.code, &key, value, kind);
    Some((text, Put { key, record, subject: Binding { owner: None, tag } }))
}

/// Takes a template apart; none when it is not ours.
pub(in crate::gateway) fn parts(template: &str) -> Option<Template<'_>> {
    let (kind, template) = match template.split_once(':')? {
        ("token" | "url-token", rest) => (Kind::Text, rest),
        ("number-token", rest) => (Kind::Number, rest),
        _ => return None,
    };
    let (class, value) = template.split_once(':')?;
    Some(Template { class, value, kind })
}

/// Puts tokens in the place of templates; in a request line as a query writes them. An error is the
/// text between the braces for which there is no token.
pub(in crate::gateway) fn filled(
    text: &str,
    token: impl Fn(&str) -> Option<String>,
) -> Result<String, &str> {
    let (first, rest) = text.split_once('\n').map_or((text, None), |(a, b)| (a, Some(b)));
    let mut filled = replaced(first, !first.starts_with("HTTP/"), &token)?;
    if let Some(rest) = rest {
        filled.push('\n');
        filled.push_str(&replaced(rest, false, &token)?);
    }
    Ok(filled)
}

fn replaced<'t>(
    text: &'t str,
    in_query: bool,
    token: &impl Fn(&str) -> Option<String>,
) -> Result<String, &'t str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((template, behind)) = after.split_once("}}") else { break };
        out.push_str(before);
        let token = token(template).ok_or(template)?;
        if in_query || template.starts_with("url-") {
            let mut encoded = Vec::new();
            Codec::Query(Charset::UTF8).encode(&token, Kind::Text, &mut encoded);
            out.push_str(&String::from_utf8_lossy(&encoded));
        } else {
            out.push_str(&token);
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}
