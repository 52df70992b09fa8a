//! OpenSSL and keytool judge the keys, requests and certificates that the library makes, and make
//! those that it must understand.

#![allow(clippy::disallowed_methods, reason = "tests run the programs of others on files")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use mwallet::crypto::CryptoError;
use mwallet::crypto::keygen::{generate, public_key};
use mwallet::crypto::sign::{VerifyError, algorithm, is_weak_digest, sign, verify};
use mwallet::issue::IssueError;
use mwallet::issue::alternative_name::SubjectAltName;
use mwallet::issue::certificate::{Issuer, Role, Template, Validity, issue, self_signed};
use mwallet::issue::csr::{request, requested_extensions, verify_request};
use mwallet::issue::extensions::RequestedExtensions;
use mwallet::issue::usage::{ExtendedKeyUsage, KeyUsage};
use mwallet::model::certificate::Certificate;
use mwallet::model::key::{KeyAlgorithm, PrivateKey};
use mwallet::model::name::DistinguishedName;
use mwallet::model::request::CertificateRequest;
use mwallet::secret::SecretBytes;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use support::peers;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

/// A program and a folder for its files.
struct Peer {
    program: peers::Peer,
    folder: TempDir,
}

impl Peer {
    fn new(program: peers::Peer) -> Self {
        Self { program, folder: TempDir::new().unwrap() }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        fs::write(self.path(file), bytes).unwrap();
    }

    fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.path(file)).unwrap()
    }

    /// Runs in the folder; both streams as text, and whether it succeeded.
    fn attempt(&self, arguments: &[&str]) -> (bool, String) {
        let output = self
            .program
            .command()
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), text)
    }

    #[track_caller]
    fn run(&self, arguments: &str) -> String {
        self.run_with(arguments, &[])
    }

    /// `arguments` are split at blanks, `more` are not.
    #[track_caller]
    fn run_with(&self, arguments: &str, more: &[&str]) -> String {
        let all: Vec<&str> = arguments.split(' ').chain(more.iter().copied()).collect();
        let (success, text) = self.attempt(&all);
        assert!(success, "{} {all:?}: {text}", self.program.name);
        text
    }

    /// The PKCS#8 bytes of a PEM file.
    fn pkcs8(&self, file: &str) -> Vec<u8> {
        let pem = pem::parse(self.read(file)).unwrap();
        assert_eq!(pem.tag(), "PRIVATE KEY");
        pem.into_contents()
    }

    fn key(&self, file: &str) -> PrivateKey {
        PrivateKey::from_pkcs8(SecretBytes::new(self.pkcs8(file))).unwrap()
    }
}

fn openssl() -> Option<Peer> {
    peers::openssl().map(Peer::new)
}

const KINDS: [KeyAlgorithm; 6] = [
    KeyAlgorithm::Rsa(2048),
    KeyAlgorithm::Rsa(3072),
    KeyAlgorithm::EcP256,
    KeyAlgorithm::EcP384,
    KeyAlgorithm::EcP521,
    KeyAlgorithm::Ed25519,
];

fn name(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).unwrap()
}

fn everything() -> RequestedExtensions {
    RequestedExtensions {
        san: SubjectAltName::parse_list(
            "dns:db.acme.com,ip:10.0.0.1,ip:2001:db8::1,email:a@acme.com,uri:urn:acme:db",
        )
        .unwrap(),
        eku: ExtendedKeyUsage::parse_list("client,server,1.2.3.4").unwrap(),
        key_usage: KeyUsage::parse_list("digitalSignature,keyAgreement").unwrap(),
    }
}

fn year() -> Validity {
    let now = OffsetDateTime::now_utc();
    Validity { not_before: now - Duration::hours(1), not_after: now + Duration::days(365) }
}

fn template(role: Role) -> Template {
    Template::new(year(), role)
}

const AUTHORITY: Role = Role::Authority { path_length: None };

