//! OpenSSL, GnuTLS, Java and webpki judge what the library writes into certificates of authorities,
//! and its revocation lists.

#![allow(clippy::disallowed_methods, reason = "tests run the programs of others on files")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use mwallet::crypto::keygen::{generate, public_key};
use mwallet::crypto::{sign, weak};
use mwallet::issue::IssueError;
use mwallet::issue::alternative_name::SubjectAltName;
use mwallet::issue::certificate::{Issuer, Role, Template, Validity, issue, self_signed};
use mwallet::issue::constraint::{NameConstraints, Subtree};
use mwallet::issue::crl::{CrlTemplate, Revocation, crl};
use mwallet::issue::extensions::{RawExtension, RequestedExtensions};
use mwallet::issue::signed::SigningDigest;
use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use mwallet::model::key::{KeyAlgorithm, PrivateKey};
use mwallet::model::name::DistinguishedName;
use mwallet::model::publication::Publication;
use mwallet::model::revocation::RevocationReason;
use mwallet::model::serial::SerialNumber;
use mwallet::oid::ObjectIdentifier;
use support::peers;
use support::scratch::Scratch;
use time::{Duration, OffsetDateTime};

const CA: &str = "CN=Corp CA,OU=b,OU=a,DC=acme,DC=com";

fn year() -> Validity {
    let now = OffsetDateTime::now_utc();
    Validity { not_before: now - Duration::hours(1), not_after: now + Duration::days(365) }
}

fn name(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).unwrap()
}

fn authority(kind: KeyAlgorithm) -> (PrivateKey, Certificate) {
    let key = generate(kind).unwrap();
    let template = Template::new(year(), Role::Authority { path_length: None });
    let certificate = self_signed(&key, &name(CA), &template).unwrap();
    (key, certificate)
}

fn write(scratch: &Scratch, file: &str, certificate: &Certificate) {
    scratch.write(file, mwallet::codec::pem::encode_certificates(&[certificate], false));
}

fn san(text: &str) -> RequestedExtensions {
    RequestedExtensions {
        san: SubjectAltName::parse_list(text).unwrap(),
        ..RequestedExtensions::default()
    }
}

#[test]
fn constraints_hold_in_openssl_gnutls_and_webpki() {
    let (Some(openssl), Some(certtool)) = (peers::openssl(), peers::certtool()) else { return };
    let scratch = Scratch::new();
    let (root_key, root) = authority(KeyAlgorithm::EcP256);
    write(&scratch, "root.pem", &root);
    let key = generate(KeyAlgorithm::EcP256).unwrap();
    let public = public_key(&key).unwrap();
    let issuing = |permitted: &str, excluded: &str| {
        let constraints = NameConstraints {
            permitted: Subtree::parse_list(permitted).unwrap(),
            excluded: Subtree::parse_list(excluded).unwrap(),
        };
        let role = Role::Authority { path_length: Some(0) };
        let template = Template { constraints, ..Template::new(year(), role) };
        let issuer = Issuer { key: &root_key, certificate: &root };
        issue(issuer, &name("CN=Issuing"), &public, &template).unwrap()
    };
    let hosts = issuing("dns:acme.com,ip:10.0.0.0/8", "dns:secret.acme.com");
    let persons = issuing("email:acme.com,uri:.acme.com", "dirname:CN=banned");
    for (ca, subject, names, good) in [
        (&hosts, "CN=a", "dns:db.acme.com,ip:10.1.2.3", true),
        (&hosts, "CN=a", "dns:db.acme.org", false),
        (&hosts, "CN=a", "dns:x.secret.acme.com", false),
        (&hosts, "CN=a", "dns:db.acme.com,ip:11.0.0.1", false),
        (&persons, "CN=a", "email:a@acme.com,uri:https://x.acme.com/y", true),
        (&persons, "CN=a", "email:a@acme.org", false),
        (&persons, "CN=a", "uri:https://acme.org/", false),
        (&persons, "OU=x,CN=banned", "email:a@acme.com", false),
    ] {
        let template =
            Template { extensions: san(names), ..Template::new(year(), Role::EndEntity) };
        let issuer = Issuer { key: &key, certificate: ca };
        let leaf = issue(issuer, &name(subject), &public, &template).unwrap();
        write(&scratch, "issuing.pem", ca);
        write(&scratch, "leaf.pem", &leaf);
        let line = "verify -x509_strict -CAfile root.pem -untrusted issuing.pem leaf.pem";
        let verdict = scratch.run(&openssl, line);
        assert_eq!(verdict.succeeded(), good, "{subject} {names}: {}", verdict.story());
        // GnuTLS and webpki know no constraints on directory names and URIs.
        if *ca == hosts {
            let files = ["leaf.pem", "issuing.pem", "root.pem"];
            scratch.write("chain.pem", files.map(|file| scratch.text(file)).concat());
            let line = "--verify --load-ca-certificate root.pem --infile chain.pem";
            let verdict = scratch.run(&certtool, line);
            assert_eq!(verdict.succeeded(), good, "{subject} {names}: {}", verdict.story());
            assert_eq!(webpki_accepts(&leaf, ca, &root), good, "webpki: {subject} {names}");
        }
    }
    write(&scratch, "issuing.pem", &hosts);
    let text = scratch.run(&openssl, "x509 -in issuing.pem -noout -text").ok();
    for part in ["Name Constraints: critical", "DNS:acme.com", "IP:10.0.0.0/255.0.0.0"] {
        assert!(text.out().contains(part), "{part}: {}", text.story());
    }
}

