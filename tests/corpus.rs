//! The third-party PKCS#12 files: what others open is opened with the same contents, what is
//! broken is refused with a documented code, and nothing hangs, panics or eats memory.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::code::Code;
use mwallet::codec::{self, CodecError, Decoded, Opening};
use mwallet::digest::Fingerprint;
use mwallet::model::entry::EntryKind;
use mwallet::model::format::Format;
use mwallet::secret::Password;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::panic;
use std::path::Path;
use std::time::{Duration, Instant};
use support::corpus::{Exceptions, PKCS12, Row, exceptions_are_of, is_exception, rows};
use support::loudly;
use support::measured::{Expected, PATIENCE, complaint, listed};
use support::peers;
use support::run::run_within;

/// Files where the corpus' verdict is not what mwallet does, each with its reason.
const VERDICTS: &Exceptions = &[
    ("gnutls/key-corpus-rc2-1.p12", RC2),
    ("gnutls/key-corpus-rc2-2.p12", RC2),
    ("gnutls/key-corpus-rc2-3.p12", RC2),
    ("rustcrypto/example11.pfx", "its MAC uses BLAKE2b-512, which only openssl's KDF takes"),
];

const RC2: &str = "gnutls refuses its RC2 parameters; openssl, pyca and mwallet agree on one key and \
                   one certificate, and the MAC fits";

/// Files where the number of things is not what the readers of the manifest saw, each with its
/// reason.
const COUNTS: &Exceptions = &[
    ("dotnet/src/System.Net.TestData/TestDataCertificates/testclienteku.contoso.com.pfx", TWICE),
    ("dotnet/src/System.Net.TestData/TestDataCertificates/testservereku.contoso.com.pfx", TWICE),
    ("jdk/java/security/KeyStore/PKCS12/certs/readP12/mozilla_twoentries.p12.data", TWICE),
    ("p12-keystore/pbes2-keystore.p12", TWICE),
];

const TWICE: &str = "one certificate stands twice in the file; openssl counts bags, this test counts \
                     certificates";

/// No file may keep the reader busy for longer; on an idle machine the slowest takes a quarter of it.
const TIME: Duration = Duration::from_secs(4);

/// What a file holds, in the numbers that other readers report.
#[derive(Debug, Default, PartialEq, Eq)]
struct Contents {
    keys: usize,
    secrets: usize,
    certificates: BTreeSet<String>,
}

fn contents(decoded: &Decoded) -> Contents {
    let mut contents = Contents::default();
    for entry in decoded.wallet.entries() {
        match &entry.kind {
            EntryKind::PrivateKey(_) | EntryKind::Request(_) => contents.keys += 1,
            EntryKind::Secret(_) => contents.secrets += 1,
            // Java's secret keys are secretBags of a type that is kept and not understood.
            EntryKind::Opaque(opaque) if opaque.description.contains("secret") => {
                contents.secrets += 1;
            }
            EntryKind::TrustedCertificate(_) | EntryKind::Opaque(_) => {}
        }
    }
    contents.certificates = decoded
        .wallet
        .certificates()
        .map(|(_, certificate)| Fingerprint::of(certificate.der()).to_string())
        .collect();
    contents
}

/// The empty column means an empty password or none.
fn decode(bytes: &[u8], row: &Row) -> Result<Decoded, CodecError> {
    let keys: Vec<Password> =
        row.key_passwords.iter().map(|text| Password::from(text.as_str())).collect();
    let open = |password: Option<&Password>| {
        let opening = Opening { key_passwords: &keys, ..Opening::with(password) };
        codec::decode(bytes, Format::Pkcs12, &opening)
    };
    let password = Password::from(row.password.as_str());
    let decoded = open(Some(&password));
    match decoded {
        Err(CodecError::PasswordWrong { .. }) if row.password.is_empty() => open(None),
        decoded => decoded,
    }
}