#[test]
fn openssl_reads_every_key_that_is_made_and_finds_the_same_public_half() {
    let Some(openssl) = openssl() else { return };
    for kind in KINDS {
        let key = generate(kind).unwrap();
        openssl.write("key", key.pkcs8());
        let check = openssl.run("pkey -inform DER -in key -check -noout");
        assert!(check.contains("Key is valid"), "{kind}: {check}");
        openssl.run("pkey -inform DER -in key -pubout -outform DER -out public");
        assert_eq!(public_key(&key).unwrap().der(), openssl.read("public"), "{kind}");
    }
}

#[test]
fn public_half_of_foreign_keys_is_found() {
    let Some(openssl) = openssl() else { return };
    for options in [
        "RSA -pkeyopt rsa_keygen_bits:512",
        "RSA -pkeyopt rsa_keygen_bits:1024",
        "RSA -pkeyopt rsa_keygen_bits:2047",
        "RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3",
        "RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3",
        "RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        "RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha384",
        "EC -pkeyopt ec_paramgen_curve:P-256",
        "EC -pkeyopt ec_paramgen_curve:P-384",
        "EC -pkeyopt ec_paramgen_curve:P-521",
        "EC -pkeyopt ec_paramgen_curve:secp256k1",
        "EC -pkeyopt ec_paramgen_curve:brainpoolP256r1",
        "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
        "ED25519",
    ] {
        openssl.run(&format!("genpkey -out key -algorithm {options}"));
        openssl.run("pkey -in key -pubout -outform DER -out public");
        let public = public_key(&openssl.key("key")).expect(options);
        assert_eq!(public.der(), openssl.read("public"), "{options}");
    }
    openssl.run("genpkey -out key -algorithm ED448");
    let error = public_key(&openssl.key("key")).expect_err("not stated, and no way to compute it");
    assert!(matches!(error, CryptoError::Unsupported { .. }), "{error}");
}

#[test]
fn missing_public_point_is_computed_on_every_curve() {
    let Some(openssl) = openssl() else { return };
    for curve in ["P-256", "P-384", "P-521"] {
        openssl.run(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve} -out pem"));
        openssl.run("pkey -in pem -pubout -outform DER -out public");
        openssl.run("ec -in pem -no_public -outform DER -out sec1");
        let key = PrivateKey::from_sec1(&openssl.read("sec1")).unwrap();
        assert_eq!(public_key(&key).unwrap().der(), openssl.read("public"), "{curve}");
    }
}

#[test]
fn traditional_forms_are_wrapped_as_openssl_does() {
    let Some(openssl) = openssl() else { return };
    openssl.run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out pem");
    openssl.run("rsa -in pem -traditional -outform DER -out traditional");
    let key = PrivateKey::from_traditional_rsa(&openssl.read("traditional")).unwrap();
    assert_eq!(key.pkcs8(), openssl.pkcs8("pem"));

    openssl.run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out pem");
    openssl.run("ec -in pem -outform DER -out traditional");
    let key = PrivateKey::from_sec1(&openssl.read("traditional")).unwrap();
    openssl.write("wrapped", key.pkcs8());
    openssl.run("pkey -inform DER -in wrapped -pubout -outform DER -out public");
    assert_eq!(public_key(&key).unwrap().der(), openssl.read("public"));
}

#[test]
fn key_with_attributes_signs() {
    let Some(openssl) = openssl() else { return };
    for options in ["EC -pkeyopt ec_paramgen_curve:P-256", "ED25519", "RSA"] {
        openssl.run(&format!("genpkey -out key -algorithm {options}"));
        let plain = openssl.pkcs8("key");
        // [0] { friendlyName = {} }, as Windows appends its attributes; the length grows with it
        let attributes =
            [0xA0, 15, 0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 20, 0x31, 0];
        let header = if plain[1] == 0x82 { 4 } else { 2 + usize::from(plain[1] >> 7) };
        let content = [&plain[header..], &attributes].concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let header = match content.len() {
            0..0x80 => vec![0x30, length[1]],
            0x80..0x100 => vec![0x30, 0x81, length[1]],
            _ => vec![0x30, 0x82, length[0], length[1]],
        };
        let key = PrivateKey::from_pkcs8(SecretBytes::new([header, content].concat())).unwrap();
        let signature = sign(&key, b"message").expect(options);
        let public = public_key(&key).unwrap();
        assert_eq!(verify(&algorithm(&key).unwrap(), &public, b"message", &signature), Ok(()));
    }
}

