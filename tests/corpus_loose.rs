//! The third-party files of loose certificates, requests, lists and keys: what others open is opened
//! with the same contents, what is broken is refused with a documented code, and nothing hangs,
//! panics, eats memory or loses a thing between the flat view and the wallet.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::code::Code;
use mwallet::codec::bundle::{self, Bundle};
use mwallet::codec::{self, CodecError, Decoded, Opening};
use mwallet::crypto::keygen;
use mwallet::digest::Fingerprint;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::EntryKind;
use mwallet::model::format::Format;
use mwallet::model::key::{KeyMaterial, PublicKey};
use mwallet::secret::Password;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::corpus::{
    BOUNCY_CASTLE, Exceptions, LOOSE, ORDERLY, Row, VECTORS, exceptions_are_of, is_exception, rows,
};
use support::loudly;
use support::measured::{Expected, PATIENCE, complaint, listed};
use support::peers;
use support::run::run_within;

/// Good files that do not open, each with its reason.
const CLOSED: &Exceptions = &[
    (
        "x509/cryptography.io.with_garbage.pem",
        "a PRIVATE KEY block of it is cut off: a damaged block fails the file",
    ),
    (
        "custom/long-form-name-attribute.pem",
        "the tag of a value in its name is over 30 and says nothing; openssl refuses it, too",
    ),
];

/// Broken files that open, each with its reason.
const OPEN: &Exceptions = &[
    ("custom/bad_country.pem", NAME),
    ("custom/crl_issuer_invalid_printable_string.der", NAME),
    ("custom/invalid_utf8_common_name.pem", NAME),
    ("custom/inhibit_any_policy_negative.pem", EXTENSION),
    ("custom/invalid-sct-length.der", EXTENSION),
    ("custom/invalid-sct-version.der", EXTENSION),
    ("custom/malformed-san.pem", EXTENSION),
    ("custom/nc_invalid_ip4_netmask.der", EXTENSION),
    ("custom/nc_ip_invalid_length.pem", EXTENSION),
    ("requests/challenge-invalid.der", EXTENSION),
    ("custom/invalid_signature_cert.pem", SIGNATURE),
    ("custom/invalid_signature_crl.pem", SIGNATURE),
    ("requests/invalid_signature.pem", SIGNATURE),
    ("custom/invalid_version.pem", VERSION),
    ("requests/bad-version.pem", VERSION),
    ("PEM_Serialization/rsa-bad-1025-q-is-2.pem", KEY),
    ("PKCS8/bad-oid-dsa-key.pem", KEY),
    ("PKCS8/ec-inconsistent-curve.pem", KEY),
    ("PKCS8/ec-inconsistent-curve2.pem", KEY),
    ("PKCS8/ec-invalid-version.pem", KEY),
    ("PKCS8/invalid-version.der", "version 2 of RFC 5958, without the public key that it allows"),
    ("PKCS8/enc-unknown-algorithm.pem", SEALED),
    ("PKCS8/enc-unknown-pbkdf2-prf.pem", SEALED),
];

const SEALED: &str = "sealed in a way that is not known: a locked key";

const NAME: &str =
    "a value of a name has characters that its type excludes; it is shown all the same";

const EXTENSION: &str = "the frame is sound, and extensions are read by whoever asks for them";

const SIGNATURE: &str = "reading verifies no signature";

const VERSION: &str = "a version that does not exist; openssl shows it, too";

const KEY: &str = "what is inside a key is read when the key is used; a key of an unknown algorithm is \
                   kept";

/// No file may keep a reader busy for longer, for each megabyte that it begins: the largest is a
/// bundle of more than a thousand certificates.
const TIME: Duration = Duration::from_secs(1);

fn allowed_time(bytes: u64) -> Duration {
    TIME * u32::try_from(1 + bytes / 1_000_000).unwrap()
}

/// Whether the verdict on a row is not that of the corpus.
fn is_excepted(row: &Row) -> bool {
    is_exception(if row.verdict == "ok" { CLOSED } else { OPEN }, row)
}

fn expected(row: &Row) -> Expected {
    if BOUNCY_CASTLE.contains(&row.format.as_str()) || VECTORS.contains(&row.format.as_str()) {
        return Expected::Refused;
    }
    Expected::of(row, is_excepted(row))
}

/// Every row that is not a key store's.
fn loose_rows() -> Option<(PathBuf, Vec<Row>)> {
    let mut all = Vec::new();
    let mut folder = None;
    for format in [LOOSE, ORDERLY, BOUNCY_CASTLE, VECTORS].concat() {
        let (place, found) = rows(format)?;
        folder = Some(place);
        all.extend(found);
    }
    exceptions_are_of(&["ok"], CLOSED, &all);
    exceptions_are_of(&["reject"], OPEN, &all);
    Some((folder?, all))
}

