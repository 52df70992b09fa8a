//! Turning BER into DER, where a writer used BER.
//!
//! PKCS#12 allows BER outside the parts that are hashed, and Windows, NSS and Java's old writers
//! used it: indefinite lengths, lengths in more bytes than needed, OCTET STRINGs in pieces. What
//! lies inside a primitive value is not looked at, so a certificate or key keeps its bytes.

use crate::codec::CodecError;
use crate::limits;
use crate::model::format::Format;
use crate::secret::SecretBytes;
use crate::tlv::OCTET_STRING;
use std::slice;

/// A value in DER, and how many bytes of the input it took.
#[derive(Debug)]
pub(in crate::codec) struct Normalised<'a> {
    /// The value as it was written.
    input: &'a [u8],
    /// Bytes behind the value.
    trailing: usize,
    /// The value in DER, where it was not. It may hold keys.
    rewritten: Option<SecretBytes>,
}

impl Normalised<'_> {
    /// The value in DER.
    pub(in crate::codec) fn der(&self) -> &[u8] {
        self.rewritten.as_deref().unwrap_or(self.input)
    }

    /// Whether it was in DER.
    pub(in crate::codec) fn is_der(&self) -> bool {
        self.rewritten.is_none()
    }

    /// The value in DER where it was not.
    pub(in crate::codec) fn into_rewritten(self) -> Option<SecretBytes> {
        self.rewritten
    }

    /// Length of the value as it was written.
    pub(in crate::codec) fn consumed(&self) -> usize {
        self.input.len()
    }

    /// How many bytes of the input follow the value.
    pub(in crate::codec) fn trailing(&self) -> usize {
        self.trailing
    }
}

/// Reads the first value of `input` and rewrites it with definite, shortest lengths and with
/// OCTET STRINGs in one piece (X.690 sections 10.1 and 10.2).
///
/// # Errors
///
/// [`CodecError::Truncated`] when the value reaches past the end, [`CodecError::Damaged`] for a
/// length or tag that is not BER, [`CodecError::Limit`] for nesting over [`limits::NESTING`].
pub(in crate::codec) fn to_der(input: &[u8], format: Format) -> Result<Normalised<'_>, CodecError> {
    let reader = || Reader { bytes: input, position: 0, format };
    let mut checking = reader();
    let canonical = checking.check(0)?;
    let (input, rest) = input.split_at(checking.position);
    let mut rewritten = None;
    if !canonical {
        // Measured first and then written into memory that never grows, so that no copy stays behind.
        let mut lengths = Vec::new();
        let length = reader().measure(0, &mut lengths)?;
        let mut out = Vec::with_capacity(length);
        reader().rewrite(0, &mut lengths.iter(), &mut out)?;
        rewritten = Some(SecretBytes::new(out));
    }
    Ok(Normalised { input, trailing: rest.len(), rewritten })
}

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

impl Header {
    fn is_constructed(&self) -> bool {
        self.tag & CONSTRUCTED != 0
    }

    /// Whether it is an OCTET STRING in pieces.
    fn is_in_pieces(&self) -> bool {
        self.tag == OCTET_STRING | CONSTRUCTED
    }
}

impl<'a> Reader<'a> {
    /// Walks over one value; returns whether it is in DER already.
    fn check(&mut self, depth: usize) -> Result<bool, CodecError> {
        let header = self.header(depth)?;
        let mut canonical = header.shortest && !header.is_in_pieces();
        if header.is_constructed() {
            self.inside(&header, |inner| {
                canonical &= inner.check(depth + 1)?;
                Ok(())
            })?;
        } else {
            self.content(&header)?;
        }
        Ok(canonical)
    }

    /// The length of one value in DER. Of each constructed one in it, itself included, the length of
    /// the content is noted, in the order of their headers.
    fn measure(&mut self, depth: usize, lengths: &mut Vec<u32>) -> Result<usize, CodecError> {
        let header = self.header(depth)?;
        let mut length = 0;
        if header.is_constructed() {
            let place = lengths.len();
            lengths.push(0);
            if header.is_in_pieces() {
                self.pieces(&header, depth, &mut |piece| length += piece.len())?;
            } else {
                self.inside(&header, |inner| {
                    length += inner.measure(depth + 1, lengths)?;
                    Ok(())
                })?;
            }
            lengths[place] = u32::try_from(length).map_err(|_| CodecError::Limit {
                limit: "bytes of an ASN.1 value",
                found: length as u64,
                allowed: limits::FILE_BYTES,
            })?;
        } else {
            length = self.content(&header)?.len();
        }
        let mut digits = Vec::new();
        write_length(length, &mut digits);
        Ok(1 + digits.len() + length)
    }

