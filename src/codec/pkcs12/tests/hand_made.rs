//! Files made by hand, as no tool writes them.

use super::{bags, certificates, decode, new_root, origin, reopen, trust};
use crate::codec::pkcs12::bag::{self, Bag, BagType};
use crate::codec::pkcs12::pfx::{ContentInfo, file_head, oid_der, wrap};
use crate::codec::pkcs12::{encode, secret_bag};
use crate::codec::{CodecError, Opening, Protect, Sealing};
use crate::crypto::cipher::Cipher;
use crate::crypto::kdf::{Budget, Hash, Passphrase};
use crate::crypto::pbe::Scheme;
use crate::crypto::{keygen, pkcs8};
use crate::model::alias::Alias;
use crate::model::attribute::Attribute;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, Entry, EntryKind, KeyEntry};
use crate::model::key::{KeyAlgorithm, KeyMaterial, PrivateKey, why_locked};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::{Password, SecretBytes};
use crate::tlv::{CONTEXT_0, OCTET_STRING, SEQUENCE, SET, UTF8_STRING};
use crate::{limits, oid};

/// Thousands of issuers of one name made a reader that follows each of them spend minutes.
#[test]
fn issuers_beyond_the_limit_are_entries_of_their_own() {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = |serial: u64, is_ca| {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "One name");
        parameters.serial_number = Some(serial.into());
        parameters.is_ca = is_ca;
        Certificate::from_der(parameters.self_signed(&key).unwrap().der()).unwrap()
    };
    let leaf = certificate(0, rcgen::IsCa::NoCa);
    let ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuers = (1..=300).map(|serial| certificate(serial, ca));
    let chain = std::iter::once(leaf).chain(issuers).map(ChainCertificate::from).collect();
    let pkcs8 = SecretBytes::new(key.serialize_der());
    let key = KeyMaterial::Open(PrivateKey::from_pkcs8(pkcs8).unwrap());
    let mut wallet = Wallet::new();
    wallet.push(None, EntryKind::from(KeyEntry { key, chain, request: None }));
    let bytes = encode(&wallet, &Sealing::default(), None).unwrap();
    let again = decode(&bytes, &Opening::with(None)).unwrap().wallet;
    let EntryKind::PrivateKey(kept) = &again.entries()[0].kind else { panic!("{again:?}") };
    assert_eq!(kept.chain.len(), 1 + limits::CHAIN_CERTIFICATES);
    assert_eq!(again.trusted().count(), 300 - limits::CHAIN_CERTIFICATES);
    assert_eq!(certificates(&again), certificates(&wallet));
}

pub(super) fn cert_bag(certificate: &[u8], local_key_id: Option<&[u8]>) -> SecretBytes {
    let explicit = wrap(CONTEXT_0, &[&wrap(OCTET_STRING, &[certificate])]);
    let value = wrap(SEQUENCE, &[&oid_der(oid::X509_CERTIFICATE), &explicit]);
    Bag::write(oid::CERT_BAG, &value, None, local_key_id, &[])
}

/// A file with these bags in one safe, without any protection.
pub(super) fn open_file(bags: &[&[u8]]) -> Vec<u8> {
    let contents = wrap(SEQUENCE, bags);
    file_around(&wrap(SEQUENCE, &[&data(&contents)]))
}

/// A file around an AuthenticatedSafe, without a MAC.
pub(super) fn file_around(auth_safe: &[u8]) -> Vec<u8> {
    [&file_head(auth_safe.len(), 0), auth_safe].concat()
}

/// A safe without any protection.
pub(super) fn data(contents: &[u8]) -> Vec<u8> {
    [&ContentInfo::data_head(contents.len()), contents].concat()
}

