//! `probe` and `add-trusted --from-host` against real servers, fake ones and hostile ones; and the
//! choice of a client certificate without any.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "chain/ca.rs"]
mod ca;
#[path = "support/mtls.rs"]
mod mtls;
mod support;

use ca::{Ca, Leaf};
use mtls::{Mtls, Probed};
use mwallet::codec::{Opening, bundle, pem};
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{EntryId, EntryKind, KeyEntry, TrustedEntry};
use mwallet::model::key::{KeyMaterial, LockedKey};
use mwallet::model::trust::TrustFlags;
use mwallet::model::wallet::Wallet;
use mwallet::probe::selection::{Considered, Question, Reason, Verdict};
use mwallet::probe::{CertificateRequest, Client, Scheme, Version, select};
use rcgen::{ExtendedKeyUsagePurpose, date_time_ymd};
use serde_json::Value;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;
use support::job::PASSWORD;
use support::run::{Mwallet, run};
use support::scratch::Scratch;
use support::server::{self, Server, fake, forward, read_until, say};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-06-01 00:00 UTC);
const ECDSA: Scheme = Scheme(0x0403);
const RSA: Scheme = Scheme(0x0804);

// The choice, without sockets.

/// A server that names these CAs.
fn naming(authorities: &[&Ca]) -> CertificateRequest {
    CertificateRequest {
        version: Version::Tls13,
        authorities: authorities.iter().map(|ca| ca.certificate.subject()).collect(),
        unreadable: 0,
        schemes: vec![ECDSA, RSA],
    }
}

fn add_key(wallet: &mut Wallet, alias: &str, leaf: &Leaf, issuers: &[&Ca]) -> EntryId {
    let mut chain = vec![leaf.certificate.clone().into()];
    chain.extend(issuers.iter().map(|ca| ca.certificate.clone().into()));
    let key = KeyMaterial::Open(leaf.private_key());
    wallet.push(
        Some(mwallet::model::alias::Alias::new(alias)),
        EntryKind::from(KeyEntry { key, chain, request: None }),
    )
}

fn add_trusted(wallet: &mut Wallet, certificate: &Certificate) {
    let entry = TrustedEntry { certificate: certificate.clone(), flags: TrustFlags::default() };
    wallet.push(None, EntryKind::TrustedCertificate(entry));
}

fn question<'a>(wallet: &'a Wallet, request: &'a CertificateRequest) -> Question<'a> {
    Question { wallet, request, at: NOW, chain_with_key: true, own_passwords: &[] }
}

/// What `SunX509`, `NewSunX509` and Oracle do with the entries.
fn verdicts(question: &Question<'_>) -> Vec<Considered> {
    select(question).entries
}

fn all(verdict: &Verdict) -> [Verdict; 3] {
    [verdict.clone(), verdict.clone(), verdict.clone()]
}

#[test]
fn java_sends_what_jks_keeps_with_the_key_and_others_complete_it_from_the_trusted() {
    let root = Ca::root("Root");
    let issuing = root.intermediate("Issuing");
    let mut wallet = Wallet::new();
    add_key(&mut wallet, "app", &issuing.leaf("app"), &[]);
    add_trusted(&mut wallet, &issuing.certificate);
    add_trusted(&mut wallet, &root.certificate);
    let request = naming(&[&root]);
    let found = verdicts(&question(&wallet, &request));
    let short = Verdict::Not(Reason::ChainStopsShort { issuer: "CN=Issuing".to_owned() });
    assert_eq!(found[0].verdicts, [short.clone(), short, Verdict::Sent]);
    // Of PKCS#12 Java's reader makes a chain of whatever is in the file.
    let pkcs12 = Question { chain_with_key: false, ..question(&wallet, &request) };
    assert_eq!(verdicts(&pkcs12)[0].verdicts, all(&Verdict::Sent));
    // The CA that signed the leaf is enough, with or without its own certificate.
    assert_eq!(verdicts(&question(&wallet, &naming(&[&issuing])))[0].verdicts, all(&Verdict::Sent));
}

#[test]
fn chain_that_cannot_be_completed_stops_short() {
    let root = Ca::root("Root");
    let issuing = root.intermediate("Issuing");
    let mut wallet = Wallet::new();
    add_key(&mut wallet, "app", &issuing.leaf("app"), &[]);
    let found = verdicts(&question(&wallet, &naming(&[&root])));
    let reason = Reason::ChainStopsShort { issuer: "CN=Issuing".to_owned() };
    assert_eq!(found[0].verdicts, all(&Verdict::Not(reason)));
}

#[test]
fn only_certificates_of_the_named_authorities_are_sent_and_no_name_means_any() {
    let (ours, other) = (Ca::root("Ours"), Ca::root("Other"));
    let mut wallet = Wallet::new();
    add_key(&mut wallet, "app", &ours.leaf("app"), &[&ours]);
    let found = verdicts(&question(&wallet, &naming(&[&other])));
    let reason = Reason::IssuerNotNamed { issuer: "CN=Ours".to_owned() };
    assert_eq!(found[0].verdicts, all(&Verdict::Not(reason)));
    for request in [naming(&[]), naming(&[&other, &ours])] {
        assert_eq!(verdicts(&question(&wallet, &request))[0].verdicts, all(&Verdict::Sent));
    }
    // A list of which nothing can be read is not an empty list.
    let unreadable = CertificateRequest { unreadable: 1, ..naming(&[]) };
    assert_ne!(verdicts(&question(&wallet, &unreadable))[0].verdicts, all(&Verdict::Sent));
}

#[test]
fn schemes_have_names_and_unknown_ones_their_numbers() {
    let names = [0x0403, 0x0904, 0x0905, 0x0906, 0x0907].map(|number| Scheme(number).to_string());
    assert_eq!(names, ["ecdsa_secp256r1_sha256", "mldsa44", "mldsa65", "mldsa87", "0x0907"]);
}

#[test]
fn key_has_to_fit_the_schemes() {
    let ca = Ca::root("Ours");
    let mut wallet = Wallet::new();
    add_key(&mut wallet, "app", &ca.leaf("app"), &[&ca]); // P-256
    let with = |schemes: &[Scheme], version| {
        let request = CertificateRequest { schemes: schemes.to_vec(), version, ..naming(&[&ca]) };
        verdicts(&question(&wallet, &request))[0].verdicts[0] == Verdict::Sent
    };
    let p384 = Scheme(0x0503);
    assert!(with(&[RSA, ECDSA], Version::Tls13));
    assert!(!with(&[RSA], Version::Tls13));
    // In TLS 1.2 the scheme does not say the curve.
    assert!(!with(&[p384], Version::Tls13));
    assert!(with(&[p384], Version::Tls12));
}

