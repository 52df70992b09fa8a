//! Entries that a bundle marks by headers.

use crate::codec::bundle::about::Kind;
use crate::codec::bundle::piece::{Piece, Thing};
use crate::crypto::keygen;
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, EntryKind, KeyEntry, RequestEntry, TrustedEntry};
use crate::model::key::{KeyMaterial, PublicKey};
use crate::model::trust::TrustFlags;

/// Makes the entry of the blocks under one heading; blocks behind its last one come back, as they do
/// where another file was appended.
///
/// # Errors
///
/// All blocks, when they do not make such an entry, or a key that is open is another than the
/// certificate's or the request's.
pub(super) fn entry(
    kind: Kind,
    mut pieces: Vec<Piece>,
) -> Result<(EntryKind, Vec<Piece>), Vec<Piece>> {
    let is_key = |piece: &Piece| matches!(piece.thing, Thing::Key(_));
    let is_request = |piece: &Piece| matches!(piece.thing, Thing::Request(_));
    let is_certificate = |piece: &Piece| piece.certificate().is_some();
    let last = match kind {
        Kind::TrustedCertificate => pieces.first().filter(|one| is_certificate(one)).map(|_| 0),
        Kind::PrivateKey | Kind::Request => pieces.iter().position(is_key),
    };
    let Some(last) = last else { return Err(pieces) };
    // A key that comes first is not ours: its certificates may follow.
    if is_key(&pieces[0]) && pieces.len() > 1 {
        return Err(pieces);
    }
    let before = &pieces[..last];
    let chain = before.iter().take_while(|one| is_certificate(one)).count();
    let fits = match kind {
        Kind::TrustedCertificate => true,
        Kind::PrivateKey => match &before[chain..] {
            [] => true,
            [one] => is_request(one),
            _ => false,
        },
        Kind::Request => matches!(before, [one] if is_request(one)),
    };
    if !fits || !is_of_one_key(&pieces[..=last]) {
        return Err(pieces);
    }
    let rest = pieces.split_off(last + 1);
    Ok((build(kind, pieces), rest))
}

/// Whether the leaf and the request are the key's, as far as that can be told.
fn is_of_one_key(pieces: &[Piece]) -> bool {
    let Some(Piece { thing: Thing::Key(KeyMaterial::Open(key)), .. }) = pieces.last() else {
        return true;
    };
    // Of some algorithms the public key cannot be computed here.
    let Ok(public) = keygen::public_key(key) else { return true };
    let is_other = |other: &PublicKey| *other != public;
    let leaf = pieces[0].certificate().map(Certificate::public_key);
    let request = pieces.iter().find_map(|piece| match &piece.thing {
        Thing::Request(request) => Some(request.public_key()),
        _ => None,
    });
    !leaf.as_ref().is_some_and(is_other) && !request.is_some_and(is_other)
}

fn build(kind: Kind, pieces: Vec<Piece>) -> EntryKind {
    let (mut chain, mut request, mut key) = (Vec::new(), None, None);
    for Piece { thing, name, .. } in pieces {
        match thing {
            Thing::Certificate(certificate) => {
                chain.push(ChainCertificate { alias: name, ..certificate.into() });
            }
            Thing::Request(one) => request = Some(one.into()),
            Thing::Key(one) => key = Some(one),
            Thing::RevocationList(_) => {}
        }
    }
    match (kind, key, request) {
        (Kind::Request, Some(key), Some(request)) => EntryKind::from(RequestEntry { key, request }),
        (_, Some(key), request) => EntryKind::from(KeyEntry { key, chain, request }),
        (_, None, _) => {
            let certificate = chain.swap_remove(0).certificate;
            EntryKind::TrustedCertificate(TrustedEntry {
                certificate,
                flags: TrustFlags::default(),
            })
        }
    }
}

/// What an entry holds, to tell whether another is the same.
pub(super) fn contents(kind: &EntryKind) -> Vec<Fingerprint> {
    let of_key = |key: &KeyMaterial| match key {
        KeyMaterial::Open(key) => key.fingerprint(),
        KeyMaterial::Locked(locked) => Fingerprint::of(&locked.raw),
    };
    match kind {
        EntryKind::PrivateKey(entry) => {
            let chain = entry.chain.iter().map(|link| link.certificate.fingerprint());
            let request = entry.request.iter().map(|request| Fingerprint::of(request.csr.der()));
            chain.chain(request).chain([of_key(&entry.key)]).collect()
        }
        EntryKind::Request(entry) => {
            vec![Fingerprint::of(entry.request.csr.der()), of_key(&entry.key)]
        }
        EntryKind::TrustedCertificate(entry) => vec![entry.certificate.fingerprint()],
        EntryKind::Secret(_) | EntryKind::Opaque(_) => Vec::new(),
    }
}
