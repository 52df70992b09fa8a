//! What one bag holds, by itself.

use crate::codec::pkcs12::bag::{self, Bag, BagType};
use crate::codec::pkcs12::keys::KeyOpener;
use crate::codec::pkcs12::secret_bag::{self, SecretBag};
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::entry::SecretEntry;
use crate::model::key::{KeyMaterial, PrivateKey};
use crate::model::request::CertificateRequest;
use crate::oid::{self, ObjectIdentifier};
use crate::secret::SharedBytes;
use crate::tlv::{
    self, CONTEXT_0, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, TlvError, Value, Values,
};

/// What a bag turned out to be.
pub(super) enum Item {
    Key(KeyMaterial),
    Certificate(Certificate),
    Request(CertificateRequest),
    Secret(SecretEntry),
    Opaque(String),
}

/// `CertBag ::= SEQUENCE { certId OBJECT IDENTIFIER, certValue [0] EXPLICIT ANY }`, RFC 7292
/// section 4.2.3.
struct CertBag<'a> {
    /// The content of the OBJECT IDENTIFIER.
    id: &'a [u8],
    value: Value<'a>,
}

impl<'a> CertBag<'a> {
    fn read(der: &'a [u8]) -> Result<Self, TlvError> {
        let mut fields = Values::new(tlv::content(der, SEQUENCE)?);
        let id = fields.content(OBJECT_IDENTIFIER)?;
        let value = fields.content(CONTEXT_0).and_then(tlv::only)?;
        fields.finish()?;
        Ok(Self { id, value })
    }

    fn is(&self, id: ObjectIdentifier) -> bool {
        self.id == id.as_bytes()
    }

    fn octets(&self) -> Option<&'a [u8]> {
        self.value.expect(OCTET_STRING).ok()
    }
}

/// What a `crlBag` is called whose list cannot be consulted.
pub(super) const UNREAD_LIST: &str = "unreadable revocation list";

/// The list of a raw `crlBag`.
pub(in crate::codec) fn revocation_list(raw: &[u8]) -> Option<RevocationList> {
    Bag::read(raw).ok().filter(|bag| bag.kind == BagType::Crl).and_then(|bag| list_of(&bag))
}

/// The list of a `crlBag`, which is built as a `certBag` is (RFC 7292 section 4.2.4).
fn list_of(bag: &Bag<'_>) -> Option<RevocationList> {
    let inside = CertBag::read(bag.value).ok().filter(|inside| inside.is(oid::X509_CRL))?;
    RevocationList::from_der(inside.octets()?).ok()
}

/// What the bag holds; whatever cannot be read is kept as it is. A certificate that is the `expected` one, to
/// the byte, is not read again.
pub(super) fn classify(bag: &Bag<'_>, expected: Option<&Certificate>) -> Item {
    match bag.kind {
        BagType::Key => PrivateKey::from_pkcs8(bag.value.into()).map_or_else(
            |_| Item::Opaque("malformed private key".to_owned()),
            |key| Item::Key(KeyMaterial::Open(key)),
        ),
        BagType::ShroudedKey => Item::Key(KeyOpener::locked(bag.value)),
        BagType::Certificate => match CertBag::read(bag.value) {
            Ok(inside) if inside.is(oid::X509_CERTIFICATE) => inside
                .octets()
                .and_then(|octets| certificate(octets, bag.buffer, expected))
                .map_or_else(
                    || Item::Opaque("malformed certificate".to_owned()),
                    Item::Certificate,
                ),
            Ok(inside) if inside.is(oid::SDSI_CERTIFICATE) => {
                Item::Opaque("SDSI certificate".to_owned())
            }
            _ => Item::Opaque("certificate of an unknown kind".to_owned()),
        },
        BagType::Crl => {
            Item::Opaque(list_of(bag).map_or(UNREAD_LIST, |_| "revocation list").to_owned())
        }
        BagType::Secret => match secret_bag::read(bag.value) {
            SecretBag::Request(request) => Item::Request(request),
            SecretBag::Secret(secret) => Item::Secret(secret),
            SecretBag::Other(description) => Item::Opaque(description),
        },
        BagType::SafeContents | BagType::Other => {
            let id = bag::fields_of(bag.raw).ok().and_then(|(id, _)| id.ok());
            let id = id.and_then(|id| ObjectIdentifier::from_bytes(id).ok());
            Item::Opaque(id.map_or_else(|| "bag".to_owned(), |id| format!("bag {id}")))
        }
        BagType::Malformed => Item::Opaque("malformed bag".to_owned()),
    }
}

fn certificate(
    der: &[u8],
    buffer: Option<&SharedBytes>,
    expected: Option<&Certificate>,
) -> Option<Certificate> {
    if let Some(known) = expected.filter(|expected| expected.der() == der) {
        return Some(known.clone());
    }
    let read = match buffer {
        Some(buffer) => Certificate::from_shared(buffer.part(der)),
        None => Certificate::from_der(der),
    };
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::{certificate, revocation_list};
    use crate::codec::pkcs12::bag::Bag;
    use crate::codec::pkcs12::pfx::{oid_der, wrap};
    use crate::model::certificate::Certificate;
    use crate::model::crl::RevocationList;
    use crate::oid;
    use crate::secret::SharedBytes;
    use crate::tlv::{CONTEXT_0, OCTET_STRING, SEQUENCE};
    use rcgen::{
        CertificateParams, CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair,
        SerialNumber,
    };
    use time::macros::datetime;

    #[test]
    fn list_of_a_bag_is_read() {
        let parameters = CertificateRevocationListParams {
            this_update: datetime!(2026-01-01 0:00 UTC),
            next_update: datetime!(2026-02-01 0:00 UTC),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let issuer = Issuer::new(CertificateParams::default(), KeyPair::generate().unwrap());
        let list = parameters.signed_by(&issuer).unwrap();
        let octets = wrap(OCTET_STRING, &[list.der()]);
        let value = wrap(SEQUENCE, &[&oid_der(oid::X509_CRL), &wrap(CONTEXT_0, &[&octets])]);
        let raw = Bag::write(oid::CRL_BAG, &value, None, None, &[]);
        assert_eq!(revocation_list(&raw), Some(RevocationList::from_der(list.der()).unwrap()));
        let other = Bag::write(oid::CERT_BAG, &value, None, None, &[]);
        assert_eq!(revocation_list(&other), None);
    }

    #[test]
    fn certificate_is_the_expected_one_only_where_all_bytes_are_the_same() {
        let sign = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert;
        let (made, other) = (sign(), sign());
        let expected = Certificate::from_der(made.der()).unwrap();
        let read = |der| certificate(der, None, Some(&expected)).unwrap();
        let is_shared = |found: &Certificate| std::ptr::eq(found.der(), expected.der());
        assert!(is_shared(&read(made.der())));
        assert_eq!(read(other.der()).der(), &other.der()[..]);
        assert!(certificate(&made.der()[1..], None, Some(&expected)).is_none());
        assert!(!is_shared(&certificate(made.der(), None, None).unwrap()));

        // One that is not known stays where the others of its file are.
        let file = SharedBytes::from(&[&[0], &made.der()[..], &[0]].concat()[..]);
        let in_file = &file[1..=made.der().len()];
        let found = certificate(in_file, Some(&file), None).unwrap();
        assert!(std::ptr::eq(found.der(), in_file));
        assert_eq!(found, expected);
    }
}
