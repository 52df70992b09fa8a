//! Turning BER into DER, where a writer used BER.
//!
//! PKCS#12 allows BER outside the parts that are hashed, and Windows, NSS and Java's old writers
//! used it: indefinite lengths, lengths in more bytes than needed, OCTET STRINGs in pieces. What
//! lies inside a primitive value is not looked at, so a certificate or key keeps its bytes.

use crate::codec::CodecError;
use crate::limits;
use crate::model::format::Format;
use std::borrow::Cow;

/// A value in DER, and how many bytes of the input it took.
#[derive(Debug)]
pub(in crate::codec) struct Normalised<'a> {
    /// The value; borrowed where the input was already in DER.
    pub(in crate::codec) der: Cow<'a, [u8]>,
    /// Length of the input's encoding; what follows are trailing bytes.
    pub(in crate::codec) consumed: usize,
}

/// Reads the first value of `input` and rewrites it with definite, shortest lengths and with
/// OCTET STRINGs in one piece (X.690 sections 10.1 and 10.2).
///
/// # Errors
///
/// [`CodecError::Truncated`] when the value reaches past the end, [`CodecError::Damaged`] for a
/// length or tag that is not BER, [`CodecError::Limit`] for nesting over [`limits::NESTING`].
pub(in crate::codec) fn to_der(input: &[u8], format: Format) -> Result<Normalised<'_>, CodecError> {
    let mut reader = Reader { bytes: input, position: 0, format };
    let canonical = reader.check(0)?;
    let consumed = reader.position;
    if canonical {
        return Ok(Normalised { der: Cow::Borrowed(&input[..consumed]), consumed });
    }
    let mut out = Vec::with_capacity(consumed);
    Reader { bytes: input, position: 0, format }.rewrite(0, &mut out)?;
    Ok(Normalised { der: Cow::Owned(out), consumed })
}

const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    /// For messages.
    format: Format,
}

/// A tag and the length that follows it.
struct Header {
    tag: u8,
    /// `None` is the indefinite length.
    length: Option<usize>,
    /// Whether DER would have written the same bytes.
    shortest: bool,
}

impl Reader<'_> {
    /// Walks over one value without copying; returns whether it is in DER already.
    fn check(&mut self, depth: usize) -> Result<bool, CodecError> {
        let header = self.header(depth)?;
        let mut canonical = header.shortest && header.tag != OCTET_STRING | CONSTRUCTED;
        match (header.tag & CONSTRUCTED != 0, header.length) {
            (false, Some(length)) => self.position += length,
            (false, None) => {
                return Err(self.damaged("indefinite length of a primitive value"));
            }
            (true, Some(length)) => {
                let end = self.position + length;
                let mut inner = Reader { bytes: &self.bytes[..end], ..*self };
                while inner.position < end {
                    canonical &= inner.check(depth + 1)?;
                }
                self.position = end;
            }
            (true, None) => {
                while !self.end_of_contents()? {
                    self.check(depth + 1)?;
                }
                canonical = false;
            }
        }
        Ok(canonical)
    }

    /// Copies one value in DER to `out`.
    fn rewrite(&mut self, depth: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let header = self.header(depth)?;
        let mut content = Vec::new();
        let string = header.tag == OCTET_STRING | CONSTRUCTED;
        if header.tag & CONSTRUCTED == 0 {
            let length = header.length.unwrap_or(0);
            content.extend_from_slice(&self.bytes[self.position..self.position + length]);
            self.position += length;
        } else {
            let end = header.length.map(|length| self.position + length);
            loop {
                let done = match end {
                    Some(end) => self.position >= end,
                    None => self.end_of_contents()?,
                };
                if done {
                    break;
                }
                if string {
                    self.piece(depth + 1, &mut content)?;
                } else {
                    self.rewrite(depth + 1, &mut content)?;
                }
            }
        }
        out.push(if string { OCTET_STRING } else { header.tag });
        write_length(content.len(), out);
        out.append(&mut content);
        Ok(())
    }

    /// Appends the content of one piece of a constructed OCTET STRING (X.690 section 8.7.3).
    fn piece(&mut self, depth: usize, content: &mut Vec<u8>) -> Result<(), CodecError> {
        let mut piece = Vec::new();
        let start = self.position;
        self.rewrite(depth, &mut piece)?;
        if piece.first() != Some(&OCTET_STRING) {
            self.position = start;
            return Err(self.damaged("a piece of an OCTET STRING that is not one"));
        }
        let mut inner = Reader { bytes: &piece, position: 0, format: self.format };
        inner.header(depth)?;
        content.extend_from_slice(&piece[inner.position..]);
        Ok(())
    }

    fn header(&mut self, depth: usize) -> Result<Header, CodecError> {
        if depth > limits::NESTING {
            return Err(CodecError::Limit {
                limit: "levels of ASN.1 nesting",
                found: depth as u64,
                allowed: limits::NESTING as u64,
            });
        }
        let tag = self.byte()?;
        if tag & 0x1F == 0x1F {
            return Err(self.damaged("a tag number over 30"));
        }
        let first = self.byte()?;
        let (length, shortest) = match first {
            0x80 => return Ok(Header { tag, length: None, shortest: false }),
            0x00..=0x7F => (usize::from(first), true),
            _ => {
                let mut length = 0_usize;
                let mut leading = true;
                let mut shortest = true;
                for _ in 0..first & 0x7F {
                    let byte = self.byte()?;
                    if leading && byte == 0 {
                        shortest = false;
                        continue;
                    }
                    leading = false;
                    length = length
                        .checked_mul(256)
                        .and_then(|length| length.checked_add(byte.into()))
                        .filter(|length| *length as u64 <= limits::FILE_BYTES)
                        .ok_or_else(|| CodecError::Truncated {
                            format: self.format,
                            what: format!(
                                "a length at offset {} is longer than any file that is read",
                                self.position
                            ),
                        })?;
                }
                (length, shortest && length > 0x7F)
            }
        };
        if self.bytes.len() - self.position < length {
            return Err(CodecError::Truncated {
                format: self.format,
                what: format!(
                    "{length} bytes announced at offset {}, {} left",
                    self.position,
                    self.bytes.len() - self.position
                ),
            });
        }
        Ok(Header { tag, length: Some(length), shortest })
    }

    /// Takes the two zero bytes that end an indefinite length, if they are next.
    fn end_of_contents(&mut self) -> Result<bool, CodecError> {
        match self.bytes.get(self.position..self.position + 2) {
            Some([0, 0]) => {
                self.position += 2;
                Ok(true)
            }
            Some(_) => Ok(false),
            None => Err(CodecError::Truncated {
                format: self.format,
                what: format!("no end of contents before offset {}", self.bytes.len()),
            }),
        }
    }

    fn byte(&mut self) -> Result<u8, CodecError> {
        let byte = self.bytes.get(self.position).copied().ok_or_else(|| CodecError::Truncated {
            format: self.format,
            what: format!("no value at offset {}", self.position),
        })?;
        self.position += 1;
        Ok(byte)
    }

    fn damaged(&self, what: &str) -> CodecError {
        CodecError::Damaged {
            format: self.format,
            what: format!("{what} at offset {}", self.position),
        }
    }
}