/// `openssl: 1 key 2 certs; java25: 1 key, 0 secret, 1 trusted, 2 chain certs, 1 locked`: the most
/// that any reader saw of keys, secrets and certificates. Each reader passes over something.
fn most_seen(seen_by: &str) -> Option<(usize, usize, usize)> {
    let mut most = None;
    for reader in seen_by.split("; ") {
        let Some((_, saw)) = reader.split_once(": ") else { continue };
        if saw.starts_with("refuses") || !saw.contains(" key") {
            continue;
        }
        let words: Vec<&str> = saw.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        let number = |name: &str| {
            words
                .windows(2)
                .filter(|pair| pair[1] == name)
                .filter_map(|pair| pair[0].parse::<usize>().ok())
                .sum::<usize>()
        };
        let keys = number("key") + number("locked");
        let certificates = number("certs") + number("trusted") + number("chain");
        let (k, s, c) = most.unwrap_or((0, 0, 0));
        most = Some((keys.max(k), number("secret").max(s), certificates.max(c)));
    }
    most
}

#[test]
fn the_manifest_is_read_as_it_is_meant() {
    let seen = "openssl: 1 key 3 certs; pyca: refuses (no); \
                java25: 1 key, 2 secret, 1 trusted, 3 chain certs, 1 locked";
    assert_eq!(most_seen(seen), Some((2, 2, 4)));
    assert_eq!(most_seen("openssl: refuses (Mac verify error)"), None);
}

#[test]
fn files_open_as_others_open_them_and_broken_ones_are_refused() {
    let Some((folder, rows)) = rows(PKCS12[0]) else { return };
    exceptions_are_of(&["ok", "reject"], VERDICTS, &rows);
    exceptions_are_of(&["ok"], COUNTS, &rows);
    let mut complaints = String::new();
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut exceptions, mut slowest) = (0, (Duration::ZERO, String::new()));
    for row in &rows {
        let bytes = fs::read(folder.join(&row.path)).unwrap();
        let timed = || {
            let begin = Instant::now();
            (panic::catch_unwind(|| decode(&bytes, row)), begin.elapsed())
        };
        let (mut result, mut took) = timed();
        // Other tests share the processors: what was slow once has two more tries.
        for _ in 0..2 {
            if took > TIME {
                let again = timed();
                result = again.0;
                took = took.min(again.1);
            }
        }
        if took > slowest.0 {
            slowest = (took, row.path.clone());
        }
        if took > TIME {
            writeln!(complaints, "{}: took {took:?}", row.path).unwrap();
        }
        let Ok(result) = result else {
            writeln!(complaints, "{}: panicked", row.path).unwrap();
            continue;
        };
        if let Err(error) = &result {
            *codes.entry(error.code().name()).or_default() += 1;
            assert!(Code::ALL.contains(&error.code()));
        }
        *verdicts.entry(row.verdict.clone()).or_default() += 1;
        if is_exception(VERDICTS, row) {
            exceptions += 1;
            let expected_ok = row.verdict == "ok";
            if expected_ok == result.is_ok() {
                writeln!(complaints, "{}: no exception is needed", row.path).unwrap();
            }
            continue;
        }
        match (row.verdict.as_str(), result) {
            ("ok", Err(error)) => {
                writeln!(complaints, "{}: should open: {error} [{}]", row.path, row.seen_by)
                    .unwrap();
            }
            ("reject", Ok(decoded)) => {
                let found = contents(&decoded);
                writeln!(complaints, "{}: should be refused: {found:?}", row.path).unwrap();
            }
            ("ok", Ok(decoded)) => {
                let found = contents(&decoded);
                let numbers = (found.keys, found.secrets, found.certificates.len());
                let same = most_seen(&row.seen_by).is_none_or(|most| most == numbers);
                match (same, is_exception(COUNTS, row)) {
                    (true, false) => {}
                    (false, true) => exceptions += 1,
                    (true, true) => {
                        writeln!(complaints, "{}: no exception is needed", row.path).unwrap();
                    }
                    (false, false) => {
                        writeln!(complaints, "{}: {numbers:?} [{}]", row.path, row.seen_by)
                            .unwrap();
                    }
                }
            }
            _ => {}
        }
    }
    loudly(&format!(
        "corpus: {} files {verdicts:?}, {exceptions} written exceptions, refused with {codes:?}, \
         slowest {:?} ({})",
        rows.len(),
        slowest.0,
        slowest.1
    ));
    assert!(rows.len() > 400, "the corpus has only {} rows", rows.len());
    let count = complaints.lines().count();
    assert!(complaints.is_empty(), "{count} complaints:\n{complaints}");
}

/// A line a file, for the scripts.
fn paths_and_passwords(folder: &Path, rows: &[Row]) -> String {
    let mut lines = String::new();
    for row in rows {
        writeln!(lines, "{}\t{}", folder.join(&row.path).display(), row.password).unwrap();
    }
    lines
}

