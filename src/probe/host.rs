//! Whether a certificate is for a host (RFC 9525).

use crate::issue::alternative_name::SubjectAltName;
use crate::issue::extensions::RequestedExtensions;
use crate::model::certificate::Certificate;
use std::net::IpAddr;

/// Labels that have to follow a wildcard: `*.com` would be a whole top-level domain.
const LABELS_AFTER_WILDCARD: usize = 2;

/// What a certificate says of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostCheck {
    /// One of its names is the host's.
    Matches(String),
    /// It has names, and none is the host's.
    Mismatch {
        /// The names of hosts that it has, as in `dns:acme.com`.
        names: Vec<String>,
    },
    /// It names no host in its subject alternative names, which are what clients look at (RFC 9525
    /// section 2); some still look at the subject's common name.
    NoNames {
        /// The subject's common name.
        common_name: Option<String>,
        /// Whether that would be the host's.
        matches: bool,
    },
    /// The names cannot be read.
    Malformed,
}

/// Compares the names of a certificate with a host: a name, or an address without brackets.
#[must_use]
pub fn check(certificate: &Certificate, host: &str) -> HostCheck {
    let Ok(extensions) = RequestedExtensions::of_certificate(certificate) else {
        return HostCheck::Malformed;
    };
    let host = host.split('%').next().unwrap_or(host); // the scope of an IPv6 address
    let address: Option<IpAddr> = host.parse().ok();
    let mut names = Vec::new();
    for name in extensions.san {
        let matches = match (&name, address) {
            (SubjectAltName::Dns(pattern), None) => is_name_of(pattern, host),
            (SubjectAltName::Ip(found), Some(address)) => *found == address,
            (SubjectAltName::Dns(_) | SubjectAltName::Ip(_), _) => false,
            _ => continue,
        };
        if matches {
            return HostCheck::Matches(name.to_string());
        }
        names.push(name.to_string());
    }
    if !names.is_empty() {
        return HostCheck::Mismatch { names };
    }
    let common_name = certificate.subject().common_name();
    let matches = common_name.as_deref().is_some_and(|name| match address {
        Some(address) => name.parse() == Ok(address),
        None => is_name_of(name, host),
    });
    HostCheck::NoNames { common_name, matches }
}

/// Whether the pattern is the host's name, or stands for it: `*` for the whole first label, and for
/// one label only (RFC 9525 section 6.3).
fn is_name_of(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    let Some(domain) = pattern.strip_prefix("*.") else {
        return !host.is_empty() && pattern.eq_ignore_ascii_case(host);
    };
    let labels = domain.split('.').filter(|label| !label.is_empty()).count();
    host.split_once('.').is_some_and(|(first, rest)| {
        !first.is_empty() && labels >= LABELS_AFTER_WILDCARD && rest.eq_ignore_ascii_case(domain)
    })
}

#[cfg(test)]
mod tests {
    use super::is_name_of;

    #[test]
    fn wildcard_stands_for_one_whole_label() {
        for (pattern, host, expected) in [
            ("acme.com", "acme.com", true),
            ("ACME.com", "acme.COM.", true),
            ("acme.com", "www.acme.com", false),
            ("*.acme.com", "www.acme.com", true),
            ("*.acme.com", "acme.com", false),
            ("*.acme.com", "a.b.acme.com", false),
            ("*.acme.com", ".acme.com", false),
            ("w*.acme.com", "www.acme.com", false),
            ("www.*.com", "www.acme.com", false),
            ("*.com", "acme.com", false),
            ("*", "acme", false),
            ("", "", false),
        ] {
            assert_eq!(is_name_of(pattern, host), expected, "{pattern} {host}");
        }
    }
}
