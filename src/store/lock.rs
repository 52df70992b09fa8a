//! The lock that keeps two writers of one wallet apart: a record lock on `<file>.lck`.
//!
//! It is the lock that Java's `FileChannel.lock` takes (fcntl, exclusive, from byte 0 to the end), on
//! the file that orapki uses, so orapki and this library exclude each other. The lock is advisory;
//! readers take none.
//!
//! POSIX record locks belong to the process, not to the descriptor, and that has two consequences
//! (POSIX.1-2017, `fcntl`):
//!
//! - a second lock of the same process succeeds. So two [`Lock`]s of one process exclude each other
//!   by a table of the locked files.
//! - closing *any* descriptor of the file drops the lock. So a file of that table is not even
//!   opened here, and a program must not open the lock file of a wallet that it has locked.

use crate::store::StoreError;
use crate::store::file;
use crate::store::unfinished::{self, Registration};
use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, Gid, Mode, OFlags, Stat, Uid};
use rustix::io::Errno;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// First and longest pause between two attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

/// Mode of a lock file, as orapki's.
const MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// How a lock file is opened: for writing, as an exclusive record lock demands, never through a link
/// and never blocking on a pipe.
const FLAGS: OFlags =
    OFlags::RDWR.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Device and inode of a file.
type Identity = (u64, u64);

/// The lock files that this process has locked.
static HELD: Mutex<Vec<Identity>> = Mutex::new(Vec::new());

fn held() -> MutexGuard<'static, Vec<Identity>> {
    // The table is whole between any two statements, so a panic elsewhere does not spoil it.
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What happens to the lock file when the lock is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// It stays, as orapki's do in wallet directories: orapki does not notice when its lock file
    /// goes away under it.
    Keep,
    /// It is removed while the lock is still held, unless somebody keeps content in it.
    Remove,
}

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    identity: Identity,
    /// Open for as long as the lock is held.
    descriptor: Option<OwnedFd>,
    /// Present where the lock file goes away again.
    removal: Option<Registration>,
}

impl Lock {
    /// Locks `<target>.lck`, made with mode 0600 where it is missing, and waits for it up to
    /// `timeout`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] after `timeout`; [`StoreError::LinkRefused`] or
    /// [`StoreError::NotAFile`] when something else is in the place of the lock file; no access to
    /// the folder.
    pub fn acquire(
        target: &Path,
        afterwards: Afterwards,
        timeout: Duration,
    ) -> Result<Self, StoreError> {
        let path = lock_path(target);
        let begin = Instant::now();
        let (mut pause, longest) = PAUSES;
        loop {
            let busy = match attempt(&path, target, afterwards)? {
                Attempt::Locked(lock) => return Ok(lock),
                Attempt::Busy => true,
                Attempt::Replaced => false,
            };
            let waited = begin.elapsed();
            if waited >= timeout {
                return Err(StoreError::Locked { path, waited: timeout });
            }
            // A lock file that came or went under us is no reason to wait.
            if busy {
                thread::sleep(pause.min(timeout.saturating_sub(waited)));
                pause = (pause * 2).min(longest);
            }
        }
    }

    /// The lock file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether this is the lock of `target` under that name.
    #[must_use]
    pub fn is_of(&self, target: &Path) -> bool {
        self.path == lock_path(target)
    }

    /// The lock file stays after all.
    pub fn keep_file(&mut self) {
        self.removal = None;
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut held = held();
        if let Some(removal) = self.removal.take() {
            removal.unmake(|path| {
                // Waiters check that what they locked is still the file at the path.
                let ours = rustix::fs::lstat(path)
                    .is_ok_and(|stat| identity(&stat) == self.identity && stat.st_size == 0);
                if ours {
                    let _ = rustix::fs::unlink(path); // a lock file that stays does no harm
                }
            });
        }
        drop(self.descriptor.take());
        held.retain(|identity| *identity != self.identity);
    }
}

