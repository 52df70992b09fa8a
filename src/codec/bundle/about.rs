//! What the text before a PEM block says of it.

use crate::codec::CodecError;
use crate::codec::bundle::armour::lines;
use crate::hex;
use crate::model::alias::Alias;

/// Kinds of entry that a PEM bundle marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A key, its certificate and their issuers.
    PrivateKey,
    /// A trusted certificate.
    TrustedCertificate,
    /// A request and its key.
    Request,
}

/// The headers that begin an entry of a bundle that `mwallet` wrote.
///
/// ```text
/// Entry: private-key
/// Alias: app
/// ```
///
/// The alias is the text of its line, or a JSON string where that begins with `"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) kind: Kind,
    pub(super) alias: Option<Alias>,
}

/// What stands between one block and the next.
#[derive(Debug, Default)]
pub(super) struct About {
    /// The entry that begins here.
    pub(super) heading: Option<Heading>,
    /// `friendlyName` in the words of `openssl pkcs12`.
    pub(super) name: Option<Alias>,
    /// `localKeyID` in the words of `openssl pkcs12`.
    pub(super) local_key_id: Option<Vec<u8>>,
    /// Whether there is text that a bundle of `mwallet` would not have.
    pub(super) other_text: bool,
}

impl About {
    /// Reads the lines of `text`; `place` is that of the block after it.
    ///
    /// # Errors
    ///
    /// [`CodecError::Bundle`] for an alias that is no JSON string though it begins as one.
    pub(super) fn read(text: &[u8], place: &dyn std::fmt::Display) -> Result<Self, CodecError> {
        let mut about = Self::default();
        for line in lines(text).map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
            if let Some(kind) = value(line, b"Entry:").and_then(kind) {
                about.heading = Some(Heading { kind, alias: None });
            } else if let (Some(alias), Some(heading)) =
                (value(line, b"Alias:"), &mut about.heading)
            {
                heading.alias = Some(read_alias(alias, place)?);
            } else if value(line, b"subject=").is_none() && value(line, b"issuer=").is_none() {
                about.other_text = true;
                if let Some(name) = value(line, b"friendlyName:") {
                    about.name = Some(Alias::new(text_of(name))).filter(|_| !name.is_empty());
                } else if let Some(digits) = value(line, b"localKeyID:") {
                    about.local_key_id = hexadecimal(digits);
                }
            }
        }
        Ok(about)
    }
}

/// What follows the word on its line.
fn value<'t>(line: &'t [u8], word: &[u8]) -> Option<&'t [u8]> {
    line.strip_prefix(word).map(<[u8]>::trim_ascii)
}

fn kind(name: &[u8]) -> Option<Kind> {
    match name {
        b"private-key" => Some(Kind::PrivateKey),
        b"trusted-certificate" => Some(Kind::TrustedCertificate),
        b"request" => Some(Kind::Request),
        _ => None,
    }
}

fn read_alias(value: &[u8], place: &dyn std::fmt::Display) -> Result<Alias, CodecError> {
    if value.first() != Some(&b'"') {
        return Ok(Alias::new(text_of(value)));
    }
    serde_json::from_slice::<String>(value).map(Alias::new).map_err(|error| {
        let what = format!("{place}: the alias before it is no JSON string: {error}");
        CodecError::Bundle { what }
    })
}

/// UTF-8, else Latin-1: `openssl pkcs12` writes the low byte of each character of a friendlyName.
fn text_of(bytes: &[u8]) -> String {
    str::from_utf8(bytes)
        .map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

/// Pairs of digits with blanks between them.
fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let pairs: Option<Vec<Vec<u8>>> =
        digits.split(u8::is_ascii_whitespace).map(hex::decode).collect();
    pairs.map(|pairs| pairs.concat()).filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{About, Heading, Kind};
    use crate::model::alias::Alias;

    fn read(text: &[u8]) -> About {
        About::read(text, &"block 1").unwrap()
    }

    #[test]
    fn headers_begin_an_entry() {
        let heading = |text: &str| read(text.as_bytes()).heading;
        let named = |kind, alias: &str| Some(Heading { kind, alias: Some(Alias::new(alias)) });
        assert_eq!(
            heading("\nEntry: private-key\r\nAlias: my app \n"),
            named(Kind::PrivateKey, "my app")
        );
        let odd = r#"Entry: request
Alias: " a\nb\u002d"
subject=CN=a
"#;
        assert_eq!(heading(odd), named(Kind::Request, " a\nb-"));
        assert!(!read(odd.as_bytes()).other_text);
        let nameless = Some(Heading { kind: Kind::TrustedCertificate, alias: None });
        assert_eq!(heading("Entry: trusted-certificate\n"), nameless);
        assert_eq!(heading("Entry: what I wrote\nAlias: x\n"), None);
        assert!(About::read(b"Entry: request\nAlias: \"a", &"block 1").is_err());
    }

    #[test]
    fn bag_attributes_of_openssl_are_understood() {
        let about = read(b"Bag Attributes\n    friendlyName: sch\xFCler\n    localKeyID: 0A ff \n");
        assert_eq!(about.name, Some(Alias::new("schüler")));
        assert_eq!(about.local_key_id, Some(vec![0x0A, 0xFF]));
        assert!(about.other_text);
        let about = read("friendlyName: schüler\nlocalKeyID: x\n".as_bytes());
        assert_eq!((about.name, about.local_key_id), (Some(Alias::new("schüler")), None));
        for digits in ["+f", "0A +f", "0", ""] {
            let about = read(format!("localKeyID: {digits}\n").as_bytes());
            assert_eq!(about.local_key_id, None, "{digits}");
        }
    }
}
