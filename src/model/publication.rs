//! Where an issuer publishes what validators fetch.

use crate::model::certificate::{Certificate, CertificateError};
use crate::oid;
use crate::tlv::{self, OBJECT_IDENTIFIER, SEQUENCE, TlvError, Values, context};

/// `uniformResourceIdentifier [6] IA5String` of a `GeneralName`.
const URL: u8 = 0x86;

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
    /// [`CertificateError`] when one of the two extensions is malformed.
    pub fn of_certificate(certificate: &Certificate) -> Result<Self, CertificateError> {
        let mut read = Self::of_access(certificate)?;
        if let Some(extension) = certificate.extension(oid::CRL_DISTRIBUTION_POINTS) {
            read.crl = distribution_points(extension.value).map_err(malformed)?;
        }
        Ok(read)
    }

    /// As [`Self::of_certificate`], of authorityInfoAccess alone.
    ///
    /// # Errors
    ///
    /// [`CertificateError`] when that is malformed.
    pub(crate) fn of_access(certificate: &Certificate) -> Result<Self, CertificateError> {
        let mut read = Self::default();
        if let Some(extension) = certificate.extension(oid::AUTHORITY_INFO_ACCESS) {
            read.access(extension.value).map_err(malformed)?;
        }
        Ok(read)
    }

    /// ```text
    /// AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF AccessDescription
    /// AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }
    /// ```
    fn access(&mut self, value: &[u8]) -> Result<(), TlvError> {
        let mut descriptions = Values::new(tlv::content(value, SEQUENCE)?);
        while !descriptions.is_empty() {
            let mut fields = descriptions.inside(SEQUENCE)?;
            let method = fields.content(OBJECT_IDENTIFIER)?;
            let place = fields.take()?;
            fields.finish()?;
            let urls = if method == oid::CA_ISSUERS.as_bytes() {
                &mut self.ca_issuers
            } else if method == oid::OCSP.as_bytes() {
                &mut self.ocsp
            } else {
                continue; // no place that validators fetch from
            };
            if place.tag == URL {
                urls.push(ascii(place.content)?);
            }
        }
        Ok(())
    }
}

/// ```text
/// CRLDistributionPoints ::= SEQUENCE SIZE (1..MAX) OF DistributionPoint
/// DistributionPoint ::= SEQUENCE { distributionPoint [0] DistributionPointName OPTIONAL,
///                                  reasons [1] ReasonFlags OPTIONAL, cRLIssuer [2] GeneralNames OPTIONAL }
/// DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] }
/// ```
fn distribution_points(value: &[u8]) -> Result<Vec<String>, TlvError> {
    let mut points = Values::new(tlv::content(value, SEQUENCE)?);
    let mut urls = Vec::new();
    while !points.is_empty() {
        let mut fields = points.inside(SEQUENCE)?;
        if fields.tag() != Some(context(0)) {
            continue;
        }
        let name = tlv::only(fields.content(context(0))?)?;
        let mut places = Values::new(if name.tag == context(0) { name.content } else { &[] });
        while !places.is_empty() {
            let place = places.take()?;
            if place.tag == URL {
                urls.push(ascii(place.content)?);
            }
        }
    }
    Ok(urls)
}

fn ascii(content: &[u8]) -> Result<String, TlvError> {
    let text = std::str::from_utf8(content).ok().filter(|text| text.is_ascii());
    text.map(str::to_owned).ok_or(TlvError::Content("IA5String"))
}

fn malformed(error: TlvError) -> CertificateError {
    CertificateError { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::{Publication, distribution_points};
    use crate::tlv::TlvError;

    const CA_ISSUERS: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02";
    const OTHER: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x05";

    fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&[tag, u8::try_from(content.len()).unwrap()], &content[..]].concat()
    }

    fn access(descriptions: &[&[u8]]) -> Result<Publication, TlvError> {
        let mut read = Publication::default();
        read.access(&wrap(0x30, descriptions))?;
        Ok(read)
    }

    #[test]
    fn only_urls_of_known_methods_are_places() {
        let url = wrap(0x86, &[b"http://ca"]);
        let known = wrap(0x30, &[CA_ISSUERS, &url]);
        let directory = wrap(0x30, &[CA_ISSUERS, &wrap(0xA4, &[b"\x30\x00"])]);
        let other = wrap(0x30, &[OTHER, &url]);
        let read = access(&[&directory, &known, &other]).unwrap();
        assert_eq!(read.ca_issuers, ["http://ca"]);
        assert_eq!((read.crl.len(), read.ocsp.len()), (0, 0));
    }

    #[test]
    fn malformed_descriptions_are_refused() {
        let url = wrap(0x86, &[b"http://ca"]);
        let not_ascii = wrap(0x86, &["http://cä".as_bytes()]);
        for fields in [
            &[CA_ISSUERS][..],
            &[&url, CA_ISSUERS],
            &[CA_ISSUERS, &url, &url],
            &[CA_ISSUERS, &not_ascii],
        ] {
            access(&[&wrap(0x30, fields)]).unwrap_err();
        }
        access(&[&url]).unwrap_err();
    }

    #[test]
    fn points_may_have_several_places_or_none() {
        let places = |urls: &[&[u8]]| {
            let urls: Vec<Vec<u8>> = urls.iter().map(|url| wrap(0x86, &[url])).collect();
            let urls: Vec<&[u8]> = urls.iter().map(Vec::as_slice).collect();
            wrap(0x30, &[&wrap(0xA0, &[&wrap(0xA0, &urls)])])
        };
        let relative = wrap(0x30, &[&wrap(0xA0, &[&wrap(0xA1, &[b"\x30\x00"])])]);
        let issuer_alone = wrap(0x30, &[&wrap(0xA2, &[])]);
        let points = wrap(
            0x30,
            &[
                &places(&[b"http://a", b"ldap://b"]),
                &relative,
                &issuer_alone,
                &places(&[b"http://c"]),
            ],
        );
        assert_eq!(distribution_points(&points).unwrap(), ["http://a", "ldap://b", "http://c"]);
        distribution_points(&points[1..]).unwrap_err();
    }
}
