//! Comparing one name with one subtree.

use crate::chain::extensions::general_name;
use crate::chain::host::{Host, is_domain_name};
use crate::chain::rules::name_constraints::named::{Base, Name};

/// What is asked of a name that stands for several: `*.example.com`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Whether all of them are in the subtree.
    Within,
    /// Whether one of them is.
    Overlaps,
}

/// Whether the name is in the subtree, RFC 5280 section 4.2.1.10; `None` when name or base is not
/// well-formed, so that nobody can tell.
pub(super) fn is_in(name: &Name<'_>, base: &Base<'_>, comparison: Comparison) -> Option<bool> {
    match (name, base) {
        (Name::Dns(name), Base::Dns(base)) => dns(name, base, comparison),
        (Name::Email(name), Base::Email(base)) => email(name, base),
        (Name::Uri(name), Base::Uri(base)) => uri(name, base),
        (Name::Ip(address), Base::Ip(base)) => ip(address, base),
        (Name::Directory(_, name), Base::Directory(base)) => Some(name.is_within(base)),
        // RFC 5280 prescribes no comparison of the other kinds.
        _ => None,
    }
}

/// A host is in the subtree of each name that it becomes when labels are taken off at its left. A
/// base that begins with a dot, which the RFC does not have here, leaves the name itself out.
fn dns(name: &str, base: &str, comparison: Comparison) -> Option<bool> {
    let (host, is_wildcard) = match name.strip_prefix("*.") {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    let domain = base.strip_prefix('.').unwrap_or(base);
    if !is_domain_name(host) || !(base.is_empty() || is_domain_name(domain)) {
        return None;
    }
    if base.is_empty() {
        return Some(true);
    }
    let is_itself =
        host.eq_ignore_ascii_case(domain) && (is_wildcard || domain.len() == base.len());
    // One more label in the place of the asterisk may make it the base or what is below.
    let may_become = is_wildcard
        && comparison == Comparison::Overlaps
        && domain.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(host))
        && domain.len() == base.len();
    Some(is_itself || may_become || is_below(host, domain))
}

/// Whether `name` is `base` with further labels before it.
fn is_below(name: &str, base: &str) -> bool {
    name.len() > base.len() && {
        let (labels, rest) = name.as_bytes().split_at(name.len() - base.len());
        rest.eq_ignore_ascii_case(base.as_bytes()) && labels.ends_with(b".")
    }
}

/// A host, or below it for a base that begins with a dot.
fn host(name: &str, base: &str) -> bool {
    match base.strip_prefix('.') {
        Some(base) => is_below(name, base),
        None => name.eq_ignore_ascii_case(base),
    }
}

/// A base is a mailbox, a host whose mailboxes are meant, or `.domain`, whose hosts' are.
fn email(name: &str, base: &str) -> Option<bool> {
    let (local, domain) = general_name::mailbox(name)?;
    match base.rsplit_once('@') {
        Some((base_local, base_domain)) => {
            Some(local == base_local && domain.eq_ignore_ascii_case(base_domain))
        }
        None if is_domain_name(base.strip_prefix('.').unwrap_or(base)) => Some(host(domain, base)),
        None => None,
    }
}

/// Of a URI its host is compared; one without a host, or with an address, is in no subtree.
fn uri(name: &str, base: &str) -> Option<bool> {
    if !is_domain_name(base.strip_prefix('.').unwrap_or(base)) {
        return None;
    }
    // RFC 3986 section 3.2: scheme ":" "//" [ userinfo "@" ] host [ ":" port ]
    let (_, rest) = name.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let name = host_and_port.split_once(':').map_or(host_and_port, |(host, _)| host);
    match Host::parse(name) {
        Ok(Host::Dns(name)) => Some(host(&name, base)),
        Ok(Host::Ip(_)) | Err(_) => None,
    }
}

