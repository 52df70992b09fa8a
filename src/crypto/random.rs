//! Random bytes from the operating system, by way of the crypto library's generator.

use crate::crypto::CryptoError;

/// Fills the buffer.
///
/// # Errors
///
/// [`CryptoError::Failed`] when the generator does not work.
pub fn fill(bytes: &mut [u8]) -> Result<(), CryptoError> {
    aws_lc_rs::rand::fill(bytes).map_err(|_| CryptoError::Failed { what: "random numbers" })
}
