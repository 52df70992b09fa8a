//! Names as users type them.

use crate::hex;
use crate::model::name::{NameError, keyword};
use crate::oid::ObjectIdentifier;
use crate::tlv;
use der::asn1::{AnyRef, PrintableStringRef};
use der::{Encode, Tag};

/// What is dropped around types and values.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The DER of the name that `text` spells.
pub(super) fn parse(text: &str) -> Result<Vec<u8>, NameError> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.skip_blanks();
    let mut relative_names = Vec::new();
    let mut more = scanner.peek().is_some();
    while more {
        let (relative_name, separator) = scanner.relative_name()?;
        relative_names.push(relative_name);
        more = separator;
    }
    // RFC 4514 section 2.1: the text begins with the last RDN
    relative_names.reverse();
    Ok(wrap(Tag::Sequence, &relative_names.concat())?)
}

/// The DER of a name of these RDNs, of which it is given the contents.
pub(super) fn name_of(relative_names: &[&[u8]]) -> Result<Vec<u8>, der::Error> {
    let sets: Result<Vec<_>, _> =
        relative_names.iter().map(|content| wrap(Tag::Set, content)).collect();
    wrap(Tag::Sequence, &sets?.concat())
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    /// `type=value` pairs with `+` between, up to a separator. Says whether there was one.
    fn relative_name(&mut self) -> Result<(Vec<u8>, bool), NameError> {
        let start = self.at;
        let mut attributes = Vec::new();
        let separator = loop {
            attributes.push(self.attribute()?);
            match self.next() {
                Some('+') => {}
                separator => break separator.is_some(),
            }
        };
        // X.690 section 11.6: the elements of a SET OF are in the order of their encodings
        attributes.sort_unstable();
        if attributes.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(syntax(start, "the same attribute stands twice in one RDN"));
        }
        Ok((wrap(Tag::Set, &attributes.concat())?, separator))
    }

    /// One `type=value`; leaves the scanner before a separator, a `+`, or at the end.
    fn attribute(&mut self) -> Result<Vec<u8>, NameError> {
        let (oid, keyword) = self.attribute_type()?;
        self.skip_blanks();
        let start = self.at;
        let value = match self.peek() {
            Some('#') => self.hex_value()?,
            Some('"') => encode(&self.quoted()?, keyword, start)?,
            _ => encode(&self.plain()?, keyword, start)?,
        };
        self.skip_blanks();
        match self.peek() {
            None | Some(',' | ';' | '+') => {}
            Some(other) => {
                return Err(syntax(self.at, format!("{other:?} follows a complete value")));
            }
        }
        let mut fields = oid.to_der()?;
        fields.extend(value);
        Ok(wrap(Tag::Sequence, &fields)?)
    }

    /// The type and its `=`.
    fn attribute_type(
        &mut self,
    ) -> Result<(ObjectIdentifier, Option<&'static keyword::Keyword>), NameError> {
        self.skip_blanks();
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest.find(['=', ',', ';', '+', '"', '\\']).unwrap_or(rest.len());
        let found = rest[..length].trim_end_matches(BLANKS);
        if !rest[length..].starts_with('=') {
            return Err(match found {
                "" => syntax(start, "an attribute type is missing"),
                _ => syntax(start, format!("\"{found}\" is not followed by =")),
            });
        }
        self.at += length + 1;
        if found.is_empty() {
            return Err(syntax(start, "an attribute type is missing"));
        }
        if found.starts_with('/') {
            return Err(syntax(start, "an RDN cannot begin with /; separators are , and ;"));
        }
        if let Some(keyword) = keyword::by_name(found) {
            return Ok((keyword.oid, Some(keyword)));
        }
        let dotted = match found.get(..4) {
            Some(prefix) if prefix.eq_ignore_ascii_case("oid.") => &found[4..],
            _ => found,
        };
        if dotted.starts_with(|first: char| first.is_ascii_digit()) {
            let oid = ObjectIdentifier::new(dotted)
                .map_err(|error| syntax(start, format!("\"{found}\" is no OID: {error}")))?;
            return Ok((oid, keyword::by_oid(oid)));
        }
        let nearest = keyword::nearest(found);
        Err(NameError::UnknownType { offset: start, found: found.to_owned(), nearest })
    }

    /// `#` and the hex digits of the value's DER.
    fn hex_value(&mut self) -> Result<Vec<u8>, NameError> {
        let start = self.at;
        self.at += 1;
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        let digits = &rest[..length];
        self.at += length;
        let value = decode_hex(digits)
            .ok_or_else(|| syntax(start, "the number of hex digits is zero or odd"))?;
        tlv::only(&value).map_err(|error| syntax(start, format!("no DER value: {error}")))?;
        Ok(value)
    }

    /// A value in double quotes.
    fn quoted(&mut self) -> Result<String, NameError> {
        let start = self.at;
        self.next();
        let mut value = Vec::new();
        loop {
            match self.next() {
                None => return Err(syntax(start, "the closing quote is missing")),
                Some('"') => return text(value, start),
                Some('\\') => self.escape(&mut value)?,
                Some(character) => push(&mut value, character),
            }
        }
    }

    /// A value without quotes; trailing blanks that are not escaped are dropped.
    fn plain(&mut self) -> Result<String, NameError> {
        let start = self.at;
        let mut value = Vec::new();
        let mut length = 0; // without trailing blanks
        loop {
            match self.peek() {
                None | Some(',' | ';' | '+') => break,
                Some('"') => return Err(syntax(self.at, "a quote inside a value is not escaped")),
                Some('\\') => {
                    self.next();
                    self.escape(&mut value)?;
                    length = value.len();
                }
                Some(character) => {
                    self.next();
                    push(&mut value, character);
                    if !BLANKS.contains(&character) {
                        length = value.len();
                    }
                }
            }
        }
        value.truncate(length);
        text(value, start)
    }

    /// What follows a backslash: two hex digits for a byte, or a character that is not a letter.
    fn escape(&mut self, value: &mut Vec<u8>) -> Result<(), NameError> {
        let start = self.at - 1;
        if let Some(byte) = self.text.get(self.at..self.at + 2).and_then(decode_hex) {
            self.at += 2;
            value.extend(byte);
            return Ok(());
        }
        match self.next() {
            None => Err(syntax(start, "nothing follows the backslash")),
            Some(character) if character.is_alphanumeric() => {
                Err(syntax(start, format!("\\{character} is no escape")))
            }
            Some(character) => {
                push(value, character);
                Ok(())
            }
        }
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches(BLANKS).len();
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }
}

