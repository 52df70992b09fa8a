//! The third-party JKS and JCEKS files: what Java opens is opened with the same contents and written
//! back to the byte, what is broken is refused with a documented code, and nothing hangs, panics or eats
//! memory.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::code::Code;
use mwallet::codec::{self, CodecError, Decoded, Opening, Protect, Sealing};
use mwallet::digest::Fingerprint;
use mwallet::model::alias::Alias;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryKind, TrustedEntry};
use mwallet::model::format::Format;
use mwallet::model::key::{KeyMaterial, PrivateKey};
use mwallet::model::trust::TrustFlags;
use mwallet::model::wallet::Wallet;
use mwallet::secret::Password;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};
use support::corpus::{Exceptions, JAVA, Row, exceptions_are_of, is_exception, rows};
use support::loudly;
use support::measured::{Expected, complaint, listed};

/// Files where the corpus' verdict is not what mwallet does, each with its reason.
const VERDICTS: &Exceptions = &[
    ("pyjks/jceks/duplicate_aliases.jceks", DUPLICATE),
    ("pyjks/jks/duplicate_aliases.jks", DUPLICATE),
];

const DUPLICATE: &str = "keytool opens it, so it opens here with the warning alias-duplicate";

/// No file may keep the program busy for longer, on the processor.
const TIME: Duration = Duration::from_secs(1);

/// Nor the reader that opens the keys, too; other tests share the processors.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the manifest counts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Contents {
    keys: usize,
    locked: usize,
    secrets: usize,
    trusted: usize,
    chain: usize,
}

impl Contents {
    /// `java25: 1 key, 0 secret, 1 trusted, 2 chain certs, 1 locked`.
    fn seen(row: &Row) -> Option<Self> {
        let (_, saw) = row.seen_by.split_once("java25: ")?;
        let words: Vec<&str> = saw.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        let number = |name: &str| {
            let place = words.iter().position(|word| *word == name)?;
            words[place - 1].parse().ok()
        };
        Some(Self {
            keys: number("key")?,
            locked: number("locked").unwrap_or(0),
            secrets: number("secret")?,
            trusted: number("trusted")?,
            chain: number("chain")?,
        })
    }

    fn of(wallet: &Wallet) -> Self {
        let mut contents = Self::default();
        for entry in wallet.entries() {
            match &entry.kind {
                EntryKind::PrivateKey(key) => {
                    match key.key {
                        KeyMaterial::Open(_) => contents.keys += 1,
                        KeyMaterial::Locked(_) => contents.locked += 1,
                    }
                    contents.chain += key.chain.len();
                }
                EntryKind::TrustedCertificate(_) => contents.trusted += 1,
                EntryKind::Opaque(opaque) if opaque.description == "secret key" => {
                    contents.secrets += 1;
                }
                _ => panic!("an entry that no store has: {}", entry.kind.name()),
            }
        }
        contents
    }
}

/// Every row of both formats, with the format and the bytes of its file: a few of those that are
/// called JKS are PKCS#12.
fn files() -> Option<Vec<(Row, Format, Vec<u8>)>> {
    let mut found = Vec::new();
    for name in JAVA {
        let (folder, rows) = rows(name)?;
        for row in rows {
            let bytes = fs::read(folder.join(&row.path)).unwrap();
            let format = codec::detect(&bytes).unwrap();
            assert!(row.format == format.name() || format == Format::Pkcs12, "{}", row.path);
            found.push((row, format, bytes));
        }
    }
    assert!(found.len() > 50, "the corpus has only {} rows", found.len());
    let rows: Vec<Row> = found.iter().map(|(row, ..)| row.clone()).collect();
    exceptions_are_of(&["reject"], VERDICTS, &rows);
    Some(found)
}

fn good_files() -> Option<Vec<(Row, Format, Vec<u8>)>> {
    let mut found = files()?;
    found.retain(|(row, format, _)| {
        *format != Format::Pkcs12 && (row.verdict == "ok" || is_exception(VERDICTS, row))
    });
    Some(found)
}

