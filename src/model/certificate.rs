//! X.509 certificates.

use crate::code::Code;
use crate::digest::Fingerprint;
use crate::model::asn1_time;
use crate::model::basic_constraints::BasicConstraints;
use crate::model::key::{KeyAlgorithm, PublicKey};
use crate::model::name::DistinguishedName;
use crate::model::serial::SerialNumber;
use crate::model::signed::{self, Signed, Span};
use crate::oid::{self, ObjectIdentifier};
use crate::secret::SharedBytes;
use crate::tlv::{self, INTEGER, SEQUENCE, TlvError, Values, context};
use std::fmt;
use std::sync::Arc;
use time::OffsetDateTime;

/// Why bytes are not a certificate.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
#[error("the certificate is malformed: {reason}")]
pub struct CertificateError {
    /// What the decoder met.
    pub reason: String,
}

impl CertificateError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::CERTIFICATE_INVALID
    }
}

impl From<TlvError> for CertificateError {
    fn from(error: TlvError) -> Self {
        Self { reason: error.to_string() }
    }
}

/// A certificate, kept as its original DER. Two are equal when their DER is.
///
/// ```text
/// Certificate ::= SEQUENCE {
///     tbsCertificate       SEQUENCE { [0] version, serialNumber, signature, issuer, validity,
///                                     subject, subjectPublicKeyInfo, [1], [2], [3] extensions },
///     signatureAlgorithm   AlgorithmIdentifier,
///     signatureValue       BIT STRING }
/// ```
///
/// RFC 5280 section 4.1. Only the frame is read when it is made, so that a list of 10,000
/// certificates costs little; extensions are read when they are asked for. A clone is the same
/// certificate in the same memory.
#[derive(Clone)]
pub struct Certificate(Arc<Frame>);

struct Frame {
    signed: Signed,
    version: u8,
    serial: Span,
    signature_algorithm: Span,
    issuer: Span,
    validity: Span,
    subject: Span,
    public_key: Span,
    key_algorithm: KeyAlgorithm,
    extensions: Span,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

/// One extension of a certificate, RFC 5280 section 4.1.2.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its type.
    pub oid: ObjectIdentifier,
    /// Whether a reader that does not know it must refuse the certificate.
    pub critical: bool,
    /// The DER inside the OCTET STRING.
    pub value: &'a [u8],
}

