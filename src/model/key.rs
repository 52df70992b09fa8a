//! Keys: public ones to compare, private ones to keep.

mod structure;

pub(crate) use structure::{EcPrivateKey, KeyParts, RsaPublicKey};

use crate::code::Code;
use crate::digest::{self, Fingerprint};
use crate::oid::{self, ObjectIdentifier};
use crate::secret::SecretBytes;
use der::asn1::{AnyRef, BitStringRef, UintRef};
use der::{Decode, Reader, Sequence, SliceReader, Tag};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

/// Why bytes are not a key.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
#[error("the key is malformed: {reason}")]
pub struct KeyError {
    /// What the decoder met.
    pub reason: String,
}

impl KeyError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::KEY_INVALID
    }
}

impl From<der::Error> for KeyError {
    fn from(error: der::Error) -> Self {
        Self { reason: error.to_string() }
    }
}

/// The kind and size of a key, written as in `rsa:3072`, `ec:p256`, `ed25519`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// RSA with this many bits of modulus.
    Rsa(u32),
    /// ECDSA on NIST P-256.
    EcP256,
    /// ECDSA on NIST P-384.
    EcP384,
    /// ECDSA on NIST P-521.
    EcP521,
    /// Elliptic curve on another curve, or with explicit parameters (then the key type's own OID).
    EcOther(ObjectIdentifier),
    /// Ed25519, RFC 8410.
    Ed25519,
    /// Ed448, RFC 8410.
    Ed448,
    /// DSA.
    Dsa,
    /// Anything else.
    Other(ObjectIdentifier),
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "rsa:{bits}"),
            Self::EcP256 => f.write_str("ec:p256"),
            Self::EcP384 => f.write_str("ec:p384"),
            Self::EcP521 => f.write_str("ec:p521"),
            Self::EcOther(curve) => write!(f, "ec:{curve}"),
            Self::Ed25519 => f.write_str("ed25519"),
            Self::Ed448 => f.write_str("ed448"),
            Self::Dsa => f.write_str("dsa"),
            Self::Other(oid) => write!(f, "{oid}"),
        }
    }
}

/// A key type that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("unknown key type \"{found}\": the types are {}", KeyAlgorithm::list())]
pub struct KeyAlgorithmError {
    /// The type as typed.
    pub found: String,
}

impl KeyAlgorithmError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::VALUE_INVALID
    }
}

impl KeyAlgorithm {
    /// The types of keys that can be made.
    pub const OFFERED: [Self; 8] = [
        Self::Rsa(2048),
        Self::Rsa(3072),
        Self::Rsa(4096),
        Self::Rsa(8192),
        Self::EcP256,
        Self::EcP384,
        Self::EcP521,
        Self::Ed25519,
    ];

    fn list() -> String {
        Self::OFFERED.map(|algorithm| algorithm.to_string()).join(", ")
    }
}

impl FromStr for KeyAlgorithm {
    type Err = KeyAlgorithmError;

    /// Reads one of the types that can be made; case does not matter, and a curve may have the
    /// hyphen that NIST gives it, as in `ec:P-256`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.to_ascii_lowercase().replace("p-", "p");
        Self::OFFERED
            .into_iter()
            .find(|algorithm| algorithm.to_string() == word)
            .ok_or_else(|| KeyAlgorithmError { found: text.to_owned() })
    }
}

/// ```text
/// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
/// ```
#[derive(Sequence)]
struct Algorithm<'a> {
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct PublicKeyShape<'a> {
    algorithm: Algorithm<'a>,
    key: BitStringRef<'a>,
}

/// A public key as its `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
#[derive(Clone, Debug)]
pub struct PublicKey {
    der: Vec<u8>,
    algorithm: KeyAlgorithm,
}

