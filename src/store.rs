//! Wallets on disk: the only part of the library that touches the file system.
//!
//! [`Store::read`] opens a wallet and leaves no trace, [`Store::edit`] locks it first, and
//! [`Store::create`] begins a new one; [`Store::save`] replaces the file in one step, after what
//! was written has been read back and compared with what was meant.

pub mod dir;
pub mod file;
pub mod lock;
pub mod nearby;
pub mod pki;

mod access;
mod auto_login;
mod beside;
mod native;
mod pem_folder;
mod replaced;
mod session;
mod survey;
mod unfinished;
mod verify;
mod walk;

pub use access::Access;
pub use auto_login::AutoLoginFile;
pub use beside::free_name;
pub use replaced::{Loss, Replaced};
pub use session::{Rehearsed, Saved, SavedFile, Store};
pub use survey::{Survey, SurveyedFile, survey};
pub use verify::{Mismatch, verify};

use crate::code::Code;
use crate::codec::CodecError;
use crate::model::format::Format;
use crate::store::dir::AutoLogin;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a wallet could not be read from disk or written to it. Every variant names the path.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing is at the path.
    #[error("{}: not found", .path.display())]
    NotFound {
        /// What was looked for.
        path: PathBuf,
    },
    /// The folder in which something is to be made is not there.
    #[error("{}: there is no such folder", .path.display())]
    FolderMissing {
        /// The folder.
        path: PathBuf,
    },
    /// The directory holds neither `ewallet.p12` nor `cwallet.sso`.
    #[error("{}: the directory holds no wallet", .path.display())]
    WalletNotFound {
        /// The directory.
        path: PathBuf,
    },
    /// The directory is no wallet, but files with certificates or keys lie in it.
    #[error("{}: the directory holds no wallet, but files with certificates or keys", .path.display())]
    LooseFiles {
        /// The directory.
        path: PathBuf,
        /// The file, where it is one alone.
        only: Option<PathBuf>,
    },
    /// The operating system denied access.
    #[error("{}: cannot {action}: {reason}", .path.display())]
    PermissionDenied {
        /// The file or the folder that access was denied to.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// `permission denied`, `read-only file system`.
        reason: &'static str,
    },
    /// The path names something that is no regular file.
    #[error("{}: is {found}, not a file", .path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there: `a directory`, `a named pipe`.
        found: &'static str,
    },
    /// The file is longer than is read.
    #[error("{}: the file is longer than {allowed} bytes", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound in bytes.
        allowed: u64,
    },
    /// The folder has more names than are looked at.
    #[error("{}: the folder holds more than {allowed} names", .path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// The bound.
        allowed: usize,
    },
    /// The folder lies deeper below a named one than is looked into.
    #[error("{}: more than {allowed} folders deep", .path.display())]
    TooDeep {
        /// The folder.
        path: PathBuf,
        /// The bound in folders.
        allowed: usize,
    },
    /// The device is full or the quota is used up.
    #[error("{}: cannot {action}: no space left", .path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
    },
    /// Reading or writing failed in another way.
    #[error("{}: cannot {action}: {reason}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the operating system said.
        reason: String,
    },
    /// The target exists.
    #[error("{}: exists", .path.display())]
    WouldOverwrite {
        /// The target.
        path: PathBuf,
    },
    /// A symbolic link that is not written through.
    #[error("{}: is a symbolic link {reason}", .path.display())]
    LinkRefused {
        /// The link.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// What was written does not read back as what was meant.
    #[error("{}: what was written does not read back as what was meant: {difference}; the file was not replaced", .path.display())]
    VerifyFailed {
        /// The file that keeps its old content.
        path: PathBuf,
        /// The first difference.
        difference: String,
    },
    /// Somebody else holds the lock.
    #[error("{}: locked by another writer, waited {} s", .path.display(), .waited.as_secs_f32())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// A change would have to rewrite an auto-login file that cannot be opened here, and so could
    /// not keep it as it is.
    #[error("{}: a change has to rewrite the auto-login file as it is, and it cannot be opened here: {source}", .path.display())]
    AutoLoginElsewhere {
        /// The `cwallet.sso`.
        path: PathBuf,
        /// For whom it opens, by its first bytes.
        kind: AutoLogin,
        /// Why it cannot be opened.
        source: CodecError,
    },
    /// A password was given, or is needed, and the wallet has only its auto-login file.
    #[error("{}: not there: the wallet has only its auto-login file", .path.display())]
    PasswordFileMissing {
        /// The `ewallet.p12`.
        path: PathBuf,
    },
    /// The wallet has no auto-login file.
    #[error("{}: not there: the wallet has no auto-login file", .path.display())]
    AutoLoginMissing {
        /// The `cwallet.sso`.
        path: PathBuf,
    },
    /// The file is of a known format that holds no wallet.
    #[error("{}: is of format {format}, not a store", .path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What it is.
        format: Format,
    },
    /// The store was opened for reading and cannot be saved.
    #[error("{}: opened for reading only", .path.display())]
    ReadOnly {
        /// The store.
        path: PathBuf,
    },
    /// The content cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Codec {
        /// The file.
        path: PathBuf,
        /// What the codec met.
        source: CodecError,
    },
}

