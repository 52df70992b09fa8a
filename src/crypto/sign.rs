//! Signing, and verifying what others signed.

use crate::crypto::CryptoError;
use crate::model::key::{PrivateKey, PublicKey};

/// Why a signature does not count.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The signature does not fit message and key.
    #[error("the signature does not fit")]
    Invalid,
    /// The algorithm cannot be verified here.
    #[error("cannot verify: algorithm {algorithm}")]
    Unsupported {
        /// Name or OID.
        algorithm: String,
    },
}

/// The `AlgorithmIdentifier` (DER) of the signatures that [`sign`] makes with this key.
pub fn algorithm(_key: &PrivateKey) -> Result<Vec<u8>, CryptoError> {
    Err(CryptoError::Failed { what: "stub" })
}

/// Signs the message.
pub fn sign(_key: &PrivateKey, _message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    Err(CryptoError::Failed { what: "stub" })
}

/// Verifies a signature; `algorithm` is the signature's `AlgorithmIdentifier` in DER.
pub fn verify(
    _algorithm: &[u8],
    _key: &PublicKey,
    _message: &[u8],
    _signature: &[u8],
) -> Result<(), VerifyError> {
    Err(VerifyError::Invalid)
}