/// A definite length in the fewest bytes (X.690 section 10.1).
pub(in crate::codec) fn write_length(length: usize, out: &mut Vec<u8>) {
    if length < 0x80 {
        out.push(length.to_le_bytes()[0]);
        return;
    }
    let bytes = length.to_be_bytes();
    let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    out.push(0x80 | digits.len().to_le_bytes()[0]);
    out.extend_from_slice(digits);
}

/// A TLV around the parts.
pub(in crate::codec) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    write_length(length, &mut out);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::to_der;
    use crate::codec::CodecError;
    use crate::limits;
    use crate::model::format::Format;
    use std::borrow::Cow;

    fn der(input: &[u8]) -> Result<Vec<u8>, CodecError> {
        to_der(input, Format::Pkcs12).map(|value| value.der.into_owned())
    }

    #[test]
    fn der_is_borrowed_and_trailing_bytes_are_counted() {
        let value = to_der(&[0x30, 0x03, 0x02, 0x01, 0x05, 0xFF], Format::Pkcs12).unwrap();
        assert!(matches!(value.der, Cow::Borrowed(_)));
        assert_eq!(value.consumed, 5);
    }

    #[test]
    fn indefinite_lengths_and_pieces_become_definite() {
        let input = [0x30, 0x80, 0x24, 0x80, 4, 1, 0xAA, 4, 2, 0xBB, 0xCC, 0, 0, 0, 0];
        assert_eq!(der(&input).unwrap(), [0x30, 5, 4, 3, 0xAA, 0xBB, 0xCC]);
    }

    #[test]
    fn nested_pieces_are_joined() {
        let input = [0x24, 0x80, 0x24, 0x80, 4, 1, 1, 0, 0, 4, 1, 2, 0, 0];
        assert_eq!(der(&input).unwrap(), [4, 2, 1, 2]);
    }

    #[test]
    fn long_lengths_become_short() {
        assert_eq!(der(&[0x30, 0x83, 0, 0, 2, 5, 0]).unwrap(), [0x30, 2, 5, 0]);
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        let bomb = [0x30, 0x80].repeat(100_000);
        assert!(matches!(
            der(&bomb),
            Err(CodecError::Limit { allowed, .. }) if allowed == limits::NESTING as u64
        ));
    }

    #[test]
    fn a_length_beyond_the_end_is_truncation() {
        for input in [&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF][..], &[0x04, 5, 1], &[0x30, 0x80], &[]]
        {
            assert!(matches!(der(input), Err(CodecError::Truncated { .. })), "{input:?}");
        }
    }
}
