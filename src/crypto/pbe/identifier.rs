//! Schemes as they stand in files: an `AlgorithmIdentifier` with its parameters.

use crate::crypto::CryptoError;
use crate::crypto::cipher::Cipher;
use crate::crypto::kdf::ScryptCost;
use crate::crypto::pbe::parameters::{
    Algorithm, checked_salt, iteration_count, malformed, unsupported, with_parameters,
};
use crate::crypto::pbe::pbkdf1::{Digest, Pbkdf1};
use crate::crypto::pbe::pbkdf2::Pbkdf2;
use crate::crypto::pbe::{Derivation, Scheme};
use crate::oid;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Sequence};

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
    /// [`CryptoError::OnlyRead`] for PBES1 of PKCS#5, and for single DES and RC2 in PBES2.
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
                    other => return Err(only_read(&other.name())),
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
                    other => return Err(only_read(&other.name())),
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
}

fn only_read(algorithm: &str) -> CryptoError {
    CryptoError::OnlyRead { algorithm: algorithm.to_owned() }
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
        Derivation::Pbkdf1(_) => Err(only_read("PBES1 of PKCS#5")),
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
