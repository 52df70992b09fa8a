//! Password based encryption: an `AlgorithmIdentifier` that tells how to get from a password to a
//! key, and which cipher takes it.

mod identifier;
pub(in crate::crypto) mod parameters;
pub mod pbkdf1;
pub mod pbkdf2;

use crate::crypto::CryptoError;
use crate::crypto::cipher::Cipher;
use crate::crypto::kdf::{self, Budget, Hash, Passphrase, Purpose, ScryptCost};
use crate::crypto::pbe::pbkdf1::Pbkdf1;
use crate::crypto::pbe::pbkdf2::Pbkdf2;
use crate::crypto::random;
use crate::secret::SecretBytes;

/// How a key is derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// RFC 7292 appendix B.2 with SHA-1, which also derives the initialization vector.
    Pkcs12 {
        /// The salt.
        salt: Vec<u8>,
        /// The iterations.
        iterations: u32,
    },
    /// RFC 8018 section 5.1, which also derives the initialization vector. Only read.
    Pbkdf1(Pbkdf1),
    /// RFC 8018 section 5.2.
    Pbkdf2(Pbkdf2),
    /// RFC 7914.
    Scrypt {
        /// The salt.
        salt: Vec<u8>,
        /// The cost.
        cost: ScryptCost,
        /// The key's length, where the file states it.
        key_length: Option<u32>,
    },
}

/// A password based encryption with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    derivation: Derivation,
    cipher: Cipher,
    /// The initialization vector; empty where the derivation makes it.
    iv: Vec<u8>,
}

impl Scheme {
    /// PBES2 with PBKDF2 and fresh random parameters; `salt_length` in bytes. `state_length` writes
    /// the optional keyLength, as Oracle does.
    pub fn pbes2(
        cipher: Cipher,
        prf: Hash,
        iterations: u32,
        salt_length: usize,
        state_length: bool,
    ) -> Result<Self, CryptoError> {
        let key_length =
            state_length.then(|| u32::try_from(cipher.key_length()).expect("a key has few bytes"));
        let salt = random::bytes(salt_length)?;
        let derivation = Derivation::Pbkdf2(Pbkdf2 { salt, iterations, key_length, prf });
        Ok(Self { derivation, cipher, iv: random::bytes(cipher.iv_length())? })
    }

    /// One of the schemes of RFC 7292 appendix C, with a fresh random salt of 8 bytes.
    pub fn pkcs12(cipher: Cipher, iterations: u32) -> Result<Self, CryptoError> {
        let derivation = Derivation::Pkcs12 { salt: random::bytes(8)?, iterations };
        Ok(Self { derivation, cipher, iv: Vec::new() })
    }

    /// The same scheme with fresh random salt and vector, and other iterations where given. For
    /// scrypt the cost stays.
    pub fn fresh(&self, iterations: Option<u32>) -> Result<Self, CryptoError> {
        // A salt of fewer than 8 bytes (RFC 8018 section 4.1) is not repeated.
        let renewed = |salt: &[u8]| random::bytes(salt.len().max(8));
        let derivation = match &self.derivation {
            Derivation::Pkcs12 { salt, iterations: old } => {
                Derivation::Pkcs12 { salt: renewed(salt)?, iterations: iterations.unwrap_or(*old) }
            }
            Derivation::Pbkdf1(old) => Derivation::Pbkdf1(Pbkdf1 {
                salt: renewed(&old.salt)?,
                iterations: iterations.unwrap_or(old.iterations),
                ..old.clone()
            }),
            Derivation::Pbkdf2(old) => Derivation::Pbkdf2(Pbkdf2 {
                salt: renewed(&old.salt)?,
                iterations: iterations.unwrap_or(old.iterations),
                ..old.clone()
            }),
            Derivation::Scrypt { salt, cost, key_length } => {
                Derivation::Scrypt { salt: renewed(salt)?, cost: *cost, key_length: *key_length }
            }
        };
        Ok(Self { derivation, cipher: self.cipher, iv: random::bytes(self.iv.len())? })
    }

    /// Decrypts.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Padding`] when the password does not fit, [`CryptoError::Limit`] when the
    /// derivation passes the budget.
    pub fn decrypt(
        &self,
        passphrase: &Passphrase,
        data: &[u8],
        budget: &Budget,
    ) -> Result<SecretBytes, CryptoError> {
        let (key, iv) = self.derive(passphrase, budget)?;
        self.cipher.decrypt(&key, &iv, data)
    }

    /// Encrypts.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Limit`] when the derivation passes the budget.
    pub fn encrypt(
        &self,
        passphrase: &Passphrase,
        data: &[u8],
        budget: &Budget,
    ) -> Result<Vec<u8>, CryptoError> {
        let (key, iv) = self.derive(passphrase, budget)?;
        self.cipher.encrypt(&key, &iv, data)
    }

    /// Encrypts the end of a buffer, as [`Cipher::encrypt_tail`] does.
    ///
    /// # Errors
    ///
    /// As [`Scheme::encrypt`].
    pub fn encrypt_tail(
        &self,
        passphrase: &Passphrase,
        buffer: &mut SecretBytes,
        start: usize,
        budget: &Budget,
    ) -> Result<(), CryptoError> {
        let (key, iv) = self.derive(passphrase, budget)?;
        self.cipher.encrypt_tail(&key, &iv, buffer, start)
    }

