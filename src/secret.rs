//! Types for what must not be seen: passwords and private key bytes.
//!
//! Both wipe their memory when dropped and print as `[redacted]`. Neither can be serialized or
//! compared, so a secret cannot reach a report by accident.

use std::fmt;
use std::ops::Deref;
use zeroize::{Zeroizing, optimization_barrier};

/// A password: text, because every format here derives its bytes from Unicode.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes over the text; the caller's copy must be gone.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is of printable ASCII, all that Java's password based encryption took for long (JDK
    /// `com.sun.crypto.provider.PBEKey`).
    #[must_use]
    pub fn is_printable_ascii(&self) -> bool {
        self.0.bytes().all(|byte| (0x20..=0x7E).contains(&byte))
    }

    /// Whether the password is the empty text, which is not the same as having none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// Bytes that must be wiped: keys, derived keys, decrypted contents.
#[derive(Clone, Default)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Takes over the bytes; the caller's copy must be gone.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, to be changed in place.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Nothing yet, and room for this many bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Appends bytes. Where there is no room for them everything moves, and the old place is wiped.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        if self.0.capacity() - self.0.len() < bytes.len() {
            let mut roomier = Self::with_capacity((self.0.len() + bytes.len()).next_power_of_two());
            roomier.0.extend_from_slice(&self.0);
            *self = roomier;
        }
        self.0.extend_from_slice(bytes);
    }

    /// Cuts the bytes off behind `length`.
    pub fn truncate(&mut self, length: usize) {
        // The tail stays in memory until the buffer is freed, and is wiped then: all of it is.
        self.0.truncate(length);
    }
}

impl Drop for SecretBytes {
    /// Wipes the whole capacity at once. `Zeroize` goes from byte to byte, which is a tenth of the time where
    /// files have thousands of certificates.
    fn drop(&mut self) {
        let capacity = self.0.capacity();
        self.0.clear();
        self.0.resize(capacity, 0);
        // Nobody reads the zeros, but the compiler must write them.
        optimization_barrier(self.0.as_slice());
    }
}

impl Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes.to_vec())
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes([redacted; {}])", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{Password, SecretBytes};

    #[test]
    fn bytes_stay_in_their_place_while_there_is_room() {
        let mut bytes = SecretBytes::with_capacity(6);
        bytes.extend_from_slice(b"data");
        let place = bytes.as_ptr();
        bytes.extend_from_slice(b"up");
        assert_eq!((&bytes[..], bytes.as_ptr()), (&b"dataup"[..], place));
        bytes.extend_from_slice(b" to here");
        assert_eq!(bytes[..], *b"dataup to here");
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let text =
            format!("{:?} {:?}", Password::from("canary"), SecretBytes::from(&b"canary"[..]));
        assert!(!text.contains("canary") && !text.contains("99, 97"), "{text}");
    }
}
