//! The certificate profile of RFC 5280 section 4: what a CA that follows it writes. None of it is
//! needed to validate a path, so it counts only where strictness is asked for.

use crate::chain::examination::{Examination, Examined};
use crate::chain::extensions::name;
use crate::chain::finding::Finding;
use crate::oid::{self, ObjectIdentifier};

/// Which extensions must be critical, and which must not; each with its section of RFC 5280.
const CRITICALITY: [(ObjectIdentifier, bool, &str); 10] = [
    (oid::AUTHORITY_KEY_IDENTIFIER, false, "4.2.1.1"),
    (oid::SUBJECT_KEY_IDENTIFIER, false, "4.2.1.2"),
    (oid::SUBJECT_DIRECTORY_ATTRIBUTES, false, "4.2.1.8"),
    (oid::NAME_CONSTRAINTS, true, "4.2.1.10"),
    (oid::POLICY_CONSTRAINTS, true, "4.2.1.11"),
    (oid::INHIBIT_ANY_POLICY, true, "4.2.1.14"),
    (oid::FRESHEST_CRL, false, "4.2.1.15"),
    (oid::AUTHORITY_INFO_ACCESS, false, "4.2.2.1"),
    (oid::SUBJECT_INFO_ACCESS, false, "4.2.2.2"),
    (oid::BASIC_CONSTRAINTS, true, "4.2.1.9"),
];

/// Longest serial number in bytes, RFC 5280 section 4.1.2.2.
const SERIAL_BYTES: usize = 20;

/// What one certificate does wrong, for each of those that count.
fn each(
    examination: &Examination<'_>,
    judge: impl Fn(&Examined<'_>) -> Option<&'static str>,
) -> Vec<Finding> {
    let tell = |examined: &Examined<'_>| judge(examined).map(|fact| examined.violation(fact));
    examination.counted().iter().filter_map(tell).collect()
}

/// RFC 5280 section 4.1.2.1 and 4.1.2.8: extensions make version 3.
pub(super) fn version(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| match examined.certificate.version() {
        3 => None,
        1 | 2 if examined.extensions.all.is_empty() => None,
        1 | 2 => Some("has extensions, and is not of version 3"),
        _ => Some("is of no version that is known"),
    })
}

/// RFC 5280 section 4.1.2.2: a positive number of at most 20 bytes, by which the issuer knows the
/// certificate. An anchor's issuer is not asked, and there are roots with the number zero.
pub(super) fn serial_number(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| match examined.certificate.serial() {
        _ if examination.is_end(examined) => None,
        [] | [0] => Some("has the serial number zero"),
        [0x80..=0xFF, ..] => Some("has a negative serial number"),
        serial if serial.len() > SERIAL_BYTES => Some("has a serial number of over 20 bytes"),
        _ => None,
    })
}

/// RFC 5280 section 4.1.2.4: the issuer has a name.
pub(super) fn issuer_named(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| {
        examined.certificate.issuer().is_empty().then_some("has an issuer without a name")
    })
}

/// RFC 5280 section 4.1.2.6: a CA has a name, and who has none has alternative names.
pub(super) fn subject_named(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| {
        if !examined.certificate.subject().is_empty() {
            None
        } else if examined.is_ca() {
            Some("is a CA's, and has no subject")
        } else if examined.extensions.alternative_names.is_none() {
            Some("has neither a subject nor alternative names")
        } else {
            None
        }
    })
}

/// RFC 5280 section 4.2.1.1: every certificate names its issuer's key, so that its issuer is found;
/// nobody looks for the issuer of an anchor.
pub(super) fn authority_key_identifier(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| {
        let certificate = examined.certificate;
        let stated = examined.extensions.get(oid::AUTHORITY_KEY_IDENTIFIER).is_some();
        match certificate.authority_key_identifier() {
            Some(_) => None,
            None if stated => Some("has an authorityKeyIdentifier without a keyIdentifier"),
            None if examination.is_end(examined) => None,
            None => Some("has no authorityKeyIdentifier"),
        }
    })
}

/// RFC 5280 section 4.2.1.1: the identifier is the one that the issuer's certificate states.
pub(super) fn key_identifiers_agree(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| {
        let issuer = match examination.certificates.get(examined.position + 1) {
            Some(issuer) => issuer,
            None if examination.is_end(examined) && examined.is_self_issued() => examined,
            None => return None,
        };
        let wanted = examined.certificate.authority_key_identifier()?;
        let stated = issuer.certificate.subject_key_identifier()?;
        (wanted != stated)
            .then_some("has an authorityKeyIdentifier that is not its issuer's identifier")
    })
}

/// RFC 5280 section 4.2.1.2: every CA's certificate names its key.
pub(super) fn subject_key_identifier(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| {
        (examined.is_ca() && examined.certificate.subject_key_identifier().is_none())
            .then_some("is a CA's, and has no subjectKeyIdentifier")
    })
}

