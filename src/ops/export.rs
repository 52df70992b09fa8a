//! Handing out parts of a wallet: which entries, made ready for whom.

mod ewallet_pem;
mod split;

pub use ewallet_pem::{has_key, to_ewallet_pem};
pub use split::{SPLIT_FILES, SplitFile, to_split_pem};

use crate::chain::Candidates;
use crate::codec::pkcs12::property;
use crate::codec::{self, Loss};
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, Entry, EntryId, EntryKind, TrustedEntry};
use crate::model::format::Format;
use crate::model::profile::Profile;
use crate::model::shown_alias::shown_aliases;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::ops::OpsError;
use std::collections::HashSet;
use std::sync::Arc;

/// Which parts of the entries are handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parts {
    /// All of them.
    #[default]
    All,
    /// The trusted certificates alone.
    Trusted,
    /// Every certificate, no key and no secret.
    Certificates,
    /// The certificate of each entry, without its issuers, and nothing said of it.
    Leaves,
    /// The keys alone.
    Keys,
}

/// Cuts a copy of the wallet down to what is handed out. With `portable`, it is made ready for other
/// programs: chains get the issuers that stand elsewhere in the wallet, where nobody else would look
/// for them, entries without an alias get the one that is shown, and what only Oracle keeps stays
/// behind: requests that have been answered, and the property that says how the wallet is written.
#[must_use]
pub fn select(wallet: &Wallet, only: Option<EntryId>, parts: Parts, portable: bool) -> Wallet {
    let candidates = Candidates::of(wallet);
    let mut selected = wallet.clone();
    selected.retain(|entry| {
        only.is_none_or(|only| only == entry.id()) && cut(entry, parts, portable, &candidates)
    });
    if portable {
        name_entries(wallet, &mut selected);
    }
    if parts == Parts::Certificates {
        trust_issuers(wallet, &mut selected, only, &candidates);
    }
    selected
}

/// Writes the aliases that are shown into entries that have none: Java calls those `1`, `2` and so on.
fn name_entries(wallet: &Wallet, selected: &mut Wallet) {
    let shown = shown_aliases(wallet);
    for entry in selected.entries_mut().filter(|entry| entry.alias.is_none()) {
        if let Some(shown) = shown.get(&entry.id()) {
            entry.alias = Some(Alias::new(shown.text.as_str()));
        }
    }
}

/// Leaves of the entry what is handed out; false when nothing is.
fn cut(entry: &mut Entry, parts: Parts, portable: bool, candidates: &Candidates) -> bool {
    if portable && property::is_property(entry) {
        return false;
    }
    if parts == Parts::Leaves {
        entry.attributes = Arc::default();
    }
    match (&mut entry.kind, parts) {
        (EntryKind::TrustedCertificate(trusted), Parts::Leaves) => {
            trusted.flags = TrustFlags::default();
            true
        }
        (EntryKind::TrustedCertificate(_), parts) => parts != Parts::Keys,
        (EntryKind::PrivateKey(key), Parts::All) => {
            if portable && let Some(leaf) = key.leaf() {
                let path = candidates.chain(leaf);
                key.chain = path_first(path, std::mem::take(&mut key.chain));
                key.request = None;
            }
            true
        }
        (EntryKind::PrivateKey(key), Parts::Certificates | Parts::Leaves) => {
            let Some(certificate) = key.leaf().cloned() else { return false };
            let trusted = TrustedEntry { certificate, flags: TrustFlags::default() };
            entry.kind = EntryKind::TrustedCertificate(trusted);
            true
        }
        (EntryKind::PrivateKey(key), Parts::Keys) => {
            key.chain.clear();
            key.request = None;
            true
        }
        (EntryKind::Request(_), parts) => matches!(parts, Parts::All | Parts::Keys),
        (_, parts) => parts == Parts::All,
    }
}