impl PublicKey {
    /// Reads one `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the bytes are not exactly one.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        Ok(Self { algorithm: Self::algorithm_of(der)?, der: der.to_vec() })
    }

    /// Kind and size of one `SubjectPublicKeyInfo`, without keeping it.
    pub(super) fn algorithm_of(der: &[u8]) -> Result<KeyAlgorithm, KeyError> {
        let shape = PublicKeyShape::from_der(der)?;
        Ok(match shape.algorithm.oid {
            oid::RSA | oid::RSA_PSS => {
                KeyAlgorithm::Rsa(rsa_bits(shape.key.raw_bytes()).unwrap_or(0))
            }
            oid => key_algorithm(oid, shape.algorithm.parameters),
        })
    }

    /// The DER bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Kind and size.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The bytes of the BIT STRING, without its unused-bits octet.
    #[must_use]
    pub fn key_bits(&self) -> &[u8] {
        PublicKeyShape::from_der(&self.der).map_or(&[], |shape| shape.key.raw_bytes())
    }

    /// The key identifier of RFC 5280 section 4.2.1.2 (1): the SHA-1 of the BIT STRING's bytes.
    #[must_use]
    pub fn key_identifier(&self) -> [u8; 20] {
        digest::sha1(self.key_bits())
    }
}

/// Two keys are equal when kind and key bits are; encoders differ about the parameters (RSA's NULL
/// may be missing, RSA-PSS may restrict the same key).
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.key_bits() == other.key_bits()
    }
}

impl Eq for PublicKey {}

fn key_algorithm(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>) -> KeyAlgorithm {
    match oid {
        oid::EC => match parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok()) {
            Some(oid::P256) => KeyAlgorithm::EcP256,
            Some(oid::P384) => KeyAlgorithm::EcP384,
            Some(oid::P521) => KeyAlgorithm::EcP521,
            Some(curve) => KeyAlgorithm::EcOther(curve),
            None => KeyAlgorithm::EcOther(oid::EC),
        },
        oid::ED25519 => KeyAlgorithm::Ed25519,
        oid::ED448 => KeyAlgorithm::Ed448,
        oid::DSA => KeyAlgorithm::Dsa,
        other => KeyAlgorithm::Other(other),
    }
}

/// Bits of the modulus of `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`.
fn rsa_bits(der: &[u8]) -> Option<u32> {
    let sequence = AnyRef::from_der(der).ok()?;
    let mut reader = SliceReader::new(sequence.value()).ok()?;
    bit_length(UintRef::decode(&mut reader).ok()?.as_bytes())
}

fn bit_length(magnitude: &[u8]) -> Option<u32> {
    let first = magnitude.iter().position(|&byte| byte != 0)?;
    let bytes = u32::try_from(magnitude.len() - first).ok()?;
    Some(bytes * 8 - magnitude[first].leading_zeros())
}

/// A private key as PKCS#8 `PrivateKeyInfo` or `OneAsymmetricKey` (RFC 5958), in wiped memory.
///
/// No Display, no Serialize, no PartialEq, and a redacted Debug. A clone is the same key in the same memory.
#[derive(Clone, Debug)]
pub struct PrivateKey(Arc<PrivateKeyInfo>);

#[derive(Debug)]
struct PrivateKeyInfo {
    pkcs8: SecretBytes,
    algorithm: KeyAlgorithm,
    public: OnceLock<PublicKey>,
}

impl PrivateKey {
    /// Keeps the PKCS#8 bytes as they are. Only the frame is read: version, algorithm and an octet
    /// string; keys of unknown algorithms are kept too.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the bytes are not exactly one `OneAsymmetricKey`.
    pub fn from_pkcs8(pkcs8: SecretBytes) -> Result<Self, KeyError> {
        let sequence = AnyRef::from_der(&pkcs8)?;
        if sequence.header().tag() != Tag::Sequence {
            return Err(KeyError { reason: "not a SEQUENCE".to_owned() });
        }
        let mut reader = SliceReader::new(sequence.value())?;
        reader.decode::<u8>()?; // version: 0, or 1 with a public key
        let algorithm: Algorithm<'_> = reader.decode()?;
        let octets: AnyRef<'_> = reader.decode()?;
        if octets.header().tag() != Tag::OctetString {
            return Err(KeyError { reason: "no privateKey OCTET STRING".to_owned() });
        }
        let algorithm = match algorithm.oid {
            oid::RSA | oid::RSA_PSS => {
                KeyAlgorithm::Rsa(rsa_private_bits(octets.value()).unwrap_or(0))
            }
            other => key_algorithm(other, algorithm.parameters),
        };
        Ok(Self(Arc::new(PrivateKeyInfo { pkcs8, algorithm, public: OnceLock::new() })))
    }

