//! Twelve ways in which mutual TLS is broken: what `probe` calls each, and whether the command that
//! it prints mends it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "chain/ca.rs"]
mod ca;
#[path = "support/mtls.rs"]
mod mtls;
mod support;

use ca::Ca;
use mtls::{Mtls, for_localhost};
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{
    CertificateParams, CertificateRevocationListParams, CertificateSigningRequestParams,
    ExtendedKeyUsagePurpose, Issuer, KeyIdMethod, RevokedCertParams, SerialNumber, date_time_ymd,
};
use support::job::PASSWORD;
use support::peers;
use support::server::{self, Server};

/// A server that presents its whole chain and requires a certificate of the root's.
const WHOLE: &str = "-cert server.pem -key server.key -cert_chain chain.pem \
                     -CAfile root.pem -Verify 5 -verify_return_error";

/// Certifies the request that a repair printed, imports the reply, and removes the old entry.
#[track_caller]
fn renew(mtls: &Mtls, repair: &str, ca: &Ca, wallet: &str, alias: &str) {
    mtls.repair(repair).args("--out new.csr").ok();
    let request = CertificateSigningRequestParams::from_pem(&mtls.scratch.text("new.csr")).unwrap();
    let issuer = Issuer::from_params(&ca.parameters, &ca.key);
    let mut request = request;
    request.params.use_authority_key_identifier_extension = true;
    let certificate = request.signed_by(&issuer).unwrap();
    mtls.write("new.pem", &[&ca::read(&certificate), &ca.certificate]);
    let line = format!("import-user {wallet} new.pem --allow-incomplete");
    mtls.scratch.mwallet(&line).password(PASSWORD).ok();
    mtls.scratch.mwallet(&format!("remove {wallet} {alias} --yes")).password(PASSWORD).ok();
}

#[test]
fn whole_set_up_is_well() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    for version in ["1.2", "1.3"] {
        let probed = mtls.probe(&server.address(), Some("client.p12"), &format!("--tls {version}"));
        probed.is_well();
        assert_eq!(probed.report["server"]["version"], version);
        assert_eq!(probed.report["client_certificate"]["sent"], "client");
    }
}

#[test]
fn missing_intermediate() {
    let Some(mtls) = Mtls::new() else { return };
    let options = "-cert server.pem -key server.key";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
    let probe = || mtls.probe(&server.address(), Some("client.p12"), "");
    let probed = probe().headlines("chain-issuer-missing");
    assert_eq!(probed.finding("chain-issuer-missing")["evidence"]["issuer"], "CN=Issuing CA");
    let repair = probed.repair("chain-issuer-missing").replace("FILE", "issuing.pem");
    mtls.repair(&repair).ok();
    let mended = probe();
    mended.is_well();
    // It is well for this wallet alone, and that is said.
    assert_eq!(mended.headline(), "chain-issuer-missing");
    assert_eq!(mended.finding("chain-issuer-missing")["severity"], "warning");
}

#[test]
fn unknown_root() {
    let Some(mtls) = Mtls::new() else { return };
    mtls.p12("client", "-certfile issuing.pem");
    for (chain, code) in
        [("chain.pem", "anchor-not-trusted"), ("issuing.pem", "chain-issuer-missing")]
    {
        mtls.p12("client", "-certfile issuing.pem");
        let options = format!("-cert server.pem -key server.key -cert_chain {chain}");
        let server = Server::openssl(&mtls.scratch, &mtls.openssl, &options);
        let probe = || mtls.probe(&server.address(), Some("client.p12"), "");
        let repair = probe().headlines(code).repair(code);
        let done = mtls.repair_with_pin(&repair);
        assert!(!done.out().contains("CN=server"), "{}", done.story());
        let mended = probe();
        mended.is_well();
        assert_eq!(mended.report["trusted_by_wallet"], true);
    }
}

#[test]
fn expired_client() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    mtls.client("old", &mtls.issuing, |parameters| {
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(2021, 1, 1);
    });
    for version in ["1.2", "1.3"] {
        let options = format!("--tls {version}");
        let probed =
            mtls.probe(&server.address(), Some("old.p12"), &options).headlines("cert-expired");
        assert_eq!(probed.report["alert"]["name"], "certificate_expired", "{:#}", probed.report);
        assert_eq!(probed.report["client_certificate"]["accepted"], false);
        assert_eq!(probed.choice("old", "java-sunx509"), "sent");
    }
    let repair = mtls.probe(&server.address(), Some("old.p12"), "").repair("cert-expired");
    renew(&mtls, &repair, &mtls.issuing, "old.p12", "old");
    mtls.probe(&server.address(), Some("old.p12"), "").is_well();
}

