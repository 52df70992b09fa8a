//! basicConstraints: whether the subject of a certificate is a CA.

use crate::tlv::{self, BOOLEAN, INTEGER, SEQUENCE, TlvError, Values};

/// What the extension says.
///
/// ```text
/// BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }
/// ```
///
/// RFC 5280 section 4.2.1.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a CA.
    pub ca: bool,
    /// How many more intermediates may follow it on a path; `u32::MAX` stands for every larger number.
    pub path_length: Option<u32>,
}

impl BasicConstraints {
    /// Reads the value of the extension.
    pub(crate) fn read(value: &[u8]) -> Result<Self, TlvError> {
        let mut fields = Values::new(tlv::content(value, SEQUENCE)?);
        let ca = match fields.tag() {
            // BER writes any byte but 0 for TRUE.
            Some(BOOLEAN) => match fields.content(BOOLEAN)? {
                &[flag] => flag != 0,
                _ => return Err(TlvError::Content("BOOLEAN")),
            },
            _ => false,
        };
        let path_length = match fields.tag() {
            Some(INTEGER) => Some(tlv::count(fields.content(INTEGER)?)?),
            _ => None,
        };
        fields.finish()?;
        Ok(Self { ca, path_length })
    }
}

#[cfg(test)]
mod tests {
    use super::{BasicConstraints, TlvError};

    fn read(fields: &[u8]) -> Result<(bool, Option<u32>), TlvError> {
        let length = u8::try_from(fields.len()).unwrap();
        let value = [&[0x30, length], fields].concat();
        BasicConstraints::read(&value).map(|read| (read.ca, read.path_length))
    }

    #[test]
    fn both_fields_are_optional() {
        assert_eq!(read(&[]), Ok((false, None)));
        assert_eq!(read(&[1, 1, 0xFF]), Ok((true, None)));
        assert_eq!(read(&[1, 1, 0]), Ok((false, None)));
        assert_eq!(read(&[1, 1, 1, 2, 1, 3]), Ok((true, Some(3))));
        assert_eq!(read(&[2, 2, 0, 0x80]), Ok((false, Some(128))));
        assert_eq!(read(&[1, 1, 0xFF, 2, 5, 1, 0, 0, 0, 0]), Ok((true, Some(u32::MAX))));
    }

    #[test]
    fn what_is_malformed_makes_no_ca() {
        for fields in [
            &[1, 0][..],
            &[1, 2, 0xFF, 0xFF],
            &[1, 1, 0xFF, 2, 0],
            &[1, 1, 0xFF, 2, 1, 0x80],
            &[1, 1, 0xFF, 4, 0],
            &[2, 1, 0, 1, 1, 0xFF],
            &[1, 1],
        ] {
            assert!(read(fields).is_err(), "{fields:02x?}");
        }
        assert!(BasicConstraints::read(&[0x31, 0]).is_err());
    }
}