#[test]
fn new_key_manager_prefers_what_is_valid_and_the_default_does_not_look() {
    let ca = Ca::root("Ours");
    let old = ca.leaf_with("old", |parameters| {
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(2021, 1, 1);
    });
    let server = ca.leaf_with("server", |parameters| {
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let mut wallet = Wallet::new();
    add_key(&mut wallet, "old", &old, &[&ca]);
    add_key(&mut wallet, "server", &server, &[&ca]);
    let request = naming(&[&ca]);
    let by = |wallet: &Wallet, client: Client| {
        let selection = select(&question(wallet, &request));
        selection.sent_by(client).map(|considered| considered.alias.clone()).unwrap()
    };
    // Nothing is right, so the lesser evil is sent: extensions weigh more than time.
    assert_eq!(by(&wallet, Client::JavaNewSunX509), "old");
    let dumb = ca.leaf_with("dumb", |parameters| {
        parameters.key_usages = vec![rcgen::KeyUsagePurpose::KeyAgreement];
    });
    add_key(&mut wallet, "dumb", &dumb, &[&ca]);
    add_key(&mut wallet, "good", &ca.leaf("good"), &[&ca]);
    assert_eq!(by(&wallet, Client::JavaSunX509), "old");
    assert_eq!(by(&wallet, Client::JavaNewSunX509), "good");
    let found = verdicts(&question(&wallet, &request));
    assert_eq!(found[0].verdicts[1], Verdict::Not(Reason::Expired));
    assert_eq!(found[1].verdicts[1], Verdict::Not(Reason::NoClientAuth));
    assert_eq!(found[2].verdicts[1], Verdict::Not(Reason::NoSignatures));
    assert_eq!(found[2].verdicts[0], Verdict::Another("old".to_owned()));
}

#[test]
fn one_key_with_a_password_of_its_own_spoils_the_store_for_the_default_key_manager() {
    let ca = Ca::root("Ours");
    let mut wallet = Wallet::new();
    let own = add_key(&mut wallet, "own", &ca.leaf("own"), &[&ca]);
    add_key(&mut wallet, "app", &ca.leaf("app"), &[&ca]);
    let request = naming(&[&ca]);
    let found = verdicts(&Question { own_passwords: &[own], ..question(&wallet, &request) });
    let column = |at: usize| found.iter().map(|one| one.verdicts[at].clone()).collect::<Vec<_>>();
    let differs = Verdict::Not(Reason::OwnPassword);
    assert_eq!(column(0), [differs.clone(), Verdict::Not(Reason::StoreUnusable)]);
    assert_eq!(column(1), [differs, Verdict::Sent]);
    assert_eq!(column(2), [Verdict::Sent, Verdict::Another("own".to_owned())]);
}

#[test]
fn locked_key_and_key_without_certificate_are_not_sent() {
    let ca = Ca::root("Ours");
    let mut wallet = Wallet::new();
    for leaf in [Some(ca.leaf("app")), None] {
        let chain = leaf.iter().map(|leaf| leaf.certificate.clone().into()).collect();
        let key = KeyMaterial::Locked(LockedKey { raw: Vec::new(), refusal: None });
        wallet.push(None, EntryKind::from(KeyEntry { key, chain, request: None }));
    }
    let found = verdicts(&question(&wallet, &naming(&[&ca])));
    assert_eq!(found[0].verdicts, all(&Verdict::Not(Reason::KeyLocked(None))));
    assert_eq!(found[1].verdicts, all(&Verdict::Not(Reason::NoCertificate)));
}

// Real servers.

const WHOLE: &str = "-cert server.pem -key server.key -cert_chain chain.pem";

#[test]
fn presented_chain_is_saved_as_pem() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    let save = || mtls.scratch.mwallet(&format!("probe {} --save saved.pem", server.address()));
    save().run().status(3); // nobody trusts it
    assert_eq!(mtls.scratch.mode("saved.pem"), 0o644);
    let saved =
        bundle::read(&mtls.scratch.read("saved.pem"), &Opening::with(None)).unwrap().certificates;
    let leaf =
        bundle::read(&mtls.scratch.read("server.pem"), &Opening::with(None)).unwrap().certificates;
    let above = [mtls.issuing.certificate.clone(), mtls.root.certificate.clone()];
    assert_eq!(saved, [&leaf[..], &above].concat());
    let line = "verify -CAfile root.pem -untrusted saved.pem saved.pem";
    mtls.scratch.run(&mtls.openssl, line).ok();
    save().fails(6, "would-overwrite");
    save().args("--force").run().status(3);
}

#[test]
fn chain_that_was_not_presented_is_not_saved_and_that_is_told() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, &format!("{WHOLE} -tls1_2"));
    let line = format!("probe {} --tls 1.3 --save saved.pem", server.address());
    let done = mtls.scratch.mwallet(&line).args("--json").run().status(3);
    let report: Value = serde_json::from_str(&done.out()).unwrap();
    assert_eq!(report["warnings"][0]["code"], "bundle-empty", "{report:#}");
    assert_eq!(done.err(), "");
    assert!(!mtls.scratch.exists("saved.pem"));
}

#[test]
fn saved_chain_replaces_nothing_that_the_command_reads() {
    let scratch = Scratch::new();
    scratch.write("roots.pem", pem::encode_certificates(&[&Ca::root("Root").certificate], false));
    std::fs::hard_link(scratch.at("roots.pem"), scratch.at("link.pem")).unwrap();
    scratch.write("pw", PASSWORD);
    scratch.mwallet("create w").password(PASSWORD).ok();
    for target in ["roots.pem", "link.pem", "w/ewallet.p12", "w/ewallet.p12.lck", "pw"] {
        let before = scratch.picture(".");
        let port = server::free_port();
        let ca = "--ca roots.pem --ca w --ca-password-file pw";
        let line = format!("probe 127.0.0.1:{port} {ca} --save {target} --force");
        scratch.mwallet(&line).fails(2, "usage");
        scratch.assert_unchanged(".", &before);
    }
}

#[test]
fn roots_of_the_machine_judge_where_there_is_no_wallet() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    let probe = mtls.scratch.mwallet(&format!("probe {}", server.address()));
    let mut command = probe.command();
    command.env("SSL_CERT_FILE", "root.pem");
    run(&mut command, b"")
        .ok()
        .says("issued below a CA of this machine: yes\n")
        .says("anchor, system");
    command.env("SSL_CERT_FILE", "server.pem");
    run(&mut command, b"").status(3).says("anchor-not-trusted");
    // That there are none is said, and a wallet is judged all the same.
    for (file, said) in [("absent.pem", "there is no absent.pem"), ("server.key", "left out")] {
        command.env("SSL_CERT_FILE", file);
        run(&mut command, b"").status(3).says(said).says("a CA of this machine: not known");
        let line = format!("probe {} --wallet client.p12 --json", server.address());
        let mut probe = mtls.scratch.mwallet(&line).password(PASSWORD).command();
        let done = run(probe.env("SSL_CERT_FILE", file), b"").ok();
        let report: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert!(report["trusted_by_system"].is_null(), "{report:#}");
        assert_eq!(report["trusted_by_wallet"], true, "{report:#}");
    }
}

