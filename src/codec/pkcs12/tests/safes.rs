//! Safes made by hand: how each is encrypted, and what stands beside them.

use super::hand_made::{cert_bag, data, file_around, open_file};
use super::{bags, decode, new_root, origin, reopen, trust};
use crate::codec::pkcs12::bag::Bag;
use crate::codec::pkcs12::pfx::{ContentInfo, file_head, oid_der, wrap};
use crate::codec::pkcs12::safe::Cover;
use crate::codec::pkcs12::{encode, losses, secret_bag};
use crate::codec::{CodecError, Decoded, Keys, Opening, Protect, Sealing};
use crate::crypto::cipher::Cipher;
use crate::crypto::kdf::{Budget, Hash, Passphrase};
use crate::crypto::mac::MacScheme;
use crate::crypto::pbe::Scheme;
use crate::crypto::pkcs8;
use crate::model::entry::{EntryKind, SecretEntry};
use crate::model::format::Layout;
use crate::model::profile::Profile;
use crate::oid;
use crate::secret::Password;
use crate::tlv::{CONTEXT_0, OCTET_STRING, SEQUENCE};

/// Some writers take no bytes at all for an empty password. Without a MAC only a safe tells.
#[test]
fn form_of_the_empty_password_that_opens_a_safe_is_kept() {
    let contents = wrap(SEQUENCE, &[&cert_bag(new_root().der(), None)]);
    for form in Passphrase::forms(&"".into()) {
        let scheme = Scheme::pkcs12(Cipher::TripleDes, 1).unwrap();
        let sealed = scheme.encrypt(&form, &contents, &Budget::unlimited()).unwrap();
        let head = ContentInfo::encrypted_head(&scheme.to_der().unwrap(), sealed.len());
        let file = file_around(&wrap(SEQUENCE, &[&head, &sealed]));
        for password in [None, Some(&Password::from(""))] {
            let decoded = decode(&file, &Opening::with(password)).unwrap();
            assert!(origin(&decoded).passphrase.same_as(&form));
        }
    }
}

/// A MAC that fits, or a safe that opens, shows that the password is right.
#[test]
fn safe_with_another_password_is_not_a_wrong_password_of_the_file() {
    let contents = wrap(SEQUENCE, &[&cert_bag(new_root().der(), None)]);
    let budget = Budget::unlimited();
    let safe = |password: &str| {
        let scheme = Scheme::pbes2(Cipher::Aes256, Hash::Sha256, 1, 8, false).unwrap();
        let form = Passphrase::forms(&password.into()).remove(0);
        let sealed = scheme.encrypt(&form, &contents, &budget).unwrap();
        [ContentInfo::encrypted_head(&scheme.to_der().unwrap(), sealed.len()), sealed].concat()
    };
    let with_mac = |auth_safe: &[u8]| {
        let scheme = MacScheme::Pkcs12 { hash: Hash::Sha256, salt: vec![1; 8], iterations: 1 };
        let form = Passphrase::forms(&"right".into()).remove(0);
        let mac = scheme.seal(&form, auth_safe, &budget).unwrap().to_der().unwrap();
        [&file_head(auth_safe.len(), mac.len()), auth_safe, &mac].concat()
    };
    let password = Password::from("right");
    let refusal = |file: &[u8]| {
        decode(file, &Opening::with(Some(&password))).map(|_| ()).unwrap_err().to_string()
    };
    let both = wrap(SEQUENCE, &[&safe("right"), &safe("other")]);
    let alone = wrap(SEQUENCE, &[&safe("other")]);
    for (file, place) in [
        (file_around(&both), "a safe (2 of 2) with another password"),
        (with_mac(&both), "a safe (2 of 2) with another password"),
        (with_mac(&alone), "a safe (1 of 1) with another password"),
        (file_around(&alone), "the password does not open the store"),
    ] {
        let refusal = refusal(&file);
        assert!(refusal.starts_with(place), "{refusal}");
    }

    // An encryptedData without its content is damage, whatever the password.
    let scheme = Scheme::pkcs12(Cipher::TripleDes, 1).unwrap().to_der().unwrap();
    let data = wrap(SEQUENCE, &[&oid_der(oid::DATA), &scheme]);
    let data = wrap(CONTEXT_0, &[&wrap(SEQUENCE, &[&[0x02, 0x01, 0x00], &data])]);
    let empty = wrap(SEQUENCE, &[&oid_der(oid::ENCRYPTED_DATA), &data]);
    let refusal = refusal(&with_mac(&wrap(SEQUENCE, &[&empty])));
    assert!(refusal.contains("encryptedContent is missing"), "{refusal}");
}

