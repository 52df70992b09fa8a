//! A new wallet directory as the target of an export.

use crate::context::{self, Context};
use crate::failure::Failure;
use crate::open::save;
use crate::render::change::Change;
use mwallet::codec::Sealing;
use mwallet::codec::pkcs12::property;
use mwallet::model::format::Format;
use mwallet::model::wallet::Wallet;
use mwallet::ops::trust;
use mwallet::store::Store;
use mwallet::store::dir::{AutoLogin, Location};
use std::path::Path;

/// Begins the directory: what stands in the way is found here. Goes away again unless it is saved.
pub(super) fn begin(out: &Path, force: bool, context: &Context) -> Result<Store, Failure> {
    let location = Location::Directory(out.to_path_buf());
    Ok(Store::create(location, Format::Pkcs12, force, context.lock_timeout)?)
}

/// Writes the wallet into its directory, or rehearses it, with an auto-login file for programs that have
/// no password. How many entries a reader finds there.
pub(super) fn write(
    mut store: Store,
    wallet: Wallet,
    auto_login: bool,
    sealing: &Sealing<'_>,
    change: &mut Change,
    dry_run: bool,
    context: &Context,
) -> Result<usize, Failure> {
    store.wallet = wallet;
    if auto_login {
        store.set_auto_login(AutoLogin::On, Some(context::identity))?;
    }
    save(&mut store, sealing, change, dry_run, context)
}

/// Flags that are in force in the source stay so when only certificates are handed out.
pub(super) fn keep_trust_flags(source: &Wallet, selected: &mut Wallet) {
    if property::trust_flags_enabled(source) {
        trust::enable_flags(selected);
    }
}
