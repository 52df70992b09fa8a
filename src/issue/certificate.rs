//! Certificates.

use crate::crypto::{keygen, random, sign};
use crate::issue::IssueError;
use crate::issue::extensions::{RequestedExtensions, extension};
use crate::issue::usage::KeyUsage;
use crate::model::certificate::Certificate;
use crate::model::key::{KeyAlgorithm, PrivateKey, PublicKey};
use crate::model::name::DistinguishedName;
use crate::oid;
use der::asn1::{AnyRef, BitStringRef, OctetString, UintRef};
use der::{DateTime, Decode, Encode, Sequence};
use std::time::Duration;
use time::OffsetDateTime;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints};
use x509_cert::time::Time;

/// From when to when a certificate is valid, both included; fractions of seconds are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before: OffsetDateTime,
    /// The last second.
    pub not_after: OffsetDateTime,
}

/// What a certificate makes of its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A server, a client, a person.
    EndEntity,
    /// An issuer of certificates.
    Authority {
        /// How many more issuers may stand between it and an end entity.
        path_length: Option<u8>,
    },
}

/// What a certificate says beyond who issued it to whom.
#[derive(Clone, Debug)]
pub struct Template {
    /// When.
    pub validity: Validity,
    /// What for.
    pub role: Role,
    /// Names and usages. Without a key usage the role's is taken: certificates and CRLs for an
    /// authority, else signatures, and with RSA key transport.
    pub extensions: RequestedExtensions,
}

/// Who signs.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// The issuer's key.
    pub key: &'a PrivateKey,
    /// The issuer's certificate; its subject becomes the issuer's name, byte for byte.
    pub certificate: &'a Certificate,
}

/// Makes a certificate that its own key signs.
///
/// # Errors
///
/// [`IssueError::Crypto`] when the key cannot sign, [`IssueError::ValidityReversed`],
/// [`IssueError::TimeOutOfRange`], or [`IssueError::Encoding`].
pub fn self_signed(
    key: &PrivateKey,
    subject: &DistinguishedName,
    template: &Template,
) -> Result<Certificate, IssueError> {
    let public_key = keygen::public_key(key)?;
    let identifier = public_key.key_identifier();
    certificate(key, subject, &identifier, subject, &public_key, template)
}

/// Makes a certificate that the issuer signs. Whether the issuer may, the caller decides.
///
/// # Errors
///
/// [`IssueError::IssuerKeyMismatch`], and those of [`self_signed`].
pub fn issue(
    issuer: Issuer<'_>,
    subject: &DistinguishedName,
    public_key: &PublicKey,
    template: &Template,
) -> Result<Certificate, IssueError> {
    let issuer_key = issuer.certificate.public_key();
    if keygen::public_key(issuer.key)? != issuer_key {
        return Err(IssueError::IssuerKeyMismatch);
    }
    let computed = issuer_key.key_identifier();
    let identifier = issuer.certificate.subject_key_identifier().unwrap_or(&computed);
    certificate(
        issuer.key,
        &issuer.certificate.subject(),
        identifier,
        subject,
        public_key,
        template,
    )
}

/// `Certificate`, RFC 5280 section 4.1.
#[derive(Sequence)]
struct Signed<'a> {
    tbs: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

/// `TBSCertificate`, RFC 5280 section 4.1.
#[derive(Sequence)]
struct ToBeSigned<'a> {
    /// 2 stands for version 3.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: UintRef<'a>,
    algorithm: AnyRef<'a>,
    issuer: AnyRef<'a>,
    validity: Times,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

/// `Validity`, RFC 5280 section 4.1.2.5.
#[derive(Sequence)]
struct Times {
    not_before: Time,
    not_after: Time,
}

fn certificate(
    key: &PrivateKey,
    issuer: &DistinguishedName,
    issuer_identifier: &[u8],
    subject: &DistinguishedName,
    public_key: &PublicKey,
    template: &Template,
) -> Result<Certificate, IssueError> {
    let algorithm = sign::algorithm(key)?;
    let tbs = ToBeSigned {
        version: 2,
        serial: UintRef::new(&serial()?)?,
        algorithm: AnyRef::from_der(&algorithm)?,
        issuer: AnyRef::from_der(issuer.der())?,
        validity: times(template.validity)?,
        subject: AnyRef::from_der(subject.der())?,
        public_key: AnyRef::from_der(public_key.der())?,
        extensions: extensions(issuer_identifier, subject, public_key, template)?,
    }
    .to_der()?;
    let signature = sign::sign(key, &tbs)?;
    let signed = Signed {
        tbs: AnyRef::from_der(&tbs)?,
        algorithm: AnyRef::from_der(&algorithm)?,
        signature: BitStringRef::from_bytes(&signature)?,
    }
    .to_der()?;
    Certificate::from_der(&signed).map_err(|error| IssueError::Encoding { reason: error.reason })
}

/// 126 random bits. The first two are set so that the number is positive and always as long.
fn serial() -> Result<[u8; 16], IssueError> {
    let mut serial = [0; 16];
    random::fill(&mut serial)?;
    serial[0] = serial[0] & 0x3F | 0x40;
    Ok(serial)
}

fn extensions(
    issuer_identifier: &[u8],
    subject: &DistinguishedName,
    public_key: &PublicKey,
    template: &Template,
) -> Result<Vec<Extension>, der::Error> {
    let subject_identifier = OctetString::new(public_key.key_identifier())?;
    let authority = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(issuer_identifier)?),
        ..AuthorityKeyIdentifier::default()
    };
    let constraints = match template.role {
        Role::EndEntity => BasicConstraints { ca: false, path_len_constraint: None },
        Role::Authority { path_length } => {
            BasicConstraints { ca: true, path_len_constraint: path_length }
        }
    };
    let mut extensions = vec![
        extension(oid::SUBJECT_KEY_IDENTIFIER, false, &subject_identifier)?,
        extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &authority)?,
        extension(oid::BASIC_CONSTRAINTS, true, &constraints)?,
    ];
    let mut requested = template.extensions.clone();
    if requested.key_usage.is_empty() {
        requested.key_usage = default_usage(template.role, public_key.algorithm());
    }
    extensions.extend(requested.to_extensions(subject.is_empty())?);
    Ok(extensions)
}

fn default_usage(role: Role, algorithm: KeyAlgorithm) -> Vec<KeyUsage> {
    match (role, algorithm) {
        (Role::Authority { .. }, _) => vec![KeyUsage::KeyCertSign, KeyUsage::CrlSign],
        (Role::EndEntity, KeyAlgorithm::Rsa(_)) => {
            vec![KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment]
        }
        (Role::EndEntity, _) => vec![KeyUsage::DigitalSignature],
    }
}

fn times(validity: Validity) -> Result<Times, IssueError> {
    if validity.not_after < validity.not_before {
        return Err(IssueError::ValidityReversed);
    }
    Ok(Times { not_before: time(validity.not_before)?, not_after: time(validity.not_after)? })
}

/// RFC 5280 section 4.1.2.5: `UTCTime` through 2049, then `GeneralizedTime`.
fn time(time: OffsetDateTime) -> Result<Time, IssueError> {
    let out_of_range = || IssueError::TimeOutOfRange { time };
    let seconds = u64::try_from(time.unix_timestamp()).map_err(|_| out_of_range())?;
    DateTime::from_unix_duration(Duration::from_secs(seconds))
        .map(Time::from)
        .map_err(|_| out_of_range())
}
