//! `verify`: certificates that rcgen and openssl make, one thing wrong with each; and input that wants
//! the search to never end.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "chain/ca.rs"]
mod ca;
mod support;

use ca::{Ca, Leaf, named};
use mwallet::chain::sort::sort;
use mwallet::chain::{
    Candidates, Criteria, End, Host, Purpose, Severity, Source, Validation, Validator, validate,
};
use mwallet::codec::pem;
use mwallet::limits;
use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CrlIssuingDistributionPoint, CrlScope, CustomExtension, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, NameConstraints,
    RevocationReason, RevokedCertParams, SanType, SerialNumber,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::authority::{Authority, CaKeys, misfit_p12};
use support::job::PASSWORD;
use support::peers;
use support::run::Mwallet;
use support::scratch::Scratch;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// Longest time for one judgement of hostile input.
const PATIENCE: Duration = Duration::from_secs(5);

fn write(scratch: &Scratch, name: &str, certificates: &[&Certificate]) {
    scratch.write(name, pem::encode_certificates(certificates, false));
}

fn host(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

/// Code and severity of everything that is more than a note.
fn found(validation: &Validation) -> Vec<(&'static str, Severity)> {
    validation
        .findings
        .iter()
        .filter(|finding| finding.severity < Severity::Note)
        .map(|finding| (finding.code.name(), finding.severity))
        .collect()
}

fn pool(trusted: &[&Certificate], others: &[&Certificate]) -> Candidates {
    let mut candidates = Candidates::new();
    for certificate in trusted {
        candidates.add(certificate, Source::Trusted);
    }
    for certificate in others {
        candidates.add(certificate, Source::Presented);
    }
    candidates
}

/// What is wrong with a leaf below `issuers`, the last of which is the trusted root.
fn wrong(leaf: &Certificate, issuers: &[&Certificate], criteria: &Criteria<'_>) -> Vec<String> {
    let (root, others) = issuers.split_last().unwrap();
    let validation = validate(leaf, &pool(&[root], others), criteria);
    found(&validation)
        .into_iter()
        .map(|(code, severity)| format!("{severity:?} {code}").to_lowercase())
        .collect()
}

fn plain() -> Criteria<'static> {
    Criteria::new(NOW)
}

fn custom(oid: &[u64], critical: bool, der: &[u8]) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(oid, der.to_vec());
    extension.set_criticality(critical);
    extension
}

#[test]
fn good_certificate_is_shown_as_a_tree() {
    let scratch = Scratch::new();
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let leaf = issuing.leaf_with("app", |p| p.subject_alt_names = vec![host("app.example")]);
    write(&scratch, "root.pem", &[&root.certificate]);
    write(&scratch, "chain.pem", &[&issuing.certificate, &leaf.certificate]);
    let line = "verify chain.pem --ca root.pem --host app.example --purpose server --at 2026-06-01";
    let text = scratch.mwallet(line).ok().out();
    let year = "until 4096-01-01, 755901 days";
    let tree = format!(
        "ok\n\nCN=app: chain complete\n  CN=root [anchor, trusted, {year}]\n  \
         └─ CN=issuing [intermediate, presented, {year}]\n     \
         └─ CN=app [leaf, presented, {year}]\n\nnote: no revocation list is known: whether \
         certificates are revoked was not checked (revocation-unchecked)\n"
    );
    assert_eq!(text, tree);
    let report = scratch.mwallet(line).json();
    assert_eq!(report["verdict"], "ok");
    assert_eq!(report["headline"], Value::Null);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    assert_eq!((&findings[0]["severity"], &findings[0]["repair"]), (&json!("note"), &Value::Null));
    assert_eq!(report["chain"][1]["source"], "presented");
    assert_eq!(report["chain"][2]["days_left"], 755_901);
    // With -q nothing is said, in colour the tree has some.
    assert_eq!(scratch.mwallet(&format!("{line} -q")).ok().out(), "");
    assert!(scratch.mwallet(&format!("{line} --color always")).ok().out().contains("\x1b[32m"));
}

#[test]
fn wrong_certificate_is_named_with_its_reason_and_ends_with_3() {
    let scratch = Scratch::new();
    let root = Ca::root("root");
    let leaf = root.leaf_with("app", |p| p.not_after = datetime!(2026-05-01 0:00 UTC));
    write(&scratch, "root.pem", &[&root.certificate]);
    write(&scratch, "app.pem", &[&leaf.certificate]);
    let line = "verify app.pem --ca root.pem --at 2026-06-01T12:00:00.25+02:00";
    let text = scratch.mwallet(line).run().status(3).out();
    assert!(text.contains("expired 2026-05-01, 31 days ago] ✗ cert-expired"), "{text}");
    assert!(text.starts_with("not ok: 1 error\n\n"), "{text}");
    let (report, status) = scratch.mwallet(line).report();
    assert_eq!((status, &report["verdict"]), (Some(3), &json!("findings")));
    assert_eq!(report["headline"]["code"], "cert-expired");
    let repair = |line: &str| scratch.mwallet(line).report().0["findings"][0]["repair"].clone();
    assert_eq!(repair(line), Value::Null);
    // What is missing can be added to the same question.
    let other = Ca::root("root").intermediate("other");
    write(&scratch, "other.pem", &[&other.certificate]);
    let asked = "verify other.pem --ca app.pem --at 2026-03-01";
    assert_eq!(repair(asked), format!("mwallet {asked} --json --untrusted ISSUER.pem"));
    let finding = &report["findings"][0];
    assert_eq!(finding["certificate"], leaf.certificate.fingerprint().to_string());
    assert_eq!(finding["evidence"]["at"], "2026-06-01T12:00:00.25+02:00");
    assert_eq!(finding["evidence"]["rule"], "validity");
    assert_eq!(finding["evidence"]["section"], "RFC 5280 section 6.1.3 (a)(2)");
    // Before it begins, the beginning is what matters.
    let early = root.leaf_with("app", |p| p.not_before = datetime!(2036-01-01 0:00 UTC));
    write(&scratch, "early.pem", &[&early.certificate]);
    let line = "verify early.pem --ca root.pem --at 2026-06-01";
    let text = scratch.mwallet(line).run().status(3).out();
    assert!(text.contains("from 2036-01-01] ✗ cert-not-yet-valid"), "{text}");
    // The last second is still good, and so is every part of it.
    let line = "verify app.pem --ca root.pem --at 2026-05-01T00:00:00.999Z";
    scratch.mwallet(line).ok();
}

#[test]
fn trusted_certificates_of_a_wallet_are_anchors_and_its_others_are_not() {
    let scratch = Scratch::new();
    let (root, other) = (Ca::root("root"), Ca::root("other"));
    write(&scratch, "root.pem", &[&root.certificate]);
    write(&scratch, "app.pem", &[&root.leaf("app").certificate]);
    write(&scratch, "foreign.pem", &[&other.leaf("foreign").certificate]);
    scratch.mwallet("create w.p12").password("x").ok();
    scratch.mwallet("add-trusted w.p12 root.pem").password("x").ok();
    scratch
        .mwallet("csr w.p12 --dn CN=self --self-signed --key ec:p256 --out s.pem")
        .password("x")
        .ok();
    scratch.write("pw", "x");
    scratch.mwallet("verify app.pem --ca w.p12 --ca-password-file pw").ok();
    let done = scratch.mwallet("verify s.pem --ca w.p12 --ca-password-file pw").run();
    done.status(3).says("anchor-not-trusted");
    let done = scratch.mwallet("verify app.pem foreign.pem --ca w.p12 --ca-password-file pw").run();
    done.status(3).says("CN=foreign: chain incomplete").says("CN=app: chain complete");
    // The certificates of a wallet's keys are what is judged of it.
    let (report, _) = scratch.mwallet("verify w.p12 --ca root.pem").password("x").report();
    assert_eq!(report["chain"][0]["subject"], "CN=self");
}

