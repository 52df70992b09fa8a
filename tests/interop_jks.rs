//! keytool reads the JKS and JCEKS stores that we write, and we read those that keytool writes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::codec::{self, Decoded, Opening, Protect, Sealing};
use mwallet::crypto::keygen;
use mwallet::model::alias::Alias;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryKind, KeyEntry, TrustedEntry};
use mwallet::model::format::Format;
use mwallet::model::key::{KeyAlgorithm, KeyMaterial};
use mwallet::model::trust::TrustFlags;
use mwallet::model::wallet::Wallet;
use mwallet::secret::{Password, SecretBytes};
use std::collections::{BTreeMap, BTreeSet};
use support::peers::{self, Peer};
use support::run::{Done, run};
use support::scratch::Scratch;
use time::OffsetDateTime;
use time::macros::datetime;

const PASSWORD: &str = "changeit";
const OTHER: &str = "another-1";

/// Both formats, by the names that Java and we give them.
const FORMATS: [(&str, Format); 2] = [("JKS", Format::Jks), ("JCEKS", Format::Jceks)];

/// Two bytes, three bytes, a pair of surrogates, a space and a colon.
const UNICODE: &str = "schl\u{fc}ssel \u{20ac}: \u{1F511}";

/// When our entries were made.
const MADE: OffsetDateTime = datetime!(2024-02-29 12:34:56.789 UTC);

/// What one entry is, whoever tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    /// `key` or `trusted`.
    kind: &'static str,
    /// SHA-256 of each certificate, in order.
    certificates: Vec<String>,
}

/// Runs keytool in a locale in which it prints every character.
#[track_caller]
fn keytool(scratch: &Scratch, peer: &Peer, line: &str, words: &[&str]) -> Done {
    let mut command = scratch.command(peer, "");
    command.args(["-J-Duser.language=en", "-J-Dfile.encoding=UTF-8", "-J-Dstdout.encoding=UTF-8"]);
    command.args(["-J-Dsun.stdout.encoding=UTF-8", "-J-Dsun.jnu.encoding=UTF-8"]);
    command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    command.args(line.split_whitespace()).args(words);
    run(&mut command, b"").ok()
}

/// What `keytool -list -v` says of each alias.
#[track_caller]
fn listed(scratch: &Scratch, peer: &Peer, file: &str, kind: &str) -> BTreeMap<String, Seen> {
    let line = format!("-list -v -keystore {file} -storetype {kind} -storepass {PASSWORD}");
    story(&keytool(scratch, peer, &line, &[]))
}

fn story(done: &Done) -> BTreeMap<String, Seen> {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    let mut alias = String::new();
    for line in done.out().lines() {
        if let Some(name) = line.strip_prefix("Alias name: ") {
            name.clone_into(&mut alias);
        } else if let Some(kind) = line.strip_prefix("Entry type: ") {
            let kind = match kind {
                "PrivateKeyEntry" => "key",
                "trustedCertEntry" => "trusted",
                _ => "secret",
            };
            seen.insert(alias.clone(), Seen { kind, certificates: Vec::new() });
        } else if let Some(print) = line.trim().strip_prefix("SHA256: ") {
            let print = print.replace(':', "").to_lowercase();
            seen.get_mut(&alias).unwrap().certificates.push(print);
        }
    }
    seen
}

/// The same, as we see it.
fn ours(wallet: &Wallet) -> BTreeMap<String, Seen> {
    wallet
        .entries()
        .iter()
        .map(|entry| {
            let (kind, certificates): (_, Vec<&Certificate>) = match &entry.kind {
                EntryKind::PrivateKey(key) => {
                    ("key", key.chain.iter().map(|link| &link.certificate).collect())
                }
                EntryKind::TrustedCertificate(trusted) => ("trusted", vec![&trusted.certificate]),
                _ => ("secret", Vec::new()),
            };
            let certificates = certificates.iter().map(|one| one.fingerprint().to_string());
            let alias = entry.alias.as_ref().unwrap().to_string();
            (alias, Seen { kind, certificates: certificates.collect() })
        })
        .collect()
}

