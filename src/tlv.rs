//! Values in DER, one after the other: tag, length, content (X.690 section 8.1).
//!
//! For what files have by the ten thousand, bags and certificates: of each value its header is read, once, and
//! nothing copied. Whatever is rare is read by the `der` crate, which takes several times as long
//! (`docs/performance.md`).

/// What keeps a value from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TlvError {
    /// It reaches past the end of what holds it.
    #[error("a value is cut off")]
    Truncated,
    /// Its length is not in the fewest bytes, indefinite, or longer than four bytes.
    #[error("a length that is not in DER")]
    Length,
    /// A tag of several bytes.
    #[error("a tag number over 30")]
    LongTag,
    /// Another one is due.
    #[error("tag {found:#04x} in the place of {expected:#04x}")]
    Tag { found: u8, expected: u8 },
    /// There is more behind it.
    #[error("bytes follow the last value")]
    Trailing,
    /// The content is not that of a value of this kind.
    #[error("a malformed {0}")]
    Content(&'static str),
}

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0A;
pub(crate) const UTF8_STRING: u8 = 0x0C;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const BMP_STRING: u8 = 0x1E;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u8 = context(0);

/// The tag of a constructed field that only its number, of at most 30, tells.
pub(crate) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// All of it, with tag and length.
    pub(crate) der: &'a [u8],
}

/// What is left of a row of values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'a>(&'a [u8]);

impl<'a> Value<'a> {
    /// The values inside this one, which must have this tag.
    pub(crate) fn inside(self, expected: u8) -> Result<Values<'a>, TlvError> {
        self.expect(expected).map(Values)
    }

    /// Its content, if it has this tag.
    pub(crate) fn expect(self, expected: u8) -> Result<&'a [u8], TlvError> {
        if self.tag == expected {
            return Ok(self.content);
        }
        Err(TlvError::Tag { found: self.tag, expected })
    }
}

impl<'a> Values<'a> {
    pub(crate) fn new(der: &'a [u8]) -> Self {
        Self(der)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next value.
    pub(crate) fn tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next value.
    pub(crate) fn take(&mut self) -> Result<Value<'a>, TlvError> {
        const LONG_TAG: u8 = 0x1F;
        let [tag, first, rest @ ..] = self.0 else { return Err(TlvError::Truncated) };
        if tag & LONG_TAG == LONG_TAG {
            return Err(TlvError::LongTag);
        }
        let (length, rest) = match first {
            0x00..=0x7F => (usize::from(*first), rest),
            // X.690 section 10.1: the fewest bytes, so there are no leading zeros and no short lengths.
            0x81..=0x84 => {
                let digits = usize::from(first & 0x7F);
                let (digits, rest) = rest.split_at_checked(digits).ok_or(TlvError::Truncated)?;
                let length =
                    digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
                if digits[0] == 0 || length < 0x80 {
                    return Err(TlvError::Length);
                }
                (length, rest)
            }
            _ => return Err(TlvError::Length),
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(TlvError::Truncated)?;
        let der = &self.0[..self.0.len() - rest.len()];
        self.0 = rest;
        Ok(Value { tag: *tag, content, der })
    }

    /// The content of the next value, which must have this tag.
    pub(crate) fn content(&mut self, expected: u8) -> Result<&'a [u8], TlvError> {
        self.take()?.expect(expected)
    }

    /// The values inside the next one, which must have this tag.
    pub(crate) fn inside(&mut self, expected: u8) -> Result<Self, TlvError> {
        self.take()?.inside(expected)
    }

    /// Nothing must be left.
    pub(crate) fn finish(self) -> Result<(), TlvError> {
        if self.is_empty() { Ok(()) } else { Err(TlvError::Trailing) }
    }
}

/// The one value that `der` is.
pub(crate) fn only(der: &[u8]) -> Result<Value<'_>, TlvError> {
    let mut values = Values(der);
    let value = values.take()?;
    values.finish()?;
    Ok(value)
}

/// The content of the one value that `der` is, which must have this tag.
pub(crate) fn content(der: &[u8], expected: u8) -> Result<&[u8], TlvError> {
    only(der)?.expect(expected)
}

/// The content of an INTEGER that is not negative; `u32::MAX` stands for every larger number.
pub(crate) fn count(content: &[u8]) -> Result<u32, TlvError> {
    match content {
        [] | [0x80..=0xFF, ..] => Err(TlvError::Content("INTEGER (0..MAX)")),
        [0, rest @ ..] | rest => {
            let is_wide = rest.len() > 4;
            let value = rest.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
            Ok(if is_wide { u32::MAX } else { value })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OCTET_STRING, SEQUENCE, TlvError, Values, content, only};
    use der::asn1::AnyRef;
    use der::{Decode, Encode};
    use proptest::prelude::{any, prop_assert_eq, proptest};

    #[test]
    fn values_come_one_after_the_other() {
        let der = [0x30, 0x03, 0x04, 0x01, 7, 0x04, 0x00];
        let mut values = Values::new(&der);
        assert_eq!(values.tag(), Some(SEQUENCE));
        let mut inside = values.inside(SEQUENCE).unwrap();
        assert_eq!(inside.content(OCTET_STRING).unwrap(), [7]);
        assert!(inside.is_empty() && inside.tag().is_none());
        assert_eq!(values.finish(), Err(TlvError::Trailing));
        assert_eq!(values.take().unwrap().der, [0x04, 0x00]);
        assert_eq!(values.take().unwrap_err(), TlvError::Truncated);
        assert_eq!(
            content(&der[5..], SEQUENCE),
            Err(TlvError::Tag { found: OCTET_STRING, expected: SEQUENCE })
        );
        assert_eq!(only(&der).unwrap_err(), TlvError::Trailing);
    }

    #[test]
    fn lengths_are_those_of_der() {
        for (head, error) in [
            (&[0x04, 0x80][..], TlvError::Length),
            (&[0x04, 0x81, 0x7F], TlvError::Length),
            (&[0x04, 0x82, 0x00, 0x80], TlvError::Length),
            (&[0x04, 0x85, 1, 0, 0, 0, 0], TlvError::Length),
            (&[0x04, 0xFF], TlvError::Length),
            (&[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], TlvError::Truncated),
            (&[0x04, 0x82, 0x01], TlvError::Truncated),
            (&[0x04], TlvError::Truncated),
            (&[0x1F, 0x20, 0x00], TlvError::LongTag),
        ] {
            let input = [head, &[0; 200]].concat();
            let input = if error == TlvError::Truncated { head } else { &input };
            assert_eq!(only(input).unwrap_err(), error, "{head:x?}");
        }
    }

    proptest! {
        #[test]
        fn what_der_reads_is_read_alike(length in 0_usize..70_000, byte in any::<u8>()) {
            let bytes = vec![byte; length];
            let der = AnyRef::new(der::Tag::OctetString, &bytes).unwrap().to_der().unwrap();
            prop_assert_eq!(content(&der, OCTET_STRING).unwrap(), &bytes[..]);
        }

        #[test]
        fn nothing_is_read_that_der_does_not_read(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            // But for universal tags that nobody uses, which der does not know.
            if let Ok(value) = only(&bytes) && let Ok(any) = AnyRef::from_der(&bytes) {
                prop_assert_eq!(any.value(), value.content);
            } else if let Ok(any) = AnyRef::from_der(&bytes) {
                prop_assert_eq!(bytes[0] & 0x1F, 0x1F, "{:?}", any);
            }
        }
    }
}
