//! Judging a revocation list by the certificates of its CA.

use crate::chain::{Finding, Severity, rules};
use crate::code::Code;
use crate::crypto::sign::{self, VerifyError};
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use time::OffsetDateTime;

/// What was found out about a list.
#[derive(Clone, Debug)]
pub struct ListVerdict {
    /// The certificate whose key signed it.
    pub issuer: Option<Certificate>,
    /// What is wrong, the most important first.
    pub findings: Vec<Finding>,
}

/// Whether validators can rely on the list at the time: one of the certificates is its issuer's, the
/// signature fits that key, and the list is neither overdue nor of a time to come.
///
/// That the certificate itself is trusted, the caller has to know.
#[must_use]
pub fn check_list(
    list: &RevocationList,
    certificates: &[Certificate],
    at: OffsetDateTime,
) -> ListVerdict {
    let issuer_name = list.issuer();
    let named: Vec<&Certificate> = certificates
        .iter()
        .filter(|certificate| certificate.subject().matches(&issuer_name))
        .collect();
    let mut findings = Vec::new();
    let error = |code, message: String| Finding::new(code, Severity::Error, message);
    let issuer = match signer(list, &named) {
        Ok(certificate) => Some(certificate),
        Err(_) if named.is_empty() => {
            let message = format!("there is no certificate of {issuer_name}, who issued the list");
            findings.push(error(Code::CHAIN_ISSUER_MISSING, message));
            None
        }
        Err(refusal) => {
            let message = match &refusal {
                VerifyError::Unsupported { .. } => format!("the list: {refusal}"),
                VerifyError::Invalid => {
                    format!("the signature of the list does not fit the key of {issuer_name}")
                }
            };
            findings.push(error(refusal.code(), message));
            None
        }
    };
    if let Some(issuer) = issuer {
        findings.extend(of_issuer(issuer, at));
    }
    findings.extend(of_time(list, at));
    let algorithm = list.signature_algorithm_der();
    if sign::is_weak_digest(algorithm) {
        let message = format!("the list is signed with {}", sign::signature_name(algorithm));
        findings.push(error(Code::WEAK_SIGNATURE, message));
    }
    findings.sort_by_key(|finding| finding.severity);
    ListVerdict { issuer: issuer.cloned(), findings }
}

/// The certificate whose key made the signature. A key that cannot be judged here may be the one, whatever the
/// others say.
fn signer<'a>(
    list: &RevocationList,
    named: &[&'a Certificate],
) -> Result<&'a Certificate, VerifyError> {
    let mut refusal = VerifyError::Invalid;
    for certificate in named {
        let (algorithm, key) = (list.signature_algorithm_der(), certificate.public_key());
        match sign::verify(algorithm, &key, list.tbs_der(), list.signature()) {
            Ok(()) => return Ok(certificate),
            Err(error @ VerifyError::Unsupported { .. }) => refusal = error,
            Err(VerifyError::Invalid) => {}
        }
    }
    Err(refusal)
}

fn of_issuer(issuer: &Certificate, at: OffsetDateTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    let title = rules::title(issuer);
    if !rules::may_sign_lists(issuer) {
        let message = format!("the key usage of {title} does not allow cRLSign");
        let finding = Finding::new(Code::KEY_USAGE_MISSING, Severity::Error, message);
        findings.push(finding.certificate(issuer));
    }
    if rules::is_expired(issuer, at) {
        let message = format!("{title} expired on {}", issuer.not_after().date());
        let finding = Finding::new(Code::CERT_EXPIRED, Severity::Warning, message);
        findings.push(finding.certificate(issuer));
    }
    findings
}

fn of_time(list: &RevocationList, at: OffsetDateTime) -> Option<Finding> {
    let stale = |message| Some(Finding::new(Code::CRL_STALE, Severity::Error, message));
    let time = rules::timestamp;
    if at < list.this_update() {
        return stale(format!("the list is of {}, a time to come", time(list.this_update())))
            .map(|finding| finding.evidence("this_update", time(list.this_update())));
    }
    match list.next_update() {
        Some(next) if next < at => {
            stale(format!("the list is overdue: the next one was due by {}", time(next)))
                .map(|finding| finding.evidence("next_update", time(next)))
        }
        Some(_) => None,
        None => {
            let message = "the list does not say until when it holds";
            Some(Finding::new(Code::CRL_STALE, Severity::Warning, message))
        }
    }
}
