//! PEM blocks in any text.

use crate::codec::CodecError;
use crate::codec::bundle::collect::Place;
use crate::codec::detect::text::{self, BEGIN, find};
use crate::codec::pem;
use crate::secret::SecretBytes;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Longest label, in bytes. OpenSSL's longest has 24.
const LABEL_BYTES: usize = 64;

/// One PEM block, its content still text.
pub(super) struct Block<'t> {
    /// The label of the BEGIN line.
    pub(super) label: &'t str,
    /// Which block it is, for messages.
    pub(super) place: Place<'t>,
    /// What stands before it, up to the block before.
    pub(super) before: &'t [u8],
    /// Line of the BEGIN line, from 1.
    line: usize,
    /// What stands between the BEGIN and the END marker.
    text: &'t [u8],
}

/// What a block holds.
pub(super) struct Content {
    /// The decoded bytes; wiped, because they may be a private key.
    pub(super) bytes: SecretBytes,
    /// Where a `Proc-Type` header says that they are encrypted (RFC 1421 section 4.6.1.1), the
    /// value of the `DEK-Info` header; empty where that is missing.
    pub(super) encryption: Option<String>,
    /// What the frame has that a strict writer would not write.
    pub(super) notes: BTreeSet<&'static str>,
}

/// The blocks of a text, in one pass.
pub(super) struct Blocks<'t> {
    rest: &'t [u8],
    /// Line in which `rest` begins, from 1.
    line: usize,
    number: usize,
}

impl<'t> Blocks<'t> {
    pub(super) fn of(text: &'t [u8]) -> Self {
        Self { rest: text, line: 1, number: 0 }
    }

    /// What stands behind the last block, once there is no other.
    pub(super) fn after(&self) -> &'t [u8] {
        self.rest
    }

    /// Moves on by `length` bytes and returns them.
    fn take(&mut self, length: usize) -> &'t [u8] {
        let (taken, rest) = self.rest.split_at(length);
        self.line += line_ends(taken, rest);
        self.rest = rest;
        taken
    }

    fn read(&mut self, begin: usize) -> Result<Block<'t>, CodecError> {
        let before = self.take(begin);
        self.number += 1;
        let (number, line) = (self.number, self.line);
        self.take(BEGIN.len());
        let Some(label) = label(self.rest) else {
            let what = format!("block {number}, line {line}: damaged BEGIN line");
            return Err(CodecError::Bundle { what });
        };
        let place = Place::Block { number, label, line };
        self.take(label.len() + DASHES.len());

        let end = find(self.rest, DASHES).filter(|&end| self.rest[end..].starts_with(END));
        let Some(end) = end else {
            return Err(CodecError::Bundle { what: format!("{place}: no END line") });
        };
        let text = self.take(end);
        let end_line = self.line;
        self.take(END.len());
        if self::label(self.rest) != Some(label) {
            let what = format!("{place}: the END line in line {end_line} has another label");
            return Err(CodecError::Bundle { what });
        }
        self.take(label.len() + DASHES.len());
        Ok(Block { label, place, before, line, text })
    }
}

impl<'t> Iterator for Blocks<'t> {
    type Item = Result<Block<'t>, CodecError>;

    fn next(&mut self) -> Option<Self::Item> {
        find(self.rest, BEGIN).map(|begin| self.read(begin))
    }
}

impl Block<'_> {
    /// Takes off headers and white space, and decodes the base64.
    pub(super) fn decode(&self) -> Result<Content, CodecError> {
        let mut notes = BTreeSet::new();
        // Never grown, so that all of it is wiped.
        let mut base64 = Zeroizing::new(Vec::with_capacity(self.text.len()));
        let mut in_headers = true;
        let mut has_header = false;
        let (mut encrypted, mut dek_info) = (false, None);
        let mut blank_line = false;
        for pair in self.text.windows(2).filter(|pair| pair[0] == b'\r') {
            notes.insert(if pair[1] == b'\n' { "CRLF line ends" } else { "CR line ends" });
        }
        for (index, line) in lines(self.text).enumerate() {
            let trimmed = line.trim_ascii();
            if trimmed.len() < line.len() {
                notes.insert("blanks around a line");
            }
            // RFC 1421 section 4.6: headers, continued on lines that begin with a blank, and an
            // empty line that ends them.
            let continued = has_header && line.first().is_some_and(u8::is_ascii_whitespace);
            if in_headers && !trimmed.is_empty() && (trimmed.contains(&b':') || continued) {
                has_header = true;
                encrypted |=
                    trimmed.starts_with(b"Proc-Type:") && find(trimmed, b"ENCRYPTED").is_some();
                if let Some(value) = trimmed.strip_prefix(b"DEK-Info:") {
                    dek_info = Some(String::from_utf8_lossy(value.trim_ascii()).into_owned());
                }
                continue;
            }
            if trimmed.is_empty() {
                in_headers &= !has_header;
                blank_line |= !base64.is_empty();
                continue;
            }
            in_headers = false;
            if blank_line {
                notes.insert("blank lines in a block");
            }
            for &byte in trimmed.iter().filter(|byte| !byte.is_ascii_whitespace()) {
                if !text::is_base64(byte) {
                    let line = self.line + index;
                    let what = format!("{}: line {line} is not base64", self.place);
                    return Err(CodecError::Bundle { what });
                }
                base64.push(byte);
            }
        }
        if has_header {
            notes.insert("headers in a block");
        }
        let bytes = pem::decode(&base64).ok_or_else(|| CodecError::Bundle {
            what: format!("{}: the base64 is damaged or missing", self.place),
        })?;
        Ok(Content { bytes, encryption: encrypted.then(|| dek_info.unwrap_or_default()), notes })
    }
}

