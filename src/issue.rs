//! Making requests, certificates, and lists of revoked certificates.

pub mod alternative_name;
pub mod certificate;
pub mod constraint;
pub mod crl;
pub mod csr;
pub mod extensions;
mod publication;
pub mod signed;
pub mod usage;

use crate::code::Code;
use crate::crypto::CryptoError;
use crate::crypto::sign::VerifyError;
use crate::oid::ObjectIdentifier;

/// Why a request or a certificate cannot be made or used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// A subject alternative name cannot be read.
    #[error("the alternative name \"{text}\" cannot be used: {reason}")]
    AlternativeName {
        /// The name as typed.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A subtree of names cannot be read.
    #[error("the name constraint \"{text}\" cannot be used: {reason}")]
    Constraint {
        /// The subtree as typed.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A place of publication cannot be written.
    #[error("the URL \"{text}\" cannot be used: {reason}")]
    Url {
        /// The URL as typed.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A key usage has no such word.
    #[error("unknown {kind} \"{found}\": the words are {known}")]
    UnknownWord {
        /// What was asked for.
        kind: &'static str,
        /// The word as typed.
        found: String,
        /// All words.
        known: String,
    },
    /// A certificate would end before it begins.
    #[error("the validity ends before it begins")]
    ValidityReversed,
    /// X.509 has no form for the time, or this program none that it writes: before 1970, after
    /// 9999.
    #[error("the time {time} cannot be written into a certificate")]
    TimeOutOfRange {
        /// The time.
        time: time::OffsetDateTime,
    },
    /// One extension is asked for twice.
    #[error("the extension {oid} would stand in the certificate twice")]
    ExtensionTwice {
        /// Its type.
        oid: ObjectIdentifier,
    },
    /// The issuer's certificate is for another key.
    #[error("the issuer's key does not belong to its certificate")]
    IssuerKeyMismatch,
    /// A part of a request is malformed.
    #[error("the certificate request is malformed: {reason}")]
    RequestMalformed {
        /// What the decoder met.
        reason: String,
    },
    /// An extension of a certificate is malformed.
    #[error("an extension of the certificate is malformed: {reason}")]
    CertificateMalformed {
        /// What the decoder met.
        reason: String,
    },
    /// The signature of a request does not fit, or cannot be verified.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// Signing failed, or a key cannot be used.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The result cannot be encoded.
    #[error("cannot be encoded: {reason}")]
    Encoding {
        /// What the encoder met.
        reason: String,
    },
}

impl IssueError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::AlternativeName { .. }
            | Self::Constraint { .. }
            | Self::Url { .. }
            | Self::ExtensionTwice { .. }
            | Self::UnknownWord { .. }
            | Self::ValidityReversed
            | Self::TimeOutOfRange { .. }
            | Self::Encoding { .. } => Code::VALUE_INVALID,
            Self::IssuerKeyMismatch => Code::KEY_MISMATCH,
            Self::RequestMalformed { .. } => Code::REQUEST_INVALID,
            Self::CertificateMalformed { .. } => Code::CERTIFICATE_INVALID,
            Self::Signature(error) => error.code(),
            Self::Crypto(error) => error.code(),
        }
    }
}

impl From<der::Error> for IssueError {
    fn from(error: der::Error) -> Self {
        Self::Encoding { reason: error.to_string() }
    }
}
