//! One SafeBag: its raw bytes, its type, its value and its attributes.

use crate::codec::CodecError;
use crate::codec::pkcs12::pfx::{self, damaged, oid_der, wrap};
use crate::codec::pkcs12::secret_bag;
use crate::limits;
use crate::model::alias::Alias;
use crate::model::attribute::Attribute;
use crate::oid::{self, ObjectIdentifier};
use crate::secret::{SecretBytes, SharedBytes};
use crate::tlv::{
    self, BMP_STRING, CONTEXT_0, IA5_STRING, OBJECT_IDENTIFIER, OCTET_STRING, PRINTABLE_STRING,
    SEQUENCE, SET, TlvError, UTF8_STRING, Value, Values,
};
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

impl BagType {
    const KNOWN: [(ObjectIdentifier, Self); 6] = [
        (oid::CERT_BAG, Self::Certificate),
        (oid::SHROUDED_KEY_BAG, Self::ShroudedKey),
        (oid::KEY_BAG, Self::Key),
        (oid::SECRET_BAG, Self::Secret),
        (oid::CRL_BAG, Self::Crl),
        (oid::SAFE_CONTENTS_BAG, Self::SafeContents),
    ];

    /// The type that the content of a bagId names.
    pub(super) fn named(id: &[u8]) -> Result<Self, TlvError> {
        match Self::KNOWN.iter().find(|(known, _)| known.as_bytes() == id) {
            Some((_, kind)) => Ok(*kind),
            None => checked(id).map(|_| Self::Other),
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
    /// The buffer that it lies in, where its certificate may share that.
    pub(super) buffer: Option<&'a SharedBytes>,
    pub(super) kind: BagType,
    /// The TLV inside `[0]`.
    pub(super) value: &'a [u8],
    pub(super) friendly_name: Option<Alias>,
    pub(super) local_key_id: Option<&'a [u8]>,
    /// Every other attribute, and those of the two kinds above that are not as they should be.
    others: Vec<RawAttribute<'a>>,
}

/// An attribute as it stands in a bag.
#[derive(Clone, Copy)]
struct RawAttribute<'a> {
    /// The content of its type.
    id: &'a [u8],
    der: &'a [u8],
}

impl<'a> Bag<'a> {
    /// Reads one SafeBag in DER.
    pub(super) fn read(raw: &'a [u8]) -> Result<Self, CodecError> {
        let what = "SafeBag";
        let (id, mut fields) = fields_of(raw)?;
        let kind = id.and_then(BagType::named).map_err(|error| damaged("bagId", &error))?;
        let value = fields.content(CONTEXT_0).map_err(|error| damaged("bagValue", &error))?;
        let mut bag = Self { kind, value, ..Self::malformed(raw) };
        if !fields.is_empty() {
            let attributes =
                fields.inside(SET).map_err(|error| damaged("bagAttributes", &error))?;
            bag.read_attributes(attributes)?;
        }
        fields.finish().map_err(|error| damaged(what, &error))?;
        Ok(bag)
    }

    /// A bag whose inside cannot be read, kept as it is.
    pub(super) fn malformed(raw: &'a [u8]) -> Self {
        Self {
            raw,
            buffer: None,
            kind: BagType::Malformed,
            value: &[],
            friendly_name: None,
            local_key_id: None,
            others: Vec::new(),
        }
    }

    fn read_attributes(&mut self, mut set: Values<'a>) -> Result<(), CodecError> {
        while !set.is_empty() {
            let malformed = |error| damaged("bagAttributes", &error);
            let attribute = set.take().map_err(malformed)?;
            let mut fields = attribute.inside(SEQUENCE).map_err(malformed)?;
            let id = fields.content(OBJECT_IDENTIFIER).map_err(malformed)?;
            let values = fields.content(SET).map_err(malformed)?;
            // One value each is the rule (RFC 2985 section 5.5). Anything else is kept raw.
            let single = tlv::only(values).ok();
            if id == oid::FRIENDLY_NAME.as_bytes() && self.friendly_name.is_none() {
                self.friendly_name = single.and_then(text);
                if self.friendly_name.is_some() {
                    continue;
                }
            }
            if id == oid::LOCAL_KEY_ID.as_bytes() && self.local_key_id.is_none() {
                let octets = single.filter(|value| value.tag == OCTET_STRING);
                self.local_key_id = octets.map(|octets| octets.content);
                if self.local_key_id.is_some() {
                    continue;
                }
            }
            if self.others.len() == limits::BAG_ATTRIBUTES {
                return Err(CodecError::Limit {
                    limit: "attributes of a bag",
                    found: limits::BAG_ATTRIBUTES as u64 + 1,
                    allowed: limits::BAG_ATTRIBUTES as u64,
                });
            }
            checked(id).map_err(malformed)?;
            if self.others.is_empty() {
                self.others.reserve_exact(1); // thousands of bags have one
            }
            self.others.push(RawAttribute { id, der: attribute.der });
        }
        Ok(())
    }

    /// The attributes but for name and identifier.
    pub(super) fn attributes(&self) -> Arc<[Attribute]> {
        let oid = |id| checked(id).expect("it was checked when it was read");
        self.others
            .iter()
            .map(|other| Attribute { oid: oid(other.id), der: other.der.to_vec() })
            .collect()
    }

    /// Whether they are these.
    pub(super) fn has_attributes(&self, attributes: &[Attribute]) -> bool {
        let theirs = attributes.iter().map(|attribute| &attribute.der[..]);
        theirs.eq(self.others.iter().map(|other| other.der))
    }

    /// Whether one of them is of this type.
    pub(super) fn has_attribute(&self, oid: ObjectIdentifier) -> bool {
        self.others.iter().any(|other| other.id == oid.as_bytes())
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
        let explicit = wrap(CONTEXT_0, &[value]);
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
    let is_property = bag.kind == BagType::Secret && secret_bag::read_property(bag.value).is_some();
    if bag.kind == BagType::SafeContents || is_property {
        return None;
    }
    let id = fields_of(raw).ok()?.0.and_then(checked).ok()?;
    Some(Bag::write(id, bag.value, Some(name.as_str()), bag.local_key_id, &bag.attributes()))
}

/// The content of a bagId, if that can be read, and the fields behind it.
pub(super) fn fields_of(raw: &[u8]) -> Result<(Result<&[u8], TlvError>, Values<'_>), CodecError> {
    let mut fields = pfx::fields(raw, "SafeBag")?;
    Ok((fields.content(OBJECT_IDENTIFIER), fields))
}

fn checked(id: &[u8]) -> Result<ObjectIdentifier, TlvError> {
    ObjectIdentifier::from_bytes(id).map_err(|_| TlvError::Content("object identifier"))
}

/// An attribute with one value.
pub(super) fn attribute(oid: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    wrap(SEQUENCE, &[&oid_der(oid), &wrap(SET, &[value])]).to_vec()
}

/// The characters of a friendlyName: BMPString by the standard, other strings in the wild.
fn text(value: Value<'_>) -> Option<Alias> {
    let text = match value.tag {
        BMP_STRING => {
            let (pairs, rest) = value.content.as_chunks::<2>();
            let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
            let mut text = String::with_capacity(pairs.len()); // most are ASCII
            char::decode_utf16(units).try_for_each(|read| read.map(|read| text.push(read))).ok()?;
            rest.is_empty().then_some(text)
        }
        UTF8_STRING | PRINTABLE_STRING | IA5_STRING => {
            std::str::from_utf8(value.content).ok().map(str::to_owned)
        }
        _ => None,
    };
    text.map(Alias::new)
}
