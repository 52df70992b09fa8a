//! Extensions as such: known, readable, single.

use crate::chain::examination::{Examination, Examined};
use crate::chain::extensions::name;
use crate::chain::finding::Finding;
use crate::code::Code;
use crate::oid::{self, ObjectIdentifier};
use std::collections::HashSet;

/// What the rules understand, or need not understand to judge a path: the certificates that name
/// others, and where lists are to be had.
const KNOWN: [ObjectIdentifier; 14] = [
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::ISSUER_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::AUTHORITY_INFO_ACCESS,
];

/// RFC 5280 section 6.1.4 (o) and 6.1.5 (f): every critical extension is understood.
pub(super) fn known(examination: &Examination<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for examined in examination.counted() {
        for extension in examined.extensions.all.iter().filter(|extension| extension.critical) {
            if is_known(examined, extension.oid) {
                continue;
            }
            let name = name(extension.oid);
            let message =
                format!("{} has the critical extension {name}, which is unknown", examined.title());
            findings.push(
                examined
                    .error(Code::CRITICAL_EXTENSION_UNKNOWN, message)
                    .evidence("extension", extension.oid.to_string()),
            );
        }
    }
    findings
}

/// Microsoft's application policies repeat extendedKeyUsage; beside it they say nothing new.
fn is_known(examined: &Examined<'_>, oid: ObjectIdentifier) -> bool {
    KNOWN.contains(&oid)
        || oid == oid::MS_APPLICATION_POLICIES && examined.extensions.extended_key_usage.is_some()
}

/// RFC 5280 section 4.2.1.4: whoever understands critical certificatePolicies understands their
/// qualifiers too.
pub(super) fn qualifiers_known(examination: &Examination<'_>) -> Vec<Finding> {
    let judge = |examined: &Examined<'_>| {
        let unknown = examined.extensions.policies.as_ref()?.unknown_qualifier?;
        if !examined.extensions.get(oid::CERTIFICATE_POLICIES)?.critical {
            return None;
        }
        let message = format!(
            "{} has critical certificatePolicies with the qualifier {unknown}, which is unknown",
            examined.title()
        );
        Some(
            examined
                .error(Code::CRITICAL_EXTENSION_UNKNOWN, message)
                .evidence("qualifier", unknown.to_string()),
        )
    };
    examination.counted().iter().filter_map(judge).collect()
}

/// RFC 5280 section 4.2: what the rules need can be read, and each extension stands there once.
pub(super) fn readable(examination: &Examination<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for examined in examination.counted() {
        for defect in &examined.extensions.defects {
            let message = format!("an extension of {} is malformed: {defect}", examined.title());
            findings.push(examined.error(Code::CERTIFICATE_INVALID, message));
        }
        let mut seen = HashSet::new();
        for extension in &examined.extensions.all {
            if !seen.insert(extension.oid) {
                let name = name(extension.oid);
                let message = format!("{} has the extension {name} twice", examined.title());
                findings.push(
                    examined
                        .error(Code::CERTIFICATE_INVALID, message)
                        .evidence("extension", extension.oid.to_string()),
                );
            }
        }
    }
    findings
}
