//! How Java protects its key stores: the digest over a JKS or JCEKS store, and the two ways in which
//! the keys inside are encrypted under a password each.
//!
//! Sources: JDK `sun.security.provider.JavaKeyStore` and `KeyProtector` for JKS,
//! `com.sun.crypto.provider.JceKeyStore`, `KeyProtector` and `PBES1Core` for JCEKS. The vectors in the
//! tests come from a JDK.

mod jce;
mod sun;

use crate::crypto::CryptoError;
use crate::crypto::kdf::Budget;
use crate::crypto::pbe::parameters::{Algorithm, malformed, unsupported};
use crate::crypto::pkcs8::EncryptedPrivateKey;
use crate::oid;
use crate::secret::{Password, SecretBytes};
use aws_lc_rs::{constant_time, digest};
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode};

/// Length of the digest at the end of a store, in bytes.
pub const DIGEST_BYTES: usize = 20;

/// Most iterations that Java takes of a JCEKS store (JDK `com.sun.crypto.provider.KeyProtector`).
pub const JAVA_MOST_ITERATIONS: u32 = 5_000_000;

/// Iterations that Java writes (JDK `jdk.jceks.iterationCount`).
pub const JAVA_ITERATIONS: u32 = 200_000;

/// A way to encrypt a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protector {
    /// Of JKS: a keystream of SHA-1, no iterations.
    Sun,
    /// Of JCEKS: `PBEWithMD5AndTripleDES`.
    Jce {
        /// Iterations of MD5 for each half of the key.
        iterations: u32,
    },
}

impl Protector {
    /// How an `EncryptedPrivateKeyInfo` is encrypted.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Unsupported`] for anything that is not Java's, [`CryptoError::Malformed`].
    pub fn of(der: &[u8]) -> Result<Self, CryptoError> {
        let encrypted = EncryptedPrivateKey::from_der(der).map_err(malformed)?;
        let algorithm: Algorithm<'_> = encrypted.algorithm.decode_as().map_err(malformed)?;
        match algorithm.oid {
            oid::JKS_KEY_PROTECTOR => Ok(Self::Sun),
            oid::JCE_PBE_MD5_3DES => {
                let (_, iterations) = jce::parameters(&algorithm)?;
                Ok(Self::Jce { iterations })
            }
            other => Err(unsupported(&other.to_string())),
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sun => "JKS-SHA1",
            Self::Jce { .. } => "PBE-MD5-3DES",
        }
    }

    /// Iterations of the key derivation, where there is one.
    #[must_use]
    pub fn iterations(self) -> Option<u32> {
        match self {
            Self::Sun => None,
            Self::Jce { iterations } => Some(iterations),
        }
    }
}

/// Opens the `EncryptedPrivateKeyInfo` of an entry and returns the PKCS#8 inside.
///
/// # Errors
///
/// [`CryptoError::Padding`] when the password does not open it, [`CryptoError::Limit`] when it asks for
/// more than the budget has, and what [`Protector::of`] reports.
pub fn decrypt(
    der: &[u8],
    password: &Password,
    budget: &Budget,
) -> Result<SecretBytes, CryptoError> {
    let encrypted = EncryptedPrivateKey::from_der(der).map_err(malformed)?;
    let algorithm: Algorithm<'_> = encrypted.algorithm.decode_as().map_err(malformed)?;
    let data = encrypted.data.as_bytes();
    match algorithm.oid {
        oid::JKS_KEY_PROTECTOR => sun::decrypt(data, &utf16(password)),
        oid::JCE_PBE_MD5_3DES => {
            let (salt, iterations) = jce::parameters(&algorithm)?;
            let key = jce::decrypt(data, password, salt, iterations, budget)?;
            // The padding fits by chance once in 256 times; a key is one SEQUENCE.
            AnyRef::from_der(&key).map_err(|_| CryptoError::Padding)?;
            Ok(key)
        }
        other => Err(unsupported(&other.to_string())),
    }
}

/// Makes the `EncryptedPrivateKeyInfo` of an entry.
///
/// # Errors
///
/// [`CryptoError::Padding`] for a password that [`takes`] does not allow, [`CryptoError::Limit`] for more
/// iterations than the budget has, [`CryptoError::Failed`].
pub fn encrypt(
    pkcs8: &[u8],
    protector: Protector,
    password: &Password,
    budget: &Budget,
) -> Result<Vec<u8>, CryptoError> {
    let (algorithm, data) = match protector {
        Protector::Sun => {
            let parameters = Some(AnyRef::NULL);
            let algorithm = Algorithm { oid: oid::JKS_KEY_PROTECTOR, parameters };
            (algorithm.to_der().map_err(malformed)?, sun::encrypt(pkcs8, &utf16(password))?)
        }
        Protector::Jce { iterations } => jce::encrypt(pkcs8, password, iterations, budget)?,
    };
    let encrypted = EncryptedPrivateKey {
        algorithm: AnyRef::from_der(&algorithm).map_err(malformed)?,
        data: OctetStringRef::new(&data).map_err(malformed)?,
    };
    encrypted.to_der().map_err(malformed)
}