fn read(bytes: &[u8], format: Format, passwords: &[&str]) -> Decoded {
    let passwords: Vec<Password> = passwords.iter().copied().map(Password::from).collect();
    let (store, keys) = passwords.split_first().unwrap();
    let opening = Opening { key_passwords: keys, ..Opening::with(Some(store)) };
    codec::decode(bytes, format, &opening).unwrap()
}

fn write(wallet: &Wallet, format: Format, password: &str) -> SecretBytes {
    let password = Password::from(password);
    let protect = Protect::Password(&password);
    codec::encode(wallet, format, &Sealing { protect, ..Sealing::default() }, None).unwrap()
}

/// What is open, locked, or no key at all.
fn key_of(entry: &Entry) -> Option<&KeyMaterial> {
    match &entry.kind {
        EntryKind::PrivateKey(key) => Some(&key.key),
        _ => None,
    }
}

/// A CA and a certificate of it for a key of ours; the CA comes second.
fn chain(algorithm: KeyAlgorithm) -> (KeyMaterial, Vec<Certificate>) {
    let key = keygen::generate(algorithm).unwrap();
    let pair = rcgen::KeyPair::try_from(key.pkcs8()).unwrap();
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca.distinguished_name.push(rcgen::DnType::CommonName, format!("CA of {algorithm}"));
    let leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let root = ca.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let leaf = leaf.signed_by(&pair, &issuer).unwrap();
    let certificates = [leaf.der(), root.der()].map(|der| Certificate::from_der(der).unwrap());
    (KeyMaterial::Open(key), certificates.to_vec())
}

/// Keys with chains and trusted certificates, under plain and unicode aliases.
fn wallet() -> Wallet {
    let mut wallet = Wallet::new();
    for (alias, algorithm) in [
        ("rsa", KeyAlgorithm::Rsa(2048)),
        (UNICODE, KeyAlgorithm::EcP256),
        ("ed", KeyAlgorithm::Ed25519),
    ] {
        let (key, certificates) = chain(algorithm);
        let root = certificates[1].clone();
        let chain = certificates.into_iter().map(Into::into).collect();
        let entry = KeyEntry { key, chain, request: None };
        wallet.push(Some(Alias::new(alias)), EntryKind::from(entry));
        let trusted = TrustedEntry { certificate: root, flags: TrustFlags::default() };
        let alias = Alias::new(format!("{alias} root"));
        wallet.push(Some(alias), EntryKind::TrustedCertificate(trusted));
    }
    wallet.entries_mut().for_each(|entry| entry.created = Some(MADE));
    wallet
}

#[test]
fn every_keytool_lists_and_imports_what_we_write() {
    let wallet = wallet();
    let expected = ours(&wallet);
    for peer in peers::keytools() {
        let scratch = Scratch::new();
        for (kind, format) in FORMATS {
            let file = format!("ours.{kind}");
            scratch.write(&file, &write(&wallet, format, PASSWORD)[..]);
            assert_eq!(listed(&scratch, &peer, &file, kind), expected, "{} {kind}", peer.name);
            // Every key is decrypted and encrypted anew, into both formats and PKCS#12.
            for (target, target_format) in FORMATS.into_iter().chain([("PKCS12", Format::Pkcs12)]) {
                let copy = format!("{kind}-{target}");
                let line = format!(
                    "-importkeystore -noprompt -srckeystore {file} -srcstoretype {kind} \
                     -srcstorepass {PASSWORD} -destkeystore {copy} -deststoretype {target} \
                     -deststorepass {PASSWORD}"
                );
                let done = keytool(&scratch, &peer, &line, &[]);
                assert!(done.all().contains("6 entries successfully"), "{}", done.story());
                let theirs = read(&scratch.read(&copy), target_format, &[PASSWORD]).wallet;
                assert_eq!(ours(&theirs), expected, "{} {kind} {target}", peer.name);
                let keys = theirs.entries().iter().filter_map(key_of);
                assert_eq!(keys.filter(|key| key.open().is_some()).count(), 3);
            }
        }
    }
}