/// Every key of a file may have the same hundred issuers; each made a chain of its own of them.
#[test]
fn chains_of_a_file_share_their_certificates_and_end_at_a_limit() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "One CA");
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let mut issuers = Vec::new();
    for serial in 1..=limits::CHAIN_CERTIFICATES as u64 {
        parameters.serial_number = Some(serial.into());
        issuers.push(cert_bag(parameters.self_signed(&key).unwrap().der(), None));
    }
    let issuer = rcgen::Issuer::new(parameters, &key);
    let leaf = rcgen::CertificateParams::default().signed_by(&key, &issuer).unwrap();
    let with_keys = |number: usize| {
        let ids: Vec<[u8; 4]> = (0_u32..).take(number).map(u32::to_be_bytes).collect();
        let pkcs8 = key.serialize_der();
        let pairs = ids.iter().flat_map(|id| {
            let key = Bag::write(oid::KEY_BAG, &pkcs8, None, Some(id), &[]);
            [key, cert_bag(leaf.der(), Some(id))]
        });
        let pairs: Vec<SecretBytes> = pairs.collect();
        let bags: Vec<&[u8]> = pairs.iter().chain(&issuers).map(|bag| &bag[..]).collect();
        decode(&open_file(&bags), &Opening::with(None))
    };
    let wallet = with_keys(2).unwrap().wallet;
    let issuers_of = |entry: &Entry| match &entry.kind {
        EntryKind::PrivateKey(key) => {
            key.chain[1..].iter().map(|one| one.certificate.der().as_ptr()).collect()
        }
        _ => Vec::new(),
    };
    let [first, second] = wallet.entries() else { panic!("{} entries", wallet.entries().len()) };
    assert_eq!(issuers_of(first).len(), limits::CHAIN_CERTIFICATES);
    assert_eq!(issuers_of(first), issuers_of(second), "they are held twice");
    let refused = with_keys(1 + limits::CHAIN_LINKS / limits::CHAIN_CERTIFICATES).map(|_| ());
    let allowed = limits::CHAIN_LINKS as u64;
    assert!(
        matches!(refused, Err(CodecError::Limit { allowed: at, .. }) if at == allowed),
        "{refused:?}"
    );
}

#[test]
fn name_and_attributes_of_a_request_survive_another_alias_and_another_layout() {
    let key = rcgen::KeyPair::generate().unwrap();
    let request = rcgen::CertificateParams::default().serialize_request(&key).unwrap();
    let explicit = wrap(CONTEXT_0, &[&wrap(OCTET_STRING, &[request.der()])]);
    let value = wrap(SEQUENCE, &[&oid_der(oid::ORACLE_REQUEST), &explicit]);
    // A foreign attribute: 1.3.6.1.4.1.99999.1.
    let oid = oid::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1");
    let der = bag::attribute(oid, &wrap(OCTET_STRING, &[b"foreign"]));
    let foreign = Attribute { oid, der };
    let key = Bag::write(oid::KEY_BAG, &key.serialize_der(), Some("old"), None, &[]);
    // The request goes by the name of its entry, or has one of its own, which stays.
    for (name, later) in [("old", "new"), ("its own", "its own")] {
        let attributes = std::slice::from_ref(&foreign);
        let request = Bag::write(oid::SECRET_BAG, &value, Some(name), None, attributes);
        let mut decoded = decode(&open_file(&[&key, &request]), &Opening::with(None)).unwrap();
        let [entry] = &mut decoded.wallet.entries_mut().collect::<Vec<_>>()[..] else {
            panic!("not one entry")
        };
        assert!(matches!(entry.kind, EntryKind::Request(_)));
        entry.alias = Some(Alias::new("new"));
        let password = Password::from("Welcome1");
        let anew = |profile| Sealing {
            protect: Protect::Password(&password),
            profile: Some(profile),
            ..Sealing::default()
        };
        let in_place = Some(origin(&decoded));
        for (sealing, origin) in [
            (Sealing::default(), in_place),
            (anew(Profile::Oracle23ai), in_place),
            (anew(Profile::Oracle23ai), None),
            (anew(Profile::Modern), None),
        ] {
            let bytes = encode(&decoded.wallet, &sealing, origin).unwrap();
            let bags = bags(&reopen(&bytes, &password));
            let bags: Vec<_> = bags.iter().map(|bag| Bag::read(bag).unwrap()).collect();
            let request = bags.iter().find(|bag| bag.kind == BagType::Secret).unwrap();
            let (name, attributes) =
                (request.friendly_name.as_ref().map(Alias::as_str), request.attributes());
            let profile = sealing.profile;
            assert_eq!(
                (name, &attributes[..]),
                (Some(later), &[foreign.clone()][..]),
                "{profile:?}"
            );
        }
    }
}

