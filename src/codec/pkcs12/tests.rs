//! Files that other tools wrote survive us: byte for byte where nothing changed, bag for bag where
//! something did.

#![expect(clippy::disallowed_methods, reason = "the files of the corpus are read where they are")]

mod hand_made;
mod oracle;
mod safes;

use crate::codec::pkcs12::part::Part;
use crate::codec::pkcs12::safe::Node;
use crate::codec::pkcs12::{Origin, encode};
use crate::codec::{self, CodecError, Decoded, Keys, Opening, Protect, Sealing};
use crate::crypto::keygen;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryKind, KeyEntry, TrustedEntry};
use crate::model::format::{Format, Layout};
use crate::model::key::{KeyAlgorithm, KeyMaterial};
use crate::model::profile::Profile;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::secret::Password;
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
            Err(CodecError::Unsupported { .. } | CodecError::FormatUnsupported { .. }) => {}
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
            Node::Bag { part, .. } => parts.push(part.clone()),
            Node::Nested(nested) => collect_parts(&nested.nodes, parts),
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
    wallet.push(Some(Alias::new("key")), EntryKind::from(entry));
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
    let by_key = decode(&file, &Opening::with(Some(&own)));
    assert!(matches!(by_key, Err(CodecError::PasswordOfKey)));
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
