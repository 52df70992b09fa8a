//! Handing out parts of a wallet: which entries, and in what form.

mod ewallet_pem;

pub use ewallet_pem::{ewallet_pem_losses, has_key, to_ewallet_pem};

use crate::chain::Candidates;
use crate::codec::pkcs12::property;
use crate::codec::{Loss, pem};
use crate::crypto::CryptoError;
use crate::crypto::cipher::Cipher;
use crate::crypto::kdf::{Budget, Hash, Passphrase};
use crate::crypto::pbe::Scheme;
use crate::crypto::pkcs8;
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, Entry, EntryId, EntryKind, TrustedEntry};
use crate::model::key::{KeyMaterial, PrivateKey};
use crate::model::shown_alias::shown_aliases;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::ops::{OpsError, shown_alias};
use crate::secret::{Password, SecretBytes};
use std::collections::HashSet;
use zeroize::Zeroizing;

/// Iterations of the key derivation for a key file, as in the profile `modern`.
const ITERATIONS: u32 = 10_000;

/// Length of the salt for a key file, in bytes.
const SALT_LENGTH: usize = 16;

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
    let ids: Vec<EntryId> = wallet.entries().iter().map(Entry::id).collect();
    for id in ids {
        let keep = only.is_none_or(|only| only == id)
            && selected.entry_mut(id).is_some_and(|entry| cut(entry, parts, portable, &candidates));
        if !keep {
            selected.remove(id);
        }
    }
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
    for (id, shown) in shown_aliases(wallet) {
        if let Some(entry) = selected.entry_mut(id)
            && entry.alias.is_none()
        {
            entry.alias = Some(Alias::new(shown.text));
        }
    }
}

/// Leaves of the entry what is handed out; false when nothing is.
fn cut(entry: &mut Entry, parts: Parts, portable: bool, candidates: &Candidates) -> bool {
    if portable && property::is_property(entry) {
        return false;
    }
    match (&mut entry.kind, parts) {
        (EntryKind::TrustedCertificate(_), parts) => parts != Parts::Keys,
        (EntryKind::PrivateKey(key), Parts::All) => {
            if portable && let Some(leaf) = key.leaf() {
                for certificate in candidates.chain(leaf) {
                    if key.chain.iter().all(|link| link.certificate != certificate) {
                        key.chain.push(ChainCertificate::from(certificate));
                    }
                }
                key.request = None;
            }
            true
        }
        (EntryKind::PrivateKey(key), Parts::Certificates) => {
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

/// Takes out of the wallet what would be lost anyway.
pub fn leave_out(wallet: &mut Wallet, losses: &[Loss]) {
    for loss in losses {
        wallet.remove(loss.entry);
    }
}

/// The trust flags that a file loses which is not of Oracle's layout.
#[must_use]
pub fn trust_flag_losses(wallet: &Wallet) -> Vec<Loss> {
    wallet
        .entries()
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::TrustedCertificate(trusted) if !trusted.flags.is_empty() => {
                let what = format!("its trust flags {}", trusted.flags);
                Some(Loss { entry: entry.id(), what })
            }
            _ => None,
        })
        .collect()
}

/// What PEM cannot carry of a wallet, besides its trust flags. The wallet property is no loss of its
/// own.
#[must_use]
pub fn pem_losses(wallet: &Wallet) -> Vec<Loss> {
    wallet
        .entries()
        .iter()
        .filter(|entry| !property::is_property(entry))
        .filter_map(|entry| {
            let what = match &entry.kind {
                EntryKind::Secret(_) => "a secret".to_owned(),
                EntryKind::Opaque(opaque) => opaque.description.clone(),
                _ => return None,
            };
            Some(Loss { entry: entry.id(), what })
        })
        .collect()
}

/// Writes a wallet as PEM: for each key its certificate, the issuers, and the key; then what else is
/// trusted; then the requests with their keys. No certificate comes twice. Keys are encrypted with
/// the password, and plain without one.
///
/// # Errors
///
/// [`OpsError::KeyLocked`] for a key that is not open, and [`OpsError::Crypto`].
pub fn to_pem(wallet: &Wallet, password: Option<&Password>) -> Result<SecretBytes, OpsError> {
    let mut blocks: Vec<SecretBytes> = Vec::new();
    let mut written: HashSet<Fingerprint> = HashSet::new();
    let text = |text: String| SecretBytes::new(text.into_bytes());
    for entry in wallet.entries() {
        if let EntryKind::PrivateKey(key) = &entry.kind {
            for link in &key.chain {
                if written.insert(link.certificate.fingerprint()) {
                    blocks.push(text(pem::encode_certificates(&[&link.certificate], true)));
                }
            }
            blocks.push(key_pem(open(wallet, entry.id(), &key.key)?, password)?);
        }
    }
    for (_, certificate) in wallet.trusted() {
        if written.insert(certificate.fingerprint()) {
            blocks.push(text(pem::encode_certificates(&[certificate], true)));
        }
    }
    for entry in wallet.entries() {
        if let EntryKind::Request(pending) = &entry.kind {
            blocks.push(text(pem::encode_request(&pending.request)));
            blocks.push(key_pem(open(wallet, entry.id(), &pending.key)?, password)?);
        }
    }
    Ok(joined(&blocks))
}

/// Writes one certificate as DER: the only one that there is, or the one of the only key.
///
/// # Errors
///
/// [`OpsError::NoCertificate`], or [`OpsError::EntryAmbiguous`] with the entries that fit.
pub fn to_der(wallet: &Wallet) -> Result<Certificate, OpsError> {
    let of_kind = |wants_key: bool| -> Vec<&Entry> {
        wallet
            .entries()
            .iter()
            .filter(|entry| entry.certificate().is_some())
            .filter(|entry| matches!(entry.kind, EntryKind::PrivateKey(_)) == wants_key)
            .collect()
    };
    let (keys, others) = (of_kind(true), of_kind(false));
    let fitting = if keys.is_empty() { others } else { keys };
    match &fitting[..] {
        [] => Err(OpsError::NoCertificate),
        [entry] => entry.certificate().cloned().ok_or(OpsError::NoCertificate),
        _ => Err(ambiguous(wallet, "one certificate", &fitting)),
    }
}

/// Writes the only key as DER: PKCS#8, encrypted with the password where there is one.
///
/// # Errors
///
/// [`OpsError::EntryNotFound`] without a key, [`OpsError::EntryAmbiguous`] with several,
/// [`OpsError::KeyLocked`], [`OpsError::Crypto`].
pub fn key_to_der(wallet: &Wallet, password: Option<&Password>) -> Result<SecretBytes, OpsError> {
    let keys: Vec<(&Entry, &KeyMaterial)> = wallet
        .entries()
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::PrivateKey(key) => Some((entry, &key.key)),
            EntryKind::Request(pending) => Some((entry, &pending.key)),
            _ => None,
        })
        .collect();
    match &keys[..] {
        [] => Err(OpsError::EntryNotFound { name: "a key".to_owned(), near: Vec::new() }),
        [(entry, key)] => {
            let key = open(wallet, entry.id(), key)?;
            match password {
                Some(password) => Ok(SecretBytes::new(encrypted(key, password)?)),
                None => Ok(SecretBytes::from(key.pkcs8())),
            }
        }
        _ => {
            let entries: Vec<&Entry> = keys.iter().map(|(entry, _)| *entry).collect();
            Err(ambiguous(wallet, "one key", &entries))
        }
    }
}