#[test]
fn openssl_verifies_requests_and_reads_what_they_ask_for() {
    let Some(openssl) = openssl() else { return };
    let subject = name(r"CN=Zoë\, Ltd.,OU=b,OU=a,emailAddress=z@acme.com,DC=acme,DC=com");
    for kind in KINDS {
        let key = generate(kind).unwrap();
        let made = request(&key, &subject, &everything()).unwrap();
        assert_eq!(made.subject().der(), subject.der());
        verify_request(&made).unwrap();
        assert_eq!(requested_extensions(&made).unwrap(), everything());
        openssl.write("request", made.der());
        let text = openssl.run("req -inform DER -in request -verify -noout -text");
        for part in [
            "verify OK",
            "Version: 1 (0x0)",
            "DNS:db.acme.com, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1",
            "email:a@acme.com, URI:urn:acme:db",
            "TLS Web Client Authentication, TLS Web Server Authentication, 1.2.3.4",
            "X509v3 Key Usage: critical",
            "Digital Signature, Key Agreement",
        ] {
            assert!(text.contains(part), "{kind}: {part} in {text}");
        }
        let shown = openssl
            .run("req -inform DER -in request -noout -subject -nameopt RFC2253,-esc_msb,utf8");
        assert_eq!(shown.trim(), format!("subject={subject}"));
    }
}

#[test]
fn request_without_extensions_has_empty_attributes() {
    let Some(openssl) = openssl() else { return };
    let key = generate(KeyAlgorithm::EcP256).unwrap();
    let made = request(&key, &name("CN=a"), &RequestedExtensions::default()).unwrap();
    openssl.write("request", made.der());
    let text = openssl.run("req -inform DER -in request -verify -noout -text");
    assert!(text.contains("verify OK") && text.contains("(none)"), "{text}");
    assert!(requested_extensions(&made).unwrap().is_empty());
}

#[test]
fn changed_request_does_not_verify() {
    let key = generate(KeyAlgorithm::EcP256).unwrap();
    let made = request(&key, &name("CN=honest"), &RequestedExtensions::default()).unwrap();
    let mut der = made.der().to_vec();
    let at = der.windows(6).position(|window| window == b"honest").unwrap();
    der[at] = b'H';
    let changed = CertificateRequest::from_der(&der).unwrap();
    let error = verify_request(&changed).expect_err("another subject");
    assert!(matches!(error, IssueError::Signature(VerifyError::Invalid)), "{error}");
}

const REQUEST_CONFIG: &str = "
[req]
distinguished_name = dn
req_extensions = ext
prompt = no
[dn]
CN = foreign
[ext]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = clientAuth, 1.2.3.4
subjectAltName = DNS:a.acme.com, IP:10.0.0.1, otherName:1.2.3.4;UTF8:x, dirName:dn
";

#[test]
fn request_of_openssl_is_understood_and_unknown_names_kept() {
    let Some(openssl) = openssl() else { return };
    openssl.write("config", REQUEST_CONFIG.as_bytes());
    openssl.run(
        "req -new -config config -newkey ed25519 -nodes -keyout key -outform DER -out request",
    );
    let request = CertificateRequest::from_der(&openssl.read("request")).unwrap();
    verify_request(&request).unwrap();
    let requested = requested_extensions(&request).unwrap();
    assert_eq!(
        requested.key_usage,
        KeyUsage::parse_list("digitalSignature,keyEncipherment").unwrap()
    );
    assert_eq!(requested.eku, ExtendedKeyUsage::parse_list("client,1.2.3.4").unwrap());
    assert_eq!(
        requested.san[..2],
        SubjectAltName::parse_list("dns:a.acme.com,ip:10.0.0.1").unwrap()
    );
    assert!(matches!(requested.san[2..], [SubjectAltName::Other(_), SubjectAltName::Other(_)]));

    // the same names again, as in a renewal
    let key = generate(KeyAlgorithm::EcP256).unwrap();
    let certificate = self_signed(
        &key,
        request.subject(),
        &Template { extensions: requested.clone(), ..template(Role::EndEntity) },
    )
    .unwrap();
    assert_eq!(RequestedExtensions::of_certificate(&certificate).unwrap(), requested);
    openssl.write("certificate", certificate.der());
    let text = openssl.run("x509 -inform DER -in certificate -noout -text");
    assert!(text.contains("othername:") && text.contains("DirName:"), "{text}");
}

