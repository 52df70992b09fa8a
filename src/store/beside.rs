//! The second file of a wallet directory: giving it to the owner of the first, taking it away, and
//! keeping aside what would be lost.

use crate::store::StoreError;
use crate::store::file;
use rustix::fs::{Gid, Mode, OFlags, Uid};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

/// Copies kept aside of one file, before the next is refused.
const COPIES: usize = 1000;

/// Copies a file to `<name>.kept`, or `<name>.kept-2` and so on, readable by its owner alone. A copy that
/// is there already is not made twice.
///
/// # Errors
///
/// What [`file::read`] and [`file::create`] say.
pub(super) fn keep_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let content = file::read(path)?;
    let mut number = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(if number == 1 { ".kept".to_owned() } else { format!(".kept-{number}") });
        let copy = PathBuf::from(name);
        match file::create(&copy, &content, |_| Ok(())) {
            Ok(()) => {
                give_to_owner_of(path, &copy)?;
                return Ok(copy);
            }
            Err(StoreError::WouldOverwrite { .. }) if number < COPIES => {
                if file::read(&copy).is_ok_and(|kept| *kept == *content) {
                    return Ok(copy);
                }
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Removes a file, and what a symbolic link at the path leads to; nothing there is fine.
///
/// # Errors
///
/// No access to the folder, or what [`file::resolve`] says of a link.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    let target = file::resolve(path)?;
    unlink(&target)?;
    if target != path {
        unlink(path)?;
    }
    Ok(())
}

/// Gives a file that root has made to the owner of `like`, who could not read it otherwise; whoever
/// else made it is its owner.
///
/// # Errors
///
/// The file system refuses.
pub(super) fn give_to_owner_of(like: &Path, path: &Path) -> Result<(), StoreError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let failed = |errno: Errno| StoreError::from_io(path, "give it to the wallet's owner", errno);
    match rustix::fs::stat(like) {
        Ok(stat) => {
            let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
            rustix::fs::chown(path, Some(uid), Some(gid)).map_err(failed)
        }
        Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(failed(errno)),
    }
}

fn unlink(path: &Path) -> Result<(), StoreError> {
    let failed = |errno: Errno| StoreError::from_io(path, "remove it", errno);
    match rustix::fs::unlink(path) {
        Ok(()) => {}
        Err(Errno::NOENT) => return Ok(()),
        Err(errno) => return Err(failed(errno)),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(file::folder_of(path), flags, Mode::empty()).map_err(failed)?;
    match rustix::fs::fsync(&folder) {
        // Some file systems cannot flush a folder and say so.
        Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(()),
        Err(errno) => Err(failed(errno)),
    }
}