/// A wallet is held to its keys where they open along with it, and nobody is asked for one that does not.
#[test]
fn certificate_of_a_wallet_has_to_be_that_of_its_key() {
    let Some(openssl) = peers::openssl() else { return };
    let Some(keytool) = peers::keytools().into_iter().next() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.issue("other");
    let flags = format!("--ca {} --untrusted {}", ca.root(), ca.intermediate());
    for (other, kind) in [("app", None), ("other", Some("error"))] {
        misfit_p12(&scratch, &openssl, "app", other, "open.p12");
        let convert = "convert open.p12 w.p12 --no-password --force";
        scratch.mwallet(convert).out_password(PASSWORD).ok();
        for store in ["PKCS12", "JKS"] {
            let line = format!(
                "-importkeystore -srckeystore w.p12 -srcstorepass {PASSWORD} -destkeystore {other}.{store} \
                 -deststoretype {store} -deststorepass {PASSWORD}"
            );
            scratch.run(&keytool, &line).ok();
        }
        let (pkcs12, jks) = (format!("{other}.PKCS12"), format!("{other}.JKS"));
        let status = if kind.is_some() { 3 } else { 0 };
        for store in ["w.p12", &pkcs12, &jks] {
            let verify = scratch.mwallet(&format!("verify {store} {flags}"));
            assert_eq!(misfits(verify.password(PASSWORD), status), kind.as_slice(), "{store}");
        }
        let verify = scratch.mwallet(&format!("verify open.p12 {flags}")).arg("--no-password");
        assert_eq!(misfits(verify, status), kind.as_slice(), "open.p12");
        // Without a password such a store shows its certificates alone.
        let verify = scratch.mwallet(&format!("verify {jks} {flags}"));
        assert_eq!(misfits(verify, 0), [""; 0], "{jks}");
        // Of what only lends issuers no key is opened.
        let verify = scratch.mwallet(&format!("verify app.pem {flags} --untrusted w.p12"));
        assert_eq!(misfits(verify.password(PASSWORD), 0), [""; 0], "--untrusted w.p12");
    }
}

#[test]
fn key_of_a_file_has_to_be_that_of_a_certificate_in_it() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.issue("other");
    ca.issue("later");
    let secret = |key: &str, certificate: &str| {
        let value = |name: &str| scratch.run(&openssl, &format!("base64 -A -in {name}")).ok().out();
        let ca = ca.root();
        format!(
            "---\napiVersion: v1\nkind: Secret\ndata:\n  tls.key: {}\n  tls.crt: {}\n  ca.crt: {}\n",
            value(key),
            value(certificate),
            value(&ca)
        )
    };
    ca.bundle(&["app.key", "app.pem", &ca.intermediate()], "good.pem");
    ca.bundle(&["other.key", "app.pem", &ca.intermediate()], "bad.pem");
    // Its own certificate is still to come.
    ca.bundle(&["later.key", "later.csr", "app.pem", &ca.intermediate()], "later.pem");
    scratch.write("good.yaml", secret("app.key", "app.pem"));
    scratch.write("bad.yaml", secret("other.key", "app.pem"));
    let (good, bad) = (secret("app.key", "app.pem"), secret("other.key", "app.pem"));
    scratch.write("two.yaml", good + &bad);
    for (folder, key) in [("good", "app.key"), ("bad", "other.key")] {
        scratch.write(&format!("{folder}/fullchain.pem"), scratch.read("app.pem"));
        scratch.write(&format!("{folder}/key.pem"), scratch.read(key));
    }
    let flags = format!("--ca {} --untrusted {}", ca.root(), ca.intermediate());
    for (file, status, found) in [
        ("good.pem", 0, &[][..]),
        ("later.pem", 0, &[]),
        ("good.yaml", 0, &[]),
        ("good", 0, &[]),
        ("bad.pem", 3, &["error"]),
        ("bad.yaml", 3, &["error"]),
        ("two.yaml", 3, &["error"]),
        ("bad", 3, &["error"]),
    ] {
        let (report, ended) = scratch.mwallet(&format!("verify {file} {flags}")).report();
        assert_eq!(ended, Some(status), "{file}: {report}");
        let findings = report["findings"].as_array().unwrap().iter();
        let mismatches = findings.filter(|finding| finding["code"] == "key-mismatch");
        let mismatches: Vec<&Value> = mismatches.map(|finding| &finding["severity"]).collect();
        assert_eq!(mismatches, found, "{file}: {report}");
    }
}

