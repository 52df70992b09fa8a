//! Signing, and verifying what others signed.

mod digest;
mod pss;
mod scheme;
mod verify;

pub use scheme::{is_sha1, is_weak_digest, signature_name};
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
use digest::Digest;
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
/// than NIST's three, and for every other algorithm but Ed25519; [`CryptoError::Key`] when
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

#[cfg(test)]
mod tests {
    use super::{VerifyError, algorithm, is_weak_digest, sign, signature_name, verify};
    use crate::crypto::keygen;
    use crate::model::key::{KeyAlgorithm, PublicKey};

    fn bytes(digits: &str) -> Vec<u8> {
        crate::hex::decode(digits).unwrap()
    }

    const RSA_SHA256: &str = "300d06092a864886f70d01010b0500";
    const RSA_MD5: &str = "300d06092a864886f70d0101040500";
    const ECDSA_SHA1: &str = "300906072a8648ce3d0401";
    const ECDSA_SHA256: &str = "300a06082a8648ce3d040302";
    /// RSASSA-PSS without parameters: SHA-1 by default.
    const PSS: &str = "300b06092a864886f70d01010a";

    /// The public key of RFC 6979 appendix A.2.5.
    fn p256() -> PublicKey {
        let der = "3059301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba255a9d31c961eb74c6\
            356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f51\
            77a3c294d4462299";
        PublicKey::from_der(&bytes(der)).unwrap()
    }

    /// Signatures of "sample" in RFC 6979 appendix A.2.5.
    const P256_SHA1: &str = "3044022061340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d\
        3202206d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb";
    const P256_SHA256: &str = "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84e\
        af3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

    #[test]
    fn published_signatures_verify() {
        let (sha1, sha256) = (bytes(ECDSA_SHA1), bytes(ECDSA_SHA256));
        assert_eq!(verify(&sha1, &p256(), b"sample", &bytes(P256_SHA1)), Ok(()));
        assert_eq!(verify(&sha256, &p256(), b"sample", &bytes(P256_SHA256)), Ok(()));
        for (algorithm, message, signature) in [
            (&sha256, &b"simple"[..], P256_SHA256),
            (&sha256, b"sample", P256_SHA1),
            (&sha1, b"sample", P256_SHA256),
            (&sha1, b"sample", ""),
        ] {
            let verdict = verify(algorithm, &p256(), message, &bytes(signature));
            assert_eq!(verdict, Err(VerifyError::Invalid));
        }
    }

    #[test]
    fn signature_fits_its_message_and_key_only() {
        for kind in [KeyAlgorithm::Rsa(2048), KeyAlgorithm::EcP521, KeyAlgorithm::Ed25519] {
            let key = keygen::generate(kind).unwrap();
            let public = keygen::public_key(&key).unwrap();
            let id = algorithm(&key).unwrap();
            let mut signature = sign(&key, b"message").unwrap();
            assert_eq!(verify(&id, &public, b"message", &signature), Ok(()), "{kind}");
            assert_eq!(verify(&id, &public, b"massage", &signature), Err(VerifyError::Invalid));
            assert_eq!(verify(&id, &p256(), b"message", &signature), Err(VerifyError::Invalid));
            *signature.last_mut().unwrap() ^= 1;
            assert_eq!(verify(&id, &public, b"message", &signature), Err(VerifyError::Invalid));
        }
    }

    #[test]
    fn unsupported_algorithm_is_named() {
        for (id, name) in [
            (bytes(PSS), "RSASSA-PSS with SHA-1"),
            (bytes("300d06092a864886f70d01010e0500"), "sha224WithRSAEncryption"),
            (bytes(RSA_MD5), "md5WithRSAEncryption"),
            (bytes("300506032b6571"), "Ed448"),
            (bytes("300506032a0304"), "1.2.3.4"),
            (bytes("0500"), "malformed algorithm identifier"),
        ] {
            let key = keygen::generate(KeyAlgorithm::Rsa(2048)).unwrap();
            let public = keygen::public_key(&key).unwrap();
            let error = verify(&id, &public, b"", b"").expect_err(name);
            assert_eq!(error, VerifyError::Unsupported { algorithm: name.to_owned() });
        }
    }

    #[test]
    fn key_of_an_unknown_kind_is_unsupported_and_one_of_another_kind_invalid() {
        // X.500's own OID of RSA keys, 2.5.8.1.1
        let unknown = PublicKey::from_der(&bytes("300e3008060455080101050003020000")).unwrap();
        let error = verify(&bytes(RSA_SHA256), &unknown, b"", b"").expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "cannot verify: algorithm sha256WithRSAEncryption with a key of type 2.5.8.1.1"
        );
        assert_eq!(verify(&bytes(RSA_SHA256), &p256(), b"", b""), Err(VerifyError::Invalid));
    }

    #[test]
    fn broken_digests_are_weak() {
        let md2 = "300d06092a864886f70d0101020500";
        for (hex, weak) in [
            (RSA_MD5, true),
            (md2, true),
            (ECDSA_SHA1, true),
            (PSS, true),
            (RSA_SHA256, false),
            (ECDSA_SHA256, false),
            ("300506032b6570", false),
        ] {
            assert_eq!(is_weak_digest(&bytes(hex)), weak, "{}", signature_name(&bytes(hex)));
        }
        assert_eq!(signature_name(&bytes(RSA_SHA256)), "sha256WithRSAEncryption");
    }
}