impl Certificate {
    /// Reads exactly one certificate.
    ///
    /// # Errors
    ///
    /// [`CertificateError`] when the frame is not a certificate's, or bytes follow it.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Self::of(Signed::copy(der)?)
    }

    /// Reads exactly one certificate, and copies nothing: as long as it is there, so is what `der` is a part of.
    ///
    /// # Errors
    ///
    /// As [`Certificate::from_der`].
    pub fn from_shared(der: SharedBytes) -> Result<Self, CertificateError> {
        Self::of(Signed::read(der)?)
    }

    fn of(signed: Signed) -> Result<Self, CertificateError> {
        let mut fields = Values::new(tlv::content(signed.content(), SEQUENCE)?);
        let mut version = 1;
        if fields.tag() == Some(context(0)) {
            let field = fields.content(context(0))?;
            version = match tlv::content(field, INTEGER) {
                Ok(&[version @ ..0x80]) => version + 1,
                _ => 0,
            };
        }
        let serial = fields.content(INTEGER)?;
        let mut next = || fields.take().map(|field| field.der);
        let (signature_algorithm, issuer, validity) = (next()?, next()?, next()?);
        let (subject, public_key) = (next()?, next()?);
        let mut extensions: &[u8] = &[];
        while !fields.is_empty() {
            let field = fields.take()?;
            if field.tag == context(3) {
                extensions = tlv::content(field.content, SEQUENCE)?;
            }
        }
        let mut times = Values::new(tlv::content(validity, SEQUENCE)?);
        let (not_before, not_after) = (asn1_time::read(&mut times)?, asn1_time::read(&mut times)?);
        // Roots have one name twice.
        DistinguishedName::check(subject)
            .and(if issuer == subject { Ok(()) } else { DistinguishedName::check(issuer) })
            .map_err(|error| CertificateError { reason: error.to_string() })?;
        let key_algorithm = PublicKey::algorithm_of(public_key)
            .map_err(|error| CertificateError { reason: error.to_string() })?;
        Ok(Self(Arc::new(Frame {
            version,
            serial: signed.span(serial),
            signature_algorithm: signed.span(signature_algorithm),
            issuer: signed.span(issuer),
            validity: signed.span(validity),
            subject: signed.span(subject),
            public_key: signed.span(public_key),
            key_algorithm,
            extensions: signed.span(extensions),
            not_before,
            not_after,
            signed,
        })))
    }

    /// The DER bytes as they were read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.0.signed.der()
    }

    /// The SHA-256 of the DER.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.signed.fingerprint()
    }

    /// The version as people count it: 1, 2 or 3 (RFC 5280 section 4.1.2.1); 0 for what is no
    /// number of a version.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// The content bytes of the serial number: two's complement, most significant byte first.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.part(self.0.serial)
    }

    /// The serial number as upper-case hexadecimal digits without separators.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        SerialNumber::from_content(self.serial()).to_string()
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

    /// The subject's name as DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        self.part(self.0.subject)
    }

    /// The subject's name.
    #[must_use]
    pub fn subject(&self) -> DistinguishedName {
        DistinguishedName::from_checked(self.subject_der())
    }

    /// The subject's public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_der(self.part(self.0.public_key))
            .expect("the key was read when the certificate was")
    }

    /// Kind and size of the subject's public key.
    #[must_use]
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.0.key_algorithm
    }

    /// The first second of validity.
    #[must_use]
    pub fn not_before(&self) -> OffsetDateTime {
        self.0.not_before
    }

    /// The last second of validity.
    #[must_use]
    pub fn not_after(&self) -> OffsetDateTime {
        self.0.not_after
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

    /// The `AlgorithmIdentifier` of the signature as the signed part repeats it, as DER (RFC 5280
    /// section 4.1.2.3).
    #[must_use]
    pub fn tbs_signature_algorithm_der(&self) -> &[u8] {
        self.part(self.0.signature_algorithm)
    }

    /// The `Validity` as DER, for those who care about the form of its times.
    #[must_use]
    pub fn validity_der(&self) -> &[u8] {
        self.part(self.0.validity)
    }

    /// The signature: the bytes of the BIT STRING, without its unused-bits octet.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signed.signature()
    }

    /// Whether subject and issuer are the same name, byte for byte.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject_der() == self.issuer_der()
    }

    /// The extensions in their order; reading stops at the first malformed one.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        signed::extensions(self.part(self.0.extensions))
    }

    /// The extensions in their order, all of them.
    ///
    /// # Errors
    ///
    /// [`CertificateError`] when one of them is no `Extension`.
    pub fn all_extensions(&self) -> Result<Vec<Extension<'_>>, CertificateError> {
        Ok(signed::all_extensions(self.part(self.0.extensions))?)
    }

    /// The extension of this type.
    #[must_use]
    pub fn extension(&self, oid: ObjectIdentifier) -> Option<Extension<'_>> {
        self.extensions().find(|extension| extension.oid == oid)
    }

    /// Whether basicConstraints says that the subject is a CA (RFC 5280 section 4.2.1.9).
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.basic_constraints().is_ok_and(|read| read.is_some_and(|constraints| constraints.ca))
    }

    /// What basicConstraints says, if the certificate has it.
    ///
    /// # Errors
    ///
    /// [`CertificateError`] when it is malformed.
    pub fn basic_constraints(&self) -> Result<Option<BasicConstraints>, CertificateError> {
        let extension = self.extension(oid::BASIC_CONSTRAINTS);
        Ok(extension.map(|extension| BasicConstraints::read(extension.value)).transpose()?)
    }

    /// The subject's key identifier (RFC 5280 section 4.2.1.2), if the certificate states one.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        let extension = self.extension(oid::SUBJECT_KEY_IDENTIFIER)?;
        tlv::only(extension.value).ok().map(|value| value.content)
    }

    /// The issuer's key identifier (RFC 5280 section 4.2.1.1), if the certificate states one.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        signed::authority_key_identifier(self.extension(oid::AUTHORITY_KEY_IDENTIFIER)?.value)
    }

    fn part(&self, span: Span) -> &[u8] {
        self.0.signed.part(span)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} {:?})", self.subject(), self.fingerprint())
    }
}
