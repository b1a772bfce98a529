//! Documents of applications about a person: any JSON, one for each name of an application.

use crate::authz::HoldingAction;
use crate::base::HoldingKind;
use crate::base::Sensitive;
use crate::base::SubjectHandle;
use crate::subject::Asker;
use crate::subject::Edit;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::fields;
use crate::subject::frame::Act;
use crate::subject::frame::Authority;
use crate::subject::frame::Did;
use crate::subject::hold;
use crate::subject::loaded::Draft;
use crate::subject::loaded::Place;
use crate::vault::subjects::Wanted;

/// Longest name of an application, in bytes.
const NAME_BYTES: usize = 64;

/// Documents of applications, whatever their names.
const ALL: Place<'static> = Place { kind: HoldingKind::App, name: "" };

/// What an application keeps about a person, as this caller may see it.
#[derive(Debug)]
pub struct AppDocument {
    /// The JSON text; fields with a class as far as the caller may see them.
    pub json: Sensitive<String>,
    /// What a change compares.
    pub revision: u64,
}

impl People {
    /// Returns what an application keeps about a person, as JSON, with the revision.
    pub async fn app_document(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
        app: &str,
    ) -> Result<AppDocument, Error> {
        let generation = self.generation();
        let place = place(app)?;
        let sight = self.sight(asker, &generation, person)?;
        let act = Act::new(HoldingAction::Read, place, person).showing(sight.items());
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let loaded = self.load(announced, person, self.named(&[place])).await?;
            let json = loaded.json(self, place)?.ok_or(Error::NoDocument)?;
            let json = self.show(&sight, json.expose())?;
            Ok(Did::of(AppDocument { json, revision: loaded.revision }))
        })
        .await
    }

    /// Changes what an application keeps about a person; without a document, the change is made to an empty
    /// object. Returns the new revision.
    pub async fn change_app_document(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
        app: &str,
        edit: &Edit,
    ) -> Result<u64, Error> {
        let generation = self.generation();
        let (place, rules) = (place(app)?, self.rules(&generation)?);
        let act = Act::new(HoldingAction::Write, place, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let loaded = self.load(announced, person, self.named(&[place])).await?;
            loaded.expect(edit.expected)?;
            let old = loaded.json(self, place)?;
            let old = old.unwrap_or_else(|| Sensitive::new(String::from("{}")));
            let new = edit.change.apply(&old).map_err(Error::Unacceptable)?;
            let fields = fields::of_document(rules, new.expose()).map_err(Error::Unacceptable)?;
            self.store(asker, self.records(&generation, rules, loaded.brings(), &fields)).await?;
            let mut draft = Draft::default();
            draft.put_json(self, place, &new, None)?;
            self.save(announced, &loaded, draft).await.map(Did::of)
        })
        .await
    }

    /// Removes what an application keeps about a person. Returns the new revision.
    pub async fn remove_app_document(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
        app: &str,
    ) -> Result<u64, Error> {
        let generation = self.generation();
        let place = place(app)?;
        let act = Act::new(HoldingAction::Erase, place, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let wanted = self.named(&[place, hold::PLACE]);
            let loaded = self.load(announced, person, wanted).await?;
            hold::refuse(self, &loaded)?;
            loaded.json(self, place)?.ok_or(Error::NoDocument)?;
            let mut draft = Draft::default();
            draft.remove(self, place);
            self.save(announced, &loaded, draft).await.map(Did::of)
        })
        .await
    }

    /// Returns the names of the applications that keep something about a person.
    pub async fn apps(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
    ) -> Result<Vec<String>, Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Read, ALL, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let loaded = self.load(announced, person, Wanted::All).await?;
            let mut names = Vec::new();
            for opened in loaded.all(self) {
                let opened = opened?;
                if opened.kind == HoldingKind::App.as_str() {
                    names.push(opened.name);
                }
            }
            names.sort_unstable();
            let count = names.len();
            Ok(Did::counted(names, "documents", count))
        })
        .await
    }
}

/// Returns where the document of an application lies. Refuses what is no name: 1 to 64 bytes, no control
/// characters.
fn place(app: &str) -> Result<Place<'_>, Error> {
    let is_name = (1..=NAME_BYTES).contains(&app.len()) && !app.chars().any(char::is_control);
    if is_name { Ok(Place { kind: HoldingKind::App, name: app }) } else { Err(Error::NoDocument) }
}