#[test]
fn bytes_behind_the_contents_are_told_and_change_nothing() {
    let root = cert_bag(new_root().der(), None);
    let contents = [&wrap(SEQUENCE, &[&root])[..], &[0, 0, 0]].concat();
    let safe = data(&contents);
    let auth_safe = [&wrap(SEQUENCE, &[&safe])[..], &[0, 0]].concat();
    for (file, trailing) in
        [(file_around(&auth_safe), 5), (file_around(&wrap(SEQUENCE, &[&safe])), 3)]
    {
        let decoded = decode(&file, &Opening::with(None)).unwrap();
        let said: Vec<_> = decoded.warnings.iter().map(|one| &one.message[..]).collect();
        let expected = format!("bytes after the structure: {trailing}");
        assert_eq!(said, ["the file has no MAC: its integrity is unknown", &expected]);
        let again = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        assert_eq!(certificates(&reopen(&again, &"".into()).wallet), certificates(&decoded.wallet));
    }
}

#[test]
fn name_takes_the_place_of_an_odd_one() {
    let values = wrap(SET, &[&wrap(UTF8_STRING, &[b"a"]), &wrap(UTF8_STRING, &[b"b"])]);
    let der = wrap(SEQUENCE, &[&oid_der(oid::FRIENDLY_NAME), &values]).to_vec();
    let odd = Attribute { oid: oid::FRIENDLY_NAME, der };
    let explicit = wrap(CONTEXT_0, &[&wrap(OCTET_STRING, &[new_root().der()])]);
    let value = wrap(SEQUENCE, &[&oid_der(oid::X509_CERTIFICATE), &explicit]);
    let bag = Bag::write(oid::CERT_BAG, &value, None, None, std::slice::from_ref(&odd));
    let mut decoded = decode(&open_file(&[&bag]), &Opening::with(None)).unwrap();
    assert_eq!(decoded.wallet.entries()[0].attributes[..], [odd]);
    let alias = Some(Alias::new("new"));
    decoded.wallet.entries_mut().for_each(|entry| entry.alias.clone_from(&alias));
    let again = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
    let again = decode(&again, &Opening::with(None)).unwrap().wallet;
    assert_eq!(again.entries()[0].alias, alias);
    let is_name = |attribute: &Attribute| attribute.oid == oid::FRIENDLY_NAME;
    assert!(!again.entries()[0].attributes.iter().any(is_name));
}

#[test]
fn secret_key_that_asks_for_too_much_says_why_it_stays_closed() {
    let passphrase = Passphrase::forms(&"secret".into()).remove(0);
    let scheme = Scheme::pbes2(Cipher::Aes256, Hash::Sha256, 2000, 8, false).unwrap();
    let sealed = pkcs8::encrypt(&[0x30, 0], &scheme, &passphrase, &Budget::unlimited()).unwrap();
    let value = secret_bag::write_sealed_key(&sealed);
    let bag = Bag::write(oid::SECRET_BAG, &value, Some("aes"), None, &[]);
    let password = Password::from("secret");
    let warnings = |max_iterations| {
        let opening = Opening { max_iterations, ..Opening::with(Some(&password)) };
        decode(&open_file(&[&bag]), &opening).unwrap().warnings
    };
    let why = "the key aes stays locked: its key derivation asks for too much work";
    assert!(warnings(1000).iter().any(|one| one.message == why), "{:?}", warnings(1000));
    assert!(warnings(2000).iter().all(|one| one.code.name() != "key-locked"));
}

#[test]
fn key_whose_encryption_is_malformed_is_not_said_to_be_none() {
    let scheme = Scheme::pbes2(Cipher::Aes256, Hash::Sha256, 100, 8, false).unwrap();
    let passphrase = Passphrase::forms(&"secret".into()).remove(0);
    let key = keygen::generate(KeyAlgorithm::EcP256).unwrap();
    let sealed = pkcs8::encrypt(key.pkcs8(), &scheme, &passphrase, &Budget::unlimited()).unwrap();
    let at = sealed.windows(3).position(|part| part == [2, 1, 100]).unwrap();
    let mut zero = sealed.clone();
    zero[at + 2] = 0;
    let password = Password::from("secret");
    let key = |sealed: &[u8]| {
        let bag = Bag::write(oid::SHROUDED_KEY_BAG, sealed, Some("a"), None, &[]);
        let decoded = decode(&open_file(&[&bag]), &Opening::with(Some(&password))).unwrap();
        decoded.wallet.entries()[0].key().unwrap().clone()
    };
    assert!(matches!(key(&sealed), KeyMaterial::Open(_)));
    let KeyMaterial::Locked(locked) = key(&zero) else { panic!("open") };
    assert_eq!(why_locked(locked.refusal), "its encryption is malformed");
}

