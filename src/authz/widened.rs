//! The policies as they could decide at another time, from another place, for another purpose.
//!
//! Whoever plants a token reads it later, and chooses when, from where and with which purpose. So what
//! a policy asks about the context is taken for granted where it opens, and for absent where it closes:
//! conditions of a `permit` that read the context are taken out, and a `forbid` with such a condition
//! goes. What is left permits all that the policies could permit, and reads nothing of the context.

use cedar_policy::Effect;
use cedar_policy::Policy;
use cedar_policy::PolicySet;
use serde_json::Value;

use super::reads::Reads;

/// Returns the widened policies and what they read; none when one of them cannot be made again.
pub(super) fn widen(policies: &PolicySet) -> Option<(PolicySet, Reads)> {
    let mut widened = PolicySet::new();
    let mut reads = Reads::default();
    for policy in policies.policies() {
        let mut tree = policy.to_json().ok()?;
        let conditions = tree.get_mut("conditions")?.as_array_mut()?;
        let before = conditions.len();
        match policy.effect() {
            Effect::Permit => {
                for condition in conditions.iter_mut().filter(|each| is_when(each)) {
                    let body = condition.get_mut("body")?;
                    *body = without_context(body.take());
                }
                conditions.retain(|condition| !Reads::of(condition).reads_context());
            }
            Effect::Forbid => {
                conditions.retain(|condition| !Reads::of(condition).reads_context());
                if conditions.len() < before {
                    continue;
                }
            }
        }
        let policy = Policy::from_json(Some(policy.id().clone()), tree).ok()?;
        if !reads.add(&policy).is_empty() || reads.reads_context() {
            return None;
        }
        widened.add(policy).ok()?;
    }
    Some((widened, reads))
}

fn is_when(condition: &Value) -> bool {
    condition.get("kind").and_then(Value::as_str) == Some("when")
}

/// Returns an expression without the operands of its outermost `&&` that read the context.
fn without_context(mut body: Value) -> Value {
    let Some(both) = body.get_mut("&&") else { return body };
    let mut side = |name: &str| both.get_mut(name).map(Value::take).map(without_context);
    let (Some(left), Some(right)) = (side("left"), side("right")) else { return Value::Null };
    match (Reads::of(&left).reads_context(), Reads::of(&right).reads_context()) {
        (true, false) => right,
        (false, true) => left,
        (true, true) | (false, false) => {
            serde_json::json!({ "&&": { "left": left, "right": right } })
        }
    }
}
