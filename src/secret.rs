//! Types for what must not be seen: passwords, private key bytes, and what may have some among it.
//!
//! They wipe their memory when dropped, shared bytes with the last who holds some of them, and print as
//! `[redacted]`. None can be serialized or compared, so a secret cannot reach a report by accident.

mod pages;
mod shared;

pub use shared::SharedBytes;

use pages::{HUGE_PAGE, Pages};
use std::fmt;
use std::io;
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
pub struct SecretBytes(Memory);

enum Memory {
    Heap(Vec<u8>),
    /// Boxed, because most secrets are short and lie in entries by the thousand.
    Pages(Box<Pages>),
}

impl SecretBytes {
    /// Takes over the bytes; the caller's copy must be gone.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Memory::Heap(bytes))
    }

    /// Nothing yet, and room for this many bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        if capacity >= HUGE_PAGE
            && let Ok(pages) = Pages::with_room(capacity)
        {
            return Self(Memory::Pages(Box::new(pages)));
        }
        Self::new(Vec::with_capacity(capacity))
    }

    /// This many zeros, to be written over.
    ///
    /// # Errors
    ///
    /// No memory.
    pub fn zeroed(length: usize) -> io::Result<Self> {
        if length >= HUGE_PAGE {
            let mut pages = Pages::with_room(length)?;
            pages.set_length(length);
            return Ok(Self(Memory::Pages(Box::new(pages))));
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length)?;
        bytes.resize(length, 0);
        Ok(Self::new(bytes))
    }

    /// The bytes, to be changed in place.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        match &mut self.0 {
            Memory::Heap(bytes) => bytes,
            Memory::Pages(pages) => pages.as_mut_slice(),
        }
    }

    fn capacity(&self) -> usize {
        match &self.0 {
            Memory::Heap(bytes) => bytes.capacity(),
            Memory::Pages(pages) => pages.room(),
        }
    }

    /// Appends bytes. Where there is no room for them everything moves, and the old place is wiped.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        if self.capacity() - self.len() < bytes.len() {
            let mut roomier = Self::with_capacity((self.len() + bytes.len()).next_power_of_two());
            roomier.extend_from_slice(self);
            *self = roomier;
        }
        match &mut self.0 {
            Memory::Heap(all) => all.extend_from_slice(bytes),
            Memory::Pages(all) => all.append(bytes),
        }
    }

    /// Cuts the bytes off behind `length`.
    pub fn truncate(&mut self, length: usize) {
        // The tail stays in memory until the buffer is freed, and is wiped then: all of it is.
        match &mut self.0 {
            Memory::Heap(bytes) => bytes.truncate(length),
            Memory::Pages(pages) => pages.set_length(length.min(pages.as_slice().len())),
        }
    }
}

impl Drop for SecretBytes {
    /// Wipes the whole capacity at once. `Zeroize` goes from byte to byte, which is a tenth of the time where
    /// files have thousands of certificates.
    fn drop(&mut self) {
        let all = match &mut self.0 {
            Memory::Heap(bytes) => {
                let capacity = bytes.capacity();
                bytes.clear();
                bytes.resize(capacity, 0);
                bytes.as_slice()
            }
            Memory::Pages(pages) => {
                pages.touched_mut().fill(0);
                pages.touched_mut()
            }
        };
        // Nobody reads the zeros, but the compiler must write them.
        optimization_barrier(all);
    }
}

impl Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Memory::Heap(bytes) => bytes,
            Memory::Pages(pages) => pages.as_slice(),
        }
    }
}

impl Default for SecretBytes {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Clone for SecretBytes {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        let mut copy = Self::with_capacity(bytes.len());
        copy.extend_from_slice(bytes);
        copy
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes([redacted; {}])", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{HUGE_PAGE, Memory, Pages, Password, SecretBytes};

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
    fn long_bytes_are_as_short_ones() {
        for length in [HUGE_PAGE - 1, HUGE_PAGE, 2 * HUGE_PAGE, 2 * HUGE_PAGE + 1] {
            let plain: Vec<u8> = (0..=250).cycle().take(length).collect();
            let mut bytes = SecretBytes::from(&plain[..]);
            assert_eq!(matches!(bytes.0, Memory::Pages(_)), length >= HUGE_PAGE);
            assert!(bytes[..] == plain && bytes.clone()[..] == plain);
            bytes.truncate(length + 1);
            assert_eq!(bytes.len(), length);
            bytes.truncate(7);
            assert_eq!(bytes[..], plain[..7]);
            // There is room for what was cut off; more than that moves to a new place.
            let place = bytes.as_ptr();
            bytes.extend_from_slice(&plain[7..]);
            assert!(bytes[..] == plain && bytes.as_ptr() == place);
            for _ in 0..3 {
                bytes.extend_from_slice(&plain);
            }
            assert!(bytes[..] == plain.repeat(4));
            bytes.as_mut_slice()[length] ^= 1;
            assert_eq!(bytes[length], plain[0] ^ 1);
            let zeros = SecretBytes::zeroed(length).unwrap();
            assert!(zeros.len() == length && zeros.iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn all_that_was_written_is_wiped() {
        let mut pages = Pages::with_room(HUGE_PAGE).unwrap();
        pages.append(b"a long secret");
        pages.set_length(1);
        assert_eq!(pages.touched_mut(), b"a long secret");
        pages.set_length(3);
        pages.append(&[7; 20]);
        assert_eq!(pages.touched_mut().len(), 23);
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let text =
            format!("{:?} {:?}", Password::from("canary"), SecretBytes::from(&b"canary"[..]));
        assert!(!text.contains("canary") && !text.contains("99, 97"), "{text}");
    }
}
