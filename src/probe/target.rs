//! Where a server is.

use crate::probe::error::ProbeError;
use rustls::pki_types::ServerName;
use std::fmt;
use std::net::IpAddr;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port, if one was given.
    pub port: Option<u16>,
}

impl Target {
    /// Reads `HOST`, `HOST:PORT`, `ADDRESS:PORT`, `[IPV6]`, `[IPV6]:PORT`, and the same in a URL that
    /// begins with `https://`, whose path does not matter; an IPv6 address without brackets has no
    /// port.
    ///
    /// # Errors
    ///
    /// [`ProbeError::Address`].
    pub fn parse(text: &str) -> Result<Self, ProbeError> {
        let wrong = |reason| ProbeError::Address { text: text.to_owned(), reason };
        let text = match text.split_once("://") {
            None => text,
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
                rest.split(['/', '?', '#']).next().unwrap_or(rest)
            }
            Some(_) => return Err(wrong("of URLs only those with https:// are understood")),
        };
        if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']').ok_or(wrong("the bracket has no end"))?;
            // A scope such as %eth0 belongs to the address.
            let bare = address.split('%').next().unwrap_or(address);
            if !bare.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6()) {
                return Err(wrong("between the brackets is no IPv6 address"));
            }
            let port = match rest.strip_prefix(':') {
                Some(port) => Some(port_number(port).ok_or(wrong("the port is no port"))?),
                None if rest.is_empty() => None,
                None => return Err(wrong("behind the bracket has to be a colon and the port")),
            };
            return Ok(Self { host: address.to_owned(), port });
        }
        if text.parse::<IpAddr>().is_ok() {
            return Ok(Self { host: text.to_owned(), port: None });
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => {
                (host, Some(port_number(port).ok_or(wrong("the port is no port"))?))
            }
            None => (text, None),
        };
        if host.is_empty() {
            return Err(wrong("there is no host"));
        }
        if !is_server_name(host) {
            return Err(wrong("the host is neither a host name nor an address"));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.host.contains(':'), self.port) {
            (true, Some(port)) => write!(f, "[{}]:{port}", self.host),
            (false, Some(port)) => write!(f, "{}:{port}", self.host),
            (true, None) => write!(f, "[{}]", self.host),
            (false, None) => f.write_str(&self.host),
        }
    }
}

/// Whether a server can be asked for under this name: a DNS name or an address (RFC 6066 section 3).
#[must_use]
pub fn is_server_name(text: &str) -> bool {
    ServerName::try_from(text).is_ok()
}

fn port_number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&port| digits && port != 0)
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        for (text, host, port) in [
            ("db.acme.com", "db.acme.com", None),
            ("db.acme.com:2484", "db.acme.com", Some(2484)),
            ("127.0.0.1:443", "127.0.0.1", Some(443)),
            ("[::1]:443", "::1", Some(443)),
            ("[::1]", "::1", None),
            ("::1", "::1", None),
            ("[fe80::1%eth0]:1", "fe80::1%eth0", Some(1)),
            ("https://localhost:9443/", "localhost", Some(9443)),
            ("HTTPS://api.acme.com/v1?q=a:b#c", "api.acme.com", None),
            ("https://[::1]:8443", "::1", Some(8443)),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!((target.host.as_str(), target.port), (host, port), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            ":443",
            "h:",
            "h:0",
            "h:65536",
            "h:+1",
            "h:1:2",
            "[::1",
            "[h]:1",
            "[::1]1",
            "a b",
            "a..b",
            ".",
            "-x",
            "999.1.1.1",
            "https://",
            "https:///x",
            "http://h:80",
            "https://u:p@h",
        ] {
            assert!(Target::parse(text).is_err(), "{text}");
        }
    }
}