#[test]
fn safes_that_are_encrypted_anew_have_parameters_of_their_own() {
    let form = Passphrase::forms(&"old".into()).remove(0);
    let scheme = Scheme::pbes2(Cipher::Aes256, Hash::Sha256, 1, 8, false).unwrap();
    let contents = wrap(SEQUENCE, &[&cert_bag(new_root().der(), None)]);
    let safes: Vec<Vec<u8>> = (0..2)
        .map(|_| {
            let scheme = scheme.fresh(None).unwrap();
            let sealed = scheme.encrypt(&form, &contents, &Budget::unlimited()).unwrap();
            let head = ContentInfo::encrypted_head(&scheme.to_der().unwrap(), sealed.len());
            [head, sealed].concat()
        })
        .collect();
    let file = file_around(&wrap(SEQUENCE, &[&safes[0], &safes[1]]));
    let decoded = reopen(&file, &"old".into());
    let new = Password::from("new");
    let sealing = Sealing { protect: Protect::Password(&new), ..Sealing::default() };
    let again = encode(&decoded.wallet, &sealing, Some(origin(&decoded))).unwrap();
    let again = reopen(&again, &new);
    let covers: Vec<_> = origin(&again).safes.iter().map(|safe| safe.cover.clone()).collect();
    assert_eq!(covers.len(), 2);
    assert!(
        covers.iter().all(|cover| matches!(cover, Cover::Encrypted(_))) && covers[0] != covers[1]
    );
}

/// A safe that nobody understands, brought in from another file.
#[test]
fn foreign_safe_stands_beside_the_others() {
    let signed = wrap(SEQUENCE, &[&oid_der(oid::SIGNED_DATA), &wrap(CONTEXT_0, &[&[5, 0]])]);
    let foreign = file_around(&wrap(SEQUENCE, &[&signed]));
    let foreign = decode(&foreign, &Opening::with(None)).unwrap().wallet;
    let own = decode(&open_file(&[&cert_bag(new_root().der(), None)]), &Opening::with(None));
    let mut own = own.unwrap();
    own.wallet.adopt(foreign.entries()[0].clone());
    let merged = encode(&own.wallet, &Sealing::default(), Some(origin(&own))).unwrap();
    let merged = decode(&merged, &Opening::with(None)).unwrap();
    let covers: Vec<_> = origin(&merged).safes.iter().map(|safe| safe.cover.clone()).collect();
    assert!(matches!(covers[..], [Cover::Plain, Cover::Opaque(_)]), "{covers:?}");
    assert_eq!(origin(&merged).safes[1].raw[..], signed[..]);
}

/// Bag types of PKCS#7 (1.2.840.113549.1.7) make a bag look as a ContentInfo does.
#[test]
fn bag_that_looks_like_a_safe_stays_under_encryption() {
    let value = wrap(SEQUENCE, &[&[2, 1, 1], &wrap(OCTET_STRING, &[b"TOP SECRET"])]);
    let odd = Bag::write(oid::SIGNED_DATA, &value, None, None, &[]);
    let read = decode(&open_file(&[&odd]), &Opening::with(None)).unwrap();
    let password = Password::from("secret");
    let sealing = Sealing { protect: Protect::Password(&password), ..Sealing::default() };
    let written = encode(&read.wallet, &sealing, None).unwrap();
    assert!(!written.windows(10).any(|at| at == b"TOP SECRET"));
    assert_eq!(bags(&reopen(&written, &password)), [odd.to_vec()]);
}

