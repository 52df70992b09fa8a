//! The rules that a path is judged by, and what a certificate says of itself.
//!
//! Each rule is one function, with its section of the standard; `docs/validation.md` has them as a
//! table.

mod authority;
mod critical;
mod host;
mod name_constraints;
mod policy;
mod profile;
mod revoked;
mod signature;
mod usage;
mod validity;

pub(crate) use name_constraints::permits_host;
pub(in crate::chain) use signature::weak_key;

use crate::chain::examination::Examination;
use crate::chain::extensions::Extensions;
use crate::chain::extensions::policies::CertificatePolicies;
use crate::chain::extensions::usage::KeyUsage;
use crate::chain::finding::Finding;
use crate::model::certificate::{Certificate, CertificateError};
use crate::oid::{self, ObjectIdentifier};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

const SECONDS_PER_DAY: i64 = 86_400;

/// Whether the certificate may issue others as far as its own form goes: version 1 and 2 cannot
/// say, version 3 has to (RFC 5280 section 6.1.4 (k)).
#[must_use]
pub fn may_issue(certificate: &Certificate) -> bool {
    !is_version_3(certificate) || certificate.is_ca()
}

/// Whether the certificate lets its key sign revocation lists, RFC 5280 section 6.3.3 (f): without keyUsage a
/// key is for everything (section 4.2.1.3), and one that cannot be read allows nothing.
#[must_use]
pub fn may_sign_lists(certificate: &Certificate) -> bool {
    let extensions = Extensions::of(certificate);
    match extensions.key_usage {
        Some(usage) => usage.allows(KeyUsage::CRL_SIGN),
        None => extensions.get(oid::KEY_USAGE).is_none(),
    }
}

/// Whether the certificate is nobody's issuer: it does not say that it is a CA's, and is not
/// self-issued. One of version 1 cannot say it, and counts as a leaf unless it is a root.
#[must_use]
pub fn is_leaf(certificate: &Certificate) -> bool {
    !certificate.is_self_issued() && !certificate.is_ca()
}

/// Whether who trusts CAs alone must not trust the certificate: it is a leaf, or it is self-issued and
/// its basicConstraints say that it is no CA's. A self-issued one without them may be an old root.
#[must_use]
pub fn is_end_entity(certificate: &Certificate) -> bool {
    let says = certificate.extension(oid::BASIC_CONSTRAINTS).is_some() && !certificate.is_ca();
    is_leaf(certificate) || says
}

/// The policies under which the certificate was issued (RFC 5280 section 4.2.1.4), in their order.
///
/// # Errors
///
/// [`CertificateError`] when the extension is malformed.
pub fn policies(certificate: &Certificate) -> Result<Vec<ObjectIdentifier>, CertificateError> {
    let Some(extension) = certificate.extension(oid::CERTIFICATE_POLICIES) else {
        return Ok(Vec::new());
    };
    CertificatePolicies::read(extension.value)
        .map(|read| read.policies)
        .map_err(|error| CertificateError { reason: error.to_string() })
}

/// What is left of a validity, in whole seconds: negative when it is over. A moment may carry a
/// fraction of a second; notAfter is the last second that belongs to the validity (RFC 5280 section
/// 4.1.2.5).
#[must_use]
pub fn time_left(not_after: OffsetDateTime, at: OffsetDateTime) -> Duration {
    Duration::seconds(not_after.unix_timestamp() - at.unix_timestamp())
}

/// Whether the certificate's validity has ended.
#[must_use]
pub fn is_expired(certificate: &Certificate, at: OffsetDateTime) -> bool {
    time_left(certificate.not_after(), at).is_negative()
}

/// Whole days of what is left of a validity: negative when it is over.
#[must_use]
pub fn days_left(not_after: OffsetDateTime, at: OffsetDateTime) -> i64 {
    time_left(not_after, at).whole_seconds().div_euclid(SECONDS_PER_DAY)
}

/// Whether the certificate's validity has not begun.
#[must_use]
pub fn is_not_yet_valid(certificate: &Certificate, at: OffsetDateTime) -> bool {
    at < certificate.not_before()
}

/// The name of the certificate in messages.
#[must_use]
pub fn title(certificate: &Certificate) -> String {
    let subject = certificate.subject();
    if subject.is_empty() {
        format!("the certificate with serial number {}", certificate.serial_hex())
    } else {
        subject.to_string()
    }
}