#[test]
fn microsofts_form_of_requested_extensions_is_understood() {
    let key = generate(KeyAlgorithm::EcP256).unwrap();
    let asked = RequestedExtensions {
        san: SubjectAltName::parse_list("dns:a").unwrap(),
        ..RequestedExtensions::default()
    };
    // a common name that makes both outer structures longer than 255 bytes: a two-byte length
    let subject = name(&format!("CN={}", "a".repeat(200)));
    let der = request(&key, &subject, &asked).unwrap().der().to_vec();
    let ours = [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 14];
    let theirs = [6, 10, 0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 14]; // one byte longer
    let at = der.windows(ours.len()).position(|window| window == ours).unwrap();
    let mut changed = [&der[..at], &theirs, &der[at + ours.len()..]].concat();
    // the last bytes of the lengths of the request, its info, [0], and the attribute
    for length in [3, 7, at - 3, at - 1] {
        changed[length] = changed[length].checked_add(1).unwrap();
    }
    let changed = CertificateRequest::from_der(&changed).unwrap();
    assert_eq!(requested_extensions(&changed).unwrap(), asked);
}

#[test]
fn request_of_keytool_is_understood() {
    let Some(keytool) = peers::keytools().into_iter().next().map(Peer::new) else { return };
    let store = "-keystore store.p12 -storepass changeit -alias a";
    keytool.run_with(
        &format!("-genkeypair -keyalg EC -groupname secp384r1 {store} -dname"),
        &["CN=app+UID=z, OU=b, OU=a, DC=acme, DC=com"],
    );
    keytool.run(&format!(
        "-certreq {store} -file request -ext SAN=dns:a.acme.com,ip:10.0.0.1 -ext EKU=clientAuth"
    ));
    let pem = pem::parse(keytool.read("request")).unwrap();
    let request = CertificateRequest::from_der(pem.contents()).unwrap();
    verify_request(&request).unwrap();
    assert_eq!(request.subject(), &name("CN=app+UID=z,OU=b,OU=a,DC=acme,DC=com"));
    let requested = requested_extensions(&request).unwrap();
    assert_eq!(requested.san, SubjectAltName::parse_list("dns:a.acme.com,ip:10.0.0.1").unwrap());
    assert_eq!(requested.eku, ExtendedKeyUsage::parse_list("client").unwrap());
}

#[test]
fn openssl_verifies_self_signed_certificates() {
    let Some(openssl) = openssl() else { return };
    let subject = name("CN=db.acme.com,OU=b,OU=a,DC=acme,DC=com");
    for kind in KINDS {
        let key = generate(kind).unwrap();
        let template = Template { extensions: everything(), ..template(Role::EndEntity) };
        let certificate = self_signed(&key, &subject, &template).unwrap();
        assert!(certificate.is_self_issued() && !certificate.is_ca());
        assert_eq!(certificate.subject_key_identifier(), certificate.authority_key_identifier());
        assert_eq!(certificate.serial().len(), 16);
        let end = template.validity.not_after;
        assert_eq!(certificate.not_after().unix_timestamp(), end.unix_timestamp());
        openssl.write("der", certificate.der());
        openssl.run("x509 -inform DER -in der -out pem");
        openssl.run("verify -x509_strict -check_ss_sig -partial_chain -CAfile pem pem");
        openssl.run("verify -purpose sslclient -verify_hostname db.acme.com -CAfile pem pem");
        let text = openssl.run("x509 -in pem -noout -text");
        for part in ["Version: 3", "CA:FALSE", "X509v3 Basic Constraints: critical", "db.acme.com"]
        {
            assert!(text.contains(part), "{kind}: {part} in {text}");
        }
    }
}