/// The severity of each `key-mismatch` of a report, all of them about `app`.
#[track_caller]
fn misfits(verify: Mwallet, status: i32) -> Vec<String> {
    let (report, ended) = verify.report();
    assert_eq!(ended, Some(status), "{report}");
    let findings = report["findings"].as_array().unwrap().iter();
    let found = findings.filter(|finding| finding["code"] == "key-mismatch");
    found
        .map(|finding| {
            assert_eq!(finding["entry"], "app", "{finding}");
            finding["severity"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn each_file_is_judged_alone() {
    let scratch = Scratch::new();
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let (lonely, second) = (issuing.leaf("lonely"), issuing.leaf("second"));
    write(&scratch, "root.pem", &[&root.certificate]);
    write(&scratch, "issuing.pem", &[&issuing.certificate]);
    write(&scratch, "lonely.pem", &[&lonely.certificate]);
    write(&scratch, "whole.pem", &[&second.certificate, &issuing.certificate]);
    let line = "verify lonely.pem whole.pem --ca root.pem --at 2026-06-01";
    let done = scratch.mwallet(line).run().status(3);
    let text = done.out();
    assert!(text.starts_with("not ok: 1 error\n\nlonely.pem: not ok: 1 error\n"), "{text}");
    assert!(text.contains("\nwhole.pem: ok\nCN=second: chain complete\n"), "{text}");
    let quiet = scratch.mwallet(&format!("{line} -q")).run().status(3).out();
    assert!(
        quiet.contains("lonely.pem: not ok: 1 error\nerror: the issuer of CN=lonely"),
        "{quiet}"
    );
    assert!(!quiet.contains("whole.pem:"), "{quiet}");
    let (report, _) = scratch.mwallet(line).report();
    let verdict = |file: &str, verdict: &str| json!({"file": file, "verdict": verdict});
    let verdicts = json!([verdict("lonely.pem", "findings"), verdict("whole.pem", "ok")]);
    assert_eq!(report["files"], verdicts);
    let missing = &report["findings"][0];
    assert_eq!(missing["file"], "lonely.pem");
    let again = "mwallet verify --ca root.pem --at 2026-06-01 --json lonely.pem";
    assert_eq!(missing["repair"], format!("{again} --untrusted ISSUER.pem"));
    assert_eq!(report["chains"][1]["file"], "whole.pem");
    // What is for all of them has flags.
    scratch.mwallet(&format!("{line} --untrusted issuing.pem")).ok();
}

#[test]
fn stray_root_beside_a_leaf_is_not_judged() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let stray = Authority::new(&scratch, &openssl, "stray", CaKeys::Ec);
    ca.issue("app");
    ca.bundle(&["app.pem", &stray.root(), &ca.intermediate(), &ca.root()], "all.pem");
    let line = format!("verify all.pem --ca {} --host localhost", ca.root());
    scratch.mwallet(&line).ok();
    // Alone it is.
    let line = format!("verify {} --ca {} --host localhost", stray.root(), ca.root());
    assert_eq!(scratch.mwallet(&line).report().1, Some(3));
}

#[test]
fn of_several_files_one_that_cannot_be_read_spares_the_others() {
    let scratch = Scratch::new();
    let root = Ca::root("root");
    write(&scratch, "root.pem", &[&root.certificate]);
    write(&scratch, "app.pem", &[&root.leaf("app").certificate]);
    scratch.write("junk.cer", "junk");
    let line = "verify junk.cer app.pem missing.pem --ca root.pem --at 2026-06-01";
    let done = scratch.mwallet(line).run().status(3);
    done.says("app.pem: ok").says("junk.cer: ").says("(format-unknown)").says("(file-not-found)");
    let (report, _) = scratch.mwallet(line).report();
    let verdicts: Vec<_> =
        report["files"].as_array().unwrap().iter().map(|file| &file["verdict"]).collect();
    assert_eq!(verdicts, ["findings", "ok", "findings"]);
    assert_eq!(report["findings"][0]["file"], "junk.cer");
    scratch.mwallet("verify junk.cer --ca root.pem").fails(1, "format-unknown");
}

#[test]
fn files_without_what_they_are_for_are_refused() {
    let scratch = Scratch::new();
    let root = Ca::root("root");
    write(&scratch, "root.pem", &[&root.certificate]);
    write(&scratch, "app.pem", &[&root.leaf("app").certificate]);
    scratch.write("nothing.pem", "\n");
    scratch
        .mwallet("verify app.pem --ca root.pem --untrusted nothing.pem")
        .ok()
        .says("nothing in it");
    // A pipe is read once, so what it held cannot be looked at again.
    for (piped, refused) in [("\n", false), ("garbage", true)] {
        let line = "verify app.pem --ca root.pem --untrusted /dev/stdin";
        let command = scratch.mwallet(line).stdin(piped.as_bytes());
        if refused {
            command.fails(1, "format-unknown");
        } else {
            command.ok().says("nothing in it");
        }
    }
    scratch.mwallet("verify app.pem --ca root.pem --crl root.pem").fails(1, "bundle-empty");
    scratch.mwallet("verify nothing.pem --ca root.pem").fails(1, "format-unknown");
    scratch.mwallet("verify app.pem --ca missing.pem").fails(5, "file-not-found");
    for flag in ["--host a..b", "--at yesterday", "--purpose mail"] {
        scratch.mwallet(&format!("verify app.pem --ca root.pem {flag}")).run().status(2);
    }
}

#[test]
fn chain_issuer_missing_names_the_nearest_and_what_else_is_wrong_with_it() {
    let root = Ca::root("root");
    let old = Ca::root_with("root", |p| p.not_after = datetime!(2020-01-01 0:00 UTC));
    let leaf = root.leaf("app").certificate;
    let validation = validate(&leaf, &pool(&[&old.certificate], &[]), &plain());
    let headline = validation.headline().unwrap();
    assert_eq!(headline.code.name(), "chain-issuer-missing");
    for part in ["CN=root, key identifier", "the key is another", "it expired at 2020-01-01"] {
        assert!(headline.message.contains(part), "{part} is not in {}", headline.message);
    }
}

#[test]
fn anchor_not_trusted() {
    let root = Ca::root("root");
    let candidates = pool(&[], &[&root.certificate]);
    let validation = validate(&root.leaf("app").certificate, &candidates, &plain());
    assert_eq!(found(&validation), [("anchor-not-trusted", Severity::Error)]);
    // A self-signed certificate is good where it is trusted itself.
    let own = KeyPair::generate().unwrap();
    let own = ca::read(&named("server").self_signed(&own).unwrap());
    assert_eq!(
        found(&validate(&own, &pool(&[], &[]), &plain())),
        [("anchor-not-trusted", Severity::Error)]
    );
    assert_eq!(found(&validate(&own, &pool(&[&own], &[]), &plain())), []);
}

#[test]
fn cert_not_yet_valid() {
    let root = Ca::root("root");
    let leaf = root.leaf_with("app", |p| p.not_before = datetime!(2027-01-01 0:00 UTC));
    let issuers = [&root.certificate];
    assert_eq!(wrong(&leaf.certificate, &issuers, &plain()), ["error cert-not-yet-valid"]);
    let then = Criteria::new(datetime!(2027-01-01 0:00 UTC));
    assert_eq!(wrong(&leaf.certificate, &issuers, &then), [""; 0]);
}

#[test]
fn cert_expires_soon() {
    let root = Ca::root("root");
    let leaf = root.leaf_with("app", |p| p.not_after = NOW + time::Duration::days(10));
    let issuers = [&root.certificate];
    let with = |days| plain().remaining(Some(time::Duration::days(days)));
    assert_eq!(wrong(&leaf.certificate, &issuers, &with(10)), [""; 0]);
    assert_eq!(wrong(&leaf.certificate, &issuers, &with(11)), ["error cert-expires-soon"]);
}

#[test]
fn expired_anchor_is_a_warning_and_an_error_where_it_counts_as_a_certificate() {
    let root = Ca::root_with("root", |p| {
        p.not_after = datetime!(2020-01-01 0:00 UTC);
        p.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    });
    let leaf = root.leaf("app").certificate;
    assert_eq!(wrong(&leaf, &[&root.certificate], &plain()), ["warning trusted-expired"]);
    let strict = wrong(&leaf, &[&root.certificate], &plain().strict(true));
    assert_eq!(strict, ["error cert-expired"]);
}

#[test]
fn ca_basic_constraints_missing() {
    let root = Ca::root("root");
    let issuing = root.intermediate_with("issuing", |p| p.is_ca = IsCa::ExplicitNoCa);
    let leaf = issuing.leaf("app").certificate;
    let issuers = [&issuing.certificate, &root.certificate];
    assert_eq!(wrong(&leaf, &issuers, &plain()), ["error ca-basic-constraints-missing"]);
}

#[test]
fn version_1_intermediate_of_openssl_is_no_ca() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    for line in [
        "req -x509 -newkey rsa:2048 -nodes -keyout root.key -subj /CN=root -days 900 -out root.pem",
        "req -new -newkey rsa:2048 -nodes -keyout v1.key -subj /CN=v1 -out v1.csr",
        "x509 -req -in v1.csr -CA root.pem -CAkey root.key -days 800 -set_serial 1 -out v1.pem",
        "req -new -newkey rsa:2048 -nodes -keyout a.key -subj /CN=a -out a.csr",
        "x509 -req -in a.csr -CA v1.pem -CAkey v1.key -days 700 -set_serial 2 -out a.pem",
    ] {
        scratch.run(&openssl, line).ok();
    }
    let done = scratch.mwallet("verify a.pem --ca root.pem --untrusted v1.pem").run().status(3);
    done.says("of a version that cannot say that it is a CA (ca-basic-constraints-missing)");
    // As an anchor it is a name and a key.
    scratch.mwallet("verify a.pem --ca v1.pem").ok();
}

#[test]
fn path_length_exceeded() {
    let root = Ca::root("root");
    let upper =
        root.intermediate_with("upper", |p| p.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let lower = upper.intermediate("lower");
    let leaf = lower.leaf("app").certificate;
    let issuers = [&lower.certificate, &upper.certificate, &root.certificate];
    assert_eq!(wrong(&leaf, &issuers, &plain()), ["error path-length-exceeded"]);
    // The CA itself may issue leaves, and new certificates of its own name.
    let direct = upper.leaf("app").certificate;
    assert_eq!(wrong(&direct, &[&upper.certificate, &root.certificate], &plain()), [""; 0]);
    let renewed = upper.intermediate_with("upper", |_| {});
    let leaf = renewed.leaf("app").certificate;
    let issuers = [&renewed.certificate, &upper.certificate, &root.certificate];
    assert_eq!(wrong(&leaf, &issuers, &plain()), [""; 0]);
}

#[test]
fn key_usage_missing() {
    let root = Ca::root("root");
    let issuing = root.intermediate_with("issuing", |p| {
        p.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::CrlSign];
    });
    let issuers = [&issuing.certificate, &root.certificate];
    let found = wrong(&issuing.leaf("app").certificate, &issuers, &plain());
    assert_eq!(found, ["error key-usage-missing"]);
    // A leaf whose key may not sign is a bad client.
    let leaf = root.leaf_with("app", |p| p.key_usages = vec![KeyUsagePurpose::KeyEncipherment]);
    let client = plain().purpose(Purpose::Client);
    let found = wrong(&leaf.certificate, &[&root.certificate], &client);
    assert_eq!(found, ["warning key-usage-missing"]);
}

#[test]
fn extended_key_usage_of_leaf_and_intermediate() {
    let root = Ca::root("root");
    let servers = root.intermediate_with("servers", |p| {
        p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let leaf = servers.leaf_with("app", |p| p.subject_alt_names = vec![host("app")]).certificate;
    let issuers = [&servers.certificate, &root.certificate];
    let with = |purpose| wrong(&leaf, &issuers, &plain().purpose(purpose));
    assert_eq!(with(Purpose::Any), [""; 0]);
    assert_eq!(with(Purpose::Server), [""; 0]);
    assert_eq!(with(Purpose::Client), ["error eku-no-client-auth"]);
    let client = root.leaf_with("app", |p| {
        p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        p.subject_alt_names = vec![host("app")];
    });
    let server = plain().purpose(Purpose::Server);
    let found = wrong(&client.certificate, &[&root.certificate], &server);
    assert_eq!(found, ["error eku-no-server-auth"]);
}

#[test]
fn host_mismatch_and_san_missing() {
    let root = Ca::root("root");
    let leaf = root.leaf_with("db.example", |p| {
        p.subject_alt_names = vec![
            host("*.example"),
            host("*.db.example"),
            SanType::IpAddress([192, 0, 2, 1].into()),
        ];
    });
    let bare = root.leaf("db.example").certificate;
    let judge = |leaf: &Certificate, name: &str| {
        let host = Host::parse(name).unwrap();
        wrong(leaf, &[&root.certificate], &plain().host(Some(&host)))
    };
    for name in ["a.db.example", "A.DB.example.", "192.0.2.1"] {
        assert_eq!(judge(&leaf.certificate, name), [""; 0], "{name}");
    }
    // One label only; nothing below a single one; the common name does not count.
    for name in ["a.b.db.example", "db.example", "192.0.2.2", "::1"] {
        assert_eq!(judge(&leaf.certificate, name), ["error host-mismatch"], "{name}");
    }
    assert_eq!(judge(&bare, "db.example"), ["error san-missing"]);
    let server = plain().purpose(Purpose::Server);
    assert_eq!(wrong(&bare, &[&root.certificate], &server), ["warning san-missing"]);
}

#[test]
fn name_constraint_violated() {
    let root = Ca::root("root");
    let constrained = |permitted: Vec<GeneralSubtree>, excluded: Vec<GeneralSubtree>| {
        root.intermediate_with("issuing", |p| {
            p.name_constraints = Some(NameConstraints {
                permitted_subtrees: permitted,
                excluded_subtrees: excluded,
            });
        })
    };
    let domain = |name: &str| GeneralSubtree::DnsName(name.to_owned());
    let judge = |ca: &Ca, name: &str| {
        let leaf = ca.leaf_with("app", |p| p.subject_alt_names = vec![host(name)]).certificate;
        wrong(&leaf, &[&ca.certificate, &root.certificate], &plain())
    };
    let permits = constrained(vec![domain("acme.com")], Vec::new());
    assert_eq!(judge(&permits, "db.acme.com"), [""; 0]);
    assert_eq!(judge(&permits, "acme.org"), ["error name-constraint-violated"]);
    let excludes = constrained(Vec::new(), vec![domain("secret.acme.com")]);
    assert_eq!(judge(&excludes, "db.acme.com"), [""; 0]);
    assert_eq!(judge(&excludes, "x.secret.acme.com"), ["error name-constraint-violated"]);
    // A wildcard may not reach into what is excluded.
    assert_eq!(judge(&excludes, "*.acme.com"), ["error name-constraint-violated"]);
}

#[test]
fn policy_not_valid() {
    // PolicyConstraints { requireExplicitPolicy 0 }, and one policy 1.2.3.4
    let required: &[u8] = &[0x30, 3, 0x80, 1, 0];
    let policy: &[u8] = &[0x30, 7, 0x30, 5, 0x06, 3, 0x2A, 3, 4];
    let any: &[u8] = &[0x30, 8, 0x30, 6, 0x06, 4, 0x55, 0x1D, 0x20, 0];
    let root = Ca::root("root");
    let judge = |ca_policy: &[u8], leaf_policy: Option<&[u8]>| {
        let issuing = root.intermediate_with("issuing", |p| {
            p.custom_extensions = vec![
                custom(&[2, 5, 29, 36], true, required),
                custom(&[2, 5, 29, 32], false, ca_policy),
            ];
        });
        let leaf = issuing.leaf_with("app", |p| {
            p.custom_extensions =
                leaf_policy.map(|der| custom(&[2, 5, 29, 32], false, der)).into_iter().collect();
        });
        wrong(&leaf.certificate, &[&issuing.certificate, &root.certificate], &plain())
    };
    assert_eq!(judge(policy, Some(policy)), [""; 0]);
    assert_eq!(judge(any, Some(policy)), [""; 0]);
    assert_eq!(judge(policy, Some(any)), [""; 0]);
    assert_eq!(judge(policy, None), ["error policy-not-valid"]);
    let other: &[u8] = &[0x30, 7, 0x30, 5, 0x06, 3, 0x2A, 3, 5];
    assert_eq!(judge(policy, Some(other)), ["error policy-not-valid"]);
}

#[test]
fn critical_extension_unknown() {
    let root = Ca::root("root");
    let leaf = |critical| {
        root.leaf_with("app", |p| {
            p.custom_extensions = vec![custom(&[1, 2, 3, 4], critical, &[5, 0])];
        })
    };
    let judge = |leaf: Leaf| wrong(&leaf.certificate, &[&root.certificate], &plain());
    assert_eq!(judge(leaf(false)), [""; 0]);
    assert_eq!(judge(leaf(true)), ["error critical-extension-unknown"]);
    // Two of them are two findings, wherever they are told.
    let two = root.leaf_with("app", |p| {
        let of = |last| custom(&[1, 2, 3, last], true, &[5, 0]);
        p.custom_extensions = vec![of(4), of(5)];
    });
    let sorted = sort(&[two.certificate.clone(), root.certificate.clone()], NOW).report(NOW);
    assert_eq!(sorted.findings.len(), 2);
    assert_eq!(judge(two).len(), 2);
}

#[test]
fn certificate_invalid_where_an_extension_is_malformed_or_doubled() {
    let root = Ca::root("root");
    let judge = |extensions: Vec<CustomExtension>| {
        let leaf = root.leaf_with("app", |p| p.custom_extensions = extensions).certificate;
        wrong(&leaf, &[&root.certificate], &plain())
    };
    let twice = custom(&[1, 2, 3, 4], false, &[5, 0]);
    assert_eq!(judge(vec![twice.clone(), twice]), ["error certificate-invalid"]);
    // subjectAltName with bytes that are no list
    assert_eq!(
        judge(vec![custom(&[2, 5, 29, 17], false, &[0x30, 9])]),
        ["error certificate-invalid"]
    );
}

#[test]
fn signature_invalid_where_a_byte_was_changed() {
    let root = Ca::root("root");
    let leaf = root.leaf("app").certificate;
    let mut der = leaf.der().to_vec();
    let at = der.windows(3).position(|bytes| bytes == b"app").unwrap();
    der[at] = b'b';
    let changed = Certificate::from_der(&der).unwrap();
    assert_eq!(wrong(&changed, &[&root.certificate], &plain()), ["error signature-invalid"]);
}

#[test]
fn weak_keys_and_signatures_of_openssl() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    for line in [
        "req -x509 -newkey rsa:2048 -nodes -keyout root.key -subj /CN=root -days 900 -out root.pem",
        "req -new -newkey rsa:768 -nodes -keyout short.key -subj /CN=short -out short.csr",
        "x509 -req -in short.csr -CA root.pem -CAkey root.key -days 700 -set_serial 2 -out short.pem",
        "x509 -req -in short.csr -CA root.pem -CAkey root.key -sha1 -days 700 -set_serial 3 -out sha1.pem",
        "req -x509 -newkey ed448 -nodes -keyout ed448.key -subj /CN=ed448 -days 900 -out ed448.pem",
        "x509 -req -in short.csr -CA ed448.pem -CAkey ed448.key -days 7 -set_serial 4 -out odd.pem",
    ] {
        scratch.run(&openssl, line).ok();
    }
    scratch.mwallet("verify short.pem --ca root.pem").run().status(3).says("(weak-key)");
    let done = scratch.mwallet("verify sha1.pem --ca root.pem").run().status(3);
    done.says("signed with sha1WithRSAEncryption (weak-signature)");
    let done = scratch.mwallet("verify odd.pem --ca ed448.pem").run().status(3);
    done.says("(signature-unsupported)");
}

#[test]
fn profile_violated_names_the_section() {
    let root = Ca::root_with("root", |p| p.key_usages = vec![KeyUsagePurpose::KeyCertSign]);
    let leaf = root.leaf_with("app", |p| p.use_authority_key_identifier_extension = false);
    let candidates = pool(&[&root.certificate], &[]);
    assert_eq!(found(&validate(&leaf.certificate, &candidates, &plain())), []);
    let strict = validate(&leaf.certificate, &candidates, &plain().strict(true));
    assert_eq!(found(&strict), [("profile-violated", Severity::Error)]);
    let finding = strict.headline().unwrap();
    assert_eq!(finding.evidence["section"], "RFC 5280 section 4.2.1.1");
    assert_eq!(finding.evidence["rule"], "authority-key-id");
}

#[test]
fn further_path_is_tried_where_the_first_one_breaks() {
    // Two certificates of one CA: the shorter path has a constraint that the leaf breaks.
    let (root, other) = (Ca::root("root"), Ca::root("other"));
    let issuing = root.intermediate_with("issuing", |p| {
        p.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("acme.com".to_owned())],
            excluded_subtrees: Vec::new(),
        });
    });
    let mut free = issuing.parameters.clone();
    free.name_constraints = None;
    let bridge = other.intermediate("bridge");
    let longer = bridge.sign(&free, &issuing.key);
    let leaf =
        issuing.leaf_with("app", |p| p.subject_alt_names = vec![host("acme.org")]).certificate;
    let candidates = pool(
        &[&root.certificate, &other.certificate],
        &[&issuing.certificate, &longer, &bridge.certificate],
    );
    let validation = validate(&leaf, &candidates, &plain());
    assert_eq!(found(&validation), []);
    assert_eq!(validation.path.links.len(), 4);
}

