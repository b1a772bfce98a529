//! What is sealed for one place opens in no other, and not after a byte of it was changed.

use cloakroom::base::DocumentName;
use cloakroom::base::HoldingKind;
use cloakroom::base::Sensitive;
use cloakroom::base::SubjectHandle;
use cloakroom::base::TenantId;
use cloakroom::base::Timestamp;
use cloakroom::crypto::Document;
use cloakroom::crypto::HoldingKeys;
use cloakroom::crypto::Keyring;
use cloakroom::crypto::LiveSubject;
use cloakroom::crypto::OpenError;
use cloakroom::crypto::SealedDocument;
use cloakroom::crypto::SubjectKey;
use proptest::prelude::*;

fn keyring(first: u8) -> Keyring {
    let mut next = first;
    Keyring::generate(&mut |bytes| {
        next += 1;
        bytes.fill(next);
    })
}

fn keys(tenant: &str) -> HoldingKeys {
    HoldingKeys::new(&keyring(0), &TenantId::new(tenant).unwrap())
}

fn subject_key(byte: u8) -> SubjectKey {
    SubjectKey::generate(&mut |bytes| bytes.fill(byte))
}

fn subject(byte: u8, name: &str) -> LiveSubject {
    let name = Sensitive::new(name.to_owned());
    LiveSubject { key: subject_key(byte), name, born: Timestamp(77) }
}

fn document(json: &str, revision: u64) -> Document {
    Document { json: Sensitive::new(json.to_owned()), revision }
}

/// One place where a document can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    tenant: &'static str,
    subject: u8,
    /// The byte of the subject's key; after an erasure a subject of the same handle has another.
    key: u8,
    kind: HoldingKind,
    name: &'static str,
}

impl Place {
    fn name(&self, keys: &HoldingKeys) -> DocumentName {
        keys.document_name(self.kind, self.name)
    }

    fn seal(&self, json: &str, revision: u64) -> Vec<u8> {
        let (keys, key) = (keys(self.tenant), subject_key(self.key));
        let name = self.name(&keys);
        keys.documents(&SubjectHandle([self.subject; 16]), &key)
            .seal(&name, &document(json, revision))
    }

    fn open(&self, sealed: &[u8]) -> Result<(String, u64), OpenError> {
        let (keys, key) = (keys(self.tenant), subject_key(self.key));
        let documents = keys.documents(&SubjectHandle([self.subject; 16]), &key);
        let opened = documents.open(&self.name(&keys), &SealedDocument::parse(sealed)?)?;
        Ok((opened.json.expose().clone(), opened.revision))
    }
}

fn place() -> impl Strategy<Value = Place> {
    let tenant = prop_oneof![Just("acme"), Just("other")];
    let kind = prop_oneof![Just(HoldingKind::Profile), Just(HoldingKind::App)];
    let name = prop_oneof![Just(""), Just("shop")];
    (tenant, 0..2_u8, 0..2_u8, kind, name).prop_map(|(tenant, subject, key, kind, name)| Place {
        tenant,
        subject,
        key,
        kind,
        name,
    })
}

