//! Making keys, and the public half of a private key.

use crate::crypto::{CryptoError, dsa};
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
/// key that states another one is refused; for DSA it is computed. For all others it is taken from
/// where the key states it.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] when the public half is neither stated nor can be computed,
/// [`CryptoError::Key`] when the key is no key of its algorithm, [`CryptoError::Limit`] when it is
/// of DSA and too long to compute with.
pub fn public_key(key: &PrivateKey) -> Result<PublicKey, CryptoError> {
    key.public_or(|| compute_public_key(key))
}

fn compute_public_key(key: &PrivateKey) -> Result<PublicKey, CryptoError> {
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
                .map_err(|error| CryptoError::Key { what: error.to_string() })?;
            let point = inner.public.and_then(|point| point.as_bytes()).or(parts.public);
            public_key_info(parts.algorithm, point.ok_or_else(|| unsupported(algorithm))?)
        }
        KeyAlgorithm::Dsa => public_key_info(parts.algorithm, &dsa::public_key(&parts)?),
        algorithm @ (KeyAlgorithm::Ed448 | KeyAlgorithm::Other(_)) => {
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
    CryptoError::Key { what: error.reason }
}

pub(super) fn rejected(error: aws_lc_rs::error::KeyRejected) -> CryptoError {
    CryptoError::Key { what: format!("the private key is rejected ({error})") }
}

#[cfg(test)]
mod tests {
    use super::{generate, public_key};
    use crate::crypto::CryptoError;
    use crate::model::key::{KeyAlgorithm, PrivateKey};
    use crate::secret::SecretBytes;

    fn bytes(digits: &str) -> Vec<u8> {
        crate::hex::decode(digits).unwrap()
    }

    fn key(hex: &str) -> PrivateKey {
        PrivateKey::from_pkcs8(SecretBytes::new(bytes(hex))).unwrap()
    }

    /// The key of RFC 6979 appendix A.2.5 as an `ECPrivateKey` without its public point.
    const P256_SEC1: &str = "30310201010420c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b\
        120f6721a00a06082a8648ce3d030107";
    /// Its public point, from the same place.
    const P256_POINT: &str = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb679\
        03fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
    /// The key of RFC 8032 section 7.1, test 1, as PKCS#8.
    const ED25519: &str = "302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c569\
        7b326919703bac031cae7f60";
    /// Its public key, from the same place.
    const ED25519_PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    #[test]
    fn key_is_made_as_pkcs8_version_0_of_its_algorithm() {
        for algorithm in [
            KeyAlgorithm::Rsa(2048),
            KeyAlgorithm::EcP256,
            KeyAlgorithm::EcP384,
            KeyAlgorithm::EcP521,
            KeyAlgorithm::Ed25519,
        ] {
            let key = generate(algorithm).unwrap();
            assert_eq!(key.algorithm(), algorithm);
            let content =
                if key.pkcs8()[1] == 0x82 { 4 } else { 2 + usize::from(key.pkcs8()[1] >> 7) };
            assert_eq!(key.pkcs8()[content..content + 3], [2, 1, 0], "{algorithm}");
            assert_eq!(public_key(&key).unwrap().algorithm(), algorithm);
        }
    }

    #[test]
    fn algorithm_that_is_not_offered_is_refused() {
        for algorithm in [KeyAlgorithm::Rsa(1024), KeyAlgorithm::Dsa, KeyAlgorithm::Ed448] {
            let error = generate(algorithm).expect_err("not offered");
            assert!(matches!(error, CryptoError::Unsupported { .. }), "{algorithm}: {error}");
        }
    }

    #[test]
    fn missing_public_point_is_computed() {
        let key = PrivateKey::from_sec1(&bytes(P256_SEC1)).unwrap();
        assert_eq!(key.algorithm(), KeyAlgorithm::EcP256);
        assert_eq!(public_key(&key).unwrap().key_bits(), bytes(P256_POINT));
    }

    #[test]
    fn ed25519_public_key_is_computed_and_a_wrong_one_refused() {
        assert_eq!(public_key(&key(ED25519)).unwrap().key_bits(), bytes(ED25519_PUBLIC));
        let with_public =
            |public: &str| key(&format!("3051020101{}812100{public}", &ED25519[10..]));
        assert_eq!(
            public_key(&with_public(ED25519_PUBLIC)).unwrap().key_bits(),
            bytes(ED25519_PUBLIC)
        );
        let error = public_key(&with_public(&"00".repeat(32))).expect_err("another public key");
        assert!(matches!(error, CryptoError::Key { .. }), "{error}");
    }

    #[test]
    fn stated_public_key_of_an_unknown_algorithm_is_taken() {
        // OneAsymmetricKey with the made-up algorithm 1.2.3.4
        let key = key("3016020101300506032a0304040401020304810400aabbcc");
        assert_eq!(public_key(&key).unwrap().key_bits(), [0xAA, 0xBB, 0xCC]);
    }

    #[test]
    fn unknown_algorithm_without_a_public_key_is_unsupported() {
        let error = public_key(&key("3010020100300506032a0304040401020304")).expect_err("unknown");
        assert!(matches!(error, CryptoError::Unsupported { .. }), "{error}");
    }

    #[test]
    fn damaged_key_is_malformed() {
        for hex in [
            "3015020100300d06092a864886f70d01010105000401ff".to_owned(),
            ED25519.replacen("04220420", "04220421", 1),
        ] {
            let error = public_key(&key(&hex)).expect_err("damaged");
            assert!(matches!(error, CryptoError::Key { .. }), "{error}");
        }
    }
}
