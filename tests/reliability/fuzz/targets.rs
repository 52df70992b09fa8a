//! What is fuzzed: each reader, and everything that the verbs do with what it read.
//!
//! The targets of `fuzz/`, for cargo-fuzz, and the driver of `cargo test` call the same functions. No key
//! derivation may take more than [`ITERATIONS`] rounds, so that the parsers are fuzzed and not PBKDF2.

use mwallet::chain::{self, CheckRequest, Criteria, Purpose};
use mwallet::code::Code;
use mwallet::codec::{self, Keys, Opening, Protect, Sealing, bundle, pkcs12, public_key};
use mwallet::crypto::kdf::DerivedKeys;
use mwallet::digest::Fingerprint;
use mwallet::issue::csr;
use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::format::Format;
use mwallet::model::key::{KeyMaterial, PrivateKey};
use mwallet::model::profile::Profile;
use mwallet::model::request::CertificateRequest;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::{compare, expiry, merge};
use mwallet::pki;
use mwallet::pki::spec::{Authority, Leaf};
use mwallet::secret::{Password, SecretBytes};
use std::collections::{BTreeSet, HashSet};
use std::hint::black_box;
use time::OffsetDateTime;

/// The password of every seed.
pub(crate) const PASSWORD: &str = "Welcome1";

/// Rounds that a derivation may take. The seeds ask for one.
const ITERATIONS: u32 = 3;

/// Certificates of a wallet that its chains are searched for; a copy of a seed in itself has more.
const CERTIFICATES: usize = 40;

/// The name of a target, and what it does with an input; whether the input opened.
pub(crate) type Target = (&'static str, fn(&[u8]) -> bool);

/// Every target.
pub(crate) const ALL: &[Target] = &[
    ("pkcs12", pkcs12),
    ("sso", sso),
    ("jks", jks),
    ("jceks", jceks),
    ("pem", pem),
    ("bundle", bundle),
    ("csr", request),
    ("crl", revocation_list),
    ("certificate", certificate),
    ("key", key),
    ("kubernetes", kubernetes),
    ("pki", pki),
];

pub(crate) fn opening(password: Option<&Password>) -> Opening<'_> {
    Opening { max_iterations: ITERATIONS, ..Opening::with(password) }
}

pub(crate) fn pkcs12(bytes: &[u8]) -> bool {
    let password = Password::from(PASSWORD);
    let opens = store(bytes, Format::Pkcs12, &opening(Some(&password)));
    let unverified = pkcs12::read_unverified(bytes);
    // What opens holds the same and has been examined.
    if let (Ok(wallet), false) = (&unverified, opens) {
        examine(wallet);
    }
    opens || unverified.is_ok()
}

pub(crate) fn sso(bytes: &[u8]) -> bool {
    store(bytes, Format::Sso, &opening(None))
}

pub(crate) fn jks(bytes: &[u8]) -> bool {
    java(bytes, Format::Jks)
}

pub(crate) fn jceks(bytes: &[u8]) -> bool {
    java(bytes, Format::Jceks)
}

/// With the password the digest has to fit, which few mutations leave; without it everything is read.
fn java(bytes: &[u8], format: Format) -> bool {
    let password = Password::from(PASSWORD);
    let opens = store(bytes, format, &opening(Some(&password)));
    let keys = [password];
    let without = Opening { key_passwords: &keys, ..opening(None) };
    if opens {
        // It holds the same.
        used(codec::decode(bytes, format, &without));
    }
    opens || store(bytes, format, &without)
}

pub(crate) fn pem(bytes: &[u8]) -> bool {
    loose(bytes, Format::Pem)
}

/// What the bytes look like decides, as in `list`.
pub(crate) fn bundle(bytes: &[u8]) -> bool {
    let password = Password::from(PASSWORD);
    used(codec::recognise_foreign(bytes));
    used((codec::may_hold_certificates(bytes), codec::may_hold_keys(bytes)));
    let bundle = bundle::read(bytes, &Opening::with(Some(&password)));
    if let Ok(bundle) = &bundle {
        bundle.certificates.iter().take(CERTIFICATES).for_each(examine_certificate);
        bundle.requests.iter().for_each(examine_request);
    }
    let opens = codec::detect(bytes).is_some_and(|format| loose(bytes, format));
    opens || bundle.is_ok()
}

pub(crate) fn kubernetes(bytes: &[u8]) -> bool {
    loose(bytes, Format::KubernetesSecret)
}

pub(crate) fn request(bytes: &[u8]) -> bool {
    let Ok(request) = CertificateRequest::from_der(bytes) else { return false };
    examine_request(&request);
    true
}

pub(crate) fn revocation_list(bytes: &[u8]) -> bool {
    let Ok(list) = RevocationList::from_der(bytes) else { return false };
    examine_list(&list);
    let criteria = Criteria::new(now()).crls(std::slice::from_ref(&list));
    used(chain::check(&Wallet::new(), &CheckRequest { criteria, entry: None, wallet: "w" }));
    true
}

/// A `pki.toml`, and the list that is written beside what it asks for.
pub(crate) fn pki(bytes: &[u8]) -> bool {
    used(pki::Manifest::read(bytes));
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let Ok(spec) = pki::file::read(text) else { return false };
    used(spec.authorities.iter().map(Authority::digest).collect::<Vec<_>>());
    used(spec.leaves.iter().take(CERTIFICATES).map(Leaf::digest).collect::<Vec<_>>());
    used(pki::environment(&spec, "out").0);
    true
}

pub(crate) fn certificate(bytes: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(bytes) else { return false };
    examine_certificate(&certificate);
    used(chain::sort::sort(&[certificate.clone(), certificate], now()));
    true
}

