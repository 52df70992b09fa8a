//! One SafeBag: its raw bytes, its type, its value and its attributes.

use crate::codec::CodecError;
use crate::codec::pkcs12::pfx::{
    BMP_STRING, CONTEXT_0, EXPLICIT_0, OCTET_STRING, SEQUENCE, SET, content, damaged, oid_der, tlv,
    wrap,
};
use crate::codec::pkcs12::property;
use crate::limits;
use crate::model::alias::Alias;
use crate::model::attribute::Attribute;
use crate::oid::{self, ObjectIdentifier};
use crate::secret::SecretBytes;
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag};
use std::sync::Arc;

/// What a bag is, RFC 7292 section 4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BagType {
    Key,
    ShroudedKey,
    Certificate,
    Crl,
    Secret,
    SafeContents,
    /// Of a type that the standard does not know.
    Other,
    /// Nothing that can be read as a bag.
    Malformed,
}

impl From<ObjectIdentifier> for BagType {
    fn from(id: ObjectIdentifier) -> Self {
        match id {
            oid::KEY_BAG => Self::Key,
            oid::SHROUDED_KEY_BAG => Self::ShroudedKey,
            oid::CERT_BAG => Self::Certificate,
            oid::CRL_BAG => Self::Crl,
            oid::SECRET_BAG => Self::Secret,
            oid::SAFE_CONTENTS_BAG => Self::SafeContents,
            _ => Self::Other,
        }
    }
}

/// A bag as it stands in a SafeContents.
///
/// ```text
/// SafeBag ::= SEQUENCE {
///     bagId          OBJECT IDENTIFIER,
///     bagValue       [0] EXPLICIT ANY,
///     bagAttributes  SET OF Attribute OPTIONAL }
/// ```
///
/// RFC 7292 section 4.2.
pub(super) struct Bag<'a> {
    /// The whole SafeBag in DER.
    pub(super) raw: &'a [u8],
    pub(super) kind: BagType,
    /// The TLV inside `[0]`.
    pub(super) value: &'a [u8],
    pub(super) friendly_name: Option<Alias>,
    pub(super) local_key_id: Option<&'a [u8]>,
    /// Every other attribute in DER with its type, and those of the two kinds above that are not as they should
    /// be.
    others: Vec<(ObjectIdentifier, &'a [u8])>,
}

impl<'a> Bag<'a> {
    /// Reads one SafeBag in DER.
    pub(super) fn read(raw: &'a [u8]) -> Result<Self, CodecError> {
        let what = "SafeBag";
        let (id, mut fields) = fields_of(raw)?;
        let kind = id.map_err(|error| damaged("bagId", &error))?.into();
        let value = content(tlv(&mut fields, "bagValue")?, CONTEXT_0, "bagValue")?;
        let mut bag = Self { kind, value, ..Self::malformed(raw) };
        if !fields.is_finished() {
            bag.read_attributes(content(tlv(&mut fields, what)?, Tag::Set, "bagAttributes")?)?;
        }
        fields.finish().map_err(|error| damaged(what, &error))?;
        Ok(bag)
    }

    /// A bag whose inside cannot be read, kept as it is.
    pub(super) fn malformed(raw: &'a [u8]) -> Self {
        Self {
            raw,
            kind: BagType::Malformed,
            value: &[],
            friendly_name: None,
            local_key_id: None,
            others: Vec::new(),
        }
    }

    fn read_attributes(&mut self, set: &'a [u8]) -> Result<(), CodecError> {
        let what = "bagAttributes";
        let mut reader = SliceReader::new(set).map_err(|error| damaged(what, &error))?;
        while !reader.is_finished() {
            let der = tlv(&mut reader, what)?;
            let mut fields = SliceReader::new(content(der, Tag::Sequence, what)?)
                .map_err(|error| damaged(what, &error))?;
            let oid: ObjectIdentifier = fields.decode().map_err(|error| damaged(what, &error))?;
            let values = content(tlv(&mut fields, what)?, Tag::Set, what)?;
            // One value each is the rule (RFC 2985 section 5.5). Anything else is kept raw.
            let single = AnyRef::from_der(values).ok();
            match (oid, single) {
                (oid::FRIENDLY_NAME, Some(value)) if self.friendly_name.is_none() => {
                    self.friendly_name = text(value);
                    if self.friendly_name.is_some() {
                        continue;
                    }
                }
                (oid::LOCAL_KEY_ID, Some(value))
                    if self.local_key_id.is_none() && value.header().tag() == Tag::OctetString =>
                {
                    self.local_key_id = Some(value.value());
                    continue;
                }
                _ => {}
            }
            if self.others.len() == limits::BAG_ATTRIBUTES {
                return Err(CodecError::Limit {
                    limit: "attributes of a bag",
                    found: limits::BAG_ATTRIBUTES as u64 + 1,
                    allowed: limits::BAG_ATTRIBUTES as u64,
                });
            }
            self.others.push((oid, der));
        }
        self.others.shrink_to_fit(); // thousands of bags have one
        Ok(())
    }

