//! Certificates.

use crate::crypto::keygen;
use crate::issue::IssueError;
use crate::issue::constraint::NameConstraints;
use crate::issue::extensions::{RawExtension, RequestedExtensions, extension};
use crate::issue::publication;
use crate::issue::signed::{self, SigningDigest};
use crate::issue::usage::KeyUsage;
use crate::model::certificate::Certificate;
use crate::model::key::{KeyAlgorithm, PrivateKey, PublicKey};
use crate::model::name::DistinguishedName;
use crate::model::publication::Publication;
use crate::model::serial::SerialNumber;
use crate::oid::{self, ObjectIdentifier};
use der::asn1::{AnyRef, OctetString};
use der::{Decode, Encode, Sequence, Tag};
use std::collections::HashSet;
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
    /// Which names an authority may certify.
    pub constraints: NameConstraints,
    /// Where the issuer publishes its certificate and its list of revoked ones.
    pub publication: Publication,
    /// Further extensions, written as they are.
    pub further: Vec<RawExtension>,
    /// The serial number; a random one of 128 bits without it.
    pub serial: Option<SerialNumber>,
    /// What the issuer signs.
    pub digest: SigningDigest,
}

impl Template {
    /// A certificate without names, constraints, or places of publication.
    #[must_use]
    pub fn new(validity: Validity, role: Role) -> Self {
        Self {
            validity,
            role,
            extensions: RequestedExtensions::default(),
            constraints: NameConstraints::default(),
            publication: Publication::default(),
            further: Vec::new(),
            serial: None,
            digest: SigningDigest::default(),
        }
    }
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
/// [`IssueError::TimeOutOfRange`], [`IssueError::ExtensionTwice`], or [`IssueError::Encoding`].
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
    issue_identified(issuer, &issuer.key_identifier()?, subject, public_key, template)
}

/// As [`issue`], by an issuer of many: `identifier` is what [`Issuer::key_identifier`] says.
///
/// # Errors
///
/// Those of [`self_signed`].
pub fn issue_identified(
    issuer: Issuer<'_>,
    identifier: &[u8],
    subject: &DistinguishedName,
    public_key: &PublicKey,
    template: &Template,
) -> Result<Certificate, IssueError> {
    let name = issuer.certificate.subject();
    certificate(issuer.key, &name, identifier, subject, public_key, template)
}

impl Issuer<'_> {
    /// What its certificates and lists name its key by: the identifier that its own certificate
    /// states, else the usual one.
    ///
    /// # Errors
    ///
    /// [`IssueError::IssuerKeyMismatch`] when the key is not the certificate's, [`IssueError::Crypto`] when
    /// it cannot be read.
    pub fn key_identifier(&self) -> Result<Vec<u8>, IssueError> {
        let key = self.certificate.public_key();
        if keygen::public_key(self.key)? != key {
            return Err(IssueError::IssuerKeyMismatch);
        }
        let stated = self.certificate.subject_key_identifier().map(<[u8]>::to_vec);
        Ok(stated.unwrap_or_else(|| key.key_identifier().to_vec()))
    }
}

/// `TBSCertificate`, RFC 5280 section 4.1.
#[derive(Sequence)]
struct ToBeSigned<'a> {
    /// 2 stands for version 3.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: AnyRef<'a>,
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
    let algorithm = signed::algorithm(key, template.digest)?;
    let serial = template.serial.clone().map_or_else(signed::random_serial, Ok)?;
    let tbs = ToBeSigned {
        version: 2,
        serial: AnyRef::new(Tag::Integer, serial.content())?,
        algorithm: AnyRef::from_der(&algorithm)?,
        issuer: AnyRef::from_der(issuer.der())?,
        validity: times(template.validity)?,
        subject: AnyRef::from_der(subject.der())?,
        public_key: AnyRef::from_der(public_key.der())?,
        extensions: extensions(issuer_identifier, subject, public_key, template)?,
    }
    .to_der()?;
    let signed = signed::seal(key, template.digest, &algorithm, &tbs)?;
    Certificate::from_der(&signed).map_err(|error| IssueError::Encoding { reason: error.reason })
}

fn extensions(
    issuer_identifier: &[u8],
    subject: &DistinguishedName,
    public_key: &PublicKey,
    template: &Template,
) -> Result<Vec<Extension>, IssueError> {
    let subject_identifier = OctetString::new(public_key.key_identifier())?;
    let constraints = match template.role {
        Role::EndEntity => BasicConstraints { ca: false, path_len_constraint: None },
        Role::Authority { path_length } => {
            BasicConstraints { ca: true, path_len_constraint: path_length }
        }
    };
    let mut extensions = vec![
        extension(oid::SUBJECT_KEY_IDENTIFIER, false, &subject_identifier)?,
        authority_key_identifier(issuer_identifier)?,
        extension(oid::BASIC_CONSTRAINTS, true, &constraints)?,
    ];
    let mut requested = template.extensions.clone();
    if requested.key_usage.is_empty() {
        requested.key_usage = default_usage(template.role, public_key.algorithm());
    }
    extensions.extend(requested.to_extensions(subject.is_empty())?);
    extensions.extend(template.constraints.to_extension()?);
    extensions.extend(publication::extensions(&template.publication)?);
    for further in &template.further {
        extensions.push(further.to_extension()?);
    }
    // RFC 5280 section 4.2: not more than one instance of a particular extension
    let mut seen: HashSet<ObjectIdentifier> = HashSet::new();
    if let Some(twice) = extensions.iter().find(|extension| !seen.insert(extension.extn_id)) {
        return Err(IssueError::ExtensionTwice { oid: twice.extn_id });
    }
    Ok(extensions)
}

/// Names the issuer's key, RFC 5280 sections 4.2.1.1 and 5.2.1.
pub(super) fn authority_key_identifier(identifier: &[u8]) -> Result<Extension, der::Error> {
    let authority = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(identifier)?),
        ..AuthorityKeyIdentifier::default()
    };
    extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &authority)
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
    Ok(Times {
        not_before: signed::time(validity.not_before)?,
        not_after: signed::time(validity.not_after)?,
    })
}
