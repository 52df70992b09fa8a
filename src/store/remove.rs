//! Taking a file away.

use crate::store::StoreError;
use crate::store::file;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::path::Path;

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
