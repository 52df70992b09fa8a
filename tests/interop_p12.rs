//! Every reader that the profiles promise opens what `export --to p12` writes, key and trust
//! included.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use std::collections::BTreeSet;
use support::authority::{Authority, CaKeys, misfit_p12};
use support::job::{PASSWORD, certified};
use support::loudly;
use support::peers::{self, Peer};
use support::run::run;
use support::scratch::Scratch;

/// The password of the exported files: two bytes and a space, so that encodings matter.
const OUT: &str = "Ext\u{e9}rn 12";

/// The keys that are exported; the profiles with each.
const KEYS: [&str; 3] = ["rsa:2048", "ec:p256", "ed25519"];

/// A wallet for each key, exported in each profile as `KEY-PROFILE.p12`.
struct Exports {
    scratch: Scratch,
    openssl: Peer,
}

impl Exports {
    fn new(profiles: &[&str], password: &str) -> Option<Self> {
        let openssl = peers::openssl()?;
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
        for key in KEYS {
            let name = short(key);
            certified(&scratch, &ca, name, key);
            for profile in profiles {
                scratch
                    .mwallet(&format!("export {name} --to p12 --profile {profile}"))
                    .args(&format!("--out {name}-{profile}.p12"))
                    .password(PASSWORD)
                    .out_password(password)
                    .ok();
            }
        }
        Some(Self { scratch, openssl })
    }
}

fn short(key: &str) -> &str {
    key.split(':').next().unwrap()
}

#[test]
fn openssl_opens_modern_and_compat_and_finds_the_same_key() {
    let Some(exports) = Exports::new(&["modern", "compat"], OUT) else { return };
    let (scratch, openssl) = (&exports.scratch, &exports.openssl);
    for key in KEYS {
        let name = short(key);
        for profile in ["modern", "compat"] {
            let file = format!("{name}-{profile}.p12");
            let read = |options: &str| {
                let mut command = scratch.command(openssl, &format!("pkcs12 -in {file} {options}"));
                command.arg("-passin").arg(format!("pass:{OUT}"));
                run(&mut command, b"").ok()
            };
            let all = read("-nodes").out();
            assert_eq!(all.matches("BEGIN CERTIFICATE").count(), 3, "{file}: {all}");
            read(&format!("-nocerts -nodes -out {name}.key"));
            let public = |line: &str| scratch.run(openssl, line).ok().out();
            assert_eq!(
                public(&format!("pkey -in {name}.key -pubout")),
                public(&format!("x509 -in {name}.pem -pubkey -noout")),
                "{file}: the key is not the certificate's"
            );
            // The user certificate is the one that carries the key's id, and both have the alias.
            let user = read("-clcerts -nokeys").out();
            assert_eq!(user.matches("BEGIN CERTIFICATE").count(), 1, "{file}: {user}");
            assert!(user.contains("friendlyName: app"), "{file}: {user}");
            assert!(user.contains("localKeyID"), "{file}: {user}");
        }
    }
}

#[test]
fn every_keytool_recovers_the_key_and_sees_the_trusted_entries() {
    // keytool takes its password from arguments in the machine's encoding, so this one is ASCII.
    let Some(exports) = Exports::new(&["modern", "compat"], "Extern12") else { return };
    let scratch = &exports.scratch;
    for keytool in peers::keytools() {
        for key in KEYS {
            for profile in ["modern", "compat"] {
                let file = format!("{}-{profile}.p12", short(key));
                let source = format!("-keystore {file} -storetype PKCS12 -storepass Extern12");
                let list = scratch.run(&keytool, &format!("-list -v {source}")).ok();
                let text = list.out();
                assert_eq!(text.matches("PrivateKeyEntry").count(), 1, "{}", list.story());
                assert!(text.matches("trustedCertEntry").count() >= 1, "{}", list.story());
                assert!(text.contains("Certificate chain length: 3"), "{}", list.story());
                for kind in ["JKS", "PKCS12"] {
                    let number = keytool.version().0;
                    let copy = format!("{file}-{number}.{kind}");
                    let done = scratch
                        .run(
                            &keytool,
                            &format!(
                                "-importkeystore -noprompt -srckeystore {file} -srcstoretype \
                                 PKCS12 -srcstorepass Extern12 -destkeystore {copy} \
                                 -deststoretype {kind} -deststorepass changeit"
                            ),
                        )
                        .ok();
                    assert!(!done.all().contains("not imported"), "{}", done.story());
                    assert!(done.all().contains("0 entries failed"), "{}", done.story());
                }
            }
        }
    }
}

