//! Distinguished names.

mod attribute;
mod bound;
mod folded;
mod keyword;
mod parse;
mod reading;

pub use attribute::Attribute;
pub use bound::OutOfBounds;
pub use folded::FoldedName;

use crate::code::Code;
use crate::oid;
use crate::tlv::{self, SEQUENCE, SET, TlvError, Values};
use std::fmt;

/// Why a distinguished name cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The bytes are not a `Name`.
    #[error("the distinguished name is malformed: {reason}")]
    Encoding {
        /// What the decoder met.
        reason: String,
    },
    /// The text does not follow RFC 4514.
    #[error("the distinguished name is malformed at byte {offset}: {what}")]
    Syntax {
        /// Where, in bytes from the beginning.
        offset: usize,
        /// What is wrong.
        what: String,
    },
    /// Nobody knows the attribute type.
    #[error(
        "unknown attribute type \"{found}\" at byte {offset}{}",
        nearest.map(|name| format!(", the nearest known one is {name}")).unwrap_or_default()
    )]
    UnknownType {
        /// Where, in bytes from the beginning.
        offset: usize,
        /// The type as typed.
        found: String,
        /// The known type that is spelled most alike.
        nearest: Option<&'static str>,
    },
    /// The type's string type has no such character.
    #[error("{attribute} cannot hold {character:?} (in the value at byte {offset})")]
    Character {
        /// Where the value begins, in bytes from the beginning.
        offset: usize,
        /// The attribute type.
        attribute: &'static str,
        /// The first character that does not fit.
        character: char,
    },
}

impl NameError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::NAME_INVALID
    }
}

impl From<der::Error> for NameError {
    fn from(error: der::Error) -> Self {
        Self::Encoding { reason: error.to_string() }
    }
}

impl From<TlvError> for NameError {
    fn from(error: TlvError) -> Self {
        Self::Encoding { reason: error.to_string() }
    }
}

/// A distinguished name, kept as its original DER.
///
/// ```text
/// Name ::= SEQUENCE OF RelativeDistinguishedName
/// RelativeDistinguishedName ::= SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
/// ```
///
/// RFC 5280 section 4.1.2.4. Two are equal when their bytes are; [`Self::matches`] compares as
/// validation does. Shown as RFC 4514 prescribes, the last RDN first.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    der: Vec<u8>,
}

impl DistinguishedName {
    /// Reads a name typed by a user: RFC 4514, the first item becomes the last RDN of the DER.
    ///
    /// Beyond the RFC: `;` separates as `,` does, blanks around types and values are dropped,
    /// values may stand in double quotes, dotted types may begin with `OID.`. Values become
    /// `PrintableString` where that type has the characters, else `UTF8String`; domain components and
    /// e-mail addresses become `IA5String`. The empty text is the empty name.
    ///
    /// # Errors
    ///
    /// [`NameError`] with the place and the reason.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        parse::parse(text).map(|der| Self { der })
    }

    /// Reads exactly one `Name`.
    ///
    /// # Errors
    ///
    /// [`NameError::Encoding`] when the bytes are anything else.
    pub fn from_der(der: &[u8]) -> Result<Self, NameError> {
        Self::check(der)?;
        Ok(Self { der: der.to_vec() })
    }

    /// Whether `der` is exactly one well-formed `Name`. Values may be of any type.
    ///
    /// # Errors
    ///
    /// [`NameError::Encoding`] when they are not.
    pub fn check(der: &[u8]) -> Result<(), NameError> {
        let mut names = Values::new(tlv::content(der, SEQUENCE)?);
        while !names.is_empty() {
            let mut attributes = names.inside(SET)?;
            while !attributes.is_empty() {
                Attribute::read(&mut attributes)?;
            }
        }
        Ok(())
    }

    /// A name that [`Self::check`] has seen.
    pub(crate) fn from_checked(der: &[u8]) -> Self {
        Self { der: der.to_vec() }
    }

    /// The DER bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it has no RDN.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.der.len() <= 2
    }

    /// The attributes in the order of the DER: the most general first.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'_>> {
        self.relative_names().flat_map(attributes_of)
    }

    /// The value of the most specific common name: the last one of the DER that is text.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.attributes()
            .filter(|attribute| attribute.oid() == Some(oid::COMMON_NAME))
            .filter_map(|attribute| attribute.text())
            .last()
    }

    /// Compares as RFC 5280 section 7.1 prescribes: RDN by RDN, each as a set, without regard to
    /// case, to the string type, and to the amount of white space.
    ///
    /// Of the string preparation of RFC 4518 only these steps are done; no Unicode normalization.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.der == other.der
            || self
                .relative_names()
                .map(attribute::comparable)
                .eq(other.relative_names().map(attribute::comparable))
    }

    /// The name from its other end.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let mut names: Vec<&[u8]> = self.relative_names().collect();
        names.reverse();
        Self { der: parse::name_of(&names).unwrap_or_else(|_| self.der.clone()) }
    }

    /// The content of each RDN, in the order of the DER.
    fn relative_names(&self) -> impl Iterator<Item = &[u8]> {
        let mut names = Values::new(tlv::content(&self.der, SEQUENCE).unwrap_or(&[]));
        std::iter::from_fn(move || names.content(SET).ok())
    }
}