/// `base` is an address and a mask of the same length, as RFC 4632 writes networks.
fn ip(address: &[u8], base: &[u8]) -> Option<bool> {
    if ![4, 16].contains(&address.len()) || ![8, 32].contains(&base.len()) {
        return None;
    }
    let (network, mask) = base.split_at(base.len() / 2);
    let bits = mask.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let zeros = bits.trailing_zeros().min(u32::try_from(mask.len() * 8).unwrap_or(0));
    let ones = u32::try_from(mask.len() * 8).unwrap_or(0) - zeros;
    if bits.count_ones() != ones {
        return None; // the mask has a hole
    }
    if address.len() != network.len() {
        return Some(false); // an address of the other family
    }
    let masked = |address: &[u8]| -> Vec<u8> {
        address.iter().zip(mask).map(|(byte, mask)| byte & mask).collect()
    };
    Some(masked(address) == masked(network))
}

#[cfg(test)]
mod tests {
    use super::{Comparison, dns, email, ip, uri};

    #[test]
    fn hosts_are_below_their_domain() {
        let within = |name, base| dns(name, base, Comparison::Within);
        for (name, base, verdict) in [
            ("a.example", "example", Some(true)),
            ("Example", "eXample", Some(true)),
            ("notexample", "example", Some(false)),
            ("a.example", ".example", Some(true)),
            ("example", ".example", Some(false)),
            ("anything", "", Some(true)),
            (".example", "example", None),
            ("a.example", "*.example", None),
            ("a.example", "exa mple", None),
        ] {
            assert_eq!(within(name, base), verdict, "{name} in {base}");
        }
    }

    #[test]
    fn wildcard_is_within_when_all_are_and_overlaps_when_one_is() {
        for (name, base, within, overlaps) in [
            ("*.example", "example", true, true),
            ("*.example", "a.example", false, true),
            ("*.example", "b.a.example", false, false),
            ("*.a.example", "example", true, true),
            ("*.example", ".example", true, true),
        ] {
            assert_eq!(dns(name, base, Comparison::Within), Some(within), "{name} in {base}");
            assert_eq!(dns(name, base, Comparison::Overlaps), Some(overlaps), "{name}, {base}");
        }
    }

    #[test]
    fn mailbox_is_its_host_s_or_itself() {
        for (name, base, verdict) in [
            ("a@example", "example", Some(true)),
            ("a@b.example", "example", Some(false)),
            ("a@b.example", ".example", Some(true)),
            ("a@example", "A@example", Some(false)),
            ("a*@example", "a*@EXAMPLE", Some(true)),
            ("nobody", "example", None),
            ("@example", "example", None),
            ("a@b@example", "example", None),
            ("\"a@b\"@example", "example", Some(true)),
        ] {
            assert_eq!(email(name, base), verdict, "{name} in {base}");
        }
    }

    #[test]
    fn host_of_a_uri_is_compared() {
        for (name, base, verdict) in [
            ("https://u@a.example:8443/x?y", "a.example", Some(true)),
            ("https://a.example/", ".example", Some(true)),
            ("https://evil/?@a.example", "a.example", Some(false)),
            ("https://192.0.2.1/", "example", None),
            ("urn:x", "example", None),
        ] {
            assert_eq!(uri(name, base), verdict, "{name} in {base}");
        }
    }

    #[test]
    fn mask_selects_a_network_and_has_no_hole() {
        let network = [192, 0, 2, 0, 255, 255, 255, 0];
        assert_eq!(ip(&[192, 0, 2, 9], &network), Some(true));
        assert_eq!(ip(&[192, 0, 3, 9], &network), Some(false));
        assert_eq!(ip(&[0; 16], &network), Some(false));
        assert_eq!(ip(&[1, 2, 3, 4], &[0; 8]), Some(true));
        assert_eq!(ip(&[1, 2, 3, 4], &[0, 0, 0, 0, 255, 0, 255, 0]), None);
        assert_eq!(ip(&[1, 2, 3], &network), None);
        assert_eq!(ip(&[1, 2, 3, 4], &network[1..]), None);
    }
}
