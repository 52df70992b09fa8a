//! A folder of new files that is whole or not there.

use crate::store::StoreError;
use crate::store::file::staging::rename_new;
use crate::store::file::temporary::PREFIX;
use crate::store::file::{
    MODE_PRIVATE, entries, exchange_folders, failed, flush, folder_failed, folder_of, make_file,
    open_folder, status,
};
use crate::store::unfinished::{self, Registration};
use rustix::fs::{AtFlags, FileType, Mode};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Makes the folder `path` with these files, whose paths are relative to it and at most one folder
/// deep. Everything is written beside it first; then the folder gets its name in one step. Folders
/// get mode 0700, files [`MODE_PRIVATE`].
///
/// A folder that is there and empty is replaced; one that holds nothing but files of these `names`,
/// with `overwrite`. It goes, or stays under the name `aside`, where that is given.
///
/// # Errors
///
/// [`StoreError::WouldOverwrite`] for anything else at the path, no access, no space: in every case
/// what was there is as it was.
pub fn write_tree(
    path: &Path,
    files: &[(PathBuf, &[u8])],
    names: &[&str],
    overwrite: bool,
    aside: Option<&Path>,
) -> Result<(), StoreError> {
    let present = require_replaceable(path, names, overwrite)?;
    let mut tree = Tree::begin(path)?;
    for (name, content) in files {
        tree.add(name, content)?;
    }
    tree.flush()?;
    let exchange = present.as_ref().is_some_and(|old| !old.is_empty());
    tree.take_place(path, exchange, aside)
}

/// Whether [`write_tree`] would find its place: the files that it would replace, `None` for no
/// folder.
///
/// # Errors
///
/// [`StoreError::WouldOverwrite`], or a folder that cannot be read.
pub fn require_replaceable(
    path: &Path,
    names: &[&str],
    overwrite: bool,
) -> Result<Option<Vec<PathBuf>>, StoreError> {
    let refused = || StoreError::WouldOverwrite { path: path.to_path_buf() };
    let Some(stat) = status(path, AtFlags::SYMLINK_NOFOLLOW)? else {
        super::require_writable(path)?;
        return Ok(None);
    };
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        return Err(refused());
    }
    let mut ours = Vec::new();
    for name in children(path)? {
        let child = path.join(&name);
        if is_ours(&child, names)? {
            ours.push(child);
            continue;
        }
        let below = children(&child).map_err(|_| refused())?;
        for name in below {
            let file = child.join(name);
            if !is_ours(&file, names)? {
                return Err(refused());
            }
            ours.push(file);
        }
        ours.push(child);
    }
    if overwrite || ours.is_empty() { Ok(Some(ours)) } else { Err(refused()) }
}

/// The names in a folder, in order, at most [`limits::FOLDER_NAMES`](crate::limits::FOLDER_NAMES).
pub(in crate::store) fn children(folder: &Path) -> Result<BTreeSet<PathBuf>, StoreError> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let list_failed = |errno: Errno| failed(folder, "list it", errno);
    let mut names = BTreeSet::new();
    for entry in entries(open_folder(folder)?).map_err(list_failed)? {
        let entry = entry.map_err(list_failed)?;
        if names.len() == crate::limits::FOLDER_NAMES {
            let allowed = crate::limits::FOLDER_NAMES;
            return Err(StoreError::TooMany { path: folder.to_path_buf(), allowed });
        }
        names.insert(PathBuf::from(OsStr::from_bytes(entry.file_name().to_bytes())));
    }
    Ok(names)
}

fn is_ours(path: &Path, names: &[&str]) -> Result<bool, StoreError> {
    let stat = status(path, AtFlags::SYMLINK_NOFOLLOW)?;
    let is_file =
        stat.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile);
    Ok(is_file && path.file_name().is_some_and(|name| names.iter().any(|known| *known == name)))
}

/// A folder under a temporary name, removed again unless it is renamed.
struct Tree {
    root: PathBuf,
    /// What was made, the root first.
    made: Vec<(PathBuf, Registration)>,
    folders: BTreeSet<PathBuf>,
}