#[test]
fn gnutls_opens_modern_and_compat() {
    let Some(certtool) = peers::certtool() else { return };
    let Some(exports) = Exports::new(&["modern", "compat"], OUT) else { return };
    for key in KEYS {
        for profile in ["modern", "compat"] {
            let file = format!("{}-{profile}.p12", short(key));
            let line = format!("--p12-info --inder --infile {file} --password");
            let mut command = exports.scratch.command(&certtool, &line);
            let done = run(command.arg(OUT), b"").ok();
            let text = done.all();
            assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 3, "{}", done.story());
            assert!(text.contains("PRIVATE KEY-----"), "{}", done.story());
        }
    }
}

#[test]
fn nss_imports_modern_and_compat_with_the_key() {
    let (Some(pk12util), Some(certutil)) = (peers::pk12util(), peers::certutil()) else { return };
    let Some(exports) = Exports::new(&["modern", "compat"], OUT) else { return };
    let scratch = &exports.scratch;
    for key in KEYS {
        if key == "ed25519" {
            loudly("NSS before 3.101 has no Ed25519 keys; not tested with NSS");
            continue;
        }
        for profile in ["modern", "compat"] {
            let file = format!("{}-{profile}.p12", short(key));
            let call = |line: &str| {
                let mut command = scratch.command(&pk12util, line);
                run(command.arg("-W").arg(OUT), b"").ok()
            };
            let list = call(&format!("-l {file}"));
            assert!(list.out().contains("Key(shrouded)"), "{}", list.story());
            let base = format!("nss-{file}");
            scratch.folder(&base);
            scratch.run(&certutil, &format!("-N -d sql:{base} --empty-password")).ok();
            call(&format!("-i {file} -d sql:{base}"));
            scratch.run(&certutil, &format!("-K -d sql:{base}")).ok().says("app");
            let certificates = scratch.run(&certutil, &format!("-L -d sql:{base}")).ok();
            assert!(certificates.out().contains("app"), "{}", certificates.story());
        }
    }
}

const PYCA: &str = r"
import sys
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12
store = pkcs12.load_pkcs12(open(sys.argv[1], 'rb').read(), sys.argv[2].encode())
assert store.key is not None, 'no key'
spki = lambda key: key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
assert spki(store.key.public_key()) == spki(store.cert.certificate.public_key()), 'another key'
assert store.cert.friendly_name == b'app', store.cert.friendly_name
print(1 + len(store.additional_certs), 'certificates')
";

#[test]
fn pyca_opens_modern_and_compat() {
    let pythons = peers::pythons();
    let Some(exports) = Exports::new(&["modern", "compat"], OUT) else { return };
    for python in &pythons {
        for key in KEYS {
            for profile in ["modern", "compat"] {
                pyca(&exports.scratch, python, &format!("{}-{profile}.p12", short(key)));
            }
        }
    }
}

#[track_caller]
fn pyca(scratch: &Scratch, python: &Peer, file: &str) {
    let mut command = scratch.command(python, "");
    command.arg("-c").arg(PYCA).arg(file).arg(OUT);
    run(&mut command, b"").ok().says("3 certificates");
}

#[test]
fn node_opens_modern_and_compat() {
    const SCRIPT: &str = "require('tls').createSecureContext({\
        pfx: require('fs').readFileSync(process.argv[1]), passphrase: process.argv[2]})";
    let Some(node) = peers::node() else { return };
    let Some(exports) = Exports::new(&["modern", "compat"], OUT) else { return };
    for key in KEYS {
        for profile in ["modern", "compat"] {
            let mut command = exports.scratch.command(&node, "-e");
            command.arg(SCRIPT).arg(format!("{}-{profile}.p12", short(key))).arg(OUT);
            run(&mut command, b"").ok();
        }
    }
}

