//! What a certificate says, for `show` and `inspect`.

use crate::render::extension::{self, ExtensionReport};
use crate::render::text::{left, safe, timestamp};
use mwallet::chain::rules;
use mwallet::codec::Warning;
use mwallet::crypto::sign::{self, VerifyError};
use mwallet::digest::sha1;
use mwallet::hex;
use mwallet::issue::extensions::RequestedExtensions;
use mwallet::issue::{IssueError, csr};
use mwallet::model::basic_constraints::BasicConstraints;
use mwallet::model::certificate::Certificate;
use mwallet::model::extension::shown;
use mwallet::model::general_name::listed;
use mwallet::model::publication::Publication;
use mwallet::model::request::CertificateRequest;
use mwallet::oid::{self, ObjectIdentifier};
use serde::Serialize;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// What a certificate says beyond its line in a list; of a request, what it asks for.
#[derive(Debug, Default, Serialize)]
pub(crate) struct CertificateDetails {
    #[serde(flatten)]
    own: Option<Own>,
    signature_algorithm: String,
    pub(crate) ca: bool,
    path_length: Option<u32>,
    pub(crate) san: Vec<String>,
    pub(crate) key_usage: Vec<String>,
    pub(crate) eku: Vec<String>,
    pub(crate) subject_key_id: Option<String>,
    pub(crate) authority_key_id: Option<String>,
    /// Every extension, in its order.
    extensions: Vec<ExtensionReport>,
    /// What could not be read of the extensions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unreadable: Option<String>,
}

/// What a certificate has and a request has not.
#[derive(Debug, Serialize)]
struct Own {
    version: u8,
    /// For comparing with programs that show no other fingerprint.
    sha1: String,
    /// The thumbprint by which access tokens name the certificate (RFC 8705 section 3.1).
    #[serde(rename = "x5t#S256")]
    x5t_s256: String,
    policies: Vec<String>,
    ocsp: Vec<String>,
    ca_issuers: Vec<String>,
    crl: Vec<String>,
}

impl CertificateDetails {
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let mut details = Self {
            signature_algorithm: sign::signature_name(certificate.signature_algorithm_der()),
            subject_key_id: certificate.subject_key_identifier().map(hex::encode),
            authority_key_id: certificate.authority_key_identifier().map(hex::encode),
            ..Self::default()
        };
        details.extend(RequestedExtensions::of_certificate(certificate));
        let constraints = details.read(certificate.basic_constraints());
        details.constrain(constraints);
        details.own = Some(details.own(certificate));
        let all = details.read(certificate.all_extensions());
        let report = |extension| ExtensionReport::of(extension, |oid| details.words(oid));
        details.extensions = all.iter().map(report).collect();
        details
    }

    /// What a request asks for.
    pub(crate) fn of_request(request: &CertificateRequest) -> Self {
        let mut details = Self {
            signature_algorithm: sign::signature_name(request.signature_algorithm_der()),
            ..Self::default()
        };
        details.extend(csr::requested_extensions(request));
        let all = details.read(csr::all_requested_extensions(request));
        let constraints = details.read(csr::basic_constraints(&all));
        details.constrain(constraints);
        let identifier = all.iter().find(|one| one.oid == oid::SUBJECT_KEY_IDENTIFIER);
        details.subject_key_id = identifier.and_then(|one| shown(one.oid, &one.value));
        let report = |extension| ExtensionReport::of_requested(extension, |oid| details.words(oid));
        details.extensions = all.iter().map(report).collect();
        details
    }

    fn constrain(&mut self, constraints: Option<BasicConstraints>) {
        self.ca = constraints.is_some_and(|constraints| constraints.ca);
        self.path_length = constraints.and_then(|constraints| constraints.path_length);
    }

    fn extend(&mut self, extensions: Result<RequestedExtensions, IssueError>) {
        let extensions = self.read(extensions);
        self.san = words(&extensions.san);
        self.key_usage = words(&extensions.key_usage);
        self.eku = words(&extensions.eku);
    }

    fn own(&mut self, certificate: &Certificate) -> Own {
        let Publication { crl, ca_issuers, ocsp } =
            self.read(Publication::of_certificate(certificate));
        Own {
            version: certificate.version(),
            sha1: hex::encode(&sha1(certificate.der())),
            x5t_s256: certificate.fingerprint().to_base64url(),
            policies: words(&self.read(rules::policies(certificate))),
            ocsp,
            ca_issuers,
            crl,
        }
    }

    /// What the other members say of an extension.
    fn words(&self, extension: ObjectIdentifier) -> Option<String> {
        let own = self.own.as_ref();
        let words = match extension {
            oid::SUBJECT_ALT_NAME => listed(&self.san),
            oid::KEY_USAGE => self.key_usage.join(", "),
            oid::EXTENDED_KEY_USAGE => self.eku.join(", "),
            oid::AUTHORITY_KEY_IDENTIFIER => self.authority_key_id.clone()?,
            oid::CERTIFICATE_POLICIES => own?.policies.join(", "),
            oid::CRL_DISTRIBUTION_POINTS => own?.crl.join(", "),
            oid::AUTHORITY_INFO_ACCESS => [&own?.ocsp[..], &own?.ca_issuers].concat().join(", "),
            _ => return None,
        };
        (!words.is_empty()).then_some(words)
    }

    /// What was read; nothing where it could not be, and the first reason is kept.
    fn read<T: Default>(&mut self, result: Result<T, impl ToString>) -> T {
        result.unwrap_or_else(|error| {
            self.unreadable.get_or_insert_with(|| error.to_string());
            T::default()
        })
    }
}

