//! By what a caller names a person.

use crate::audit::Announced;
use crate::authz::HoldingAction;
use crate::base::DataClass;
use crate::base::HoldingKind;
use crate::base::Sensitive;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::engine::Generation;
use crate::rules;
use crate::subject::Asker;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::expiration;
use crate::subject::frame::Act;
use crate::subject::frame::Authority;
use crate::subject::frame::Did;
use crate::subject::profile;
use crate::token::PersonToken;
use crate::vault::subjects::Member;
use crate::vault::subjects::State;
use crate::vault::subjects::Wanted;

/// People in one answer of a look-up.
const LOOKED_UP: usize = 64;

/// By what a caller names a person.
#[derive(Debug)]
pub enum Identifier {
    /// A person token of ours.
    Token(PersonToken),
    /// A value of a class, in any spelling of it.
    Value {
        /// One of the classes of `people.identifiers`.
        class: DataClass,
        /// The value, in any spelling.
        value: Sensitive<String>,
    },
    /// The name by which the application's rules bind records to the person.
    Name(Sensitive<String>),
}

impl People {
    /// Reads a person token. None when it is none of ours.
    pub fn by_token(&self, text: &str) -> Option<Identifier> {
        let generation = self.generation();
        let token = generation.tokenizer(&self.tenant)?.recognise_person(text)?;
        Some(Identifier::Token(token))
    }

    /// Reads a class and a value; without a class the value is the application's own id. None when people are
    /// not found by that class.
    pub fn by_class(&self, class: Option<&str>, value: &str) -> Option<Identifier> {
        let value = Sensitive::new(value.to_owned());
        let Some(class) = class else { return Some(Identifier::Name(value)) };
        let generation = self.generation();
        let mut identifiers = self.rules(&generation).ok()?.identifiers.iter();
        let class = identifiers.find(|known| known.name.as_str() == class)?.name.clone();
        Some(Identifier::Value { class, value })
    }

    /// Reads how Databunker names people: `token`, or the last name in the selector of a field whose class is
    /// an identifier. None for another mode, and for a token that is none.
    pub fn by_mode(&self, mode: &str, value: &str) -> Option<Identifier> {
        if mode == "token" {
            return self.by_token(value);
        }
        let generation = self.generation();
        let rules = self.rules(&generation).ok()?;
        let named = |field: &&rules::PeopleField| last_name(&field.selector) == Some(mode);
        let class = rules.fields.iter().find(named)?.class.as_ref()?;
        self.by_class(Some(class.name.as_str()), value)
    }

    /// Finds the one person whom an identifier names, on record like everything else.
    ///
    /// A value names the person whose profile has it; without one, the person whose proxied records have it
    /// if that is a single one. Refuses a value that several people share.
    pub async fn resolve(
        &self,
        asker: &Asker<'_>,
        who: &Identifier,
    ) -> Result<SubjectHandle, Error> {
        let generation = self.generation();
        match who {
            Identifier::Name(name) => {
                let tokenizer = generation.tokenizer(&self.tenant).ok_or(Error::NoPerson)?;
                Ok(tokenizer.handle(name.expose().as_str()))
            }
            Identifier::Token(token) => self.of_token(&generation, token).await,
            Identifier::Value { class, value } => {
                let find = async |announced: &Announced| {
                    let holders = self.holders(announced, &generation, class, value).await?;
                    only(&holders).map(Did::of)
                };
                let act = Act::new(HoldingAction::Read, profile::PLACE, None);
                self.perform(Authority::Policies(asker), &generation, act, find).await
            }
        }
    }

