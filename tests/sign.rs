//! A small CA: what it signs, others verify, and what it must not sign, it does not.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use der::asn1::{Any, AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode, Encode, Sequence, Tag, TagNumber};
use mwallet::codec::pem;
use mwallet::crypto::{keygen, sign};
use mwallet::issue::certificate::{Role, Template, Validity, self_signed};
use mwallet::model::certificate::Certificate;
use mwallet::model::key::{KeyAlgorithm, PrivateKey};
use mwallet::model::name::DistinguishedName;
use serde_json::Value;
use std::process::Command;
use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::run::{Mwallet, mwallet_path, run};
use support::scratch::Scratch;
use time::{Duration, OffsetDateTime};

/// The name of the CA: repeated types, in an order that matters.
const CA: &str = "CN=Corp CA,OU=b,OU=a,DC=acme,DC=com";

/// Makes the wallet `ca` and its certificate `ca.pem`.
fn authority(scratch: &Scratch, key: &str) {
    scratch.mwallet("create ca").password(PASSWORD).ok();
    scratch
        .mwallet(&format!("csr ca --self-signed --ca-cert --key {key} --out ca.pem --dn"))
        .arg(CA)
        .password(PASSWORD)
        .ok();
}

/// Makes `app.csr`, with an alternative name and both sides of TLS.
fn request(scratch: &Scratch) {
    scratch.mwallet("create app").password(PASSWORD).ok();
    scratch
        .mwallet("csr app --dn CN=app --key ec:p256 --san dns:app.acme.com --eku client,server")
        .args("--out app.csr")
        .password(PASSWORD)
        .ok();
}

fn signing(scratch: &Scratch, line: &str) -> Mwallet {
    scratch.mwallet(&format!("sign {line}")).ca_password(PASSWORD)
}

fn certificate(scratch: &Scratch, file: &str) -> Certificate {
    let block = ::pem::parse(scratch.read(file)).unwrap();
    Certificate::from_der(block.contents()).unwrap()
}

#[track_caller]
fn verified(scratch: &Scratch, openssl: &Peer, line: &str) {
    scratch.run(openssl, &format!("verify -x509_strict {line}")).ok();
}

#[test]
fn issuer_name_is_exact_and_every_judge_accepts_the_chain() {
    let (Some(openssl), Some(certtool)) = (peers::openssl(), peers::certtool()) else { return };
    for key in ["rsa:2048", "ec:p256", "ec:p384", "ec:p521", "ed25519"] {
        let scratch = Scratch::new();
        authority(&scratch, key);
        request(&scratch);
        signing(&scratch, "app.csr --ca ca --copy-extensions --out app.pem").ok();
        let (ca, leaf) = (certificate(&scratch, "ca.pem"), certificate(&scratch, "app.pem"));
        assert_eq!(leaf.issuer_der(), ca.subject_der(), "{key}");
        assert_eq!(ca.subject().to_string(), CA);
        assert_eq!(leaf.authority_key_identifier(), ca.subject_key_identifier());
        assert_eq!(leaf.serial().len(), 16);
        verified(
            &scratch,
            &openssl,
            "-CAfile ca.pem -purpose sslserver -verify_hostname app.acme.com app.pem",
        );
        verified(&scratch, &openssl, "-CAfile ca.pem -purpose sslclient app.pem");
        scratch.write("chain.pem", scratch.text("app.pem") + &scratch.text("ca.pem"));
        scratch.run(&certtool, "--verify --load-ca-certificate ca.pem --infile chain.pem").ok();
        // webpki has no P-521 with ring.
        if key != "ec:p521" {
            assert!(webpki_accepts(&leaf, &ca), "{key}");
        }
    }
}

fn webpki_accepts(leaf: &Certificate, root: &Certificate) -> bool {
    use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
    let root = CertificateDer::from(root.der());
    let anchors = [webpki::anchor_from_trusted_cert(&root).unwrap()];
    let der = CertificateDer::from(leaf.der());
    let leaf = webpki::EndEntityCert::try_from(&der).unwrap();
    let path = leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &[],
        UnixTime::now(),
        webpki::KeyUsage::server_auth(),
        None,
        None,
    );
    let host = ServerName::try_from("app.acme.com").unwrap();
    path.is_ok() && leaf.verify_is_valid_for_subject_name(&host).is_ok()
}

