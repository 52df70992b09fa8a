//! What a certificate says, for `show` and `inspect`.

use crate::render::text::{date, safe, validity_end};
use mwallet::crypto::sign;
use mwallet::hex;
use mwallet::issue::extensions::RequestedExtensions;
use mwallet::issue::{IssueError, csr};
use mwallet::model::certificate::Certificate;
use mwallet::model::request::CertificateRequest;
use serde::Serialize;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// What stands in the extensions of a certificate.
#[derive(Debug, Default, Serialize)]
pub(crate) struct CertificateDetails {
    pub(crate) ca: bool,
    /// The thumbprint by which access tokens name the certificate (RFC 8705 section 3.1); a request
    /// has none.
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub(crate) x5t_s256: Option<String>,
    pub(crate) signature_algorithm: String,
    pub(crate) san: Vec<String>,
    pub(crate) key_usage: Vec<String>,
    pub(crate) eku: Vec<String>,
    pub(crate) subject_key_id: Option<String>,
    pub(crate) authority_key_id: Option<String>,
    /// What could not be read of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unreadable: Option<String>,
}

impl CertificateDetails {
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let mut details = Self {
            ca: certificate.is_ca(),
            x5t_s256: Some(certificate.fingerprint().to_base64url()),
            signature_algorithm: sign::signature_name(certificate.signature_algorithm_der()),
            subject_key_id: certificate.subject_key_identifier().map(hex::encode),
            authority_key_id: certificate.authority_key_identifier().map(hex::encode),
            ..Self::default()
        };
        details.extend(RequestedExtensions::of_certificate(certificate));
        details
    }

    /// What a request asks for.
    pub(crate) fn of_request(request: &CertificateRequest) -> Self {
        let mut details = Self {
            signature_algorithm: sign::signature_name(request.signature_algorithm_der()),
            ..Self::default()
        };
        details.extend(csr::requested_extensions(request));
        details
    }

    fn extend(&mut self, extensions: Result<RequestedExtensions, IssueError>) {
        match extensions {
            Ok(extensions) => {
                self.san = words(&extensions.san);
                self.key_usage = words(&extensions.key_usage);
                self.eku = words(&extensions.eku);
            }
            Err(error) => self.unreadable = Some(error.to_string()),
        }
    }
}

fn words(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// The certificate in lines of `name: value`.
pub(crate) fn lines(certificate: &Certificate, now: OffsetDateTime, out: &mut String) {
    let details = CertificateDetails::of(certificate);
    let mut line = |name: &str, value: &str| line(name, value, out);
    line("subject", &safe(&certificate.subject().to_string()));
    line("issuer", &safe(&certificate.issuer().to_string()));
    line("serial", &certificate.serial_hex());
    line("valid from", &date(certificate.not_before()));
    line("valid until", &validity_end(certificate.not_after(), now));
    line("sha256", &certificate.fingerprint().to_string());
    line("x5t#S256", details.x5t_s256.as_deref().unwrap_or_default());
    line("public key", &certificate.key_algorithm().to_string());
    line("signature", &details.signature_algorithm);
    line("CA", if details.ca { "yes" } else { "" });
    extension_lines(&details, out);
}

/// The request in lines of `name: value`.
pub(crate) fn request_lines(request: &CertificateRequest, out: &mut String) {
    let details = CertificateDetails::of_request(request);
    line("subject", &safe(&request.subject().to_string()), out);
    line("public key", &request.public_key().algorithm().to_string(), out);
    line("signature", &details.signature_algorithm, out);
    extension_lines(&details, out);
}

fn extension_lines(details: &CertificateDetails, out: &mut String) {
    for (name, value) in [
        ("alternative names", safe(&details.san.join(", "))),
        ("key usage", details.key_usage.join(", ")),
        ("extended key usage", details.eku.join(", ")),
        ("subject key id", details.subject_key_id.clone().unwrap_or_default()),
        ("authority key id", details.authority_key_id.clone().unwrap_or_default()),
        ("unreadable", safe(details.unreadable.as_deref().unwrap_or_default())),
    ] {
        line(name, &value, out);
    }
}

fn line(name: &str, value: &str, out: &mut String) {
    if !value.is_empty() {
        let _ = writeln!(out, "  {:<20} {value}", format!("{name}:"));
    }
}
