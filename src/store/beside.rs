//! Keeping aside what would be lost.

use crate::limits;
use crate::store::StoreError;
use crate::store::file::{self, Change, Existing, MODE_PRIVATE};
use std::path::{Path, PathBuf};

/// Copies a file to `<name>.kept`, or `<name>.kept-2` and so on, readable by whom the file is: who moves it
/// back has what was there. A copy that is there already is not made twice.
///
/// # Errors
///
/// What [`file::read`] and [`Change::write`] say.
pub(super) fn keep_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let content = file::read(path)?;
    let mut number = 1;
    loop {
        let copy = numbered(path, number);
        let mut change = Change::new();
        let written = change
            .write(&copy, &content, MODE_PRIVATE, Existing::RefuseLike, Some(path), || Ok(()))
            .and_then(|()| change.commit().map(drop));
        match written {
            Ok(()) => return Ok(copy),
            Err(StoreError::WouldOverwrite { .. }) if number < limits::KEPT_COPIES => {
                if file::read(&copy).is_ok_and(|kept| *kept == *content) {
                    return Ok(copy);
                }
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The name of the copy that [`keep_aside`] would make now.
///
/// # Errors
///
/// What [`file::read`] and [`file::kind`] say.
pub(super) fn copy_of(path: &Path) -> Result<PathBuf, StoreError> {
    let content = file::read(path)?;
    let mut number = 1;
    loop {
        let copy = numbered(path, number);
        let is_free = file::kind(&copy)?.is_none();
        let is_it = || file::read(&copy).is_ok_and(|kept| *kept == *content);
        if is_free || number == limits::KEPT_COPIES || is_it() {
            return Ok(copy);
        }
        number += 1;
    }
}

fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(if number == 1 { ".kept".to_owned() } else { format!(".kept-{number}") });
    PathBuf::from(name)
}
