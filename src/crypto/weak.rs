//! Keys and signatures that must not be trusted, for test PKIs that want validators to refuse them:
//! RSA with 1024 bits or fewer, and SHA-1.
//!
//! AWS-LC makes neither such keys nor RSA signatures over SHA-1, so they come from the `rsa` crate,
//! whose private operations take a time that depends on the key (RUSTSEC-2023-0071). Nothing that is
//! worth a secret is signed here, and nothing else calls this module.

use crate::crypto::keygen::{ec_key_pair, malformed, unsupported};
use crate::crypto::{CryptoError, random};
use crate::digest::{self, Fingerprint};
use crate::model::key::{KeyAlgorithm, PrivateKey};
use crate::oid;
use aws_lc_rs::digest::{Algorithm, Digest, SHA256, SHA384, SHA512};
use der::Encode;
use der::asn1::AnyRef;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::rand_core::{self, CryptoRng, RngCore};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use x509_cert::spki::AlgorithmIdentifierRef;

/// Fewest and most bits of the modulus of the keys that [`generate`] makes. Fewer than 600 cannot
/// carry a signature over SHA-256 with its padding.
pub const RSA_BITS: std::ops::RangeInclusive<u32> = 600..=1024;

/// Makes an RSA key of so many bits.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] for a size outside of [`RSA_BITS`], [`CryptoError::Failed`] when the
/// library does.
pub fn generate(bits: u32) -> Result<PrivateKey, CryptoError> {
    const FAILED: CryptoError = CryptoError::Failed { what: "key generation" };
    if !RSA_BITS.contains(&bits) {
        return Err(unsupported(KeyAlgorithm::Rsa(bits)));
    }
    let bits = usize::try_from(bits).map_err(|_| FAILED)?;
    let key = RsaPrivateKey::new(&mut Generator, bits).map_err(|_| FAILED)?;
    let der = key.to_pkcs1_der().map_err(|_| FAILED)?;
    PrivateKey::from_traditional_rsa(der.as_bytes()).map_err(malformed)
}

/// The `AlgorithmIdentifier` (DER) of the signatures that [`sign`] makes with this key.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] when [`sign`] cannot use the key.
pub fn algorithm(key: &PrivateKey) -> Result<Vec<u8>, CryptoError> {
    let (oid, parameters) = match key.algorithm() {
        KeyAlgorithm::Rsa(_) if key.parts().map_err(malformed)?.algorithm.oid == oid::RSA => {
            (oid::RSA_SHA1, Some(AnyRef::NULL))
        }
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => {
            (oid::ECDSA_SHA1, None)
        }
        other => return Err(unsupported(other)),
    };
    AlgorithmIdentifierRef { oid, parameters }.to_der().map_err(|_| FAILED)
}

/// Signs the SHA-1 of the message: PKCS#1 v1.5 with RSA, ECDSA on NIST's curves.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] for other keys, [`CryptoError::Key`] when the key is no key of
/// its algorithm.
pub fn sign(key: &PrivateKey, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let digest = digest::sha1(message);
    match key.algorithm() {
        KeyAlgorithm::EcP256 => sign_ecdsa(key, &SHA256, &digest),
        KeyAlgorithm::EcP384 => sign_ecdsa(key, &SHA384, &digest),
        KeyAlgorithm::EcP521 => sign_ecdsa(key, &SHA512, &digest),
        KeyAlgorithm::Rsa(_) => sign_rsa(key, &SHA1_DIGEST_INFO, &digest),
        other => Err(unsupported(other)),
    }
}

/// Signs the SHA-256 of the message with a weak RSA key, PKCS#1 v1.5: what TLS 1.2 takes of it.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] for other keys, [`CryptoError::Key`] when the key is none.
pub fn sign_sha256(key: &PrivateKey, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    sign_rsa(key, &SHA256_DIGEST_INFO, Fingerprint::of(message).as_bytes())
}

const FAILED: CryptoError = CryptoError::Failed { what: "signing" };

/// The `DigestInfo` of SHA-1 up to the digest, RFC 8017 section 9.2 note 1.
const SHA1_DIGEST_INFO: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14];

/// The same of SHA-256.
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

fn sign_rsa(key: &PrivateKey, prefix: &[u8], digest: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let parts = key.parts().map_err(malformed)?;
    if parts.algorithm.oid != oid::RSA {
        return Err(unsupported(key.algorithm())); // for RSASSA-PSS and nothing else
    }
    let key = RsaPrivateKey::from_pkcs1_der(parts.private)
        .map_err(|error| CryptoError::Key { what: error.to_string() })?;
    let scheme = Pkcs1v15Sign { hash_len: Some(digest.len()), prefix: prefix.into() };
    key.sign_with_rng(&mut Generator, scheme, digest).map_err(|_| FAILED)
}

/// ECDSA signs the number that a digest is (FIPS 186-5 section 6.4.1), whatever made it: with zeros
/// before it, SHA-1's is as long as the one that the curve is used with.
fn sign_ecdsa(
    key: &PrivateKey,
    usual: &'static Algorithm,
    digest: &[u8; 20],
) -> Result<Vec<u8>, CryptoError> {
    let mut number = vec![0; usual.output_len() - digest.len()];
    number.extend_from_slice(digest);
    let number = Digest::import_less_safe(&number, usual).map_err(|_| FAILED)?;
    let pair = ec_key_pair(key, key.algorithm())?;
    Ok(pair.sign_digest(&number).map_err(|_| FAILED)?.as_ref().to_vec())
}

/// The generator of the crypto library, for the `rsa` crate.
struct Generator;

impl RngCore for Generator {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        random::fill(buffer).expect("AWS-LC's generator ends the process rather than to fail");
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(buffer);
        Ok(())
    }
}

impl CryptoRng for Generator {}

#[cfg(test)]
mod tests {
    use super::{algorithm, generate, sign};
    use crate::crypto::{CryptoError, keygen, sign as strong};
    use crate::model::key::KeyAlgorithm;

    #[test]
    fn weak_signature_is_one_of_sha1() {
        let weak = generate(1024).unwrap();
        assert_eq!(weak.algorithm(), KeyAlgorithm::Rsa(1024));
        assert_eq!(generate(768).unwrap().algorithm(), KeyAlgorithm::Rsa(768));
        assert!(generate(2048).is_err(), "not weak");
        let others = [KeyAlgorithm::Rsa(2048), KeyAlgorithm::EcP256, KeyAlgorithm::EcP521];
        let others = others.map(|kind| keygen::generate(kind).unwrap());
        for key in [weak].iter().chain(&others) {
            let public = keygen::public_key(key).unwrap();
            let id = algorithm(key).unwrap();
            assert!(strong::is_weak_digest(&id));
            let signature = sign(key, b"message").unwrap();
            assert_eq!(strong::verify(&id, &public, b"message", &signature), Ok(()));
            assert!(strong::verify(&id, &public, b"massage", &signature).is_err());
        }
    }

    #[test]
    fn key_that_knows_no_sha1_is_unsupported() {
        let key = keygen::generate(KeyAlgorithm::Ed25519).unwrap();
        for error in [algorithm(&key).err(), sign(&key, b"").err()] {
            assert!(matches!(error, Some(CryptoError::Unsupported { .. })));
        }
    }
}