/// A certificate that a leaf of a trusted root issued, though it is no CA's; with those of others in
/// which the leaf's name and key are a CA's.
struct Usurped {
    root: Ca,
    usurper: Ca,
    leaf: Certificate,
}

impl Usurped {
    fn new(names: usize) -> Self {
        let root = Ca::root("root");
        let usurper = root.intermediate_with("usurper", |p| p.is_ca = IsCa::ExplicitNoCa);
        let leaf = usurper.leaf_with("app", |p| {
            p.subject_alt_names = (0..names).map(|n| host(&format!("{n}.example"))).collect();
        });
        Self { root, usurper, leaf: leaf.certificate }
    }

    /// The leaf's name and key as a CA's.
    fn authority(&self, serial: usize) -> CertificateParams {
        let mut parameters = self.usurper.parameters.clone();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.serial_number = Some(SerialNumber::from(serial as u64));
        parameters
    }

    /// What is wrong with it beside these, and the root trusted.
    fn wrong(&self, others: &[Certificate]) -> Vec<(&'static str, Severity)> {
        let mut candidates = pool(&[&self.root.certificate], &[&self.usurper.certificate]);
        for other in others {
            candidates.add(other, Source::Presented);
        }
        let validation = validate(&self.leaf, &candidates, &plain());
        assert!(!validation.is_valid());
        assert_eq!(validation.path.end, End::Trusted);
        found(&validation)
    }
}