#[test]
fn wrong_extended_key_usage() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    mtls.client("shop", &mtls.issuing, |parameters| {
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let probe = || mtls.probe(&server.address(), Some("shop.p12"), "");
    let probed = probe().headlines("eku-no-client-auth");
    assert_eq!(probed.report["alert"]["name"], "unsupported_certificate", "{:#}", probed.report);
    let repair = probed.repair("eku-no-client-auth");
    renew(&mtls, &repair, &mtls.issuing, "shop.p12", "shop");
    probe().is_well();
}

#[test]
fn key_of_another_certificate() {
    let Some(mtls) = Mtls::new() else { return };
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE);
    let (own, other) = (mtls.issuing.leaf("app"), mtls.issuing.leaf("other"));
    let read = |certificate: &[u8]| Certificate::from_der(certificate).unwrap();
    let chain = PrivateKeyChain::new(
        &b"app"[..],
        PrivateKey::from_der(other.key.serialized_der()).unwrap(),
        [read(own.certificate.der()), read(mtls.issuing.certificate.der())],
    );
    let mut store = KeyStore::new();
    store.add_entry("app", KeyStoreEntry::PrivateKeyChain(chain));
    mtls.scratch.write("mixed.p12", store.writer(PASSWORD).write().unwrap());
    mtls.trust("mixed.p12", "root.pem");
    let probed =
        mtls.probe(&server.address(), Some("mixed.p12"), "--alias app").headlines("key-mismatch");
    assert_eq!(probed.report["client_certificate"]["accepted"], false, "{:#}", probed.report);
}

#[test]
fn wrong_host() {
    let Some(mtls) = Mtls::new() else { return };
    mtls.leaf("named", &mtls.issuing, |parameters| {
        parameters.subject_alt_names =
            vec![rcgen::SanType::DnsName("db.acme.example".try_into().unwrap())];
    });
    let options = "-cert named.pem -key named.key -cert_chain chain.pem";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
    let probed = mtls.probe(&server.address(), Some("client.p12"), "").headlines("host-mismatch");
    let names = &probed.finding("host-mismatch")["evidence"]["names"];
    assert_eq!(*names, serde_json::json!(["db.acme.example"]));
    // The server gets a certificate with the name, and keeps the old one.
    let repair = probed.repair("host-mismatch");
    assert_eq!(repair, "mwallet csr W --renew ALIAS --san dns:localhost,dns:db.acme.example");
    mtls.p12("named", "");
    renew(
        &mtls,
        &repair.replace('W', "named.p12").replace("ALIAS", "named"),
        &mtls.issuing,
        "named.p12",
        "named",
    );
    let line = "export named.p12 --to pem --out new-server.pem --out-no-password";
    mtls.scratch.mwallet(line).password(PASSWORD).ok();
    let options = "-cert new-server.pem -key new-server.pem -cert_chain chain.pem";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
    mtls.probe(&server.address(), Some("client.p12"), "").is_well();
    let options = "--servername db.acme.example";
    mtls.probe(&server.address(), Some("client.p12"), options).is_well();
}

#[test]
fn old_version_only() {
    let (Some(mtls), Some(nginx)) = (Mtls::new(), peers::nginx()) else { return };
    mtls.scratch
        .write("whole.pem", mtls.scratch.text("server.pem") + &mtls.scratch.text("chain.pem"));
    let server = Server::nginx(
        &mtls.scratch,
        &nginx,
        "ssl_certificate whole.pem; ssl_certificate_key server.key; ssl_protocols TLSv1.2;",
    );
    let probed =
        mtls.probe(&server.address(), Some("client.p12"), "--tls 1.3").headlines("tls-version");
    let repair = probed.repair("tls-version");
    mtls::Probed::of(mtls.repair(&repair)).is_well();
    mtls.probe(&server.address(), Some("client.p12"), "").is_well();
}

#[test]
fn no_client_certificate() {
    let (Some(mtls), Some(nginx)) = (Mtls::new(), peers::nginx()) else { return };
    mtls.scratch
        .write("whole.pem", mtls.scratch.text("server.pem") + &mtls.scratch.text("chain.pem"));
    let mut servers = vec![
        Server::openssl(&mtls.scratch, &mtls.openssl, WHOLE),
        Server::nginx(
            &mtls.scratch,
            &nginx,
            "ssl_certificate whole.pem; ssl_certificate_key server.key;\n\
             ssl_protocols TLSv1.2 TLSv1.3;\n\
             ssl_client_certificate root.pem; ssl_verify_client on; ssl_verify_depth 4;",
        ),
    ];
    if let Some(java) = server::java() {
        mtls.p12("server", "-certfile chain.pem");
        mtls.scratch
            .mwallet("export client.p12 --to p12 --trust-only --out trusted.p12")
            .password(PASSWORD)
            .out_password(PASSWORD)
            .ok();
        servers.push(Server::java(&mtls.scratch, &java, "server.p12", "trusted.p12", PASSWORD));
    }
    // A wallet that trusts the server and has no key.
    mtls.scratch.mwallet("create trust.p12").password(PASSWORD).ok();
    mtls.trust("trust.p12", "root.pem");
    for server in servers {
        for options in ["--tls 1.2", "--tls 1.3"] {
            let probed = mtls
                .probe(&server.address(), Some("trust.p12"), options)
                .headlines("client-certificate-needed");
            assert!(
                probed.repair("client-certificate-needed").starts_with("mwallet csr trust.p12")
            );
            let probed = mtls.probe(&server.address(), None, options);
            assert_eq!(
                probed.report["client_certificate"]["required"], true,
                "{:#}",
                probed.report
            );
            let repair = probed.repair("client-certificate-needed");
            let repair = repair.replace("--wallet W", "--wallet client.p12");
            mtls::Probed::of(mtls.repair(&repair)).is_well();
        }
    }
}

