//! `merge`: two wallets in one, with nothing lost in silence; keytool and openssl judge.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::codec::{self, Opening};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use support::authority::{Authority, CaKeys, misfit_p12, p12};
use support::job::{PASSWORD, certified, give_own_password, pending};
use support::peers::{self, Peer};
use support::run::Mwallet;
use support::scratch::Scratch;
use time::OffsetDateTime;

fn merge(scratch: &Scratch, line: &str) -> Mwallet {
    scratch.mwallet(&format!("merge {line}")).password(PASSWORD).src_password(PASSWORD)
}

/// Alias in B, outcome, alias in C.
fn outcomes(report: &Value) -> Vec<(&str, &str, &str)> {
    let text = |one: &'_ Value, name: &str| -> &'static str {
        Box::leak(one[name].as_str().unwrap().to_owned().into_boxed_str())
    };
    let outcomes = report["outcomes"].as_array().unwrap().iter();
    outcomes
        .map(|one| (text(one, "alias"), text(one, "outcome"), text(one, "alias_in_c")))
        .collect()
}

/// Alias, kind and fingerprint of each entry.
#[track_caller]
fn entries(scratch: &Scratch, wallet: &str) -> Vec<(String, String, String)> {
    let report = scratch.mwallet(&format!("list {wallet}")).password(PASSWORD).json();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let entries = report["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| (text(&entry["alias"]), text(&entry["kind"]), text(&entry["sha256"])))
        .collect()
}

#[track_caller]
fn names(scratch: &Scratch, wallet: &str) -> Vec<String> {
    entries(scratch, wallet).into_iter().map(|(alias, ..)| alias).collect()
}

#[test]
fn keytool_lists_the_union() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    for name in ["app", "db", "web"] {
        ca.issue(name);
    }
    p12(&scratch, &openssl, "app", "app", "-certfile ca/intermediate.pem", "a.p12");
    p12(&scratch, &openssl, "db", "App", "-certfile ca/intermediate.pem", "b.p12");
    let before = scratch.picture(".");
    let report = merge(&scratch, "a.p12 b.p12 --out c.p12").json();
    assert_eq!(outcomes(&report)[0], ("App", "added", "App-2"));
    assert_eq!(report["outcomes"][0]["renamed"], true);
    assert_eq!(report["type"], "p12");
    assert_eq!(scratch.mode("c.p12"), 0o600);
    let mut after = scratch.picture(".");
    after.remove(&scratch.at("./c.p12"));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before.iter().filter(|(path, _)| path.is_file()).all(|(path, it)| after[path] == *it));
    for keytool in peers::keytools() {
        let line = format!("-list -keystore c.p12 -storepass {PASSWORD}");
        let listed = scratch.run(&keytool, &line).ok().out();
        for (alias, key) in [("app", "app"), ("app-2", "db")] {
            let line = format!("x509 -in {key}.pem -noout -fingerprint -sha256");
            let fingerprint = scratch.run(&openssl, &line).ok().out();
            let fingerprint = fingerprint.trim().rsplit('=').next().unwrap().to_owned();
            let entry = listed.split(&format!("\n{alias}, ")).nth(1).unwrap_or_default();
            let shown = entry.lines().nth(1).unwrap_or_default();
            assert!(shown.contains(&fingerprint), "{}: {alias}: {listed}", keytool.name);
        }
    }
    // The keys are those of the certificates, says openssl.
    let line = format!("pkcs12 -in c.p12 -passin pass:{PASSWORD} -nocerts -nodes");
    let keys = scratch.run(&openssl, &line).ok().out();
    assert_eq!(keys.matches("BEGIN PRIVATE KEY").count(), 2);
}

#[test]
fn merging_again_adds_nothing() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    ca.issue("app");
    p12(&scratch, &openssl, "app", "app", "", "b.p12");
    merge(&scratch, "w b.p12 --out c").ok().says("added app as app-2");
    let before = entries(&scratch, "c");
    let report = merge(&scratch, "c b.p12 --out d").json();
    assert_eq!(outcomes(&report), [("app", "present", "app-2")]);
    assert_eq!(entries(&scratch, "d"), before);
    // Of the type of A: the layout, and the entries of A as they are.
    let report = scratch.mwallet("inspect d").password(PASSWORD).json();
    assert_eq!((&report["layout"], &report["profile"]), (&json!("oracle"), &json!("oracle-23ai")));
    let (report, _) =
        scratch.mwallet("diff w d").password(PASSWORD).src_password(PASSWORD).report();
    assert_eq!(report["only_in_a"], json!([]));
    assert_eq!((&report["changed"], &report["renamed"]), (&json!([]), &json!([])));
}

#[test]
fn pending_key_gets_its_certificate() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    pending(&scratch, "a", "ec:p256");
    std::fs::create_dir(scratch.at("b")).unwrap();
    std::fs::copy(scratch.at("a/ewallet.p12"), scratch.at("b/ewallet.p12")).unwrap();
    ca.sign("a.csr", "a.pem");
    let line = format!("import-user b a.pem {} {} --trust-root", ca.intermediate(), ca.root());
    scratch.mwallet(&line).password(PASSWORD).ok();
    scratch.mwallet("rename b app other").password(PASSWORD).ok();
    let report = merge(&scratch, "a b --out c").json();
    assert_eq!(outcomes(&report)[0], ("other", "updated", "app"), "{report:#}");
    let check = scratch.mwallet("check c").password(PASSWORD).json();
    assert_eq!(check["chains"][0]["alias"], "app");
    assert_eq!(check["chains"][0]["complete"], true);
    // The other way round the request has had its day.
    let report = merge(&scratch, "b a --out d").json();
    assert_eq!(outcomes(&report), [("app", "present", "other")], "{report:#}");
}

#[test]
fn later_certificate_and_longer_chain_are_not_lost() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    p12(&scratch, &openssl, "app", "app", "", "bare.p12");
    ca.bundle(&[&ca.root(), &ca.intermediate()], "issuers.pem");
    p12(&scratch, &openssl, "app", "other", "-certfile issuers.pem", "chain.p12");
    for (line, outcome) in [
        ("bare.p12 chain.p12 --out 1.p12", ("other", "updated", "app")),
        ("chain.p12 bare.p12 --out 2.p12", ("app", "present", "other")),
    ] {
        let report = merge(&scratch, line).json();
        assert_eq!(outcomes(&report), [outcome], "{report:#}");
        let out = line.rsplit(' ').next().unwrap();
        for keytool in peers::keytools() {
            let line = format!("-list -v -keystore {out} -storepass {PASSWORD}");
            scratch.run(&keytool, &line).ok().says("Certificate chain length: 3");
        }
    }
    let line = format!(
        "x509 -req -in app.csr -CA {} -CAkey ca/intermediate.key -CAcreateserial -days 900 \
         -out app.pem",
        ca.intermediate()
    );
    // What a renewed certificate is later by is a second at least.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    scratch.run(&openssl, &line).ok();
    p12(&scratch, &openssl, "app", "renewed", "", "renewed.p12");
    let renewed = entries(&scratch, "renewed.p12")[0].2.clone();
    for (line, outcome) in [
        ("bare.p12 renewed.p12 --out 3.p12", ("renewed", "updated", "app")),
        ("renewed.p12 bare.p12 --out 4.p12", ("app", "differs", "renewed")),
    ] {
        let report = merge(&scratch, line).json();
        assert_eq!(outcomes(&report), [outcome], "{report:#}");
        assert_eq!(report["outcomes"][0]["superseded"].as_array().unwrap().len(), 1);
        let out = line.rsplit(' ').next().unwrap();
        assert_eq!(entries(&scratch, out).len(), 1);
        assert_eq!(entries(&scratch, out)[0].2, renewed);
    }
}

