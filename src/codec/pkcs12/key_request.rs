//! A certificate request in the bag of its key, as portable files keep it.
//!
//! ```text
//! request ATTRIBUTE ::= { WITH SYNTAX CertificationRequest, SINGLE VALUE TRUE, ID oracleRequest }
//! ```
//!
//! Nobody but us looks for it there, and everybody passes over an attribute that is not understood. A secretBag
//! is no such place: Java's key managers refuse the whole file for it, and under the name of the key it hides
//! that. The type is the one that Oracle's bags of requests have.

use crate::codec::pkcs12::bag;
use crate::codec::pkcs12::origin::Origin;
use crate::model::attribute::Attribute;
use crate::model::entry::Entry;
use crate::model::format::Layout;
use crate::model::key::PublicKey;
use crate::model::request::CertificateRequest;
use crate::oid;
use crate::tlv::{self, OBJECT_IDENTIFIER, SEQUENCE, SET, Values};

/// The attribute around a request.
pub(super) fn write(request: &CertificateRequest) -> Attribute {
    let der = bag::attribute(oid::ORACLE_REQUEST, request.der());
    Attribute { oid: oid::ORACLE_REQUEST, der }
}

/// The request among these attributes, and its position, which is for this key as far as that is known.
pub(super) fn find(
    attributes: &[Attribute],
    key: Option<&PublicKey>,
) -> Option<(usize, CertificateRequest)> {
    let read = attributes.iter().map(read).enumerate();
    let mut found = read.filter_map(|(position, request)| Some((position, request?)));
    found.find(|(_, request)| key.is_none_or(|key| *request.public_key() == *key))
}

fn read(attribute: &Attribute) -> Option<CertificateRequest> {
    if attribute.oid != oid::ORACLE_REQUEST {
        return None;
    }
    let mut fields = Values::new(tlv::content(&attribute.der, SEQUENCE).ok()?);
    fields.content(OBJECT_IDENTIFIER).ok()?;
    let value = fields.content(SET).and_then(tlv::only).ok()?;
    CertificateRequest::from_der(value.der).ok()
}

/// Whether the request of the entry has a bag of its own: where the file that is kept has it, as long as it does
/// not change; else in Oracle's layout, and where a portable file would lose what else the bag says.
pub(super) fn is_apart(entry: &Entry, layout: Layout, kept: Option<&Origin>) -> bool {
    let Some(request) = entry.stored_request() else { return false };
    let old = kept.and_then(|origin| Some((origin, origin.read.entry(entry.id())?)));
    match old {
        Some((origin, old)) if old.stored_request() == Some(request) => {
            origin.requests.contains(&entry.id())
        }
        _ => layout == Layout::Oracle || request.alias.is_some() || !request.attributes.is_empty(),
    }
}