#[test]
fn what_the_asker_trusts_judges_in_the_place_of_wallet_and_machine() {
    let Some(mtls) = Mtls::new() else { return };
    let options = format!("{WHOLE} -CAfile root.pem -verify 5");
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, &options);
    let address = server.address();
    let probe = |more: &str| mtls.scratch.mwallet(&format!("probe {address} {more}"));
    let done = probe("--ca root.pem").ok().says("issued below a CA of --ca: yes\n");
    assert!(!done.out().contains("of this machine") && !done.err().contains("roots of this"));
    probe("--ca root.pem --ca server.key").fails(1, "bundle-empty");
    // To be issued below it is one thing, to be good another.
    let done = probe("--ca root.pem --servername other.example").run().status(3);
    done.says("issued below a CA of --ca: yes; not accepted: host-mismatch\n");
    let (report, status) = probe("--ca client.pem").report();
    assert_eq!((status, &report["trusted_by_ca"]), (Some(3), &false.into()), "{report:#}");
    let repair = format!("mwallet probe {address} --ca client.pem --json --ca ROOT.pem");
    assert_eq!(report["findings"][0]["repair"], repair, "{report:#}");
    // A wallet beside it gives the client's certificate, and what it trusts counts no more.
    mtls.scratch.mwallet("create trust.p12").password("Trust-pass1").ok();
    mtls.scratch.mwallet("add-trusted trust.p12 root.pem").password("Trust-pass1").ok();
    mtls.p12("client", "-certfile client.ca");
    let line = "--wallet client.p12 --ca trust.p12";
    let (report, status) = probe(line).password(PASSWORD).ca_password("Trust-pass1").report();
    assert_eq!(status, Some(0), "{report:#}");
    assert_eq!(
        (&report["trusted_by_ca"], &report["trusted_by_wallet"]),
        (&true.into(), &false.into())
    );
    assert_eq!(report["client_certificate"]["accepted"], true, "{report:#}");
}

#[test]
fn revocation_is_checked_with_lists_and_said_to_be_unchecked_without() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    let probe = |more: &str| mtls.probe(&server.address(), None, &format!("--ca root.pem {more}"));
    let probed = probe("");
    probed.is_well();
    let findings = probed.report["findings"].as_array().unwrap();
    let days = &probed.report["chain"][0]["days_left"];
    assert!(days.as_i64().unwrap() > 0, "{days}");
    let codes: Vec<_> = findings.iter().map(|finding| &finding["code"]).collect();
    assert_eq!(codes, ["revocation-unchecked"]);
    let key = mtls.issuing.key.serialize_pem();
    mtls.scratch.write("ca.pem", key + &mtls.scratch.text("issuing.pem"));
    for (list, revoked) in [("good.crl", ""), ("bad.crl", "--revoke server.pem:keyCompromise")] {
        mtls.scratch.mwallet(&format!("crl create --ca ca.pem --out {list} {revoked}")).ok();
    }
    probe("--crl good.crl").is_well();
    probe("--crl good.crl --crl bad.crl").headlines("crl-revoked");
    // So does one beside what is trusted.
    let both = ["root.pem", "bad.crl"].map(|part| mtls.scratch.text(part)).concat();
    mtls.scratch.write("both.pem", both);
    probe("--ca both.pem").headlines("crl-revoked");
    let line = format!("probe {} --crl root.pem", server.address());
    mtls.scratch.mwallet(&line).fails(1, "bundle-empty");
}

#[test]
fn intermediate_is_missed_only_where_what_is_presented_does_not_lead_on() {
    let Some(mtls) = Mtls::new() else { return };
    let renewed = mtls.root.sign(&mtls.issuing.parameters, &mtls.issuing.key);
    mtls.write("trusted.pem", &[&renewed, &mtls.root.certificate]);
    mtls.scratch.mwallet("create w.p12").password(PASSWORD).ok();
    mtls.trust("w.p12", "trusted.pem");
    let missed = |options: &str| {
        let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
        let probed = mtls.probe(&server.address(), Some("w.p12"), "");
        let findings = probed.report["findings"].as_array().unwrap();
        findings.iter().any(|finding| finding["code"] == "chain-issuer-missing")
    };
    assert!(!missed("-cert server.pem -key server.key -cert_chain issuing.pem"));
    assert!(missed("-cert server.pem -key server.key"));
}

#[test]
fn what_is_missed_of_a_given_root_is_for_the_server_to_mend() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, "-cert server.pem -key server.key");
    let probed = mtls.probe(&server.address(), None, "--ca root.pem");
    let missing = probed.headlines("chain-issuer-missing");
    let finding = missing.finding("chain-issuer-missing");
    let message = finding["message"].as_str().unwrap();
    assert!(message.starts_with("the issuer of CN=server is missing: CN=Issuing CA"), "{message}");
    assert!(message.ends_with("the server's configuration is to be mended, not the client's"));
    assert!(finding["repair"].is_null(), "{finding:#}");
    // A repair keeps what was typed, and says what has to be put into it.
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    mtls.scratch.mwallet("create t.p12").password(PASSWORD).ok();
    mtls.trust("t.p12", "client.pem");
    mtls.scratch.write("pw", PASSWORD);
    let line = format!("probe {} --timeout 5 --ca t.p12 --ca-password-file pw", server.address());
    let repair =
        format!("repair: mwallet {line} --ca ROOT.pem\n  ROOT.pem stands for what only you");
    mtls.scratch.mwallet(&line).run().status(3).says(&repair);
}

#[test]
fn nobody_trusts_a_chain_with_a_signature_that_nobody_verified() {
    let Some(mtls) = Mtls::new() else { return };
    for line in [
        "req -x509 -newkey ed448 -nodes -keyout ed448.key -subj /CN=ed448 -days 900 -out ed448.pem",
        "req -new -key server.key -subj /CN=localhost -out odd.csr",
        "x509 -req -in odd.csr -CA ed448.pem -CAkey ed448.key -days 7 -set_serial 4 -out odd.pem",
    ] {
        mtls.scratch.run(&mtls.openssl, line).ok();
    }
    mtls.scratch.mwallet("create w.p12").password(PASSWORD).ok();
    mtls.trust("w.p12", "ed448.pem");
    let options = "-cert odd.pem -key server.key";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
    let probed = mtls.probe(&server.address(), Some("w.p12"), "");
    assert_eq!(probed.report["trusted_by_wallet"], false, "{:#}", probed.report);
    assert_eq!(probed.finding("signature-unsupported")["severity"], "error");
}