/// The passwords of a row; `?` is one that nobody knows.
fn passwords(row: &Row) -> Vec<Password> {
    std::iter::once(row.password.as_str())
        .chain(row.key_passwords.iter().map(String::as_str))
        .filter(|text| !text.is_empty() && *text != "?")
        .map(Password::from)
        .collect()
}

fn decode(bytes: &[u8], passwords: &[Password]) -> Result<Decoded, CodecError> {
    let Some(format) = codec::detect(bytes) else {
        return Err(match codec::recognise_foreign(bytes) {
            Some(what) => {
                CodecError::FormatUnsupported { what: what.name().to_owned(), verb: "read" }
            }
            None => CodecError::FormatUnknown,
        });
    };
    codec::decode(bytes, format, &opening(passwords))
}

fn opening(passwords: &[Password]) -> Opening<'_> {
    Opening { key_passwords: passwords, ..Opening::with(None) }
}

/// What a file holds, whatever the order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Contents {
    certificates: BTreeSet<Fingerprint>,
    requests: BTreeSet<Fingerprint>,
    lists: BTreeSet<Fingerprint>,
    keys: BTreeSet<Fingerprint>,
    locked: usize,
}

impl Contents {
    fn add_key(&mut self, key: &KeyMaterial) {
        match key {
            KeyMaterial::Open(key) => {
                self.keys.insert(key.fingerprint());
            }
            KeyMaterial::Locked(_) => self.locked += 1,
        }
    }

    fn of_bundle(bundle: &Bundle) -> Self {
        let mut contents = Self {
            certificates: bundle.certificates.iter().map(Certificate::fingerprint).collect(),
            requests: bundle.requests.iter().map(|one| Fingerprint::of(one.der())).collect(),
            lists: bundle.revocation_lists.iter().map(|one| Fingerprint::of(one.der())).collect(),
            ..Self::default()
        };
        bundle.keys.iter().for_each(|key| contents.add_key(key));
        contents
    }

    fn of_wallet(decoded: &Decoded) -> Self {
        let mut contents = Self::default();
        let wallet = &decoded.wallet;
        contents.certificates.extend(wallet.certificates().map(|(_, one)| one.fingerprint()));
        for entry in wallet.entries() {
            let request = match &entry.kind {
                EntryKind::PrivateKey(entry) => {
                    contents.add_key(&entry.key);
                    entry.request.as_ref()
                }
                EntryKind::Request(entry) => {
                    contents.add_key(&entry.key);
                    Some(&entry.request)
                }
                EntryKind::Opaque(opaque) => {
                    let raw = Fingerprint::of(&opaque.raw);
                    match opaque.format {
                        Format::Request => contents.requests.insert(raw),
                        Format::Crl => contents.lists.insert(raw),
                        other => panic!("opaque {other}"),
                    };
                    None
                }
                EntryKind::TrustedCertificate(_) | EntryKind::Secret(_) => None,
            };
            contents.requests.extend(request.map(|one| Fingerprint::of(one.csr.der())));
        }
        contents
    }

    /// How many there are of what the row's format promises.
    fn promised(&self, format: &str) -> usize {
        match format {
            "cert" | "p7b" => self.certificates.len(),
            "csr" => self.requests.len(),
            "crl" => self.lists.len(),
            "key" => self.keys.len(),
            _ => self.certificates.len() + self.keys.len(),
        }
    }
}

/// The result of a reader that must be quick and must not panic; what was slow has two more tries,
/// because other tests share the processors.
fn guarded<T>(
    bytes: &[u8],
    read: impl Fn() -> Result<T, CodecError> + panic::RefUnwindSafe,
) -> Result<Result<T, CodecError>, String> {
    let mut least = Duration::MAX;
    for _ in 0..3 {
        let begin = Instant::now();
        let Ok(result) = panic::catch_unwind(&read) else { return Err("panicked".to_owned()) };
        least = least.min(begin.elapsed());
        if least <= allowed_time(bytes.len() as u64) {
            return Ok(result);
        }
    }
    Err(format!("took {least:?}"))
}

