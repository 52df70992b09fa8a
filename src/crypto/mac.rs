//! The integrity check of a PKCS#12 file.

use crate::crypto::CryptoError;
use crate::crypto::kdf::{self, Budget, Hash, Passphrase, Purpose};
use crate::crypto::pbe::parameters::{self as pbe, Algorithm};
use crate::crypto::pbe::pbkdf2::Pbkdf2;
use crate::crypto::random;
use crate::oid::{self, ObjectIdentifier};
use crate::secret::SecretBytes;
use aws_lc_rs::{constant_time, hmac};
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode, Sequence};

/// Shortest key that a PBMAC1 may ask for, in bytes (RFC 9579 section 3: below 20 a reader may
/// refuse, since a one-byte key would make the check worthless).
const PBMAC1_KEY_BYTES: u32 = 20;

/// How the MAC key is derived and which HMAC takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MacScheme {
    /// RFC 7292 appendix B: key and HMAC from one digest.
    Pkcs12 {
        /// The digest.
        hash: Hash,
        /// The salt.
        salt: Vec<u8>,
        /// The iterations.
        iterations: u32,
    },
    /// PBMAC1, RFC 8018 appendix A.5 and RFC 9579.
    Pbmac1 {
        /// How the key is derived; its length is stated, as RFC 9579 requires.
        derivation: Pbkdf2,
        /// The digest of the HMAC.
        hash: Hash,
    },
}

/// ```text
/// MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }
/// DigestInfo ::= SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING }
/// ```
///
/// RFC 7292 section 4.
#[derive(Sequence)]
struct MacData<'a> {
    mac: DigestInfo<'a>,
    salt: &'a OctetStringRef,
    #[asn1(default = "one")]
    iterations: u64,
}

fn one() -> u64 {
    1
}

#[derive(Sequence)]
struct DigestInfo<'a> {
    algorithm: Algorithm<'a>,
    digest: &'a OctetStringRef,
}

/// `SEQUENCE { keyDerivationFunc AlgorithmIdentifier, messageAuthScheme AlgorithmIdentifier }`
#[derive(Sequence)]
struct Pbmac1Parameters<'a> {
    derivation: Algorithm<'a>,
    scheme: Algorithm<'a>,
}

/// A MAC as it stands in a file.
#[derive(Clone, Debug)]
pub struct Mac {
    /// How it was made.
    pub scheme: MacScheme,
    value: Vec<u8>,
}

impl Mac {
    /// Reads a `MacData` in DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Unsupported`], [`CryptoError::Malformed`] or [`CryptoError::Limit`].
    pub fn from_der(der: &[u8]) -> Result<Self, CryptoError> {
        let data = MacData::from_der(der).map_err(pbe::malformed)?;
        let algorithm = &data.mac.algorithm;
        let scheme = if algorithm.oid == oid::PBMAC1 {
            // The salt and iterations of MacData do not count (RFC 9579 section 4).
            read_pbmac1(algorithm)?
        } else {
            // A digest takes no parameters (RFC 8017 appendix B.1: absent or NULL), and the MAC does
            // not cover this place.
            if algorithm.parameters.is_some_and(|parameters| parameters != AnyRef::NULL) {
                let what = "the MAC's digest has parameters".to_owned();
                return Err(CryptoError::Malformed { what });
            }
            MacScheme::Pkcs12 {
                hash: digest_hash(algorithm.oid)?,
                salt: pbe::checked_salt(data.salt.as_bytes())?,
                iterations: pbe::iteration_count(data.iterations)?,
            }
        };
        Ok(Self { scheme, value: data.mac.digest.as_bytes().to_vec() })
    }