/// A private key, or a public one.
pub(crate) fn key(bytes: &[u8]) -> bool {
    let private = PrivateKey::from_pkcs8(SecretBytes::from(bytes));
    if let Ok(key) = &private {
        used(key.fingerprint());
    }
    let public = public_key::read(bytes);
    let opens = loose(bytes, Format::PrivateKey);
    opens || private.is_ok() || matches!(public, Ok(Some(_)))
}

/// Reads a store, looks at all of it, and writes it back as a save does; whether it opened.
fn store(bytes: &[u8], format: Format, opening: &Opening<'_>) -> bool {
    used(codec::decode(bytes, format, &Opening { keys: Keys::Leave, ..*opening }));
    // As a save does, so that reading back derives no key and meets no limit of derivations.
    let derived = DerivedKeys::of_many_files();
    let opening = &Opening { derived: Some(&derived), ..*opening };
    let Ok(decoded) = codec::decode_shared(&bytes.into(), format, opening) else { return false };
    let (origin, wallet) = (&decoded.origin, &decoded.wallet);
    used((origin.layout(), origin.profile(), origin.mac(), origin.encryption()));
    examine(wallet);
    let quickly = Sealing { iterations: Some(1), derived: Some(&derived), ..Sealing::default() };
    if let Ok(written) = codec::encode(wallet, format, &quickly, Some(origin)) {
        match codec::decode(&written, format, opening) {
            // A key that the limit kept closed may open where the others take nothing of it.
            Ok(_) if wallet.entries().iter().any(is_cut_short) => {}
            Ok(again) => assert_eq!(contents(&again.wallet), contents(wallet)),
            Err(error) => panic!("what was written does not read back: {error}"),
        }
    }
    true
}

/// Whether the limit of derivations kept the entry's key closed.
fn is_cut_short(entry: &Entry) -> bool {
    let refusal = match entry.key() {
        Some(KeyMaterial::Locked(locked)) => locked.refusal,
        _ => None,
    };
    refusal == Some(Code::LIMIT_EXCEEDED)
}

/// The keys and the certificates. Oracle's layout arranges them in other entries than they came in: the
/// issuers of a chain are trusted certificates of their own.
fn contents(wallet: &Wallet) -> (Vec<Fingerprint>, BTreeSet<String>) {
    let key = |key: &KeyMaterial| match key {
        KeyMaterial::Open(key) => key.fingerprint(),
        KeyMaterial::Locked(key) => Fingerprint::of(&key.raw),
    };
    let mut keys: Vec<_> = wallet.entries().iter().filter_map(Entry::key).map(key).collect();
    keys.sort();
    let certificates = wallet.certificates().map(|(_, found)| found.fingerprint().to_string());
    (keys, certificates.collect())
}

fn loose(bytes: &[u8], format: Format) -> bool {
    let password = Password::from(PASSWORD);
    let Ok(decoded) = codec::decode(bytes, format, &opening(Some(&password))) else { return false };
    examine(&decoded.wallet);
    true
}

/// What the verbs do with a wallet: look at it, check it, compare it, bring it to another format.
fn examine(wallet: &Wallet) {
    let shown = shown_aliases(wallet);
    let names = wallet.entries().iter().map(|entry| &shown[&entry.id()].text);
    assert_eq!(names.collect::<HashSet<_>>().len(), wallet.entries().len());
    for (_, certificate) in wallet.certificates().take(CERTIFICATES) {
        examine_certificate(certificate);
    }
    for entry in wallet.entries() {
        if let EntryKind::Request(pending) = &entry.kind {
            examine_request(&pending.request.csr);
        }
    }
    used(expiry::dated_certificates(wallet, Format::Pkcs12));
    assert!(compare::compare(wallet, wallet).is_same(), "a wallet differs from itself");
    used(merge::merge(&mut Wallet::new(), wallet, None));
    for (format, profile) in [
        (Format::Pkcs12, Profile::JavaTrust),
        (Format::Pkcs12, Profile::Oracle23ai),
        (Format::Jks, Profile::Modern),
        (Format::Pem, Profile::Modern),
    ] {
        used(codec::losses(wallet, format, profile));
    }
    let plain = Sealing { protect: Protect::Nothing, ..Sealing::default() };
    used(codec::encode(wallet, Format::Pem, &plain, None));
    if wallet.certificates().count() <= CERTIFICATES {
        let criteria = Criteria::new(now()).purpose(Purpose::Server);
        let request = CheckRequest { criteria, entry: None, wallet: "w" };
        used(chain::check(wallet, &request));
    }
}

fn examine_certificate(certificate: &Certificate) {
    used((
        certificate.serial_hex(),
        certificate.subject().to_string(),
        certificate.issuer().to_string(),
        certificate.public_key().algorithm(),
        certificate.public_key().key_identifier(),
        (certificate.not_before(), certificate.not_after()),
        (certificate.is_ca(), certificate.is_self_issued()),
        (certificate.subject_key_identifier(), certificate.authority_key_identifier()),
        certificate.extensions().count(),
        certificate.fingerprint(),
    ));
}

fn examine_list(list: &RevocationList) {
    used((list.issuer().to_string(), list.this_update(), list.next_update(), list.number()));
    used((list.authority_key_identifier(), list.extensions().count()));
    for revoked in list.revoked() {
        used((revoked.serial_number(), revoked.date(), revoked.reason()));
        used(revoked.extensions().count());
    }
}

fn examine_request(request: &CertificateRequest) {
    used((request.subject().to_string(), request.public_key().algorithm()));
    used(csr::verify_request(request));
    used(csr::requested_extensions(request));
}

/// Whatever comes of it has to be worked out.
fn used<T>(value: T) {
    drop(black_box(value));
}

/// A moment at which the seeds are valid.
fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).expect("2027 is a year")
}
