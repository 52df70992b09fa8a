//! One wallet, opened: read, edited, made, saved.

use crate::code::Code;
use crate::codec::{self, CodecError, Keys, Opening, Origin, Protect, Sealing, Warning};
use crate::limits;
use crate::model::entry::EntryKind;
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::{Password, SecretBytes};
use crate::store::StoreError;
use crate::store::dir::{self, AutoLogin, Location};
use crate::store::file::{self, Kind, NewDirectory};
use crate::store::lock::{Afterwards, Lock};
use crate::store::native;
use crate::store::verify;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Permission bits that let others than the owner at a file.
const MODE_OTHERS: u32 = 0o077;

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
    auto_login: AutoLogin,
    /// The file as it was read or last saved; `None` as long as a new one is not saved.
    content: Option<SecretBytes>,
    /// Whether a file that is there may be replaced.
    may_replace: bool,
    /// What opened the file, for reading back what is written with the same protection.
    password: Option<Password>,
    /// What opened keys with passwords of their own, for reading them back. The store's is not among
    /// them: a key that a new one does not open was written wrongly.
    key_passwords: Vec<Password>,
    max_iterations: u32,
    /// Empty when opened for reading. Released before the directory is removed again.
    locks: Vec<Lock>,
    new_directory: Option<NewDirectory>,
}

/// What a [`Store::save`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The file.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// Whether it was written; false when its content would have been the same.
    pub written: bool,
    /// Whether a portable file became one of Oracle's layout, because it is in a wallet directory.
    pub layout_converted: bool,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

impl Store {
    /// Opens a wallet for reading: takes no lock, creates nothing.
    ///
    /// # Errors
    ///
    /// What [`Location::existing`], [`file::read`] and [`codec::decode`] say;
    /// [`StoreError::NotAStore`] for a file that is a single certificate, key or the like.
    pub fn read(path: &Path, opening: &Opening<'_>) -> Result<Self, StoreError> {
        Self::load(Location::existing(path)?, opening)
    }

    /// Opens a wallet for editing: takes the lock, then reads.
    ///
    /// In a wallet directory the keys are opened whatever `opening` says: Oracle's layout holds them
    /// without an encryption of their own, so a portable file cannot be converted around closed ones.
    ///
    /// # Errors
    ///
    /// As [`Store::read`]; [`StoreError::Locked`] after `lock_timeout`;
    /// [`StoreError::AutoLoginPresent`] when a `cwallet.sso` would fall out of step.
    pub fn edit(
        path: &Path,
        opening: &Opening<'_>,
        lock_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let location = Location::existing(path)?;
        // Before the lock, which would leave its file where there is nothing to edit, and again in
        // it, because both may change while it is waited for.
        require_editable(&location)?;
        let locks = lock(&location, Afterwards::Keep, lock_timeout)?;
        require_editable(&location)?;
        let keys = match location {
            Location::Directory(_) => Keys::Open,
            Location::File(_) => opening.keys,
        };
        let mut store = Self::load(location, &Opening { keys, ..*opening })?;
        store.locks = locks;
        Ok(store)
    }

