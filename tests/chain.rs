//! Paths and reports, on certificates that rcgen and openssl make.

#![allow(clippy::disallowed_methods, reason = "tests run the programs of others on files")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "chain/ca.rs"]
mod ca;
mod support;

use ca::{Ca, Leaf, named, private_key};
use mwallet::chain::rules::days_left;
use mwallet::chain::{
    Candidates, CheckRequest, Criteria, End, Mismatch, Path, Purpose, Report, Severity, Signature,
    Source, check, validate,
};
use mwallet::model::alias::Alias;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{EntryId, EntryKind, KeyEntry, TrustedEntry};
use mwallet::model::key::KeyMaterial;
use mwallet::model::trust::TrustFlags;
use mwallet::model::wallet::Wallet;
use rcgen::{DnType, DnValue, IsCa, KeyIdMethod, KeyPair};
use std::time::{Duration, Instant};
use support::peers;
use support::scratch::Scratch;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

fn pool(trusted: &[&Certificate], others: &[&Certificate]) -> Candidates {
    let mut candidates = Candidates::new();
    for certificate in trusted {
        candidates.add(certificate, Source::Trusted);
    }
    for certificate in others {
        candidates.add(certificate, Source::Entry);
    }
    candidates
}

fn certificates(path: &Path) -> Vec<&Certificate> {
    path.links.iter().map(|link| &link.certificate).collect()
}

fn key_entry(wallet: &mut Wallet, alias: &str, leaf: &Leaf, issuers: &[&Certificate]) -> EntryId {
    let chain = std::iter::once(&leaf.certificate).chain(issuers.iter().copied());
    let entry = KeyEntry {
        key: KeyMaterial::Open(leaf.private_key()),
        chain: chain.cloned().map(Into::into).collect(),
        request: None,
    };
    wallet.push(Some(Alias::new(alias)), EntryKind::from(entry))
}

fn trust(wallet: &mut Wallet, certificate: &Certificate) -> EntryId {
    let entry = TrustedEntry { certificate: certificate.clone(), flags: TrustFlags::default() };
    wallet.push(None, EntryKind::TrustedCertificate(entry))
}

fn request() -> CheckRequest<'static> {
    request_at(NOW)
}

fn request_at(at: OffsetDateTime) -> CheckRequest<'static> {
    CheckRequest { criteria: Criteria::new(at), entry: None, wallet: "/w/app wallet" }
}

fn found(report: &Report) -> Vec<(&'static str, Severity)> {
    report.findings.iter().map(|finding| (finding.code.name(), finding.severity)).collect()
}

#[test]
fn path_leads_from_the_leaf_to_the_trusted_root() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let leaf = issuing.leaf("app");
    let candidates = pool(&[&root.certificate], &[&issuing.certificate]);
    let path = candidates.path(&leaf.certificate, Some(NOW));
    assert_eq!(certificates(&path), [&leaf.certificate, &issuing.certificate, &root.certificate]);
    assert_eq!(path.end, End::Trusted);
    let sources: Vec<_> = path.links.iter().map(|link| link.source).collect();
    assert_eq!(sources, [Source::Presented, Source::Entry, Source::Trusted]);
    let signatures: Vec<_> = path.links.iter().map(|link| link.signature.clone()).collect();
    assert_eq!(signatures, [Signature::Valid, Signature::Valid, Signature::Unchecked]);
}

#[test]
fn untrusted_root_ends_the_path_as_self_signed() {
    let root = Ca::root("root");
    let leaf = root.leaf("app");
    let path = pool(&[], &[&root.certificate]).path(&leaf.certificate, None);
    assert_eq!((path.end, path.links.len()), (End::SelfSigned, 2));
}

#[test]
fn cross_signed_pair_terminates() {
    let (a, b) = (Ca::root("a"), Ca::root("b"));
    let (a_by_b, b_by_a) = (b.cross_sign(&a), a.cross_sign(&b));
    let leaf = a.leaf("app");

    // Without the roots the two point at each other for ever.
    let path = pool(&[], &[&a_by_b, &b_by_a]).path(&leaf.certificate, None);
    assert_eq!(certificates(&path), [&leaf.certificate, &a_by_b, &b_by_a]);
    let End::Incomplete(missing) = path.end else { panic!("{:?}", path.end) };
    let nearest = missing.nearest.unwrap();
    assert_eq!((nearest.certificate, nearest.mismatch), (a_by_b.clone(), Mismatch::Circular));

    // With the root of B trusted, the way leads through the certificate that B gave A.
    let path = pool(&[&b.certificate], &[&a_by_b, &b_by_a]).path(&leaf.certificate, None);
    assert_eq!(certificates(&path), [&leaf.certificate, &a_by_b, &b.certificate]);
    assert_eq!(path.end, End::Trusted);
}

