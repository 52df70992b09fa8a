//! What `sign` tells of the certificate that it made.

use crate::render::certificate::CertificateDetails;
use crate::render::change::Change;
use crate::render::text::{date, safe, timestamp};
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::hex;
use mwallet::issue::extensions::{RawExtension, RequestedExtensions};
use mwallet::oid::{self, ObjectIdentifier};
use mwallet::ops::sign::SignedCertificate;
use serde::Serialize;
use std::fmt::Write as _;

/// Extensions that requests ask for, with the names of RFC 5280 and of Microsoft.
const NAMES: [(ObjectIdentifier, &str); 9] = [
    (oid::SUBJECT_ALT_NAME, "subjectAltName"),
    (oid::EXTENDED_KEY_USAGE, "extKeyUsage"),
    (oid::KEY_USAGE, "keyUsage"),
    (oid::BASIC_CONSTRAINTS, "basicConstraints"),
    (oid::SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
    (oid::AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (oid::NAME_CONSTRAINTS, "nameConstraints"),
    (oid::CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints"),
    (oid::AUTHORITY_INFO_ACCESS, "authorityInfoAccess"),
];

/// A requested extension.
#[derive(Serialize)]
struct Asked {
    oid: String,
    name: Option<&'static str>,
    /// What it says, in words, else its DER in hexadecimal digits.
    value: String,
}

impl Asked {
    fn of(extension: &RawExtension) -> Self {
        let name = NAMES.iter().find(|(oid, _)| *oid == extension.oid).map(|&(_, name)| name);
        let value = words(extension).unwrap_or_else(|| hex::encode(&extension.value));
        Self { oid: extension.oid.to_string(), name, value }
    }

    fn line(&self) -> String {
        let name = self.name.unwrap_or(&self.oid);
        format!("{name} ({})", safe(&self.value))
    }
}

/// What names and usages say; others are not read here.
fn words(extension: &RawExtension) -> Option<String> {
    let read = RequestedExtensions::of_extension(extension)?;
    let RequestedExtensions { san, eku, key_usage } = read;
    let words: Vec<String> = san
        .iter()
        .map(ToString::to_string)
        .chain(eku.iter().map(ToString::to_string))
        .chain(key_usage.iter().map(ToString::to_string))
        .collect();
    Some(words.join(", "))
}

/// The facts of the JSON report.
pub(crate) fn facts(signed: &SignedCertificate, ca: &str, pem: &str, change: &mut Change) {
    let certificate = &signed.certificate;
    let details = CertificateDetails::of(certificate);
    change.fact("ca", ca);
    change.fact("subject", certificate.subject().to_string());
    change.fact("issuer", certificate.issuer().to_string());
    change.fact("serial", certificate.serial_hex());
    change.fact("not_before", timestamp(certificate.not_before()));
    change.fact("not_after", timestamp(certificate.not_after()));
    change.fact("sha256", certificate.fingerprint().to_string());
    change.fact("public_key", certificate.key_algorithm().to_string());
    change.fact("is_ca", details.ca);
    change.fact("san", details.san);
    change.fact("key_usage", details.key_usage);
    change.fact("eku", details.eku);
    change.facts("copied", &signed.copied.iter().map(Asked::of).collect::<Vec<_>>());
    change.facts("left_out", &signed.left.iter().map(Asked::of).collect::<Vec<_>>());
    change.fact("pem", pem);
}

/// Names and usages that the certificate does not have, and that a flag takes over.
pub(crate) fn left_out(signed: &SignedCertificate) -> Option<Warning> {
    let asked = signed.left.iter().filter(|asked| is_copyable(asked, signed)).map(Asked::of);
    let lines: Vec<String> = asked.map(|asked| asked.line()).collect();
    if lines.is_empty() {
        return None;
    }
    let message =
        format!("the certificate is not given what its request asks for: {}", lines.join(", "));
    Some(Warning { code: Code::EXTENSIONS_LEFT_OUT, message })
}

fn is_copyable(asked: &RawExtension, signed: &SignedCertificate) -> bool {
    signed.copyable.contains(&asked.oid)
}

/// The report for people.
pub(crate) fn text(signed: &SignedCertificate, change: &Change) -> String {
    let certificate = &signed.certificate;
    let details = CertificateDetails::of(certificate);
    let mut text = format!(
        "{} {} for {}: serial {}, until {}\n",
        change.tense("signed", "would sign"),
        if details.ca { "a CA's certificate" } else { "the certificate" },
        match certificate.subject() {
            subject if subject.is_empty() => "no subject".to_owned(),
            subject => safe(&subject.to_string()),
        },
        certificate.serial_hex(),
        date(certificate.not_after()),
    );
    let _ = writeln!(text, "issuer {}", safe(&certificate.issuer().to_string()));
    if !details.san.is_empty() {
        let _ = writeln!(text, "names {}", safe(&details.san.join(", ")));
    }
    if !details.eku.is_empty() {
        let _ = writeln!(text, "for {}", details.eku.join(", "));
    }
    // Of the others a warning tells.
    for asked in signed.left.iter().filter(|asked| !is_copyable(asked, signed)).map(Asked::of) {
        let _ = writeln!(text, "left out what the request asks for: {}", asked.line());
    }
    text
}
