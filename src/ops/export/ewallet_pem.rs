//! `ewallet.pem`, the wallet of Oracle's thin drivers.

use crate::chain::Candidates;
use crate::codec::{Sealing, pem};
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind, KeyEntry};
use crate::model::wallet::Wallet;
use crate::ops::{OpsError, entry, shown_alias, summaries};
use crate::secret::SecretBytes;
use std::collections::HashSet;

/// Writes a wallet for drivers that read PEM: the certificate of the key, its issuers, what else is
/// trusted, and then the key, encrypted with the password, plain without one. Python takes the first
/// certificate for that of the key, so there is room for one key. A wallet without a key gives its
/// trusted certificates.
///
/// # Errors
///
/// [`OpsError::EntryAmbiguous`] with several keys and none of them named; [`OpsError::WrongKind`]
/// when the named entry has no key with a certificate; [`OpsError::NoCertificate`];
/// [`OpsError::KeyLocked`], [`OpsError::Codec`].
pub fn to_ewallet_pem(
    wallet: &Wallet,
    key: Option<EntryId>,
    sealing: &Sealing<'_>,
) -> Result<SecretBytes, OpsError> {
    let chosen = chosen(wallet, key)?;
    let mut certificates: Vec<Certificate> = Vec::new();
    if let Some((_, key)) = chosen {
        certificates.extend(key.chain.iter().map(|link| link.certificate.clone()));
        if let Some(leaf) = key.leaf() {
            certificates.extend(Candidates::of(wallet).chain(leaf));
        }
    }
    certificates.extend(wallet.trusted().map(|(_, certificate)| certificate.clone()));
    let mut seen: HashSet<Fingerprint> = HashSet::new();
    certificates.retain(|certificate| seen.insert(certificate.fingerprint()));
    if certificates.is_empty() {
        return Err(OpsError::NoCertificate);
    }
    let text = |certificate| pem::encode_certificates(&[certificate], true).into_bytes();
    let mut blocks: Vec<SecretBytes> =
        certificates.iter().map(text).map(SecretBytes::new).collect();
    if let Some((id, key)) = chosen {
        let key = key.key.open().ok_or_else(|| OpsError::locked(wallet, id, &key.key))?;
        blocks.push(pem::encode_key(key, sealing)?);
    }
    Ok(pem::joined(&blocks))
}

/// Whether there is a key that goes into the file, and so a password to protect it.
///
/// # Errors
///
/// As [`to_ewallet_pem`] where the key cannot be chosen.
pub fn has_key(wallet: &Wallet, key: Option<EntryId>) -> Result<bool, OpsError> {
    Ok(chosen(wallet, key)?.is_some())
}

/// The key that goes into the file.
fn chosen(
    wallet: &Wallet,
    named: Option<EntryId>,
) -> Result<Option<(EntryId, &KeyEntry)>, OpsError> {
    let keys: Vec<(&Entry, &KeyEntry)> = wallet
        .entries()
        .iter()
        .filter(|entry| named.is_none_or(|id| entry.id() == id))
        .filter_map(|entry| match &entry.kind {
            EntryKind::PrivateKey(key) if !key.chain.is_empty() => Some((entry, &**key)),
            _ => None,
        })
        .collect();
    match (&keys[..], named) {
        ([(entry, key)], _) => Ok(Some((entry.id(), key))),
        ([], None) => Ok(None),
        ([], Some(id)) => Err(OpsError::WrongKind {
            alias: shown_alias(wallet, id),
            found: entry(wallet, id)?.kind.name(),
            wanted: "key with a certificate",
        }),
        _ => {
            let ids: Vec<EntryId> = keys.iter().map(|(entry, _)| entry.id()).collect();
            let wanted = "the key of ewallet.pem".to_owned();
            Err(OpsError::EntryAmbiguous { wanted, candidates: summaries(wallet, &ids) })
        }
    }
}