#[test]
fn chain_is_reported_where_the_handshake_fails_after_it() {
    let Some(mtls) = Mtls::new() else { return };
    let line = "req -x509 -newkey rsa:1024 -nodes -keyout short.key -out short.pem -days 30 \
                -subj /CN=localhost -addext subjectAltName=DNS:localhost";
    mtls.scratch.run(&mtls.openssl, line).ok();
    let options = "-cert short.pem -key short.key -cipher DEFAULT@SECLEVEL=0";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
    let probed = mtls.probe(&server.address(), None, "").headlines("anchor-not-trusted");
    assert_eq!(probed.report["presented"][0]["subject"], "CN=localhost");
    assert_eq!(probed.finding("weak-key")["certificate"], probed.report["presented"][0]["sha256"]);
    let said = probed.finding("tls-failed")["message"].as_str().unwrap();
    assert!(said.contains("rsa:1024"), "{said}");
}

#[test]
fn what_is_not_spoken_here_is_said() {
    let Some(mtls) = Mtls::new() else { return };
    let old = "-cert server.pem -key server.key -cipher DEFAULT@SECLEVEL=0 -tls1_1";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, old);
    mtls.probe(&server.address(), None, "").headlines("tls-version");
    let line = "req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -subj /CN=localhost";
    mtls.scratch.run(&mtls.openssl, line).ok();
    let fixed = "-cert rsa.pem -key rsa.key -tls1_2 -cipher AES256-SHA";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, fixed);
    let probed = mtls.probe(&server.address(), None, "").headlines("tls-alert");
    let said = probed.finding("tls-alert")["message"].as_str().unwrap();
    assert!(said.contains("ECDHE only"), "{said}");
    let line = format!("add-trusted w.p12 --from-host {}", server.address());
    let error = mtls.scratch.mwallet(&line).fails(7, "tls-failed");
    assert!(error["message"].as_str().unwrap().contains("handshake_failure"), "{error}");
}

#[test]
fn java_server_refuses_in_words_of_its_own() {
    let (Some(mtls), Some(java)) = (Mtls::new(), server::java()) else { return };
    mtls.p12("server", "-certfile chain.pem");
    mtls.scratch
        .mwallet("export client.p12 --to p12 --trust-only --out trusted.p12")
        .password(PASSWORD)
        .out_password(PASSWORD)
        .ok();
    let server = Server::java(&mtls.scratch, &java, "server.p12", "trusted.p12", PASSWORD);
    mtls.client("stranger", &Ca::root("Elsewhere"), |_| {});
    for version in ["1.2", "1.3"] {
        let tls = format!("--tls {version}");
        let probed = mtls.probe(&server.address(), Some("client.p12"), &tls);
        probed.is_well();
        assert_eq!(probed.choice("client", "java-sunx509"), "sent");
        // It names its CAs, so nobody would send this one; sent all the same, it is refused.
        let probed = mtls.probe(&server.address(), Some("stranger.p12"), &tls);
        assert_eq!(probed.choice("stranger", "java-sunx509"), "client-issuer-not-named");
        assert_eq!(probed.headline(), "client-issuer-not-named");
        let tls = format!("{tls} --alias stranger");
        let probed =
            mtls.probe(&server.address(), Some("stranger.p12"), &tls).headlines("tls-alert");
        assert_eq!(probed.report["alert"]["name"], "certificate_unknown", "{:#}", probed.report);
    }
}

#[test]
fn chain_of_a_java_store_is_the_one_that_stands_with_the_key() {
    let Some(mtls) = Mtls::new() else { return };
    let options = format!("{WHOLE} -CAfile root.pem -Verify 5 -verify_return_error");
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, &options);
    let Some(keytool) = support::peers::keytools().pop() else { return };
    mtls.p12("client", ""); // the leaf alone with its key
    mtls.trust("client.p12", "root.pem");
    let secret = format!("-srcstorepass {PASSWORD} -deststorepass {PASSWORD}");
    for (source, kind, target) in
        [("client.p12", "JKS", "client.jks"), ("client.jks", "PKCS12", "same.p12")]
    {
        let line = format!(
            "-importkeystore -noprompt -srckeystore {source} -destkeystore {target} \
             -deststoretype {kind} {secret}"
        );
        mtls.scratch.run(&keytool, &line).ok();
        mtls.trust(target, "root.pem");
        // Where nobody has the intermediate it is to be put to the key, which helps whoever reads the store.
        let stores = if kind == "JKS" { &[source, target][..] } else { &[] };
        for store in stores {
            let probed = mtls.probe(&server.address(), Some(store), "");
            let repair = probed.headlines("chain-issuer-missing").repair("chain-issuer-missing");
            let command = format!("mwallet check {store} --fix --from FILE");
            assert!(repair.starts_with(&command), "{repair}");
            let copy = format!("copy-of-{store}");
            mtls.scratch.write(&copy, mtls.scratch.read(store));
            mtls.repair(&repair.replace(store, &copy).replace("FILE", "issuing.pem")).ok();
            mtls.probe(&server.address(), Some(&copy), "").is_well();
        }
        mtls.trust(target, "issuing.pem");
        // What Java itself makes of the store: the length of the chain that it would send.
        let line = format!("-list -v -keystore {target} -storepass {PASSWORD} -alias client");
        let length = if kind == "JKS" { 1 } else { 3 };
        let expected = format!("Certificate chain length: {length}");
        mtls.scratch.run(&keytool, &line).ok().says(&expected);
        let probed = mtls.probe(&server.address(), Some(target), "");
        let java = if kind == "JKS" { "chain-issuer-missing" } else { "sent" };
        assert_eq!(probed.choice("client", "java-sunx509"), java);
        assert_eq!(probed.choice("client", "oracle"), "sent");
        if kind == "PKCS12" {
            probed.is_well();
        }
    }
    let probed = mtls.probe(&server.address(), Some("client.jks"), "");
    let probed = probed.headlines("chain-issuer-missing");
    let missing = probed.finding("chain-issuer-missing");
    assert_eq!(missing["severity"], "error");
    // With the issuer beside the key Java sends it, too.
    let repair = missing["repair"].as_str().unwrap();
    assert!(repair.starts_with("mwallet check client.jks --fix --password-"), "{repair}");
    // For a program of Java's it is no secret before a server asks.
    let check = |options: &str| {
        mtls.scratch.mwallet(&format!("check client.jks {options}")).password(PASSWORD)
    };
    let (report, status) = check("--for tomcat --purpose client").report();
    assert_eq!(
        (status, report["headline"]["code"].as_str()),
        (Some(3), Some("chain-issuer-missing"))
    );
    let repair_of_check = report["findings"][0]["repair"].as_str().unwrap();
    assert!(repair_of_check.starts_with("mwallet check client.jks --fix"), "{report:#}");
    mtls.repair(repair).ok();
    check("--for tomcat --purpose client").ok();
    let probed = mtls.probe(&server.address(), Some("client.jks"), "");
    probed.is_well();
    assert_eq!(probed.choice("client", "java-sunx509"), "sent");
}

