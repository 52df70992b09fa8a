//! Signing, and verifying what others signed.

mod pss;
mod scheme;
mod verify;

pub use scheme::{is_weak_digest, signature_name};
pub use verify::{VerifyError, verify};

use crate::crypto::CryptoError;
use crate::crypto::keygen::{ec_key_pair, ed25519_key_pair, malformed, rejected, unsupported};
use crate::model::key::{KeyAlgorithm, KeyParts, PrivateKey};
use crate::oid::{self, ObjectIdentifier};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{self, RsaSignatureEncoding};
use der::Encode;
use der::asn1::AnyRef;
use scheme::Digest;
use x509_cert::spki::AlgorithmIdentifierRef;

/// The `AlgorithmIdentifier` (DER) of the signatures that [`sign`] makes with this key.
///
/// RSA signs PKCS#1 v1.5 with SHA-256; a key that is for RSASSA-PSS signs so, with the digest that
/// it names or SHA-256. The curves sign with the digest of their own size.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] when [`sign`] cannot use the key.
pub fn algorithm(key: &PrivateKey) -> Result<Vec<u8>, CryptoError> {
    let (oid, parameters) = match key.algorithm() {
        KeyAlgorithm::Rsa(_) => {
            let parts = key.parts().map_err(malformed)?;
            if parts.algorithm.oid == oid::RSA_PSS {
                let (parameters, hash, _) = pss_for(&parts)?;
                return parameters.algorithm(hash).map_err(|_| FAILED);
            }
            (oid::RSA_SHA256, Some(AnyRef::NULL))
        }
        KeyAlgorithm::EcP256 => (oid::ECDSA_SHA256, None),
        KeyAlgorithm::EcP384 => (oid::ECDSA_SHA384, None),
        KeyAlgorithm::EcP521 => (oid::ECDSA_SHA512, None),
        KeyAlgorithm::Ed25519 => (oid::ED25519, None),
        other => return Err(unsupported(other)),
    };
    AlgorithmIdentifierRef { oid, parameters }.to_der().map_err(|_| FAILED)
}

/// Signs the message.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] for RSA keys that are not of 2048 to 8192 bits, for curves other
/// than NIST's three, and for every other algorithm but Ed25519; [`CryptoError::Malformed`] when
/// the key is no key of its algorithm.
pub fn sign(key: &PrivateKey, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    match key.algorithm() {
        KeyAlgorithm::Rsa(2048..=8192) => {
            let parts = key.parts().map_err(malformed)?;
            let encoding = if parts.algorithm.oid == oid::RSA_PSS {
                pss_for(&parts)?.2
            } else {
                &signature::RSA_PKCS1_SHA256
            };
            let pair = rsa::KeyPair::from_der(parts.private).map_err(rejected)?;
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                .map_err(|_| FAILED)?;
            Ok(signature)
        }
        algorithm @ (KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521) => {
            let pair = ec_key_pair(key, algorithm)?;
            let signature = pair.sign(&SystemRandom::new(), message).map_err(|_| FAILED)?;
            Ok(signature.as_ref().to_vec())
        }
        KeyAlgorithm::Ed25519 => {
            let signature = ed25519_key_pair(key)?.try_sign(message).map_err(|_| FAILED)?;
            Ok(signature.as_ref().to_vec())
        }
        other => Err(unsupported(other)),
    }
}

const FAILED: CryptoError = CryptoError::Failed { what: "signing" };

/// How a key that is for RSASSA-PSS signs: with the digest that it names, and a salt as long.
fn pss_for(
    parts: &KeyParts<'_>,
) -> Result<(pss::Parameters, ObjectIdentifier, &'static RsaSignatureEncoding), CryptoError> {
    let unsupported =
        |detail: String| CryptoError::Unsupported { what: format!("RSASSA-PSS key with {detail}") };
    let restriction = match parts.algorithm.parameters {
        Some(any) => pss::Parameters::read(Some(any)).map_err(unsupported)?,
        None => pss::Parameters { digest: Digest::Sha256, salt_length: 32 },
    };
    let digest = restriction.digest;
    let (salt_length, hash, encoding) = match digest {
        Digest::Sha256 => (32, oid::SHA256, &signature::RSA_PSS_SHA256),
        Digest::Sha384 => (48, oid::SHA384, &signature::RSA_PSS_SHA384),
        Digest::Sha512 => (64, oid::SHA512, &signature::RSA_PSS_SHA512),
        other => return Err(unsupported(other.name().to_owned())),
    };
    if restriction.salt_length > salt_length {
        return Err(unsupported(format!("a salt of at least {} bytes", restriction.salt_length)));
    }
    Ok((pss::Parameters { digest, salt_length }, hash, encoding))
}
