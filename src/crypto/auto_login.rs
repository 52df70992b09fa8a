//! The key schedule of Oracle's auto-login files: from the bytes of a header to the password of
//! the PKCS#12 store behind it.
//!
//! Nothing here protects against who can read the file: the key stands in it. Only the local kind
//! needs something that is not in the file, the names of a host and a user, which are no secrets.

use crate::crypto::CryptoError;
use crate::crypto::cipher::Cipher;
use crate::crypto::random;
use crate::secret::{Password, SecretBytes};
use aws_lc_rs::cipher::{
    AES_128, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// Length of a seed and of a derived password, in bytes.
pub const SEED_BYTES: usize = 16;

/// The initialization vector of the AES form, the same in every file.
const AES_IV: [u8; 16] = [
    0xC0, 0x34, 0xD8, 0x31, 0x1C, 0x02, 0xCE, 0xF8, 0x51, 0xF0, 0x14, 0x4B, 0x81, 0xED, 0x4B, 0xF2,
];

/// The initialization vector of the DES form.
const DES_IV: [u8; 8] = [0; 8];

/// How the seed is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// AES-128-CBC without padding: key and wrapped seed of 16 bytes each.
    Aes,
    /// DES-CBC with padding: a key of 8 bytes, a wrapped seed of 24.
    Des,
}

impl Wrapping {
    /// Length of the key, in bytes.
    #[must_use]
    pub fn key_length(self) -> usize {
        match self {
            Self::Aes => 16,
            Self::Des => 8,
        }
    }

    /// Encrypts a seed.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Malformed`] for a key of the wrong length.
    pub fn wrap(self, key: &[u8], seed: &Seed) -> Result<Vec<u8>, CryptoError> {
        match self {
            Self::Aes => {
                let mut block = chained(&seed.0);
                EncryptingKey::ecb(aes_key(key)?)
                    .and_then(|key| key.encrypt(&mut *block))
                    .map_err(|_| CryptoError::Failed { what: "AES encryption" })?;
                Ok(block.to_vec())
            }
            Self::Des => Cipher::Des.encrypt(key, &DES_IV, &seed.0[..]),
        }
    }

    /// Decrypts a seed; `None` when what comes out has not the length of one.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Malformed`] for a key of the wrong length.
    pub fn unwrap(self, key: &[u8], wrapped: &[u8]) -> Result<Option<Seed>, CryptoError> {
        match self {
            Self::Aes => {
                let Ok(block) = <[u8; SEED_BYTES]>::try_from(wrapped) else { return Ok(None) };
                let mut block = Zeroizing::new(block);
                DecryptingKey::ecb(aes_key(key)?)
                    .and_then(|key| key.decrypt(&mut *block, DecryptionContext::None).map(|_| ()))
                    .map_err(|_| CryptoError::Failed { what: "AES decryption" })?;
                Ok(Some(Seed(chained(&block))))
            }
            Self::Des => match Cipher::Des.decrypt(key, &DES_IV, wrapped) {
                Ok(seed) => Ok(<[u8; SEED_BYTES]>::try_from(&seed[..])
                    .ok()
                    .map(|seed| Seed(Zeroizing::new(seed)))),
                Err(CryptoError::Padding) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }
}

/// CBC of one block: its exclusive or with the vector, before encryption or after decryption.
fn chained(block: &[u8; SEED_BYTES]) -> Zeroizing<[u8; SEED_BYTES]> {
    let mut out = Zeroizing::new([0; SEED_BYTES]);
    for (out, (byte, iv)) in out.iter_mut().zip(block.iter().zip(AES_IV)) {
        *out = byte ^ iv;
    }
    out
}

fn aes_key(key: &[u8]) -> Result<UnboundCipherKey, CryptoError> {
    UnboundCipherKey::new(&AES_128, key)
        .map_err(|_| CryptoError::Malformed { what: "a key of the wrong length".to_owned() })
}

/// The random text that a header wraps: 16 bytes, each 01 to 7F.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; SEED_BYTES]>);

impl Seed {
    /// A fresh seed.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Failed`] when the generator fails.
    pub fn random() -> Result<Self, CryptoError> {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        let mut filled = 0;
        while filled < SEED_BYTES {
            let mut bytes = Zeroizing::new([0_u8; 2 * SEED_BYTES]);
            random::fill(&mut *bytes)?;
            // Taking other values out, and not mapping them, keeps the rest equally likely.
            for byte in bytes.iter().map(|byte| byte & 0x7F).filter(|byte| *byte != 0) {
                if filled < SEED_BYTES {
                    seed[filled] = byte;
                    filled += 1;
                }
            }
        }
        Ok(Self(seed))
    }

    /// Whether every byte is one that writers use; else the header was damaged.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.0.iter().all(|byte| (0x01..=0x7F).contains(byte))
    }

    /// The password that is the seed itself; `None` where that is no text.
    #[must_use]
    pub fn password(&self) -> Option<Password> {
        let text = std::str::from_utf8(&*self.0).ok()?;
        self.is_text().then(|| Password::from(text))
    }

    /// The password of a file that is bound to a host and a user.
    ///
    /// ```text
    /// D = HMAC-SHA1(UTF-8(host || user), seed)
    /// password[i] = (D[i] AND 7F) mod 127 + 1,  i = 0..15
    /// ```
    #[must_use]
    pub fn bound_password(&self, host: &str, user: &str) -> Password {
        let names = [host, user].concat();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, names.as_bytes());
        let digest = hmac::sign(&key, &*self.0);
        let text = digest.as_ref()[..SEED_BYTES]
            .iter()
            .map(|byte| char::from((byte & 0x7F) % 127 + 1))
            .collect();
        Password::new(text)
    }
}

