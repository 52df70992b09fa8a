//! What comes after the end of a chain.

use crate::chain::candidates::{Candidates, Source};
use crate::chain::finding::{Finding, Severity};
use crate::chain::path::{End, Path};
use crate::chain::rules::title;
use crate::code::Code;
use crate::model::certificate::Certificate;
use std::collections::HashSet;
use time::OffsetDateTime;

/// A path may end at a trusted intermediate (RFC 5280 section 6.1.1 (d) asks for a name and a key
/// only), but there are clients that want every certificate up to a self-signed one.
pub(crate) fn trusted_intermediate(
    path: &Path,
    candidates: &Candidates,
    at: OffsetDateTime,
) -> Option<Finding> {
    let anchor = &path.last().certificate;
    if path.end != End::Trusted || anchor.is_self_issued() {
        return None;
    }
    let End::Incomplete(missing) = candidates.path(anchor, Some(at)).end else { return None };
    let message = format!(
        "the path ends at the trusted intermediate {}; its issuer {} is not in the wallet, which \
         clients that want the whole chain (Oracle's do, ORA-29024) refuse",
        title(&missing.certificate),
        missing.issuer
    );
    Some(
        Finding::new(Code::CHAIN_ISSUER_MISSING, Severity::Warning, message)
            .certificate(&missing.certificate)
            .evidence("issuer", missing.issuer.to_string())
            .evidence("key_identifier", missing.key_identifier.clone())
            .evidence("urls", missing.urls.clone()),
    )
}

/// The certificate on the way up whose issuer is not known: from `certificate` on, also beyond a trusted
/// intermediate, where paths end for others. None where the search was ended at its bound, so that nobody
/// knows.
pub(crate) fn orphan(certificate: &Certificate, candidates: &Candidates) -> Option<Certificate> {
    let mut current = certificate.clone();
    let mut passed = HashSet::new();
    while !current.is_self_issued() {
        // CAs may sign each other: a circle has no end, and no root either.
        if !passed.insert(current.fingerprint()) {
            return Some(current);
        }
        let path = candidates.path(&current, None);
        if path.links.len() == 1 {
            return (!path.exhausted).then_some(current);
        }
        current = path.last().certificate.clone();
    }
    None
}

/// The intermediate that follows where the certificates that are sent lead from `leaf`, and is not
/// among them. None where they are enough: they reach a self-signed certificate, or one that a root
/// issued, or nobody here knows more.
pub(crate) fn unsent_intermediate<'a>(
    leaf: &Certificate,
    sent: impl Iterator<Item = &'a Certificate>,
    known: &Candidates,
) -> Option<Certificate> {
    let mut alone = Candidates::new();
    for certificate in sent {
        alone.add(certificate, Source::Presented);
    }
    let path = alone.path(leaf, None);
    if path.is_complete() {
        return None;
    }
    let mut further = known.path(&path.last().certificate, None).links.into_iter();
    further
        .nth(1)
        .map(|link| link.certificate)
        .filter(|next| !next.is_self_issued() && alone.source(next).is_none())
}
