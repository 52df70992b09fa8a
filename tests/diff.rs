//! `diff`: what two wallets have in common, whatever their formats.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::{Value, json};
use support::authority::{Authority, CaKeys, p12};
use support::job::{PASSWORD, certified};
use support::peers;
use support::scratch::Scratch;

#[track_caller]
fn diff(scratch: &Scratch, line: &str) -> (Value, Option<i32>) {
    let line = format!("diff {line}");
    scratch.mwallet(&line).password(PASSWORD).src_password(PASSWORD).report()
}

/// The aliases in a list of entries.
fn aliases(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["alias"].as_str().unwrap()).collect()
}

/// Alias in A, alias in B, differences.
fn pairs(list: &Value) -> Vec<(&str, &str, Vec<&str>)> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|pair| {
            let differences = pair["differences"].as_array().unwrap();
            (
                pair["a"]["alias"].as_str().unwrap(),
                pair["b"]["alias"].as_str().unwrap(),
                differences.iter().map(|one| one.as_str().unwrap()).collect(),
            )
        })
        .collect()
}

#[test]
fn export_holds_the_same_as_its_wallet() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    scratch.mwallet("export w --to p12 --out w.p12").password(PASSWORD).out_password(PASSWORD).ok();
    let before = (scratch.picture("w"), scratch.read("w.p12"));
    let (report, status) = diff(&scratch, "w w.p12");
    assert_eq!((&report["verdict"], status), (&json!("same"), Some(0)), "{report:#}");
    assert_eq!(report["schema"], 1);
    assert_eq!((&report["a"], &report["b"]), (&json!("w"), &json!("w.p12")));
    let quiet = scratch.mwallet("diff w w.p12").password(PASSWORD).src_password(PASSWORD).ok();
    assert!(quiet.out().starts_with("no difference: "), "{}", quiet.story());
    let all = scratch.mwallet("diff w w.p12 -v").password(PASSWORD).src_password(PASSWORD).ok();
    assert!(all.out().contains("\n=  app "), "{}", all.story());
    scratch.assert_unchanged("w", &before.0);
    assert_eq!(scratch.read("w.p12"), before.1);
}

#[test]
fn only_here_only_there_and_under_another_alias() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    for name in ["app", "db", "web"] {
        ca.issue(name);
    }
    // Each file has one key; merge makes files with two.
    for (key, alias, out) in [
        ("app", "app", "1.p12"),
        ("db", "db", "2.p12"),
        ("app", "App", "3.p12"),
        ("web", "web", "4.p12"),
        ("db", "database", "5.p12"),
    ] {
        p12(&scratch, &openssl, key, alias, "", out);
    }
    for line in ["1.p12 2.p12 --out a.p12", "3.p12 4.p12 --out b0.p12", "b0.p12 5.p12 --out b.p12"]
    {
        let line = format!("merge {line}");
        scratch.mwallet(&line).password(PASSWORD).src_password(PASSWORD).ok();
    }
    let (report, status) = diff(&scratch, "a.p12 b.p12");
    assert_eq!(status, Some(3));
    assert_eq!(report["verdict"], "different");
    assert_eq!(aliases(&report["only_in_a"]), [""; 0]);
    assert_eq!(aliases(&report["only_in_b"]), ["web"]);
    // That Java folds the case is no difference.
    assert_eq!(pairs(&report["renamed"]), [("db", "database", vec!["alias"])]);
    assert_eq!((pairs(&report["changed"]), &report["same"]), (vec![], &json!(1)));
    let (turned, _) = diff(&scratch, "b.p12 a.p12");
    assert_eq!(aliases(&turned["only_in_a"]), ["web"]);
    let text = scratch.mwallet("diff a.p12 b.p12").password(PASSWORD).src_password(PASSWORD).run();
    let text = text.status(3).out();
    assert!(text.contains("\n+  web "), "{text}");
    assert!(text.contains("\n~  db -> database "), "{text}");
    assert!(!text.contains("\n=") && !text.contains("\n-"), "{text}");
}

#[test]
fn renewed_certificate_other_chain_and_other_key_are_told_apart() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    p12(&scratch, &openssl, "app", "app", "", "bare.p12");
    p12(&scratch, &openssl, "app", "app", "-certfile ca/intermediate.pem", "chain.p12");
    let (report, status) = diff(&scratch, "bare.p12 chain.p12");
    assert_eq!(status, Some(3));
    assert_eq!(pairs(&report["changed"]), [("app", "app", vec!["chain"])]);

    // The same key again, certified for longer.
    let line = format!(
        "x509 -req -in app.csr -CA {} -CAkey ca/intermediate.key -CAcreateserial -days 900 -out app.pem",
        ca.intermediate()
    );
    scratch.run(&openssl, &line).ok();
    p12(&scratch, &openssl, "app", "app", "", "renewed.p12");
    let (report, _) = diff(&scratch, "bare.p12 renewed.p12");
    assert_eq!(pairs(&report["changed"]), [("app", "app", vec!["certificate"])]);
    let pair = &report["changed"][0];
    let days = |side: &str| pair[side]["not_after"].as_str().unwrap()[..10].to_owned();
    assert!(days("a") < days("b"), "{pair:#}");
    let done = scratch.mwallet("diff bare.p12 renewed.p12").password(PASSWORD);
    let done = done.src_password(PASSWORD).run().status(3);
    done.says(&format!("another certificate, until {} -> {}", days("a"), days("b")));

    // The same alias with another key.
    ca.issue("app");
    p12(&scratch, &openssl, "app", "app", "", "rekeyed.p12");
    let (report, _) = diff(&scratch, "bare.p12 rekeyed.p12");
    assert_eq!(pairs(&report["changed"]), [("app", "app", vec!["key", "certificate"])]);
}