#[test]
fn pbmac1_is_opened_by_those_who_know_it() {
    let Some(exports) = Exports::new(&["pbmac1"], OUT) else { return };
    let scratch = &exports.scratch;
    let mut readers = 0;
    for python in peers::pythons().iter().filter(|peer| peer.version() >= (3, 4)) {
        for key in KEYS {
            pyca(scratch, python, &format!("{}-pbmac1.p12", short(key)));
            readers += 1;
        }
    }
    if exports.openssl.version() >= (3, 4) {
        for key in KEYS {
            let file = format!("{}-pbmac1.p12", short(key));
            let mut command =
                scratch.command(&exports.openssl, &format!("pkcs12 -in {file} -nodes"));
            command.arg("-passin").arg(format!("pass:{OUT}"));
            run(&mut command, b"").ok();
            readers += 1;
        }
    }
    if readers == 0 {
        loudly("absent: OpenSSL 3.4 or later, alone or in pyca; PBMAC1 is not tested");
    }
}

#[test]
fn certificate_that_java_does_not_see_is_marked_when_it_is_added_again() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let export = format!("pkcs12 -export -nokeys -in {} -out t.p12", ca.root());
    scratch.run(&openssl, &format!("{export} -passout pass:{PASSWORD}")).ok();
    let seen = |count: &str| {
        for keytool in peers::keytools() {
            let list = format!("-list -keystore t.p12 -storepass {PASSWORD}");
            scratch.run(&keytool, &list).ok().says(count);
        }
    };
    seen("contains 0 entries");
    let add = || scratch.mwallet("add-trusted t.p12").arg(ca.root()).password(PASSWORD);
    add().arg("--dry-run").ok().says("would be marked for Java");
    add().ok().says("marked for Java");
    seen("contains 1 entry");
    assert_eq!(add().json()["certificates"][0]["result"], "present");
    let list = scratch.mwallet("list t.p12").password(PASSWORD).json();
    assert_eq!(list["entries"].as_array().unwrap().len(), 1, "{list:#}");
}

#[test]
fn java_trust_store_needs_no_password() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let _ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let _other = Authority::new(&scratch, &openssl, "other", CaKeys::Rsa);
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch.mwallet("add-trusted w ca/root.pem other/root.pem").password(PASSWORD).ok();
    scratch
        .mwallet("export w --to p12 --profile java-trust --trust-only --out-no-password")
        .args("--out trust.p12")
        .password(PASSWORD)
        .ok();
    for keytool in peers::keytools() {
        let mut command = scratch.command(&keytool, "-list -keystore trust.p12 -storetype PKCS12");
        let list = run(&mut command, b"\n").ok();
        assert_eq!(list.out().matches("trustedCertEntry").count(), 2, "{}", list.story());
    }
    let all = scratch.run(&openssl, "pkcs12 -in trust.p12 -nokeys -passin pass:").ok().out();
    assert_eq!(all.matches("BEGIN CERTIFICATE").count(), 2, "{all}");
    // What was written without a password is read without one, too.
    scratch.mwallet("list trust.p12").ok();
}

#[test]
fn a_key_does_not_go_into_an_unprotected_profile() {
    let Some(exports) = Exports::new(&[], OUT) else { return };
    exports
        .scratch
        .mwallet("export rsa --to p12 --profile java-trust --out-no-password --out x.p12")
        .password(PASSWORD)
        .fails(6, "conversion-lossy");
    assert!(!exports.scratch.exists("x.p12"));
}

#[test]
fn store_file_is_edited_in_place_and_every_reader_follows() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    certified(&scratch, &ca, "w.p12", "rsa:2048");
    let dump = format!("pkcs12 -in w.p12 -nodes -passin pass:{PASSWORD}");
    let all = scratch.run(&openssl, &dump).ok().out();
    assert_eq!(all.matches("BEGIN CERTIFICATE").count(), 3, "{all}");
    scratch.mwallet("rename w.p12 app renamed").password(PASSWORD).ok();
    scratch.run(&openssl, &dump).ok().says("friendlyName: renamed");
    scratch.mwallet("remove w.p12 renamed --yes").password(PASSWORD).ok();
    let all = scratch.run(&openssl, &dump).ok().out();
    assert!(!all.contains("PRIVATE KEY"), "{all}");
    for keytool in peers::keytools() {
        let line = format!("-list -keystore w.p12 -storetype PKCS12 -storepass {PASSWORD}");
        let list = scratch.run(&keytool, &line).ok();
        assert!(!list.out().contains("PrivateKeyEntry"), "{}", list.story());
        assert!(list.out().contains("trustedCertEntry"), "{}", list.story());
    }
}

