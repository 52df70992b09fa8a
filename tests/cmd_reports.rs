//! The reports of the verbs as JSON: the shapes that scripts rely on.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::{Value, json};
use support::authority::{Authority, CaKeys};
use support::job::{NAME, PASSWORD, certified, pending};
use support::peers;
use support::scratch::Scratch;

#[track_caller]
fn has(report: &Value, fields: &[&str]) {
    for field in fields {
        assert!(report.get(field).is_some(), "no {field} in {report:#}");
    }
}

#[test]
fn list_and_show_have_the_documented_shape() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    for line in ["list w", "show w"] {
        let report = scratch.mwallet(line).password(PASSWORD).json();
        assert_eq!(report["schema"], 1);
        assert_eq!(report["path"], "w");
        assert_eq!(report["format"], "pkcs12");
        assert_eq!(report["layout"], "oracle");
        assert_eq!(report["profile"], "oracle-23ai");
        assert_eq!(report["auto_login"], "none");
        assert_eq!(report["warnings"], json!([]));
        let user = &report["entries"][0];
        has(
            user,
            &[
                "alias",
                "kind",
                "subject",
                "issuer",
                "serial",
                "not_before",
                "not_after",
                "sha256",
                "public_key",
                "chain",
                "trust_flags",
            ],
        );
        assert_eq!(user["kind"], "private-key");
        assert_eq!(user["subject"], NAME);
        assert_eq!(user["public_key"], "ec:p256");
        assert_eq!(user["chain"].as_array().unwrap().len(), 3);
        has(&user["chain"][0], &["subject", "sha256", "not_after"]);
        assert_eq!(user["chain"][0]["sha256"], user["sha256"]);
    }
    let shown = scratch.mwallet("show w app --pem").password(PASSWORD).json();
    let user = &shown["entries"][0];
    assert_eq!(user["san"], json!(["dns:localhost", "ip:127.0.0.1"]), "{user:#}");
    assert!(user["pem"].as_str().unwrap().contains("BEGIN CERTIFICATE"));
    let pem = scratch.mwallet("show w app --pem").password(PASSWORD).ok().out();
    scratch.write("shown.pem", &pem);
    let serial = scratch.run(&openssl, "x509 -in shown.pem -noout -serial").ok().out();
    assert_eq!(serial.trim(), format!("serial={}", user["serial"].as_str().unwrap()));
}

#[test]
fn list_filters_by_the_end_of_validity() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password("x").ok();
    for (name, days) in [("short", 5), ("long", 500)] {
        scratch
            .mwallet(&format!(
                "csr w.p12 --dn CN={name} --self-signed --days {days} --key ec:p256 --out {name}.pem"
            ))
            .password("x")
            .ok();
    }
    let within = scratch.mwallet("list w.p12 --within 30d").password("x").json();
    assert_eq!(within["entries"].as_array().unwrap().len(), 1, "{within:#}");
    assert_eq!(within["entries"][0]["alias"], "short");
    let expired = scratch.mwallet("list w.p12 --expired").password("x").json();
    assert_eq!(expired["entries"], json!([]));
}

#[test]
fn check_has_the_documented_shape_and_judges_at_any_time() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let (report, status) = scratch.mwallet("check w").password(PASSWORD).report();
    assert_eq!(status, Some(0));
    has(&report, &["schema", "verdict", "headline", "chain", "findings"]);
    has(
        &report["chain"][0],
        &["subject", "issuer", "serial", "sha256", "not_after", "role", "source"],
    );
    let (report, status) =
        scratch.mwallet("check w --at 2099-01-01T00:00:00.5+01:00").password(PASSWORD).report();
    assert_eq!((status, &report["verdict"]), (Some(3), &json!("findings")), "{report:#}");
    assert_eq!(report["headline"]["code"], "cert-expired");
    let finding = &report["findings"][0];
    has(finding, &["code", "severity", "certificate", "message", "evidence", "repair"]);
    // A repair is a command that parses.
    assert!(finding["repair"].as_str().unwrap().starts_with("mwallet csr w --renew "), "{finding}");
}

#[test]
fn inspect_says_how_a_store_is_protected_and_who_reads_it() {
    let scratch = Scratch::new();
    scratch.mwallet("create m.p12").password("x").ok();
    scratch.mwallet("csr m.p12 --dn CN=x --key ec:p256 --out x.csr").password("x").ok();
    let report = scratch.mwallet("inspect m.p12").password("x").json();
    assert_eq!(report["profile"], "modern");
    assert_eq!(report["mac"], json!({"algorithm": "HMAC-SHA256", "iterations": 10_000}));
    has(&report["encryption"][0], &["what", "algorithm", "iterations"]);
    let reads = |name: &str| {
        let readers = report["readers"].as_array().unwrap();
        readers.iter().find(|reader| reader["name"] == name).unwrap()["reads"].clone()
    };
    assert_eq!(reads("Java 17, 25"), json!(true));
    assert_eq!(reads("Windows 2012 R2, 2016"), json!(false));
    assert_eq!(reads("go-ora"), json!(false));
}

