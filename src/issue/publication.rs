//! Where an issuer publishes what validators fetch.

use crate::issue::IssueError;
use crate::issue::extensions::extension;
use crate::model::certificate::Certificate;
use crate::oid::{self, ObjectIdentifier};
use der::Decode;
use der::asn1::Ia5String;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax, CrlDistributionPoints};

/// The URLs that an issuer writes into the certificates of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// Where its list of revoked certificates is: cRLDistributionPoints, RFC 5280 section
    /// 4.2.1.13. Several places of one and the same list.
    pub crl: Vec<String>,
    /// Where its own certificate is: `caIssuers` of authorityInfoAccess, RFC 5280 section 4.2.2.1.
    pub ca_issuers: Vec<String>,
    /// Who answers whether a certificate is revoked: `ocsp` of authorityInfoAccess.
    pub ocsp: Vec<String>,
}

impl Publication {
    /// What the issuer wrote into a certificate. Places that are no URLs are left out.
    ///
    /// # Errors
    ///
    /// [`IssueError::CertificateMalformed`] when one of the two extensions is malformed.
    pub fn of_certificate(certificate: &Certificate) -> Result<Self, IssueError> {
        Self::read(certificate)
            .map_err(|error| IssueError::CertificateMalformed { reason: error.to_string() })
    }

    fn read(certificate: &Certificate) -> Result<Self, der::Error> {
        let mut read = Self::default();
        if let Some(extension) = certificate.extension(oid::CRL_DISTRIBUTION_POINTS) {
            for point in CrlDistributionPoints::from_der(extension.value)?.0 {
                if let Some(DistributionPointName::FullName(places)) = point.distribution_point {
                    read.crl.extend(places.into_iter().filter_map(url));
                }
            }
        }
        if let Some(extension) = certificate.extension(oid::AUTHORITY_INFO_ACCESS) {
            for description in AuthorityInfoAccessSyntax::from_der(extension.value)?.0 {
                let urls = url(description.access_location);
                match description.access_method {
                    oid::CA_ISSUERS => read.ca_issuers.extend(urls),
                    oid::OCSP => read.ocsp.extend(urls),
                    _ => {} // no place that validators fetch from
                }
            }
        }
        Ok(read)
    }

    /// The extensions; none is critical (RFC 5280 sections 4.2.1.13 and 4.2.2.1).
    pub(super) fn to_extensions(&self) -> Result<Vec<Extension>, IssueError> {
        let mut extensions = Vec::new();
        if !self.crl.is_empty() {
            let places = self.crl.iter().map(|url| location(url)).collect::<Result<_, _>>()?;
            let point = DistributionPoint {
                distribution_point: Some(DistributionPointName::FullName(places)),
                reasons: None,
                crl_issuer: None,
            };
            let points = CrlDistributionPoints(vec![point]);
            extensions.push(extension(oid::CRL_DISTRIBUTION_POINTS, false, &points)?);
        }
        let mut descriptions = descriptions(oid::OCSP, &self.ocsp)?;
        descriptions.append(&mut self::descriptions(oid::CA_ISSUERS, &self.ca_issuers)?);
        if !descriptions.is_empty() {
            let access = AuthorityInfoAccessSyntax(descriptions);
            extensions.push(extension(oid::AUTHORITY_INFO_ACCESS, false, &access)?);
        }
        Ok(extensions)
    }
}

fn descriptions(
    access_method: ObjectIdentifier,
    urls: &[String],
) -> Result<Vec<AccessDescription>, IssueError> {
    urls.iter()
        .map(|url| Ok(AccessDescription { access_method, access_location: location(url)? }))
        .collect()
}

fn url(place: GeneralName) -> Option<String> {
    match place {
        GeneralName::UniformResourceIdentifier(url) => Some(url.to_string()),
        _ => None,
    }
}

/// RFC 5280 section 4.2.1.6: an absolute URI, in ASCII; here one that can be fetched.
fn location(url: &str) -> Result<GeneralName, IssueError> {
    let unusable =
        |reason: &str| IssueError::Url { text: url.to_owned(), reason: reason.to_owned() };
    let is_known = ["http", "https", "ldap", "ldaps", "ftp"].iter().any(|scheme| {
        url.split_once("://")
            .is_some_and(|(found, rest)| found.eq_ignore_ascii_case(scheme) && !rest.is_empty())
    });
    if !is_known {
        return Err(unusable(
            "it does not begin with http://, https://, ldap://, ldaps:// or ftp://",
        ));
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unusable("it has a character that is no visible ASCII"));
    }
    Ok(GeneralName::UniformResourceIdentifier(Ia5String::new(url)?))
}
