//! The parameters of RSASSA-PSS.

use crate::crypto::sign::digest::Digest;
use crate::oid::{self, ObjectIdentifier};
use der::asn1::AnyRef;
use der::{Encode, Sequence};
use x509_cert::spki::{AlgorithmIdentifier, AlgorithmIdentifierRef};

/// What the parameters of a signature or a key say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    /// Digest of the message and of the mask.
    pub(super) digest: Digest,
    /// Length of the salt in bytes; in a key the least that is allowed.
    pub(super) salt_length: u16,
}

/// ```text
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm     [0] AlgorithmIdentifier DEFAULT sha1,
///     maskGenAlgorithm  [1] AlgorithmIdentifier DEFAULT mgf1SHA1,
///     saltLength        [2] INTEGER             DEFAULT 20,
///     trailerField      [3] INTEGER             DEFAULT 1 }
/// ```
///
/// RFC 8017 appendix A.2.3.
#[derive(Sequence)]
struct Shape<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifier<AlgorithmIdentifierRef<'a>>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_length: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

impl Parameters {
    /// Reads the parameters of an `AlgorithmIdentifier`; absent ones are all defaults.
    ///
    /// The error is what cannot be used about them.
    pub(super) fn read(parameters: Option<AnyRef<'_>>) -> Result<Self, String> {
        let shape = match parameters {
            Some(any) => any.decode_as::<Shape<'_>>().map_err(|error| error.to_string())?,
            None => Shape { hash: None, mask: None, salt_length: None, trailer: None },
        };
        let hash = shape.hash.map_or(oid::SHA1, |id| id.oid);
        let digest = Digest::of(hash).ok_or_else(|| hash.to_string())?;
        let (mask, mask_hash) = shape.mask.map_or((oid::MGF1, oid::SHA1), |mask| {
            (mask.oid, mask.parameters.map_or(oid::SHA1, |id| id.oid))
        });
        if mask != oid::MGF1 || mask_hash != hash {
            return Err(format!("{} and the mask {mask} {mask_hash}", digest.name()));
        }
        if shape.trailer.is_some_and(|trailer| trailer != 1) {
            return Err("a trailer that is not 1".to_owned());
        }
        Ok(Self { digest, salt_length: shape.salt_length.unwrap_or(20) })
    }

    /// The `AlgorithmIdentifier` in DER; `hash` is the OID of the digest.
    pub(super) fn algorithm(self, hash: ObjectIdentifier) -> Result<Vec<u8>, der::Error> {
        // RFC 4055 section 2.1: the digest's own parameters are NULL
        let hash = AlgorithmIdentifierRef { oid: hash, parameters: Some(AnyRef::NULL) };
        let parameters = Shape {
            hash: Some(hash),
            mask: Some(AlgorithmIdentifier { oid: oid::MGF1, parameters: Some(hash) }),
            salt_length: Some(self.salt_length),
            trailer: None,
        };
        AlgorithmIdentifier { oid: oid::RSA_PSS, parameters: Some(parameters) }.to_der()
    }
}
