//! Files that change together: all of them, or none.
//!
//! Everything is first written beside its place, flushed, and read back. Then the files take their places
//! in order: each changes places with the old one in one step, so that the old one is still there when
//! a later step fails, and is put back. Between two steps a crash leaves the first file new and the second old.

use crate::code::Code;
use crate::codec::Warning;
use crate::store::StoreError;
use crate::store::file::read::is_as_written;
use crate::store::file::temporary::Temporary;
use crate::store::file::{
    failed, flush, folder_of, is_unsupported, open_folder, permissions, require_regular, resolve,
    status,
};
use crate::store::unfinished::{self, Making};
use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, CWD, Gid, Mode, RenameFlags, Stat, Uid, XattrFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

/// The extended attribute in which Linux keeps a file's access control list, acl(5).
const ACL: &str = "system.posix_acl_access";

/// Longest extended attribute, in bytes: `XATTR_SIZE_MAX` of Linux.
const XATTR_BYTES: usize = 64 * 1024;

/// What a write does with a file that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Fail, also when it is a dangling symbolic link.
    Refuse,
    /// Fail as [`Self::Refuse`] does; the new file has the mode, owner and access control list of the one that
    /// it is like.
    RefuseLike,
    /// Replace the content, keep mode, owner and access control list. A symbolic link is followed.
    Keep,
    /// Replace content and mode and keep the owner; whoever else had access by a list loses it. A symbolic link
    /// is followed.
    KeepOwner,
}

/// Files that are written and removed together.
#[derive(Debug, Default)]
pub struct Change {
    steps: Vec<Step>,
    /// Whether the caller holds the locks of the files.
    under_lock: bool,
}

/// A file that is about to change.
#[derive(Debug)]
struct Step {
    target: PathBuf,
    /// What takes the target's place, or the name under which the target waits for its end.
    temporary: Temporary,
    action: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// The temporary file gets its name; nothing may have it.
    Create,
    /// The temporary file changes places with what is there.
    Replace,
    /// The target gets the name of the temporary file, which is empty.
    Remove,
}

/// How a step is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Undo {
    /// The old file has the temporary name: they change places again.
    Exchange,
    /// There was no old file: the new one gets its temporary name back.
    PutAside,
    /// The old file has the temporary name, and nothing its own.
    PutBack,
    /// The file system could only replace; what was there is gone.
    Impossible,
}

impl Change {
    /// Nothing changes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Self::new`], of files whose locks the caller holds: what is left when the process is killed goes
    /// away at the next save of them.
    #[must_use]
    pub fn under_lock() -> Self {
        Self { steps: Vec::new(), under_lock: true }
    }

    /// What follows is of files whose locks the caller does not hold.
    pub fn leave_lock(&mut self) {
        self.under_lock = false;
    }

    /// Writes what is to be at `path` beside it. `verify` judges the bytes after they were read back the
    /// same. A file that exists keeps its access, where `existing` says so; any other gets `mode`, and
    /// belongs to the owner of `like` when root makes it.
    ///
    /// # Errors
    ///
    /// No access, no space, a failing `verify`, [`StoreError::WouldOverwrite`] for
    /// [`Existing::Refuse`] and [`Existing::RefuseLike`], what [`resolve`] says: nothing has changed, and the temporary file is gone.
    pub fn write(
        &mut self,
        path: &Path,
        bytes: &[u8],
        mode: u32,
        existing: Existing,
        like: Option<&Path>,
        verify: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        // 1. What is there?
        let refuse = matches!(existing, Existing::Refuse | Existing::RefuseLike);
        let target = if refuse { path.to_path_buf() } else { resolve(path)? };
        let old = status(&target, AtFlags::SYMLINK_NOFOLLOW)?;
        if let Some(old) = &old {
            if refuse {
                return Err(StoreError::WouldOverwrite { path: target });
            }
            require_regular(&target, old)?;
        }
        // 2. The temporary file.
        let mut temporary = Temporary::create(&target, self.under_lock)?;
        let file = temporary.file.as_file_mut();
        let write_failed = |error: io::Error| failed(path, "write it", error);
        file.write_all(bytes).map_err(write_failed)?;
        // 3. Mode and owner, before the content is flushed: both are then on the device together.
        let twin = match like {
            Some(like) if existing == Existing::RefuseLike => {
                status(like, AtFlags::empty())?.map(|stat| (like, stat))
            }
            _ => None,
        };
        match (&old, existing, &twin) {
            (Some(old), Existing::Keep, _) => keep_access(file, &target, old)?,
            (_, _, Some((like, stat))) => keep_access(file, like, stat)?,
            (old, ..) => {
                match (old, like) {
                    (Some(old), _) if existing == Existing::KeepOwner => {
                        keep_owner(file, &target, old, mode)?;
                    }
                    (None, Some(like)) => give_to_owner_of(like, file, path)?,
                    _ => {}
                }
                rustix::fs::fchmod(&*file, Mode::from_raw_mode(mode))
                    .map_err(|errno| write_failed(errno.into()))?;
            }
        }
        file.sync_all().map_err(write_failed)?;
        // 4. Read back and compare.
        file.rewind().map_err(write_failed)?;
        if !is_as_written(file, bytes).map_err(write_failed)? {
            let difference = "the file system returned other bytes".to_owned();
            return Err(StoreError::VerifyFailed { path: path.to_path_buf(), difference });
        }
        verify()?;
        let action = if refuse { Action::Create } else { Action::Replace };
        self.steps.push(Step { target, temporary, action });
        Ok(())
    }

