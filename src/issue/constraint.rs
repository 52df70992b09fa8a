//! The names that an authority may certify.

use crate::issue::IssueError;
use crate::issue::extensions::extension;
use crate::model::name::DistinguishedName;
use crate::oid;
use der::asn1::{Any, Ia5StringRef};
use der::{Encode, Tag, TagNumber};
use std::fmt;
use std::net::IpAddr;
use x509_cert::ext::Extension;

/// The nameConstraints extension, RFC 5280 section 4.2.1.10.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// A name of a kind that stands here has to be in one of these subtrees.
    pub permitted: Vec<Subtree>,
    /// A name must not be in one of these.
    pub excluded: Vec<Subtree>,
}

/// A part of the space of names, as the `base` of a `GeneralSubtree`.
///
/// ```text
/// GeneralSubtree ::= SEQUENCE {
///     base     GeneralName,
///     minimum  [0] BaseDistance DEFAULT 0,
///     maximum  [1] BaseDistance OPTIONAL }      -- RFC 5280: minimum 0, no maximum
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subtree {
    /// A domain and what is below it; beginning with a dot only what is below it.
    Dns(String),
    /// A range of addresses.
    Ip {
        /// Its first address.
        network: IpAddr,
        /// How many bits all addresses have in common.
        prefix: u8,
    },
    /// One mailbox, all of a host, or, beginning with a dot, all of the hosts of a domain.
    Email(String),
    /// A host of URIs, or, beginning with a dot, all hosts of a domain.
    Uri(String),
    /// All distinguished names that begin with this one.
    DirectoryName(DistinguishedName),
}

const EMAIL: u32 = 1;
const DNS: u32 = 2;
const DIRECTORY_NAME: u32 = 4;
const URI: u32 = 6;
const IP: u32 = 7;

/// The words that a subtree begins with.
const KINDS: [&str; 5] = ["dns", "ip", "email", "uri", "dirname"];

impl Subtree {
    /// Reads `dns:acme.com,ip:10.0.0.0/8,email:acme.com,uri:.acme.com,dirname:O=Acme,C=DE`, in any
    /// order and number. A comma inside a distinguished name belongs to it, unless one of the five
    /// words follows.
    ///
    /// # Errors
    ///
    /// [`IssueError::Constraint`] for the first subtree that cannot be used.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, IssueError> {
        let mut items: Vec<(&str, String)> = Vec::new();
        for piece in text.split(',') {
            match (kind(piece), items.last_mut()) {
                (Some((kind, value)), _) => items.push((kind, value.to_owned())),
                (None, Some(("dirname", name))) => {
                    name.push(',');
                    name.push_str(piece);
                }
                (None, _) => {
                    let reason = format!("one of {} is missing before it", KINDS.join(":, ") + ":");
                    return Err(unusable(piece, &reason));
                }
            }
        }
        let mut subtrees = Vec::new();
        for (kind, value) in items {
            let text = value.trim();
            let subtree = Self::parse(kind, text).map_err(|reason| unusable(text, &reason))?;
            if !subtrees.contains(&subtree) {
                subtrees.push(subtree);
            }
        }
        Ok(subtrees)
    }

    /// Reads a domain without the word before it.
    ///
    /// # Errors
    ///
    /// [`IssueError::Constraint`] when it is none.
    pub fn dns(text: &str) -> Result<Self, IssueError> {
        Self::parse("dns", text).map_err(|reason| unusable(text, &reason))
    }

    /// The error is what is wrong.
    fn parse(kind: &str, text: &str) -> Result<Self, String> {
        if text.is_empty() && kind != "dirname" {
            return Err("it is empty".to_owned());
        }
        match kind {
            "ip" => range(text),
            "dirname" => DistinguishedName::parse(text)
                .map(Self::DirectoryName)
                .map_err(|error| error.to_string()),
            "email" => {
                let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
                check_domain(host)?;
                Ok(Self::Email(text.to_owned()))
            }
            "uri" => check_domain(text).map(|()| Self::Uri(text.to_owned())),
            _ => check_domain(text).map(|()| Self::Dns(text.to_owned())),
        }
    }

    /// `GeneralSubtree`.
    fn to_any(&self) -> Result<Any, der::Error> {
        let base = match self {
            Self::Dns(name) => context(DNS, false, Ia5StringRef::new(name)?.as_bytes()),
            Self::Email(name) => context(EMAIL, false, Ia5StringRef::new(name)?.as_bytes()),
            Self::Uri(name) => context(URI, false, Ia5StringRef::new(name)?.as_bytes()),
            // X.680 section 31.2.7: the tag of a CHOICE is explicit
            Self::DirectoryName(name) => context(DIRECTORY_NAME, true, name.der()),
            // RFC 5280 section 4.2.1.10: address and mask
            Self::Ip { network: IpAddr::V4(address), prefix } => {
                let mask = u32::MAX.checked_shl(32 - u32::from(*prefix)).unwrap_or(0);
                context(IP, false, &[address.octets(), mask.to_be_bytes()].concat())
            }
            Self::Ip { network: IpAddr::V6(address), prefix } => {
                let mask = u128::MAX.checked_shl(128 - u32::from(*prefix)).unwrap_or(0);
                context(IP, false, &[address.octets(), mask.to_be_bytes()].concat())
            }
        }?;
        Any::new(Tag::Sequence, base.to_der()?)
    }
}

impl fmt::Display for Subtree {
    /// As [`Self::parse_list`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "dns:{name}"),
            Self::Ip { network, prefix } => write!(f, "ip:{network}/{prefix}"),
            Self::Email(name) => write!(f, "email:{name}"),
            Self::Uri(name) => write!(f, "uri:{name}"),
            Self::DirectoryName(name) => write!(f, "dirname:{name}"),
        }
    }
}