    /// Begins a new wallet. Nothing but the lock file, and the directory of a directory wallet where
    /// it is missing, is made before [`Store::save`]; both go away again when it is never saved.
    ///
    /// # Errors
    ///
    /// [`StoreError::WouldOverwrite`] when there is a wallet and `overwrite` is false;
    /// [`StoreError::AutoLoginPresent`] when there is a `cwallet.sso`, which no new wallet fits;
    /// [`StoreError::NotFound`] when the parent folder is missing.
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
        let mut locks = lock(&location, Afterwards::Remove, lock_timeout)?;
        if dir::is_present(&location.store_file())? {
            keep_lock_file(&location, &mut locks);
        }
        require_creatable(&location, overwrite)?;
        Ok(Self {
            wallet: Wallet::new(),
            origin: None,
            warnings: Vec::new(),
            location,
            format,
            auto_login: AutoLogin::None,
            content: None,
            may_replace: overwrite,
            password: None,
            key_passwords: Vec::new(),
            max_iterations: limits::ITERATIONS,
            locks,
            new_directory,
        })
    }

    /// Encodes the wallet, writes it beside its file, reads it back, compares it with what was meant
    /// and then puts it in place. The lock stays until the store is dropped.
    ///
    /// In a wallet directory, a portable `ewallet.p12` becomes one of Oracle's layout unless
    /// `sealing` names a profile. What [`codec::losses`] names is lost: the caller has asked.
    ///
    /// # Errors
    ///
    /// The old file is untouched after each: [`StoreError::ReadOnly`] when the store was opened by
    /// [`Store::read`], [`StoreError::WouldOverwrite`] when another wallet has come to the place of
    /// a new one, [`StoreError::VerifyFailed`], and what [`codec::encode`] and [`file::replace`]
    /// say.
    pub fn save(&mut self, sealing: &Sealing<'_>) -> Result<Saved, StoreError> {
        let path = self.location.store_file();
        if self.locks.is_empty() {
            return Err(StoreError::ReadOnly { path });
        }
        // 1. Encode.
        let sealing = Sealing { profile: self.profile_to_write(sealing), ..*sealing };
        let encoded = codec::encode(&self.wallet, self.format, &sealing, self.origin.as_ref())
            .map_err(|source| StoreError::Codec { path: path.clone(), source })?;
        // 2. Write, unless there is nothing to write.
        let same = self.content.as_ref().is_some_and(|content| **content == *encoded);
        if !same {
            let verify = |bytes: &[u8]| self.verify(bytes, &sealing);
            if self.may_replace {
                file::replace(&path, &encoded, verify)?;
            } else {
                file::create(&path, &encoded, verify)?;
            }
            self.settle(encoded);
        }
        // 3. Tell.
        let layout_converted = !same && self.converts(&sealing);
        Ok(Saved {
            mode: mode(&path)?,
            written: !same,
            layout_converted,
            warnings: layout_converted
                .then(|| native::warning(&path, sealing.profile))
                .into_iter()
                .collect(),
            path,
        })
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

    /// Whether the wallet opens without a password.
    #[must_use]
    pub fn auto_login(&self) -> AutoLogin {
        self.auto_login
    }

    fn load(location: Location, opening: &Opening<'_>) -> Result<Self, StoreError> {
        let path = location.store_file();
        let (auto_login, unclear) = location.auto_login()?;
        require_password_file(&location)?;
        let content = file::read(&path)?;
        let codec_failed = |source| StoreError::Codec { path: path.clone(), source };
        let format =
            codec::detect(&content).ok_or_else(|| codec_failed(CodecError::FormatUnknown))?;
        if !format.is_store() {
            return Err(StoreError::NotAStore { path, format });
        }
        let decoded = codec::decode(&content, format, opening).map_err(codec_failed)?;
        let mut warnings = decoded.warnings;
        warnings.extend(unclear);
        warnings.extend(loose_permissions(&path, &decoded.wallet)?);
        Ok(Self {
            wallet: decoded.wallet,
            origin: Some(decoded.origin),
            warnings,
            location,
            format,
            auto_login,
            content: Some(content),
            may_replace: true,
            password: opening.password.cloned(),
            key_passwords: opening.key_passwords.to_vec(),
            max_iterations: opening.max_iterations,
            locks: Vec::new(),
            new_directory: None,
        })
    }

    /// The profile that is named; else the one that the place needs; else none, which keeps the
    /// file's own.
    fn profile_to_write(&self, sealing: &Sealing<'_>) -> Option<Profile> {
        sealing.profile.or_else(|| match (&self.location, &self.origin) {
            (Location::Directory(_), None) => Some(Profile::Oracle23ai),
            (Location::Directory(_), Some(origin)) if origin.layout() == Some(Layout::Portable) => {
                Some(native::profile(origin))
            }
            (Location::File(_), None) if self.format == Format::Pkcs12 => Some(Profile::Modern),
            _ => None,
        })
    }

    /// Whether writing with this profile turns a portable file into one of Oracle's layout.
    fn converts(&self, sealing: &Sealing<'_>) -> bool {
        self.layout() == Some(Layout::Portable)
            && sealing.profile.is_some_and(|profile| profile.layout() == Layout::Oracle)
    }

    fn verify(&self, bytes: &[u8], sealing: &Sealing<'_>) -> Result<(), StoreError> {
        let opening = Opening {
            key_passwords: &self.key_passwords,
            max_iterations: self.max_iterations.max(sealing.iterations.unwrap_or(0)),
            ..Opening::with(match sealing.protect {
                Protect::Keep => self.password.as_ref(),
                Protect::Password(password) => Some(password),
                Protect::Nothing => None,
            })
        };
        let profile = sealing
            .profile
            .or_else(|| self.origin.as_ref().and_then(Origin::profile))
            .unwrap_or(match self.layout() {
                Some(Layout::Oracle) => Profile::Oracle23ai,
                _ => Profile::Modern,
            });
        let given_up = codec::losses(&self.wallet, self.format, profile)
            .into_iter()
            .map(|loss| loss.entry)
            .collect();
        verify::verify(bytes, self.format, &opening, &self.wallet, &given_up).map_err(
            |difference| StoreError::VerifyFailed { path: self.location.store_file(), difference },
        )
    }

    /// The file is in place: what was made for it stays.
    fn settle(&mut self, content: SecretBytes) {
        self.content = Some(content);
        self.may_replace = true;
        keep_lock_file(&self.location, &mut self.locks);
        if let Some(directory) = self.new_directory.take() {
            directory.keep();
        }
    }
}

