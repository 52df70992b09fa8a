//! Private keys of every encoding as PKCS#8.

use crate::code::Code;
use crate::codec::detect::shape::Shape;
use crate::crypto::kdf::Budget;
use crate::crypto::traditional::Encryption;
use crate::crypto::{CryptoError, pkcs8};
use crate::model::key::{KeyError, PrivateKey};
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

/// Why an encrypted key stays closed.
pub(super) enum Refusal {
    /// No password was given.
    Missing,
    /// None of the passwords fits.
    Wrong,
    /// It cannot be decrypted here, whatever the password.
    Impossible(CryptoError),
}

impl Refusal {
    pub(super) fn code(&self) -> Code {
        match self {
            Self::Missing => Code::PASSWORD_MISSING,
            Self::Wrong => Code::PASSWORD_WRONG,
            Self::Impossible(error) => error.code(),
        }
    }
}

/// Tries the passwords on a PKCS#8 `EncryptedPrivateKeyInfo`.
///
/// # Errors
///
/// [`KeyError`] when the structure or its parameters are malformed.
pub(super) fn open_encrypted(
    raw: &[u8],
    passwords: &[&Password],
    budget: &Budget,
) -> Result<Result<PrivateKey, Refusal>, KeyError> {
    match pkcs8::scheme(raw) {
        Ok(_) => {}
        Err(CryptoError::Malformed { what }) => return Err(KeyError { reason: what }),
        Err(error) => return Ok(Err(Refusal::Impossible(error))),
    }
    match try_each(passwords, |password| pkcs8::decrypt(raw, password, budget)) {
        Ok(opened) => PrivateKey::from_pkcs8(opened).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Tries the passwords on a key in OpenSSL's traditional encryption; `expected` is what the label
/// of its block promises.
///
/// # Errors
///
/// [`KeyError`] when the header, or the key inside, is malformed.
pub(super) fn open_traditional(
    encrypted: &[u8],
    header: &str,
    expected: Shape,
    passwords: &[&Password],
) -> Result<Result<PrivateKey, Refusal>, KeyError> {
    let encryption = match Encryption::parse(header) {
        Ok(encryption) => encryption,
        Err(CryptoError::Malformed { what }) => return Err(KeyError { reason: what }),
        Err(error) => return Ok(Err(Refusal::Impossible(error))),
    };
    match try_each(passwords, |password| encryption.decrypt(password, encrypted)) {
        Ok(opened) => open(Shape::of(&opened).unwrap_or(expected), opened).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn try_each(
    passwords: &[&Password],
    decrypt: impl Fn(&Password) -> Result<SecretBytes, CryptoError>,
) -> Result<SecretBytes, Refusal> {
    let mut refusal = Refusal::Missing;
    for password in passwords {
        match decrypt(password) {
            Err(CryptoError::Padding) => refusal = Refusal::Wrong,
            // It would be the same with every password.
            Err(error) => return Err(Refusal::Impossible(error)),
            Ok(opened) => return Ok(opened),
        }
    }
    Err(refusal)
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
