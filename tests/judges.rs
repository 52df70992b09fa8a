//! Libraries that had no part in writing them read our stores, requests, signatures and chains.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};
use rcgen::{CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use std::time::Duration;
use support::authority::{Authority, CaKeys};
use support::job::{NAME, PASSWORD, certified, pending};
use support::peers;
use support::scratch::Scratch;
use time::OffsetDateTime;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::{FromDer as _, X509Certificate};

#[test]
fn p12_keystore_reads_our_stores() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    // A store file: there, intermediates belong to the key's chain and the root is trusted. p12-keystore
    // leaves trusted certificates out of chains.
    certified(&scratch, &ca, "w.p12", "rsa:2048");
    for profile in ["modern", "compat"] {
        let file = format!("{profile}.p12");
        scratch
            .mwallet(&format!("export w.p12 --to p12 --profile {profile} --out {file}"))
            .password(PASSWORD)
            .out_password("Extern12")
            .ok();
        let store =
            KeyStore::from_pkcs12(&scratch.read(&file), "Extern12", Pkcs12ImportPolicy::Strict)
                .unwrap();
        let (alias, chain) = store.private_key_chain().unwrap();
        assert_eq!(alias, "app", "{profile}");
        assert_eq!(chain.certs().len(), 2, "{profile}: leaf, intermediate");
        assert!(chain.certs()[0].subject().contains("CN=app"), "{profile}");
        let trusted = store
            .entries()
            .filter(|(_, entry)| matches!(entry, KeyStoreEntry::Certificate(_)))
            .count();
        assert_eq!(trusted, 1, "{profile}: the root");
        assert!(
            KeyStore::from_pkcs12(&scratch.read(&file), "wrong", Pkcs12ImportPolicy::Strict)
                .is_err()
        );
    }
}

/// A CA of rcgen's, as PEM, with what signs.
fn rcgen_authority(scratch: &Scratch) -> Issuer<'static, KeyPair> {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Judge CA");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    scratch.write("judge.pem", params.self_signed(&key).unwrap().pem());
    Issuer::new(params, key)
}

#[test]
fn rcgen_reads_our_requests_and_its_reply_comes_back() {
    for key in ["rsa:2048", "ec:p256", "ec:p384", "ed25519"] {
        let scratch = Scratch::new();
        let issuer = rcgen_authority(&scratch);
        scratch.mwallet("create w").password(PASSWORD).ok();
        scratch
            .mwallet(&format!("csr w --dn CN=app,O=Acme --key {key} --out w.csr"))
            .args("--san dns:app.example,ip:192.0.2.7 --eku client,server")
            .password(PASSWORD)
            .ok();
        // Reading verifies the signature, too.
        let request = CertificateSigningRequestParams::from_pem(&scratch.text("w.csr")).unwrap();
        let names = &request.params.distinguished_name;
        let common_name = names.get(&DnType::CommonName).unwrap();
        assert!(format!("{common_name:?}").contains("app"), "{common_name:?}");
        assert_eq!(request.params.subject_alt_names.len(), 2);
        assert_eq!(request.params.extended_key_usages.len(), 2);

        scratch.write("w.pem", request.signed_by(&issuer).unwrap().pem());
        scratch.mwallet("import-user w w.pem judge.pem --trust-root").password(PASSWORD).ok();
        scratch.mwallet("check w").password(PASSWORD).ok();
    }
}

#[test]
fn rcgen_has_one_value_a_type_where_our_request_has_all() {
    // Why rcgen is a judge and not the writer: its name is a map.
    let scratch = Scratch::new();
    pending(&scratch, "w", "ec:p256");
    let pem = pem::parse(scratch.text("w.csr")).unwrap();
    let (_, ours) = X509CertificationRequest::from_der(pem.contents()).unwrap();
    assert_eq!(ours.certification_request_info.subject.iter().count(), NAME.split(',').count());
    let theirs = CertificateSigningRequestParams::from_der(&pem.contents().into()).unwrap();
    assert_eq!(theirs.params.distinguished_name.iter().count(), 3, "CN, OU, DC");
}