fn webpki_accepts(leaf: &Certificate, issuing: &Certificate, root: &Certificate) -> bool {
    use rustls_pki_types::{CertificateDer, UnixTime};
    let root = CertificateDer::from(root.der());
    let anchor = webpki::anchor_from_trusted_cert(&root).unwrap();
    let leaf = CertificateDer::from(leaf.der());
    let between = [CertificateDer::from(issuing.der())];
    webpki::EndEntityCert::try_from(&leaf)
        .unwrap()
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &[anchor],
            &between,
            UnixTime::now(),
            webpki::KeyUsage::server_auth(),
            None,
            None,
        )
        .is_ok()
}

#[test]
fn places_of_publication_and_further_extensions_are_written() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let (key, ca) = authority(KeyAlgorithm::EcP384);
    let issuer = Issuer { key: &key, certificate: &ca };
    let template = Template {
        publication: Publication {
            crl: vec!["http://ca.acme.com/ca.crl".into(), "ldap://ca.acme.com/cn=ca".into()],
            ca_issuers: vec!["http://ca.acme.com/ca.cer".into()],
            ocsp: vec!["http://ocsp.acme.com".into()],
        },
        further: vec![RawExtension {
            oid: ObjectIdentifier::new_unwrap("1.2.3.4"),
            critical: false,
            value: vec![5, 0],
        }],
        serial: Some("0xFEDCBA".parse().unwrap()),
        ..Template::new(year(), Role::EndEntity)
    };
    let public = public_key(&key).unwrap();
    let leaf = issue(issuer, &name("CN=a"), &public, &template).unwrap();
    assert_eq!(leaf.issuer_der(), ca.subject_der());
    write(&scratch, "ca.pem", &ca);
    write(&scratch, "leaf.pem", &leaf);
    scratch.run(&openssl, "verify -x509_strict -CAfile ca.pem leaf.pem").ok();
    let done = scratch.run(&openssl, "x509 -in leaf.pem -noout -text -serial").ok();
    for part in [
        "URI:http://ca.acme.com/ca.crl",
        "URI:ldap://ca.acme.com/cn=ca",
        "CA Issuers - URI:http://ca.acme.com/ca.cer",
        "OCSP - URI:http://ocsp.acme.com",
        "1.2.3.4:",
        "serial=FEDCBA",
    ] {
        assert!(done.out().contains(part), "{part}: {}", done.story());
    }

    let twice = Template { further: vec![template.further[0].clone(); 2], ..template.clone() };
    let error = issue(issuer, &name("CN=a"), &public, &twice).expect_err("twice");
    assert!(matches!(error, IssueError::ExtensionTwice { .. }), "{error}");
    for url in ["ca.acme.com/ca.crl", "http://", "file:///ca.crl", "http://a/ b"] {
        let publication = Publication { crl: vec![url.to_owned()], ..Publication::default() };
        let error =
            issue(issuer, &name("CN=a"), &public, &Template { publication, ..template.clone() });
        assert!(matches!(error, Err(IssueError::Url { .. })), "{url}");
    }
}

