//! The outer structure of a PKCS#12 file: PFX, AuthenticatedSafe, ContentInfo.

use crate::codec::CodecError;
use crate::codec::ber::Normalised;
pub(super) use crate::codec::ber::{heads, wrap};
use crate::model::format::Format;
use crate::oid::{self, ObjectIdentifier};
use crate::tlv::{
    self, CONTEXT_0, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, TlvError, Value, Values,
};
use der::{Decode, Encode};
use std::borrow::Cow;
use std::fmt::Display;
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
        let mut fields = fields(value.der(), "PFX")?;
        let version = u8::from_der(tlv(&mut fields, "version")?)
            .map_err(|error| damaged("version", &error))?;
        if version != 3 {
            return Err(CodecError::Damaged {
                format: Format::Pkcs12,
                what: format!("version {version} instead of 3"),
            });
        }
        let auth_safe = tlv(&mut fields, "authSafe")?;
        let mac = if fields.is_empty() { None } else { Some(tlv(&mut fields, "macData")?) };
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
    content: Option<Value<'a>>,
}

impl<'a> ContentInfo<'a> {
    /// Reads one ContentInfo in DER.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, CodecError> {
        let mut fields = fields(der, "ContentInfo")?;
        let content_type = oid(&mut fields, "contentType")?;
        let content = if fields.is_empty() {
            None
        } else {
            let explicit = fields.content(CONTEXT_0).and_then(tlv::only);
            Some(explicit.map_err(|error| damaged("content", &error))?)
        };
        Ok(Self { content_type, content })
    }

    /// The octets of a `data` content.
    pub(super) fn octets(&self) -> Result<&'a [u8], CodecError> {
        let octets = self.content.ok_or_else(|| missing("content"))?;
        octets.expect(OCTET_STRING).map_err(|error| damaged("data", &error))
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
        let parsed = |error: TlvError| damaged(what, &error);
        let data = self.content.ok_or_else(|| missing("content"))?;
        let mut fields = data.inside(SEQUENCE).map_err(parsed)?;
        fields.take().map_err(parsed)?; // version
        let mut info = fields.inside(SEQUENCE).map_err(parsed)?;
        let content_type = oid(&mut info, what)?;
        if content_type != oid::DATA {
            let what = format!("encrypted content of type {content_type}");
            return Err(CodecError::FormatUnsupported { what, verb: "read" });
        }
        let algorithm = tlv(&mut info, "contentEncryptionAlgorithm")?;
        // Optional in general, and without it there is no safe.
        if info.is_empty() {
            return Err(missing("encryptedContent"));
        }
        let octets = info.take().map_err(|error| damaged("encryptedContent", &error))?;
        let mut bytes = Cow::Borrowed(&[][..]);
        match octets.tag {
            IMPLICIT_0 => bytes = Cow::Borrowed(octets.content),
            // BER: an IMPLICIT OCTET STRING in pieces keeps its own tag constructed.
            CONTEXT_0 => {
                let mut pieces = Values::new(octets.content);
                while !pieces.is_empty() {
                    let piece = pieces.content(OCTET_STRING).map_err(parsed)?;
                    bytes.to_mut().extend_from_slice(piece);
                }
            }
            _ => return Err(missing("encryptedContent")),
        }
        Ok(Encrypted { algorithm, content: bytes })
    }

    /// A `data` ContentInfo up to its octets, of which there are so many.
    pub(super) fn data_head(length: usize) -> Vec<u8> {
        let content_type = oid_der(oid::DATA);
        heads(&[(SEQUENCE, &content_type), (CONTEXT_0, &[]), (OCTET_STRING, &[])], length)
    }

    /// An `encryptedData` ContentInfo up to its ciphertext, which is so long.
    pub(super) fn encrypted_head(algorithm: &[u8], length: usize) -> Vec<u8> {
        let data = [&oid_der(oid::DATA), algorithm].concat();
        let layers: [(u8, &[u8]); 5] = [
            (SEQUENCE, &oid_der(oid::ENCRYPTED_DATA)),
            (CONTEXT_0, &[]),
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

const IMPLICIT_0: u8 = 0x80;

/// An object identifier as a TLV.
pub(super) fn oid_der(oid: ObjectIdentifier) -> Vec<u8> {
    oid.to_der().expect("an object identifier is short")
}

/// The fields of the one SEQUENCE that `der` is.
pub(super) fn fields<'a>(der: &'a [u8], what: &str) -> Result<Values<'a>, CodecError> {
    tlv::content(der, SEQUENCE).map(Values::new).map_err(|error| damaged(what, &error))
}

/// Where a part stands in the bytes that it was read from.
pub(super) fn place(part: &[u8], whole: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}

/// The next TLV, raw.
fn tlv<'a>(fields: &mut Values<'a>, what: &str) -> Result<&'a [u8], CodecError> {
    fields.take().map(|value| value.der).map_err(|error| damaged(what, &error))
}

fn oid(fields: &mut Values<'_>, what: &str) -> Result<ObjectIdentifier, CodecError> {
    let content = fields.content(OBJECT_IDENTIFIER).map_err(|error| damaged(what, &error))?;
    ObjectIdentifier::from_bytes(content).map_err(|error| damaged(what, &error))
}

pub(super) fn damaged(what: &str, error: &dyn Display) -> CodecError {
    CodecError::Damaged { format: Format::Pkcs12, what: format!("{what}: {error}") }
}

fn missing(what: &str) -> CodecError {
    CodecError::Damaged { format: Format::Pkcs12, what: format!("{what} is missing") }
}
