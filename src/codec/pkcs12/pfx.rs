//! The outer structure of a PKCS#12 file: PFX, AuthenticatedSafe, ContentInfo.

use crate::codec::CodecError;
use crate::codec::ber::Normalised;
pub(super) use crate::codec::ber::{heads, wrap};
use crate::model::format::Format;
use crate::oid::{self, ObjectIdentifier};
use der::asn1::AnyRef;
use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber};
use std::borrow::Cow;
use std::ops::Range;

/// The outer structure, unwrapped but not yet trusted: the MAC has not been verified.
///
/// ```text
/// PFX ::= SEQUENCE { version INTEGER {v3(3)}, authSafe ContentInfo, macData MacData OPTIONAL }
/// ```
///
/// RFC 7292 section 4.
pub(super) struct Pfx<'a> {
    /// The octets of authSafe: the AuthenticatedSafe, over which the MAC goes.
    pub(super) auth_safe: &'a [u8],
    /// The MacData in DER.
    pub(super) mac: Option<&'a [u8]>,
}

impl<'a> Pfx<'a> {
    /// Reads the outer structure out of a file, `value` being what [`ber::to_der`] made of it.
    pub(super) fn read(value: &'a Normalised<'_>) -> Result<Self, CodecError> {
        let mut fields = SliceReader::new(content(value.der(), Tag::Sequence, "PFX")?)
            .map_err(|error| damaged("PFX", &error))?;
        let version: u8 = fields.decode().map_err(|error| damaged("version", &error))?;
        if version != 3 {
            return Err(CodecError::Damaged {
                format: Format::Pkcs12,
                what: format!("version {version} instead of 3"),
            });
        }
        let auth_safe = tlv(&mut fields, "authSafe")?;
        let mac = if fields.is_finished() { None } else { Some(tlv(&mut fields, "macData")?) };
        fields.finish().map_err(|error| damaged("PFX", &error))?;
        let auth_safe = ContentInfo::read(auth_safe)?;
        if auth_safe.content_type != oid::DATA {
            let what = match auth_safe.content_type {
                oid::SIGNED_DATA => "a PKCS#12 file with a signature (signedData)".to_owned(),
                other => format!("a PKCS#12 file whose authSafe has content type {other}"),
            };
            return Err(CodecError::FormatUnsupported { what, verb: "read" });
        }
        Ok(Self { auth_safe: auth_safe.octets()?, mac })
    }
}

/// A file up to its AuthenticatedSafe, which is so long, and followed by a MacData of that length or by nothing.
pub(super) fn file_head(auth_safe: usize, mac: usize) -> Vec<u8> {
    let version: [u8; 3] = [0x02, 0x01, 0x03];
    let before = [&version[..], &ContentInfo::data_head(auth_safe)].concat();
    heads(&[(SEQUENCE, &before)], auth_safe + mac)
}

/// ```text
/// ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY OPTIONAL }
/// ```
///
/// RFC 5652 section 3.
pub(super) struct ContentInfo<'a> {
    pub(super) content_type: ObjectIdentifier,
    content: Option<AnyRef<'a>>,
}