#[test]
fn logins_are_numbered_anew_and_other_values_need_consent() {
    let scratch = Scratch::new();
    for wallet in ["a", "b"] {
        scratch.mwallet(&format!("create {wallet}")).password(PASSWORD).ok();
    }
    for (wallet, connect, value) in
        [("a", "db1", "one"), ("b", "db2", "two"), ("b", "db1", "one"), ("b", "db3", "three")]
    {
        let line = format!("cred set {wallet} {connect} --user scott");
        scratch.mwallet(&line).password(PASSWORD).value(value).ok();
    }
    merge(&scratch, "a b --out c").ok();
    for (connect, value) in [("db1", "one"), ("db2", "two"), ("db3", "three")] {
        let line = format!("cred get c {connect}");
        assert_eq!(scratch.mwallet(&line).password(PASSWORD).ok().out().trim(), value);
    }
    let listed = scratch.mwallet("secret list c").password(PASSWORD).json();
    assert_eq!(listed["secrets"].as_array().unwrap().len(), 9);

    scratch.mwallet("cred set b db1").password(PASSWORD).value("other-one").ok();
    let error = merge(&scratch, "a b --out d").fails(6, "conversion-lossy");
    assert!(!error.to_string().contains("other-one"), "{error}");
    assert!(error.to_string().contains("(login db1) of B"), "{error}");
    assert!(!scratch.exists("d"));
    let report = merge(&scratch, "a b --out d --allow-loss").json();
    assert_eq!(report["losses"].as_array().unwrap().len(), 1, "{report:#}");
    let logins = |one: &&Value| one["login"] == "db3" && one["outcome"] == "added";
    assert_eq!(
        report["outcomes"].as_array().unwrap().iter().filter(logins).count(),
        3,
        "{report:#}"
    );
    assert_eq!(scratch.mwallet("cred get d db1").password(PASSWORD).ok().out().trim(), "one");
}

#[test]
fn type_follows_the_flag_the_ending_and_then_a() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    ca.issue("app");
    p12(&scratch, &openssl, "app", "app", "", "a.p12");
    p12(&scratch, &openssl, "app", "app", "", "same-key.p12");
    for (line, kind, file) in [
        ("w a.p12 --out like-a", "oracle", "like-a/ewallet.p12"),
        ("w a.p12 --out ending.p12", "p12", "ending.p12"),
        ("w a.p12 --out trust.keystore", "p12", "trust.keystore"),
        ("w a.p12 --out cacerts", "p12", "cacerts"),
        ("a.p12 w --out like-a-file", "p12", "like-a-file"),
        ("a.p12 w --out flag --type oracle", "oracle", "flag/ewallet.p12"),
        ("a.p12 w --out old.p12 --profile compat", "p12", "old.p12"),
    ] {
        let report = merge(&scratch, line).json();
        assert_eq!((&report["type"], &report["files"][0]["path"]), (&json!(kind), &json!(file)));
    }
    let profile = |file: &str| {
        let report = scratch.mwallet(&format!("inspect {file}")).password(PASSWORD).json();
        report["profile"].as_str().map(str::to_owned)
    };
    assert_eq!(profile("flag").as_deref(), Some("oracle-23ai"));
    assert_eq!(profile("ending.p12").as_deref(), Some("modern"));
    assert_eq!(profile("old.p12").as_deref(), Some("compat"));
    merge(&scratch, "w a.p12 --out n/ewallet.p12 --type p12").fails(2, "usage");
    merge(&scratch, "a.p12 w --out both.pem").fails(2, "usage");
    assert!(!scratch.exists("both.pem"));
    merge(&scratch, "a.p12 w --out both.pem --type p12").ok();
    // Where the file of A is not kept, chains and aliases are made fit for other programs.
    let line = format!("pkcs12 -in ending.p12 -passin pass:{PASSWORD} -nokeys");
    let shown = scratch.run(&openssl, &line).ok().out();
    assert!(shown.contains("friendlyName: Root-ca"), "{shown}");
    merge(&scratch, "w a.p12 --out x --profile modern").fails(2, "usage");
    merge(&scratch, "w a.p12 --out y --dry-run").ok().says("would write");
    assert!(!scratch.exists("y"));
}

#[test]
fn c_opens_with_the_password_of_a_or_a_new_one() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    for name in ["app", "db"] {
        ca.issue(name);
        let line = format!(
            "pkcs12 -export -inkey {name}.key -in {name}.pem -name {name} -passout pass:of-{name} \
             -out {name}.p12"
        );
        scratch.run(&openssl, &line).ok();
    }
    let run = |out: &str| {
        let line = format!("merge app.p12 db.p12 --out {out}");
        scratch.mwallet(&line).password("of-app").src_password("of-db")
    };
    run("1.p12").ok();
    run("2.p12").out_password("new").ok();
    run("3").args("--type oracle").fails(6, "password-weak");
    for (file, password) in [("1.p12", "of-app"), ("2.p12", "new")] {
        let line = format!("pkcs12 -in {file} -passin pass:{password} -nodes -nocerts");
        let keys = scratch.run(&openssl, &line).ok().out();
        assert_eq!(keys.matches("BEGIN PRIVATE KEY").count(), 2, "{keys}");
    }
    scratch
        .mwallet("merge app.p12 db.p12 --out 4.p12")
        .password("of-app")
        .fails(4, "password-missing");
}

#[test]
fn nothing_is_overwritten_and_no_auto_login_file_ever() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    ca.issue("app");
    p12(&scratch, &openssl, "app", "other", "", "b.p12");
    p12(&scratch, &openssl, "app", "app", "", "a.p12");
    let before = scratch.picture(".");
    for out in ["w", "a.p12", "b.p12", "w/ewallet.p12"] {
        merge(&scratch, &format!("w b.p12 --out {out}")).fails(6, "would-overwrite");
    }
    // A weak password is another matter, and what stands in the way comes first.
    let weak = |line: &str| merge(&scratch, line).out_password("abc");
    for out in ["w", "a.p12"] {
        for flag in ["", "--allow-weak-password"] {
            weak(&format!("w b.p12 --type oracle --out {out} {flag}")).fails(6, "would-overwrite");
        }
    }
    let error = weak("w b.p12 --out w --force").fails(6, "password-weak");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.ends_with(" --allow-weak-password"), "{error}");
    scratch.assert_unchanged(".", &before);

    // By force C takes the place of A, whole.
    merge(&scratch, "a.p12 w --out a.p12 --force").ok();
    assert_eq!(names(&scratch, "a.p12").first().map(String::as_str), Some("app"));
    assert!(names(&scratch, "a.p12").len() > 1);
    merge(&scratch, "w b.p12 --out w --force").ok();
    assert!(names(&scratch, "w").contains(&"other".to_owned()));

    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    symlink("cwallet.sso", scratch.at("w/link.p12")).unwrap();
    let before = scratch.picture("w");
    for out in ["w", "w/ewallet.p12", "w/cwallet.sso", "w/link.p12"] {
        for line in [format!("w b.p12 --out {out} --force"), format!("b.p12 w --out {out} --force")]
        {
            let error = merge(&scratch, &line).fails(6, "would-overwrite");
            assert!(!error["message"].as_str().unwrap().contains("--force"), "{error}");
        }
    }
    scratch.assert_unchanged("w", &before);
}

