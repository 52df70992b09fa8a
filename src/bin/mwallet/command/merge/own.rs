//! Keys that had passwords of their own, in A or in B.

use crate::failure::Failure;
use mwallet::codec::Sealing;
use mwallet::model::entry::{Entry, EntryId};
use mwallet::model::wallet::Wallet;
use mwallet::ops::merge::Outcome;
use mwallet::store::Store;
use std::collections::HashSet;

/// Those of A, and those that B brings, by the entries that they are in the merged wallet.
pub(super) struct OwnPasswords(HashSet<EntryId>);

impl OwnPasswords {
    /// `before` is the wallet of A as it was. Where A has the key open, that of B does not count.
    pub(super) fn of(a: &Store, before: &Wallet, b: &Store, outcomes: &[Outcome]) -> Self {
        let own: HashSet<EntryId> = b.keys_with_own_password().into_iter().collect();
        let is_open = |id| {
            let key = before.entry(id).and_then(Entry::key);
            key.is_some_and(|key| key.open().is_some())
        };
        let brought = outcomes.iter().filter(|outcome| own.contains(&outcome.from.id));
        let brought = brought.map(|outcome| outcome.entry).filter(|id| !is_open(*id));
        Self(a.keys_with_own_password().into_iter().chain(brought).collect())
    }

    /// Those that have the password of the wallet once it is saved so.
    pub(super) fn lost(
        &self,
        store: &Store,
        sealing: &Sealing<'_>,
    ) -> Result<Vec<EntryId>, Failure> {
        let mut keys = store.keys_to_reseal(sealing)?;
        keys.retain(|key| self.0.contains(key));
        Ok(keys)
    }
}
