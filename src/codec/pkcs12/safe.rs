//! The safes of a file: each a ContentInfo, plain or encrypted, around a SafeContents.

use crate::codec::CodecError;
use crate::codec::ber;
use crate::codec::pkcs12::bag::Bag;
use crate::codec::pkcs12::part::Part;
use crate::codec::pkcs12::pfx::{
    CONTEXT_0, ContentInfo, EXPLICIT_0, SEQUENCE, content, damaged, oid_der, tlv, wrap,
};
use crate::crypto::CryptoError;
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::pbe::Scheme;
use crate::limits;
use crate::model::format::Format;
use crate::oid::{self, ObjectIdentifier};
use crate::secret::SecretBytes;
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag};

/// What lies around a SafeContents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// A `data` content.
    Plain,
    /// An `encryptedData` content.
    Encrypted(Scheme),
    /// A content type that is not understood; the safe is one opaque entry.
    Opaque(Part),
}

/// One safe as it was read.
#[derive(Clone, Debug)]
pub(super) struct Safe {
    pub(super) cover: Cover,
    /// The ContentInfo in DER.
    pub(super) raw: SecretBytes,
    /// The SafeContents in DER; empty for an opaque safe.
    pub(super) contents: SecretBytes,
    pub(super) nodes: Vec<Node>,
}

/// A bag, or a bag of bags.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A bag, and the part of the wallet that it carries.
    Bag(Bag, Part),
    /// A safeContentsBag.
    Nested {
        /// The bag in DER.
        raw: SecretBytes,
        nodes: Vec<Node>,
        /// The bagAttributes in DER, or nothing.
        attributes: Vec<u8>,
    },
}

impl Node {
    /// Every bag, in the order of the file.
    pub(super) fn bags<'a>(nodes: &'a [Self], found: &mut Vec<(&'a Bag, Part)>) {
        for node in nodes {
            match node {
                Self::Bag(bag, part) => found.push((bag, *part)),
                Self::Nested { nodes, .. } => Self::bags(nodes, found),
            }
        }
    }

    /// Gives every bag its part.
    pub(super) fn assign(nodes: &mut [Self], parts: &mut impl Iterator<Item = Part>) {
        for node in nodes {
            match node {
                Self::Bag(_, part) => {
                    if let Some(next) = parts.next() {
                        *part = next;
                    }
                }
                Self::Nested { nodes, .. } => Self::assign(nodes, parts),
            }
        }
    }
}

/// A safe whose cover is known and not yet lifted.
pub(super) enum Sealed {
    Plain(Vec<u8>),
    Encrypted { scheme: Scheme, ciphertext: Vec<u8> },
    Opaque,
}

impl Sealed {
    /// Reads the cover of one ContentInfo.
    pub(super) fn read(content_info: &[u8]) -> Result<Self, CodecError> {
        let info = ContentInfo::read(content_info)?;
        Ok(match info.content_type {
            oid::DATA => Self::Plain(info.octets()?.to_vec()),
            oid::ENCRYPTED_DATA => {
                let encrypted = info.encrypted()?;
                Self::Encrypted {
                    scheme: Scheme::from_der(&encrypted.algorithm)?,
                    ciphertext: encrypted.content,
                }
            }
            _ => Self::Opaque,
        })
    }

    /// Derives the key of an encrypted one, for a budget that remembers it.
    pub(super) fn derive_ahead(&self, form: &Passphrase, budget: &Budget) {
        if let Self::Encrypted { scheme, .. } = self {
            scheme.derive_ahead(form, budget);
        }
    }

    /// The SafeContents, as written (perhaps BER); nothing for an opaque safe.
    pub(super) fn open(
        &self,
        forms: &[Passphrase],
        budget: &Budget,
    ) -> Result<SecretBytes, CodecError> {
        match self {
            Self::Plain(contents) => Ok(contents.as_slice().into()),
            Self::Encrypted { scheme, ciphertext } => {
                for form in forms {
                    match scheme.decrypt(form, ciphertext, budget) {
                        // Wrong keys leave a fitting padding once in 256 times, RC4 always: what
                        // comes out must be a SEQUENCE that fills it.
                        Ok(contents)
                            if ber::to_der(&contents, Format::Pkcs12).is_ok_and(|value| {
                                value.consumed == contents.len()
                                    && value.der.first() == Some(&SEQUENCE)
                            }) =>
                        {
                            return Ok(contents);
                        }
                        Ok(_) | Err(CryptoError::Padding) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(CodecError::PasswordWrong { empty_tried: forms.len() > 1 })
            }
            Self::Opaque => Ok(SecretBytes::default()),
        }
    }
}

/// Splits a SEQUENCE OF in DER into the TLVs of its elements.
pub(super) fn elements<'a>(der: &'a [u8], what: &str) -> Result<Vec<&'a [u8]>, CodecError> {
    let mut reader = SliceReader::new(content(der, Tag::Sequence, what)?)
        .map_err(|error| damaged(what, &error))?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(tlv(&mut reader, what)?);
    }
    Ok(elements)
}

