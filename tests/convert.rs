//! `convert` and `export` between all forms, judged by keytool, openssl, nginx, curl, and by a program
//! that reads PEM by Kafka's rules.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use support::authority::{Authority, CaKeys, p12};
use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::run;
use support::scratch::Scratch;
use support::server::Server;

/// Another password, so that source and target are not mixed up.
const OUT: &str = "Extern12";

/// Two keys with their chains and two trusted certificates, made without mwallet: `store.p12`.
fn store(scratch: &Scratch, openssl: &Peer, keytool: &Peer) {
    let ca = Authority::new(scratch, openssl, "ca", CaKeys::Ec);
    let other = Authority::new(scratch, openssl, "other", CaKeys::Ec);
    for (name, alias) in [("server", "server"), ("client", "client key")] {
        ca.issue(name);
        ca.bundle(&[&ca.intermediate(), &ca.root()], "issuers.pem");
        let line = format!(
            "pkcs12 -export -in {name}.pem -inkey {name}.key -certfile issuers.pem \
             -out {name}.p12 -passout pass:{PASSWORD} -name"
        );
        run::run(scratch.command(openssl, &line).arg(alias), b"").ok();
        let line = format!(
            "-importkeystore -noprompt -srckeystore {name}.p12 -srcstorepass {PASSWORD} \
             -destkeystore store.p12 -deststoretype PKCS12 -deststorepass {PASSWORD}"
        );
        scratch.run(keytool, &line).ok();
    }
    for (alias, file) in [("root", ca.root()), ("another", other.root())] {
        let line = format!(
            "-importcert -noprompt -alias {alias} -file {file} -keystore store.p12 \
             -storepass {PASSWORD}"
        );
        scratch.run(keytool, &line).ok();
    }
}

/// The peers that every test here needs.
fn judges() -> Option<(Peer, Peer)> {
    Some((peers::openssl()?, peers::keytools().into_iter().next()?))
}

/// Kind and fingerprints of each entry, by its alias as Java folds it.
fn picture(list: &Value) -> BTreeMap<String, (String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = list["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let chain = entry["chain"].as_array().into_iter().flatten();
            let fingerprints =
                [text(&entry["sha256"])].into_iter().chain(chain.map(|one| text(&one["sha256"])));
            let alias = text(&entry["alias"]).to_lowercase();
            // In a file that is no store a certificate is no more than that.
            let kind = text(&entry["kind"]).replace("trusted-certificate", "certificate");
            (alias, (kind, fingerprints.collect()))
        })
        .collect()
}

fn listed(
    scratch: &Scratch,
    file: &str,
    password: &str,
) -> BTreeMap<String, (String, Vec<String>)> {
    picture(&scratch.mwallet("list").arg(file).password(password).json())
}

/// An Oracle wallet also trusts the issuers in the chains of its keys; other forms hold the same.
#[track_caller]
fn assert_kept(
    expected: &BTreeMap<String, (String, Vec<String>)>,
    found: &BTreeMap<String, (String, Vec<String>)>,
    target: &str,
) {
    for (alias, entry) in expected {
        assert_eq!(found.get(alias), Some(entry), "{target}: {alias}");
    }
    let more = found.len() - expected.len();
    assert_eq!(more, usize::from(target == "wallet"), "{target}: {:?}", found.keys());
}

#[test]
fn every_form_with_names_keeps_every_entry_and_keytool_reads_javas() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    store(&scratch, &openssl, &keytool);
    let expected = listed(&scratch, "store.p12", PASSWORD);
    assert_eq!(expected.len(), 4);
    for target in ["a.jks", "a.jceks", "a.pem", "a.pfx", "wallet"] {
        scratch
            .mwallet(&format!("convert store.p12 {target}"))
            .password(PASSWORD)
            .out_password(OUT)
            .ok();
        let file = if target == "wallet" { "wallet/ewallet.p12" } else { target };
        assert_eq!(scratch.mode(file), 0o600, "{target}");
        assert_kept(&expected, &listed(&scratch, target, OUT), target);
        // And back again.
        scratch
            .mwallet(&format!("convert {target} back-{target}.p12"))
            .password(OUT)
            .out_password(PASSWORD)
            .ok();
        assert_kept(&expected, &listed(&scratch, &format!("back-{target}.p12"), PASSWORD), target);
    }
    for keytool in peers::keytools() {
        for (file, kind) in [("a.jks", "JKS"), ("a.jceks", "JCEKS"), ("a.pfx", "PKCS12")] {
            let line = format!("-list -v -keystore {file} -storetype {kind} -storepass {OUT}");
            let out = scratch.run(&keytool, &line).ok().out();
            assert!(out.contains("contains 4 entries"), "{}: {file}\n{out}", keytool.name);
            assert_eq!(out.matches("Certificate chain length: 3").count(), 2, "{file}\n{out}");
            // Listing opens no key; a copy does.
            let name = format!("{}-{file}-copy", keytool.version().0);
            let line = format!(
                "-importkeystore -noprompt -srckeystore {file} -srcstoretype {kind} -srcstorepass \
                 {OUT} -destkeystore {name} -deststoretype PKCS12 -deststorepass {OUT}"
            );
            scratch.run(&keytool, &line).ok().says("4 entries successfully imported");
        }
    }
}

