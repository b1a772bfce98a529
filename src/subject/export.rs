//! Everything that is kept about a person, for the person or for whoever answers a request.
//!
//! Profile and documents as this caller may see them, proxied records by class, an announced removal, a hold.
//! What it shows is a reveal like any other: the values of records are on record, each by its reference,
//! before the answer begins.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::audit::Event;
use crate::audit::Item;
use crate::audit::Mode;
use crate::audit::Reference;
use crate::authz::HoldingAction;
use crate::base::ClassCode;
use crate::base::DataClass;
use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::rules::ClassDefinition;
use crate::subject::Asker;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::expiration;
use crate::subject::fields::Sight;
use crate::subject::frame::Act;
use crate::subject::frame::Authority;
use crate::subject::frame::Did;
use crate::subject::hold;
use crate::subject::loaded::Loaded;
use crate::subject::profile;
use crate::token::Class;
use crate::token::Token;
use crate::token::Tokenizer;
use crate::vault::subjects::Wanted;

/// Records in one export; a person with more is exported by parts of the API.
const RECORDS: usize = 65_536;
/// How often a token may have been made anew for a value whose place was taken.
const REGENERATIONS: u8 = 8;
/// Records that are fetched at once.
const AT_ONCE: usize = 1024;

/// What is shown of a class of records, and what the journal says of it.
#[derive(Default)]
struct Shown {
    values: Vec<Value>,
    references: Vec<Reference>,
}

/// The records of a person on their way into an export.
struct Records<'s> {
    tokenizer: &'s Tokenizer,
    sight: &'s Sight<'s>,
    shown: BTreeMap<DataClass, Shown>,
}

impl People {
    /// Returns all that is kept about a person, as JSON.
    pub async fn export(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
    ) -> Result<Sensitive<String>, Error> {
        let generation = self.generation();
        let sight = self.whole_sight(asker, &generation, person)?;
        let act = Act::new(HoldingAction::Export, profile::PLACE, person).showing(sight.items());
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let (_, token) = self.load_named(announced, &generation, person, &[]).await?;
            let loaded = self.load(announced, person, Wanted::All).await?;
            let mut told = self.told(&sight, &loaded)?;
            told.insert(String::from("subject"), Value::from(token.as_str()));
            let records = self.exported_records(asker, &sight, &loaded).await?;
            let count = records.values().map(|values| values.as_array().map_or(0, Vec::len)).sum();
            told.insert(String::from("records"), Value::Object(records));
            let text = Sensitive::new(Value::Object(told).to_string());
            Ok(Did::counted(text, "records", count))
        })
        .await
    }

    /// Gives what is kept beside records.
    fn told(&self, sight: &Sight<'_>, loaded: &Loaded) -> Result<Map<String, Value>, Error> {
        let mut profile = Value::Object(Map::new());
        let (mut documents, mut sessions) = (Vec::new(), Vec::new());
        for opened in loaded.all(self) {
            let opened = opened?;
            let shown = self.show(sight, opened.json.expose())?;
            let content: Value = serde_json::from_str(shown.expose()).unwrap_or_default();
            match (opened.kind.as_str(), opened.name.as_str()) {
                ("profile", "") => profile = content,
                ("profile" | "expiration" | "hold", _) => {}
                // Who has its id has the session: neither that nor what it holds is shown.
                ("session", _) => sessions.push(json!({
                    "written": opened.at.date(), "until": opened.until.and_then(Timestamp::date),
                })),
                (kind, name) => documents.push(json!({
                    "kind": kind, "name": name, "written": opened.at.date(),
                    "until": opened.until.and_then(Timestamp::date), "content": content,
                })),
            }
        }
        let removal = expiration::of(self, loaded)?;
        let removal = (removal.flow > 0)
            .then(|| json!({ "status": removal.status, "at": removal.at.date() }));
        let hold = hold::of(self, loaded)?.map(
            |hold| json!({ "reason": hold.reason, "law": hold.law, "until": hold.until.date() }),
        );
        let told = json!({
            "exported": self.clock.now().date(), "since": loaded.subject.born.date(),
            "profile": profile, "documents": documents, "sessions": sessions, "removal": removal, "hold": hold,
        });
        match told {
            Value::Object(told) => Ok(told),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Ok(Map::new()),
        }
    }

    /// Gives the records of a person by class, once they are on record.
    async fn exported_records(
        &self,
        asker: &Asker<'_>,
        sight: &Sight<'_>,
        loaded: &Loaded,
    ) -> Result<Map<String, Value>, Error> {
        let generation = sight.generation;
        let tokenizer = generation.tokenizer(&self.tenant).ok_or(Error::NoPerson)?;
        let index = self.within(self.vault.of_subject(loaded.handle)).await?;
        if index.len() > RECORDS {
            return Err(Error::Limit("more than 65536 records in one export"));
        }
        let mut records = Records { tokenizer, sight, shown: BTreeMap::new() };
        for some in index.chunks(AT_ONCE) {
            let keys = some.iter().map(|(key, _)| *key).collect();
            let entries = self.within(self.vault.fetch(keys)).await?;
            for ((key, code), entry) in some.iter().zip(entries) {
                // One may be listed that was never stored.
                let Some(entry) = entry else { continue };
                records.add(*code, key, &entry.record)?;
            }
        }
        let items = records.items();
        if !items.is_empty() {
            let event = Event::reveal_intent(&self.exchange(asker, generation), items)
                .under_rules(generation.rules.hash());
            let _receipt = self.recorded(self.journal.append(event)).await?;
        }
        let named = records.shown.into_iter();
        Ok(named.map(|(class, shown)| (class.to_string(), Value::Array(shown.values))).collect())
    }
}

