//! Private keys of every encoding as PKCS#8.

use crate::code::Code;
use crate::codec::detect::shape::Shape;
use crate::crypto::kdf::Budget;
use crate::crypto::{CryptoError, pkcs8};
use crate::model::key::{KeyError, KeyMaterial, LockedKey, PrivateKey};
use crate::oid::{self, ObjectIdentifier};
use crate::secret::{Password, SecretBytes};
use der::asn1::{AnyRef, OctetStringRef, UintRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag};

/// PKCS#8 around a DSA key, RFC 5958 section 2.
#[derive(Sequence)]
struct DsaPrivateKeyInfo<'a> {
    version: u8,
    algorithm: DsaAlgorithm<'a>,
    /// `INTEGER` x.
    key: &'a OctetStringRef,
}

#[derive(Sequence)]
struct DsaAlgorithm<'a> {
    oid: ObjectIdentifier,
    parameters: DsaParameters<'a>,
}

/// `SEQUENCE { p, q, g }`, RFC 3279 section 2.3.2.
#[derive(Sequence)]
struct DsaParameters<'a> {
    p: UintRef<'a>,
    q: UintRef<'a>,
    g: UintRef<'a>,
}

/// Reads a key that is not encrypted; PKCS#8 is kept as it is, every other shape is wrapped.
pub(super) fn open(shape: Shape, der: SecretBytes) -> Result<PrivateKey, KeyError> {
    match shape {
        // RFC 8017 appendix A.1.2: version 1 has more than two primes.
        Shape::Pkcs1 => {
            after_version(&der, &[0, 1])?;
            PrivateKey::from_traditional_rsa(&der)
        }
        Shape::Sec1 => {
            after_version(&der, &[1])?;
            PrivateKey::from_sec1(&der)
        }
        Shape::Dsa => from_dsa(&der),
        _ => PrivateKey::from_pkcs8(der),
    }
}

/// Tries the passwords on a PKCS#8 `EncryptedPrivateKeyInfo`. What stays closed says why: because
/// no password was given, none of them fits, or it cannot be decrypted here.
///
/// # Errors
///
/// [`KeyError`] when the structure or its parameters are malformed.
pub(super) fn open_encrypted(
    raw: &[u8],
    passwords: &[Password],
    budget: &Budget,
) -> Result<KeyMaterial, KeyError> {
    let mut refusal = match pkcs8::scheme(raw) {
        Ok(_) => Code::PASSWORD_MISSING,
        Err(CryptoError::Malformed { what }) => return Err(KeyError { reason: what }),
        Err(error) => return Ok(locked(raw, error.code())),
    };
    for password in passwords {
        match pkcs8::decrypt(raw, password, budget) {
            Ok(key) => return PrivateKey::from_pkcs8(key).map(KeyMaterial::Open),
            Err(CryptoError::Padding) => refusal = Code::PASSWORD_WRONG,
            // It would be the same with every password.
            Err(error) => return Ok(locked(raw, error.code())),
        }
    }
    Ok(locked(raw, refusal))
}

fn locked(raw: &[u8], refusal: Code) -> KeyMaterial {
    KeyMaterial::Locked(LockedKey { raw: raw.to_vec(), refusal: Some(refusal) })
}

/// What follows the version in a SEQUENCE, if it is one of `versions`.
fn after_version<'a>(der: &'a [u8], versions: &[u8]) -> Result<SliceReader<'a>, KeyError> {
    let value = AnyRef::from_der(der)?;
    if value.header().tag() != Tag::Sequence {
        return Err(KeyError { reason: "not a SEQUENCE".to_owned() });
    }
    let mut reader = SliceReader::new(value.value())?;
    let version: u8 = reader.decode()?;
    if versions.contains(&version) {
        Ok(reader)
    } else {
        Err(KeyError { reason: format!("version {version}") })
    }
}

/// OpenSSL writes `SEQUENCE { 0, p, q, g, y, x }`; PKCS#8 wants p, q, g as parameters and x alone.
fn from_dsa(der: &[u8]) -> Result<PrivateKey, KeyError> {
    let mut reader = after_version(der, &[0])?;
    let parameters =
        DsaParameters { p: reader.decode()?, q: reader.decode()?, g: reader.decode()? };
    reader.tlv_bytes()?; // y, the public key
    let key = OctetStringRef::new(reader.tlv_bytes()?)?;
    reader.finish()?;
    let algorithm = DsaAlgorithm { oid: oid::DSA, parameters };
    let info = DsaPrivateKeyInfo { version: 0, algorithm, key };
    let mut pkcs8 = SecretBytes::new(vec![0; usize::try_from(info.encoded_len()?)?]);
    info.encode_to_slice(pkcs8.as_mut_slice())?;
    PrivateKey::from_pkcs8(pkcs8)
}

#[cfg(test)]
mod tests {
    use super::open;
    use crate::codec::detect::shape::Shape;
    use crate::secret::SecretBytes;

    #[test]
    fn keys_without_curve_or_of_another_version_are_refused() {
        let refusal = |shape, der: &[u8]| open(shape, SecretBytes::from(der)).unwrap_err().reason;
        let sec1 = refusal(Shape::Sec1, b"\x30\x06\x02\x01\x01\x04\x01\x07");
        assert_eq!(sec1, "the key does not state its curve");
        assert_eq!(refusal(Shape::Sec1, b"\x30\x06\x02\x01\x02\x04\x01\x07"), "version 2");
        assert_eq!(refusal(Shape::Pkcs1, b"\x30\x06\x02\x01\x11\x02\x01\x07"), "version 17");
        assert_eq!(refusal(Shape::Dsa, b"\x04\x01\x00"), "not a SEQUENCE");
    }
}
