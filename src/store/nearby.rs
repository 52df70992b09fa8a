//! What the user may have meant by a directory that is no wallet.

use crate::codec;
use crate::limits;
use crate::model::format::Format;
use crate::store::dir::has_store_ending;
use crate::store::file;
use rustix::fs::{Mode, OFlags};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The store files in the directory, by name: those with the ending of one are looked into. What cannot be
/// read is passed over, because the answer is only a proposal.
#[must_use]
pub fn stores_in(directory: &Path) -> Vec<PathBuf> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(directory, flags, Mode::empty());
    let Ok(entries) = folder.and_then(file::entries) else { return Vec::new() };
    // Somebody may have named a folder of a million files.
    let mut names: Vec<PathBuf> = entries
        .take(limits::FOLDER_NAMES)
        .filter_map(Result::ok)
        .map(|entry| PathBuf::from(OsStr::from_bytes(entry.file_name().to_bytes())))
        .filter(|name| has_store_ending(name))
        .collect();
    names.sort();
    let paths = names.into_iter().take(limits::NEARBY_FILES).map(|name| directory.join(name));
    paths.filter(|path| is_store(path)).collect()
}

fn is_store(path: &Path) -> bool {
    file::read_start(path, limits::START_BYTES)
        .is_ok_and(|start| codec::detect(&start).is_some_and(Format::is_store))
}
