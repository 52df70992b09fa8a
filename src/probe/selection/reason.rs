//! Why an entry is not sent.

use crate::code::Code;
use crate::model::key::{KeyAlgorithm, code_of_locked, why_locked};
use std::fmt;

/// Why an entry is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It has no certificate.
    NoCertificate,
    /// Its key is not open, for this reason.
    KeyLocked(Option<Code>),
    /// Its key has another password than the store, and the client knows one only.
    OwnPassword,
    /// A key of the store has another password than the store, and the client then opens none.
    StoreUnusable,
    /// The server takes no signature by such a key.
    KeyType(KeyAlgorithm),
    /// The chain ends before it could reach a CA that the server names.
    ChainStopsShort {
        /// The issuer that is missing.
        issuer: String,
    },
    /// No CA of the chain is one that the server names.
    IssuerNotNamed {
        /// The issuer of the leaf.
        issuer: String,
    },
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// Its extended key usage excludes clients.
    NoClientAuth,
    /// Its key usage excludes signatures.
    NoSignatures,
}

impl Reason {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoCertificate => Code::CERTIFICATE_MISSING,
            Self::KeyLocked(refusal) => code_of_locked(*refusal),
            Self::OwnPassword | Self::StoreUnusable => Code::KEY_PASSWORD_DIFFERS,
            Self::KeyType(_) => Code::CLIENT_KEY_TYPE,
            Self::ChainStopsShort { .. } => Code::CHAIN_ISSUER_MISSING,
            Self::IssuerNotNamed { .. } => Code::CLIENT_ISSUER_NOT_NAMED,
            Self::Expired => Code::CERT_EXPIRED,
            Self::NotYetValid => Code::CERT_NOT_YET_VALID,
            Self::NoClientAuth => Code::EKU_NO_CLIENT_AUTH,
            Self::NoSignatures => Code::KEY_USAGE_MISSING,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => f.write_str("it has no certificate"),
            Self::KeyLocked(refusal) => {
                write!(f, "its key stays locked: {}", why_locked(*refusal))
            }
            Self::OwnPassword => f.write_str("its key has another password than the store"),
            Self::StoreUnusable => {
                f.write_str("a key of the store has another password than the store")
            }
            Self::KeyType(key) => write!(f, "the server takes no signature by a key {key}"),
            Self::ChainStopsShort { issuer } => write!(
                f,
                "its chain stops short of a CA that the server names: {issuer} is missing"
            ),
            Self::IssuerNotNamed { issuer } => {
                write!(f, "its issuer {issuer} is not among the CAs that the server names")
            }
            Self::Expired => f.write_str("it has expired"),
            Self::NotYetValid => f.write_str("it is not valid yet"),
            Self::NoClientAuth => f.write_str("its extended key usage excludes clients"),
            Self::NoSignatures => f.write_str("its key usage excludes signatures"),
        }
    }
}