#[test]
fn revocation_list_that_cannot_be_read_is_named() {
    let explicit = wrap(CONTEXT_0, &[&wrap(OCTET_STRING, &[b"no list"])]);
    let value = wrap(SEQUENCE, &[&oid_der(oid::X509_CRL), &explicit]);
    for (alias, name) in [(Some("lost"), " lost"), (None, "")] {
        let bag = Bag::write(oid::CRL_BAG, &value, alias, None, &[]);
        let decoded = decode(&open_file(&[&bag]), &Opening::with(None)).unwrap();
        let what = "unreadable revocation list";
        let said = format!("{what}{name} is kept as it is, and what it revokes is not known");
        assert_eq!(decoded.warnings.last().unwrap().message, said);
        let EntryKind::Opaque(kept) = &decoded.wallet.entries()[0].kind else { panic!("{what}") };
        assert_eq!(kept.raw[..], bag[..]);
    }
}

/// An attribute whose type no decoder here can hold (2.25 with 128 bits of a UUID).
#[test]
fn bag_that_cannot_be_read_is_kept_and_costs_nothing_else() {
    let type_id = [0x06, 0x14, 0x69, 0x83, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    let type_id = [&type_id[..], &[0xFF; 8], &[0x7F]].concat();
    let attribute = wrap(SEQUENCE, &[&type_id, &wrap(SET, &[&[0x05, 0x00]])]);
    let value = wrap(CONTEXT_0, &[&[0x05, 0x00]]);
    let set = wrap(SET, &[&attribute]);
    let odd = wrap(SEQUENCE, &[&oid_der(oid::CRL_BAG), &value, &set]);
    let octets = wrap(OCTET_STRING, &[new_root().der()]);
    let certificate =
        wrap(SEQUENCE, &[&oid_der(oid::X509_CERTIFICATE), &wrap(CONTEXT_0, &[&octets])]);
    let sound = wrap(SEQUENCE, &[&oid_der(oid::CERT_BAG), &wrap(CONTEXT_0, &[&certificate])]);
    let contents = wrap(SEQUENCE, &[&odd, &sound]);
    let safes = wrap(SEQUENCE, &[&data(&contents)]);
    let file = file_around(&safes);
    let mut decoded = decode(&file, &Opening::with(None)).unwrap();
    assert_eq!(decoded.wallet.trusted().count(), 1);
    assert!(decoded.warnings.iter().any(|warning| warning.code.name() == "kept-opaque"));
    let again = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
    assert!(again[..] == file[..]);
    trust(&mut decoded.wallet, new_root());
    let edited = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
    let password = Password::from("Welcome1");
    let sealing = Sealing {
        protect: Protect::Password(&password),
        profile: Some(Profile::Oracle23ai),
        ..Sealing::default()
    };
    let native = encode(&decoded.wallet, &sealing, Some(origin(&decoded))).unwrap();
    for bytes in [edited, native] {
        assert!(bags(&reopen(&bytes, &password)).contains(&odd.to_vec()));
    }
}

#[test]
fn truncation_and_bit_flips_are_errors_and_never_panics() {
    let password = Password::from("right");
    let mut wallet = Wallet::new();
    trust(&mut wallet, new_root());
    let sealing = Sealing {
        protect: Protect::Password(&password),
        iterations: Some(1),
        ..Sealing::default()
    };
    let bytes = encode(&wallet, &sealing, None).unwrap();
    let opening = Opening { max_iterations: 1_000, ..Opening::with(Some(&password)) };
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length], &opening).is_err(), "{length} bytes");
    }
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.to_vec();
            flipped[position] ^= 1 << bit;
            // Whatever comes out, it comes out: a flip in a NULL or in unused parameters may pass.
            let _ = decode(&flipped, &opening);
        }
    }
}
