//! Revocation lists out of the entries of a wallet.

use crate::codec::pkcs12;
use crate::model::crl::RevocationList;
use crate::model::entry::{EntryKind, OpaqueEntry};
use crate::model::format::Format;
use crate::model::wallet::Wallet;

/// The revocation lists that the wallet keeps: those of bundles, and the `crlBag`s of PKCS#12. One that
/// cannot be read stays the opaque entry that it is; a warning of the decoder has said so.
#[must_use]
pub fn revocation_lists(wallet: &Wallet) -> Vec<RevocationList> {
    let read = |opaque: &OpaqueEntry| match opaque.format {
        Format::Crl => RevocationList::from_der(&opaque.raw).ok(),
        Format::Pkcs12 => pkcs12::revocation_list(&opaque.raw),
        _ => None,
    };
    wallet
        .entries()
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::Opaque(opaque) => read(opaque),
            _ => None,
        })
        .collect()
}
