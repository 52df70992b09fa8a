//! What opens a wallet, and asking for it.

use crate::context::{self, Context};
use crate::failure::Failure;
use crate::hint;
use crate::input;
use crate::judging;
use crate::open::{Opened, as_it_is, with_keys, with_open_keys};
use crate::password::Given;
use crate::render::text::{count, safe};
use crate::render::wallet::Head;
use mwallet::code::Code;
use mwallet::codec::{Keys, Opening, Warning};
use mwallet::crypto::kdf::DerivedKeys;
use mwallet::model::entry::Entry;
use mwallet::model::format::Format;
use mwallet::model::key::KeyMaterial;
use mwallet::secret::Password;
use mwallet::store::dir::Location;
use mwallet::store::{Store, StoreError};
use std::path::Path;

/// What opens a wallet.
#[derive(Clone)]
pub(crate) struct Secrets {
    /// Where the password comes from, for those who are asked and for messages.
    pub(super) given: Given,
    pub(crate) password: Option<Password>,
    pub(crate) key_passwords: Vec<Password>,
    /// Whether keys are left closed as long as no password is at hand.
    pub(super) leaves_keys: bool,
    /// Whether what is wrong with the files becomes part of a report: it is not told twice.
    pub(super) reports: bool,
    pub(super) max_iterations: u32,
    /// What the command has derived, however often it opens a file.
    pub(super) derived: DerivedKeys,
}