#[test]
fn java_takes_our_non_ascii_password_of_a_jks_store() {
    const BEYOND: &str = "p\u{e4}ss \u{20ac}\u{1F511}";
    let wallet = wallet();
    for peer in peers::keytools() {
        let scratch = Scratch::new();
        scratch.write("ours", &write(&wallet, Format::Jks, BEYOND)[..]);
        // An argument cannot carry it on every machine; a file in UTF-8 can.
        scratch.write("password", format!("{BEYOND}\n"));
        let line = "-importkeystore -noprompt -srckeystore ours -srcstoretype JKS \
                    -srcstorepass:file password -destkeystore theirs -deststoretype JKS \
                    -deststorepass changeit";
        let done = keytool(&scratch, &peer, line, &[]);
        assert!(done.all().contains("6 entries successfully"), "{}", done.story());
        let theirs = read(&scratch.read("theirs"), Format::Jks, &[PASSWORD]).wallet;
        assert_eq!(ours(&theirs), ours(&wallet));
    }
}

#[test]
fn dates_are_those_of_the_entries() {
    let wallet = wallet();
    for peer in peers::keytools() {
        let scratch = Scratch::new();
        for (kind, format) in FORMATS {
            scratch.write(kind, &write(&wallet, format, PASSWORD)[..]);
            let line = format!("-list -v -keystore {kind} -storetype {kind} -storepass {PASSWORD}");
            let done = keytool(&scratch, &peer, &line, &[]);
            assert_eq!(done.out().matches("Creation date: Feb 29, 2024").count(), 6, "{kind}");
            // Theirs are of the day of this test, whenever that is.
            let line = format!(
                "-genkeypair -keyalg EC -alias x -dname CN=x -keystore new.{kind} -storetype {kind} \
                 -storepass {PASSWORD} -keypass {PASSWORD}"
            );
            keytool(&scratch, &peer, &line, &[]);
            let theirs = read(&scratch.read(&format!("new.{kind}")), format, &[PASSWORD]).wallet;
            let age = OffsetDateTime::now_utc() - theirs.entries()[0].created.unwrap();
            assert!(age.whole_hours().abs() < 1, "{age}");
        }
    }
}

#[test]
fn what_keytool_writes_is_read_as_keytool_lists_it() {
    for peer in peers::keytools() {
        let scratch = Scratch::new();
        for (kind, format) in FORMATS {
            let store = format!("-keystore {kind} -storetype {kind} -storepass {PASSWORD}");
            let generate = |alias: &str, own: &str| {
                let line = format!("-genkeypair -keyalg EC -dname CN=x {store} -keypass {own}");
                keytool(&scratch, &peer, &line, &["-alias", alias]);
            };
            generate("Plain", PASSWORD);
            generate(UNICODE, OTHER);
            keytool(&scratch, &peer, &format!("-exportcert {store} -file c -alias plain"), &[]);
            keytool(
                &scratch,
                &peer,
                &format!("-importcert -noprompt {store} -file c"),
                &["-alias", "\u{130}\u{3A3}I"],
            );
            let theirs = listed(&scratch, &peer, kind, kind);
            let bytes = scratch.read(kind);
            let decoded = read(&bytes, format, &[PASSWORD]);
            assert_eq!(ours(&decoded.wallet), theirs, "{} {kind}", peer.name);
            // Java has folded the aliases, as we would.
            assert!(
                theirs.contains_key("i\u{307}\u{3C3}i") || theirs.contains_key("i\u{307}\u{3C2}i")
            );
            assert_eq!(locked(&decoded), [UNICODE.to_lowercase()]);
            assert!(locked(&read(&bytes, format, &[PASSWORD, OTHER])).is_empty());
        }
    }
}

