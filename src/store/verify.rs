//! Whether a wallet that was read back is the one that was meant.
//!
//! Formats arrange the same things differently: in Oracle's layout the issuers of a key's chain are
//! trusted certificates when they are read back. So what is compared is an inventory over the whole
//! wallet, not the list of entries.

use crate::codec::{self, CodecError, Keys, Opening};
use crate::digest::Fingerprint;
use crate::model::entry::{EntryId, EntryKind, KeyEntry};
use crate::model::format::Format;
use crate::model::key::KeyMaterial;
use crate::model::wallet::Wallet;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// Compares what `bytes` hold with `meant`, save for the entries that were given up with the user's
/// consent. `opening` must open what was written.
///
/// # Errors
///
/// The first difference in words, or why the bytes cannot even be read.
pub(super) fn verify(
    bytes: &[u8],
    format: Format,
    opening: &Opening<'_>,
    meant: &Wallet,
    given_up: &HashSet<EntryId>,
) -> Result<(), String> {
    let read = |keys| {
        codec::decode(bytes, format, &Opening { keys, ..*opening })
            .map(|decoded| decoded.wallet)
            .map_err(|error: CodecError| format!("it cannot be opened: {error}"))
    };
    let meant_items = inventory(meant, given_up);
    let mut written_items = inventory(&read(Keys::Open)?, &HashSet::new());
    if key_count(&written_items) > key_count(&meant_items) && given_up.is_empty() {
        return Err("there are more private keys".to_owned());
    }
    // A key that nobody opened was written as it was, and may open now: it is looked for among the
    // closed ones.
    if meant_items.keys().any(Item::is_locked_key) {
        let closed = inventory(&read(Keys::Leave)?, &HashSet::new());
        written_items.extend(closed.into_iter().filter(|(item, _)| item.is_locked_key()));
    }
    for (item, count) in &meant_items {
        let found = written_items.get(item).copied().unwrap_or(0);
        // A certificate or key that stands in two entries may be written once.
        let enough = if item.may_stand_twice() { *count } else { 1 };
        if found < enough {
            return Err(format!("{item} is missing"));
        }
    }
    match written_items.keys().find(|item| !item.may_be_new() && !meant_items.contains_key(item)) {
        Some(item) if given_up.is_empty() => Err(format!("{item} was not there before")),
        _ => Ok(()),
    }
}

/// One thing that must survive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Key(Fingerprint),
    LockedKey(Fingerprint),
    /// A key and the certificate that presents it.
    Pair(Fingerprint, Fingerprint),
    Certificate(Fingerprint),
    Request(Fingerprint),
    Secret(String, Fingerprint),
    Opaque(Fingerprint),
}

impl Item {
    fn is_locked_key(&self) -> bool {
        matches!(self, Self::LockedKey(_))
    }

    /// Things that are written as often as they stand in the wallet.
    fn may_stand_twice(&self) -> bool {
        matches!(self, Self::Secret(..) | Self::Opaque(_))
    }

    /// Things that reading back may find though they were not meant: a key that was closed is now
    /// open, and a key finds its certificate among the trusted ones.
    fn may_be_new(&self) -> bool {
        matches!(self, Self::Key(_) | Self::LockedKey(_) | Self::Pair(..))
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(_) => f.write_str("a private key"),
            Self::LockedKey(_) => f.write_str("a locked private key"),
            Self::Pair(_, certificate) => write!(f, "the key of the certificate {certificate}"),
            Self::Certificate(certificate) => write!(f, "the certificate {certificate}"),
            Self::Request(request) => write!(f, "the request {request}"),
            Self::Secret(name, _) => write!(f, "the secret {name}"),
            Self::Opaque(_) => f.write_str("an entry that is not understood"),
        }
    }
}

/// Each thing and how often it stands in the wallet.
fn inventory(wallet: &Wallet, without: &HashSet<EntryId>) -> BTreeMap<Item, usize> {
    let mut items = BTreeMap::new();
    let mut add = |item| *items.entry(item).or_insert(0) += 1;
    for entry in wallet.entries().iter().filter(|entry| !without.contains(&entry.id())) {
        match &entry.kind {
            EntryKind::PrivateKey(key_entry) => {
                add(key_item(&key_entry.key));
                pair(key_entry).into_iter().for_each(&mut add);
                for link in &key_entry.chain {
                    add(Item::Certificate(Fingerprint::of(link.certificate.der())));
                }
                if let Some(request) = &key_entry.request {
                    add(Item::Request(Fingerprint::of(request.der())));
                }
            }
            EntryKind::Request(request) => {
                add(key_item(&request.key));
                add(Item::Request(Fingerprint::of(request.request.der())));
            }
            EntryKind::TrustedCertificate(trusted) => {
                add(Item::Certificate(Fingerprint::of(trusted.certificate.der())));
            }
            EntryKind::Secret(secret) => {
                add(Item::Secret(secret.name.clone(), Fingerprint::of(&secret.value)));
            }
            EntryKind::Opaque(opaque) => add(Item::Opaque(Fingerprint::of(&opaque.raw))),
        }
    }
    items
}

fn key_item(key: &KeyMaterial) -> Item {
    match key {
        KeyMaterial::Open(key) => Item::Key(key.fingerprint()),
        KeyMaterial::Locked(locked) => Item::LockedKey(Fingerprint::of(&locked.raw)),
    }
}

fn pair(entry: &KeyEntry) -> Option<Item> {
    let key = entry.key.open()?;
    Some(Item::Pair(key.fingerprint(), entry.leaf()?.fingerprint()))
}

/// How many different keys there are.
fn key_count(items: &BTreeMap<Item, usize>) -> usize {
    items.keys().filter(|item| matches!(item, Item::Key(_) | Item::LockedKey(_))).count()
}