    fn derive(
        &self,
        passphrase: &Passphrase,
        budget: &Budget,
    ) -> Result<(SecretBytes, SecretBytes), CryptoError> {
        let length = self.cipher.key_length();
        match &self.derivation {
            Derivation::Pkcs12 { salt, iterations } => {
                let derive = |purpose, length| {
                    kdf::pkcs12(Hash::Sha1, passphrase, salt, purpose, *iterations, length, budget)
                };
                Ok((derive(Purpose::Key, length)?, derive(Purpose::Iv, self.cipher.iv_length())?))
            }
            Derivation::Pbkdf1(parameters) => {
                parameters.derive(passphrase, length, self.cipher.iv_length(), budget)
            }
            Derivation::Pbkdf2(parameters) => {
                let key = parameters.derive(passphrase, length, budget)?;
                Ok((key, SecretBytes::from(self.iv.as_slice())))
            }
            Derivation::Scrypt { salt, cost, .. } => {
                let key = kdf::scrypt(passphrase, salt, *cost, length, budget)?;
                Ok((key, SecretBytes::from(self.iv.as_slice())))
            }
        }
    }

    /// What a derivation takes of a [`Budget`]; none for scrypt, which takes memory as well.
    #[must_use]
    pub fn cost(&self) -> Option<u64> {
        let (key, iv) = (self.cipher.key_length(), self.cipher.iv_length());
        let times = match &self.derivation {
            Derivation::Pkcs12 { .. } => Hash::Sha1.blocks(key) + Hash::Sha1.blocks(iv),
            Derivation::Pbkdf1(_) => 1,
            Derivation::Pbkdf2(parameters) => parameters.prf.blocks(key) * parameters.prf.weight(),
            Derivation::Scrypt { .. } => return None,
        };
        Some(times * u64::from(self.iterations()?))
    }

    /// Of the forms of a password those that make different keys.
    #[must_use]
    pub fn forms<'f>(&self, forms: &'f [Passphrase]) -> &'f [Passphrase] {
        Passphrase::distinct(forms, matches!(self.derivation, Derivation::Pkcs12 { .. }))
    }

    /// The iterations of the derivation; none for scrypt.
    #[must_use]
    pub fn iterations(&self) -> Option<u32> {
        match &self.derivation {
            Derivation::Pkcs12 { iterations, .. } => Some(*iterations),
            Derivation::Pbkdf1(parameters) => Some(parameters.iterations),
            Derivation::Pbkdf2(parameters) => Some(parameters.iterations),
            Derivation::Scrypt { .. } => None,
        }
    }

    /// The cipher.
    #[must_use]
    pub fn cipher(&self) -> Cipher {
        self.cipher
    }

    /// How the key is derived.
    #[must_use]
    pub fn derivation(&self) -> &Derivation {
        &self.derivation
    }

    /// The name in reports, for example `PBES2 AES-256-CBC, PBKDF2-HMAC-SHA256`.
    #[must_use]
    pub fn name(&self) -> String {
        let cipher = self.cipher.name();
        match &self.derivation {
            Derivation::Pkcs12 { .. } => format!("PBE-SHA1-{}", cipher.trim_end_matches("-CBC")),
            Derivation::Pbkdf1(parameters) => {
                format!("PBE-{}-{}", parameters.digest.name(), cipher.trim_end_matches("-CBC"))
            }
            Derivation::Pbkdf2(parameters) => {
                format!("PBES2 {cipher}, PBKDF2-HMAC-{}", parameters.prf.name())
            }
            Derivation::Scrypt { .. } => format!("PBES2 {cipher}, scrypt"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scheme;
    use super::pbkdf1::{Digest, Pbkdf1};
    use super::{Derivation, random};
    use crate::crypto::cipher::Cipher;
    use crate::crypto::kdf::{Budget, Hash, Passphrase};
    use crate::limits::ITERATION_BUDGET_FACTOR;

    #[test]
    fn cost_is_what_a_derivation_spends() {
        let passphrase = Passphrase::forms(&"changeit".into()).remove(0);
        let (cipher, iv) = (Cipher::Des, Vec::new());
        let salt = random::bytes(8).unwrap();
        let old = Derivation::Pbkdf1(Pbkdf1 { digest: Digest::Md5, salt, iterations: 9 });
        let mut schemes = vec![Scheme { derivation: old, cipher, iv }];
        for cipher in [Cipher::TripleDes, Cipher::TripleDesTwoKeys, Cipher::Rc2(5), Cipher::Rc4(16)]
        {
            schemes.push(Scheme::pkcs12(cipher, 9).unwrap());
        }
        for cipher in [Cipher::TripleDes, Cipher::Aes256] {
            for prf in [Hash::Sha1, Hash::Sha256, Hash::Sha512, Hash::Sha512_256] {
                schemes.push(Scheme::pbes2(cipher, prf, 9, 8, false).unwrap());
            }
        }
        for scheme in schemes {
            let budget = Budget::new(9);
            let left = 9 * ITERATION_BUDGET_FACTOR - scheme.cost().unwrap();
            drop(scheme.encrypt(&passphrase, b"key", &budget).unwrap());
            assert!(budget.affords(left) && !budget.affords(left + 1), "{}", scheme.name());
        }
    }
}
