//! What Java's key stores cannot carry.

use crate::codec::Loss;
use crate::codec::jks::Kind;
use crate::codec::loss::{of_attributes, of_opaque, of_trust_flags};
use crate::codec::pkcs12::property;
use crate::model::entry::{Entry, EntryKind};
use crate::model::wallet::Wallet;

/// What a store of this kind cannot carry: secrets, requests, what is not understood, trust flags, and
/// attributes. Names of issuers in a chain, and the request of a key that has its certificate, are no
/// loss.
#[must_use]
pub fn losses(wallet: &Wallet, kind: Kind) -> Vec<Loss> {
    let mut losses = Vec::new();
    for entry in wallet.entries().iter().filter(|entry| !property::is_property(entry)) {
        let entirely = match &entry.kind {
            EntryKind::Secret(_) => Some("a secret".to_owned()),
            EntryKind::Request(_) => {
                Some("a key without a certificate, and its request".to_owned())
            }
            EntryKind::Opaque(opaque) if opaque.format != kind.format() => Some(of_opaque(opaque)),
            _ => None,
        };
        let whole = entirely.is_some();
        let lost = entirely.map_or_else(|| parts(entry), |entirely| vec![entirely]);
        losses.extend(lost.into_iter().map(|what| Loss { entry: entry.id(), what, whole }));
    }
    losses
}

/// Whether a store of this kind has a record for the entry.
pub(super) fn is_carried(entry: &Entry, kind: Kind) -> bool {
    match &entry.kind {
        EntryKind::PrivateKey(_) | EntryKind::TrustedCertificate(_) => true,
        EntryKind::Opaque(opaque) => opaque.format == kind.format(),
        EntryKind::Secret(_) | EntryKind::Request(_) => false,
    }
}

/// What is lost of an entry that is carried.
fn parts(entry: &Entry) -> Vec<String> {
    let mut lost = of_attributes(entry, None);
    match &entry.kind {
        EntryKind::PrivateKey(key) if key.chain.is_empty() => {
            // Measured with keytool 17 and 25: -importkeystore fails on the whole store.
            lost.push("its use: keytool fails on a key without a certificate".to_owned());
        }
        EntryKind::TrustedCertificate(trusted) => lost.extend(of_trust_flags(trusted.flags)),
        _ => {}
    }
    lost
}