/// The label at the start of `text`, if five dashes end it (RFC 7468 section 3).
fn label(text: &[u8]) -> Option<&str> {
    let end = find(&text[..text.len().min(LABEL_BYTES + DASHES.len())], DASHES)?;
    let is_label = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    let label = &text[..end];
    label.iter().all(is_label).then(|| str::from_utf8(label).ok()).flatten()
}

/// Lines ended by LF, CRLF or CR.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
        .flat_map(|line| line.strip_suffix(b"\r").unwrap_or(line).split(|byte| *byte == b'\r'))
}

/// Line ends in `text`, which `rest` follows: CRLF is one, even where it is cut in two.
fn line_ends(text: &[u8], rest: &[u8]) -> usize {
    let following = text.iter().skip(1).chain(rest.first()).map(Some).chain([None]);
    text.iter()
        .zip(following)
        .filter(|(byte, next)| **byte == b'\n' || **byte == b'\r' && *next != Some(&b'\n'))
        .count()
}

#[cfg(test)]
mod tests {
    use super::{Blocks, Content};
    use crate::codec::CodecError;

    fn contents(text: &str) -> Result<Vec<Content>, CodecError> {
        Blocks::of(text.as_bytes()).map(|block| block.and_then(|block| block.decode())).collect()
    }

    fn refusal(text: &str) -> String {
        contents(text).err().unwrap().to_string()
    }

    #[test]
    fn lines_are_counted_alike_for_every_line_end() {
        let text =
            "text\n\n-----BEGIN A-----\nAAAA\n-----END A-----\n-----BEGIN B-----\nAAAA\nA*AA\n";
        let wanted = "block 2 (B, line 6): line 8 is not base64";
        let end = "-----END B-----";
        assert_eq!(refusal(&format!("{text}{end}")), wanted);
        assert_eq!(refusal(&format!("{text}{end}").replace('\n', "\r\n")), wanted);
        assert_eq!(refusal(&format!("{text}{end}").replace('\n', "\r")), wanted);
    }

    #[test]
    fn headers_end_at_an_empty_line_or_where_no_colon_is() {
        let block = |headers: &str| {
            contents(&format!("-----BEGIN A-----\n{headers}AAAA\n-----END A-----\n"))
                .unwrap()
                .remove(0)
        };
        for headers in ["", "\n", "X: a\n", "X: a\n\n", "\nX: a\n continued: b\n more\n\n"] {
            let content = block(headers);
            assert_eq!(&content.bytes[..], [0; 3], "{headers:?}");
            assert!(content.encryption.is_none(), "{headers:?}");
        }
        let encryption = |headers| block(headers).encryption;
        let headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n";
        assert_eq!(encryption(headers).as_deref(), Some("AES-128-CBC,00"));
        assert_eq!(encryption("Proc-Type: 4,ENCRYPTED\n\n").as_deref(), Some(""));
        assert_eq!(encryption("Proc-Type: 4,MIC-CLEAR\n\n"), None);
    }

    #[test]
    fn damaged_frames_are_errors() {
        for (text, wanted) in [
            ("-----BEGIN A----\nAAAA\n", "block 1, line 1: damaged BEGIN line"),
            ("-----BEGIN A", "block 1, line 1: damaged BEGIN line"),
            ("-----BEGIN A\nB-----\nAAAA\n", "block 1, line 1: damaged BEGIN line"),
            ("-----BEGIN A-----\nAAAA\n----- END A-----", "block 1 (A, line 1): no END line"),
            ("-----BEGIN A-----\nAAAA\n-----END A----", "the END line in line 3 has another label"),
            ("-----BEGIN A-----\n-----END A-----", "the base64 is damaged or missing"),
            ("-----BEGIN A-----\nAAA\n-----END A-----", "the base64 is damaged or missing"),
            ("-----BEGIN A-----\nAA=A\n-----END A-----", "the base64 is damaged or missing"),
        ] {
            let found = refusal(text);
            assert!(found.contains(wanted), "{text:?}: {found}");
        }
    }
}