    /// The public half: one that is known, or that `compute` finds out. On a curve that is a
    /// multiplication, and whoever compares wallets asks for it several times.
    pub(crate) fn public_or<E>(
        &self,
        compute: impl FnOnce() -> Result<PublicKey, E>,
    ) -> Result<PublicKey, E> {
        if let Some(known) = self.0.public.get() {
            return Ok(known.clone());
        }
        let public = compute()?;
        Ok(self.0.public.get_or_init(|| public).clone())
    }

    /// The PKCS#8 bytes as found.
    #[must_use]
    pub fn pkcs8(&self) -> &[u8] {
        &self.0.pkcs8
    }

    /// Kind and size.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.0.algorithm
    }

    /// A fingerprint to compare keys by without showing them.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0.pkcs8)
    }
}

/// The modulus is the second INTEGER of `RSAPrivateKey` (RFC 8017 appendix A.1.2).
fn rsa_private_bits(der: &[u8]) -> Option<u32> {
    let sequence = AnyRef::from_der(der).ok()?;
    let mut reader = SliceReader::new(sequence.value()).ok()?;
    reader.decode::<u8>().ok()?;
    bit_length(UintRef::decode(&mut reader).ok()?.as_bytes())
}

/// An encrypted key that has not been opened: PKCS#8 `EncryptedPrivateKeyInfo` as found, or the
/// key protector of another format. In OpenSSL's traditional encryption it is the PEM block with its
/// headers, which say how it is encrypted.
#[derive(Clone, Debug)]
pub struct LockedKey {
    /// The encrypted bytes.
    pub raw: Vec<u8>,
    /// Why it is still closed, where somebody tried to open it.
    pub refusal: Option<Code>,
}

/// Why a key stays locked, in words.
#[must_use]
pub fn why_locked(refusal: Option<Code>) -> &'static str {
    match refusal {
        None => "it was not opened",
        Some(Code::PASSWORD_WRONG) => "no password that was given opens it",
        Some(Code::PASSWORD_MISSING) => "its password was not given",
        Some(Code::LIMIT_EXCEEDED) => "its key derivation asks for too much work",
        Some(Code::ALGORITHM_UNSUPPORTED) => "its encryption is not supported",
        Some(Code::ENCRYPTION_INVALID) => "its encryption is malformed",
        Some(_) => "what is inside is not a key",
    }
}

/// The code of an error over a key that stays locked: of what would have to be done about it.
pub(crate) fn code_of_locked(refusal: Option<Code>) -> Code {
    match refusal {
        Some(
            code @ (Code::LIMIT_EXCEEDED | Code::ALGORITHM_UNSUPPORTED | Code::ENCRYPTION_INVALID),
        ) => code,
        _ => Code::KEY_LOCKED,
    }
}

/// The key of an entry.
#[derive(Clone, Debug)]
pub enum KeyMaterial {
    /// The key is at hand.
    Open(PrivateKey),
    /// The key is kept as its encrypted bytes: nobody needed it yet, or its password is not known.
    Locked(LockedKey),
}

impl KeyMaterial {
    /// Why the key is closed, where somebody tried to open it in vain.
    #[must_use]
    pub fn refusal(&self) -> Option<Code> {
        match self {
            Self::Open(_) => None,
            Self::Locked(locked) => locked.refusal,
        }
    }

    /// The key, if it is open.
    #[must_use]
    pub fn open(&self) -> Option<&PrivateKey> {
        match self {
            Self::Open(key) => Some(key),
            Self::Locked(_) => None,
        }
    }
}
