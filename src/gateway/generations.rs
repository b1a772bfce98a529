//! Making a generation from the files, and checking it against the vault.

use std::collections::HashMap;
use std::sync::Arc;

use crate::authn::DEMO;
use crate::authz::Action;
use crate::authz::PolicySet;
use crate::authz::Vocabulary;
use crate::base::DataClass;
use crate::base::Diagnostic;
use crate::base::SourceFile;
use crate::base::TenantId;
use crate::config::Config;
use crate::config::people::Demo;
use crate::crypto::HoldingKeys;
use crate::crypto::Keyring;
use crate::engine::Generation;
use crate::gateway::Error;
use crate::rules;
use crate::rules::Route;
use crate::rules::RuleSet;
use crate::telemetry::Metrics;
use crate::token::Tokenizer;
use crate::vault::Vault;

/// Reads rules and policies, and puts them together. Gives every mistake of both.
pub(crate) fn read(
    config: &Config,
    keyring: &Keyring,
    metrics: &Metrics,
    number: u64,
) -> Result<(Generation, Vec<Diagnostic>), Vec<Diagnostic>> {
    let loaded = config.load_rules()?;
    let mut found = loaded.warnings;
    let mut policies = loaded.folder.policies;
    if config.people.as_ref().is_some_and(|people| people.demo == Demo::Key) {
        policies.push(demo_policy());
    }
    match PolicySet::load(&policies, &vocabulary(&loaded.rules)) {
        Ok((policies, warnings)) => {
            found.extend(warnings);
            found.extend(unreachable_reveals(&loaded.rules, &policies));
            let tokenizers = tokenizers(config, keyring, &loaded.rules);
            let people = loaded.rules.all_people().iter().map(|people| &people.tenant);
            let holdings = people
                .map(|tenant| (tenant.clone(), Arc::new(HoldingKeys::new(keyring, tenant))))
                .collect();
            let generation = Generation::new(number, loaded.rules, policies, tokenizers, metrics)
                .entering(holdings);
            Ok((generation, found))
        }
        Err(mistakes) => {
            found.extend(mistakes);
            Err(found)
        }
    }
}

/// The policy that gives the key `DEMO` every right, where the configuration makes it a key.
fn demo_policy() -> SourceFile {
    let text = format!("permit (principal == Service::\"{DEMO}\", action, resource);\n");
    SourceFile { name: Arc::from("people.demo_key"), text: Arc::from(text) }
}

/// The words that policies may use.
pub(crate) fn vocabulary(rules: &RuleSet) -> Vocabulary {
    Vocabulary { classes: rules.class_groups(), routes: rules.route_ids() }
}

/// One tokenizer for each tenant of the rules.
fn tokenizers(
    config: &Config,
    keyring: &Keyring,
    rules: &RuleSet,
) -> HashMap<TenantId, Arc<Tokenizer>> {
    let domain = config.email_domain.as_str();
    let routes = rules.routes().iter().map(|route| &route.tenant);
    let tenants = routes.chain(rules.all_people().iter().map(|people| &people.tenant));
    let made =
        tenants.map(|tenant| (tenant.clone(), Arc::new(Tokenizer::new(keyring, tenant, domain))));
    made.collect()
}

/// Warns of reveals that no policy could ever permit.
fn unreachable_reveals(rules: &RuleSet, policies: &PolicySet) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for route in rules.routes() {
        for (class, selector) in reveals(route) {
            let shown = [Action::Reveal, Action::Mask]
                .into_iter()
                .any(|action| policies.could_permit(action, class, &route.id));
            if !shown {
                let message = format!(
                    "no policy could ever show `{class}` on route `{}`: its tokens stay tokens",
                    route.id
                );
                let hint = "permit `reveal` or `mask`, or take the rule out";
                found
                    .push(Diagnostic::warning("policies", message).showing(selector).hinting(hint));
            }
        }
    }
    found
}

/// The classes that a route's rules reveal, with the selectors.
fn reveals(route: &Route) -> impl Iterator<Item = (&DataClass, &str)> {
    let jobs = route.request.jobs().chain(route.response.jobs());
    jobs.filter(|(_, action, _)| *action == rules::Action::Reveal)
        .map(|(class, _, selector)| (&class.name, selector))
}

/// How the vault is asked for what it remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    /// What it does not know yet, it remembers from now on.
    ToRemember,
    /// Asks without writing anything into the vault.
    ToKnow,
}

impl Asking {
    /// What the vault has under this name, after it was offered this value.
    async fn ask(self, vault: &dyn Vault, name: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::ToRemember => Ok(vault.claim(name, value).await?),
            Self::ToKnow => Ok(vault.claimed(name).await?.unwrap_or_else(|| value.to_vec())),
        }
    }
}

/// Checks a generation against what the vault remembers: the keyring, and the code of every class.
pub(crate) async fn agree(
    vault: &dyn Vault,
    asking: Asking,
    keyring: &Keyring,
    rules: &RuleSet,
) -> Result<(), Error> {
    let ours = keyring.fingerprint();
    let theirs = asking.ask(vault, "keyring", ours.as_bytes()).await?;
    if theirs != ours.as_bytes() {
        let vault = String::from_utf8_lossy(&theirs).into_owned();
        return Err(Error::ForeignVault { vault, keyring: ours });
    }
    for class in rules.classes() {
        let (name, code) = (&class.class.name, class.class.code);
        // The code first: a class that takes another's code is refused before it is remembered.
        let known = asking.ask(vault, &format!("code/{code}"), name.as_str().as_bytes()).await?;
        if known != name.as_str().as_bytes() {
            let registered = format!("it for `{}`", String::from_utf8_lossy(&known));
            return Err(Error::ClassCode { class: name.clone(), code, registered });
        }
        let known = asking.ask(vault, &format!("class/{name}"), &code.bytes()).await?;
        if known != code.bytes() {
            let registered = format!("code `{}` for it", String::from_utf8_lossy(&known));
            return Err(Error::ClassCode { class: name.clone(), code, registered });
        }
    }
    Ok(())
}
