//! Keys of the source that are closed, or had passwords of their own.

use crate::command::export::job::Selected;
use crate::command::export::{Form, Job};
use crate::failure::Failure;
use crate::open::Opened;
use crate::own_password::{self, Sealed};
use mwallet::code::Code;
use mwallet::codec::{CodecError, Keys, Warning};
use mwallet::model::entry::{Entry, EntryId};
use mwallet::model::key::KeyMaterial;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::ops::OpsError;
use mwallet::secret::Password;
use mwallet::store::{Store, StoreError};

impl Job<'_> {
    /// Keys that stay closed are told as those of the source: where the password of a Java store was not given, that
    /// is what is missing, and a store of the same type would get them under it.
    pub(super) fn require_open(&self, opened: &Opened, selected: &Selected) -> Result<(), Failure> {
        if self.keys() != Keys::Open {
            return Ok(());
        }
        let is_wanted = |entry: &&Entry| selected.key.is_none_or(|key| key == entry.id());
        for entry in selected.wallet.entries().iter().filter(is_wanted) {
            let Some(KeyMaterial::Locked(key)) = entry.key() else { continue };
            if opened.store.format().is_java() && key.refusal == Some(Code::PASSWORD_MISSING) {
                let (path, source) = (self.source.to_path_buf(), CodecError::PasswordMissing);
                return Err(StoreError::Codec { path, source }.into());
            }
            if self.form == Form::Oracle {
                let alias = shown_aliases(&opened.store.wallet)[&entry.id()].text.clone();
                let error = OpsError::KeyLocked { alias, refusal: key.refusal };
                return Err(Failure::from(error).about(self.source));
            }
        }
        Ok(())
    }
}

/// The keys whose own password does not come along.
pub(super) fn resealed(source: &Store, selected: &Selected) -> Option<Warning> {
    let is_open = |id: EntryId| {
        selected.wallet.entry(id).and_then(Entry::key).is_some_and(|key| key.open().is_some())
    };
    let mut keys = source.keys_with_own_password();
    keys.retain(|id| is_open(*id) && selected.key.is_none_or(|key| key == *id));
    own_password::resealed(&keys, &shown_aliases(&source.wallet))
}

/// What stays under the password of the source in a file that has another.
pub(super) fn sealed(
    opened: &Opened,
    selected: &Selected,
    password: Option<&Password>,
) -> Vec<Sealed> {
    if own_password::is_same(password, opened.secrets.password.as_ref()) {
        return Vec::new();
    }
    let mut sealed = own_password::sealed(&selected.wallet);
    sealed.retain(|one| selected.key.is_none_or(|key| key == one.id));
    sealed
}
