//! The times of certificates.

use crate::chain::examination::{Examination, Examined};
use crate::chain::finding::{Finding, Severity};
use crate::chain::path::End;
use crate::chain::rules::{days_left, is_expired, is_not_yet_valid, timestamp};
use crate::code::Code;
use der::{Decode, Reader, SliceReader, Tag, asn1::AnyRef};

/// RFC 5280 section 6.1.3 (a)(2): the moment lies within the validity of each certificate.
pub(super) fn in_time(examination: &Examination<'_>) -> Vec<Finding> {
    let judge = |examined: &Examined<'_>| {
        let (code, message) = outside(examination, examined)?;
        Some(dated(examination, examined, code, Severity::Error, message))
    };
    examination.counted().iter().filter_map(judge).collect()
}

/// RFC 5280 section 6.1.1 (d): the validity of an anchor does not count. Programs differ in that, so
/// it is worth a warning.
pub(super) fn anchor_in_time(examination: &Examination<'_>) -> Vec<Finding> {
    let judge = |anchor: &Examined<'_>| {
        let (code, message) = outside(examination, anchor)?;
        let is_trusted = examination.path.end == End::Trusted;
        let code = match code {
            Code::CERT_EXPIRED if is_trusted => Code::TRUSTED_EXPIRED,
            code => code,
        };
        Some(dated(examination, anchor, code, Severity::Warning, message))
    };
    examination.uncounted_anchor().and_then(judge).into_iter().collect()
}

/// The asker's own rule: the leaf stays valid for as long as was asked.
pub(super) fn stays_valid(examination: &Examination<'_>) -> Vec<Finding> {
    let leaf = examination.leaf();
    let at = examination.criteria.at;
    let soon = examination.criteria.remaining.is_some_and(|remaining| {
        // A moment beyond the calendar is later than every end.
        at.checked_add(remaining).is_none_or(|until| is_expired(leaf.certificate, until))
    });
    if !soon || is_expired(leaf.certificate, at) {
        return Vec::new();
    }
    let left = days_left(leaf.certificate.not_after(), at);
    let message = format!(
        "{} expires at {}, in {left} days",
        leaf.title(),
        timestamp(leaf.certificate.not_after())
    );
    let finding = dated(examination, leaf, Code::CERT_EXPIRES_SOON, Severity::Error, message);
    vec![finding.evidence("days_left", left)]
}

/// RFC 5280 section 4.1.2.5: UTCTime until 2049 and GeneralizedTime from 2050 on, with seconds, in
/// UTC, without fractions.
pub(super) fn well_formed(examination: &Examination<'_>) -> Vec<Finding> {
    let is_wrong = |examined: &&Examined<'_>| !is_canonical(examined.certificate.validity_der());
    let tell = |examined: &Examined<'_>| {
        examined.violation("has a validity in a form that the profile does not have")
    };
    examination.counted().iter().filter(is_wrong).map(tell).collect()
}

fn is_canonical(validity: &[u8]) -> bool {
    let times = || -> der::Result<Vec<AnyRef<'_>>> {
        let outer = AnyRef::from_der(validity)?;
        let mut reader = SliceReader::new(outer.value())?;
        let times = vec![reader.decode()?, reader.decode()?];
        reader.finish()?;
        Ok(times)
    };
    let is_right = |time: &AnyRef<'_>| match (time.header().tag(), time.value()) {
        (Tag::UtcTime, [digits @ .., b'Z']) => {
            digits.len() == 12 && digits.iter().all(u8::is_ascii_digit)
        }
        (Tag::GeneralizedTime, [digits @ .., b'Z']) => {
            digits.len() == 14 && digits.iter().all(u8::is_ascii_digit) && digits >= &b"2050"[..]
        }
        _ => false,
    };
    times().is_ok_and(|times| times.iter().all(is_right))
}

/// Whether the moment lies outside of the validity, and on which side.
fn outside(examination: &Examination<'_>, examined: &Examined<'_>) -> Option<(Code, String)> {
    let (certificate, at) = (examined.certificate, examination.criteria.at);
    let who = examined.title();
    if is_expired(certificate, at) {
        let message = format!("{who} expired at {}", timestamp(certificate.not_after()));
        Some((Code::CERT_EXPIRED, message))
    } else if is_not_yet_valid(certificate, at) {
        let message = format!("{who} is not valid before {}", timestamp(certificate.not_before()));
        Some((Code::CERT_NOT_YET_VALID, message))
    } else {
        None
    }
}

fn dated(
    examination: &Examination<'_>,
    examined: &Examined<'_>,
    code: Code,
    severity: Severity,
    message: String,
) -> Finding {
    Finding::new(code, severity, message)
        .certificate(examined.certificate)
        .evidence("not_before", timestamp(examined.certificate.not_before()))
        .evidence("not_after", timestamp(examined.certificate.not_after()))
        .evidence("at", timestamp(examination.criteria.at))
}