/// What openssl 3 writes with each of its switches is edited by us; profile and iterations stay.
#[test]
fn editing_keeps_the_algorithms_of_the_file() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    for (name, options) in [
        ("default", ""),
        ("rounds", "-iter 4321"),
        ("aes128", "-keypbe AES-128-CBC -certpbe AES-128-CBC -macalg sha512"),
        ("compat", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1"),
        ("legacy", "-legacy"),
        ("no-mac", "-nomac"),
        ("plain-certificates", "-certpbe NONE"),
        ("no-iterations", "-noiter -nomaciter"),
    ] {
        let file = format!("{name}.p12");
        scratch
            .run(
                &openssl,
                &format!(
                    "pkcs12 -export {options} -in s.pem -inkey s.key -name s -out {file} \
                     -passout pass:Extern12"
                ),
            )
            .ok();
        let about = || {
            let report = scratch.mwallet(&format!("inspect {file}")).password("Extern12").json();
            format!("{} {} {}", report["profile"], report["mac"], report["encryption"])
        };
        let before = about();
        // openssl's own account of the file, without the lines of its parts.
        let scheme = || {
            let line = format!("pkcs12 -legacy -info -in {file} -noout -passin pass:Extern12");
            scratch.run(&openssl, &line).ok().err()
        };
        let openssl_before = scheme();
        scratch.mwallet(&format!("add-trusted {file} ca/root.pem")).password("Extern12").ok();
        assert_eq!(before, about(), "{name}");
        let (old, new) = (schemes(&openssl_before), schemes(&scheme()));
        assert_eq!(old, new, "{name}");
        scratch.mwallet(&format!("rename {file} s t")).password("Extern12").ok();
        assert_eq!(schemes(&openssl_before), schemes(&scheme()), "{name}");
    }
}

/// A localKeyID that names the certificate of another key does not beat the public key.
#[test]
fn keys_find_their_certificates_though_the_identifiers_are_exchanged() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    ca.issue("t");
    ca.bundle(&["s.key", "s.pem", "t.key", "t.pem"], "both.pem");
    scratch.mwallet("convert both.pem w.p12 --out-no-password").ok();
    let info = scratch.run(&openssl, "pkcs12 -in w.p12 -passin pass: -nokeys -nomacver").ok().out();
    let ids: BTreeSet<Vec<u8>> = info
        .lines()
        .filter_map(|line| line.trim().strip_prefix("localKeyID: "))
        .map(|id| id.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect())
        .collect();
    let [one, other] = &ids.into_iter().collect::<Vec<_>>()[..] else { panic!("{info}") };
    // The keys come last.
    let mut bytes = scratch.read("w.p12");
    let last = |id: &[u8]| bytes.windows(id.len()).rposition(|window| window == id).unwrap();
    let places = [last(one), last(other)];
    for (place, id) in places.into_iter().zip([other, one]) {
        bytes[place..place + id.len()].copy_from_slice(id);
    }
    scratch.write("w.p12", &bytes);
    let mismatches = |password: Option<&str>| {
        let check = scratch.mwallet("check w.p12");
        let check = match password {
            Some(password) => check.password(password),
            None => check.arg("--no-password"),
        };
        let (report, _) = check.report();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().filter(|one| one["code"] == "key-mismatch").count()
    };
    assert_eq!(mismatches(None), 0);
    // The file itself stays as it is, and can be edited with the keys open or closed.
    scratch.mwallet("rename w.p12 s x --no-password").ok();
    scratch.mwallet("rename w.p12 x s --no-password").ok();
    assert!(scratch.read("w.p12") == bytes, "the file has changed");
    scratch.mwallet("passwd w.p12 --no-password").new_password("Extern12").ok();
    scratch.mwallet("rename w.p12 s x").password("Extern12").ok();
    assert_eq!(mismatches(Some("Extern12")), 0);
}