/// The value in the string type that its attribute type prescribes.
fn encode(
    value: &str,
    keyword: Option<&keyword::Keyword>,
    offset: usize,
) -> Result<Vec<u8>, NameError> {
    if value.is_empty() {
        return Err(syntax(offset, "the value is empty"));
    }
    let tag = match keyword.and_then(|keyword| keyword.string) {
        Some(tag) => tag,
        None if value.chars().all(is_printable) => Tag::PrintableString,
        None => Tag::Utf8String,
    };
    let unfit = value.chars().find(|&character| match tag {
        Tag::Ia5String => !character.is_ascii(),
        Tag::PrintableString => !is_printable(character),
        _ => false,
    });
    if let Some((keyword, character)) = keyword.zip(unfit) {
        return Err(NameError::Character { offset, attribute: keyword.name, character });
    }
    Ok(wrap(tag, value.as_bytes())?)
}

fn is_printable(character: char) -> bool {
    let mut buffer = [0; 4];
    PrintableStringRef::new(character.encode_utf8(&mut buffer)).is_ok()
}

fn wrap(tag: Tag, content: &[u8]) -> Result<Vec<u8>, der::Error> {
    AnyRef::new(tag, content)?.to_der()
}

fn push(value: &mut Vec<u8>, character: char) {
    value.extend(character.encode_utf8(&mut [0; 4]).bytes());
}

fn text(value: Vec<u8>, offset: usize) -> Result<String, NameError> {
    String::from_utf8(value).map_err(|_| syntax(offset, "the escaped bytes are not UTF-8"))
}

/// The bytes of an even, non-zero number of hex digits.
fn decode_hex(digits: &str) -> Option<Vec<u8>> {
    hex::decode(digits).filter(|bytes| !bytes.is_empty())
}

fn syntax(offset: usize, what: impl Into<String>) -> NameError {
    NameError::Syntax { offset, what: what.into() }
}