impl Secrets {
    pub(crate) fn opening(&self, keys: Keys) -> Opening<'_> {
        Opening {
            password: self.password.as_ref(),
            key_passwords: &self.key_passwords,
            keys,
            max_iterations: self.max_iterations,
            identity: Some(context::identity),
            derived: Some(&self.derived),
        }
    }

    /// Whether no password was given at all, for files in which keys alone are encrypted.
    pub(crate) fn are_none(&self) -> bool {
        self.password.is_none() && self.key_passwords.is_empty()
    }

    /// Opens a wallet to look at it; asks for its password where it needs one and none was given.
    pub(crate) fn read(
        &self,
        path: &Path,
        keys: Keys,
        context: &Context,
    ) -> Result<Opened, Failure> {
        self.clone().open_to_read(path, keys, context, as_it_is)
    }

    /// As [`Self::read`], for whoever wants the keys: those of a JKS or JCEKS store need its password.
    pub(crate) fn read_keys(&self, path: &Path, context: &Context) -> Result<Opened, Failure> {
        self.clone().open_to_read(path, Keys::Open, context, with_keys)
    }

    /// As [`Self::read`], for whoever writes the keys elsewhere: one of a JKS or JCEKS store that stays closed needs the
    /// password of the store.
    pub(crate) fn read_all_keys(&self, path: &Path, context: &Context) -> Result<Opened, Failure> {
        self.clone().open_to_read(path, Keys::Open, context, with_open_keys)
    }

    /// The same, but for a key that goes as it is into a store of this format, which is its own.
    pub(crate) fn read_to_write(
        &self,
        path: &Path,
        format: Format,
        context: &Context,
    ) -> Result<Opened, Failure> {
        self.clone().open_to_read(path, Keys::Open, context, |store, opening| {
            let may_stay_closed = store.format() == format;
            if may_stay_closed { as_it_is(store, opening) } else { with_open_keys(store, opening) }
        })
    }

    /// What opens a second wallet: a password from flags of its own; those of keys are tried on both.
    pub(crate) fn for_second(&self, given: Given, context: &Context) -> Result<Self, Failure> {
        Ok(Self { password: given.read(context)?, given, ..self.clone() })
    }

    /// The same for whoever wants the certificates first, and the keys where they open with what opens these: no
    /// password is asked for them alone.
    pub(crate) fn for_certificates(&self) -> Self {
        Self { leaves_keys: true, ..self.clone() }
    }

    /// The same for whoever reports what is wrong with the files of the wallet.
    pub(crate) fn for_report(&self) -> Self {
        Self { reports: true, ..self.clone() }
    }

    /// Opens the wallet to change it with what opened it before.
    pub(crate) fn edit(
        &self,
        path: &Path,
        keys: Keys,
        context: &Context,
    ) -> Result<Store, Failure> {
        let keys = keys_to_edit(path, keys)?;
        Ok(Store::edit(path, &self.opening(keys), context.lock_timeout)?)
    }

    /// Opens a wallet to change it, and locks it; asks for its password where it needs one and none was given.
    pub(crate) fn open_to_edit(
        self,
        path: &Path,
        keys: Keys,
        context: &Context,
    ) -> Result<Opened, Failure> {
        let keys = keys_to_edit(path, keys)?;
        self.open(path, keys, context, |path, opening| {
            Store::edit(path, opening, context.lock_timeout)
        })
    }

    /// Opens the wallet to look at it with what opened it before; what is to be told of it was told then.
    pub(crate) fn read_again(&self, path: &Path, keys: Keys) -> Result<Store, Failure> {
        Ok(Store::read(path, &self.opening(keys))?)
    }

    /// Opens the wallet to change its kind of auto-login, with what opened it before.
    pub(crate) fn edit_auto_login(&self, path: &Path, context: &Context) -> Result<Store, Failure> {
        Ok(Store::edit_auto_login(path, &self.opening(Keys::Open), context.lock_timeout)?)
    }

    /// Opens the wallet by its auto-login file, to give it a new password.
    pub(crate) fn recover(&self, path: &Path, context: &Context) -> Result<Store, Failure> {
        Ok(Store::recover(path, &self.opening(Keys::Open), context.lock_timeout)?)
    }

    /// Opens a wallet to look at it: a file, a directory, or what comes from stdin or through a pipe.
    pub(super) fn open_to_read(
        self,
        path: &Path,
        keys: Keys,
        context: &Context,
        require: impl Fn(Store, &Opening<'_>) -> Result<Store, StoreError>,
    ) -> Result<Opened, Failure> {
        if !input::is_stream(path) {
            return self.open(path, keys, context, |path, opening| {
                require(Store::read(path, opening)?, opening)
            });
        }
        let bytes = context.stream(path)?;
        self.open(path, keys, context, |path, opening| {
            require(Store::of_stream(path, bytes.clone(), opening)?, opening)
        })
    }

    pub(super) fn open(
        mut self,
        path: &Path,
        keys: Keys,
        context: &Context,
        open: impl Fn(&Path, &Opening<'_>) -> Result<Store, StoreError>,
    ) -> Result<Opened, Failure> {
        let mut opened = open(path, &self.opening(self.keys(keys)));
        // Only what is protected is asked for; and it is asked for while nothing is locked. A local
        // auto-login file that does not open here may have a file with a password beside it.
        if let Err(error) = &opened
            && !self.given.is_none()
            && (error.code() == Code::PASSWORD_MISSING || could_ask(error, path, context))
        {
            self.password = Some(asked(&self.given, path, context)?);
            opened = open(path, &self.opening(self.keys(keys)));
        }
        // Beside certificates that need no password there may be keys that do.
        if let Ok(store) = &opened
            && self.keys(keys) == Keys::Open
            && !self.given.is_none()
            && context.can_ask()
            && has_key_without_password(store)
        {
            self.password = Some(asked(&self.given, path, context)?);
            opened = open(path, &self.opening(self.keys(keys)));
        }
        let store = opened.map_err(|error| self.explained(error))?;
        context.detail(&format!(
            "opened {}: {}, {}",
            safe(&path.display().to_string()),
            Head::of(&store).line(),
            count(store.wallet.entries().len(), "entry"),
        ));
        // In JSON they stand beside the report as well.
        let is_reported = |warning: &Warning| self.reports && judging::of_file(warning).is_some();
        let is_told = |warning: &&Warning| context.json || !is_reported(warning);
        let told: Vec<Warning> = store.warnings.iter().filter(is_told).cloned().collect();
        context.warn(&named(&told, path));
        let hints = told.iter().filter_map(|warning| hint::for_warning(warning, store.location()));
        for command in hints {
            context.hint(&command);
        }
        Ok(Opened { store, secrets: self })
    }

    /// Which keys are opened: all that a password of their own was given for, and otherwise what is wanted.
    fn keys(&self, wanted: Keys) -> Keys {
        match (self.key_passwords.is_empty(), self.leaves_keys && self.password.is_none()) {
            (false, _) => Keys::Open,
            (true, true) => Keys::Leave,
            (true, false) => wanted,
        }
    }

    /// A wrong password that ends in white space, or begins with a byte order mark, may have got it from its source.
    fn explained(&self, error: StoreError) -> Failure {
        let mut failure = Failure::from(error);
        if failure.code == Code::PASSWORD_WRONG
            && let Some(source) = self.given.source_name()
            && let Some(password) = &self.password
        {
            for (is_so, what) in [
                (password.as_str().ends_with(char::is_whitespace), "ends in white space"),
                (password.as_str().starts_with('\u{feff}'), "begins with a byte order mark"),
            ] {
                if is_so {
                    let fact = format!("the password in {source} {what}, which belongs to it");
                    failure.message = format!("{}; {fact}", failure.message);
                }
            }
        }
        failure
    }
}

/// Warnings with the file that they are about: a command may read several.
fn named(warnings: &[Warning], path: &Path) -> Vec<Warning> {
    let path = path.display().to_string();
    let is_named = |message: &str| {
        message.strip_prefix(&path).is_some_and(|rest| rest.starts_with([':', '/']))
    };
    let name = |warning: &Warning| match warning {
        Warning { message, .. } if is_named(message) => warning.clone(),
        Warning { code, message } => Warning { code: *code, message: format!("{path}: {message}") },
    };
    warnings.iter().map(name).collect()
}

/// Where the wallet is that the user named.
pub(crate) fn location(path: &Path) -> Result<Location, Failure> {
    refuse_stdin(path)?;
    Ok(Location::existing(path)?)
}

fn refuse_stdin(path: &Path) -> Result<(), Failure> {
    if path == Path::new("-") {
        let message = "a wallet that is changed, or named to others, is a file, not from stdin";
        return Err(Failure::new(Code::USAGE, message));
    }
    Ok(())
}

/// Keys of a directory are always opened to edit it: see [`Store::edit`].
fn keys_to_edit(path: &Path, keys: Keys) -> Result<Keys, Failure> {
    Ok(match location(path)? {
        Location::Directory(_) => Keys::Open,
        Location::File(_) | Location::PemFolder(_) => keys,
    })
}

/// Whether a key is closed because no password was given. Java's own stores show the rest without it, and who wants
/// their keys says so.
fn has_key_without_password(store: &Store) -> bool {
    !store.format().is_java() && store.wallet.entries().iter().filter_map(Entry::key).any(|key| {
        matches!(key, KeyMaterial::Locked(locked) if locked.refusal == Some(Code::PASSWORD_MISSING))
    })
}

/// Whether somebody can be asked for the password instead; the reason is told.
fn could_ask(error: &StoreError, path: &Path, context: &Context) -> bool {
    let local = [Code::AUTO_LOGIN_BOUND, Code::AUTO_LOGIN_VERSION].contains(&error.code());
    let asks = local && context.can_ask() && has_password_file(path);
    if asks {
        context.warn(&[Warning { code: error.code(), message: error.to_string() }]);
    }
    asks
}

fn has_password_file(path: &Path) -> bool {
    Location::existing(path)
        .and_then(|location| mwallet::store::file::kind(&location.store_file()))
        .is_ok_and(|kind| kind.is_some())
}

fn asked(given: &Given, path: &Path, context: &Context) -> Result<Password, Failure> {
    given
        .existing(&path.display().to_string(), context)
        .map_err(|failure| failure.with("path", path.to_string_lossy()))
}