#[test]
fn ca_may_be_in_any_store() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    authority(&scratch, "ec:p256");
    request(&scratch);
    for (target, flags) in [
        ("ca.p12", ""),
        ("ca.jks", ""),
        ("ca.jceks", ""),
        ("ca-bundle.pem", ""),
        ("ca-old.p12", "--profile compat"),
    ] {
        scratch
            .mwallet(&format!("convert ca {target} {flags}"))
            .password(PASSWORD)
            .out_password(PASSWORD)
            .ok();
        signing(&scratch, &format!("app.csr --ca {target} --out {target}.app.pem")).ok();
        verified(&scratch, &openssl, &format!("-CAfile ca.pem {target}.app.pem"));
    }
    // What openssl has made: a certificate and its key in one file without any password, and PKCS#12.
    scratch.run(&openssl, "req -x509 -newkey rsa:2048 -nodes -keyout o.key -out o.pem -days 30 -subj /DC=com/DC=acme/CN=O -addext keyUsage=keyCertSign").ok();
    scratch
        .run(&openssl, "pkcs12 -export -in o.pem -inkey o.key -passout pass:Welcome1 -out o.p12")
        .ok();
    scratch.write("both.pem", scratch.text("o.pem") + &scratch.text("o.key"));
    for ca in ["both.pem", "o.p12"] {
        signing(&scratch, &format!("app.csr --ca {ca} --force --out app.pem")).ok();
        verified(&scratch, &openssl, "-CAfile o.pem app.pem");
        let (ca, leaf) = (certificate(&scratch, "o.pem"), certificate(&scratch, "app.pem"));
        assert_eq!(leaf.issuer_der(), ca.subject_der());
    }
    for keytool in peers::keytools() {
        let name = format!("kt{}.p12", keytool.version().0);
        let store = format!("-keystore {name} -storepass Welcome1 -alias ca");
        scratch
            .run(&keytool, &format!("-genkeypair -keyalg EC -groupname secp384r1 -ext bc:c -ext KU=keyCertSign {store} -dname CN=Java,O=Acme"))
            .ok();
        scratch.run(&keytool, &format!("-exportcert -rfc {store} -file java.pem")).ok();
        signing(&scratch, &format!("app.csr --ca {name} --ca-alias ca --force --out app.pem")).ok();
        verified(&scratch, &openssl, "-CAfile java.pem app.pem");
    }
}

#[test]
fn ca_with_a_key_for_rsassa_pss_signs_so() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    request(&scratch);
    for options in ["", "-pkeyopt rsa_pss_keygen_md:sha384 -pkeyopt rsa_pss_keygen_mgf1_md:sha384"]
    {
        scratch
            .run(
                &openssl,
                &format!(
                    "genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 {options} -out p.key"
                ),
            )
            .ok();
        scratch.run(&openssl, "req -x509 -new -key p.key -out p.pem -days 30 -subj /CN=PSS -addext keyUsage=keyCertSign").ok();
        scratch.write("pss.pem", scratch.text("p.pem") + &scratch.text("p.key"));
        signing(&scratch, "app.csr --ca pss.pem --force --out app.pem").ok();
        verified(&scratch, &openssl, "-CAfile p.pem app.pem");
        scratch
            .run(&openssl, "x509 -in app.pem -noout -text")
            .ok()
            .says("Signature Algorithm: rsassaPss");
    }
}

/// Text of a request in the way of `certreq.exe`.
fn crlf(text: &str) -> String {
    text.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST").replace('\n', "\r\n")
}