#[test]
fn nginx_that_refuses_by_http_is_understood() {
    let (Some(mtls), Some(nginx)) = (Mtls::new(), support::peers::nginx()) else { return };
    let whole = mtls.scratch.text("server.pem") + &mtls.scratch.text("chain.pem");
    mtls.scratch.write("whole.pem", whole);
    let server = Server::nginx(
        &mtls.scratch,
        &nginx,
        "ssl_certificate whole.pem; ssl_certificate_key server.key;\n\
         ssl_client_certificate root.pem; ssl_verify_client on; ssl_verify_depth 4;",
    );
    mtls.client("old", &mtls.issuing, |parameters| {
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(2021, 1, 1);
    });
    let probed = mtls.probe(&server.address(), Some("old.p12"), "").headlines("cert-expired");
    let said = &probed.finding("tls-alert")["evidence"]["http"];
    assert!(said.as_str().unwrap().contains("SSL certificate error"), "{said}");
    mtls.probe(&server.address(), Some("client.p12"), "").is_well();
}

#[test]
fn lists_count_for_the_certificate_of_the_client_as_well() {
    let (Some(mtls), Some(nginx)) = (Mtls::new(), support::peers::nginx()) else { return };
    let text = |part: &str| mtls.scratch.text(part);
    mtls.scratch.write("whole.pem", text("server.pem") + &text("chain.pem"));
    for (ca, revoked) in [(&mtls.root, ""), (&mtls.issuing, "--revoke client.pem:keyCompromise")] {
        mtls.scratch.write("ca.key", ca.key.serialize_pem());
        mtls.write("ca.crt", &[&ca.certificate]);
        mtls.scratch.write("ca.pem", text("ca.key") + &text("ca.crt"));
        let create = format!("crl create --ca ca.pem --out one.crl --force {revoked}");
        mtls.scratch.mwallet(&create).ok();
        let before = if mtls.scratch.exists("all.crl") { text("all.crl") } else { String::new() };
        mtls.scratch.write("all.crl", before + &text("one.crl"));
    }
    let server = Server::nginx(
        &mtls.scratch,
        &nginx,
        "ssl_certificate whole.pem; ssl_certificate_key server.key; ssl_crl all.crl;\n\
         ssl_client_certificate root.pem; ssl_verify_client on; ssl_verify_depth 4;",
    );
    mtls.probe(&server.address(), Some("client.p12"), "").headlines("tls-alert");
    let probed = mtls.probe(&server.address(), Some("client.p12"), "--crl all.crl");
    let probed = probed.headlines("crl-revoked");
    assert_eq!(probed.finding("crl-revoked")["entry"], "client");
    // That there is no list of the client's CA is no complaint: they may be meant for the server.
    mtls.client("other", &mtls.root, |_| {});
    let probed = mtls.probe(&server.address(), Some("other.p12"), "--crl one.crl");
    probed.is_well();
    let findings = probed.report["findings"].as_array().unwrap();
    let of_client = |one: &&Value| one["code"] == "crl-missing" && one["entry"] == "other";
    assert_eq!(findings.iter().find(of_client), None);
}

#[test]
fn trust_flags_that_are_in_force_count_in_every_verdict() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    mtls.scratch
        .write("full.pem", mtls.scratch.text("server.pem") + &mtls.scratch.text("issuing.pem"));
    mtls.scratch.mwallet("create w").password(PASSWORD).ok();
    let is_well = [
        ("SERVER_AUTH", true),
        ("CLIENT_AUTH", false),
        ("NULL", false),
        ("CLIENT_AUTH,SERVER_AUTH", true),
    ];
    for (flags, is_well) in is_well {
        let add = format!("add-trusted w root.pem --trust-flags {flags}");
        mtls.scratch.mwallet(&add).password(PASSWORD).ok();
        let verify = |purpose: &str| {
            let line = format!("verify full.pem --ca w --purpose {purpose}");
            let (report, status) = mtls.scratch.mwallet(&line).password(PASSWORD).report();
            (report["headline"]["code"].clone(), status)
        };
        let code = if is_well { Value::Null } else { "anchor-not-trusted".into() };
        assert_eq!(verify("server").0, code, "{flags}");
        assert_eq!(verify("any").1, Some(if flags == "NULL" { 3 } else { 0 }), "{flags}");
        let probed = mtls.probe(&server.address(), Some("w"), "");
        assert_eq!(probed.headline(), code.as_str().unwrap_or("-"), "{flags}");
        let line = "check w --for oracle-utl-http";
        let report = mtls.scratch.mwallet(line).password(PASSWORD).json();
        assert_eq!(report["headline"]["code"], code, "{flags}");
        if !is_well {
            let repair = probed.repair("anchor-not-trusted");
            assert!(repair.contains("add-trusted w FILE --trust-flags SERVER_AUTH"), "{repair}");
        }
    }
}

#[test]
fn certificate_of_version_1_is_reported_in_both_versions() {
    let Some(mtls) = Mtls::new() else { return };
    for line in [
        "req -new -newkey rsa:2048 -nodes -keyout v1.key -subj /CN=localhost -out v1.csr",
        "x509 -req -in v1.csr -signkey v1.key -days 30 -out v1.pem",
    ] {
        mtls.scratch.run(&mtls.openssl, line).ok();
    }
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, "-cert v1.pem -key v1.key");
    for version in ["1.2", "1.3"] {
        let options = format!("--tls {version}");
        let probed = mtls.probe(&server.address(), None, &options).headlines("anchor-not-trusted");
        assert_eq!(probed.report["presented"][0]["subject"], "CN=localhost");
        assert_eq!(probed.finding("san-missing")["evidence"]["common_name"], "localhost");
    }
}