impl Records<'_> {
    fn add(&mut self, code: ClassCode, key: &StoreKey, record: &[u8]) -> Result<(), Error> {
        let mut classes = self.sight.generation.rules.classes().iter();
        let definition = classes.find(|definition| definition.class.code == code);
        // A class that no rule file has any more: it cannot be told what it is, only that it is there.
        let Some(ClassDefinition { class, .. }) = definition else { return Ok(()) };
        let (value, kind) = self.tokenizer.open_record(code, key, record)?;
        let token = self.token_at(class, value.expose(), kind, key);
        let reference = token.map(|token| Reference(self.tokenizer.reference(&token)));
        let view = self.sight.views.get(&class.name).copied();
        let into = self.shown.entry(class.name.clone()).or_default();
        let shown = match (view, token) {
            (Some(Mode::Reveal), _) => {
                into.references.extend(reference);
                Value::from(value.expose().as_str())
            }
            (Some(Mode::Mask), _) => {
                into.references.extend(reference);
                Value::from(class.mask.apply(value.expose()))
            }
            (_, Some(token)) => {
                let mut spelled = String::new();
                self.tokenizer.spell(class, &token, &mut spelled);
                Value::from(spelled)
            }
            (_, None) => Value::Null,
        };
        into.values.push(shown);
        Ok(())
    }

    /// Finds the token of a value whose record lies under this key: the first, or one that was made because
    /// another value had its place.
    fn token_at(&self, class: &Class, value: &str, kind: Kind, key: &StoreKey) -> Option<Token> {
        let mut derived =
            (0..REGENERATIONS).map(|regen| self.tokenizer.derive(class, value, kind, regen));
        derived.find(|derived| derived.key == *key).map(|derived| derived.token)
    }

    /// What is shown, for the journal.
    fn items(&self) -> Vec<Item> {
        let item = |(class, shown): (&DataClass, &Shown)| {
            let mode = *self.sight.views.get(class)?;
            let count = u64::try_from(shown.values.len()).unwrap_or(u64::MAX);
            Some(Item::new(class.clone(), mode, count, shown.references.clone()))
        };
        self.shown.iter().filter_map(item).collect()
    }
}
