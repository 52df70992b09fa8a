//! Keys that were derived already.

use crate::crypto::CryptoError;
use crate::crypto::kdf::Passphrase;
use crate::digest::Fingerprint;
use crate::secret::SecretBytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The keys that one command has derived by PBKDF2, by the function of PKCS#12 and by that of JCEKS, so that it
/// derives none of them twice: what it wrote it reads back without deriving anything. Those of scrypt and PBKDF1
/// are rare, and derived each time. Clones share the keys; they are wiped with the last one.
#[derive(Clone, Debug, Default)]
pub struct DerivedKeys {
    keys: Arc<Mutex<HashMap<Fingerprint, SecretBytes>>>,
    of_many_files: bool,
}

/// All that a derived key depends on, its passphrase aside.
#[derive(Clone, Copy, Debug)]
pub(in crate::crypto) struct Inputs<'a> {
    /// The derivation, its digest, and what for: no two derivations have the same.
    pub(in crate::crypto) function: [u8; 3],
    pub(in crate::crypto) salt: &'a [u8],
    pub(in crate::crypto) iterations: u32,
    pub(in crate::crypto) length: usize,
}

impl DerivedKeys {
    /// For many files that are read at once: nothing is derived ahead of its use, because each processor
    /// has a file already.
    #[must_use]
    pub fn of_many_files() -> Self {
        Self { of_many_files: true, ..Self::default() }
    }

    /// Whether another thread may derive what is going to be needed.
    pub(super) fn may_be_ahead(&self) -> bool {
        !self.of_many_files
    }

    /// The key of these inputs: one that is known, or that `derive` makes.
    pub(super) fn get_or(
        &self,
        inputs: Inputs<'_>,
        passphrase: &Passphrase,
        derive: impl FnOnce() -> Result<SecretBytes, CryptoError>,
    ) -> Result<SecretBytes, CryptoError> {
        let name = inputs.name(passphrase);
        if let Some(key) = self.keys().get(&name) {
            return Ok(key.clone());
        }
        // Nobody waits for another's derivation.
        let key = derive()?;
        self.keys().insert(name, key.clone());
        Ok(key)
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<Fingerprint, SecretBytes>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inputs<'_> {
    /// A digest of everything; the parts of variable length have their lengths before them.
    fn name(&self, passphrase: &Passphrase) -> Fingerprint {
        let parts = [self.salt, &passphrase.bmp, &passphrase.utf8];
        let room = 64 + parts.iter().map(|part| part.len()).sum::<usize>();
        let mut text = Vec::with_capacity(room);
        text.extend(self.function);
        text.extend(self.iterations.to_be_bytes());
        text.extend(self.length.to_be_bytes());
        for part in parts {
            text.extend(part.len().to_be_bytes());
            text.extend_from_slice(part);
        }
        Fingerprint::of(&SecretBytes::new(text))
    }
}

#[cfg(test)]
mod tests {
    use crate::crypto::kdf::{Budget, DerivedKeys, Hash, Passphrase, Purpose, pbkdf2, pkcs12};
    use std::collections::HashSet;

    #[test]
    fn nothing_is_derived_twice() {
        let known = DerivedKeys::default();
        let passphrase = Passphrase::forms(&"changeit".into()).remove(0);
        let derive = |allowed: u32| {
            let budget = Budget::new(allowed).knowing(Some(&known));
            pbkdf2(Hash::Sha256, &passphrase, b"salt", 1000, 32, &budget)
        };
        assert!(derive(999).is_err());
        let key = derive(1000).unwrap();
        assert_eq!(derive(0).unwrap()[..], key[..], "a key that is known costs nothing");
        let fresh = pbkdf2(Hash::Sha256, &passphrase, b"salt", 1000, 32, &Budget::new(1000));
        assert_eq!(fresh.unwrap()[..], key[..]);
    }

    #[test]
    fn whatever_differs_gives_another_key() {
        let known = DerivedKeys::default();
        let budget = Budget::unlimited().knowing(Some(&known));
        let form = |password: &str| Passphrase::forms(&password.into()).remove(0);
        let mut keys = HashSet::new();
        let mut inputs = 0;
        for passphrase in [form(""), Passphrase::none(), form("a"), form("ab")] {
            for salt in [&b""[..], b"a", b"b"] {
                for iterations in [1, 2] {
                    for length in [20, 32] {
                        for hash in [Hash::Sha1, Hash::Sha256] {
                            for purpose in [Purpose::Key, Purpose::Mac] {
                                let key = pkcs12(
                                    hash,
                                    &passphrase,
                                    salt,
                                    purpose,
                                    iterations,
                                    length,
                                    &budget,
                                );
                                keys.insert(key.unwrap().to_vec());
                                inputs += 1;
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(keys.len(), inputs);
    }
}