#[test]
fn address_of_ipv6_is_asked_and_found_in_the_certificate() {
    let Some(mtls) = Mtls::new() else { return };
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        support::loudly("absent: IPv6 on loopback; its part is not tested");
        return;
    }
    mtls.leaf("six", &mtls.issuing, |parameters| {
        parameters.subject_alt_names = vec![rcgen::SanType::IpAddress("::1".parse().unwrap())];
    });
    let options = "-cert six.pem -key six.key -cert_chain chain.pem";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
    let listener = std::net::TcpListener::bind("[::1]:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let behind = server.port;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || forward(stream, behind));
        }
    });
    let address = format!("[::1]:{port}");
    let probed = mtls.probe(&address, Some("client.p12"), "");
    probed.is_well();
    assert_eq!(probed.report["server"]["address"], address);
}

#[test]
fn every_protocol_changes_to_tls() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    let behind = server.port;
    let smtp = fake(move |mut stream| {
        say(&mut stream, b"220 mail.acme.example ESMTP\r\n");
        assert!(read_until(&mut stream, b"\r\n").starts_with(b"EHLO "));
        say(&mut stream, b"250-mail.acme.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n");
        assert_eq!(read_until(&mut stream, b"\r\n"), b"STARTTLS\r\n");
        say(&mut stream, b"220 go ahead\r\n");
        forward(stream, behind);
    });
    let imap = fake(move |mut stream| {
        say(&mut stream, b"* OK IMAP4rev1 ready\r\n");
        assert_eq!(read_until(&mut stream, b"\r\n"), b"a1 STARTTLS\r\n");
        say(&mut stream, b"a1 OK begin TLS\r\n");
        forward(stream, behind);
    });
    let postgres = fake(move |mut stream| {
        assert_eq!(read_until(&mut stream, b"\x04\xd2\x16\x2f"), b"\0\0\0\x08\x04\xd2\x16\x2f");
        say(&mut stream, b"S");
        forward(stream, behind);
    });
    let ldap = fake(move |mut stream| {
        let heard = read_until(&mut stream, b"1.3.6.1.4.1.1466.20037");
        assert_eq!(heard[..2], [0x30, u8::try_from(heard.len() - 2).unwrap()]);
        say(&mut stream, b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00");
        forward(stream, behind);
    });
    for (name, port) in [("smtp", smtp), ("imap", imap), ("postgres", postgres), ("ldap", ldap)] {
        let address = format!("localhost:{port}");
        let probed = mtls.probe(&address, Some("client.p12"), &format!("--starttls {name}"));
        probed.is_well();
        assert_eq!(probed.report["server"]["starttls"], name);
    }
}

#[test]
fn postgres_is_asked_in_its_own_protocol() {
    let (Some(mtls), Some(postgres)) = (Mtls::new(), support::peers::postgres()) else { return };
    mtls.scratch
        .write("whole.pem", mtls.scratch.text("server.pem") + &mtls.scratch.text("chain.pem"));
    let server = Server::postgres(&mtls.scratch, &postgres);
    mtls.client("stranger", &Ca::root("Elsewhere"), |_| {});
    for version in ["1.2", "1.3"] {
        let options = format!("--starttls postgres --tls {version}");
        let probed = mtls.probe(&server.address(), Some("client.p12"), &options);
        assert_eq!(probed.report["verdict"], "ok", "{:#}", probed.report);
        assert_eq!(probed.report["server"]["version"], version);
        assert_eq!(probed.report["client_certificate"]["sent"], "client");
        assert_eq!(probed.report["client_certificate"]["authorities"][0], "CN=Root");
        let options = format!("{options} --alias stranger");
        let probed = mtls.probe(&server.address(), Some("stranger.p12"), &options);
        assert_eq!(probed.report["alert"]["name"], "unknown_ca", "{:#}", probed.report);
    }
    // Without the dialogue it takes the handshake for a message of its own.
    fails(&mtls.scratch, server.port, "", "tls-failed");
}

// Servers that fail, or mean harm.

/// A probe that cannot report, with little memory: status 7 and this code.
#[track_caller]
fn fails(scratch: &Scratch, port: u16, options: &str, code: &str) -> String {
    let line = format!("probe 127.0.0.1:{port} --timeout 2s --json {options}");
    let done = run(&mut bounded(&scratch.mwallet(&line)), b"").status(7);
    let text = done.err();
    let object = text.find('{').map_or("", |start| &text[start..]); // a warning may come before it
    let error: Value = serde_json::from_str(object).unwrap();
    assert_eq!(error["error"]["code"], code, "{}", done.story());
    let message = error["error"]["message"].as_str().unwrap().to_owned();
    let server = format!("127.0.0.1:{port}");
    assert!(message.starts_with(&server), "{message}");
    assert_eq!(error["error"]["details"]["server"], server, "{error}");
    message
}

/// The call in 128 MiB of addresses, program and stacks included.
fn bounded(call: &Mwallet) -> std::process::Command {
    call.command_under(&["bash", "-c", "ulimit -v 131072; exec \"$0\" \"$@\""].map(AsRef::as_ref))
}

#[test]
fn what_cannot_be_asked_is_a_usage_error() {
    let scratch = Scratch::new();
    for zero in ["0", "0s", "0ms"] {
        let call = scratch.mwallet("probe 127.0.0.1:1 --timeout").arg(zero);
        call.fails(2, "usage");
    }
    for name in ["a b", "a..b", "-x", "", "\u{e4}.de", "999.1.1.1"] {
        let call = scratch.mwallet("probe 127.0.0.1:1").arg(format!("--servername={name}"));
        call.fails(2, "usage");
        scratch.mwallet("probe --").arg(format!("{name}:1")).run().status(2);
    }
}

#[test]
fn what_cannot_be_reached_is_status_7() {
    let scratch = Scratch::new();
    fails(&scratch, server::free_port(), "", "network-unreachable");
    scratch.mwallet("probe nobody.invalid:443").fails(7, "network-unreachable");
    scratch.mwallet("probe [nonsense]:443").fails(2, "usage");
    let url = format!("https://127.0.0.1:{}/index.html", server::free_port());
    scratch.mwallet(&format!("probe {url}")).fails(7, "network-unreachable");
    scratch.mwallet("probe ldaps://127.0.0.1").run().status(2).says("only those with https://");
}

#[test]
fn server_that_stalls_is_given_up() {
    let scratch = Scratch::new();
    let quiet = || {
        fake(|stream| {
            thread::sleep(Duration::from_secs(60));
            drop(stream);
        })
    };
    let message = fails(&scratch, quiet(), "", "network-timeout");
    assert!(message.contains("2 s during the handshake"), "{message}");
    let message = fails(&scratch, quiet(), "--starttls smtp", "network-timeout");
    assert!(message.contains("to the request for TLS"), "{message}");
    // One that keeps the connection alive by single bytes gets no longer.
    let slow = fake(|mut stream| {
        for _ in 0..600 {
            say(&mut stream, b"2");
            thread::sleep(Duration::from_millis(100));
        }
    });
    fails(&scratch, slow, "--starttls smtp", "network-timeout");
}

