//! Certificate revocation lists.

use crate::code::Code;
use crate::model::asn1_time;
use crate::model::certificate::Extension;
use crate::model::name::DistinguishedName;
use crate::model::revocation::RevocationReason;
use crate::model::serial::SerialNumber;
use crate::model::signed::{self, Signed, Span};
use crate::oid::{self, ObjectIdentifier};
use crate::tlv::{
    self, ENUMERATED, GENERALIZED_TIME, INTEGER, SEQUENCE, TlvError, UTC_TIME, Values, context,
};
use std::fmt;
use std::sync::Arc;
use time::OffsetDateTime;

/// Why bytes are not a revocation list.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
#[error("the revocation list is malformed: {reason}")]
pub struct CrlError {
    /// What the decoder met.
    pub reason: String,
}

impl CrlError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::CRL_INVALID
    }
}

impl From<TlvError> for CrlError {
    fn from(error: TlvError) -> Self {
        Self { reason: error.to_string() }
    }
}

/// A certificate revocation list, kept as its original DER. Two are equal when their DER is.
///
/// ```text
/// CertificateList ::= SEQUENCE {
///     tbsCertList         SEQUENCE { version, signature, issuer, thisUpdate, nextUpdate,
///                                    revokedCertificates, [0] crlExtensions },
///     signatureAlgorithm  AlgorithmIdentifier,
///     signatureValue      BIT STRING }
/// ```
///
/// RFC 5280 section 5.1. The frame and the frame of each entry are read when it is made, so that
/// the entries can be walked without failing; extensions are read when they are asked for.
#[derive(Clone)]
pub struct RevocationList(Arc<Frame>);

struct Frame {
    signed: Signed,
    issuer: Span,
    revoked: Span,
    extensions: Span,
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
}

/// One entry of a list.
///
/// ```text
/// SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions OPTIONAL }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedCertificate<'a> {
    der: &'a [u8],
    serial: &'a [u8],
    date: OffsetDateTime,
    extensions: &'a [u8],
}

