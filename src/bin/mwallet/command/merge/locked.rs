//! Keys that nobody has opened, which do not go from one file into another.

use crate::failure::Failure;
use mwallet::model::entry::EntryId;
use mwallet::model::key::KeyMaterial;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::OpsError;
use mwallet::ops::merge::Outcome;
use std::collections::HashMap;
use std::path::Path;

/// Fails for a locked key of the merged wallet that comes out of one of these files; one without a file is kept as
/// it stands. In the new file its password would be that of nothing else, and readers that know one password could
/// not open it.
pub(super) fn require_open(
    wallet: &Wallet,
    outcomes: &[Outcome],
    a: Option<&Path>,
    b: Option<&Path>,
) -> Result<(), Failure> {
    let brought: HashMap<EntryId, &Outcome> = outcomes
        .iter()
        .filter(|outcome| outcome.added)
        .map(|outcome| (outcome.entry, outcome))
        .collect();
    for entry in wallet.entries() {
        let Some(KeyMaterial::Locked(key)) = entry.key() else { continue };
        let outcome = brought.get(&entry.id());
        let Some(file) = (if outcome.is_some() { b } else { a }) else { continue };
        let alias = outcome.map_or_else(
            || shown_aliases(wallet)[&entry.id()].text.clone(),
            |outcome| outcome.from.alias.clone(),
        );
        let error = OpsError::KeyLocked { alias, refusal: key.refusal };
        return Err(Failure::from(error).about(file));
    }
    Ok(())
}
