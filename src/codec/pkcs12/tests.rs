//! Files that other tools wrote survive us: byte for byte where nothing changed, bag for bag where
//! something did.

#![expect(clippy::disallowed_methods, reason = "the files of the corpus are read where they are")]

use crate::codec::pkcs12::bag::{self, Bag};
use crate::codec::pkcs12::oracle::OracleId;
use crate::codec::pkcs12::part::Part;
use crate::codec::pkcs12::pfx::{
    ContentInfo, EXPLICIT_0, OCTET_STRING, SEQUENCE, SET, oid_der, wrap, write_pfx,
};
use crate::codec::pkcs12::safe::Node;
use crate::codec::pkcs12::{Origin, encode, property, secret_bag};
use crate::codec::{self, CodecError, Decoded, Keys, Opening, Protect, Sealing};
use crate::crypto::cipher::Cipher;
use crate::crypto::kdf::{Budget, Hash, Passphrase};
use crate::crypto::pbe::Scheme;
use crate::crypto::{keygen, pkcs8};
use crate::limits;
use crate::model::alias::Alias;
use crate::model::attribute::Attribute;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, Entry, EntryKind, KeyEntry, TrustedEntry};
use crate::model::format::{Format, Layout};
use crate::model::key::{KeyAlgorithm, KeyMaterial, PrivateKey};
use crate::model::profile::Profile;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::oid;
use crate::ops::secret;
use crate::ops::secret::credential::{self, Login};
use crate::ops::secret::tde::TdeEntries;
use crate::ops::trust::enable_flags;
use crate::secret::{Password, SecretBytes};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn decode(bytes: &[u8], opening: &Opening<'_>) -> Result<Decoded, CodecError> {
    codec::decode(bytes, Format::Pkcs12, opening)
}

/// Every PKCS#12 file of the corpus that its row says opens, and every Oracle wallet, with the
/// password. Empty, loudly, where the corpus is not there.
fn foreign_files() -> Vec<(PathBuf, Password)> {
    let root = std::env::var_os("MWALLET_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let Ok(manifest) = std::fs::read_to_string(root.join("corpus/manifest.tsv")) else {
        eprintln!("SKIPPED: no shared corpus at {}", root.display());
        return Vec::new();
    };
    let mut files = Vec::new();
    for row in manifest.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        if columns[1] == "p12" && columns[4] == "ok" {
            files.push((root.join("corpus/files").join(columns[0]), Password::from(columns[2])));
        }
    }
    for set in ["v19.4", "v23.9", "extra", "authored"] {
        let mut folders = vec![root.join("oracle-wallets").join(set)];
        while let Some(folder) = folders.pop() {
            for item in std::fs::read_dir(&folder).unwrap() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|name| name == "ewallet.p12") {
                    // The README of the wallets: foreign ones have another password.
                    let foreign = folder.file_name().unwrap().to_string_lossy();
                    let foreign = foreign.starts_with("foreign_");
                    let password = if foreign { "Extern12" } else { "Welcome1" };
                    files.push((path, Password::from(password)));
                }
            }
        }
    }
    assert!(files.len() > 400, "only {} files", files.len());
    files
}

/// Opens every foreign file that can be opened, and hands it to the check.
fn each_foreign_file(check: impl Fn(&str, &[u8], &Password, Decoded)) {
    for (path, password) in foreign_files() {
        let bytes = std::fs::read(&path).unwrap();
        match decode(&bytes, &Opening::with(Some(&password))) {
            Ok(decoded) => check(&path.to_string_lossy(), &bytes, &password, decoded),
            // What does not open is the subject of another test.
            Err(CodecError::Unsupported { .. }) => {}
            Err(error) => panic!("{}: {error:?}", path.display()),
        }
    }
}

fn origin(decoded: &Decoded) -> &Origin {
    let codec::Origin::Pkcs12(origin) = &decoded.origin else { panic!("no PKCS#12") };
    origin
}

fn reopen(bytes: &[u8], password: &Password) -> Decoded {
    decode(bytes, &Opening::with(Some(password))).unwrap()
}

/// The raw bags of a file, in order.
fn bags(decoded: &Decoded) -> Vec<Vec<u8>> {
    origin(decoded).bags().map(|bag| bag.raw.to_vec()).collect()
}

