//! What is in a folder, and everything below it.

use crate::limits;
use crate::store::StoreError;
use crate::store::file::{failed, give_owner, open_folder, permissions, status};
use rustix::fd::AsFd;
use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Mode, Stat};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::Bound;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The entries of a folder, without itself and the one above it.
pub(in crate::store) fn entries(
    folder: impl AsFd,
) -> rustix::io::Result<impl Iterator<Item = rustix::io::Result<DirEntry>>> {
    let is_other = |entry: &rustix::io::Result<DirEntry>| {
        !entry.as_ref().is_ok_and(|entry| matches!(entry.file_name().to_bytes(), b"." | b".."))
    };
    Ok(Dir::read_from(folder)?.filter(is_other))
}

/// Device and inode, which tell one file from another of its name.
type Identity = (u64, u64);

/// Everything below a folder, by paths that are relative to it.
#[derive(Debug, Default)]
pub(in crate::store) struct Contents {
    /// The files, among them links and whatever else is no folder.
    pub(in crate::store) files: BTreeMap<PathBuf, Identity>,
    /// The folders, among them the empty path: the folder itself.
    pub(super) folders: BTreeMap<PathBuf, Access>,
}

/// Who may do what with a folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    mode: u32,
    owner: (u32, u32),
}

impl Contents {
    /// Looks at a folder; nothing where there is none.
    pub(in crate::store) fn of(folder: &Path) -> Result<Self, StoreError> {
        let mut contents = Self::default();
        if let Some(stat) = status(folder, AtFlags::empty())? {
            contents.walk(folder, Path::new(""), &stat, 0)?;
        }
        Ok(contents)
    }

    fn walk(
        &mut self,
        root: &Path,
        below: &Path,
        stat: &Stat,
        depth: usize,
    ) -> Result<(), StoreError> {
        let folder = root.join(below);
        if depth > limits::OWN_FOLDER_DEPTH {
            return Err(StoreError::TooDeep { path: folder, allowed: limits::OWN_FOLDER_DEPTH });
        }
        let access = Access { mode: permissions(stat), owner: (stat.st_uid, stat.st_gid) };
        self.folders.insert(below.to_path_buf(), access);
        let list_failed = |errno: Errno| failed(&folder, "list it", errno);
        for entry in entries(open_folder(&folder)?).map_err(list_failed)? {
            let entry = entry.map_err(list_failed)?;
            let path = below.join(OsStr::from_bytes(entry.file_name().to_bytes()));
            // What has gone meanwhile is not there.
            let Some(stat) = status(&root.join(&path), AtFlags::SYMLINK_NOFOLLOW)? else {
                continue;
            };
            if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
                self.walk(root, &path, &stat, depth + 1)?;
            } else {
                self.files.insert(path, identity(&stat));
            }
        }
        Ok(())
    }

    /// Whether a folder is there.
    pub(in crate::store) fn is_folder(&self, path: &Path) -> bool {
        self.folders.contains_key(path)
    }

    /// Whether no file is below this folder.
    pub(super) fn is_empty(&self, folder: &Path) -> bool {
        // What is below it comes right behind it in the order of paths.
        let behind = (Bound::Excluded(folder), Bound::Unbounded);
        let mut behind = self.files.range::<Path, _>(behind);
        behind.next().is_none_or(|(path, _)| !path.starts_with(folder))
    }
}

impl Access {
    /// Gives it to another folder, with the owner if root does.
    pub(super) fn give(self, folder: &Path) -> Result<(), StoreError> {
        let keep_failed = |errno: Errno| failed(folder, "keep its mode and owner", errno);
        give_owner(folder, self.owner).map_err(keep_failed)?;
        rustix::fs::chmod(folder, Mode::from_raw_mode(self.mode)).map_err(keep_failed)
    }
}

pub(super) fn identity(stat: &Stat) -> Identity {
    (stat.st_dev, stat.st_ino)
}

/// Mode of a new folder: whatever the umask, nobody else puts files beside the keys in it.
pub(super) const FOLDER: Mode = Mode::from_raw_mode(0o755);

/// Begins something at a path below `root`, and makes the folders that it needs. Most are there already.
pub(super) fn with_folders<T>(
    root: &Path,
    path: &Path,
    make: impl Fn() -> rustix::io::Result<T>,
) -> rustix::io::Result<T> {
    match make() {
        Err(Errno::NOENT) => {
            make_folders(root, path.parent().unwrap_or(root))?;
            make()
        }
        done => done,
    }
}

/// Makes a folder, and those above it down from `root`.
pub(super) fn make_folders(root: &Path, folder: &Path) -> rustix::io::Result<()> {
    let above: Vec<&Path> =
        folder.ancestors().take_while(|above| above.starts_with(root)).collect();
    for folder in above.into_iter().rev() {
        match rustix::fs::mkdir(folder, FOLDER) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
