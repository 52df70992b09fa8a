//! Keeping aside what would be lost.

use crate::limits;
use crate::store::StoreError;
use crate::store::file::{self, Change, Existing, MODE_PRIVATE};
use rustix::fs::AtFlags;
use std::path::{Path, PathBuf};

/// Copies a file to `<name>.kept`, or `<name>.kept-2` and so on, readable by whom the file is: who moves it
/// back has what was there. A copy that is there already is not made twice.
///
/// # Errors
///
/// What [`copy_of`], [`Change::write`] and [`Change::commit_copy`] say.
pub(super) fn keep_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let content = file::read(path)?;
    let Place { copy, is_free } = place_of(path, |copy| holds(copy, &content))?;
    if is_free {
        let mut change = Change::new();
        change.write(&copy, &content, MODE_PRIVATE, Existing::RefuseLike, Some(path), || Ok(()))?;
        change.commit_copy()?;
    }
    Ok(copy)
}

/// The name of the copy that [`keep_aside`] would make now.
///
/// # Errors
///
/// What [`file::read`] says, and [`StoreError::WouldOverwrite`] where there are [`limits::KEPT_COPIES`] others.
pub(super) fn copy_of(path: &Path) -> Result<PathBuf, StoreError> {
    let content = file::read(path)?;
    Ok(place_of(path, |copy| holds(copy, &content))?.copy)
}

/// A name under which a folder that gives way to another stays: `<name>.kept` or with a number.
///
/// # Errors
///
/// [`StoreError::WouldOverwrite`] where there are [`limits::KEPT_COPIES`] others.
pub fn free_name(path: &Path) -> Result<PathBuf, StoreError> {
    Ok(place_of(path, |_| false)?.copy)
}

/// Where a copy is to be.
struct Place {
    copy: PathBuf,
    /// Whether it is not there yet.
    is_free: bool,
}

fn place_of(path: &Path, is_it: impl Fn(&Path) -> bool) -> Result<Place, StoreError> {
    for number in 1..=limits::KEPT_COPIES {
        let copy = numbered(path, number);
        // A link that leads nowhere takes a place, too.
        let is_free = file::status(&copy, AtFlags::SYMLINK_NOFOLLOW)?.is_none();
        if is_free || is_it(&copy) {
            return Ok(Place { copy, is_free });
        }
    }
    Err(StoreError::WouldOverwrite { path: numbered(path, limits::KEPT_COPIES) })
}

fn holds(copy: &Path, content: &[u8]) -> bool {
    file::read(copy).is_ok_and(|kept| *kept == *content)
}

fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(if number == 1 { ".kept".to_owned() } else { format!(".kept-{number}") });
    PathBuf::from(name)
}