/// Every certificate that pyca finds in a file, by its SHA-256; `-` where it refuses.
const PYCA: &str = r"
import sys, hashlib, warnings
warnings.simplefilter('ignore')
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
for line in sys.stdin.read().splitlines():
    path, password = line.split('\t')
    found = '-'
    for attempt in ([password.encode()] if password else [b'', None]):
        try:
            store = pkcs12.load_pkcs12(open(path, 'rb').read(), attempt)
        except BaseException:
            continue
        certs = [c.certificate for c in [store.cert, *store.additional_certs] if c]
        prints = [hashlib.sha256(c.public_bytes(Encoding.DER)).hexdigest() for c in certs]
        found = ('1' if store.key else '0') + ' ' + ','.join(sorted(set(prints)))
        break
    print(path, found, sep='\t')
";

#[test]
fn certificates_are_the_same_that_pyca_finds() {
    let Some((folder, rows)) = rows(PKCS12[0]) else { return };
    let Some(python) = peers::python() else { return };
    // Not the bombs: pyca would compute them.
    let rows: Vec<Row> = rows.into_iter().filter(|row| row.verdict == "ok").collect();
    let input = paths_and_passwords(&folder, &rows);
    let mut command = python.command();
    let done = run_within(PATIENCE, command.arg("-c").arg(PYCA), input.as_bytes()).ok();
    let seen: BTreeMap<String, String> = done
        .out()
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(path, found)| (path.to_owned(), found.to_owned()))
        .collect();
    let (mut compared, mut complaints) = (0, String::new());
    for row in rows.iter().filter(|row| !is_exception(VERDICTS, row)) {
        let path = folder.join(&row.path);
        let found = &seen[path.to_str().unwrap()];
        let Ok(decoded) = decode(&fs::read(&path).unwrap(), row) else { continue };
        let Some((key, prints)) = found.split_once(' ') else { continue };
        compared += 1;
        let ours = contents(&decoded);
        let theirs: BTreeSet<String> =
            prints.split(',').filter(|print| !print.is_empty()).map(str::to_owned).collect();
        if !theirs.is_subset(&ours.certificates) || (key == "1" && ours.keys == 0) {
            writeln!(complaints, "{}: key {key}, {theirs:?}, not in {ours:?}", row.path).unwrap();
        }
    }
    loudly(&format!("corpus: {compared} files compared with pyca, certificate by certificate"));
    assert!(compared > 300, "only {compared} files were compared");
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn program_is_quick_small_and_orderly_on_every_file() {
    let Some((folder, rows)) = rows(PKCS12[0]) else { return };
    let rows: Vec<&Row> = rows.iter().collect();
    let password = |row: &Row| Some(("--password-env", row.password.clone()));
    let Some(measured) = listed(&folder, &rows, password) else { return };
    let judged = rows.iter().zip(&measured).filter_map(|(row, measured)| {
        complaint(row, measured, Expected::of(row, is_exception(VERDICTS, row)), TIME)
    });
    let complaints: String = judged.collect();
    let largest = measured.iter().map(|measured| measured.memory).max();
    loudly(&format!("corpus: most memory {largest:?} KiB"));
    assert!(complaints.is_empty(), "{complaints}");
}

/// Any cut of a good file is refused, and so is any flipped byte, or it still opens; never a panic.
#[test]
fn cut_and_flipped_files_are_refused_in_an_orderly_way() {
    let Some((folder, rows)) = rows(PKCS12[0]) else { return };
    let small: Vec<&Row> = rows
        .iter()
        .filter(|row| row.verdict == "ok" && row.path.starts_with("openssl/"))
        .take(6)
        .collect();
    assert!(!small.is_empty());
    for row in small {
        let good = fs::read(folder.join(&row.path)).unwrap();
        let step = (good.len() / 120).max(1);
        for at in (0..good.len()).step_by(step) {
            let cut = decode(&good[..at], row);
            assert!(cut.is_err(), "{} cut at {at} opens", row.path);
            let mut flipped = good.clone();
            flipped[at] ^= 0x55;
            if let Err(error) = decode(&flipped, row) {
                assert!(Code::ALL.contains(&error.code()));
            }
        }
    }
}
