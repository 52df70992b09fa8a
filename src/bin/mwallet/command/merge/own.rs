//! Keys that had passwords of their own, in A or in B.

use crate::own_password::{self, Sealed};
use mwallet::model::entry::{Entry, EntryId};
use mwallet::model::wallet::Wallet;
use mwallet::ops::merge::Outcome;
use mwallet::secret::Password;
use mwallet::store::Store;
use std::collections::HashSet;

/// Those of A, and those that B brings, by the entries that they are in the merged wallet. `before` is the wallet of A
/// as it was: where A has the key open, that of B does not count.
pub(super) fn passwords(
    a: &Store,
    before: &Wallet,
    b: &Store,
    outcomes: &[Outcome],
) -> HashSet<EntryId> {
    let own: HashSet<EntryId> = b.keys_with_own_password().into_iter().collect();
    let is_open = |id| {
        let key = before.entry(id).and_then(Entry::key);
        key.is_some_and(|key| key.open().is_some())
    };
    let brought = outcomes.iter().filter(|outcome| own.contains(&outcome.from.id));
    let brought = brought.map(|outcome| outcome.entry).filter(|id| !is_open(*id));
    a.keys_with_own_password().into_iter().chain(brought).collect()
}

/// What stays under the password of A or of B in a wallet that has another. `before` is the wallet of A as it was.
pub(super) fn sealed(
    merged: &Wallet,
    before: &Wallet,
    of_a: Option<&Password>,
    of_b: Option<&Password>,
    password: Option<&Password>,
) -> Vec<Sealed> {
    let mut sealed = own_password::sealed(merged);
    sealed.retain(|one| {
        let old = if before.entry(one.id).is_some() { of_a } else { of_b };
        !own_password::is_same(old, password)
    });
    sealed
}
