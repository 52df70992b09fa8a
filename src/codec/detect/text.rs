//! Bytes as text: byte order marks, UTF-16, base64 without armour.

use crate::codec::pem;
use crate::secret::SecretBytes;
use std::ops::Deref;
use zeroize::Zeroizing;

/// What a PEM block begins with, RFC 7468 section 2.
pub(in crate::codec) const BEGIN: &[u8] = b"-----BEGIN ";

/// Characters of base64 that are decoded to see what they wrap.
const SAMPLE: usize = 512;

/// Text in ASCII or a superset of it, without its byte order mark.
pub(in crate::codec) struct Text<'a> {
    bytes: Bytes<'a>,
    /// How it was written, where that is worth a note.
    pub(in crate::codec) note: Option<&'static str>,
}

enum Bytes<'a> {
    Plain(&'a [u8]),
    /// Wiped, because a private key may be in it.
    Converted(SecretBytes),
}

impl<'a> Text<'a> {
    /// UTF-16 is recognised by its byte order mark, or by two characters of ASCII at the start.
    pub(in crate::codec) fn of(bytes: &'a [u8]) -> Self {
        const LITTLE: fn([u8; 2]) -> u16 = u16::from_le_bytes;
        const BIG: fn([u8; 2]) -> u16 = u16::from_be_bytes;
        let is_text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
        let (utf16, order) = match bytes {
            [0xEF, 0xBB, 0xBF, rest @ ..] => {
                return Self { bytes: Bytes::Plain(rest), note: Some("a byte order mark") };
            }
            [0xFF, 0xFE, rest @ ..] => (rest, LITTLE),
            [0xFE, 0xFF, rest @ ..] => (rest, BIG),
            &[first, 0, second, 0, ..] if is_text(first) && is_text(second) => (bytes, LITTLE),
            &[0, first, 0, second, ..] if is_text(first) && is_text(second) => (bytes, BIG),
            _ => return Self { bytes: Bytes::Plain(bytes), note: None },
        };
        Self { bytes: Bytes::Converted(from_utf16(utf16, order)), note: Some("UTF-16") }
    }
}

impl Deref for Text<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Plain(bytes) => bytes,
            Bytes::Converted(bytes) => bytes,
        }
    }
}

fn from_utf16(bytes: &[u8], order: fn([u8; 2]) -> u16) -> SecretBytes {
    let (pairs, odd) = bytes.as_chunks::<2>();
    // A unit becomes three bytes at most; growing would leave an unwiped copy behind.
    let mut text = Vec::with_capacity(3 * (pairs.len() + 1));
    let units = pairs.iter().map(|&pair| order(pair)).chain((!odd.is_empty()).then_some(0xFFFD));
    for character in char::decode_utf16(units) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    SecretBytes::new(text)
}

/// Where `needle` is first found, which is not empty. Only where its first byte stands is the rest of it
/// looked at: a dash is rare in base64.
pub(in crate::codec) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        from += text[from..].iter().position(|&byte| byte == needle[0])?;
        if text[from..].starts_with(needle) {
            return Some(from);
        }
        from += 1;
    }
}

/// Whether the byte is a character of base64, RFC 4648 section 4.
pub(in crate::codec) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// The first bytes that the text wraps, if it starts as base64 does.
pub(in crate::codec) fn base64_start(text: &[u8]) -> Option<SecretBytes> {
    let mut sample = Vec::with_capacity(SAMPLE); // never grown, so that all of it is wiped
    sample.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()).take(SAMPLE));
    let mut sample = SecretBytes::new(sample);
    if !sample.iter().all(|&byte| is_base64(byte)) {
        return None;
    }
    sample.truncate(sample.len() / 4 * 4);
    pem::decode(&sample)
}

/// All that text of base64 wraps; `None` where it is damaged.
pub(in crate::codec) fn base64(text: &[u8]) -> Option<SecretBytes> {
    // Never grown, so that all of it is wiped.
    let mut characters = Zeroizing::new(Vec::with_capacity(text.len()));
    characters.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
    pem::decode(&characters)
}
