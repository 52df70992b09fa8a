//! What goes when one wallet takes the place of another.

use crate::codec::pkcs12::property;
use crate::model::entry::{Entry, EntryKind};
use crate::model::wallet::Wallet;
use crate::ops::edit::Lost;
use crate::ops::identity::Identity;
use std::collections::HashSet;

/// What `old` holds that nobody can make again, and `new` does not hold: the first such thing.
///
/// A key is the same when its public half is, with a certificate or without; a secret when its value is, too.
/// Certificates count for nothing: others have them as well.
#[must_use]
pub fn lost(old: &Wallet, new: &Wallet) -> Option<Lost> {
    let stays: HashSet<Identity> = new.entries().iter().map(Identity::of).collect();
    let is_gone = |entry: &&Entry| {
        !property::is_property(entry)
            && (!stays.contains(&Identity::of(entry)) || has_other_value(entry, new))
    };
    old.entries().iter().filter(is_gone).find_map(|entry| Lost::with(&entry.kind))
}

/// Whether the other wallet has a secret of this name and another value.
fn has_other_value(entry: &Entry, other: &Wallet) -> bool {
    let EntryKind::Secret(secret) = &entry.kind else { return false };
    !other.entries().iter().any(|entry| match &entry.kind {
        EntryKind::Secret(other) => other.name == secret.name && *other.value == *secret.value,
        _ => false,
    })
}
