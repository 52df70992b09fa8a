//! Revocation lists.

use crate::chain::examination::{Examination, Examined};
use crate::chain::extensions::usage::KeyUsage;
use crate::chain::finding::{Finding, Severity};
use crate::chain::revocation::{Indexed, Signer, named};
use crate::chain::rules::timestamp;
use crate::code::Code;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::crl::RevokedCertificate;
use crate::model::revocation::RevocationReason;
use crate::oid;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use time::OffsetDateTime;

/// RFC 5280 section 6.3.3: no list of the issuer has an entry for the certificate. A list counts with
/// the signature of the certificate that issued, or of another one of the CA that leads to the same
/// anchor.
pub(super) fn not_revoked(examination: &Examination<'_>) -> Vec<Finding> {
    if examination.revocation.is_empty() {
        return Vec::new();
    }
    let issued = examination.counted().iter().zip(&examination.certificates[1..]);
    issued.flat_map(|(examined, issuer)| judge(examination, examined, issuer)).collect()
}

fn judge(
    examination: &Examination<'_>,
    examined: &Examined<'_>,
    issuer: &Examined<'_>,
) -> Vec<Finding> {
    let revocation = examination.revocation;
    let mut findings = Vec::new();
    let mut usable = Vec::new();
    let mut signers = HashSet::new();
    let mut refused: BTreeMap<Cow<'_, str>, Vec<&Indexed<'_>>> = BTreeMap::new();
    for list in revocation.about(examined.certificate) {
        match reliance(examination, list, examined, issuer) {
            Reliance::Usable(signer) => {
                usable.push(list);
                let signer = signer.filter(|signer| signers.insert(signer.fingerprint()));
                findings.extend(signer.map(|signer| signed_by(list, signer)));
            }
            Reliance::Refused(why) => refused.entry(why).or_default().push(list),
            Reliance::Unknown => {
                findings.push(too_many(examination, examined));
                break;
            }
        }
    }
    usable.sort_by_key(|list| Reverse(list.list.this_update()));
    findings.extend(revoked(&usable, examined, examination.criteria.at));
    let speaks = |list: &&Indexed<'_>| {
        list.entry(examined.certificate).is_some() || is_about(list, examined)
    };
    let speaking: Vec<_> = usable.iter().copied().filter(speaks).collect();
    // Beside a list that is up to date, an older one need not be.
    let is_current = |list: &&Indexed<'_>| stale(examination, list, Severity::Warning).is_none();
    if !speaking.iter().any(is_current) {
        let first = |lists: &[&Indexed<'_>], severity| {
            lists.iter().find_map(|list| stale(examination, list, severity))
        };
        let found = first(&speaking, unreliable(examination));
        findings.extend(found.or_else(|| first(&usable, Severity::Warning)));
    }
    findings.extend(revocation.indirect(examined.certificate).map(|list| indirect(examined, list)));
    // After a change of its key a CA has lists of both keys under one name, and one of them speaks.
    if speaking.is_empty() {
        findings.extend(refused.iter().map(|(why, lists)| unusable(examination, lists, why)));
        // Who gives lists asks for the leaf; where they cannot be relied on, that is said already.
        let is_why =
            |found: &Finding| [Code::CRL_UNUSABLE, Code::LIMIT_EXCEEDED].contains(&found.code);
        let matters = examined.position == 0 && !findings.iter().any(is_why);
        let severity = if matters { Severity::Warning } else { Severity::Note };
        findings.push(uncovered(examination, examined, severity));
    }
    findings
}

/// What the newest of the lists says that revokes the certificate; they are sorted, the newest first.
fn revoked(
    usable: &[&Indexed<'_>],
    examined: &Examined<'_>,
    at: OffsetDateTime,
) -> Option<Finding> {
    let entries: Vec<_> = usable
        .iter()
        .filter_map(|list| Some((list, list.entry(examined.certificate)?)))
        .map(|(list, entry)| (list, entry, entry.reason()))
        .collect();
    // RFC 5280 section 5.3.1: a delta list takes a certificate that was on hold off the list.
    let lifted = entries
        .iter()
        .find(|(list, _, reason)| list.scope.delta && *reason == Some(REMOVED))
        .map(|(list, ..)| list.list.this_update());
    entries
        .iter()
        .find(|(list, _, reason)| match reason {
            Some(REMOVED) => false,
            Some(RevocationReason::CertificateHold) => {
                lifted.is_none_or(|lifted| lifted < list.list.this_update())
            }
            _ => true,
        })
        .map(|(_, entry, _)| tell(examined, entry, at))
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

/// Whether a list can be relied on.
enum Reliance<'a> {
    /// It can; with who signed it, where that is not the issuer itself.
    Usable(Option<&'a Certificate>),
    /// It cannot, for this reason.
    Refused(Cow<'static, str>),
    /// There are too many to find out.
    Unknown,
}

fn reliance<'a>(
    examination: &Examination<'a>,
    list: &Indexed<'_>,
    examined: &Examined<'_>,
    issuer: &Examined<'_>,
) -> Reliance<'a> {
    let revocation = examination.revocation;
    let Some(is_signed) = revocation.is_signed(list, issuer.certificate) else {
        return Reliance::Unknown;
    };
    let usage = issuer.extensions.key_usage;
    // Section 6.3.3 (g) and (f).
    let why = if !is_signed {
        Some("its signature does not fit the issuer's key")
    } else if usage.is_some_and(|usage| !usage.allows(KeyUsage::CRL_SIGN)) {
        Some("the issuer's key usage does not allow cRLSign")
    } else {
        None
    };
    match (why, objection(examination, list)) {
        (Some(why), None) => match revocation.signer(list, examined, examination) {
            Signer::Found(signer) => Reliance::Usable(Some(signer)),
            Signer::Refused(why) => Reliance::Refused(why.into()),
            Signer::Unknown => Reliance::Refused(why.into()),
            Signer::Unsought => Reliance::Unknown,
        },
        (Some(why), _) | (None, Some(why)) => Reliance::Refused(why.into()),
        (None, None) => Reliance::Usable(None),
    }
}

/// What else than its signature speaks against relying on a list.
fn objection(examination: &Examination<'_>, list: &Indexed<'_>) -> Option<&'static str> {
    // Sections 5.2 and 5.3: what an unknown critical extension says of the entries, nobody can tell;
    // 5.2.3.
    if list.scope.unknown {
        Some("it has a critical extension that is unknown, or one that cannot be read")
    } else if !examination.criteria.strict {
        None
    } else {
        match list.list.extension(oid::CRL_NUMBER) {
            None => Some("it has no number"),
            Some(number) => number.critical.then_some("its number is critical"),
        }
    }
}

