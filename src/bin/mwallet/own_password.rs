//! Keys whose password is not the store's, and the commands that mend that.

use crate::hint;
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::store::Store;
use std::ffi::OsStr;
use std::path::Path;

/// A key with a password of its own.
pub(crate) struct OwnPassword {
    /// Its alias, as shown.
    pub(crate) alias: String,
    pub(crate) warning: Warning,
    /// What gives it the password of the store.
    pub(crate) repair: String,
}

/// Every such key, as far as it is known; `path` is the store as the user named it.
pub(crate) fn own_passwords(store: &Store, path: &Path) -> Vec<OwnPassword> {
    let aliases = shown_aliases(&store.wallet);
    store
        .keys_with_own_password()
        .into_iter()
        .map(|id| {
            let alias = aliases[&id].text.clone();
            let message = format!(
                "the key {alias} has another password than the store, which many Java programs \
                 cannot use"
            );
            let name = hint::quoted(OsStr::new(&alias));
            OwnPassword {
                repair: format!("{} --key {name} --same", hint::command("passwd", path)),
                warning: Warning { code: Code::KEY_PASSWORD_DIFFERS, message },
                alias,
            }
        })
        .collect()
}
