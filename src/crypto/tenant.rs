//! The working keys of one tenant.

use std::fmt;
use std::sync::OnceLock;

use crate::base::ClassCode;
use crate::base::TenantId;

use super::kdf::Label;
use super::kdf::derive;
use super::keyring::Keyring;
use super::prf::Prf;
use super::record::RecordKey;

/// Number of class codes: two characters of five bits.
const CLASSES: usize = 1024;
/// Number of token generations: one character of five bits.
const GENERATIONS: u8 = 32;

/// Every key that work for one tenant needs, derived once.
///
/// Keys of a class are derived when the class is first used and stay; reading them takes no lock.
pub struct TenantKeys {
    keyring: Keyring,
    tenant: TenantId,
    generation: u8,
    active_check: Prf,
    checks: Box<[Option<Prf>]>,
    store: Prf,
    subject_tag: Prf,
    subject_handle: Prf,
    uuid_check: Prf,
    audit_reference: Prf,
    classes: Box<[OnceLock<ClassKeys>]>,
}

/// The keys of one class of one tenant.
#[derive(Debug)]
pub struct ClassKeys {
    token: Prf,
    records: Box<[RecordKey]>,
}

impl TenantKeys {
    /// Derives the keys that do not depend on a class.
    pub fn new(keyring: &Keyring, tenant: &TenantId) -> Self {
        let name: &[&[u8]] = &[tenant.as_str().as_bytes()];
        let prf = |root, label| Prf::new(derive::<32>(root, label, name).expose());
        let check = |generation| Some(prf(keyring.token_root(generation)?, Label::TokenCheck));
        let of_index = |label| prf(keyring.index_root(), label);
        Self {
            generation: keyring.generation(),
            active_check: prf(keyring.active_token_root(), Label::TokenCheck),
            checks: (0..GENERATIONS).map(check).collect(),
            store: of_index(Label::StoreKey),
            subject_tag: of_index(Label::SubjectRef),
            subject_handle: of_index(Label::SubjectHandle),
            uuid_check: of_index(Label::UuidCheck),
            audit_reference: Prf::new(keyring.audit().reference.expose()),
            classes: (0..CLASSES).map(|_| OnceLock::new()).collect(),
            keyring: keyring.clone(),
            tenant: tenant.clone(),
        }
    }

    /// Whose keys they are.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The generation that new tokens are made in, 0 to 31, and the function behind their check.
    pub fn active_check(&self) -> (u8, &Prf) {
        (self.generation, &self.active_check)
    }

    /// The function behind check characters of a generation; none when the keyring lacks it.
    pub fn check(&self, generation: u8) -> Option<&Prf> {
        self.checks.get(usize::from(generation))?.as_ref()
    }

    /// The function from tokens to store keys.
    pub fn store(&self) -> &Prf {
        &self.store
    }

    /// The function behind tags that bind a record to a subject.
    pub fn subject_tag(&self) -> &Prf {
        &self.subject_tag
    }

    /// The function from subjects to handles.
    pub fn subject_handle(&self) -> &Prf {
        &self.subject_handle
    }

    /// The function behind the check of tokens that are spelled as UUIDs. It is of the index root, which
    /// is never replaced, because no generation stands in a UUID.
    pub fn uuid_check(&self) -> &Prf {
        &self.uuid_check
    }

    /// The function from tokens to references in audit events; the same for all tenants.
    pub fn audit_reference(&self) -> &Prf {
        &self.audit_reference
    }

    /// The keys of a class, derived at its first use.
    #[expect(
        clippy::expect_used,
        reason = "a class code has ten bits (`every_code_has_its_own_number`), and there is a place for each"
    )]
    pub fn class(&self, code: ClassCode) -> &ClassKeys {
        let place = self.classes.get(usize::from(code.number())).expect("ten bits");
        place.get_or_init(|| ClassKeys::new(&self.keyring, &self.tenant, code))
    }
}

impl fmt::Debug for TenantKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TenantKeys({}, …)", self.tenant)
    }
}

impl ClassKeys {
    fn new(keyring: &Keyring, tenant: &TenantId, code: ClassCode) -> Self {
        let tenant = tenant.as_str().as_bytes();
        let class = code.number().to_be_bytes();
        let token = derive::<32>(keyring.active_token_root(), Label::TokenPrf, &[tenant, &class]);
        let records = keyring.record_roots().map(|(id, root)| RecordKey {
            id,
            key: derive(root, Label::RecordDek, &[tenant, &class, &id.to_be_bytes()]),
        });
        Self { token: Prf::new(token.expose()), records: records.collect() }
    }

    /// The function behind token bodies of the generation that is made now.
    pub fn token(&self) -> &Prf {
        &self.token
    }

    /// The key that new records are sealed under.
    #[expect(
        clippy::expect_used,
        reason = "a keyring has an active record key, and it comes first"
    )]
    pub fn sealing(&self) -> &RecordKey {
        self.records.first().expect("never empty")
    }

    /// The key of this id; none when the keyring lacks it.
    pub fn record(&self, id: u32) -> Option<&RecordKey> {
        self.records.iter().find(|key| key.id == id)
    }
}
