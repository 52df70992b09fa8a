//! What the parameters of all schemes share: algorithm identifiers, salts, counts, HMAC names.

use crate::crypto::CryptoError;
use crate::crypto::kdf::Hash;
use crate::limits;
use crate::oid::{self, ObjectIdentifier};
use der::asn1::AnyRef;
use der::{Decode, Encode, Sequence};

/// ```text
/// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
/// ```
///
/// RFC 5280 section 4.1.1.2.
#[derive(Sequence)]
pub(in crate::crypto) struct Algorithm<'a> {
    pub(in crate::crypto) oid: ObjectIdentifier,
    pub(in crate::crypto) parameters: Option<AnyRef<'a>>,
}

/// The digest of an HMAC by its OID; `role` is what it is wanted for, in words.
pub(in crate::crypto) fn hmac_hash(oid: ObjectIdentifier, role: &str) -> Result<Hash, CryptoError> {
    match oid {
        oid::HMAC_SHA1 => Ok(Hash::Sha1),
        oid::HMAC_SHA224 => Ok(Hash::Sha224),
        oid::HMAC_SHA256 => Ok(Hash::Sha256),
        oid::HMAC_SHA384 => Ok(Hash::Sha384),
        oid::HMAC_SHA512 => Ok(Hash::Sha512),
        oid::HMAC_SHA512_256 => Ok(Hash::Sha512_256),
        other => Err(unsupported(&format!("{role} {other}"))),
    }
}

pub(in crate::crypto) fn hmac_oid(hash: Hash) -> ObjectIdentifier {
    match hash {
        Hash::Sha1 => oid::HMAC_SHA1,
        Hash::Sha224 => oid::HMAC_SHA224,
        Hash::Sha256 => oid::HMAC_SHA256,
        Hash::Sha384 => oid::HMAC_SHA384,
        Hash::Sha512 => oid::HMAC_SHA512,
        Hash::Sha512_256 => oid::HMAC_SHA512_256,
    }
}

pub(in crate::crypto) fn checked_salt(salt: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if salt.len() > limits::SALT_BYTES {
        return Err(CryptoError::Limit {
            limit: "bytes of salt",
            found: salt.len() as u64,
            allowed: limits::SALT_BYTES as u64,
        });
    }
    Ok(salt.to_vec())
}

/// A count that fits the program; the budget decides whether it may be spent.
pub(in crate::crypto) fn iteration_count(count: u64) -> Result<u32, CryptoError> {
    match u32::try_from(count) {
        Ok(0) => Err(CryptoError::Malformed { what: "zero iterations".to_owned() }),
        Ok(count) => Ok(count),
        Err(_) => Err(CryptoError::Limit {
            limit: "iterations that any key derivation may take",
            found: count,
            allowed: u32::MAX.into(),
        }),
    }
}

/// An `AlgorithmIdentifier` with these parameters, in DER.
pub(in crate::crypto) fn with_parameters(
    oid: ObjectIdentifier,
    parameters: &impl Encode,
) -> Result<Vec<u8>, der::Error> {
    let parameters = parameters.to_der()?;
    Algorithm { oid, parameters: Some(AnyRef::from_der(&parameters)?) }.to_der()
}

pub(in crate::crypto) fn malformed(error: der::Error) -> CryptoError {
    CryptoError::Malformed { what: error.to_string() }
}

pub(in crate::crypto) fn unsupported(what: &str) -> CryptoError {
    CryptoError::Unsupported { what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{hmac_hash, iteration_count};
    use crate::oid;

    #[test]
    fn refusals_say_what_was_asked_for_and_what_no_flag_allows() {
        let scheme = hmac_hash(oid::SHA256, "message authentication scheme").unwrap_err();
        assert_eq!(
            scheme.to_string(),
            "unsupported algorithm: message authentication scheme 2.16.840.1.101.3.4.2.1"
        );
        assert_eq!(iteration_count(u32::MAX.into()).unwrap(), u32::MAX);
        assert_eq!(
            iteration_count(1 << 32).unwrap_err().to_string(),
            "iterations that any key derivation may take: 4294967296 asked for, 4294967295 allowed"
        );
    }
}
