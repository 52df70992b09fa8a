//! What the certificates of a test PKI say.

use crate::issue::alternative_name::SubjectAltName;
use crate::issue::certificate::{Role, Template};
use crate::issue::constraint::Subtree;
use crate::issue::signed::SigningDigest;
use crate::issue::usage::ExtendedKeyUsage;
use crate::oid;
use crate::pki::bad::Bad;
use crate::pki::combination;
use crate::pki::spec::{Authority, Leaf};
use crate::pki::validity;
use std::net::{IpAddr, Ipv4Addr};
use time::OffsetDateTime;

/// An address of nobody, RFC 5737.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// The certificate of a CA.
pub(super) fn authority(
    authority: &Authority,
    now: OffsetDateTime,
    issuer_ends: Option<OffsetDateTime>,
) -> Template {
    let validity = validity::of(authority.days, now, issuer_ends);
    let role = Role::Authority { path_length: authority.path_length };
    let mut template = Template::new(validity, role);
    let subtree = |name: &String| Subtree::Dns(name.clone());
    template.constraints.permitted = authority.permitted_dns.iter().map(subtree).collect();
    template.constraints.excluded = authority.excluded_dns.iter().map(subtree).collect();
    template
}

/// The certificate of a leaf below these CAs.
pub(super) fn leaf(
    leaf: &Leaf,
    now: OffsetDateTime,
    issuer_ends: Option<OffsetDateTime>,
    above: &[&Authority],
) -> Template {
    let validity = match leaf.bad {
        Some(Bad::Expired) => validity::ended(leaf.days, now),
        Some(Bad::NotYetValid) => validity::to_come(leaf.days, now, issuer_ends),
        _ => validity::of(leaf.days, now, issuer_ends),
    };
    let mut template = Template::new(validity, Role::EndEntity);
    template.extensions.san = match leaf.bad {
        Some(Bad::NoSan) => Vec::new(),
        Some(Bad::WrongHost) => vec![other_host(leaf)],
        Some(Bad::NameConstraint) => {
            combination::outside(above).map(SubjectAltName::Dns).into_iter().collect()
        }
        _ => leaf.san.iter().cloned().chain(combination::inside(leaf, above)).collect(),
    };
    template.extensions.eku = match leaf.bad {
        Some(Bad::WrongEku) => vec![ExtendedKeyUsage(oid::CODE_SIGNING)],
        Some(Bad::NoClientAuth) => vec![ExtendedKeyUsage(oid::SERVER_AUTH)],
        _ => leaf.eku.to_vec(),
    };
    if leaf.bad == Some(Bad::Sha1) {
        template.digest = SigningDigest::Sha1;
    }
    template
}

/// A name that clients of the leaf do not call it by, and that the CAs above permit if they permit
/// the right one.
fn other_host(leaf: &Leaf) -> SubjectAltName {
    let is_dns = |name: &&SubjectAltName| matches!(name, SubjectAltName::Dns(_));
    match leaf.san.iter().find(is_dns) {
        Some(SubjectAltName::Dns(name)) => {
            SubjectAltName::Dns(format!("wrong-host.{}", name.trim_start_matches("*.")))
        }
        _ => SubjectAltName::Ip(NOBODY),
    }
}
