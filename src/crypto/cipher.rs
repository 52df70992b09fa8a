//! Ciphers of password based encryption, each with its padding.

use crate::crypto::CryptoError;
use crate::secret::SecretBytes;
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit, StreamCipher};
use des::{Des, TdesEde2, TdesEde3};
use rc2::Rc2;
use rc4::Rc4;
use std::slice;

/// A cipher in CBC mode with the padding of RFC 8018 section 6.1.1, or RC4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// AES with a 128-bit key.
    Aes128,
    /// AES with a 192-bit key.
    Aes192,
    /// AES with a 256-bit key.
    Aes256,
    /// Triple DES with three keys, 24 bytes.
    TripleDes,
    /// Triple DES with two keys, 16 bytes.
    TripleDesTwoKeys,
    /// RC2 with this many key bytes, all of them effective.
    Rc2(u8),
    /// RC4 with this many key bytes.
    Rc4(u8),
    /// Single DES.
    Des,
}

impl Cipher {
    /// Length of the key, in bytes.
    #[must_use]
    pub fn key_length(self) -> usize {
        match self {
            Self::Aes128 | Self::TripleDesTwoKeys => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
            Self::Rc2(bytes) | Self::Rc4(bytes) => bytes.into(),
            Self::Des => 8,
        }
    }

    /// Length of the initialization vector, in bytes: one block, none for RC4.
    #[must_use]
    pub fn iv_length(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            Self::TripleDes | Self::TripleDesTwoKeys | Self::Rc2(_) | Self::Des => 8,
            Self::Rc4(_) => 0,
        }
    }

    /// Length of what this many bytes become when they are encrypted: a padding fills the last block or makes
    /// one, and RC4 has none.
    #[must_use]
    pub fn encrypted_length(self, length: usize) -> usize {
        match self.iv_length() {
            0 => length,
            block => (length / block + 1) * block,
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Aes128 => "AES-128-CBC".to_owned(),
            Self::Aes192 => "AES-192-CBC".to_owned(),
            Self::Aes256 => "AES-256-CBC".to_owned(),
            Self::TripleDes => "3DES-CBC".to_owned(),
            Self::TripleDesTwoKeys => "3DES-2KEY-CBC".to_owned(),
            Self::Rc2(bytes) => format!("RC2-{}-CBC", 8 * u32::from(bytes)),
            Self::Rc4(bytes) => format!("RC4-{}", 8 * u32::from(bytes)),
            Self::Des => "DES-CBC".to_owned(),
        }
    }

    /// Decrypts and takes the padding off.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Padding`] when length or padding is wrong, [`CryptoError::Malformed`] for a
    /// key or vector of the wrong length.
    pub fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Result<SecretBytes, CryptoError> {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => {
                let iv: [u8; 16] = iv.try_into().map_err(|_| wrong_length())?;
                let key = PaddedBlockDecryptingKey::cbc_pkcs7(self.aes_key(key)?)
                    .map_err(|_| wrong_length())?;
                let mut buffer = SecretBytes::from(data);
                let context = DecryptionContext::Iv128(FixedLength::from(iv));
                let length = key
                    .decrypt(buffer.as_mut_slice(), context)
                    .map_err(|_| CryptoError::Padding)?
                    .len();
                buffer.truncate(length);
                Ok(buffer)
            }
            Self::TripleDes => decrypt_cbc::<cbc::Decryptor<TdesEde3>>(key, iv, data),
            Self::TripleDesTwoKeys => decrypt_cbc::<cbc::Decryptor<TdesEde2>>(key, iv, data),
            Self::Rc2(_) => decrypt_cbc::<cbc::Decryptor<Rc2>>(key, iv, data),
            Self::Des => decrypt_cbc::<cbc::Decryptor<Des>>(key, iv, data),
            Self::Rc4(_) => rc4(key, data),
        }
    }

    /// Pads and encrypts.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Malformed`] for a key or vector of the wrong length.
    pub fn encrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut buffer = SecretBytes::with_capacity(self.encrypted_length(data.len()));
        buffer.extend_from_slice(data);
        self.encrypt_tail(key, iv, &mut buffer, 0)?;
        Ok(buffer.to_vec())
    }

    /// Pads and encrypts what stands in a buffer from `start` on, with AES in place where there is room: see
    /// [`Cipher::encrypted_length`].
    ///
    /// # Errors
    ///
    /// [`CryptoError::Malformed`] for a key or vector of the wrong length.
    pub fn encrypt_tail(
        self,
        key: &[u8],
        iv: &[u8],
        buffer: &mut SecretBytes,
        start: usize,
    ) -> Result<(), CryptoError> {
        let data = &buffer[start..];
        let encrypted = match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => {
                let iv: [u8; 16] = iv.try_into().map_err(|_| wrong_length())?;
                let key = PaddedBlockEncryptingKey::cbc_pkcs7(self.aes_key(key)?)
                    .map_err(|_| wrong_length())?;
                let context = EncryptionContext::Iv128(FixedLength::from(iv));
                key.less_safe_encrypt(&mut Tail { buffer, start }, context)
                    .map_err(|_| CryptoError::Failed { what: "AES encryption" })?;
                return Ok(());
            }
            Self::TripleDes => encrypt_cbc::<cbc::Encryptor<TdesEde3>>(key, iv, data)?,
            Self::TripleDesTwoKeys => encrypt_cbc::<cbc::Encryptor<TdesEde2>>(key, iv, data)?,
            Self::Rc2(_) => encrypt_cbc::<cbc::Encryptor<Rc2>>(key, iv, data)?,
            Self::Des => encrypt_cbc::<cbc::Encryptor<Des>>(key, iv, data)?,
            Self::Rc4(_) => rc4(key, data)?.to_vec(),
        };
        buffer.truncate(start);
        buffer.extend_from_slice(&encrypted);
        Ok(())
    }

    fn aes_key(self, key: &[u8]) -> Result<UnboundCipherKey, CryptoError> {
        let algorithm = match self {
            Self::Aes128 => &AES_128,
            Self::Aes192 => &AES_192,
            _ => &AES_256,
        };
        UnboundCipherKey::new(algorithm, key).map_err(|_| wrong_length())
    }
}

