//! What odd and hostile files must not bring about: files with nothing in them, entries that vanish, keys
//! that others can read.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::codec::{self, Opening, Protect, Sealing};
use mwallet::model::entry::EntryKind;
use mwallet::model::format::Format;
use support::authority::{Authority, CaKeys, p12};
use support::job::PASSWORD;
use support::peers;
use support::scratch::Scratch;

/// The password of what the tests write.
const OUT: &str = "Extern12";

#[test]
fn a_form_that_carries_nothing_of_a_file_is_not_written() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let line = "req -new -newkey rsa:2048 -nodes -keyout app.key -subj /CN=app -out app.csr";
    scratch.run(&openssl, line).ok();
    for (form, protects) in [
        ("p12", true),
        ("jks", true),
        ("jceks", true),
        ("oracle", true),
        ("pem", false),
        ("ewallet-pem", false),
        ("p7b", false),
        ("der", false),
        ("k8s", false),
    ] {
        let line = format!("convert app.csr out-{form} --to {form} --allow-loss");
        let convert = scratch.mwallet(&line);
        let convert = if protects { convert.out_password(OUT) } else { convert };
        convert.fails(5, "entry-not-found");
        assert!(!scratch.exists(&format!("out-{form}")), "{form}");
    }
}

#[test]
fn what_is_merged_over_a_file_is_for_its_owner_alone_and_never_over_a_password() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    for name in ["one", "two"] {
        ca.issue(name);
        p12(&scratch, &openssl, name, name, "", &format!("{name}.p12"));
    }
    scratch.write("pw", PASSWORD);
    let merge = |line: &str| {
        let line = format!("merge one.p12 two.p12 --force {line}");
        scratch.mwallet(&line).args("--password-file pw").src_password(PASSWORD)
    };
    merge("--out pw --type p12").fails(2, "usage");
    assert_eq!(scratch.text("pw"), PASSWORD);
    for (file, line) in [
        ("old.p12", "--out old.p12"),
        ("new.jks", "--out new.jks --out-password-file pw"),
        ("wallet/ewallet.p12", "--out wallet --out-password-file pw"),
    ] {
        scratch.write(file, "old");
        scratch.set_mode(file, 0o644);
        merge(line).ok();
        assert_eq!(scratch.mode(file), 0o600, "{file}");
    }
    // A wallet that is edited keeps the mode that its owner gave it.
    scratch.set_mode("old.p12", 0o640);
    scratch.mwallet("rename old.p12 two second").password(PASSWORD).ok();
    assert_eq!(scratch.mode("old.p12"), 0o640);
}

#[test]
fn entries_that_hide_each_other_from_java_are_told_and_refused_where_java_reads_the_file() {
    let (Some(openssl), keytools) = (peers::openssl(), peers::keytools()) else { return };
    let scratch = Scratch::new();
    let aliases = ["App", "app", "APP", "other"];
    let mut bundle = Vec::new();
    for (number, alias) in aliases.iter().enumerate() {
        let ca = Authority::new(&scratch, &openssl, &format!("ca{number}"), CaKeys::Ec);
        let root = scratch.text(&ca.root());
        bundle.push(format!("Entry: trusted-certificate\nAlias: {alias}\n{root}\n"));
    }
    scratch.write("all.pem", bundle.concat());
    let convert =
        |line: &str| scratch.mwallet(&format!("convert all.pem {line}")).out_password(OUT);
    let done = convert("all.p12").ok();
    assert!(done.err().contains("App, app, APP are one alias"), "{}", done.story());
    assert!(!done.err().contains("other"), "{}", done.story());
    for keytool in &keytools {
        let line = format!("-list -keystore all.p12 -storepass {OUT}");
        let seen = scratch.run(keytool, &line).ok().out().matches("trustedCertEntry").count();
        assert_eq!(seen, 2, "Java folds the case");
    }
    for consumer in ["java8", "java17", "tomcat", "wso2", "weblogic", "kafka"] {
        convert(&format!("no.p12 --for {consumer}")).fails(6, "alias-taken");
        assert!(!scratch.exists("no.p12"));
        let check = scratch.mwallet(&format!("check all.p12 --for {consumer}")).password(OUT);
        let (report, status) = check.report();
        let findings = report["findings"].as_array().unwrap();
        assert!(findings.iter().any(|one| one["code"] == "alias-duplicate"), "{findings:?}");
        assert_eq!(status, Some(3));
    }
    let (report, _) = scratch.mwallet("check all.p12 --for openssl3").password(OUT).report();
    assert!(!report.to_string().contains("alias-duplicate"));
    // Nothing is said where every alias differs.
    convert("one.p12 --alias App --for java17").ok();
}

