//! Opening the keys of a store, each of which is encrypted on its own.

use crate::code::Code;
use crate::codec::jks::origin::KeyPassword;
use crate::codec::{Keys, Opening};
use crate::crypto::CryptoError;
use crate::crypto::java_protector::{self, Protector};
use crate::crypto::kdf::Budget;
use crate::model::key::{KeyMaterial, LockedKey, PrivateKey};
use crate::parallel;
use crate::secret::Password;

/// The passwords to try, in order.
pub(super) struct KeyOpener<'a> {
    passwords: Vec<(&'a Password, KeyPassword)>,
    budget: &'a Budget,
}

impl<'a> KeyOpener<'a> {
    /// The password of the store, then those for keys; none where keys are to stay closed.
    pub(super) fn new(opening: &Opening<'a>, budget: &'a Budget) -> Self {
        let own = |password: &'a Password| (password, KeyPassword::Own(password.clone()));
        let tries = match opening.keys {
            Keys::Open => true,
            Keys::OpenInJava => opening.password.is_some(),
            Keys::Leave => false,
        };
        let store = opening.password.map(|password| (password, KeyPassword::Store));
        let passwords = store.into_iter().chain(opening.key_passwords.iter().map(own));
        let passwords = passwords.filter(|_| tries).collect();
        Self { passwords, budget }
    }

    /// The keys in their order, open or locked, and what opens each. What stays locked says why, if anything was
    /// tried.
    ///
    /// Those of JCEKS have derivations of their own, and are opened side by side where there is budget for every
    /// password on all of them: where it would end before, it ends in their order.
    pub(super) fn open_all(&self, protected: &[&[u8]]) -> Vec<(KeyMaterial, KeyPassword)> {
        let costs = protected.iter().filter_map(|key| Protector::of(key).ok()?.iterations());
        let once: u64 = costs.map(u64::from).sum();
        let all = once.saturating_mul(self.passwords.len() as u64);
        if all > 0 && self.budget.may_be_ahead() && self.budget.affords(all) {
            parallel::map(protected, |key| self.open(key))
        } else {
            protected.iter().map(|key| self.open(key)).collect()
        }
    }

    fn open(&self, protected: &[u8]) -> (KeyMaterial, KeyPassword) {
        let locked = |refusal| KeyMaterial::Locked(LockedKey { raw: protected.to_vec(), refusal });
        for (password, which) in &self.passwords {
            match java_protector::decrypt(protected, password, self.budget) {
                Ok(bytes) => {
                    let key = match PrivateKey::from_pkcs8(bytes) {
                        Ok(key) => KeyMaterial::Open(key),
                        Err(error) => locked(Some(error.code())),
                    };
                    return (key, which.clone());
                }
                Err(CryptoError::Padding) => {}
                Err(error) => return (locked(Some(error.code())), KeyPassword::Untried),
            }
        }
        // Only the password of the store tells whether a key has another.
        match self.passwords.first() {
            Some((_, KeyPassword::Store)) => {
                (locked(Some(Code::PASSWORD_WRONG)), KeyPassword::Unknown)
            }
            Some(_) => (locked(Some(Code::PASSWORD_MISSING)), KeyPassword::Untried),
            None => (locked(None), KeyPassword::Untried),
        }
    }
}
