//! What the user may have meant by a directory that is no wallet.

use crate::codec;
use crate::model::format::Format;
use crate::store::file;
use rustix::fs::{Dir, Mode, OFlags};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Names of a directory that are looked at: somebody may have named a folder of a million files.
const NAMES: usize = 10_000;

/// Files that are opened.
const FILES: usize = 20;

/// Bytes of a file that tell what it is.
const START: u64 = 4096;

/// The store files in the directory, by name: those with the ending of one are looked into. What cannot be
/// read is passed over, because the answer is only a proposal.
#[must_use]
pub fn stores_in(directory: &Path) -> Vec<PathBuf> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(directory, flags, Mode::empty());
    let Ok(entries) = folder.and_then(Dir::read_from) else { return Vec::new() };
    let mut names: Vec<PathBuf> = entries
        .take(NAMES)
        .filter_map(Result::ok)
        .map(|entry| PathBuf::from(OsStr::from_bytes(entry.file_name().to_bytes())))
        .filter(|name| has_store_ending(name))
        .collect();
    names.sort();
    let paths = names.into_iter().take(FILES).map(|name| directory.join(name));
    paths.filter(|path| is_store(path)).collect()
}

fn has_store_ending(name: &Path) -> bool {
    name.extension().is_some_and(|ending| {
        ["p12", "pfx", "jks", "jceks"].iter().any(|known| ending.eq_ignore_ascii_case(known))
    })
}

fn is_store(path: &Path) -> bool {
    file::read_start(path, START)
        .is_ok_and(|start| codec::detect(&start).is_some_and(Format::is_store))
}