proptest! {
    #[test]
    fn a_swap_does_not_open(here in place(), there in place(), json in ".{0,200}", revision: u64) {
        let sealed = here.seal(&json, revision);
        prop_assert_eq!(here.open(&sealed), Ok((json, revision)));
        if here != there {
            prop_assert_eq!(there.open(&sealed), Err(OpenError::Unauthentic));
        }
    }

    #[test]
    fn a_document_under_the_revision_of_another_does_not_open(
        here in place(), json in ".{0,200}", revision: u64, other: u64,
    ) {
        prop_assume!(revision != other);
        let (mut sealed, head) = (here.seal(&json, revision), here.seal(&json, other));
        sealed[..13].copy_from_slice(&head[..13]);
        prop_assert_eq!(here.open(&sealed), Err(OpenError::Unauthentic));
    }

    #[test]
    fn a_changed_byte_of_a_document_does_not_open(
        here in place(), json in ".{0,200}", at: prop::sample::Index, change in 1..=255_u8,
    ) {
        let mut sealed = here.seal(&json, 3);
        let at = at.index(sealed.len());
        sealed[at] ^= change;
        prop_assert!(here.open(&sealed).is_err());
    }

    #[test]
    fn a_cut_or_longer_document_does_not_open(here in place(), json in ".{0,200}", cut: prop::sample::Index) {
        let mut sealed = here.seal(&json, 3);
        prop_assert!(here.open(&sealed[..cut.index(sealed.len())]).is_err());
        sealed.extend([0; 64]);
        prop_assert!(here.open(&sealed).is_err());
    }

    /// Length tells no more than the next multiple of 64.
    #[test]
    fn a_document_is_as_long_as_its_padding_says(here in place(), json in "[a-z]{0,300}") {
        let sealed = here.seal(&json, 3);
        prop_assert_eq!(sealed.len(), 13 + 16 + 64 * (json.len() + 1).div_ceil(64));
    }

    #[test]
    fn an_entry_opens_for_its_own_subject_only(name in ".{0,40}", key: u8) {
        let (acme, other) = (keys("acme"), keys("other"));
        let (alice, bob) = (SubjectHandle([1; 16]), SubjectHandle([2; 16]));
        let sealed = acme.seal_entry(&alice, &subject(key, &name));
        let open = |keys: &HoldingKeys, handle, born| {
            keys.open_entry(&handle, sealed.version, Timestamp(born), &sealed.bytes)
        };

        let opened = open(&acme, alice, 77).unwrap();
        prop_assert_eq!(opened.name.expose(), &name);
        prop_assert_eq!(&acme.seal_entry(&alice, &opened), &sealed);
        for wrong in [open(&acme, bob, 77), open(&other, alice, 77), open(&acme, alice, 78)] {
            prop_assert_eq!(wrong.map(|_| ()), Err(OpenError::Unauthentic));
        }
    }

    #[test]
    fn a_changed_byte_of_an_entry_does_not_open(
        name in ".{0,40}", at: prop::sample::Index, change in 1..=255_u8,
    ) {
        let (keys, handle) = (keys("acme"), SubjectHandle([1; 16]));
        let mut sealed = keys.seal_entry(&handle, &subject(9, &name));
        let at = at.index(sealed.bytes.len());
        sealed.bytes[at] ^= change;
        let opened = keys.open_entry(&handle, sealed.version, Timestamp(77), &sealed.bytes);
        prop_assert!(opened.is_err());
    }

    #[test]
    fn no_bytes_make_parsing_panic(bytes: Vec<u8>) {
        let (keys, handle) = (keys("acme"), SubjectHandle([1; 16]));
        prop_assert!(keys.open_entry(&handle, 1, Timestamp(77), &bytes).is_err());
        let _parsed = SealedDocument::parse(&bytes).is_ok();
    }
}

/// What an erasure leaves: the entry of a store key, a subject that came back, documents that somebody kept.
#[test]
fn without_the_key_of_a_subject_nothing_opens() {
    let (keys, handle) = (keys("acme"), SubjectHandle([1; 16]));
    let name = keys.document_name(HoldingKind::Profile, "");
    let before = subject(9, "alice");
    let kept = keys.documents(&handle, &before.key).seal(&name, &document("{}", 5));

    let again = subject(10, "alice");
    let opened =
        keys.documents(&handle, &again.key).open(&name, &SealedDocument::parse(&kept).unwrap());
    assert_eq!(opened.map(|_| ()).unwrap_err(), OpenError::Unauthentic);
}

/// `keys rotate` destroys a subject root: what older backups hold is then sealed for ever.
#[test]
fn an_entry_of_a_destroyed_root_does_not_open() {
    let handle = SubjectHandle([1; 16]);
    let sealed = keys("acme").seal_entry(&handle, &subject(9, "alice"));
    let text = keyring(0).to_json().expose().clone();
    let (before, after) = text.split_once("\"subject\"").unwrap();
    let next = after.replacen("\"id\": 1", "\"id\": 2", 1);
    let next = next.replacen(&"04".repeat(32), &"ee".repeat(32), 1);
    let rotated = Keyring::parse(&format!("{before}\"subject\"{next}")).unwrap();
    let rotated = HoldingKeys::new(&rotated, &TenantId::new("acme").unwrap());
    assert_eq!(
        rotated
            .open_entry(&handle, sealed.version, Timestamp(77), &sealed.bytes)
            .map(|_| ())
            .unwrap_err(),
        OpenError::NoKey { id: 1 }
    );
}

#[test]
fn a_session_of_nobody_opens_with_its_id_only() {
    let keys = keys("acme");
    let (id, other) = (Sensitive::new([1; 16]), Sensitive::new([2; 16]));
    let name = keys.document_name(HoldingKind::Session, "");
    let sealed = keys.unbound_session(&id).seal(&name, &document("{}", 1));
    let sealed = SealedDocument::parse(&sealed).unwrap();
    assert_eq!(keys.unbound_session(&id).open(&name, &sealed).unwrap().json.expose(), "{}");
    let opened = keys.unbound_session(&other).open(&name, &sealed);
    assert_eq!(opened.map(|_| ()).unwrap_err(), OpenError::Unauthentic);
}

#[test]
fn nothing_shows_what_it_holds() {
    let (keys, key) = (keys("acme"), subject_key(9));
    let documents = keys.documents(&SubjectHandle([1; 16]), &key);
    let shown = format!("{keys:?} {documents:?} {:?}", subject(0x63, "alice"));
    assert!(!shown.contains("alice") && !shown.contains("99, 99"), "{shown}");
}
