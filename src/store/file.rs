//! The only user of `std::fs`, with [`read`]: writes that replace a file in one step.
//!
//! A write is complete or has not happened. The bytes go to a temporary file in the folder of the
//! target (0600, a random name that begins with a dot), are flushed to the device, read back and
//! compared; then the file takes its place and the folder is flushed. Other hard links to a
//! file that is replaced keep the old content.
#![expect(clippy::disallowed_methods, reason = "this file is the fence's gate")]

use crate::limits;
use crate::store::StoreError;
use crate::store::unfinished::{self, Registration};
use rustix::fs::{Access, AtFlags, CWD, FileType, Gid, Mode, OFlags, RenameFlags, Stat, Uid};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

mod change;
mod contents;
mod leftover;
mod read;
mod staging;
mod temporary;
mod tree;

pub use crate::store::unfinished::{before_the_first_is_made, has_saved, remove_unfinished};
pub use change::{Change, Existing};
pub(in crate::store) use contents::{Contents, entries};
pub(in crate::store) use leftover::{is_unfinished, recover, replaced};
pub use read::{read, read_bounded, read_growing, read_start, read_stream};
pub(in crate::store) use staging::{Staging, remove_listed, remove_tree};
pub(in crate::store) use temporary::remove_left;
pub(in crate::store) use tree::children;
pub use tree::{require_replaceable, write_tree};

/// Mode of every file with a key that is made here, whatever the umask.
pub const MODE_PRIVATE: u32 = 0o600;

/// Mode of a file that everybody may read.
const MODE_PUBLIC: u32 = 0o644;

/// The mode of a new file that everybody may read, as far as the umask lets them: of certificates, and
/// of whatever else holds no key.
///
/// The umask can be read by setting it only, so nothing else may make files meanwhile.
#[must_use]
pub fn public_mode() -> u32 {
    let mask = rustix::process::umask(Mode::RWXG | Mode::RWXO);
    rustix::process::umask(mask);
    MODE_PUBLIC & !mask.as_raw_mode()
}

/// Writes a file whether or not it exists; mode, owner and access control list of an existing one
/// are kept, a new one gets [`MODE_PRIVATE`].
///
/// A symbolic link is followed when it belongs to the effective user or to root. `verify` judges
/// the bytes after they were read back the same, before the old file is given up.
///
/// # Errors
///
/// No access, no space, a failing `verify`, a folder that cannot be flushed: in every case the old file
/// is as it was, and the temporary one is gone.
pub fn replace(
    path: &Path,
    bytes: &[u8],
    verify: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    write(path, bytes, MODE_PRIVATE, Existing::Keep, verify)
}

/// Writes a file that must not exist, not even as a dangling symbolic link.
///
/// # Errors
///
/// [`StoreError::WouldOverwrite`] when something is at the path, also when it came there at the
/// last moment; else as [`replace`].
pub fn create(
    path: &Path,
    bytes: &[u8],
    verify: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    write(path, bytes, MODE_PRIVATE, Existing::Refuse, verify)
}

/// Writes an export: a file of this mode whatever the umask, unless `existing` keeps that of the file that
/// it overwrites.
///
/// # Errors
///
/// [`StoreError::WouldOverwrite`] when something is at the path and `existing` refuses it; else as
/// [`replace`].
pub fn write_new(
    path: &Path,
    bytes: &[u8],
    mode: u32,
    existing: Existing,
) -> Result<(), StoreError> {
    write(path, bytes, mode, existing, || Ok(()))
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file with these permission bits.
    File {
        /// The lower nine bits of the mode, and set-user-ID, set-group-ID and sticky.
        mode: u32,
    },
    /// A directory.
    Directory,
    /// Something else, in words: `a named pipe`.
    Other(&'static str),
}

/// What is at a path, behind symbolic links; `None` where nothing is.
///
/// # Errors
///
/// A folder on the way cannot be searched.
pub fn kind(path: &Path) -> Result<Option<Kind>, StoreError> {
    let Some(stat) = status(path, AtFlags::empty())? else { return Ok(None) };
    Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File { mode: permissions(&stat) },
        FileType::Directory => Kind::Directory,
        other => Kind::Other(type_name(other)),
    }))
}

