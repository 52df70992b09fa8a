//! The place of a wallet: which files it has, which is read, what is locked.

use crate::code::Code;
use crate::codec::{Opening, Warning};
use crate::model::entry::EntryKind;
use crate::model::format::Format;
use crate::model::wallet::Wallet;
use crate::store::StoreError;
use crate::store::dir::{self, AutoLogin, Location};
use crate::store::file::{self, Kind};
use crate::store::lock::{Afterwards, Lock, lock_path};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Permission bits that let others than the owner at a file.
const MODE_OTHERS: u32 = 0o077;

/// Which file of a directory is read, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// `ewallet.p12` with a password, `cwallet.sso` without.
    Read,
    /// `ewallet.p12`, unless `cwallet.sso` is meant to be the only file.
    Edit,
    /// `cwallet.sso`.
    Recover,
}

/// Locks the wallet: the names that orapki locks, and the files behind them where those are others.
/// Lock files that are made for it go away with it, unless [`keep_lock_files`] says otherwise.
pub(super) fn lock(location: &Location, timeout: Duration) -> Result<Vec<Lock>, StoreError> {
    let mut locks = Vec::new();
    let mut lock_both = |named: &Path, in_directory: bool| -> Result<(), StoreError> {
        let resolved = file::resolve(named)?;
        if in_directory {
            // A lock file that was there is orapki's, or that of an earlier save: it stays.
            let stays = dir::is_present(&lock_path(named))?;
            let afterwards = if stays { Afterwards::Keep } else { Afterwards::Remove };
            locks.push(Lock::acquire(named, afterwards, timeout)?);
        }
        if !in_directory || resolved != named {
            locks.push(Lock::acquire(&resolved, Afterwards::Remove, timeout)?);
        }
        Ok(())
    };
    lock_both(&location.store_file(), matches!(location, Location::Directory(_)))?;
    if let Some(path) = location.auto_login_file()
        && dir::is_present(&path)?
    {
        lock_both(&path, true)?;
    }
    Ok(locks)
}

/// In a directory that holds a wallet the lock files stay, as orapki's do.
pub(super) fn keep_lock_files(location: &Location, locks: &mut [Lock]) {
    let Some(auto_login) = location.auto_login_file() else { return };
    let password = location.store_file();
    for lock in locks.iter_mut().filter(|lock| lock.is_of(&password) || lock.is_of(&auto_login)) {
        lock.keep_file();
    }
}

/// Removes the temporary files of saves that were killed, of the files whose locks are held.
pub(super) fn remove_what_is_left(location: &Location, locks: &[Lock]) {
    for path in [Some(location.store_file()), location.auto_login_file()].into_iter().flatten() {
        if let Ok(target) = file::resolve(&path)
            && locks.iter().any(|lock| lock.is_of(&target))
        {
            file::remove_left(&target);
        }
    }
}

pub(super) fn is_anything_present(location: &Location) -> Result<bool, StoreError> {
    let auto_login = location.auto_login_file();
    Ok(dir::is_present(&location.store_file())?
        || auto_login.as_deref().map_or(Ok(false), dir::is_present)?)
}

pub(super) fn require_creatable(location: &Location, overwrite: bool) -> Result<(), StoreError> {
    for path in [Some(location.store_file()), location.auto_login_file()].into_iter().flatten() {
        match file::kind(&path)? {
            // No flag replaces these.
            Some(Kind::Directory) => {
                return Err(StoreError::NotAFile { path, found: "a directory" });
            }
            Some(Kind::Other(found)) => return Err(StoreError::NotAFile { path, found }),
            Some(Kind::File { .. }) if !overwrite => {
                return Err(StoreError::WouldOverwrite { path });
            }
            Some(Kind::File { .. }) | None => {}
        }
    }
    Ok(())
}

/// The file that is to be read.
pub(super) fn require_source(
    location: &Location,
    opening: &Opening<'_>,
    purpose: Purpose,
) -> Result<PathBuf, StoreError> {
    let path = location.store_file();
    if matches!(location, Location::PemFolder(_)) && purpose != Purpose::Read {
        return Err(StoreError::NotAStore { path, format: Format::Pem });
    }
    let Some(auto_login) = location.auto_login_file() else { return Ok(path) };
    let (has_password, has_auto_login) = (dir::is_present(&path)?, dir::is_present(&auto_login)?);
    match purpose {
        Purpose::Recover if has_auto_login => Ok(auto_login),
        Purpose::Recover => Err(StoreError::AutoLoginMissing { path: auto_login }),
        Purpose::Read if has_auto_login && opening.password.is_none() => Ok(auto_login),
        Purpose::Read | Purpose::Edit if has_password => Ok(path),
        Purpose::Edit
            if opening.password.is_none() && location.auto_login()?.0 == AutoLogin::Only =>
        {
            Ok(auto_login)
        }
        Purpose::Read | Purpose::Edit => Err(StoreError::PasswordFileMissing { path }),
    }
}

/// Whether its file is for its owner alone.
pub(in crate::store) fn holds_secrets(wallet: &Wallet) -> bool {
    wallet.entries().iter().any(|entry| {
        matches!(
            entry.kind,
            EntryKind::PrivateKey(_) | EntryKind::Request(_) | EntryKind::Secret(_)
        )
    })
}

/// Whether it is what everybody may read: certificates, and no secret.
pub(super) fn is_public(wallet: &Wallet) -> bool {
    !holds_secrets(wallet) && wallet.trusted().next().is_some()
}

/// Whether a mode lets others than the owner at a file.
pub(in crate::store) fn lets_others_in(mode: u32) -> bool {
    mode & MODE_OTHERS != 0
}

pub(super) fn loose_permissions(
    path: &Path,
    wallet: &Wallet,
) -> Result<Option<Warning>, StoreError> {
    let mode = mode(path)?;
    Ok((holds_secrets(wallet) && lets_others_in(mode)).then(|| loose(path, mode)))
}

/// That a file with keys or secrets is not its owner's alone.
pub(in crate::store) fn loose(path: &Path, mode: u32) -> Warning {
    let message = format!(
        "{}: holds keys or secrets, and its mode {mode:04o} lets others than its owner at it",
        path.display()
    );
    Warning { code: Code::PERMISSIONS_LOOSE, message }
}

pub(super) fn mode(path: &Path) -> Result<u32, StoreError> {
    match file::kind(path)? {
        Some(Kind::File { mode }) => Ok(mode),
        _ => Err(StoreError::NotFound { path: path.to_path_buf() }),
    }
}