/// The attributes of one RDN; all of them, as the name has been checked.
fn attributes_of(relative_name: &[u8]) -> impl Iterator<Item = Attribute<'_>> {
    let mut attributes = Values::new(relative_name);
    std::iter::from_fn(move || Attribute::read(&mut attributes).ok())
}

impl fmt::Display for DistinguishedName {
    /// RFC 4514 section 2: `,` between RDNs, `+` inside one, no blanks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relative_names: Vec<&[u8]> = self.relative_names().collect();
        for (index, relative_name) in relative_names.iter().rev().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            for (index, attribute) in attributes_of(relative_name).enumerate() {
                if index > 0 {
                    f.write_str("+")?;
                }
                attribute.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DistinguishedName({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{DistinguishedName, NameError};
    use proptest::prelude::{Strategy, prop, prop_assert_eq, proptest};

    fn parse(text: &str) -> DistinguishedName {
        DistinguishedName::parse(text).expect(text)
    }

    fn shown(text: &str) -> String {
        parse(text).to_string()
    }

    fn bytes(digits: &str) -> Vec<u8> {
        crate::hex::decode(digits).unwrap()
    }

    /// A name of one RDN with one attribute.
    fn single(oid: &str, value: &str) -> DistinguishedName {
        let attribute = tlv(0x30, &[bytes(oid), bytes(value)].concat());
        DistinguishedName::from_der(&tlv(0x30, &tlv(0x31, &attribute))).unwrap()
    }

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
    }

    /// The subject of `keytool -genkeypair -dname CN=app,OU=b,OU=a,DC=acme,DC=com` (JDK 17).
    const FROM_KEYTOOL: &str = "305131133011060a0992268993f22c6401191603636f6d31143012060a0992268993\
        f22c640119160461636d65310a3008060355040b130161310a3008060355040b130162310c300a06035504031303\
        617070";

    /// The subject of `keytool -genkeypair -dname 'CN="Smith, J\2E",O=A\+B\;C,OU=a+UID=z,L=Zürich,
    /// EMAILADDRESS=a@b.c,C=CH,ST=x/y'` (JDK 17).
    const AWKWARD_FROM_KEYTOOL: &str = "308184310c300a06035504081303782f79310b30090603550406130243\
        483114301206092a864886f70d01090116056140622e633110300e06035504070c075ac3bc72696368311b300806\
        0355040b130161300f060a0992268993f22c64010113017a310e300c060355040a0c05412b423b43311230100603\
        5504030c09536d6974682c204a2e";

    #[test]
    fn first_item_typed_is_the_last_rdn() {
        assert_eq!(parse("CN=app,OU=b,OU=a,DC=acme,DC=com").der(), bytes(FROM_KEYTOOL));
        assert_eq!(shown("CN=app,OU=b,OU=a,DC=acme,DC=com"), "CN=app,OU=b,OU=a,DC=acme,DC=com");
    }

    #[test]
    fn foreign_name_is_shown_with_escapes() {
        let name = DistinguishedName::from_der(&bytes(AWKWARD_FROM_KEYTOOL)).unwrap();
        let text = r"CN=Smith\, J.,O=A\+B\;C,OU=a+UID=z,L=Zürich,emailAddress=a@b.c,C=CH,ST=x/y";
        assert_eq!(name.to_string(), text);
        assert!(parse(text).matches(&name), "string types differ, names do not");
        assert_eq!(name.common_name().as_deref(), Some("Smith, J."));
    }

    #[test]
    fn characters_that_deceive_are_shown_as_bytes_and_joiners_as_they_are() {
        let name = parse("CN=a\u{202e}b\u{ad}c\u{200d}d");
        assert_eq!(name.to_string(), "CN=a\\E2\\80\\AEb\\C2\\ADc\u{200d}d");
    }

    #[test]
    fn separators_blanks_case_and_prefixes_do_not_matter() {
        let name = parse("CN=app,OU=a b,C=US");
        for text in [
            " cn = app ; ou= a b ; c=US ",
            "2.5.4.3=app,OID.2.5.4.11=a b,oid.2.5.4.6=US",
            "commonName=app,organizationalUnitName=\"a b\",countryName=US",
            r"CN=\61p\70,OU=a\20b,C=#13025553",
            "CN=app\n,OU=a b,C=US\n",
        ] {
            assert_eq!(parse(text).der(), name.der(), "{text}");
        }
        assert_eq!(parse("S=x").der(), parse("ST=x").der());
        for text in ["EMAIL=a@b", "E=a@b", "emailaddress=a@b", "1.2.840.113549.1.9.1=a@b"] {
            assert_eq!(shown(text), "emailAddress=a@b");
        }
    }

    #[test]
    fn several_attributes_of_one_rdn_are_sorted_by_their_encoding() {
        assert_eq!(parse("UID=z+CN=a,O=x").der(), parse("CN=a+UID=z,O=x").der());
        assert_eq!(shown("UID=z + CN=a , O=x"), "CN=a+UID=z,O=x");
    }

    #[test]
    fn escapes_and_quotes_are_read() {
        for (text, value) in [
            (r"CN=\,\+\\\;\<\>\=\#", ",+\\;<>=#"),
            (r#"CN="a,b+c;d\"e""#, "a,b+c;d\"e"),
            (r"CN=Lu\C4\8Di\C4\87", "Lučić"), // RFC 4514 section 4
            (r"CN=a\ ", "a "),
            (r"CN=\ a", " a"),
            (r"CN=a\ \20 ", "a  "),
            ("CN=a = b", "a = b"),
            ("CN=x#1", "x#1"),
        ] {
            assert_eq!(parse(text).common_name().as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn string_type_follows_attribute_and_characters() {
        let tags = |text| {
            let name = parse(text);
            name.attributes().map(|attribute| attribute.value_der()[0]).collect::<Vec<_>>()
        };
        assert_eq!(tags(r"CN=app-1.x:y/z ('\+')"), [0x13]);
        assert_eq!(tags("CN=a@b"), [0x0C]);
        assert_eq!(tags("CN=*.acme.com"), [0x0C]);
        assert_eq!(tags("CN=Zoë"), [0x0C]);
        assert_eq!(tags("DC=acme,EMAIL=a@b,C=CH,serialNumber=7"), [0x13, 0x13, 0x16, 0x16]);
    }

    #[test]
    fn error_says_what_and_where() {
        for (text, message) in [
            ("CN=a,CM=b", r#"unknown attribute type "CM" at byte 5, the nearest known one is CN"#),
            ("CN=a,frobnicate=b", r#"unknown attribute type "frobnicate" at byte 5"#),
            ("CN=Zoë,DC=zoë", "DC cannot hold 'ë' (in the value at byte 11)"),
            ("EMAIL=ü@x", "emailAddress cannot hold 'ü' (in the value at byte 6)"),
            ("C=D_", "C cannot hold '_' (in the value at byte 2)"),
            ("CN=", "at byte 3: the value is empty"),
            ("CN=a,O=,C=US", "at byte 7: the value is empty"),
            ("CN=a,", "at byte 5: an attribute type is missing"),
            (",CN=a", "at byte 0: an attribute type is missing"),
            ("CN=a,,O=b", "at byte 5: an attribute type is missing"),
            ("CN=a+", "at byte 5: an attribute type is missing"),
            ("CN=a,acme", "at byte 5: \"acme\" is not followed by ="),
            ("/C=US/CN=x", "at byte 0: an RDN cannot begin with /"),
            ("CN=\"a", "at byte 3: the closing quote is missing"),
            ("CN=\"a\"b", "at byte 6: 'b' follows a complete value"),
            ("CN=a\"b\"", "at byte 4: a quote inside a value is not escaped"),
            (r"CN=a\", "at byte 4: nothing follows the backslash"),
            (r"CN=a\x", r"at byte 4: \x is no escape"),
            (r"CN=\C3", "at byte 3: the escaped bytes are not UTF-8"),
            ("CN=#1301", "at byte 3: no DER value"),
            ("CN=#130161ff", "at byte 3: no DER value"),
            ("CN=#130", "at byte 3: the number of hex digits is zero or odd"),
            ("1.x=a", "at byte 0: \"1.x\" is no OID"),
            ("CN=a+CN=a", "at byte 0: the same attribute stands twice in one RDN"),
        ] {
            let error = DistinguishedName::parse(text).expect_err(text).to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn empty_text_is_the_empty_name() {
        assert_eq!(parse("").der(), [0x30, 0]);
        assert!(parse(" ").is_empty() && !parse("CN=a").is_empty());
        assert_eq!(shown(""), "");
    }

    #[test]
    fn every_string_type_is_shown_as_text() {
        for (value, text) in [
            ("0c03c3a962", "CN=éb"),
            ("1402e962", "CN=éb"),
            ("1e0400e90062", "CN=éb"),
            ("1c08000000e900000062", "CN=éb"),
            ("12023132", "CN=12"),
            ("1a026162", "CN=ab"),
            ("16026162", "CN=ab"),
            ("1e0100", "CN=#1E0100"),
            ("0c01ff", "CN=#0C01FF"),
            ("0403616263", "CN=#0403616263"),
            ("3000", "CN=#3000"),
        ] {
            assert_eq!(single("0603550403", value).to_string(), text);
        }
    }

    #[test]
    fn unknown_type_is_shown_as_a_number() {
        assert_eq!(single("06032a0304", "0c0161").to_string(), "1.2.3.4=a");
        assert_eq!(shown("1.2.3.4=a,CN=b"), "1.2.3.4=a,CN=b");
        // an arc of 49 bits, more than the OID type holds
        assert_eq!(single("06082affffffffffff7f", "0c0161").to_string(), "OID.#2AFFFFFFFFFFFF7F=a");
    }

    #[test]
    fn value_cannot_forge_the_line_it_is_shown_on() {
        let name = parse(r"CN=a\0A\1B[2J\E2\80\AEb\00");
        assert_eq!(name.to_string(), r"CN=a\0A\1B[2J\E2\80\AEb\00");
    }

    #[test]
    fn common_name_is_the_last_of_the_der() {
        assert_eq!(parse("CN=host,CN=group,O=x").common_name().as_deref(), Some("host"));
        assert_eq!(parse("O=x").common_name(), None);
    }

    #[test]
    fn comparison_ignores_case_white_space_string_type_and_order_in_an_rdn() {
        let name = parse("CN=Some  Body+UID=z,O=ACME,C=us");
        assert!(name.matches(&parse("uid=Z+CN=some body,O=\" acme\",C=US")));
        assert!(single("0603550403", "1e0400e90062").matches(&parse("CN=ÉB")));
        assert!(!name.matches(&parse("O=ACME,CN=Some Body+UID=z,C=us")));
        assert!(!name.matches(&parse("CN=Some Body,O=ACME,C=us")));
        assert!(!name.matches(&parse("CN=SomeBody+UID=z,O=ACME,C=us")));
        assert!(!parse("CN=a").matches(&parse("OU=a")));
        assert!(!parse("").matches(&parse("CN=a")));
    }

    #[test]
    fn bytes_that_are_no_name_are_refused() {
        for hex in [
            "",
            "30",
            "3100",
            "300130",
            "30023000",
            "3002310030",
            "300431023000",
            "30093107300506035504",
            "3000ff",
            "300b310930070603550403ffff",
        ] {
            let error = DistinguishedName::from_der(&bytes(hex)).expect_err(hex);
            assert!(matches!(error, NameError::Encoding { .. }), "{hex}");
        }
    }

    fn names() -> impl Strategy<Value = String> {
        let kind = prop::sample::select(vec!["CN", "ou", "O", "STREET", "2.5.4.12", "1.2.3.4"]);
        let value = prop::sample::select(vec![
            "a",
            "ä",
            r"\,",
            r"\20",
            r"\00",
            r"\E2\82\AC",
            "b c",
            r"\#",
            "#",
            "=",
            r"\ ",
            "x",
        ]);
        let value =
            prop::collection::vec(value, 1..6).prop_map(|parts| format!("z{}", parts.concat()));
        let attribute = (kind, value).prop_map(|(kind, value)| format!("{kind}={value}"));
        let rdn = prop::collection::vec(attribute, 1..3).prop_map(|parts| parts.join("+"));
        prop::collection::vec(rdn, 0..5).prop_map(|parts| parts.join(","))
    }

    proptest! {
        #[test]
        fn shown_name_reads_back_as_the_same_bytes(text in names()) {
            if let Ok(name) = DistinguishedName::parse(&text) {
                let again = DistinguishedName::parse(&name.to_string()).expect("what is shown is read");
                prop_assert_eq!(again.der(), name.der());
                prop_assert_eq!(DistinguishedName::from_der(name.der()).unwrap(), name);
            }
        }

        #[test]
        fn no_text_panics(text in r#"[CNO=,;+"\\# a-f0-9ä.]{0,24}"#) {
            if let Ok(name) = DistinguishedName::parse(&text) {
                prop_assert_eq!(DistinguishedName::parse(&name.to_string()).unwrap(), name);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(0u8.., 0..64)) {
            if let Ok(name) = DistinguishedName::from_der(&bytes) {
                let _ = (name.to_string(), name.common_name(), name.matches(&name.clone()));
            }
        }
    }
}
