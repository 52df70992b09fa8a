//! The name of the host.

use crate::chain::criteria::Purpose;
use crate::chain::examination::{Examination, Examined};
use crate::chain::extensions::general_name::GeneralName;
use crate::chain::finding::Finding;
use crate::chain::host::{Host, is_domain_name};
use crate::code::Code;
use std::net::IpAddr;

/// RFC 9525 section 6: the host is one of the subject's alternative names. The common name, which
/// RFC 2818 still allowed, does not count.
pub(super) fn named(examination: &Examination<'_>) -> Vec<Finding> {
    let leaf = examination.leaf();
    let Some(host) = examination.criteria.host else {
        return unnamed(examination, leaf);
    };
    let names = leaf.extensions.alternative_names.as_deref().unwrap_or_default();
    if names.iter().any(|name| is_for(name, host)) {
        return Vec::new();
    }
    let hosts: Vec<String> = names.iter().filter_map(shown).collect();
    let common_name = leaf.certificate.subject().common_name();
    let (code, message) = if hosts.is_empty() {
        let message = format!(
            "{} names no host: it has no subject alternative name for one, so it is not for {host}",
            leaf.title()
        );
        (Code::SAN_MISSING, message)
    } else {
        let message = format!("{} is not for {host}, but for {}", leaf.title(), listed(&hosts));
        (Code::HOST_MISMATCH, message)
    };
    vec![
        leaf.error(code, message)
            .evidence("host", host.to_string())
            .evidence("names", hosts)
            .evidence("common_name", common_name),
    ]
}

/// RFC 9525 section 6.3: a server's certificate that names no host is of no use to today's clients.
fn unnamed(examination: &Examination<'_>, leaf: &Examined<'_>) -> Vec<Finding> {
    let names = leaf.extensions.alternative_names.as_deref().unwrap_or_default();
    let is_server = examination.criteria.purpose == Purpose::Server;
    if !is_server || names.iter().any(|name| shown(name).is_some()) {
        return Vec::new();
    }
    let message =
        format!("{} names no host: it has no subject alternative name for one", leaf.title());
    vec![leaf.warning(Code::SAN_MISSING, message)]
}

fn is_for(name: &GeneralName<'_>, host: &Host) -> bool {
    match (name, host) {
        (GeneralName::Dns(name), Host::Dns(host)) => matches(name, host),
        (GeneralName::Ip(bytes), Host::Ip(IpAddr::V4(address))) => *bytes == address.octets(),
        (GeneralName::Ip(bytes), Host::Ip(IpAddr::V6(address))) => *bytes == address.octets(),
        _ => false,
    }
}

/// RFC 9525 section 6.3: label by label without regard to case; `*` stands for the whole first label
/// and for nothing else. Below a single label it would stand for half of the world.
fn matches(presented: &str, host: &str) -> bool {
    match presented.strip_prefix("*.") {
        Some(rest) => {
            rest.contains('.')
                && is_domain_name(rest)
                && host.split_once('.').is_some_and(|(_, tail)| tail.eq_ignore_ascii_case(rest))
        }
        None => is_domain_name(presented) && presented.eq_ignore_ascii_case(host),
    }
}

/// A name of a host as messages show it.
fn shown(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::Dns(name) => Some(name.escape_default().to_string()),
        GeneralName::Ip(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(IpAddr::from)
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from))
            .ok()
            .map(|address| address.to_string()),
        _ => None,
    }
}

/// The first few names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let first = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn asterisk_stands_for_one_whole_first_label() {
        for (presented, host, verdict) in [
            ("app.example.com", "app.example.com", true),
            ("APP.example.com", "app.example.com", true),
            ("*.example.com", "app.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "a.b.example.com", false),
            ("a*.example.com", "app.example.com", false),
            ("app.*.com", "app.example.com", false),
            ("*.com", "example.com", false),
            ("*", "app", false),
            ("*.*.com", "a.b.com", false),
            ("", "app", false),
        ] {
            assert_eq!(matches(presented, host), verdict, "{presented} for {host}");
        }
    }
}
