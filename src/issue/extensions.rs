//! The extensions that requests ask for and certificates get.

use crate::issue::IssueError;
use crate::issue::alternative_name::SubjectAltName;
use crate::issue::usage::{ExtendedKeyUsage, KeyUsage};
use crate::model::certificate::Certificate;
use crate::oid::{self, ObjectIdentifier};
use der::asn1::{Any, AnyRef, BitStringRef, OctetString};
use der::{Decode, Encode};
use x509_cert::ext::Extension;

/// What the subject of a certificate asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedExtensions {
    /// subjectAltName, RFC 5280 section 4.2.1.6.
    pub san: Vec<SubjectAltName>,
    /// extKeyUsage, RFC 5280 section 4.2.1.12.
    pub eku: Vec<ExtendedKeyUsage>,
    /// keyUsage, RFC 5280 section 4.2.1.3.
    pub key_usage: Vec<KeyUsage>,
}

impl RequestedExtensions {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.san.is_empty() && self.eku.is_empty() && self.key_usage.is_empty()
    }

    /// What a certificate was given, to ask for the same again. Names of kinds that this program
    /// does not write are kept as they are; other extensions are the issuer's and left out.
    ///
    /// # Errors
    ///
    /// [`IssueError::CertificateMalformed`] when one of the three extensions is malformed.
    pub fn of_certificate(certificate: &Certificate) -> Result<Self, IssueError> {
        let mut requested = Self::default();
        for extension in certificate.extensions() {
            requested
                .read(extension.oid, extension.value)
                .map_err(|error| IssueError::CertificateMalformed { reason: error.to_string() })?;
        }
        Ok(requested)
    }

    /// What one extension says, if it is well-formed and one of the three.
    #[must_use]
    pub fn of_extension(extension: &RawExtension) -> Option<Self> {
        let mut requested = Self::default();
        requested.read(extension.oid, &extension.value).ok()?;
        (!requested.is_empty()).then_some(requested)
    }

    /// Takes over an extension if it is one of the three.
    pub(super) fn read(&mut self, oid: ObjectIdentifier, value: &[u8]) -> Result<(), der::Error> {
        match oid {
            oid::SUBJECT_ALT_NAME => {
                let names = Vec::<AnyRef<'_>>::from_der(value)?;
                self.san = names.into_iter().map(SubjectAltName::read).collect::<Result<_, _>>()?;
            }
            oid::EXTENDED_KEY_USAGE => {
                let purposes = Vec::<ObjectIdentifier>::from_der(value)?;
                self.eku = purposes.into_iter().map(ExtendedKeyUsage).collect();
            }
            oid::KEY_USAGE => self.key_usage = KeyUsage::read(BitStringRef::from_der(value)?),
            _ => {} // the issuer decides about all others
        }
        Ok(())
    }

    /// The extensions in DER form. Without a subject the names are critical (RFC 5280 section
    /// 4.2.1.6), the key usage always is (section 4.2.1.3).
    pub(super) fn to_extensions(&self, subject_empty: bool) -> Result<Vec<Extension>, der::Error> {
        let mut extensions = Vec::new();
        if !self.key_usage.is_empty() {
            let bits = KeyUsage::bit_string(&self.key_usage)?;
            extensions.push(extension(oid::KEY_USAGE, true, &bits)?);
        }
        if !self.eku.is_empty() {
            let purposes: Vec<ObjectIdentifier> = self.eku.iter().map(|usage| usage.0).collect();
            extensions.push(extension(oid::EXTENDED_KEY_USAGE, false, &purposes)?);
        }
        if !self.san.is_empty() {
            let names =
                self.san.iter().map(SubjectAltName::to_any).collect::<Result<Vec<Any>, _>>()?;
            extensions.push(extension(oid::SUBJECT_ALT_NAME, subject_empty, &names)?);
        }
        Ok(extensions)
    }
}

/// An extension that is written as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawExtension {
    /// Its type.
    pub oid: ObjectIdentifier,
    /// Whether a reader that does not know it must refuse the certificate.
    pub critical: bool,
    /// The DER inside the OCTET STRING.
    pub value: Vec<u8>,
}

impl RawExtension {
    pub(super) fn to_extension(&self) -> Result<Extension, der::Error> {
        let extn_value = OctetString::new(self.value.as_slice())?;
        Ok(Extension { extn_id: self.oid, critical: self.critical, extn_value })
    }
}

impl From<Extension> for RawExtension {
    fn from(extension: Extension) -> Self {
        let value = extension.extn_value.as_bytes().to_vec();
        Self { oid: extension.extn_id, critical: extension.critical, value }
    }
}

/// An extension with this value.
pub(super) fn extension(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, der::Error> {
    Ok(Extension { extn_id, critical, extn_value: OctetString::new(value.to_der()?)? })
}