#[test]
fn trusted_end_is_preferred_to_a_shorter_self_signed_one() {
    let (a, b) = (Ca::root("a"), Ca::root("b"));
    let a_by_b = b.cross_sign(&a);
    let leaf = a.leaf("app");
    let path = pool(&[&b.certificate], &[&a.certificate, &a_by_b]).path(&leaf.certificate, None);
    assert_eq!(certificates(&path), [&leaf.certificate, &a_by_b, &b.certificate]);
}

#[test]
fn longest_partial_path_is_preferred_when_nothing_is_complete() {
    let (a, b, c) = (Ca::root("a"), Ca::root("b"), Ca::root("c"));
    let (a_by_b, b_by_c) = (b.cross_sign(&a), c.cross_sign(&b));
    let a_by_c = c.cross_sign(&a);
    let leaf = a.leaf("app");
    let path = pool(&[], &[&a_by_c, &a_by_b, &b_by_c]).path(&leaf.certificate, None);
    assert_eq!(certificates(&path), [&leaf.certificate, &a_by_b, &b_by_c]);
}

#[test]
fn unexpired_issuer_is_preferred() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let mut old = issuing.parameters.clone();
    old.not_after = datetime!(2020-01-01 0:00 UTC);
    let old = root.sign(&old, &issuing.key);
    let leaf = issuing.leaf("app");
    let candidates = pool(&[&root.certificate], &[&old, &issuing.certificate]);
    let path = candidates.path(&leaf.certificate, Some(NOW));
    assert_eq!(path.links[1].certificate, issuing.certificate);
    // Where the validity does not count, the later one is better all the same.
    let path = candidates.path(&leaf.certificate, None);
    assert_eq!(path.links[1].certificate, issuing.certificate);
    // An expired issuer is better than none.
    let path = pool(&[&root.certificate], &[&old]).path(&leaf.certificate, Some(NOW));
    assert_eq!(path.links[1].certificate, old);
}

#[test]
fn issuer_of_the_same_name_and_another_key_is_named_and_not_taken() {
    let (old, new) = (Ca::root("root"), Ca::root("root"));
    let leaf = new.leaf("app");
    let path = pool(&[&old.certificate], &[]).path(&leaf.certificate, None);
    let End::Incomplete(missing) = path.end else { panic!("{:?}", path.end) };
    assert_eq!(missing.issuer.to_string(), "CN=root");
    assert!(missing.key_identifier.is_some());
    let nearest = missing.nearest.unwrap();
    assert_eq!((nearest.certificate, nearest.mismatch), (old.certificate, Mismatch::Key));
}

#[test]
fn changed_certificate_is_told_from_a_missing_issuer() {
    let root = Ca::root("root");
    let leaf = root.leaf("app");
    let mut der = leaf.certificate.der().to_vec();
    let at = der.windows(3).position(|bytes| bytes == b"app").unwrap();
    der[at] = b'b';
    let changed = Certificate::from_der(&der).unwrap();
    let path = pool(&[&root.certificate], &[]).path(&changed, None);
    let End::Incomplete(missing) = path.end else { panic!("{:?}", path.end) };
    assert_eq!(missing.nearest.unwrap().mismatch, Mismatch::Signature);
}

#[test]
fn key_identifier_that_contradicts_a_valid_signature_does_not_break_the_path() {
    let root = Ca::root("root");
    let leaf = root.leaf("app");
    let mut other = root.parameters.clone();
    other.key_identifier_method = KeyIdMethod::PreSpecified(vec![1, 2, 3]);
    let other = ca::read(&other.self_signed(&root.key).unwrap());
    let path = pool(&[&other], &[]).path(&leaf.certificate, None);
    assert_eq!(path.end, End::Trusted);
    // The one whose identifier agrees is better.
    let path = pool(&[&other, &root.certificate], &[]).path(&leaf.certificate, None);
    assert_eq!(path.last().certificate, root.certificate);
}

