//! Certificate requests.

use crate::crypto::{keygen, sign};
use crate::issue::IssueError;
use crate::issue::extensions::{RawExtension, RequestedExtensions};
use crate::issue::signed::{self, Signed, SigningDigest};
use crate::model::basic_constraints::BasicConstraints;
use crate::model::key::PrivateKey;
use crate::model::name::DistinguishedName;
use crate::model::request::CertificateRequest;
use crate::oid::{self, ObjectIdentifier};
use der::asn1::{Any, AnyRef, BitStringRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag, TagNumber};
use std::fmt::Display;
use x509_cert::ext::Extension;

/// `CertificationRequestInfo`, RFC 2986 section 4.1.
#[derive(Sequence)]
struct Info<'a> {
    version: u8,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    /// `[0] IMPLICIT SET OF Attribute`, there even if it is empty; some writers leave it out.
    attributes: Option<Any>,
}

/// `Attribute`, RFC 2986 section 4.1.
#[derive(Sequence)]
struct Attribute<'a> {
    oid: ObjectIdentifier,
    values: AnyRef<'a>,
}

const ATTRIBUTES: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };

/// Makes a request for the key, signed with it. The subject's DER is taken as it is.
///
/// # Errors
///
/// [`IssueError::Crypto`] when the key cannot sign, [`IssueError::Encoding`] when an alternative
/// name is not ASCII.
pub fn request(
    key: &PrivateKey,
    subject: &DistinguishedName,
    extensions: &RequestedExtensions,
) -> Result<CertificateRequest, IssueError> {
    let public_key = keygen::public_key(key)?;
    let extensions = extensions.to_extensions(subject.is_empty())?;
    let attributes = if extensions.is_empty() {
        Vec::new()
    } else {
        let values = Any::new(Tag::Set, extensions.to_der()?)?;
        Attribute { oid: oid::EXTENSION_REQUEST, values: values.to_ref() }.to_der()?
    };
    let info = Info {
        version: 0,
        subject: AnyRef::from_der(subject.der())?,
        public_key: AnyRef::from_der(public_key.der())?,
        attributes: Some(Any::new(ATTRIBUTES, attributes)?),
    }
    .to_der()?;
    let digest = SigningDigest::default();
    let signed = signed::seal(key, digest, &signed::algorithm(key, digest)?, &info)?;
    CertificateRequest::from_der(&signed)
        .map_err(|error| IssueError::Encoding { reason: error.reason })
}

/// Verifies that the requester holds the key.
///
/// # Errors
///
/// [`IssueError::Signature`] when that does not follow from the signature,
/// [`IssueError::RequestMalformed`] when there is none.
pub fn verify_request(request: &CertificateRequest) -> Result<(), IssueError> {
    let read = || -> Result<_, der::Error> {
        // `Signed` re-encodes; the bytes that were signed are these
        let outer = AnyRef::from_der(request.der())?;
        let mut fields = SliceReader::new(outer.value())?;
        let (info, algorithm) = (fields.tlv_bytes()?, fields.tlv_bytes()?);
        Ok((info, algorithm, fields.decode::<BitStringRef<'_>>()?))
    };
    let (info, algorithm, signature) = read().map_err(malformed)?;
    Ok(sign::verify(algorithm, request.public_key(), info, signature.raw_bytes())?)
}

/// The names and usages that the request asks for, by the attribute of RFC 2985 or Microsoft's.
///
/// # Errors
///
/// [`IssueError::RequestMalformed`] when the attributes or one of the extensions are malformed.
pub fn requested_extensions(
    request: &CertificateRequest,
) -> Result<RequestedExtensions, IssueError> {
    let mut requested = RequestedExtensions::default();
    for extension in all_requested_extensions(request)? {
        requested.read(extension.oid, &extension.value).map_err(malformed)?;
    }
    Ok(requested)
}

/// What these extensions ask for by basicConstraints, if they have it.
///
/// # Errors
///
/// [`IssueError::RequestMalformed`] when it is malformed.
pub fn basic_constraints(
    requested: &[RawExtension],
) -> Result<Option<BasicConstraints>, IssueError> {
    let extension = requested.iter().find(|one| one.oid == oid::BASIC_CONSTRAINTS);
    extension.map(|one| BasicConstraints::read(&one.value)).transpose().map_err(malformed)
}

/// Every extension that the request asks for, in its order.
///
/// # Errors
///
/// [`IssueError::RequestMalformed`] when the attributes are malformed.
pub fn all_requested_extensions(
    request: &CertificateRequest,
) -> Result<Vec<RawExtension>, IssueError> {
    let mut requested = Vec::new();
    read_attributes(request, &mut requested).map_err(malformed)?;
    Ok(requested)
}

fn read_attributes(
    request: &CertificateRequest,
    requested: &mut Vec<RawExtension>,
) -> Result<(), der::Error> {
    let signed = Signed::from_der(request.der())?;
    let Some(attributes) = signed.content.decode_as::<Info<'_>>()?.attributes else {
        return Ok(());
    };
    attributes.header().tag().assert_eq(ATTRIBUTES)?;
    let mut reader = SliceReader::new(attributes.value())?;
    while !reader.is_finished() {
        let attribute: Attribute<'_> = reader.decode()?;
        if !matches!(attribute.oid, oid::EXTENSION_REQUEST | oid::MS_EXTENSION_REQUEST) {
            continue;
        }
        let mut values = SliceReader::new(attribute.values.value())?;
        while !values.is_finished() {
            requested
                .extend(values.decode::<Vec<Extension>>()?.into_iter().map(RawExtension::from));
        }
    }
    Ok(())
}

fn malformed(error: impl Display) -> IssueError {
    IssueError::RequestMalformed { reason: error.to_string() }
}
