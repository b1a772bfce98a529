//! Against the vectors of RFC 8032, the example notes in circulation, and a second construction.

use data_encoding::BASE64;
use data_encoding::HEXLOWER;
use proptest::prelude::*;
use sha2::Digest;
use sha2::Sha256;

use super::*;
use crate::base::Sensitive;

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
}

fn signer(name: &str) -> Signer {
    Signer::new(name, &Sensitive::new([7; 32])).unwrap()
}

/// The public half inside `name+hash+base64`.
fn public(signer: &Signer) -> [u8; 32] {
    let text = signer.verifier().to_string();
    let key = BASE64.decode(text.splitn(3, '+').nth(2).unwrap().as_bytes()).unwrap();
    key[1..].try_into().unwrap()
}

/// [RFC 8032, section 7.1]: tests 1, 2 and 3.
#[test]
fn signs_as_rfc_8032_does() {
    use aws_lc_rs::signature::Ed25519KeyPair;
    use aws_lc_rs::signature::KeyPair;
    let vectors = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];
    for (seed, key, message, signature) in vectors {
        let seed = bytes::<32>(seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        assert_eq!(HEXLOWER.encode(pair.public_key().as_ref()), key);
        let message = HEXLOWER.decode(message.as_bytes()).unwrap();
        assert_eq!(HEXLOWER.encode(pair.sign(&message).as_ref()), signature);
        let signer = Signer::new("rfc", &Sensitive::new(seed)).unwrap();
        assert_eq!(HEXLOWER.encode(&public(&signer)), key);
    }
}

/// The key and note that the documentation of Go's `sumdb/note` shows.
#[test]
fn writes_the_note_of_peter_neumann() {
    let private = BASE64.decode(b"AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").unwrap();
    let seed = <[u8; 32]>::try_from(&private[1..]).unwrap();
    let signer = Signer::new("PeterNeumann", &Sensitive::new(seed)).unwrap();
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(signer.verifier().to_string(), key);
    let text = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n";
    let note = sign(text, &signer).unwrap();
    let expected = format!(
        "{text}\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    );
    assert_eq!(note, expected);
    assert_eq!(open(&expected, &Verifier::parse(key).unwrap()), Ok(text));
}

#[test]
fn key_ids_and_lines_agree_with_a_second_construction() {
    let signer = signer("cloakroom/shop/one");
    let key = public(&signer);
    let hash = Sha256::digest([b"cloakroom/shop/one\n\x01".as_slice(), &key].concat());
    assert_eq!(signer.verifier().id().to_be_bytes(), hash[..4]);
    let checkpoint = Checkpoint { size: 3, root: [9; 32] };
    let note = checkpoint.sign(&signer).unwrap();
    let lines: Vec<&str> = note.split('\n').collect();
    assert_eq!(lines[0], "cloakroom/shop/one");
    assert_eq!(lines[1], "3");
    assert_eq!(lines[2], BASE64.encode(&[9; 32]));
    assert_eq!(lines[3], "");
    let encoded = lines[4].strip_prefix("\u{2014} cloakroom/shop/one ").unwrap();
    let decoded = BASE64.decode(encoded.as_bytes()).unwrap();
    assert_eq!(decoded[..4], hash[..4]);
    let message = format!("cloakroom/shop/one\n3\n{}\n", BASE64.encode(&[9; 32]));
    let public = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, key);
    public.verify(message.as_bytes(), &decoded[4..]).unwrap();
    assert_eq!(Checkpoint::open(&note, signer.verifier()), Ok(checkpoint));
    assert_eq!(checkpoint_length(note.as_bytes()), Some(note.len()));
}

#[test]
fn keys_are_read_strictly() {
    let good = signer("log").verifier().to_string();
    assert_eq!(Verifier::parse(&good).unwrap(), *signer("log").verifier());
    let id = format!("{:08x}", signer("log").verifier().id());
    let key = [&[2], public(&signer("log")).as_slice()].concat();
    let other_type = format!("log+{id}+{}", BASE64.encode(&key));
    let upper = good.replace(&id, &id.to_uppercase());
    for bad in [
        "",
        "log",
        "log+00000000",
        &good.replace("log", "other"),
        &good.replace("log", "l g"),
        &good.replace("log", ""),
        &other_type,
        &format!("{good}="),
        &format!("{good} "),
        &good.replacen(&id, "00000000", 1),
    ] {
        assert!(Verifier::parse(bad).is_err(), "{bad:?}");
    }
    assert!(upper == good || Verifier::parse(&upper).is_err());
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
        assert!(matches!(Signer::new(name, &Sensitive::new([1; 32])), Err(Error::Name)));
    }
}

#[test]
fn hands_out_no_text_without_a_good_signature() {
    let (ours, theirs) = (signer("ours"), signer("theirs"));
    let note = sign("text\n", &theirs).unwrap();
    assert_eq!(open(&note, ours.verifier()), Err(Error::Unsigned(ours.verifier().id())));
    let line = sign("text\n", &ours).unwrap();
    let both = format!("{note}{}", line.strip_prefix("text\n\n").unwrap());
    assert_eq!(open(&both, ours.verifier()), Ok("text\n"));
    let bent = both.replace("text", "tent");
    assert_eq!(open(&bent, ours.verifier()), Err(Error::Signature));
    for bad in ["", "text\n", "text\n\n", "text\n\n\u{2014} ours\n", "text\n\n- ours AAAAAAA=\n"] {
        assert_eq!(open(bad, ours.verifier()), Err(Error::Form), "{bad:?}");
    }
    assert_eq!(sign("no newline", &ours), Err(Error::Form));
    assert_eq!(sign("a\tb\n", &ours), Err(Error::Form));
}

#[test]
fn a_checkpoint_has_one_spelling() {
    let signer = signer("log");
    let root = BASE64.encode(&[1; 32]);
    let read = |text: &str| Checkpoint::open(&sign(text, &signer).unwrap(), signer.verifier());
    assert!(read(&format!("log\n7\n{root}\n")).is_ok());
    assert!(read(&format!("log\n0\n{root}\n")).is_ok());
    for bad in [
        format!("log\n07\n{root}\n"),
        format!("log\n+7\n{root}\n"),
        format!("log\n-7\n{root}\n"),
        format!("log\n\n{root}\n"),
        format!("gol\n7\n{root}\n"),
        format!("log\n7\n{root}\nextra\n"),
        format!("log\n7\n{root}=\n"),
        "log\n7\nAAAA\n".to_owned(),
        "log\n7\n".to_owned(),
        format!("log\n18446744073709551616\n{root}\n"),
    ] {
        assert_eq!(read(&bad), Err(Error::Checkpoint), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn no_other_byte_will_do(at in 0_usize..200, flip in 1_u8..=255) {
        let signer = signer("log");
        let note = Checkpoint { size: 1_234_567, root: [3; 32] }.sign(&signer).unwrap();
        let mut bytes = note.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        let opened = String::from_utf8(bytes).map(|bent| Checkpoint::open(&bent, signer.verifier()));
        prop_assert!(!matches!(opened, Ok(Ok(_))));
    }

    #[test]
    fn parsing_never_panics(text in "\\PC*|[\u{2014} a-z0-9+/=\n]*") {
        let verifier = signer("log");
        prop_assert!(open(&text, verifier.verifier()).is_err());
        drop(Verifier::parse(&text));
    }
}