#[test]
fn names_that_differ_in_case_and_string_type_match() {
    let root = Ca::root_with("x", |parameters| {
        parameters
            .distinguished_name
            .push(DnType::CommonName, DnValue::PrintableString("Acme  ROOT".try_into().unwrap()));
    });
    let mut as_utf8 = root.parameters.clone();
    as_utf8
        .distinguished_name
        .push(DnType::CommonName, DnValue::Utf8String("acme root".to_owned()));
    let issuer = rcgen::Issuer::from_params(&as_utf8, &root.key);
    let leaf = named("app").signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
    let leaf = ca::read(&leaf);
    assert_ne!(leaf.issuer_der(), root.certificate.subject_der());
    assert_eq!(pool(&[&root.certificate], &[]).path(&leaf, None).end, End::Trusted);
}

#[test]
fn many_cas_of_one_name_end_the_search_at_its_bound() {
    // None of them states a key identifier, so each key has to be tried.
    let silent = |parameters: &mut rcgen::CertificateParams| {
        parameters.is_ca = IsCa::NoCa;
        parameters.use_authority_key_identifier_extension = false;
    };
    let mut candidates = Candidates::new();
    for _ in 0..2_000 {
        candidates.add(&Ca::root_with("crowd", silent).certificate, Source::Trusted);
    }
    let issuer = Ca::root("crowd");
    let leaf = issuer.leaf("app");
    let start = Instant::now();
    let path = candidates.path(&leaf.certificate, Some(NOW));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(path.exhausted);
    let End::Incomplete(missing) = path.end else { panic!("{:?}", path.end) };
    assert_eq!(missing.nearest.unwrap().mismatch, Mismatch::NotTried);

    // The one whose key identifier agrees is tried first.
    candidates.add(&issuer.certificate, Source::Trusted);
    let path = candidates.path(&leaf.certificate, Some(NOW));
    assert_eq!((path.end, path.exhausted), (End::Trusted, false));
}

#[test]
fn endless_line_of_cas_is_cut() {
    let mut line = vec![Ca::root("ca 0")];
    for number in 1..40 {
        let next = line[number - 1].intermediate(&format!("ca {number}"));
        line.push(next);
    }
    let leaf = line[39].leaf("app");
    let others: Vec<_> = line.iter().map(|ca| &ca.certificate).collect();
    let path = pool(&[], &others).path(&leaf.certificate, None);
    assert!(path.exhausted);
    assert_eq!(path.links.len(), mwallet::limits::PATH_LENGTH);
}

#[test]
fn ten_thousand_trusted_certificates_are_no_burden() {
    let key = KeyPair::generate().unwrap();
    let crowd: Vec<Certificate> = (0..10_000)
        .map(|n| ca::read(&named(&format!("ca {n}")).self_signed(&key).unwrap()))
        .collect();
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    for certificate in &crowd {
        trust(&mut wallet, certificate);
    }
    for n in 0..50 {
        let alias = format!("app {n}");
        key_entry(&mut wallet, &alias, &root.leaf(&alias), &[]);
    }
    let start = Instant::now();
    let report = check(&wallet, &request());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(report.chains.len(), 50);
    assert_eq!(report.findings.len(), 50);
}

#[test]
fn ladder_of_cross_signed_cas_does_not_multiply_the_work() {
    // Two CAs on each of 20 steps, all signed by both of the step above: 2^20 paths.
    let mut others = Vec::new();
    let mut above = vec![Ca::root("top 0"), Ca::root("top 1")];
    for step in 0..20 {
        let here: Vec<Ca> = (0..2).map(|n| Ca::root(&format!("ca {step} {n}"))).collect();
        for ca in &here {
            others.extend(above.iter().map(|upper| upper.cross_sign(ca)));
        }
        above = here;
    }
    let leaf = above[0].leaf("app");
    let start = Instant::now();
    let path = pool(&[], &others.iter().collect::<Vec<_>>()).path(&leaf.certificate, None);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(path.links.len(), 21);
}

#[test]
fn trusted_leaf_does_not_vouch_for_itself() {
    let root = Ca::root("root");
    let leaf = root.leaf("app");
    let path = pool(&[&leaf.certificate], &[]).path(&leaf.certificate, None);
    assert!(!path.is_complete());
}

#[test]
fn trusted_intermediate_is_an_anchor_and_the_chain_still_shows_the_root() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let leaf = issuing.leaf("app");
    let mut wallet = Wallet::new();
    key_entry(&mut wallet, "app", &leaf, &[&root.certificate]);
    trust(&mut wallet, &issuing.certificate);
    let path = Candidates::of(&wallet).path(&leaf.certificate, None);
    assert_eq!((path.links.len(), &path.end), (2, &End::Trusted));
    assert_eq!(
        Candidates::of(&wallet).chain(&leaf.certificate),
        [leaf.certificate, issuing.certificate, root.certificate]
    );
}