#[test]
fn garbage_and_an_early_end_are_told_apart_from_a_refusal() {
    let scratch = Scratch::new();
    let garbage = fake(|mut stream| say(&mut stream, &b"SSH-2.0-OpenSSH_9.2\r\n".repeat(1000)));
    let message = fails(&scratch, garbage, "", "tls-failed");
    assert!(message.contains("not TLS"), "{message}");
    fails(&scratch, garbage, "--starttls imap", "starttls-failed");
    // The S of SSH is PostgreSQL's yes; what follows is no TLS.
    fails(&scratch, garbage, "--starttls postgres", "tls-failed");
    fails(&scratch, fake(drop), "", "tls-failed");
    fails(&scratch, fake(drop), "--starttls ldap", "tls-failed");
    // In the middle of the handshake.
    let half = fake(|mut stream| {
        read_record(&mut stream);
        say(&mut stream, &SERVER_HELLO);
    });
    fails(&scratch, half, "", "tls-failed");
}

/// A record with the `ServerHello` of TLS 1.2, `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`, no session,
/// no extensions.
const SERVER_HELLO: [u8; 47] = {
    let mut record = [0x5a; 47];
    let head = [22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3];
    let tail = [0, 0xc0, 0x2b, 0];
    let mut at = 0;
    while at < head.len() {
        record[at] = head[at];
        at += 1;
    }
    at = 0;
    while at < tail.len() {
        record[43 + at] = tail[at];
        at += 1;
    }
    record
};

fn read_record(stream: &mut TcpStream) {
    use std::io::Read as _;
    let mut head = [0; 5];
    if stream.read_exact(&mut head).is_ok() {
        let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        let _ = stream.read_exact(&mut body);
    }
}

#[test]
fn certificate_of_ten_megabytes_is_refused_by_its_length() {
    let scratch = Scratch::new();
    let huge = fake(|mut stream| {
        read_record(&mut stream);
        say(&mut stream, &SERVER_HELLO);
        // certificate: 10,000,000 bytes, a list of three less, one certificate of three less again
        let head = [11, 0x98, 0x96, 0x80, 0x98, 0x96, 0x7d, 0x98, 0x96, 0x7a];
        let mut fragment = head.to_vec();
        fragment.resize(16_000, 0x30);
        for _ in 0..625 {
            say(&mut stream, &[22, 3, 3, 0x3e, 0x80]);
            say(&mut stream, &fragment);
            fragment.fill(0x30);
        }
    });
    let message = fails(&scratch, huge, "", "tls-failed");
    assert!(message.contains("more than 65535 bytes"), "{message}");
}

#[test]
fn chain_of_a_hundred_certificates_is_reported_within_the_time() {
    let Some(mtls) = Mtls::new() else { return };
    // All of them, or every second, could be the issuer by its name.
    for every in [1, 2] {
        let name = |number| if number % every == 0 { "Issuing CA" } else { "Another" };
        let strangers: Vec<Ca> = (0..100).map(|number| Ca::root(name(number))).collect();
        let certificates: Vec<&Certificate> = strangers.iter().map(|ca| &ca.certificate).collect();
        mtls.write("many.pem", &certificates);
        let options = "-cert server.pem -key server.key -cert_chain many.pem";
        let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
        let line = format!("probe {} --wallet client.p12 --json", server.address());
        let done =
            run(&mut bounded(&mtls.scratch.mwallet(&line).password(PASSWORD)), b"").status(3);
        let report: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(report["headline"]["code"], "chain-issuer-missing", "{report:#}");
        assert_eq!(report["presented"].as_array().unwrap().len(), 101);
    }
}

// Trusting what a server presents.

#[test]
fn server_is_trusted_by_pin_only_and_never_its_leaf() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    let from = |wallet: &str, options: &str| {
        let address = server.address();
        let line = format!("add-trusted {wallet} --from-host {address} {options}");
        mtls.scratch.mwallet(&line).password(PASSWORD)
    };
    for wallet in ["w", "w.p12"] {
        mtls.scratch.mwallet(&format!("create {wallet}")).password(PASSWORD).ok();
        let before = mtls.scratch.picture(wallet);
        let error = from(wallet, "").fails(6, "confirmation-required");
        let told = from(wallet, "").run().status(6).err();
        assert!(!told.contains("\\u{") && told.contains("\n  CN=Root\n"), "{told}");
        let pin = error["details"]["pin"].as_str().unwrap().to_owned();
        assert_eq!(pin, format!("sha256:{}", mtls.root.certificate.fingerprint()));
        assert!(error["hint"].as_str().unwrap().ends_with(&pin), "{error}");
        // Yes to everything is no answer to whom to trust.
        let error = from(wallet, "--yes").fails(6, "confirmation-required");
        assert!(error["message"].as_str().unwrap().starts_with("--yes does not say"), "{error}");
        let leaf = bundle::read(&mtls.scratch.read("server.pem"), &Opening::with(None)).unwrap();
        let of_leaf = leaf.certificates[0].fingerprint();
        from(wallet, &format!("--pin {of_leaf}")).fails(6, "pin-mismatch");
        from(wallet, "--dry-run").ok().says(": CN=Root (sha256:");
        mtls.scratch.assert_unchanged(wallet, &before);
        let done = from(wallet, &format!("--pin {pin}")).ok();
        assert!(!done.out().contains("CN=server"), "{}", done.story());
        done.says(": CN=Root (sha256:").says(": CN=Issuing CA (sha256:");
        from(wallet, &format!("--pin {pin}")).ok().says("already trusted");
    }
}

#[test]
fn roots_of_the_machine_are_added() {
    let scratch = Scratch::new();
    let (one, other) = (Ca::root("One"), Ca::root("Other"));
    let roots = pem::encode_certificates(&[&one.certificate, &other.certificate], false);
    scratch.write("roots.pem", roots);
    scratch.mwallet("create w").password(PASSWORD).ok();
    let add = |file: &str| {
        let add = scratch.mwallet("add-trusted w --system").password(PASSWORD);
        let mut command = add.command();
        command.env("SSL_CERT_FILE", file);
        run(&mut command, b"")
    };
    add("absent.pem").status(1).says("there is no absent.pem").says("no roots");
    add("roots.pem").ok().says("added: CN=One").says("added: CN=Other");
    scratch.mwallet("add-trusted w roots.pem --system").password(PASSWORD).fails(2, "usage");
}

