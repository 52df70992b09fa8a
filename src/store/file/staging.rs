//! A folder of many files that is replaced as a whole: written beside its place, flushed once, and
//! exchanged in one step. What stays as it was is linked, so it keeps its identity.

use crate::store::StoreError;
use crate::store::file::contents::{Contents, FOLDER, make_folders, with_folders};
use crate::store::file::leftover::{self, Names};
use crate::store::file::{
    MODE_PRIVATE, MODE_PUBLIC, exchange_folders, failed, flush, folder_of, is_unsupported,
    make_file, open_folder, status,
};
use crate::store::unfinished::{self, Registration};
use rustix::fs::{AtFlags, CWD, FileType, Mode, RenameFlags};
use rustix::io::Errno;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The folder that is going to replace another one.
#[derive(Debug)]
pub(in crate::store) struct Staging {
    target: PathBuf,
    names: Names,
    pub(super) registration: Option<Registration>,
}

impl Staging {
    /// Begins a folder beside `target`. One that a build left there which was killed goes away; the
    /// caller holds the lock of `target`, and has called [`leftover::recover`].
    pub(in crate::store) fn begin(target: &Path) -> Result<Self, StoreError> {
        let names = Names::beside(target);
        let root = &names.new;
        remove_tree(root);
        let making = unfinished::begin().map_err(|error| failed(root, "make it", error))?;
        // One that replaces another gets the mode of that in the end, which may be for nobody else.
        let is_new = status(target, AtFlags::empty())?.is_none();
        let mode = if is_new { FOLDER } else { Mode::RWXU };
        rustix::fs::mkdir(root, mode).map_err(|errno| failed(root, "make it", errno))?;
        let registration = Some(making.made_tree(root.clone()));
        Ok(Self { target: target.to_path_buf(), names, registration })
    }

    /// Writes a file, whose path is relative, and the folders that it needs. Several threads may.
    pub(in crate::store) fn write(
        &self,
        path: &str,
        content: &[u8],
        public: bool,
    ) -> Result<(), StoreError> {
        self.write_with(path, public, |file| file.write_all(content))
    }

    /// As [`Self::write`], for what is not in memory as a whole.
    pub(in crate::store) fn write_with(
        &self,
        path: &str,
        public: bool,
        content: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let mode = if public { MODE_PUBLIC } else { MODE_PRIVATE };
        let path = self.names.new.join(path);
        let write_failed = |error: io::Error| failed(&path, "write it", error);
        let making = unfinished::begin().map_err(write_failed)?;
        let file = with_folders(&self.names.new, &path, || make_file(&path, mode));
        // Until here: nothing may come into a folder that a signal is removing.
        drop(making);
        content(&mut file.map_err(|errno| write_failed(errno.into()))?).map_err(write_failed)
    }

    /// Takes a file of the target over as it is.
    pub(in crate::store) fn keep(&self, path: &Path) -> Result<(), StoreError> {
        let (from, to) = (self.target.join(path), self.names.new.join(path));
        let link = || rustix::fs::linkat(CWD, &from, CWD, &to, AtFlags::empty());
        let _making = unfinished::begin().map_err(|error| failed(&from, "link it", error))?;
        match with_folders(&self.names.new, &to, link) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST | Errno::NOTDIR) => Err(StoreError::WouldOverwrite { path: from }),
            // A file system without hard links, or a file with too many.
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::MLINK | Errno::XDEV) => copy(&from, &to),
            Err(errno) => Err(failed(&from, "link it", errno)),
        }
    }

    /// Flushes everything and gives the folder its name. `known` is what was in the old one when it was
    /// considered; what came since is moved over, unless it has the name of one of `ours`.
    pub(in crate::store) fn finish(
        mut self,
        known: &Contents,
        ours: &HashSet<PathBuf>,
    ) -> Result<(), StoreError> {
        let Names { new, old } = &self.names;
        keep_folders(new, &self.target, known)?;
        flush_all(&open_folder(new)?).map_err(|errno| failed(new, "flush it", errno))?;
        let parent = open_folder(folder_of(&self.target))?;
        let replace_failed = |errno| failed(&self.target, "replace it", errno);
        let present = status(&self.target, AtFlags::SYMLINK_NOFOLLOW)?.is_some();
        // From here a signal waits.
        let mut making = unfinished::begin()
            .map_err(|error| failed(&self.target, "let it take its place", error))?;
        if !present {
            rename_new(new, &self.target).map_err(replace_failed)?;
            making.saved();
            self.registration = None;
            return flush(folder_of(&self.target), &parent);
        }
        // Whatever has this name is looked through before it is removed.
        rustix::fs::rename(new, old).map_err(replace_failed)?;
        if let Some(registration) = self.registration.take() {
            making.forget(registration);
        }
        if let Err(errno) = exchange_folders(old, &self.target, new) {
            if status(&self.target, AtFlags::SYMLINK_NOFOLLOW)?.is_some() {
                remove_tree(old);
            }
            return Err(replace_failed(errno));
        }
        making.saved();
        flush(folder_of(&self.target), &parent)?;
        leftover::rescue(old, &self.target, known, ours)?;
        self.names.discard();
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Some(registration) = self.registration.take() {
            registration.unmake(remove_tree);
        }
    }
}