    /// Removes a file, and what a symbolic link at the path leads to; nothing there is fine.
    ///
    /// # Errors
    ///
    /// No access to the folder, or what [`resolve`] says of a link.
    pub fn remove(&mut self, path: &Path) -> Result<(), StoreError> {
        let resolved = resolve(path)?;
        let mut targets = vec![resolved];
        if targets[0] != path {
            targets.push(path.to_path_buf());
        }
        for target in targets {
            if status(&target, AtFlags::SYMLINK_NOFOLLOW)?.is_some() {
                let temporary = Temporary::create(&target, self.under_lock)?;
                self.steps.push(Step { target, temporary, action: Action::Remove });
            }
        }
        Ok(())
    }

    /// Lets everything take its place, in the order in which it was written and removed, and flushes the
    /// folders. What is told are old files that could not be removed then. A signal comes before all of it or
    /// after.
    ///
    /// # Errors
    ///
    /// No access, or a folder that cannot be flushed: the steps before are undone, the old files are in
    /// their places, and the temporary ones gone. Only a file system that cannot exchange two files (NFS)
    /// keeps what was replaced before the failure.
    pub fn commit(self) -> Result<Vec<Warning>, StoreError> {
        self.commit_then(Making::saved)
    }

    /// As [`Self::commit`], of a copy that is made before a save: a signal still comes before the save.
    ///
    /// # Errors
    ///
    /// As those of [`Self::commit`].
    pub fn commit_copy(self) -> Result<Vec<Warning>, StoreError> {
        self.commit_then(drop)
    }

    fn commit_then(self, end: impl FnOnce(Making)) -> Result<Vec<Warning>, StoreError> {
        // A folder that cannot be opened is better known before anything has changed.
        let mut folders: Vec<(PathBuf, File)> = Vec::new();
        for step in &self.steps {
            let folder = folder_of(&step.target);
            if !folders.iter().any(|(known, _)| known == folder) {
                folders.push((folder.to_path_buf(), open_folder(folder)?));
            }
        }
        let Some(first) = self.steps.first() else { return Ok(Vec::new()) };
        let making = unfinished::begin()
            .map_err(|error| failed(&first.target, "let it take its place", error))?;
        let mut done: Vec<(&Step, Undo)> = Vec::new();
        let result = self
            .steps
            .iter()
            .try_for_each(|step| {
                done.push((step, step.take_place()?));
                Ok(())
            })
            .and_then(|()| folders.iter().try_for_each(|(path, folder)| flush(path, folder)));
        if result.is_err() {
            for (step, undo) in done.iter().rev() {
                step.undo(*undo);
            }
        }
        match &result {
            Ok(()) => end(making),
            Err(_) => drop(making),
        }
        // What has a temporary name now goes away with its step: the old files, or the new ones.
        result?;
        Ok(self.steps.into_iter().filter_map(Step::end).collect())
    }
}

impl Step {
    fn take_place(&self) -> Result<Undo, StoreError> {
        let (temporary, target) = (self.temporary.path(), self.target.as_path());
        let (placed, action) = match self.action {
            Action::Create => (create(temporary, target), "make it"),
            Action::Replace => (exchange(temporary, target), "replace it"),
            Action::Remove => {
                (rustix::fs::rename(target, temporary).map(|()| Undo::PutBack), "remove it")
            }
        };
        placed.map_err(|errno| failed(target, action, errno))
    }

