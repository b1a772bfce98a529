//! Our types as Cedar entities and values.

use std::collections::HashMap;
use std::collections::HashSet;

use cedar_policy::Context;
use cedar_policy::Entities;
use cedar_policy::Entity;
use cedar_policy::EntityId;
use cedar_policy::EntityTypeName;
use cedar_policy::EntityUid;
use cedar_policy::Request;
use cedar_policy::RestrictedExpression;

use super::Holding;
use super::asked::About;
use super::asked::Asked;
use super::reads::Reads;
use super::schema::Words;
use crate::base::Claim;
use crate::base::DataClass;
use crate::base::PrincipalKind;
use crate::base::RouteId;
use crate::base::Timestamp;

const DAY: u64 = 86_400;

/// The entity types, parsed once.
pub(super) struct Types {
    user: EntityTypeName,
    service: EntityTypeName,
    anonymous: EntityTypeName,
    group: EntityTypeName,
    class: EntityTypeName,
    route: EntityTypeName,
    data: EntityTypeName,
    kind: EntityTypeName,
    holding: EntityTypeName,
    action: EntityTypeName,
}

impl Types {
    /// Gives the types; `None` never happens, for the names are plain words.
    pub(super) fn new() -> Option<Self> {
        let name = |name: &str| name.parse().ok();
        Some(Self {
            user: name("User")?,
            service: name("Service")?,
            anonymous: name("Anonymous")?,
            group: name("Group")?,
            class: name("Class")?,
            route: name("Route")?,
            data: name("Data")?,
            kind: name("Kind")?,
            holding: name("Holding")?,
            action: name("Action")?,
        })
    }

    /// Gives the question as Cedar asks it: the request, and the two entities it is about.
    ///
    /// Shows the policies only what they read, which is what the cache key holds. Gives `None` when
    /// Cedar refuses a part of it, or when the class or the route is not in the vocabulary.
    pub(super) fn request(
        &self,
        question: &Asked<'_>,
        reads: Reads,
        words: &Words,
    ) -> Option<(Request, Entities)> {
        let principal = self.principal(question)?;
        let resource = match question.about {
            About::Data { class, route, own } => {
                self.data(Place { class, route }, reads.own.then_some(own), words)?
            }
            About::Holding(holding) => self.holding(holding, reads)?,
        };
        let (principal_uid, resource_uid) = (principal.uid(), resource.uid());
        let entities = Entities::from_entities([principal, resource], None).ok()?;
        let context = context(question, reads)?;
        let action = uid(&self.action, question.action);
        let request = Request::new(principal_uid, action, resource_uid, context, None).ok()?;
        Some((request, entities))
    }

    fn principal(&self, question: &Asked<'_>) -> Option<Entity> {
        let principal = question.principal;
        let kind = match principal.kind() {
            PrincipalKind::User => &self.user,
            PrincipalKind::Service => &self.service,
            PrincipalKind::Anonymous => &self.anonymous,
        };
        let groups = principal.groups().iter().map(|group| uid(&self.group, group));
        let tags = principal.claims().iter().map(|(name, claim)| (name.to_string(), texts(claim)));
        let uid = uid(kind, principal.id());
        Entity::new_with_tags(uid, [], groups.collect::<HashSet<_>>(), tags).ok()
    }

    fn data(&self, place: Place<'_>, own: Option<bool>, words: &Words) -> Option<Entity> {
        let route = words.routes.get(place.route)?;
        let classes = words.classes.get(place.class)?;
        let mut parents: HashSet<_> = classes.iter().map(|name| uid(&self.class, name)).collect();
        parents.insert(uid(&self.route, route.as_str()));
        let own = own.map(RestrictedExpression::new_bool);
        let attributes: HashMap<_, _> =
            own.map(|own| (String::from("subject_is_principal"), own)).into_iter().collect();
        let uid = uid(&self.data, &format!("{route}/{}", place.class));
        Entity::new(uid, attributes, parents).ok()
    }

