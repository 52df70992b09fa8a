//! PBKDF1, as the schemes of PBES1 use it.

use crate::crypto::CryptoError;
use crate::crypto::kdf::{Budget, Hash, Passphrase};
use crate::secret::SecretBytes;
use aws_lc_rs::digest;
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

/// A digest of PBKDF1. MD2 is defined too; nobody is known to have written it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
}

impl Digest {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => Hash::Sha1.name(),
        }
    }

    fn of(self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Md5 => Md5::digest(data).to_vec(),
            Self::Sha1 => digest::digest(Hash::Sha1.algorithm(), data).as_ref().to_vec(),
        })
    }
}

/// The parameters of PBES1, RFC 8018 appendix A.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pbkdf1 {
    /// The digest, which the scheme's identifier names.
    pub digest: Digest,
    /// The salt, eight bytes where the standard is kept.
    pub salt: Vec<u8>,
    /// The iterations.
    pub iterations: u32,
}

impl Pbkdf1 {
    /// Derives key and initialization vector: the first and the last bytes of one derived key,
    /// RFC 8018 section 6.1.1.
    pub(in crate::crypto) fn derive(
        &self,
        passphrase: &Passphrase,
        key_length: usize,
        iv_length: usize,
        budget: &Budget,
    ) -> Result<(SecretBytes, SecretBytes), CryptoError> {
        budget.spend(self.iterations.into(), 1)?;
        // Never grown, so that all of it is wiped.
        let octets = passphrase.octets();
        let mut input = Zeroizing::new(Vec::with_capacity(octets.len() + self.salt.len()));
        input.extend_from_slice(octets);
        input.extend_from_slice(&self.salt);
        let mut derived = self.digest.of(&input);
        for _ in 1..self.iterations {
            derived = self.digest.of(&derived);
        }
        match derived.get(key_length..key_length + iv_length) {
            Some(iv) => Ok((derived[..key_length].into(), iv.into())),
            None => Err(CryptoError::Malformed { what: "a key too long for PBKDF1".to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Digest, Pbkdf1};
    use crate::crypto::kdf::{Budget, Passphrase};
    use crate::secret::Password;

    #[test]
    fn pbkdf1_gives_the_published_vector() {
        // "Password" and 1000 rounds of SHA-1: the example that implementations of PBKDF1 share.
        let salt = vec![0x78, 0x57, 0x8E, 0x5A, 0x5D, 0x63, 0xCB, 0x06];
        let pbkdf1 = Pbkdf1 { digest: Digest::Sha1, salt, iterations: 1000 };
        let password = Passphrase::forms(&Password::from("password")).remove(0);
        let (key, iv) = pbkdf1.derive(&password, 8, 8, &Budget::new(1000)).unwrap();
        assert_eq!(key[..], [0xDC, 0x19, 0x84, 0x7E, 0x05, 0xC6, 0x4D, 0x2F]);
        assert_eq!(iv[..], [0xAF, 0x10, 0xEB, 0xFB, 0x4A, 0x3D, 0x2A, 0x20]);
        assert!(pbkdf1.derive(&password, 8, 8, &Budget::new(999)).is_err());
    }
}