#[test]
fn folder_with_foreign_files_is_refused_without_a_hint_that_helps_nobody() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    scratch.write("out/notes.txt", "mine");
    let convert = |flags: &str| {
        let root = ca.root();
        scratch.mwallet(&format!("convert {root} out --split --trust-only {flags}"))
    };
    for flags in ["", "--force"] {
        let error = convert(flags).fails(6, "would-overwrite");
        assert!(error["hint"].is_null(), "{error}");
        assert!(!error["message"].as_str().unwrap().contains("--force allows"), "{error}");
        assert_eq!(scratch.text("out/notes.txt"), "mine");
    }
}

#[test]
fn what_cannot_be_read_back_is_not_written() {
    let (Some(openssl), keytools) = (peers::openssl(), peers::keytools()) else { return };
    let Some(keytool) = keytools.first() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let line = format!("-importcert -noprompt -alias a -file {} -keystore a.jks", ca.root());
    scratch.run(keytool, &format!("{line} -storetype JKS -storepass {OUT}")).ok();
    // Java does not look at the form of a certificate before it is used, nor does a JKS reader that has
    // no password check the digest.
    let jks = scratch.read("a.jks");
    for (position, byte) in jks.iter().enumerate().skip(30).take(150) {
        let mut altered = jks.clone();
        altered[position] = byte ^ 0x80;
        scratch.write("b.jks", &altered);
        let done = scratch.mwallet("convert b.jks b.p7b --force").run();
        if done.succeeded() {
            scratch.mwallet("list b.p7b").ok();
        } else {
            assert!([1, 5, 6].contains(&done.status.code().unwrap()), "{}", done.story());
        }
    }
}

/// PKCS#12 tells the certificate of a key by its public key, where it has both of two: keys with each other's
/// certificates would change them without a word.
#[test]
fn what_would_not_be_the_wallet_that_was_read_is_not_written() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    ca.issue("t");
    ca.bundle(&["s.key", "s.pem", "t.key", "t.pem"], "both.pem");
    let opening = Opening::with(None);
    let mut wallet =
        codec::decode(&scratch.read("both.pem"), Format::Pem, &opening).unwrap().wallet;
    let chains: Vec<_> = wallet
        .entries()
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::PrivateKey(key) => Some(key.chain.clone()),
            _ => None,
        })
        .collect();
    let mut exchanged = chains.into_iter().rev();
    wallet.retain(|entry| {
        if let EntryKind::PrivateKey(key) = &mut entry.kind {
            key.chain = exchanged.next().unwrap();
        }
        true
    });
    let password = OUT.into();
    let sealing = Sealing { protect: Protect::Password(&password), ..Sealing::default() };
    let jks = codec::encode(&wallet, Format::Jks, &sealing, None).unwrap();
    scratch.write("exchanged.jks", &jks[..]);
    let convert = |out: &str| {
        let line = format!("convert exchanged.jks {out} --dry-run");
        scratch.mwallet(&line).password(OUT).out_password(OUT)
    };
    let error = convert("out.p12").fails(1, "verify-failed");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("the key of the certificate"), "{message}");
    // A Java key store says whose certificate is whose, right or wrong.
    convert("out.jks").ok();
    convert("out.jceks").ok();
}
