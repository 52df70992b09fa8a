//! What makes entries of two wallets the same thing.

use crate::codec::opaque;
use crate::crypto::keygen;
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryKind};
use crate::model::format::Format;
use crate::model::key::{KeyAlgorithm, KeyMaterial, PublicKey};

/// What an entry is, whatever it is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::ops) enum Identity {
    /// A key, by its public half: kind, and the digest of the key bits.
    Key(KeyAlgorithm, Fingerprint),
    /// A key that cannot be opened and of which nothing tells the public half: its bytes.
    ClosedKey(Fingerprint),
    /// A trusted certificate.
    Certificate(Fingerprint),
    /// A secret, by its name.
    Secret(String),
    /// Bytes that are not understood, in the format that they belong to.
    Opaque(Format, Fingerprint),
}

impl Identity {
    pub(in crate::ops) fn of(entry: &Entry) -> Self {
        match &entry.kind {
            EntryKind::PrivateKey(key) => Self::of_key(entry, &key.key),
            EntryKind::Request(pending) => Self::of_key(entry, &pending.key),
            EntryKind::TrustedCertificate(trusted) => {
                Self::Certificate(trusted.certificate.fingerprint())
            }
            EntryKind::Secret(secret) => Self::Secret(secret.name.clone()),
            EntryKind::Opaque(opaque) => Self::Opaque(opaque.format, opaque::identity(opaque)),
        }
    }

    pub(in crate::ops) fn of_public_key(public: &PublicKey) -> Self {
        Self::Key(public.algorithm(), Fingerprint::of(public.key_bits()))
    }

    fn of_key(entry: &Entry, key: &KeyMaterial) -> Self {
        match (public_key(entry), key) {
            (Some(public), _) => Self::of_public_key(&public),
            (None, KeyMaterial::Open(key)) => Self::ClosedKey(key.fingerprint()),
            (None, KeyMaterial::Locked(locked)) => Self::ClosedKey(Fingerprint::of(&locked.raw)),
        }
    }
}

/// The public half of an entry's key: the key's own, else what its request or its certificate
/// says. A request names its key, so neither it nor a locked key has to be opened.
pub(in crate::ops) fn public_key(entry: &Entry) -> Option<PublicKey> {
    match &entry.kind {
        EntryKind::Request(pending) => Some(pending.request.csr.public_key().clone()),
        EntryKind::PrivateKey(key) => {
            let open = match &key.key {
                KeyMaterial::Open(key) => keygen::public_key(key).ok(),
                KeyMaterial::Locked(_) => None,
            };
            open.or_else(|| key.request.as_ref().map(|request| request.csr.public_key().clone()))
                .or_else(|| key.leaf().map(Certificate::public_key))
        }
        EntryKind::TrustedCertificate(_) | EntryKind::Secret(_) | EntryKind::Opaque(_) => None,
    }
}