#[test]
fn bundle_says_which_entry_is_which_and_openssl_passes_over_it() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    store(&scratch, &openssl, &keytool);
    scratch.mwallet("convert store.p12 all.pem --out-no-password").password(PASSWORD).ok();
    let text = scratch.text("all.pem");
    let heads: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("Entry:") || line.starts_with("Alias:"))
        .collect();
    assert_eq!(heads.len(), 8, "{heads:?}");
    assert!(heads[..4].contains(&"Alias: client key"), "{heads:?}");
    assert_eq!(heads.iter().filter(|head| **head == "Entry: trusted-certificate").count(), 2);

    scratch
        .mwallet("convert store.p12 one.pem --alias server --out-no-password")
        .password(PASSWORD)
        .ok();
    let same = |left: &str, right: &str| {
        assert_eq!(scratch.run(&openssl, left).ok().out(), scratch.run(&openssl, right).ok().out());
    };
    same("x509 -in one.pem -outform PEM", "x509 -in server.pem -outform PEM");
    same("pkey -in one.pem -pubout", "x509 -in server.pem -noout -pubkey");
    let text = scratch.text("one.pem");
    assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 3, "{text}");
    assert!(!text.contains("trusted-certificate"), "{text}");
    scratch.run(&openssl, "verify -CAfile ca/root.pem -untrusted one.pem one.pem").ok();
}

/// What Kafka documents for `ssl.keystore.type=PEM`, and how its `DefaultSslEngineFactory` finds the
/// blocks: every block of the name, headers inside skipped, the first private key, the certificates
/// in order, the algorithms of keys tried in turn.
const KAFKA: &str = r#"
import java.nio.file.*; import java.security.*; import java.security.cert.*; import java.security.spec.*;
import java.util.*; import java.util.regex.*; import javax.crypto.*; import javax.crypto.spec.*; import java.io.*;
public class Kafka {
  static List<byte[]> blocks(String pem, String name) {
    String edge = "-+%s\\s*.*%s[^-]*-+\\s+", word = name.replace(" ", "\\s+");
    Matcher found = Pattern.compile(String.format(edge, "BEGIN", word) + "(?:\\s*[^\\r\\n]*:[^\\r\\n]*[\\r\\n]+)*"
        + "([a-zA-Z0-9/+=\\s]*)" + String.format(edge, "END", word)).matcher(pem + "\n");
    List<byte[]> all = new ArrayList<>();
    while (found.find()) all.add(Base64.getDecoder().decode(found.group(1).replaceAll("\\s", "")));
    return all;
  }
  public static void main(String[] a) throws Exception {
    String pem = Files.readString(Path.of(a[0]));
    char[] password = a.length > 1 ? a[1].toCharArray() : null;
    List<X509Certificate> chain = new ArrayList<>();
    for (byte[] der : blocks(pem, "CERTIFICATE"))
      chain.add((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)));
    byte[] der = blocks(pem, "PRIVATE KEY").get(0);
    PKCS8EncodedKeySpec spec;
    if (password == null) spec = new PKCS8EncodedKeySpec(der);
    else {
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
      SecretKey key = SecretKeyFactory.getInstance(info.getAlgName()).generateSecret(new PBEKeySpec(password));
      Cipher cipher = Cipher.getInstance(info.getAlgName());
      cipher.init(Cipher.DECRYPT_MODE, key, info.getAlgParameters());
      spec = info.getKeySpec(cipher);
    }
    PrivateKey key = null;
    for (String algorithm : new String[] {"RSA", "DSA", "EC"})
      try { key = KeyFactory.getInstance(algorithm).generatePrivate(spec); break; } catch (InvalidKeySpecException e) { }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("kafka", key, new char[0], chain.toArray(new X509Certificate[0]));
    Signature signer = Signature.getInstance("SHA256with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : "RSA"));
    signer.initSign(key); signer.update(new byte[] {1}); byte[] made = signer.sign();
    signer.initVerify(chain.get(0)); signer.update(new byte[] {1});
    for (int i = 0; i + 1 < chain.size(); i++) chain.get(i).verify(chain.get(i + 1).getPublicKey());
    System.out.println("signed " + signer.verify(made) + ", chain of " + chain.size());
  }
}
"#;

#[test]
fn one_key_in_pem_is_what_kafka_reads() {
    let Some((openssl, keytool)) = judges() else { return };
    let Some(java) = peers::java_of_sources() else { return };
    let scratch = Scratch::new();
    store(&scratch, &openssl, &keytool);
    scratch.write("Kafka.java", KAFKA);
    let read =
        |arguments: &[&str]| scratch.run(&java, &format!("Kafka.java {}", arguments.join(" ")));
    let convert = |line: &str| scratch.mwallet(&format!("convert store.p12 {line}"));
    convert("plain.pem --alias server --out-no-password").password(PASSWORD).ok();
    read(&["plain.pem"]).ok().says("signed true, chain of 3");
    for profile in ["modern", "compat"] {
        convert(&format!("{profile}.pem --alias server --profile {profile}"))
            .password(PASSWORD)
            .out_password(OUT)
            .ok();
        read(&[&format!("{profile}.pem"), OUT]).ok().says("signed true, chain of 3");
        read(&[&format!("{profile}.pem"), "another"]).failed();
    }
}