/// As [`kind`], for what a folder lists: a link that leads in circles is nothing, as one that leads nowhere.
pub(super) fn listed_kind(path: &Path) -> Result<Option<Kind>, StoreError> {
    match rustix::fs::statat(CWD, path, AtFlags::empty()) {
        Err(Errno::LOOP) => Ok(None),
        _ => kind(path),
    }
}

/// A directory that was made here, and is removed again unless it is kept.
#[derive(Debug)]
pub struct NewDirectory {
    registration: Option<Registration>,
}

impl NewDirectory {
    /// Makes one directory, mode 0700; its parent must exist.
    ///
    /// # Errors
    ///
    /// Something is at the path, the parent is missing, or access to it is denied.
    pub fn make(path: &Path) -> Result<Self, StoreError> {
        let made = unfinished::begin().and_then(|making| {
            rustix::fs::mkdir(path, Mode::RWXU)?;
            Ok(making.made(path.to_path_buf()))
        });
        match made {
            Ok(registration) => Ok(Self { registration: Some(registration) }),
            Err(error) if is_about_folder(&error) => {
                Err(folder_failed(folder_of(path), "make a directory in it", error))
            }
            Err(error) => Err(failed(path, "make the directory", error)),
        }
    }

    /// The directory stays.
    pub fn keep(mut self) {
        self.registration = None;
    }
}

impl Drop for NewDirectory {
    fn drop(&mut self) {
        if let Some(registration) = self.registration.take() {
            registration.unmake(|path| {
                // It stays when somebody else has put something into it, which is right.
                let _ = rustix::fs::rmdir(path);
            });
        }
    }
}

/// Whether both paths lead to one file, by whatever names and links.
///
/// # Errors
///
/// A folder on the way cannot be searched.
pub fn same_file(one: &Path, other: &Path) -> Result<bool, StoreError> {
    let (one, other) = (status(one, AtFlags::empty())?, status(other, AtFlags::empty())?);
    Ok(one.zip(other).is_some_and(|(a, b)| (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)))
}

/// Whether a file can be made or replaced at the path: its folder is one and may be written to.
///
/// # Errors
///
/// [`StoreError::FolderMissing`] without the folder, [`StoreError::NotAFile`] for a directory or device at
/// the path, no access.
pub fn require_writable(path: &Path) -> Result<(), StoreError> {
    match kind(path)? {
        Some(Kind::Directory) => {
            let found = "a directory";
            return Err(StoreError::NotAFile { path: path.to_path_buf(), found });
        }
        Some(Kind::Other(found)) => {
            return Err(StoreError::NotAFile { path: path.to_path_buf(), found });
        }
        Some(Kind::File { .. }) | None => {}
    }
    require_folder(path)
}

/// Whether the folder that a path is in may be written to.
pub(in crate::store) fn require_folder(path: &Path) -> Result<(), StoreError> {
    let folder = folder_of(path);
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|errno| folder_failed(folder, "write to it", errno))
}

/// The file that a write to `path` replaces: the path itself, or what a symbolic link leads to.
///
/// # Errors
///
/// [`StoreError::LinkRefused`] when a link belongs to a user who is neither the effective one nor
/// root, leads nowhere, or leads in circles.
pub fn resolve(path: &Path) -> Result<PathBuf, StoreError> {
    let refused =
        |link: &Path, reason| Err(StoreError::LinkRefused { path: link.to_path_buf(), reason });
    let mut resolved = path.to_path_buf();
    for _ in 0..limits::LINKS {
        match status(&resolved, AtFlags::SYMLINK_NOFOLLOW)? {
            Some(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink => {
                if stat.st_uid != 0 && stat.st_uid != rustix::process::geteuid().as_raw() {
                    return refused(&resolved, "of another user");
                }
                let target = std::fs::read_link(&resolved)
                    .map_err(|error| failed(&resolved, "follow it", error))?;
                resolved = folder_of(&resolved).join(target);
            }
            None if resolved != path => return refused(path, "that leads nowhere"),
            _ => return Ok(resolved),
        }
    }
    refused(path, "that leads in circles")
}

/// The path from the root, its folder without links and steps back, so that it is the same from wherever it
/// is named; where that folder cannot be found, without looking at what is there.
///
/// # Errors
///
/// The working directory is not there any more.
pub fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    match (std::fs::canonicalize(folder_of(path)), path.file_name()) {
        (Ok(folder), Some(name)) => Ok(folder.join(name)),
        _ => std::path::absolute(path).map_err(|error| failed(path, "find it", error)),
    }
}

