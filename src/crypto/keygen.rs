//! Making keys, and the public half of a private key.

use crate::crypto::CryptoError;
use crate::model::key::{
    EcPrivateKey, KeyAlgorithm, KeyError, KeyParts, PrivateKey, PublicKey, RsaPublicKey,
};
use crate::oid;
use crate::secret::SecretBytes;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

/// Makes a key.
///
/// The result is PKCS#8 version 0, also for Ed25519: Java 17 refuses version 1, which carries the
/// public key.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] for every algorithm that is not in [`KeyAlgorithm::OFFERED`].
pub fn generate(algorithm: KeyAlgorithm) -> Result<PrivateKey, CryptoError> {
    let pkcs8 = match algorithm {
        KeyAlgorithm::Rsa(bits) => generate_rsa(bits)?,
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => {
            let pair = EcdsaKeyPair::generate(ecdsa(algorithm)?).map_err(|_| FAILED)?;
            SecretBytes::from(pair.to_pkcs8v1().map_err(|_| FAILED)?.as_ref())
        }
        KeyAlgorithm::Ed25519 => {
            let pair = Ed25519KeyPair::generate().map_err(|_| FAILED)?;
            SecretBytes::from(pair.to_pkcs8v1().map_err(|_| FAILED)?.as_ref())
        }
        KeyAlgorithm::EcOther(_)
        | KeyAlgorithm::Ed448
        | KeyAlgorithm::Dsa
        | KeyAlgorithm::Other(_) => return Err(unsupported(algorithm)),
    };
    PrivateKey::from_pkcs8(pkcs8).map_err(malformed)
}

/// The public half of a private key.
///
/// RSA keys of every size state it. On the three NIST curves and for Ed25519 it is computed, and a
/// key that states another one is refused. For all others it is taken from where the key states
/// it.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] when the public half is neither stated nor can be computed,
/// [`CryptoError::Malformed`] when the key is no key of its algorithm.
pub fn public_key(key: &PrivateKey) -> Result<PublicKey, CryptoError> {
    let parts = key.parts().map_err(malformed)?;
    match key.algorithm() {
        KeyAlgorithm::Rsa(_) => rsa_public_key(&parts),
        algorithm @ (KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521) => {
            let pair = ec_key_pair(key, algorithm)?;
            public_key_info(parts.algorithm, pair.public_key().as_ref())
        }
        KeyAlgorithm::Ed25519 => {
            let pair = ed25519_key_pair(key)?;
            public_key_info(parts.algorithm, pair.public_key().as_ref())
        }
        algorithm @ KeyAlgorithm::EcOther(_) => {
            let inner = EcPrivateKey::from_der(parts.private)
                .map_err(|error| CryptoError::Malformed { what: error.to_string() })?;
            let point = inner.public.and_then(|point| point.as_bytes()).or(parts.public);
            public_key_info(parts.algorithm, point.ok_or_else(|| unsupported(algorithm))?)
        }
        algorithm @ (KeyAlgorithm::Ed448 | KeyAlgorithm::Dsa | KeyAlgorithm::Other(_)) => {
            let public = parts.public.ok_or_else(|| unsupported(algorithm))?;
            public_key_info(parts.algorithm, public)
        }
    }
}

const FAILED: CryptoError = CryptoError::Failed { what: "key generation" };

fn generate_rsa(bits: u32) -> Result<SecretBytes, CryptoError> {
    let size = match bits {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        4096 => KeySize::Rsa4096,
        8192 => KeySize::Rsa8192,
        _ => return Err(unsupported(KeyAlgorithm::Rsa(bits))),
    };
    let pair = rsa::KeyPair::generate(size).map_err(|_| FAILED)?;
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| FAILED)?;
    Ok(SecretBytes::from(pkcs8.as_ref()))
}

/// How keys of this curve sign.
pub(super) fn ecdsa(
    algorithm: KeyAlgorithm,
) -> Result<&'static EcdsaSigningAlgorithm, CryptoError> {
    match algorithm {
        KeyAlgorithm::EcP256 => Ok(&ECDSA_P256_SHA256_ASN1_SIGNING),
        KeyAlgorithm::EcP384 => Ok(&ECDSA_P384_SHA384_ASN1_SIGNING),
        KeyAlgorithm::EcP521 => Ok(&ECDSA_P521_SHA512_ASN1_SIGNING),
        other => Err(unsupported(other)),
    }
}

pub(super) fn ec_key_pair(
    key: &PrivateKey,
    algorithm: KeyAlgorithm,
) -> Result<EcdsaKeyPair, CryptoError> {
    EcdsaKeyPair::from_private_key_der(ecdsa(algorithm)?, key.pkcs8()).map_err(rejected)
}

pub(super) fn ed25519_key_pair(key: &PrivateKey) -> Result<Ed25519KeyPair, CryptoError> {
    Ed25519KeyPair::from_pkcs8(key.pkcs8()).map_err(rejected)
}

fn rsa_public_key(parts: &KeyParts<'_>) -> Result<PublicKey, CryptoError> {
    let public = RsaPublicKey::of_private_key(parts.private)
        .and_then(|public| Ok(public.to_der()?))
        .map_err(malformed)?;
    let mut algorithm = parts.algorithm;
    if algorithm.oid == oid::RSA {
        algorithm.parameters = Some(AnyRef::NULL); // RFC 3279 section 2.3.1: shall be NULL
    }
    public_key_info(algorithm, &public)
}

fn public_key_info(
    algorithm: AlgorithmIdentifierRef<'_>,
    bits: &[u8],
) -> Result<PublicKey, CryptoError> {
    BitStringRef::from_bytes(bits)
        .and_then(|subject_public_key| {
            SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der()
        })
        .map_err(KeyError::from)
        .and_then(|der| PublicKey::from_der(&der))
        .map_err(malformed)
}

pub(super) fn unsupported(algorithm: KeyAlgorithm) -> CryptoError {
    CryptoError::Unsupported { what: algorithm.to_string() }
}

pub(super) fn malformed(error: KeyError) -> CryptoError {
    CryptoError::Malformed { what: error.reason }
}

pub(super) fn rejected(error: aws_lc_rs::error::KeyRejected) -> CryptoError {
    CryptoError::Malformed { what: format!("private key: {error}") }
}
