//! Bytes as hexadecimal digits (RFC 4648 section 8).

/// Two lower-case digits for each byte.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    digits(bytes, b"0123456789abcdef")
}

/// Two upper-case digits for each byte.
#[must_use]
pub fn encode_upper(bytes: &[u8]) -> String {
    digits(bytes, b"0123456789ABCDEF")
}

fn digits(bytes: &[u8], digits: &[u8; 16]) -> String {
    let digit = |value: u8| char::from(digits[usize::from(value)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.extend([digit(byte >> 4), digit(byte & 0xF)]);
    }
    text
}

/// The bytes that an even number of digits stands for, which may be of either case; `None` where there is
/// anything else.
#[must_use]
pub fn decode(digits: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let (pairs, odd) = digits.as_ref().as_chunks::<2>();
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let byte = |[high, low]: &[u8; 2]| Some(value(*high)? << 4 | value(*low)?);
    if odd.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, encode_upper};

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!(encode(&[0, 0x0A, 0xF9]), "000af9");
        assert_eq!(encode_upper(&[0, 0x0A, 0xF9]), "000AF9");
        assert_eq!(decode("000aF9"), Some(vec![0, 0x0A, 0xF9]));
        assert_eq!(decode(""), Some(vec![]));
    }

    #[test]
    fn what_is_no_pair_of_digits_is_nothing() {
        for text in ["0", "000", "+f", "0x", "f ", "g0", "é"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