impl<'a> ContentInfo<'a> {
    /// Reads one ContentInfo in DER.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, CodecError> {
        let mut fields = SliceReader::new(content(der, Tag::Sequence, "ContentInfo")?)
            .map_err(|error| damaged("ContentInfo", &error))?;
        let content_type = fields.decode().map_err(|error| damaged("contentType", &error))?;
        let content = if fields.is_finished() {
            None
        } else {
            let explicit = content(tlv(&mut fields, "content")?, CONTEXT_0, "content")?;
            Some(AnyRef::from_der(explicit).map_err(|error| damaged("content", &error))?)
        };
        Ok(Self { content_type, content })
    }

    /// The octets of a `data` content.
    pub(super) fn octets(&self) -> Result<&'a [u8], CodecError> {
        let octets = self.content.ok_or_else(|| missing("content"))?;
        octets
            .header()
            .tag()
            .assert_eq(Tag::OctetString)
            .map_err(|error| damaged("data", &error))?;
        Ok(octets.value())
    }

    /// The parts of an `encryptedData` content.
    ///
    /// ```text
    /// EncryptedData ::= SEQUENCE { version INTEGER, encryptedContentInfo SEQUENCE {
    ///     contentType OBJECT IDENTIFIER, contentEncryptionAlgorithm AlgorithmIdentifier,
    ///     encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }, unprotectedAttrs [1] OPTIONAL }
    /// ```
    ///
    /// RFC 5652 sections 6.1 and 8.
    pub(super) fn encrypted(&self) -> Result<Encrypted<'a>, CodecError> {
        let what = "encryptedData";
        let parsed = |error: der::Error| damaged(what, &error);
        let data = self.content.ok_or_else(|| missing("content"))?;
        data.header().tag().assert_eq(Tag::Sequence).map_err(parsed)?;
        let mut fields = SliceReader::new(data.value()).map_err(parsed)?;
        tlv(&mut fields, what)?; // version
        let info = content(tlv(&mut fields, what)?, Tag::Sequence, what)?;
        let mut info = SliceReader::new(info).map_err(parsed)?;
        let content_type: ObjectIdentifier = info.decode().map_err(parsed)?;
        if content_type != oid::DATA {
            let what = format!("encrypted content of type {content_type}");
            return Err(CodecError::FormatUnsupported { what, verb: "read" });
        }
        let algorithm = tlv(&mut info, "contentEncryptionAlgorithm")?;
        // Optional in general, and without it there is no safe.
        if info.is_finished() {
            return Err(missing("encryptedContent"));
        }
        let octets: AnyRef<'_> =
            AnyRef::from_der(tlv(&mut info, "encryptedContent")?).map_err(parsed)?;
        let mut bytes = Cow::Borrowed(&[][..]);
        match octets.header().tag() {
            Tag::ContextSpecific { constructed: false, number: TagNumber(0) } => {
                bytes = Cow::Borrowed(octets.value());
            }
            // BER: an IMPLICIT OCTET STRING in pieces keeps its own tag constructed.
            CONTEXT_0 => {
                let mut pieces = SliceReader::new(octets.value()).map_err(parsed)?;
                while !pieces.is_finished() {
                    let piece = tlv(&mut pieces, "encryptedContent")?;
                    bytes.to_mut().extend_from_slice(content(piece, Tag::OctetString, what)?);
                }
            }
            _ => return Err(missing("encryptedContent")),
        }
        Ok(Encrypted { algorithm, content: bytes })
    }

    /// A `data` ContentInfo up to its octets, of which there are so many.
    pub(super) fn data_head(length: usize) -> Vec<u8> {
        let content_type = oid_der(oid::DATA);
        heads(&[(SEQUENCE, &content_type), (EXPLICIT_0, &[]), (OCTET_STRING, &[])], length)
    }

    /// An `encryptedData` ContentInfo up to its ciphertext, which is so long.
    pub(super) fn encrypted_head(algorithm: &[u8], length: usize) -> Vec<u8> {
        let data = [&oid_der(oid::DATA), algorithm].concat();
        let layers: [(u8, &[u8]); 5] = [
            (SEQUENCE, &oid_der(oid::ENCRYPTED_DATA)),
            (EXPLICIT_0, &[]),
            (SEQUENCE, &[0x02, 0x01, 0x00]),
            (SEQUENCE, &data),
            (IMPLICIT_0, &[]),
        ];
        heads(&layers, length)
    }
}

/// What an `encryptedData` content holds.
pub(super) struct Encrypted<'a> {
    /// The `AlgorithmIdentifier` in DER.
    pub(super) algorithm: &'a [u8],
    /// The ciphertext.
    pub(super) content: Cow<'a, [u8]>,
}

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const BMP_STRING: u8 = 0x1E;
pub(super) const UTF8_STRING: u8 = 0x0C;
pub(super) const EXPLICIT_0: u8 = 0xA0;
const IMPLICIT_0: u8 = 0x80;
pub(super) const CONTEXT_0: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };

/// An object identifier as a TLV.
pub(super) fn oid_der(oid: ObjectIdentifier) -> Vec<u8> {
    oid.to_der().expect("an object identifier is short")
}

/// The content of one TLV that must have this tag and end with the input.
pub(super) fn content<'a>(der: &'a [u8], tag: Tag, what: &str) -> Result<&'a [u8], CodecError> {
    let any = AnyRef::from_der(der).map_err(|error| damaged(what, &error))?;
    any.header().tag().assert_eq(tag).map_err(|error| damaged(what, &error))?;
    Ok(any.value())
}

/// Where a part stands in the bytes that it was read from.
pub(super) fn place(part: &[u8], whole: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}

/// The next TLV, raw.
pub(super) fn tlv<'a>(reader: &mut SliceReader<'a>, what: &str) -> Result<&'a [u8], CodecError> {
    reader.tlv_bytes().map_err(|error| damaged(what, &error))
}

pub(super) fn damaged(what: &str, error: &der::Error) -> CodecError {
    CodecError::Damaged { format: Format::Pkcs12, what: format!("{what}: {error}") }
}

fn missing(what: &str) -> CodecError {
    CodecError::Damaged { format: Format::Pkcs12, what: format!("{what} is missing") }
}