#[test]
fn inspect_tells_the_protection_even_without_the_password() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for call in [scratch.mwallet("inspect w"), scratch.mwallet("inspect w").password("wrong")] {
        let (report, status) = call.report();
        assert_eq!(status, Some(4));
        assert_eq!(report["mac"]["algorithm"], "HMAC-SHA1", "{report:#}");
        assert_eq!(report["encryption"][0]["iterations"], 10_000, "{report:#}");
        assert_eq!(report["entries"], json!([]));
    }
}

#[test]
fn inspect_knows_everything_that_is_not_a_store() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    pending(&scratch, "w", "ec:p256");
    for line in [
        "x509 -in s.pem -outform DER -out s.der",
        "crl2pkcs7 -nocrl -certfile s.pem -outform DER -out s.p7b",
        "req -in w.csr -outform DER -out csr.der",
        "pkcs8 -topk8 -in s.key -nocrypt -outform DER -out key.der",
        "pkcs8 -topk8 -in s.key -passout pass:inner -out locked.pem",
        "base64 -in w/ewallet.p12 -out wallet.b64",
    ] {
        scratch.run(&openssl, line).ok();
    }
    for (file, format, kind) in [
        ("s.pem", "pem", "certificate"),
        ("s.der", "certificate", "certificate"),
        ("s.p7b", "pkcs7", "certificate"),
        ("csr.der", "request", "request"),
        ("w.csr", "pem", "request"),
        ("key.der", "private-key", "private-key"),
        ("locked.pem", "pem", "private-key"),
    ] {
        let report = scratch.mwallet(&format!("inspect {file}")).json();
        assert_eq!(report["format"], format, "{file}: {report:#}");
        assert_eq!(report["entries"][0]["kind"], kind, "{file}: {report:#}");
    }
    let locked = scratch.mwallet("inspect locked.pem").password("inner").json();
    assert_eq!(locked["entries"][0]["key"], "open", "{locked:#}");
    let error = scratch.mwallet("inspect wallet.b64").fails(1, "format-unsupported");
    assert!(error["message"].as_str().unwrap().contains("base64"), "{error}");
    assert!(error["hint"].as_str().unwrap().starts_with("base64 -d "), "{error}");
    scratch.write("zip.b64", "UEsDBBQAAAAIAA==\n");
    let error = scratch.mwallet("inspect zip.b64").fails(1, "format-unsupported");
    assert!(error["message"].as_str().unwrap().contains("a zip archive in base64"), "{error}");
    scratch.write("noise", "nothing of the kind");
    scratch.mwallet("inspect noise").fails(1, "format-unknown");
    scratch.mwallet("inspect nowhere").fails(5, "file-not-found");
}

#[test]
fn writers_report_what_they_did() {
    let scratch = Scratch::new();
    let made = scratch.mwallet("create w").password(PASSWORD).json();
    assert_eq!(made["files"], json!([{"path": "w/ewallet.p12", "mode": "0600"}]), "{made:#}");
    assert_eq!(made["profile"], "oracle-23ai");
    let request =
        scratch.mwallet("csr w --dn CN=x --key ec:p256 --alias x").password(PASSWORD).json();
    has(&request, &["alias", "key_id", "pem", "subject", "public_key"]);
    assert_eq!(request["written"], true);
    let planned = scratch.mwallet("rename w x y --dry-run").password(PASSWORD).json();
    assert_eq!((&planned["dry_run"], &planned["written"]), (&json!(true), &json!(false)));
    scratch.mwallet("remove w x").password(PASSWORD).fails(6, "confirmation-required");
    let removed = scratch.mwallet("remove w x --yes").password(PASSWORD).json();
    assert_eq!(removed["removed"], "x");
}

#[test]
fn removal_of_an_issuer_that_is_needed_wants_a_confirmation() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    let entry = |is_root: bool| {
        let is_wanted = |entry: &&Value| {
            let is_trusted = entry["kind"] == "trusted-certificate";
            is_trusted && (entry["subject"] == entry["issuer"]) == is_root
        };
        let found = list["entries"].as_array().unwrap().iter().find(is_wanted).unwrap();
        format!("remove w sha256:{}", &found["sha256"].as_str().unwrap()[..12])
    };
    let name = entry(false);
    let error = scratch.mwallet(&name).password(PASSWORD).fails(6, "removal-breaks-chain");
    assert!(error["message"].as_str().unwrap().contains("app"), "{error}");
    // Oracle's clients want the root as well, though the intermediate is trusted.
    let root = entry(true);
    let error = scratch.mwallet(&root).password(PASSWORD).fails(6, "removal-breaks-chain");
    assert!(error["message"].as_str().unwrap().contains("chain of app and of another"), "{error}");
    let planned = scratch.mwallet(&root).args("--dry-run").password(PASSWORD).json();
    assert_eq!(planned["warnings"][0]["code"], "removal-breaks-chain", "{planned}");
    let removed = scratch.mwallet(&name).args("--yes").password(PASSWORD).json();
    assert_eq!(removed["broken_chains"], json!(["app"]));
}