    /// The `MacData` in DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Malformed`] when a part is longer than DER can say.
    pub fn to_der(&self) -> Result<Vec<u8>, CryptoError> {
        let (oid, parameters, salt, iterations) = match &self.scheme {
            MacScheme::Pkcs12 { hash, salt, iterations } => {
                let null = AnyRef::NULL.to_der().map_err(pbe::malformed)?;
                (digest_oid(*hash), null, salt.as_slice(), *iterations)
            }
            MacScheme::Pbmac1 { derivation, hash } => {
                let derivation = derivation.to_der()?;
                let scheme =
                    Algorithm { oid: pbe::hmac_oid(*hash), parameters: Some(AnyRef::NULL) };
                let parameters = Pbmac1Parameters {
                    derivation: Algorithm::from_der(&derivation).map_err(pbe::malformed)?,
                    scheme,
                };
                // RFC 9579 section 4 recommends a salt and iterations that say nothing.
                let parameters = parameters.to_der().map_err(pbe::malformed)?;
                (oid::PBMAC1, parameters, &[] as &[u8], 1)
            }
        };
        let data = MacData {
            mac: DigestInfo {
                algorithm: Algorithm {
                    oid,
                    parameters: Some(AnyRef::from_der(&parameters).map_err(pbe::malformed)?),
                },
                digest: OctetStringRef::new(&self.value).map_err(pbe::malformed)?,
            },
            salt: OctetStringRef::new(salt).map_err(pbe::malformed)?,
            iterations: iterations.into(),
        };
        data.to_der().map_err(pbe::malformed)
    }

    /// Whether the MAC is that of `content` under this password; compared in constant time.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Limit`] when the derivation passes the budget.
    pub fn verify(
        &self,
        passphrase: &Passphrase,
        content: &[u8],
        budget: &Budget,
    ) -> Result<bool, CryptoError> {
        let expected = self.scheme.value(passphrase, content, budget)?;
        Ok(constant_time::verify_slices_are_equal(expected.as_ref(), &self.value).is_ok())
    }
}

impl MacScheme {
    /// The MAC of `content` under this password.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Limit`] when the derivation passes the budget.
    pub fn seal(
        &self,
        passphrase: &Passphrase,
        content: &[u8],
        budget: &Budget,
    ) -> Result<Mac, CryptoError> {
        let value = self.value(passphrase, content, budget)?.as_ref().to_vec();
        Ok(Mac { scheme: self.clone(), value })
    }

    /// Length of a `MacData` of this scheme in DER, in bytes: what stands around it says it before the MAC can be
    /// computed.
    ///
    /// # Errors
    ///
    /// As [`Mac::to_der`].
    pub fn der_length(&self) -> Result<usize, CryptoError> {
        let (Self::Pkcs12 { hash, .. } | Self::Pbmac1 { hash, .. }) = self;
        let value = vec![0; hash.algorithm().output_len()];
        Ok(Mac { scheme: self.clone(), value }.to_der()?.len())
    }

    /// Derives the key, for a budget that remembers it. What fails here fails again where it is needed.
    pub fn derive_ahead(&self, passphrase: &Passphrase, budget: &Budget) {
        drop(self.key(passphrase, budget));
    }

    /// The same scheme with a fresh salt, and other iterations where given.
    pub fn fresh(&self, iterations: Option<u32>) -> Result<Self, CryptoError> {
        Ok(match self {
            Self::Pkcs12 { hash, salt, iterations: old } => Self::Pkcs12 {
                hash: *hash,
                salt: random::bytes(salt.len().max(8))?,
                iterations: iterations.unwrap_or(*old),
            },
            Self::Pbmac1 { derivation, hash } => Self::Pbmac1 {
                derivation: Pbkdf2 {
                    salt: random::bytes(derivation.salt.len().max(8))?,
                    iterations: iterations.unwrap_or(derivation.iterations),
                    ..derivation.clone()
                },
                hash: *hash,
            },
        })
    }

