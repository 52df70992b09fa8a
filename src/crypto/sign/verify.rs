//! Verifying what others signed.

use crate::code::Code;
use crate::crypto::sign::digest::Digest;
use crate::crypto::sign::pss;
use crate::crypto::sign::scheme::{Scheme, scheme, signature_name};
use crate::model::key::{KeyAlgorithm, PublicKey, RsaPublicKey};
use crate::oid;
use aws_lc_rs::signature::{self, RsaParameters, RsaPssSaltLength, VerificationAlgorithm};
use der::Decode;
use der::asn1::AnyRef;
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The signature does not fit message and key.
    #[error("the signature does not fit")]
    Invalid,
    /// The algorithm cannot be verified here.
    #[error("cannot verify: algorithm {algorithm}")]
    Unsupported {
        /// Name or OID.
        algorithm: String,
    },
}

impl VerifyError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Invalid => Code::SIGNATURE_INVALID,
            Self::Unsupported { .. } => Code::SIGNATURE_UNSUPPORTED,
        }
    }
}

/// Verifies a signature; `algorithm` is the signature's `AlgorithmIdentifier` in DER.
///
/// All arguments may come from an attacker, save that the caller trusts `key` for its own reasons.
///
/// # Errors
///
/// [`VerifyError::Invalid`] when the signature was not made with the key over the message,
/// [`VerifyError::Unsupported`] when that cannot be found out here.
pub fn verify(
    algorithm: &[u8],
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let name = signature_name(algorithm);
    let unsupported =
        |detail: &str| VerifyError::Unsupported { algorithm: format!("{name}{detail}") };
    let id = AlgorithmIdentifierRef::from_der(algorithm).map_err(|_| unsupported(""))?;
    let verifier: Box<dyn VerificationAlgorithm> = match scheme(id.oid) {
        Some(Scheme::RsaPkcs1(digest)) => {
            if id.parameters.is_some_and(|parameters| parameters != AnyRef::NULL) {
                return Err(unsupported(" with parameters"));
            }
            // RFC 4055 section 1.2: a key for RSASSA-PSS is for nothing else
            if key_algorithm(key)?.oid == oid::RSA_PSS {
                return Err(VerifyError::Invalid);
            }
            Box::new(rsa(key, rsa_pkcs1(digest), unsupported)?)
        }
        Some(Scheme::RsaPss) => {
            let parameters = pss::Parameters::read(id.parameters)
                .map_err(|detail| unsupported(&format!(" with {detail}")))?;
            if !allows(key, parameters)? {
                return Err(VerifyError::Invalid);
            }
            let salt_length = RsaPssSaltLength::Custom(parameters.salt_length);
            let verifier = rsa(key, rsa_pss(parameters.digest), unsupported)?;
            Box::new(verifier.with_pss_salt_length(salt_length))
        }
        Some(Scheme::Ecdsa(digest)) => Box::new(ecdsa(key, digest, unsupported)?),
        Some(Scheme::Ed25519) if key.algorithm() == KeyAlgorithm::Ed25519 => {
            Box::new(signature::ED25519)
        }
        Some(Scheme::Ed25519) => return Err(other_kind(key, unsupported)),
        Some(Scheme::Dsa(_) | Scheme::Ed448) | None => return Err(unsupported("")),
    };
    verifier.verify_sig(key.key_bits(), message, signature).map_err(|_| VerifyError::Invalid)
}

fn key_algorithm(key: &PublicKey) -> Result<AlgorithmIdentifierRef<'_>, VerifyError> {
    SubjectPublicKeyInfoRef::from_der(key.der())
        .map(|info| info.algorithm)
        .map_err(|_| VerifyError::Invalid)
}

/// The verdict on a signature by a key that is not of the signature's kind: only when it is known
/// what kind the key is, it is known that it has not signed.
fn other_kind(key: &PublicKey, unsupported: impl Fn(&str) -> VerifyError) -> VerifyError {
    match key.algorithm() {
        KeyAlgorithm::Other(oid) => unsupported(&format!(" with a key of type {oid}")),
        _ => VerifyError::Invalid,
    }
}

/// RFC 4055 section 3.3: a key for RSASSA-PSS may name the digest and the least salt length.
fn allows(key: &PublicKey, signature: pss::Parameters) -> Result<bool, VerifyError> {
    let id = key_algorithm(key)?;
    if id.oid != oid::RSA_PSS || id.parameters.is_none() {
        return Ok(true);
    }
    pss::Parameters::read(id.parameters)
        .map(|key| key.digest == signature.digest && key.salt_length <= signature.salt_length)
        .map_err(|detail| VerifyError::Unsupported {
            algorithm: format!("RSASSA-PSS with a key for {detail}"),
        })
}

