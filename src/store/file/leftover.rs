//! The folder that another one has replaced: what others have put into it meanwhile goes over to the new
//! one before it is removed, also when the process that replaced it has died.
//!
//! ```text
//! .NAME.mwallet-new    a folder on its way, of which nothing is missed
//! .NAME.mwallet-old    from right before the exchange until everything is moved over
//! ```

use crate::store::StoreError;
use crate::store::file::contents::{Contents, identity, make_folders, with_folders};
use crate::store::file::staging::{remove_tree, rename_new};
use crate::store::file::{failed, folder_of, status};
use rustix::fs::AtFlags;
use rustix::io::Errno;
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The names beside a folder that is replaced.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) new: PathBuf,
    pub(super) old: PathBuf,
}

impl Names {
    pub(super) fn beside(target: &Path) -> Self {
        let name = |ending| {
            let mut name = OsString::from(".");
            name.push(target.file_name().unwrap_or_default());
            name.push(ending);
            folder_of(target).join(name)
        };
        Self { new: name(".mwallet-new"), old: name(".mwallet-old") }
    }

    /// Removes the old folder, by way of the name that tells that nothing in it is missed.
    pub(super) fn discard(&self) {
        remove_tree(&self.new);
        if rustix::fs::rename(&self.old, &self.new).is_ok() {
            remove_tree(&self.new);
        }
    }
}

/// Whether a process that was killed has left something beside the folder, or one is at work.
pub(in crate::store) fn is_unfinished(target: &Path) -> Result<bool, StoreError> {
    let names = Names::beside(target);
    Ok(is_there(&names.old)? || is_there(&names.new)?)
}

/// What the process has left of the folder that it replaced.
pub(in crate::store) fn replaced(target: &Path) -> Result<Option<PathBuf>, StoreError> {
    let old = Names::beside(target).old;
    Ok(is_there(&old)?.then_some(old))
}

fn is_there(path: &Path) -> Result<bool, StoreError> {
    Ok(status(path, AtFlags::SYMLINK_NOFOLLOW)?.is_some())
}

/// Brings to its end what the process had begun. `ours` are the files that it was free to leave out. The
/// caller holds the lock of `target`.
pub(in crate::store) fn recover(target: &Path, ours: &HashSet<PathBuf>) -> Result<(), StoreError> {
    let names = Names::beside(target);
    if !is_there(&names.old)? {
        // It had not begun to exchange them, or nothing of the old one was missed any more.
        remove_tree(&names.new);
        return Ok(());
    }
    if status(target, AtFlags::SYMLINK_NOFOLLOW)?.is_none() {
        // It died between two steps of an exchange.
        match rename_new(&names.new, target) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(failed(target, "put it back", errno)),
        }
    }
    rescue(&names.old, target, &Contents::default(), ours)?;
    names.discard();
    Ok(())
}