    /// The attributes but for name and identifier.
    pub(super) fn attributes(&self) -> Arc<[Attribute]> {
        self.others.iter().map(|(oid, der)| Attribute { oid: *oid, der: der.to_vec() }).collect()
    }

    /// Whether they are these.
    pub(super) fn has_attributes(&self, attributes: &[Attribute]) -> bool {
        let theirs = attributes.iter().map(|attribute| &attribute.der[..]);
        theirs.eq(self.others.iter().map(|(_, der)| *der))
    }

    /// Whether one of them is of this type.
    pub(super) fn has_attribute(&self, oid: ObjectIdentifier) -> bool {
        self.others.iter().any(|(other, _)| *other == oid)
    }

    /// Writes a bag. Attributes are sorted as DER wants a SET OF (X.690 section 11.6). A name or an identifier
    /// takes the place of odd ones among the attributes: of each type there is one (RFC 2985 section 5.5).
    pub(super) fn write(
        id: ObjectIdentifier,
        value: &[u8],
        friendly_name: Option<&str>,
        local_key_id: Option<&[u8]>,
        attributes: &[Attribute],
    ) -> SecretBytes {
        let mut encoded: Vec<Vec<u8>> = attributes
            .iter()
            .filter(|attribute| match attribute.oid {
                oid::FRIENDLY_NAME => friendly_name.is_none(),
                oid::LOCAL_KEY_ID => local_key_id.is_none(),
                _ => true,
            })
            .map(|attribute| attribute.der.clone())
            .collect();
        if let Some(name) = friendly_name {
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
            encoded.push(attribute(oid::FRIENDLY_NAME, &wrap(BMP_STRING, &[&units])));
        }
        if let Some(id) = local_key_id {
            encoded.push(attribute(oid::LOCAL_KEY_ID, &wrap(OCTET_STRING, &[id])));
        }
        encoded.sort();
        let explicit = wrap(EXPLICIT_0, &[value]);
        let mut set = SecretBytes::default();
        if !encoded.is_empty() {
            let parts: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
            set = wrap(SET, &parts);
        }
        wrap(SEQUENCE, &[&oid_der(id), &explicit, &set])
    }
}

/// The bag with another friendlyName, whatever its value is; nothing for bags of bags, and for what cannot be
/// read or goes by a fixed name.
pub(in crate::codec) fn renamed_bag(raw: &[u8], name: &Alias) -> Option<SecretBytes> {
    let bag = Bag::read(raw).ok()?;
    if bag.kind == BagType::SafeContents || property::is_property_bag(raw) {
        return None;
    }
    let id = fields_of(raw).ok()?.0.ok()?;
    Some(Bag::write(id, bag.value, Some(name.as_str()), bag.local_key_id, &bag.attributes()))
}

/// The type of a bag, if that can be read, and the fields behind it.
pub(super) fn fields_of(
    raw: &[u8],
) -> Result<(Result<ObjectIdentifier, der::Error>, SliceReader<'_>), CodecError> {
    let mut fields = SliceReader::new(content(raw, Tag::Sequence, "SafeBag")?)
        .map_err(|error| damaged("SafeBag", &error))?;
    Ok((fields.decode(), fields))
}

/// An attribute with one value.
pub(super) fn attribute(oid: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    wrap(SEQUENCE, &[&oid_der(oid), &wrap(SET, &[value])]).to_vec()
}

/// The characters of a friendlyName: BMPString by the standard, other strings in the wild.
fn text(value: AnyRef<'_>) -> Option<Alias> {
    let text = match value.header().tag() {
        Tag::BmpString => {
            let (pairs, rest) = value.value().as_chunks::<2>();
            let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
            let mut text = String::with_capacity(pairs.len()); // most are ASCII
            char::decode_utf16(units).try_for_each(|read| read.map(|read| text.push(read))).ok()?;
            rest.is_empty().then_some(text)
        }
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            std::str::from_utf8(value.value()).ok().map(str::to_owned)
        }
        _ => None,
    };
    text.map(Alias::new)
}
