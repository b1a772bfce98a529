//! The fields of a JSON document that rules give a class: found, stored as records, shown or not.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audit::Item;
use crate::audit::Mode;
use crate::authz;
use crate::base::DataClass;
use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::Span;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::document;
use crate::document::Bounds;
use crate::document::Codec;
use crate::document::Format;
use crate::document::Splice;
use crate::engine::Generation;
use crate::rules;
use crate::subject::Asker;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::Unacceptable;
use crate::subject::limits;
use crate::subject::values::is_identifier;
use crate::token::Class;
use crate::vault::Binding;
use crate::vault::Owner;
use crate::vault::Put;

/// A field with a class, and what stands there.
#[derive(Debug)]
pub(super) struct FieldValue<'r> {
    pub(super) class: &'r Arc<Class>,
    pub(super) text: Sensitive<String>,
    pub(super) kind: Kind,
    span: Span,
    codec: Codec,
}

/// Whose the records of a document are.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordOwner<'n> {
    pub(super) person: SubjectHandle,
    /// The name that the tags of the person's records are made of.
    pub(super) name: &'n str,
    /// When the person was born: an erasure since then refuses them, whoever came back.
    pub(super) since: Timestamp,
}

/// How a caller sees documents of a person.
#[derive(Debug)]
pub(super) struct Sight<'g> {
    pub(super) generation: &'g Generation,
    rules: &'g rules::People,
    /// Classes of which the caller sees the value or its mask. What is not in it stays a token.
    pub(super) views: BTreeMap<DataClass, Mode>,
}

impl Sight<'_> {
    /// What may be shown, for the intent: a value for each field of a class that the caller may see.
    pub(super) fn items(&self) -> Vec<Item> {
        let classes = || self.rules.fields.iter().filter_map(|field| field.class.as_ref());
        let item = |(class, mode): (&DataClass, &Mode)| {
            let count = classes().filter(|other| other.name == *class).count();
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            Item::new(class.clone(), *mode, count, Vec::new())
        };
        self.views.iter().map(item).collect()
    }
}

/// Finds the fields with a class in a JSON document, in their order. Empty texts and `null` are none.
pub(super) fn of_document<'r>(
    rules: &'r rules::People,
    json: &str,
) -> Result<Vec<FieldValue<'r>>, Unacceptable> {
    let bounds = Bounds {
        depth: limits::LEVELS + 1,
        nodes: 4 * limits::MEMBERS,
        fields: limits::MEMBERS,
        ..Bounds::default()
    };
    let refused = |_| Unacceptable::Unreadable;
    let selected = document::select(Format::Json, json.as_bytes(), &rules.program, &bounds);
    let mut found: Vec<FieldValue<'_>> = Vec::new();
    for field in selected.map_err(refused)? {
        // Of several that select one value the first decides, and it may have marks alone.
        if found.last().is_some_and(|last| last.span == field.span) {
            continue;
        }
        let rule = rules.fields.get(usize::from(field.rule));
        let Some(class) = rule.and_then(|rule| rule.class.as_ref()) else { continue };
        let text = field.codec.decode(field.span.of(json.as_bytes()), field.kind);
        let text = text.map_err(refused)?;
        if !text.expose().is_empty() {
            let (kind, span, codec) = (field.kind, field.span, field.codec);
            found.push(FieldValue { class, text, kind, span, codec });
        }
    }
    Ok(found)
}

impl FieldValue<'_> {
    /// Returns as what it is stored: a number by which people are found is a text, which whoever asks for it
    /// writes.
    fn stored_as(&self, rules: &rules::People) -> Kind {
        if is_identifier(rules, self.class.code) { Kind::Text } else { self.kind }
    }
}