#[test]
fn secrets_flags_and_requests_are_compared_and_no_value_is_shown() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "a", "ec:p256");
    std::fs::create_dir(scratch.at("b")).unwrap();
    std::fs::copy(scratch.at("a/ewallet.p12"), scratch.at("b/ewallet.p12")).unwrap();
    for (wallet, name, value) in [
        ("a", "same", "one value"),
        ("b", "same", "one value"),
        ("a", "token", "swordfish"),
        ("b", "token", "marlin"),
        ("b", "more", "trout"),
    ] {
        let line = format!("secret set {wallet} {name}");
        scratch.mwallet(&line).password(PASSWORD).value(value).ok();
    }
    // The same logins under other numbers.
    for (wallet, connects) in [("a", ["db1", "db2"]), ("b", ["db2", "db1"])] {
        for connect in connects {
            let line = format!("cred set {wallet} {connect} --user scott");
            scratch.mwallet(&line).password(PASSWORD).value(connect).ok();
        }
    }
    let (report, status) = diff(&scratch, "a b");
    assert_eq!(status, Some(3));
    assert_eq!(aliases(&report["only_in_b"]), ["more"]);
    assert_eq!(pairs(&report["changed"]), [("token", "token", vec!["value"])], "{report:#}");
    let text = scratch.mwallet("diff a b -v").password(PASSWORD).src_password(PASSWORD).run().all();
    for secret in ["swordfish", "marlin", "trout", "one value"] {
        assert!(!text.contains(secret) && !report.to_string().contains(secret), "{text}");
    }

    // A part of a login is told by what the login is for.
    scratch.mwallet("cred set b db1").password(PASSWORD).value("other").ok();
    scratch.mwallet("cred set b db3 --user joe").password(PASSWORD).value("new").ok();
    let (report, _) = diff(&scratch, "a b");
    let changed = report["changed"].as_array().unwrap();
    assert!(changed.iter().any(|pair| pair["a"]["login"] == "db1"), "{report:#}");
    let text = scratch.mwallet("diff a b").password(PASSWORD).src_password(PASSWORD).run().all();
    for login in ["login db1", "login db3"] {
        assert!(text.contains(login), "no {login} in {text}");
    }

    scratch
        .mwallet(&format!("add-trusted b {} --trust-flags SERVER_AUTH", ca.root()))
        .password(PASSWORD)
        .ok();
    let (report, _) = diff(&scratch, "a b");
    let changed = pairs(&report["changed"]);
    assert!(changed.iter().any(|(.., what)| *what == ["trust-flags"]), "{report:#}");
}

#[test]
fn request_and_its_certificate_are_one_key() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    support::job::pending(&scratch, "a", "ec:p256");
    std::fs::create_dir(scratch.at("b")).unwrap();
    std::fs::copy(scratch.at("a/ewallet.p12"), scratch.at("b/ewallet.p12")).unwrap();
    ca.sign("a.csr", "a.pem");
    let line = format!("import-user b a.pem {} {} --trust-root", ca.intermediate(), ca.root());
    scratch.mwallet(&line).password(PASSWORD).ok();
    let (report, _) = diff(&scratch, "a b");
    assert_eq!(pairs(&report["changed"])[0].2, ["kind"], "{report:#}");
    assert_eq!(report["changed"][0]["a"]["kind"], "request");
    assert_eq!(report["changed"][0]["b"]["kind"], "private-key");
}

#[test]
fn each_wallet_has_a_password_of_its_own() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    p12(&scratch, &openssl, "app", "app", "", "a.p12");
    p12(&scratch, &openssl, "app", "app", "", "b.p12");
    let error = scratch.mwallet("diff a.p12 b.p12").password(PASSWORD).fails(4, "password-missing");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("b.p12") && message.contains("--src-password-stdin"), "{message}");
    scratch
        .mwallet("diff a.p12 b.p12")
        .password(PASSWORD)
        .src_password("wrong")
        .fails(4, "password-wrong");
}

#[test]
fn java_store_and_pem_file_are_compared_with_their_copies() {
    let Some(openssl) = peers::openssl() else { return };
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
        ca.issue("app");
        ca.bundle(&[&ca.intermediate(), &ca.root()], "issuers.pem");
        p12(&scratch, &openssl, "app", "App", "-certfile issuers.pem", "a.p12");
        let line = format!(
            "-importkeystore -noprompt -srckeystore a.p12 -srcstorepass {PASSWORD} -destkeystore b.jks \
             -deststoretype JKS -deststorepass {PASSWORD}"
        );
        scratch.run(&keytool, &line).ok();
        let (report, status) = diff(&scratch, "a.p12 b.jks");
        assert_eq!((&report["verdict"], status), (&json!("same"), Some(0)), "{report:#}");
        let line = format!(
            "-importcert -noprompt -alias extra -file {} -keystore b.jks -storepass {PASSWORD}",
            ca.root()
        );
        scratch.run(&keytool, &line).ok();
        let (report, _) = diff(&scratch, "a.p12 b.jks");
        assert_eq!(aliases(&report["only_in_b"]), ["extra"]);
        // Two bundles of the same CAs in another order, one of them as PKCS#7.
        ca.bundle(&[&ca.root(), &ca.intermediate()], "turned.pem");
        scratch.run(&openssl, "crl2pkcs7 -nocrl -certfile turned.pem -out turned.p7b").ok();
        scratch.mwallet("diff issuers.pem turned.p7b").ok();
        scratch.mwallet(&format!("diff issuers.pem {}", ca.root())).run().status(3);
    }
}
