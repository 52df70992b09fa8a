//! What a certificate says, for `show` and `inspect`.

use crate::render::text::{date, hex, safe, validity_end};
use mwallet::model::certificate::Certificate;
use serde::Serialize;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};
use time::OffsetDateTime;
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName, KeyUsage, ParsedExtension};

/// What stands in the extensions of a certificate.
#[derive(Debug, Default, Serialize)]
pub(crate) struct CertificateDetails {
    pub(crate) ca: bool,
    pub(crate) san: Vec<String>,
    pub(crate) key_usage: Vec<&'static str>,
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
            subject_key_id: certificate.subject_key_identifier().map(hex),
            authority_key_id: certificate.authority_key_identifier().map(hex),
            ..Self::default()
        };
        let view = match certificate.view() {
            Ok(view) => view,
            Err(error) => {
                details.unreadable = Some(error.to_string());
                return details;
            }
        };
        for extension in view.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => {
                    details.san = names.general_names.iter().map(general_name).collect();
                }
                ParsedExtension::KeyUsage(usage) => details.key_usage = key_usage(usage),
                ParsedExtension::ExtendedKeyUsage(usage) => details.eku = eku(usage),
                ParsedExtension::ParseError { error } => {
                    details.unreadable = Some(format!("extension {}: {error}", extension.oid));
                }
                _ => {} // the rest is in the PEM, for whoever needs it
            }
        }
        details
    }
}

/// The certificate in lines of `name: value`.
pub(crate) fn lines(certificate: &Certificate, now: OffsetDateTime, out: &mut String) {
    let details = CertificateDetails::of(certificate);
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "  {:<20} {value}", format!("{name}:")); // a String takes all
        }
    };
    line("subject", &safe(&certificate.subject().to_string()));
    line("issuer", &safe(&certificate.issuer().to_string()));
    line("serial", &certificate.serial_hex());
    line("valid from", &date(certificate.not_before()));
    line("valid until", &validity_end(certificate.not_after(), now));
    line("sha256", &certificate.fingerprint().to_string());
    line("public key", &certificate.public_key().algorithm().to_string());
    line("CA", if details.ca { "yes" } else { "" });
    line("alternative names", &safe(&details.san.join(", ")));
    line("key usage", &details.key_usage.join(", "));
    line("extended key usage", &details.eku.join(", "));
    line("subject key id", details.subject_key_id.as_deref().unwrap_or_default());
    line("authority key id", details.authority_key_id.as_deref().unwrap_or_default());
    line("unreadable", &safe(details.unreadable.as_deref().unwrap_or_default()));
}

/// A name as `--san` takes it.
fn general_name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => format!("dns:{name}"),
        GeneralName::RFC822Name(name) => format!("email:{name}"),
        GeneralName::URI(name) => format!("uri:{name}"),
        GeneralName::IPAddress(bytes) => match (<[u8; 4]>::try_from(*bytes), <[u8; 16]>::try_from(*bytes)) {
            (Ok(four), _) => format!("ip:{}", Ipv4Addr::from(four)),
            (_, Ok(sixteen)) => format!("ip:{}", Ipv6Addr::from(sixteen)),
            _ => format!("ip:{}", hex(bytes)),
        },
        GeneralName::DirectoryName(name) => format!("dn:{name}"),
        GeneralName::RegisteredID(oid) => format!("oid:{oid}"),
        GeneralName::OtherName(oid, value) => format!("other:{oid}:{}", hex(value)),
        _ => "unknown".to_owned(),
    }
}

fn key_usage(usage: &KeyUsage) -> Vec<&'static str> {
    [
        (usage.digital_signature(), "digitalSignature"),
        (usage.non_repudiation(), "nonRepudiation"),
        (usage.key_encipherment(), "keyEncipherment"),
        (usage.data_encipherment(), "dataEncipherment"),
        (usage.key_agreement(), "keyAgreement"),
        (usage.key_cert_sign(), "keyCertSign"),
        (usage.crl_sign(), "cRLSign"),
        (usage.encipher_only(), "encipherOnly"),
        (usage.decipher_only(), "decipherOnly"),
    ]
    .into_iter()
    .filter_map(|(set, name)| set.then_some(name))
    .collect()
}

fn eku(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    [
        (usage.any, "any"),
        (usage.server_auth, "server"),
        (usage.client_auth, "client"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ]
    .into_iter()
    .filter(|(set, _)| *set)
    .map(|(_, name)| name.to_owned())
    .chain(usage.other.iter().map(ToString::to_string))
    .collect()
}