impl NameConstraints {
    /// Whether nothing is constrained.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.permitted.is_empty() && self.excluded.is_empty()
    }

    /// The extension, critical as RFC 5280 wants it; none without a constraint.
    ///
    /// ```text
    /// NameConstraints ::= SEQUENCE {
    ///     permittedSubtrees  [0] SEQUENCE OF GeneralSubtree OPTIONAL,
    ///     excludedSubtrees   [1] SEQUENCE OF GeneralSubtree OPTIONAL }
    /// ```
    pub(super) fn to_extension(&self) -> Result<Option<Extension>, der::Error> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut lists = Vec::new();
        for (number, subtrees) in [(0, &self.permitted), (1, &self.excluded)] {
            if subtrees.is_empty() {
                continue; // both lists are of one subtree or more
            }
            let mut content = Vec::new();
            for subtree in subtrees {
                content.extend(subtree.to_any()?.to_der()?);
            }
            lists.push(context(number, true, &content)?);
        }
        extension(oid::NAME_CONSTRAINTS, true, &lists).map(Some)
    }
}

fn context(number: u32, constructed: bool, content: &[u8]) -> Result<Any, der::Error> {
    Any::new(Tag::ContextSpecific { constructed, number: TagNumber(number) }, content)
}

/// The word that the text begins with, and the rest of it.
fn kind(text: &str) -> Option<(&'static str, &str)> {
    let (word, value) = text.split_once(':')?;
    let word = word.trim();
    KINDS.iter().find(|kind| kind.eq_ignore_ascii_case(word)).map(|&kind| (kind, value))
}

fn unusable(text: &str, reason: &str) -> IssueError {
    IssueError::Constraint { text: text.trim().to_owned(), reason: reason.to_owned() }
}

/// `ADDRESS/PREFIX`, or one address. Bits behind the prefix have to be zero: a network that is
/// typed with a host's address is more likely a mistake than meant.
fn range(text: &str) -> Result<Subtree, String> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
    let network: IpAddr =
        address.parse().map_err(|_| "it is neither an IPv4 nor an IPv6 address".to_owned())?;
    let (bits, value) = match network {
        IpAddr::V4(address) => (32, u128::from(u32::from(address)) << 96),
        IpAddr::V6(address) => (128, u128::from(address)),
    };
    let prefix: u8 = match prefix {
        None => bits,
        Some(prefix) => prefix
            .parse()
            .ok()
            .filter(|&prefix| prefix <= bits)
            .ok_or_else(|| format!("the number after / is not 0 to {bits}"))?,
    };
    if value.checked_shl(prefix.into()).unwrap_or(0) != 0 {
        return Err(format!("it is an address inside its network of {prefix} bits"));
    }
    Ok(Subtree::Ip { network, prefix })
}

/// A host or domain, perhaps with a dot before it.
fn check_domain(text: &str) -> Result<(), String> {
    let labels = text.strip_prefix('.').unwrap_or(text);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if labels.split('.').all(is_label) {
        return Ok(());
    }
    Err("it is no domain; its form is acme.com, or .acme.com for what is below it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{NameConstraints, Subtree};

    #[test]
    fn list_of_all_kinds_is_read_as_it_is_shown() {
        let text = "dns:acme.com,dns:.svc.test,ip:10.0.0.0/8,ip:2001:db8::/32,email:acme.com,\
            email:a@acme.com,uri:.acme.com,dirname:OU=a,O=Acme,C=DE";
        let subtrees = Subtree::parse_list(text).unwrap();
        let shown: Vec<_> = subtrees.iter().map(ToString::to_string).collect();
        assert_eq!(shown.join(","), text);
        assert_eq!(Subtree::parse_list("ip:10.0.0.1").unwrap()[0].to_string(), "ip:10.0.0.1/32");
        assert_eq!(Subtree::parse_list("ip:0.0.0.0/0").unwrap()[0].to_string(), "ip:0.0.0.0/0");
    }

    #[test]
    fn unusable_subtree_is_refused_with_its_reason() {
        for (text, reason) in [
            ("acme.com", "dns:, ip:"),
            ("dns:", "empty"),
            ("dns:*.acme.com", "no domain"),
            ("dns:a..b", "no domain"),
            ("ip:10.0.0.1/8", "an address inside its network"),
            ("ip:10.0.0.0/33", "not 0 to 32"),
            ("ip:acme", "neither an IPv4"),
            ("email:a@", "no domain"),
            ("dirname:X", "malformed"),
        ] {
            let error = Subtree::parse_list(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn ranges_carry_their_mask() {
        let encoded = |text: &str| {
            let permitted = Subtree::parse_list(text).unwrap();
            let constraints = NameConstraints { permitted, excluded: Vec::new() };
            constraints.to_extension().unwrap().unwrap().extn_value.as_bytes().to_vec()
        };
        // the bytes that OpenSSL writes for permitted;IP:10.0.0.0/255.0.0.0 and for IPv4's whole range
        let ten = [0x30, 0x0E, 0xA0, 0x0C, 0x30, 0x0A, 0x87, 8, 10, 0, 0, 0, 255, 0, 0, 0];
        assert_eq!(encoded("ip:10.0.0.0/8"), ten);
        let all = [0x30, 0x0E, 0xA0, 0x0C, 0x30, 0x0A, 0x87, 8, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(encoded("ip:0.0.0.0/0"), all);
    }
}
