//! Making keys, and the public half of a private key.

use crate::crypto::CryptoError;
use crate::model::key::{KeyAlgorithm, PrivateKey, PublicKey};

/// Makes a key.
pub fn generate(_algorithm: KeyAlgorithm) -> Result<PrivateKey, CryptoError> {
    Err(CryptoError::Failed { what: "stub" })
}

/// The public half of a private key.
pub fn public_key(_key: &PrivateKey) -> Result<PublicKey, CryptoError> {
    Err(CryptoError::Failed { what: "stub" })
}
