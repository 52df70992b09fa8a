//! What each entry says may be right and all of it together impossible.

use crate::chain::Purpose;
use crate::chain::rules::permits_host;
use crate::issue::alternative_name::SubjectAltName;
use crate::model::key::KeyAlgorithm;
use crate::model::profile::Profile;
use crate::pki::bad::Bad;
use crate::pki::error::FileError;
use crate::pki::layers::Layers;
use crate::pki::spec::{Authority, Leaf, Output, Spec};

/// Longest label of a host name, RFC 1035 section 2.3.4.
const LABEL_BYTES: usize = 63;

/// Fails where a CA asks for what cannot be.
pub(super) fn check_authority(
    spec: &Spec,
    authority: &Authority,
    layers: &Layers<'_>,
) -> Result<(), FileError> {
    let above = spec.issuers(authority.issuer.as_deref());
    if let Some((issuer, allowed)) = without_room(&above, 1) {
        let problem = format!("impossible: {issuer} has path_len = {allowed}, too little for it");
        return Err(layers.error("issuer", problem));
    }
    Ok(())
}

/// Fails where a leaf asks for what cannot be.
pub(super) fn check_leaf(spec: &Spec, leaf: &Leaf, layers: &Layers<'_>) -> Result<(), FileError> {
    let needs_host = |what: &str| {
        if leaf.host().is_some() {
            return Ok(());
        }
        let problem = format!("impossible: {what} needs eku = \"server\" and a host in san");
        Err(layers.error("bad", problem))
    };
    let impossible = |problem: String| Err(layers.error("bad", format!("impossible: {problem}")));
    if leaf.purpose() == Purpose::Server && leaf.san.is_empty() {
        return Err(layers.error("eku", "impossible: a server without a name in san"));
    }
    if leaf.profile == Profile::JavaTrust {
        let problem = "impossible: the profile java-trust is for trust stores alone";
        return Err(layers.error("profile", problem));
    }
    let above = spec.issuers(Some(&leaf.issuer));
    let issuer = &leaf.issuer;
    let has_crl = above.first().is_some_and(|authority| authority.crl);
    let has_store = leaf.outputs.iter().any(|output| matches!(output, Output::P12 | Output::Jks));
    match leaf.bad {
        Some(bad @ (Bad::WrongHost | Bad::NoSan)) => needs_host(bad.name())?,
        Some(Bad::WrongEku) if leaf.purpose() == Purpose::Any => {
            return impossible("wrong-eku needs eku = \"server\" or \"client\"".to_owned());
        }
        Some(Bad::Revoked) if !has_crl => {
            return impossible(format!("revoked needs crl = true in ca.{issuer}"));
        }
        Some(bad @ (Bad::MissingIntermediate | Bad::ShuffledChain)) if above.len() < 2 => {
            return impossible(format!(
                "{} needs an intermediate, ca.{issuer} is a root",
                bad.name()
            ));
        }
        Some(Bad::NameConstraint) if outside(&above).is_none() => {
            let problem = "name-constraint needs permitted_dns or excluded_dns in a CA above";
            return impossible(problem.to_owned());
        }
        Some(Bad::PathLen) if without_room(&above, 1).is_none() => {
            return impossible(format!("path-len needs path_len = 0 in ca.{issuer}"));
        }
        Some(Bad::Sha1) if above.first().is_some_and(|ca| ca.key == KeyAlgorithm::Ed25519) => {
            return impossible(format!("ca.{issuer} has an Ed25519 key, which signs no SHA-1"));
        }
        Some(Bad::KeyPasswordDiffers) if !has_store => {
            return impossible("key-password-differs needs p12 or jks in outputs".to_owned());
        }
        // Their issuer of its own stands where the issuer stands, or one below a root.
        Some(bad @ (Bad::CaFalse | Bad::ExpiredCa))
            if above.len() == 1 && without_room(&above, 1).is_some() =>
        {
            let problem = format!("{} needs room for a CA below ca.{issuer}", bad.name());
            return impossible(problem);
        }
        _ => {}
    }
    if leaf.bad != Some(Bad::NameConstraint)
        && let Some(name) = leaf.san.iter().find(|name| !is_permitted(name, &above))
    {
        let problem = format!("impossible: {name} is a name that a CA above does not permit");
        return Err(layers.error("san", problem));
    }
    Ok(())
}

/// The first of these CAs that has no room for `more` CAs below the first of them, and its bound.
fn without_room<'a>(above: &[&'a Authority], more: usize) -> Option<(&'a str, u8)> {
    above.iter().enumerate().find_map(|(between, authority)| {
        let allowed = authority.path_length?;
        (between + more > usize::from(allowed)).then_some((authority.name.as_str(), allowed))
    })
}

/// A host name that some CA of these does not permit; none when they permit all.
pub(super) fn outside(above: &[&Authority]) -> Option<String> {
    if above.iter().any(|authority| !authority.permitted_dns.is_empty()) {
        return Some("outside.invalid".to_owned()); // reserved, RFC 6761 section 6.4
    }
    let excluded = above.iter().flat_map(|authority| &authority.excluded_dns).next()?;
    Some(format!("outside.{excluded}"))
}

/// A host name below what the CAs above permit, for a leaf that has none: Java takes the common name
/// for one then, and refuses it. None where nothing is constrained, or nothing is left.
pub(super) fn inside(leaf: &Leaf, above: &[&Authority]) -> Option<SubjectAltName> {
    if leaf.san.iter().any(|name| matches!(name, SubjectAltName::Dns(_))) {
        return None;
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let label: String = leaf.name.chars().map(plain).take(LABEL_BYTES).collect();
    let label = label.trim_matches('-');
    let bases = above.iter().flat_map(|authority| &authority.permitted_dns);
    bases
        .map(|base| SubjectAltName::Dns(format!("{label}.{base}")))
        .find(|name| is_permitted(name, above))
}

/// RFC 5280 section 4.2.1.10: a constraint on host names says nothing about other names.
fn is_permitted(name: &SubjectAltName, above: &[&Authority]) -> bool {
    let SubjectAltName::Dns(name) = name else { return true };
    let permits = |ca: &&Authority| permits_host(name, &ca.permitted_dns, &ca.excluded_dns);
    above.iter().all(permits)
}