#[test]
fn requests_of_others_are_answered() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    authority(&scratch, "ec:p256");
    for (index, line) in [
        "req -new -newkey rsa:2048 -nodes -keyout k -subj /C=DE/O=Acme/CN=a -addext subjectAltName=DNS:a.acme.com",
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:secp521r1 -nodes -keyout k -subj /CN=a -addext subjectAltName=DNS:a.acme.com",
        "req -new -newkey ed25519 -nodes -keyout k -subj / -addext subjectAltName=critical,DNS:a.acme.com",
        "req -new -newkey rsa-pss -nodes -keyout k -subj /CN=a -addext subjectAltName=DNS:a.acme.com",
        "req -new -newkey rsa:2048 -sha384 -nodes -keyout k -subj /CN=a -outform DER -addext subjectAltName=DNS:a.acme.com",
    ]
    .iter()
    .enumerate()
    {
        let file = format!("o{index}.csr");
        scratch.run(&openssl, &format!("{line} -out {file}")).ok();
        answered(&scratch, &openssl, &file);
    }
    for keytool in peers::keytools() {
        let version = keytool.version().0;
        for kind in ["RSA -keysize 2048", "EC -groupname secp256r1"] {
            let store =
                format!("-keystore {version}.p12 -storepass changeit -alias {}", kind.len());
            scratch.run(&keytool, &format!("-genkeypair -keyalg {kind} {store} -dname CN=a")).ok();
            scratch
                .run(&keytool, &format!("-certreq {store} -file k.csr -ext SAN=dns:a.acme.com"))
                .ok();
            let certificate = answered(&scratch, &openssl, "k.csr");
            // and it takes the answer back
            scratch.write("reply.pem", scratch.text(&certificate) + &scratch.text("ca.pem"));
            scratch.run(&keytool, &format!("-importcert -noprompt {store} -file reply.pem")).ok();
        }
    }
    // orapki asks for nothing but a name, and writes an empty set of attributes.
    let key = keygen::generate(KeyAlgorithm::Rsa(2048)).unwrap();
    scratch.write("ora.csr", request_by_hand(&key, &[]));
    signing(&scratch, "ora.csr --ca ca --san dns:a.acme.com --out ora.pem").ok();
    verified(&scratch, &openssl, "-CAfile ca.pem -verify_hostname a.acme.com ora.pem");
    // Windows
    let windows = request_by_hand(&key, &windows_attributes());
    scratch.write("plain.csr", &windows);
    scratch.run(&openssl, "req -in plain.csr -verify -noout").ok();
    scratch.write("win.csr", crlf(&windows));
    answered(&scratch, &openssl, "win.csr");
    let report = signing(&scratch, "win.csr --ca ca --copy-extensions").json();
    let left: Vec<_> = names(&report["left_out"]);
    assert_eq!(left, ["1.3.6.1.4.1.311.20.2", "1.3.6.1.4.1.311.21.10"], "{report}");
    assert_eq!(report["eku"], serde_json::json!(["server"]));
}

/// Signs the request and has the result verified; the file of the certificate.
#[track_caller]
fn answered(scratch: &Scratch, openssl: &Peer, request: &str) -> String {
    let out = format!("{request}.pem");
    signing(scratch, &format!("{request} --ca ca --copy-extensions --force --out {out}")).ok();
    verified(scratch, openssl, &format!("-CAfile ca.pem -verify_hostname a.acme.com {out}"));
    out
}

fn names(list: &Value) -> Vec<&str> {
    let name = |asked: &Value| asked["name"].as_str().is_some();
    list.as_array()
        .unwrap()
        .iter()
        .map(|asked| asked[if name(asked) { "name" } else { "oid" }].as_str().unwrap())
        .collect()
}

#[derive(Sequence)]
struct Info<'a> {
    version: u8,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    attributes: Any,
}

#[derive(Sequence)]
struct Signed<'a> {
    info: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

/// A request for `CN=a` with these attributes (DER), as PEM.
fn request_by_hand(key: &PrivateKey, attributes: &[u8]) -> String {
    let subject = DistinguishedName::parse("CN=a").unwrap();
    let public = keygen::public_key(key).unwrap();
    let tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
    let info = Info {
        version: 0,
        subject: AnyRef::from_der(subject.der()).unwrap(),
        public_key: AnyRef::from_der(public.der()).unwrap(),
        attributes: Any::new(tag, attributes).unwrap(),
    }
    .to_der()
    .unwrap();
    let signature = sign::sign(key, &info).unwrap();
    let algorithm = sign::algorithm(key).unwrap();
    let signed = Signed {
        info: AnyRef::from_der(&info).unwrap(),
        algorithm: AnyRef::from_der(&algorithm).unwrap(),
        signature: BitStringRef::from_bytes(&signature).unwrap(),
    };
    let block = ::pem::Pem::new("CERTIFICATE REQUEST", signed.to_der().unwrap());
    ::pem::encode_config(&block, ::pem::EncodeConfig::new().set_line_ending(::pem::LineEnding::LF))
}