    /// Removes what it has replaced; who gave a file a new password wants to know of the old one.
    fn end(self) -> Option<Warning> {
        let left = self.temporary.path().to_path_buf();
        let error = self.temporary.file.close().err()?;
        (error.kind() != io::ErrorKind::NotFound).then(|| {
            let (target, left) = (self.target.display(), left.display());
            let message = format!("the old {target} stays as {left}: {error}");
            Warning { code: Code::KEPT_ASIDE, message }
        })
    }

    /// Nothing better can be done where this fails: the failure that led here is told.
    fn undo(&self, undo: Undo) {
        let (temporary, target) = (self.temporary.path(), self.target.as_path());
        let _ = match undo {
            Undo::Exchange => exchange(temporary, target).map(drop),
            Undo::PutAside => rustix::fs::rename(target, temporary),
            Undo::PutBack => rustix::fs::rename(temporary, target),
            Undo::Impossible => Ok(()),
        };
    }
}

fn create(temporary: &Path, target: &Path) -> rustix::io::Result<Undo> {
    match rustix::fs::renameat_with(CWD, temporary, CWD, target, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(Undo::PutAside),
        // A second name refuses what exists as well. The first one goes: to rename a file to its other name
        // changes nothing (POSIX), and an undo is to do something.
        Err(errno) if is_unsupported(errno) => rustix::fs::link(temporary, target).map(|()| {
            let _ = rustix::fs::unlink(temporary);
            Undo::PutAside
        }),
        Err(errno) => Err(errno),
    }
}

fn exchange(temporary: &Path, target: &Path) -> rustix::io::Result<Undo> {
    let plain = |undo| rustix::fs::rename(temporary, target).map(|()| undo);
    match rustix::fs::renameat_with(CWD, temporary, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(Undo::Exchange),
        Err(Errno::NOENT) => plain(Undo::PutAside),
        Err(errno) if is_unsupported(errno) => plain(Undo::Impossible),
        Err(errno) => Err(errno),
    }
}

/// Gives the new file the owner, the access control list and the mode of the old one, in this
/// order: a list sets the group bits of the mode, and a mode without its list would open them to
/// the whole group.
fn keep_access(new: &File, path: &Path, old: &Stat) -> Result<(), StoreError> {
    keep_owner(new, path, old, permissions(old))?;
    let list_failed = |errno: Errno| failed(path, "keep its access control list", errno);
    let mut list = Vec::with_capacity(XATTR_BYTES);
    match rustix::fs::getxattr(path, ACL, spare_capacity(&mut list)) {
        Ok(_) => {
            rustix::fs::fsetxattr(new, ACL, &list, XattrFlags::empty()).map_err(list_failed)?;
        }
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

/// Gives the new file, which will have this mode, the owner of the old one.
fn keep_owner(new: &File, path: &Path, old: &Stat, mode: u32) -> Result<(), StoreError> {
    let own = rustix::fs::fstat(new).map_err(|errno| failed(path, "write it", errno))?;
    if (own.st_uid, own.st_gid) != (old.st_uid, old.st_gid) {
        let uid = (own.st_uid != old.st_uid).then(|| Uid::from_raw(old.st_uid));
        let gid = (own.st_gid != old.st_gid).then(|| Gid::from_raw(old.st_gid));
        let what = if uid.is_some() { "keep its owner" } else { "keep its group" };
        match rustix::fs::fchown(new, uid, gid) {
            // Only root gives files away. A group that will have no access misses nothing.
            Err(Errno::PERM) if uid.is_none() && mode & 0o070 == 0 => {}
            result => result.map_err(|errno| failed(path, what, errno))?,
        }
    }
    Ok(())
}

/// Gives a file that root has made to the owner of `like`, who could not read it otherwise; whoever
/// else made it is its owner.
fn give_to_owner_of(like: &Path, new: &File, path: &Path) -> Result<(), StoreError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let Some(stat) = status(like, AtFlags::empty())? else { return Ok(()) };
    rustix::fs::fchown(new, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)))
        .map_err(|errno| failed(path, "give it to the wallet's owner", errno))
}
