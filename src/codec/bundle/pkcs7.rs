//! Certificates and revocation lists out of PKCS#7.

use crate::codec::{CodecError, ber};
use crate::model::format::Format;
use crate::oid::{self, ObjectIdentifier};
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber};

/// What a `SignedData` carries besides signatures.
pub(super) struct Message {
    /// Certificates in DER.
    pub(super) certificates: Vec<Vec<u8>>,
    /// Revocation lists in DER.
    pub(super) revocation_lists: Vec<Vec<u8>>,
    /// Members of both sets that are something else: attribute certificates, OCSP responses.
    pub(super) others: usize,
    /// Whether it was DER, so that nothing had to be rewritten.
    pub(super) is_der: bool,
    /// Bytes that it took.
    pub(super) consumed: usize,
}

/// Why there is nothing to take.
pub(super) enum Pkcs7Error {
    /// Of another content type.
    NotSigned(ObjectIdentifier),
    /// Not what RFC 5652 prescribes.
    Malformed(String),
}

impl From<der::Error> for Pkcs7Error {
    fn from(error: der::Error) -> Self {
        Self::Malformed(format!("the PKCS#7 is malformed: {error}"))
    }
}

impl From<CodecError> for Pkcs7Error {
    fn from(error: CodecError) -> Self {
        Self::Malformed(format!("the PKCS#7 is malformed: {error}"))
    }
}

/// Reads the first value of `bytes`; no signature is verified.
///
/// ```text
/// ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY }
/// SignedData ::= SEQUENCE {
///     version           INTEGER,
///     digestAlgorithms  SET OF AlgorithmIdentifier,
///     encapContentInfo  SEQUENCE { ... },
///     certificates      [0] IMPLICIT CertificateSet OPTIONAL,
///     crls              [1] IMPLICIT RevocationInfoChoices OPTIONAL,
///     signerInfos       SET OF SignerInfo }
/// ```
///
/// RFC 5652 sections 3 and 5.1.
pub(super) fn read(bytes: &[u8]) -> Result<Message, Pkcs7Error> {
    let normalised = ber::to_der(bytes, Format::Pkcs7)?;
    let mut message = Message {
        certificates: Vec::new(),
        revocation_lists: Vec::new(),
        others: 0,
        is_der: normalised.is_der(),
        consumed: normalised.consumed(),
    };

    let mut info = SliceReader::new(content(normalised.der(), Tag::Sequence)?)?;
    let content_type: ObjectIdentifier = info.decode()?;
    if content_type != oid::SIGNED_DATA {
        return Err(Pkcs7Error::NotSigned(content_type));
    }
    let signed = content(info.tlv_bytes()?, context(0))?;
    let mut signed = SliceReader::new(content(signed, Tag::Sequence)?)?;
    signed.tlv_bytes()?; // version
    signed.tlv_bytes()?; // digestAlgorithms
    signed.tlv_bytes()?; // encapContentInfo
    while !signed.is_finished() {
        let tag = Tag::peek(&signed)?;
        let field = signed.tlv_bytes()?;
        let members = if tag == context(0) {
            &mut message.certificates
        } else if tag == context(1) {
            &mut message.revocation_lists
        } else {
            continue; // signerInfos
        };
        let mut set = SliceReader::new(content(field, tag)?)?;
        while !set.is_finished() {
            // Certificate and CertificateList are untagged, every other choice is tagged.
            let is_plain = Tag::peek(&set)? == Tag::Sequence;
            let member = set.tlv_bytes()?;
            if is_plain {
                members.push(member.to_vec());
            } else {
                message.others += 1;
            }
        }
    }
    Ok(message)
}

fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

/// The contents of a value that has this tag.
fn content(der: &[u8], tag: Tag) -> Result<&[u8], Pkcs7Error> {
    let value = AnyRef::from_der(der)?;
    if value.header().tag() == tag {
        Ok(value.value())
    } else {
        let found = value.header().tag();
        Err(Pkcs7Error::Malformed(format!("the PKCS#7 has {found} where {tag} is due")))
    }
}