#[test]
fn split_folder_has_certbots_files_and_reads_back() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    store(&scratch, &openssl, &keytool);
    let expected = listed(&scratch, "store.p12", PASSWORD);
    let convert = |line: &str| scratch.mwallet(&format!("convert {line}")).password(PASSWORD);
    convert("store.p12 certs --split").out_password(OUT).ok();
    for name in ["cert.pem", "chain.pem", "fullchain.pem", "key.pem", "truststore.pem"] {
        for folder in ["server", "client key"] {
            assert_eq!(scratch.mode(&format!("certs/{folder}/{name}")), 0o600);
        }
    }
    assert_eq!(scratch.mode("certs"), 0o700);
    assert_eq!(listed(&scratch, "certs", OUT), expected);
    scratch.mwallet("convert certs again.jks").password(OUT).out_password(PASSWORD).ok();
    assert_eq!(listed(&scratch, "again.jks", PASSWORD), expected);
    let certificates = |file: &str| scratch.text(file).matches("BEGIN CERTIFICATE").count();
    assert_eq!(certificates("certs/server/cert.pem"), 1);
    assert_eq!(certificates("certs/server/chain.pem"), 2);
    assert_eq!(certificates("certs/server/fullchain.pem"), 3);

    // One key: the files stand in the folder itself, and it replaces only its like.
    convert("store.p12 one --split --alias server --out-no-password").ok();
    assert!(scratch.exists("one/fullchain.pem") && scratch.exists("one/truststore.pem"));
    assert_eq!(listed(&scratch, "one", PASSWORD).len(), 3);
    convert("store.p12 one --split --out-no-password").fails(6, "would-overwrite");
    convert("store.p12 one --split --out-no-password --force").ok();
    assert!(scratch.exists("one/server/cert.pem") && !scratch.exists("one/cert.pem"));
    scratch.write("one/server/notes.txt", "mine");
    let before = scratch.picture("one");
    convert("store.p12 one --split --out-no-password --force").fails(6, "would-overwrite");
    for folder in [".", "one/.", "one/../"] {
        convert(&format!("store.p12 {folder} --split --out-no-password")).fails(2, "usage");
    }
    let refused = convert("store.p12 one --split --out-no-password").fails(6, "would-overwrite");
    assert!(!refused.to_string().contains("--force"), "{refused}");
    scratch.assert_unchanged("one", &before);
    let left: Vec<_> = std::fs::read_dir(scratch.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".mwallet-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    convert("store.p12 trust --split --trust-only").ok();
    assert_eq!(listed(&scratch, "trust", PASSWORD).len(), 2);
}

/// As the kubelet mounts it: links to what a link leads to, so that all files change at once.
#[test]
fn secret_that_kubernetes_mounts_is_a_wallet() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("site");
    let mount = |folder: &str, parts: &[(&str, Vec<u8>)]| {
        for (name, content) in parts {
            scratch.write(&format!("{folder}/..2026_01_31/{name}"), content);
            symlink(format!("..data/{name}"), scratch.at(&format!("{folder}/{name}"))).unwrap();
        }
        symlink("..2026_01_31", scratch.at(&format!("{folder}/..data"))).unwrap();
    };
    let chain = [scratch.read("site.pem"), scratch.read(&ca.intermediate())].concat();
    let (key, root) = (scratch.read("site.key"), scratch.read(&ca.root()));
    mount("tls", &[("tls.crt", chain.clone()), ("tls.key", key.clone()), ("ca.crt", root.clone())]);
    mount("acme", &[("tls.crt", chain.clone()), ("tls.key", key.clone()), ("ca.crt", Vec::new())]);
    // What else is in the file of the CA is not lost, and what cannot be read not left unsaid.
    let odd = [&root[..], &scratch.read("ca/root.key")].concat();
    let halves: &[(&str, Vec<u8>)] = &[("tls.crt", chain.clone()), ("tls.key", key.clone())];
    let foreign = b"-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----\n";
    mount("odd", &[halves, &[("ca.crt", odd)]].concat());
    mount("foreign", &[halves, &[("ca.crt", [&root[..], foreign].concat())]].concat());
    mount("ca-alone", &[("ca.crt", root)]);
    let convert = |folder: &str| {
        let line = format!("convert {folder} {folder}.p12 --for java17");
        scratch.mwallet(&line).out_password(OUT)
    };
    convert("tls").ok();
    let list = format!("-list -v -keystore tls.p12 -storepass {OUT}");
    let done = scratch.run(&keytool, &list).ok().says("PrivateKeyEntry");
    done.says("trustedCertEntry").says("contains 2 entries");
    convert("acme").ok();
    let list = format!("-list -v -keystore acme.p12 -storepass {OUT}");
    scratch.run(&keytool, &list).ok().says("contains 1 entry").says("chain length: 2");
    convert("ca-alone").fails(5, "wallet-not-found");
    let kinds = scratch.mwallet("list odd").json()["entries"].to_string();
    assert_eq!(kinds.matches("\"kind\":\"private-key\"").count(), 2, "{kinds}");
    scratch.mwallet("list foreign").ok().says("(block-skipped)");
    // A copy under another name is one; another key is not.
    scratch.write("tls/key.pem", scratch.read("ca/root.key"));
    convert("tls").fails(5, "wallet-not-found");
}