    /// Appends one value in DER to `out`; `lengths` are those that were measured.
    fn rewrite(
        &mut self,
        depth: usize,
        lengths: &mut slice::Iter<'_, u32>,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let header = self.header(depth)?;
        if !header.is_constructed() {
            let content = self.content(&header)?;
            out.push(header.tag);
            write_length(content.len(), out);
            out.extend_from_slice(content);
            return Ok(());
        }
        let length = *lengths.next().expect("each constructed value was measured") as usize;
        out.push(if header.is_in_pieces() { OCTET_STRING } else { header.tag });
        write_length(length, out);
        if header.is_in_pieces() {
            self.pieces(&header, depth, &mut |piece| out.extend_from_slice(piece))
        } else {
            self.inside(&header, |inner| inner.rewrite(depth + 1, lengths, out))
        }
    }

    /// Hands out the pieces of an OCTET STRING, which may have pieces themselves (X.690 section 8.7.3).
    fn pieces(
        &mut self,
        header: &Header,
        depth: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), CodecError> {
        self.inside(header, |inner| {
            let start = inner.position;
            let piece = inner.header(depth + 1)?;
            match piece.tag {
                OCTET_STRING => take(inner.content(&piece)?),
                _ if piece.is_in_pieces() => inner.pieces(&piece, depth + 1, take)?,
                _ => {
                    inner.position = start;
                    return Err(inner.damaged("a piece of an OCTET STRING that is not one"));
                }
            }
            Ok(())
        })
    }

    /// The content of a primitive value.
    fn content(&mut self, header: &Header) -> Result<&'a [u8], CodecError> {
        let length =
            header.length.ok_or_else(|| self.damaged("indefinite length of a primitive value"))?;
        let start = self.position;
        self.position += length;
        Ok(&self.bytes[start..self.position])
    }

    /// Does something for each value inside a constructed one, up to its end.
    fn inside(
        &mut self,
        header: &Header,
        mut each: impl FnMut(&mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        let Some(length) = header.length else {
            while !self.end_of_contents()? {
                each(self)?;
            }
            return Ok(());
        };
        let around = self.bytes;
        let end = self.position + length;
        self.bytes = &around[..end];
        while self.position < end {
            each(self)?;
        }
        self.bytes = around;
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

/// A TLV around the parts, which may be keys and secrets.
pub(in crate::codec) fn wrap(tag: u8, parts: &[&[u8]]) -> SecretBytes {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // It must not grow: tag, length of the length, length.
    let mut out = Vec::with_capacity(length + 10);
    out.push(tag);
    write_length(length, &mut out);
    for part in parts {
        out.extend_from_slice(part);
    }
    SecretBytes::new(out)
}

/// The heads of TLVs in one another around a content of this length, the outermost first, each with what
/// stands in it before the next: with the content behind it what [`wrap`] in [`wrap`] would give.
pub(in crate::codec) fn heads(layers: &[(u8, &[u8])], length: usize) -> Vec<u8> {
    let (mut heads, mut length) = (Vec::with_capacity(layers.len()), length);
    for (tag, before) in layers.iter().rev() {
        let mut head = vec![*tag];
        write_length(before.len() + length, &mut head);
        head.extend_from_slice(before);
        length += head.len();
        heads.push(head);
    }
    heads.reverse();
    heads.concat()
}

#[cfg(test)]
mod tests {
    use super::{heads, to_der, wrap};
    use crate::codec::CodecError;
    use crate::limits;
    use crate::model::format::Format;

    fn der(input: &[u8]) -> Result<Vec<u8>, CodecError> {
        to_der(input, Format::Pkcs12).map(|value| value.der().to_vec())
    }

    #[test]
    fn heads_are_those_of_one_wrap_in_another() {
        for length in [0, 100, 127, 128, 250, 70_000] {
            let content = vec![7; length];
            let inner = wrap(0x04, &[&content]);
            let middle = wrap(0xA0, &[&[1, 2, 3], &inner]);
            let outer = wrap(0x30, &[&middle]);
            let heads = heads(&[(0x30, &[]), (0xA0, &[1, 2, 3]), (0x04, &[])], length);
            assert_eq!([heads, content].concat(), outer[..], "{length}");
        }
    }

    #[test]
    fn der_is_borrowed_and_trailing_bytes_are_counted() {
        let value = to_der(&[0x30, 0x03, 0x02, 0x01, 0x05, 0xFF], Format::Pkcs12).unwrap();
        assert!(value.is_der());
        assert_eq!((value.consumed(), value.trailing()), (5, 1));
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
    fn pieces_are_octet_strings() {
        for input in [&[0x24, 0x80, 2, 1, 5, 0, 0][..], &[0x24, 2, 0x30, 0]] {
            assert!(matches!(der(input), Err(CodecError::Damaged { .. })), "{input:?}");
        }
    }

    #[test]
    fn lengths_of_what_is_inside_come_out_right() {
        // 200 bytes in two pieces, inside two values of indefinite length.
        let piece = [&[4, 100][..], &[7; 100]].concat();
        let input = [&[0x30, 0x80, 0xA0, 0x80, 0x24, 0x80][..], &piece, &piece, &[0; 6]].concat();
        let expected = [&[0x30, 0x81, 206, 0xA0, 0x81, 203, 4, 0x81, 200][..], &[7; 200]].concat();
        assert_eq!(der(&input).unwrap(), expected);
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
