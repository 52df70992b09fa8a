//! Stores of many keys: each is opened and encrypted with a derivation of its own, beside the others, and stays the
//! key of its name and of its certificate.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::codec::{self, Keys, Opening, Protect, Sealing};
use mwallet::crypto::java_protector::{DIGEST_BYTES, store_digest};
use mwallet::crypto::kdf::DerivedKeys;
use mwallet::crypto::keygen;
use mwallet::model::alias::Alias;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{EntryKind, KeyEntry};
use mwallet::model::format::Format;
use mwallet::model::key::{KeyAlgorithm, KeyMaterial};
use mwallet::model::profile::Profile;
use mwallet::model::wallet::Wallet;
use mwallet::secret::Password;
use serde_json::Value;
use std::collections::BTreeMap;
use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::run::run;
use support::scratch::Scratch;

const COUNT: usize = 9;

const OUT: &str = "another one";

/// A store of so many keys, `k0` and on, each with a certificate of its own; one may have a password of its own.
fn store(scratch: &Scratch, own: Option<usize>) {
    scratch.mwallet("create all.p12").password(PASSWORD).ok();
    for number in 0..COUNT {
        let line = format!("csr all.p12 --dn CN=k{number} --key ec:p256 --self-signed");
        let call = scratch.mwallet(&format!("{line} --alias k{number}")).password(PASSWORD);
        if own == Some(number) { call.key_password(OUT) } else { call }.ok();
    }
}

/// The public keys that openssl finds under each name: those of keys, and those of certificates.
fn found_by(
    openssl: &Peer,
    scratch: &Scratch,
    file: &str,
    password: &str,
) -> [BTreeMap<String, String>; 2] {
    let mut command = scratch.command(openssl, &format!("pkcs12 -in {file} -nodes"));
    command.arg("-passin").arg(format!("pass:{password}"));
    let all = run(&mut command, b"").ok().out();
    let mut found = [BTreeMap::new(), BTreeMap::new()];
    for bag in all.split("Bag Attributes").skip(1) {
        let name = bag.lines().find_map(|line| line.trim().strip_prefix("friendlyName: ")).unwrap();
        let (line, kind) = if bag.contains("BEGIN CERTIFICATE") {
            ("x509 -pubkey -noout", 1)
        } else {
            ("pkey -pubout", 0)
        };
        let public = run(&mut scratch.command(openssl, line), bag.as_bytes()).ok().out();
        assert_eq!(found[kind].insert(name.to_owned(), public), None, "{name} twice");
    }
    found
}

#[test]
fn each_key_stays_with_its_name_and_certificate() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    store(&scratch, None);
    let [keys, certificates] = found_by(&openssl, &scratch, "all.p12", PASSWORD);
    assert_eq!((keys.len(), &keys), (COUNT, &certificates));
    // Opened and encrypted anew, through the formats whose keys have derivations of their own, and one whose have
    // none.
    let mut source = ("all.p12".to_owned(), PASSWORD);
    for to in ["p12", "jceks", "jks", "p12"] {
        let target = format!("{}.{to}", source.0);
        let line = format!("convert {} {target} --to {to}", source.0);
        scratch.mwallet(&line).password(source.1).out_password(OUT).ok();
        source = (target, OUT);
    }
    assert_eq!(found_by(&openssl, &scratch, &source.0, OUT), [keys.clone(), keys]);
}

#[test]
fn new_password_of_the_store_is_that_of_every_key() {
    let scratch = Scratch::new();
    store(&scratch, Some(4));
    let passwd = || scratch.mwallet("passwd all.p12").password(PASSWORD).new_password("another3");
    passwd().fails(4, "key-locked");
    // Nothing is encrypted anew for the password that it has.
    let same = scratch.mwallet("passwd all.p12").password(PASSWORD).new_password(PASSWORD);
    let same = same.key_password(OUT).json();
    assert_eq!(
        (&same["password"], &same["warnings"]),
        (&"unchanged".into(), &Value::Array(vec![]))
    );
    let report = passwd().key_password(OUT).json();
    let warning = &report["warnings"][0];
    assert_eq!(warning["code"], "key-password-differs");
    assert!(warning["message"].as_str().unwrap().ends_with("in place of their own: k4"));
    if let Some(openssl) = peers::openssl() {
        let [keys, certificates] = found_by(&openssl, &scratch, "all.p12", "another3");
        assert_eq!((keys.len(), keys), (COUNT, certificates));
    }
}

