//! NIST's path validation test suite: certificates whose names say whether they are valid, with the
//! revocation lists of their CAs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::chain::{Candidates, Criteria, Severity, Source, validate_all};
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
const UNDETERMINED: [&str; 3] = ["crl-missing", "crl-stale", "crl-unusable"];

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

#[test]
fn names_of_the_certificates_say_what_the_verdict_is() {
    let Some(folder) = shared("corpus/files/pyca-pkits/x509/PKITS_data") else { return };
    let crls: Vec<RevocationList> = files(&folder.join("crls"))
        .iter()
        .map(|(_, der)| RevocationList::from_der(der).unwrap())
        .collect();
    let mut candidates = Candidates::new();
    let (mut names, mut leaves) = (Vec::new(), Vec::new());
    for (name, certificate) in certificates(&folder) {
        if name == "TrustAnchorRootCertificate" {
            candidates.add(&certificate, Source::Trusted);
        } else if name.ends_with("EE") && (name.starts_with("Valid") || name.starts_with("Invalid"))
        {
            names.push(name);
            leaves.push(certificate);
        } else {
            candidates.add(&certificate, Source::Presented);
        }
    }
    assert!(leaves.len() > 100, "{}", leaves.len());
    let criteria = Criteria::new(NOW).crls(&crls);
    let validations = validate_all(&leaves, &candidates, &criteria);
    let (mut wrong, mut decided, mut undetermined) = (Vec::new(), 0, 0);
    for (name, validation) in names.iter().zip(&validations) {
        // The corpus has not the certificate of every CA.
        if !validation.path.is_complete() || name.contains(DSA) {
            continue;
        }
        let is_undetermined =
            validation.findings.iter().any(|found| UNDETERMINED.contains(&found.code.name()));
        let expected = name.starts_with("Valid");
        let is_accepted = validation.is_valid();
        if is_accepted && !expected && is_undetermined {
            undetermined += 1;
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
    loudly(&format!("PKITS: {decided} verdicts, {undetermined} without a list that would tell"));
    assert!(decided > 50, "{decided} verdicts");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), leaves.len(), wrong.join("\n"));
}
