//! What a path on the command line means: a wallet directory or a store file.

use crate::code::Code;
use crate::codec::Warning;
use crate::codec::sso::Kind;
use crate::model::format::Format;
use crate::store::StoreError;
use crate::store::{file, nearby, pem_folder};
use std::fmt;
use std::path::{Path, PathBuf};

/// The password wallet of a wallet directory.
pub const WALLET_FILE: &str = "ewallet.p12";

/// The auto-login wallet of a wallet directory.
pub const AUTO_LOGIN_FILE: &str = "cwallet.sso";

/// Where a wallet is, or will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A directory with `ewallet.p12` and perhaps `cwallet.sso`.
    Directory(PathBuf),
    /// A single store file.
    File(PathBuf),
    /// A directory of PEM files, which is read and never edited.
    PemFolder(PathBuf),
}

impl Location {
    /// Where the wallet is that the user named. The path of an `ewallet.p12` or `cwallet.sso` means
    /// its directory.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] when nothing is there, [`StoreError::WalletNotFound`] or
    /// [`StoreError::LooseFiles`] when it is a directory without a wallet, [`StoreError::NotAFile`] for pipes and devices.
    pub fn existing(path: &Path) -> Result<Self, StoreError> {
        let location = match file::kind(path)? {
            None => return Err(StoreError::NotFound { path: path.to_path_buf() }),
            Some(file::Kind::Other(found)) => {
                return Err(StoreError::NotAFile { path: path.to_path_buf(), found });
            }
            Some(file::Kind::Directory) => Self::Directory(path.to_path_buf()),
            Some(file::Kind::File { .. }) => Self::of_file(path),
        };
        if let Self::Directory(directory) = &location
            && !is_present(&directory.join(WALLET_FILE))?
            && !is_present(&directory.join(AUTO_LOGIN_FILE))?
        {
            if pem_folder::is_one(directory)? {
                return Ok(Self::PemFolder(directory.clone()));
            }
            let path = directory.clone();
            return Err(match &nearby::loose_files(directory)[..] {
                [] => StoreError::WalletNotFound { path },
                [only] => StoreError::LooseFiles { path, only: Some(only.clone()) },
                _ => StoreError::LooseFiles { path, only: None },
            });
        }
        Ok(location)
    }

    /// Where a new wallet is to be: in the directory that exists, else as the name says. A name
    /// with the ending of a store file means a file, any other a directory.
    ///
    /// # Errors
    ///
    /// A folder on the way cannot be searched.
    pub fn for_new(path: &Path) -> Result<Self, StoreError> {
        Ok(match file::kind(path)? {
            Some(file::Kind::Directory) => Self::Directory(path.to_path_buf()),
            None if !has_store_ending(path) => Self::Directory(path.to_path_buf()),
            _ => Self::of_file(path),
        })
    }

    /// What the user named, without the file's name in a directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Directory(path) | Self::File(path) | Self::PemFolder(path) => path,
        }
    }

    /// The file that is opened with a password; of a directory of PEM files the directory.
    #[must_use]
    pub fn store_file(&self) -> PathBuf {
        match self {
            Self::Directory(path) => path.join(WALLET_FILE),
            Self::File(path) | Self::PemFolder(path) => path.clone(),
        }
    }

    /// The auto-login file of a directory, there or not.
    #[must_use]
    pub fn auto_login_file(&self) -> Option<PathBuf> {
        match self {
            Self::Directory(path) => Some(path.join(AUTO_LOGIN_FILE)),
            Self::File(_) | Self::PemFolder(_) => None,
        }
    }

    /// Which kind of auto-login is in force, by the type byte of `cwallet.sso`, and what could not
    /// be understood of it.
    ///
    /// # Errors
    ///
    /// A folder on the way cannot be searched.
    pub fn auto_login(&self) -> Result<(AutoLogin, Option<Warning>), StoreError> {
        let Self::Directory(directory) = self else { return Ok((AutoLogin::None, None)) };
        let path = directory.join(AUTO_LOGIN_FILE);
        if !is_present(&path)? {
            return Ok((AutoLogin::None, None));
        }
        let (code, message) = match file::read_start(&path, 4) {
            Ok(start) => match AutoLogin::of_header(&start) {
                Some(auto_login) => return Ok((auto_login, None)),
                None => (
                    Code::FORMAT_UNKNOWN,
                    format!("{}: not an auto-login file that is known", path.display()),
                ),
            },
            Err(error) => (error.code(), error.to_string()),
        };
        Ok((AutoLogin::On, Some(Warning { code, message })))
    }

    /// What the path of a file means: that of an `ewallet.p12` or `cwallet.sso`, or of a link to one, its
    /// directory.
    #[must_use]
    pub fn of_file(path: &Path) -> Self {
        let is_part =
            |path: &Path| [WALLET_FILE, AUTO_LOGIN_FILE].iter().any(|name| path.ends_with(name));
        let directory = |part: &Path| Self::Directory(file::folder_of(part).to_path_buf());
        if is_part(path) {
            return directory(path);
        }
        match file::resolve(path) {
            Ok(target) if is_part(&target) => directory(&target),
            // A link that is not followed is refused by whoever writes to it.
            Ok(_) | Err(_) => Self::File(path.to_path_buf()),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
    }
}

/// Whether a wallet directory opens without a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoLogin {
    /// There is no `cwallet.sso`.
    None,
    /// `cwallet.sso` stands beside an `ewallet.p12`, or is of a kind that is not known.
    On,
    /// `cwallet.sso` is the only file of the wallet.
    Only,
    /// `cwallet.sso` opens for one user on one host.
    Local,
}

impl AutoLogin {
    /// What an auto-login file of this kind stands for.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::On => Self::On,
            Kind::Only => Self::Only,
            Kind::Local => Self::Local,
        }
    }

    /// The kind of auto-login file that stands for this, if any.
    #[must_use]
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::None => None,
            Self::On => Some(Kind::On),
            Self::Only => Some(Kind::Only),
            Self::Local => Some(Kind::Local),
        }
    }

    /// The name in JSON and in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::On => "on",
            Self::Only => "only",
            Self::Local => "local",
        }
    }

    /// ```text
    /// A1 F8 4E  type: '6' beside an ewallet.p12, '7' the only file, '8' local
    /// ```
    pub(super) fn of_header(start: &[u8]) -> Option<Self> {
        match start {
            [0xa1, 0xf8, 0x4e, b'6', ..] => Some(Self::On),
            [0xa1, 0xf8, 0x4e, b'7', ..] => Some(Self::Only),
            [0xa1, 0xf8, 0x4e, b'8', ..] => Some(Self::Local),
            _ => None,
        }
    }
}

/// Whether the path has the ending of a store file.
pub(super) fn has_store_ending(path: &Path) -> bool {
    Format::of_name(path).is_some_and(Format::is_store) || Format::is_java_name(path)
}

/// Whether the name says that a file is a store. Auto-login files count, though none is made under a name of
/// the user's choice.
pub(super) fn is_named_as_store(path: &Path) -> bool {
    has_store_ending(path)
        || path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sso"))
}

/// Whether anything is at the path.
pub(super) fn is_present(path: &Path) -> Result<bool, StoreError> {
    Ok(file::kind(path)?.is_some())
}
