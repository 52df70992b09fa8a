//! Opening the wallet that a command is about.

mod authority;
mod named;
mod secrets;

pub(crate) use authority::{AuthorityFlags, AuthorityOpenFlags};
pub(crate) use named::{Meant, find_entry};
pub(crate) use secrets::{Secrets, location};

use crate::command::export::loss::in_words;
use crate::context::Context;
use crate::failure::Failure;
use crate::hint::{self, quoted_path};
use crate::password::{Given, KeyPassword, StorePassword};
use crate::render::change::Change;
use crate::render::text::listed;
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::{self, CodecError, Keys, Opening, Sealing, Warning};
use mwallet::crypto::kdf::DerivedKeys;
use mwallet::limits;
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::format::Format;
use mwallet::model::key::KeyMaterial;
use mwallet::model::profile::Profile;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::store::dir::AutoLogin;
use mwallet::store::{AutoLoginFile, Store, StoreError};
use std::path::{Path, PathBuf};

/// The flags of every verb that opens a wallet.
#[derive(Args, Debug)]
pub(crate) struct OpenFlags {
    #[command(flatten)]
    password: StorePassword,
    #[command(flatten)]
    further: FurtherFlags,
}

/// What opens a wallet beside its password.
#[derive(Args, Debug)]
struct FurtherFlags {
    #[command(flatten)]
    key_password: KeyPassword,
    /// Iterations that one key derivation may take, for files that ask for more than a million
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "Passwords (mwallet help passwords)"
    )]
    max_iterations: Option<u32>,
}

impl FurtherFlags {
    /// What these flags and those of the password give, read once.
    fn secrets(&self, given: Given, context: &Context) -> Result<Secrets, Failure> {
        Ok(Secrets {
            password: given.read(context)?,
            given,
            key_passwords: self.key_password.given().read(context)?.into_iter().collect(),
            leaves_keys: false,
            reports: false,
            max_iterations: self.max_iterations.unwrap_or(limits::ITERATIONS),
            derived: DerivedKeys::default(),
        })
    }

    /// The files that passwords are read from.
    fn files_read(&self, given: Given) -> Vec<PathBuf> {
        [given, self.key_password.given()].iter().filter_map(Given::file).cloned().collect()
    }
}

/// A wallet, and what opened it.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) secrets: Secrets,
}

/// What `autologin status` tells.
pub(crate) struct AutoLoginStatus {
    pub(crate) auto_login: AutoLogin,
    pub(crate) file: Option<AutoLoginFile>,
    pub(crate) in_step: Option<bool>,
    pub(crate) warnings: Vec<Warning>,
}

impl Opened {
    /// Does what somebody may have to be asked for, with nothing locked: where there is somebody, the
    /// wallet is let go of, and opened again afterwards with what opened it before.
    pub(crate) fn asking<T>(
        self,
        asks: bool,
        ask: impl FnOnce(&mut Secrets) -> Result<T, Failure>,
        again: impl FnOnce(&Secrets) -> Result<Store, Failure>,
    ) -> Result<(T, Self), Failure> {
        let Self { store, mut secrets } = self;
        if !asks {
            let answer = ask(&mut secrets)?;
            return Ok((answer, Self { store, secrets }));
        }
        drop(store);
        let answer = ask(&mut secrets)?;
        let store = again(&secrets)?;
        Ok((answer, Self { store, secrets }))
    }

    /// Saves the wallet as it is protected now; a dry run encodes it and throws the bytes away, so
    /// that it fails where the real run would. How many entries a reader finds in it.
    pub(crate) fn save(
        &mut self,
        change: &mut Change,
        dry_run: bool,
        context: &Context,
    ) -> Result<usize, Failure> {
        require_room(&self.store, context)?;
        let entries = save(&mut self.store, &Sealing::default(), change, dry_run, context)?;
        // Oracle's layout, which a directory's file takes on, always encrypts.
        if !self.store.is_oracle()
            && let Some(warning) = open_secrets(&self.store)
        {
            change.warn(warning);
        }
        Ok(entries)
    }
}