/// The end of a buffer, to which a padding can be added.
struct Tail<'b> {
    buffer: &'b mut SecretBytes,
    start: usize,
}

impl AsMut<[u8]> for Tail<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut_slice()[self.start..]
    }
}

impl<'a> Extend<&'a u8> for Tail<'_> {
    fn extend<I: IntoIterator<Item = &'a u8>>(&mut self, bytes: I) {
        for byte in bytes {
            self.buffer.extend_from_slice(slice::from_ref(byte));
        }
    }
}

fn wrong_length() -> CryptoError {
    CryptoError::Malformed { what: "a key or initialization vector of the wrong length".to_owned() }
}

fn decrypt_cbc<D: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Result<SecretBytes, CryptoError> {
    let cipher = D::new_from_slices(key, iv).map_err(|_| wrong_length())?;
    let mut buffer = SecretBytes::from(data);
    let length = cipher
        .decrypt_padded::<Pkcs7>(buffer.as_mut_slice())
        .map_err(|_| CryptoError::Padding)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

fn encrypt_cbc<E: KeyIvInit + BlockModeEncrypt>(
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let cipher = E::new_from_slices(key, iv).map_err(|_| wrong_length())?;
    Ok(cipher.encrypt_padded_vec::<Pkcs7>(data))
}

fn rc4(key: &[u8], data: &[u8]) -> Result<SecretBytes, CryptoError> {
    let mut cipher = Rc4::new_from_slice(key).map_err(|_| wrong_length())?;
    let mut buffer = SecretBytes::from(data);
    cipher.apply_keystream(buffer.as_mut_slice());
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::Cipher;
    use crate::crypto::CryptoError;
    use crate::secret::SecretBytes;

    const ALL: [Cipher; 9] = [
        Cipher::Aes128,
        Cipher::Aes192,
        Cipher::Aes256,
        Cipher::TripleDes,
        Cipher::TripleDesTwoKeys,
        Cipher::Rc2(5),
        Cipher::Rc2(16),
        Cipher::Rc4(16),
        Cipher::Des,
    ];

    #[test]
    fn every_cipher_reads_what_it_wrote_at_every_length() {
        for cipher in ALL {
            let key = vec![7; cipher.key_length()];
            let iv = vec![9; cipher.iv_length()];
            for length in 0..40 {
                let data = vec![0x5A; length];
                let sealed = cipher.encrypt(&key, &iv, &data).unwrap();
                assert_eq!(sealed.len(), cipher.encrypted_length(length), "{cipher:?}");
                let mut buffer = SecretBytes::from([b"head", &data[..]].concat().as_slice());
                cipher.encrypt_tail(&key, &iv, &mut buffer, 4).unwrap();
                assert_eq!(buffer[..], [b"head", &sealed[..]].concat(), "{cipher:?}");
                assert_eq!(cipher.decrypt(&key, &iv, &sealed).unwrap()[..], data[..], "{cipher:?}");
            }
        }
    }

    #[test]
    fn a_broken_block_is_a_padding_error_not_a_panic() {
        for cipher in ALL.into_iter().filter(|cipher| cipher.iv_length() > 0) {
            let (key, iv) = (vec![7; cipher.key_length()], vec![9; cipher.iv_length()]);
            for length in [0, 1, 7, 17] {
                let result = cipher.decrypt(&key, &iv, &vec![1; length]);
                assert!(matches!(result, Err(CryptoError::Padding)), "{cipher:?} {length}");
            }
        }
    }

    #[test]
    fn rc2_and_rc4_give_published_vectors() {
        // RFC 2268 section 5, 64 effective bits: the first block of CBC with a zero vector.
        let sealed = Cipher::Rc2(8).encrypt(&[0xff; 8], &[0; 8], &[0xff; 8]).unwrap();
        assert_eq!(sealed[..8], [0x27, 0x8b, 0x27, 0xe4, 0x2e, 0x2f, 0x0d, 0x49]);
        // RFC 6229 section 2: 40-bit key 0102030405, keystream at offset 0.
        let stream = Cipher::Rc4(5).encrypt(&[1, 2, 3, 4, 5], &[], &[0; 4]).unwrap();
        assert_eq!(stream, [0xb2, 0x39, 0x63, 0x05]);
    }
}
