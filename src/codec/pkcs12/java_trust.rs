//! Java's mark on a trusted certificate. Without it Java sees no trusted entry at all.
//!
//! ```text
//! trustedKeyUsage ATTRIBUTE ::= { WITH SYNTAX OBJECT IDENTIFIER, anyExtendedKeyUsage for all of it }
//! ```
//!
//! JDK `sun.security.pkcs12.PKCS12KeyStore`.

use crate::codec::pkcs12::bag;
use crate::codec::pkcs12::pfx::oid_der;
use crate::model::attribute::Attribute;
use crate::oid;

/// Whether the attributes have it.
#[must_use]
pub fn is_marked(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.oid == oid::TRUSTED_KEY_USAGE)
}

/// The mark, for every use.
#[must_use]
pub fn mark() -> Attribute {
    Attribute {
        oid: oid::TRUSTED_KEY_USAGE,
        der: bag::attribute(oid::TRUSTED_KEY_USAGE, &oid_der(oid::ANY_EXTENDED_KEY_USAGE)),
    }
}