#[test]
fn certbots_own_folder_is_a_wallet() {
    let Some((openssl, _)) = judges() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    for site in ["one.example", "two.example"] {
        ca.issue("site");
        for (part, name) in [("site.pem", "cert"), ("site.key", "privkey")] {
            scratch.write(&format!("live/{site}/{name}.pem"), scratch.read(part));
        }
        scratch.write(&format!("live/{site}/chain.pem"), scratch.read(&ca.intermediate()));
        let full = [scratch.read("site.pem"), scratch.read(&ca.intermediate())].concat();
        scratch.write(&format!("live/{site}/fullchain.pem"), full);
    }
    scratch.write("live/README", "what certbot writes");
    scratch.mwallet("convert live sites.jks").out_password(PASSWORD).ok();
    let entries = listed(&scratch, "sites.jks", PASSWORD);
    let names: Vec<&str> = entries.keys().map(String::as_str).collect();
    assert_eq!(names, ["one.example", "two.example"]);
    assert!(entries.values().all(|(kind, _)| kind == "private-key"));
    scratch.mwallet("rename live one.example x").fails(1, "format-unsupported");
}

#[test]
fn pkcs7_and_der_are_certificates_alone_and_say_what_they_leave_out() {
    let Some((openssl, _)) = judges() else { return };
    let scratch = Scratch::new();
    store(&scratch, &openssl, &peers::keytools()[0]);
    let convert =
        |line: &str| scratch.mwallet(&format!("convert store.p12 {line}")).password(PASSWORD);
    let error = convert("all.p7b").fails(6, "conversion-lossy");
    let losses: Vec<&str> = error["details"]["losses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l.as_str().unwrap())
        .collect();
    assert_eq!(losses, ["server: its private key", "client key: its private key"]);
    assert!(!scratch.exists("all.p7b"));
    // What is hinted at works: there is nothing that a password could protect.
    let asked = convert("all.p7b").args("--out-password-file pw").run().status(6);
    assert!(
        asked.err().contains(":\n  server: its private key\n  client key: "),
        "{}",
        asked.story()
    );
    let hint = "hint: mwallet convert store.p12 all.p7b --password-env MWALLET_TEST_PASSWORD --allow-loss\n";
    assert!(asked.err().ends_with(hint), "{}", asked.story());
    convert("lossy.p7b --allow-loss").ok().says("left out: server: its private key");
    convert("all.p7b --no-key").ok();
    assert_eq!(scratch.read("all.p7b"), scratch.read("lossy.p7b"));
    let subjects = |text: String| text.lines().filter(|line| line.starts_with("subject=")).count();
    let printed = scratch.run(&openssl, "pkcs7 -inform DER -in all.p7b -print_certs -noout").ok();
    assert_eq!(subjects(printed.out()), 5, "{}", printed.out());
    for keytool in peers::keytools() {
        let printed = scratch.run(&keytool, "-printcert -file all.p7b").ok().out();
        assert_eq!(printed.matches("Owner:").count(), 5, "{printed}");
    }
    // The bytes are DER: openssl writes them the same when it parses and encodes them.
    scratch.run(&openssl, "pkcs7 -inform DER -in all.p7b -outform DER -out again.p7b").ok();
    assert_eq!(scratch.read("all.p7b"), scratch.read("again.p7b"));

    convert("all.der").fails(2, "entry-ambiguous");
    convert("server.cer --alias server").ok();
    let same = |left: &str, right: &str| {
        assert_eq!(scratch.run(&openssl, left).ok().out(), scratch.run(&openssl, right).ok().out());
    };
    same("x509 -inform DER -in server.cer", "x509 -in server.pem");
    convert("key.der --alias server --key-only").out_password(OUT).ok();
    same(
        &format!("pkey -inform DER -in key.der -passin pass:{OUT} -pubout"),
        "x509 -in server.pem -noout -pubkey",
    );
    convert("client.cer --alias server --force --dry-run").ok().says("would write");
    assert!(!scratch.exists("client.cer"));
}

#[test]
fn names_tell_the_form_and_what_they_do_not_tell_is_asked() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    let error = scratch.mwallet("convert w.p12 x.doc").password(PASSWORD).fails(2, "usage");
    let message = error["message"].as_str().unwrap();
    for form in ["p12", "jks", "jceks", "pem", "der", "p7b", "oracle", "ewallet-pem", "k8s"] {
        assert!(message.contains(form), "{form}: {message}");
    }
    scratch.mwallet("convert w.p12 -").password(PASSWORD).fails(2, "usage");
    scratch.mwallet("convert none.p12 x.jks").fails(5, "file-not-found");
    for line in [
        "convert w.p12 x.jks --iterations 2000",
        "convert w.p12 x.jks --profile modern",
        "convert w.p12 x.pem --profile oracle-23ai",
        "convert w.p12 x.jks --out-no-password",
        "convert w.p12 x.p12 --split",
        "convert w.p12 x.p7b --key-only",
        "convert w.p12 x.pem --name x",
        "convert w.p12 x.p12 --store jks",
    ] {
        scratch.mwallet(line).password(PASSWORD).fails(2, "usage");
        assert!(!scratch.exists("x.jks"), "{line}");
    }
}

