//! What must not stay behind when the program is interrupted: temporary files, lock files beside
//! plain stores, directories that have no wallet yet.

use crate::store::file;
use rustix::io::Errno;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is being made, in the order in which it was begun.
struct Unfinished {
    /// What is called before anything is made.
    watch: Option<fn()>,
    made: Vec<(u64, PathBuf, Extent)>,
    next: u64,
    stopped: bool,
    saved: bool,
}

/// What goes away with a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// The file, or the directory if it is empty.
    Itself,
    /// The directory with all that is in it.
    Tree,
}

static UNFINISHED: Mutex<Unfinished> =
    Mutex::new(Unfinished { watch: None, made: Vec::new(), next: 0, stopped: false, saved: false });

fn unfinished() -> MutexGuard<'static, Unfinished> {
    // The list is whole between any two statements, so a panic elsewhere does not spoil it.
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has `watch` called once, before the first thing is made that an interruption would leave behind. It must
/// not call back.
pub fn before_the_first_is_made(watch: fn()) {
    unfinished().watch = Some(watch);
}

/// While this is held, nobody gets as far as to make something, or to tell that it cannot be made.
#[must_use = "other threads go on when it is dropped"]
pub struct Stopped {
    _unfinished: MutexGuard<'static, Unfinished>,
}

/// Deletes every file and directory that is being made, and refuses to begin new ones.
///
/// For the thread that handles signals, right before the process ends; not for a signal handler
/// itself, because it takes a mutex. Files that have reached their final name are not touched.
pub fn remove_unfinished() -> Stopped {
    let mut unfinished = unfinished();
    unfinished.stopped = true;
    // Last made first: a directory comes before what is in it.
    while let Some((_, path, extent)) = unfinished.made.pop() {
        // What cannot be removed stays: the process is about to end, and nobody reads an error.
        if extent == Extent::Tree {
            file::remove_tree(&path);
        } else if rustix::fs::unlink(&path) == Err(Errno::ISDIR) {
            let _ = rustix::fs::rmdir(&path);
        }
    }
    Stopped { _unfinished: unfinished }
}

/// Whether something has reached its final name in this process. One that is on its way there is waited for,
/// so that a signal comes before a save or after it.
#[must_use]
pub fn has_saved() -> bool {
    unfinished().saved
}

/// Permission to make something. While it is held no signal cleans up, so there is no moment in
/// which a thing is made and not yet known.
pub(super) struct Making(MutexGuard<'static, Unfinished>);

/// Asks for permission to make something.
///
/// # Errors
///
/// The program is being stopped.
pub(super) fn begin() -> io::Result<Making> {
    let mut unfinished = unfinished();
    if let Some(watch) = unfinished.watch.take() {
        watch();
    }
    if unfinished.stopped {
        return Err(io::Error::new(io::ErrorKind::Interrupted, "the program is being stopped"));
    }
    Ok(Making(unfinished))
}

impl Making {
    /// Remembers what was made.
    pub(super) fn made(self, path: PathBuf) -> Registration {
        self.register(path, Extent::Itself)
    }

    /// What was made has its final name.
    pub(super) fn saved(mut self) {
        self.0.saved = true;
    }

    /// Forgets what was made and stays.
    pub(super) fn forget(&mut self, registration: Registration) {
        self.0.made.retain(|(id, ..)| *id != registration.id);
        // Its drop would take the mutex again.
        mem::forget(registration);
    }

    /// Remembers a directory that was made, and that goes away with all that comes into it.
    pub(super) fn made_tree(self, path: PathBuf) -> Registration {
        self.register(path, Extent::Tree)
    }

    fn register(mut self, path: PathBuf, extent: Extent) -> Registration {
        let id = self.0.next;
        self.0.next += 1;
        self.0.made.push((id, path, extent));
        Registration { id }
    }
}

/// Something on disk that exists only until it is finished or dropped.
#[derive(Debug)]
pub(super) struct Registration {
    id: u64,
}

impl Registration {
    /// Removes what was made and forgets it, with no moment in between for a signal; does nothing
    /// when a signal has removed it already.
    pub(super) fn unmake(self, remove: impl FnOnce(&Path)) {
        let mut unfinished = unfinished();
        if let Some(position) = unfinished.made.iter().position(|(id, ..)| *id == self.id) {
            let (_, path, _) = unfinished.made.remove(position);
            remove(&path);
        }
        drop(unfinished); // before `self`, whose drop takes the mutex again
    }
}

/// Finished: what was made stays.
impl Drop for Registration {
    fn drop(&mut self) {
        unfinished().made.retain(|(id, ..)| *id != self.id);
    }
}
