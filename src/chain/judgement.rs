//! What is right and wrong with the certificates of a path.
//!
//! Path validation of RFC 5280 section 6.1, as far as it looks at one certificate at a time. An
//! anchor is a name and a key (section 6.1.1 (d)): the rest of its certificate does not count.

use crate::chain::check_request::Purpose;
use crate::chain::finding::{Finding, Severity};
use crate::chain::missing::{Mismatch, Nearest};
use crate::chain::path::{End, Link, Path, Signature};
use crate::chain::rules::{
    is_expired, is_not_yet_valid, is_version_3, may_issue, timestamp, title,
};
use crate::code::Code;
use crate::crypto::sign;
use crate::model::certificate::Certificate;
use crate::model::key::KeyAlgorithm;
use crate::oid::{self, ObjectIdentifier};
use der::Decode;
use time::OffsetDateTime;

/// Below this, an RSA key is an error.
const RSA_BROKEN_BITS: u32 = 1024;

/// Below this, an RSA key is a warning: NIST SP 800-131A forbids it for new signatures.
const RSA_WEAK_BITS: u32 = 2048;

/// Judges every certificate of the path, and how it ends.
#[must_use]
pub fn path(path: &Path, at: OffsetDateTime, purpose: Purpose) -> Vec<Finding> {
    let mut findings = Vec::new();
    let last = path.links.len() - 1;
    for (position, link) in path.links.iter().enumerate() {
        let certificate = &link.certificate;
        let anchor = position == last && path.end == End::Trusted;
        findings.extend(validity(certificate, at, anchor));
        findings.extend(weak_key(certificate));
        // Nobody relies on the signature of an anchor or of another root.
        if position < last || matches!(path.end, End::Incomplete(_)) {
            findings.extend(weak_signature(certificate));
        }
        findings.extend(unsupported(link));
        if position > 0 {
            findings.extend(issuer(certificate, anchor));
        }
    }
    findings.extend(extended_key_usage(path.leaf(), purpose));
    findings.extend(ending(path));
    findings
}

/// RFC 5280 section 6.1.3 (a)(2).
fn validity(certificate: &Certificate, at: OffsetDateTime, anchor: bool) -> Option<Finding> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    let who = title(certificate);
    let finding = if is_expired(certificate, at) {
        let ended = format!("{who} expired at {}", timestamp(not_after));
        if anchor {
            Finding::new(Code::TRUSTED_EXPIRED, Severity::Warning, ended)
        } else {
            Finding::new(Code::CERT_EXPIRED, Severity::Error, ended)
        }
    } else if is_not_yet_valid(certificate, at) {
        let severity = if anchor { Severity::Warning } else { Severity::Error };
        let message = format!("{who} is not valid before {}", timestamp(not_before));
        Finding::new(Code::CERT_NOT_YET_VALID, severity, message)
    } else {
        return None;
    };
    Some(
        finding
            .certificate(certificate)
            .evidence("not_before", timestamp(not_before))
            .evidence("not_after", timestamp(not_after))
            .evidence("at", timestamp(at)),
    )
}

/// A key that is too short. An anchor's counts too: whoever breaks it forges what they like.
pub(in crate::chain) fn weak_key(certificate: &Certificate) -> Option<Finding> {
    let KeyAlgorithm::Rsa(bits) = certificate.public_key().algorithm() else {
        return None;
    };
    let severity = match bits {
        0..RSA_BROKEN_BITS => Severity::Error,
        RSA_BROKEN_BITS..RSA_WEAK_BITS => Severity::Warning,
        _ => return None,
    };
    let message = format!("{} has an RSA key of {bits} bits", title(certificate));
    Some(
        Finding::new(Code::WEAK_KEY, severity, message)
            .certificate(certificate)
            .evidence("bits", bits),
    )
}

/// A signature over a digest for which collisions can be made.
fn weak_signature(certificate: &Certificate) -> Option<Finding> {
    let algorithm = certificate.signature_algorithm_der();
    if !sign::is_weak_digest(algorithm) {
        return None;
    }
    let name = sign::signature_name(algorithm);
    let message = format!("{} is signed with {name}", title(certificate));
    Some(
        Finding::new(Code::WEAK_SIGNATURE, Severity::Error, message)
            .certificate(certificate)
            .evidence("algorithm", name),
    )
}

