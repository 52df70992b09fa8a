//! What no flag allows: writing over the wallet itself, a key left behind by a command that fails, and
//! Oracle's layout without a password.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, pending};
use support::peers;
use support::scratch::Scratch;

#[test]
fn nothing_is_written_over_the_wallet_itself() {
    let scratch = Scratch::new();
    pending(&scratch, "w.p12", "rsa:2048");
    pending(&scratch, "d", "rsa:2048");
    std::os::unix::fs::symlink(scratch.at("w.p12"), scratch.at("link")).unwrap();
    std::fs::hard_link(scratch.at("w.p12"), scratch.at("hard")).unwrap();
    let before = (scratch.read("w.p12"), scratch.read("d/ewallet.p12"));
    for command in [
        "csr w.p12 --dn CN=x --key ec:p256 --out w.p12 --force",
        "csr w.p12 --dn CN=x --key ec:p256 --out link --force",
        "csr w.p12 --dn CN=x --key ec:p256 --out hard --force",
        "csr d --dn CN=x --key ec:p256 --out d/ewallet.p12 --force",
        "export w.p12 --to p12 --out-no-password --out ./w.p12 --force",
        "export d --to p12 --out-no-password --out d/ewallet.p12 --force",
    ] {
        let error = scratch.mwallet(command).password(PASSWORD).fails(2, "usage");
        assert!(error["message"].as_str().unwrap().contains("the wallet itself"), "{error}");
        assert!(!error["hint"].as_str().unwrap_or("").contains("--force"), "{error}");
    }
    assert_eq!((scratch.read("w.p12"), scratch.read("d/ewallet.p12")), before);
}

#[test]
fn nothing_is_written_over_what_the_command_reads() {
    let scratch = Scratch::new();
    scratch.write("pw", PASSWORD);
    scratch.mwallet("create ca.p12 --password-file pw").ok();
    let ca = "csr ca.p12 --dn CN=ca --self-signed --ca-cert --key ec:p256 --password-file pw";
    scratch.mwallet(&format!("{ca} --out ca.pem")).ok();
    scratch
        .mwallet("export ca.p12 --to pem --out-no-password --out key.pem --password-file pw")
        .ok();
    let kept = ["pw", "ca.p12", "ca.pem", "key.pem"];
    let before = kept.map(|name| scratch.read(name));
    for command in [
        "chain ca.p12 --out ca.p12 --password-file pw",
        "chain key.pem ca.pem --out key.pem",
        "chain ca.p12 --out pw --password-file pw",
        "csr ca.p12 --dn CN=x --key ec:p256 --out pw --password-file pw",
        "export ca.p12 --to pem --no-key --out pw --password-file pw",
        "expiry ca.p12 --out pw --password-file pw",
        "probe localhost:1 --wallet ca.p12 --save ca.p12 --password-file pw",
        "probe localhost:1 --wallet ca.p12 --save pw --password-file pw",
        "sign ca.pem --ca ca.p12 --out ca.pem --ca-password-file pw",
        "sign ca.pem --ca ca.p12 --out pw --ca-password-file pw",
        "crl create --ca ca.p12 --out pw --ca-password-file pw",
    ] {
        scratch.mwallet(command).arg("--force").fails(2, "usage");
        assert!(before == kept.map(|name| scratch.read(name)), "{command}");
    }
}

#[test]
fn what_has_no_keys_takes_the_place_of_none() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    let root = ca.root();
    pending(&scratch, "w.p12", "ec:p256");
    scratch.mwallet("create v.jks --type jks").password(PASSWORD).ok();
    // A key behind a chain that is longer than what tells the format.
    scratch.write("both.pem", scratch.text(&root).repeat(20) + &scratch.text("app.key"));
    scratch.write("trust.pem", scratch.text(&root));
    let verbs = [
        "csr w.p12 --dn CN=x --key ec:p256".to_owned(),
        format!("chain app.pem {root}"),
        format!("export {root} --to p7b"),
        format!("export {root} --to pem"),
    ];
    // Base64 without armour is read as well, and what is not read here may be a store all the same.
    for (bytes, wrapped) in
        [("app.key", "key.b64"), ("both.pem", "both.b64"), ("w.p12", "w.b64"), ("v.jks", "v.b64")]
    {
        scratch.run(&openssl, &format!("base64 -e -in {bytes} -out {wrapped}")).ok();
    }
    scratch.write("p12.pem", "-----BEGIN PKCS12-----\n");
    scratch.write("keys.gpg.asc", "-----BEGIN PGP MESSAGE-----\n");
    scratch.write("wallet.zip", b"PK\x03\x04");
    for precious in [
        "v.jks",
        "app.key",
        "both.pem",
        "key.b64",
        "both.b64",
        "w.b64",
        "v.b64",
        "p12.pem",
        "keys.gpg.asc",
        "wallet.zip",
    ] {
        let before = scratch.read(precious);
        for verb in &verbs {
            let line = format!("{verb} --out {precious} --force");
            let error = scratch.mwallet(&line).password(PASSWORD).fails(6, "would-overwrite");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("may hold keys") && !message.contains("--force"), "{error}");
            assert!(!error["hint"].as_str().unwrap_or("").contains("--force"), "{error}");
        }
        let init = format!("pki init {precious} --force");
        scratch.mwallet(&init).fails(6, "would-overwrite");
        assert_eq!(scratch.read(precious), before, "{precious}");
    }
    // Certificates replace certificates, and stores stores.
    for verb in &verbs {
        scratch.mwallet(&format!("{verb} --out trust.pem --force")).password(PASSWORD).run();
        assert_ne!(scratch.read("trust.pem"), scratch.read(&root), "{verb}");
        scratch.write("trust.pem", scratch.text(&root));
    }
    scratch
        .mwallet(&format!("export {root} --to jks --out v.jks --force"))
        .out_password("another1")
        .ok();
}

