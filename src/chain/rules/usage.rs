//! What the leaf is for.

use crate::chain::criteria::Purpose;
use crate::chain::examination::{Examination, Examined};
use crate::chain::extensions::usage::KeyUsage;
use crate::chain::finding::Finding;
use crate::code::Code;
use crate::oid;

/// RFC 5280 section 4.2.1.12: where extendedKeyUsage is there, the certificate is for nothing else;
/// `anyExtendedKeyUsage` is for everything. An intermediate's binds what it issues, as every large
/// implementation has it.
pub(super) fn allows_purpose(examination: &Examination<'_>) -> Vec<Finding> {
    let (code, wanted, name) = match examination.criteria.purpose {
        Purpose::Any => return Vec::new(),
        Purpose::Client => (Code::EKU_NO_CLIENT_AUTH, oid::CLIENT_AUTH, "client"),
        Purpose::Server => (Code::EKU_NO_SERVER_AUTH, oid::SERVER_AUTH, "server"),
    };
    let judge = |examined: &Examined<'_>| {
        let allowed = examined.extensions.extended_key_usage.as_ref()?;
        if allowed.iter().any(|usage| *usage == wanted || *usage == oid::ANY_EXTENDED_KEY_USAGE) {
            return None;
        }
        let who = examined.title();
        let message = if examined.position == 0 {
            format!("{who} may not be used as a {name}: its extended key usage excludes it")
        } else {
            format!("{who} may not issue for a {name}: its extended key usage excludes it")
        };
        let usages: Vec<_> = allowed.iter().map(ToString::to_string).collect();
        Some(examined.error(code, message).evidence("extended_key_usage", usages))
    };
    // A certificate that the path ends in counts as little here as its other extensions do.
    examination
        .counted()
        .iter()
        .filter(|one| !examination.is_end(one) || one.position == 0)
        .filter_map(judge)
        .collect()
}

/// RFC 5280 section 4.2.1.3 with RFC 8446 section 4.4.2: the handshake needs a signature, or in TLS
/// 1.2 a key exchange. Not all peers look, so it is a warning.
pub(super) fn key_fits_tls(examination: &Examination<'_>) -> Vec<Finding> {
    let leaf = examination.leaf();
    let (bits, name, wanted) = match examination.criteria.purpose {
        Purpose::Any => return Vec::new(),
        Purpose::Client => (KeyUsage::DIGITAL_SIGNATURE, "client", "digitalSignature"),
        Purpose::Server => (
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT,
            "server",
            "digitalSignature, keyEncipherment or keyAgreement",
        ),
    };
    if leaf.extensions.key_usage.is_none_or(|usage| usage.allows(bits)) {
        return Vec::new();
    }
    let message = format!(
        "the key usage of {} does not allow what a TLS {name} does: {wanted}",
        leaf.title()
    );
    vec![leaf.warning(Code::KEY_USAGE_MISSING, message).evidence("missing", wanted)]
}
