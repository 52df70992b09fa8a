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
        if self.keys == Keys::Open {
            parallel::map(values, |value| self.sealed(value))
        } else {
            values.iter().map(|value| self.sealed(value)).collect()
        }
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
    ///
    /// Each takes a derivation of its own, so they are opened side by side. Where the budget ends before the
    /// keys do, the last ones stay closed.
    pub(super) fn open_all<'m>(&mut self, materials: impl Iterator<Item = &'m mut KeyMaterial>) {
        if self.keys != Keys::Open {
            return;
        }
        let mut closed: Vec<_> = materials.filter(|material| to_open(material).is_some()).collect();
        let opened = parallel::map(&closed, |material| Some(self.try_key(to_open(material)?)));
        for (material, opened) in closed.iter_mut().zip(opened) {
            if let Some(opened) = opened {
                self.settle(material, opened);
            }
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
