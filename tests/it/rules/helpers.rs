//! What these tests share.

use std::sync::Arc;

use cloakroom::base::Diagnostic;
use cloakroom::base::SourceFile;
use cloakroom::base::UpstreamId;
use cloakroom::rules::CompileContext;
use cloakroom::rules::RuleSet;

pub(super) fn file(name: &str, text: &str) -> SourceFile {
    SourceFile { name: Arc::from(name), text: Arc::from(text) }
}

/// Loads files beside a configuration with the upstreams `shop` (the default) and `bank`.
pub(super) fn load(files: &[SourceFile]) -> Result<(RuleSet, Vec<Diagnostic>), Vec<Diagnostic>> {
    let upstreams = ["shop", "bank"].map(|name| UpstreamId::new(name).unwrap());
    RuleSet::load(
        files,
        &CompileContext {
            upstreams: &upstreams,
            default_upstream: upstreams.first(),
            email_domain: "token.shop.example",
            email_domain_is_own: true,
        },
    )
}

pub(super) fn told(found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}

/// The mistakes of one file.
pub(super) fn mistakes(text: &str) -> Vec<String> {
    let found = load(&[file("r.yaml", text)]).expect_err("the file should be refused");
    told(&found.into_iter().filter(Diagnostic::is_error).collect::<Vec<_>>())
}

pub(super) fn rules(text: &str) -> RuleSet {
    match load(&[file("r.yaml", text)]) {
        Ok((rules, _)) => rules,
        Err(found) => panic!("{:#?}", told(&found)),
    }
}