/// A root, an intermediate below it, and their keys.
fn authorities(kind: KeyAlgorithm) -> [(PrivateKey, Certificate); 2] {
    let root_key = generate(kind).unwrap();
    let root = self_signed(&root_key, &name("CN=Root,O=Acme,DC=acme,DC=com"), &template(AUTHORITY));
    let root = root.unwrap();
    let key = generate(kind).unwrap();
    let issuing = issue(
        Issuer { key: &root_key, certificate: &root },
        &name("CN=Issuing+UID=1,O=\"Acme, Inc.\",DC=acme,DC=com"),
        &public_key(&key).unwrap(),
        &template(Role::Authority { path_length: Some(0) }),
    );
    [(root_key, root), (key, issuing.unwrap())]
}

#[test]
fn openssl_verifies_issued_chains() {
    let Some(openssl) = openssl() else { return };
    for kind in [KeyAlgorithm::Rsa(2048), KeyAlgorithm::EcP384, KeyAlgorithm::Ed25519] {
        let [(_, root), (issuing_key, issuing)] = authorities(kind);
        let key = generate(KeyAlgorithm::EcP256).unwrap();
        let wanted =
            request(&key, &name("CN=app,OU=b,OU=a,DC=acme,DC=com"), &everything()).unwrap();
        let leaf = issue(
            Issuer { key: &issuing_key, certificate: &issuing },
            wanted.subject(),
            wanted.public_key(),
            &Template {
                extensions: requested_extensions(&wanted).unwrap(),
                ..template(Role::EndEntity)
            },
        )
        .unwrap();
        assert_eq!(leaf.issuer_der(), issuing.subject_der());
        assert_eq!(leaf.authority_key_identifier(), issuing.subject_key_identifier());
        assert_eq!(leaf.subject_der(), wanted.subject().der());
        for (certificate, file) in [(&root, "root"), (&issuing, "issuing"), (&leaf, "leaf")] {
            openssl.write("der", certificate.der());
            openssl.run(&format!("x509 -inform DER -in der -out {file}"));
        }
        openssl.run("verify -x509_strict -CAfile root -untrusted issuing leaf");
        let text = openssl.run("x509 -in issuing -noout -text");
        assert!(text.contains("CA:TRUE, pathlen:0"), "{text}");
        assert!(text.contains("Certificate Sign, CRL Sign"), "{text}");
    }
}

#[test]
fn issuer_name_is_taken_byte_for_byte() {
    let Some(openssl) = openssl() else { return };
    // OpenSSL writes UTF8String where this library would write PrintableString
    openssl.run("req -x509 -newkey ed25519 -nodes -keyout pem -outform DER -out ca -subj /DC=com/O=Acme/CN=CA");
    let ca = Certificate::from_der(&openssl.read("ca")).unwrap();
    let key = openssl.key("pem");
    assert_ne!(ca.subject_der(), name("CN=CA,O=Acme,DC=com").der());
    let leaf = issue(
        Issuer { key: &key, certificate: &ca },
        &name("CN=a"),
        &public_key(&key).unwrap(),
        &template(Role::EndEntity),
    )
    .unwrap();
    assert_eq!(leaf.issuer_der(), ca.subject_der());
}

#[test]
fn key_that_is_not_the_issuers_is_refused() {
    let [(root_key, _), (_, issuing)] = authorities(KeyAlgorithm::EcP256);
    let error = issue(
        Issuer { key: &root_key, certificate: &issuing },
        &name("CN=a"),
        &public_key(&root_key).unwrap(),
        &template(Role::EndEntity),
    )
    .expect_err("the root's key, the other's certificate");
    assert!(matches!(error, IssueError::IssuerKeyMismatch), "{error}");
}

