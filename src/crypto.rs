//! Cryptography: the only modules, beside `digest`, that call a crypto crate.

pub mod auto_login;
pub mod cipher;
mod dsa;
pub mod java_protector;
pub mod kdf;
pub mod keygen;
pub mod mac;
pub mod pbe;
pub mod pkcs8;
pub mod random;
pub mod sign;
pub(crate) mod tls;
pub mod traditional;
pub mod weak;

use crate::code::Code;

/// Why a cryptographic operation did not happen.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// The algorithm is known by name or not at all, and cannot be used here.
    #[error("unsupported algorithm: {what}")]
    Unsupported {
        /// Name or OID.
        what: String,
    },
    /// An algorithm of old files, which new ones are not protected with.
    #[error("{algorithm} is read, and not written any more")]
    OnlyRead {
        /// Its name.
        algorithm: String,
    },
    /// Parameters that the standard forbids or that make no sense.
    #[error("malformed parameters: {what}")]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// A key that is no key of its algorithm.
    #[error("malformed key: {what}")]
    Key {
        /// What is wrong.
        what: String,
    },
    /// A bound of `limits.rs` would be passed.
    #[error("{limit}: {found} asked for, {allowed} allowed")]
    Limit {
        /// Which limit, in words.
        limit: &'static str,
        /// What was asked for.
        found: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// The padding is wrong after decryption: nearly always the wrong password.
    #[error("the data does not decrypt with this password")]
    Padding,
    /// The library refused.
    #[error("the crypto library failed: {what}")]
    Failed {
        /// The operation.
        what: &'static str,
    },
}

impl CryptoError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unsupported { .. } | Self::OnlyRead { .. } => Code::ALGORITHM_UNSUPPORTED,
            Self::Malformed { .. } => Code::ENCRYPTION_INVALID,
            Self::Key { .. } => Code::KEY_INVALID,
            Self::Limit { .. } => Code::LIMIT_EXCEEDED,
            Self::Padding => Code::PASSWORD_WRONG,
            Self::Failed { .. } => Code::CRYPTO_FAILED,
        }
    }
}