/// A chain that begins with the path that the signatures prove. What else the chain holds follows: the
/// other roots of CAs that are cross-signed, and CAs of the same name as an issuer, which a reader that
/// goes by names must not meet first.
fn path_first(path: Vec<Certificate>, mut chain: Vec<ChainCertificate>) -> Vec<ChainCertificate> {
    let mut ordered = Vec::with_capacity(path.len().max(chain.len()));
    for certificate in path {
        let known = chain.iter().position(|link| link.certificate == certificate);
        ordered.push(match known {
            Some(known) => chain.remove(known),
            None => ChainCertificate::from(certificate),
        });
    }
    ordered.append(&mut chain);
    ordered
}

/// Adds the issuers of certificates that are handed out without their keys.
fn trust_issuers(
    wallet: &Wallet,
    selected: &mut Wallet,
    only: Option<EntryId>,
    candidates: &Candidates,
) {
    let mut present: HashSet<Fingerprint> =
        selected.certificates().map(|(_, certificate)| certificate.fingerprint()).collect();
    for entry in wallet.entries().iter().filter(|entry| only.is_none_or(|only| only == entry.id()))
    {
        let EntryKind::PrivateKey(key) = &entry.kind else { continue };
        for certificate in key.leaf().map_or_else(Vec::new, |leaf| candidates.chain(leaf)) {
            if present.insert(certificate.fingerprint()) {
                let flags = TrustFlags::default();
                let trusted = TrustedEntry { certificate, flags };
                selected.push(None, EntryKind::TrustedCertificate(trusted));
            }
        }
    }
}

/// Takes out of the wallet the entries of which nothing would be left.
///
/// # Errors
///
/// [`OpsError::NothingLeft`] where that is all of them: a file with nothing in it is worth nothing.
pub fn leave_out(wallet: &mut Wallet, losses: &[Loss]) -> Result<(), OpsError> {
    let lost: HashSet<EntryId> =
        losses.iter().filter(|loss| loss.whole).map(|loss| loss.entry).collect();
    wallet.retain(|entry| !lost.contains(&entry.id()));
    if !lost.is_empty() && wallet.entries().iter().all(property::is_property) {
        return Err(OpsError::NothingLeft);
    }
    Ok(())
}

/// Leaves of the wallet what a server sends: its key, and the path that leads up to the root, which its
/// clients have. What was taken out; nothing of a wallet without a key, which is a trust store.
pub fn for_server(wallet: &mut Wallet) -> Vec<Loss> {
    let has_key = |entry: &Entry| matches!(entry.kind, EntryKind::PrivateKey(_));
    let mut left_out = Vec::new();
    if !wallet.entries().iter().any(has_key) {
        return left_out;
    }
    wallet.retain(|entry| {
        let id = entry.id();
        let mut leave_out = |what: &str, whole| {
            left_out.push(Loss { entry: id, what: what.to_owned(), whole });
        };
        match &mut entry.kind {
            EntryKind::PrivateKey(key) => {
                let chain = key.chain.len();
                let leaf = key.leaf().cloned();
                key.chain.retain(|link| {
                    Some(&link.certificate) == leaf.as_ref() || !link.certificate.is_self_issued()
                });
                if key.chain.len() != chain {
                    leave_out("the root of its chain, which clients have", false);
                }
                true
            }
            EntryKind::TrustedCertificate(_) => {
                leave_out("a trusted certificate, which would be sent to every client", true);
                false
            }
            _ => true,
        }
    });
    left_out
}

/// What forms of PEM cannot carry that have no place for keys without a certificate: `ewallet.pem`,
/// and the folders of [`to_split_pem`].
#[must_use]
pub fn certified_losses(wallet: &Wallet) -> Vec<Loss> {
    let mut losses = codec::losses(wallet, Format::Pem, Profile::Modern);
    losses.extend(wallet.entries().iter().filter_map(|entry| {
        let is_bare = match &entry.kind {
            EntryKind::Request(_) => true,
            EntryKind::PrivateKey(key) => key.chain.is_empty(),
            _ => false,
        };
        let what = "a key without a certificate".to_owned();
        is_bare.then(|| Loss { entry: entry.id(), what, whole: true })
    }));
    losses
}
