//! Revocation lists.

use crate::issue::IssueError;
use crate::issue::certificate::{Issuer, authority_key_identifier};
use crate::issue::extensions::extension;
use crate::issue::signed::{self, SigningDigest};
use crate::model::crl::{RevocationList, RevokedCertificate};
use crate::model::revocation::RevocationReason;
use crate::model::serial::SerialNumber;
use crate::oid;
use der::asn1::{Any, AnyRef};
use der::{Decode, Encode, Sequence, Tag};
use std::collections::HashMap;
use time::OffsetDateTime;
use x509_cert::ext::Extension;
use x509_cert::time::Time;

/// What a list says.
#[derive(Clone, Debug)]
pub struct CrlTemplate {
    /// When it is made.
    pub this_update: OffsetDateTime,
    /// When the next one is out at the latest.
    pub next_update: OffsetDateTime,
    /// Its number, higher than that of the list before it (RFC 5280 section 5.2.3).
    pub number: SerialNumber,
    /// The revoked certificates. A serial number that stands twice is written once, as it stands
    /// last.
    pub revoked: Vec<Revocation>,
    /// What the issuer signs.
    pub digest: SigningDigest,
}

/// A certificate that is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    serial: SerialNumber,
    /// The whole entry.
    der: Vec<u8>,
}

/// `revokedCertificates`, RFC 5280 section 5.1.2.6.
#[derive(Sequence)]
struct Entry<'a> {
    serial: AnyRef<'a>,
    date: Time,
    extensions: Option<Vec<Extension>>,
}

/// `TBSCertList`, RFC 5280 section 5.1.2.
#[derive(Sequence)]
struct ToBeSigned<'a> {
    /// 1 stands for version 2.
    version: u8,
    algorithm: AnyRef<'a>,
    issuer: AnyRef<'a>,
    this_update: Time,
    next_update: Time,
    /// Absent when nothing is revoked.
    revoked: Option<Any>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

impl Revocation {
    /// Revokes the certificate with this number since `date`; fractions of seconds are dropped.
    ///
    /// # Errors
    ///
    /// [`IssueError::TimeOutOfRange`].
    pub fn new(
        serial: &SerialNumber,
        date: OffsetDateTime,
        reason: RevocationReason,
    ) -> Result<Self, IssueError> {
        // RFC 5280 section 5.3.1: unspecified is better left out than said
        let extensions = match reason {
            RevocationReason::Unspecified => None,
            reason => {
                let value = Any::new(Tag::Enumerated, [reason.number()])?;
                Some(vec![extension(oid::REASON_CODE, false, &value)?])
            }
        };
        let entry = Entry {
            serial: AnyRef::new(Tag::Integer, serial.content())?,
            date: signed::time(date)?,
            extensions,
        };
        Ok(Self { serial: serial.clone(), der: entry.to_der()? })
    }

    /// The entry of another list as it stands there.
    #[must_use]
    pub fn kept(entry: &RevokedCertificate<'_>) -> Self {
        Self { serial: SerialNumber::from_content(entry.serial()), der: entry.der().to_vec() }
    }

    /// The number of the certificate.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }
}

/// Makes a list of version 2 that the issuer signs. Whether the issuer may, the caller decides.
///
/// # Errors
///
/// [`IssueError::IssuerKeyMismatch`], [`IssueError::ValidityReversed`],
/// [`IssueError::TimeOutOfRange`], [`IssueError::Crypto`] when the key cannot sign, and
/// [`IssueError::Encoding`].
pub fn crl(issuer: Issuer<'_>, template: &CrlTemplate) -> Result<RevocationList, IssueError> {
    if template.next_update < template.this_update {
        return Err(IssueError::ValidityReversed);
    }
    let identifier = issuer.key_identifier()?;
    let number = AnyRef::new(Tag::Integer, template.number.content())?;
    let algorithm = signed::algorithm(issuer.key, template.digest)?;
    let content = ToBeSigned {
        version: 1,
        algorithm: AnyRef::from_der(&algorithm)?,
        issuer: AnyRef::from_der(issuer.certificate.subject_der())?,
        this_update: signed::time(template.this_update)?,
        next_update: signed::time(template.next_update)?,
        revoked: revoked(&template.revoked)?,
        extensions: vec![
            authority_key_identifier(&identifier)?,
            extension(oid::CRL_NUMBER, false, &number)?,
        ],
    }
    .to_der()?;
    let signed = signed::seal(issuer.key, template.digest, &algorithm, &content)?;
    RevocationList::from_der(&signed).map_err(|error| IssueError::Encoding { reason: error.reason })
}

/// The entries, each number once, at its first place with what was said last.
fn revoked(revocations: &[Revocation]) -> Result<Option<Any>, der::Error> {
    if revocations.is_empty() {
        return Ok(None);
    }
    let mut places: HashMap<&SerialNumber, usize> = HashMap::new();
    let mut entries: Vec<&Revocation> = Vec::new();
    for revocation in revocations {
        let place = *places.entry(&revocation.serial).or_insert(entries.len());
        match entries.get_mut(place) {
            Some(entry) => *entry = revocation,
            None => entries.push(revocation),
        }
    }
    let content: Vec<u8> = entries.iter().flat_map(|entry| entry.der.iter().copied()).collect();
    Any::new(Tag::Sequence, content).map(Some)
}
