//! What makes a certificate a CA's.

use crate::chain::examination::{Examination, Examined};
use crate::chain::extensions::usage::KeyUsage;
use crate::chain::finding::Finding;
use crate::chain::rules::is_version_3;
use crate::code::Code;

/// RFC 5280 section 6.1.4 (k): who issues says in basicConstraints that it is a CA. Version 1 and 2
/// cannot say so, and nobody else has.
pub(super) fn is_ca(examination: &Examination<'_>) -> Vec<Finding> {
    let tell = |examined: &Examined<'_>| {
        let who = examined.title();
        let message = if is_version_3(examined.certificate) {
            format!("{who} issues certificates, and does not say that it is a CA")
        } else {
            format!(
                "{who} issues certificates, and is of a version that cannot say that it is a CA"
            )
        };
        examined
            .error(Code::CA_BASIC_CONSTRAINTS_MISSING, message)
            .evidence("version", examined.certificate.version())
    };
    examination.issuers().iter().filter(|issuer| !issuer.is_ca()).map(tell).collect()
}

/// The same of an anchor, whose certificate does not count (RFC 5280 section 6.1.1 (d)): programs
/// differ in that, so it is worth a warning. Roots of version 1 were made before they could say it.
pub(super) fn anchor_is_ca(examination: &Examination<'_>) -> Vec<Finding> {
    let is_wrong = |anchor: &&Examined<'_>| is_version_3(anchor.certificate) && !anchor.is_ca();
    let tell = |anchor: &Examined<'_>| {
        let message =
            format!("{} issues certificates, and does not say that it is a CA", anchor.title());
        anchor.warning(Code::CA_BASIC_CONSTRAINTS_MISSING, message)
    };
    examination.uncounted_anchor().filter(is_wrong).map(tell).into_iter().collect()
}

/// RFC 5280 section 6.1.4 (l) and (m): no more intermediates follow a CA than it allows; those that
/// are self-issued do not count.
pub(super) fn path_length(examination: &Examination<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut below = 0; // intermediates between the leaf and the issuer
    for issuer in examination.issuers() {
        let allowed = issuer.extensions.basic_constraints.and_then(|own| own.path_length);
        if let Some(allowed) = allowed.filter(|allowed| *allowed < below) {
            let message = format!(
                "{below} intermediate certificates follow {}, which allows {allowed}",
                issuer.title()
            );
            findings.push(
                issuer
                    .error(Code::PATH_LENGTH_EXCEEDED, message)
                    .evidence("allowed", allowed)
                    .evidence("found", below),
            );
        }
        below += u32::from(!issuer.is_self_issued());
    }
    findings
}

/// RFC 5280 section 6.1.4 (n): where an issuer's keyUsage is there, it allows keyCertSign.
pub(super) fn may_sign_certificates(examination: &Examination<'_>) -> Vec<Finding> {
    let forbids = |issuer: &&Examined<'_>| {
        issuer.extensions.key_usage.is_some_and(|usage| !usage.allows(KeyUsage::KEY_CERT_SIGN))
    };
    let tell = |issuer: &Examined<'_>| {
        let message = format!(
            "{} issues certificates, and its key usage does not allow keyCertSign",
            issuer.title()
        );
        issuer.error(Code::KEY_USAGE_MISSING, message).evidence("missing", "keyCertSign")
    };
    examination.issuers().iter().filter(forbids).map(tell).collect()
}