#[test]
fn weak_profile_is_said_by_every_verb_that_writes_it() {
    let scratch = Scratch::new();
    scratch.mwallet("create a.p12").password(PASSWORD).ok();
    scratch.mwallet("create b.p12 --no-password --profile java-trust").ok();
    let made = "csr a.p12 --dn CN=a --self-signed --key ec:p256 --out a.pem";
    scratch.mwallet(made).password(PASSWORD).ok();
    for line in [
        "export a.p12 --to p12 --out e.p12",
        "convert a.p12 c.p12",
        "merge a.p12 b.p12 --src-no-password --out m.p12",
    ] {
        let call = scratch.mwallet(line).args("--profile legacy-rc2");
        call.password(PASSWORD).out_password(PASSWORD).ok().says("RC2-40").says("weak-profile");
    }
}

#[test]
fn java_stores_want_six_characters_and_aliases_that_differ_when_folded() {
    let Some((openssl, _)) = judges() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let entry = |alias: &str, file: &str| {
        format!("Entry: trusted-certificate\nAlias: {alias}\n{}", scratch.text(file))
    };
    scratch.write("w.pem", entry("App", &ca.root()) + &entry("app", &ca.intermediate()));
    let convert = |line: &str| scratch.mwallet(&format!("convert w.pem {line}"));
    let error = convert("x.jks").out_password(OUT).fails(6, "alias-taken");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("App") && message.contains("app"), "{message}");
    convert("x.jks --alias App").out_password("five5").fails(6, "password-weak");
    assert!(!scratch.exists("x.jks"));
    convert("x.jks --alias App").out_password("sixsix").ok().says("App as app");
}

#[test]
fn nothing_that_the_command_reads_is_written_over() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    store(&scratch, &openssl, &keytool);
    scratch.write("pw.txt", PASSWORD);
    scratch.write("store.p12.lck", "");
    scratch.set_mode("store.p12", 0o600);
    scratch.mwallet("convert store.p12 wallet").password(PASSWORD).out_password(OUT).ok();
    scratch.mwallet("convert store.p12 certs --split --out-no-password").password(PASSWORD).ok();
    symlink(scratch.at("store.p12"), scratch.at("link.jks")).unwrap();
    let before = scratch.picture(".");
    for line in [
        "convert store.p12 store.p12",
        "convert store.p12 link.jks",
        "convert store.p12 pw.txt --to p12",
        "convert store.p12 store.p12.lck --to p12",
        "convert wallet wallet/cwallet.sso --to p12",
        "convert wallet wallet",
        "convert wallet wallet/ewallet.p12",
        "convert certs certs --split",
        "convert certs certs/server/key.pem",
        "convert certs certs/all.pem",
    ] {
        let given = scratch
            .mwallet(line)
            .args("--force --password-file pw.txt")
            .out_password(OUT)
            .run()
            .status(2);
        assert!(
            given.err().contains("it is") || given.err().contains("reads"),
            "{}",
            given.story()
        );
    }
    scratch.assert_unchanged(".", &before);
    // A file that is there is another's.
    scratch
        .mwallet("convert store.p12 server.pem --out-no-password")
        .password(PASSWORD)
        .fails(6, "would-overwrite");
}

#[test]
fn locked_key_is_named_and_its_password_opens_it() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    store(&scratch, &openssl, &keytool);
    scratch.mwallet("convert store.p12 a.jks").password(PASSWORD).out_password(OUT).ok();
    scratch
        .run(&keytool, &format!("-keypasswd -alias server -keystore a.jks -storepass {OUT} -keypass {OUT} -new Another1"))
        .ok();
    for target in ["b.pem", "b.p12", "b.jceks", "folder --split"] {
        let convert =
            || scratch.mwallet(&format!("convert a.jks {target}")).password(OUT).out_password(OUT);
        let error = convert().fails(4, "key-locked");
        assert!(error["message"].as_str().unwrap().contains("server"), "{error}");
        convert().key_password("Another1").ok();
    }
}

/// Readers that go by names take the first that fits; a key store that names two CAs alike must not
/// send them to the wrong one.
/// Where Windows keeps a key is nothing that another store has to say.
#[test]
fn attributes_of_windows_are_no_loss() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    let line =
        "pkcs12 -export -in s.pem -inkey s.key -name s -LMK -CSP provider -out s.p12 -passout";
    scratch.run(&openssl, &format!("{line} pass:{PASSWORD}")).ok();
    let info =
        scratch.run(&openssl, &format!("pkcs12 -in s.p12 -nocerts -nodes -passin pass:{PASSWORD}"));
    info.ok().says("Local Key set").says("Microsoft CSP Name");
    for to in ["jks", "pem"] {
        let line = format!("convert s.p12 out.{to}");
        scratch.mwallet(&line).password(PASSWORD).out_password(OUT).ok();
    }
}