#[test]
fn days_left_are_whole_ones_to_the_end_of_the_last_second() {
    let root = Ca::root("root");
    let leaf = root.leaf("app").certificate;
    let at = leaf.not_after() - time::Duration::days(30) + time::Duration::milliseconds(400);
    let validation = validate(&leaf, &pool(&[&root.certificate], &[]), &Criteria::new(at));
    // What `list` and `expiry` show, too.
    assert_eq!(days_left(leaf.not_after(), at), 30);
    assert_eq!(validation.report().chains[0].chain[0].days_left, Some(30));
    assert_eq!(days_left(leaf.not_after(), at + time::Duration::SECOND), 29);
}

#[test]
fn certificate_of_a_ca_is_no_leaf_where_it_comes_first() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let roles = |first: &Certificate, trusted: &[&Certificate]| -> Vec<_> {
        let validation = validate(first, &pool(trusted, &[]), &Criteria::new(NOW));
        validation.report().chains[0].chain.iter().map(|link| link.role).collect()
    };
    assert_eq!(roles(&root.certificate, &[&root.certificate]), ["anchor"]);
    assert_eq!(roles(&root.certificate, &[]), ["anchor"]);
    assert_eq!(roles(&issuing.certificate, &[&root.certificate]), ["intermediate", "anchor"]);
    assert_eq!(roles(&issuing.certificate, &[]), ["intermediate"]);
    assert_eq!(roles(&root.leaf("app").certificate, &[&root.certificate]), ["leaf", "anchor"]);
}

#[test]
fn healthy_wallet_has_no_findings() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let leaf = issuing.leaf("app");
    let mut wallet = Wallet::new();
    key_entry(&mut wallet, "app", &leaf, &[&issuing.certificate]);
    trust(&mut wallet, &root.certificate);
    let report = check(&wallet, &request());
    assert_eq!(found(&report), []);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["verdict"], "ok");
    assert!(json["headline"].is_null());
    let roles: Vec<_> =
        json["chain"].as_array().unwrap().iter().map(|link| link["role"].clone()).collect();
    assert_eq!(roles, ["leaf", "intermediate", "anchor"]);
    assert_eq!(json["chain"][2]["source"], "trusted");
    assert_eq!(json["chain"][0]["subject"], "CN=app");
    assert_eq!(json["chain"][0]["sha256"], leaf.certificate.fingerprint().to_string());
    assert_eq!(json["chain"][0]["not_after"], "4096-01-01T00:00:00Z");
    assert_eq!(json["chains"][0]["alias"], "app");
}

#[test]
fn missing_issuer_is_named_with_everything_that_is_known_of_it() {
    let root = Ca::root("root");
    // AuthorityInfoAccess with one caIssuers URL, RFC 5280 section 4.2.2.1
    let url = b"http://ca.example/root.cer";
    let mut access = vec![0x30, 38, 0x06, 8, 0x2B, 6, 1, 5, 5, 7, 0x30, 2, 0x86, 26];
    access.extend_from_slice(url);
    access.splice(0..0, [0x30, 40]);
    let leaf = root.leaf_with("app", |parameters| {
        let oid = [1, 3, 6, 1, 5, 5, 7, 1, 1];
        parameters.custom_extensions.push(rcgen::CustomExtension::from_oid_content(&oid, access));
    });
    let other = Ca::root("root");
    let mut wallet = Wallet::new();
    key_entry(&mut wallet, "app", &leaf, &[]);
    trust(&mut wallet, &other.certificate);
    let report = check(&wallet, &request());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["verdict"], "findings");
    assert_eq!(json["headline"]["code"], "chain-issuer-missing");
    let finding = &json["findings"][0];
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["certificate"], leaf.certificate.fingerprint().to_string());
    assert_eq!(finding["repair"], "mwallet add-trusted '/w/app wallet' FILE");
    assert_eq!(finding["evidence"]["urls"][0], "http://ca.example/root.cer");
    assert_eq!(finding["evidence"]["nearest"], other.certificate.fingerprint().to_string());
    let message = finding["message"].as_str().unwrap();
    for part in
        ["CN=app", "CN=root", "key identifier ", "http://ca.example/root.cer", "the key is another"]
    {
        assert!(message.contains(part), "{part} is not in {message}");
    }
}