/// The file that is locked for a store file: `<target>.lck`.
#[must_use]
pub fn lock_path(target: &Path) -> PathBuf {
    let mut path = target.as_os_str().to_owned();
    path.push(".lck");
    PathBuf::from(path)
}

/// How one attempt ended.
enum Attempt {
    Locked(Lock),
    /// Somebody holds the lock.
    Busy,
    /// The lock file came or went meanwhile.
    Replaced,
}

fn attempt(path: &Path, target: &Path, afterwards: Afterwards) -> Result<Attempt, StoreError> {
    let failed = |error: io::Error| StoreError::from_io(path, "lock it", error);
    // Both tables are ours from before the file is opened until the lock stands in them.
    let mut held = held();
    let making = unfinished::begin().map_err(failed)?;
    // 1. A file that this process has locked must not be opened.
    let there = match rustix::fs::lstat(path) {
        Ok(stat) if held.contains(&identity(&stat)) => return Ok(Attempt::Busy),
        Ok(_) => true,
        Err(Errno::NOENT) => false,
        Err(errno) => return Err(failed(errno.into())),
    };
    // 2. Open or make it.
    let Some(descriptor) = (if there { open(path)? } else { make(path, target)? }) else {
        return Ok(Attempt::Replaced);
    };
    // 3. Lock it.
    match rustix::fs::fcntl_lock(&descriptor, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::AGAIN | Errno::ACCESS) => return Ok(Attempt::Busy),
        Err(errno) => return Err(failed(errno.into())),
    }
    // 4. The holder before us may have removed the file that is locked now.
    let stat = rustix::fs::fstat(&descriptor).map_err(|errno| failed(errno.into()))?;
    let identity = identity(&stat);
    if rustix::fs::lstat(path).map(|stat| self::identity(&stat)) != Ok(identity) {
        return Ok(Attempt::Replaced);
    }
    held.push(identity);
    let removal = (afterwards == Afterwards::Remove).then(|| making.made(path.to_path_buf()));
    let path = path.to_path_buf();
    Ok(Attempt::Locked(Lock { path, identity, descriptor: Some(descriptor), removal }))
}

/// Opens the lock file; `None` when it has gone meanwhile.
fn open(path: &Path) -> Result<Option<OwnedFd>, StoreError> {
    let failed = |errno: Errno| StoreError::from_io(path, "open the lock file", errno);
    let descriptor = match rustix::fs::open(path, FLAGS, Mode::empty()) {
        Ok(descriptor) => descriptor,
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => {
            let reason = "in the place of a lock file";
            return Err(StoreError::LinkRefused { path: path.to_path_buf(), reason });
        }
        Err(errno) => return Err(failed(errno)),
    };
    file::require_regular(path, &rustix::fs::fstat(&descriptor).map_err(failed)?)?;
    Ok(Some(descriptor))
}

/// Makes the lock file; `None` when it has come meanwhile.
fn make(path: &Path, target: &Path) -> Result<Option<OwnedFd>, StoreError> {
    let failed = |errno: Errno| StoreError::from_io(path, "make the lock file", errno);
    let descriptor = match rustix::fs::open(path, FLAGS | OFlags::CREATE | OFlags::EXCL, MODE) {
        Ok(descriptor) => descriptor,
        Err(Errno::EXIST) => return Ok(None),
        Err(Errno::NOENT) => {
            return Err(StoreError::FolderMissing { path: file::folder_of(path).to_path_buf() });
        }
        Err(errno) => return Err(failed(errno)),
    };
    // Whatever the umask.
    rustix::fs::fchmod(&descriptor, MODE).map_err(failed)?;
    // What root makes must not lock the wallet's owner out of its own lock file, which may stay.
    if rustix::process::geteuid().is_root()
        && let Ok(stat) = rustix::fs::stat(target)
    {
        let owner = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
        rustix::fs::fchown(&descriptor, Some(owner.0), Some(owner.1)).map_err(failed)?;
    }
    Ok(Some(descriptor))
}

fn identity(stat: &Stat) -> Identity {
    (stat.st_dev, stat.st_ino)
}