/// The part of every bag, in order.
fn collect_parts(nodes: &[Node], parts: &mut Vec<Part>) {
    for node in nodes {
        match node {
            Node::Bag { part, .. } => parts.push(*part),
            Node::Nested { nodes, .. } => collect_parts(nodes, parts),
        }
    }
}

fn certificates(wallet: &Wallet) -> BTreeSet<Vec<u8>> {
    wallet.certificates().map(|(_, certificate)| certificate.der().to_vec()).collect()
}

fn keys(wallet: &Wallet) -> BTreeSet<String> {
    wallet
        .entries()
        .iter()
        .filter_map(Entry::key)
        .map(|key| key.open().map_or("locked".to_owned(), |key| key.fingerprint().to_string()))
        .collect()
}

/// A root that is in no file of the corpus.
fn new_root() -> Certificate {
    let der =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/certificate/new-root.der"));
    Certificate::from_der(der).unwrap()
}

fn trust(wallet: &mut Wallet, certificate: Certificate) {
    let flags = TrustFlags::default();
    let kind = EntryKind::TrustedCertificate(TrustedEntry { certificate, flags });
    wallet.push(Some(Alias::new("new root")), kind);
}

#[test]
fn unchanged_der_file_is_written_back_byte_for_byte() {
    each_foreign_file(|path, bytes, password, decoded| {
        let again = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let codes: Vec<&str> = decoded.warnings.iter().map(|warning| warning.code.name()).collect();
        if codes.contains(&"encoding-not-der") || codes.contains(&"trailing-bytes") {
            let reopened = reopen(&again, password);
            assert_eq!(certificates(&reopened.wallet), certificates(&decoded.wallet), "{path}");
            assert_eq!(keys(&reopened.wallet), keys(&decoded.wallet), "{path}");
        } else {
            assert!(again[..] == *bytes, "{path} changed");
        }
    });
}

#[test]
fn adding_a_certificate_leaves_every_other_bag_as_it_was() {
    let root = new_root();
    each_foreign_file(|path, _, password, mut decoded| {
        let profile = decoded.origin.profile();
        let before = bags(&decoded);
        trust(&mut decoded.wallet, root.clone());
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let after = reopen(&bytes, password);
        let mut now = bags(&after);
        let position = now
            .iter()
            .position(|bag| bag.windows(root.der().len()).any(|window| window == root.der()));
        now.remove(position.unwrap_or_else(|| panic!("{path}: the new root is missing")));
        assert!(now == before, "{path}: another bag changed");
        assert_eq!(after.origin.layout(), decoded.origin.layout(), "{path}");
        assert_eq!(after.origin.profile(), profile, "{path}");
        // An entry of its own, whatever the layout.
        assert!(after.wallet.trusted().any(|(_, trusted)| *trusted == root), "{path}");
    });
}

#[test]
fn renaming_an_entry_changes_its_own_bags_only() {
    each_foreign_file(|path, _, password, mut decoded| {
        let Some(entry) = decoded.wallet.entries_mut().find(|entry| entry.certificate().is_some())
        else {
            return;
        };
        let id = entry.id();
        entry.alias = Some(Alias::new("ein anderer Name ☃"));
        let mut parts = Vec::new();
        origin(&decoded).safes.iter().for_each(|safe| collect_parts(&safe.nodes, &mut parts));
        let own: Vec<usize> = (0..parts.len())
            .filter(|position| {
                matches!(parts[*position], Part::Key(of) | Part::Leaf(of) | Part::Request(of) | Part::Trusted(of) if of == id)
            })
            .collect();
        let before = bags(&decoded);
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let after = reopen(&bytes, password);
        let now = bags(&after);
        assert_eq!(now.len(), before.len(), "{path}");
        for position in (0..now.len()).filter(|position| !own.contains(position)) {
            assert!(now[position] == before[position], "{path}: bag {position} changed");
        }
        let name = |entry: &&Entry| entry.alias.as_ref().is_some_and(|a| a.as_str().ends_with('☃'));
        assert!(after.wallet.entries().iter().any(|entry| name(&entry)), "{path}");
    });
}