#[test]
fn key_with_a_password_of_its_own_is_the_only_one_that_stays_closed() {
    let scratch = Scratch::new();
    store(&scratch, Some(4));
    let to_jceks =
        || scratch.mwallet("convert all.p12 all.jceks").password(PASSWORD).out_password(OUT);
    let refused = to_jceks().fails(4, "key-locked").to_string();
    for number in 0..COUNT {
        assert_eq!(refused.contains(&format!("k{number}")), number == 4, "{refused}");
    }
    to_jceks().key_password(OUT).ok();
    scratch.mwallet("convert all.jceks again.p12").password(OUT).out_password(OUT).ok();
    if let Some(openssl) = peers::openssl() {
        let [keys, certificates] = found_by(&openssl, &scratch, "again.p12", OUT);
        assert_eq!((keys.len(), keys), (COUNT, certificates));
    }
}

/// A wallet of so many keys, all with one certificate; nothing here asks whether it is theirs.
fn wallet(count: usize) -> Wallet {
    let key = rcgen::KeyPair::generate().unwrap();
    let made = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    let certificate = Certificate::from_der(made.self_signed(&key).unwrap().der()).unwrap();
    let mut wallet = Wallet::new();
    for number in 0..count {
        let key = KeyMaterial::Open(keygen::generate(KeyAlgorithm::EcP256).unwrap());
        let chain = vec![certificate.clone().into()];
        let alias = Some(Alias::new(format!("k{number:02}")));
        wallet.push(alias, EntryKind::from(KeyEntry { key, chain, request: None }));
    }
    wallet
}

fn write(wallet: &Wallet, format: Format, profile: Option<Profile>) -> Vec<u8> {
    let password = Password::from(PASSWORD);
    let protect = Protect::Password(&password);
    let sealing = Sealing { protect, profile, iterations: Some(ITERATIONS), ..Sealing::default() };
    codec::encode(wallet, format, &sealing, None).unwrap().to_vec()
}

/// Of each entry whether its key is that of the wallet which was written, or closed, or no key at all.
fn open(file: &[u8], format: Format, written: &Wallet) -> Vec<Option<bool>> {
    let password = Password::from(PASSWORD);
    let derived = DerivedKeys::default();
    let opening = Opening {
        keys: Keys::Open,
        max_iterations: ITERATIONS,
        derived: Some(&derived),
        ..Opening::with(Some(&password))
    };
    let found = codec::decode(file, format, &opening).unwrap().wallet;
    assert_eq!(found.entries().len(), written.entries().len());
    let pairs = found.entries().iter().zip(written.entries());
    pairs
        .map(|(found, written)| {
            assert_eq!(found.alias, written.alias);
            let key = found.key()?.open();
            let written = written.key().and_then(KeyMaterial::open).unwrap();
            key.inspect(|key| assert_eq!(key.pkcs8(), written.pkcs8()));
            Some(key.is_some())
        })
        .collect()
}

/// The iterations of what is written here, and the most that a derivation may take.
const ITERATIONS: u32 = 10;

/// A file may spend 25 derivations of those: who opens one key more opens the first ones, with any number of
/// processors.
#[test]
fn where_the_budget_ends_the_last_keys_stay_closed() {
    let (compat, modern) = (Some(Profile::Compat), Some(Profile::Modern));
    for (count, format, profile, open_keys) in [
        // MAC and contents take one each.
        (23, Format::Pkcs12, modern, 23),
        (31, Format::Pkcs12, modern, 23),
        // One for the MAC, and three for the contents and for each key, for triple DES.
        (7, Format::Pkcs12, compat, 7),
        (16, Format::Pkcs12, compat, 7),
        (25, Format::Jceks, None, 25),
        (31, Format::Jceks, None, 25),
    ] {
        let wallet = wallet(count);
        let expected: Vec<_> = (0..count).map(|number| Some(number < open_keys)).collect();
        for _ in 0..5 {
            assert_eq!(open(&write(&wallet, format, profile), format, &wallet), expected);
        }
    }
}

/// A key whose chain cannot be read is kept as it is, and nothing is spent on it.
#[test]
fn chain_that_cannot_be_read_costs_the_other_keys_nothing() {
    let wallet = wallet(32);
    let mut file = write(&wallet, Format::Jceks, None);
    let at: Vec<usize> = (0..file.len()).filter(|at| file[*at..].starts_with(b"X.509")).collect();
    assert_eq!(at.len(), 32);
    for at in at.iter().step_by(3) {
        file[*at..at + 5].copy_from_slice(b"X.400");
    }
    let end = file.len() - DIGEST_BYTES;
    let digest = store_digest(&PASSWORD.into(), &file[..end]);
    file[end..].copy_from_slice(&digest);
    let expected: Vec<_> = (0..32).map(|number| (number % 3 != 0).then_some(true)).collect();
    assert_eq!(open(&file, Format::Jceks, &wallet), expected);
}
