//! A public key in a file of its own.

use crate::codec::CodecError;
use crate::codec::detect::shape::Shape;
use crate::codec::detect::text;
use crate::model::key::PublicKey;

/// The label of RFC 7468 section 13.
const LABEL: &str = "PUBLIC KEY";

/// Reads the first `SubjectPublicKeyInfo` of a file in PEM or DER; `None` when there is none.
///
/// # Errors
///
/// [`CodecError::Bundle`] when it is damaged.
pub fn read(bytes: &[u8]) -> Result<Option<PublicKey>, CodecError> {
    let damaged = |reason: String| CodecError::Bundle { what: format!("public key: {reason}") };
    let der = if Shape::of(bytes) == Some(Shape::PublicKey) {
        bytes.to_vec()
    } else {
        let begin = format!("-----BEGIN {LABEL}-----");
        let Some(start) = text::find(bytes, begin.as_bytes()) else { return Ok(None) };
        let block = ::pem::parse(&bytes[start..]).map_err(|error| damaged(error.to_string()))?;
        block.into_contents()
    };
    PublicKey::from_der(&der).map(Some).map_err(|error| damaged(error.reason))
}
