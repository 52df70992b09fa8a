//! What a format cannot carry.

use crate::codec::pkcs12::property;
use crate::codec::{jks, pkcs12};
use crate::model::attribute::Attribute;
use crate::model::entry::{Entry, EntryId, EntryKind, KeyEntry, OpaqueEntry, StoredRequest};
use crate::model::format::Format;
use crate::model::profile::Profile;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::oid;
use std::collections::HashSet;

/// Something that a format or profile cannot carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The entry that would lose something. An entry may lose more than one thing.
    pub entry: EntryId,
    /// What would be lost, in words.
    pub what: String,
    /// Whether nothing of the entry would be left.
    pub whole: bool,
}

/// What `format` in `profile` cannot carry of this wallet. The wallet property of orapki is no loss
/// of its own, and neither are the names of entries where a format has no place for names.
#[must_use]
pub fn losses(wallet: &Wallet, format: Format, profile: Profile) -> Vec<Loss> {
    match format {
        Format::Pkcs12 | Format::Sso => pkcs12::losses(wallet, profile),
        Format::Jks => jks::losses(wallet, jks::Kind::Jks),
        Format::Jceks => jks::losses(wallet, jks::Kind::Jceks),
        Format::Pem
        | Format::Pkcs7
        | Format::Certificate
        | Format::PrivateKey
        | Format::Request
        | Format::Crl
        | Format::KubernetesSecret => loose(wallet, format),
    }
}

/// What Oracle's trust flags say, for formats that have no place for them.
pub(in crate::codec) fn of_trust_flags(flags: TrustFlags) -> Option<String> {
    (!flags.is_empty()).then(|| format!("its trust flags {flags}"))
}

/// What is not understood, for formats other than its own.
pub(in crate::codec) fn of_opaque(opaque: &OpaqueEntry) -> String {
    let file = if opaque.format.is_store() { "store" } else { "file" };
    format!("{} of a {} {file}", opaque.description, opaque.format)
}

/// An attribute that says something which nothing else does.
fn of_attribute(attribute: &Attribute) -> Option<String> {
    let about_the_file = [
        oid::FRIENDLY_NAME,
        oid::LOCAL_KEY_ID,
        oid::TRUSTED_KEY_USAGE,
        oid::MS_KEY_PROVIDER_NAME,
        oid::MS_LOCAL_MACHINE_KEYSET,
    ];
    (!about_the_file.contains(&attribute.oid)).then(|| format!("its attribute {}", attribute.oid))
}

/// The attributes of an entry and of its chain that only PKCS#12 has a place for, and of its `request` where that
/// is lost with it, each once.
pub(in crate::codec) fn of_attributes(
    entry: &Entry,
    request: Option<&StoredRequest>,
) -> Vec<String> {
    let chain = match &entry.kind {
        EntryKind::PrivateKey(key) => key.chain.as_slice(),
        _ => &[],
    };
    let of_certificates = chain.iter().flat_map(|link| link.attributes.iter());
    let of_request = request.into_iter().flat_map(|request| request.attributes.iter());
    let attributes = entry.attributes.iter().chain(of_certificates).chain(of_request);
    let mut told = HashSet::new();
    let lost = attributes.filter_map(of_attribute);
    lost.filter(|what| told.insert(what.clone())).collect()
}

/// Certificates and keys on their own, and nothing else.
fn loose(wallet: &Wallet, format: Format) -> Vec<Loss> {
    let mut losses = Vec::new();
    for entry in wallet.entries().iter().filter(|entry| !property::is_property(entry)) {
        let mut lost = Vec::new();
        let whole = !loose_carries(&entry.kind, format);
        match &entry.kind {
            EntryKind::Secret(_) => lost.push("a secret".to_owned()),
            EntryKind::Opaque(opaque) => lost.push(opaque.description.clone()),
            EntryKind::Request(_) => lost.extend(of_request(format).map(str::to_owned)),
            EntryKind::PrivateKey(key) => lost.extend(of_key(key, format)),
            EntryKind::TrustedCertificate(_) if format == Format::PrivateKey => {
                lost.push("a certificate".to_owned());
            }
            EntryKind::TrustedCertificate(trusted) => lost.extend(of_trust_flags(trusted.flags)),
        }
        lost.extend(of_attributes(entry, entry.stored_request()));
        losses.extend(lost.into_iter().map(|what| Loss { entry: entry.id(), what, whole }));
    }
    losses
}

/// Whether anything of the entry is written.
fn loose_carries(kind: &EntryKind, format: Format) -> bool {
    match kind {
        EntryKind::Secret(_) | EntryKind::Opaque(_) => false,
        EntryKind::Request(_) => matches!(format, Format::Pem | Format::PrivateKey),
        EntryKind::PrivateKey(key) => {
            matches!(format, Format::Pem | Format::PrivateKey) || !key.chain.is_empty()
        }
        EntryKind::TrustedCertificate(_) => format != Format::PrivateKey,
    }
}

fn of_request(format: Format) -> Option<&'static str> {
    match format {
        Format::Pem => None,
        Format::PrivateKey => Some("its request"),
        _ => Some("a key that waits for its certificate"),
    }
}

fn of_key(key: &KeyEntry, format: Format) -> Vec<String> {
    let mut lost = Vec::new();
    match format {
        Format::Pkcs7 | Format::Certificate => lost.push("its private key".to_owned()),
        Format::KubernetesSecret if key.chain.is_empty() => {
            lost.push("a key without a certificate".to_owned());
        }
        _ => {}
    }
    match (format, key.chain.len()) {
        (Format::Certificate, 2) => lost.push("an issuer of its certificate".to_owned()),
        (Format::Certificate, length @ 3..) => {
            lost.push(format!("{} issuers of its certificate", length - 1));
        }
        (Format::PrivateKey, 1..) => lost.push("its certificates".to_owned()),
        _ => {}
    }
    lost
}
