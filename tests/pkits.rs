//! NIST's path validation test suite: certificates whose names say whether they are valid, with the
//! revocation lists of their CAs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::chain::{Candidates, Criteria, Severity, Source, Validator};
use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use support::corpus::shared;
use support::loudly;
use time::OffsetDateTime;
use time::macros::datetime;

/// Within the validity of the suite, which ends with 2030.
const NOW: OffsetDateTime = datetime!(2020-01-01 0:00 UTC);

/// Codes that say that nobody knows whether a certificate is revoked. The suite rejects then; we say so
/// and go on, as clients do.
const NOBODY_KNOWS: [&str; 3] = ["crl-missing", "crl-stale", "crl-unusable"];

/// The certificates of which we say so: there is no list, it is stale, badly signed, of another issuer, about
/// some reasons only, or not to be used (RFC 5280 section 5.3) because an entry has an unknown critical
/// extension.
const UNDETERMINED: [&str; 10] = [
    "InvalidBadCRLSignatureTest4EE",
    "InvalidMissingCRLTest1EE",
    "InvalidOldCRLnextUpdateTest11EE",
    "InvalidUnknownCRLEntryExtensionTest8EE",
    "InvalidWrongCRLTest6EE",
    "InvalidcRLIssuerTest35EE",
    "InvalidonlySomeReasonsTest15EE",
    "InvalidonlySomeReasonsTest16EE",
    "InvalidonlySomeReasonsTest17EE",
    "InvalidonlySomeReasonsTest20EE",
];

/// Algorithms that are not verified here.
const DSA: &str = "DSA";

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The certificates of the suite by their names.
fn certificates(folder: &Path) -> BTreeMap<String, Certificate> {
    let read = |(name, der): (String, Vec<u8>)| (name, Certificate::from_der(&der).unwrap());
    files(&folder.join("certs")).into_iter().map(read).collect()
}

/// Whether a CA may be the issuer by name, without regard to case and white space, and by key identifier.
fn may_issue(ca: &Certificate, certificate: &Certificate) -> bool {
    let compared = |name: &str| name.replace("\\20", "").replace(' ', "").to_lowercase();
    let names = [ca.subject().to_string(), certificate.issuer().to_string()];
    let [subject, issuer] = names.each_ref().map(|name| compared(name));
    let same_key = ca.subject_key_identifier() == certificate.authority_key_identifier();
    subject == issuer && same_key
}

/// Whether names and key identifiers lead from a certificate up to the anchor: the corpus has not the
/// certificate of every CA.
fn leads_to(anchor: &Certificate, leaf: &Certificate, cas: &[Certificate]) -> bool {
    let mut reached = vec![leaf];
    let mut at = 0;
    while let Some(certificate) = reached.get(at).copied() {
        if may_issue(anchor, certificate) {
            return true;
        }
        let above = cas.iter().filter(|ca| may_issue(ca, certificate));
        let new: Vec<&Certificate> = above.filter(|ca| !reached.contains(ca)).collect();
        reached.extend(new);
        at += 1;
    }
    false
}

#[test]
fn names_of_the_certificates_say_what_the_verdict_is() {
    let Some(folder) = shared("corpus/files/pyca-pkits/x509/PKITS_data") else { return };
    let crls: Vec<RevocationList> = files(&folder.join("crls"))
        .iter()
        .map(|(_, der)| RevocationList::from_der(der).unwrap())
        .collect();
    let mut candidates = Candidates::new();
    let (mut names, mut leaves, mut cas) = (Vec::new(), Vec::new(), Vec::new());
    let mut anchor = None;
    for (name, certificate) in certificates(&folder) {
        if name == "TrustAnchorRootCertificate" {
            candidates.add(&certificate, Source::Trusted);
            anchor = Some(certificate);
        } else if name.ends_with("EE") && (name.starts_with("Valid") || name.starts_with("Invalid"))
        {
            names.push(name);
            leaves.push(certificate);
        } else {
            candidates.add(&certificate, Source::Presented);
            cas.push(certificate);
        }
    }
    assert!(leaves.len() > 100, "{}", leaves.len());
    let anchor = anchor.unwrap();
    let criteria = Criteria::new(NOW).crls(&crls);
    let validator = Validator::new(criteria);
    let validations: Vec<_> =
        leaves.iter().map(|leaf| validator.validate(leaf, &candidates)).collect();
    let (mut wrong, mut decided, mut passed_over) = (Vec::new(), 0, 0);
    let mut undetermined = Vec::new();
    for ((name, leaf), validation) in names.iter().zip(&leaves).zip(&validations) {
        if name.contains(DSA) || !leads_to(&anchor, leaf, &cas) {
            passed_over += 1;
            continue;
        }
        let is_undetermined =
            validation.findings.iter().any(|found| NOBODY_KNOWS.contains(&found.code.name()));
        let expected = name.starts_with("Valid");
        let is_accepted = validation.is_valid();
        if is_accepted && !expected && is_undetermined {
            undetermined.push(name.as_str());
            continue;
        }
        decided += 1;
        if is_accepted != expected {
            let codes: Vec<_> = validation
                .findings
                .iter()
                .filter(|finding| finding.severity < Severity::Note)
                .map(|finding| format!("{:?} {}", finding.severity, finding.message))
                .collect();
            wrong.push(format!("{name}: {codes:?}"));
        }
    }
    loudly(&format!(
        "PKITS: {decided} verdicts, {} without a list that would tell, {passed_over} without a CA",
        undetermined.len()
    ));
    assert_eq!(undetermined, UNDETERMINED);
    assert_eq!((decided, passed_over), (57, 56), "verdicts, and passed over");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), leaves.len(), wrong.join("\n"));
}
