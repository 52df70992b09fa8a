//! `match`: whose key a certificate has, held against what openssl says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
use support::peers::{self, Peer};
use support::scratch::Scratch;

/// Kinds of keys, and what openssl needs to make them.
const KINDS: [(&str, &str); 5] = [
    ("rsa", "RSA -pkeyopt rsa_keygen_bits:2048"),
    ("pss", "RSA-PSS -pkeyopt rsa_keygen_bits:2048"),
    ("p256", "EC -pkeyopt ec_paramgen_curve:P-256"),
    ("p384", "EC -pkeyopt ec_paramgen_curve:P-384"),
    ("ed25519", "ED25519"),
];

/// `NAME.key` and a self-signed `NAME.pem`.
#[track_caller]
fn pair(scratch: &Scratch, openssl: &Peer, name: &str, kind: &str) {
    scratch.run(openssl, &format!("genpkey -algorithm {kind} -out {name}.key")).ok();
    let line = format!("req -x509 -key {name}.key -subj /CN={name} -out {name}.pem");
    scratch.run(openssl, &line).ok();
}

#[test]
fn verdicts_are_those_of_openssl() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let mut names = Vec::new();
    for (name, kind) in KINDS {
        for number in 1..=2 {
            let name = format!("{name}{number}");
            pair(&scratch, &openssl, &name, kind);
            names.push(name);
        }
    }
    let public = |line: String| scratch.run(&openssl, &line).ok().out();
    for key in &names {
        let own = public(format!("pkey -in {key}.key -pubout"));
        for certificate in &names {
            let theirs = public(format!("x509 -in {certificate}.pem -noout -pubkey"));
            let line = format!("match {key}.key {certificate}.pem");
            let (report, status) = scratch.mwallet(&line).report();
            let matches = own == theirs;
            assert_eq!(report["certificates"][0]["matches"], matches, "{line}: {report:#}");
            assert_eq!(report["verdict"], if matches { "match" } else { "mismatch" });
            assert_eq!(status, Some(if matches { 0 } else { 3 }), "{line}");
        }
    }
    scratch.mwallet("match p2561.key p2561.pem").ok().says("\nmatch\n");
    let done = scratch.mwallet("match p2561.key p2561.pem p2562.pem").run().status(3);
    drop(done.says("no match: one of them"));
    // The key id is the digest of what openssl writes.
    scratch.run(&openssl, "pkey -in p2561.key -pubout -outform DER -out p.der").ok();
    let digest = scratch.run(&openssl, "dgst -sha256 -r p.der").ok().out();
    let (report, _) = scratch.mwallet("match p2561.key p2561.pem").report();
    assert_eq!(report["key"]["key_id"].as_str(), digest.split(' ').next());
    assert_eq!(report["key"]["public_key"], "ec:p256");
    assert_eq!(report["certificates"][0]["key_id"], report["key"]["key_id"]);
}

#[test]
fn key_may_be_private_public_requested_or_in_a_wallet() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    certified(&scratch, &ca, "w", "rsa:2048");
    ca.issue("other");
    scratch.mwallet("export w --to p12 --out w.p12").password(PASSWORD).out_password(PASSWORD).ok();
    for line in [
        "pkcs12 -in w.p12 -passin pass:Welcome1 -nocerts -nodes -out plain.pem",
        "pkey -in plain.pem -outform DER -out plain.der",
        "rsa -in plain.pem -traditional -out traditional.pem",
        "rsa -in plain.pem -traditional -outform DER -out traditional.der",
        "pkcs8 -topk8 -in plain.pem -v2 aes256 -passout pass:Welcome1 -out encrypted.pem",
        "pkcs8 -topk8 -in plain.pem -v2 aes256 -passout pass:Welcome1 -outform DER -out encrypted.der",
        "pkey -in plain.pem -pubout -out public.pem",
        "pkey -in plain.pem -pubout -outform DER -out public.der",
    ] {
        scratch.run(&openssl, line).ok();
    }
    for (key, kind) in [
        ("plain.pem", "private-key"),
        ("plain.der", "private-key"),
        ("traditional.pem", "private-key"),
        ("traditional.der", "private-key"),
        ("encrypted.pem", "private-key"),
        ("encrypted.der", "private-key"),
        ("public.pem", "public-key"),
        ("public.der", "public-key"),
        ("w.csr", "request"),
        ("w", "private-key"),
        ("w.p12", "private-key"),
    ] {
        let run = |certificate: &str| {
            scratch.mwallet(&format!("match {key} {certificate}")).password(PASSWORD).report()
        };
        let (report, status) = run("w.pem");
        assert_eq!((&report["key"]["kind"], status), (&kind.into(), Some(0)), "{key}: {report:#}");
        assert_eq!(run("other.pem").1, Some(3), "{key}");
        assert_eq!(run("w.csr").1, Some(0), "{key}");
        assert_eq!(run("other.csr").1, Some(3), "{key}");
    }
}

