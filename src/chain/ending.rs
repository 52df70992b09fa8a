//! What the end of a path means.

use crate::chain::finding::{Finding, Severity};
use crate::chain::missing::{Mismatch, MissingIssuer, Nearest};
use crate::chain::path::{End, Path};
use crate::chain::rules::{is_expired, may_issue, timestamp, title};
use crate::code::Code;
use crate::limits;
use crate::model::certificate::Certificate;
use time::OffsetDateTime;

/// What the end of the path means. That nobody trusts it matters as much as is said: the owner of a
/// key need not trust the CA, who is shown the certificate has to.
pub(in crate::chain) fn judge(
    path: &Path,
    at: OffsetDateTime,
    untrusted: Severity,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if path.exhausted {
        let message =
            format!("the search for the chain of {} was ended at its bound", title(path.leaf()));
        findings.push(
            Finding::new(Code::LIMIT_EXCEEDED, Severity::Warning, message)
                .evidence("signatures", limits::PATH_SIGNATURES)
                .evidence("paths", limits::PATHS)
                .evidence("length", limits::PATH_LENGTH),
        );
    }
    let last = &path.last().certificate;
    match &path.end {
        End::Trusted => {}
        End::SelfSigned => {
            let message = format!("the path ends in {}, which is not trusted here", title(last));
            findings.push(
                Finding::new(Code::ANCHOR_NOT_TRUSTED, untrusted, message)
                    .certificate(last)
                    .evidence("subject", last.subject().to_string()),
            );
        }
        End::Incomplete(missing) => findings.push(broken(path, missing, at)),
    }
    findings
}

fn broken(path: &Path, missing: &MissingIssuer, at: OffsetDateTime) -> Finding {
    let last = &path.last().certificate;
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
        let besides = besides(certificate, at);
        if !besides.is_empty() {
            finding.message = format!("{}; besides, it {}", finding.message, besides.join(" and "));
            finding = finding.evidence("nearest_besides", besides);
        }
    }
    if path.exhausted {
        finding = finding.evidence("search_bounded", true);
    }
    finding
}

/// What else keeps the nearest certificate from being an issuer.
fn besides(certificate: &Certificate, at: OffsetDateTime) -> Vec<String> {
    let mut facts = Vec::new();
    if is_expired(certificate, at) {
        facts.push(format!("expired at {}", timestamp(certificate.not_after())));
    }
    if !may_issue(certificate) {
        facts.push("is not a CA's".to_owned());
    }
    facts
}