/// RFC 5280 section 4.2.1.3: an intermediate's keyUsage is there, and allows something; only a CA's
/// allows keyCertSign (section 4.2.1.9).
pub(super) fn key_usage(examination: &Examination<'_>) -> Vec<Finding> {
    use crate::chain::extensions::usage::KeyUsage;
    each(examination, |examined| {
        let usage = examined.extensions.key_usage;
        if usage.is_some_and(KeyUsage::is_empty) {
            Some("has a key usage that allows nothing")
        } else if usage.is_some_and(|usage| usage.allows(KeyUsage::KEY_CERT_SIGN))
            && !examined.is_ca()
        {
            Some("allows keyCertSign, and is not a CA's")
        } else if usage.is_none() && examined.position > 0 && !examination.is_end(examined) {
            Some("issues certificates, and has no key usage")
        } else {
            None
        }
    })
}

/// RFC 5280 section 4.2.1.4: no policy is stated twice.
pub(super) fn policies_distinct(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| {
        let stated = &examined.extensions.policies.as_ref()?.policies;
        let mut seen = std::collections::HashSet::new();
        (!stated.iter().all(|policy| seen.insert(policy))).then_some("states a policy twice")
    })
}

/// RFC 5280 section 4.2.1.6: alternative names are there if the extension is, well-formed, and
/// critical where there is no subject.
pub(super) fn alternative_names(examination: &Examination<'_>) -> Vec<Finding> {
    use crate::chain::extensions::general_name::{self, GeneralName};
    use crate::chain::host::is_domain_name;
    let is_wrong = |name: &GeneralName<'_>| match name {
        GeneralName::Dns(name) => !is_domain_name(name.strip_prefix("*.").unwrap_or(name)),
        GeneralName::Ip(bytes) => ![4, 16].contains(&bytes.len()),
        GeneralName::Email(name) => general_name::mailbox(name).is_none(),
        GeneralName::Uri(uri) => !uri.contains(':'),
        GeneralName::Directory(_) | GeneralName::Other(_) => false,
    };
    each(examination, |examined| {
        let extension = examined.extensions.get(oid::SUBJECT_ALT_NAME)?;
        let names = examined.extensions.alternative_names.as_ref()?;
        if names.is_empty() {
            Some("has an empty list of alternative names")
        } else if !extension.critical && examined.certificate.subject().is_empty() {
            Some("has no subject, and its alternative names are not critical")
        } else if names.iter().any(is_wrong) {
            Some("has an alternative name that is not well-formed")
        } else {
            None
        }
    })
}

/// RFC 5280 section 4.2.1.9: a path length belongs to a CA whose key may sign certificates.
pub(super) fn path_length_of_a_ca(examination: &Examination<'_>) -> Vec<Finding> {
    use crate::chain::extensions::usage::KeyUsage;
    each(examination, |examined| {
        let constraints = examined.extensions.basic_constraints?;
        let signs =
            examined.extensions.key_usage.is_none_or(|usage| usage.allows(KeyUsage::KEY_CERT_SIGN));
        (constraints.path_length.is_some() && !(constraints.ca && signs))
            .then_some("has a path length constraint, and may not sign certificates")
    })
}

/// RFC 5280 section 4.2.1.10: only a CA constrains names, and says which.
pub(super) fn name_constraints(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| {
        let constraints = examined.extensions.name_constraints.as_ref()?;
        let mut subtrees = constraints.permitted.iter().chain(&constraints.excluded);
        if constraints.permitted.is_empty() && constraints.excluded.is_empty() {
            Some("has empty name constraints")
        } else if !examined.is_ca() {
            Some("has name constraints, and is not a CA's")
        } else if subtrees.any(|subtree| subtree.bounded) {
            Some("has name constraints with a minimum or maximum")
        } else {
            None
        }
    })
}

/// RFC 5280 section 4.2.1.11: policy constraints say something.
pub(super) fn policy_constraints(examination: &Examination<'_>) -> Vec<Finding> {
    each(examination, |examined| {
        let constraints = examined.extensions.policy_constraints?;
        (constraints.require_explicit.is_none() && constraints.inhibit_mapping.is_none())
            .then_some("has empty policy constraints")
    })
}

/// RFC 5280 sections 4.2.1.1 to 4.2.2.2: extensions are critical, or not, as the profile wants it.
pub(super) fn criticality(examination: &Examination<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for examined in examination.counted() {
        for (oid, critical, section) in CRITICALITY {
            let Some(extension) = examined.extensions.get(oid) else { continue };
            // Only a CA's basicConstraints must be critical.
            let is_free = oid == oid::BASIC_CONSTRAINTS && !examined.is_ca();
            if extension.critical == critical || is_free {
                continue;
            }
            let must = if critical { "is not critical" } else { "is critical" };
            let fact = format!("has the extension {}, which {must}", name(oid));
            findings.push(examined.violation(&fact).evidence("section", section));
        }
    }
    findings
}
