//! The passwords of single keys, and the names that Java folds.

use crate::codec::jks::{self, Folded};
use crate::codec::{self, CodecError, Origin, Sealing};
use crate::model::alias::Alias;
use crate::model::entry::{Entry, EntryId};
use crate::model::format::Format;
use crate::secret::Password;
use crate::store::dir::AutoLogin;
use crate::store::{Store, StoreError};

impl Store {
    /// The keys that do not open with the password of the store. Known only where the store was
    /// opened with it, and its keys were tried.
    #[must_use]
    pub fn keys_with_own_password(&self) -> Vec<EntryId> {
        let Some(origin) = &self.origin else { return Vec::new() };
        let ids = self.wallet.entries().iter().map(Entry::id);
        ids.filter(|id| origin.own_password(*id)).collect()
    }

    /// The keys that a save with this protection encrypts anew with the password of the store: a password of their
    /// own does not come along.
    ///
    /// # Errors
    ///
    /// What [`codec::encode`] says of the password.
    pub fn keys_to_reseal(&self, sealing: &Sealing<'_>) -> Result<Vec<EntryId>, StoreError> {
        let sealing = Sealing { profile: self.profile_to_write(sealing), ..*sealing };
        let format = match self.wanted {
            AutoLogin::Only => Format::Sso,
            _ => self.main_format(),
        };
        codec::resealed(&self.wallet, format, &sealing, self.origin.as_ref())
            .map_err(|source| StoreError::Codec { path: self.location.store_file(), source })
    }

    /// Gives a key the password of the store at the next save. It has to be open.
    pub fn share_password_with_key(&mut self, id: EntryId) {
        if let Some(origin) = &mut self.origin {
            origin.forget_key_protection(id);
        }
    }

    /// Gives a key a password of its own at the next save. It has to be open.
    ///
    /// # Errors
    ///
    /// What the codec says of formats that have no such keys, and of passwords that they do not take.
    pub fn set_key_password(&mut self, id: EntryId, password: Password) -> Result<(), StoreError> {
        let path = self.location.store_file();
        let set = match &mut self.origin {
            Some(origin) => origin.set_key_password(id, password.clone()),
            None => Err(CodecError::FormatUnsupported {
                what: "a key with a password of its own".to_owned(),
                verb: "written",
            }),
        };
        set.map_err(|source| StoreError::Codec { path, source })?;
        // What is written is read back with it.
        self.key_passwords.push(password);
        Ok(())
    }

    /// The aliases that a save writes in lower case, because the format is one of Java's own.
    #[must_use]
    pub fn folded_aliases(&self) -> Vec<Folded> {
        let kind = match self.format {
            Format::Jks => jks::Kind::Jks,
            Format::Jceks => jks::Kind::Jceks,
            _ => return Vec::new(),
        };
        let origin = match &self.origin {
            Some(Origin::Jks(origin)) => Some(origin),
            _ => None,
        };
        jks::folded(&self.wallet, kind, origin)
    }

    /// Calls the entries as they are called in the file.
    pub fn adopt(&mut self, folded: &[Folded]) {
        for one in folded {
            if let Some(entry) = self.wallet.entry_mut(one.entry) {
                entry.alias = Some(Alias::new(one.to.as_str()));
            }
        }
    }
}