/// The folder that a path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn write(
    path: &Path,
    bytes: &[u8],
    mode: u32,
    existing: Existing,
    verify: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut change = Change::new();
    change.write(path, bytes, mode, existing, None, verify)?;
    change.commit()?;
    Ok(())
}

fn open_folder(path: &Path) -> Result<File, StoreError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty())
        .map(File::from)
        .map_err(|errno| failed(path, "open the folder", errno))
}

fn flush(path: &Path, folder: &File) -> Result<(), StoreError> {
    match rustix::fs::fsync(folder) {
        // Some file systems cannot flush a folder and say so.
        Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(()),
        Err(errno) => Err(failed(path, "flush the folder", errno)),
    }
}

/// Makes a file that must not exist, with this mode whatever the umask says; without the mode, none.
fn make_file(path: &Path, mode: u32) -> rustix::io::Result<File> {
    let mode = Mode::from_raw_mode(mode);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, mode)?;
    if let Err(errno) = require_mode(&file, mode) {
        let _ = rustix::fs::unlink(path); // nobody has seen it yet; the failure of its mode is told
        return Err(errno);
    }
    Ok(File::from(file))
}

/// Gives a file the mode that the umask took away. A look costs nothing, a change a place in the file
/// system's journal.
fn require_mode(file: &OwnedFd, mode: Mode) -> rustix::io::Result<()> {
    let stat = rustix::fs::fstat(file)?;
    if permissions(&stat) == mode.as_raw_mode() {
        return Ok(());
    }
    rustix::fs::fchmod(file, mode)
}

/// Gives what is at the path to a user and a group, if root does.
fn give_owner(path: &Path, (uid, gid): (u32, u32)) -> rustix::io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    rustix::fs::chown(path, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
}

/// Lets two folders change places: in one step where the file system can do that, else in three by way
/// of the name `between`, which nothing has.
fn exchange_folders(one: &Path, other: &Path, between: &Path) -> rustix::io::Result<()> {
    use rustix::fs::rename;
    match rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Err(errno) if is_unsupported(errno) => {
            rename(other, between)?;
            if let Err(errno) = rename(one, other) {
                let _ = rename(between, other); // the failure that led here is told
                return Err(errno);
            }
            rename(between, one)
        }
        exchanged => exchanged,
    }
}

/// What a file system says that can rename, and no more than that (renameat2(2)).
fn is_unsupported(errno: Errno) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP].contains(&errno)
}

/// The status of what is at the path, or `None`.
pub(super) fn status(path: &Path, flags: AtFlags) -> Result<Option<Stat>, StoreError> {
    match rustix::fs::statat(CWD, path, flags) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(errno) => Err(failed(path, "look at it", errno)),
    }
}

pub(super) fn require_regular(path: &Path, stat: &Stat) -> Result<(), StoreError> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(()),
        other => Err(StoreError::NotAFile { path: path.to_path_buf(), found: type_name(other) }),
    }
}

fn type_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice => "a character device",
        FileType::BlockDevice => "a block device",
        FileType::Unknown => "something unknown",
    }
}

fn permissions(stat: &Stat) -> u32 {
    stat.st_mode & 0o7777
}

/// As [`failed`], of a folder that is to be written to.
pub(super) fn folder_failed(
    folder: &Path,
    action: &'static str,
    error: impl Into<io::Error>,
) -> StoreError {
    let error = error.into();
    if !is_about_folder(&error) {
        return failed(folder, action, error);
    }
    let path = folder.to_path_buf();
    match status(folder, AtFlags::empty()) {
        Ok(None) => StoreError::FolderMissing { path },
        // Nothing can be made in `/proc`, nor below a file.
        Ok(Some(_)) => StoreError::Io { path, action, reason: error.to_string() },
        Err(error) => error,
    }
}

/// Whether it says that the folder is missing, or none, in which something was to be made.
fn is_about_folder(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

pub(super) fn failed(path: &Path, action: &'static str, error: impl Into<io::Error>) -> StoreError {
    StoreError::from_io(path, action, error)
}