fn value(tag: Tag, content: impl AsRef<[u8]>) -> Vec<u8> {
    Any::new(tag, content.as_ref()).unwrap().to_der().unwrap()
}

fn oid(text: &str) -> Vec<u8> {
    ObjectIdentifier::new_unwrap(text).to_der().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// The attributes of certreq.exe (MS-WCCE section 2.2.2.7): the version of Windows, who asked, the
/// extensions in Microsoft's attribute, the provider of the key.
fn windows_attributes() -> Vec<u8> {
    let extension = |id: &str, critical: bool, inner: Vec<u8>| {
        let critical = if critical { vec![1, 1, 0xFF] } else { Vec::new() };
        value(Tag::Sequence, [oid(id), critical, value(Tag::OctetString, inner)].concat())
    };
    let attribute =
        |id: &str, inner: Vec<u8>| value(Tag::Sequence, [oid(id), value(Tag::Set, inner)].concat());
    let name = Tag::ContextSpecific { constructed: false, number: TagNumber(2) };
    let server = oid("1.3.6.1.5.5.7.3.1");
    let extensions = [
        extension("2.5.29.15", true, vec![3, 2, 5, 0xA0]),
        extension("2.5.29.37", false, value(Tag::Sequence, &server)),
        extension("2.5.29.17", false, value(Tag::Sequence, value(name, "a.acme.com"))),
        extension("1.3.6.1.4.1.311.20.2", false, value(Tag::BmpString, utf16("WebServer"))),
        extension(
            "1.3.6.1.4.1.311.21.10",
            false,
            value(Tag::Sequence, value(Tag::Sequence, &server)),
        ),
    ]
    .concat();
    let client = [
        value(Tag::Integer, [9]),
        value(Tag::Utf8String, "host.acme.com"),
        value(Tag::Utf8String, "ACME\\admin"),
        value(Tag::Utf8String, "certreq.exe"),
    ]
    .concat();
    let provider = [
        value(Tag::Integer, [1]),
        value(Tag::BmpString, utf16("Microsoft Software Key Storage Provider")),
        value(Tag::BitString, [0]),
    ]
    .concat();
    [
        attribute("1.3.6.1.4.1.311.13.2.3", value(Tag::Ia5String, "10.0.20348.2")),
        attribute("1.3.6.1.4.1.311.21.20", value(Tag::Sequence, client)),
        attribute("1.3.6.1.4.1.311.2.1.14", value(Tag::Sequence, extensions)),
        attribute("1.3.6.1.4.1.311.13.2.2", value(Tag::Sequence, provider)),
    ]
    .concat()
}

#[test]
fn nothing_is_copied_unless_asked_and_what_is_left_is_told() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    authority(&scratch, "ec:p256");
    request(&scratch);
    let done = signing(&scratch, "app.csr --ca ca --out bare.pem").ok();
    let warning = "warning: the certificate is not given what its request asks for: extKeyUsage \
                   (client, server), subjectAltName (dns:app.acme.com) (extensions-left-out)\n";
    assert!(done.err().contains(warning), "{}", done.story());
    let hint = done.err().lines().find_map(|line| line.strip_prefix("hint: ").map(str::to_owned));
    let flags = "--copy-extensions --force";
    assert!(hint.as_ref().is_some_and(|hint| hint.ends_with(flags)), "{}", done.story());
    let text = scratch.run(&openssl, "x509 -in bare.pem -noout -text").ok();
    assert!(!text.out().contains("app.acme.com"), "{}", text.story());
    assert!(!text.out().contains("Extended"), "{}", text.story());
    let mut hinted = scratch.mwallet(hint.unwrap().strip_prefix("mwallet ").unwrap()).command();
    let done = run(hinted.env("MWALLET_TEST_CA_PASSWORD", PASSWORD), b"").ok();
    assert!(!done.err().contains("extensions-left-out"), "{}", done.story());
    scratch.run(&openssl, "x509 -in bare.pem -noout -text").ok().says("DNS:app.acme.com");
    // What the CA says replaces what is asked for.
    let report =
        signing(&scratch, "app.csr --ca ca --copy-extensions --san ip:10.0.0.1 --days 30").json();
    assert_eq!(report["san"], serde_json::json!(["ip:10.0.0.1"]));
    assert_eq!(names(&report["copied"]), ["extKeyUsage"]);
    assert_eq!(names(&report["left_out"]), ["subjectAltName"]);
}