/// What to tell of keys and secrets that lie open in a PKCS#12 file: those that did when it was read, and in one
/// that encrypts nothing those that have come since.
pub(crate) fn open_secrets(store: &Store) -> Option<Warning> {
    let origin = store.origin.as_ref().filter(|origin| origin.format() == Format::Pkcs12)?;
    let (open, encrypts) = (origin.open_entries(), origin.encrypts());
    let is_secret =
        |entry: &Entry| entry.key().is_some() || matches!(entry.kind, EntryKind::Secret(_));
    let is_open = |entry: &&Entry| open.contains(&entry.id()) || (!encrypts && is_secret(entry));
    let entries: Vec<&Entry> = store.wallet.entries().iter().filter(is_open).collect();
    if entries.is_empty() {
        return None;
    }
    let shown = shown_aliases(&store.wallet);
    let names: Vec<&str> = entries.iter().map(|entry| shown[&entry.id()].text.as_str()).collect();
    let message =
        format!("keys or secrets lie open in the file, for whoever reads it: {}", listed(&names));
    Some(Warning { code: Code::KEY_UNENCRYPTED, message })
}

/// Fails where a Java key store has no room for what has just been put into the wallet: the store would be
/// written without it.
fn require_room(store: &Store, context: &Context) -> Result<(), Failure> {
    let format = store.format();
    if !format.is_java() {
        return Ok(());
    }
    // What was read from such a store has a record in it, and so has a key that keytool makes no use of. Only
    // PKCS#12 has profiles.
    let mut losses = codec::losses(&store.wallet, format, Profile::Modern);
    losses.retain(|loss| loss.whole);
    if losses.is_empty() {
        return Ok(());
    }
    let losses = in_words(&store.wallet, &losses);
    let names: Vec<&str> = losses.iter().map(String::as_str).collect();
    let name = store.format().name().to_uppercase();
    let message = format!("{name} has no room for {}", listed(&names));
    let mut wallet = store.path().with_extension("").into_os_string();
    wallet.push("-wallet");
    let hint = format!("{} {}", hint::command("convert", store.path()), quoted_path(&wallet));
    let hint = context.typed().with_passwords(&hint);
    Err(Failure::new(Code::FORMAT_UNSUPPORTED, message).about(store.path()).hinting(hint))
}

/// Saves a store, or rehearses it; how many entries a reader finds in it.
pub(crate) fn save(
    store: &mut Store,
    sealing: &Sealing<'_>,
    change: &mut Change,
    dry_run: bool,
    context: &Context,
) -> Result<usize, Failure> {
    let sealing = &Sealing { now: Some(context.now()), ..*sealing };
    store.keep_issuers();
    let folded = store.folded_aliases();
    let entries = if dry_run {
        let rehearsed = store.rehearse(sealing)?;
        change.rehearsed(&rehearsed);
        rehearsed.entries
    } else {
        let saved = store.save(sealing)?;
        change.saved(&saved);
        saved.entries
    };
    store.adopt(&folded);
    change.folded(&folded);
    Ok(entries)
}

/// A store whose keys are wanted: one of Java's that was read without a password is not enough.
fn with_keys(store: Store, opening: &Opening<'_>) -> Result<Store, StoreError> {
    let is_enough = !opening.key_passwords.is_empty() || !holds_keys(&store, |_| true);
    if is_enough { Ok(store) } else { with_password(store, opening) }
}

/// A store all of whose keys are wanted: of one of Java's that was read without a password, those of keys have to open
/// them all.
fn with_open_keys(store: Store, opening: &Opening<'_>) -> Result<Store, StoreError> {
    let is_locked = |key: &KeyMaterial| key.open().is_none();
    if holds_keys(&store, is_locked) { with_password(store, opening) } else { Ok(store) }
}

/// A store that only its password opens further: one of Java's tells the rest without it.
fn with_password(store: Store, opening: &Opening<'_>) -> Result<Store, StoreError> {
    if opening.password.is_none() && store.format().is_java() {
        let (path, source) = (store.path().to_path_buf(), CodecError::PasswordMissing);
        return Err(StoreError::Codec { path, source });
    }
    Ok(store)
}

/// A store of which nothing is wanted.
#[expect(clippy::unnecessary_wraps, reason = "it stands where another may refuse the store")]
fn as_it_is(store: Store, _: &Opening<'_>) -> Result<Store, StoreError> {
    Ok(store)
}

fn holds_keys(store: &Store, which: impl Fn(&KeyMaterial) -> bool) -> bool {
    store.wallet.entries().iter().filter_map(Entry::key).any(which)
}

impl OpenFlags {
    /// Opens a wallet to look at it. Keys are decrypted only when `keys` says so, or when the user
    /// gave a password for them. Who wants the keys of a JKS or JCEKS store needs its password.
    pub(crate) fn read(
        &self,
        path: &Path,
        keys: Keys,
        context: &Context,
    ) -> Result<Opened, Failure> {
        let secrets = self.secrets(context)?;
        match keys {
            Keys::Open => secrets.open_to_read(path, keys, context, with_keys),
            Keys::OpenInJava | Keys::Leave => secrets.open_to_read(path, keys, context, as_it_is),
        }
    }

