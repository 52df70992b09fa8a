//! keyUsage.

use der::Decode;
use der::asn1::BitStringRef;

/// What a key may be used for: bit 0 of the standard is the highest bit here.
///
/// ```text
/// KeyUsage ::= BIT STRING { digitalSignature (0), nonRepudiation (1), keyEncipherment (2),
///     dataEncipherment (3), keyAgreement (4), keyCertSign (5), cRLSign (6), encipherOnly (7),
///     decipherOnly (8) }
/// ```
///
/// RFC 5280 section 4.2.1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chain) struct KeyUsage(u16);

impl KeyUsage {
    pub(in crate::chain) const DIGITAL_SIGNATURE: u16 = 1 << 15;
    pub(in crate::chain) const KEY_ENCIPHERMENT: u16 = 1 << 13;
    pub(in crate::chain) const KEY_AGREEMENT: u16 = 1 << 11;
    pub(in crate::chain) const KEY_CERT_SIGN: u16 = 1 << 10;
    pub(in crate::chain) const CRL_SIGN: u16 = 1 << 9;

    pub(super) fn read(der: &[u8]) -> der::Result<Self> {
        let bits = BitStringRef::from_der(der)?;
        let bytes = bits.raw_bytes();
        let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
        Ok(Self(byte(0) << 8 | byte(1)))
    }

    /// Whether one of these bits is set.
    pub(in crate::chain) fn allows(self, bits: u16) -> bool {
        self.0 & bits != 0
    }

    /// Whether no bit is set.
    pub(in crate::chain) fn is_empty(self) -> bool {
        self.0 == 0
    }
}