/// How much it matters that a list of a certificate's issuer cannot be relied on.
fn unreliable(examination: &Examination<'_>) -> Severity {
    if examination.criteria.strict { Severity::Error } else { Severity::Warning }
}

/// The lists that cannot be relied on for one reason.
fn unusable(examination: &Examination<'_>, lists: &[&Indexed<'_>], why: &str) -> Finding {
    let severity = unreliable(examination);
    let issuer = lists[0].issuer();
    let message = match lists.len() {
        1 => format!("the revocation list of {issuer} is not relied on: {why}"),
        number => format!("{number} revocation lists of {issuer} are not relied on: {why}"),
    };
    let newest = lists.iter().map(|list| list.list.this_update()).max();
    Finding::new(Code::CRL_UNUSABLE, severity, message)
        .evidence("this_update", newest.map(timestamp))
        .evidence("issuer", issuer.to_string())
}

/// Section 6.3.3 (f): worth knowing, because the CA's own key did not sign.
fn signed_by(list: &Indexed<'_>, signer: &Certificate) -> Finding {
    let (issuer, who) = (list.issuer(), named(signer));
    let message = format!(
        "the revocation list of {issuer} is signed by {who}, which leads to the same anchor"
    );
    Finding::new(Code::CRL_SIGNER, Severity::Note, message)
        .evidence("issuer", issuer.to_string())
        .evidence("signer", signer.fingerprint().to_string())
}

/// What was not looked at may revoke.
fn too_many(examination: &Examination<'_>, examined: &Examined<'_>) -> Finding {
    let message = format!(
        "the revocation lists about {} were not looked at to the end, there are too many",
        examined.title()
    );
    examined
        .error(Code::LIMIT_EXCEEDED, message)
        .evidence("looks", limits::REVOCATION_LOOKS)
        .evidence("signatures", examination.revocation.signatures_allowed)
}

/// RFC 5280 sections 5.1.2.4 and 5.1.2.5. What an old list revokes stays revoked.
fn stale(examination: &Examination<'_>, list: &Indexed<'_>, severity: Severity) -> Option<Finding> {
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
        Finding::new(Code::CRL_STALE, severity, message)
            .evidence("this_update", timestamp(list.list.this_update()))
            .evidence("next_update", list.list.next_update().map(timestamp))
            .evidence("at", timestamp(at)),
    )
}

/// Section 6.3.3 asks whether there is an entry, and not since when; by section 5.3.2 what was the cause
/// is older than the entry.
fn tell(examined: &Examined<'_>, entry: &RevokedCertificate<'_>, at: OffsetDateTime) -> Finding {
    let date = timestamp(entry.date());
    let reason = entry.reason().map(|reason| reason.to_string());
    let mut message = match &reason {
        Some(reason) => format!("{} was revoked at {date}: {reason}", examined.title()),
        None => format!("{} was revoked at {date}", examined.title()),
    };
    if at < entry.date() {
        message += "; that is after the moment asked about, and its cause may be older";
    }
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

fn uncovered(
    examination: &Examination<'_>,
    examined: &Examined<'_>,
    severity: Severity,
) -> Finding {
    let revocation = examination.revocation;
    let issuer = examined.certificate.issuer();
    let has_none = revocation.about(examined.certificate).next().is_none();
    let others = format!("; there are lists of {}", revocation.issuers());
    let message = format!(
        "no revocation list of {issuer} says whether {} is revoked{}",
        examined.title(),
        if has_none { &others } else { "" }
    );
    Finding::new(Code::CRL_MISSING, severity, message)
        .certificate(examined.certificate)
        .evidence("issuer", issuer.to_string())
        .evidence("lists_of", revocation.issuers())
}
