//! Randomness, from the crypto library's generator and nowhere else.

use crate::crypto::CryptoError;
use aws_lc_rs::rand;

/// Fills the buffer.
///
/// # Errors
///
/// [`CryptoError::Failed`] when the generator fails.
pub fn fill(buffer: &mut [u8]) -> Result<(), CryptoError> {
    rand::fill(buffer).map_err(|_| CryptoError::Failed { what: "random numbers" })
}

/// This many random bytes: salts, vectors, serial numbers.
///
/// # Errors
///
/// [`CryptoError::Failed`] when the generator fails.
pub fn bytes(length: usize) -> Result<Vec<u8>, CryptoError> {
    let mut bytes = vec![0; length];
    fill(&mut bytes)?;
    Ok(bytes)
}
