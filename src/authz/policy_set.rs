//! The loaded policies, and the one question they answer.

use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
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
use super::HoldingPermit;
use super::HoldingQuestion;
use super::Permit;
use super::Question;
use super::Vocabulary;
use super::asked::Asked;
use super::bundle::Bundle;
use super::cache;
use super::cache::Answer;
use super::cache::Answers;
use super::cache::Key;
use super::entities::Types;
use super::reach;
use super::reads::Reads;
use super::schema::Words;
use super::widened;
use crate::base::DataClass;
use crate::base::Diagnostic;
use crate::base::Principal;
use crate::base::RouteId;
use crate::base::SourceFile;
use crate::base::Timestamp;

/// All policies of one generation, and the answers they have given.
pub struct PolicySet {
    policies: Policies,
    /// What they could permit in another context; none when that cannot be told.
    widened: Option<Policies>,
    authorizer: Authorizer,
    words: Words,
    types: Types,
    hash: [u8; 32],
}

/// Policies, what they read, and the answers they have given.
struct Policies {
    set: cedar_policy::PolicySet,
    reads: Reads,
    answers: Answers,
}

impl Policies {
    fn new(set: cedar_policy::PolicySet, reads: Reads) -> Self {
        Self { set, reads, answers: cache::answers() }
    }
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
            widened: widened::widen(&bundle.set).map(|(set, reads)| Policies::new(set, reads)),
            policies: Policies::new(bundle.set, bundle.reads),
            authorizer: Authorizer::new(),
            words,
            types,
        };
        Ok((set, bundle.diagnostics))
    }

    /// Gives a permit when some policy permits and none forbids; everything else is denied, also
    /// what cannot be evaluated.
    pub fn authorize(&self, question: &Question<'_>) -> Result<Permit, Denied> {
        let (Answer { denial, policies }, remembered) = self.ask(&self.policies, &question.into());
        match denial {
            None => Ok(Permit::new(question.class, question.action, policies, remembered)),
            Some(denial) => Err(Denied { denial, policies, remembered }),
        }
    }

    /// Gives a permit for what is kept about a person, as [`PolicySet::authorize`] does for a class of data.
    pub fn authorize_holding(
        &self,
        question: &HoldingQuestion<'_>,
    ) -> Result<HoldingPermit, Denied> {
        let (Answer { denial, policies }, remembered) = self.ask(&self.policies, &question.into());
        match denial {
            None => Ok(HoldingPermit::new(question, policies, remembered)),
            Some(denial) => Err(Denied { denial, policies, remembered }),
        }
    }

    /// Returns whether this caller could see a class in one of these ways, of what is not its own, on any
    /// of these routes at any time, from any place, with any method and for any purpose. "No" is
    /// certain; "yes" takes all that policies ask about the context for granted. Answers are
    /// remembered, one for each caller, class and route.
    pub fn could_show(
        &self,
        principal: &Principal,
        class: &DataClass,
        routes: &[RouteId],
        actions: &[Action],
    ) -> bool {
        let Some(widened) = &self.widened else { return !routes.is_empty() };
        let shows = |route: &RouteId, action| {
            let question = Question {
                principal,
                action,
                class,
                route,
                own: false,
                purpose: None,
                method: "",
                source: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                now: Timestamp(0),
            };
            match self.ask(widened, &Asked::from(&question)).0.denial {
                // What fails here may not fail in another context.
                None | Some(Denial::PolicyFailed) => true,
                Some(Denial::NotPermitted | Denial::Forbidden) => false,
            }
        };
        routes.iter().any(|route| actions.iter().any(|action| shows(route, *action)))
    }

    /// Returns the answer of these policies, and whether it was remembered.
    fn ask(&self, policies: &Policies, question: &Asked<'_>) -> (Answer, bool) {
        let key = Key::new(question, policies.reads);
        if let Some(answer) = policies.answers.get(&key) {
            return (answer, true);
        }
        let answer = self.decide(policies, question);
        policies.answers.insert(key, answer.clone());
        (answer, false)
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
        let data = reach::Data { class, route };
        reach::could_permit(&self.policies.set, action, data, &self.words)
    }

    /// Whether any policy reads `resource.subject_is_principal`. If none does, nobody needs to find
    /// out whose a record is.
    pub fn reads_own(&self) -> bool {
        self.policies.reads.own
    }

    /// Whether any policy reads `resource.on_hold` or `resource.consents`. If none does, nobody needs to find
    /// out before asking.
    pub fn reads_holding_state(&self) -> bool {
        self.policies.reads.on_hold || self.policies.reads.consents
    }

    /// How many policies there are.
    pub fn len(&self) -> usize {
        self.policies.set.num_of_policies()
    }

    /// Whether there is no policy: everything is denied.
    pub fn is_empty(&self) -> bool {
        self.policies.set.is_empty()
    }

    fn decide(&self, policies: &Policies, question: &Asked<'_>) -> Answer {
        let asked = self.types.request(question, policies.reads, &self.words);
        let Some((request, entities)) = asked else {
            return Answer { denial: Some(Denial::PolicyFailed), policies: Arc::from([]) };
        };
        answer(&self.authorizer.is_authorized(&request, &policies.set, &entities))
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
