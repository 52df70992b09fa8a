//! Certificate requests.

use crate::code::Code;
use crate::model::key::PublicKey;
use crate::model::name::DistinguishedName;
use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader};
use std::sync::Arc;

/// Why bytes are not a certificate request.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
#[error("the certificate request is malformed: {reason}")]
pub struct RequestError {
    /// What the decoder met.
    pub reason: String,
}

impl RequestError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::REQUEST_INVALID
    }
}

/// A PKCS#10 certificate request, kept as its original DER.
///
/// ```text
/// CertificationRequest ::= SEQUENCE {
///     certificationRequestInfo  SEQUENCE { version, subject Name, subjectPKInfo, attributes [0] },
///     signatureAlgorithm        AlgorithmIdentifier,
///     signature                 BIT STRING }
/// ```
///
/// RFC 2986 section 4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest(Arc<Fields>);

#[derive(Debug, PartialEq, Eq)]
struct Fields {
    der: Vec<u8>,
    subject: DistinguishedName,
    public_key: PublicKey,
    signature_algorithm: Vec<u8>,
}

/// The outer structure; the parts are read on their own because `Name` is kept raw.
#[derive(Sequence)]
struct Shape<'a> {
    info: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

impl CertificateRequest {
    /// Reads one DER request; the signature is not verified.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the bytes are not exactly one request.
    pub fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        let malformed = |error: der::Error| RequestError { reason: error.to_string() };
        let shape = Shape::from_der(der).map_err(malformed)?;
        let mut info = SliceReader::new(shape.info.value()).map_err(malformed)?;
        info.tlv_bytes().map_err(malformed)?; // version
        let subject = info.tlv_bytes().map_err(malformed)?;
        let public_key = info.tlv_bytes().map_err(malformed)?;
        Ok(Self(Arc::new(Fields {
            der: der.to_vec(),
            subject: DistinguishedName::from_der(subject)
                .map_err(|error| RequestError { reason: error.to_string() })?,
            public_key: PublicKey::from_der(public_key)
                .map_err(|error| RequestError { reason: error.to_string() })?,
            signature_algorithm: shape.algorithm.to_der().map_err(malformed)?,
        })))
    }

    /// The DER bytes as they were read or made.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The name that the requester asks for.
    #[must_use]
    pub fn subject(&self) -> &DistinguishedName {
        &self.0.subject
    }

    /// The `AlgorithmIdentifier` of the signature in DER.
    #[must_use]
    pub fn signature_algorithm_der(&self) -> &[u8] {
        &self.0.signature_algorithm
    }

    /// The key that the request is for.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }
}