/// Makes the folders that have no file in the old folder, and gives all that are there the access that they
/// had.
///
/// # Errors
///
/// [`StoreError::WouldOverwrite`] for a folder whose place a file has, which must not have its access either.
fn keep_folders(root: &Path, old: &Path, known: &Contents) -> Result<(), StoreError> {
    let overwritten = |path: &Path| StoreError::WouldOverwrite { path: old.join(path) };
    for path in known.folders.keys().filter(|path| known.is_empty(path)) {
        let folder = root.join(path);
        make_folders(root, &folder).map_err(|errno| match errno {
            Errno::NOTDIR => overwritten(path),
            errno => failed(&folder, "make it", errno),
        })?;
    }
    // From the depth up: one that is not open to its owner hides those below it.
    for (path, access) in known.folders.iter().rev() {
        let folder = root.join(path);
        match status(&folder, AtFlags::SYMLINK_NOFOLLOW)? {
            None => {}
            Some(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => {
                access.give(&folder)?;
            }
            Some(_) => return Err(overwritten(path)),
        }
    }
    Ok(())
}

/// Removes a folder with everything in it, and follows no link. What cannot be removed stays, and the
/// next build meets it.
pub(in crate::store) fn remove_tree(path: &Path) {
    let _ = std::fs::remove_dir_all(path);
}

/// Removes a file below a folder, and the folders between that are empty then, the folder itself too;
/// false when there was no such file.
pub(in crate::store) fn remove_listed(folder: &Path, path: &str) -> Result<bool, StoreError> {
    let file = folder.join(path);
    let removed = match rustix::fs::unlink(&file) {
        Ok(()) => true,
        Err(Errno::NOENT | Errno::NOTDIR) => false,
        Err(errno) => return Err(failed(&file, "remove it", errno)),
    };
    for above in file.ancestors().skip(1).take_while(|above| above.starts_with(folder)) {
        // It stays when something else is in it, which is right.
        if rustix::fs::rmdir(above).is_err() {
            break;
        }
    }
    Ok(removed)
}

/// Renames to a name that nothing has; on a file system that can only rename, to one that nothing had a
/// moment ago.
pub(super) fn rename_new(from: &Path, to: &Path) -> rustix::io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(errno) if is_unsupported(errno) => match rustix::fs::lstat(to) {
            Err(Errno::NOENT) => rustix::fs::rename(from, to),
            Err(errno) => Err(errno),
            Ok(_) => Err(Errno::EXIST),
        },
        renamed => renamed,
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::copy(from, to).map(drop).map_err(|error| failed(from, "copy it", error))
}

/// Everything of the file system at once: one file after the other would take a hundred times as long.
#[cfg(target_os = "linux")]
fn flush_all(folder: &File) -> rustix::io::Result<()> {
    rustix::fs::syncfs(folder)
}

#[cfg(not(target_os = "linux"))]
fn flush_all(_: &File) -> rustix::io::Result<()> {
    rustix::fs::sync();
    Ok(())
}
