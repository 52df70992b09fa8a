//! p12 -> jks -> pem -> p12 -> jceks -> p12: every key, certificate, chain and alias comes through,
//! aliases as Java folds them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

use mwallet::codec::{self, Opening, Protect, Sealing};
use mwallet::crypto::kdf::DerivedKeys;
use mwallet::digest::Fingerprint;
use mwallet::model::alias::Alias;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{ChainCertificate, EntryKind, KeyEntry, TrustedEntry};
use mwallet::model::format::Format;
use mwallet::model::key::{KeyMaterial, PrivateKey};
use mwallet::model::profile::Profile;
use mwallet::model::trust::TrustFlags;
use mwallet::model::wallet::Wallet;
use mwallet::ops::export::{Parts, select};
use mwallet::secret::{Password, SecretBytes};
use mwallet::store::{self, Mismatch};
use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Printable ASCII: the keys of JCEKS take no other.
const PASSWORD: &str = "a Password 1";

/// What the wallets are made of, in DER: keys with their chains, and certificates to trust.
struct Pool {
    keys: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    trusted: Vec<Vec<u8>>,
}

/// Made once: four keys under a root and an intermediate, with and without the root in the chain, and
/// one that signed its own certificate.
fn pool() -> &'static Pool {
    static POOL: OnceLock<Pool> = OnceLock::new();
    POOL.get_or_init(|| {
        let params = |name: &str, ca: bool| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            if ca {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }
            params
        };
        let key = || KeyPair::generate().unwrap();
        let (root_key, issuing_key) = (key(), key());
        let root = params("Root", true).self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(params("Root", true), root_key);
        let issuing = params("Issuing", true).signed_by(&issuing_key, &root_issuer).unwrap();
        let issuer = Issuer::new(params("Issuing", true), issuing_key);
        let mut keys = Vec::new();
        for number in 0..4 {
            let key = key();
            let leaf = params(&format!("leaf {number}"), false).signed_by(&key, &issuer).unwrap();
            let mut chain = vec![leaf.der().to_vec(), issuing.der().to_vec()];
            if number % 2 == 0 {
                chain.push(root.der().to_vec());
            }
            keys.push((key.serialize_der(), chain));
        }
        let alone = key();
        let own = params("alone", false).self_signed(&alone).unwrap();
        keys.push((alone.serialize_der(), vec![own.der().to_vec()]));
        let other = params("Other", true).self_signed(&key()).unwrap();
        Pool { keys, trusted: vec![other.der().to_vec(), root.der().to_vec()] }
    })
}

/// A wallet with the keys and trusted certificates of these numbers, under these aliases.
fn wallet(keys: &[(usize, String)], trusted: &[(usize, String)]) -> Wallet {
    let mut wallet = Wallet::new();
    let certificate = |der: &Vec<u8>| Certificate::from_der(der).unwrap();
    for (number, alias) in keys {
        let (key, chain) = &pool().keys[*number];
        let key = PrivateKey::from_pkcs8(SecretBytes::from(key.as_slice())).unwrap();
        let chain = chain.iter().map(|der| ChainCertificate::from(certificate(der))).collect();
        let entry = KeyEntry { key: KeyMaterial::Open(key), chain, request: None };
        wallet.push(Some(Alias::new(alias)), EntryKind::from(entry));
    }
    for (number, alias) in trusted {
        let certificate = certificate(&pool().trusted[*number]);
        let entry = TrustedEntry { certificate, flags: TrustFlags::default() };
        wallet.push(Some(Alias::new(alias)), EntryKind::TrustedCertificate(entry));
    }
    wallet
}

/// What each entry is, by its alias as Java folds it; the key comes first.
fn picture(wallet: &Wallet) -> BTreeMap<String, Vec<Fingerprint>> {
    let mut picture = BTreeMap::new();
    for entry in wallet.entries() {
        let mut content = Vec::new();
        match &entry.kind {
            EntryKind::PrivateKey(key) => {
                content.push(key.key.open().expect("the key opens").fingerprint());
                content.extend(key.chain.iter().map(|link| link.certificate.fingerprint()));
            }
            EntryKind::TrustedCertificate(trusted) => {
                content.push(trusted.certificate.fingerprint());
            }
            other => panic!("a {} has come up", other.name()),
        }
        let alias = entry.alias.as_ref().expect("every entry has its alias");
        let before = picture.insert(alias.as_str().to_lowercase(), content);
        assert!(before.is_none(), "{alias} came twice");
    }
    picture
}