impl StoreError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } | Self::FolderMissing { .. } => Code::FILE_NOT_FOUND,
            Self::WalletNotFound { .. } | Self::LooseFiles { .. } => Code::WALLET_NOT_FOUND,
            Self::PermissionDenied { .. } => Code::PERMISSION_DENIED,
            Self::NotAFile { .. } => Code::NOT_A_FILE,
            Self::TooLarge { .. } | Self::TooMany { .. } | Self::TooDeep { .. } => {
                Code::LIMIT_EXCEEDED
            }
            Self::NoSpace { .. } => Code::NO_SPACE,
            Self::Io { .. } => Code::IO_FAILED,
            Self::WouldOverwrite { .. } => Code::WOULD_OVERWRITE,
            Self::LinkRefused { .. } => Code::LINK_REFUSED,
            Self::VerifyFailed { .. } => Code::VERIFY_FAILED,
            Self::Locked { .. } => Code::STORE_LOCKED,
            Self::AutoLoginElsewhere { .. } => Code::AUTO_LOGIN_ELSEWHERE,
            Self::PasswordFileMissing { .. } | Self::AutoLoginMissing { .. } => {
                Code::FILE_NOT_FOUND
            }
            Self::NotAStore { .. } => Code::FORMAT_UNSUPPORTED,
            Self::ReadOnly { .. } => Code::USAGE,
            Self::Codec { source, .. } => source.code(),
        }
    }

    /// The path that the error is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path }
            | Self::FolderMissing { path }
            | Self::WalletNotFound { path }
            | Self::LooseFiles { path, .. }
            | Self::PermissionDenied { path, .. }
            | Self::NotAFile { path, .. }
            | Self::TooLarge { path, .. }
            | Self::TooMany { path, .. }
            | Self::TooDeep { path, .. }
            | Self::NoSpace { path, .. }
            | Self::Io { path, .. }
            | Self::WouldOverwrite { path }
            | Self::LinkRefused { path, .. }
            | Self::VerifyFailed { path, .. }
            | Self::Locked { path, .. }
            | Self::AutoLoginElsewhere { path, .. }
            | Self::PasswordFileMissing { path }
            | Self::AutoLoginMissing { path }
            | Self::NotAStore { path, .. }
            | Self::ReadOnly { path }
            | Self::Codec { path, .. } => path,
        }
    }

    /// Sorts what the operating system said about `path`.
    fn from_io(path: &Path, action: &'static str, error: impl Into<io::Error>) -> Self {
        let error = error.into();
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound { path },
            io::ErrorKind::PermissionDenied => {
                Self::PermissionDenied { path, action, reason: "permission denied" }
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                Self::PermissionDenied { path, action, reason: "read-only file system" }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::NoSpace { path, action }
            }
            io::ErrorKind::AlreadyExists => Self::WouldOverwrite { path },
            _ => Self::Io { path, action, reason: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StoreError;
    use crate::code::Code;
    use std::io;
    use std::path::Path;

    #[test]
    fn errors_of_the_system_are_told_apart() {
        // errno of Linux, asm-generic/errno-base.h and errno.h
        for (errno, code) in [
            (2, Code::FILE_NOT_FOUND),
            (1, Code::PERMISSION_DENIED),
            (13, Code::PERMISSION_DENIED),
            (30, Code::PERMISSION_DENIED),
            (28, Code::NO_SPACE),
            (122, Code::NO_SPACE),
            (5, Code::IO_FAILED),
            (17, Code::WOULD_OVERWRITE),
        ] {
            let error = io::Error::from_raw_os_error(errno);
            let sorted = StoreError::from_io(Path::new("/w/ewallet.p12"), "write it", error);
            assert_eq!(sorted.code(), code, "errno {errno}: {sorted}");
            assert!(sorted.to_string().starts_with("/w/ewallet.p12: "), "{sorted}");
        }
    }
}
