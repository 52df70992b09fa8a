//! What certificates, requests and revocation lists have in common: the signed frame, random
//! numbers, times.

use crate::crypto::{CryptoError, random, sign, weak};
use crate::issue::IssueError;
use crate::model::key::PrivateKey;
use crate::model::serial::SerialNumber;
use der::asn1::{AnyRef, BitStringRef};
use der::{DateTime, Decode, Encode, Sequence};
use std::time::Duration;
use time::OffsetDateTime;
use x509_cert::time::Time;

/// Which digest a signature is made over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SigningDigest {
    /// The one that goes with the key.
    #[default]
    OfKey,
    /// SHA-1, which validators refuse: for test PKIs that want that.
    Sha1,
}

/// ```text
/// SIGNED ::= SEQUENCE {
///     content             Certificate, request or list, to be signed,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signature           BIT STRING }
/// ```
///
/// RFC 5280 sections 4.1 and 5.1, RFC 2986 section 4.2.
#[derive(Sequence)]
pub(super) struct Signed<'a> {
    pub(super) content: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

/// The `AlgorithmIdentifier` (DER) of the signatures that [`seal`] makes.
pub(super) fn algorithm(key: &PrivateKey, digest: SigningDigest) -> Result<Vec<u8>, CryptoError> {
    match digest {
        SigningDigest::OfKey => sign::algorithm(key),
        SigningDigest::Sha1 => weak::algorithm(key),
    }
}

/// Signs the DER of `content` and puts the frame around it.
pub(super) fn seal(
    key: &PrivateKey,
    digest: SigningDigest,
    algorithm: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, IssueError> {
    let signature = match digest {
        SigningDigest::OfKey => sign::sign(key, content)?,
        SigningDigest::Sha1 => weak::sign(key, content)?,
    };
    let signed = Signed {
        content: AnyRef::from_der(content)?,
        algorithm: AnyRef::from_der(algorithm)?,
        signature: BitStringRef::from_bytes(&signature)?,
    };
    Ok(signed.to_der()?)
}

/// 126 random bits in 128: the first two are set so that the number is positive and always as long.
pub(super) fn random_serial() -> Result<SerialNumber, IssueError> {
    let mut serial = [0; 16];
    random::fill(&mut serial)?;
    serial[0] = serial[0] & 0x3F | 0x40;
    Ok(SerialNumber::from_magnitude(&serial))
}

/// RFC 5280 sections 4.1.2.5 and 5.1.2.4: `UTCTime` through 2049, then `GeneralizedTime`.
pub(super) fn time(time: OffsetDateTime) -> Result<Time, IssueError> {
    let out_of_range = || IssueError::TimeOutOfRange { time };
    let seconds = u64::try_from(time.unix_timestamp()).map_err(|_| out_of_range())?;
    DateTime::from_unix_duration(Duration::from_secs(seconds))
        .map(Time::from)
        .map_err(|_| out_of_range())
}
