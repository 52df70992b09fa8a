//! Certificate revocation lists.

/// A certificate revocation list (RFC 5280 section 5), kept as its original DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    der: Vec<u8>,
}

impl RevocationList {
    /// Keeps the list when `der` is one.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, _) = x509_parser::parse_x509_crl(der).ok()?;
        rest.is_empty().then(|| Self { der: der.to_vec() })
    }

    /// The DER bytes as they were read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}