/// Weak certificates are what others take them for: OpenSSL accepts them at its lowest level and
/// refuses them at its usual one.
#[test]
fn weak_keys_and_digests_are_understood_and_refused() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    for kind in [KeyAlgorithm::Rsa(2048), KeyAlgorithm::EcP256, KeyAlgorithm::EcP521] {
        let (key, ca) = authority(kind);
        let issuer = Issuer { key: &key, certificate: &ca };
        let weak_key = weak::generate(1024).unwrap();
        for (public, digest, words) in [
            (public_key(&key).unwrap(), SigningDigest::Sha1, "digest algorithm too weak"),
            (public_key(&weak_key).unwrap(), SigningDigest::OfKey, "certificate key too weak"),
        ] {
            let template = Template { digest, ..Template::new(year(), Role::EndEntity) };
            let leaf = issue(issuer, &name("CN=a"), &public, &template).unwrap();
            let weak = digest == SigningDigest::Sha1;
            assert_eq!(sign::is_weak_digest(leaf.signature_algorithm_der()), weak);
            write(&scratch, "ca.pem", &ca);
            write(&scratch, "leaf.pem", &leaf);
            scratch.run(&openssl, "verify -auth_level 0 -CAfile ca.pem leaf.pem").ok();
            scratch
                .run(&openssl, "verify -auth_level 2 -CAfile ca.pem leaf.pem")
                .failed()
                .says(words);
        }
    }
}

fn template(revoked: Vec<Revocation>) -> CrlTemplate {
    let now = OffsetDateTime::now_utc();
    CrlTemplate {
        this_update: now,
        next_update: now + Duration::days(30),
        number: "1000".parse().unwrap(),
        revoked,
        digest: SigningDigest::default(),
    }
}