#[test]
fn chain_begins_with_the_issuers_that_signed() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    for ca in ["other", "issuer"] {
        let line = format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=CA \
             -keyout {ca}.key -out {ca}.pem"
        );
        scratch.run(&openssl, &line).ok();
    }
    for line in [
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=app -keyout app.key \
         -out app.csr",
        // Without key identifiers nothing but the signature tells the two apart.
        "x509 -req -in app.csr -CA issuer.pem -CAkey issuer.key -days 9 -out app.pem",
    ] {
        scratch.run(&openssl, line).ok();
    }
    scratch.write("cas.pem", [scratch.read("other.pem"), scratch.read("issuer.pem")].concat());
    let line = format!(
        "pkcs12 -export -in app.pem -inkey app.key -certfile cas.pem -name app -out app.p12 \
         -passout pass:{PASSWORD}"
    );
    scratch.run(&openssl, &line).ok();
    scratch.mwallet("convert app.p12 app.jks").password(PASSWORD).out_password(OUT).ok();
    scratch.mwallet("convert app.p12 bundle.pem --out-no-password").password(PASSWORD).ok();
    let line = format!("-list -rfc -alias app -keystore app.jks -storepass {OUT}");
    let by_keytool = scratch.run(&keytool, &line).ok().out();
    for text in [by_keytool, String::from_utf8(scratch.read("bundle.pem")).unwrap()] {
        let body = |name: &str| {
            let pem = String::from_utf8(scratch.read(name)).unwrap();
            pem.lines().nth(5).unwrap().to_owned()
        };
        let place = |name: &str| text.replace('\r', "").find(&body(name)).unwrap();
        assert!(place("issuer.pem") < place("other.pem"), "{text}");
    }
}

/// A `two.p12` with the keys `one` and `two`, each with its chain, and the root.
fn two_keys(scratch: &Scratch, openssl: &Peer) {
    let ca = Authority::new(scratch, openssl, "ca", CaKeys::Ec);
    let mut parts = Vec::new();
    for name in ["one", "two"] {
        ca.issue(name);
        let key = scratch.text(&format!("{name}.key"));
        let chain = [format!("{name}.pem"), ca.intermediate(), ca.root()];
        let chain: String = chain.iter().map(|file| scratch.text(file)).collect();
        parts.push(format!("Entry: private-key\nAlias: {name}\n{chain}{key}"));
    }
    let root = scratch.text(&ca.root());
    parts.push(format!("Entry: trusted-certificate\nAlias: root\n{root}"));
    scratch.write("two.pem", parts.concat());
    scratch.mwallet("convert two.pem two.p12").out_password(PASSWORD).ok();
}

#[test]
fn nginx_gets_one_key_and_the_chain_without_its_root() {
    let (Some(openssl), Some(nginx)) = (peers::openssl(), peers::nginx()) else { return };
    let scratch = Scratch::new();
    two_keys(&scratch, &openssl);
    let convert = |line: &str| {
        let line = format!("convert two.p12 {line} --for nginx --out-no-password");
        scratch.mwallet(&line).password(PASSWORD)
    };
    let error = convert("n.pem").fails(2, "entry-ambiguous");
    assert_eq!(error["details"]["entries"], serde_json::json!(["one", "two"]));
    // What check says of such a file, and of one of another format, are commands that work.
    for file in ["two.pem", "two.p12"] {
        let (report, status) =
            scratch.mwallet(&format!("check {file} --for nginx")).password(PASSWORD).report();
        assert_eq!(status, Some(3), "{report}");
        let repair = report["headline"]["repair"].as_str().or_else(|| {
            let findings = report["findings"].as_array().unwrap();
            findings.iter().find(|one| one["code"] == "profile-unreadable-by-consumer")?["repair"]
                .as_str()
        });
        let (_, command) = repair.unwrap().split_once("mwallet ").unwrap();
        let command = command.split(" --password").next().unwrap();
        // nginx asks for a password at each start, so it is given none.
        assert!(command.contains(" --out-no-password"), "{command}");
        scratch.mwallet(command).args("--force").password(PASSWORD).ok();
        scratch.mwallet("check two-nginx.pem --for nginx").ok();
    }
    let done = convert("n --alias two").ok().says("left out: two: the root");
    drop(done.says("1 key, 2 certificates"));
    let server = Server::nginx(&scratch, &nginx, "ssl_certificate n; ssl_certificate_key n;");
    let line = format!("s_client -connect 127.0.0.1:{} -showcerts", server.port);
    let shown = scratch.run(&openssl, &line).out();
    assert_eq!(shown.matches("BEGIN CERTIFICATE").count(), 2, "{shown}");
}

#[test]
fn what_is_said_to_be_written_is_what_others_find() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    two_keys(&scratch, &openssl);
    scratch.mwallet("convert two.p12 w").password(PASSWORD).out_password(PASSWORD).ok();
    scratch.mwallet("csr w --dn CN=later --alias later").password(PASSWORD).ok();
    scratch.mwallet("secret set w token").password(PASSWORD).value("x").ok();
    let convert = |line: &str| scratch.mwallet(&format!("convert w {line}")).password(PASSWORD);
    let done = convert("w.jks --allow-loss").out_password(OUT).ok();
    let done = done.says("left out: token: a secret").says("left out: later: ").out();
    let listed = scratch.run(&keytool, &format!("-list -keystore w.jks -storepass {OUT}")).ok();
    assert_eq!(listed.out().matches("PrivateKeyEntry").count(), 2);
    assert!(done.contains(": 2 keys, 4 certificates\n"), "{done}");
    convert("w.p7b --allow-loss").ok().says("w.p7b (mode 0644): 4 certificates\n");
    // One certificate is what was wanted: that is said, and not refused.
    let line = "convert two.p12 one.cer --alias one";
    let done = scratch.mwallet(line).password(PASSWORD).ok().says("0644): 1 certificate\n");
    let done = done.says("left out: one: its private key");
    drop(done.says("left out: one: an issuer of its certificate"));
    convert("keys.p12 --key-only --alias one").out_password(OUT).ok().says("certificate-missing");
}