#[test]
fn path_that_is_taken_is_judged_where_others_have_spent_the_bound() {
    let no_ca = ("ca-basic-constraints-missing", Severity::Error);
    let usurped = Usurped::new(1);
    assert_eq!(usurped.wrong(&[]), [no_ca]);
    // Roots that nobody trusts take all turns.
    let roots: Vec<_> = (1..=limits::PATHS)
        .map(|n| ca::read(&usurped.authority(n).self_signed(&usurped.usurper.key).unwrap()))
        .collect();
    assert!(usurped.wrong(&roots).contains(&no_ca));
    // A CA of one that nobody trusts takes all comparisons.
    let usurped = Usurped::new(1_100);
    let other = Ca::root("other");
    let mut greedy = usurped.authority(1);
    let subtrees = (0..1_100).map(|n| GeneralSubtree::DnsName(format!("x{n}.example")));
    greedy.name_constraints = Some(NameConstraints {
        permitted_subtrees: Vec::new(),
        excluded_subtrees: subtrees.collect(),
    });
    let greedy = other.sign(&greedy, &usurped.usurper.key);
    assert!(usurped.wrong(&[greedy, other.certificate]).contains(&no_ca));
}

/// A list of a CA.
fn list(
    ca: &Ca,
    revoked: &[&Certificate],
    change: impl FnOnce(&mut CertificateRevocationListParams),
) -> RevocationList {
    let mut parameters = CertificateRevocationListParams {
        this_update: datetime!(2026-05-01 0:00 UTC),
        next_update: datetime!(2026-07-01 0:00 UTC),
        crl_number: SerialNumber::from(7),
        issuing_distribution_point: None,
        revoked_certs: revoked
            .iter()
            .map(|certificate| RevokedCertParams {
                serial_number: SerialNumber::from_slice(certificate.serial()),
                revocation_time: datetime!(2026-04-01 0:00 UTC),
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            })
            .collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    change(&mut parameters);
    let issuer = Issuer::from_params(&ca.parameters, &ca.key);
    RevocationList::from_der(parameters.signed_by(&issuer).unwrap().der()).unwrap()
}

fn signing_lists(name: &str) -> Ca {
    Ca::root_with(name, |p| {
        p.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    })
}

#[test]
fn crl_revoked_says_when_and_why() {
    let root = signing_lists("root");
    let (good, bad) = (root.leaf("good").certificate, root.leaf("bad").certificate);
    let crls = [list(&root, &[&bad], |_| {})];
    let criteria = plain().crls(&crls);
    assert_eq!(wrong(&good, &[&root.certificate], &criteria), [""; 0]);
    let validation = validate(&bad, &pool(&[&root.certificate], &[]), &criteria);
    assert_eq!(found(&validation), [("crl-revoked", Severity::Error)]);
    let finding = validation.headline().unwrap();
    assert_eq!(finding.message, "CN=bad was revoked at 2026-04-01T00:00:00Z: keyCompromise");
    assert_eq!(finding.evidence["reason"], "keyCompromise");
    // Before that it was not good either: openssl says the same.
    let before = Criteria { at: datetime!(2026-03-01 0:00 UTC), ..criteria };
    let validation = validate(&bad, &pool(&[&root.certificate], &[]), &before);
    assert_eq!(validation.findings[0].code.name(), "crl-revoked");
    let message = &validation.findings[0].message;
    assert!(message.contains("keyCompromise; that is after the moment asked about"), "{message}");
}

#[test]
fn crl_of_openssl_revokes_from_a_file_and_from_a_wallet() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch.write("index.txt", "");
    scratch.write("crlnumber", "01\n");
    scratch.write(
        "ca.cnf",
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\n\
         default_crl_days=30\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n",
    );
    for line in [
        "req -x509 -newkey rsa:2048 -nodes -keyout root.key -subj /CN=root -days 900 -out root.pem",
        "req -new -newkey rsa:2048 -nodes -keyout a.key -subj /CN=a -out a.csr",
        "x509 -req -in a.csr -CA root.pem -CAkey root.key -days 700 -set_serial 2 -out a.pem",
        "ca -config ca.cnf -keyfile root.key -cert root.pem -revoke a.pem -crl_reason superseded",
        "ca -config ca.cnf -keyfile root.key -cert root.pem -gencrl -out root.crl",
    ] {
        scratch.run(&openssl, line).ok();
    }
    let done = scratch.mwallet("verify a.pem --ca root.pem --crl root.crl").run().status(3);
    done.says("superseded (crl-revoked)");
    // A list that was made after the moment is not too old: a newer one mends nothing.
    let line = "verify a.pem --ca root.pem --crl root.crl --at 2020-01-01";
    let (report, _) = scratch.mwallet(line).report();
    let findings = report["findings"].as_array().unwrap();
    let stale = findings.iter().find(|finding| finding["code"] == "crl-stale").unwrap();
    assert!(stale["repair"].is_null(), "{stale:#}");
    let line = "verify a.pem --ca root.pem --crl root.crl --at 2099-01-01";
    let done = scratch.mwallet(line).run().status(3);
    done.says(&format!("repair: mwallet {line} --crl NEW.crl\n"));
    // A list in a file beside the certificate counts as well.
    scratch.write("with-list.pem", ["a.pem", "root.crl"].map(|part| scratch.text(part)).concat());
    let done = scratch.mwallet("verify with-list.pem --ca root.pem").run().status(3);
    done.says("superseded (crl-revoked)");
    // For that file; others have those of --crl.
    let line = "verify a.pem with-list.pem a.pem --ca root.pem";
    let verdicts = |line: &str| {
        let files = scratch.mwallet(line).report().0["files"].clone();
        files.as_array().unwrap().iter().map(|file| file["verdict"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(line), ["ok", "findings", "ok"]);
    assert_eq!(verdicts(&format!("{line} --crl root.crl")), ["findings"; 3]);
    // A file of key, certificate, root and list is read as a wallet.
    let parts = ["a.key", "a.pem", "root.pem", "root.crl"];
    scratch.write("all.pem", parts.map(|part| scratch.text(part)).concat());
    let (report, status) = scratch.mwallet("check all.pem").report();
    assert_eq!((status, &report["headline"]["code"]), (Some(3), &json!("crl-revoked")));
}

#[test]
fn crl_stale_and_crl_missing() {
    let root = signing_lists("root");
    let (good, bad) = (root.leaf("good").certificate, root.leaf("bad").certificate);
    let old = [list(&root, &[&bad], |p| p.next_update = datetime!(2026-05-15 0:00 UTC))];
    let criteria = plain().crls(&old);
    assert_eq!(wrong(&good, &[&root.certificate], &criteria), ["warning crl-stale"]);
    // Who is strict wants to know that nothing was revoked since.
    let strict = criteria.strict(true);
    let strictly = |lists: &[RevocationList]| {
        wrong(&good, &[&root.certificate], &strict.crls(lists))
            .into_iter()
            .filter(|found| found.contains("crl-"))
            .collect::<Vec<_>>()
    };
    assert_eq!(strictly(&old), ["error crl-stale"]);
    let current = [old[0].clone(), list(&root, &[], |_| {})];
    assert_eq!(strictly(&current), [""; 0]);
    let early = [list(&root, &[], |p| p.this_update = datetime!(2026-06-15 0:00 UTC))];
    assert_eq!(strictly(&early), ["error crl-stale"]);
    // A list of CAs says nothing of it, old or not.
    let of_cas = [list(&root, &[], |p| {
        p.next_update = datetime!(2026-05-15 0:00 UTC);
        p.issuing_distribution_point = Some(CrlIssuingDistributionPoint {
            distribution_point: CrlDistributionPoint { uris: vec!["http://x.example".to_owned()] },
            scope: Some(CrlScope::CaCertsOnly),
        });
    })];
    assert_eq!(strictly(&of_cas), ["warning crl-stale", "warning crl-missing"]);
    let found_on_bad = wrong(&bad, &[&root.certificate], &criteria);
    assert_eq!(found_on_bad, ["error crl-revoked", "warning crl-stale"]);
    let foreign = [list(&signing_lists("other"), &[&good], |_| {})];
    let criteria = plain().crls(&foreign);
    let validation = validate(&good, &pool(&[&root.certificate], &[]), &criteria);
    assert_eq!(found(&validation), [("crl-missing", Severity::Warning)]);
    let message = &validation.findings[0].message;
    assert!(message.starts_with("no revocation list of CN=root says whether "), "{message}");
    assert!(message.ends_with("; there are lists of CN=other"), "{message}");
    // Of a CA in between it is worth knowing.
    let between = root.intermediate_with("between", |p| {
        p.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    });
    let leaf = between.leaf("app").certificate;
    let own = [list(&between, &[], |_| {})];
    let candidates = pool(&[&root.certificate], &[&between.certificate]);
    let validation = validate(&leaf, &candidates, &plain().crls(&own));
    assert_eq!(validation.findings[0].code.name(), "crl-missing");
    assert_eq!(validation.findings[0].severity, Severity::Note);
}

#[test]
fn lists_beside_a_certificate_count_with_those_that_all_are_judged_by() {
    let root = signing_lists("root");
    let [good, one, two] = ["good", "one", "two"].map(|name| root.leaf(name).certificate);
    let shared = [list(&root, &[&one], |_| {})];
    let own = [list(&root, &[&two], |_| {})];
    let candidates = pool(&[&root.certificate], &[]);
    let validator = Validator::new(plain().crls(&shared));
    let beside = validator.beside(&own);
    let revoked = |validator: &Validator<'_>| {
        [&good, &one, &two].map(|leaf| !validator.validate(leaf, &candidates).is_valid())
    };
    assert_eq!(revoked(&beside), [false, true, true]);
    assert_eq!(revoked(&validator), [false, true, false]);
    let nothing = Validator::new(plain());
    assert_eq!(nothing.revocation_unchecked().unwrap().code.name(), "revocation-unchecked");
    assert!(beside.revocation_unchecked().is_none());
    assert!(nothing.beside(&own).revocation_unchecked().is_none());
}

#[test]
fn crl_unusable_revokes_nothing() {
    let root = signing_lists("root");
    let leaf = root.leaf("app").certificate;
    // A list of another key of the same name.
    let forged = [list(&signing_lists("root"), &[&leaf], |_| {})];
    let criteria = plain().crls(&forged);
    assert_eq!(wrong(&leaf, &[&root.certificate], &criteria), ["warning crl-unusable"]);
    let strict = wrong(&leaf, &[&root.certificate], &criteria.strict(true));
    assert_eq!(strict, ["error crl-unusable"]);
}

#[test]
fn list_of_the_old_key_does_not_matter_beside_the_one_of_the_new_key() {
    let (old, new) = (signing_lists("root"), signing_lists("root"));
    let leaf = new.leaf("app").certificate;
    let crls = [list(&old, &[&leaf], |_| {}), list(&new, &[], |_| {}), list(&old, &[], |_| {})];
    assert_eq!(wrong(&leaf, &[&new.certificate], &plain().crls(&crls)), [""; 0]);
    // An older list of the same key is no matter either.
    let stale = list(&new, &[], |p| {
        p.this_update = datetime!(2026-01-01 0:00 UTC);
        p.next_update = datetime!(2026-02-01 0:00 UTC);
    });
    let crls = [stale, list(&new, &[], |_| {})];
    assert_eq!(wrong(&leaf, &[&new.certificate], &plain().crls(&crls)), [""; 0]);
    let oldest = &crls[..1];
    assert_eq!(wrong(&leaf, &[&new.certificate], &plain().crls(oldest)), ["warning crl-stale"]);
    // Many that are not relied on are one finding.
    let crls: Vec<_> = (0..9).map(|_| list(&old, &[], |_| {})).collect();
    let candidates = pool(&[&new.certificate], &[]);
    let validation = validate(&leaf, &candidates, &plain().crls(&crls));
    assert_eq!(found(&validation), [("crl-unusable", Severity::Warning)]);
    assert!(validation.findings[0].message.starts_with("9 revocation lists of CN=root are not"));
}

#[test]
fn lists_that_nobody_has_looked_at_are_an_error() {
    // Every list is tried with every key: none of these made it.
    let (lists, keys) = (50, 30);
    assert!(lists * keys > limits::PATH_SIGNATURES + limits::SIGNATURES_EACH * lists);
    let other = signing_lists("root");
    let crls: Vec<_> = (0..lists).map(|_| list(&other, &[], |_| {})).collect();
    let roots: Vec<_> = (0..keys).map(|_| signing_lists("root")).collect();
    let leaves: Vec<_> = roots.iter().map(|root| root.leaf("app").certificate).collect();
    let anchors: Vec<_> = roots.iter().map(|root| &root.certificate).collect();
    let (validator, candidates) = (Validator::new(plain().crls(&crls)), pool(&anchors, &[]));
    let validations: Vec<_> =
        leaves.iter().map(|leaf| validator.validate(leaf, &candidates)).collect();
    assert!(validations[0].is_valid());
    assert_eq!(validations[keys - 1].headline().unwrap().code.name(), "limit-exceeded");
    assert!(!validations[keys - 1].is_valid());
    let others = validations[keys - 1].findings[1..].iter().map(|found| found.severity);
    assert!(others.clone().count() > 0 && others.clone().all(|one| one != Severity::Warning));
}

/// A CA below a root whose key signs certificates only, and leaves of it.
struct Separate {
    root: Ca,
    issuing: Ca,
    good: Certificate,
    bad: Certificate,
}

fn signs_lists_only(parameters: &mut CertificateParams) {
    parameters.is_ca = IsCa::NoCa;
    parameters.key_usages = vec![KeyUsagePurpose::CrlSign];
}

impl Separate {
    fn new() -> Self {
        let root = signing_lists("root");
        let issuing = root.intermediate_with("issuing", |p| {
            p.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        });
        let [good, bad] = ["good", "bad"].map(|name| issuing.leaf(name).certificate);
        Self { root, issuing, good, bad }
    }

    /// Another key of the CA that signs its lists, by a certificate of this one.
    fn signer(by: &Ca) -> Ca {
        by.intermediate_with("issuing", signs_lists_only)
    }

    /// What openssl and `verify` say of both leaves, with these lists and certificates.
    fn judged(
        &self,
        trusted: &[&Certificate],
        signers: &[&Ca],
        lists: &[RevocationList],
    ) -> Judged {
        let scratch = Scratch::new();
        write(&scratch, "good.pem", &[&self.good]);
        write(&scratch, "bad.pem", &[&self.bad]);
        write(&scratch, "roots.pem", &[&[&self.root.certificate], trusted].concat());
        let signers = signers.iter().map(|signer| &signer.certificate);
        let between: Vec<_> = std::iter::once(&self.issuing.certificate).chain(signers).collect();
        write(&scratch, "between.pem", &between);
        let text = pem::encode_revocation_list;
        scratch.write("lists.pem", lists.iter().map(text).collect::<String>());
        let openssl = peers::openssl().map(|openssl| {
            ["good", "bad"].map(|leaf| {
                let line = format!(
                    "verify -crl_check_all -extended_crl -attime {} -CAfile roots.pem -untrusted \
                     between.pem -CRLfile lists.pem {leaf}.pem",
                    NOW.unix_timestamp()
                );
                scratch.run(&openssl, &line).all()
            })
        });
        let line =
            "--ca roots.pem --untrusted between.pem --crl lists.pem --at 2026-06-01T12:00:00Z";
        let own = ["good", "bad"].map(|leaf| {
            let (report, _) = scratch.mwallet(&format!("verify {leaf}.pem {line}")).report();
            report["findings"].as_array().unwrap().clone()
        });
        Judged { openssl, own }
    }
}

struct Judged {
    openssl: Option<[String; 2]>,
    own: [Vec<Value>; 2],
}

impl Judged {
    /// The list counts for both judges, who tell the revoked leaf from the other one.
    #[track_caller]
    fn counts(&self) {
        let codes = self
            .own
            .each_ref()
            .map(|found| found.iter().map(|one| one["code"].as_str().unwrap()).collect::<Vec<_>>());
        assert_eq!(codes[0].first(), Some(&"crl-signer"), "{codes:?}");
        assert_eq!(codes[1][..2], ["crl-revoked", "crl-signer"]);
        if let Some([good, bad]) = &self.openssl {
            assert!(good.contains(": OK"), "{good}");
            assert!(bad.contains("certificate revoked"), "{bad}");
        }
    }

    /// The list counts for none of them, because of this, and of what is `theirs` in the words of
    /// openssl.
    #[track_caller]
    fn does_not_count(&self, why: &str, theirs: &str) {
        for found in &self.own {
            assert_eq!(found[0]["code"], "crl-unusable", "{found:#?}");
            assert_eq!(found[0]["severity"], "warning");
            let message = found[0]["message"].as_str().unwrap();
            let start = "the revocation list of CN=issuing is not relied on: ";
            assert!(message.starts_with(start) && message.contains(why), "{message}");
        }
        for text in self.openssl.iter().flatten() {
            assert!(text.contains(theirs), "{text}");
        }
    }
}

#[test]
fn list_that_another_certificate_of_the_ca_signed_counts_where_it_leads_to_the_same_anchor() {
    let ca = Separate::new();
    let own = |revoked: &[&Certificate]| list(&ca.root, revoked, |_| {});
    let signer = Separate::signer(&ca.root);
    let lists = [own(&[]), list(&signer, &[&ca.bad], |_| {})];
    let judged = ca.judged(&[], &[&signer], &lists);
    judged.counts();
    let serial = signer.certificate.serial_hex();
    let message = format!(
        "the revocation list of CN=issuing is signed by the certificate with serial number {serial} \
         from CN=root, which leads to the same anchor"
    );
    assert_eq!(judged.own[0][0]["message"], message);
    let fingerprint = signer.certificate.fingerprint().to_string();
    assert_eq!(judged.own[0][0]["evidence"]["signer"], fingerprint);
    // Its certificate is nowhere.
    ca.judged(&[], &[], &lists).does_not_count(
        "its signature does not fit the issuer's key",
        "error 3 at 0 depth lookup: unable to get certificate CRL",
    );
    // It is revoked itself.
    let lists = [own(&[&signer.certificate]), list(&signer, &[&ca.bad], |_| {})];
    let why =
        format!("serial number {serial} from CN=root signed it, and is not valid: CN=issuing was");
    ca.judged(&[], &[&signer], &lists)
        .does_not_count(&why, "[CRL path] error 23 at 0 depth lookup: certificate revoked");
    // Its key is for something else.
    let mut other = ca.root.intermediate_with("issuing", |p| {
        p.is_ca = IsCa::NoCa;
        p.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    });
    other.parameters.key_usages.clear(); // it signs all the same
    let lists = [own(&[]), list(&other, &[&ca.bad], |_| {})];
    let why = "signed it, and its key usage does not allow cRLSign";
    ca.judged(&[], &[&other], &lists)
        .does_not_count(why, "[CRL path] error 26 at 0 depth lookup: unsuitable");
    // Its certificate has ended.
    let old = ca.root.intermediate_with("issuing", |p| {
        signs_lists_only(p);
        p.not_after = datetime!(2026-05-20 0:00 UTC);
    });
    let lists = [own(&[]), list(&old, &[&ca.bad], |_| {})];
    ca.judged(&[], &[&old], &lists).does_not_count(
        "is not valid: CN=issuing expired at 2026-05-20",
        "[CRL path] error 10 at 0 depth lookup: certificate has expired",
    );
    // Another root signed it, which is trusted, or which nobody knows.
    let stranger = signing_lists("stranger");
    let foreign = Separate::signer(&stranger);
    let lists = [own(&[]), list(&stranger, &[], |_| {}), list(&foreign, &[&ca.bad], |_| {})];
    let judged = ca.judged(&[&stranger.certificate], &[&foreign], &lists);
    judged.does_not_count(
        "from CN=stranger signed it, and leads to another anchor, CN=stranger",
        "error 54 at 0 depth lookup: CRL path validation error",
    );
    let judged = ca.judged(&[], &[&foreign], &lists);
    judged.does_not_count(
        "leads to no anchor: the issuer of CN=issuing is missing: CN=stranger",
        "[CRL path] error 20 at 0 depth lookup: unable to get local issuer",
    );
}

#[test]
fn signer_of_lists_is_judged_among_the_certificates_that_are_there() {
    let ca = Separate::new();
    let below = ca.root.intermediate("below");
    let signer = Separate::signer(&below);
    let crls = [list(&signer, &[&ca.bad], |_| {})];
    let validator = Validator::new(plain().crls(&crls));
    let known = [&ca.issuing.certificate, &signer.certificate];
    let mut candidates = pool(&[&ca.root.certificate], &known);
    let codes = |candidates: &Candidates| {
        found(&validator.validate(&ca.bad, candidates)).into_iter().map(|(code, _)| code).next()
    };
    assert_eq!(codes(&candidates), Some("crl-unusable"));
    let beside = [below.certificate.clone()];
    assert_eq!(candidates.beside(&beside, Source::Presented, codes), Some("crl-revoked"));
    assert_eq!(codes(&candidates), Some("crl-unusable"));
    candidates.add(&below.certificate, Source::Presented);
    assert_eq!(codes(&candidates), Some("crl-revoked"));
}

#[test]
fn lists_of_a_ca_that_has_changed_its_key_count_by_the_certificates_between_the_keys() {
    let root = signing_lists("root");
    let generation = || {
        root.intermediate_with("issuing", |p| {
            p.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        })
    };
    let (old, new) = (generation(), generation());
    let bad = old.leaf("bad").certificate;
    let crls = [list(&new, &[&bad], |_| {})];
    let judged = |others: &[&Certificate]| {
        let candidates = pool(&[&root.certificate], others);
        let validation = validate(&bad, &candidates, &plain().crls(&crls));
        found(&validation).first().map(|(code, _)| *code)
    };
    // The CA above has certified both keys, or each key the other one.
    let both = [&old.certificate, &new.certificate];
    assert_eq!(judged(&both), Some("crl-revoked"));
    assert_eq!(judged(&[&old.certificate, &old.cross_sign(&new)]), Some("crl-revoked"));
    assert_eq!(judged(&[&new.certificate, &new.cross_sign(&old)]), Some("crl-revoked"));
    assert_eq!(judged(&[&old.certificate]), Some("crl-unusable"));
}

#[test]
fn nobody_signs_the_list_that_speaks_of_what_issued_its_own_certificate() {
    // Who has the key of a revoked CA makes a signer of the name of the CA above, and a list of it.
    let root = signing_lists("root");
    let stolen = root.intermediate("stolen");
    let leaf = stolen.leaf("app").certificate;
    let signer = stolen.intermediate_with("root", signs_lists_only);
    let crls = [list(&signer, &[], |_| {})];
    let candidates = pool(&[&root.certificate], &[&stolen.certificate, &signer.certificate]);
    let validation = validate(&leaf, &candidates, &plain().crls(&crls));
    let unusable = validation.findings.iter().find(|found| found.code.name() == "crl-unusable");
    let message = &unusable.unwrap().message;
    assert!(message.ends_with("signed it, and its own path leads through CN=stolen"), "{message}");
    assert!(validation.findings.iter().all(|found| found.code.name() != "crl-signer"));
}

#[test]
fn what_is_wrong_with_a_list_is_said_once_in_a_wallet() {
    let scratch = Scratch::new();
    let root = signing_lists("root");
    let mut parts = vec![pem::encode_certificates(&[&root.certificate], false)];
    for name in ["one", "two"] {
        let Leaf { key, certificate } = root.leaf(name);
        parts.push(key.serialize_pem() + &pem::encode_certificates(&[&certificate], false));
    }
    scratch.write("all.pem", parts.concat());
    scratch.write("list.crl", list(&root, &[], |_| {}).der());
    let report = scratch.mwallet("check all.pem --crl list.crl --at 2026-08-01").json();
    let findings = report["findings"].as_array().unwrap();
    let stale: Vec<_> = findings.iter().filter(|one| one["code"] == "crl-stale").collect();
    assert_eq!(stale.len(), 1, "{report}");
    assert_eq!(stale[0]["entry"], Value::Null);
}

#[test]
fn list_with_an_extension_that_cannot_be_read_or_is_not_known_is_not_relied_on() {
    let Some(python) = peers::python() else { return };
    let scratch = Scratch::new();
    let script = r#"
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from datetime import datetime
day, end = datetime(2026, 5, 1), datetime(2036, 1, 1)
name = lambda text: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
key, other = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
def certificate(subject, public, ca):
    return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("root"))
        .public_key(public).serial_number(1 if ca else 7).not_valid_before(day).not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca, None), True).sign(key, None))
unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
def crl(file, critical, old=b"", new=b""):
    entry = (x509.RevokedCertificateBuilder().serial_number(99).revocation_date(day)
        .add_extension(unknown, critical).build())
    point = x509.IssuingDistributionPoint(None, None, False, True, None, False, False)
    made = (x509.CertificateRevocationListBuilder().issuer_name(name("root")).last_update(day)
        .next_update(end).add_extension(x509.CRLNumber(1), False).add_extension(point, True)
        .add_revoked_certificate(entry).sign(key, None))
    der, tbs = made.public_bytes(serialization.Encoding.DER), made.tbs_certlist_bytes
    changed = tbs.replace(old, new) if old else tbs
    assert (changed != tbs) == (old != new)
    der = der.replace(tbs, changed).replace(made.signature, key.sign(changed))
    open(file, "wb").write(der)
open("root.pem", "wb").write(certificate("root", key.public_key(), True).public_bytes(serialization.Encoding.PEM))
open("app.pem", "wb").write(certificate("app", other.public_key(), False).public_bytes(serialization.Encoding.PEM))
crl("plain.crl", False)
crl("critical.crl", True)
crl("list.crl", False, b"\x06\x03\x55\x1d\x14\x04", b"\x06\x03\x55\x1d\x14\x0c")
crl("entry.crl", False, b"\x06\x03\x2a\x03\x04\x04", b"\x06\x03\x2a\x03\x04\x0c")
"#;
    scratch.write("make.py", script);
    scratch.run(&python, "make.py").ok();
    let codes = |list: &str| {
        let line = format!("verify app.pem --ca root.pem --at 2026-06-01 --crl {list}");
        let findings = scratch.mwallet(&line).json()["findings"].take();
        let codes = findings.as_array().unwrap().iter().map(|finding| finding["code"].clone());
        codes.collect::<Vec<_>>()
    };
    // It is of CAs only, so that it does not say whether this certificate is revoked.
    assert_eq!(codes("plain.crl"), ["crl-missing"]);
    for list in ["critical.crl", "list.crl", "entry.crl"] {
        assert_eq!(codes(list), ["crl-unusable", "crl-missing"], "{list}");
    }
}

