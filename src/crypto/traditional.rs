//! The encryption of OpenSSL's traditional keys: a PEM block with the headers `Proc-Type` and
//! `DEK-Info` of RFC 1421 section 4.6, and a key that is derived in OpenSSL's own way.

use crate::crypto::CryptoError;
use crate::crypto::cipher::Cipher;
use crate::crypto::pbe::parameters::unsupported;
use crate::hex;
use crate::secret::{Password, SecretBytes};
use der::Decode;
use der::asn1::AnyRef;
use md5::{Digest, Md5};
use zeroize::Zeroizing;

/// Bytes of the initialization vector that are the salt of the derivation.
const SALT: usize = 8;

/// What a `DEK-Info` header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    cipher: Cipher,
    iv: Vec<u8>,
}

impl Encryption {
    /// Reads the value of a `DEK-Info` header: the name of a cipher, a comma, and the
    /// initialization vector in hexadecimal.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Unsupported`] for a cipher that is not known, [`CryptoError::Malformed`] for
    /// a vector that is missing or does not fit the cipher.
    pub fn parse(header: &str) -> Result<Self, CryptoError> {
        let (name, digits) = header.split_once(',').unwrap_or((header, ""));
        let name = name.trim();
        let cipher = match name.to_ascii_uppercase().as_str() {
            "DES-CBC" => Cipher::Des,
            "DES-EDE-CBC" => Cipher::TripleDesTwoKeys,
            "DES-EDE3-CBC" => Cipher::TripleDes,
            "AES-128-CBC" => Cipher::Aes128,
            "AES-192-CBC" => Cipher::Aes192,
            "AES-256-CBC" => Cipher::Aes256,
            "RC2-CBC" => Cipher::Rc2(16),
            "RC2-64-CBC" => Cipher::Rc2(8),
            "RC2-40-CBC" => Cipher::Rc2(5),
            _ => return Err(unsupported(&format!("cipher {name} of a traditional key"))),
        };
        let iv = hex::decode(digits.trim().as_bytes());
        let iv = iv.filter(|iv| iv.len() == cipher.iv_length()).ok_or_else(|| {
            CryptoError::Malformed { what: format!("the initialization vector of {name}") }
        })?;
        Ok(Self { cipher, iv })
    }

    /// Decrypts to the one DER value that a key is.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Padding`] when the password does not fit.
    pub fn decrypt(&self, password: &Password, data: &[u8]) -> Result<SecretBytes, CryptoError> {
        let key = self.derive(password);
        let opened = self.cipher.decrypt(&key, &self.iv, data)?;
        // The padding fits by chance once in 256 times.
        AnyRef::from_der(&opened).map_err(|_| CryptoError::Padding)?;
        Ok(opened)
    }

    /// OpenSSL's `EVP_BytesToKey` with MD5 and one iteration: each block is the digest of the block
    /// before it, the password and the salt.
    fn derive(&self, password: &Password) -> SecretBytes {
        let length = self.cipher.key_length();
        let mut key = Vec::with_capacity(length.next_multiple_of(Md5::output_size()));
        let mut block = Zeroizing::new(Vec::new());
        while key.len() < length {
            let mut digest = Md5::new();
            digest.update(&block);
            digest.update(password.as_str());
            digest.update(&self.iv[..SALT]);
            block = Zeroizing::new(digest.finalize().to_vec());
            key.extend_from_slice(&block);
        }
        let mut key = SecretBytes::new(key);
        key.truncate(length);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::Encryption;
    use crate::crypto::CryptoError;

    #[test]
    fn headers_are_read_and_bad_ones_named() {
        assert!(Encryption::parse("des-cbc, 0011223344556677").is_ok());
        for header in ["DES-CBC", "DES-CBC,", "DES-CBC,00", "AES-128-CBC,0011223344556677"] {
            let refused = Encryption::parse(header);
            assert!(matches!(refused, Err(CryptoError::Malformed { .. })), "{header}");
        }
        for digits in ["001122334455667", "00112233445566zz", "+0112233445566+7"] {
            assert!(Encryption::parse(&format!("DES-CBC,{digits}")).is_err(), "{digits}");
        }
        let refused = Encryption::parse("SEED-CBC,00").expect_err("unknown").to_string();
        assert!(refused.contains("SEED-CBC"), "{refused}");
    }
}
