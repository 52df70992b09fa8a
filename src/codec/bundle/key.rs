//! Private keys of every encoding as PKCS#8.

use crate::code::Code;
use crate::codec::detect::shape::Shape;
use crate::crypto::kdf::Budget;
use crate::crypto::{CryptoError, pkcs8};
use crate::model::key::{KeyError, KeyMaterial, LockedKey, PrivateKey};
use crate::oid::{self, ObjectIdentifier};
use crate::secret::{Password, SecretBytes};
use der::asn1::{AnyRef, OctetStringRef, UintRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag, TagNumber};

/// ```text
/// PrivateKeyInfo ::= SEQUENCE {
///     version INTEGER (0), privateKeyAlgorithm AlgorithmIdentifier, privateKey OCTET STRING }
/// ```
///
/// RFC 5958 section 2.
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: Algorithm<'a>,
    key: &'a OctetStringRef,
}

#[derive(Sequence)]
struct Algorithm<'a> {
    oid: ObjectIdentifier,
    parameters: AnyRef<'a>,
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
    let pkcs8 = match shape {
        // RFC 8017 appendix A.1.2: version 1 has more than two primes.
        Shape::Pkcs1 => {
            versioned(&der, &[0, 1])?;
            wrap(oid::RSA, AnyRef::NULL, &der)?
        }
        Shape::Sec1 => wrap(oid::EC, curve(&der)?, &der)?,
        Shape::Dsa => from_dsa(&der)?,
        _ => der,
    };
    PrivateKey::from_pkcs8(pkcs8)
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
fn versioned<'a>(der: &'a [u8], versions: &[u8]) -> Result<SliceReader<'a>, KeyError> {
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

fn wrap(
    oid: ObjectIdentifier,
    parameters: AnyRef<'_>,
    key: &[u8],
) -> Result<SecretBytes, KeyError> {
    let key = OctetStringRef::new(key)?;
    let info = PrivateKeyInfo { version: 0, algorithm: Algorithm { oid, parameters }, key };
    let length = usize::try_from(info.encoded_len()?)?;
    let mut pkcs8 = SecretBytes::new(vec![0; length]);
    info.encode_to_slice(pkcs8.as_mut_slice())?;
    Ok(pkcs8)
}

/// The curve of an `ECPrivateKey`.
///
/// ```text
/// ECPrivateKey ::= SEQUENCE {
///     version 1, privateKey OCTET STRING, parameters [0] EXPLICIT ANY OPTIONAL,
///     publicKey [1] EXPLICIT BIT STRING OPTIONAL }
/// ```
///
/// RFC 5915 section 3.
fn curve(der: &[u8]) -> Result<AnyRef<'_>, KeyError> {
    let mut reader = versioned(der, &[1])?;
    reader.tlv_bytes()?; // privateKey
    let parameters = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
    if reader.is_finished() || Tag::peek(&reader)? != parameters {
        return Err(KeyError { reason: "an EC key that does not name its curve".to_owned() });
    }
    let parameters = AnyRef::from_der(reader.tlv_bytes()?)?;
    Ok(AnyRef::from_der(parameters.value())?)
}

/// OpenSSL writes `SEQUENCE { 0, p, q, g, y, x }`; PKCS#8 wants p, q, g as parameters and x alone.
fn from_dsa(der: &[u8]) -> Result<SecretBytes, KeyError> {
    let mut reader = versioned(der, &[0])?;
    let parameters =
        DsaParameters { p: reader.decode()?, q: reader.decode()?, g: reader.decode()? };
    reader.tlv_bytes()?; // y, the public key
    let x = reader.tlv_bytes()?;
    let parameters = parameters.to_der()?;
    wrap(oid::DSA, AnyRef::from_der(&parameters)?, x)
}
