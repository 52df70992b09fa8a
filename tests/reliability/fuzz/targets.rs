//! What is fuzzed: each reader, and everything that the verbs do with what it read.
//!
//! The targets of `fuzz/`, for cargo-fuzz, and the driver of `cargo test` call the same functions. No key
//! derivation may take more than [`ITERATIONS`] rounds, so that the parsers are fuzzed and not PBKDF2.

use mwallet::chain::{self, CheckRequest, Criteria, Purpose};
use mwallet::codec::{self, Keys, Opening, Protect, Sealing, bundle, pkcs12, public_key};
use mwallet::issue::csr;
use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use mwallet::model::entry::EntryKind;
use mwallet::model::format::Format;
use mwallet::model::key::PrivateKey;
use mwallet::model::profile::Profile;
use mwallet::model::request::CertificateRequest;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::{compare, expiry, merge};
use mwallet::pki;
use mwallet::pki::spec::{Authority, Leaf};
use mwallet::secret::{Password, SecretBytes};
use std::collections::BTreeSet;
use std::hint::black_box;
use time::OffsetDateTime;

/// The password of every seed.
pub(crate) const PASSWORD: &str = "Welcome1";

/// Rounds that a derivation may take. The seeds ask for one.
const ITERATIONS: u32 = 3;

/// Certificates of a wallet that its chains are searched for; a copy of a seed in itself has more.
const CERTIFICATES: usize = 40;

/// The name of a target, and what it does with an input.
pub(crate) type Target = (&'static str, fn(&[u8]));

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

pub(crate) fn pkcs12(bytes: &[u8]) {
    let password = Password::from(PASSWORD);
    store(bytes, Format::Pkcs12, &opening(Some(&password)));
    if let Ok(wallet) = pkcs12::read_unverified(bytes) {
        examine(&wallet);
    }
}

pub(crate) fn sso(bytes: &[u8]) {
    store(bytes, Format::Sso, &opening(None));
}

pub(crate) fn jks(bytes: &[u8]) {
    java(bytes, Format::Jks);
}

pub(crate) fn jceks(bytes: &[u8]) {
    java(bytes, Format::Jceks);
}

/// With the password the digest has to fit, which few mutations leave; without it everything is read.
fn java(bytes: &[u8], format: Format) {
    let password = Password::from(PASSWORD);
    store(bytes, format, &opening(Some(&password)));
    let keys = [password];
    store(bytes, format, &Opening { key_passwords: &keys, ..opening(None) });
}

pub(crate) fn pem(bytes: &[u8]) {
    loose(bytes, Format::Pem);
}

/// What the bytes look like decides, as in `list`.
pub(crate) fn bundle(bytes: &[u8]) {
    let password = Password::from(PASSWORD);
    used(codec::recognise_foreign(bytes));
    used(codec::may_hold_certificates(bytes));
    if let Ok(bundle) = bundle::read(bytes, &[password]) {
        bundle.certificates.iter().take(CERTIFICATES).for_each(examine_certificate);
        bundle.requests.iter().for_each(examine_request);
    }
    if let Some(format) = codec::detect(bytes) {
        loose(bytes, format);
    }
}

pub(crate) fn kubernetes(bytes: &[u8]) {
    let password = Password::from(PASSWORD);
    if let Ok(decoded) = codec::decode(bytes, Format::KubernetesSecret, &opening(Some(&password))) {
        examine(&decoded.wallet);
    }
}

pub(crate) fn request(bytes: &[u8]) {
    if let Ok(request) = CertificateRequest::from_der(bytes) {
        examine_request(&request);
    }
}

pub(crate) fn revocation_list(bytes: &[u8]) {
    if let Ok(list) = RevocationList::from_der(bytes) {
        examine_list(&list);
        let criteria = Criteria::new(now()).crls(std::slice::from_ref(&list));
        used(chain::check(&Wallet::new(), &CheckRequest { criteria, entry: None, wallet: "w" }));
    }
}

/// A `pki.toml`, and the list that is written beside what it asks for.
pub(crate) fn pki(bytes: &[u8]) {
    used(pki::Manifest::read(bytes));
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(spec) = pki::file::read(text) {
        used(spec.authorities.iter().map(Authority::digest).collect::<Vec<_>>());
        used(spec.leaves.iter().take(CERTIFICATES).map(Leaf::digest).collect::<Vec<_>>());
        used(pki::environment(&spec, "out"));
    }
}

pub(crate) fn certificate(bytes: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(bytes) {
        examine_certificate(&certificate);
        used(chain::sort::sort(&[certificate.clone(), certificate], now()));
    }
}

pub(crate) fn key(bytes: &[u8]) {
    if let Ok(key) = PrivateKey::from_pkcs8(SecretBytes::from(bytes)) {
        used(key.fingerprint());
    }
    // A public key is read wherever it stands; only whether it fails matters here.
    used(public_key::read(bytes));
    loose(bytes, Format::PrivateKey);
}

/// Reads a store, looks at all of it, and writes it back as a save does.
fn store(bytes: &[u8], format: Format, opening: &Opening<'_>) {
    used(codec::decode(bytes, format, &Opening { keys: Keys::Leave, ..*opening }));
    let Ok(decoded) = codec::decode(bytes, format, opening) else { return };
    let (origin, wallet) = (&decoded.origin, &decoded.wallet);
    used((origin.layout(), origin.profile(), origin.mac(), origin.encryption()));
    examine(wallet);
    let quickly = Sealing { iterations: Some(1), ..Sealing::default() };
    if let Ok(written) = codec::encode(wallet, format, &quickly, Some(origin)) {
        match codec::decode(&written, format, opening) {
            Ok(again) => assert_eq!(contents(&again.wallet), contents(wallet)),
            Err(error) => panic!("what was written does not read back: {error}"),
        }
    }
}

/// The keys and the certificates. Oracle's layout arranges them in other entries than they came in: the
/// issuers of a chain are trusted certificates of their own.
fn contents(wallet: &Wallet) -> (usize, BTreeSet<String>) {
    let keys = wallet.entries().iter().filter(|entry| entry.key().is_some()).count();
    let certificates = wallet.certificates().map(|(_, found)| found.fingerprint().to_string());
    (keys, certificates.collect())
}

fn loose(bytes: &[u8], format: Format) {
    let password = Password::from(PASSWORD);
    if let Ok(decoded) = codec::decode(bytes, format, &opening(Some(&password))) {
        examine(&decoded.wallet);
    }
}

/// What the verbs do with a wallet: look at it, check it, compare it, bring it to another format.
fn examine(wallet: &Wallet) {
    let shown = shown_aliases(wallet);
    assert_eq!(shown.len(), wallet.entries().len());
    for (_, certificate) in wallet.certificates().take(CERTIFICATES) {
        examine_certificate(certificate);
    }
    for entry in wallet.entries() {
        if let EntryKind::Request(pending) = &entry.kind {
            examine_request(&pending.request);
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
    used(certificate.view());
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
