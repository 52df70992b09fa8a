//! Serial numbers of certificates.

use crate::hex;
use std::fmt;
use std::str::FromStr;

/// The number that an issuer knows a certificate by: the content of its INTEGER, two's complement,
/// most significant byte first.
///
/// RFC 5280 section 4.1.2.2 wants it positive and of at most 20 bytes; certificates that do not keep
/// to that exist, and are named by the bytes that they have. Shown as upper-case hexadecimal digits
/// without the sign byte, a negative one with `-` before those of the positive number, as openssl does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber(Vec<u8>);

/// Text that is no serial number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("\"{text}\" is no serial number in hexadecimal digits")]
pub struct SerialNumberError {
    /// The text.
    pub text: String,
}

impl SerialNumber {
    /// Longest number that is read from text, in bytes: more than any issuer uses.
    const LONGEST: usize = 64;

    /// The number with these content bytes, as they stand in a certificate or a list.
    #[must_use]
    pub fn from_content(content: &[u8]) -> Self {
        Self(content.to_vec())
    }

    /// The positive number of these bytes; leading zeros do not count.
    #[must_use]
    pub fn from_magnitude(magnitude: &[u8]) -> Self {
        let first = magnitude.iter().position(|&byte| byte != 0).unwrap_or(magnitude.len());
        let digits = &magnitude[first..];
        // X.690 section 8.3: a first bit that is set would make it negative; zero is one byte.
        let sign = digits.first().is_none_or(|&byte| byte & 0x80 != 0);
        Self(sign.then_some(0).into_iter().chain(digits.iter().copied()).collect())
    }

    /// The number below zero that is as far from it as the one of these bytes above.
    fn from_negative_magnitude(magnitude: &[u8]) -> Self {
        let mut content = complement(Self::from_magnitude(magnitude).content());
        // X.690 section 8.3.2: the first nine bits are not all ones.
        while matches!(content[..], [0xFF, 0x80..=0xFF, ..]) {
            content.remove(0);
        }
        Self(content)
    }

    /// Zero, which comes before every number that is given.
    #[must_use]
    pub fn zero() -> Self {
        Self(vec![0])
    }

    /// The number after this one. A negative one counts as the positive number of its bytes.
    #[must_use]
    pub fn next(&self) -> Self {
        let mut magnitude = self.0.clone();
        for byte in magnitude.iter_mut().rev() {
            let (sum, carries) = byte.overflowing_add(1);
            *byte = sum;
            if !carries {
                return Self::from_magnitude(&magnitude);
            }
        }
        magnitude.insert(0, 1); // all bytes were 255
        Self::from_magnitude(&magnitude)
    }

    /// The content bytes of the INTEGER.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, magnitude) = match self.0[..] {
            [0x80..=0xFF, ..] => ("-", complement(&self.0)),
            _ => ("", self.0.clone()),
        };
        let digits = match &magnitude[..] {
            [0, rest @ ..] if !rest.is_empty() => rest,
            bytes => bytes,
        };
        write!(f, "{sign}{}", hex::encode_upper(digits))
    }
}

impl FromStr for SerialNumber {
    type Err = SerialNumberError;

    /// Reads hexadecimal digits as openssl, keytool and browsers show them: in any case, with `0x` or a minus
    /// sign before them, with colons or blanks between them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || SerialNumberError { text: text.to_owned() };
        let (magnitude, is_negative) = match text.strip_prefix('-') {
            Some(magnitude) => (magnitude, true),
            None => (text, false),
        };
        let digits = magnitude.strip_prefix("0x").or(magnitude.strip_prefix("0X"));
        let digits = digits.unwrap_or(magnitude);
        let mut digits: String = digits.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        if digits.is_empty() || digits.len() > 2 * Self::LONGEST {
            return Err(invalid());
        }
        if digits.len() % 2 == 1 {
            digits.insert(0, '0');
        }
        let magnitude = hex::decode(digits).ok_or_else(invalid)?;
        Ok(if is_negative {
            Self::from_negative_magnitude(&magnitude)
        } else {
            Self::from_magnitude(&magnitude)
        })
    }
}

/// The two's complement: the same number on the other side of zero, in as many bytes.
fn complement(content: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = content.iter().map(|byte| !byte).collect();
    for byte in bytes.iter_mut().rev() {
        let (sum, carries) = byte.overflowing_add(1);
        *byte = sum;
        if !carries {
            break;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::SerialNumber;

    #[test]
    fn every_notation_of_a_number_is_that_number() {
        let number = SerialNumber::from_content(&[0, 0xAB, 0x0C]);
        for text in ["AB0C", "ab0c", "0xAB0C", "ab:0c", "AB 0C", "00ab0c"] {
            assert_eq!(text.parse(), Ok(number.clone()), "{text}");
        }
        assert_eq!(number.to_string(), "AB0C");
        assert_eq!("7".parse(), Ok(SerialNumber::from_content(&[7])));
        assert_eq!("0".parse(), Ok(SerialNumber::from_content(&[0])));
        assert_eq!(SerialNumber::from_content(&[0]).to_string(), "00");
    }

    #[test]
    fn next_number_carries() {
        for (number, next) in [("0", "1"), ("7F", "80"), ("FF", "100"), ("01FFFF", "020000")] {
            let number: SerialNumber = number.parse().unwrap();
            assert_eq!(Ok(number.next()), next.parse(), "{number}");
        }
        assert_eq!(SerialNumber::from_content(&[0xFF]).next(), "100".parse().unwrap());
        assert_eq!(SerialNumber::zero().next(), "1".parse().unwrap());
    }

    #[test]
    fn negative_number_is_that_number_and_no_other() {
        for (content, text) in [
            (&[0xFF][..], "-01"),
            (&[0x80], "-80"),
            (&[0xFF, 0x7F], "-81"),
            (&[0xFF, 0x00], "-0100"),
            (&[0x81, 0x02], "-7EFE"),
        ] {
            let number = SerialNumber::from_content(content);
            assert_eq!(number.to_string(), text);
            assert_eq!(text.parse(), Ok(number), "{text}");
        }
        assert_eq!("-0".parse(), Ok(SerialNumber::zero()));
        assert_eq!("-0x1".parse(), Ok(SerialNumber::from_content(&[0xFF])));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "1".repeat(129);
        for text in ["", "0x", "-", "--1", "ca.pem", "12g", ":", long.as_str()] {
            assert!(text.parse::<SerialNumber>().is_err(), "{text}");
        }
    }
}