#[test]
fn trust_flags_of_b_are_not_widened_in_silence() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let other = Authority::new(&scratch, &openssl, "other", CaKeys::Ec);
    for wallet in ["plain", "flags", "empty"] {
        scratch.mwallet(&format!("create {wallet}")).password(PASSWORD).ok();
    }
    let add = |line: String| drop(scratch.mwallet(&line).password(PASSWORD).ok());
    add(format!("add-trusted plain {}", ca.root()));
    add(format!("add-trusted flags {} --trust-flags CLIENT_AUTH", other.root()));
    let error = merge(&scratch, "plain flags --out c").fails(6, "conversion-lossy");
    assert!(error["message"].as_str().unwrap().contains("CLIENT_AUTH"), "{error}");
    merge(&scratch, "plain flags --out c --allow-loss").ok();
    let flags = |wallet: &str| -> Vec<Value> {
        let report = scratch.mwallet(&format!("list {wallet}")).password(PASSWORD).json();
        let entries = report["entries"].as_array().unwrap().iter();
        let trusted = entries.filter(|entry| entry["kind"] == "trusted-certificate");
        trusted.map(|entry| entry["trust_flags"].clone()).collect()
    };
    assert_eq!(flags("c"), [json!([]), json!([])]);
    // A wallet that trusts nobody takes the flags over; one that has flags gives its own.
    merge(&scratch, "empty flags --out d").ok();
    assert_eq!(flags("d"), [json!(["CLIENT_AUTH"])]);
    merge(&scratch, "flags plain --out e").ok();
    assert_eq!(flags("e"), [json!(["CLIENT_AUTH"]), json!(["SERVER_AUTH"])]);
    // An issuer that comes with a key, first or later, gets what import-user gives it, and is told.
    pending(&scratch, "waits", "ec:p256");
    ca.sign("waits.csr", "app.pem");
    let line = "pkcs12 -in waits/ewallet.p12 -nocerts -nodes -out app.key -passin pass:";
    scratch.run(&openssl, &format!("{line}{PASSWORD}")).ok();
    p12(&scratch, &openssl, "app", "app", &format!("-certfile {}", ca.intermediate()), "a.p12");
    let line = format!("add-trusted waits {} --trust-flags CLIENT_AUTH", other.root());
    scratch.mwallet(&line).password(PASSWORD).ok();
    merge(&scratch, "waits a.p12 --out f").ok().says("its issuer CN=");
    let peers = |flags: &[Value]| flags.iter().filter(|one| **one == json!(["VALID_PEER"])).count();
    assert_eq!(peers(&flags("f")), 1, "{:?}", flags("f"));
}

/// A JKS or JCEKS store that keytool makes: a key under each alias, and the root of the CA.
#[track_caller]
fn keystore(
    scratch: &Scratch,
    keytool: &Peer,
    kind: &str,
    aliases: &[&str],
    root: &str,
    out: &str,
) {
    for alias in aliases {
        let line = format!(
            "-genkeypair -alias {alias} -keyalg EC -dname CN={alias} -storetype {kind} -keystore {out} \
             -storepass {PASSWORD} -keypass {PASSWORD}"
        );
        scratch.run(keytool, &line).ok();
    }
    let line = format!(
        "-importcert -noprompt -alias root -file {root} -storetype {kind} -keystore {out} \
         -storepass {PASSWORD}"
    );
    scratch.run(keytool, &line).ok();
}

#[test]
fn keytool_lists_merged_java_stores() {
    let Some(openssl) = peers::openssl() else { return };
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let one = Authority::new(&scratch, &openssl, "one", CaKeys::Rsa);
        let two = Authority::new(&scratch, &openssl, "two", CaKeys::Rsa);
        keystore(&scratch, &keytool, "JKS", &["app", "db"], &one.root(), "a.jks");
        keystore(&scratch, &keytool, "JCEKS", &["app", "web"], &two.root(), "b.jceks");
        two.issue("pem");
        p12(&scratch, &openssl, "pem", "DB", "-certfile two/intermediate.pem", "b.p12");
        for (line, expected) in [
            ("a.jks b.jceks --out c.jks", "app, app-2, db, root, root-2, web"),
            ("a.jks b.jceks --out c.jceks", "app, app-2, db, root, root-2, web"),
            ("b.jceks a.jks --out c.p12", "app, app-2, db, root, root-2, web"),
            // Java folds the case, so DB is taken.
            ("a.jks b.p12 --out d.jks", "app, db, db-2, root"),
            ("b.p12 a.jks --out e.jks", "app, db, db-2, root"),
        ] {
            let report = merge(&scratch, line).json();
            let out = line.rsplit(' ').next().unwrap();
            assert_eq!(report["type"], out.rsplit('.').next().unwrap());
            let kind = match out.rsplit('.').next().unwrap() {
                "p12" => "PKCS12",
                ending => &ending.to_uppercase(),
            };
            let line = format!("-list -storetype {kind} -keystore {out} -storepass {PASSWORD}");
            let listed = scratch.run(&keytool, &line).ok().out();
            let mut found: Vec<&str> = listed
                .lines()
                .filter(|line| {
                    line.contains("PrivateKeyEntry") || line.contains("trustedCertEntry")
                })
                .map(|line| line.split(',').next().unwrap())
                .collect();
            found.sort_unstable();
            assert_eq!(found.join(", "), expected, "{}: {line}: {listed}", keytool.name);
            // Every key opens with the password of the store.
            let line = format!(
                "-importkeystore -noprompt -srckeystore {out} -srcstoretype {kind} -srcstorepass \
                 {PASSWORD} -destkeystore {out}.copy -deststoretype PKCS12 -deststorepass {PASSWORD}"
            );
            scratch.run(&keytool, &line).ok();
        }
        // The entries of A keep what only its format has: their dates.
        let dates = |file: &str| {
            let line = format!("-list -v -storetype JKS -keystore {file} -storepass {PASSWORD}");
            let listed = scratch.run(&keytool, &line).ok().out();
            let dated = listed.split("Alias name: ").skip(1);
            dated
                .map(|entry| entry.lines().take(2).collect::<Vec<_>>().join(" "))
                .collect::<BTreeSet<_>>()
        };
        assert!(dates("c.jks").is_superset(&dates("a.jks")));
    }
}

#[test]
fn pem_files_are_merged_into_a_type_that_is_named() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    p12(&scratch, &openssl, "app", "app", "", "a.p12");
    let line = format!("merge {} a.p12", ca.root());
    let run = |more: &str| {
        scratch.mwallet(&line).args(more).src_password(PASSWORD).out_password(PASSWORD)
    };
    run("--out c").fails(2, "usage");
    run("--out c.p12").ok();
    let found: Vec<_> = entries(&scratch, "c.p12").into_iter().map(|(_, kind, _)| kind).collect();
    assert_eq!(found, ["trusted-certificate", "private-key"]);
    let line = format!("merge a.p12 {} --out d.p12", ca.intermediate());
    scratch.mwallet(&line).password(PASSWORD).ok();
    assert_eq!(entries(&scratch, "d.p12").len(), 2);
}