/// What ring verifies the signatures of a key with; it has no P-521.
fn ring_algorithm(key: &str) -> &'static dyn VerificationAlgorithm {
    match key {
        "ec:p256" => &ECDSA_P256_SHA256_ASN1,
        "ec:p384" => &ECDSA_P384_SHA384_ASN1,
        "ed25519" => &ED25519,
        _ => &RSA_PKCS1_2048_8192_SHA256,
    }
}

#[test]
fn ring_verifies_our_requests_and_self_signed_certificates() {
    for key in ["rsa:2048", "rsa:3072", "rsa:4096", "ec:p256", "ec:p384", "ed25519"] {
        let scratch = Scratch::new();
        scratch.mwallet("create w").password(PASSWORD).ok();
        let csr = |options: &str| {
            scratch
                .mwallet(&format!("csr w --dn CN=x --key {key} {options}"))
                .password(PASSWORD)
                .ok();
        };
        csr("--alias asked --out x.csr");
        let pem = pem::parse(scratch.text("x.csr")).unwrap();
        let (rest, request) = X509CertificationRequest::from_der(pem.contents()).unwrap();
        assert!(rest.is_empty());
        let info = &request.certification_request_info;
        let public = &info.subject_pki.subject_public_key.data;
        UnparsedPublicKey::new(ring_algorithm(key), public)
            .verify(info.raw, &request.signature_value.data)
            .unwrap_or_else(|_| panic!("{key}: ring does not verify the request"));

        csr("--alias made --self-signed --days 30");
        scratch.mwallet("export w --alias made --to der --out made.der").password(PASSWORD).ok();
        let der = scratch.read("made.der");
        let (rest, certificate) = X509Certificate::from_der(&der).unwrap();
        assert!(rest.is_empty());
        let tbs = &certificate.tbs_certificate;
        UnparsedPublicKey::new(ring_algorithm(key), &tbs.subject_pki.subject_public_key.data)
            .verify(tbs.as_ref(), &certificate.signature_value.data)
            .unwrap_or_else(|_| panic!("{key}: ring does not verify the certificate"));
        assert_eq!(tbs.version.0, 2, "version 3 is written as 2");
        assert!(tbs.raw_serial().len() >= 8, "a random serial number");
    }
}

#[test]
fn webpki_finds_the_chain_that_we_export() {
    let Some(openssl) = peers::openssl() else { return };
    for (keys, key) in [(CaKeys::Rsa, "rsa:2048"), (CaKeys::Ec, "ec:p384")] {
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", keys);
        certified(&scratch, &ca, "w", key);
        let export = |options: &str| {
            scratch.mwallet(&format!("export w {options}")).password(PASSWORD).ok();
        };
        export("--to pem --no-key --alias app --out chain.pem");
        let read = |name: &str| -> Vec<CertificateDer<'static>> {
            pem::parse_many(scratch.text(name))
                .unwrap()
                .into_iter()
                .map(|block| CertificateDer::from(block.into_contents()))
                .collect()
        };
        let (chain, trusted) = (read("chain.pem"), read(&ca.root()));
        let leaf = EndEntityCert::try_from(&chain[0]).unwrap();
        let anchors: Vec<_> =
            trusted.iter().map(|root| anchor_from_trusted_cert(root).unwrap()).collect();
        let now = u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap();
        let verify = |intermediates: &[CertificateDer<'static>]| {
            leaf.verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &anchors,
                intermediates,
                UnixTime::since_unix_epoch(Duration::from_secs(now)),
                KeyUsage::client_auth(),
                None,
                None,
            )
            .map(|_| ())
        };
        assert_eq!(verify(&chain[1..]), Ok(()), "{key}");
        assert!(verify(&[]).is_err(), "{key}: the intermediate is needed");
    }
}
