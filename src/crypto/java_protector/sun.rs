//! The key protector of JKS: the key under a keystream, between a salt and a digest.
//!
//! ```text
//! 0       20                    n - 20       n
//! | salt  | key xor keystream   | check      |
//! ```
//!
//! Block i of the keystream is SHA-1(password || block i - 1), block 0 the salt; the check is
//! SHA-1(password || key). The password is UTF-16BE. JDK `sun.security.provider.KeyProtector`.

use crate::crypto::java_protector::{DIGEST_BYTES, is_equal, sha1};
use crate::crypto::{CryptoError, random};
use crate::secret::SecretBytes;

/// Decrypts and checks.
pub(super) fn decrypt(data: &[u8], password: &[u8]) -> Result<SecretBytes, CryptoError> {
    let parts = data.split_at_checked(DIGEST_BYTES).and_then(|(salt, rest)| {
        let (sealed, check) = rest.split_at_checked(rest.len().checked_sub(DIGEST_BYTES)?)?;
        Some((salt, sealed, check))
    });
    let Some((salt, sealed, check)) = parts else {
        let what = format!("a protected key of {} bytes", data.len());
        return Err(CryptoError::Malformed { what });
    };
    let mut key = SecretBytes::from(sealed);
    apply_keystream(key.as_mut_slice(), salt, password);
    if is_equal(&sha1(&[password, &key]), check) { Ok(key) } else { Err(CryptoError::Padding) }
}

/// Encrypts with a fresh salt.
pub(super) fn encrypt(key: &[u8], password: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let salt = random::bytes(DIGEST_BYTES)?;
    let mut sealed = SecretBytes::from(key);
    apply_keystream(sealed.as_mut_slice(), &salt, password);
    Ok([&salt, &sealed[..], &sha1(&[password, key])].concat())
}

fn apply_keystream(data: &mut [u8], salt: &[u8], password: &[u8]) {
    let mut block = sha1(&[password, salt]);
    for chunk in data.chunks_mut(DIGEST_BYTES) {
        chunk.iter_mut().zip(block).for_each(|(byte, stream)| *byte ^= stream);
        block = sha1(&[password, &block]);
    }
}
