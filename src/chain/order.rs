//! The order of the certificates that are kept with a key.

use crate::chain::candidates::{Candidates, Source};
use crate::digest::Fingerprint;
use crate::model::entry::ChainCertificate;
use std::collections::{HashMap, HashSet};
use time::OffsetDateTime;

/// The certificates of a chain in the order of issuing, each once: its path as far as it has one, and behind it, as
/// they stand, those that are on no path. `None` where that is how they stand, and where each but the first is named
/// as the issuer of the one before it: of two ways to order cross-signed certificates both are good.
#[must_use]
pub fn in_order(chain: &[ChainCertificate], at: OffsetDateTime) -> Option<Vec<ChainCertificate>> {
    let mut seen = HashSet::new();
    let is_double = chain.iter().any(|link| !seen.insert(link.certificate.fingerprint()));
    let is_gap = |pair: &[ChainCertificate]| {
        !pair[0].certificate.issuer().matches(&pair[1].certificate.subject())
    };
    if !is_double && !chain.windows(2).any(is_gap) {
        return None;
    }
    let leaf = &chain.first()?.certificate;
    let mut candidates = Candidates::new();
    let mut kept: HashMap<Fingerprint, &ChainCertificate> = HashMap::new();
    for link in chain {
        candidates.add(&link.certificate, Source::Entry);
        kept.entry(link.certificate.fingerprint()).or_insert(link);
    }
    let path = candidates.path(leaf, Some(at)).links;
    let on_path = path.iter().map(|link| link.certificate.fingerprint());
    let all = on_path.chain(chain.iter().map(|link| link.certificate.fingerprint()));
    let ordered: Vec<ChainCertificate> =
        all.filter_map(|fingerprint| kept.remove(&fingerprint)).cloned().collect();
    (ordered != chain).then_some(ordered)
}
