//! Removing and renaming entries.

use crate::chain::{Candidates, End, orphan};
use crate::codec::opaque;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::name::DistinguishedName;
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use crate::ops::alias::TakenAliases;
use crate::ops::secret::tde::TdeEntries;
use crate::ops::{OpsError, entry, shown_alias};
use std::collections::HashSet;
use std::fmt;

/// What goes with entries when they are removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemovalEffect {
    /// The chains of other keys that are complete with the entries and are not without them.
    pub broken: Vec<BrokenChain>,
    /// The first of what they hold that is lost; nothing for trusted certificates, which others have as well.
    pub lost: Option<Lost>,
}

/// What is lost with its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// A private key.
    PrivateKey,
    /// A secret.
    Secret,
    /// Something that is not understood: a secret key, perhaps.
    Opaque,
}

impl Lost {
    pub(in crate::ops) fn with(kind: &EntryKind) -> Option<Self> {
        match kind {
            EntryKind::PrivateKey(_) | EntryKind::Request(_) => Some(Self::PrivateKey),
            EntryKind::Secret(_) => Some(Self::Secret),
            EntryKind::Opaque(_) => Some(Self::Opaque),
            EntryKind::TrustedCertificate(_) => None,
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrivateKey => "a private key",
            Self::Secret => "a secret",
            Self::Opaque => "something that is not understood",
        })
    }
}

/// A chain that a removal breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenChain {
    /// The shown alias of the key.
    pub alias: String,
    /// The subject of the issuer that is missed.
    pub missing: String,
}

/// Where the chains of a wallet may end for those who read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchors {
    /// In whatever it trusts, an intermediate too.
    Trusted,
    /// As Oracle's clients want it: in a self-signed certificate, whatever is trusted below it.
    SelfSigned,
}

/// What [`remove`] of all these would do besides removing them. Changes nothing.
#[must_use]
pub fn removal_effect(wallet: &Wallet, ids: &[EntryId], anchors: Anchors) -> RemovalEffect {
    let removed: HashSet<EntryId> = ids.iter().copied().collect();
    let mut going = wallet.entries().iter().filter(|entry| removed.contains(&entry.id()));
    let lost = going.find_map(|entry| Lost::with(&entry.kind));
    let mut rest = wallet.clone();
    rest.retain(|entry| !removed.contains(&entry.id()));
    let (before, after) = (Candidates::of(wallet), Candidates::of(&rest));
    let aliases = shown_aliases(wallet);
    let mut broken = Vec::new();
    let judges: &[fn(&Certificate, &Candidates) -> Option<DistinguishedName>] = match anchors {
        Anchors::Trusted => &[missing],
        Anchors::SelfSigned => &[missing, missing_below_root],
    };
    for (alias, certificate) in rest
        .entries()
        .iter()
        // What is trusted is a chain's end for others.
        .filter(|entry| entry.key().is_some() || anchors == Anchors::SelfSigned)
        .filter_map(|entry| Some((aliases.get(&entry.id())?, entry.certificate()?)))
    {
        let newly = |judge: &fn(&Certificate, &Candidates) -> Option<DistinguishedName>| {
            judge(certificate, &after).filter(|_| judge(certificate, &before).is_none())
        };
        if let Some(missing) = judges.iter().find_map(newly) {
            let (alias, missing) = (alias.text.clone(), missing.to_string());
            broken.push(BrokenChain { alias, missing });
        }
    }
    RemovalEffect { broken, lost }
}

/// The issuer without which the chain ends before anything that is trusted or self-signed.
fn missing(certificate: &Certificate, candidates: &Candidates) -> Option<DistinguishedName> {
    match candidates.path(certificate, None).end {
        End::Incomplete(missing) => Some(missing.issuer),
        End::Trusted | End::SelfSigned => None,
    }
}

/// The issuer without which the chain ends before a self-signed certificate.
fn missing_below_root(
    certificate: &Certificate,
    candidates: &Candidates,
) -> Option<DistinguishedName> {
    orphan(certificate, candidates).map(|orphan| orphan.issuer())
}

/// Takes an entry out of the wallet, with its key if it has one.
///
/// # Errors
///
/// [`OpsError::EntryNotFound`]; [`OpsError::TdeEntry`] unless `tde` allows it.
pub fn remove(wallet: &mut Wallet, id: EntryId, tde: TdeEntries) -> Result<Entry, OpsError> {
    tde.allow(wallet, entry(wallet, id)?)?;
    wallet
        .remove(id)
        .ok_or_else(|| OpsError::EntryNotFound { name: format!("{id:?}"), near: Vec::new() })
}

/// Whether the file has a place for an alias of the entry, which [`rename`] changes: secrets go by names of their
/// own, and some of what is not understood by none.
#[must_use]
pub fn has_alias(entry: &Entry) -> bool {
    match &entry.kind {
        EntryKind::Secret(_) => false,
        EntryKind::Opaque(opaque) => opaque::has_alias(opaque),
        _ => true,
    }
}

/// Gives an entry another alias.
///
/// # Errors
///
/// [`OpsError::AliasTaken`] when another entry has it, in the file or on the screen;
/// [`OpsError::WrongKind`] for secrets, and for opaque entries that have no alias of their own;
/// [`OpsError::TdeEntry`] unless `tde` allows it.
pub fn rename(
    wallet: &mut Wallet,
    id: EntryId,
    alias: Alias,
    tde: TdeEntries,
) -> Result<(), OpsError> {
    tde.allow(wallet, entry(wallet, id)?)?;
    let found = entry(wallet, id)?;
    if !has_alias(found) {
        let (found, wanted) = (found.kind.name(), "key or certificate");
        return Err(OpsError::WrongKind { alias: shown_alias(wallet, id), found, wanted });
    }
    // What is not understood has its name in its bytes.
    let renamed = match &found.kind {
        EntryKind::Opaque(opaque) => opaque::renamed(opaque, &alias),
        _ => None,
    };
    let alias = TakenAliases::of(wallet, Some(id)).exactly(alias)?;
    if let Some(entry) = wallet.entry_mut(id) {
        entry.alias = Some(alias);
        if let (EntryKind::Opaque(opaque), Some(renamed)) = (&mut entry.kind, renamed) {
            opaque.raw = renamed;
        }
        // A certificate with a name of its own would go on showing it to those who read that one.
        if let EntryKind::PrivateKey(key) = &mut entry.kind
            && let Some(leaf) = key.chain.first_mut()
        {
            leaf.alias = None;
        }
    }
    Ok(())
}