/// Reads the bags of a SafeContents in DER. The parts are assigned when the wallet is assembled. `room`
/// is how many bags the file may still have.
pub(super) fn read_nodes(contents: &[u8], room: &mut usize) -> Result<Vec<Node>, CodecError> {
    read_nested(contents, 0, room)
}

/// As [`read_nodes`]; `depth` counts the safeContentsBags around it.
fn read_nested(contents: &[u8], depth: usize, room: &mut usize) -> Result<Vec<Node>, CodecError> {
    if depth > limits::SAFE_NESTING {
        return Err(CodecError::Limit {
            limit: "levels of nested SafeContents",
            found: depth as u64,
            allowed: limits::SAFE_NESTING as u64,
        });
    }
    let elements = elements(contents, "SafeContents")?;
    *room = room.checked_sub(elements.len()).ok_or(CodecError::Limit {
        limit: "bags of a PKCS#12 file",
        found: (limits::ENTRIES - *room + elements.len()) as u64,
        allowed: limits::ENTRIES as u64,
    })?;
    let mut nodes = Vec::with_capacity(elements.len());
    for raw in elements {
        let mut fields = SliceReader::new(content(raw, Tag::Sequence, "SafeBag")?)
            .map_err(|error| damaged("SafeBag", &error))?;
        if !matches!(fields.decode::<ObjectIdentifier>(), Ok(oid::SAFE_CONTENTS_BAG)) {
            // One odd bag must not cost the user the others.
            let bag = Bag::read(raw).unwrap_or_else(|_| Bag::unread(raw));
            nodes.push(Node::Bag(bag, Part::Unassigned));
            continue;
        }
        let value = content(tlv(&mut fields, "bagValue")?, CONTEXT_0, "bagValue")?;
        let attributes =
            if fields.is_finished() { &[] } else { tlv(&mut fields, "bagAttributes")? };
        AnyRef::from_der(value).map_err(|error| damaged("SafeContents", &error))?;
        nodes.push(Node::Nested {
            raw: raw.into(),
            nodes: read_nested(value, depth + 1, room)?,
            attributes: attributes.to_vec(),
        });
    }
    Ok(nodes)
}

/// Writes a safeContentsBag around bags.
pub(super) fn write_nested(bags: &[&[u8]], attributes: &[u8]) -> SecretBytes {
    let contents = SecretBytes::new(wrap(SEQUENCE, bags));
    let explicit = SecretBytes::new(wrap(EXPLICIT_0, &[&contents]));
    SecretBytes::new(wrap(SEQUENCE, &[&oid_der(oid::SAFE_CONTENTS_BAG), &explicit, attributes]))
}

#[cfg(test)]
mod tests {
    use super::{Node, read_nodes, write_nested};
    use crate::codec::CodecError;
    use crate::codec::pkcs12::bag::Bag;
    use crate::codec::pkcs12::pfx::{SEQUENCE, wrap};
    use crate::limits;
    use crate::model::attribute::Attribute;
    use crate::oid;

    #[test]
    fn bags_are_counted_at_every_depth() {
        let bag = Bag::write(oid::CERT_BAG, &[5, 0], None, None, &[]);
        let nested = write_nested(&[&bag, &bag], &[]);
        let contents = wrap(SEQUENCE, &[&bag, &nested]);
        // The nested one counts, too.
        let mut room = 4;
        assert_eq!(read_nodes(&contents, &mut room).unwrap().len(), 2);
        assert_eq!(room, 0);
        let error = read_nodes(&contents, &mut 3);
        assert!(matches!(error, Err(CodecError::Limit { .. })));
    }

    #[test]
    fn bag_with_endless_attributes_is_kept_unread() {
        let attribute =
            Attribute { oid: oid::FRIENDLY_NAME, der: wrap(SEQUENCE, &[&[6, 1, 42, 0x31, 0]]) };
        for (number, is_read) in
            [(limits::BAG_ATTRIBUTES, true), (limits::BAG_ATTRIBUTES + 1, false)]
        {
            let attributes = vec![attribute.clone(); number];
            let bag = Bag::write(oid::CERT_BAG, &[5, 0], None, None, &attributes);
            let nodes = read_nodes(&wrap(SEQUENCE, &[&bag]), &mut 1).unwrap();
            let Node::Bag(read, _) = &nodes[0] else { panic!("it is a bag") };
            assert_eq!(read.id == oid::CERT_BAG, is_read);
            assert_eq!(&read.raw[..], &bag[..]);
        }
    }
}
