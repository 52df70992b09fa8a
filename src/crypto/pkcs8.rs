//! Encrypted private keys.

use crate::crypto::CryptoError;
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::pbe::Scheme;
use crate::crypto::pbe::parameters::malformed;
use crate::secret::{Password, SecretBytes};
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode, Sequence};

/// ```text
/// EncryptedPrivateKeyInfo ::= SEQUENCE {
///     encryptionAlgorithm AlgorithmIdentifier, encryptedData OCTET STRING }
/// ```
///
/// RFC 5958 section 3.
#[derive(Sequence)]
pub(in crate::crypto) struct EncryptedPrivateKey<'a> {
    pub(in crate::crypto) algorithm: AnyRef<'a>,
    pub(in crate::crypto) data: &'a OctetStringRef,
}

/// Opens a PKCS#8 `EncryptedPrivateKeyInfo` (RFC 5958 section 3) and returns the PKCS#8 inside.
///
/// # Errors
///
/// [`CryptoError::Padding`] when no form of the password opens it, and what
/// [`Scheme::from_der`] reports.
pub fn decrypt(
    der: &[u8],
    password: &Password,
    budget: &Budget,
) -> Result<SecretBytes, CryptoError> {
    decrypt_with(der, &Passphrase::forms(password), budget)
}

/// As [`decrypt`], with some forms of a password.
///
/// # Errors
///
/// As [`decrypt`].
pub fn decrypt_with(
    der: &[u8],
    forms: &[Passphrase],
    budget: &Budget,
) -> Result<SecretBytes, CryptoError> {
    let encrypted = EncryptedPrivateKey::from_der(der).map_err(malformed)?;
    let scheme = Scheme::from_der(&encrypted.algorithm.to_der().map_err(malformed)?)?;
    for form in scheme.forms(forms) {
        match scheme.decrypt(form, encrypted.data.as_bytes(), budget) {
            // The padding fits by chance once in 256 times; a key is one SEQUENCE.
            Ok(key) if AnyRef::from_der(&key).is_ok() => return Ok(key),
            Ok(_) | Err(CryptoError::Padding) => {}
            Err(error) => return Err(error),
        }
    }
    Err(CryptoError::Padding)
}

/// Makes a PKCS#8 `EncryptedPrivateKeyInfo`.
///
/// # Errors
///
/// What [`Scheme::encrypt`] and [`Scheme::to_der`] report.
pub fn encrypt(
    pkcs8: &[u8],
    scheme: &Scheme,
    passphrase: &Passphrase,
    budget: &Budget,
) -> Result<Vec<u8>, CryptoError> {
    let algorithm = scheme.to_der()?;
    let data = scheme.encrypt(passphrase, pkcs8, budget)?;
    let encrypted = EncryptedPrivateKey {
        algorithm: AnyRef::from_der(&algorithm).map_err(malformed)?,
        data: OctetStringRef::new(&data).map_err(malformed)?,
    };
    encrypted.to_der().map_err(malformed)
}

/// The scheme of an `EncryptedPrivateKeyInfo`, for reports.
///
/// # Errors
///
/// What [`Scheme::from_der`] reports.
pub fn scheme(der: &[u8]) -> Result<Scheme, CryptoError> {
    let encrypted = EncryptedPrivateKey::from_der(der).map_err(malformed)?;
    Scheme::from_der(&encrypted.algorithm.to_der().map_err(malformed)?)
}

#[cfg(test)]
mod tests {
    use super::{decrypt, encrypt};
    use crate::crypto::CryptoError;
    use crate::crypto::cipher::Cipher;
    use crate::crypto::kdf::{Budget, Hash, Passphrase};
    use crate::crypto::pbe::Scheme;
    use crate::limits;
    use crate::secret::Password;

    #[test]
    fn empty_password_is_derived_once_where_its_forms_are_the_same() {
        let passphrase = Passphrase::forms(&Password::from("another")).remove(0);
        let pbes2 = Scheme::pbes2(Cipher::Aes256, Hash::Sha256, 1000, 8, false).unwrap();
        let sealed = encrypt(&[0x30, 0], &pbes2, &passphrase, &Budget::unlimited()).unwrap();
        let budget = Budget::new(1000);
        for _ in 0..limits::ITERATION_BUDGET_FACTOR {
            let refused = decrypt(&sealed, &Password::from(""), &budget);
            assert!(matches!(refused, Err(CryptoError::Padding)), "{refused:?}");
        }
        let spent = decrypt(&sealed, &Password::from(""), &budget);
        assert!(matches!(spent, Err(CryptoError::Limit { .. })), "{spent:?}");
    }

    #[test]
    fn both_forms_of_the_empty_password_open_what_they_closed() {
        let scheme = Scheme::pkcs12(Cipher::TripleDes, 1).unwrap();
        for form in Passphrase::forms(&Password::from("")) {
            let sealed = encrypt(&[0x30, 0], &scheme, &form, &Budget::unlimited()).unwrap();
            let opened = decrypt(&sealed, &Password::from(""), &Budget::unlimited()).unwrap();
            assert_eq!(opened[..], [0x30, 0]);
        }
    }
}
