//! TLS servers on this machine alone, each with a certificate of its own, also with one that is wrong:
//! for trying clients. They ask for a client certificate, take any, and send back what they get.

mod echo;
mod listener;
mod tls;

pub use echo::Client;
pub use listener::{Event, Outcome, Servers};

use crate::code::Code;
use crate::model::certificate::Certificate;
use crate::model::key::PrivateKey;

/// A server that is to be opened.
#[derive(Debug)]
pub struct Endpoint {
    /// Its name in reports.
    pub name: String,
    /// What it presents, in this order, right or wrong.
    pub presented: Vec<Certificate>,
    /// With what it signs, whether or not it is the key of what it presents.
    pub key: PrivateKey,
}

/// Why a server cannot be opened.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// There are too many.
    #[error("{found} servers asked for, {allowed} allowed")]
    TooMany {
        /// How many.
        found: usize,
        /// The bound.
        allowed: usize,
    },
    /// The port is taken, or nobody may listen.
    #[error("{name}: cannot listen on port {port}: {reason}")]
    Listen {
        /// The server.
        name: String,
        /// The port; 0 stands for any that is free.
        port: u16,
        /// What the operating system said.
        reason: String,
    },
    /// The key cannot sign in TLS.
    #[error("{name}: the key cannot be used: {reason}")]
    Key {
        /// The server.
        name: String,
        /// What the library said.
        reason: String,
    },
}

impl ServeError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::TooMany { .. } => Code::LIMIT_EXCEEDED,
            Self::Listen { .. } => Code::LISTEN_FAILED,
            Self::Key { .. } => Code::KEY_INVALID,
        }
    }
}