#[test]
fn validity_is_written_as_rfc_5280_wants_it() {
    let key = generate(KeyAlgorithm::EcP256).unwrap();
    let made = |not_before: i64, not_after: i64| {
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let validity = Validity { not_before: at(not_before), not_after: at(not_after) };
        self_signed(&key, &name("CN=a"), &Template { validity, ..template(Role::EndEntity) })
    };
    // the last second of 2049 and the next
    let certificate = made(2_524_607_999, 2_524_608_000).unwrap();
    let der = certificate.der();
    assert!(der.windows(15).any(|window| window == b"\x17\x0D491231235959Z"), "UTCTime");
    assert!(der.windows(17).any(|window| window == b"\x18\x0F20500101000000Z"), "GeneralizedTime");
    assert_eq!(certificate.not_after().unix_timestamp(), 2_524_608_000);
    assert!(matches!(made(1, 0), Err(IssueError::ValidityReversed)));
    assert!(matches!(made(-1, 0), Err(IssueError::TimeOutOfRange { .. })));
}

#[test]
fn names_without_a_subject_are_critical() {
    let Some(openssl) = openssl() else { return };
    let key = generate(KeyAlgorithm::EcP256).unwrap();
    let template = Template { extensions: everything(), ..template(Role::EndEntity) };
    let certificate = self_signed(&key, &name(""), &template).unwrap();
    openssl.write("certificate", certificate.der());
    let text = openssl.run("x509 -inform DER -in certificate -noout -text");
    assert!(text.contains("X509v3 Subject Alternative Name: critical"), "{text}");
}

