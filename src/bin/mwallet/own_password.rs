//! Keys whose password is not the store's, and the commands that mend that.

use crate::command_line::KEY_PASSWORD_FILE;
use crate::context::Context;
use crate::failure::Failure;
use crate::hint;
use crate::render::text::listed;
use mwallet::code::Code;
use mwallet::codec::{Sealing, Warning};
use mwallet::model::entry::{Entry, EntryId, EntryKind};
use mwallet::model::format::Format;
use mwallet::model::shown_alias::{ShownAliases, shown_aliases};
use mwallet::model::wallet::Wallet;
use mwallet::secret::Password;
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

/// An entry of one of Java's own stores that is not opened, and so keeps the password that it is sealed under: secret
/// keys, above all.
pub(crate) struct Sealed {
    pub(crate) id: EntryId,
    alias: String,
    what: String,
}

/// Every such entry.
pub(crate) fn sealed(wallet: &Wallet) -> Vec<Sealed> {
    let aliases = shown_aliases(wallet);
    let entries = wallet.entries().iter();
    let sealed = entries.filter_map(|entry| match &entry.kind {
        EntryKind::Opaque(opaque) if opaque.format.is_java() => Some(Sealed {
            id: entry.id(),
            alias: aliases[&entry.id()].text.clone(),
            what: opaque.description.clone(),
        }),
        _ => None,
    });
    sealed.collect()
}

/// That they are as they were, in a store whose password is another now.
pub(crate) fn kept_sealed(sealed: &[Sealed]) -> impl Iterator<Item = Warning> + '_ {
    sealed.iter().map(|Sealed { alias, what, .. }| {
        let message = format!("{alias} ({what}) is kept as it is; a key keeps its old password");
        Warning { code: Code::KEPT_OPAQUE, message }
    })
}

/// How Java gives those of them that are keys the password of the store.
pub(crate) fn hint_sealed(sealed: &[Sealed], store: &Path, format: Format, context: &Context) {
    for key in sealed.iter().filter(|one| one.what.contains("key")) {
        context.hint(&hint::keytool_password(store, format, &key.alias));
    }
}

/// Whether two stores open with one password; where one of the two is not known, nobody can say.
pub(crate) fn is_same(one: Option<&Password>, other: Option<&Password>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.as_str() == other.as_str())
}

/// What is to be said of a key that gets a password of its own: of Java's own stores programs expect one.
pub(crate) fn rarely_read(format: Format, alias: &str) -> Option<Warning> {
    let message = format!(
        "the key {alias} has a password of its own, which openssl, keytool and most programs do not ask for in \
         PKCS#12"
    );
    (!format.is_java()).then_some(Warning { code: Code::KEY_PASSWORD_DIFFERS, message })
}
