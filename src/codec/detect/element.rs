//! A look at the start of a BER value that may be cut off.

/// The first value of some bytes. Nothing inside it is looked at; a codec that reads the value
/// goes through `der`, which refuses what is cut off.
#[derive(Clone, Copy)]
pub(in crate::codec) struct Element<'a> {
    /// The identifier octet.
    pub(in crate::codec) tag: u8,
    /// The contents, as far as they are there.
    pub(in crate::codec) content: &'a [u8],
    /// Bytes of the whole value, tag and length included; `None` for the indefinite length and
    /// where the bytes end before the value does.
    pub(in crate::codec) length: Option<usize>,
    /// What follows; empty where [`Self::length`] is not known.
    pub(in crate::codec) rest: &'a [u8],
}

impl<'a> Element<'a> {
    /// Reads tag and length (X.690 section 8.1); `None` when they are not there or not BER.
    pub(in crate::codec) fn first(bytes: &'a [u8]) -> Option<Self> {
        let (&tag, after_tag) = bytes.split_first()?;
        let (&initial, after_initial) = after_tag.split_first()?;
        if tag & 0x1F == 0x1F {
            return None; // no format here uses a tag number over 30
        }
        let (length, body) = match initial {
            0..=0x7F => (usize::from(initial), after_initial),
            0x80 => {
                return Some(Self { tag, content: after_initial, length: None, rest: &[] });
            }
            // A length of nine bytes is no file's.
            0x81..=0x88 => {
                let (digits, body) = after_initial.split_at_checked(usize::from(initial & 0x7F))?;
                let length = digits.iter().fold(0_u64, |sum, &digit| (sum << 8) | u64::from(digit));
                (usize::try_from(length).ok()?, body)
            }
            _ => return None,
        };
        Some(match body.split_at_checked(length) {
            Some((content, rest)) => {
                Self { tag, content, length: Some(bytes.len() - rest.len()), rest }
            }
            None => Self { tag, content: body, length: None, rest: &[] },
        })
    }

    /// The first value inside, if this is of the given kind.
    pub(in crate::codec) fn inside(self, tag: u8) -> Option<Self> {
        (self.tag == tag).then(|| Self::first(self.content)).flatten()
    }

    /// The value after this one.
    pub(in crate::codec) fn next(self) -> Option<Self> {
        Self::first(self.rest)
    }
}
