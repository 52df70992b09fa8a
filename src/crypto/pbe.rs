//! Password based encryption: an `AlgorithmIdentifier` that tells how to get from a password to a
//! key, and which cipher takes it.

pub(in crate::crypto) mod parameters;
pub mod pbkdf1;
pub mod pbkdf2;

use crate::crypto::CryptoError;
use crate::crypto::cipher::Cipher;
use crate::crypto::kdf::{self, Budget, Hash, Passphrase, Purpose, ScryptCost};
use crate::crypto::pbe::parameters::{
    Algorithm, checked_salt, iteration_count, malformed, unsupported, with_parameters,
};
use crate::crypto::pbe::pbkdf1::{Digest, Pbkdf1};
use crate::crypto::pbe::pbkdf2::Pbkdf2;
use crate::crypto::random;
use crate::oid;
use crate::secret::SecretBytes;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Sequence};

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

/// `SEQUENCE { salt OCTET STRING, iterations INTEGER }`, RFC 7292 appendix C and RFC 8018 appendix
/// A.3.
#[derive(Sequence)]
struct SaltAndIterations<'a> {
    salt: &'a OctetStringRef,
    iterations: u64,
}

/// `SEQUENCE { keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier }`,
/// RFC 8018 appendix A.4.
#[derive(Sequence)]
struct Pbes2<'a> {
    derivation: Algorithm<'a>,
    encryption: Algorithm<'a>,
}

