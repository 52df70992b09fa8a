//! Subject alternative names.

use crate::issue::IssueError;
use crate::model::general_name;
use der::asn1::{Any, AnyRef, Ia5StringRef};
use der::{Decode, Encode, Tag, TagNumber};
use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One `GeneralName` of the subjectAltName extension.
///
/// ```text
/// GeneralName ::= CHOICE {
///     rfc822Name                 [1] IA5String,
///     dNSName                    [2] IA5String,
///     uniformResourceIdentifier  [6] IA5String,
///     iPAddress                  [7] OCTET STRING, ... }
/// ```
///
/// RFC 5280 section 4.2.1.6.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SubjectAltName {
    /// The name of a host.
    Dns(String),
    /// The address of a host.
    Ip(IpAddr),
    /// An e-mail address.
    Email(String),
    /// A URI.
    Uri(String),
    /// Another kind, or a name of the kinds above that is not well-formed: its DER as found.
    Other(Vec<u8>),
}

const EMAIL: u32 = 1;
const DNS: u32 = 2;
const URI: u32 = 6;
const IP: u32 = 7;

impl SubjectAltName {
    /// Reads `dns:HOST,ip:ADDRESS,email:ADDRESS,uri:URI`, in any order and number. A comma inside
    /// a URI belongs to the URI, unless one of the four words follows it. A name that stands twice
    /// is taken once.
    ///
    /// # Errors
    ///
    /// [`IssueError::AlternativeName`] for the first name that cannot be used.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, IssueError> {
        let mut items: Vec<(Kind, String)> = Vec::new();
        for piece in text.split(',') {
            match (Kind::split(piece), items.last_mut()) {
                (Some((kind, value)), _) => items.push((kind, value.to_owned())),
                (None, Some((Kind::Uri, uri))) => {
                    uri.push(',');
                    uri.push_str(piece);
                }
                (None, _) => {
                    let reason = "dns:, ip:, email: or uri: is missing before it".to_owned();
                    return Err(IssueError::AlternativeName {
                        text: piece.trim().to_owned(),
                        reason,
                    });
                }
            }
        }
        let (mut names, mut known) = (Vec::new(), HashSet::new());
        for (kind, value) in items {
            let text = value.trim();
            let name = kind
                .parse(text)
                .map_err(|reason| IssueError::AlternativeName { text: text.to_owned(), reason })?;
            if known.insert(name.clone()) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Reads one `GeneralName`.
    pub(super) fn read(name: AnyRef<'_>) -> Result<Self, der::Error> {
        let ascii =
            || name.value().is_ascii().then(|| String::from_utf8_lossy(name.value()).into());
        let read = match name.header().tag() {
            Tag::ContextSpecific { constructed: false, number: TagNumber(number) } => {
                match number {
                    EMAIL => ascii().map(Self::Email),
                    DNS => ascii().map(Self::Dns),
                    URI => ascii().map(Self::Uri),
                    IP => address(name.value()).map(Self::Ip),
                    _ => None,
                }
            }
            _ => None,
        };
        read.map_or_else(|| name.to_der().map(Self::Other), Ok)
    }

    pub(super) fn to_any(&self) -> Result<Any, der::Error> {
        match self {
            Self::Email(text) => implicit(EMAIL, Ia5StringRef::new(text)?.as_bytes()),
            Self::Dns(text) => implicit(DNS, Ia5StringRef::new(text)?.as_bytes()),
            Self::Uri(text) => implicit(URI, Ia5StringRef::new(text)?.as_bytes()),
            Self::Ip(IpAddr::V4(address)) => implicit(IP, &address.octets()),
            Self::Ip(IpAddr::V6(address)) => implicit(IP, &address.octets()),
            Self::Other(der) => Any::from_der(der),
        }
    }
}

impl fmt::Display for SubjectAltName {
    /// As [`Self::parse_list`] reads it; what it does not read as [`general_name::shown`] has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "dns:{}", name.escape_default()),
            Self::Ip(address) => write!(f, "ip:{address}"),
            Self::Email(address) => write!(f, "email:{}", address.escape_default()),
            Self::Uri(uri) => write!(f, "uri:{}", uri.escape_default()),
            Self::Other(der) => f.write_str(&general_name::shown(der)),
        }
    }
}

fn implicit(number: u32, content: &[u8]) -> Result<Any, der::Error> {
    Any::new(Tag::ContextSpecific { constructed: false, number: TagNumber(number) }, content)
}

/// Four or sixteen bytes.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::V4(Ipv4Addr::from(octets)));
    }
    <[u8; 16]>::try_from(bytes).ok().map(|octets| IpAddr::V6(Ipv6Addr::from(octets)))
}

/// The words that a name begins with.
#[derive(Clone, Copy)]
enum Kind {
    Dns,
    Ip,
    Email,
    Uri,
}

impl Kind {
    /// The kind that the text begins with, and the rest of it.
    fn split(text: &str) -> Option<(Self, &str)> {
        let (word, value) = text.split_once(':')?;
        let kind = match word.trim().to_ascii_lowercase().as_str() {
            "dns" => Self::Dns,
            "ip" => Self::Ip,
            "email" => Self::Email,
            "uri" => Self::Uri,
            _ => return None,
        };
        Some((kind, value))
    }