/// The parameters, if the key is within their bounds.
fn rsa(
    key: &PublicKey,
    parameters: Option<RsaParameters>,
    unsupported: impl Fn(&str) -> VerifyError,
) -> Result<RsaParameters, VerifyError> {
    const LONGEST_EXPONENT: u32 = 33; // the library's bound, against slow verification
    let KeyAlgorithm::Rsa(bits) = key.algorithm() else {
        return Err(other_kind(key, unsupported));
    };
    let parameters = parameters.ok_or_else(|| unsupported(""))?;
    if !(parameters.min_modulus_len()..=parameters.max_modulus_len()).contains(&bits) {
        return Err(unsupported(&format!(" with rsa:{bits}")));
    }
    let public = RsaPublicKey::from_der(key.key_bits()).map_err(|_| VerifyError::Invalid)?;
    let exponent = public.exponent.as_bytes();
    let exponent_bits =
        exponent.iter().map(|byte| byte.leading_zeros()).next().map_or(0, |zeros| {
            u32::try_from(exponent.len()).unwrap_or(u32::MAX / 8).saturating_mul(8) - zeros
        });
    if exponent_bits > LONGEST_EXPONENT {
        return Err(unsupported(&format!(" with a public exponent of {exponent_bits} bits")));
    }
    Ok(parameters)
}

fn rsa_pkcs1(digest: Digest) -> Option<RsaParameters> {
    match digest {
        Digest::Sha1 => Some(signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        Digest::Sha256 => Some(signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        Digest::Sha384 => Some(signature::RSA_PKCS1_2048_8192_SHA384),
        Digest::Sha512 => Some(signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        _ => None,
    }
}

fn rsa_pss(digest: Digest) -> Option<RsaParameters> {
    match digest {
        Digest::Sha256 => Some(signature::RSA_PSS_2048_8192_SHA256),
        Digest::Sha384 => Some(signature::RSA_PSS_2048_8192_SHA384),
        Digest::Sha512 => Some(signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

fn ecdsa(
    key: &PublicKey,
    digest: Digest,
    unsupported: impl Fn(&str) -> VerifyError,
) -> Result<signature::EcdsaVerificationAlgorithm, VerifyError> {
    let curve = key.algorithm();
    if !matches!(
        curve,
        KeyAlgorithm::EcP256
            | KeyAlgorithm::EcP384
            | KeyAlgorithm::EcP521
            | KeyAlgorithm::EcOther(_)
    ) {
        return Err(other_kind(key, unsupported));
    }
    match (curve, digest) {
        (KeyAlgorithm::EcP256, Digest::Sha1) => Ok(signature::ECDSA_P256_SHA1_ASN1),
        (KeyAlgorithm::EcP256, Digest::Sha256) => Ok(signature::ECDSA_P256_SHA256_ASN1),
        (KeyAlgorithm::EcP256, Digest::Sha384) => Ok(signature::ECDSA_P256_SHA384_ASN1),
        (KeyAlgorithm::EcP256, Digest::Sha512) => Ok(signature::ECDSA_P256_SHA512_ASN1),
        (KeyAlgorithm::EcP384, Digest::Sha256) => Ok(signature::ECDSA_P384_SHA256_ASN1),
        (KeyAlgorithm::EcP384, Digest::Sha384) => Ok(signature::ECDSA_P384_SHA384_ASN1),
        (KeyAlgorithm::EcP384, Digest::Sha512) => Ok(signature::ECDSA_P384_SHA512_ASN1),
        (KeyAlgorithm::EcP384, Digest::Sha3_384) => Ok(signature::ECDSA_P384_SHA3_384_ASN1),
        (KeyAlgorithm::EcP521, Digest::Sha1) => Ok(signature::ECDSA_P521_SHA1_ASN1),
        (KeyAlgorithm::EcP521, Digest::Sha224) => Ok(signature::ECDSA_P521_SHA224_ASN1),
        (KeyAlgorithm::EcP521, Digest::Sha256) => Ok(signature::ECDSA_P521_SHA256_ASN1),
        (KeyAlgorithm::EcP521, Digest::Sha384) => Ok(signature::ECDSA_P521_SHA384_ASN1),
        (KeyAlgorithm::EcP521, Digest::Sha512) => Ok(signature::ECDSA_P521_SHA512_ASN1),
        (KeyAlgorithm::EcP521, Digest::Sha3_512) => Ok(signature::ECDSA_P521_SHA3_512_ASN1),
        (KeyAlgorithm::EcOther(oid::SECP256K1), Digest::Sha256) => {
            Ok(signature::ECDSA_P256K1_SHA256_ASN1)
        }
        _ => Err(unsupported(&format!(" with {curve}"))),
    }
}