#[test]
fn key_of_a_java_store_keeps_its_own_password() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        for (alias, key_password) in [("own", "keypass1"), ("b", PASSWORD)] {
            let line = format!(
                "-genkeypair -alias {alias} -keyalg EC -dname CN={alias} -storetype JKS -keystore \
                 {alias}.jks -storepass {PASSWORD} -keypass {key_password}"
            );
            scratch.run(&keytool, &line).ok();
        }
        merge(&scratch, "own.jks b.jks --out closed.jks").ok().says("stays locked");
        merge(&scratch, "own.jks b.jks --out open.jks").key_password("keypass1").ok();
        let brought = merge(&scratch, "b.jks own.jks --out brought.jks").ok();
        assert!(!brought.all().contains("key-password-differs"), "{}", brought.story());
        let renewed = merge(&scratch, "own.jks b.jks --out new.jks").key_password("keypass1");
        renewed.out_password("another").ok();
        for (file, password) in [
            ("closed.jks", PASSWORD),
            ("open.jks", PASSWORD),
            ("brought.jks", PASSWORD),
            ("new.jks", "another"),
        ] {
            let line = format!(
                "-importkeystore -noprompt -srckeystore {file} -srcstorepass {password} -srcalias own \
                 -srckeypass keypass1 -destkeystore {file}.p12 -deststoretype PKCS12 -deststorepass \
                 {PASSWORD} -destkeypass {PASSWORD}"
            );
            scratch.run(&keytool, &line).ok();
        }
        // What another format cannot carry closed has to be opened.
        merge(&scratch, "own.jks b.jks --out c.p12").fails(4, "key-locked");
        // Whose key has the password of the wallet from now on is told that.
        let told = "keys get the password of what is written in place of their own: own";
        let brought = |line: &str| merge(&scratch, line).key_password("keypass1").ok();
        for line in ["own.jks b.jks --out c.p12", "b.jks own.jks --dry-run", "b.jks own.jks"] {
            brought(line).says(told);
        }
        let again = brought("b.jks own.jks");
        assert!(!again.all().contains(told), "{}", again.story());
        let line = format!(
            "-certreq -alias own -keystore b.jks -storepass {PASSWORD} -keypass {PASSWORD}"
        );
        scratch.run(&keytool, &line).ok();
    }
}

#[test]
fn sealed_keys_of_jceks_are_brought_in_under_names_that_are_free() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        for (file, alias) in [("a", "seal"), ("b", "seal"), ("b", "more")] {
            let line = format!(
                "-genseckey -alias {alias} -keyalg AES -keysize 128 -storetype JCEKS -keystore \
                 {file}.jceks -storepass {PASSWORD} -keypass {PASSWORD}"
            );
            scratch.run(&keytool, &line).ok();
        }
        merge(&scratch, "a.jceks b.jceks --out c.jceks").ok();
        let line = format!("-list -storetype JCEKS -keystore c.jceks -storepass {PASSWORD}");
        let listed = scratch.run(&keytool, &line).ok().out();
        for alias in ["seal", "seal-2", "more"] {
            assert!(listed.contains(&format!("\n{alias}, ")), "{alias}: {listed}");
        }
        assert_eq!(listed.matches("SecretKeyEntry").count(), 3);
        merge(&scratch, "a.jceks b.jceks --out c.jks").fails(6, "conversion-lossy");
        // As of a conversion: a store of nothing is not made.
        merge(&scratch, "a.jceks b.jceks --out c.jks --allow-loss").fails(5, "entry-not-found");
        assert!(!scratch.exists("c.jks"));
    }
}

#[test]
fn store_that_protects_nothing_takes_no_key_in_silence() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    p12(&scratch, &openssl, "app", "app", "", "b.p12");
    let line = format!("convert {} a.p12 --profile java-trust", ca.root());
    scratch.mwallet(&line).ok();
    let run = |more: &str| {
        scratch.mwallet(&format!("merge a.p12 b.p12 --out c.p12 {more}")).src_password(PASSWORD)
    };
    run("").fails(6, "conversion-lossy");
    run("--profile modern").out_password(PASSWORD).ok();
    assert_eq!(entries(&scratch, "c.p12").len(), 2);
}

#[test]
fn pair_that_does_not_match_is_taken_over_with_a_warning() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    for name in ["app", "bad", "other"] {
        ca.issue(name);
    }
    p12(&scratch, &openssl, "app", "app", "", "a.p12");
    for (key, is_other) in [("bad", false), ("other", true)] {
        misfit_p12(&scratch, &openssl, "bad", key, "b.p12");
        for out in [format!("{key}.p12"), format!("{key}.jks")] {
            let line = format!("merge a.p12 b.p12 --out {out}");
            let done = scratch.mwallet(&line).password(PASSWORD).src_password("").ok();
            let told = "the certificate belongs to another key: bad (key-mismatch)";
            assert_eq!(done.err().contains(told), is_other, "{}", done.story());
            let (report, _) = scratch.mwallet(&format!("check {out}")).password(PASSWORD).report();
            let mut found = report["findings"].as_array().unwrap().iter();
            let found = found.any(|one| one["code"] == "key-mismatch" && one["entry"] == "bad");
            assert_eq!(found, is_other, "{report}");
        }
    }
}

/// Java's own stores have a date for each entry, which nothing but a new entry changes.
#[test]
fn dates_of_java_stores_come_through_a_merge_and_a_conversion() {
    let Some(keytool) = peers::keytools().into_iter().next() else { return };
    let scratch = Scratch::new();
    for (store, kind) in [("a", "JKS"), ("b", "JCEKS")] {
        let line = format!(
            "-genkeypair -alias {store} -dname CN={store} -keyalg EC -keystore {store}.store \
             -storetype {kind} -storepass {PASSWORD} -keypass {PASSWORD}"
        );
        scratch.run(&keytool, &line).ok();
    }
    let dates = |store: &str| {
        let bytes = scratch.read(store);
        let format = codec::detect(&bytes).unwrap();
        let wallet = codec::decode(&bytes, format, &Opening::with(None)).unwrap().wallet;
        let dates = wallet.entries().iter().map(|entry| entry.created.unwrap());
        dates.collect::<BTreeSet<OffsetDateTime>>()
    };
    let made = &dates("a.store") | &dates("b.store");
    assert_eq!(made.len(), 2);
    merge(&scratch, "a.store b.store --out c.jks").ok();
    assert_eq!(dates("c.jks"), made);
    let convert = scratch.mwallet("convert c.jks d.jceks").password(PASSWORD);
    convert.out_password(PASSWORD).ok();
    assert_eq!(dates("d.jceks"), made);
}

#[test]
fn wallet_is_not_written_to_stdout() {
    let scratch = Scratch::new();
    for name in ["a.p12", "b.p12"] {
        scratch.mwallet(&format!("create {name}")).password(PASSWORD).ok();
    }
    merge(&scratch, "a.p12 b.p12 --out - --type p12").fails(2, "usage");
    assert!(!scratch.exists("-"));
}