/// The wallet as `convert` hands it out: each key with the chain that the whole wallet knows. PKCS#12
/// keeps a root once that is trusted and also ends a chain, and its readers find it for both.
fn whole(wallet: &Wallet) -> Wallet {
    select(wallet, None, Parts::All, true)
}

fn through(wallet: &Wallet, format: Format) -> Wallet {
    let password = Password::from(PASSWORD);
    assert_eq!(codec::losses(wallet, format, Profile::Modern), [], "{format}");
    let sealing = Sealing {
        protect: Protect::Password(&password),
        profile: (format == Format::Pkcs12).then_some(Profile::Modern),
        iterations: (format == Format::Pkcs12).then_some(1_000),
        ..Sealing::default()
    };
    let bytes = codec::encode(wallet, format, &sealing, None).unwrap();
    assert_eq!(codec::detect(&bytes), Some(format));
    whole(&codec::decode(&bytes, format, &Opening::with(Some(&password))).unwrap().wallet)
}

/// What was written is compared with what was meant, every key in it, and none is derived for that: nothing
/// may be.
#[test]
fn what_was_just_written_is_compared_without_deriving_a_key() {
    let password = Password::from(PASSWORD);
    let named = |numbers: &[usize]| -> Vec<(usize, String)> {
        numbers.iter().map(|number| (*number, format!("entry {number}"))).collect()
    };
    let meant = whole(&wallet(&named(&[0, 1]), &[]));
    let other = whole(&wallet(&named(&[0, 2]), &[]));
    for format in [Format::Pkcs12, Format::Jks, Format::Jceks, Format::Pem] {
        let derived = DerivedKeys::default();
        let sealing = Sealing {
            protect: Protect::Password(&password),
            iterations: Some(1_000),
            derived: Some(&derived),
            ..Sealing::default()
        };
        let bytes = codec::encode(&meant, format, &sealing, None).unwrap();
        let opening = Opening {
            max_iterations: 0,
            derived: Some(&derived),
            ..Opening::with(Some(&password))
        };
        let compared = |wallet: &Wallet| {
            store::verify(&bytes, format, &opening, None, wallet, &BTreeSet::new())
        };
        compared(&meant).unwrap_or_else(|mismatch| panic!("{format}: {mismatch}"));
        assert!(matches!(compared(&other), Err(Mismatch::Difference(_))), "{format}");
        // Else it would be a bound that nobody keeps.
        let unknown = Opening { derived: None, ..opening };
        let refused = store::verify(&bytes, format, &unknown, None, &meant, &BTreeSet::new());
        assert_eq!(refused.is_ok(), format == Format::Jks, "{format}");
    }
}

/// Any text, with what formats stumble over: line ends, quotes, hyphens, emoji, nothing at all. The
/// number keeps aliases apart after folding.
fn aliases(number: usize) -> impl Strategy<Value = Vec<String>> {
    let odd = prop_oneof![
        Just("-----BEGIN CERTIFICATE-----\n".to_owned()),
        Just("\"quoted\"\\".to_owned()),
        Just(" Alias: x\r\nEntry: request\n".to_owned()),
        Just("\u{2028}ẞİ\u{0}\u{85}".to_owned()),
        Just("ΟΔΟΣ 🔑 größe".to_owned()),
        ".{0,20}",
        "[A-Za-z0-9 ._-]{0,12}",
    ];
    prop::collection::vec(odd, number).prop_map(|texts| {
        texts.into_iter().enumerate().map(|(index, text)| format!("{text}{index}")).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn conversions_in_a_circle_keep_everything(
        chosen in prop::sample::subsequence((0..5).collect::<Vec<usize>>(), 0..=5),
        trusted in prop::sample::subsequence(vec![0_usize, 1], 0..=2),
        names in aliases(7),
    ) {
        prop_assume!(!chosen.is_empty() || !trusted.is_empty());
        let mut names = names.into_iter();
        let mut named = |numbers: Vec<usize>| -> Vec<(usize, String)> {
            numbers.into_iter().zip(names.by_ref()).collect()
        };
        let (keys, trusted) = (named(chosen), named(trusted));
        let mut current = whole(&wallet(&keys, &trusted));
        let expected = picture(&current);
        for format in [
            Format::Pkcs12, Format::Jks, Format::Pem, Format::Pkcs12, Format::Jceks, Format::Pkcs12,
        ] {
            current = through(&current, format);
            prop_assert_eq!(picture(&current), expected.clone(), "after {}", format);
        }
    }
}