impl People {
    /// Gives the fields of a document as records of a person, so that their tokens resolve.
    pub(super) fn records(
        &self,
        generation: &Generation,
        rules: &rules::People,
        owner: RecordOwner<'_>,
        fields: &[FieldValue<'_>],
    ) -> Vec<Put> {
        let Some(tokenizer) = generation.tokenizer(&self.tenant) else { return Vec::new() };
        let RecordOwner { person, name, since } = owner;
        let put = |value: &FieldValue<'_>| {
            let (class, text) = (value.class, value.text.expose());
            let kind = value.stored_as(rules);
            let key = tokenizer.derive(class, text, kind, 0).key;
            let spelling = tokenizer.stored(class, text, kind);
            let owner = Owner { handle: person, class: class.code, since, entry: None };
            let subject = Binding { owner: Some(owner), tag: tokenizer.tag(&key, name) };
            Put { key, record: tokenizer.seal(class.code, &key, spelling, kind), subject }
        };
        fields.iter().map(put).collect()
    }

    /// Asks, for each class that documents of people have, how this caller sees it.
    pub(super) fn sight<'g>(
        &self,
        asker: &Asker<'_>,
        generation: &'g Generation,
        person: SubjectHandle,
    ) -> Result<Sight<'g>, Error> {
        let rules = self.rules(generation)?;
        let classes = rules.fields.iter().filter_map(|field| field.class.as_ref());
        let views = self.views(asker, generation, classes.map(|class| &class.name), person);
        Ok(Sight { generation, rules, views })
    }

    /// Asks for every class, not only those of documents.
    pub(super) fn whole_sight<'g>(
        &self,
        asker: &Asker<'_>,
        generation: &'g Generation,
        person: SubjectHandle,
    ) -> Result<Sight<'g>, Error> {
        let rules = self.rules(generation)?;
        let classes = generation.rules.classes().iter().map(|definition| &definition.class.name);
        let views = self.views(asker, generation, classes, person);
        Ok(Sight { generation, rules, views })
    }

    fn views<'c>(
        &self,
        asker: &Asker<'_>,
        generation: &Generation,
        classes: impl Iterator<Item = &'c DataClass>,
        person: SubjectHandle,
    ) -> BTreeMap<DataClass, Mode> {
        let own = self.is_own(asker, generation, person);
        let Some(route) = rules::people_route() else { return BTreeMap::new() };
        let sees = |class: &DataClass, action| {
            let question = authz::Question {
                principal: asker.identity.principal(),
                action,
                class,
                route: &route,
                own,
                purpose: asker.identity.purpose(),
                method: asker.method,
                source: asker.source,
                now: self.clock.now(),
            };
            generation.policies.authorize(&question).is_ok()
        };
        let mut views = BTreeMap::new();
        for class in classes {
            if sees(class, authz::Action::Reveal) {
                views.insert(class.clone(), Mode::Reveal);
            } else if sees(class, authz::Action::Mask) {
                views.insert(class.clone(), Mode::Mask);
            }
        }
        views
    }

    /// Puts mask or token in the place of what may not be seen, and copies the rest byte for byte.
    pub(super) fn show(&self, sight: &Sight<'_>, json: &str) -> Result<Sensitive<String>, Error> {
        let Sight { generation, rules, views } = sight;
        let tokenizer = generation.tokenizer(&self.tenant).ok_or(Error::NoPerson)?;
        let fields = of_document(rules, json).map_err(Error::Unacceptable)?;
        let mut shown = Splice::new(json.as_bytes(), fields.len() * 16);
        for value in fields {
            let kind = value.stored_as(rules);
            let FieldValue { class, text, span, codec, .. } = value;
            let instead = match views.get(&class.name) {
                Some(Mode::Reveal) => continue,
                Some(Mode::Mask) => class.mask.apply(text.expose()),
                Some(Mode::Submit | Mode::Tokenize | Mode::Keep) | None => {
                    let token = tokenizer.derive(class, text.expose(), kind, 0).token;
                    let mut spelled = String::new();
                    tokenizer.spell(class, &token, &mut spelled);
                    spelled
                }
            };
            shown.replace(span, |out| codec.encode(&instead, Kind::Text, out));
        }
        let shown = String::from_utf8(shown.finish());
        shown.map(Sensitive::new).map_err(|_| Error::Unacceptable(Unacceptable::Unreadable))
    }
}
