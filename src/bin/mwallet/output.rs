//! Where a command puts the file that it makes: beside everything else, or on stdout.

use crate::context::Context;
use crate::failure::Failure;
use crate::input;
use crate::open;
use crate::render::text;
use mwallet::code::Code;
use mwallet::codec::{self, Opening};
use mwallet::limits;
use mwallet::store::dir::Location;
use mwallet::store::file::{self, Existing, Kind};
use mwallet::store::{Access, StoreError, lock};
use serde::Serialize;
use std::path::{Path, PathBuf};

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

    /// A file that everybody may read whom its owner lets.
    pub(crate) fn public(path: &Path) -> Result<Self, Failure> {
        Ok(Self::new(path, Access::public(path)?.mode))
    }
}

/// Who may read a file that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner alone: it may hold a key or a secret.
    Owner,
    /// Everybody whom the umask lets: a certificate, a request, a list.
    All,
}

impl Readers {
    /// The access that the file is written with; `opening` opens the one that it overwrites.
    pub(crate) fn access(self, path: &Path, opening: &Opening<'_>) -> Result<Access, Failure> {
        Ok(match self {
            Self::Owner => Access::private(path, opening)?,
            Self::All => Access::public(path)?,
        })
    }
}

/// As [`require_place`], for what has no keys: it replaces nothing that may hold some.
pub(crate) fn require_public_place(
    path: &Path,
    wallets: &[&Path],
    read: &[PathBuf],
    force: bool,
) -> Result<(), Failure> {
    require_place(path, wallets, read, force)?;
    require_keyless(path)
}

/// Fails when there is something at the path that must not be overwritten: before any work is done.
pub(crate) fn require_free(path: &Path, force: bool) -> Result<(), Failure> {
    let not_a_file = |found| Err(StoreError::NotAFile { path: path.to_path_buf(), found }.into());
    match file::kind(path)? {
        // No flag replaces these.
        Some(Kind::Directory) => not_a_file("a directory"),
        Some(Kind::Other(found)) => not_a_file(found),
        Some(Kind::File { .. }) if !force => {
            Err(StoreError::WouldOverwrite { path: path.to_path_buf() }.into())
        }
        Some(Kind::File { .. }) | None => Ok(()),
    }
}

/// As [`require_free`], and fails where the file could not be written, or would replace what the
/// command reads, which no flag allows: one of the wallets, or a file with a password.
pub(crate) fn require_place(
    path: &Path,
    wallets: &[&Path],
    read: &[PathBuf],
    force: bool,
) -> Result<(), Failure> {
    for wallet in wallets {
        require_foreign(path, wallet)?;
    }
    require_unread(path, read)?;
    require_free(path, force)?;
    Ok(file::require_writable(path)?)
}

/// Fails where a file without keys would take the place of one that may hold some, which no flag allows: it
/// would be the last that is seen of them.
pub(crate) fn require_keyless(path: &Path) -> Result<(), Failure> {
    if !matches!(file::kind(path)?, Some(Kind::File { .. })) {
        return Ok(());
    }
    // A key may stand behind a long chain.
    let bytes = file::read_start(path, limits::BUNDLE_BYTES)?;
    if !codec::may_hold_keys(&bytes) {
        return Ok(());
    }
    let message = "may hold keys, and what is to be written in its place has none";
    Err(Failure::new(Code::WOULD_OVERWRITE, message).about(path).final_word())
}

/// Fails where text would take the place of keys or certificates, which no flag allows.
pub(crate) fn require_no_material(path: &Path) -> Result<(), Failure> {
    if !matches!(file::kind(path)?, Some(Kind::File { .. })) {
        return Ok(());
    }
    let Some(format) = codec::detect(&file::read_start(path, limits::START_BYTES)?) else {
        return require_keyless(path);
    };
    let message = format!("is of format {format}, which text does not replace");
    Err(Failure::new(Code::WOULD_OVERWRITE, message).about(path).final_word())
}

/// Fails when a file would be written over the wallet that it comes from, or the locks beside that.
pub(crate) fn require_foreign(path: &Path, wallet: &Path) -> Result<(), Failure> {
    if input::is_stream(wallet) {
        return Ok(());
    }
    let refused = |what: &str| Err(Failure::new(Code::USAGE, what).about(path));
    let location = open::location(wallet)?;
    for own in [Some(location.store_file()), location.auto_login_file()].into_iter().flatten() {
        // The auto-login file may not be there yet.
        if path == own || file::same_file(path, &own)? {
            return refused("it is the wallet itself");
        }
        let lock = lock::lock_path(&own);
        if path == lock || file::same_file(path, &lock)? {
            return refused("it is the lock of the wallet");
        }
    }
    if let Location::PemFolder(folder) = &location {
        for above in path.ancestors().skip(1).take(2).filter(|above| !above.as_os_str().is_empty())
        {
            if file::same_file(above, folder)? {
                return refused("it is in the wallet itself");
            }
        }
    }
    Ok(())
}

/// Fails when a file would be written over another one that the command reads.
pub(crate) fn require_unread(path: &Path, read: &[PathBuf]) -> Result<(), Failure> {
    for file in read {
        if file::same_file(path, file)? {
            return Err(Failure::new(Code::USAGE, "the command reads it").about(path));
        }
    }
    Ok(())
}

/// What a write does with what is at the place of an export.
pub(crate) fn existing(access: &Access, force: bool) -> Existing {
    if force { access.existing } else { Existing::Refuse }
}

/// Writes what everybody may read into the file, or to stdout for `None` and `-`.
pub(crate) fn write(
    path: Option<&Path>,
    bytes: &[u8],
    force: bool,
    context: &Context,
) -> Result<Option<FileReport>, Failure> {
    match path {
        Some(path) if path != Path::new("-") => {
            write_with(&Access::public(path)?, path, bytes, force).map(Some)
        }
        _ => context.data(bytes).map(|()| None),
    }
}

/// Writes the file with this access.
pub(crate) fn write_with(
    access: &Access,
    path: &Path,
    bytes: &[u8],
    force: bool,
) -> Result<FileReport, Failure> {
    file::write_new(path, bytes, access.mode, existing(access, force))?;
    Ok(FileReport::new(path, access.mode))
}
