//! Signatures, and the strength of what makes them.

use crate::chain::examination::{Examination, Examined};
use crate::chain::finding::{Finding, Severity};
use crate::chain::path::Signature;
use crate::chain::rules::title;
use crate::code::Code;
use crate::crypto::sign;
use crate::model::certificate::Certificate;
use crate::model::key::KeyAlgorithm;
use time::OffsetDateTime;
use time::macros::datetime;

/// Below this, an RSA key is an error.
const RSA_BROKEN_BITS: u32 = 1024;

/// Below this, an RSA key is a warning: NIST SP 800-131A forbids it for new signatures.
const RSA_WEAK_BITS: u32 = 2048;

/// NIST SP 800-131A: from then on, SHA-1 was not allowed in new signatures.
const SHA1_WITHDRAWN: OffsetDateTime = datetime!(2014-01-01 0:00 UTC);

/// RFC 5280 section 6.1.3 (a)(1): each signature is the issuer's. The search takes no issuer whose
/// key does not fit; what is left is what nobody here can verify, and so nobody has.
pub(super) fn verified(examination: &Examination<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (link, examined) in examination.path.links.iter().zip(&examination.certificates) {
        let Signature::Unsupported { algorithm } = &link.signature else { continue };
        let message =
            format!("the signature of {} cannot be verified: {algorithm}", examined.title());
        findings.push(
            examined
                .error(Code::SIGNATURE_UNSUPPORTED, message)
                .evidence("algorithm", algorithm.as_str()),
        );
    }
    findings
}

/// RFC 5280 section 4.1.1.2: the algorithm of the signature is the one that was signed. Whoever
/// could choose another one would choose how the signature is read.
pub(super) fn names_its_algorithm(examination: &Examination<'_>) -> Vec<Finding> {
    let differs = |examined: &&Examined<'_>| {
        let certificate = examined.certificate;
        certificate.signature_algorithm_der() != certificate.tbs_signature_algorithm_der()
    };
    let tell = |examined: &Examined<'_>| {
        let outer = sign::signature_name(examined.certificate.signature_algorithm_der());
        let inner = sign::signature_name(examined.certificate.tbs_signature_algorithm_der());
        let message = format!(
            "{} is signed with {outer}, and says in its signed part that it is {inner}",
            examined.title()
        );
        examined
            .error(Code::SIGNATURE_INVALID, message)
            .evidence("algorithm", outer)
            .evidence("signed_algorithm", inner)
    };
    examination.counted().iter().filter(differs).map(tell).collect()
}

/// A digest for which collisions can be made is no signature (RFC 6194, RFC 6151). SHA-1 was one
/// until it was withdrawn: who asks about a moment before that is told only. Nobody relies on the
/// signature of an anchor or of another root.
pub(super) fn is_strong(examination: &Examination<'_>) -> Vec<Finding> {
    let is_weak = |examined: &&Examined<'_>| {
        !examination.is_end(examined)
            && sign::is_weak_digest(examined.certificate.signature_algorithm_der())
    };
    let tell = |examined: &Examined<'_>| {
        let algorithm = examined.certificate.signature_algorithm_der();
        let name = sign::signature_name(algorithm);
        let accepted = sign::is_sha1(algorithm) && examination.criteria.at < SHA1_WITHDRAWN;
        let severity = if accepted { Severity::Warning } else { Severity::Error };
        let message = format!("{} is signed with {name}", examined.title());
        Finding::new(Code::WEAK_SIGNATURE, severity, message)
            .certificate(examined.certificate)
            .evidence("algorithm", name)
    };
    examination.certificates.iter().filter(is_weak).map(tell).collect()
}

/// NIST SP 800-131A: RSA keys of 2048 bits or more. An anchor's key counts too: whoever breaks it
/// forges what they like.
pub(super) fn keys_are_strong(examination: &Examination<'_>) -> Vec<Finding> {
    let judge = |examined: &Examined<'_>| weak_key(examined.certificate);
    examination.certificates.iter().filter_map(judge).collect()
}

/// A key that is too short.
pub(in crate::chain) fn weak_key(certificate: &Certificate) -> Option<Finding> {
    let KeyAlgorithm::Rsa(bits) = certificate.key_algorithm() else {
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