/// How OpenSSL makes a self-signed certificate: key options, signature options.
const SIGNATURES: [(&str, &str); 16] = [
    ("rsa:1024", "-sha1"),
    ("rsa:1024", "-sha256"),
    ("rsa:2048", "-sha1"),
    ("rsa:2048", "-sha384"),
    ("rsa:2048", "-sha512"),
    ("rsa:2048", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1"),
    ("rsa:2048", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20"),
    ("rsa:2048", "-sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:max"),
    ("rsa-pss", "-sha384"),
    ("rsa-pss -pkeyopt rsa_pss_keygen_md:sha512 -pkeyopt rsa_pss_keygen_mgf1_md:sha512", ""),
    ("ec -pkeyopt ec_paramgen_curve:P-256", "-sha1"),
    ("ec -pkeyopt ec_paramgen_curve:P-256", "-sha512"),
    ("ec -pkeyopt ec_paramgen_curve:P-384", "-sha256"),
    ("ec -pkeyopt ec_paramgen_curve:P-521", "-sha224"),
    ("ec -pkeyopt ec_paramgen_curve:secp256k1", "-sha256"),
    ("ed25519", ""),
];

/// The same, and the algorithm that is said to be missing.
const UNSUPPORTED: [(&str, &str, &str); 8] = [
    ("rsa:2048", "-md5", "md5WithRSAEncryption"),
    ("rsa:2048", "-sha224", "sha224WithRSAEncryption"),
    ("rsa:1024", "-sha384", "sha384WithRSAEncryption with rsa:1024"),
    (
        "rsa:2048",
        "-sha1 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1",
        "RSASSA-PSS with SHA-1",
    ),
    (
        "rsa:2048",
        "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha512",
        "RSASSA-PSS with SHA-256 and the mask 1.2.840.113549.1.1.8 2.16.840.1.101.3.4.2.3",
    ),
    (
        "ec -pkeyopt ec_paramgen_curve:brainpoolP256r1",
        "-sha256",
        "ecdsa-with-SHA256 with ec:1.3.36.3.3.2.8.1.1.7",
    ),
    ("ec -pkeyopt ec_paramgen_curve:P-384", "-sha224", "ecdsa-with-SHA224 with ec:p384"),
    ("ed448", "", "Ed448"),
];

fn foreign_certificate(openssl: &Peer, key: &str, signature: &str) -> Certificate {
    let arguments = format!(
        "req -x509 -nodes -keyout pem -subj /CN=a -outform DER -out certificate -newkey {key} {signature}"
    );
    openssl.run(arguments.trim_end());
    Certificate::from_der(&openssl.read("certificate")).unwrap()
}

fn verdict(certificate: &Certificate, message: &[u8]) -> Result<(), VerifyError> {
    verify(
        certificate.signature_algorithm_der(),
        &certificate.public_key(),
        message,
        certificate.signature(),
    )
}

#[test]
fn signatures_of_openssl_are_verified() {
    let Some(openssl) = openssl() else { return };
    for (key, signature) in SIGNATURES {
        let certificate = foreign_certificate(&openssl, key, signature);
        let what = format!("{key} {signature}");
        assert_eq!(verdict(&certificate, certificate.tbs_der()), Ok(()), "{what}");
        assert_eq!(verdict(&certificate, b"another"), Err(VerifyError::Invalid), "{what}");
        assert_eq!(
            is_weak_digest(certificate.signature_algorithm_der()),
            signature == "-sha1",
            "{what}"
        );
    }
}

#[test]
fn signature_that_cannot_be_verified_is_named_and_not_called_invalid() {
    let Some(openssl) = openssl() else { return };
    for (key, signature, algorithm) in UNSUPPORTED {
        let certificate = foreign_certificate(&openssl, key, signature);
        let error = verdict(&certificate, certificate.tbs_der()).expect_err(algorithm);
        assert_eq!(error, VerifyError::Unsupported { algorithm: algorithm.to_owned() });
    }
}

#[test]
fn foreign_keys_sign_what_openssl_verifies() {
    let Some(openssl) = openssl() else { return };
    for options in [
        "RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3",
        "RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        "RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha512 -pkeyopt rsa_pss_keygen_mgf1_md:sha512",
        "EC -pkeyopt ec_paramgen_curve:P-521",
        "ED25519",
    ] {
        openssl.run(&format!("genpkey -out key -algorithm {options}"));
        let made = request(&openssl.key("key"), &name("CN=a"), &everything()).expect(options);
        verify_request(&made).expect(options);
        openssl.write("request", made.der());
        let text = openssl.run("req -inform DER -in request -verify -noout");
        assert!(text.contains("verify OK"), "{options}: {text}");
    }
    for options in ["RSA -pkeyopt rsa_keygen_bits:1024", "ED448"] {
        openssl.run(&format!("genpkey -out key -algorithm {options}"));
        let error = sign(&openssl.key("key"), b"message").expect_err(options);
        assert!(matches!(error, CryptoError::Unsupported { .. }), "{options}: {error}");
    }
}

#[test]
fn names_are_shown_as_openssl_shows_them() {
    let Some(openssl) = openssl() else { return };
    for subject in [
        "/C=US/ST=x y/L=Zürich/O=a, b/OU=c+d/CN=e",
        "/DC=com/DC=acme/OU=a/OU=b/CN=*.acme.com/emailAddress=a@acme.com",
        "/CN=\"quoted\" <a;b> \\\\ c=d",
        "/CN=#hash/UID=u/title=t/GN=g/SN=s/initials=i/serialNumber=1/dnQualifier=q",
        "/CN=a/pseudonym=p/postalCode=1/businessCategory=b/organizationIdentifier=VATDE-1/street=s",
        "/CN=a/jurisdictionC=US/jurisdictionST=b/jurisdictionL=c/unstructuredName=n/name=n",
    ] {
        openssl.run_with(
            "req -x509 -newkey ed25519 -nodes -keyout pem -utf8 -outform DER -out certificate -subj",
            &[subject],
        );
        let certificate = Certificate::from_der(&openssl.read("certificate")).unwrap();
        let shown = openssl
            .run("x509 -inform DER -in certificate -noout -subject -nameopt RFC2253,-esc_msb,utf8");
        let ours = certificate.subject().to_string().replace("STREET=", "street=");
        assert_eq!(format!("subject={ours}"), shown.trim());
        assert!(name(&ours).matches(&certificate.subject()), "{ours}");
    }
}