#[test]
fn form_with_room_for_one_key_asks_which() {
    let Some((openssl, _)) = judges() else { return };
    let scratch = Scratch::new();
    two_keys(&scratch, &openssl);
    for line in ["s.yaml", "ewallet.pem", "k.der --key-only", "k.pem --for kafka"] {
        let line = format!("convert two.p12 {line}");
        let error = scratch.mwallet(&line).password(PASSWORD).fails(2, "entry-ambiguous");
        let message = error["message"].as_str().unwrap();
        assert!(message.ends_with("say which with --alias: one, two"), "{line}: {message}");
    }
    let call = scratch.mwallet("convert two.p12 x.pem --for nginx --alias one").password(PASSWORD);
    let error = call.fails(4, "password-missing");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.ends_with(" --out-no-password"), "{error}");
    let error = scratch.mwallet("convert two.p12 x.jks --for nginx").fails(2, "usage");
    assert!(error["message"].as_str().unwrap().contains("nginx reads pem"), "{error}");
}

#[test]
fn program_of_for_chooses_the_form_where_the_name_says_nothing() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    two_keys(&scratch, &openssl);
    for (program, kind) in [("java17", "pkcs12"), ("wso2", "jks")] {
        let line = format!("convert two.p12 for-{program} --for {program}");
        scratch.mwallet(&line).password(PASSWORD).out_password(OUT).ok();
        let line = format!("-list -keystore for-{program} -storetype {kind} -storepass {OUT}");
        scratch.run(&keytool, &line).ok().says("one,");
    }
    scratch
        .mwallet("convert two.p12 for-oracle --for oracle-jdbc")
        .password(PASSWORD)
        .out_password(PASSWORD)
        .ok();
    assert!(scratch.exists("for-oracle/ewallet.p12") && !scratch.exists("for-oracle/cwallet.sso"));
    // Oracle Net has no place for a password.
    scratch
        .mwallet("convert two.p12 tcps --for oracle-tcps")
        .password(PASSWORD)
        .out_password(PASSWORD)
        .ok()
        .says("cwallet.sso, which opens without the password");
    scratch.mwallet("check tcps --for oracle-tcps").ok();
}

#[test]
fn certificate_that_becomes_trusted_without_being_a_ca_is_told() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    two_keys(&scratch, &openssl);
    let convert = |line: &str| scratch.mwallet(&format!("convert {line}")).out_password(OUT).ok();
    convert("one.pem peer.jks").says("leaf-as-trusted");
    let line = format!("-list -keystore peer.jks -storepass {OUT}");
    scratch.run(&keytool, &line).ok().says("trustedCertEntry");
    let done = convert("two.pem both.jks");
    assert!(!done.all().contains("leaf-as-trusted"), "{}", done.story());
}

#[test]
fn certificates_of_two_entries_are_counted_twice() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.bundle(&[&ca.root(), &ca.intermediate(), &ca.root()], "twice.pem");
    let line =
        format!("pkcs12 -export -nokeys -in twice.pem -out twice.p12 -passout pass:{PASSWORD}");
    scratch.run(&openssl, &line).ok();
    let convert = scratch.mwallet("convert twice.p12 seen.p12").password(PASSWORD);
    convert.out_password(PASSWORD).ok().says(": 3 certificates");
    let line = format!("pkcs12 -in seen.p12 -nokeys -passin pass:{PASSWORD}");
    let seen = scratch.run(&openssl, &line).ok().out();
    assert_eq!(seen.matches("BEGIN CERTIFICATE").count(), 3, "{seen}");

    ca.issue("app");
    ca.bundle(&["app.key", "app.pem"], "app-pair.pem");
    scratch.set_mode("app-pair.pem", 0o600);
    scratch.mwallet("convert app-pair.pem one.yaml").ok();
    let one = scratch.text("one.yaml");
    scratch.write("two.yaml", format!("{one}---\n{}", one.replace("name: ", "name: other-")));
    scratch.set_mode("two.yaml", 0o600);
    let convert = scratch.mwallet("convert two.yaml two.p12").out_password(PASSWORD);
    convert.ok().says(": 2 keys, 2 certificates");
}

#[test]
fn what_is_left_out_of_one_certificate_is_said() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.bundle(&["app.key", "app.pem", &ca.intermediate(), &ca.root()], "all.pem");
    scratch.set_mode("all.pem", 0o600);
    let convert = scratch.mwallet("convert all.pem app.der --no-key");
    convert.ok().says("left out: 2 other certificates");
    let secret = scratch.mwallet(&format!("convert {} ca.yaml", ca.root())).ok();
    assert!(!secret.all().contains("in the clear"), "{}", secret.story());
    scratch.mwallet("convert all.pem app.yaml").ok().says("the key in it is in the clear");
}