#[test]
fn pin_of_an_intermediate_trusts_nothing_above_it() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    mtls.scratch.mwallet("create w.p12").password(PASSWORD).ok();
    let pin = mtls.issuing.certificate.fingerprint();
    let line = format!("add-trusted w.p12 --from-host {} --pin {pin}", server.address());
    let done = mtls.scratch.mwallet(&line).password(PASSWORD).ok().says("added as Issuing CA: CN=");
    assert!(!done.out().contains("CN=Root"), "{}", done.story());
}

#[test]
fn root_that_the_server_presents_is_missed_in_an_oracle_wallet() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    for wallet in ["w", "w.p12"] {
        mtls.scratch.mwallet(&format!("create {wallet}")).password(PASSWORD).ok();
        mtls.trust(wallet, "issuing.pem");
    }
    let probed = mtls.probe(&server.address(), Some("w"), "");
    let finding = probed.finding("chain-issuer-missing");
    assert_eq!(finding["severity"], "error");
    assert!(finding["message"].as_str().unwrap().contains("ORA-29024"), "{finding}");
    mtls.repair_with_pin(&probed.repair("chain-issuer-missing"));
    assert_ne!(mtls.probe(&server.address(), Some("w"), "").headline(), "chain-issuer-missing");
    // Java's clients end the path where they trust.
    assert_ne!(mtls.probe(&server.address(), Some("w.p12"), "").headline(), "chain-issuer-missing");
}

#[test]
fn missing_root_is_named_and_a_lonely_leaf_is_not_trusted() {
    let Some(mtls) = Mtls::new() else { return };
    mtls.scratch.mwallet("create w.p12").password(PASSWORD).ok();
    let from = |server: &Server, options: &str| {
        let line = format!("add-trusted w.p12 --from-host {} {options}", server.address());
        mtls.scratch.mwallet(&line).password(PASSWORD)
    };
    let options = "-cert server.pem -key server.key -cert_chain issuing.pem";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
    let pin = mtls.issuing.certificate.fingerprint();
    from(&server, &format!("--pin {pin}")).ok().says("does not present the root, CN=Root");
    let options = "-cert server.pem -key server.key";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
    let error = from(&server, "--allow-leaf").fails(6, "chain-issuer-missing");
    assert!(error["message"].as_str().unwrap().contains("CN=Issuing CA"), "{error}");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.starts_with("mwallet add-trusted w.p12 ISSUER.pem"), "{error}");
}

#[test]
fn report_for_people_says_what_the_server_wants() {
    let Some(mtls) = Mtls::new() else { return };
    let options = format!("{WHOLE} -CAfile root.pem -verify 5");
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, &options);
    let line = format!("probe {} --wallet client.p12", server.address());
    mtls.scratch
        .mwallet(&line)
        .password(PASSWORD)
        .ok()
        .says("issued below a CA of the wallet: yes\n")
        .says("asks for a client certificate of one of these CAs, and goes on without one")
        .says("Java (SunX509) sends it")
        .says("the server took it");
    let probed = Probed::of(mtls.scratch.mwallet(&line).password(PASSWORD));
    assert_eq!(probed.report["client_certificate"]["required"], false);
}

#[test]
fn what_is_wrong_with_the_client_is_not_marked_on_the_server() {
    let Some(mtls) = Mtls::new() else { return };
    let options = format!("{WHOLE} -CAfile root.pem -verify 5");
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, &options);
    // The certificate of the server, without the issuer that a client would send with it.
    mtls.p12("server", "");
    mtls.trust("server.p12", "root.pem");
    let line = format!("probe {} --wallet server.p12", server.address());
    let done = mtls.scratch.mwallet(&line).password(PASSWORD).run();
    let done = done.says("(chain-issuer-missing)");
    let out = done.out();
    let marks = out.lines().filter_map(|line| line.split_once("[leaf, ")).map(|(_, rest)| rest);
    assert_eq!(marks.clone().count(), 1, "{}", done.story());
    assert!(!marks.clone().any(|rest| rest.contains("chain-issuer-missing")), "{}", done.story());
}

#[test]
fn repair_of_a_pem_file_can_be_made() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    let bundle = ["client.key", "client.pem"].map(|part| mtls.scratch.text(part)).concat();
    mtls.scratch.write("bare.pem", bundle);
    let probed = mtls.probe(&server.address(), Some("bare.pem"), "");
    assert_eq!(probed.finding("anchor-not-trusted")["repair"], "cat ISSUER.pem >> bare.pem");
}

#[test]
fn text_with_the_certificate_of_another_key_is_no_pair_for_a_client() {
    let Some(mtls) = Mtls::new() else { return };
    let options = format!("{WHOLE} -CAfile root.pem -verify 5");
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, &options);
    mtls.leaf("other", &mtls.issuing, |_| {});
    let file = |name: &str, parts: &[&str]| {
        let text: String = parts.iter().map(|part| mtls.scratch.text(part)).collect();
        mtls.scratch.write(name, text);
        mtls.probe(&server.address(), Some(name), "--ca root.pem")
    };
    file("k.pem", &["client.key", "other.pem", "issuing.pem"]).headlines("key-mismatch");
    let probed = file("mess.pem", &["client.key", "issuing.pem", "client.pem", "root.pem"]);
    assert_eq!(probed.finding("chain-disordered")["severity"], "warning");
}

#[test]
fn somebody_at_a_terminal_is_asked_and_no_means_no() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    mtls.scratch.mwallet("create w.p12").password(PASSWORD).ok();
    for (key, status, entries) in [("n", 6, 0), ("y", 0, 2)] {
        let script = format!(
            "cd '{}'; '{}' add-trusted w.p12 --from-host {} --password-env P; echo status $?",
            mtls.scratch.path().display(),
            support::run::mwallet_path().display(),
            server.address()
        );
        let mut command = std::process::Command::new("bash");
        command.arg("-c").arg(script).env("TERM", "xterm").env("P", PASSWORD);
        let mut terminal = rexpect::session::spawn_command(command, Some(20_000)).unwrap();
        let shown = terminal.exp_string("trust them").unwrap();
        assert!(shown.contains(&mtls.root.certificate.fingerprint().to_string()), "{shown}");
        thread::sleep(Duration::from_millis(300));
        terminal.send(key).unwrap();
        terminal.flush().unwrap();
        let said = terminal.exp_string(&format!("status {status}")).unwrap();
        assert_eq!(said.contains("--pin sha256:"), key == "n", "{said}");
        let listed = mtls.scratch.mwallet("list w.p12").password(PASSWORD).json();
        assert_eq!(listed["entries"].as_array().unwrap().len(), entries, "{key}: {listed}");
    }
}
