//! What the `AlgorithmIdentifier` of a signature stands for.

use crate::crypto::sign::digest::Digest;
use crate::crypto::sign::pss;
use crate::oid::{self, ObjectIdentifier};
use der::Decode;
use x509_cert::spki::AlgorithmIdentifierRef;

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Digest),
    /// RSASSA-PSS; what digest, its parameters say.
    RsaPss,
    Ecdsa(Digest),
    Dsa(Digest),
    Ed25519,
    Ed448,
}

const SCHEMES: &[(ObjectIdentifier, &str, Scheme)] = &[
    (oid::RSA_MD2, "md2WithRSAEncryption", Scheme::RsaPkcs1(Digest::Md2)),
    (oid::RSA_MD4, "md4WithRSAEncryption", Scheme::RsaPkcs1(Digest::Md4)),
    (oid::RSA_MD5, "md5WithRSAEncryption", Scheme::RsaPkcs1(Digest::Md5)),
    (oid::RSA_SHA1, "sha1WithRSAEncryption", Scheme::RsaPkcs1(Digest::Sha1)),
    (oid::OIW_RSA_SHA1, "sha1WithRSAEncryption", Scheme::RsaPkcs1(Digest::Sha1)),
    (oid::RSA_SHA224, "sha224WithRSAEncryption", Scheme::RsaPkcs1(Digest::Sha224)),
    (oid::RSA_SHA256, "sha256WithRSAEncryption", Scheme::RsaPkcs1(Digest::Sha256)),
    (oid::RSA_SHA384, "sha384WithRSAEncryption", Scheme::RsaPkcs1(Digest::Sha384)),
    (oid::RSA_SHA512, "sha512WithRSAEncryption", Scheme::RsaPkcs1(Digest::Sha512)),
    (oid::RSA_SHA512_256, "sha512-256WithRSAEncryption", Scheme::RsaPkcs1(Digest::Sha512_256)),
    (oid::RSA_PSS, "RSASSA-PSS", Scheme::RsaPss),
    (oid::ECDSA_SHA1, "ecdsa-with-SHA1", Scheme::Ecdsa(Digest::Sha1)),
    (oid::ECDSA_SHA224, "ecdsa-with-SHA224", Scheme::Ecdsa(Digest::Sha224)),
    (oid::ECDSA_SHA256, "ecdsa-with-SHA256", Scheme::Ecdsa(Digest::Sha256)),
    (oid::ECDSA_SHA384, "ecdsa-with-SHA384", Scheme::Ecdsa(Digest::Sha384)),
    (oid::ECDSA_SHA512, "ecdsa-with-SHA512", Scheme::Ecdsa(Digest::Sha512)),
    (oid::ECDSA_SHA3_384, "ecdsa-with-SHA3-384", Scheme::Ecdsa(Digest::Sha3_384)),
    (oid::ECDSA_SHA3_512, "ecdsa-with-SHA3-512", Scheme::Ecdsa(Digest::Sha3_512)),
    (oid::DSA_SHA1, "dsa-with-sha1", Scheme::Dsa(Digest::Sha1)),
    (oid::DSA_SHA224, "dsa-with-sha224", Scheme::Dsa(Digest::Sha224)),
    (oid::DSA_SHA256, "dsa-with-sha256", Scheme::Dsa(Digest::Sha256)),
    (oid::ED25519, "Ed25519", Scheme::Ed25519),
    (oid::ED448, "Ed448", Scheme::Ed448),
];

/// The scheme that an OID stands for.
pub(super) fn scheme(oid: ObjectIdentifier) -> Option<Scheme> {
    SCHEMES.iter().find(|(known, ..)| *known == oid).map(|&(.., scheme)| scheme)
}

/// The name of a signature's algorithm, as in `sha256WithRSAEncryption`; the dotted OID where
/// there is none. `algorithm` is the `AlgorithmIdentifier` in DER.
#[must_use]
pub fn signature_name(algorithm: &[u8]) -> String {
    let Ok(id) = AlgorithmIdentifierRef::from_der(algorithm) else {
        return "malformed algorithm identifier".to_owned();
    };
    let name = SCHEMES.iter().find(|(known, ..)| *known == id.oid).map(|&(_, name, _)| name);
    match (name, digest(&id)) {
        (Some(name), Some(digest)) if id.oid == oid::RSA_PSS => {
            format!("{name} with {}", digest.name())
        }
        (Some(name), _) => name.to_owned(),
        (None, _) => id.oid.to_string(),
    }
}

/// Whether the signature is made over MD2, MD4, MD5 or SHA-1, for which collisions can be made.
/// `algorithm` is the `AlgorithmIdentifier` in DER.
#[must_use]
pub fn is_weak_digest(algorithm: &[u8]) -> bool {
    AlgorithmIdentifierRef::from_der(algorithm)
        .ok()
        .and_then(|id| digest(&id))
        .is_some_and(Digest::is_weak)
}

/// Whether the signature is made over SHA-1. `algorithm` is the `AlgorithmIdentifier` in DER.
#[must_use]
pub fn is_sha1(algorithm: &[u8]) -> bool {
    AlgorithmIdentifierRef::from_der(algorithm)
        .ok()
        .and_then(|id| digest(&id))
        .is_some_and(|digest| digest == Digest::Sha1)
}

/// The digest that is signed, where scheme and parameters tell it.
fn digest(id: &AlgorithmIdentifierRef<'_>) -> Option<Digest> {
    match scheme(id.oid)? {
        Scheme::RsaPkcs1(digest) | Scheme::Ecdsa(digest) | Scheme::Dsa(digest) => Some(digest),
        Scheme::RsaPss => pss::Parameters::read(id.parameters).ok().map(|read| read.digest),
        Scheme::Ed25519 | Scheme::Ed448 => None,
    }
}