#[test]
fn request_makes_nobody_a_ca() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    authority(&scratch, "ec:p256");
    scratch
        .run(
            &openssl,
            "req -new -newkey rsa:2048 -nodes -keyout k -subj /CN=evil -out evil.csr \
             -addext basicConstraints=critical,CA:TRUE \
             -addext keyUsage=critical,digitalSignature,keyCertSign,cRLSign \
             -addext extendedKeyUsage=serverAuth,OCSPSigning \
             -addext crlDistributionPoints=URI:http://evil.example/c.crl",
        )
        .ok();
    // What no flag takes over is no reason to name one: it would only make a second certificate.
    scratch
        .run(
            &openssl,
            "req -new -newkey rsa:2048 -nodes -keyout sub.key -subj /CN=sub -out sub.csr \
             -addext keyUsage=critical,keyCertSign,cRLSign -addext extendedKeyUsage=OCSPSigning",
        )
        .ok();
    let done = signing(&scratch, "sub.csr --ca ca --out sub.pem").ok();
    assert!(!done.err().contains("copy-extensions"), "{}", done.story());
    // Nor is what the certificate has anyway.
    for usage in ["digitalSignature", "digitalSignature,keyCertSign,cRLSign"] {
        let line = format!(
            "req -new -newkey ed25519 -nodes -keyout ed.key -subj /CN=ed -out ed.csr \
             -addext keyUsage=critical,{usage}"
        );
        scratch.run(&openssl, &line).ok();
        let done = signing(&scratch, "ed.csr --ca ca --out ed.pem --force").ok();
        assert!(!done.err().contains("copy-extensions"), "{}", done.story());
    }
    done.says("left out what the request asks for: keyUsage (keyCertSign, cRLSign)");
    let report = signing(&scratch, "evil.csr --ca ca --copy-extensions --out evil.pem").json();
    assert_eq!(report["is_ca"], false);
    assert_eq!(report["key_usage"], serde_json::json!(["digitalSignature"]));
    assert_eq!(report["eku"], serde_json::json!(["server"]));
    let left = names(&report["left_out"]);
    for name in ["basicConstraints", "keyUsage", "extKeyUsage", "cRLDistributionPoints"] {
        assert!(left.contains(&name), "{name}: {report}");
    }
    let text = scratch.run(&openssl, "x509 -in evil.pem -noout -text").ok();
    for part in ["CA:TRUE", "Certificate Sign", "CRL Sign", "OCSP Signing", "evil.example"] {
        assert!(!text.out().contains(part), "{part}: {}", text.story());
    }
    // What it signs all the same is worth nothing.
    scratch
        .run(&openssl, "req -new -newkey rsa:2048 -nodes -keyout k2 -subj /CN=victim -out v.csr")
        .ok();
    scratch
        .run(&openssl, "x509 -req -in v.csr -CA evil.pem -CAkey k -CAcreateserial -out v.pem")
        .ok();
    scratch
        .run(&openssl, "verify -CAfile ca.pem -untrusted evil.pem v.pem")
        .status(2)
        .says("invalid CA certificate");
    // The CA may make it one.
    let report = signing(&scratch, "evil.csr --ca ca --ca-cert --path-len 0").json();
    assert_eq!(report["is_ca"], true);
    assert_eq!(report["key_usage"], serde_json::json!(["keyCertSign", "cRLSign"]));
}

