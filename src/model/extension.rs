//! Extensions of certificates in words.

mod told;

pub use told::is_told;

use crate::hex;
use crate::model::basic_constraints::BasicConstraints;
use crate::model::general_name;
use crate::oid::{self, ObjectIdentifier};
use crate::tlv::{self, INTEGER, OCTET_STRING, SEQUENCE, TlvError, Values, context};

/// The name of an extension in its standard, where it is known.
#[must_use]
pub fn name(oid: ObjectIdentifier) -> Option<&'static str> {
    Some(match oid {
        oid::SUBJECT_DIRECTORY_ATTRIBUTES => "subjectDirectoryAttributes",
        oid::SUBJECT_KEY_IDENTIFIER => "subjectKeyIdentifier",
        oid::KEY_USAGE => "keyUsage",
        oid::SUBJECT_ALT_NAME => "subjectAltName",
        oid::ISSUER_ALT_NAME => "issuerAltName",
        oid::BASIC_CONSTRAINTS => "basicConstraints",
        oid::NAME_CONSTRAINTS => "nameConstraints",
        oid::CRL_DISTRIBUTION_POINTS => "cRLDistributionPoints",
        oid::CERTIFICATE_POLICIES => "certificatePolicies",
        oid::POLICY_MAPPINGS => "policyMappings",
        oid::AUTHORITY_KEY_IDENTIFIER => "authorityKeyIdentifier",
        oid::POLICY_CONSTRAINTS => "policyConstraints",
        oid::EXTENDED_KEY_USAGE => "extendedKeyUsage",
        oid::FRESHEST_CRL => "freshestCRL",
        oid::INHIBIT_ANY_POLICY => "inhibitAnyPolicy",
        oid::AUTHORITY_INFO_ACCESS => "authorityInfoAccess",
        oid::SUBJECT_INFO_ACCESS => "subjectInfoAccess",
        oid::TLS_FEATURE => "tlsFeature",
        oid::OCSP_NO_CHECK => "ocspNoCheck",
        oid::SIGNED_CERTIFICATE_TIMESTAMPS => "signedCertificateTimestamps",
        _ => return None,
    })
}

/// What an extension that is not a list of names, usages, policies or places says; nothing where that is not
/// known, or cannot be read.
#[must_use]
pub fn shown(oid: ObjectIdentifier, value: &[u8]) -> Option<String> {
    match oid {
        oid::BASIC_CONSTRAINTS => basic_constraints(value).ok(),
        oid::NAME_CONSTRAINTS => name_constraints(value).ok(),
        oid::TLS_FEATURE => tls_features(value).ok(),
        oid::OCSP_NO_CHECK => Some("yes".to_owned()),
        oid::ISSUER_ALT_NAME => general_name::shown_list(value),
        oid::SUBJECT_KEY_IDENTIFIER => tlv::content(value, OCTET_STRING).ok().map(hex::encode),
        _ => None,
    }
}

fn basic_constraints(value: &[u8]) -> Result<String, TlvError> {
    let BasicConstraints { ca, path_length } = BasicConstraints::read(value)?;
    let mut words = if ca { "CA" } else { "no CA" }.to_owned();
    if let Some(length) = path_length {
        words.extend([", path length ", &length.to_string()]);
    }
    Ok(words)
}

/// ```text
/// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL,
///                                excludedSubtrees  [1] GeneralSubtrees OPTIONAL }
/// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }
/// ```
///
/// RFC 5280 section 4.2.1.10.
fn name_constraints(value: &[u8]) -> Result<String, TlvError> {
    const PERMITTED: u8 = context(0);
    const EXCLUDED: u8 = context(1);
    let mut fields = Values::new(tlv::content(value, SEQUENCE)?);
    let mut parts = Vec::new();
    while !fields.is_empty() {
        let field = fields.take()?;
        let word = match field.tag {
            PERMITTED => "permitted",
            EXCLUDED => "excluded",
            found => return Err(TlvError::Tag { found, expected: EXCLUDED }),
        };
        let mut subtrees = Values::new(field.content);
        let mut names = Vec::new();
        while !subtrees.is_empty() {
            let base = subtrees.inside(SEQUENCE)?.take()?;
            names.push(general_name::shown(base.der));
        }
        parts.push(format!("{word} {}", general_name::listed(&names)));
    }
    Ok(parts.join("; "))
}

/// `Features ::= SEQUENCE OF INTEGER`, RFC 7633 section 4: extensions of TLS that the server has to offer.
fn tls_features(value: &[u8]) -> Result<String, TlvError> {
    let mut numbers = Values::new(tlv::content(value, SEQUENCE)?);
    let mut features = Vec::new();
    while !numbers.is_empty() {
        features.push(match numbers.content(INTEGER)? {
            [5] => "status_request (must-staple)".to_owned(),
            [17] => "status_request_v2 (must-staple)".to_owned(),
            other => format!("0x{}", hex::encode(other)),
        });
    }
    Ok(features.join(", "))
}
