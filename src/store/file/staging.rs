//! A folder of many files that is replaced as a whole: written beside its place, flushed once, and
//! exchanged in one step. What stays as it was is linked, so it keeps its identity.

use crate::store::StoreError;
use crate::store::file::{MODE_PRIVATE, MODE_PUBLIC, failed, folder_of, open_folder, status};
use crate::store::unfinished::{self, Registration};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Deepest folder below the output folder that is carried along.
const DEPTH: usize = 32;

/// The folder that is going to replace another one.
#[derive(Debug)]
pub(in crate::store) struct Staging {
    target: PathBuf,
    root: PathBuf,
    registration: Option<Registration>,
}

impl Staging {
    /// Begins a folder beside `target`. One that a build left there which was killed goes away; the
    /// caller holds the lock of `target`.
    pub(in crate::store) fn begin(target: &Path) -> Result<Self, StoreError> {
        let root = beside(target);
        remove_tree(&root);
        let making = unfinished::begin().map_err(|error| failed(&root, "make it", error))?;
        rustix::fs::mkdir(&root, Mode::from_raw_mode(0o777))
            .map_err(|errno| failed(&root, "make it", errno))?;
        let registration = Some(making.made_tree(root.clone()));
        Ok(Self { target: target.to_path_buf(), root, registration })
    }

    /// Writes a file, whose path is relative, and the folders that it needs. Several threads may.
    pub(in crate::store) fn write(
        &self,
        path: &str,
        content: &[u8],
        public: bool,
    ) -> Result<(), StoreError> {
        let mode = Mode::from_raw_mode(if public { MODE_PUBLIC } else { MODE_PRIVATE });
        let path = self.root.join(path);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        // Most files have a folder already: the first one of each makes it.
        let open = || rustix::fs::open(&path, flags, mode);
        let opened = match open() {
            Err(Errno::NOENT) => {
                self.make_folders(&path)?;
                open()
            }
            opened => opened,
        };
        let write_failed = |error: std::io::Error| failed(&path, "write it", error);
        let mut file = File::from(opened.map_err(|errno| write_failed(errno.into()))?);
        // Whatever the umask says.
        rustix::fs::fchmod(&file, mode).map_err(|errno| write_failed(errno.into()))?;
        file.write_all(content).map_err(write_failed)
    }

    fn make_folders(&self, path: &Path) -> Result<(), StoreError> {
        let folders: Vec<&Path> =
            path.ancestors().skip(1).take_while(|folder| *folder != self.root).collect();
        for folder in folders.into_iter().rev() {
            match rustix::fs::mkdir(folder, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(failed(folder, "make it", errno)),
            }
        }
        Ok(())
    }

    /// Takes a file of the target over as it is.
    pub(in crate::store) fn keep(&self, path: &Path) -> Result<(), StoreError> {
        let (from, to) = (self.target.join(path), self.root.join(path));
        let link = || rustix::fs::linkat(CWD, &from, CWD, &to, AtFlags::empty());
        let linked = match link() {
            Err(Errno::NOENT) => {
                self.make_folders(&to)?;
                link()
            }
            linked => linked,
        };
        match linked {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => Err(StoreError::WouldOverwrite { path: from }),
            // A file system without hard links, or a file with too many.
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::MLINK | Errno::XDEV) => copy(&from, &to),
            Err(errno) => Err(failed(&from, "link it", errno)),
        }
    }

    /// Flushes everything and gives the folder its name. `known` are the files of the old one that were
    /// considered; what came since is moved over.
    pub(in crate::store) fn finish(mut self, known: &BTreeSet<PathBuf>) -> Result<(), StoreError> {
        flush(&open_folder(&self.root)?).map_err(|errno| failed(&self.root, "flush it", errno))?;
        let present = status(&self.target, AtFlags::SYMLINK_NOFOLLOW)?.is_some();
        let flags = if present { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
        rustix::fs::renameat_with(CWD, &self.root, CWD, &self.target, flags)
            .map_err(|errno| failed(&self.target, "replace it", errno))?;
        // Complete: what stands under the other name is the old folder.
        self.registration = None;
        let folder = open_folder(folder_of(&self.target))?;
        match rustix::fs::fsync(&folder) {
            // Some file systems cannot flush a folder and say so.
            Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP) => {}
            Err(errno) => return Err(failed(folder_of(&self.target), "flush the folder", errno)),
        }
        if present {
            for path in files_below(&self.root)?.difference(known) {
                let (from, to) = (self.root.join(path), self.target.join(path));
                let moved = renameat_new(&from, &to);
                moved.map_err(|errno| failed(&from, "move it", errno))?;
            }
            remove_tree(&self.root);
        }
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

/// Every file below a folder, relative to it; none where there is no folder.
pub(in crate::store) fn files_below(folder: &Path) -> Result<BTreeSet<PathBuf>, StoreError> {
    let mut found = BTreeSet::new();
    if status(folder, AtFlags::SYMLINK_NOFOLLOW)?.is_some() {
        walk(folder, Path::new(""), 0, &mut found)?;
    }
    Ok(found)
}

fn walk(
    root: &Path,
    below: &Path,
    depth: usize,
    found: &mut BTreeSet<PathBuf>,
) -> Result<(), StoreError> {
    use std::os::unix::ffi::OsStringExt as _;
    let folder = root.join(below);
    if depth > DEPTH {
        return Err(StoreError::TooDeep { path: folder, allowed: DEPTH });
    }
    let list_failed = |errno: Errno| failed(&folder, "list it", errno);
    let entries = rustix::fs::Dir::read_from(open_folder(&folder)?).map_err(list_failed)?;
    for entry in entries {
        let entry = entry.map_err(list_failed)?;
        let name = entry.file_name().to_bytes();
        if name == b"." || name == b".." {
            continue;
        }
        let path = below.join(OsString::from_vec(name.to_vec()));
        let kind = match entry.file_type() {
            FileType::Unknown => status(&root.join(&path), AtFlags::SYMLINK_NOFOLLOW)?
                .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
            kind => kind,
        };
        if kind == FileType::Directory {
            walk(root, &path, depth + 1, found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

/// `.NAME.mwallet-new` for `NAME`.
fn beside(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".mwallet-new");
    folder_of(target).join(name)
}

fn renameat_new(from: &Path, to: &Path) -> rustix::io::Result<()> {
    let rename = || rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE);
    match rename() {
        Err(Errno::NOENT) => {
            for folder in to.ancestors().skip(1).take(DEPTH) {
                match rustix::fs::mkdir(folder, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => break,
                    Err(_) => {}
                }
            }
            rename()
        }
        renamed => renamed,
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::copy(from, to).map(drop).map_err(|error| failed(from, "copy it", error))
}

/// Everything of the file system at once: one file after the other would take a hundred times as long.
#[cfg(target_os = "linux")]
fn flush(folder: &File) -> rustix::io::Result<()> {
    rustix::fs::syncfs(folder)
}

#[cfg(not(target_os = "linux"))]
fn flush(_: &File) -> rustix::io::Result<()> {
    rustix::fs::sync();
    Ok(())
}