/// Whether the protector can be used with this password: that of JCEKS takes printable ASCII only
/// (JDK `com.sun.crypto.provider.PBEKey`).
#[must_use]
pub fn takes(protector: Protector, password: &Password) -> bool {
    match protector {
        Protector::Sun => true,
        Protector::Jce { .. } => password.is_printable_ascii(),
    }
}

/// The digest at the end of a store: SHA-1 over the password in UTF-16BE, a constant, and everything
/// that stands before the digest.
#[must_use]
pub fn store_digest(password: &Password, contents: &[u8]) -> [u8; DIGEST_BYTES] {
    sha1(&[&utf16(password), b"Mighty Aphrodite", contents])
}

/// Whether a store ends with its digest; compared in constant time.
#[must_use]
pub fn is_store_digest(digest: &[u8], password: &Password, contents: &[u8]) -> bool {
    is_equal(&store_digest(password, contents), digest)
}

/// Compares in constant time.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// UTF-16BE without an end mark.
fn utf16(password: &Password) -> SecretBytes {
    let mut bytes = Vec::with_capacity(2 * password.as_str().len());
    bytes.extend(password.as_str().encode_utf16().flat_map(u16::to_be_bytes));
    SecretBytes::new(bytes)
}

fn sha1(parts: &[&[u8]]) -> [u8; DIGEST_BYTES] {
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part);
    }
    let mut value = [0; DIGEST_BYTES];
    value.copy_from_slice(context.finish().as_ref());
    value
}

#[cfg(test)]
mod tests {
    use super::{Protector, decrypt, encrypt, store_digest, takes};
    use crate::crypto::CryptoError;
    use crate::crypto::kdf::{Budget, DerivedKeys};
    use crate::secret::Password;

    /// As short as a DER value gets: the protectors do not look into a key.
    const KEY: &[u8] = &[0x30, 0x03, 0x02, 0x01, 0x07];

    #[test]
    fn each_protector_opens_what_it_made_and_only_with_its_password() {
        for protector in [Protector::Sun, Protector::Jce { iterations: 50 }] {
            let budget = Budget::new(50);
            let sealed = encrypt(KEY, protector, &"changeit".into(), &budget).unwrap();
            assert_eq!(Protector::of(&sealed).unwrap(), protector);
            assert_eq!(decrypt(&sealed, &"changeit".into(), &budget).unwrap()[..], *KEY);
            let wrong = decrypt(&sealed, &"Changeit".into(), &budget);
            assert!(matches!(wrong, Err(CryptoError::Padding)), "{protector:?}");
        }
    }

    #[test]
    fn what_was_just_written_is_opened_without_deriving_its_key_again() {
        let (protector, password) = (Protector::Jce { iterations: 50 }, "changeit".into());
        let known = DerivedKeys::default();
        let sealed =
            encrypt(KEY, protector, &password, &Budget::new(50).knowing(Some(&known))).unwrap();
        let nothing = Budget::new(0).knowing(Some(&known));
        assert_eq!(decrypt(&sealed, &password, &nothing).unwrap()[..], *KEY);
        assert!(decrypt(&sealed, &"Changeit".into(), &nothing).is_err());
    }

    #[test]
    fn iterations_over_the_budget_are_refused_before_they_are_done() {
        let protector = Protector::Jce { iterations: 51 };
        let sealed = encrypt(KEY, protector, &"changeit".into(), &Budget::unlimited()).unwrap();
        let refused = decrypt(&sealed, &"changeit".into(), &Budget::new(50));
        assert!(matches!(refused, Err(CryptoError::Limit { found: 51, .. })));
    }

    #[test]
    fn only_jks_takes_passwords_beyond_ascii() {
        let password = Password::from("p\u{e4}ss");
        assert!(takes(Protector::Sun, &password));
        assert!(!takes(Protector::Jce { iterations: 1 }, &password));
        assert!(
            encrypt(KEY, Protector::Jce { iterations: 1 }, &password, &Budget::new(1)).is_err()
        );
    }

    #[test]
    fn digest_of_an_empty_store_is_the_one_that_java_writes() {
        // keytool -delete of the only entry: JKS, version 2, no entries, password "changeit".
        let empty = [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 0];
        let digest = store_digest(&"changeit".into(), &empty);
        assert_eq!(digest[..8], [0xE2, 0x68, 0x6E, 0x45, 0xFB, 0x43, 0xDF, 0xA4]);
    }
}
