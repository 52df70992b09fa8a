//! Whether the words for an extension say all of it.

use crate::oid::{self, ObjectIdentifier};
use crate::tlv::{self, OBJECT_IDENTIFIER, SEQUENCE, TlvError, Value, Values, context};

/// `uniformResourceIdentifier [6]` of a `GeneralName`.
const URI: u8 = 0x86;

/// Whether nothing is left of an extension that its words do not say: the names, usages and places that are
/// read of it, or [`super::shown`].
#[must_use]
pub fn is_told(oid: ObjectIdentifier, value: &[u8]) -> bool {
    let told = match oid {
        oid::CRL_DISTRIBUTION_POINTS => all(value, point),
        oid::AUTHORITY_INFO_ACCESS => all(value, access),
        oid::CERTIFICATE_POLICIES => all(value, policy),
        oid::NAME_CONSTRAINTS => subtrees(value),
        oid::AUTHORITY_KEY_IDENTIFIER => key_identifier(value),
        oid::OCSP_NO_CHECK => Ok(value == [0x05, 0x00]),
        _ => Ok(true),
    };
    told.unwrap_or(false)
}

fn all(list: &[u8], is_told: fn(Value<'_>) -> Result<bool, TlvError>) -> Result<bool, TlvError> {
    all_in(tlv::content(list, SEQUENCE)?, is_told)
}

fn all_in(
    content: &[u8],
    is_told: fn(Value<'_>) -> Result<bool, TlvError>,
) -> Result<bool, TlvError> {
    let mut values = Values::new(content);
    let mut told = true;
    while !values.is_empty() {
        told &= is_told(values.take()?)?;
    }
    Ok(told)
}

/// ```text
/// DistributionPoint ::= SEQUENCE { distributionPoint [0] DistributionPointName OPTIONAL,
///                                  reasons [1] OPTIONAL, cRLIssuer [2] OPTIONAL }
/// DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] }
/// ```
///
/// RFC 5280 section 4.2.1.13. Of these the URLs are told.
fn point(point: Value<'_>) -> Result<bool, TlvError> {
    let mut fields = point.inside(SEQUENCE)?;
    let name = tlv::only(fields.content(context(0))?)?;
    let is_full = name.tag == context(0);
    Ok(is_full && fields.is_empty() && all_in(name.content, |place| Ok(place.tag == URI))?)
}

/// `AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`, of which the
/// URLs of two methods are told.
fn access(description: Value<'_>) -> Result<bool, TlvError> {
    let mut fields = description.inside(SEQUENCE)?;
    let method = fields.content(OBJECT_IDENTIFIER)?;
    let is_known = [oid::OCSP, oid::CA_ISSUERS].iter().any(|known| known.as_bytes() == method);
    Ok(is_known && fields.take()?.tag == URI && fields.is_empty())
}

/// `PolicyInformation ::= SEQUENCE { policyIdentifier, policyQualifiers OPTIONAL }`, without qualifiers.
fn policy(policy: Value<'_>) -> Result<bool, TlvError> {
    let mut fields = policy.inside(SEQUENCE)?;
    fields.content(OBJECT_IDENTIFIER)?;
    Ok(fields.is_empty())
}

/// The names of all subtrees, of which none has a minimum or a maximum.
fn subtrees(value: &[u8]) -> Result<bool, TlvError> {
    all(value, |list| {
        all_in(list.content, |subtree| {
            let mut fields = subtree.inside(SEQUENCE)?;
            fields.take()?;
            Ok(fields.is_empty())
        })
    })
}

/// The identifier of the key alone, without the issuer's name and serial number.
fn key_identifier(value: &[u8]) -> Result<bool, TlvError> {
    const KEY_IDENTIFIER: u8 = 0x80;
    let mut fields = Values::new(tlv::content(value, SEQUENCE)?);
    fields.content(KEY_IDENTIFIER)?;
    Ok(fields.is_empty())
}
