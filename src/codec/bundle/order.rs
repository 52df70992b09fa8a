//! What programs make of a file that they take as it is: its first certificate for that of its key.
//!
//! nginx, Node and Python hand a PEM file to OpenSSL, which looks for nothing: `SSL_CTX_use_certificate_file`
//! reads one certificate, and `SSL_CTX_check_private_key` says "key values mismatch". In a Secret of
//! Kubernetes `tls.crt` and `tls.key` are one pair.

use crate::code::Code;
use crate::codec::Warning;
use crate::codec::bundle::piece::{Piece, Thing};
use crate::crypto::keygen;
use crate::model::key::{KeyMaterial, PublicKey};

/// What is wrong with the pieces of one file: nothing in one of several keys or without certificates,
/// or whose key is closed.
pub(super) fn misfit(pieces: &[Piece]) -> Option<Warning> {
    let key = only_key(pieces)?;
    let mut certificates = pieces.iter().filter_map(Piece::certificate);
    let first = certificates.next()?;
    if first.public_key() == key {
        return None;
    }
    let subject = first.subject();
    if certificates.any(|certificate| certificate.public_key() == key) {
        let message = format!(
            "the first certificate, {subject}, is not that of the key, which stands behind it; who \
             takes the file as it is takes the first"
        );
        return Some(Warning { code: Code::CHAIN_DISORDERED, message });
    }
    let is_asked_for = |piece: &Piece| matches!(&piece.thing, Thing::Request(request) if *request.public_key() == key);
    if pieces.iter().any(is_asked_for) {
        return None; // its certificate is still to come
    }
    let message =
        format!("the key belongs to no certificate of the file, whose first is {subject}");
    Some(Warning { code: Code::KEY_MISMATCH, message })
}

/// The public half of the key, if there is one alone, however often it stands there.
fn only_key(pieces: &[Piece]) -> Option<PublicKey> {
    let mut keys = pieces.iter().filter_map(|piece| match &piece.thing {
        Thing::Key(key) => Some(public_key(key)),
        _ => None,
    });
    let first = keys.next()??;
    keys.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

fn public_key(key: &KeyMaterial) -> Option<PublicKey> {
    key.open().and_then(|key| keygen::public_key(key).ok())
}
