//! Temporary files, and what processes leave of them that are killed.
//!
//! ```text
//! .mwallet-RANDOM         of whoever writes
//! .mwallet-NAME-RANDOM    of whoever writes under the lock of a file; NAME stands for that file's name
//! ```

use crate::digest::Fingerprint;
use crate::hex;
use crate::store::StoreError;
use crate::store::file::{folder_failed, folder_of};
use crate::store::unfinished::{self, Registration};
use std::path::Path;
use tempfile::NamedTempFile;

/// What the names begin with.
pub(super) const PREFIX: &str = ".mwallet-";

/// Bytes of the hash that stands for a name: names can be as long as the file system allows.
const HASH_BYTES: usize = 8;

/// A file that is deleted in the end, under the name that it was made with.
#[derive(Debug)]
pub(super) struct Temporary {
    // Deleted first, forgotten afterwards.
    pub(super) file: NamedTempFile,
    _registration: Registration,
}

impl Temporary {
    /// Makes one beside `target`.
    pub(super) fn create(target: &Path, under_lock: bool) -> Result<Self, StoreError> {
        let folder = folder_of(target);
        let prefix = if under_lock { prefix_under_lock(target) } else { PREFIX.to_owned() };
        let made = unfinished::begin().and_then(|making| {
            let file =
                tempfile::Builder::new().prefix(&prefix).rand_bytes(16).tempfile_in(folder)?;
            let registration = making.made(file.path().to_path_buf());
            Ok(Self { file, _registration: registration })
        });
        made.map_err(|error| folder_failed(folder, "create a file in the folder", error))
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }
}

fn prefix_under_lock(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().as_encoded_bytes();
    let hash = hex::encode(&Fingerprint::of(name).as_bytes()[..HASH_BYTES]);
    format!("{PREFIX}{hash}-")
}

/// Removes what processes have left that were killed while they wrote this file under its lock. The caller
/// holds that lock, so none of them is alive. What cannot be removed does no harm, and stays.
pub(in crate::store) fn remove_left(target: &Path) {
    let Ok(entries) = std::fs::read_dir(folder_of(target)) else { return };
    let prefix = prefix_under_lock(target);
    for entry in entries.flatten() {
        let is_named = entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes());
        if is_named && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