/// A fresh key for a wrapping; of DES in both its halves odd parity is not asked for.
///
/// # Errors
///
/// [`CryptoError::Failed`] when the generator fails.
pub fn key(wrapping: Wrapping) -> Result<SecretBytes, CryptoError> {
    random::bytes(wrapping.key_length()).map(SecretBytes::new)
}

#[cfg(test)]
mod tests {
    use super::{Seed, Wrapping, key};
    use zeroize::Zeroizing;

    fn seed(bytes: &[u8; 16]) -> Seed {
        Seed(Zeroizing::new(*bytes))
    }

    // The expected values come from openssl 3.0:
    //   printf 0123456789abcdef | openssl enc -aes-128-cbc -nopad \
    //     -K 000102030405060708090a0b0c0d0e0f -iv c034d8311c02cef851f0144b81ed4bf2 | xxd -p
    //   printf 0123456789abcdef | openssl enc -des-cbc -provider legacy -provider default \
    //     -K 0102030405060708 -iv 0 | xxd -p
    //   printf 0123456789abcdef | openssl dgst -sha1 -hmac vmroot
    #[test]
    fn seeds_are_wrapped_as_openssl_encrypts() {
        let key: Vec<u8> = (0..16).collect();
        let seed = seed(b"0123456789abcdef");
        let wrapped = Wrapping::Aes.wrap(&key, &seed).unwrap();
        assert_eq!(wrapped, hex(AES));
        let wrapped = Wrapping::Des.wrap(&[1, 2, 3, 4, 5, 6, 7, 8], &seed).unwrap();
        assert_eq!(wrapped, hex(DES));
    }

    const AES: &str = "828547e4f4bde73913db49817e9429c5";
    const DES: &str = "1b18b97a85f967e96b2131117e3ca11d756c63b716efef00";
    const HMAC: [u8; 16] = [
        0x7d, 0x92, 0x7f, 0x5b, 0xc3, 0x36, 0xbe, 0x9d, 0x6e, 0x96, 0x03, 0xe5, 0x7b, 0xee, 0x51,
        0x3f,
    ];

    fn hex(digits: &str) -> Vec<u8> {
        crate::hex::decode(digits).unwrap()
    }

    #[test]
    fn bound_password_is_the_hmac_in_seven_bits_without_zero() {
        let password = seed(b"0123456789abcdef").bound_password("vm", "root");
        let expected: Vec<u8> = HMAC.iter().map(|byte| (byte & 0x7F) % 127 + 1).collect();
        assert_eq!(password.as_str().as_bytes(), expected);
        let other = seed(b"0123456789abcdef").bound_password("vm", "oracle");
        assert_ne!(other.as_str(), password.as_str());
    }

    #[test]
    fn what_was_wrapped_is_unwrapped_and_seeds_are_text() {
        for wrapping in [Wrapping::Aes, Wrapping::Des] {
            for _ in 0..50 {
                let (key, seed) = (key(wrapping).unwrap(), Seed::random().unwrap());
                assert!(seed.is_text());
                let wrapped = wrapping.wrap(&key, &seed).unwrap();
                let again = wrapping.unwrap(&key, &wrapped).unwrap().unwrap();
                assert_eq!(again.0, seed.0);
            }
        }
    }

    #[test]
    fn wrong_lengths_are_no_panic() {
        for wrapping in [Wrapping::Aes, Wrapping::Des] {
            for length in [0, 1, 8, 15, 17, 24, 48] {
                let key = vec![7; wrapping.key_length()];
                assert!(!wrapping.unwrap(&key, &vec![1; length]).is_ok_and(|s| s.is_some()));
                let key = vec![7; wrapping.key_length() + 1];
                assert!(wrapping.unwrap(&key, &vec![1; length]).is_err() || length != 16);
            }
        }
        assert!(seed(&[0x80; 16]).password().is_none());
        assert!(seed(&[0; 16]).password().is_none());
    }
}