#[test]
fn request_that_cannot_be_written_leaves_no_key_behind() {
    let scratch = Scratch::new();
    pending(&scratch, "w.p12", "rsa:2048");
    scratch.folder("folder");
    let before = scratch.read("w.p12");
    for (out, status, code) in [("no/such.csr", 5, "file-not-found"), ("folder", 1, "not-a-file")] {
        scratch
            .mwallet(&format!("csr w.p12 --dn CN=x --key ec:p256 --out {out} --force"))
            .password(PASSWORD)
            .fails(status, code);
        assert_eq!(scratch.read("w.p12"), before, "{out}");
    }
}

#[test]
fn oracles_layout_is_never_written_without_a_password() {
    let scratch = Scratch::new();
    pending(&scratch, "d", "rsa:2048");
    let refused = |error: serde_json::Value| {
        assert!(error["message"].as_str().unwrap().contains("no unprotected form"), "{error}");
    };
    refused(
        scratch.mwallet("create new --no-password --force --allow-weak-password").fails(2, "usage"),
    );
    for command in [
        "passwd d --new-no-password --allow-weak-password",
        "export d --to p12 --profile oracle-23ai --out-no-password --out x.p12 --force",
    ] {
        refused(scratch.mwallet(command).password(PASSWORD).fails(2, "usage"));
    }
    assert!(!scratch.exists("new") && !scratch.exists("x.p12"));
}

#[test]
fn yes_does_not_answer_whom_to_trust() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    pending(&scratch, "w", "ec:p256");
    ca.sign("w.csr", "app.pem");
    ca.bundle(&["app.pem", &ca.intermediate(), &ca.root()], "reply.pem");
    scratch.mwallet("import-user w reply.pem --yes").password(PASSWORD).ok();
    let listed = scratch.mwallet("list w").password(PASSWORD).json();
    let trusts_root =
        listed["entries"].as_array().unwrap().iter().any(|entry| {
            entry["kind"] == "trusted-certificate" && entry["subject"] == entry["issuer"]
        });
    assert!(!trusts_root, "{listed}");
}

#[test]
fn trust_flags_that_are_not_saved_are_not_in_force() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let leaf = "csr w --dn CN=app --self-signed --key ec:p256 --out app.pem";
    scratch.mwallet(leaf).password(PASSWORD).ok();
    let line = "add-trusted w app.pem --trust-flags SERVER_AUTH --json";
    let done = scratch.mwallet(line).password(PASSWORD).run().status(6);
    let report: serde_json::Value = serde_json::from_str(&done.out()).unwrap();
    assert_eq!(report["written"], false, "{report:#}");
    assert_eq!(report["trust_flags_enabled"], false, "{report:#}");
}

/// `--force` replaces files alone, so nobody is told to add it.
#[test]
fn device_in_the_place_of_a_file_is_told_at_once() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    scratch.mwallet("csr w.p12 --dn CN=x --alias x --out x.csr").password(PASSWORD).ok();
    for line in [
        "csr w.p12 --dn CN=y --out /dev/null",
        "export w.p12 --to pem --alias x --key-only --out-no-password --out /dev/null",
        "convert w.p12 /dev/null --to p12",
        "convert w.p12 /dev/null --to oracle",
        "merge w.p12 w.p12 --out /dev/null",
        "create /dev/null",
        "pki init /dev/null",
        "expiry . --format prometheus --out /dev/null",
    ] {
        for force in ["", " --force"] {
            let line = format!("{line}{force}");
            let done = scratch.mwallet(&line).password(PASSWORD).arg("--json").run().failed();
            assert!(!done.err().contains("--force"), "{line}: {}", done.story());
        }
    }
    let line = "csr w.p12 --dn CN=y --out /dev/null";
    scratch.mwallet(line).password(PASSWORD).fails(1, "not-a-file");
}