#[test]
fn request_that_proves_nothing_is_refused() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    authority(&scratch, "ec:p256");
    request(&scratch);
    // Another subject than the one that was signed: `app` becomes `abp`.
    let mut block = ::pem::parse(scratch.read("app.csr")).unwrap().into_contents();
    let at = block.windows(3).position(|window| window == b"app").unwrap();
    block[at + 1] = b'b';
    scratch.write("forged.csr", &block);
    signing(&scratch, "forged.csr --ca ca").fails(6, "request-refused");
    scratch
        .run(&openssl, "req -new -newkey rsa:1024 -nodes -keyout k -subj /CN=a -out weak.csr")
        .ok();
    signing(&scratch, "weak.csr --ca ca").fails(6, "request-refused");
    scratch
        .run(&openssl, "req -new -newkey ed448 -nodes -keyout k -subj /CN=a -out ed448.csr")
        .ok();
    signing(&scratch, "ed448.csr --ca ca").fails(6, "request-refused");
    scratch.run(&openssl, "req -new -newkey ed25519 -nodes -keyout k -subj / -out empty.csr").ok();
    signing(&scratch, "empty.csr --ca ca").fails(6, "request-refused");
    signing(&scratch, "empty.csr --ca ca --san dns:a").ok();
    // No request, several, and what is none.
    signing(&scratch, "ca.pem --ca ca").fails(1, "bundle-empty");
    scratch.write("two.csr", scratch.text("app.csr").repeat(2));
    signing(&scratch, "two.csr --ca ca").fails(2, "usage");
    signing(&scratch, "absent.csr --ca ca").fails(5, "file-not-found");
}

#[test]
fn chain_of_authorities_is_made_and_its_limits_hold() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    authority(&scratch, "ec:p384");
    scratch.mwallet("create issuing").password(PASSWORD).ok();
    scratch
        .mwallet("csr issuing --dn CN=Issuing --key rsa:2048 --out issuing.csr")
        .password(PASSWORD)
        .ok();
    signing(&scratch, "issuing.csr --ca ca --ca-cert --path-len 0 --permit dns:acme.com")
        .args("--exclude dns:secret.acme.com --crl-url http://pki.acme.com/ca.crl")
        .args("--aia-url http://pki.acme.com/ca.cer --ocsp-url http://pki.acme.com/ocsp --out issuing.pem")
        .ok();
    let text = scratch.run(&openssl, "x509 -in issuing.pem -noout -text").ok();
    for part in [
        "CA:TRUE, pathlen:0",
        "Certificate Sign, CRL Sign",
        "Name Constraints: critical",
        "http://pki.acme.com/ca.crl",
        "CA Issuers - URI:http://pki.acme.com/ca.cer",
        "OCSP - URI:http://pki.acme.com/ocsp",
    ] {
        assert!(text.out().contains(part), "{part}: {}", text.story());
    }
    scratch.mwallet("import-user issuing issuing.pem ca.pem --trust-root").password(PASSWORD).ok();
    request(&scratch);
    signing(&scratch, "app.csr --ca issuing --copy-extensions --chain --out full.pem")
        .ok()
        .says("the chain has 2 certificates; the self-signed root is left out");
    // Below a root the leaf stands alone, and that is said beside it.
    let alone = signing(&scratch, "app.csr --ca ca --copy-extensions --chain").ok();
    assert!(alone.err().contains("the chain has 1 certificate; the"), "{}", alone.story());
    verified(
        &scratch,
        &openssl,
        "-CAfile ca.pem -untrusted full.pem -verify_hostname app.acme.com full.pem",
    );
    let sent = ::pem::parse_many(scratch.read("full.pem")).unwrap();
    assert_eq!(sent.len(), 2, "the leaf and its issuer, without the root");
    // What the constraints and the path length forbid, validators refuse; so does the CA.
    for line in [
        "app.csr --ca issuing --san dns:app.acme.org",
        "app.csr --ca issuing --san dns:x.secret.acme.com",
        "issuing.csr --ca issuing --ca-cert",
    ] {
        signing(&scratch, line).fails(6, "issuer-unfit");
    }
}