/// The public half of a DSA key is not in it, and openssl and Java work it out as well.
#[test]
fn dsa_key_finds_its_certificate_by_public_key() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    for (name, bits) in [("d", 2048), ("old", 1024)] {
        scratch.run(&openssl, &format!("dsaparam -out {name}.dsa {bits}")).ok();
        let line = format!(
            "req -x509 -newkey dsa:{name}.dsa -nodes -keyout {name}.key -out {name}.pem -subj /CN={name}"
        );
        scratch.run(&openssl, &line).ok();
        let line = format!(
            "pkcs12 -export -inkey {name}.key -in {name}.pem -name {name} -keypbe NONE -certpbe NONE \
             -nomac -passout pass: -out {name}.p12"
        );
        scratch.run(&openssl, &line).ok();
        // The key, which comes last, is left with the identifier of no certificate.
        let info = format!("pkcs12 -in {name}.p12 -passin pass: -nokeys -nomacver");
        let info = scratch.run(&openssl, &info).ok().out();
        let id = info.lines().find_map(|line| line.trim().strip_prefix("localKeyID: ")).unwrap();
        let bytes = id.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap());
        let id: Vec<u8> = bytes.collect();
        let mut bytes = scratch.read(&format!("{name}.p12"));
        let place = bytes.windows(id.len()).rposition(|window| window == id).unwrap();
        bytes[place] ^= 1;
        scratch.write(&format!("{name}.p12"), bytes);
        let pem = scratch.text(&format!("{name}.key")) + &scratch.text(&format!("{name}.pem"));
        scratch.write(&format!("{name}-both.pem"), pem);
        for file in [format!("{name}.p12"), format!("{name}-both.pem")] {
            let list = scratch.mwallet(&format!("list {file}")).arg("--no-password").json();
            let entries = list["entries"].as_array().unwrap();
            assert_eq!(entries.len(), 1, "{file}: {list}");
            assert_eq!(entries[0]["subject"], format!("CN={name}"), "{file}: {list}");
            let (report, _) =
                scratch.mwallet(&format!("check {file}")).arg("--no-password").report();
            let findings = report["findings"].as_array().unwrap().iter();
            let not_compared = ["algorithm-unsupported", "key-mismatch", "certificate-missing"];
            let found: Vec<_> = findings
                .filter(|one| not_compared.contains(&one["code"].as_str().unwrap()))
                .collect();
            assert!(found.is_empty(), "{file}: {found:?}");
        }
    }
    scratch.mwallet("match d.key d.pem").ok();
    scratch.mwallet("match d.key old.pem").run().status(3);
}

#[test]
fn pair_that_does_not_match_is_handed_out_with_a_warning() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    ca.issue("t");
    misfit_p12(&scratch, &openssl, "s", "s", "good.p12");
    misfit_p12(&scratch, &openssl, "s", "t", "bad.p12");
    for (is_other, source) in [(false, "good"), (true, "bad")] {
        for to in ["p12", "pem"] {
            let convert =
                format!("convert {source}.p12 {source}-2.{to} --no-password --out-no-password");
            let done = scratch.mwallet(&convert).ok();
            assert_eq!(done.err().contains("key-mismatch"), is_other, "{}", done.story());
        }
    }
}

/// Six hundred thousand rounds, and three derivations a key: what NSS and GnuTLS write with 3DES opens as it
/// is.
#[test]
fn files_of_gnutls_and_nss_open_without_a_higher_bound() {
    let (Some(openssl), Some(certtool)) = (peers::openssl(), peers::certtool()) else { return };
    let (Some(pk12util), Some(certutil)) = (peers::pk12util(), peers::certutil()) else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    let line = "--to-p12 --load-privkey s.key --load-certificate s.pem --p12-name s --outder \
                --pkcs-cipher 3des-pkcs12 --outfile";
    scratch.run(&certtool, &format!("{line} gnutls.p12 --password Extern12")).ok();
    scratch.folder("nss");
    scratch.run(&certutil, "-N -d sql:nss --empty-password").ok();
    let import = "-i gnutls.p12 -d sql:nss -W Extern12 -K";
    run(scratch.command(&pk12util, import).arg(""), b"").ok();
    let cipher = "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC";
    let export = "-o nss.p12 -n s -d sql:nss -W Extern12 -K";
    run(scratch.command(&pk12util, export).args(["", "-c", cipher, "-C", cipher]), b"").ok();
    for file in ["gnutls.p12", "nss.p12"] {
        let report = scratch.mwallet(&format!("inspect {file}")).password("Extern12").json();
        assert_eq!(report["mac"]["iterations"], 600_000, "{report}");
        assert_eq!(report["encryption"][0]["algorithm"], "PBE-SHA1-3DES", "{report}");
        let line = format!("export {file} --to pem --out-no-password");
        let pem = scratch.mwallet(&line).password("Extern12").ok();
        assert!(pem.out().contains("PRIVATE KEY"), "{}", pem.story());
    }
    // The wrong form of no password is tried first.
    for (form, told) in [("null", "none"), ("empty", "empty")] {
        scratch.run(&certtool, &format!("{line} {form}.p12 --{form}-password")).ok();
        let inspect = format!("inspect {form}.p12");
        scratch.mwallet(&inspect).password("").ok().says(&format!("password:     {told}: "));
        let report = scratch.mwallet(&inspect).arg("--no-password").json();
        assert_eq!(report["password"], told);
        assert_eq!(report["entries"][0]["key"], "open", "{report}");
    }
}

