//! Bytes that several hold.

use super::SecretBytes;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Some of the bytes that are in memory once, for as long as anybody holds some of them; the last one wipes them all.
/// A clone is the same bytes.
///
/// A file with thousands of certificates is not copied for them.
#[derive(Clone)]
pub struct SharedBytes {
    whole: Arc<SecretBytes>,
    place: Range<usize>,
}

impl SharedBytes {
    /// The same bytes as `part`: shared where they lie in the memory that these are some of, else copied.
    #[must_use]
    pub fn part(&self, part: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(self.whole.as_ptr() as usize);
        let place = start..start.saturating_add(part.len());
        if place.end > self.whole.len() {
            return Self::from(part);
        }
        Self { whole: Arc::clone(&self.whole), place }
    }
}

impl From<SecretBytes> for SharedBytes {
    /// Takes the bytes over.
    fn from(bytes: SecretBytes) -> Self {
        let place = 0..bytes.len();
        Self { whole: Arc::new(bytes), place }
    }
}

impl From<&[u8]> for SharedBytes {
    /// Copies the bytes.
    fn from(bytes: &[u8]) -> Self {
        SecretBytes::from(bytes).into()
    }
}

impl Default for SharedBytes {
    fn default() -> Self {
        SecretBytes::default().into()
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.whole[self.place.clone()]
    }
}

impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedBytes([redacted; {}])", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::SharedBytes;

    #[test]
    fn what_lies_inside_is_shared_and_what_does_not_is_copied() {
        let whole = SharedBytes::from(&b"0123456789"[..]);
        let middle = whole.part(&whole[2..8]);
        let inside = middle.part(&middle[1..3]);
        assert_eq!((&middle[..], &inside[..]), (&b"234567"[..], &b"34"[..]));
        assert!(std::ptr::eq(&raw const inside[0], &raw const whole[3]));
        // The part of a part may be of the whole.
        assert!(std::ptr::eq(&raw const middle.part(&whole[9..])[0], &raw const whole[9]));
        let other = *b"345";
        let copy = whole.part(&other);
        assert_eq!(copy[..], other);
        assert!(!std::ptr::eq(&raw const copy[0], &raw const other[0]));
        for nothing in [&whole[..0], &whole[10..], &[]] {
            assert!(whole.part(nothing).is_empty());
        }
    }

    #[test]
    fn debug_output_shows_no_byte() {
        assert_eq!(
            format!("{:?}", SharedBytes::from(&b"canary"[..])),
            "SharedBytes([redacted; 6])"
        );
    }
}