    /// Opens a wallet to list it. A Java key store that is opened with its password tells which keys have
    /// another; of PKCS#12, where a key takes longer to open, none is.
    pub(crate) fn browse(&self, path: &Path, context: &Context) -> Result<Opened, Failure> {
        self.secrets(context)?.open_to_read(path, Keys::OpenInJava, context, as_it_is)
    }

    /// Opens a wallet to report on it, with its keys where they open: a JKS or JCEKS store tells
    /// everything else without its password, so nobody is asked for that.
    pub(crate) fn look(&self, path: &Path, context: &Context) -> Result<Opened, Failure> {
        self.secrets(context)?.open_to_read(path, Keys::Open, context, as_it_is)
    }

    /// Opens a wallet to change it, and locks it. In a directory every write may have to turn a
    /// foreign layout into Oracle's, which keeps keys in another way, so keys are opened there.
    pub(crate) fn edit(
        &self,
        path: &Path,
        keys: Keys,
        context: &Context,
    ) -> Result<Opened, Failure> {
        self.secrets(context)?.open_to_edit(path, keys, context)
    }

    /// As [`Self::edit`], to put something into it: where there is no wallet, one can be made.
    pub(crate) fn fill(
        &self,
        path: &Path,
        keys: Keys,
        context: &Context,
    ) -> Result<Opened, Failure> {
        self.edit(path, keys, context).map_err(|failure| match failure.code {
            Code::FILE_NOT_FOUND
                if failure.hint.is_none() && !failure.details.contains_key(hint::OPENS_ITSELF) =>
            {
                failure.hinting(hint::command("create", path))
            }
            _ => failure,
        })
    }

    /// Opens a wallet directory to change its kind of auto-login, and locks it.
    pub(crate) fn edit_auto_login(
        &self,
        path: &Path,
        context: &Context,
    ) -> Result<Opened, Failure> {
        location(path)?;
        self.open(path, Keys::Open, context, |path, opening| {
            Store::edit_auto_login(path, opening, context.lock_timeout)
        })
    }

    /// What opens a wallet by its auto-login file. A password would open the other file.
    pub(crate) fn secrets_without_password(
        &self,
        path: &Path,
        context: &Context,
    ) -> Result<Secrets, Failure> {
        if self.password.given().is_given() {
            let message = "recover is for passwords that are lost; mwallet passwd changes one";
            return Err(Failure::new(Code::USAGE, message).about(path));
        }
        self.secrets(context)
    }

    /// What is known of the auto-login file of a directory; nothing is asked.
    pub(crate) fn auto_login(
        &self,
        path: &Path,
        context: &Context,
    ) -> Result<AutoLoginStatus, Failure> {
        let secrets = self.secrets(context)?;
        let opening = secrets.opening(Keys::Leave);
        if secrets.password.is_some() {
            let store = Store::read(path, &opening)?;
            let file = store.auto_login_file().cloned();
            let compared =
                file.as_ref().filter(|file| file.difference.is_some() || file.refusal.is_none());
            return Ok(AutoLoginStatus {
                auto_login: store.auto_login(),
                in_step: compared.map(|file| file.difference.is_none()),
                file,
                warnings: store.warnings,
            });
        }
        let location = location(path)?;
        let (auto_login, unclear) = location.auto_login()?;
        let path = location.auto_login_file();
        let file = path.map(|path| AutoLoginFile::at(&path, &opening)).transpose()?.flatten();
        let warnings = unclear.into_iter().collect();
        Ok(AutoLoginStatus { auto_login, file, in_step: None, warnings })
    }

    /// What the flags give, read once.
    pub(crate) fn secrets(&self, context: &Context) -> Result<Secrets, Failure> {
        self.further.secrets(self.password.given(), context)
    }

    /// The files that passwords are read from.
    pub(crate) fn files_read(&self) -> Vec<PathBuf> {
        self.further.files_read(self.password.given())
    }

    fn open(
        &self,
        path: &Path,
        keys: Keys,
        context: &Context,
        open: impl Fn(&Path, &Opening<'_>) -> Result<Store, StoreError>,
    ) -> Result<Opened, Failure> {
        self.secrets(context)?.open(path, keys, context, open)
    }
}