#[test]
fn foreign_file_becomes_native_with_everything_in_it() {
    each_foreign_file(|path, _, password, decoded| {
        if decoded.origin.layout() != Some(Layout::Portable) {
            return;
        }
        let sealing = Sealing {
            protect: Protect::Password(password),
            profile: Some(Profile::Oracle23ai),
            ..Sealing::default()
        };
        let encoded = encode(&decoded.wallet, &sealing, Some(origin(&decoded)));
        if keys(&decoded.wallet).contains("locked") {
            assert!(matches!(encoded, Err(CodecError::KeyLocked { .. })), "{path}");
            return;
        }
        let native = reopen(&encoded.unwrap(), password);
        assert_eq!(native.origin.layout(), Some(Layout::Oracle), "{path}");
        assert_eq!(native.origin.profile(), Some(Profile::Oracle23ai), "{path}");
        assert_eq!(certificates(&native.wallet), certificates(&decoded.wallet), "{path}");
        assert_eq!(keys(&native.wallet), keys(&decoded.wallet), "{path}");
    });
}

#[test]
fn every_profile_is_recognised_in_what_it_wrote() {
    let password = Password::from("correct horse");
    let mut wallet = Wallet::new();
    trust(&mut wallet, new_root());
    for profile in Profile::ALL {
        let protect = match profile {
            Profile::JavaTrust => Protect::Nothing,
            _ => Protect::Password(&password),
        };
        for wallet in [&Wallet::new(), &wallet] {
            let sealing = Sealing {
                protect,
                profile: Some(profile),
                iterations: Some(2_000),
                ..Sealing::default()
            };
            let decoded = reopen(&encode(wallet, &sealing, None).unwrap(), &password);
            assert_eq!(decoded.origin.profile(), Some(profile));
            assert_eq!(decoded.origin.layout(), Some(profile.layout()));
            assert_eq!(decoded.wallet.entries().len(), wallet.entries().len());
        }
    }
}

#[test]
fn another_password_opens_everything_and_the_old_one_nothing() {
    each_foreign_file(|path, _, password, decoded| {
        let new = Password::from("a new Pass1");
        let sealing = Sealing { protect: Protect::Password(&new), ..Sealing::default() };
        let encoded = encode(&decoded.wallet, &sealing, Some(origin(&decoded)));
        if keys(&decoded.wallet).contains("locked") {
            assert!(matches!(encoded, Err(CodecError::KeyLocked { .. })), "{path}");
            return;
        }
        let bytes = encoded.unwrap();
        assert_eq!(keys(&reopen(&bytes, &new).wallet), keys(&decoded.wallet), "{path}");
        let old = decode(&bytes, &Opening::with(Some(password)));
        assert!(matches!(old, Err(CodecError::PasswordWrong { .. })), "{path}");
        match decode(&bytes, &Opening::with(None)) {
            Err(CodecError::PasswordMissing) => {}
            // Where only the keys are encrypted, the rest lies open for everybody.
            Ok(open) => assert_eq!(keys(&open.wallet), BTreeSet::from(["locked".to_owned()])),
            Err(error) => panic!("{path}: {error}"),
        }
    });
}

#[test]
fn a_key_takes_a_password_of_its_own_and_gives_it_up_again() {
    let (store, own) = (Password::from("of the store"), Password::from("of the key"));
    let mut wallet = Wallet::new();
    trust(&mut wallet, new_root());
    let key = KeyMaterial::Open(keygen::generate(KeyAlgorithm::Ed25519).unwrap());
    let entry = KeyEntry { key, chain: Vec::new(), request: None };
    wallet.push(Some(Alias::new("key")), EntryKind::PrivateKey(entry));
    let new = |profile| Sealing {
        protect: Protect::Password(&store),
        profile: Some(profile),
        ..Sealing::default()
    };
    let mut decoded = reopen(&encode(&wallet, &new(Profile::Modern), None).unwrap(), &store);
    let id = |decoded: &Decoded| decoded.wallet.entries().last().unwrap().id();
    let save =
        |decoded: &Decoded| encode(&decoded.wallet, &Sealing::default(), Some(origin(decoded)));
    assert!(!decoded.origin.own_password(id(&decoded)));
    decoded.origin.set_key_password(id(&decoded), own.clone()).unwrap();
    let file = save(&decoded).unwrap();
    let mut locked = reopen(&file, &store);
    assert!(locked.origin.own_password(id(&locked)));
    assert_eq!(keys(&locked.wallet), BTreeSet::from(["locked".to_owned()]));
    locked.origin.forget_key_protection(id(&locked));
    assert!(matches!(save(&locked), Err(CodecError::KeyLocked { .. })));
    let key_passwords = [own];
    let opening = Opening { key_passwords: &key_passwords, ..Opening::with(Some(&store)) };
    let mut open = decode(&file, &opening).unwrap();
    assert!(open.origin.own_password(id(&open)));
    assert_eq!(bags(&open)[0], bags(&decoded)[0], "another bag changed");
    open.origin.forget_key_protection(id(&open));
    let repaired = reopen(&save(&open).unwrap(), &store);
    assert_eq!(keys(&repaired.wallet), keys(&wallet));
    assert!(!repaired.origin.own_password(id(&repaired)));
    // Oracle's layout has no such keys.
    let native = encode(&wallet, &new(Profile::Oracle23ai), None).unwrap();
    let mut native = reopen(&native, &store);
    let refused = native.origin.set_key_password(id(&native), store.clone());
    assert!(matches!(refused, Err(CodecError::FormatUnsupported { .. })));
}

