//! Why a server could not be asked.

use crate::code::Code;
use std::time::Duration;

/// Why there is nothing to report on.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// The address is not `HOST:PORT`.
    #[error("\"{text}\" is no HOST:PORT: {reason}")]
    Address {
        /// What was typed.
        text: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The host's name has no address.
    #[error("the name {host} is not known: {reason}")]
    Unresolved {
        /// The host.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// No address of the host accepts a connection.
    #[error("{address} does not answer: {reason}")]
    Unreachable {
        /// The last address that was tried.
        address: String,
        /// What the operating system said.
        reason: String,
    },
    /// The time was used up.
    #[error("no answer within {} s {doing}", seconds(*after))]
    TimedOut {
        /// What was waited for.
        doing: &'static str,
        /// The time that was allowed for everything.
        after: Duration,
    },
    /// The connection broke off.
    #[error("the connection ended {doing}: {reason}")]
    Closed {
        /// What was waited for.
        doing: &'static str,
        /// What the operating system said.
        reason: String,
    },
    /// The server does not change to TLS.
    #[error("{protocol} does not change to TLS: {reason}")]
    StartTls {
        /// The protocol.
        protocol: &'static str,
        /// What the server said, or what is wrong with it.
        reason: String,
    },
    /// What the server sends is not TLS, or not as the standard wants it.
    #[error("the handshake failed: {reason}")]
    Tls {
        /// What the TLS library met.
        reason: String,
    },
    /// The server sent more than is read.
    #[error("the server sent more than {allowed} bytes {doing}")]
    TooMuch {
        /// What was waited for.
        doing: &'static str,
        /// The bound, in bytes.
        allowed: u64,
    },
    /// The key of the chosen entry cannot sign in TLS.
    #[error("the key of {alias} cannot be used for TLS here: {reason}")]
    KeyUnusable {
        /// The shown alias.
        alias: String,
        /// What the TLS library met.
        reason: String,
    },
}

impl ProbeError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Address { .. } => Code::VALUE_INVALID,
            Self::Unresolved { .. } | Self::Unreachable { .. } => Code::NETWORK_UNREACHABLE,
            Self::TimedOut { .. } => Code::NETWORK_TIMEOUT,
            Self::StartTls { .. } => Code::STARTTLS_FAILED,
            Self::Closed { .. } | Self::Tls { .. } | Self::TooMuch { .. } => Code::TLS_FAILED,
            Self::KeyUnusable { .. } => Code::ALGORITHM_UNSUPPORTED,
        }
    }
}

fn seconds(time: Duration) -> String {
    let millis = time.as_millis();
    if millis.is_multiple_of(1000) {
        (millis / 1000).to_string()
    } else {
        format!("{}.{:03}", millis / 1000, millis % 1000)
    }
}