    /// The error is what is wrong.
    fn parse(self, text: &str) -> Result<SubjectAltName, String> {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        match self {
            Self::Ip => text
                .parse()
                .map(SubjectAltName::Ip)
                .map_err(|_| "it is neither an IPv4 nor an IPv6 address".to_owned()),
            Self::Dns => check_host(text).map(|()| SubjectAltName::Dns(text.to_owned())),
            Self::Email => {
                check_visible_ascii(text)?;
                match text.rsplit_once('@') {
                    Some((local, host)) if !local.is_empty() => check_host(host)?,
                    _ => return Err("it is not of the form local@host".to_owned()),
                }
                Ok(SubjectAltName::Email(text.to_owned()))
            }
            Self::Uri => {
                check_visible_ascii(text)?;
                // RFC 3986 section 3.1
                let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
                let mut letters = scheme.chars();
                if !letters.next().is_some_and(|first| first.is_ascii_alphabetic())
                    || !letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
                {
                    return Err("it has no scheme, so it is no absolute URI".to_owned());
                }
                Ok(SubjectAltName::Uri(text.to_owned()))
            }
        }
    }
}

fn check_visible_ascii(text: &str) -> Result<(), String> {
    match text.chars().find(|character| !character.is_ascii_graphic()) {
        Some(character) => Err(format!("{character:?} is not allowed")),
        None => Ok(()),
    }
}

/// The preferred name syntax of RFC 1034 section 3.5 as RFC 1123 relaxes it, with underscores,
/// which some networks use, and `*` for the whole first label (RFC 9525 section 6.3).
fn check_host(text: &str) -> Result<(), String> {
    const LONGEST: usize = 253; // RFC 1035 section 2.3.4, without the root
    const LONGEST_LABEL: usize = 63; // the same section
    if let Some(character) = text.chars().find(|character| !character.is_ascii()) {
        return Err(format!(
            "{character:?} is not ASCII; certificates hold the xn-- form of international names"
        ));
    }
    if text.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} characters"));
    }
    let hosts = text.strip_prefix("*.").unwrap_or(text);
    for label in hosts.split('.') {
        if label.is_empty() {
            return Err("a part between dots is empty".to_owned());
        }
        if label.len() > LONGEST_LABEL {
            return Err(format!("a part between dots is longer than {LONGEST_LABEL} characters"));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err("a part between dots begins or ends with a hyphen".to_owned());
        }
        if let Some(character) =
            label.chars().find(|&c| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
        {
            return Err(format!("{character:?} is not allowed"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::SubjectAltName;
    use der::asn1::AnyRef;
    use der::{Decode, Encode};

    fn shown(text: &str) -> Vec<String> {
        SubjectAltName::parse_list(text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn list_of_all_kinds_is_read() {
        assert_eq!(
            shown("dns:db.acme.com, DNS:*.acme.com,ip:10.0.0.1,IP:::1,email:a@b.c,uri:urn:x:y"),
            [
                "dns:db.acme.com",
                "dns:*.acme.com",
                "ip:10.0.0.1",
                "ip:::1",
                "email:a@b.c",
                "uri:urn:x:y"
            ]
        );
        assert_eq!(shown("dns:a,dns:b,dns:a"), ["dns:a", "dns:b"]);
    }

    #[test]
    fn comma_inside_a_uri_belongs_to_it() {
        assert_eq!(shown("uri:http://a/?x=1,2,dns:b"), ["uri:http://a/?x=1,2", "dns:b"]);
    }

    #[test]
    fn unusable_name_is_refused_with_its_reason() {
        let long = format!("dns:{}", "a.".repeat(127) + "abc");
        for (text, reason) in [
            ("", "dns:, ip:, email: or uri: is missing"),
            ("db.acme.com", "dns:, ip:, email: or uri: is missing"),
            ("dns:a,b", "dns:, ip:, email: or uri: is missing"),
            ("dns:zoë.acme.com", "'ë' is not ASCII"),
            ("dns:", "it is empty"),
            ("dns:a..b", "a part between dots is empty"),
            ("dns:a.", "a part between dots is empty"),
            ("dns:-a", "begins or ends with a hyphen"),
            ("dns:a b", "' ' is not allowed"),
            ("dns:a.*.b", "'*' is not allowed"),
            ("dns:https://a", "':' is not allowed"),
            (&long, "longer than 253"),
            ("ip:10.0.0.256", "neither an IPv4 nor an IPv6"),
            ("ip:10.0.0.0/8", "neither an IPv4 nor an IPv6"),
            ("email:a", "local@host"),
            ("email:@a", "local@host"),
            ("email:a@zoë.com", "'ë' is not allowed"),
            ("uri:acme.com", "no scheme"),
            ("uri:http://a b", "' ' is not allowed"),
        ] {
            let error = SubjectAltName::parse_list(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn name_of_another_kind_survives_reading_and_writing() {
        // registeredID [8] 1.2.3, directoryName [4], an address of three bytes, a host in UTF-8
        for der in [
            &[0x88, 2, 0x2A, 3][..],
            &[0xA4, 2, 0x30, 0],
            &[0x87, 3, 1, 2, 3],
            &[0x82, 2, 0xC3, 0xA9],
            &[0x82, 2, b'.', b'.'],
            &[0x87, 4, 127, 0, 0, 1],
        ] {
            let name = SubjectAltName::read(AnyRef::from_der(der).unwrap()).unwrap();
            assert_eq!(name.to_any().unwrap().to_der().unwrap(), der);
        }
    }
}