impl RevocationList {
    /// Reads exactly one list.
    ///
    /// # Errors
    ///
    /// [`CrlError`] when the frame is not a list's, or bytes follow it.
    pub fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        let signed = Signed::copy(der)?;
        let mut fields = Values::new(tlv::content(signed.content(), SEQUENCE)?);
        if fields.tag() == Some(INTEGER) {
            fields.take()?; // version
        }
        fields.take()?; // signature, the same as signatureAlgorithm
        let issuer = fields.take()?.der;
        DistinguishedName::check(issuer).map_err(|error| CrlError { reason: error.to_string() })?;
        let this_update = asn1_time::read(&mut fields)?;
        let next_update = match fields.tag() {
            Some(UTC_TIME | GENERALIZED_TIME) => Some(asn1_time::read(&mut fields)?),
            _ => None,
        };
        let mut revoked: &[u8] = &[];
        if fields.tag() == Some(SEQUENCE) {
            revoked = fields.content(SEQUENCE)?;
        }
        let mut extensions: &[u8] = &[];
        if fields.tag() == Some(context(0)) {
            extensions = tlv::content(fields.content(context(0))?, SEQUENCE)?;
        }
        fields.finish()?;
        let mut entries = Values::new(revoked);
        while !entries.is_empty() {
            RevokedCertificate::read(&mut entries)?;
        }
        Ok(Self(Arc::new(Frame {
            issuer: signed.span(issuer),
            revoked: signed.span(revoked),
            extensions: signed.span(extensions),
            this_update,
            next_update,
            signed,
        })))
    }

    /// The DER bytes as they were read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.0.signed.der()
    }

    /// The issuer's name as DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        self.part(self.0.issuer)
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> DistinguishedName {
        DistinguishedName::from_checked(self.issuer_der())
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> OffsetDateTime {
        self.0.this_update
    }

    /// Until when the next one is out; RFC 5280 section 5.1.2.5 wants it stated.
    #[must_use]
    pub fn next_update(&self) -> Option<OffsetDateTime> {
        self.0.next_update
    }

    /// The revoked certificates, in the list's order.
    pub fn revoked(&self) -> impl Iterator<Item = RevokedCertificate<'_>> {
        let mut entries = Values::new(self.part(self.0.revoked));
        // All were read when the list was.
        std::iter::from_fn(move || RevokedCertificate::read(&mut entries).ok())
    }

    /// The extensions in their order; reading stops at the first malformed one.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        signed::extensions(self.part(self.0.extensions))
    }

    /// The extensions in their order, all of them.
    ///
    /// # Errors
    ///
    /// [`CrlError`] when one of them is no `Extension`.
    pub fn all_extensions(&self) -> Result<Vec<Extension<'_>>, CrlError> {
        Ok(signed::all_extensions(self.part(self.0.extensions))?)
    }

    /// The extension of this type.
    #[must_use]
    pub fn extension(&self, oid: ObjectIdentifier) -> Option<Extension<'_>> {
        self.extensions().find(|extension| extension.oid == oid)
    }

    /// The number of the list (RFC 5280 section 5.2.3), which grows from one to the next.
    #[must_use]
    pub fn number(&self) -> Option<SerialNumber> {
        let number = tlv::content(self.extension(oid::CRL_NUMBER)?.value, INTEGER).ok()?;
        Some(SerialNumber::from_content(number))
    }

    /// The issuer's key identifier (RFC 5280 section 5.2.1), if the list states one.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        signed::authority_key_identifier(self.extension(oid::AUTHORITY_KEY_IDENTIFIER)?.value)
    }

    /// The bytes that the issuer signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        self.0.signed.content()
    }

    /// The signature's `AlgorithmIdentifier` as DER.
    #[must_use]
    pub fn signature_algorithm_der(&self) -> &[u8] {
        self.0.signed.algorithm()
    }

    /// The signature: the bytes of the BIT STRING, without its unused-bits octet.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signed.signature()
    }

    fn part(&self, span: Span) -> &[u8] {
        self.0.signed.part(span)
    }
}

impl<'a> RevokedCertificate<'a> {
    fn read(values: &mut Values<'a>) -> Result<Self, TlvError> {
        let der = values.take()?.der;
        let mut fields = Values::new(tlv::content(der, SEQUENCE)?);
        let serial = fields.content(INTEGER)?;
        let date = asn1_time::read(&mut fields)?;
        let extensions = if fields.is_empty() { &[][..] } else { fields.content(SEQUENCE)? };
        fields.finish()?;
        Ok(Self { der, serial, date, extensions })
    }

    /// The DER of the entry.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The content bytes of the serial number, as [`Certificate::serial`] has them.
    ///
    /// [`Certificate::serial`]: crate::model::certificate::Certificate::serial
    #[must_use]
    pub fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// The serial number, to compare and to show.
    #[must_use]
    pub fn serial_number(&self) -> SerialNumber {
        SerialNumber::from_content(self.serial)
    }

    /// Since when.
    #[must_use]
    pub fn date(&self) -> OffsetDateTime {
        self.date
    }

    /// Why; none where the entry does not say, or says what RFC 5280 does not know.
    #[must_use]
    pub fn reason(&self) -> Option<RevocationReason> {
        let value = self.extensions().find(|extension| extension.oid == oid::REASON_CODE)?.value;
        match tlv::content(value, ENUMERATED).ok()? {
            &[number] => RevocationReason::of_number(number),
            _ => None,
        }
    }

    /// The extensions in their order; reading stops at the first malformed one.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        signed::extensions(self.extensions)
    }

    /// The extensions in their order, all of them.
    ///
    /// # Errors
    ///
    /// [`CrlError`] when one of them is no `Extension`.
    pub fn all_extensions(&self) -> Result<Vec<Extension<'a>>, CrlError> {
        Ok(signed::all_extensions(self.extensions)?)
    }
}

impl PartialEq for RevocationList {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for RevocationList {}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({} {})", self.issuer(), self.this_update())
    }
}