/// The aliases of the keys that stay locked.
fn locked(decoded: &Decoded) -> Vec<String> {
    decoded
        .wallet
        .entries()
        .iter()
        .filter(|entry| matches!(key_of(entry), Some(KeyMaterial::Locked(_))))
        .inspect(|entry| assert!(decoded.origin.own_password(entry.id())))
        .map(|entry| entry.alias.as_ref().unwrap().to_string())
        .collect()
}

#[test]
fn key_passwords_survive_our_edit_and_our_repair_is_taken() {
    for peer in peers::keytools() {
        let scratch = Scratch::new();
        for (kind, format) in FORMATS {
            let store = format!("-keystore {kind} -storetype {kind} -storepass {PASSWORD}");
            for (alias, own) in [("same", PASSWORD), ("own", OTHER)] {
                let line = format!(
                    "-genkeypair -keyalg EC -dname CN=x -alias {alias} {store} -keypass {own}"
                );
                keytool(&scratch, &peer, &line, &[]);
            }
            // keytool exports a request only of a key that it can open.
            let opens = |alias: &str, own: &str| {
                let line = format!("-certreq -alias {alias} {store} -keypass {own}");
                let mut command = scratch.command(&peer, &line);
                run(&mut command, b"").succeeded()
            };
            let mut decoded = read(&scratch.read(kind), format, &[PASSWORD, OTHER]);
            let sealing = Sealing::default();
            let renamed = decoded.wallet.entries_mut().last().unwrap();
            renamed.alias = Some(Alias::new("renamed"));
            let (renamed, was_own) = {
                let id = renamed.id();
                (id, decoded.origin.own_password(id))
            };
            let save = |decoded: &Decoded| {
                let file = codec::encode(&decoded.wallet, format, &sealing, Some(&decoded.origin))
                    .unwrap();
                scratch.write(kind, &file[..]);
            };
            save(&decoded);
            let names = |own: bool| {
                if own == was_own {
                    "renamed"
                } else if own {
                    "own"
                } else {
                    "same"
                }
            };
            assert!(opens(names(true), OTHER) && !opens(names(true), PASSWORD), "{kind}");
            assert!(opens(names(false), PASSWORD), "{kind}");
            // `passwd --same` and its contrary.
            let other = decoded.wallet.entries().iter().map(Entry::id).find(|id| *id != renamed);
            let (differing, equal) =
                if was_own { (renamed, other.unwrap()) } else { (other.unwrap(), renamed) };
            decoded.origin.forget_key_protection(differing);
            decoded.origin.set_key_password(equal, Password::from(OTHER)).unwrap();
            save(&decoded);
            assert!(opens(names(true), PASSWORD), "{kind}");
            assert!(opens(names(false), OTHER) && !opens(names(false), PASSWORD), "{kind}");
        }
    }
}

#[test]
fn secret_keys_of_jceks_survive_our_edits() {
    for peer in peers::keytools() {
        let scratch = Scratch::new();
        let store = "-keystore s -storetype JCEKS -storepass changeit";
        for algorithm in ["AES -keysize 256", "DESede", "HmacSHA256 -keysize 256"] {
            let alias = algorithm.split(' ').next().unwrap().to_lowercase();
            let line =
                format!("-genseckey -keyalg {algorithm} -alias {alias} {store} -keypass changeit");
            keytool(&scratch, &peer, &line, &[]);
        }
        let line =
            format!("-genkeypair -keyalg EC -dname CN=x -alias pair {store} -keypass changeit");
        keytool(&scratch, &peer, &line, &[]);
        let mut decoded = read(&scratch.read("s"), Format::Jceks, &[PASSWORD]);
        let kinds: BTreeSet<String> = ours(&decoded.wallet)
            .into_iter()
            .map(|(alias, seen)| format!("{alias} {}", seen.kind))
            .collect();
        let expected = ["aes secret", "desede secret", "hmacsha256 secret", "pair key"];
        assert_eq!(kinds, expected.map(str::to_owned).into());
        for entry in decoded.wallet.entries_mut() {
            entry.alias = Some(Alias::new(format!("new {}", entry.alias.as_ref().unwrap())));
        }
        let sealing = Sealing::default();
        let edited =
            codec::encode(&decoded.wallet, Format::Jceks, &sealing, Some(&decoded.origin)).unwrap();
        scratch.write("s", &edited[..]);
        // Each is opened with its password on the way.
        let done = keytool(
            &scratch,
            &peer,
            "-importkeystore -noprompt -srckeystore s -srcstoretype JCEKS -srcstorepass changeit \
             -destkeystore t -deststoretype JCEKS -deststorepass changeit",
            &[],
        );
        assert!(done.all().contains("4 entries successfully"), "{}", done.story());
        let theirs = read(&scratch.read("t"), Format::Jceks, &[PASSWORD]).wallet;
        assert_eq!(ours(&theirs), ours(&decoded.wallet));
    }
}

