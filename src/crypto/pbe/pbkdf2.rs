//! The parameters of PBKDF2.

use crate::crypto::CryptoError;
use crate::crypto::kdf::{self, Budget, Hash, Passphrase};
use crate::crypto::pbe::parameters::{
    Algorithm, checked_salt, hmac_hash, hmac_oid, iteration_count, malformed, with_parameters,
};
use crate::oid;
use crate::secret::SecretBytes;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Reader, Sequence, SliceReader, Tag};

/// The parameters of PBKDF2, RFC 8018 appendix A.2.
///
/// ```text
/// PBKDF2-params ::= SEQUENCE {
///     salt            CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
///     iterationCount  INTEGER (1..MAX),
///     keyLength       INTEGER (1..MAX) OPTIONAL,
///     prf             AlgorithmIdentifier DEFAULT hmacWithSHA1 }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pbkdf2 {
    /// The salt.
    pub salt: Vec<u8>,
    /// The iterations.
    pub iterations: u32,
    /// The key's length, where the file states it.
    pub key_length: Option<u32>,
    /// The digest of the HMAC.
    pub prf: Hash,
}

impl Pbkdf2 {
    /// Derives `length` bytes.
    pub(in crate::crypto) fn derive(
        &self,
        passphrase: &Passphrase,
        length: usize,
        budget: &Budget,
    ) -> Result<SecretBytes, CryptoError> {
        kdf::pbkdf2(self.prf, passphrase, &self.salt, self.iterations, length, budget)
    }

    /// Reads PBKDF2-params.
    pub(in crate::crypto) fn read(parameters: AnyRef<'_>) -> Result<Self, CryptoError> {
        parameters.header().tag().assert_eq(Tag::Sequence).map_err(malformed)?;
        let mut reader = SliceReader::new(parameters.value()).map_err(malformed)?;
        if !matches!(Tag::peek(&reader), Ok(Tag::OctetString)) {
            return Err(CryptoError::Malformed { what: "PBKDF2 salt is not specified".to_owned() });
        }
        let salt: &OctetStringRef = reader.decode().map_err(malformed)?;
        let salt = checked_salt(salt.as_bytes())?;
        let iterations = iteration_count(reader.decode().map_err(malformed)?)?;
        let key_length: Option<u32> = reader.decode().map_err(malformed)?;
        let prf: Option<Algorithm<'_>> = reader.decode().map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let hash = |prf: Algorithm<'_>| hmac_hash(prf.oid, "pseudorandom function");
        let prf = prf.map_or(Ok(Hash::Sha1), hash)?;
        Ok(Self { salt, iterations, key_length, prf })
    }

    /// The `AlgorithmIdentifier` of PBKDF2 with these parameters.
    pub(in crate::crypto) fn to_der(&self) -> Result<Vec<u8>, CryptoError> {
        #[derive(Sequence)]
        struct Parameters<'a> {
            salt: &'a OctetStringRef,
            iterations: u32,
            key_length: Option<u32>,
            prf: Option<Algorithm<'a>>,
        }
        let prf = Algorithm { oid: hmac_oid(self.prf), parameters: Some(AnyRef::NULL) };
        let parameters = Parameters {
            salt: OctetStringRef::new(&self.salt).map_err(malformed)?,
            iterations: self.iterations,
            key_length: self.key_length,
            // DER leaves a DEFAULT out (X.690 section 11.5).
            prf: (self.prf != Hash::Sha1).then_some(prf),
        };
        with_parameters(oid::PBKDF2, &parameters).map_err(malformed)
    }
}
