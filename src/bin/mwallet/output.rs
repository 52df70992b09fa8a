//! Where a command puts the file that it makes: beside everything else, 0600, or on stdout.

use crate::context::Context;
use crate::failure::Failure;
use crate::render::text;
use mwallet::code::Code;
use mwallet::store::dir::Location;
use mwallet::store::{StoreError, file};
use serde::Serialize;
use std::path::Path;

/// A file that was written, or would be.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FileReport {
    pub(crate) path: String,
    pub(crate) mode: String,
}

impl FileReport {
    pub(crate) fn new(path: &Path, mode: u32) -> Self {
        Self { path: path.to_string_lossy().into_owned(), mode: text::mode(mode) }
    }
}

/// Fails when there is something at the path that must not be overwritten: before any work is done.
pub(crate) fn require_free(path: &Path, force: bool) -> Result<(), Failure> {
    match file::kind(path)? {
        Some(_) if !force => Err(StoreError::WouldOverwrite { path: path.to_path_buf() }.into()),
        _ => Ok(()),
    }
}

/// As [`require_free`], and fails where the file could not be written or would be the wallet itself,
/// which no flag allows: the wallet may be saved before the file is written.
pub(crate) fn require_place(path: &Path, wallet: &Path, force: bool) -> Result<(), Failure> {
    let location = Location::existing(wallet)?;
    for own in [Some(location.store_file()), location.auto_login_file()].into_iter().flatten() {
        if file::same_file(path, &own)? {
            return Err(Failure::new(Code::USAGE, "it is the wallet itself").about(path));
        }
    }
    require_free(path, force)?;
    Ok(file::require_writable(path)?)
}

/// Writes the file, or stdout for `None` and `-`.
pub(crate) fn write(
    path: Option<&Path>,
    bytes: &[u8],
    force: bool,
    context: &Context,
) -> Result<Option<FileReport>, Failure> {
    match path {
        Some(path) if path != Path::new("-") => {
            file::write_new(path, bytes, file::MODE_PRIVATE, force)?;
            Ok(Some(FileReport::new(path, file::MODE_PRIVATE)))
        }
        _ => context.data(bytes).map(|()| None),
    }
}
