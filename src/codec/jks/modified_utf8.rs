//! Java's modified UTF-8 behind its length, as `DataOutput.writeUTF` writes it.
//!
//! Each unit of UTF-16 is encoded on its own in one to three bytes, so a character beyond the basic
//! plane takes six; NUL is `C0 80`. The Java Virtual Machine Specification, section 4.4.7.

use std::char::{REPLACEMENT_CHARACTER, decode_utf16};

/// Longest text, in bytes: its length is stored in 16 bits.
pub(super) const MOST_BYTES: usize = 0xFFFF;

/// Reads what `DataInput.readUTF` reads, so any sequence of the right shape, be it the shortest or
/// not. Half of a surrogate pair becomes U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let (unit, tail) = match (*first, tail) {
            (first @ 0x00..=0x7F, _) => (u16::from(first), tail),
            (first @ 0xC0..=0xDF, [second, tail @ ..]) => {
                (u16::from(first & 0x1F) << 6 | continuation(*second)?, tail)
            }
            (first @ 0xE0..=0xEF, [second, third, tail @ ..]) => {
                let high = u16::from(first & 0x0F) << 12 | continuation(*second)? << 6;
                (high | continuation(*third)?, tail)
            }
            _ => return None,
        };
        units.push(unit);
        rest = tail;
    }
    Some(decode_utf16(units).map(|unit| unit.unwrap_or(REPLACEMENT_CHARACTER)).collect())
}

fn continuation(byte: u8) -> Option<u16> {
    (byte & 0xC0 == 0x80).then(|| u16::from(byte & 0x3F))
}

/// The bytes of a text, without their length.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for unit in text.encode_utf16() {
        let [.., low] = unit.to_be_bytes();
        match unit {
            0x01..=0x7F => bytes.push(low),
            0x00 | 0x80..=0x7FF => bytes.extend([0xC0 | six(unit >> 6), 0x80 | six(unit)]),
            _ => bytes.extend([0xE0 | six(unit >> 12), 0x80 | six(unit >> 6), 0x80 | six(unit)]),
        }
    }
    bytes
}

/// The lowest six bits.
fn six(unit: u16) -> u8 {
    unit.to_be_bytes()[1] & 0x3F
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn texts_come_back_and_nul_and_surrogates_are_written_as_java_does() {
        assert_eq!(encode("a\0\u{e9}\u{20ac}"), b"a\xC0\x80\xC3\xA9\xE2\x82\xAC");
        assert_eq!(encode("\u{1F511}"), b"\xED\xA0\xBD\xED\xB4\x91");
        for text in ["", "a", "\0", "\u{7FF}\u{800}\u{FFFF}", "\u{10000}\u{10FFFF}"] {
            assert_eq!(decode(&encode(text)).unwrap(), text);
        }
    }

    #[test]
    fn what_java_takes_is_taken_and_what_it_refuses_is_refused() {
        assert_eq!(decode(b"\0\xC1\x81").unwrap(), "\0A"); // not the shortest form
        assert_eq!(decode(b"\xED\xA0\xBDx").unwrap(), "\u{FFFD}x"); // half a pair
        for wrong in
            [&b"\x80"[..], b"\xC3", b"\xC3x", b"\xE2\x82", b"\xE2\x82x", b"\xF0\x9F\x94\x91"]
        {
            assert!(decode(wrong).is_none(), "{wrong:x?}");
        }
    }
}