#[test]
fn files_open_as_others_open_them_and_broken_ones_are_refused() {
    let Some((folder, rows)) = loose_rows() else { return };
    let mut complaints = String::new();
    let mut opened: BTreeMap<&str, usize> = BTreeMap::new();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut exceptions = 0;
    for row in &rows {
        let bytes = fs::read(folder.join(&row.path)).unwrap();
        let passwords = passwords(row);
        let flat = guarded(&bytes, || bundle::read(&bytes, &opening(&passwords)));
        let wallet = guarded(&bytes, || decode(&bytes, &passwords));
        let (flat, wallet) = match (flat, wallet) {
            (Ok(flat), Ok(wallet)) => (flat, wallet),
            (Err(why), _) | (_, Err(why)) => {
                writeln!(complaints, "{}: {why}", row.path).unwrap();
                continue;
            }
        };
        let found = match (&flat, &wallet) {
            (Ok(bundle), Ok(decoded)) => {
                let (flat, whole) = (Contents::of_bundle(bundle), Contents::of_wallet(decoded));
                if flat != whole {
                    writeln!(complaints, "{}: {flat:?} became {whole:?}", row.path).unwrap();
                }
                Ok(whole)
            }
            // A bundle may be empty, a wallet file may not.
            (Ok(bundle), Err(CodecError::BundleEmpty)) => {
                assert_eq!(Contents::of_bundle(bundle), Contents::default(), "{}", row.path);
                Err(Code::BUNDLE_EMPTY)
            }
            (Err(_), Err(error)) => Err(error.code()),
            // Fuzzers' files of other formats.
            (Err(CodecError::FormatUnsupported { .. }), Ok(_)) => continue,
            (flat, wallet) => {
                let (flat, wallet) = (flat.as_ref().err(), wallet.as_ref().err());
                writeln!(complaints, "{}: {flat:?}, but {wallet:?}", row.path).unwrap();
                continue;
            }
        };
        match &found {
            Ok(_) => *opened.entry(&row.format).or_default() += 1,
            Err(code) => {
                assert!(Code::ALL.contains(code));
                *codes.entry(code.name()).or_default() += 1;
            }
        }
        let is_named = BOUNCY_CASTLE.contains(&row.format.as_str());
        if is_named && found.as_ref().err() != Some(&Code::FORMAT_UNSUPPORTED) {
            writeln!(complaints, "{}: not told what it is", row.path).unwrap();
        }
        let holds = |contents: &Contents| {
            let is_sealed = is_excepted(row) && contents.locked > 0;
            contents.promised(&row.format) > 0 || is_sealed
        };
        let is_ok = match (&found, expected(row)) {
            (Ok(contents), Expected::Open) => {
                !LOOSE.contains(&row.format.as_str()) || holds(contents)
            }
            (Err(_), Expected::Refused) | (_, Expected::Either) => true,
            _ => false,
        };
        exceptions += usize::from(is_excepted(row));
        if !is_ok {
            let (verdict, error) = (&row.verdict, wallet.err().map(|error| error.to_string()));
            let excepted = if is_excepted(row) { ", excepted" } else { "" };
            writeln!(complaints, "{}: {verdict}{excepted}, but {error:?}", row.path).unwrap();
        }
    }
    loudly(&format!(
        "corpus: {} loose files, opened {opened:?}, refused with {codes:?}, {exceptions} written \
         exceptions",
        rows.len()
    ));
    assert!(rows.len() > 2000, "the corpus has only {} rows", rows.len());
    let count = complaints.lines().count();
    assert!(complaints.is_empty(), "{count} complaints:\n{complaints}");
}

/// What pyca finds in a file: certificates by their SHA-256, public keys of private ones in DER.
const PYCA: &str = r"
import sys, hashlib, warnings
warnings.simplefilter('ignore')
from cryptography import x509
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.serialization import pkcs7
def certificates(data):
    if b'-----BEGIN' in data:
        for read in (x509.load_pem_x509_certificates, pkcs7.load_pem_pkcs7_certificates):
            try: return read(data)
            except Exception: pass
        return []
    try: return [x509.load_der_x509_certificate(data)]
    except Exception: pass
    try: return pkcs7.load_der_pkcs7_certificates(data)
    except Exception: return []
def key(data, password):
    for read in (s.load_pem_private_key, s.load_der_private_key):
        for attempt in ([password, None] if password else [None]):
            try: return read(data, attempt)
            except Exception: pass
for line in sys.stdin.read().splitlines():
    path, password = line.split('\t')
    data = open(path, 'rb').read()
    prints = [hashlib.sha256(c.public_bytes(s.Encoding.DER)).hexdigest() for c in certificates(data)]
    private = key(data, password.encode())
    public = private and private.public_key().public_bytes(
        s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo).hex()
    print(','.join(prints), public or '-', sep='\t')
";

/// A line a file, for the scripts: the path and the first password.
fn lines(folder: &Path, rows: &[Row]) -> String {
    let mut lines = String::new();
    for row in rows {
        let passwords = passwords(row);
        let password = passwords.first().map_or("", Password::as_str);
        writeln!(lines, "{}\t{password}", folder.join(&row.path).display()).unwrap();
    }
    lines
}