fn unsupported(link: &Link) -> Option<Finding> {
    let Signature::Unsupported { algorithm } = &link.signature else {
        return None;
    };
    let message =
        format!("the signature of {} cannot be verified: {algorithm}", title(&link.certificate));
    Some(
        Finding::new(Code::SIGNATURE_UNSUPPORTED, Severity::Warning, message)
            .certificate(&link.certificate)
            .evidence("algorithm", algorithm.as_str()),
    )
}

/// RFC 5280 section 6.1.4 (k), for certificates after the first.
fn issuer(certificate: &Certificate, anchor: bool) -> Option<Finding> {
    let who = title(certificate);
    let (severity, message) = if !may_issue(certificate) {
        let severity = if anchor { Severity::Warning } else { Severity::Error };
        (severity, format!("{who} issues certificates, and does not say that it is a CA"))
    } else if !anchor && !is_version_3(certificate) && !certificate.is_self_issued() {
        (Severity::Warning, format!("{who} issues certificates, and is too old a form to say so"))
    } else {
        return None;
    };
    Some(
        Finding::new(Code::CA_BASIC_CONSTRAINTS_MISSING, severity, message)
            .certificate(certificate)
            .evidence("version_3", is_version_3(certificate)),
    )
}

/// RFC 5280 section 4.2.1.12: without the extension, or with `anyExtendedKeyUsage`, every purpose
/// is allowed.
fn extended_key_usage(leaf: &Certificate, purpose: Purpose) -> Option<Finding> {
    let (code, wanted, name) = match purpose {
        Purpose::Any => return None,
        Purpose::Client => (Code::EKU_NO_CLIENT_AUTH, oid::CLIENT_AUTH, "client"),
        Purpose::Server => (Code::EKU_NO_SERVER_AUTH, oid::SERVER_AUTH, "server"),
    };
    let extension = leaf.extension(oid::EXTENDED_KEY_USAGE)?;
    // A malformed list allows nothing.
    let allowed = Vec::<ObjectIdentifier>::from_der(extension.value).unwrap_or_default();
    if allowed.iter().any(|usage| *usage == wanted || *usage == oid::ANY_EXTENDED_KEY_USAGE) {
        return None;
    }
    let usages: Vec<_> = allowed.iter().map(ToString::to_string).collect();
    let message =
        format!("{} may not be used as a {name}: its extended key usage excludes it", title(leaf));
    Some(
        Finding::new(code, Severity::Error, message)
            .certificate(leaf)
            .evidence("extended_key_usage", usages),
    )
}

/// What the end of the path means.
fn ending(path: &Path) -> Option<Finding> {
    let last = &path.last().certificate;
    let missing = match &path.end {
        End::Trusted => return None,
        End::SelfSigned => {
            let message = format!("the path ends in {}, which is not trusted here", title(last));
            return Some(
                Finding::new(Code::ANCHOR_NOT_TRUSTED, Severity::Warning, message)
                    .certificate(last)
                    .evidence("subject", last.subject().to_string()),
            );
        }
        End::Incomplete(missing) => missing,
    };
    let finding = match &missing.nearest {
        Some(Nearest { certificate, mismatch: Mismatch::Signature }) => {
            let message = format!(
                "the signature of {} does not fit the key of {}",
                title(last),
                title(certificate)
            );
            Finding::new(Code::SIGNATURE_INVALID, Severity::Error, message)
        }
        _ => Finding::new(Code::CHAIN_ISSUER_MISSING, Severity::Error, missing.to_string()),
    };
    let mut finding = finding
        .certificate(last)
        .evidence("issuer", missing.issuer.to_string())
        .evidence("key_identifier", missing.key_identifier.clone())
        .evidence("urls", missing.urls.clone());
    if let Some(Nearest { certificate, mismatch }) = &missing.nearest {
        finding = finding
            .evidence("nearest", certificate.fingerprint().to_string())
            .evidence("nearest_subject", certificate.subject().to_string())
            .evidence("nearest_mismatch", mismatch.to_string());
    }
    if path.exhausted {
        finding = finding.evidence("search_bounded", true);
    }
    Some(finding)
}