#[test]
fn validity_includes_the_last_second() {
    let root = Ca::root("root");
    let leaf = root.leaf_with("app", |parameters| {
        parameters.not_before = datetime!(2026-01-01 0:00 UTC);
        parameters.not_after = datetime!(2026-06-01 12:00 UTC);
    });
    let mut wallet = Wallet::new();
    key_entry(&mut wallet, "app", &leaf, &[]);
    trust(&mut wallet, &root.certificate);
    let at = |at| check(&wallet, &request_at(at));
    assert_eq!(found(&at(NOW)), []);
    assert_eq!(found(&at(NOW + Duration::from_millis(500))), []);
    let report = at(NOW + Duration::from_secs(1));
    assert_eq!(found(&report), [("cert-expired", Severity::Error)]);
    assert_eq!(
        report.findings[0].repair.as_deref(),
        Some("mwallet csr '/w/app wallet' --renew app")
    );
    let report = at(datetime!(2025-12-31 23:59:59 UTC));
    assert_eq!(found(&report), [("cert-not-yet-valid", Severity::Error)]);
}

#[test]
fn expired_anchor_is_a_warning_and_said_once() {
    let root = Ca::root_with("root", |parameters| {
        parameters.not_after = datetime!(2020-01-01 0:00 UTC);
    });
    let leaf = root.leaf("app");
    let mut wallet = Wallet::new();
    key_entry(&mut wallet, "app", &leaf, &[]);
    trust(&mut wallet, &root.certificate);
    let report = check(&wallet, &request());
    assert_eq!(found(&report), [("trusted-expired", Severity::Warning)]);
    assert_eq!(serde_json::to_value(report.verdict).unwrap(), "ok");
}

#[test]
fn certificate_of_another_key_is_an_error_that_comes_first() {
    let root = Ca::root("root");
    let leaf = root.leaf_with("app", |parameters| {
        parameters.not_after = datetime!(2020-01-01 0:00 UTC);
    });
    let wrong = Leaf { key: KeyPair::generate().unwrap(), certificate: leaf.certificate };
    let mut wallet = Wallet::new();
    key_entry(&mut wallet, "app", &wrong, &[]);
    trust(&mut wallet, &root.certificate);
    assert_eq!(
        found(&check(&wallet, &request())),
        [("key-mismatch", Severity::Error), ("cert-expired", Severity::Error)]
    );
}

#[test]
fn issuer_that_is_not_a_ca_is_an_error() {
    let root = Ca::root("root");
    let issuing =
        root.intermediate_with("issuing", |parameters| parameters.is_ca = IsCa::ExplicitNoCa);
    let leaf = issuing.leaf("app");
    let mut wallet = Wallet::new();
    key_entry(&mut wallet, "app", &leaf, &[&issuing.certificate]);
    trust(&mut wallet, &root.certificate);
    let report = check(&wallet, &request());
    assert_eq!(found(&report), [("ca-basic-constraints-missing", Severity::Error)]);
    assert_eq!(report.findings[0].certificate, Some(issuing.certificate.fingerprint().to_string()));
}

#[test]
fn purpose_is_judged_by_the_extended_key_usage() {
    let root = Ca::root("root");
    let leaf = root.leaf_with("app", |parameters| {
        parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    });
    let mut wallet = Wallet::new();
    key_entry(&mut wallet, "app", &leaf, &[]);
    trust(&mut wallet, &root.certificate);
    let with = |purpose| {
        let criteria = Criteria::new(NOW).purpose(purpose);
        found(&check(&wallet, &CheckRequest { criteria, ..request() }))
    };
    assert_eq!(with(Purpose::Any), []);
    // It names no host, which is another matter.
    assert_eq!(with(Purpose::Server), [("san-missing", Severity::Warning)]);
    assert_eq!(with(Purpose::Client), [("eku-no-client-auth", Severity::Error)]);
}

#[test]
fn trusted_certificates_are_looked_at_together() {
    let root = Ca::root("root");
    let leaf = root.leaf("server");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &root.certificate);
    trust(&mut wallet, &leaf.certificate);
    trust(&mut wallet, &root.certificate);
    assert_eq!(
        found(&check(&wallet, &request())),
        [("leaf-as-trusted", Severity::Warning), ("trusted-duplicate", Severity::Note)]
    );
}

