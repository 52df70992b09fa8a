//! One wallet, opened: read, edited, made, saved.

mod along;
mod aside;
mod keys;
mod load;
pub(in crate::store) mod place;
mod read_back;
mod save;

use crate::codec::sso::Identity;
use crate::codec::{CodecError, Opening, Origin, Warning};
use crate::crypto::kdf::DerivedKeys;
use crate::limits;
use crate::model::format::{Format, Layout};
use crate::model::wallet::Wallet;
use crate::secret::{Password, SecretBytes, SharedBytes};
use crate::store::dir::{self, AutoLogin, Location};
use crate::store::file::NewDirectory;
use crate::store::lock::{Afterwards, Lock};
use crate::store::session::along::Along;
use crate::store::session::place::{
    Purpose, is_anything_present, keep_lock_files, lock, require_creatable,
};
use crate::store::{AutoLoginFile, Replaced, StoreError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A wallet with the place that it came from or goes to.
///
/// One that was opened by [`Store::edit`] or [`Store::create`] is locked until it is dropped.
#[derive(Debug)]
pub struct Store {
    /// What it holds.
    pub wallet: Wallet,
    /// How its file was written; `None` for a new one.
    pub origin: Option<Origin>,
    /// What the user should know of the file.
    pub warnings: Vec<Warning>,
    location: Location,
    format: Format,
    /// The kind of auto-login that is in force, and the one that a save leaves behind.
    auto_login: AutoLogin,
    wanted: AutoLogin,
    /// The `cwallet.sso` of a directory, if it has one.
    found: Option<AutoLoginFile>,
    /// Why it could not be read, which only who changes the kind of auto-login may pass over.
    unread: Option<StoreError>,
    /// For whom local auto-login files open.
    identity: Option<fn() -> Identity>,
    /// The file as it was read to be changed, or last saved; `None` as long as a new one is not saved.
    content: Option<SharedBytes>,
    /// Whether that file holds certificates and no secret, as files do that are made for everybody to read.
    /// The mode of any other is somebody's choice.
    is_public: bool,
    /// Whether a file that is there may be replaced.
    may_replace: bool,
    /// What the next save writes with the wallet.
    along: Option<Along>,
    /// What opened the file, for reading back what is written with the same protection.
    password: Option<Password>,
    /// What opened keys with passwords of their own, for reading them back. The store's is not among
    /// them: a key that a new one does not open was written wrongly.
    key_passwords: Vec<Password>,
    max_iterations: u32,
    /// What was derived for it: reading back derives nothing.
    derived: DerivedKeys,
    lock_timeout: Duration,
    /// Empty when opened for reading. Released before the directory is removed again.
    locks: Vec<Lock>,
    new_directory: Option<NewDirectory>,
}

/// A file of a wallet that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFile {
    /// The file.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// Whether it was written; false when its content would have been the same.
    pub written: bool,
}

/// What a [`Store::save`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The file: that with the password, or the only one.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// Whether anything was written or removed; false when all would have been the same.
    pub written: bool,
    /// How many entries a reader finds in it. Formats arrange the same things differently: of the issuers in
    /// the chain of a key Oracle's layout makes entries of their own.
    pub entries: usize,
    /// Whether a portable file became one of Oracle's layout, because it is in a wallet directory.
    pub layout_converted: bool,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// The auto-login file beside it.
    pub auto_login: Option<SavedFile>,
    /// The file that the wallet no longer has.
    pub removed: Option<PathBuf>,
    /// The files of the wallet that was there, and is not any more: a new one has its place.
    pub replaced: Vec<Replaced>,
}

/// What a [`Store::save`] would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// The permission bits that the file with the password, or the only one, would have.
    pub mode: u32,
    /// How many entries a reader would find.
    pub entries: usize,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// The files of the wallet that a new one would take the place of.
    pub replaced: Vec<Replaced>,
}

