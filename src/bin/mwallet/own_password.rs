//! Keys whose password is not the store's, and the commands that mend that.

use crate::command_line::KEY_PASSWORD_FILE;
use crate::context::Context;
use crate::failure::Failure;
use crate::hint;
use crate::render::text::listed;
use mwallet::code::Code;
use mwallet::codec::{Sealing, Warning};
use mwallet::model::entry::{Entry, EntryId};
use mwallet::model::format::Format;
use mwallet::model::shown_alias::{ShownAliases, shown_aliases};
use mwallet::store::Store;
use std::collections::HashSet;
use std::path::Path;

/// Why a key of Oracle's layout gets none.
pub(crate) const OF_ORACLE: &str = "keys of Oracle's layout have no passwords of their own";

/// A key with a password of its own.
pub(crate) struct OwnPassword {
    /// Its alias, as shown.
    pub(crate) alias: String,
    pub(crate) warning: Warning,
    /// What gives it the password of the store.
    pub(crate) repair: String,
}

/// Every such key, as far as it is known; `path` is the store as the user named it.
pub(crate) fn own_passwords(store: &Store, path: &Path, context: &Context) -> Vec<OwnPassword> {
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
            let key = store.wallet.entry(id).and_then(Entry::key);
            let is_open = key.is_some_and(|key| key.open().is_some());
            OwnPassword {
                repair: if is_open {
                    sharing(path, &alias)
                } else {
                    opening(path, &alias, context)
                },
                warning: Warning { code: Code::KEY_PASSWORD_DIFFERS, message },
                alias,
            }
        })
        .collect()
}

/// The command that gives an open key the password of the store.
fn sharing(path: &Path, alias: &str) -> String {
    format!("{} {} --same", hint::command("passwd", path), hint::flag_with("--key", alias))
}

/// The same for a key that no password opens so far: it is asked for, where there is somebody to ask and nothing says
/// another.
pub(crate) fn opening(path: &Path, alias: &str, context: &Context) -> String {
    let asks = context.can_ask() && !context.typed().opens_keys();
    sharing(path, alias) + if asks { "" } else { KEY_PASSWORD_FILE }
}

/// Of keys with passwords of their own those that get that of the store when it is saved so.
pub(crate) fn lost(
    own: &HashSet<EntryId>,
    store: &Store,
    sealing: &Sealing<'_>,
) -> Result<Vec<EntryId>, Failure> {
    let mut keys = store.keys_to_reseal(sealing)?;
    keys.retain(|key| own.contains(key));
    Ok(keys)
}

/// That keys open with the password of what is written: their own does not come along.
pub(crate) fn resealed(keys: &[EntryId], aliases: &ShownAliases) -> Option<Warning> {
    let names = keys.iter().filter_map(|key| aliases.get(key));
    let names: Vec<&str> = names.map(|alias| alias.text.as_str()).collect();
    let message = format!(
        "keys get the password of what is written in place of their own: {}",
        listed(&names)
    );
    (!names.is_empty()).then_some(Warning { code: Code::KEY_PASSWORD_DIFFERS, message })
}

/// What is to be said of a key that gets a password of its own: of Java's own stores programs expect one.
pub(crate) fn rarely_read(format: Format, alias: &str) -> Option<Warning> {
    let message = format!(
        "the key {alias} has a password of its own, which openssl, keytool and most programs do not ask for in \
         PKCS#12"
    );
    (!format.is_java()).then_some(Warning { code: Code::KEY_PASSWORD_DIFFERS, message })
}