#[test]
fn list_revokes_for_openssl_and_is_read_by_all() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    for kind in [
        KeyAlgorithm::Rsa(2048),
        KeyAlgorithm::EcP256,
        KeyAlgorithm::EcP384,
        KeyAlgorithm::EcP521,
        KeyAlgorithm::Ed25519,
    ] {
        let (key, ca) = authority(kind);
        let issuer = Issuer { key: &key, certificate: &ca };
        let public = public_key(&key).unwrap();
        let leaf =
            || issue(issuer, &name("CN=a"), &public, &Template::new(year(), Role::EndEntity));
        let (revoked, good) = (leaf().unwrap(), leaf().unwrap());
        let date = OffsetDateTime::now_utc() - Duration::minutes(5);
        let serial = SerialNumber::from_content(revoked.serial());
        let list = crl(
            issuer,
            &template(vec![
                Revocation::new(&serial, date, RevocationReason::Unspecified).unwrap(),
                Revocation::new(&"7F".parse().unwrap(), date, RevocationReason::Unspecified)
                    .unwrap(),
                Revocation::new(&serial, date, RevocationReason::KeyCompromise).unwrap(),
            ]),
        )
        .unwrap();
        assert_eq!(list.issuer_der(), ca.subject_der());
        assert_eq!(list.number(), Some("1000".parse().unwrap()));
        let entries: Vec<_> =
            list.revoked().map(|entry| (entry.serial().to_vec(), entry.reason())).collect();
        assert_eq!(
            entries,
            [
                (revoked.serial().to_vec(), Some(RevocationReason::KeyCompromise)),
                (vec![0x7F], None)
            ]
        );
        write(&scratch, "ca.pem", &ca);
        write(&scratch, "revoked.pem", &revoked);
        write(&scratch, "good.pem", &good);
        scratch.write("crl.der", list.der());
        let text = scratch
            .run(&openssl, "crl -inform DER -in crl.der -CAfile ca.pem -text -out crl.pem")
            .ok()
            .says("verify OK");
        assert!(text.all().contains("verify OK"), "{}", text.story());
        let verify = "verify -x509_strict -crl_check -CRLfile crl.pem -CAfile ca.pem";
        scratch.run(&openssl, &format!("{verify} good.pem")).ok();
        scratch
            .run(&openssl, &format!("{verify} revoked.pem"))
            .failed()
            .says("certificate revoked");
        if let Some(certtool) = peers::certtool() {
            scratch
                .run(&certtool, "--crl-info --infile crl.pem")
                .ok()
                .says(&serial.to_string().to_lowercase());
        }
        for keytool in peers::keytools() {
            let done = scratch.run(&keytool, "-printcrl -file crl.pem").ok();
            let text = done.out().to_uppercase().replace(':', "");
            assert!(text.contains(&serial.to_string()), "{}", done.story());
        }
        for python in peers::pythons() {
            const PROGRAM: &str = "import sys\nfrom cryptography import x509\n\
                l = x509.load_der_x509_crl(open('crl.der','rb').read())\n\
                ca = x509.load_pem_x509_certificate(open('ca.pem','rb').read())\n\
                k = ca.public_key()\n\
                edwards = not hasattr(k, 'key_size') # older ones do not know it in lists\n\
                assert edwards or l.is_signature_valid(k)\n\
                e = list(l)\n\
                r = e[0].extensions.get_extension_for_class(x509.CRLReason).value.reason\n\
                n = l.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number\n\
                print(len(e), format(e[0].serial_number, 'X'), r.value, n)";
            scratch.write("crl.py", PROGRAM);
            let expected = format!("2 {serial} keyCompromise 4096");
            scratch.run(&python, "crl.py").ok().says(&expected);
        }
    }
}

#[test]
fn list_of_nothing_is_a_list() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let (key, ca) = authority(KeyAlgorithm::EcP256);
    let list = crl(Issuer { key: &key, certificate: &ca }, &template(Vec::new())).unwrap();
    assert_eq!(list.revoked().count(), 0);
    write(&scratch, "ca.pem", &ca);
    scratch.write("crl.der", list.der());
    scratch
        .run(&openssl, "crl -inform DER -in crl.der -CAfile ca.pem -noout -text")
        .ok()
        .says("No Revoked Certificates");
}

#[test]
fn damaged_list_is_refused_and_never_panics() {
    let (key, ca) = authority(KeyAlgorithm::EcP256);
    let serial = "AB".parse().unwrap();
    let date = OffsetDateTime::now_utc();
    let revoked = vec![Revocation::new(&serial, date, RevocationReason::Superseded).unwrap()];
    let list = crl(Issuer { key: &key, certificate: &ca }, &template(revoked)).unwrap();
    for length in 0..list.der().len() {
        assert!(RevocationList::from_der(&list.der()[..length]).is_err(), "{length} bytes");
    }
    for place in 0..list.der().len() {
        let mut der = list.der().to_vec();
        der[place] ^= 0x21;
        if let Ok(read) = RevocationList::from_der(&der) {
            let _ = (read.revoked().count(), read.number(), read.signature().len());
            let _ = read.extensions().count();
        }
    }
}