#[test]
fn keys_stay_closed_when_nobody_needs_them() {
    each_foreign_file(|path, bytes, password, decoded| {
        let opening = Opening { keys: Keys::Leave, ..Opening::with(Some(password)) };
        let listed = decode(bytes, &opening).unwrap();
        assert_eq!(listed.wallet.entries().len(), decoded.wallet.entries().len(), "{path}");
        let again = encode(&listed.wallet, &Sealing::default(), Some(origin(&listed))).unwrap();
        assert_eq!(keys(&reopen(&again, password).wallet), keys(&decoded.wallet), "{path}");
    });
}

#[test]
fn changed_file_is_told_from_a_wrong_password() {
    let password = Password::from("right");
    let mut wallet = Wallet::new();
    trust(&mut wallet, new_root());
    let protect = Protect::Password(&password);
    let bytes = encode(&wallet, &Sealing { protect, ..Sealing::default() }, None).unwrap();
    let wrong = decode(&bytes, &Opening::with(Some(&Password::from("wrong"))));
    assert!(matches!(wrong, Err(CodecError::PasswordWrong { .. })), "{wrong:?}");
    // The last byte of the file belongs to the MAC's iterations or salt, the MAC value lies before.
    let mut changed = bytes.to_vec();
    let position = changed.len() - 20;
    changed[position] ^= 1;
    let damaged = decode(&changed, &Opening::with(Some(&password)));
    assert!(matches!(damaged, Err(CodecError::MacMismatch)), "{damaged:?}");
}

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
    wallet.push(None, EntryKind::PrivateKey(KeyEntry { key, chain, request: None }));
    let bytes = encode(&wallet, &Sealing::default(), None).unwrap();
    let again = decode(&bytes, &Opening::with(None)).unwrap().wallet;
    let EntryKind::PrivateKey(kept) = &again.entries()[0].kind else { panic!("{again:?}") };
    assert_eq!(kept.chain.len(), 1 + limits::CHAIN_CERTIFICATES);
    assert_eq!(again.trusted().count(), 300 - limits::CHAIN_CERTIFICATES);
    assert_eq!(certificates(&again), certificates(&wallet));
}

fn cert_bag(certificate: &[u8], local_key_id: Option<&[u8]>) -> SecretBytes {
    let explicit = wrap(EXPLICIT_0, &[&wrap(OCTET_STRING, &[certificate])]);
    let value = wrap(SEQUENCE, &[&oid_der(oid::X509_CERTIFICATE), &explicit]);
    Bag::write(oid::CERT_BAG, &value, None, local_key_id, &[])
}