#[test]
fn entries_that_are_counted_are_those_that_are_listed() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    ca.issue("db");
    scratch.write("issuers.pem", scratch.text(&ca.intermediate()) + &scratch.text(&ca.root()));
    p12(&scratch, &openssl, "db", "DB", "-certfile issuers.pem", "db.p12");
    scratch.mwallet("create empty").password(PASSWORD).ok();
    scratch.mwallet("secret set empty api.token").value("x").password(PASSWORD).ok();
    for (line, out) in [
        ("empty db.p12 --out 1", "1"),
        ("db.p12 empty --out 2 --type oracle", "2"),
        ("w db.p12 --out 3", "3"),
        ("w db.p12 --out 4.p12", "4.p12"),
        ("db.p12 w --out 5.p12", "5.p12"),
        ("empty db.p12 --out 6.jks --allow-loss", "6.jks"),
    ] {
        let planned = merge(&scratch, &format!("{line} --dry-run")).json();
        let report = merge(&scratch, line).json();
        let listed = entries(&scratch, out);
        assert_eq!(report["entries"], listed.len(), "{line}: {listed:?}");
        assert_eq!(planned["entries"], report["entries"], "{line}");
        assert_eq!(planned["outcomes"], report["outcomes"], "{line}");
        // Each name in C is one that the list has, in its case; what is left out has none.
        for (_, outcome, alias) in outcomes(&report) {
            let is_listed = listed.iter().any(|(name, ..)| name == alias);
            assert_eq!(is_listed, outcome != "left-out", "{line}: {alias}: {listed:?}");
            assert_eq!(alias.is_empty(), outcome == "left-out", "{line}: {alias}");
        }
    }
}

#[test]
fn names_in_a_java_store_are_told_in_the_case_that_they_have_there() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    for name in ["db", "web"] {
        ca.issue(name);
        p12(&scratch, &openssl, name, "DB", "", &format!("{name}.p12"));
    }
    scratch.mwallet("create s.jks").password(PASSWORD).ok();
    for (line, alias, told) in [
        ("s.jks db.p12", "db", "added db: "),
        ("s.jks web.p12", "db-2", "added DB as db-2, because DB is taken: "),
    ] {
        let planned = merge(&scratch, &format!("{line} --dry-run")).json();
        assert_eq!(outcomes(&planned), [("DB", "added", alias)]);
        merge(&scratch, &format!("{line} --out third.jks --force")).ok().says(told);
        let report = merge(&scratch, line).json();
        assert_eq!(outcomes(&report), [("DB", "added", alias)]);
        assert!(names(&scratch, "s.jks").contains(&alias.to_owned()));
    }
}

#[test]
fn issuers_that_an_oracle_wallet_trusts_already_are_not_brought_again() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("db");
    p12(&scratch, &openssl, "db", "db", &format!("-certfile {}", ca.intermediate()), "db.p12");
    scratch.mwallet("create w").password(PASSWORD).ok();
    let done = merge(&scratch, "w db.p12 --out c").ok();
    done.says("added db:").says("among the trusted certificates").says(": 2 entries");
    let report = merge(&scratch, "c db.p12 --out d").json();
    assert_eq!(outcomes(&report), [("db", "present", "db")], "{report:#}");
    assert_eq!(entries(&scratch, "c"), entries(&scratch, "d"));
}

#[test]
fn store_comes_into_the_wallet_itself() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    ca.issue("db");
    p12(&scratch, &openssl, "db", "App", &format!("-certfile {}", ca.intermediate()), "db.p12");
    let (before, theirs) = (scratch.picture("w"), scratch.picture("db.p12"));
    let planned = merge(&scratch, "w db.p12 --dry-run").json();
    scratch.assert_unchanged("w", &before);
    let report = merge(&scratch, "w db.p12").json();
    assert_eq!(outcomes(&report), [("App", "added", "App-2")], "{report:#}");
    assert_eq!((&report["path"], &report["written"]), (&json!("w"), &json!(true)));
    assert_eq!(planned["outcomes"], report["outcomes"]);
    assert_eq!(report["entries"], entries(&scratch, "w").len());
    assert_eq!(scratch.picture("db.p12"), theirs);
    // The file that opens by itself has it, too, and openssl the key.
    let opened = scratch.mwallet("list w").ok().out();
    assert!(opened.contains("App-2"), "{opened}");
    scratch.mwallet("autologin status w").password(PASSWORD).ok();
    let line = format!("pkcs12 -in w/ewallet.p12 -passin pass:{PASSWORD} -nocerts -nodes");
    let keys = scratch.run(&openssl, &line).ok().out();
    assert_eq!(keys.matches("BEGIN PRIVATE KEY").count(), 2);
    // Once more nothing changes.
    let before = scratch.picture("w");
    merge(&scratch, "w db.p12").ok().says("no change: w/ewallet.p12 (oracle, ");
    scratch.assert_unchanged("w", &before);
    // Where there is no wallet one can be made; what is no store is not changed.
    let error = merge(&scratch, "none db.p12").fails(5, "file-not-found");
    assert_eq!(error["hint"], "mwallet create none");
    merge(&scratch, "ca/root.pem db.p12").fails(1, "format-unsupported");
    // What is for another wallet needs one.
    for line in ["--force", "--type p12", "--profile modern", "--out-no-password"] {
        merge(&scratch, &format!("w db.p12 {line}")).fails(2, "usage");
    }
}

#[test]
fn wallet_that_is_its_auto_login_file_alone_names_that_file() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("db");
    p12(&scratch, &openssl, "db", "db", "", "db.p12");
    scratch.mwallet("create w --auto-login=only").ok();
    let merged = scratch.mwallet("merge w db.p12").src_password(PASSWORD).ok();
    merged.says("wrote w/cwallet.sso");
    assert!(!scratch.exists("w/ewallet.p12"));
    let listed = scratch.mwallet("list w").json();
    assert_eq!(listed["entries"].as_array().unwrap().len(), 1, "{listed:#}");
}

#[test]
fn mode_that_is_told_is_that_of_the_wallets_file() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    ca.issue("db");
    p12(&scratch, &openssl, "db", "db", "", "db.p12");
    scratch.set_mode("w/ewallet.p12", 0o640);
    merge(&scratch, "w db.p12 --dry-run")
        .ok()
        .says("would write w/ewallet.p12 (oracle, mode 0640)");
    merge(&scratch, "w db.p12").ok().says("wrote w/ewallet.p12 (oracle, mode 0640)");
    assert_eq!((scratch.mode("w/ewallet.p12"), scratch.mode("w/cwallet.sso")), (0o640, 0o600));
    // A store of certificates is its owner's alone with the first key.
    let line = format!("convert {} trust.p12 --profile java-trust", ca.root());
    scratch.mwallet(&line).ok();
    scratch.set_mode("trust.p12", 0o644);
    merge(&scratch, "trust.p12 db.p12 --allow-loss --dry-run").ok().says("mode 0600");
    let line = format!("trust.p12 {} --dry-run", ca.intermediate());
    scratch.mwallet(&format!("merge {line}")).ok().says("mode 0644");
    // What is replaced keeps its owner alone.
    merge(&scratch, "w db.p12 --out trust.p12 --force --dry-run").ok().says("mode 0600");
}

