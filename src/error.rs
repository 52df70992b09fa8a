//! One error for those who do not care which part of the library failed.

use crate::code::Code;
use crate::codec::CodecError;
use crate::crypto::CryptoError;
use crate::issue::IssueError;
use crate::model::certificate::CertificateError;
use crate::model::crl::CrlError;
use crate::model::key::{KeyAlgorithmError, KeyError};
use crate::model::name::NameError;
use crate::model::request::RequestError;
use crate::ops::OpsError;
use crate::probe::ProbeError;
use crate::serve::ServeError;
use crate::store::StoreError;
use crate::store::pki::ProjectError;

/// Any error of the library. Its text and its code are those of the part that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// From a file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// From a server.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// From a test PKI.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// From a server, or from the network before it.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// From a verb.
    #[error(transparent)]
    Ops(#[from] OpsError),
    /// From a request or certificate that was to be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// From a format.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// From a cryptographic operation.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// From a distinguished name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// From a certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// From a certificate request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// From a revocation list.
    #[error(transparent)]
    Crl(#[from] CrlError),
    /// From a key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// From the name of a kind of key.
    #[error(transparent)]
    KeyAlgorithm(#[from] KeyAlgorithmError),
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Store(error) => error.code(),
            Self::Serve(error) => error.code(),
            Self::Project(error) => error.code(),
            Self::Probe(error) => error.code(),
            Self::Ops(error) => error.code(),
            Self::Issue(error) => error.code(),
            Self::Codec(error) => error.code(),
            Self::Crypto(error) => error.code(),
            Self::Name(error) => error.code(),
            Self::Certificate(error) => error.code(),
            Self::Request(error) => error.code(),
            Self::Crl(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::KeyAlgorithm(error) => error.code(),
        }
    }
}
