//! The keys of what is kept about subjects: entries, documents, ids, announced removals.

use std::fmt;

use crate::base::DocumentName;
use crate::base::HoldingKind;
use crate::base::OpaqueId;
use crate::base::Sensitive;
use crate::base::SubjectHandle;
use crate::base::TenantId;
use crate::base::Timestamp;

use super::document::Document;
use super::document::DocumentContext;
use super::document::SealedDocument;
use super::entry::EntryContext;
use super::entry::LiveSubject;
use super::entry::SealedSubject;
use super::entry::SubjectKey;
use super::kdf::Label;
use super::kdf::Root;
use super::kdf::derive;
use super::keyring::Keyring;
use super::open_error::OpenError;
use super::prf::Prf;
use super::siv::SivKey;

/// Added to the code of a kind where an id is looked up, so that no id has the place of a document.
const ID: u8 = 0x80;

/// Seals and opens, for one tenant, what the vault keeps about subjects beside proxied records.
///
/// Takes no lock and no input or output; share it in an `Arc`. It keeps no key of a subject.
pub struct HoldingKeys {
    keyring: Keyring,
    tenant: TenantId,
    /// The keys of entries with the versions of their roots, the active one first; never empty.
    entries: Box<[(u32, SivKey)]>,
    index: Prf,
    expiration: Prf,
}

/// Seals and opens the documents of one subject, for as long as its key is at hand.
#[derive(Debug)]
pub struct SubjectDocuments<'a> {
    keys: &'a HoldingKeys,
    owner: [u8; 16],
    secret: Secret<'a>,
}

/// What a document needs besides the record root.
#[derive(Debug)]
enum Secret<'a> {
    /// The key of a subject, from its entry.
    Subject(&'a SubjectKey),
    /// The id of a session of nobody known, from whoever holds the session.
    Session(&'a Sensitive<[u8; 16]>),
}

impl HoldingKeys {
    /// Derives the keys that do not depend on a subject.
    pub fn new(keyring: &Keyring, tenant: &TenantId) -> Self {
        let name: &[&[u8]] = &[tenant.as_str().as_bytes()];
        let of_index = |label| Prf::new(derive::<32>(keyring.index_root(), label, name).expose());
        let entries = keyring.subject_roots();
        Self {
            entries: entries
                .map(|(id, root)| (id, derive(root, Label::SubjectKey, name)))
                .collect(),
            index: of_index(Label::StoreKey),
            expiration: of_index(Label::ExpirationToken),
            keyring: keyring.clone(),
            tenant: tenant.clone(),
        }
    }

    /// Returns the sealed part of a subject's entry, under the active version of the subject root.
    pub fn seal_entry(&self, handle: &SubjectHandle, subject: &LiveSubject) -> SealedSubject {
        let (version, key) = self.sealing();
        let bytes = subject.seal(key, EntryContext { tenant: &self.tenant, handle });
        SealedSubject { version: *version, bytes }
    }

    /// Opens the sealed part of the entry of a subject who was born at this time; refuses one of another
    /// subject or tenant, one that was changed, and one whose version of the subject root was destroyed.
    pub fn open_entry(
        &self,
        handle: &SubjectHandle,
        version: u32,
        born: Timestamp,
        sealed: &[u8],
    ) -> Result<LiveSubject, OpenError> {
        let known = self.entries.iter().find(|(id, _)| *id == version);
        let (_, key) = known.ok_or(OpenError::NoKey { id: version })?;
        LiveSubject::open(sealed, born, key, EntryContext { tenant: &self.tenant, handle })
    }

    /// Gives what seals and opens the documents of a subject.
    pub fn documents<'a>(
        &'a self,
        handle: &SubjectHandle,
        key: &'a SubjectKey,
    ) -> SubjectDocuments<'a> {
        SubjectDocuments { keys: self, owner: handle.0, secret: Secret::Subject(key) }
    }

    /// Gives what seals and opens a session of nobody known, whose holder brings its id: 128 random bits
    /// or a UUID. The vault has the id's [`HoldingKeys::opaque_id`] only, so it alone opens nothing.
    pub fn unbound_session<'a>(&'a self, id: &'a Sensitive<[u8; 16]>) -> SubjectDocuments<'a> {
        let owner = self.opaque_id(HoldingKind::Session, id.expose());
        SubjectDocuments { keys: self, owner: owner.0, secret: Secret::Session(id) }
    }

    /// Under which name a document lies: the same for every subject of the tenant.
    pub fn document_name(&self, kind: HoldingKind, name: &str) -> DocumentName {
        DocumentName(self.index.short_tag(&[&[kind.code()], name.as_bytes()]))
    }

    /// Where an id is looked up that somebody holds, such as that of a session or a share.
    pub fn opaque_id(&self, kind: HoldingKind, id: &[u8]) -> OpaqueId {
        OpaqueId(self.index.short_tag(&[&[ID | kind.code()], id]))
    }

    /// The token of an announced removal, as the bytes of a UUID of version 8 ([RFC 9562, section 5.8]).
    /// It can be told again at any time, and nothing of it is stored. `flow` counts a subject's removals.
    pub fn expiration_token(&self, handle: &SubjectHandle, flow: u64) -> Sensitive<[u8; 16]> {
        let bytes = self.expiration.short_tag(&[&handle.0, &flow.to_be_bytes()]);
        Sensitive::new(uuid::Builder::from_custom_bytes(bytes).into_uuid().into_bytes())
    }

    #[expect(
        clippy::expect_used,
        reason = "a keyring has an active subject root, and it comes first"
    )]
    fn sealing(&self) -> &(u32, SivKey) {
        self.entries.first().expect("never empty")
    }
}

impl SubjectDocuments<'_> {
    /// Returns a document sealed for its name, under the active record root.
    pub fn seal(&self, name: &DocumentName, document: &Document) -> Vec<u8> {
        let (id, root) = self.keys.keyring.active_record_root();
        document.seal(id, &self.key(root), self.context(name))
    }

    /// Opens a document; refuses one of another name, subject or tenant, one that was changed, and one
    /// whose record root the keyring lacks.
    pub fn open(
        &self,
        name: &DocumentName,
        document: &SealedDocument<'_>,
    ) -> Result<Document, OpenError> {
        let id = document.key_id();
        let (_, root) = self
            .keys
            .keyring
            .record_roots()
            .find(|(known, _)| *known == id)
            .ok_or(OpenError::NoKey { id })?;
        document.open(&self.key(root), self.context(name))
    }

    /// `k_doc`: HKDF of HMAC(DK, subject key), or of HMAC(DK, session id) under another label.
    fn key(&self, root: &Root) -> SivKey {
        let (secret, label): (&[u8], _) = match self.secret {
            Secret::Subject(key) => (key.bytes(), Label::SubjectDocument),
            Secret::Session(id) => (id.expose(), Label::UnboundSession),
        };
        let both = Sensitive::new(Prf::new(root.expose()).tag(&[secret]));
        derive(&both, label, &[self.keys.tenant.as_str().as_bytes()])
    }

    fn context<'c>(&'c self, name: &'c DocumentName) -> DocumentContext<'c> {
        DocumentContext { tenant: &self.keys.tenant, owner: &self.owner, name }
    }
}

impl fmt::Debug for HoldingKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HoldingKeys({}, …)", self.tenant)
    }
}