#[test]
fn certificate_of_the_wallet_itself_goes_with_consent_only() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let line =
        "req -x509 -newkey rsa:2048 -nodes -subj /CN=app -keyout app.key -out app.pem -days 9";
    scratch.run(&openssl, line).ok();
    p12(&scratch, &openssl, "app", "app", "", "a.p12");
    scratch.write("old.p12", scratch.read("a.p12"));
    scratch.run(&openssl, "req -x509 -key app.key -subj /CN=app -out app.pem -days 99").ok();
    p12(&scratch, &openssl, "app", "app", &format!("-certfile {}", ca.root()), "b.p12");
    let before = scratch.picture("a.p12");
    let error = merge(&scratch, "a.p12 b.p12").fails(6, "conversion-lossy");
    let losses = error["details"]["losses"].as_array().unwrap();
    assert!(losses[0].as_str().unwrap().starts_with("the certificate CN=app (until "), "{error}");
    scratch.assert_unchanged("a.p12", &before);
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.starts_with("mwallet merge a.p12 b.p12") && hint.ends_with("--allow-loss"),
        "{hint}"
    );
    let report = merge(&scratch, "a.p12 b.p12 --allow-loss").json();
    assert_eq!(outcomes(&report)[0], ("app", "updated", "app"));
    // The other way round it stays.
    merge(&scratch, "b.p12 old.p12").ok().says("not kept: an older certificate");
}

#[test]
fn store_of_java_takes_what_it_has_room_for() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("db");
    p12(&scratch, &openssl, "db", "db", &format!("-certfile {}", ca.intermediate()), "db.p12");
    scratch.mwallet("secret set db.p12 token").value("x").password(PASSWORD).ok();
    scratch.mwallet("create s.jks").password(PASSWORD).ok();
    merge(&scratch, "s.jks db.p12").fails(6, "conversion-lossy");
    // What there is no room for is not called added, here as in a third store.
    let expected = [("db", "added", "db"), ("token", "left-out", "")];
    let third = merge(&scratch, "s.jks db.p12 --out c.jks --allow-loss").json();
    assert_eq!(outcomes(&third), expected, "{third:#}");
    let told = merge(&scratch, "s.jks db.p12 --allow-loss --dry-run").ok();
    let told = told.says("added db").all();
    assert!(!told.contains("added token"), "{told}");
    let report = merge(&scratch, "s.jks db.p12 --allow-loss").json();
    assert_eq!(outcomes(&report), expected, "{report:#}");
    assert_eq!(report["entries"], 1, "{report:#}");
    // Nothing but what is left out is no change.
    let again = merge(&scratch, "s.jks db.p12 --allow-loss").ok();
    again.says("no change: s.jks");
    for keytool in peers::keytools() {
        let line = format!("-list -v -keystore s.jks -storepass {PASSWORD}");
        scratch.run(&keytool, &line).ok().says("Certificate chain length: 2");
    }
}

#[test]
fn what_a_has_already_is_no_loss_of_a_merge() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("db");
    p12(&scratch, &openssl, "db", "db", "", "db.p12");
    for name in ["ed", "other"] {
        let line = format!(
            "req -x509 -newkey ed25519 -nodes -subj /CN={name} -keyout {name}.key -out {name}.pem -days 9"
        );
        scratch.run(&openssl, &line).ok();
        p12(&scratch, &openssl, name, name, "", &format!("{name}.p12"));
    }
    let line =
        format!("pkcs12 -export -inkey ed.key -nocerts -passout pass:{PASSWORD} -out bare.p12");
    scratch.run(&openssl, &line).ok();
    for (store, lossy) in [("w", "ed.p12"), ("s.jks", "bare.p12")] {
        scratch.mwallet(&format!("create {store}")).password(PASSWORD).ok();
        merge(&scratch, &format!("{store} {lossy}")).fails(6, "conversion-lossy");
        merge(&scratch, &format!("{store} {lossy} --allow-loss")).ok().says("left out: ");
        // It stays as it is, in the same store and in one of the same type.
        for line in [format!("{store} db.p12 --out third-{store}"), format!("{store} db.p12")] {
            let report = merge(&scratch, &line).json();
            assert_eq!(report["losses"], json!([]), "{line}: {report:#}");
            assert_eq!(report["entries"], 2, "{line}: {report:#}");
        }
        let again = merge(&scratch, &format!("{store} {lossy}")).ok().says("no change: ");
        assert!(!again.all().contains("left out"), "{}", again.story());
    }
    // What B brings is judged, and so is what A has for a store of another type.
    let error = merge(&scratch, "w other.p12").fails(6, "conversion-lossy");
    assert_eq!(error["details"]["losses"].as_array().unwrap().len(), 1, "{error}");
    merge(&scratch, "s.jks db.p12 --out c.jceks").fails(6, "conversion-lossy");
}

#[track_caller]
fn says(error: &Value, member: &str, text: &str) {
    assert!(error[member].as_str().is_some_and(|it| it.contains(text)), "{error:#}");
}

#[test]
fn locked_key_of_b_is_refused_by_its_name_there() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    for name in ["app", "db"] {
        ca.issue(name);
    }
    p12(&scratch, &openssl, "app", "app", "", "a.p12");
    let encrypt = "pkcs8 -topk8 -in db.key -out enc.key -v2 aes-256-cbc -passout pass:Another1";
    scratch.run(&openssl, encrypt).ok();
    let pem = [scratch.read("db.pem"), scratch.read("enc.key")].concat();
    scratch.write("enc.pem", pem);
    let into_a = || scratch.mwallet("merge a.p12 enc.pem").password(PASSWORD);
    let before = scratch.read("a.p12");
    let refused = into_a().fails(4, "key-locked");
    says(&refused, "message", "enc.pem: the key private-key stays locked");
    says(&refused, "hint", "--key-password-file FILE");
    into_a().args("--out c.p12").fails(4, "key-locked");
    assert_eq!(scratch.read("a.p12"), before);
    assert!(!scratch.exists("c.p12"));
    into_a().key_password("Another1").ok();
    let line = format!("pkcs12 -in a.p12 -noenc -passin pass:{PASSWORD}");
    let keys = scratch.run(&openssl, &line).ok().out();
    assert_eq!(keys.matches("BEGIN PRIVATE KEY").count(), 2, "{keys}");
    let kinds: Vec<_> = entries(&scratch, "a.p12").into_iter().map(|(_, kind, _)| kind).collect();
    assert_eq!(kinds, ["private-key", "private-key"]);

    // The name is that in B, and what A has itself is no obstacle.
    p12(&scratch, &openssl, "app", "app", "", "one.p12");
    give_own_password(&scratch, "one.p12", "Another1");
    p12(&scratch, &openssl, "db", "app", "", "two.p12");
    give_own_password(&scratch, "two.p12", "Another1");
    let refused = merge(&scratch, "one.p12 two.p12").fails(4, "key-locked");
    says(&refused, "message", "two.p12: the key app stays locked");
    let root = ca.root();
    merge(&scratch, &format!("one.p12 {root}")).ok();
    merge(&scratch, &format!("one.p12 {root} --out three.p12")).ok();
    merge(&scratch, "one.p12 one.p12 --out four.p12").ok();
    let refused = merge(&scratch, &format!("one.p12 {root} --out w --type oracle"));
    let refused = refused.fails(4, "key-locked");
    says(&refused, "message", "one.p12: the key app stays locked");
}