#[test]
fn all_that_is_trusted_is_removed_with_a_confirmation() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let remove = |line: &str| scratch.mwallet(&format!("remove {line}")).password(PASSWORD);
    let before = scratch.picture("w");
    let error = remove("w --all-trusted").fails(6, "removal-breaks-chain");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("the chain of app is not complete"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("remove w --all-trusted"), "{error}");
    let planned = remove("w --all-trusted --dry-run").ok();
    planned.says("would remove 2 trusted certificates: ").says("removal-breaks-chain");
    scratch.assert_unchanged("w", &before);
    let removed = remove("w --all-trusted --yes").json();
    assert_eq!(removed["removed_entries"].as_array().unwrap().len(), 2, "{removed:#}");
    assert_eq!(removed["broken_chains"], json!(["app"]));
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    let entries = list["entries"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[0]["alias"]), (1, &json!("app")), "{list:#}");
    remove("w --all-trusted").ok().says("no change: there is no trusted certificate");
    // Where nothing needs them they go with a confirmation as well: a store that trusts nobody is of no use.
    scratch.mwallet("create t.p12").password(PASSWORD).ok();
    scratch.mwallet(&format!("add-trusted t.p12 {}", ca.root())).password(PASSWORD).ok();
    remove("t.p12 --all-trusted").fails(6, "confirmation-required");
    remove("t.p12 --all-trusted --yes").ok().says("removed 1 trusted certificate: ");
    remove("t.p12 app --all-trusted").fails(2, "usage");
    remove("t.p12").fails(2, "usage");
}

/// Whoever repeats a removal must not remove what has come to the name.
#[test]
fn removal_of_a_name_that_two_share_is_refused() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for file in ["old.pem", "new.pem"] {
        let line = format!("req -x509 -newkey rsa:2048 -nodes -subj /CN=Partner -out {file}");
        scratch.run(&openssl, &format!("{line} -keyout key.pem")).ok();
        scratch.mwallet(&format!("add-trusted w {file}")).password(PASSWORD).ok();
    }
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    let aliases: Vec<&str> = list["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["alias"].as_str().unwrap())
        .collect();
    for name in ["Partner", "partner", "(Partner)"] {
        let remove = scratch.mwallet("remove w --yes").arg(name).password(PASSWORD);
        let error = remove.fails(2, "entry-ambiguous");
        let candidates = error["details"]["candidates"].as_array().unwrap();
        let named: Vec<&str> = candidates.iter().map(|it| it["alias"].as_str().unwrap()).collect();
        assert_eq!(named, aliases);
    }
    scratch.mwallet("remove w --yes").arg(aliases[0]).password(PASSWORD).ok();
    scratch
        .mwallet("remove w --yes")
        .arg(aliases[0])
        .password(PASSWORD)
        .fails(5, "entry-not-found");
    // What is left has its name to itself, and goes by the one that it had as well.
    scratch.mwallet("show w Partner").password(PASSWORD).ok();
    scratch.mwallet("show w").arg(aliases[1]).password(PASSWORD).ok();
}

#[test]
fn every_json_report_has_the_warnings_that_text_has() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    let line = "csr w.p12 --dn CN=app --self-signed --key ec:p256 --alias app --out c.pem";
    scratch.mwallet(line).password(PASSWORD).ok();
    scratch.set_mode("w.p12", 0o644);
    for line in [
        "list w.p12",
        "show w.p12",
        "inspect w.p12",
        "chain w.p12",
        "check w.p12",
        "check w.p12 --fix --dry-run",
        "verify w.p12 --ca c.pem",
        "match w.p12 w.p12",
        "secret list w.p12",
        "cred list w.p12",
        "passwd w.p12 --same --key app --dry-run",
        "rename w.p12 app new --dry-run",
        "snippet jdbc w.p12",
    ] {
        scratch.mwallet(line).password(PASSWORD).run().says("(permissions-loose)");
        let (report, _) = scratch.mwallet(line).password(PASSWORD).report();
        let codes = report["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]);
        assert!(codes.into_iter().any(|code| code == "permissions-loose"), "{line}: {report:#}");
    }
    // What a dry run warns of is part of the report, and stands nowhere else.
    let done = scratch.mwallet("remove w.p12 app --dry-run --json").password(PASSWORD).ok();
    assert_eq!(done.err(), "", "{}", done.story());
    assert!(done.out().contains("\"confirmation-required\""), "{}", done.story());
}
