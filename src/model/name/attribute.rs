//! One attribute of a name: its value as text, as shown, and as compared.

use crate::hex;
use crate::model::name::{attributes_of, keyword};
use crate::oid::ObjectIdentifier;
use crate::terminal::is_harmful;
use crate::tlv::{OBJECT_IDENTIFIER, SEQUENCE, TlvError, Values};
use std::fmt::{self, Write as _};

/// One `AttributeTypeAndValue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The content bytes of the OBJECT IDENTIFIER.
    type_bytes: &'a [u8],
    /// Identifier octet of the value.
    tag: u8,
    /// Content of the value.
    content: &'a [u8],
    /// The whole value.
    value_der: &'a [u8],
}

impl<'a> Attribute<'a> {
    pub(super) fn read(values: &mut Values<'a>) -> Result<Self, TlvError> {
        let mut fields = values.inside(SEQUENCE)?;
        let type_bytes = fields.content(OBJECT_IDENTIFIER)?;
        let value = fields.take()?;
        fields.finish()?;
        Ok(Self { type_bytes, tag: value.tag, content: value.content, value_der: value.der })
    }

    /// The type, unless it has an arc of more than 32 bits or is longer than 39 bytes.
    #[must_use]
    pub fn oid(&self) -> Option<ObjectIdentifier> {
        ObjectIdentifier::from_bytes(self.type_bytes).ok()
    }

    /// The name of the type as it is shown: a keyword or the dotted number.
    #[must_use]
    pub fn type_name(&self) -> String {
        match self.oid() {
            Some(oid) => keyword::by_oid(oid)
                .map_or_else(|| oid.to_string(), |keyword| keyword.name.to_owned()),
            None => format!("OID.#{}", hex::encode_upper(self.type_bytes)),
        }
    }

    /// The value, if it is a character string that can be decoded.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self.tag {
            // `UTF8String`; and the ASCII types (`NumericString`, `PrintableString`, `IA5String`,
            // `VisibleString`, `GeneralString`), into which some CAs have put UTF-8.
            0x0C | 0x12 | 0x13 | 0x16 | 0x1A | 0x1B => {
                std::str::from_utf8(self.content).ok().map(str::to_owned)
            }
            // `TeletexString`: in practice Latin-1.
            0x14 => Some(self.content.iter().copied().map(char::from).collect()),
            // `UniversalString`: UCS-4.
            0x1C => {
                let (units, rest) = self.content.as_chunks::<4>();
                rest.is_empty()
                    .then(|| units.iter().map(|&unit| char::from_u32(u32::from_be_bytes(unit))))?
                    .collect()
            }
            // `BMPString`: UCS-2; surrogates are read where somebody has written them.
            0x1E => {
                let (units, rest) = self.content.as_chunks::<2>();
                let units = units.iter().map(|&unit| u16::from_be_bytes(unit));
                rest.is_empty()
                    .then(|| char::decode_utf16(units).collect::<Result<_, _>>().ok())
                    .flatten()
            }
            _ => None,
        }
    }

    /// The value as DER.
    #[must_use]
    pub fn value_der(&self) -> &'a [u8] {
        self.value_der
    }
}

impl fmt::Display for Attribute<'_> {
    /// `type=value` of RFC 4514 sections 2.3 and 2.4. Types without a name keep readable values;
    /// `#` and the DER stand for what is no text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.type_name())?;
        match self.text() {
            Some(text) => write_escaped(f, &text),
            None => write!(f, "#{}", hex::encode_upper(self.value_der)),
        }
    }
}

/// What two RDNs are compared by: the attributes in an order that does not depend on their
/// spelling.
pub(super) fn comparable(relative_name: &[u8]) -> Vec<(&[u8], Comparable<'_>)> {
    let mut attributes: Vec<_> = attributes_of(relative_name)
        .map(|attribute| {
            let value = match attribute.text() {
                Some(text) => Comparable::Text(fold(&text)),
                None => Comparable::Other(attribute.value_der),
            };
            (attribute.type_bytes, value)
        })
        .collect();
    attributes.sort_unstable();
    attributes
}

/// The same in one row of bytes: two are equal when what they were made of is.
pub(super) fn folded(attributes: &[(&[u8], Comparable<'_>)]) -> Vec<u8> {
    let mut row = Vec::new();
    let mut push = |kind: u8, bytes: &[u8]| {
        row.push(kind);
        row.extend_from_slice(&bytes.len().to_be_bytes());
        row.extend_from_slice(bytes);
    };
    for (type_bytes, value) in attributes {
        push(0, type_bytes);
        match value {
            Comparable::Text(text) => push(1, text.as_bytes()),
            Comparable::Other(der) => push(2, der),
        }
    }
    row
}

/// What two values are compared by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Comparable<'a> {
    /// Lower case, single blanks.
    Text(String),
    /// DER of what is no text.
    Other(&'a [u8]),
}

fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(&word.to_lowercase());
    }
    folded
}

/// RFC 4514 section 2.4. Blanks at the ends are written as `\20`, which survives trimming;
/// characters that could steer a terminal or pass for another text are written as hex pairs.
fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let last = text.chars().next_back().map_or(0, |c| text.len() - c.len_utf8());
    for (at, character) in text.char_indices() {
        match character {
            ' ' if at == 0 || at == last => f.write_str("\\20")?,
            '#' if at == 0 => f.write_str("\\#")?,
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => write!(f, "\\{character}")?,
            _ if is_harmful(character) => {
                let mut buffer = [0; 4];
                for byte in character.encode_utf8(&mut buffer).bytes() {
                    write!(f, "\\{byte:02X}")?;
                }
            }
            _ => f.write_char(character)?,
        }
    }
    Ok(())
}
