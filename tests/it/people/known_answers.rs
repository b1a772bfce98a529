//! Entries, documents and names, computed a second time from `hkdf`, `hmac` and `aes-siv` alone: nothing
//! of `cloakroom::crypto` takes part but what is judged.

use aes_siv::KeyInit as _;
use aes_siv::siv::Aes256Siv;
use cloakroom::base::HoldingKind;
use cloakroom::base::Sensitive;
use cloakroom::base::SubjectHandle;
use cloakroom::base::TenantId;
use cloakroom::base::Timestamp;
use cloakroom::crypto::Document;
use cloakroom::crypto::HoldingKeys;
use cloakroom::crypto::Label;
use cloakroom::crypto::LiveSubject;
use cloakroom::crypto::SubjectKey;
use hkdf::Hkdf;
use hmac::Hmac;
use hmac::Mac as _;
use sha2::Sha256;

use crate::crypto::documents::keyring;

const TENANT: &str = "acme";
const HANDLE: [u8; 16] = [0xab; 16];
const SUBJECT_KEY: [u8; 32] = [0x5a; 32];
const BORN: u64 = 1_764_516_000_000_001;

fn lp(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(&parts.concat());
    mac.finalize().into_bytes().into()
}

fn short(tag: [u8; 32]) -> [u8; 16] {
    *tag.first_chunk().unwrap()
}

/// `HKDF(root, label, tenant)`.
fn key<const N: usize>(root: [u8; 32], label: &str) -> [u8; N] {
    let info = [lp(b"cloakroom/v1"), lp(label.as_bytes()), lp(TENANT.as_bytes())].concat();
    let mut key = [0; N];
    Hkdf::<Sha256>::from_prk(&root).unwrap().expand(&info, &mut key).unwrap();
    key
}

/// `SIV(key, headers, text)`, the vector in front.
fn siv(key: [u8; 64], headers: [&[u8]; 4], text: &[u8]) -> Vec<u8> {
    Aes256Siv::new(&key.into()).encrypt(headers, text).unwrap()
}

fn padded(json: &str) -> Vec<u8> {
    let mut text = json.as_bytes().to_vec();
    text.push(0x80);
    text.resize(text.len().next_multiple_of(64), 0);
    text
}

fn keys() -> HoldingKeys {
    HoldingKeys::new(&keyring(), &TenantId::new(TENANT).unwrap())
}

fn subject_key() -> SubjectKey {
    SubjectKey::generate(&mut |bytes| bytes.copy_from_slice(&SUBJECT_KEY))
}

#[test]
fn an_entry_has_the_documented_bytes() {
    let subject = LiveSubject {
        key: subject_key(),
        name: Sensitive::new(String::from("alice")),
        born: Timestamp(BORN),
    };
    let found = keys().seal_entry(&SubjectHandle(HANDLE), &subject);

    let headers: [&[u8]; 4] = [&[1], TENANT.as_bytes(), &HANDLE, &BORN.to_be_bytes()];
    let text = [&SUBJECT_KEY[..], &lp(b"alice")].concat();
    let sealed = siv(key([0x44; 32], "subject-key"), headers, &text);
    assert_eq!((found.version, found.bytes), (4, sealed));
}

#[test]
fn a_document_has_the_documented_bytes() {
    let json =
        r#"{"email":"alice@example.com","phone":"+4155550100","note":"longer than a block"}"#;
    let keys = keys();
    let name = keys.document_name(HoldingKind::App, "shop");
    let k_idx: [u8; 32] = key([0x33; 32], "store-key");
    assert_eq!(name.0, short(hmac(&k_idx, &[&[2], b"shop"])));

    let document = Document { json: Sensitive::new(json.to_owned()), revision: 9 };
    let subject_key = subject_key();
    let found = keys.documents(&SubjectHandle(HANDLE), &subject_key).seal(&name, &document);

    let header = [&[1][..], &7_u32.to_be_bytes(), &9_u64.to_be_bytes()].concat();
    let k_doc = key(hmac(&[0x22; 32], &[&SUBJECT_KEY]), "subject-document");
    let sealed = siv(k_doc, [&header, TENANT.as_bytes(), &HANDLE, &name.0], &padded(json));
    assert_eq!(found, [header, sealed].concat());
}

#[test]
fn a_session_of_nobody_known_has_the_documented_bytes() {
    let keys = keys();
    let id = Sensitive::new([0xcd; 16]);
    let k_idx: [u8; 32] = key([0x33; 32], "store-key");
    let place = keys.opaque_id(HoldingKind::Session, id.expose());
    assert_eq!(place.0, short(hmac(&k_idx, &[&[0x83], id.expose()])));

    let name = keys.document_name(HoldingKind::Session, "");
    let document = Document { json: Sensitive::new(String::from("{}")), revision: 1 };
    let found = keys.unbound_session(&id).seal(&name, &document);

    let header = [&[1][..], &7_u32.to_be_bytes(), &1_u64.to_be_bytes()].concat();
    let k_doc = key(hmac(&[0x22; 32], &[id.expose()]), "unbound-session");
    let sealed = siv(k_doc, [&header, TENANT.as_bytes(), &place.0, &name.0], &padded("{}"));
    assert_eq!(found, [header, sealed].concat());
}

#[test]
fn an_expiration_token_has_the_documented_bytes() {
    let k_exp: [u8; 32] = key([0x33; 32], "expiration-token");
    let mut expected = short(hmac(&k_exp, &[&HANDLE, &3_u64.to_be_bytes()]));
    expected[6] = expected[6] & 0x0f | 0x80;
    expected[8] = expected[8] & 0x3f | 0x80;
    let found = keys().expiration_token(&SubjectHandle(HANDLE), 3);
    assert_eq!(*found.expose(), expected);
}

/// A label that two purposes shared would give both one key; so these are typed here once more.
#[test]
fn the_labels_of_holdings_are_these() {
    let labels = [
        (Label::UuidCheck, "uuid-check"),
        (Label::ExpirationToken, "expiration-token"),
        (Label::SubjectKey, "subject-key"),
        (Label::SubjectDocument, "subject-document"),
        (Label::UnboundSession, "unbound-session"),
    ];
    for (label, text) in labels {
        assert_eq!(label.as_str(), text);
    }
}
