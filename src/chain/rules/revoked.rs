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
        let mut usable = Vec::new();
        for list in examination.revocation.about(examined.certificate) {
            match objection(examination, list, issuer) {
                Some(why) => findings.push(unusable(examination, list, why)),
                None => usable.push(list),
            }
        }
        findings.extend(usable.iter().filter_map(|list| stale(examination, list)));
        let mut covered = false;
        for list in &usable {
            match list.entry(examined.certificate) {
                Some(revoked) if is_lifted(revoked, list, &usable, examined) => covered = true,
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

/// RFC 5280 section 5.3.1: a delta list takes a certificate that was on hold off the list.
fn is_lifted(
    revoked: &Revoked<'_>,
    list: &Indexed<'_>,
    usable: &[&Indexed<'_>],
    examined: &Examined<'_>,
) -> bool {
    let reason = revoked.entry.reason();
    let lifts = |delta: &&Indexed<'_>| {
        delta.scope.delta
            && delta.list.this_update() >= list.list.this_update()
            && delta
                .entry(examined.certificate)
                .is_some_and(|entry| entry.entry.reason() == Some(REMOVED))
    };
    reason == Some(REMOVED)
        || reason == Some(RevocationReason::CertificateHold) && usable.iter().any(lifts)
}

const REMOVED: RevocationReason = RevocationReason::RemoveFromCrl;

/// Whether silence of the list means that the certificate is not revoked.
fn is_about(list: &Indexed<'_>, examined: &Examined<'_>) -> bool {
    let scope = &list.scope;
    let excluded = if examined.is_ca() { scope.only_users } else { scope.only_cas };
    // Section 6.3.3 (b)(2)(i): a list for one point speaks of the certificates that name it.
    let named = &examined.extensions.distribution_points;
    let elsewhere = !scope.points.is_empty() && !scope.points.iter().any(|one| named.contains(one));
    !(excluded || elsewhere || scope.only_attributes || scope.some_reasons || scope.delta)
}

/// Why the list cannot be relied on, if it cannot.
fn objection(
    examination: &Examination<'_>,
    list: &Indexed<'_>,
    issuer: &Examined<'_>,
) -> Option<&'static str> {
    let number = list.list.extension(oid::CRL_NUMBER);
    let usage = issuer.extensions.key_usage;
    // Section 6.3.3 (g) and (f); 5.2 and 5.3: what an unknown critical extension says of the entries,
    // nobody can tell; 5.2.3.
    if !list.is_signed_by(issuer.certificate) {
        Some("its signature does not fit the issuer's key")
    } else if usage.is_some_and(|usage| !usage.allows(KeyUsage::CRL_SIGN)) {
        Some("the issuer's key usage does not allow cRLSign")
    } else if list.scope.unknown {
        Some("it has a critical extension that is unknown, or one that cannot be read")
    } else if !examination.criteria.strict {
        None
    } else if number.is_none() {
        Some("it has no number")
    } else {
        number.filter(|number| number.critical).map(|_| "its number is critical")
    }
}

fn unusable(examination: &Examination<'_>, list: &Indexed<'_>, why: &str) -> Finding {
    let severity = if examination.criteria.strict { Severity::Error } else { Severity::Warning };
    let message = format!("the revocation list of {} is not relied on: {why}", list.issuer());
    Finding::new(Code::CRL_UNUSABLE, severity, message)
        .evidence("this_update", timestamp(list.list.this_update()))
        .evidence("issuer", list.issuer().to_string())
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