/// keytool's store of a thousand aliases, edited by us, imported by keytool again.
#[test]
fn a_thousand_unicode_aliases_go_round_through_keytool() {
    const COUNT: usize = 1_000;
    let (_, certificates) = chain(KeyAlgorithm::EcP256);
    let mut wallet = Wallet::new();
    for number in 0..COUNT {
        // Greek, Cyrillic, Armenian, Georgian, CJK, and beyond the basic plane; capitals, too.
        let letter = |base: u32, span: u32| {
            char::from_u32(base + u32::try_from(number).unwrap() % span).unwrap()
        };
        let letters: String = [(0x391, 17), (0x410, 32), (0x531, 38), (0x10D0, 33), (0x4E00, 900)]
            .into_iter()
            .chain([(0x1F300, 200), (0x10400, 40)])
            .map(|(base, span)| letter(base, span))
            .collect();
        let certificate = certificates[1].clone();
        let trusted = TrustedEntry { certificate, flags: TrustFlags::default() };
        let alias = Alias::new(format!("{letters} {number}"));
        wallet.push(Some(alias), EntryKind::TrustedCertificate(trusted));
    }
    let aliases = |wallet: &Wallet| -> BTreeSet<String> { ours(wallet).into_keys().collect() };
    for peer in peers::keytools() {
        let scratch = Scratch::new();
        for (kind, format) in FORMATS {
            let copy = |from: &str, to: &str| {
                let line = format!(
                    "-importkeystore -noprompt -srckeystore {from} -srcstoretype {kind} \
                     -srcstorepass {PASSWORD} -destkeystore {to} -deststoretype {kind} \
                     -deststorepass {PASSWORD}"
                );
                keytool(&scratch, &peer, &line, &[]);
            };
            let first = write(&wallet, format, PASSWORD);
            scratch.write(&format!("a.{kind}"), &first[..]);
            copy(&format!("a.{kind}"), &format!("b.{kind}"));
            let mut theirs = read(&scratch.read(&format!("b.{kind}")), format, &[PASSWORD]);
            let folded: BTreeSet<String> =
                aliases(&wallet).iter().map(|alias| alias.to_lowercase()).collect();
            assert_eq!(aliases(&theirs.wallet), folded, "{} {kind}", peer.name);
            let first = theirs.wallet.entries()[0].id();
            theirs.wallet.remove(first).unwrap();
            let second = theirs.wallet.entries_mut().next().unwrap();
            second.alias = Some(Alias::new(UNICODE));
            let sealing = Sealing::default();
            let edited =
                codec::encode(&theirs.wallet, format, &sealing, Some(&theirs.origin)).unwrap();
            scratch.write(&format!("c.{kind}"), &edited[..]);
            copy(&format!("c.{kind}"), &format!("d.{kind}"));
            let again = read(&scratch.read(&format!("d.{kind}")), format, &[PASSWORD]).wallet;
            assert_eq!(again.entries().len(), COUNT - 1);
            assert_eq!(aliases(&again), aliases(&theirs.wallet), "{} {kind}", peer.name);
        }
    }
}
