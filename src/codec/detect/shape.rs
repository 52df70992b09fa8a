//! What an ASN.1 value is, told by the first few tags.

use crate::codec::detect::element::Element;
use crate::model::format::Format;
use crate::tlv::{
    BIT_STRING, CONTEXT_0, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
    SET, UTC_TIME,
};

/// The arc of PKCS#7, 1.2.840.113549.1.7, under which its content types are.
const PKCS7_ARC: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07];

/// An ASN.1 value that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::codec) enum Shape {
    /// `PFX`, RFC 7292 section 4.
    Pkcs12,
    /// `ObjectStore` of Bouncy Castle's BCFKS.
    Bcfks,
    /// `ContentInfo`, RFC 5652 section 3.
    Pkcs7,
    /// `Certificate`, RFC 5280 section 4.1.
    Certificate,
    /// `CertificationRequest`, RFC 2986 section 4.2.
    Request,
    /// `CertificateList`, RFC 5280 section 5.1.
    Crl,
    /// `SubjectPublicKeyInfo`, RFC 5280 section 4.1.2.7.
    PublicKey,
    /// `OneAsymmetricKey`, RFC 5958 section 2.
    Pkcs8,
    /// `EncryptedPrivateKeyInfo`, RFC 5958 section 3.
    EncryptedPkcs8,
    /// `RSAPrivateKey`, RFC 8017 appendix A.1.2.
    Pkcs1,
    /// OpenSSL's `SEQUENCE { 0, p, q, g, y, x }` for DSA.
    Dsa,
    /// `ECPrivateKey`, RFC 5915 section 3.
    Sec1,
}

impl Shape {
    /// Looks at the tags; a value that is cut off is recognised where what is there suffices.
    pub(in crate::codec) fn of(bytes: &[u8]) -> Option<Self> {
        let first = Element::first(bytes)?.inside(SEQUENCE)?;
        match first.tag {
            INTEGER => versioned(first),
            OBJECT_IDENTIFIER => first.content.starts_with(PKCS7_ARC).then_some(Self::Pkcs7),
            SEQUENCE => signed(first),
            _ => None,
        }
    }

    /// The format, where the product knows it.
    pub(in crate::codec) fn format(self) -> Option<Format> {
        Some(match self {
            Self::Pkcs12 => Format::Pkcs12,
            Self::Bcfks | Self::PublicKey => return None,
            Self::Pkcs7 => Format::Pkcs7,
            Self::Certificate => Format::Certificate,
            Self::Request => Format::Request,
            Self::Crl => Format::Crl,
            Self::Pkcs8 | Self::EncryptedPkcs8 | Self::Pkcs1 | Self::Dsa | Self::Sec1 => {
                Format::PrivateKey
            }
        })
    }

    /// Whether it is a key store.
    pub(in crate::codec) fn is_store(self) -> bool {
        matches!(self, Self::Pkcs12 | Self::Bcfks)
    }
}

/// `SEQUENCE { INTEGER, ... }`: a PKCS#12 or a key.
fn versioned(version: Element<'_>) -> Option<Shape> {
    let next = version.next();
    match (version.content, next.map(|next| next.tag)) {
        // Cut off after the version: nothing else here has version 3.
        ([3], None) => matches!(version.rest, [] | [SEQUENCE, ..]).then_some(Shape::Pkcs12),
        ([3], Some(SEQUENCE)) => {
            let content_type = next?.inside(SEQUENCE);
            content_type
                .is_none_or(|oid| {
                    oid.tag == OBJECT_IDENTIFIER
                        && (oid.length.is_none() || oid.content.starts_with(PKCS7_ARC))
                })
                .then_some(Shape::Pkcs12)
        }
        ([0 | 1], Some(SEQUENCE)) => {
            (next?.inside(SEQUENCE)?.tag == OBJECT_IDENTIFIER).then_some(Shape::Pkcs8)
        }
        ([1], Some(OCTET_STRING)) => Some(Shape::Sec1),
        ([0 | 1], Some(INTEGER)) => {
            let integers = std::iter::successors(next, |element| element.next())
                .take_while(|element| element.tag == INTEGER)
                .take(8);
            // RSA has eight numbers after the version, DSA five.
            Some(if integers.count() == 5 { Shape::Dsa } else { Shape::Pkcs1 })
        }
        _ => None,
    }
}

/// `SEQUENCE { SEQUENCE { ... }, ... }`: something signed, or an encrypted key.
fn signed(body: Element<'_>) -> Option<Shape> {
    let first = body.inside(SEQUENCE)?;
    match first.tag {
        // AlgorithmIdentifier, and what is encrypted or the key bits
        OBJECT_IDENTIFIER => match body.next()?.tag {
            OCTET_STRING => Some(Shape::EncryptedPkcs8),
            BIT_STRING => Some(Shape::PublicKey),
            _ => None,
        },
        // TBSCertificate: [0] version, serialNumber INTEGER
        CONTEXT_0 => (first.inside(CONTEXT_0)?.tag == INTEGER
            && first.next().is_none_or(|serial| serial.tag == INTEGER))
        .then_some(Shape::Certificate),
        INTEGER => after_integer(first.next()?),
        SEQUENCE if first.inside(SEQUENCE)?.tag == OBJECT_IDENTIFIER => {
            let second = first.next()?;
            match second.tag {
                OCTET_STRING => Some(Shape::Bcfks),
                // TBSCertList of version 1: AlgorithmIdentifier, Name, Time
                SEQUENCE => is_time(second.next()?).then_some(Shape::Crl),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What follows the first INTEGER of something signed.
fn after_integer(second: Element<'_>) -> Option<Shape> {
    match second.inside(SEQUENCE).map(|inside| inside.tag) {
        // CertificationRequestInfo: version, Name; the Name may be empty
        Some(SET) => Some(Shape::Request),
        None if second.tag == SEQUENCE && second.length == Some(2) => Some(Shape::Request),
        // TBSCertificate of version 1: serialNumber, AlgorithmIdentifier, Name, Validity
        // TBSCertList: version, AlgorithmIdentifier, Name, Time
        Some(OBJECT_IDENTIFIER) => {
            let fourth = second.next()?.next()?;
            if fourth.tag == SEQUENCE {
                Some(Shape::Certificate)
            } else {
                is_time(fourth).then_some(Shape::Crl)
            }
        }
        _ => None,
    }
}

fn is_time(element: Element<'_>) -> bool {
    matches!(element.tag, UTC_TIME | GENERALIZED_TIME)
}