#[test]
fn issuers_behind_a_certificate_are_not_compared() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.bundle(&["app.pem", &ca.intermediate(), &ca.root()], "full.pem");
    let report = scratch.mwallet("match app.key full.pem").json();
    let roles: Vec<_> = report["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["role"].as_str().unwrap(), one["matches"].as_bool()))
        .collect();
    assert_eq!(roles, [("subject", Some(true)), ("issuer", None), ("issuer", None)]);
    scratch.mwallet("match app.key full.pem").ok().says("yes").says("CN=Issuing-ca");
    // A CA on its own is asked about, and so is one whose key is given.
    let line = format!("match app.key app.pem {}", ca.root());
    scratch.mwallet(&line).run().status(3).says("no ");
    scratch.mwallet("match ca/root.key full.pem").run().status(3);
    scratch.mwallet(&format!("match ca/root.key {}", ca.root())).ok();
}

#[test]
fn wallet_is_compared_by_the_certificates_of_its_keys() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.issue("db");
    for name in ["app", "db"] {
        let line = format!(
            "pkcs12 -export -inkey {name}.key -in {name}.pem -certfile {} -name {name} \
             -passout pass:{name}-password -out {name}.p12",
            ca.intermediate()
        );
        scratch.run(&openssl, &line).ok();
    }
    scratch.mwallet("match app.key app.p12").src_password("app-password").ok();
    scratch.mwallet("match app.key db.p12").src_password("db-password").run().status(3);
    scratch
        .mwallet("match app.p12 app.pem db.p12")
        .password("app-password")
        .src_password("db-password")
        .run()
        .status(3)
        .says("yes")
        .says("no ");
    scratch
        .mwallet("merge app.p12 db.p12 --out both.p12")
        .password("app-password")
        .src_password("db-password")
        .ok();
    let both = |more: &str| {
        scratch.mwallet(&format!("match both.p12 db.pem {more}")).password("app-password")
    };
    let error = both("").fails(2, "entry-ambiguous");
    assert_eq!(error["details"]["entries"], serde_json::json!(["app", "db"]));
    both("--alias db").ok();
    both("--alias app").run().status(3);
}

#[test]
fn keys_that_cannot_be_told_are_refused() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    pair(&scratch, &openssl, "app", "EC -pkeyopt ec_paramgen_curve:P-256");
    let line = "pkcs8 -topk8 -in app.key -v2 aes256 -passout pass:Welcome1 -out closed.key";
    scratch.run(&openssl, line).ok();
    scratch.mwallet("match closed.key app.pem").fails(4, "password-missing");
    scratch.mwallet("match closed.key app.pem").password("wrong").fails(4, "password-wrong");
    scratch.mwallet("match app.pem app.pem").fails(1, "bundle-empty");
    scratch.mwallet("match app.key app.key").fails(1, "bundle-empty");
    scratch.write("two.key", [scratch.read("app.key"), scratch.read("closed.key")].concat());
    scratch.mwallet("match two.key app.pem").password(PASSWORD).fails(2, "usage");
    scratch.mwallet("match app.key app.pem --alias app").fails(2, "usage");
}