impl Store {
    /// Opens a wallet for reading: takes no lock, creates nothing. A file of loose certificates and
    /// keys, in PEM, DER or PKCS#7, is read as a wallet, too. Of a directory with a password
    /// `ewallet.p12` is read, and compared with `cwallet.sso`; without one, `cwallet.sso`. The keys of
    /// a directory are opened whatever `opening` says.
    ///
    /// # Errors
    ///
    /// What [`Location::existing`], [`file::read`] and [`codec::decode`] say;
    /// [`StoreError::NotAStore`] for such a file under the name of a wallet directory's;
    /// [`StoreError::PasswordFileMissing`] when there is nothing that the password could open.
    pub fn read(path: &Path, opening: &Opening<'_>) -> Result<Self, StoreError> {
        Self::load(Location::existing(path)?, opening, Purpose::Read)
    }

    /// Opens a wallet that came through a pipe, to look at it. `path` is what it is called.
    ///
    /// # Errors
    ///
    /// What [`codec::decode`] says.
    pub fn of_stream(
        path: &Path,
        content: SecretBytes,
        opening: &Opening<'_>,
    ) -> Result<Self, StoreError> {
        let location = Location::File(path.to_path_buf());
        Self::of_content(location, path, content, opening, Purpose::Read)
    }

    /// Opens a wallet for editing: takes the lock, then reads.
    ///
    /// In a wallet directory the keys are opened whatever `opening` says: Oracle's layout holds them
    /// without an encryption of their own, so a portable file cannot be converted around closed ones.
    ///
    /// # Errors
    ///
    /// As [`Store::read`]; [`StoreError::NotAStore`] for a file of loose certificates and keys;
    /// [`StoreError::Locked`] after `lock_timeout`;
    /// [`StoreError::AutoLoginElsewhere`] when there is an auto-login file that a save could not
    /// keep as it is.
    pub fn edit(
        path: &Path,
        opening: &Opening<'_>,
        lock_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let store = Self::edit_auto_login(path, opening, lock_timeout)?;
        store.require_kept()?;
        Ok(store)
    }

    /// As [`Store::edit`], to change the kind of auto-login: the file that is there need not open.
    ///
    /// # Errors
    ///
    /// As [`Store::edit`], without the last.
    pub fn edit_auto_login(
        path: &Path,
        opening: &Opening<'_>,
        lock_timeout: Duration,
    ) -> Result<Self, StoreError> {
        Self::load_locked(path, opening, lock_timeout, Purpose::Edit)
    }

    /// Opens a wallet directory for editing by its auto-login file, to give it a new password: the
    /// next save writes `ewallet.p12` anew, and must name a password.
    ///
    /// # Errors
    ///
    /// As [`Store::edit`]; [`StoreError::AutoLoginMissing`].
    pub fn recover(
        path: &Path,
        opening: &Opening<'_>,
        lock_timeout: Duration,
    ) -> Result<Self, StoreError> {
        Self::load_locked(path, opening, lock_timeout, Purpose::Recover)
    }

    /// Begins a new wallet. Nothing but the lock file, and the directory of a directory wallet where
    /// it is missing, is made before [`Store::save`]; both go away again when it is never saved.
    ///
    /// # Errors
    ///
    /// [`StoreError::WouldOverwrite`] when there is a wallet and `overwrite` is false;
    /// [`StoreError::FolderMissing`] when the parent folder is missing.
    pub fn create(
        location: Location,
        format: Format,
        overwrite: bool,
        lock_timeout: Duration,
    ) -> Result<Self, StoreError> {
        if matches!(location, Location::Directory(_)) && format != Format::Pkcs12 {
            let what = format!("{format} in a wallet directory");
            let source = CodecError::FormatUnsupported { what, verb: "written" };
            return Err(StoreError::Codec { path: location.path().to_path_buf(), source });
        }
        require_creatable(&location, overwrite)?;
        let new_directory = match &location {
            Location::Directory(path) if !dir::is_present(path)? => Some(NewDirectory::make(path)?),
            _ => None,
        };
        let mut locks = lock(&location, lock_timeout)?;
        if is_anything_present(&location)? {
            keep_lock_files(&location, &mut locks);
        }
        require_creatable(&location, overwrite)?;
        Ok(Self {
            may_replace: overwrite,
            lock_timeout,
            locks,
            new_directory,
            ..Self::empty(location, format)
        })
    }