/// Moves what is in `old` and was not when it was looked at over to `target`; a file that was replaced
/// since replaces what was kept of it.
///
/// # Errors
///
/// [`StoreError::WouldOverwrite`] for one whose place another file has: it stays in `old`.
pub(super) fn rescue(
    old: &Path,
    target: &Path,
    known: &Contents,
    ours: &HashSet<PathBuf>,
) -> Result<(), StoreError> {
    let now = Contents::of(old)?;
    let came = |path: &Path| !ours.contains(path) && known.files.get(path) != now.files.get(path);
    let came: BTreeSet<&Path> =
        now.files.keys().map(PathBuf::as_path).filter(|path| came(path)).collect();
    // The folders first, with the access that they had.
    for (path, access) in &now.folders {
        let folder = target.join(path);
        let is_needed =
            came.range(path.as_path()..).next().is_some_and(|file| file.starts_with(path));
        let is_new = now.is_empty(path) && !known.folders.contains_key(path);
        if (is_needed || is_new) && status(&folder, AtFlags::SYMLINK_NOFOLLOW)?.is_none() {
            make_folders(target, &folder).map_err(|errno| failed(&folder, "make it", errno))?;
            access.give(&folder)?;
        }
    }
    for path in came {
        let (from, to) = (old.join(path), target.join(path));
        let there = status(&to, AtFlags::SYMLINK_NOFOLLOW)?.map(|stat| identity(&stat));
        let moved = match there {
            None => with_folders(target, &to, || rename_new(&from, &to)),
            there if there.as_ref() == now.files.get(path) => Ok(()), // it is the same file
            there if there.as_ref() == known.files.get(path) => rustix::fs::rename(&from, &to),
            _ => Err(Errno::EXIST),
        };
        moved.map_err(|errno| failed(&from, "move it", errno))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{is_unfinished, recover, replaced};
    use crate::store::file::{Contents, Staging};
    use std::collections::HashSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// A folder with files of ours and of others, and one that is going to replace it.
    fn begun(target: &Path) -> (Staging, Contents) {
        fs::create_dir_all(target.join("kept")).unwrap();
        for (path, content) in [("made", "old"), ("kept/ours", "ours"), ("kept/notes", "mine")] {
            fs::write(target.join(path), content).unwrap();
        }
        let staging = Staging::begin(target).unwrap();
        staging.write("made", b"new", true).unwrap();
        staging.write("deep/est/made", b"new", false).unwrap();
        let known = Contents::of(target).unwrap();
        for path in ["kept/ours", "kept/notes"] {
            staging.keep(Path::new(path)).unwrap();
        }
        (staging, known)
    }

    /// What others do while a build is at work.
    fn interfere(target: &Path) {
        fs::create_dir_all(target.join("theirs/a/b")).unwrap();
        fs::create_dir(target.join("hollow")).unwrap();
        fs::write(target.join("theirs/a/b/new"), "came").unwrap();
        fs::write(target.join("kept/new"), "came").unwrap();
        fs::write(target.join("other"), "changed").unwrap();
        fs::rename(target.join("other"), target.join("kept/notes")).unwrap();
        // This one builds replace.
        fs::remove_file(target.join("made")).unwrap();
        fs::write(target.join("made"), "changed").unwrap();
    }

    fn ours() -> HashSet<PathBuf> {
        ["made", "kept/ours"].map(PathBuf::from).into()
    }

    #[track_caller]
    fn assert_whole(target: &Path, notes: &str) {
        for (path, content) in [
            ("made", "new"),
            ("deep/est/made", "new"),
            ("kept/ours", "ours"),
            ("kept/notes", notes),
            ("kept/new", "came"),
            ("theirs/a/b/new", "came"),
        ] {
            assert_eq!(fs::read_to_string(target.join(path)).unwrap(), content, "{path}");
        }
        assert!(target.join("hollow").is_dir());
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1, "nothing is left");
    }

    #[test]
    fn what_others_do_meanwhile_is_in_the_new_folder() {
        let scratch = tempfile::tempdir().unwrap();
        let target = scratch.path().join("out");
        let (staging, known) = begun(&target);
        interfere(&target);
        staging.finish(&known, &ours()).unwrap();
        assert_whole(&target, "changed");
    }

    #[test]
    fn who_dies_before_everything_is_moved_over_loses_nothing() {
        for in_steps in [false, true] {
            let scratch = tempfile::tempdir().unwrap();
            let (target, new) =
                (scratch.path().join("out"), scratch.path().join(".out.mwallet-new"));
            let old = scratch.path().join(".out.mwallet-old");
            let (mut staging, _) = begun(&target);
            staging.registration = None;
            if in_steps {
                // Between the first step of an exchange and the second.
                fs::write(target.join("kept/new"), "came").unwrap();
                fs::rename(&new, &old).unwrap();
                fs::rename(&target, &new).unwrap();
            } else {
                interfere(&target);
                fs::remove_file(target.join("kept/notes")).unwrap();
                fs::rename(&target, &old).unwrap();
                fs::rename(&new, &target).unwrap();
            }
            assert_eq!(replaced(&target).unwrap(), Some(old));
            recover(&target, &ours()).unwrap();
            if in_steps {
                assert_eq!(fs::read_to_string(target.join("kept/new")).unwrap(), "came");
                assert_eq!(fs::read_to_string(target.join("kept/notes")).unwrap(), "mine");
            } else {
                assert_whole(&target, "mine");
            }
            assert!(!is_unfinished(&target).unwrap());
        }
    }

    #[test]
    fn folder_that_was_on_its_way_never_takes_the_place() {
        for is_first in [true, false] {
            let scratch = tempfile::tempdir().unwrap();
            let target = scratch.path().join("out");
            let (mut staging, _) = begun(&target);
            staging.registration = None;
            drop(staging);
            if is_first {
                fs::remove_dir_all(&target).unwrap();
            }
            assert!(is_unfinished(&target).unwrap());
            assert_eq!(replaced(&target).unwrap(), None);
            recover(&target, &ours()).unwrap();
            assert!(!is_unfinished(&target).unwrap());
            assert_eq!(target.exists(), !is_first);
            let old = fs::read_to_string(target.join("made"));
            assert_eq!(old.is_ok_and(|made| made == "old"), !is_first);
        }
    }

    #[test]
    fn of_two_files_of_one_name_neither_is_lost() {
        let scratch = tempfile::tempdir().unwrap();
        let target = scratch.path().join("out");
        let (staging, known) = begun(&target);
        fs::create_dir_all(target.join("deep/est")).unwrap();
        fs::write(target.join("deep/est/made"), "came").unwrap();
        let error = staging.finish(&known, &ours()).unwrap_err();
        let path = scratch.path().join(".out.mwallet-old/deep/est/made");
        assert_eq!(error.path(), path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "came");
        assert_eq!(fs::read_to_string(target.join("deep/est/made")).unwrap(), "new");
        assert!(recover(&target, &ours()).is_err());
        fs::remove_file(&path).unwrap();
        recover(&target, &ours()).unwrap();
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }
}