#[test]
fn indirect_list_of_another_issuer_is_named_as_not_understood() {
    let Some(python) = peers::python() else { return };
    let scratch = Scratch::new();
    let script = r#"
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from datetime import datetime
day = datetime(2026, 5, 1)
name = lambda text: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
def certificate(subject, public, issuer, ca):
    return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
        .public_key(public).serial_number(7 if not ca else 1).not_valid_before(day)
        .not_valid_after(datetime(2036, 1, 1))
        .add_extension(x509.BasicConstraints(ca, None), True).sign(key, hashes.SHA256()))
root = certificate("root", key.public_key(), "root", True)
leaf = certificate("app", other.public_key(), "root", False)
def crl(issuer, signer, about):
    point = x509.IssuingDistributionPoint(None, None, False, False, None, True, False)
    builder = (x509.CertificateRevocationListBuilder().issuer_name(name(issuer)).last_update(day)
        .next_update(datetime(2036, 1, 1)).add_extension(point, True)
        .add_extension(x509.CRLNumber(1), False))
    for one in about:
        builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder()
            .serial_number(7).revocation_date(day)
            .add_extension(x509.CertificateIssuer([x509.DirectoryName(name(one))]), True).build())
    return builder.sign(signer, hashes.SHA256())
pem = serialization.Encoding.PEM
open("root.pem", "wb").write(root.public_bytes(pem))
open("app.pem", "wb").write(leaf.public_bytes(pem))
for file, issuer, signer, about in [
    ("own", "root", key, ["stranger", "ROOT"]), ("strangers", "root", key, ["stranger", "alien"]),
    ("other", "other", other, ["stranger", "root"]),
]:
    open(file + ".crl", "wb").write(crl(issuer, signer, about).public_bytes(pem))