#[test]
fn certificates_and_keys_are_those_that_pyca_finds() {
    let Some((folder, mut rows)) = loose_rows() else { return };
    let Some(python) = peers::python() else { return };
    rows.retain(|row| row.verdict == "ok" && !is_exception(CLOSED, row));
    let mut command = python.command();
    let input = lines(&folder, &rows);
    let done = run_within(PATIENCE, command.arg("-c").arg(PYCA), input.as_bytes()).ok();
    let (mut complaints, mut prints, mut keys) = (String::new(), 0, 0);
    let out = done.out();
    assert_eq!(out.lines().count(), rows.len());
    for (row, found) in rows.iter().zip(out.lines()) {
        let (theirs, public) = found.split_once('\t').unwrap();
        let theirs: BTreeSet<String> =
            theirs.split(',').filter(|print| !print.is_empty()).map(str::to_owned).collect();
        if theirs.is_empty() && public == "-" {
            continue;
        }
        let decoded = decode(&fs::read(folder.join(&row.path)).unwrap(), &passwords(row)).unwrap();
        let ours = Contents::of_wallet(&decoded);
        let ours: BTreeSet<String> = ours.certificates.iter().map(ToString::to_string).collect();
        if theirs != ours {
            writeln!(complaints, "{}: {theirs:?}, not {ours:?}", row.path).unwrap();
        }
        prints += theirs.len();
        let is_explicit = row.path.ends_with("ca-key-ec-explicit.pem"); // pyca finds the curve's name
        if public != "-" && !is_explicit && !has_key(&decoded, public) {
            writeln!(complaints, "{}: not the key", row.path).unwrap();
        }
        keys += usize::from(public != "-");
    }
    loudly(&format!("corpus: {prints} certificates and {keys} keys are those of pyca"));
    assert!(prints > 400 && keys > 60, "only {prints} certificates and {keys} keys");
    assert!(complaints.is_empty(), "{complaints}");
}

/// Whether a key of the wallet is that of the public key, given as the hexadecimal digits of its
/// DER. The public half of some keys cannot be computed; their kind has to do.
fn has_key(decoded: &Decoded, public: &str) -> bool {
    let der: Vec<u8> = public
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let public = PublicKey::from_der(&der).unwrap();
    decoded.wallet.entries().iter().any(|entry| match &entry.kind {
        EntryKind::PrivateKey(entry) => entry.key.open().is_some_and(|key| {
            keygen::public_key(key)
                .map_or_else(|_| key.algorithm() == public.algorithm(), |ours| ours == public)
        }),
        _ => false,
    })
}

#[test]
fn program_is_quick_small_and_orderly_on_every_file() {
    let Some((folder, rows)) = loose_rows() else { return };
    let rows: Vec<&Row> = rows.iter().collect();
    let password = |row: &Row| {
        let first = passwords(row).first().map(|password| password.as_str().to_owned());
        first.map(|password| ("--key-password-env", password))
    };
    let Some(measured) = listed(&folder, &rows, password) else { return };
    let mut complaints = String::new();
    for (row, measured) in rows.iter().zip(&measured) {
        let size = fs::metadata(folder.join(&row.path)).unwrap().len();
        complaints.extend(complaint(row, measured, expected(row), allowed_time(size)));
    }
    let largest = measured.iter().map(|measured| measured.memory).max();
    loudly(&format!("corpus: most memory {largest:?} KiB"));
    assert!(complaints.is_empty(), "{complaints}");
}

/// Any cut of a good file is refused or holds less, and any flipped byte is read in an orderly way.
#[test]
fn cut_and_flipped_files_are_read_in_an_orderly_way() {
    let Some((folder, rows)) = loose_rows() else { return };
    for format in LOOSE {
        let row = rows.iter().find(|row| row.format == *format && row.verdict == "ok").unwrap();
        let good = fs::read(folder.join(&row.path)).unwrap();
        let whole = Contents::of_wallet(&decode(&good, &[]).unwrap());
        let step = (good.len() / 200).max(1);
        for at in (0..good.len()).step_by(step) {
            if let Ok(decoded) = decode(&good[..at], &[]) {
                let rest = good[at..].trim_ascii();
                assert!(
                    rest.is_empty() || Contents::of_wallet(&decoded) != whole,
                    "{} cut at {at}",
                    row.path
                );
            }
            let mut flipped = good.clone();
            flipped[at] ^= 0x55;
            if let Err(error) = decode(&flipped, &[]) {
                assert!(Code::ALL.contains(&error.code()));
            }
        }
    }
}
