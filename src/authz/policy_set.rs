//! The loaded policies, and the one question they answer.

use std::fmt;
use std::sync::Arc;

use cedar_policy::AuthorizationError;
use cedar_policy::Authorizer;
use cedar_policy::Decision;
use cedar_policy::PolicyId;
use cedar_policy::Response;
use sha2::Digest;
use sha2::Sha256;

use super::Action;
use super::Denial;
use super::Denied;
use super::Permit;
use super::Question;
use super::Vocabulary;
use super::bundle::Bundle;
use super::cache;
use super::cache::Answer;
use super::cache::Answers;
use super::cache::Key;
use super::entities::Types;
use super::reach;
use super::reads::Reads;
use super::schema::Words;
use crate::base::DataClass;
use crate::base::Diagnostic;
use crate::base::RouteId;
use crate::base::SourceFile;

/// All policies of one generation, and the answers they have given.
pub struct PolicySet {
    policies: cedar_policy::PolicySet,
    authorizer: Authorizer,
    words: Words,
    types: Types,
    reads: Reads,
    answers: Answers,
    hash: [u8; 32],
}

impl PolicySet {
    /// Gives the policies of these files with the warnings about them; no files deny everything.
    ///
    /// Refuses with every mistake of every file when there is one: bad syntax, a class, a route or an
    /// action that the vocabulary does not have, an attribute that does not exist, a comparison of
    /// different types, two policies of one id.
    pub fn load(
        files: &[SourceFile],
        vocabulary: &Vocabulary,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let (Some(words), Some(types)) = (Words::new(vocabulary), Types::new()) else {
            return Err(vec![Diagnostic::error("policies", "the generated schema is not valid")]);
        };
        let bundle = Bundle::read(files, &words);
        if bundle.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(bundle.diagnostics);
        }
        let set = Self {
            hash: hash(files, &words),
            policies: bundle.set,
            authorizer: Authorizer::new(),
            words,
            types,
            reads: bundle.reads,
            answers: cache::answers(),
        };
        Ok((set, bundle.diagnostics))
    }

    /// Gives a permit when some policy permits and none forbids; everything else is denied, also
    /// what cannot be evaluated.
    pub fn authorize(&self, question: &Question<'_>) -> Result<Permit, Denied> {
        let key = Key::new(question, self.reads);
        if let Some(answer) = self.answers.get(&key) {
            return told(question, answer, true);
        }
        let answer = self.decide(question);
        self.answers.insert(key, answer.clone());
        told(question, answer, false)
    }

    /// Gives the same answer without looking at earlier ones, nor keeping this one.
    pub fn authorize_afresh(&self, question: &Question<'_>) -> Result<Permit, Denied> {
        told(question, self.decide(question), false)
    }

    /// Names this set of policies and the vocabulary they were checked against: SHA-256 over the
    /// generated schema, the classes and their groups, and the files' base names and texts.
    ///
    /// The order of the files and the folder they are in do not matter.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// Whether any policy could ever permit this action on this class of this route. "No" is certain;
    /// "yes" looks at the scopes of the policies only, not at their conditions.
    pub fn could_permit(&self, action: Action, class: &DataClass, route: &RouteId) -> bool {
        reach::could_permit(&self.policies, action, (class, route), &self.words)
    }

    /// Whether any policy reads `resource.subject_is_principal`. If none does, nobody needs to find
    /// out whose a record is.
    pub fn reads_own(&self) -> bool {
        self.reads.own
    }

    /// How many policies there are.
    pub fn len(&self) -> usize {
        self.policies.num_of_policies()
    }

    /// Whether there is no policy: everything is denied.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    fn decide(&self, question: &Question<'_>) -> Answer {
        let Some((request, entities)) = self.types.request(question, self.reads, &self.words)
        else {
            return Answer { denial: Some(Denial::PolicyFailed), policies: Arc::from([]) };
        };
        answer(&self.authorizer.is_authorized(&request, &self.policies, &entities))
    }
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PolicySet({} policies)", self.len())
    }
}

/// Reads Cedar's answer. Cedar skips a policy that fails; a skipped `forbid` must not open anything,
/// so here a failure denies.
fn answer(response: &Response) -> Answer {
    let diagnostics = response.diagnostics();
    let failed: Vec<_> = diagnostics
        .errors()
        .map(|AuthorizationError::PolicyEvaluationError(error)| name(error.policy_id()))
        .collect();
    if !failed.is_empty() {
        return Answer { denial: Some(Denial::PolicyFailed), policies: sorted(failed) };
    }
    let policies = sorted(diagnostics.reason().map(name).collect());
    let denial = match response.decision() {
        Decision::Allow => None,
        Decision::Deny if policies.is_empty() => Some(Denial::NotPermitted),
        Decision::Deny => Some(Denial::Forbidden),
    };
    Answer { denial, policies }
}

fn name(id: &PolicyId) -> Arc<str> {
    Arc::from(AsRef::<str>::as_ref(id))
}

fn sorted(mut policies: Vec<Arc<str>>) -> Arc<[Arc<str>]> {
    policies.sort_unstable();
    policies.into()
}

fn told(question: &Question<'_>, answer: Answer, remembered: bool) -> Result<Permit, Denied> {
    let policies = answer.policies;
    match answer.denial {
        None => Ok(Permit::new(question.class, question.action, policies, remembered)),
        Some(denial) => Err(Denied { denial, policies, remembered }),
    }
}

fn hash(files: &[SourceFile], words: &Words) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        // The length keeps two neighbours from being read as one.
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text.as_bytes());
    };
    part("cloakroom policies 1");
    part(&words.text);
    for (class, names) in &words.classes {
        part(class.as_str());
        part(&names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(","));
    }
    let base = |name: &Arc<str>| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let mut named: Vec<_> = files.iter().map(|file| (base(&file.name), &file.text)).collect();
    named.sort_unstable();
    for (name, text) in named {
        part(&name);
        part(text);
    }
    hash.finalize().into()
}
