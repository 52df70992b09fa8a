//! The name by which a host was asked for.

use std::fmt;
use std::net::IpAddr;

/// The name by which a host was asked for: the reference identifier of RFC 9525 section 6.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A domain name in lower case, without the dot at its end. Labels that are not ASCII stand in
    /// their encoded form, `xn--`.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

/// Why a text names no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// It holds characters beyond ASCII.
    #[error("\"{text}\" is not ASCII: its labels have an encoded form that begins with xn--")]
    NotAscii {
        /// The text.
        text: String,
    },
    /// It is neither a domain name nor an address.
    #[error("\"{text}\" is neither a domain name nor an address")]
    Invalid {
        /// The text.
        text: String,
    },
}

/// Longest domain name, RFC 1035 section 2.3.4, as it is written.
const NAME_LENGTH: usize = 253;

/// Longest label, RFC 1035 section 2.3.4.
const LABEL_LENGTH: usize = 63;

impl Host {
    /// Reads a domain name or an address; IPv6 may stand in square brackets, as in a URL.
    ///
    /// # Errors
    ///
    /// [`HostError`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        if let Ok(address) = bracketed.unwrap_or(text).parse() {
            return Ok(Self::Ip(address));
        }
        if !text.is_ascii() {
            return Err(HostError::NotAscii { text: text.to_owned() });
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if bracketed.is_some() || !is_domain_name(&name) {
            return Err(HostError::Invalid { text: text.to_owned() });
        }
        Ok(Self::Dns(name))
    }
}

/// Letters, digits, hyphens, and the underscore that names of Windows and Docker have. The last
/// label is no number: `127.1` is a misspelt address.
pub(in crate::chain) fn is_domain_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_LENGTH).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= NAME_LENGTH
        && name.split('.').all(is_label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, HostError};

    #[test]
    fn names_and_addresses_are_told_apart() {
        assert_eq!(Host::parse("App.Example."), Ok(Host::Dns("app.example".to_owned())));
        assert_eq!(Host::parse("my_db-1"), Ok(Host::Dns("my_db-1".to_owned())));
        for (text, address) in
            [("192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("[2001:db8::1]", "2001:db8::1")]
        {
            assert_eq!(Host::parse(text), Ok(Host::Ip(address.parse().unwrap())));
        }
    }

    #[test]
    fn what_names_no_host_is_refused() {
        for text in ["", ".", "a..b", "-a", "a b", "*.example", "127.1", "[app]", "1.2.3.4.5"] {
            assert_eq!(Host::parse(text), Err(HostError::Invalid { text: text.to_owned() }));
        }
        assert!(matches!(Host::parse("zoë.example"), Err(HostError::NotAscii { .. })));
    }
}