#[test]
fn secret_that_closes_a_file_to_java_is_told() {
    let scratch = Scratch::new();
    let store = |line: &str| scratch.mwallet(line).password(PASSWORD);
    for wallet in ["w", "a.p12", "b.p12"] {
        store(&format!("create {wallet}")).ok();
    }
    store("csr a.p12 --dn CN=a --self-signed --key ec:p256").ok();
    store("csr b.p12 --dn CN=b --self-signed --key ec:p256").ok();
    store("secret set w s").value("hidden").ok();
    let told = "secret-unreadable";
    for line in ["a.p12 w --dry-run", "a.p12 w --out c.p12", "w a.p12 --out d.p12", "a.p12 w"] {
        merge(&scratch, line).ok().says(told);
    }
    for keytool in peers::keytools() {
        let line = format!("-list -keystore a.p12 -storepass {PASSWORD}");
        scratch.run(&keytool, &line).failed();
    }
    // What was so before is no news, and Java reads no Oracle wallet so.
    for line in ["a.p12 b.p12", "w b.p12", "b.p12 a.p12 --out o --type oracle"] {
        let done = merge(&scratch, line).ok();
        assert!(!done.all().contains(told), "{}", done.story());
    }
}

#[test]
fn leaf_without_its_key_is_told_and_goes_to_the_key_that_is_there() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    ca.issue("other");
    let run = |line: &str| scratch.mwallet(line).password(PASSWORD);
    run("convert w app.p12").out_password(PASSWORD).ok();
    run("convert w app.jks").out_password(PASSWORD).ok();

    // Somebody else's becomes a trusted certificate, which an Oracle client may fail on.
    let told = "leaf-as-trusted";
    run("merge w other.pem --dry-run").ok().says(told).says("an Oracle client rejects");
    run("merge app.p12 other.pem --dry-run").ok().says(told);
    run("merge app.p12 other.pem --out o --type oracle --dry-run").ok().says(told);
    let root = run(&format!("merge w {} --dry-run", ca.root())).ok();
    assert!(!root.all().contains(told), "{}", root.story());

    // That of the key is there, and a later one of the key comes in its place.
    for wallet in ["w", "app.p12", "app.jks"] {
        run(&format!("merge {wallet} w.pem")).ok().says("there already");
    }
    std::thread::sleep(std::time::Duration::from_millis(1100));
    ca.sign("w.csr", "new.pem");
    for wallet in ["w", "app.p12", "app.jks"] {
        let before = entries(&scratch, wallet);
        let error = run(&format!("merge {wallet} new.pem")).fails(6, "conversion-lossy");
        says(&error, "message", "in whose place a later one comes");
        let done = run(&format!("merge {wallet} new.pem --allow-loss")).ok();
        assert!(!done.all().contains(told), "{}", done.story());
        let after = entries(&scratch, wallet);
        assert_eq!(after.len(), before.len(), "{after:?}");
        assert_ne!(after, before);
        run(&format!("merge {wallet} w.pem")).ok().says("not kept: an older certificate");
        let check = run(&format!("check {wallet}")).json();
        assert_eq!(check["chains"][0]["complete"], true, "{check:#}");
    }
}

#[test]
fn what_is_only_read_is_not_made_and_a_directory_is_no_file() {
    let scratch = Scratch::new();
    scratch.mwallet("create a.p12").password(PASSWORD).ok();
    scratch.folder("dir");
    for line in ["a.p12 dir", "a.p12 dir --out c.p12", "dir a.p12 --out c.p12"] {
        let error = merge(&scratch, line).fails(5, "wallet-not-found");
        assert_eq!(error["hint"], "ls dir", "{error:#}");
    }
    let error = merge(&scratch, "dir a.p12").fails(5, "wallet-not-found");
    says(&error, "hint", "mwallet create dir");
    scratch.mwallet("create w").password(PASSWORD).ok();
    for out in ["dir", "w"] {
        let line = format!("a.p12 w --out {out} --type p12");
        let done = merge(&scratch, &line).run().failed().says("a directory");
        assert!(!done.all().contains("--force"), "{}", done.story());
    }
}

/// The password of keys that have their own.
const KEY_PASSWORD: &str = "Another1";

/// `a.p12` with the key `one` and with `two`, which has a password of its own, and `open.pem` with both open.
fn one_key_of_two_locked(scratch: &Scratch) {
    let store = |line: &str| scratch.mwallet(line).password(PASSWORD);
    store("create a.p12").ok();
    let csr = |name: &str| store(&format!("csr a.p12 --dn CN={name} --key ec:p256 --self-signed"));
    csr("one").ok();
    csr("two").key_password(KEY_PASSWORD).ok();
    store("convert a.p12 open.pem").key_password(KEY_PASSWORD).out_password(PASSWORD).ok();
}

#[track_caller]
fn keys_that_openssl_opens(scratch: &Scratch, openssl: &Peer, file: &str, password: &str) -> usize {
    let line = format!("pkcs12 -in {file} -nocerts -noenc -passin pass:{password}");
    scratch.run(openssl, &line).ok().out().matches("BEGIN PRIVATE KEY").count()
}

/// What is said of keys that lose their own passwords.
fn resealed(names: &str) -> String {
    format!(
        "keys get the password of what is written in place of their own: {names} (key-password-differs)"
    )
}

#[test]
fn locked_key_that_b_has_open_is_written_with_the_password_of_the_wallet() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    one_key_of_two_locked(&scratch);
    let before = scratch.read("a.p12");
    merge(&scratch, "a.p12 open.pem --dry-run").ok().says(&resealed("two"));
    merge(&scratch, "a.p12 open.pem --out c.p12 --dry-run").ok().says(&resealed("two"));
    merge(&scratch, "a.p12 open.pem --out c.p12").ok().says(&resealed("two"));
    merge(&scratch, "a.p12 open.pem --out d.p12")
        .out_password("Fresh-1x")
        .ok()
        .says(&resealed("two"));
    assert_eq!(scratch.read("a.p12"), before);
    merge(&scratch, "a.p12 open.pem")
        .ok()
        .says("got its key, which was locked")
        .says(&resealed("two"));
    for (file, password) in [("a.p12", PASSWORD), ("c.p12", PASSWORD), ("d.p12", "Fresh-1x")] {
        assert_eq!(keys_that_openssl_opens(&scratch, &openssl, file, password), 2, "{file}");
        let read = scratch.mwallet(&format!("inspect {file}")).password(password).ok();
        assert!(!read.all().contains("another password"), "{}", read.story());
    }
    let again = merge(&scratch, "a.p12 open.pem").ok().says("no change:");
    assert!(!again.all().contains("in place of their own"), "{}", again.story());
}