/// A file with these bags in one safe, without any protection.
fn open_file(bags: &[&[u8]]) -> SecretBytes {
    let contents = wrap(SEQUENCE, bags);
    write_pfx(&wrap(SEQUENCE, &[&ContentInfo::write_data(&contents)]), None)
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
fn attributes_of_a_request_survive_another_name() {
    let key = rcgen::KeyPair::generate().unwrap();
    let request = rcgen::CertificateParams::default().serialize_request(&key).unwrap();
    let explicit = wrap(EXPLICIT_0, &[&wrap(OCTET_STRING, &[request.der()])]);
    let value = wrap(SEQUENCE, &[&oid_der(oid::ORACLE_REQUEST), &explicit]);
    // A foreign attribute: 1.3.6.1.4.1.99999.1.
    let oid = oid::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1");
    let der = bag::attribute(oid, &wrap(OCTET_STRING, &[b"foreign"]));
    let foreign = Attribute { oid, der };
    let request =
        Bag::write(oid::SECRET_BAG, &value, Some("old"), None, std::slice::from_ref(&foreign));
    let key = Bag::write(oid::KEY_BAG, &key.serialize_der(), Some("old"), None, &[]);
    let mut decoded = decode(&open_file(&[&key, &request]), &Opening::with(None)).unwrap();
    let [entry] = &mut decoded.wallet.entries_mut().collect::<Vec<_>>()[..] else {
        panic!("not one entry")
    };
    assert!(matches!(entry.kind, EntryKind::Request(_)));
    entry.alias = Some(Alias::new("new"));
    let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
    let renamed = bags(&decode(&bytes, &Opening::with(None)).unwrap());
    let renamed = Bag::read(&renamed[1]).unwrap();
    assert_eq!(
        (renamed.friendly_name.as_deref(), &renamed.attributes[..]),
        (Some("new"), &[foreign][..])
    );
}

#[test]
fn bytes_behind_the_contents_are_told_and_change_nothing() {
    let root = cert_bag(new_root().der(), None);
    let contents = [&wrap(SEQUENCE, &[&root])[..], &[0, 0, 0]].concat();
    let safe = ContentInfo::write_data(&contents);
    let auth_safe = [&wrap(SEQUENCE, &[&safe])[..], &[0, 0]].concat();
    for (file, trailing) in
        [(write_pfx(&auth_safe, None), 5), (write_pfx(&wrap(SEQUENCE, &[&safe]), None), 3)]
    {
        let decoded = decode(&file, &Opening::with(None)).unwrap();
        let said: Vec<_> = decoded.warnings.iter().map(|one| &one.message[..]).collect();
        let expected = format!("bytes after the structure: {trailing}");
        assert_eq!(said, ["the file has no MAC: its integrity is unknown", &expected]);
        let again = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        assert_eq!(certificates(&reopen(&again, &"".into()).wallet), certificates(&decoded.wallet));
    }
}

/// Some writers take no bytes at all for an empty password. Without a MAC only a safe tells.
#[test]
fn form_of_the_empty_password_that_opens_a_safe_is_kept() {
    let contents = wrap(SEQUENCE, &[&cert_bag(new_root().der(), None)]);
    for form in Passphrase::forms(&"".into()) {
        let scheme = Scheme::pkcs12(Cipher::TripleDes, 1).unwrap();
        let sealed = scheme.encrypt(&form, &contents, &Budget::unlimited()).unwrap();
        let safe = ContentInfo::write_encrypted(&scheme.to_der().unwrap(), &sealed);
        let file = write_pfx(&wrap(SEQUENCE, &[&safe]), None);
        for password in [None, Some(&Password::from(""))] {
            let decoded = decode(&file, &Opening::with(password)).unwrap();
            assert!(origin(&decoded).passphrase.same_as(&form));
        }
    }
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
fn revocation_list_that_cannot_be_read_is_named() {
    let explicit = wrap(EXPLICIT_0, &[&wrap(OCTET_STRING, &[b"no list"])]);
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
    let value = wrap(EXPLICIT_0, &[&[0x05, 0x00]]);
    let set = wrap(SET, &[&attribute]);
    let odd = wrap(SEQUENCE, &[&oid_der(oid::CRL_BAG), &value, &set]);
    let octets = wrap(OCTET_STRING, &[new_root().der()]);
    let certificate =
        wrap(SEQUENCE, &[&oid_der(oid::X509_CERTIFICATE), &wrap(EXPLICIT_0, &[&octets])]);
    let sound = wrap(SEQUENCE, &[&oid_der(oid::CERT_BAG), &wrap(EXPLICIT_0, &[&certificate])]);
    let contents = wrap(SEQUENCE, &[&odd, &sound]);
    let safes = wrap(SEQUENCE, &[&ContentInfo::write_data(&contents)]);
    let file = write_pfx(&safes, None);
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

#[test]
fn a_new_login_leaves_every_other_bag_as_it_was() {
    each_foreign_file(|path, _, password, mut decoded| {
        let before = bags(&decoded);
        let login = Login::Connect("a new connect string".to_owned());
        let secret = SecretBytes::from(&b"a new secret"[..]);
        credential::set(&mut decoded.wallet, &login, Some("a new user"), &secret).unwrap();
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let after = reopen(&bytes, password);
        let new = |bag: &[u8]| bag.windows(6).any(|window| window == b"a new ");
        let mut now = bags(&after);
        assert_eq!(now.iter().filter(|bag| new(bag)).count(), 3, "{path}");
        now.retain(|bag| !new(bag));
        assert!(now == before, "{path}: another bag changed");
        assert_eq!(credential::get(&after.wallet, &login).unwrap()[..], secret[..], "{path}");
    });
}

#[test]
fn a_changed_secret_changes_its_bag_only() {
    let seen = Cell::new(0);
    each_foreign_file(|path, _, password, mut decoded| {
        let secrets: Vec<String> =
            secret::names(&decoded.wallet).into_iter().map(str::to_owned).collect();
        let Some(name) = secrets.first() else { return };
        seen.set(seen.get() + 1);
        let before = bags(&decoded);
        let value = SecretBytes::from(&b"another value"[..]);
        secret::set(&mut decoded.wallet, name, value, TdeEntries::Touch).unwrap();
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let now = bags(&reopen(&bytes, password));
        assert_eq!(now.len(), before.len(), "{path}");
        let changed: Vec<_> = now.iter().zip(&before).filter(|(now, old)| now != old).collect();
        let [(now, old)] = changed[..] else { panic!("{path}: {} bags", changed.len()) };
        for bag in [now, old] {
            assert!(bag.windows(name.len()).any(|window| window == name.as_bytes()), "{path}");
        }
    });
    assert!(seen.get() >= 4 || foreign_files().is_empty(), "{} files with secrets", seen.get());
}

#[test]
fn changed_trust_flags_change_one_byte_of_one_bag() {
    let seen = Cell::new(0);
    each_foreign_file(|path, _, password, mut decoded| {
        if !property::trust_flags_enabled(&decoded.wallet) {
            return;
        }
        seen.set(seen.get() + 1);
        let before = bags(&decoded);
        let mut flagged = Vec::new();
        for entry in decoded.wallet.entries_mut() {
            if let EntryKind::TrustedCertificate(trusted) = &mut entry.kind {
                flagged.push(trusted.flags);
                if flagged.len() == 1 {
                    trusted.flags = TrustFlags::CLIENT_AUTH;
                }
            }
        }
        assert_eq!(flagged, [3, 2, 4, 0x10].map(TrustFlags), "{path}");
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let now = bags(&reopen(&bytes, password));
        let differences: Vec<(u8, u8)> = before
            .concat()
            .into_iter()
            .zip(now.concat())
            .filter(|(before, now)| before != now)
            .collect();
        assert_eq!(differences, [(3, 2)], "{path}");
        assert_eq!(before.concat().len(), now.concat().len(), "{path}");
    });
    assert!(seen.get() > 0 || foreign_files().is_empty());
}

#[test]
fn trust_flags_that_are_newly_in_force_mark_every_certificate() {
    let seen = Cell::new(0);
    each_foreign_file(|path, _, password, mut decoded| {
        let is_native = decoded.origin.layout() == Some(Layout::Oracle);
        if !is_native || !enable_flags(&mut decoded.wallet) {
            return;
        }
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let after = reopen(&bytes, password);
        assert!(property::trust_flags_enabled(&after.wallet), "{path}");
        for (part, id) in &origin(&after).local_key_ids {
            let id = OracleId::read(id);
            let flags = id.map_or(TrustFlags::default(), |id| id.flags);
            match part {
                // Not made by orapki: a certificate without its words.
                _ if id.is_none() => {}
                Part::Key(_) | Part::Leaf(_) | Part::Trusted(_) | Part::Link(_) => {
                    seen.set(seen.get() + 1);
                    assert_eq!(flags, TrustFlags::VALID_PEER, "{path}: {part:?}");
                }
                _ => assert_eq!(flags, TrustFlags::default(), "{path}: {part:?}"),
            }
        }
        assert_eq!(keys(&after.wallet), keys(&decoded.wallet), "{path}");
        let aliases = |wallet: &Wallet| -> Vec<_> {
            wallet.entries().iter().map(|entry| entry.alias.clone()).collect()
        };
        assert_eq!(aliases(&after.wallet), aliases(&decoded.wallet), "{path}");
    });
    assert!(seen.get() > 10 || foreign_files().is_empty());
}
