//! Repairs that change no key, trust nothing new, and lose nothing.

use crate::chain::{Candidates, Source, in_order};
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, EntryId, EntryKind};
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use std::collections::{HashMap, HashSet};
use time::OffsetDateTime;

/// What was repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// The certificate of an issuer was put to a key, from another entry or from a file.
    IssuerAdded {
        /// The shown alias of the key.
        alias: String,
        /// The certificate.
        certificate: Certificate,
    },
    /// The certificates of a key were put into the order of issuing, each once.
    ChainOrdered {
        /// The shown alias of the key.
        alias: String,
    },
    /// A certificate that was trusted twice is trusted once.
    DuplicateDropped {
        /// The shown alias of the entry that is gone.
        alias: String,
        /// The certificate.
        certificate: Certificate,
    },
}

/// Repairs what can be repaired without a decision: puts the chain of each key into order, completes
/// it with intermediates that lie elsewhere in the wallet or in `more`, and drops trusted certificates
/// that are there twice. With `keeps_order` the format keeps the chain of a key as a list, as Java's own stores do:
/// intermediates that the wallet trusts are kept with the key as well, because readers look for a chain in its entry
/// and nowhere else. In PKCS#12 certificates lie beside keys, and each reader finds their order by itself. No
/// certificate becomes trusted; none that is kept with a key is dropped unless it stands there twice.
pub fn repair(
    wallet: &mut Wallet,
    more: &[Certificate],
    keeps_order: bool,
    at: OffsetDateTime,
) -> Vec<Repair> {
    let aliases = shown_aliases(wallet);
    let alias = |id: EntryId| aliases[&id].text.clone();
    let mut candidates = Candidates::of(wallet);
    for certificate in more {
        candidates.add(certificate, Source::Presented);
    }
    let mut repairs = Vec::new();
    for entry in wallet.entries_mut() {
        let id = entry.id();
        let EntryKind::PrivateKey(key) = &mut entry.kind else { continue };
        let known: HashSet<Fingerprint> = fingerprints(&key.chain).collect();
        if keeps_order && let Some(ordered) = in_order(&key.chain, at) {
            repairs.push(Repair::ChainOrdered { alias: alias(id) });
            key.chain = ordered;
        }
        let Some(completed) = completed(&key.chain, &candidates, keeps_order, at) else { continue };
        let added = completed.iter().map(|link| &link.certificate);
        repairs.extend(
            added
                .filter(|certificate| !known.contains(&certificate.fingerprint()))
                .map(|it| Repair::IssuerAdded { alias: alias(id), certificate: it.clone() }),
        );
        key.chain = in_order(&completed, at).unwrap_or(completed);
    }
    let mut trusted = HashSet::new();
    wallet.retain(|entry| {
        let EntryKind::TrustedCertificate(one) = &entry.kind else { return true };
        // What an earlier entry trusts for the same is dropped.
        let is_first = trusted.insert((one.certificate.fingerprint(), one.flags));
        if !is_first {
            let certificate = one.certificate.clone();
            repairs.push(Repair::DuplicateDropped { alias: alias(entry.id()), certificate });
        }
        is_first
    });
    repairs
}

/// The chain with the intermediates that it lacks, in the order of issuing; what is on no path comes last. `None` where
/// it lacks nothing.
fn completed(
    chain: &[ChainCertificate],
    candidates: &Candidates,
    trusted_too: bool,
    at: OffsetDateTime,
) -> Option<Vec<ChainCertificate>> {
    let leaf = chain.first()?;
    let mut kept: HashMap<Fingerprint, &ChainCertificate> = HashMap::new();
    for link in chain {
        kept.entry(link.certificate.fingerprint()).or_insert(link);
    }
    let path = candidates.path(&leaf.certificate, Some(at));
    // A root is the peer's own matter: whoever does not know it trusts nothing below it.
    let is_wanted = |certificate: &Certificate, source: Source| {
        !certificate.is_self_issued() && (trusted_too || !source.is_anchor())
    };
    let (mut completed, mut lacks) = (Vec::new(), false);
    for link in &path.links {
        match kept.remove(&link.certificate.fingerprint()) {
            Some(link) => completed.push(link.clone()),
            None if is_wanted(&link.certificate, link.source) => {
                completed.push(link.certificate.clone().into());
                lacks = true;
            }
            None => {}
        }
    }
    let rest = chain.iter().filter(|link| kept.remove(&link.certificate.fingerprint()).is_some());
    completed.extend(rest.cloned());
    lacks.then_some(completed)
}

fn fingerprints(chain: &[ChainCertificate]) -> impl Iterator<Item = Fingerprint> {
    chain.iter().map(|link| link.certificate.fingerprint())
}