    /// Of the forms of a password those that make different keys.
    #[must_use]
    pub fn forms<'f>(&self, forms: &'f [Passphrase]) -> &'f [Passphrase] {
        Passphrase::distinct(forms, matches!(self, Self::Pkcs12 { .. }))
    }

    /// The iterations of the derivation.
    #[must_use]
    pub fn iterations(&self) -> u32 {
        match self {
            Self::Pkcs12 { iterations, .. } => *iterations,
            Self::Pbmac1 { derivation, .. } => derivation.iterations,
        }
    }

    /// The name in reports, for example `HMAC-SHA256` or `PBMAC1 HMAC-SHA256`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Pkcs12 { hash, .. } => format!("HMAC-{}", hash.name()),
            Self::Pbmac1 { derivation, hash } => {
                format!("PBMAC1 HMAC-{}, PBKDF2-HMAC-{}", hash.name(), derivation.prf.name())
            }
        }
    }

    fn key(
        &self,
        passphrase: &Passphrase,
        budget: &Budget,
    ) -> Result<(Hash, SecretBytes), CryptoError> {
        Ok(match self {
            Self::Pkcs12 { hash, salt, iterations } => {
                let length = hash.algorithm().output_len();
                let purpose = Purpose::Mac;
                let key =
                    kdf::pkcs12(*hash, passphrase, salt, purpose, *iterations, length, budget)?;
                (*hash, key)
            }
            Self::Pbmac1 { derivation, hash } => {
                let length = derivation.key_length.and_then(|length| usize::try_from(length).ok());
                let length = length.ok_or_else(|| CryptoError::Malformed {
                    what: "PBMAC1 without key length".to_owned(),
                })?;
                (*hash, derivation.derive(passphrase, length, budget)?)
            }
        })
    }

    fn value(
        &self,
        passphrase: &Passphrase,
        content: &[u8],
        budget: &Budget,
    ) -> Result<hmac::Tag, CryptoError> {
        let (hash, key) = self.key(passphrase, budget)?;
        let algorithm = match hash {
            Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha224 => hmac::HMAC_SHA224,
            Hash::Sha256 => hmac::HMAC_SHA256,
            Hash::Sha384 => hmac::HMAC_SHA384,
            Hash::Sha512 => hmac::HMAC_SHA512,
            Hash::Sha512_256 => {
                return Err(CryptoError::Unsupported { what: "HMAC-SHA512-256".to_owned() });
            }
        };
        let mut signing = hmac::Context::with_key(&hmac::Key::new(algorithm, &key));
        signing.update(content);
        Ok(signing.sign())
    }
}

fn read_pbmac1(algorithm: &Algorithm<'_>) -> Result<MacScheme, CryptoError> {
    let missing =
        || CryptoError::Malformed { what: "PBMAC1 without complete parameters".to_owned() };
    let parameters: Pbmac1Parameters<'_> =
        algorithm.parameters.ok_or_else(missing)?.decode_as().map_err(pbe::malformed)?;
    if parameters.derivation.oid != oid::PBKDF2 {
        let what = format!("PBMAC1 key derivation {}", parameters.derivation.oid);
        return Err(CryptoError::Unsupported { what });
    }
    let derivation = Pbkdf2::read(parameters.derivation.parameters.ok_or_else(missing)?)?;
    match derivation.key_length {
        None => Err(missing()),
        // Longer than a block of the digest is pointless, and bounds what is derived.
        Some(length) if !(PBMAC1_KEY_BYTES..=128).contains(&length) => {
            Err(CryptoError::Malformed { what: format!("a PBMAC1 key of {length} bytes") })
        }
        Some(_) => {
            let hash = pbe::hmac_hash(parameters.scheme.oid, "message authentication scheme")?;
            Ok(MacScheme::Pbmac1 { hash, derivation })
        }
    }
}

fn digest_hash(oid: ObjectIdentifier) -> Result<Hash, CryptoError> {
    match oid {
        oid::SHA1 => Ok(Hash::Sha1),
        oid::SHA224 => Ok(Hash::Sha224),
        oid::SHA256 => Ok(Hash::Sha256),
        oid::SHA384 => Ok(Hash::Sha384),
        oid::SHA512 => Ok(Hash::Sha512),
        other => Err(CryptoError::Unsupported { what: format!("MAC digest {other}") }),
    }
}

fn digest_oid(hash: Hash) -> ObjectIdentifier {
    match hash {
        Hash::Sha1 => oid::SHA1,
        Hash::Sha224 => oid::SHA224,
        Hash::Sha256 => oid::SHA256,
        Hash::Sha384 => oid::SHA384,
        Hash::Sha512 => oid::SHA512,
        Hash::Sha512_256 => oid::SHA512_256,
    }
}