#[test]
fn root_that_nobody_trusts_is_a_warning() {
    let root = Ca::root("root");
    let leaf = root.leaf("app");
    let mut wallet = Wallet::new();
    key_entry(&mut wallet, "app", &leaf, &[&root.certificate]);
    let report = check(&wallet, &request());
    assert_eq!(found(&report), [("anchor-not-trusted", Severity::Warning)]);
    assert_eq!(report.headline.unwrap().code, "anchor-not-trusted");
}

#[test]
fn repair_does_not_steer_the_terminal() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    let leaf = root.leaf_with("app", |p| p.not_after = datetime!(2026-05-01 0:00 UTC));
    key_entry(&mut wallet, "a\u{1b}[2J", &leaf, &[&root.certificate]);
    let report = check(&wallet, &request());
    let repair = report.findings[0].repair.as_deref().unwrap();
    assert_eq!(repair, r"mwallet csr '/w/app wallet' --renew $'a\033[2J'");
}

#[test]
fn only_the_chosen_entry_is_checked() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    let first = key_entry(&mut wallet, "first", &root.leaf("first"), &[&root.certificate]);
    key_entry(&mut wallet, "second", &Ca::root("elsewhere").leaf("second"), &[]);
    trust(&mut wallet, &root.certificate);
    let report = check(&wallet, &CheckRequest { entry: Some(first), ..request() });
    assert_eq!(found(&report), []);
    assert_eq!(report.chains.len(), 1);
    let report = check(&wallet, &request());
    assert_eq!(report.chains.len(), 2);
    assert_eq!(report.findings[0].entry.as_deref(), Some("second"));
}

#[test]
fn key_without_certificate_is_told() {
    let mut wallet = Wallet::new();
    let key = KeyMaterial::Open(private_key(&KeyPair::generate().unwrap()));
    let entry = KeyEntry { key, chain: Vec::new(), request: None };
    wallet.push(Some(Alias::new("bare")), EntryKind::from(entry));
    assert_eq!(found(&check(&wallet, &request())), [("certificate-missing", Severity::Warning)]);
}

fn read_der(scratch: &Scratch, name: &str) -> Certificate {
    Certificate::from_der(&scratch.read(name)).unwrap()
}

#[test]
fn weak_keys_and_digests_of_openssl_are_found() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    for line in [
        "req -x509 -newkey rsa:1024 -nodes -sha1 -keyout root.key -subj /CN=root -days 9000 \
         -outform DER -out root.der",
        "x509 -inform DER -in root.der -out root.pem",
        "req -new -newkey rsa:2048 -nodes -keyout a.key -subj /CN=a -out a.csr",
        "x509 -req -in a.csr -CA root.pem -CAkey root.key -sha1 -days 9000 -set_serial 7 \
         -outform DER -out a.der",
    ] {
        scratch.run(&openssl, line).ok();
    }
    let (root, leaf) = (read_der(&scratch, "root.der"), read_der(&scratch, "a.der"));
    let mut wallet = Wallet::new();
    let key = scratch.text("a.key");
    let key = private_key(&KeyPair::from_pem(&key).unwrap());
    let entry =
        KeyEntry { key: KeyMaterial::Open(key), chain: vec![leaf.clone().into()], request: None };
    wallet.push(Some(Alias::new("a")), EntryKind::from(entry));
    trust(&mut wallet, &root);
    let report = check(&wallet, &request_at(OffsetDateTime::now_utc()));
    // The root's own signature with SHA-1 does not count, its short key does.
    assert_eq!(
        found(&report),
        [("weak-signature", Severity::Error), ("weak-key", Severity::Warning)]
    );
    assert_eq!(report.findings[0].certificate, Some(leaf.fingerprint().to_string()));
    assert_eq!(report.findings[1].certificate, Some(root.fingerprint().to_string()));
}

#[test]
fn version_1_root_of_openssl_may_issue() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    // x509 -req without extensions makes version 1.
    for line in [
        "req -new -newkey rsa:2048 -nodes -keyout root.key -subj /CN=v1 -out root.csr",
        "x509 -req -in root.csr -signkey root.key -days 9000 -outform DER -out root.der",
    ] {
        scratch.run(&openssl, line).ok();
    }
    let root = read_der(&scratch, "root.der");
    assert_eq!(root.extensions().count(), 0);
    assert!(mwallet::chain::rules::may_issue(&root));
    assert!(!mwallet::chain::rules::is_leaf(&root));
}