#[test]
fn list_of_authorities_without_ours() {
    let Some(mtls) = Mtls::new() else { return };
    let other = Ca::root("Other Root");
    mtls.write("other.pem", &[&other.certificate]);
    let server = Server::openssl(
        &mtls.scratch,
        &mtls.openssl,
        "-cert server.pem -key server.key -cert_chain chain.pem \
         -CAfile other.pem -Verify 5 -verify_return_error",
    );
    let probe = || mtls.probe(&server.address(), Some("client.p12"), "");
    let probed = probe().headlines("client-issuer-not-named");
    for client in ["java-sunx509", "java-newsunx509", "oracle"] {
        assert_eq!(probed.choice("client", client), "client-issuer-not-named");
    }
    let named = &probed.finding("client-issuer-not-named")["evidence"]["authorities"];
    assert_eq!(*named, serde_json::json!(["CN=Other Root"]));
    let repair = probed.repair("client-issuer-not-named");
    renew(&mtls, &repair, &other, "client.p12", "client");
    probe().is_well();
}

#[test]
fn self_signed_server() {
    let Some(mtls) = Mtls::new() else { return };
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters: CertificateParams = ca::named("localhost");
    for_localhost(&mut parameters);
    mtls.write("own.pem", &[&ca::read(&parameters.self_signed(&key).unwrap())]);
    mtls.scratch.write("own.key", key.serialize_pem());
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, "-cert own.pem -key own.key");
    let probe = || mtls.probe(&server.address(), Some("client.p12"), "");
    let repair = probe().headlines("anchor-not-trusted").repair("anchor-not-trusted");
    assert!(repair.contains("--allow-leaf"), "{repair}");
    let without = repair.replace(" --allow-leaf", "");
    mtls.repair(&without).fails(6, "leaf-as-trusted");
    mtls.repair_with_pin(&repair);
    probe().is_well();
}

#[test]
fn revoked_client() {
    let Some(mtls) = Mtls::new() else { return };
    let gone = mtls.client("gone", &mtls.issuing, |_| {});
    let (long_ago, far_away) = (date_time_ymd(2020, 1, 1), date_time_ymd(2090, 1, 1));
    let list = CertificateRevocationListParams {
        this_update: long_ago,
        next_update: far_away,
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: vec![RevokedCertParams {
            serial_number: SerialNumber::from_slice(gone.serial()),
            revocation_time: long_ago,
            reason_code: None,
            invalidity_date: None,
        }],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let issuer = Issuer::from_params(&mtls.issuing.parameters, &mtls.issuing.key);
    mtls.scratch.write("list.pem", list.signed_by(&issuer).unwrap().pem().unwrap());
    let server =
        Server::openssl(&mtls.scratch, &mtls.openssl, &format!("{WHOLE} -crl_check -CRL list.pem"));
    let probe = || mtls.probe(&server.address(), Some("gone.p12"), "");
    let probed = probe().headlines("crl-revoked");
    assert_eq!(probed.report["alert"]["name"], "certificate_revoked", "{:#}", probed.report);
    let repair = probed.repair("crl-revoked");
    renew(&mtls, &repair, &mtls.issuing, "gone.p12", "gone");
    probe().is_well();
}

#[test]
fn leaf_among_the_trusted() {
    let Some(mtls) = Mtls::new() else { return };
    let options = "-cert server.pem -key server.key -cert_chain chain.pem";
    let server = Server::openssl(&mtls.scratch, &mtls.openssl, options);
    mtls.scratch.mwallet("create w").password(PASSWORD).ok();
    mtls.scratch
        .mwallet("add-trusted w root.pem issuing.pem server.pem --allow-leaf")
        .password(PASSWORD)
        .ok();
    let probe = || mtls.probe(&server.address(), Some("w"), "");
    let repair = probe().headlines("leaf-as-trusted").repair("leaf-as-trusted");
    mtls.repair(&repair).ok();
    probe().is_well();
}