impl Tree {
    fn begin(target: &Path) -> Result<Self, StoreError> {
        let folder = folder_of(target);
        // A free name; the folder itself is made below, under the eyes of `unfinished`.
        let free = tempfile::Builder::new().prefix(PREFIX).rand_bytes(16).make_in(folder, |path| {
            let making = unfinished::begin()?;
            rustix::fs::mkdir(path, Mode::RWXU)?;
            Ok(making.made(path.to_path_buf()))
        });
        let made = free.map_err(|error| folder_failed(folder, "make a directory in it", error))?;
        let (registration, path) = made.into_parts();
        let root =
            path.keep().map_err(|error| failed(folder, "make a directory in it", error.error))?;
        let folders = BTreeSet::from([root.clone()]);
        Ok(Self { made: vec![(root.clone(), registration)], root, folders })
    }

    fn make<T>(
        &mut self,
        path: &Path,
        make: impl FnOnce() -> rustix::io::Result<T>,
    ) -> Result<T, StoreError> {
        let begun = unfinished::begin().and_then(|making| {
            let opened = make()?;
            Ok((opened, making.made(path.to_path_buf())))
        });
        let (opened, registration) = begun.map_err(|error| failed(path, "make it", error))?;
        self.made.push((path.to_path_buf(), registration));
        Ok(opened)
    }

    fn add(&mut self, name: &Path, content: &[u8]) -> Result<(), StoreError> {
        let path = self.root.join(name);
        let folder = folder_of(&path).to_path_buf();
        if self.folders.insert(folder.clone()) {
            self.make(&folder, || rustix::fs::mkdir(&folder, Mode::RWXU))?;
        }
        let mut file = self.make(&path, || make_file(&path, MODE_PRIVATE))?;
        file.write_all(content)
            .and_then(|()| file.sync_all())
            .map_err(|error| failed(&path, "write it", error))
    }

    fn flush(&self) -> Result<(), StoreError> {
        for folder in &self.folders {
            flush(folder, &open_folder(folder)?)?;
        }
        Ok(())
    }

    /// Gives the tree its name. What had that name gets `aside`, or goes away afterwards; it gets its name back
    /// when the folder around them cannot be flushed.
    fn take_place(
        mut self,
        target: &Path,
        exchange: bool,
        aside: Option<&Path>,
    ) -> Result<(), StoreError> {
        let parent = open_folder(folder_of(target))?;
        let take = |one: &Path, other: &Path| {
            if exchange {
                exchange_folders(one, other, &self.root.with_extension("old"))
            } else {
                rustix::fs::rename(one, other)
            }
        };
        // A signal waits meanwhile.
        let mut making =
            unfinished::begin().map_err(|error| failed(target, "let it take its place", error))?;
        // The new tree waits under the name that the old one is to have: where folders can be exchanged, one
        // step then gives both their names, and nobody who dies before or after it has lost either.
        let aside = aside.filter(|_| exchange);
        if let Some(aside) = aside {
            rename_new(&self.root, aside)
                .map_err(|errno| failed(target, "keep the old folder", errno))?;
        }
        let other = aside.unwrap_or(&self.root);
        let mut is_back = true;
        let taken = take(other, target)
            .map_err(|errno| match errno {
                // Somebody else has put a folder there in the meantime.
                Errno::EXIST | Errno::NOTEMPTY => {
                    StoreError::WouldOverwrite { path: target.to_path_buf() }
                }
                errno => failed(target, "replace it", errno),
            })
            .and_then(|()| {
                let flushed = flush(folder_of(target), &parent);
                flushed.inspect_err(|_| is_back = take(target, other).is_ok())
            });
        if let Err(error) = taken {
            // The failure is told already; where one of these fails, too, the new tree stays.
            if !is_back || aside.is_some_and(|aside| rustix::fs::rename(aside, &self.root).is_err())
            {
                // Nothing below the temporary name is known to be new any more.
                self.made.drain(..).for_each(|(_, registration)| making.forget(registration));
            }
            return Err(error);
        }
        making.saved();
        self.made.clear();
        if exchange && aside.is_none() {
            self.remove_old();
        }
        Ok(())
    }

    /// Only files that were looked at before are in it; what came since stays.
    fn remove_old(&self) {
        let Ok(names) = children(&self.root) else { return };
        for name in names {
            let child = self.root.join(name);
            if rustix::fs::unlink(&child).is_err() {
                for file in children(&child).unwrap_or_default() {
                    let _ = rustix::fs::unlink(child.join(file));
                }
                let _ = rustix::fs::rmdir(&child);
            }
        }
        let _ = rustix::fs::rmdir(&self.root);
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        while let Some((_, registration)) = self.made.pop() {
            registration.unmake(|path| {
                if rustix::fs::unlink(path).is_err() {
                    let _ = rustix::fs::rmdir(path);
                }
            });
        }
    }
}