    /// Nothing yet: no wallet, no file, no lock.
    fn empty(location: Location, format: Format) -> Self {
        Self {
            wallet: Wallet::new(),
            origin: None,
            warnings: Vec::new(),
            location,
            format,
            auto_login: AutoLogin::None,
            wanted: AutoLogin::None,
            found: None,
            unread: None,
            identity: None,
            content: None,
            is_public: false,
            may_replace: false,
            along: None,
            password: None,
            key_passwords: Vec::new(),
            max_iterations: limits::ITERATIONS,
            derived: DerivedKeys::default(),
            lock_timeout: Duration::ZERO,
            locks: Vec::new(),
            new_directory: None,
        }
    }

    /// Says that a new wallet is written as the file of another one was: everything that comes from
    /// there as it stands there, with its algorithms, and what is new alike. The wallet must be made
    /// of the other one's, and the formats must be the same.
    pub fn write_like(&mut self, other: &Self) {
        self.origin.clone_from(&other.origin);
        self.key_passwords.clone_from(&other.key_passwords);
        self.max_iterations = other.max_iterations;
        self.derived.clone_from(&other.derived);
    }

    /// Keeps the issuers that went with their key and that another certificate needs: see
    /// [`Origin::keep_issuers`].
    pub fn keep_issuers(&mut self) {
        if let Some(origin) = &mut self.origin {
            origin.keep_issuers(&mut self.wallet);
        }
    }

    /// The path of the directory or of the store file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.location.path()
    }

    /// Where the wallet is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The format of its file.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The layout of the file that was read, where the format has more than one.
    #[must_use]
    pub fn layout(&self) -> Option<Layout> {
        self.origin.as_ref().and_then(Origin::layout)
    }

    /// Whether Oracle's rules are the wallet's: by its layout, or because it lies in a wallet
    /// directory, where the next save gives it that layout.
    #[must_use]
    pub fn is_oracle(&self) -> bool {
        matches!(self.location, Location::Directory(_)) || self.layout() == Some(Layout::Oracle)
    }

    /// Whether it is a PKCS#12 file whose readers are others than Oracle's.
    #[must_use]
    pub fn is_portable_pkcs12(&self) -> bool {
        self.format == Format::Pkcs12 && !self.is_oracle()
    }

    /// Whether the wallet opens without a password.
    #[must_use]
    pub fn auto_login(&self) -> AutoLogin {
        self.auto_login
    }

    /// What is known of the `cwallet.sso` of a directory; `None` where there is none.
    #[must_use]
    pub fn auto_login_file(&self) -> Option<&AutoLoginFile> {
        self.found.as_ref()
    }

    /// Says which kind of auto-login the next save leaves behind: [`AutoLogin::None`] removes
    /// `cwallet.sso`, [`AutoLogin::Only`] removes `ewallet.p12`. A local file is for whom `identity` tells.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] when the new file is locked by somebody else;
    /// [`CodecError::FormatUnsupported`] outside of wallet directories.
    pub fn set_auto_login(
        &mut self,
        wanted: AutoLogin,
        identity: Option<fn() -> Identity>,
    ) -> Result<(), StoreError> {
        let Some(target) = self.location.auto_login_file() else {
            let what = "an auto-login file outside of a wallet directory".to_owned();
            let source = CodecError::FormatUnsupported { what, verb: "written" };
            return Err(StoreError::Codec { path: self.path().to_path_buf(), source });
        };
        let locked = self.locks.iter().any(|lock| lock.is_of(&target));
        if !self.locks.is_empty() && !locked {
            self.locks.push(Lock::acquire(&target, Afterwards::Remove, self.lock_timeout)?);
        }
        self.wanted = wanted;
        self.identity = identity.or(self.identity);
        Ok(())
    }
}
