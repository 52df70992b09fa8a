//! Attributes of an entry that the model has no field for.

use der::oid::ObjectIdentifier;

/// An attribute kept as it was found: its type, and the whole DER value for writing it back.
///
/// ```text
/// Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }
/// ```
///
/// RFC 5652 section 5.3; used by the bags of RFC 7292 section 4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The attribute's type.
    pub oid: ObjectIdentifier,
    /// The complete `Attribute` as a DER TLV.
    pub der: Vec<u8>,
}