fn decode(bytes: &[u8], format: Format, row: &Row) -> Result<Decoded, CodecError> {
    let password = Password::from(row.password.as_str());
    let keys: Vec<Password> =
        row.key_passwords.iter().map(|text| Password::from(text.as_str())).collect();
    let opening = Opening { key_passwords: &keys, ..Opening::with(Some(&password)) };
    codec::decode(bytes, format, &opening)
}

#[test]
fn files_open_as_java_opens_them_and_broken_ones_are_refused() {
    let Some(files) = files() else { return };
    let mut complaints = String::new();
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for (row, format, bytes) in &files {
        *verdicts.entry(row.verdict.clone()).or_default() += 1;
        let begin = Instant::now();
        let result = decode(bytes, *format, row);
        if begin.elapsed() > PATIENCE {
            writeln!(complaints, "{}: took {:?}", row.path, begin.elapsed()).unwrap();
        }
        let path = &row.path;
        match (row.verdict.as_str(), result) {
            ("reject", Ok(decoded)) if is_exception(VERDICTS, row) => {
                let warned = decoded.warnings.iter().any(|one| one.code == Code::ALIAS_DUPLICATE);
                assert!(warned, "{path}: {:?}", decoded.warnings);
            }
            ("reject", Ok(_)) => writeln!(complaints, "{path}: should be refused").unwrap(),
            (_, Err(error)) if is_exception(VERDICTS, row) => {
                writeln!(complaints, "{path}: no exception is needed: {error}").unwrap();
            }
            ("ok", Err(error)) => writeln!(complaints, "{path}: should open: {error}").unwrap(),
            ("ok", Ok(decoded)) => {
                let (found, seen) = (Contents::of(&decoded.wallet), Contents::seen(row).unwrap());
                if found != seen {
                    writeln!(complaints, "{path}: {found:?}, Java {seen:?}").unwrap();
                }
            }
            _ => {}
        }
    }
    loudly(&format!("corpus: {} Java stores {verdicts:?}", files.len()));
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn a_wrong_password_is_told_from_a_damaged_digest() {
    let Some(files) = good_files() else { return };
    let (mut wrong, mut damaged) = (0, 0);
    for (row, format, bytes) in &files {
        let other = Row { password: "not the password".to_owned(), ..row.clone() };
        let error = decode(bytes, *format, &other).map(drop).unwrap_err();
        assert_eq!(error.code(), Code::PASSWORD_WRONG, "{}", row.path);
        wrong += 1;
        let mut changed = bytes.clone();
        *changed.last_mut().unwrap() ^= 1;
        let error = decode(&changed, *format, row).map(drop).unwrap_err();
        // Only a key that the store's password opens can tell.
        let decoded = decode(bytes, *format, row).unwrap();
        let telling = decoded.wallet.entries().iter().any(|entry| {
            matches!(entry.kind, EntryKind::PrivateKey(_))
                && !decoded.origin.own_password(entry.id())
        });
        let expected = if telling { Code::KEYSTORE_DIGEST_MISMATCH } else { Code::PASSWORD_WRONG };
        assert_eq!(error.code(), expected, "{}", row.path);
        damaged += usize::from(telling);
    }
    assert!(wrong > 40 && damaged > 20, "{wrong} {damaged}");
}

#[test]
fn saving_without_a_change_gives_the_same_bytes() {
    let Some(files) = good_files() else { return };
    for (row, format, bytes) in &files {
        let decoded = decode(bytes, *format, row).unwrap();
        let sealing = Sealing::default();
        let again = codec::encode(&decoded.wallet, *format, &sealing, Some(&decoded.origin));
        assert_eq!(again.unwrap()[..], bytes[..], "{}", row.path);
    }
}

/// A certificate that is in none of the files.
fn root() -> Certificate {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["added.example".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    Certificate::from_der(certificate.der()).unwrap()
}

#[test]
fn adding_a_certificate_leaves_the_other_records_as_they_are() {
    let Some(files) = good_files() else { return };
    let root = root();
    for (row, format, bytes) in &files {
        let mut decoded = decode(bytes, *format, row).unwrap();
        let trusted = TrustedEntry { certificate: root.clone(), flags: TrustFlags::default() };
        decoded.wallet.push(Some(Alias::new("Added")), EntryKind::TrustedCertificate(trusted));
        let sealing = Sealing::default();
        let grown =
            codec::encode(&decoded.wallet, *format, &sealing, Some(&decoded.origin)).unwrap();
        // Everything between the number of entries and the digest is where it was.
        assert_eq!(grown[12..bytes.len() - 20], bytes[12..bytes.len() - 20], "{}", row.path);
        let again = decode(&grown, *format, row).unwrap();
        let last = again.wallet.entries().last().unwrap();
        assert_eq!(last.alias, Some(Alias::new("added")), "{}", row.path);
        assert_eq!(last.certificate(), Some(&root));
        assert_eq!(again.wallet.entries().len(), decoded.wallet.entries().len());
    }
}

/// What conversions keep: each entry in words that know no format.
fn story(wallet: &Wallet) -> Vec<String> {
    let certificates = |entry: &Entry| -> Vec<Fingerprint> {
        match &entry.kind {
            EntryKind::PrivateKey(key) => {
                key.chain.iter().map(|link| link.certificate.fingerprint()).collect()
            }
            _ => entry.certificate().map(Certificate::fingerprint).into_iter().collect(),
        }
    };
    wallet
        .entries()
        .iter()
        .map(|entry| {
            let key = match &entry.kind {
                EntryKind::PrivateKey(key) => key.key.open().map(PrivateKey::fingerprint),
                _ => None,
            };
            let alias = entry.alias.as_ref().map_or("", Alias::as_str).to_lowercase();
            let name = entry.kind.name();
            format!("{name} {alias} {:?} {key:?} {:?}", entry.created, certificates(entry))
        })
        .collect()
}

#[test]
fn conversion_between_the_two_formats_keeps_everything_that_opens() {
    let Some(files) = good_files() else { return };
    let password = Password::from("an other passphrase");
    let mut converted = 0;
    for (row, format, bytes) in &files {
        let decoded = decode(bytes, *format, row).unwrap();
        let other = if *format == Format::Jks { Format::Jceks } else { Format::Jks };
        let sealing = Sealing {
            protect: Protect::Password(&password),
            iterations: Some(1000),
            ..Sealing::default()
        };
        let mut wallet = decoded.wallet.clone();
        if Contents::of(&wallet).locked > 0 {
            let error = codec::encode(&wallet, other, &sealing, None).map(drop).unwrap_err();
            assert_eq!(error.code(), Code::KEY_LOCKED, "{}", row.path);
            continue;
        }
        let written = codec::encode(&wallet, other, &sealing, None);
        if is_exception(VERDICTS, row) {
            assert_eq!(written.map(drop).unwrap_err().code(), Code::ALIAS_TAKEN, "{}", row.path);
            continue;
        }
        // A secret key is JCEKS' own.
        let secret: Vec<_> = wallet
            .entries()
            .iter()
            .filter(|entry| matches!(entry.kind, EntryKind::Opaque(_)))
            .map(Entry::id)
            .collect();
        for id in secret {
            wallet.remove(id);
        }
        let written = written.unwrap();
        let opening = Opening::with(Some(&password));
        let there = codec::decode(&written, other, &opening).unwrap();
        assert_eq!(story(&there.wallet), story(&wallet), "{}", row.path);
        let back = codec::encode(&there.wallet, *format, &sealing, None).unwrap();
        let back = codec::decode(&back, *format, &opening).unwrap();
        assert_eq!(story(&back.wallet), story(&wallet), "{}", row.path);
        converted += 1;
    }
    assert!(converted > 35, "{converted}");
}

#[test]
fn without_a_password_certificates_are_there_and_keys_closed() {
    let Some(files) = good_files() else { return };
    for (row, format, bytes) in &files {
        let decoded = codec::decode(bytes, *format, &Opening::with(None)).unwrap();
        let with = decode(bytes, *format, row).unwrap();
        let (closed, open) = (Contents::of(&decoded.wallet), Contents::of(&with.wallet));
        assert_eq!(closed.keys, 0, "{}", row.path);
        assert_eq!(closed.locked, open.keys + open.locked, "{}", row.path);
        assert_eq!((closed.trusted, closed.chain), (open.trusted, open.chain), "{}", row.path);
        assert!(decoded.warnings.iter().any(|one| one.code == Code::INTEGRITY_UNKNOWN));
        let kept =
            codec::encode(&decoded.wallet, *format, &Sealing::default(), Some(&decoded.origin));
        assert_eq!(kept.map(drop).unwrap_err().code(), Code::PASSWORD_MISSING, "{}", row.path);
    }
}

#[test]
fn a_new_store_password_takes_the_keys_along_that_had_the_old_one() {
    let Some(files) = good_files() else { return };
    let password = Password::from("an other passphrase");
    let (mut moved, mut stayed) = (0, 0);
    for (row, format, bytes) in &files {
        let decoded = decode(bytes, *format, row).unwrap();
        let sealing = Sealing { protect: Protect::Password(&password), ..Sealing::default() };
        let written =
            codec::encode(&decoded.wallet, *format, &sealing, Some(&decoded.origin)).unwrap();
        let again = codec::decode(&written, *format, &Opening::with(Some(&password))).unwrap();
        for (before, after) in decoded.wallet.entries().iter().zip(again.wallet.entries()) {
            let (EntryKind::PrivateKey(was), EntryKind::PrivateKey(key)) =
                (&before.kind, &after.kind)
            else {
                continue;
            };
            if matches!(&was.key, KeyMaterial::Locked(key) if key.refusal == Some(Code::KEY_INVALID))
            {
                continue; // it opens and is no key: nobody's to protect anew
            }
            let own = decoded.origin.own_password(before.id());
            assert_eq!(key.key.open().is_none(), own, "{}", row.path);
            assert_eq!(again.origin.own_password(after.id()), own, "{}", row.path);
            if own { stayed += 1 } else { moved += 1 }
        }
    }
    assert!(moved > 20 && stayed > 2, "{moved} {stayed}");
}

/// Any cut of a good file is refused, and so is any flipped byte, or it still opens; never a panic.
#[test]
fn cut_and_flipped_files_are_refused_in_an_orderly_way() {
    let Some(files) = good_files() else { return };
    let mut tried = BTreeSet::new();
    for (row, format, bytes) in files.iter().filter(|(_, _, bytes)| bytes.len() < 6_000) {
        let password = Password::from(row.password.as_str());
        let opening = Opening {
            max_iterations: 1,
            keys: codec::Keys::Leave,
            ..Opening::with(Some(&password))
        };
        for at in 0..bytes.len() {
            let error = codec::decode(&bytes[..at], *format, &opening).map(drop).unwrap_err();
            tried.insert(error.code().name());
        }
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            for password in [None, opening.password] {
                let opening = Opening { password, ..opening };
                match codec::decode(&flipped, *format, &opening) {
                    // Without the password nothing but the structure can tell.
                    Ok(decoded) => {
                        assert!(password.is_none(), "{} flipped at {at} opens", row.path);
                        drop(decoded);
                    }
                    Err(error) => drop(tried.insert(error.code().name())),
                }
            }
        }
    }
    assert!(tried.iter().all(|name| Code::ALL.iter().any(|code| code.name() == *name)));
    assert!(tried.contains("keystore-truncated") && tried.contains("keystore-damaged"));
}

#[test]
fn program_is_quick_small_and_orderly_on_every_file() {
    let (Some(files), Some((folder, _))) = (files(), rows(JAVA[0])) else { return };
    let rows: Vec<&Row> = files.iter().map(|(row, ..)| row).collect();
    let password = |row: &Row| Some(("--password-env", row.password.clone()));
    let Some(measured) = listed(&folder, &rows, password) else { return };
    let judged = rows.iter().zip(&measured).filter_map(|(row, measured)| {
        complaint(row, measured, Expected::of(row, is_exception(VERDICTS, row)), TIME)
    });
    let complaints: String = judged.collect();
    assert!(complaints.is_empty(), "{complaints}");
}
