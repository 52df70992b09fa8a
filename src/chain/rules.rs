//! What a certificate says of itself, as the rules of a path see it.

use crate::model::certificate::Certificate;
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Whether the certificate may issue others as far as its own form goes: version 1 and 2 cannot
/// say, version 3 has to (RFC 5280 section 6.1.4 (k)).
#[must_use]
pub fn may_issue(certificate: &Certificate) -> bool {
    !is_version_3(certificate) || certificate.is_ca()
}

/// Whether the certificate is nobody's issuer: it does not say that it is a CA's, and is not
/// self-issued. One of version 1 cannot say it, and counts as a leaf unless it is a root.
#[must_use]
pub fn is_leaf(certificate: &Certificate) -> bool {
    !certificate.is_self_issued() && !certificate.is_ca()
}

/// Whether the certificate's validity has ended. `at` may carry a fraction of a second; notAfter
/// is the last second that belongs to the validity (RFC 5280 section 4.1.2.5).
#[must_use]
pub fn is_expired(certificate: &Certificate, at: OffsetDateTime) -> bool {
    at.unix_timestamp() > certificate.not_after().unix_timestamp()
}

/// Whether the certificate's validity has not begun.
#[must_use]
pub fn is_not_yet_valid(certificate: &Certificate, at: OffsetDateTime) -> bool {
    at < certificate.not_before()
}

/// The name of the certificate in messages.
#[must_use]
pub fn title(certificate: &Certificate) -> String {
    let subject = certificate.subject();
    if subject.is_empty() {
        format!("the certificate with serial number {}", certificate.serial_hex())
    } else {
        subject.to_string()
    }
}

/// RFC 3339; the years of a certificate, 1950 to 9999, all have that form.
#[must_use]
pub fn timestamp(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// `Version ::= INTEGER { v1(0), v2(1), v3(2) }`, the first field of the signed part if it is there.
pub(in crate::chain) fn is_version_3(certificate: &Certificate) -> bool {
    let version = || -> der::Result<u8> {
        let fields = AnyRef::from_der(certificate.tbs_der())?;
        let first = SliceReader::new(fields.value())?.tlv_bytes()?;
        let first = AnyRef::from_der(first)?;
        let explicit = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
        if first.header().tag() == explicit { u8::from_der(first.value()) } else { Ok(0) }
    };
    version().is_ok_and(|version| version >= 2)
}