#[test]
fn path_length_is_kept_on_the_way_down() {
    let scratch = Scratch::new();
    scratch.mwallet("create ca").password(PASSWORD).ok();
    scratch
        .mwallet(
            "csr ca --dn CN=Root --self-signed --ca-cert --path-len 1 --key ec:p256 --out ca.pem",
        )
        .password(PASSWORD)
        .ok();
    request(&scratch);
    signing(&scratch, "app.csr --ca ca --ca-cert --path-len 1").fails(6, "issuer-unfit");
    signing(&scratch, "app.csr --ca ca --ca-cert --path-len 0").ok();
}

#[test]
fn what_is_no_ca_signs_nothing() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    request(&scratch);
    signing(&scratch, "app.csr --ca app").fails(6, "issuer-unfit");
    scratch.mwallet("create leaf").password(PASSWORD).ok();
    scratch.mwallet("csr leaf --dn CN=leaf --self-signed --key ec:p256").password(PASSWORD).ok();
    signing(&scratch, "app.csr --ca leaf").fails(6, "issuer-unfit");
    let error =
        signing(&scratch, "app.csr --ca leaf --ca-alias nobody").fails(5, "entry-not-found");
    assert!(error["message"].as_str().unwrap().contains("leaf"), "{error}");
    // A CA that may not sign certificates.
    scratch
        .run(&openssl, "req -x509 -newkey ed25519 -nodes -keyout k -out c -subj /CN=x -addext keyUsage=cRLSign")
        .ok();
    scratch.write("crl-only.pem", scratch.text("c") + &scratch.text("k"));
    let error = signing(&scratch, "app.csr --ca crl-only.pem").fails(6, "issuer-unfit");
    assert!(error["message"].as_str().unwrap().contains("keyCertSign"), "{error}");
    // Certificates without a key.
    scratch.write("bare.pem", scratch.text("c"));
    signing(&scratch, "app.csr --ca bare.pem").fails(5, "entry-not-found");
    // Two CAs: one has to be named.
    scratch.mwallet("create two.p12").password(PASSWORD).ok();
    for name in ["one", "other"] {
        scratch
            .mwallet(&format!("csr two.p12 --dn CN={name} --self-signed --ca-cert --key ec:p256"))
            .password(PASSWORD)
            .ok();
    }
    signing(&scratch, "app.csr --ca two.p12").fails(2, "entry-ambiguous");
    let report = signing(&scratch, "app.csr --ca two.p12 --ca-alias other").json();
    assert_eq!(report["issuer"], "CN=other");
}

#[test]
fn ca_whose_key_cannot_sign_here_is_named_and_not_the_request() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    request(&scratch);
    for (key, name) in [
        ("rsa:1024", "rsa:1024"),
        ("ed448", "ed448"),
        ("ec -pkeyopt ec_paramgen_curve:secp256k1", "ec:"),
    ] {
        let line = format!("req -x509 -newkey {key} -nodes -keyout k -out c -subj /CN=x");
        scratch.run(&openssl, &line).ok();
        scratch.write("ca.pem", scratch.text("k") + &scratch.text("c"));
        let error = signing(&scratch, "app.csr --ca ca.pem").fails(1, "algorithm-unsupported");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("ca.pem: ") && message.contains(name), "{error}");
    }
}

/// A CA that ends so many days from now, as `NAME.pem` with its key.
fn ending(scratch: &Scratch, name: &str, days: i64) {
    let now = OffsetDateTime::now_utc();
    let validity =
        Validity { not_before: now - Duration::days(100), not_after: now + Duration::days(days) };
    let key = keygen::generate(KeyAlgorithm::EcP256).unwrap();
    let template = Template::new(validity, Role::Authority { path_length: None });
    let subject = DistinguishedName::parse("CN=Old").unwrap();
    let certificate = self_signed(&key, &subject, &template).unwrap();
    let mut text = pem::encode_certificates(&[&certificate], false).into_bytes();
    scratch.write(&format!("{name}.crt"), &text);
    text.extend_from_slice(&pem::encode_private_key(&key));
    scratch.write(&format!("{name}.pem"), text);
}

