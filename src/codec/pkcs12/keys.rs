//! Opening the keys that are encrypted one by one.

use crate::code::Code;
use crate::codec::Keys;
use crate::codec::pkcs12::secret_bag;
use crate::crypto::CryptoError;
use crate::crypto::kdf::Budget;
use crate::crypto::pkcs8;
use crate::digest::Fingerprint;
use crate::model::entry::SealedContent;
use crate::model::key::{KeyMaterial, LockedKey, PrivateKey};
use crate::parallel;
use crate::secret::{Password, SecretBytes};
use std::collections::HashSet;

/// The passwords to try on a shrouded key, in order.
pub(super) struct KeyOpener<'a> {
    pub(super) passwords: Vec<&'a Password>,
    pub(super) keys: Keys,
    pub(super) budget: &'a Budget,
    /// The encrypted keys that another password than the first opened.
    pub(super) own: HashSet<Fingerprint>,
}

impl KeyOpener<'_> {
    /// What is sealed in the values of secretBags, each with a derivation of its own, too.
    pub(super) fn all_sealed(&self, values: &[&[u8]]) -> Vec<SealedContent> {
        let derives = |value: &&[u8]| secret_bag::read_sealed_key(value).map_or(Some(0), cost);
        self.each(values, derives, |value| self.sealed(value))
    }

    fn sealed(&self, value: &[u8]) -> SealedContent {
        let Some(encrypted) = secret_bag::read_sealed_key(value) else {
            return SealedContent::Nothing;
        };
        if self.keys != Keys::Open {
            return SealedContent::Closed(None);
        }
        match self.try_each(encrypted, Ok) {
            Ok((_, plain)) => SealedContent::Open(plain),
            Err(refusal) => SealedContent::Closed(Some(refusal)),
        }
    }

    /// A shrouded key that nobody has tried to open.
    pub(super) fn locked(encrypted: &[u8]) -> KeyMaterial {
        KeyMaterial::Locked(LockedKey { raw: encrypted.to_vec(), refusal: None })
    }

    /// Opens locked keys, if the caller wants keys open. What stays closed says why.
    pub(super) fn open_all<'m>(&mut self, materials: impl Iterator<Item = &'m mut KeyMaterial>) {
        if self.keys != Keys::Open {
            return;
        }
        let closed: Vec<_> = materials.filter(|material| to_open(material).is_some()).collect();
        let locked: Vec<_> = closed.iter().filter_map(|material| to_open(material)).collect();
        let opened = self.each(&locked, |locked| cost(&locked.raw), |locked| self.try_key(locked));
        for (material, opened) in closed.into_iter().zip(opened) {
            self.settle(material, opened);
        }
    }

    /// Does the work on each, side by side where keys are wanted open and there is budget for every password on all
    /// of them: where it would end before, it ends in their order.
    fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        cost: impl Fn(&T) -> Option<u64>,
        work: impl Fn(&T) -> R + Sync,
    ) -> Vec<R> {
        // An empty password has two forms.
        let tries = self.passwords.iter().map(|password| if password.is_empty() { 2 } else { 1 });
        let tries: u64 = tries.sum();
        let all: Option<u64> =
            items.iter().map(cost).try_fold(0, |sum: u64, cost| sum.checked_add(cost?));
        let affords = |all: u64| self.budget.affords(all.saturating_mul(tries));
        if self.keys == Keys::Open && self.budget.may_be_ahead() && all.is_some_and(affords) {
            parallel::map(items, work)
        } else {
            items.iter().map(work).collect()
        }
    }

    /// Opens a key that the reader needs, whatever the caller wants.
    pub(super) fn open(&mut self, material: &mut KeyMaterial) {
        if let Some(locked) = to_open(material) {
            let opened = self.try_key(locked);
            self.settle(material, opened);
        }
    }

    fn try_key(&self, locked: &LockedKey) -> Result<(usize, PrivateKey), Code> {
        let read = |plain| PrivateKey::from_pkcs8(plain).map_err(|error| error.code());
        self.try_each(&locked.raw, read)
    }

    fn settle(&mut self, material: &mut KeyMaterial, opened: Result<(usize, PrivateKey), Code>) {
        let KeyMaterial::Locked(locked) = material else { return };
        match opened {
            Ok((position, key)) => {
                if position > 0 {
                    self.own.insert(Fingerprint::of(&locked.raw));
                }
                *material = KeyMaterial::Open(key);
            }
            Err(refusal) => locked.refusal = Some(refusal),
        }
    }

    /// What the first password that fits opens, and its position; else why it stays closed.
    fn try_each<T>(
        &self,
        encrypted: &[u8],
        read: impl Fn(SecretBytes) -> Result<T, Code>,
    ) -> Result<(usize, T), Code> {
        let mut refusal = Code::PASSWORD_WRONG;
        for (position, password) in self.passwords.iter().enumerate() {
            match pkcs8::decrypt(encrypted, password, self.budget) {
                Ok(plain) => match read(plain) {
                    Ok(content) => return Ok((position, content)),
                    Err(code) => refusal = code,
                },
                Err(CryptoError::Padding) => {}
                // It would be the same with every password.
                Err(error) => return Err(error.code()),
            }
        }
        Err(refusal)
    }
}

/// The key, if it is locked and nothing has been tried on it.
fn to_open(material: &KeyMaterial) -> Option<&LockedKey> {
    match material {
        KeyMaterial::Locked(locked) if locked.refusal.is_none() => Some(locked),
        _ => None,
    }
}

/// What it takes to try a password on an encrypted key; none where it takes memory as well.
fn cost(encrypted: &[u8]) -> Option<u64> {
    pkcs8::scheme(encrypted).map_or(Some(0), |scheme| scheme.cost())
}
