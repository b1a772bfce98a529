//! What a caller may see of a class. A leg asks once for each class.

use crate::authz;
use crate::authz::Permit;
use crate::authz::Question;
use crate::base::DataClass;
use crate::base::PrincipalKind;
use crate::engine::Engine;
use crate::engine::Exchange;

/// What a caller may see of a value.
#[derive(Debug)]
pub(in crate::engine) enum Visibility {
    /// The caller sees its token.
    Nothing,
    /// The caller sees its mask.
    Mask(Permit),
    /// The caller sees the value.
    Reveal(Permit),
}

/// What a caller may see of a class: of other people's data, and of their own.
#[derive(Debug)]
pub(crate) struct ClassDecision {
    others: Visibility,
    /// `None`: the same as `others`, no policy asks.
    own: Option<Visibility>,
}

impl ClassDecision {
    /// Whether any value of the class could be shown.
    pub(in crate::engine) fn may_show_anything(&self) -> bool {
        let shows = |visibility: &Visibility| !matches!(visibility, Visibility::Nothing);
        shows(&self.others) || self.own.as_ref().is_some_and(shows)
    }

    /// Whether it matters whose data it is.
    pub(in crate::engine) fn depends_on_owner(&self) -> bool {
        self.own.is_some()
    }

    /// Returns what may be seen of a value that is, or is not, the caller's own.
    pub(in crate::engine) fn visibility(&self, own: bool) -> &Visibility {
        match &self.own {
            Some(visibility) if own => visibility,
            Some(_) | None => &self.others,
        }
    }
}

impl Exchange {
    /// Asks the policies about a class.
    pub(in crate::engine) fn decide(&self, engine: &Engine, class: &DataClass) -> ClassDecision {
        let asks_owner = self.generation.policies.reads_own() && self.is_person();
        ClassDecision {
            others: self.visibility(engine, class, false),
            own: asks_owner.then(|| self.visibility(engine, class, true)),
        }
    }

    /// Whether the caller can be somebody whose data this is. Names of services are given by operators
    /// and know nothing of the application's people: the key `7` is not customer 7
    /// (docs/decisions/0019).
    fn is_person(&self) -> bool {
        match self.principal.kind() {
            PrincipalKind::User => true,
            PrincipalKind::Service | PrincipalKind::Anonymous => false,
        }
    }

    fn visibility(&self, engine: &Engine, class: &DataClass, own: bool) -> Visibility {
        if let Ok(permit) = self.authorize(engine, authz::Action::Reveal, class, own) {
            return Visibility::Reveal(permit);
        }
        let permit = self.authorize(engine, authz::Action::Mask, class, own);
        permit.map_or(Visibility::Nothing, Visibility::Mask)
    }

    /// Asks the policies one question.
    pub(in crate::engine) fn authorize(
        &self,
        engine: &Engine,
        action: authz::Action,
        class: &DataClass,
        own: bool,
    ) -> Result<Permit, authz::Denied> {
        let answer = self.generation.policies.authorize(&Question {
            principal: &self.principal,
            action,
            class,
            route: &self.route.id,
            own,
            purpose: self.purpose.as_ref(),
            method: self.method.as_str(),
            source: self.source,
            now: engine.clock.now(),
        });
        engine.metrics.decided(match &answer {
            Ok(permit) => permit.remembered(),
            Err(denied) => denied.remembered(),
        });
        answer
    }
}