fn warns(report: &Value, code: &str) -> bool {
    report["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == code)
}

#[test]
fn certificate_does_not_outlive_its_issuer() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    request(&scratch);
    ending(&scratch, "old", -1);
    signing(&scratch, "app.csr --ca old.pem").fails(6, "issuer-unfit");
    ending(&scratch, "soon", 10);
    let report = signing(&scratch, "app.csr --ca soon.pem --days 30 --out app.pem").json();
    assert!(warns(&report, "validity-cut"), "{report}");
    assert_eq!(
        certificate(&scratch, "app.pem").not_after(),
        certificate(&scratch, "soon.crt").not_after()
    );
    verified(&scratch, &openssl, "-CAfile soon.crt app.pem");
    let report = signing(&scratch, "app.csr --ca soon.pem --days 9").json();
    assert!(!warns(&report, "validity-cut"), "{report}");
}

#[test]
fn server_without_a_name_is_warned_of() {
    let scratch = Scratch::new();
    authority(&scratch, "ec:p256");
    request(&scratch);
    let report = signing(&scratch, "app.csr --ca ca --eku server").json();
    assert!(warns(&report, "san-missing"), "{report}");
}

#[test]
fn nothing_is_written_where_it_must_not_be() {
    let scratch = Scratch::new();
    authority(&scratch, "ec:p256");
    request(&scratch);
    let before = scratch.picture(".");
    signing(&scratch, "app.csr --ca ca --dry-run --out new.pem").ok().says("would sign");
    signing(&scratch, "app.csr --ca ca --out ca.pem").fails(6, "would-overwrite");
    signing(&scratch, "app.csr --ca ca --force --out ca/ewallet.p12").fails(2, "usage");
    signing(&scratch, "app.csr --ca ca --out nowhere/new.pem").fails(5, "file-not-found");
    scratch.mwallet("sign app.csr --ca ca --no-input").fails(4, "password-missing");
    scratch.mwallet("sign app.csr --ca ca").ca_password("Welcome2").fails(4, "password-wrong");
    scratch.assert_unchanged(".", &before);
    // stdin and stdout
    let piped = signing(&scratch, "- --ca ca").stdin(&scratch.read("app.csr")).ok();
    assert!(piped.out().starts_with("-----BEGIN CERTIFICATE-----\n"), "{}", piped.story());
    assert!(piped.out().ends_with("-----END CERTIFICATE-----\n"), "{}", piped.story());
    signing(&scratch, "app.csr --ca ca --out new.pem").ok();
    assert_eq!(scratch.mode("new.pem"), 0o644);
}

#[test]
fn answer_is_imported_by_who_asked() {
    let scratch = Scratch::new();
    authority(&scratch, "rsa:2048");
    request(&scratch);
    signing(&scratch, "app.csr --ca ca --copy-extensions --out app.pem").ok();
    scratch.mwallet("import-user app app.pem ca.pem --trust-root").password(PASSWORD).ok();
    let (report, status) =
        scratch.mwallet("check app --purpose server").password(PASSWORD).report();
    assert_eq!((report["verdict"].as_str(), status), (Some("ok"), Some(0)), "{report}");
}

#[test]
fn examples_of_the_help_can_be_run_in_their_order() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let help = scratch.mwallet("sign --help").ok().out();
    let examples: Vec<&str> = help.lines().filter(|line| line.starts_with("  mwallet ")).collect();
    assert!(examples.len() > 10, "{help}");
    for line in examples {
        let prefix = if line.contains("--ca ") { "ca-" } else { "" };
        let line = line.replacen("  mwallet", &mwallet_path().display().to_string(), 1);
        let mut shell = Command::new("bash");
        shell.arg("-c").arg(format!("{line} --{prefix}password-env PASSWORD"));
        run(shell.current_dir(scratch.path()).env("PASSWORD", PASSWORD), b"").ok();
    }
    verified(&scratch, &openssl, "-CAfile corp-ca.pem -verify_hostname app.acme.com app.pem");
    verified(&scratch, &openssl, "-CAfile corp-ca.pem -untrusted app-chain.pem app-chain.pem");
}
