//! Revocation lists.

use crate::chain::examination::{Examination, Examined};
use crate::chain::extensions::usage::KeyUsage;
use crate::chain::finding::{Finding, Severity};
use crate::chain::revocation::{Indexed, Revoked};
use crate::chain::rules::timestamp;
use crate::code::Code;
use crate::model::revocation::RevocationReason;
use crate::oid;

/// RFC 5280 section 6.3.3: no list of the issuer has an entry for the certificate. A list counts
/// with the signature of the certificate that issued, one of another key of the CA does not.
pub(super) fn not_revoked(examination: &Examination<'_>) -> Vec<Finding> {
    if examination.revocation.lists.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for examined in examination.counted() {
        let Some(issuer) = examination.certificates.get(examined.position + 1) else { continue };
        let mut covered = false;
        for list in examination.revocation.about(examined.certificate) {
            match usable(examination, list, issuer) {
                Ok(more) => findings.extend(more),
                Err(finding) => {
                    findings.push(finding);
                    continue;
                }
            }
            match list.entry(examined.certificate) {
                // Section 5.3.1: in a delta list, what was on hold is free again.
                Some(revoked) if revoked.entry.reason() == Some(REMOVED) => {}
                Some(revoked) => {
                    covered = true;
                    findings.push(tell(examined, revoked));
                }
                None => covered |= is_about(list, examined),
            }
        }
        for list in examination.revocation.indirect(examined.certificate) {
            findings.push(indirect(examined, list));
        }
        if !covered {
            findings.push(uncovered(examined));
        }
    }
    findings
}

const REMOVED: RevocationReason = RevocationReason::RemoveFromCrl;

/// Whether silence of the list means that the certificate is not revoked.
fn is_about(list: &Indexed<'_>, examined: &Examined<'_>) -> bool {
    let scope = list.scope;
    let excluded = if examined.is_ca() { scope.only_users } else { scope.only_cas };
    !(excluded || scope.only_attributes || scope.some_reasons || scope.delta)
}

/// Whether the list can be relied on; what is wrong with one that can.
fn usable(
    examination: &Examination<'_>,
    list: &Indexed<'_>,
    issuer: &Examined<'_>,
) -> Result<Vec<Finding>, Finding> {
    let unusable = |why: &str| {
        let severity =
            if examination.criteria.strict { Severity::Error } else { Severity::Warning };
        let message = format!("the revocation list of {} is not relied on: {why}", list.issuer());
        Finding::new(Code::CRL_UNUSABLE, severity, message)
            .evidence("this_update", timestamp(list.list.this_update()))
            .evidence("issuer", list.issuer().to_string())
    };
    // Section 6.3.3 (g), and (f): the key usage of the issuer allows cRLSign.
    if !list.is_signed_by(issuer.certificate) {
        return Err(unusable("its signature does not fit the issuer's key"));
    }
    if issuer.extensions.key_usage.is_some_and(|usage| !usage.allows(KeyUsage::CRL_SIGN)) {
        return Err(unusable("the issuer's key usage does not allow cRLSign"));
    }
    // Section 5.2: a list with an unknown critical extension says nothing about who is not on it;
    // what it says about those that are cannot be told either.
    if list.scope.unknown {
        return Err(unusable("it has a critical extension that is unknown"));
    }
    if examination.criteria.strict {
        // Section 5.2.3.
        match list.list.extension(oid::CRL_NUMBER) {
            None => return Err(unusable("it has no number")),
            Some(number) if number.critical => return Err(unusable("its number is critical")),
            Some(_) => {}
        }
    }
    Ok(stale(examination, list).into_iter().collect())
}

/// RFC 5280 sections 5.1.2.4 and 5.1.2.5. What an old list revokes stays revoked.
fn stale(examination: &Examination<'_>, list: &Indexed<'_>) -> Option<Finding> {
    let at = examination.criteria.at;
    let who = list.issuer();
    let message = if at < list.list.this_update() {
        let from = timestamp(list.list.this_update());
        format!("the revocation list of {who} was made later, at {from}")
    } else {
        let until = list.list.next_update().filter(|until| *until < at)?;
        format!("the revocation list of {who} was to be replaced by {}", timestamp(until))
    };
    Some(
        Finding::new(Code::CRL_STALE, Severity::Warning, message)
            .evidence("this_update", timestamp(list.list.this_update()))
            .evidence("next_update", list.list.next_update().map(timestamp))
            .evidence("at", timestamp(at)),
    )
}

fn tell(examined: &Examined<'_>, revoked: &Revoked<'_>) -> Finding {
    let date = timestamp(revoked.entry.date());
    let reason = revoked.entry.reason().map(|reason| reason.to_string());
    let message = match &reason {
        Some(reason) => format!("{} was revoked at {date}: {reason}", examined.title()),
        None => format!("{} was revoked at {date}", examined.title()),
    };
    examined.error(Code::CRL_REVOKED, message).evidence("date", date).evidence("reason", reason)
}

/// Section 5.2.5: who may make an indirect list, the distribution points of the certificate say;
/// following them is not understood here.
fn indirect(examined: &Examined<'_>, list: &Indexed<'_>) -> Finding {
    let message = format!(
        "an indirect revocation list of {} names {}; who may make such lists is not understood here",
        list.issuer(),
        examined.title()
    );
    examined.warning(Code::CRL_UNUSABLE, message).evidence("issuer", list.issuer().to_string())
}

fn uncovered(examined: &Examined<'_>) -> Finding {
    let issuer = examined.certificate.issuer();
    let message =
        format!("no revocation list of {issuer} says whether {} is revoked", examined.title());
    Finding::new(Code::CRL_MISSING, Severity::Note, message)
        .certificate(examined.certificate)
        .evidence("issuer", issuer.to_string())
}
