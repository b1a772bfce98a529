//! What a caller may see of a class, asked once per class and leg.

use crate::authz::Action;
use crate::authz::Permit;
use crate::authz::Question;
use crate::base::DataClass;
use crate::base::PrincipalKind;
use crate::engine::Engine;
use crate::engine::Exchange;

/// What a caller may see of a value.
#[derive(Debug)]
pub(super) enum Sight {
    /// Its token.
    Nothing,
    /// Its mask.
    Mask(Permit),
    /// The value.
    Reveal(Permit),
}

/// What a caller may see of a class: of other people's data, and of their own.
#[derive(Debug)]
pub(super) struct Decision {
    others: Sight,
    /// `None`: the same as `others`, no policy asks.
    own: Option<Sight>,
}

impl Decision {
    /// Whether any value of the class could be shown.
    pub(super) fn may_show_anything(&self) -> bool {
        let shows = |sight: &Sight| !matches!(sight, Sight::Nothing);
        shows(&self.others) || self.own.as_ref().is_some_and(shows)
    }

    /// Whether it matters whose data it is.
    pub(super) fn depends_on_owner(&self) -> bool {
        self.own.is_some()
    }

    /// What may be seen of a value that is, or is not, the caller's own.
    pub(super) fn sight(&self, own: bool) -> &Sight {
        match &self.own {
            Some(sight) if own => sight,
            Some(_) | None => &self.others,
        }
    }
}

impl Exchange<'_> {
    /// Asks the policies about a class.
    pub(super) fn decide(&self, engine: &Engine, class: &DataClass) -> Decision {
        let asks_owner = self.generation.policies.reads_own() && self.is_person();
        Decision {
            others: self.sight(engine, class, false),
            own: asks_owner.then(|| self.sight(engine, class, true)),
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

    fn sight(&self, engine: &Engine, class: &DataClass, own: bool) -> Sight {
        if let Ok(permit) = self.authorize(engine, Action::Reveal, class, own) {
            return Sight::Reveal(permit);
        }
        self.authorize(engine, Action::Mask, class, own).map_or(Sight::Nothing, Sight::Mask)
    }

    /// Asks the policies one question.
    pub(super) fn authorize(
        &self,
        engine: &Engine,
        action: Action,
        class: &DataClass,
        own: bool,
    ) -> Result<Permit, crate::authz::Denied> {
        let answer = self.generation.policies.authorize(&Question {
            principal: self.principal,
            action,
            class,
            route: &self.route.id,
            own,
            purpose: self.purpose,
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