/// Oracle's layout is one safe; what nobody understands beside it changes nothing.
#[test]
fn foreign_safe_makes_no_other_layout() {
    let signed = wrap(SEQUENCE, &[&oid_der(oid::SIGNED_DATA), &wrap(CONTEXT_0, &[&[5, 0]])]);
    let mut wallet =
        decode(&file_around(&wrap(SEQUENCE, &[&signed])), &Opening::with(None)).unwrap().wallet;
    trust(&mut wallet, new_root());
    let password = Password::from("secret");
    let profile = Some(Profile::Oracle23ai);
    let sealing = Sealing { protect: Protect::Password(&password), profile, ..Sealing::default() };
    let written = encode(&wallet, &sealing, None).unwrap();
    assert_eq!(origin(&reopen(&written, &password)).layout(), Layout::Oracle);
    assert_eq!(losses(&wallet, Profile::Oracle23ai).len(), 1);
    assert_eq!(losses(&wallet, Profile::Modern).len(), 0);
}

/// What openssl writes with -nomac and -certpbe NONE: a password that nobody gave was never tried.
#[test]
fn nothing_is_encrypted_under_a_password_that_opens_nothing() {
    let form = Passphrase::forms(&"secret".into()).remove(0);
    let scheme = Scheme::pbes2(Cipher::Aes256, Hash::Sha256, 1, 8, false).unwrap();
    let key = rcgen::KeyPair::generate().unwrap().serialize_der();
    let sealed = pkcs8::encrypt(&key, &scheme, &form, &Budget::unlimited()).unwrap();
    let file = open_file(&[&Bag::write(oid::SHROUDED_KEY_BAG, &sealed, Some("app"), None, &[])]);
    let add = |decoded: &mut Decoded| {
        let secret = SecretEntry { name: "token".to_owned(), value: (&b"value"[..]).into() };
        decoded.wallet.push(None, EntryKind::from(secret));
        encode(&decoded.wallet, &Sealing::default(), Some(origin(decoded)))
    };
    let mut unopened = decode(&file, &Opening::with(None)).unwrap();
    let error = add(&mut unopened).expect_err("its owner could not read it");
    assert!(matches!(error, CodecError::PasswordMissing), "{error}");
    // What needs no password is written without one.
    let mut trusting = decode(&file, &Opening::with(None)).unwrap();
    trust(&mut trusting.wallet, new_root());
    encode(&trusting.wallet, &Sealing::default(), Some(origin(&trusting))).unwrap();
    let password = Password::from("secret");
    let written = add(&mut reopen(&file, &password)).unwrap();
    assert_eq!(reopen(&written, &password).wallet.entries().len(), 2);
}

/// What a new password finds beside keys that alone are encrypted.
#[test]
fn new_password_covers_a_secret_that_lay_open() {
    let form = Passphrase::forms(&"old".into()).remove(0);
    let scheme = Scheme::pbes2(Cipher::Aes256, Hash::Sha256, 1, 8, false).unwrap();
    let key = rcgen::KeyPair::generate().unwrap().serialize_der();
    let sealed = pkcs8::encrypt(&key, &scheme, &form, &Budget::unlimited()).unwrap();
    let key = Bag::write(oid::SHROUDED_KEY_BAG, &sealed, Some("app"), None, &[]);
    let secret = SecretEntry { name: "token".to_owned(), value: (&b"TOP SECRET"[..]).into() };
    let secret = Bag::write(oid::SECRET_BAG, &secret_bag::write_secret(&secret), None, None, &[]);
    let safes = [key, secret].map(|bag| data(&wrap(SEQUENCE, &[&bag])));
    let file = file_around(&wrap(SEQUENCE, &[&safes[0], &safes[1]]));
    let shows = |bytes: &[u8]| bytes.windows(10).any(|at| at == b"TOP SECRET");
    assert!(shows(&file));
    let decoded =
        decode(&file, &Opening { keys: Keys::Open, ..Opening::with(Some(&"old".into())) });
    let decoded = decoded.unwrap();
    let new = Password::from("new");
    let sealing = Sealing { protect: Protect::Password(&new), ..Sealing::default() };
    let again = encode(&decoded.wallet, &sealing, Some(origin(&decoded))).unwrap();
    assert!(!shows(&again));
    assert_eq!(reopen(&again, &new).wallet.entries().len(), 2);
}