/// RFC 7914 section 7.1.
#[derive(Sequence)]
struct ScryptParameters<'a> {
    salt: &'a OctetStringRef,
    n: u64,
    r: u32,
    p: u32,
    key_length: Option<u32>,
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

    /// Reads an `AlgorithmIdentifier` in DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Unsupported`] for schemes, derivations and ciphers that are not known,
    /// [`CryptoError::Malformed`] and [`CryptoError::Limit`] for bad parameters.
    pub fn from_der(der: &[u8]) -> Result<Self, CryptoError> {
        let algorithm = Algorithm::from_der(der).map_err(malformed)?;
        let parameters = algorithm.parameters.ok_or_else(|| CryptoError::Malformed {
            what: format!("{} without parameters", algorithm.oid),
        });
        if algorithm.oid == oid::PBES2 {
            return Self::read_pbes2(&parameters?.decode_as().map_err(malformed)?);
        }
        // The digest is that of PBKDF1; the others derive as RFC 7292 prescribes.
        let (cipher, digest) = match algorithm.oid {
            oid::PBE_SHA1_RC4_128 => (Cipher::Rc4(16), None),
            oid::PBE_SHA1_RC4_40 => (Cipher::Rc4(5), None),
            oid::PBE_SHA1_3DES => (Cipher::TripleDes, None),
            oid::PBE_SHA1_2DES => (Cipher::TripleDesTwoKeys, None),
            oid::PBE_SHA1_RC2_128 => (Cipher::Rc2(16), None),
            oid::PBE_SHA1_RC2_40 => (Cipher::Rc2(5), None),
            oid::PBE_MD5_DES => (Cipher::Des, Some(Digest::Md5)),
            oid::PBE_SHA1_DES => (Cipher::Des, Some(Digest::Sha1)),
            // RFC 8018 appendix A.3: RC2 with 64 effective bits.
            oid::PBE_MD5_RC2 => (Cipher::Rc2(8), Some(Digest::Md5)),
            oid::PBE_SHA1_RC2 => (Cipher::Rc2(8), Some(Digest::Sha1)),
            oid::PBE_MD2_DES => return Err(unsupported("pbeWithMD2AndDES-CBC")),
            oid::PBE_MD2_RC2 => return Err(unsupported("pbeWithMD2AndRC2-CBC")),
            other => return Err(unsupported(&other.to_string())),
        };
        let parameters: SaltAndIterations<'_> = parameters?.decode_as().map_err(malformed)?;
        let salt = checked_salt(parameters.salt.as_bytes())?;
        let iterations = iteration_count(parameters.iterations)?;
        let derivation = match digest {
            Some(digest) => Derivation::Pbkdf1(Pbkdf1 { digest, salt, iterations }),
            None => Derivation::Pkcs12 { salt, iterations },
        };
        Ok(Self { derivation, cipher, iv: Vec::new() })
    }

    fn read_pbes2(parameters: &Pbes2<'_>) -> Result<Self, CryptoError> {
        let derivation = read_derivation(&parameters.derivation)?;
        let encryption = &parameters.encryption;
        let (cipher, iv) = match encryption.oid {
            oid::AES_128_CBC => (Cipher::Aes128, octets(encryption)?),
            oid::AES_192_CBC => (Cipher::Aes192, octets(encryption)?),
            oid::AES_256_CBC => (Cipher::Aes256, octets(encryption)?),
            oid::DES_EDE3_CBC => (Cipher::TripleDes, octets(encryption)?),
            oid::DES_CBC => (Cipher::Des, octets(encryption)?),
            oid::RC2_CBC => read_rc2(encryption)?,
            other => return Err(unsupported(&format!("cipher {other}"))),
        };
        if iv.len() != cipher.iv_length() {
            return Err(CryptoError::Malformed {
                what: format!("an initialization vector of {} bytes", iv.len()),
            });
        }
        let stated = match &derivation {
            Derivation::Pbkdf2(parameters) => parameters.key_length,
            Derivation::Scrypt { key_length, .. } => *key_length,
            Derivation::Pkcs12 { .. } | Derivation::Pbkdf1(_) => None,
        };
        if stated.is_some_and(|length| usize::try_from(length) != Ok(cipher.key_length())) {
            return Err(CryptoError::Malformed {
                what: format!("a key length that does not fit {}", cipher.name()),
            });
        }
        Ok(Self { derivation, cipher, iv })
    }

    /// The `AlgorithmIdentifier` in DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Unsupported`] for PBES1 of PKCS#5, and for single DES and RC2 in PBES2, which are
    /// only read.
    pub fn to_der(&self) -> Result<Vec<u8>, CryptoError> {
        let encoded = match &self.derivation {
            Derivation::Pkcs12 { salt, iterations } => {
                let oid = match self.cipher {
                    Cipher::Rc4(16) => oid::PBE_SHA1_RC4_128,
                    Cipher::Rc4(5) => oid::PBE_SHA1_RC4_40,
                    Cipher::TripleDes => oid::PBE_SHA1_3DES,
                    Cipher::TripleDesTwoKeys => oid::PBE_SHA1_2DES,
                    Cipher::Rc2(16) => oid::PBE_SHA1_RC2_128,
                    Cipher::Rc2(5) => oid::PBE_SHA1_RC2_40,
                    other => return Err(unsupported(&format!("writing {}", other.name()))),
                };
                let salt = OctetStringRef::new(salt).map_err(malformed)?;
                let parameters = SaltAndIterations { salt, iterations: u64::from(*iterations) };
                with_parameters(oid, &parameters)
            }
            derivation => {
                let derivation = write_derivation(derivation)?;
                let oid = match self.cipher {
                    Cipher::Aes128 => oid::AES_128_CBC,
                    Cipher::Aes192 => oid::AES_192_CBC,
                    Cipher::Aes256 => oid::AES_256_CBC,
                    Cipher::TripleDes => oid::DES_EDE3_CBC,
                    other => return Err(unsupported(&format!("writing {}", other.name()))),
                };
                let iv = OctetStringRef::new(&self.iv).map_err(malformed)?;
                let encryption = with_parameters(oid, &AnyRef::from(iv)).map_err(malformed)?;
                let parameters = Pbes2 {
                    derivation: Algorithm::from_der(&derivation).map_err(malformed)?,
                    encryption: Algorithm::from_der(&encryption).map_err(malformed)?,
                };
                with_parameters(oid::PBES2, &parameters)
            }
        };
        encoded.map_err(malformed)
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

fn read_derivation(algorithm: &Algorithm<'_>) -> Result<Derivation, CryptoError> {
    let parameters = algorithm.parameters.ok_or_else(|| CryptoError::Malformed {
        what: "a key derivation without parameters".to_owned(),
    })?;
    match algorithm.oid {
        oid::PBKDF2 => Ok(Derivation::Pbkdf2(Pbkdf2::read(parameters)?)),
        oid::SCRYPT => {
            let scrypt: ScryptParameters<'_> = parameters.decode_as().map_err(malformed)?;
            Ok(Derivation::Scrypt {
                salt: checked_salt(scrypt.salt.as_bytes())?,
                cost: ScryptCost { n: scrypt.n, r: scrypt.r, p: scrypt.p },
                key_length: scrypt.key_length,
            })
        }
        other => Err(unsupported(&format!("key derivation {other}"))),
    }
}

fn write_derivation(derivation: &Derivation) -> Result<Vec<u8>, CryptoError> {
    match derivation {
        Derivation::Pbkdf2(parameters) => parameters.to_der(),
        Derivation::Scrypt { salt, cost, key_length } => {
            let parameters = ScryptParameters {
                salt: OctetStringRef::new(salt).map_err(malformed)?,
                n: cost.n,
                r: cost.r,
                p: cost.p,
                key_length: *key_length,
            };
            with_parameters(oid::SCRYPT, &parameters).map_err(malformed)
        }
        Derivation::Pbkdf1(_) => Err(unsupported("writing PBES1 of PKCS#5")),
        Derivation::Pkcs12 { .. } => Err(unsupported("PBES2 with the derivation of PKCS#12")),
    }
}

/// `SEQUENCE { rc2ParameterVersion INTEGER, iv OCTET STRING }`, RFC 8018 appendix B.2.3; the
/// version encodes the effective key bits.
fn read_rc2(encryption: &Algorithm<'_>) -> Result<(Cipher, Vec<u8>), CryptoError> {
    #[derive(Sequence)]
    struct Parameters<'a> {
        version: u32,
        iv: &'a OctetStringRef,
    }
    let parameters: Parameters<'_> = encryption
        .parameters
        .ok_or_else(|| CryptoError::Malformed { what: "RC2 without parameters".to_owned() })?
        .decode_as()
        .map_err(malformed)?;
    let bytes = match parameters.version {
        160 => 5,
        120 => 8,
        58 => 16,
        other => return Err(unsupported(&format!("RC2 version {other}"))),
    };
    Ok((Cipher::Rc2(bytes), parameters.iv.as_bytes().to_vec()))
}

fn octets(algorithm: &Algorithm<'_>) -> Result<Vec<u8>, CryptoError> {
    let parameters = algorithm.parameters.ok_or_else(|| CryptoError::Malformed {
        what: "a cipher without initialization vector".to_owned(),
    })?;
    let octets: &OctetStringRef = parameters.decode_as().map_err(malformed)?;
    Ok(octets.as_bytes().to_vec())
}