    /// Finds a person whom one of several identifiers names; none when none of them names exactly one who is
    /// there.
    pub(super) async fn first_of(
        &self,
        announced: &Announced,
        generation: &Generation,
        identifiers: &[Identifier],
    ) -> Result<Option<SubjectHandle>, Error> {
        for who in identifiers {
            let found = match who {
                Identifier::Name(_) => Err(Error::NoPerson),
                Identifier::Token(token) => self.of_token(generation, token).await,
                Identifier::Value { class, value } => {
                    only(&self.holders(announced, generation, class, value).await?)
                }
            };
            let loaded = match found {
                Ok(handle) => self.load(announced, handle, Wanted::Entry).await,
                Err(error) => Err(error),
            };
            match loaded {
                Ok(loaded) => return Ok(Some(loaded.handle)),
                Err(Error::NoPerson | Error::Ambiguous) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Returns the tokens of everybody whom an identifier names.
    pub async fn lookup(
        &self,
        asker: &Asker<'_>,
        who: &Identifier,
    ) -> Result<Vec<PersonToken>, Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Read, profile::PLACE, None);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let handles: Vec<SubjectHandle> = match who {
                Identifier::Value { class, value } => {
                    let holders = self.holders(announced, &generation, class, value).await?;
                    holders.into_iter().map(Member::handle).collect()
                }
                Identifier::Name(_) | Identifier::Token(_) => {
                    vec![self.resolve(asker, who).await?]
                }
            };
            let mut tokens = Vec::new();
            for handle in handles.into_iter().take(LOOKED_UP) {
                match self.load_named(announced, &generation, handle, &[]).await {
                    Ok((_, token)) => tokens.push(token),
                    Err(Error::NoPerson) => {}
                    Err(error) => return Err(error),
                }
            }
            let count = tokens.len();
            Ok(Did::counted(tokens, "people", count))
        })
        .await
    }

    /// Returns the token by which a person is named.
    pub async fn token(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
    ) -> Result<PersonToken, Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Read, profile::PLACE, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let (_, token) = self.load_named(announced, &generation, person, &[]).await?;
            Ok(Did::of(token))
        })
        .await
    }

    /// Returns when a person was erased whom a token named; none for who is there, and for nobody.
    pub async fn was_erased(
        &self,
        asker: &Asker<'_>,
        token: &str,
    ) -> Result<Option<Timestamp>, Error> {
        let Some(Identifier::Token(token)) = self.by_token(token) else { return Ok(None) };
        let generation = self.generation();
        let person = self.of_token(&generation, &token).await?;
        let act = Act::new(HoldingAction::Read, expiration::PLACE, person);
        self.perform(Authority::Policies(asker), &generation, act, async |_announced| {
            let read = self.vault.read(person, Wanted::Entry, self.clock.now());
            let entry = self.within(read).await?.map(|person| person.entry);
            let erased = entry.filter(|entry| entry.state == State::Erased);
            Ok(Did::of(erased.map(|entry| entry.born)))
        })
        .await
    }

    /// Finds a person by a token. People made here have it as their name; for others the vault knows where it
    /// leads.
    async fn of_token(
        &self,
        generation: &Generation,
        token: &PersonToken,
    ) -> Result<SubjectHandle, Error> {
        let id = self.holdings.opaque_id(HoldingKind::Profile, token.as_str().as_bytes());
        if let Some(placed) = self.within(self.vault.locate(id, self.clock.now())).await? {
            return Ok(placed.handle);
        }
        let tokenizer = generation.tokenizer(&self.tenant).ok_or(Error::NoPerson)?;
        Ok(tokenizer.handle(token.as_str()))
    }

    /// Returns who has a value, whoever has it alone in front. Claims that nobody confirms are left out.
    pub(super) async fn holders(
        &self,
        announced: &Announced,
        generation: &Generation,
        class: &DataClass,
        value: &Sensitive<String>,
    ) -> Result<Vec<Member>, Error> {
        let mut identifiers = self.rules(generation)?.identifiers.iter();
        let indexed = identifiers
            .find(|known| known.name == *class)
            .and_then(|class| self.indexed(generation, class, value.expose()))
            .ok_or(Error::NoPerson)?;
        let mut members = Vec::new();
        for holder in self.within(self.vault.values(indexed.key)).await? {
            match holder.member {
                Member::Record(_) => members.push(holder.member),
                Member::Unique(_) => {
                    if self.is_confirmed(announced, generation, &holder, &indexed).await? {
                        members.insert(0, holder.member);
                    }
                }
            }
        }
        // Who has it alone and in a record is one person.
        if let [Member::Unique(unique), ..] = members.as_slice() {
            let unique = *unique;
            members.retain(|member| *member != Member::Record(unique));
        }
        Ok(members)
    }
}

/// Returns the one person whom a value names. Refuses a value that several people share.
fn only(holders: &[Member]) -> Result<SubjectHandle, Error> {
    match holders {
        [] => Err(Error::NoPerson),
        [Member::Unique(handle), ..] | [Member::Record(handle)] => Ok(*handle),
        [Member::Record(_), ..] => Err(Error::Ambiguous),
    }
}

/// Returns the last name in a selector: `login` of `$.login` and of `$['account']['login']`.
fn last_name(selector: &str) -> Option<&str> {
    let quoted = selector.strip_suffix("']").or_else(|| selector.strip_suffix("\"]"));
    match quoted {
        Some(rest) => rest.rsplit(['\'', '"']).next(),
        None => selector.rsplit_once('.').map(|(_, name)| name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_name_of_a_selector_is_the_mode() {
        assert_eq!(last_name("$.login"), Some("login"));
        assert_eq!(last_name("$.account.login"), Some("login"));
        assert_eq!(last_name("$['account']['login']"), Some("login"));
        assert_eq!(last_name("$"), None);
    }
}