/// Locks the wallet: the name that orapki locks, and the file behind it where that is another one.
/// `afterwards` is for the lock file of a directory; those beside store files are always removed.
fn lock(
    location: &Location,
    afterwards: Afterwards,
    timeout: Duration,
) -> Result<Vec<Lock>, StoreError> {
    let named = location.store_file();
    let resolved = file::resolve(&named)?;
    let mut locks = Vec::new();
    if matches!(location, Location::Directory(_)) {
        locks.push(Lock::acquire(&named, afterwards, timeout)?);
    }
    if locks.is_empty() || resolved != named {
        locks.push(Lock::acquire(&resolved, Afterwards::Remove, timeout)?);
    }
    Ok(locks)
}

/// In a directory that holds a wallet the lock file stays, as orapki's does.
fn keep_lock_file(location: &Location, locks: &mut [Lock]) {
    if let (Location::Directory(_), Some(lock)) = (location, locks.first_mut()) {
        lock.keep_file();
    }
}

fn require_editable(location: &Location) -> Result<(), StoreError> {
    require_password_file(location)?;
    require_no_auto_login(location)
}

fn require_creatable(location: &Location, overwrite: bool) -> Result<(), StoreError> {
    require_no_auto_login(location)?;
    let path = location.store_file();
    match file::kind(&path)? {
        Some(_) if !overwrite => Err(StoreError::WouldOverwrite { path }),
        Some(Kind::Directory) => Err(StoreError::NotAFile { path, found: "a directory" }),
        Some(Kind::Other(found)) => Err(StoreError::NotAFile { path, found }),
        Some(Kind::File { .. }) | None => Ok(()),
    }
}

/// Until auto-login is built, only the file with the password is opened.
fn require_password_file(location: &Location) -> Result<(), StoreError> {
    let path = location.store_file();
    match location {
        Location::Directory(_) if !dir::is_present(&path)? => {
            let what = "an auto-login wallet without its ewallet.p12".to_owned();
            let source = CodecError::FormatUnsupported { what, verb: "opened" };
            Err(StoreError::Codec { path: location.path().to_path_buf(), source })
        }
        _ => Ok(()),
    }
}

fn require_no_auto_login(location: &Location) -> Result<(), StoreError> {
    match location.auto_login()? {
        (AutoLogin::None, _) => Ok(()),
        _ => Err(StoreError::AutoLoginPresent { path: location.path().join(dir::AUTO_LOGIN_FILE) }),
    }
}

fn loose_permissions(path: &Path, wallet: &Wallet) -> Result<Option<Warning>, StoreError> {
    let mode = mode(path)?;
    let holds_secrets = wallet.entries().iter().any(|entry| {
        matches!(
            entry.kind,
            EntryKind::PrivateKey(_) | EntryKind::Request(_) | EntryKind::Secret(_)
        )
    });
    Ok((holds_secrets && mode & MODE_OTHERS != 0).then(|| Warning {
        code: Code::PERMISSIONS_LOOSE,
        message: format!(
            "{}: holds keys or secrets, and its mode {mode:04o} lets others than its owner at it",
            path.display()
        ),
    }))
}

fn mode(path: &Path) -> Result<u32, StoreError> {
    match file::kind(path)? {
        Some(Kind::File { mode }) => Ok(mode),
        _ => Err(StoreError::NotFound { path: path.to_path_buf() }),
    }
}
