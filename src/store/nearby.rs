//! What the user may have meant by a directory that is no wallet.

use crate::codec;
use crate::limits;
use crate::model::format::Format;
use crate::store::dir::has_store_ending;
use crate::store::file::{self, Kind};
use crate::store::survey::is_promising;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The store files in the directory, by name: those with the ending of one are looked into. What cannot be
/// read is passed over, because the answer is only a proposal.
#[must_use]
pub fn stores_in(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        paths_in(directory).into_iter().filter(|path| has_store_ending(path)).collect();
    paths.sort();
    paths.into_iter().take(limits::NEARBY_FILES).filter(|path| is_store(path)).collect()
}

/// The first two files with certificates or keys in the directory, or in a folder in it: a wallet beside them
/// would hide them. What cannot be read is passed over, and so is what comes behind [`limits::FOLDER_NAMES`]
/// files.
pub(super) fn loose_files(directory: &Path) -> Vec<PathBuf> {
    let paths = paths_in(directory);
    let is_folder = |path: &&PathBuf| matches!(file::kind(path), Ok(Some(Kind::Directory)));
    let folders = paths.iter().filter(is_folder).take(limits::NEARBY_FILES);
    let inside = folders.flat_map(|folder| paths_in(folder));
    let paths = paths.iter().cloned().chain(inside).take(limits::FOLDER_NAMES);
    paths.filter(|path| is_material(path)).take(2).collect()
}

fn paths_in(directory: &Path) -> Vec<PathBuf> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(directory, flags, Mode::empty());
    let Ok(entries) = folder.and_then(file::entries) else { return Vec::new() };
    // Somebody may have named a folder of a million files.
    entries
        .take(limits::FOLDER_NAMES)
        .filter_map(Result::ok)
        .map(|entry| directory.join(OsStr::from_bytes(entry.file_name().to_bytes())))
        .collect()
}

fn is_material(path: &Path) -> bool {
    // Of no size are also the files of /proc, some of which wait or act when they are read.
    let is_file = |stat: Stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && stat.st_size > 0
    };
    let may_hold_keys = || {
        file::read_start(path, limits::START_BYTES).is_ok_and(|start| codec::may_hold_keys(&start))
    };
    matches!(file::status(path, AtFlags::empty()), Ok(Some(stat)) if is_file(stat))
        && (is_promising(path).unwrap_or(false) || may_hold_keys())
}

fn is_store(path: &Path) -> bool {
    file::read_start(path, limits::START_BYTES)
        .is_ok_and(|start| codec::detect(&start).is_some_and(Format::is_store))
}
