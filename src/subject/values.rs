//! Values by which people are found: claimed for one, looked up, released.
//!
//! A value is known by the store key of its token, so spellings with one canonical form meet, and no further
//! secret is needed. The index is believed only as far as the person's own profile agrees: a call that broke
//! off may have left a claim behind, which somebody else may have after a minute.

use std::time::Duration;

use crate::audit::Announced;
use crate::base::ClassCode;
use crate::base::DataClass;
use crate::base::Kind;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::engine::Generation;
use crate::rules;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::fields;
use crate::subject::fields::FieldValue;
use crate::subject::profile;
use crate::token::Class;
use crate::vault::subjects::Claim;
use crate::vault::subjects::Holder;
use crate::vault::subjects::Member;

/// How long a claim is believed that its person does not confirm.
const UNCONFIRMED: Duration = Duration::from_mins(1);

/// A value with a class, by its place in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Indexed {
    pub(super) class: DataClass,
    pub(super) key: StoreKey,
}

impl People {
    /// Returns where a value of a class is looked up; none without a tokenizer, which every generation has.
    pub(super) fn indexed(
        &self,
        generation: &Generation,
        class: &Class,
        value: &str,
    ) -> Option<Indexed> {
        let tokenizer = generation.tokenizer(&self.tenant)?;
        let derived = tokenizer.derive(class, value, Kind::Text, 0);
        Some(Indexed { class: class.name.clone(), key: derived.key })
    }

    /// Returns the identifiers among the fields of a profile, each once.
    pub(super) fn identifiers(
        &self,
        generation: &Generation,
        rules: &rules::People,
        fields: &[FieldValue<'_>],
    ) -> Vec<Indexed> {
        let named = fields.iter().filter(|value| is_identifier(rules, value.class.code));
        let mut all: Vec<Indexed> = Vec::new();
        for value in named {
            let found = self.indexed(generation, value.class, value.text.expose());
            all.extend(found.filter(|each| !all.contains(each)));
        }
        all
    }

    /// Claims values for a person alone. Refuses with the class of the first that another person has. What
    /// was claimed before it stays claimed: nobody confirms it, so it is free after a minute.
    pub(super) async fn claim(
        &self,
        announced: &Announced,
        generation: &Generation,
        handle: SubjectHandle,
        values: &[Indexed],
    ) -> Result<(), Error> {
        for value in values {
            self.claim_one(announced, generation, handle, value).await?;
        }
        Ok(())
    }

    async fn claim_one(
        &self,
        announced: &Announced,
        generation: &Generation,
        handle: SubjectHandle,
        value: &Indexed,
    ) -> Result<(), Error> {
        let member = Member::Unique(handle);
        // The second time nobody may have come between, and if somebody did, the value is taken.
        for _ in 0..2 {
            let now = self.clock.now();
            let claim = self.within(self.vault.claim_value(value.key, member, now)).await?;
            let Claim::Held(holder) = claim else { return Ok(()) };
            if self.is_confirmed(announced, generation, &holder, value).await? {
                break;
            }
            let stale = self.vault.release_value(value.key, holder.member, holder.since);
            self.within(stale).await?;
        }
        Err(Error::Taken(value.class.clone()))
    }

    /// Whether the person who holds a value still says so, or has claimed it only now.
    pub(super) async fn is_confirmed(
        &self,
        announced: &Announced,
        generation: &Generation,
        holder: &Holder,
        value: &Indexed,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let age = Duration::from_micros(now.0.saturating_sub(holder.since.0));
        if age < UNCONFIRMED {
            return Ok(true);
        }
        let wanted = self.named(&[profile::PLACE]);
        let loaded = match self.load(announced, holder.member.handle(), wanted).await {
            Ok(loaded) => loaded,
            Err(Error::NoPerson) => return Ok(false),
            Err(error) => return Err(error),
        };
        let rules = self.rules(generation)?;
        let profile = profile::of(self, &loaded)?;
        // A profile that cannot be read is in doubt: it keeps what it has.
        let Ok(fields) = fields::of_document(rules, profile.expose()) else { return Ok(true) };
        Ok(self.identifiers(generation, rules, &fields).contains(value))
    }

    /// Releases values that a person has not claimed again since this time. What fails here is found later:
    /// the person's profile does not confirm it.
    pub(super) async fn release(
        &self,
        handle: SubjectHandle,
        values: &[Indexed],
        until: Timestamp,
    ) {
        for value in values {
            let call = self.vault.release_value(value.key, Member::Unique(handle), until);
            if let Err(error) = self.within(call).await {
                tracing::debug!(%error, "a value is not released; its person does not confirm it");
            }
        }
    }
}

/// Whether people are found by values of a class.
pub(super) fn is_identifier(rules: &rules::People, class: ClassCode) -> bool {
    rules.identifiers.iter().any(|identifier| identifier.code == class)
}
