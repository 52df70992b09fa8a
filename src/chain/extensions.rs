//! The extensions of a certificate, read once for all rules.

pub(in crate::chain) mod distribution_points;
pub(in crate::chain) mod general_name;
pub(in crate::chain) mod name_constraints;
pub(in crate::chain) mod policies;
pub(in crate::chain) mod usage;

use crate::model::basic_constraints::BasicConstraints;
use crate::model::certificate::{Certificate, Extension};
use crate::model::extension;
use crate::oid::{self, ObjectIdentifier};
use crate::tlv;
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber};
use general_name::GeneralName;
use name_constraints::NameConstraints;
use policies::{CertificatePolicies, PolicyConstraints, PolicyMapping};
use std::error::Error;
use usage::KeyUsage;

/// The extensions of a certificate as the rules need them. What cannot be read is a defect, and
/// counts as absent.
#[derive(Debug, Default)]
pub(in crate::chain) struct Extensions<'a> {
    /// All of them, in their order.
    pub(in crate::chain) all: Vec<Extension<'a>>,
    pub(in crate::chain) basic_constraints: Option<BasicConstraints>,
    pub(in crate::chain) key_usage: Option<KeyUsage>,
    pub(in crate::chain) extended_key_usage: Option<Vec<ObjectIdentifier>>,
    pub(in crate::chain) alternative_names: Option<Vec<GeneralName<'a>>>,
    pub(in crate::chain) name_constraints: Option<NameConstraints<'a>>,
    pub(in crate::chain) policies: Option<CertificatePolicies>,
    pub(in crate::chain) policy_mappings: Vec<PolicyMapping>,
    pub(in crate::chain) policy_constraints: Option<PolicyConstraints>,
    /// `inhibitAnyPolicy`: certificates after which `anyPolicy` is no longer a match.
    pub(in crate::chain) inhibit_any_policy: Option<u32>,
    /// The names of the points at which the issuer's lists are to be had, as DER.
    pub(in crate::chain) distribution_points: Vec<Vec<u8>>,
    /// What is malformed, and how.
    pub(in crate::chain) defects: Vec<String>,
}

impl<'a> Extensions<'a> {
    pub(in crate::chain) fn of(certificate: &'a Certificate) -> Self {
        let mut extensions = Self::default();
        match certificate.all_extensions() {
            Ok(all) => extensions.all = all,
            Err(error) => extensions.defects.push(error.reason),
        }
        for extension in extensions.all.clone() {
            if let Err(error) = extensions.read(extension) {
                extensions.defects.push(format!("{}: {error}", name(extension.oid)));
            }
        }
        extensions
    }

    /// The extension of this type.
    pub(in crate::chain) fn get(&self, oid: ObjectIdentifier) -> Option<&Extension<'a>> {
        self.all.iter().find(|extension| extension.oid == oid)
    }

    fn read(&mut self, extension: Extension<'a>) -> Result<(), Box<dyn Error>> {
        let value = extension.value;
        match extension.oid {
            oid::BASIC_CONSTRAINTS => {
                self.basic_constraints = Some(BasicConstraints::read(value)?);
            }
            oid::KEY_USAGE => self.key_usage = Some(KeyUsage::read(value)?),
            oid::EXTENDED_KEY_USAGE => self.extended_key_usage = Some(Vec::from_der(value)?),
            oid::SUBJECT_ALT_NAME => {
                self.alternative_names = Some(general_name::read_list(value)?);
            }
            oid::NAME_CONSTRAINTS => self.name_constraints = Some(NameConstraints::read(value)?),
            oid::CERTIFICATE_POLICIES => self.policies = Some(CertificatePolicies::read(value)?),
            oid::POLICY_MAPPINGS => self.policy_mappings = policies::read_mappings(value)?,
            oid::POLICY_CONSTRAINTS => {
                self.policy_constraints = Some(PolicyConstraints::read(value)?);
            }
            oid::INHIBIT_ANY_POLICY => self.inhibit_any_policy = Some(skip_certificates(value)?),
            oid::CRL_DISTRIBUTION_POINTS => {
                self.distribution_points = distribution_points::read(value)?;
            }
            oid::SUBJECT_KEY_IDENTIFIER => {
                AnyRef::from_der(value)?.header().tag().assert_eq(Tag::OctetString)?;
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                sequence(value)?;
            }
            _ => {} // nothing of it is needed
        }
        Ok(())
    }
}

/// The name of an extension in messages.
pub(in crate::chain) fn name(oid: ObjectIdentifier) -> String {
    extension::name(oid).map_or_else(|| oid.to_string(), str::to_owned)
}

/// The content of the one SEQUENCE that `der` is.
fn sequence(der: &[u8]) -> der::Result<&[u8]> {
    let any = AnyRef::from_der(der)?;
    any.header().tag().assert_eq(Tag::Sequence)?;
    Ok(any.value())
}

/// Every element of the one SEQUENCE that `der` is.
fn elements(der: &[u8]) -> der::Result<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(sequence(der)?)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(reader.decode()?);
    }
    Ok(elements)
}

/// The number of a context-specific tag.
fn context(any: &AnyRef<'_>) -> Option<u32> {
    match any.header().tag() {
        Tag::ContextSpecific { number: TagNumber(number), .. } => Some(number),
        _ => None,
    }
}

/// `SkipCerts ::= INTEGER (0..MAX)`; more certificates than a path may have are all alike.
fn skip_certificates(der: &[u8]) -> der::Result<u32> {
    let any = AnyRef::from_der(der)?;
    any.header().tag().assert_eq(Tag::Integer)?;
    skip_count(any.value())
}

/// The content of `SkipCerts`.
fn skip_count(content: &[u8]) -> der::Result<u32> {
    tlv::count(content).map_err(|_| Tag::Integer.value_error().into())
}
