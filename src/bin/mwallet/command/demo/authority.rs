//! A CA that lives as long as the demo: a root, and an intermediate that signs.

use crate::failure::Failure;
use mwallet::crypto::keygen;
use mwallet::issue::certificate::{self, Issuer, Role, Template, Validity};
use mwallet::issue::csr;
use mwallet::model::certificate::Certificate;
use mwallet::model::key::{KeyAlgorithm, PrivateKey};
use mwallet::model::name::DistinguishedName;
use mwallet::model::request::CertificateRequest;
use time::{Duration, OffsetDateTime};

/// The CA's certificates, and the key that signs.
pub(super) struct Authority {
    pub(super) root: Certificate,
    pub(super) intermediate: Certificate,
    key: PrivateKey,
}

impl Authority {
    pub(super) fn new(now: OffsetDateTime) -> Result<Self, Failure> {
        let root_key = keygen::generate(KeyAlgorithm::EcP256)?;
        let root_name = DistinguishedName::parse("CN=Demo Root CA,O=Demo")?;
        let root = certificate::self_signed(&root_key, &root_name, &authority(now, 3650, Some(1)))?;
        let key = keygen::generate(KeyAlgorithm::EcP256)?;
        let intermediate = certificate::issue(
            Issuer { key: &root_key, certificate: &root },
            &DistinguishedName::parse("CN=Demo Issuing CA,O=Demo")?,
            &keygen::public_key(&key)?,
            &authority(now, 1825, Some(0)),
        )?;
        Ok(Self { root, intermediate, key })
    }

    /// Signs what the request asks for, once it is proven that the requester has the key.
    pub(super) fn certify(
        &self,
        request: &CertificateRequest,
        now: OffsetDateTime,
    ) -> Result<Certificate, Failure> {
        csr::verify_request(request)?;
        let template = Template {
            extensions: csr::requested_extensions(request)?,
            ..Template::new(validity(now, 90), Role::EndEntity)
        };
        Ok(certificate::issue(
            Issuer { key: &self.key, certificate: &self.intermediate },
            request.subject(),
            request.public_key(),
            &template,
        )?)
    }
}

fn authority(now: OffsetDateTime, days: i64, path_length: Option<u8>) -> Template {
    Template::new(validity(now, days), Role::Authority { path_length })
}

/// From an hour ago, since the clocks of a demo's machines may differ.
fn validity(now: OffsetDateTime, days: i64) -> Validity {
    Validity { not_before: now - Duration::hours(1), not_after: now + Duration::days(days) }
}