#[test]
fn entries_that_are_counted_are_those_that_are_listed() {
    let Some((openssl, keytool)) = judges() else { return };
    let scratch = Scratch::new();
    store(&scratch, &openssl, &keytool);
    for (target, flags) in [
        ("wallet", ""),
        ("all.p12", ""),
        ("all.jks", ""),
        ("one.pem", "--alias server --out-no-password"),
        ("all.p7b", "--no-key --allow-loss"),
        ("folder", "--split --out-no-password"),
        ("secret.yaml", "--alias server"),
    ] {
        let line = format!("convert store.p12 {target} {flags}");
        let encrypts = !flags.contains("no") && !target.ends_with("yaml");
        let written = |line: &str| {
            let call = scratch.mwallet(line).password(PASSWORD);
            if encrypts { call.out_password(OUT).json() } else { call.json() }
        };
        let (planned, report) = (written(&format!("{line} --dry-run")), written(&line));
        let call = scratch.mwallet(&format!("list {target}"));
        let list = if encrypts { call.password(OUT).json() } else { call.json() };
        let listed = list["entries"].as_array().unwrap().len();
        assert_eq!(report["entries"], listed, "{line}: {list:#}");
        assert_eq!(planned["entries"], listed, "{line}");
        assert_eq!([&planned["destination"], &report["destination"]], [target, target]);
    }
}

/// `app.p12` and `other.p12`, each with a key, its certificate and both in PEM beside it.
fn two_stores(openssl: &Peer) -> Scratch {
    let scratch = Scratch::new();
    for name in ["app", "other"] {
        let line = format!("req -x509 -newkey rsa:2048 -nodes -subj /CN={name} -days 9");
        scratch.run(openssl, &format!("{line} -keyout {name}.key -out {name}.pem")).ok();
        p12(&scratch, openssl, name, name, "", &format!("{name}.p12"));
    }
    scratch
}

#[test]
fn keys_that_are_overwritten_stay_beside_the_file() {
    let Some((openssl, _)) = judges() else { return };
    let scratch = two_stores(&openssl);
    for (name, flags) in [
        ("pkcs8.pem", "pkey -in other.key"),
        ("pkcs8.der", "pkey -in other.key -outform DER"),
        ("sealed.pem", "pkey -in other.key -aes256 -passout pass:other1"),
        ("old.pem", "rsa -in other.key -traditional"),
        ("old-sealed.pem", "rsa -in other.key -traditional -aes256 -passout pass:other1"),
        ("sealed.der", "pkcs8 -topk8 -in other.key -outform DER -passout pass:other1"),
    ] {
        for line in [
            "export app.p12 --to pem --key-only --out-no-password --out",
            "export app.p12 --to p12 --out-password-env MWALLET_TEST_PASSWORD --out",
            "convert app.p12 --to p12 --out-password-env MWALLET_TEST_PASSWORD",
        ] {
            let file = format!("{}-{name}", &line[..3]);
            drop(std::fs::remove_file(scratch.at(&format!("{file}.kept"))));
            scratch.run(&openssl, &format!("{flags} -out {file}")).ok();
            let old = scratch.read(&file);
            let run = |more: &str| {
                let line = format!("{line} {file} --force {more}");
                scratch.mwallet(&line).password(PASSWORD).ok()
            };
            run("--dry-run").says(&format!("would be kept as {file}.kept"));
            run("").says(&format!("was kept as {file}.kept"));
            assert_eq!(scratch.read(&format!("{file}.kept")), old, "{line} {name}");
            // Again it is the same key, which nobody misses.
            let again = run("").all();
            assert!(!again.contains("kept"), "{again}");
        }
    }
    // Of loose certificates anybody has another copy.
    scratch.write("public.pem", scratch.read("other.pem"));
    let done = scratch.mwallet("convert app.p12 public.pem --force --out-no-password");
    let told = done.password(PASSWORD).ok().all();
    assert!(!told.contains("kept"), "{told}");
}

#[test]
fn folder_with_other_keys_stays_under_another_name() {
    let Some((openssl, _)) = judges() else { return };
    let scratch = two_stores(&openssl);
    let split = |source: &str, more: &str| {
        let line = format!("convert {source} certs --split --out-no-password {more}");
        scratch.mwallet(&line).password(PASSWORD).ok()
    };
    let told = |done: run::Done| done.all().contains("(kept-aside)");
    assert!(!told(split("app.p12", "")));
    assert!(!told(split("app.p12", "--force")), "the same key");
    let key = scratch.read("certs/app/key.pem");
    split("other.p12", "--force --dry-run").says("would stay as certs.kept");
    assert!(!scratch.exists("certs.kept"));
    split("other.p12", "--force").says("stays as certs.kept");
    assert_eq!(scratch.read("certs.kept/app/key.pem"), key);
    assert!(scratch.exists("certs/other/key.pem") && !scratch.exists("certs/app"));
    split("app.p12", "--force").says("stays as certs.kept-2");
    assert_eq!(scratch.read("certs/app/key.pem"), key);
}
