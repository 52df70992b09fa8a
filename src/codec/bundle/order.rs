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
use std::collections::HashSet;

/// What is wrong with the pieces of one file: nothing in one without certificates, or with a key that is closed.
/// Of several keys one has to have its certificate there, and their order says nothing.
pub(super) fn misfit(pieces: &[Piece]) -> Option<Warning> {
    let keys = keys(pieces)?;
    let is_one_of_them = |public: &PublicKey| keys.contains(public.key_bits());
    let mut certificates = pieces.iter().filter_map(Piece::certificate);
    let first = certificates.next()?;
    if is_one_of_them(&first.public_key()) {
        return None;
    }
    let subject = first.subject();
    if certificates.any(|certificate| is_one_of_them(&certificate.public_key())) {
        let message = format!(
            "the first certificate, {subject}, is not that of the key, which stands behind it; who \
             takes the file as it is takes the first"
        );
        return (keys.len() == 1).then_some(Warning { code: Code::CHAIN_DISORDERED, message });
    }
    let is_asked_for = |piece: &Piece| matches!(&piece.thing, Thing::Request(request) if is_one_of_them(request.public_key()));
    if pieces.iter().any(is_asked_for) {
        return None; // its certificate is still to come
    }
    let none = match keys.len() {
        1 => "the key belongs to no".to_owned(),
        several => format!("none of the {several} keys belongs to a"),
    };
    let message = format!("{none} certificate of the file, whose first is {subject}");
    Some(Warning { code: Code::KEY_MISMATCH, message })
}

/// The bits of the public halves of the keys, each once however often it stands there, if there are any and all
/// are known.
fn keys(pieces: &[Piece]) -> Option<HashSet<Vec<u8>>> {
    let keys = pieces.iter().filter_map(|piece| match &piece.thing {
        Thing::Key(key) => Some(public_key(key).map(|public| public.key_bits().to_vec())),
        _ => None,
    });
    keys.collect::<Option<HashSet<_>>>().filter(|keys| !keys.is_empty())
}

fn public_key(key: &KeyMaterial) -> Option<PublicKey> {
    key.open().and_then(|key| keygen::public_key(key).ok())
}
