//! The extensions that say where an issuer publishes what validators fetch.

use crate::issue::IssueError;
use crate::issue::extensions::extension;
use crate::model::publication::Publication;
use crate::oid::{self, ObjectIdentifier};
use der::asn1::Ia5String;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax, CrlDistributionPoints};

/// The extensions; none is critical (RFC 5280 sections 4.2.1.13 and 4.2.2.1).
pub(super) fn extensions(publication: &Publication) -> Result<Vec<Extension>, IssueError> {
    let mut extensions = Vec::new();
    if !publication.crl.is_empty() {
        let places = publication.crl.iter().map(|url| location(url)).collect::<Result<_, _>>()?;
        let point = DistributionPoint {
            distribution_point: Some(DistributionPointName::FullName(places)),
            reasons: None,
            crl_issuer: None,
        };
        let points = CrlDistributionPoints(vec![point]);
        extensions.push(extension(oid::CRL_DISTRIBUTION_POINTS, false, &points)?);
    }
    let mut access = descriptions(oid::OCSP, &publication.ocsp)?;
    access.append(&mut descriptions(oid::CA_ISSUERS, &publication.ca_issuers)?);
    if !access.is_empty() {
        let access = AuthorityInfoAccessSyntax(access);
        extensions.push(extension(oid::AUTHORITY_INFO_ACCESS, false, &access)?);
    }
    Ok(extensions)
}

fn descriptions(
    access_method: ObjectIdentifier,
    urls: &[String],
) -> Result<Vec<AccessDescription>, IssueError> {
    urls.iter()
        .map(|url| Ok(AccessDescription { access_method, access_location: location(url)? }))
        .collect()
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
