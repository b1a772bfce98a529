//! Whether a policy could ever permit something, for the linter.

use cedar_policy::ActionConstraint;
use cedar_policy::Effect;
use cedar_policy::EntityUid;
use cedar_policy::Policy;
use cedar_policy::PolicySet;
use cedar_policy::PrincipalConstraint;
use cedar_policy::ResourceConstraint;

use super::Action;
use super::schema::Words;
use crate::base::DataClass;
use crate::base::RouteId;

/// A class of data on a route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Data<'a> {
    pub(super) class: &'a DataClass,
    pub(super) route: &'a RouteId,
}

/// Says no only when no caller, time, place or purpose could make these policies permit it.
///
/// Looks at the scope of each policy alone (the part in parentheses), so it may say yes to what the
/// conditions then rule out.
pub(super) fn could_permit(
    policies: &PolicySet,
    action: Action,
    place: Data<'_>,
    words: &Words,
) -> bool {
    let Some(parents) = words.classes.get(place.class) else { return false };
    if !words.routes.contains(place.route) {
        return false;
    }
    let data = format!("{}/{}", place.route, place.class);
    let within = |uid: &EntityUid| {
        let id = uid.id().unescaped();
        match uid.type_name().basename() {
            "Class" => parents.contains(id),
            "Route" => id == place.route.as_str(),
            "Data" => id == data,
            _ => false,
        }
    };
    let concerns = |policy: &Policy| {
        concerns_action(&policy.action_constraint(), action)
            && concerns_resource(&policy.resource_constraint(), within)
    };
    let forbidden = policies.policies().any(|policy| {
        policy.effect() == Effect::Forbid
            && !policy.has_non_scope_constraint()
            && policy.principal_constraint() == PrincipalConstraint::Any
            && concerns(policy)
    });
    let permitted = policies.policies().any(|p| p.effect() == Effect::Permit && concerns(p));
    permitted && !forbidden
}

fn concerns_action(constraint: &ActionConstraint, action: Action) -> bool {
    let same = |uid: &EntityUid| uid.id().unescaped() == action.as_str();
    match constraint {
        ActionConstraint::Any => true,
        ActionConstraint::In(actions) => actions.iter().any(same),
        ActionConstraint::Eq(one) => same(one),
    }
}

fn concerns_resource(constraint: &ResourceConstraint, within: impl Fn(&EntityUid) -> bool) -> bool {
    match constraint {
        ResourceConstraint::Any => true,
        ResourceConstraint::In(uid) | ResourceConstraint::Eq(uid) => within(uid),
        ResourceConstraint::Is(kind) => kind.basename() == "Data",
        ResourceConstraint::IsIn(kind, uid) => kind.basename() == "Data" && within(uid),
    }
}