fn ambiguous(wallet: &Wallet, wanted: &str, entries: &[&Entry]) -> OpsError {
    let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id()).collect();
    OpsError::EntryAmbiguous {
        wanted: wanted.to_owned(),
        candidates: crate::ops::summaries(wallet, &ids),
    }
}

fn open<'a>(
    wallet: &Wallet,
    id: EntryId,
    key: &'a KeyMaterial,
) -> Result<&'a PrivateKey, OpsError> {
    key.open().ok_or_else(|| OpsError::KeyLocked { alias: shown_alias(wallet, id) })
}

fn key_pem(key: &PrivateKey, password: Option<&Password>) -> Result<SecretBytes, OpsError> {
    Ok(match password {
        Some(password) => {
            SecretBytes::new(pem::encode_encrypted_private_key(&encrypted(key, password)?).into())
        }
        None => pem::encode_private_key(key),
    })
}

fn encrypted(key: &PrivateKey, password: &Password) -> Result<Vec<u8>, CryptoError> {
    let scheme = Scheme::pbes2(Cipher::Aes256, Hash::Sha256, ITERATIONS, SALT_LENGTH, false)?;
    let passphrase = Passphrase::forms(password).swap_remove(0);
    pkcs8::encrypt(key.pkcs8(), &scheme, &passphrase, &Budget::unlimited())
}

/// The blocks in one allocation that is wiped.
fn joined(blocks: &[SecretBytes]) -> SecretBytes {
    let mut all = Zeroizing::new(Vec::with_capacity(blocks.iter().map(|block| block.len()).sum()));
    for block in blocks {
        all.extend_from_slice(block);
    }
    SecretBytes::new(std::mem::take(&mut *all))
}
