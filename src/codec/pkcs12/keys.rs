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
use crate::secret::Password;
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
    /// What is sealed in the value of a secretBag.
    pub(super) fn sealed(&self, value: &[u8]) -> SealedContent {
        let Some(encrypted) = secret_bag::read_sealed_key(value) else {
            return SealedContent::Nothing;
        };
        if self.keys != Keys::Open {
            return SealedContent::Closed;
        }
        let mut opened = self.passwords.iter().map(|it| pkcs8::decrypt(encrypted, it, self.budget));
        opened.find_map(Result::ok).map_or(SealedContent::Closed, SealedContent::Open)
    }

    /// A shrouded key that nobody has tried to open.
    pub(super) fn locked(encrypted: &[u8]) -> KeyMaterial {
        KeyMaterial::Locked(LockedKey { raw: encrypted.to_vec(), refusal: None })
    }

    /// Opens a locked key if the caller wants keys open or the reader needs it. What stays closed
    /// says why.
    pub(super) fn open(&mut self, material: &mut KeyMaterial, needed: bool) {
        let KeyMaterial::Locked(locked) = material else { return };
        if locked.refusal.is_some() || (self.keys != Keys::Open && !needed) {
            return;
        }
        let mut refusal = Code::PASSWORD_WRONG;
        for (position, password) in self.passwords.iter().enumerate() {
            match pkcs8::decrypt(&locked.raw, password, self.budget) {
                Ok(bytes) => match PrivateKey::from_pkcs8(bytes) {
                    Ok(key) => {
                        if position > 0 {
                            self.own.insert(Fingerprint::of(&locked.raw));
                        }
                        *material = KeyMaterial::Open(key);
                        return;
                    }
                    Err(error) => refusal = error.code(),
                },
                Err(CryptoError::Padding) => {}
                Err(error) => {
                    refusal = error.code();
                    break;
                }
            }
        }
        locked.refusal = Some(refusal);
    }
}