/// A password that was for the MAC alone protects the keys once somebody sets it.
#[test]
fn set_password_encrypts_keys_that_lay_open() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    for (options, new) in [
        ("-certpbe NONE", "Extern13"),
        ("-certpbe NONE", "Extern12"),
        ("-certpbe NONE -nomac", "Extern13"),
        ("-certpbe AES-256-CBC", "Extern13"),
        ("-certpbe AES-256-CBC", "Extern12"),
    ] {
        let line =
            "pkcs12 -export -in s.pem -inkey s.key -name s -out w.p12 -passout pass:Extern12";
        scratch.run(&openssl, &format!("{line} -keypbe NONE {options}")).ok();
        let passwd = scratch.mwallet("passwd w.p12").new_password(new);
        if options.ends_with("-nomac") { passwd } else { passwd.password("Extern12") }.ok();
        let line = format!("pkcs12 -info -in w.p12 -noout -passin pass:{new}");
        let info = scratch.run(&openssl, &line).ok().err();
        for (what, is_there) in
            [("Shrouded Keybag", true), ("Key bag", false), ("PKCS7 Encrypted data", true)]
        {
            assert_eq!(info.contains(what), is_there, "{options}, {new}: {info}");
        }
    }
}

#[test]
fn key_that_comes_into_an_open_file_is_told() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    ca.issue("t");
    for (options, is_open) in [("-keypbe NONE -certpbe NONE", true), ("-certpbe NONE", false)] {
        let line =
            "pkcs12 -export -in s.pem -inkey s.key -name s -out w.p12 -passout pass:Extern12";
        scratch.run(&openssl, &format!("{line} {options}")).ok();
        for line in [
            &format!("import-user w.p12 t.pem {} {} --key t.key", ca.intermediate(), ca.root()),
            "csr w.p12 --dn CN=u --alias u",
        ] {
            let report = scratch.mwallet(line).password("Extern12").json();
            let warnings = report["warnings"].as_array().unwrap();
            let told = warnings.iter().any(|one| one["code"] == "key-unencrypted");
            assert_eq!(told, is_open, "{line}: {report}");
        }
    }
}

#[test]
fn key_that_lies_open_beside_others_is_told() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    ca.issue("t");
    ca.bundle(&["s.pem", &ca.intermediate(), &ca.root()], "full.pem");
    let line = "pkcs12 -export -in full.pem -inkey s.key -name s -out w.p12 -keypbe NONE";
    scratch.run(&openssl, &format!("{line} -certpbe AES-256-CBC -passout pass:Extern12")).ok();
    let told = |report: &Value, place: &str| {
        let all = report[place].as_array().unwrap();
        let found = all.iter().find(|one| one["code"] == "key-unencrypted");
        found.map(|one| one["message"].as_str().unwrap().to_owned())
    };
    let add = format!("import-user w.p12 t.pem {} {} --key t.key", ca.intermediate(), ca.root());
    let warned = told(&scratch.mwallet(&add).password("Extern12").json(), "warnings");
    assert!(warned.unwrap().ends_with(": s"));

    let report = scratch.mwallet("inspect w.p12").password("Extern12").json();
    let keys: Vec<&str> = report["encryption"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["what"] == "keys")
        .map(|one| one["algorithm"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["none", "PBES2 AES-256-CBC, PBKDF2-HMAC-SHA256"]);
    let (report, status) = scratch.mwallet("check w.p12").password("Extern12").report();
    assert!(told(&report, "findings").unwrap().ends_with(": s"));
    assert_eq!(status, Some(0));

    scratch.mwallet("passwd w.p12").password("Extern12").new_password("Extern13").ok();
    let report = scratch.mwallet("check w.p12").password("Extern13").json();
    assert_eq!(told(&report, "findings"), None);
    let renamed = scratch.mwallet("rename w.p12 s u").password("Extern13").json();
    assert_eq!(told(&renamed, "warnings"), None);
}

/// The lines of `openssl pkcs12 -info`, each once: algorithms and iterations.
fn schemes(info: &str) -> BTreeSet<String> {
    info.lines().map(|line| line.trim().to_owned()).collect()
}