#[test]
fn locked_key_of_a_java_store_that_b_has_open_is_told_to_have_another_password() {
    let scratch = Scratch::new();
    one_key_of_two_locked(&scratch);
    let store = |line: &str| scratch.mwallet(line).password(PASSWORD);
    store("create a.jks").ok();
    let csr = "csr a.jks --dn CN=two --alias two --key ec:p256 --self-signed";
    store(csr).key_password(KEY_PASSWORD).ok();
    store("convert a.jks two.pem").key_password(KEY_PASSWORD).out_password(PASSWORD).ok();
    merge(&scratch, "a.jks two.pem --out c.jks").ok().says(&resealed("two"));
    merge(&scratch, "a.jks two.pem").ok().says(&resealed("two"));
    for keytool in peers::keytools() {
        for file in ["a.jks", "c.jks"] {
            let line = format!(
                "-certreq -alias two -keystore {file} -storepass {PASSWORD} -keypass {PASSWORD}"
            );
            scratch.run(&keytool, &line).ok();
        }
    }
}

#[test]
fn keys_that_lose_their_own_passwords_are_named_whichever_wallet_they_come_from() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    one_key_of_two_locked(&scratch);
    let store = |line: &str| scratch.mwallet(line).password(PASSWORD);
    for (file, alias) in [("b.jks", "jtwo"), ("a.jks", "jone")] {
        store(&format!("create {file}")).ok();
        let csr = format!("csr {file} --dn CN={alias} --alias {alias} --key ec:p256 --self-signed");
        store(&csr).key_password(KEY_PASSWORD).ok();
    }
    let run = |line: &str| merge(&scratch, line).key_password(KEY_PASSWORD);

    // All of it is encrypted anew with another password.
    for more in ["--dry-run", ""] {
        let line = format!("a.p12 b.jks --out new.p12 {more}");
        run(&line).out_password("Fresh-1x").ok().says(&resealed("two, jtwo"));
    }
    assert_eq!(keys_that_openssl_opens(&scratch, &openssl, "new.p12", "Fresh-1x"), 3);

    // What A has stays as it is under its own password, and what comes from B does not.
    for line in ["a.p12 b.jks --out same.p12", "a.p12 b.jks --dry-run"] {
        run(line).ok().says(&resealed("jtwo"));
    }
    let own = scratch.mwallet("inspect same.p12").password(PASSWORD).key_password(KEY_PASSWORD);
    own.ok().says("the key two has another password than the store");

    // A store of Java's keeps those of A whatever its own is.
    run("a.jks b.jks --out new.jks").out_password("Fresh-1x").ok().says(&resealed("jtwo"));
    for keytool in peers::keytools() {
        for (alias, key_password) in [("jone", KEY_PASSWORD), ("jtwo", "Fresh-1x")] {
            let line = format!(
                "-certreq -alias {alias} -keystore new.jks -storepass Fresh-1x -keypass {key_password}"
            );
            scratch.run(&keytool, &line).ok();
        }
    }

    // What has a password of its own in B alone is none of what A has open.
    let line = "merge new.p12 a.p12 --out third.p12";
    let third = scratch.mwallet(line).password("Fresh-1x").src_password(PASSWORD);
    let third = third.key_password(KEY_PASSWORD).out_password(PASSWORD).ok();
    assert!(!third.all().contains("in place of their own"), "{}", third.story());
}

#[test]
fn java_store_without_its_password_is_answered_with_the_password_that_is_missing() {
    let scratch = Scratch::new();
    let store = |line: &str| scratch.mwallet(line).password(PASSWORD);
    for file in ["a.p12", "a.jks", "b.jks", "b.jceks"] {
        store(&format!("create {file}")).ok();
    }
    for file in ["b.jks", "b.jceks"] {
        store(&format!("csr {file} --dn CN=jone --alias jone --key ec:p256 --self-signed")).ok();
    }
    for line in ["a.p12 b.jks", "a.p12 b.jks --out c.p12", "a.p12 b.jceks", "a.jks b.jceks"] {
        let run = || scratch.mwallet(&format!("merge {line}")).password(PASSWORD);
        let error = run().fails(4, "password-missing");
        says(&error, "message", "--src-password-");
        // Nor is one that was given for keys that of the store.
        let error = run().key_password(KEY_PASSWORD).fails(4, "password-missing");
        says(&error, "message", "--src-password-");
        run().src_password(PASSWORD).args("--dry-run").ok();
    }
    assert!(!scratch.exists("c.p12"));
    // Into a store of its own type the key goes as it is.
    store("merge a.jks b.jks --dry-run").ok().says("added jone");
    // Where there are no keys, nothing needs the password.
    store("create t.jks").ok();
    store("remove b.jks jone --yes").ok();
    store("merge a.p12 b.jks").ok();
}

#[test]
fn name_of_no_store_is_refused_before_anything_is_opened() {
    let scratch = Scratch::new();
    for wallet in ["a.p12", "b.p12"] {
        scratch.mwallet(&format!("create {wallet}")).password(PASSWORD).ok();
    }
    // Without a password, which nobody is asked for.
    for (line, text) in [
        ("--out both.pem", "and no store"),
        ("--out ewallet.p12 --type jks", "the name of the file of an Oracle wallet"),
    ] {
        let error = scratch.mwallet(&format!("merge a.p12 b.p12 {line}")).fails(2, "usage");
        says(&error, "message", text);
    }
}

/// openssl encrypts keys in ways that are kept here and not understood.
#[test]
fn key_that_lay_encrypted_is_never_written_in_the_clear() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let line = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a -days 9";
    scratch.run(&openssl, &format!("{line} -keyout a.key -out a.pem")).ok();
    let line = "pkcs12 -export -inkey a.key -in a.pem -name a -certpbe NONE -keypbe aria-256-cbc";
    scratch.run(&openssl, &format!("{line} -out a.p12 -passout pass:{PASSWORD}")).ok();
    scratch.write("open.pem", scratch.text("a.key") + &scratch.text("a.pem"));
    let bags = || {
        let line = format!("pkcs12 -in a.p12 -info -noout -passin pass:{PASSWORD}");
        scratch.run(&openssl, &line).ok().all()
    };
    scratch.mwallet("merge a.p12 open.pem").password(PASSWORD).ok().says("updated");
    assert!(bags().contains("Shrouded Keybag: PBES2") && !bags().contains("Key bag"), "{}", bags());
    let csr = "csr a.p12 --dn CN=b --key ec:p256 --self-signed --out b.pem";
    scratch.mwallet(csr).password(PASSWORD).ok();
    assert!(!bags().contains("Key bag"), "{}", bags());
    let line = format!("pkcs12 -in a.p12 -nocerts -nodes -passin pass:{PASSWORD}");
    assert_eq!(scratch.run(&openssl, &line).ok().out().matches("BEGIN PRIVATE KEY").count(), 2);
}

#[test]
fn store_that_only_the_password_of_a_key_opened_is_not_merged() {
    let scratch = Scratch::new();
    for file in ["a.jks", "b.p12"] {
        scratch.mwallet(&format!("create {file}")).password(PASSWORD).ok();
    }
    for (alias, own) in [("app", None), ("web", Some("Another1"))] {
        let csr = format!("csr a.jks --dn CN={alias} --key ec:p256 --self-signed");
        let csr = scratch.mwallet(&csr).password(PASSWORD);
        if let Some(own) = own { csr.key_password(own) } else { csr }.ok();
    }
    for out in ["c.jks", "c.p12"] {
        let merge = scratch.mwallet(&format!("merge a.jks b.p12 --out {out}"));
        let merge = merge.key_password("Another1").src_password(PASSWORD).out_password("another1");
        merge.fails(4, "password-missing");
        assert!(!scratch.exists(out));
    }
}