fn words(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// The certificate in lines of `name: value`.
pub(crate) fn lines(certificate: &Certificate, now: OffsetDateTime, out: &mut String) {
    let details = CertificateDetails::of(certificate);
    let own = details.own.as_ref();
    let text = |of: fn(&Own) -> &str| own.map(of).unwrap_or_default();
    let end = certificate.not_after();
    line(out, "subject", &certificate.subject().to_string());
    line(out, "issuer", &certificate.issuer().to_string());
    line(out, "serial", &certificate.serial_hex());
    line(out, "valid from", &timestamp(certificate.not_before()));
    line(out, "valid until", &format!("{}, {}", timestamp(end), left(end, now)));
    line(out, "sha256", &certificate.fingerprint().to_string());
    line(out, "sha1", text(|own| &own.sha1));
    line(out, "x5t#S256", text(|own| &own.x5t_s256));
    line(out, "public key", &certificate.key_algorithm().to_string());
    line(out, "signature", &details.signature_algorithm);
    line(out, "version", &certificate.version().to_string());
    line(out, "CA", &authority(&details));
    extension_lines(&details, out);
    for (name, values) in [
        ("policies", own.map(|own| &own.policies)),
        ("OCSP", own.map(|own| &own.ocsp)),
        ("CA issuers", own.map(|own| &own.ca_issuers)),
        ("CRL", own.map(|own| &own.crl)),
    ] {
        line(out, name, &values.map(|values| values.join(", ")).unwrap_or_default());
    }
    other_lines(&details, out);
    line(out, "unreadable", details.unreadable.as_deref().unwrap_or_default());
}

/// The request in lines of `name: value`.
pub(crate) fn request_lines(request: &CertificateRequest, out: &mut String) {
    let details = CertificateDetails::of_request(request);
    line(out, "subject", &request.subject().to_string());
    line(out, "public key", &request.public_key().algorithm().to_string());
    line(out, "signature", &details.signature_algorithm);
    line(out, "CA", &authority(&details));
    extension_lines(&details, out);
    other_lines(&details, out);
    line(out, "unreadable", details.unreadable.as_deref().unwrap_or_default());
}

/// That nobody has shown to hold the key of a request, or that it cannot be told.
pub(crate) fn unproven(request: &CertificateRequest) -> Option<Warning> {
    let error = csr::verify_request(request).err()?;
    let message = match &error {
        IssueError::Signature(VerifyError::Invalid) => {
            "its signature does not fit its key, so nobody has shown to hold that".to_owned()
        }
        other => other.to_string(),
    };
    let message = format!("the request of {}: {message}", request.subject());
    Some(Warning { code: error.code(), message })
}

fn other_lines(details: &CertificateDetails, out: &mut String) {
    for (name, value) in extension::lines(&details.extensions) {
        line(out, name, &value);
    }
}

fn extension_lines(details: &CertificateDetails, out: &mut String) {
    line(out, "alternative names", &listed(&details.san));
    line(out, "key usage", &details.key_usage.join(", "));
    line(out, "extended key usage", &details.eku.join(", "));
    line(out, "subject key id", details.subject_key_id.as_deref().unwrap_or_default());
    line(out, "authority key id", details.authority_key_id.as_deref().unwrap_or_default());
}

/// Whether the certificate is a CA's, and how many more may stand below it.
fn authority(details: &CertificateDetails) -> String {
    match details.path_length {
        Some(length) if details.ca => format!("yes, path length {length}"),
        _ if details.ca => "yes".to_owned(),
        _ if details.extensions.iter().any(|one| one.is(oid::BASIC_CONSTRAINTS)) => "no".to_owned(),
        _ => String::new(),
    }
}

fn line(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        let _ = writeln!(out, "  {:<20} {}", format!("{name}:"), safe(value));
    }
}
