//! certificatePolicies, policyMappings and policyConstraints.

use crate::chain::extensions::{context, elements, skip_count};
use crate::oid::{self, ObjectIdentifier};
use der::asn1::AnyRef;
use der::{Reader, SliceReader, Tag};

/// `SEQUENCE OF SEQUENCE { policyIdentifier OBJECT IDENTIFIER,
///     policyQualifiers SEQUENCE OF SEQUENCE { policyQualifierId, qualifier } OPTIONAL }`
///
/// RFC 5280 section 4.2.1.4.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::chain) struct CertificatePolicies {
    pub(in crate::chain) policies: Vec<ObjectIdentifier>,
    /// A kind of qualifier that the RFC does not describe.
    pub(in crate::chain) unknown_qualifier: Option<ObjectIdentifier>,
}

impl CertificatePolicies {
    pub(in crate::chain) fn read(der: &[u8]) -> der::Result<Self> {
        let mut read = Self::default();
        for information in elements(der)? {
            information.header().tag().assert_eq(Tag::Sequence)?;
            let mut fields = SliceReader::new(information.value())?;
            read.policies.push(fields.decode()?);
            if !fields.is_finished() {
                for qualifier in elements(fields.tlv_bytes()?)? {
                    let mut qualifier = SliceReader::new(qualifier.value())?;
                    let kind: ObjectIdentifier = qualifier.decode()?;
                    let known = [oid::POLICY_QUALIFIER_CPS, oid::POLICY_QUALIFIER_NOTICE];
                    if !known.contains(&kind) {
                        read.unknown_qualifier = Some(kind);
                    }
                }
            }
            fields.finish()?;
        }
        Ok(read)
    }
}

/// A policy of the issuer's domain and the one of the subject's domain that counts as the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chain) struct PolicyMapping {
    pub(in crate::chain) issuer: ObjectIdentifier,
    pub(in crate::chain) subject: ObjectIdentifier,
}

/// `SEQUENCE OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }`, RFC 5280 section 4.2.1.5.
pub(super) fn read_mappings(der: &[u8]) -> der::Result<Vec<PolicyMapping>> {
    let read = |pair: AnyRef<'_>| {
        let mut fields = SliceReader::new(pair.value())?;
        let mapping = PolicyMapping { issuer: fields.decode()?, subject: fields.decode()? };
        fields.finish()?;
        Ok(mapping)
    };
    elements(der)?.into_iter().map(read).collect()
}

/// `SEQUENCE { requireExplicitPolicy [0] OPTIONAL, inhibitPolicyMapping [1] OPTIONAL }`, numbers of
/// certificates, RFC 5280 section 4.2.1.11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::chain) struct PolicyConstraints {
    pub(in crate::chain) require_explicit: Option<u32>,
    pub(in crate::chain) inhibit_mapping: Option<u32>,
}

impl PolicyConstraints {
    pub(super) fn read(der: &[u8]) -> der::Result<Self> {
        let mut read = Self::default();
        for field in elements(der)? {
            let count = skip_count(field.value())?;
            match context(&field) {
                Some(0) => read.require_explicit = Some(count),
                Some(1) => read.inhibit_mapping = Some(count),
                _ => return Err(field.header().tag().value_error().into()),
            }
        }
        Ok(read)
    }
}