"#;
    scratch.write("make.py", script);
    scratch.run(&python, "make.py").ok();
    let line = "verify app.pem --ca root.pem --at 2026-06-01 --crl";
    scratch.mwallet(&format!("{line} own.crl")).run().status(3).says("(crl-revoked)");
    // Certificates of others have the same number.
    let done = scratch.mwallet(&format!("{line} strangers.crl")).run().status(0);
    assert!(!done.all().contains("(crl-"), "{}", done.story());
    let done = scratch.mwallet(&format!("{line} other.crl")).run().status(0);
    let done = done.says("indirect").says("not understood here (crl-unusable)");
    done.says("ok, with 1 warning\n").says("note: no revocation list of CN=root says whether");
}

#[test]
fn cas_that_sign_each_other_end_in_time() {
    // Twelve keys of one name, each certified by each of the others, none of them a root.
    let authorities: Vec<Ca> = (0..12).map(|_| Ca::root("loop")).collect();
    let mut crossed = Vec::new();
    for upper in &authorities {
        for lower in authorities.iter().filter(|lower| !std::ptr::eq(*lower, upper)) {
            crossed.push(upper.cross_sign(lower));
        }
    }
    let leaf = authorities[0].leaf("app").certificate;
    let start = Instant::now();
    let validation = validate(&leaf, &pool(&[], &crossed.iter().collect::<Vec<_>>()), &plain());
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert!(!validation.is_valid());
    // With one of them trusted, a path is found.
    let others: Vec<_> = crossed.iter().collect();
    let candidates = pool(&[&authorities[11].certificate], &others);
    assert_eq!(found(&validate(&leaf, &candidates, &plain())), []);
}

#[test]
fn ten_thousand_certificates_of_one_name_end_in_time() {
    let key = KeyPair::generate().unwrap();
    let parameters = |number: u64| {
        let mut parameters: CertificateParams = named("crowd");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.serial_number = Some(SerialNumber::from(number + 1));
        parameters
    };
    let crowd: Vec<Certificate> =
        (0..10_000).map(|n| ca::read(&parameters(n).self_signed(&key).unwrap())).collect();
    let issuer = parameters(0);
    let issuer = Issuer::from_params(&issuer, &key);
    let leaf = ca::read(&named("app").signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap());
    let mut candidates = Candidates::new();
    for certificate in &crowd {
        candidates.add(certificate, Source::Presented);
    }
    let start = Instant::now();
    let validation = validate(&leaf, &candidates, &plain());
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert_eq!(validation.headline().unwrap().code.name(), "anchor-not-trusted");
    // The one that is trusted is found among them.
    candidates.add(&crowd[7_777], Source::Trusted);
    assert_eq!(found(&validate(&leaf, &candidates, &plain())), []);
}

#[test]
fn name_constraints_without_end_are_cut() {
    let side = 1_100; // its square is over the bound
    assert!(side * side > limits::NAME_COMPARISONS);
    let root = Ca::root("root");
    let issuing = root.intermediate_with("issuing", |p| {
        let subtrees = (0..side).map(|n| GeneralSubtree::DnsName(format!("x{n}.example")));
        p.name_constraints = Some(NameConstraints {
            permitted_subtrees: Vec::new(),
            excluded_subtrees: subtrees.collect(),
        });
    });
    let leaf = issuing.leaf_with("app", |p| {
        p.subject_alt_names = (0..side).map(|n| host(&format!("y{n}.example"))).collect();
    });
    let start = Instant::now();
    let issuers = [&issuing.certificate, &root.certificate];
    assert_eq!(wrong(&leaf.certificate, &issuers, &plain())[0], "error limit-exceeded");
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}
