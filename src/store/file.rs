//! The only user of `std::fs`, with [`read`]: writes that replace a file in one step.
//!
//! A write is complete or has not happened. The bytes go to a temporary file in the folder of the
//! target (0600, a random name that begins with a dot), are flushed to the device, read back and
//! compared; then the file is renamed to its name and the folder flushed. Other hard links to a
//! file that is replaced keep the old content.
#![expect(clippy::disallowed_methods, reason = "this file is the fence's gate")]

use crate::store::StoreError;
use crate::store::unfinished::{self, Registration};
use rustix::fs::{Access, AtFlags, FileType, Mode, OFlags, Stat, XattrFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

mod read;
mod staging;
mod tree;

pub use crate::store::unfinished::remove_unfinished;
use read::read_up_to;
pub use read::{read, read_bounded, read_start, read_stream};
pub(in crate::store) use staging::{Staging, files_below, remove_listed, remove_tree};
pub(in crate::store) use tree::children;
pub use tree::{require_replaceable, write_tree};

/// Mode of every file that is made here, whatever the umask.
pub const MODE_PRIVATE: u32 = 0o600;

/// Symbolic links that are followed one after the other before a write, as the kernel's own bound.
const LINKS: usize = 40;

/// The extended attribute in which Linux keeps a file's access control list, acl(5).
const ACL: &str = "system.posix_acl_access";

/// Longest extended attribute, in bytes: `XATTR_SIZE_MAX` of Linux.
const XATTR_BYTES: usize = 64 * 1024;

/// Writes a file whether or not it exists; mode, owner and access control list of an existing one
/// are kept, a new one gets [`MODE_PRIVATE`].
///
/// A symbolic link is followed when it belongs to the effective user or to root. `verify` sees the
/// bytes as they were read back, before the old file is given up.
///
/// # Errors
///
/// No access, no space, a failing `verify`: in every case the old file is as it was, and the
/// temporary one is gone. Only where the folder cannot be flushed is the new file in place.
pub fn replace(
    path: &Path,
    bytes: &[u8],
    verify: impl FnOnce(&[u8]) -> Result<(), StoreError>,
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
    verify: impl FnOnce(&[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    write(path, bytes, MODE_PRIVATE, Existing::Refuse, verify)
}

/// Writes an export: a file of this mode whatever the umask, and whatever the mode of the file
/// that it overwrites.
///
/// # Errors
///
/// [`StoreError::WouldOverwrite`] when something is at the path and `overwrite` is false; else as
/// [`replace`].
pub fn write_new(path: &Path, bytes: &[u8], mode: u32, overwrite: bool) -> Result<(), StoreError> {
    let existing = if overwrite { Existing::Discard } else { Existing::Refuse };
    write(path, bytes, mode, existing, |_| Ok(()))
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
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
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
/// [`StoreError::NotFound`] without the folder, [`StoreError::NotAFile`] for a directory or device at
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
    for _ in 0..LINKS {
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

/// The path from the root, without looking at what is there.
///
/// # Errors
///
/// The working directory is not there any more.
pub fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|error| failed(path, "find it", error))
}

/// The folder that a path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// What a write does with a file that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Existing {
    /// Fail.
    Refuse,
    /// Replace the content, keep mode, owner and access control list.
    Keep,
    /// Replace all of it.
    Discard,
}

fn write(
    path: &Path,
    bytes: &[u8],
    mode: u32,
    existing: Existing,
    verify: impl FnOnce(&[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    // 1. What is there?
    let target = if existing == Existing::Refuse { path.to_path_buf() } else { resolve(path)? };
    let old = status(&target, AtFlags::SYMLINK_NOFOLLOW)?;
    if let Some(old) = &old {
        if existing == Existing::Refuse {
            return Err(StoreError::WouldOverwrite { path: target });
        }
        require_regular(&target, old)?;
    }
    // 2. The temporary file. The folder is opened first: a folder that cannot be flushed in the
    //    end is better known before anything has changed.
    let folder = open_folder(folder_of(&target))?;
    let mut temporary = Temporary::create(folder_of(&target))?;
    let file = temporary.file.as_file_mut();
    let write_failed = |error: io::Error| failed(path, "write it", error);
    file.write_all(bytes).map_err(write_failed)?;
    // 3. Mode and owner, before the content is flushed: both are then on the device together.
    match &old {
        Some(old) if existing == Existing::Keep => keep_access(file, &target, old)?,
        _ => rustix::fs::fchmod(&*file, Mode::from_raw_mode(mode))
            .map_err(|errno| write_failed(errno.into()))?,
    }
    file.sync_all().map_err(write_failed)?;
    // 4. Read back and compare.
    file.rewind().map_err(write_failed)?;
    let read_back = read_up_to(file, bytes.len() as u64 + 1).map_err(write_failed)?;
    if *read_back != *bytes {
        let difference = "the file system returned other bytes".to_owned();
        return Err(StoreError::VerifyFailed { path: path.to_path_buf(), difference });
    }
    verify(&read_back)?;
    // 5. Rename, and flush the folder that now has the name.
    temporary.rename(&target, existing)?;
    match rustix::fs::fsync(&folder) {
        // Some file systems cannot flush a folder and say so.
        Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(()),
        Err(errno) => Err(failed(folder_of(&target), "flush the folder", errno)),
    }
}

/// A file that is deleted unless it is renamed.
struct Temporary {
    file: NamedTempFile,
    registration: Registration,
}

impl Temporary {
    fn create(folder: &Path) -> Result<Self, StoreError> {
        let made = unfinished::begin().and_then(|making| {
            let file =
                tempfile::Builder::new().prefix(".mwallet-").rand_bytes(16).tempfile_in(folder)?;
            let registration = making.made(file.path().to_path_buf());
            Ok(Self { file, registration })
        });
        made.map_err(|error| folder_failed(folder, "create a file in the folder", error))
    }

    fn rename(self, target: &Path, existing: Existing) -> Result<(), StoreError> {
        let Self { file, registration } = self;
        let renamed = match existing {
            Existing::Refuse => file.persist_noclobber(target),
            Existing::Keep | Existing::Discard => file.persist(target),
        };
        // A failure hands the file back, and dropping it deletes it.
        let renamed =
            renamed.map(drop).map_err(|failure| failed(target, "replace it", failure.error));
        drop(registration);
        renamed
    }
}

/// Gives the new file the owner, the access control list and the mode of the old one, in this
/// order: a list sets the group bits of the mode, and a mode without its list would open them to
/// the whole group.
fn keep_access(new: &File, path: &Path, old: &Stat) -> Result<(), StoreError> {
    let own = rustix::fs::fstat(new).map_err(|errno| failed(path, "write it", errno))?;
    if (own.st_uid, own.st_gid) != (old.st_uid, old.st_gid) {
        let uid = (own.st_uid != old.st_uid).then(|| rustix::fs::Uid::from_raw(old.st_uid));
        let gid = (own.st_gid != old.st_gid).then(|| rustix::fs::Gid::from_raw(old.st_gid));
        rustix::fs::fchown(new, uid, gid).map_err(|errno| failed(path, "keep its owner", errno))?;
    }
    let list_failed = |errno: Errno| failed(path, "keep its access control list", errno);
    let mut list = vec![0; XATTR_BYTES];
    match rustix::fs::getxattr(path, ACL, &mut list[..]) {
        Ok(length) => rustix::fs::fsetxattr(new, ACL, &list[..length], XattrFlags::empty())
            .map_err(list_failed)?,
        // The new file may have inherited a list from its folder.
        Err(Errno::NODATA) => match rustix::fs::fremovexattr(new, ACL) {
            Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP) => {}
            Err(errno) => return Err(list_failed(errno)),
        },
        Err(Errno::OPNOTSUPP) => {}
        Err(errno) => return Err(list_failed(errno)),
    }
    rustix::fs::fchmod(new, Mode::from_raw_mode(permissions(old)))
        .map_err(|errno| failed(path, "keep its mode", errno))
}

fn open_folder(path: &Path) -> Result<File, StoreError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty())
        .map(File::from)
        .map_err(|errno| failed(path, "open the folder", errno))
}

/// The status of what is at the path, or `None`.
pub(super) fn status(path: &Path, flags: AtFlags) -> Result<Option<Stat>, StoreError> {
    match rustix::fs::statat(rustix::fs::CWD, path, flags) {
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
    match error.into() {
        error if error.kind() == io::ErrorKind::NotFound => {
            StoreError::FolderMissing { path: folder.to_path_buf() }
        }
        error => failed(folder, action, error),
    }
}

pub(super) fn failed(path: &Path, action: &'static str, error: impl Into<io::Error>) -> StoreError {
    StoreError::from_io(path, action, error)
}
