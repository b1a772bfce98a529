//! What machines write for us: keyrings, key sets, checkpoints, tiles. Any other text is refused.
#![no_main]

use cloakroom::authn::KeySet;
use cloakroom::crypto::Keyring;
use cloakroom::crypto::Sealed;
use cloakroom::crypto::merkle::Tile;
use cloakroom::crypto::note::Checkpoint;
use cloakroom::crypto::note::Verifier;
use cloakroom::crypto::note::checkpoint_length;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((_, bytes)) = cloakroom_fuzz::read(input) else { return };
    let _record = Sealed::parse(bytes);
    if let Some(length) = checkpoint_length(bytes) {
        assert!(length <= bytes.len());
    }
    if let Some(hashes) = Tile::hashes(bytes) {
        assert_eq!(hashes.concat(), bytes);
    }
    let _keys = KeySet::parse(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(keyring) = Keyring::parse(text) {
        let again = Keyring::parse(keyring.to_json().expose()).expect("our own text");
        assert_eq!(keyring.fingerprint(), again.fingerprint());
    }
    if let Ok(verifier) = Verifier::parse(text) {
        assert_eq!(verifier.to_string(), text);
    }
    let verifier = Verifier::new("log", [7; 32]).expect("a name");
    assert!(Checkpoint::open(text, &verifier).is_err(), "signed by nobody");
});
