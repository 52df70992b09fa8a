//! secretBags: Oracle's requests, secrets and properties, Java's sealed secret keys.

use crate::codec::pkcs12::pfx::{oid_der, wrap};
use crate::codec::pkcs12::property;
use crate::model::entry::SecretEntry;
use crate::model::request::CertificateRequest;
use crate::oid::{self, ObjectIdentifier};
use crate::secret::SecretBytes;
use crate::tlv::{CONTEXT_0, OCTET_STRING, SEQUENCE, UTF8_STRING};
use der::asn1::{AnyRef, OctetStringRef, Utf8StringRef};
use der::{Decode, Sequence};

/// What a secretBag holds.
pub(super) enum SecretBag {
    Request(CertificateRequest),
    Secret(SecretEntry),
    /// Something else, in words.
    Other(String),
}

/// ```text
/// SecretBag ::= SEQUENCE { secretTypeId OBJECT IDENTIFIER, secretValue [0] EXPLICIT ANY }
/// ```
///
/// RFC 7292 section 4.2.5.
#[derive(Sequence)]
struct Shape<'a> {
    id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: AnyRef<'a>,
}

/// `SEQUENCE { name UTF8String, value UTF8String }`, as mkstore writes it.
#[derive(Sequence)]
struct NamedValue<'a> {
    name: Utf8StringRef<'a>,
    value: Utf8StringRef<'a>,
}

/// Reads the value of a secretBag.
pub(super) fn read(value: &[u8]) -> SecretBag {
    let Ok(shape) = Shape::from_der(value) else {
        return SecretBag::Other("malformed secret".to_owned());
    };
    match shape.id {
        oid::ORACLE_REQUEST => shape
            .value
            .decode_as::<&OctetStringRef>()
            .ok()
            .and_then(|octets| CertificateRequest::from_der(octets.as_bytes()).ok())
            .map_or_else(
                || SecretBag::Other("malformed certificate request".to_owned()),
                SecretBag::Request,
            ),
        oid::ORACLE_SECRET => shape.value.decode_as::<NamedValue<'_>>().map_or_else(
            |_| SecretBag::Other("malformed secret".to_owned()),
            |secret| {
                SecretBag::Secret(SecretEntry {
                    name: secret.name.as_str().to_owned(),
                    value: secret.value.as_bytes().into(),
                })
            },
        ),
        oid::ORACLE_PROPERTY => SecretBag::Other(
            read_property(value).map_or_else(|| "wallet property".to_owned(), property::describe),
        ),
        oid::SHROUDED_KEY_BAG => SecretBag::Other("sealed secret key".to_owned()),
        other => SecretBag::Other(format!("secret of type {other}")),
    }
}

/// The `EncryptedPrivateKeyInfo` of a secret key, if this is one. Java puts it into an
/// OCTET STRING under the type of a pkcs8ShroudedKeyBag.
pub(super) fn read_sealed_key(value: &[u8]) -> Option<&[u8]> {
    let shape = Shape::from_der(value).ok().filter(|shape| shape.id == oid::SHROUDED_KEY_BAG)?;
    Some(shape.value.decode_as::<&OctetStringRef>().ok()?.as_bytes())
}

/// The value of a secretBag around a sealed secret key.
pub(super) fn write_sealed_key(encrypted: &[u8]) -> SecretBytes {
    write(oid::SHROUDED_KEY_BAG, &wrap(OCTET_STRING, &[encrypted]))
}

/// The four bytes of the wallet property, if this is one.
pub(super) fn read_property(value: &[u8]) -> Option<[u8; 4]> {
    let shape = Shape::from_der(value).ok().filter(|shape| shape.id == oid::ORACLE_PROPERTY)?;
    let octets = shape.value.decode_as::<&OctetStringRef>().ok()?;
    octets.as_bytes().try_into().ok()
}

/// The value of a secretBag around the wallet property.
pub(super) fn write_property(bytes: [u8; 4]) -> SecretBytes {
    write(oid::ORACLE_PROPERTY, &wrap(OCTET_STRING, &[&bytes]))
}

/// The value of a secretBag around a request.
pub(super) fn write_request(request: &CertificateRequest) -> SecretBytes {
    write(oid::ORACLE_REQUEST, &wrap(OCTET_STRING, &[request.der()]))
}

/// The value of a secretBag around a named secret.
pub(super) fn write_secret(secret: &SecretEntry) -> SecretBytes {
    let name = wrap(UTF8_STRING, &[secret.name.as_bytes()]);
    let value = wrap(UTF8_STRING, &[&secret.value]);
    write(oid::ORACLE_SECRET, &wrap(SEQUENCE, &[&name, &value]))
}

fn write(id: ObjectIdentifier, value: &[u8]) -> SecretBytes {
    wrap(SEQUENCE, &[&oid_der(id), &wrap(CONTEXT_0, &[value])])
}