/// RFC 3339; the years of a certificate, 1950 to 9999, all have that form.
#[must_use]
pub fn timestamp(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// Whether the certificate is of the version that has extensions.
pub(in crate::chain) fn is_version_3(certificate: &Certificate) -> bool {
    certificate.version() >= 3
}

/// A rule: its name, the section that it is from, and what it finds.
struct Rule {
    name: &'static str,
    section: &'static str,
    judge: fn(&Examination<'_>) -> Vec<Finding>,
}

const fn rule(
    name: &'static str,
    section: &'static str,
    judge: fn(&Examination<'_>) -> Vec<Finding>,
) -> Rule {
    Rule { name, section, judge }
}

/// Path validation, RFC 5280 section 6, and what belongs to it.
const VALIDATION: [Rule; 20] = [
    rule("signature", "RFC 5280 section 6.1.3 (a)(1)", signature::verified),
    rule("signature-algorithm", "RFC 5280 section 4.1.1.2", signature::names_its_algorithm),
    rule("signature-strength", "RFC 6194, RFC 6151", signature::is_strong),
    rule("key-strength", "NIST SP 800-131A", signature::keys_are_strong),
    rule("validity", "RFC 5280 section 6.1.3 (a)(2)", validity::in_time),
    rule("anchor-validity", "RFC 5280 section 6.1.1 (d)", validity::anchor_in_time),
    rule("remaining-validity", "the question", validity::stays_valid),
    rule("revocation", "RFC 5280 section 6.3", revoked::not_revoked),
    rule("name-constraints", "RFC 5280 section 6.1.3 (b), (c)", name_constraints::within),
    rule("policies", "RFC 5280 section 6.1.3 (d) to (f)", policy::valid),
    rule("policy-qualifiers", "RFC 5280 section 4.2.1.4", critical::qualifiers_known),
    rule("ca", "RFC 5280 section 6.1.4 (k)", authority::is_ca),
    rule("anchor-ca", "RFC 5280 section 6.1.1 (d)", authority::anchor_is_ca),
    rule("path-length", "RFC 5280 section 6.1.4 (l), (m)", authority::path_length),
    rule("key-usage", "RFC 5280 section 6.1.4 (n)", authority::may_sign_certificates),
    rule("critical-extensions", "RFC 5280 section 6.1.4 (o)", critical::known),
    rule("readable-extensions", "RFC 5280 section 4.2", critical::readable),
    rule("purpose", "RFC 5280 section 4.2.1.12", usage::allows_purpose),
    rule("tls-key-usage", "RFC 5280 section 4.2.1.3", usage::key_fits_tls),
    rule("host", "RFC 9525 section 6", host::named),
];

/// The certificate profile, RFC 5280 section 4.
const PROFILE: [Rule; 15] = [
    rule("version", "RFC 5280 section 4.1.2.1", profile::version),
    rule("serial-number", "RFC 5280 section 4.1.2.2", profile::serial_number),
    rule("issuer-name", "RFC 5280 section 4.1.2.4", profile::issuer_named),
    rule("validity-form", "RFC 5280 section 4.1.2.5", validity::well_formed),
    rule("subject-name", "RFC 5280 section 4.1.2.6", profile::subject_named),
    rule("authority-key-id", "RFC 5280 section 4.2.1.1", profile::authority_key_identifier),
    rule("key-ids-agree", "RFC 5280 section 4.2.1.1", profile::key_identifiers_agree),
    rule("subject-key-id", "RFC 5280 section 4.2.1.2", profile::subject_key_identifier),
    rule("key-usage-form", "RFC 5280 section 4.2.1.3", profile::key_usage),
    rule("policies-form", "RFC 5280 section 4.2.1.4", profile::policies_distinct),
    rule("alternative-names", "RFC 5280 section 4.2.1.6", profile::alternative_names),
    rule("path-length-form", "RFC 5280 section 4.2.1.9", profile::path_length_of_a_ca),
    rule("name-constraints-form", "RFC 5280 section 4.2.1.10", profile::name_constraints),
    rule("policy-constraints-form", "RFC 5280 section 4.2.1.11", profile::policy_constraints),
    rule("criticality", "RFC 5280 section 4.2", profile::criticality),
];

/// What the rules find on a path, in their order. How the path ends is not their matter.
pub(in crate::chain) fn judge(examination: &Examination<'_>) -> Vec<Finding> {
    let profile = if examination.criteria.strict { &PROFILE[..] } else { &[] };
    let mut findings = Vec::new();
    for rule in VALIDATION.iter().chain(profile) {
        for mut finding in (rule.judge)(examination) {
            finding.evidence.insert("rule".to_owned(), rule.name.into());
            finding.evidence.entry("section").or_insert_with(|| rule.section.into());
            findings.push(finding);
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{PROFILE, VALIDATION};

    #[test]
    fn every_rule_stands_in_the_documentation_with_its_section() {
        let document = include_str!("../../docs/validation.md");
        for (rules, column) in [(&VALIDATION[..], "default"), (&PROFILE[..], "strict")] {
            for rule in rules {
                let row = format!("| `{}` | {} | {column} |", rule.name, rule.section);
                assert!(document.contains(&row), "docs/validation.md has no row {row}");
            }
        }
    }
}