    /// Its id is the kind alone: what policies do not read must not be shown to them.
    fn holding(&self, holding: Holding<'_>, reads: Reads) -> Option<Entity> {
        let kind = holding.kind.as_str();
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let mut attributes = HashMap::new();
        let mut add = |name: &str, value| attributes.insert(name.to_owned(), value);
        if reads.own {
            add("subject_is_principal", RestrictedExpression::new_bool(holding.own));
        }
        if reads.on_hold {
            add("on_hold", RestrictedExpression::new_bool(holding.on_hold));
        }
        if reads.name {
            add("name", text(holding.name));
        }
        if reads.consents {
            let consents = holding.consents.iter().map(|consent| text(consent));
            add("consents", RestrictedExpression::new_set(consents));
        }
        let parents = HashSet::from([uid(&self.kind, kind)]);
        Entity::new(uid(&self.holding, kind), attributes, parents).ok()
    }
}

/// A class of data, and the route on which it is.
#[derive(Clone, Copy)]
struct Place<'a> {
    class: &'a DataClass,
    route: &'a RouteId,
}

/// Makes an id out of any characters at all; nothing is parsed.
fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

/// A claim as policies see it: always a set of texts, so that one which changes from a text to a list
/// does not break a policy.
fn texts(claim: &Claim) -> RestrictedExpression {
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    match claim {
        Claim::Text(value) => RestrictedExpression::new_set([text(value)]),
        Claim::Number(value) => RestrictedExpression::new_set([text(&value.to_string())]),
        Claim::Flag(value) => RestrictedExpression::new_set([text(&value.to_string())]),
        Claim::List(values) => {
            RestrictedExpression::new_set(values.iter().map(|value| text(value)))
        }
    }
}

fn context(question: &Asked<'_>, reads: Reads) -> Option<Context> {
    let string = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let mut pairs = Vec::new();
    if reads.purpose {
        let purpose = question.purpose.map_or("", |purpose| purpose.as_str());
        pairs.push(("purpose", string(purpose)));
    }
    if reads.time {
        pairs.push(("time", RestrictedExpression::new_datetime(rfc3339(question.now)?)));
    }
    if reads.hour {
        pairs.push(("hour", RestrictedExpression::new_long(i64::from(hour(question.now)))));
    }
    if reads.weekday {
        pairs.push(("weekday", RestrictedExpression::new_long(i64::from(weekday(question.now)))));
    }
    if reads.source {
        let source = question.source.to_canonical().to_string();
        pairs.push(("source", RestrictedExpression::new_ip(source)));
    }
    if reads.method {
        pairs.push(("method", string(question.method)));
    }
    Context::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_owned(), value))).ok()
}

/// Hour of the day in UTC, 0 to 23.
pub(super) fn hour(now: Timestamp) -> u8 {
    u8::try_from(now.seconds() % DAY / 3600).unwrap_or_default()
}

/// Day of the week in UTC, 1 for Monday to 7 for Sunday ([ISO 8601]). 1970-01-01 was a Thursday.
pub(super) fn weekday(now: Timestamp) -> u8 {
    u8::try_from((now.seconds() / DAY + 3) % 7 + 1).unwrap_or_default()
}

/// The whole second as Cedar's `datetime` takes it.
fn rfc3339(now: Timestamp) -> Option<String> {
    let seconds = i64::try_from(now.seconds()).ok()?;
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_hour_and_weekday() {
        let at = |text: &str| {
            let moment: jiff::Timestamp = text.parse().unwrap();
            Timestamp(u64::try_from(moment.as_microsecond()).unwrap())
        };
        assert_eq!(weekday(at("1970-01-01T00:00:00Z")), 4);
        assert_eq!(weekday(at("2026-11-22T23:59:59Z")), 7);
        assert_eq!(weekday(at("2026-11-23T00:00:00Z")), 1);
        assert_eq!(hour(at("2026-11-23T00:00:00Z")), 0);
        assert_eq!(hour(at("2026-11-22T23:59:59Z")), 23);
        assert_eq!(rfc3339(at("2026-11-22T23:59:59.9Z")).unwrap(), "2026-11-22T23:59:59Z");
    }
}
