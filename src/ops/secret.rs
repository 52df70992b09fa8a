//! Oracle's secret store: named values in a wallet.
//!
//! [`credential`] knows the names under which logins are kept, [`tde`] those that a database
//! decrypts its data with.

pub mod credential;
pub mod tde;

pub(in crate::ops) mod renumber;

use crate::code::Code;
use crate::codec::Warning;
use crate::model::entry::{EntryId, EntryKind, SecretEntry};
use crate::model::wallet::Wallet;
use crate::ops::secret::tde::TdeEntries;
use crate::ops::{OpsError, select, summaries};
use crate::secret::SecretBytes;

/// What a secret is for, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// One of the three parts of a login for a connect string.
    Credential,
    /// One of the two parts of the login for every other connect string.
    DefaultCredential,
    /// A login by map and key.
    UserCredential,
    /// A key or key name of transparent data encryption.
    Tde,
    /// Anything else.
    Other,
}

impl Family {
    /// The family of a secret of this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if tde::is_tde_name(name) {
            Self::Tde
        } else if credential::numbered(name).is_some() {
            Self::Credential
        } else if credential::is_default(name) {
            Self::DefaultCredential
        } else if credential::map_and_key(name).is_some() {
            Self::UserCredential
        } else {
            Self::Other
        }
    }

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::DefaultCredential => "default-credential",
            Self::UserCredential => "user-credential",
            Self::Tde => "tde",
            Self::Other => "other",
        }
    }
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// There was none of this name.
    Added,
    /// There was another value.
    Changed,
    /// It was there already.
    Unchanged,
}

impl Stored {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// The names of all secrets, sorted without regard to case, as mkstore lists them.
#[must_use]
pub fn names(wallet: &Wallet) -> Vec<&str> {
    let mut names: Vec<&str> = secrets(wallet).map(|(_, secret)| secret.name.as_str()).collect();
    names.sort_by_cached_key(|name| (name.to_lowercase(), (*name).to_owned()));
    names
}

/// The value of a secret.
///
/// # Errors
///
/// [`OpsError::EntryNotFound`]; [`OpsError::EntryAmbiguous`] when several have the name.
pub fn get<'w>(wallet: &'w Wallet, name: &str) -> Result<&'w SecretBytes, OpsError> {
    let id = find(wallet, name)?.ok_or_else(|| not_found(name, names(wallet).into_iter()))?;
    secrets(wallet)
        .find(|(of, _)| *of == id)
        .map(|(_, secret)| &secret.value)
        .ok_or_else(|| not_found(name, std::iter::empty()))
}

/// Stores a value under a name: in the secret that has it, else in a new one.
///
/// # Errors
///
/// [`OpsError::TdeEntry`] unless `tde` allows it, [`OpsError::SecretInvalid`] for a value that is
/// not UTF-8, [`OpsError::EntryAmbiguous`] when several have the name.
pub fn set(
    wallet: &mut Wallet,
    name: &str,
    value: SecretBytes,
    tde: TdeEntries,
) -> Result<Stored, OpsError> {
    tde.allow_name(name)?;
    if std::str::from_utf8(&value).is_err() {
        return Err(OpsError::SecretInvalid { what: format!("the value of {name} is not UTF-8") });
    }
    let found = find(wallet, name)?;
    let Some(EntryKind::Secret(secret)) =
        found.and_then(|id| wallet.entry_mut(id)).map(|entry| &mut entry.kind)
    else {
        let name = name.to_owned();
        wallet.push(None, EntryKind::from(SecretEntry { name, value }));
        return Ok(Stored::Added);
    };
    if *secret.value == *value {
        return Ok(Stored::Unchanged);
    }
    secret.value = value;
    Ok(Stored::Changed)
}

/// Takes a secret out of the wallet.
///
/// # Errors
///
/// [`OpsError::TdeEntry`] unless `tde` allows it, [`OpsError::EntryNotFound`],
/// [`OpsError::EntryAmbiguous`] when several have the name.
pub fn remove(wallet: &mut Wallet, name: &str, tde: TdeEntries) -> Result<(), OpsError> {
    let id = find(wallet, name)?.ok_or_else(|| not_found(name, names(wallet).into_iter()))?;
    tde.allow_name(name)?;
    wallet.remove(id);
    Ok(())
}

/// What some reader stumbles over in a name.
#[must_use]
pub fn name_warning(name: &str) -> Option<Warning> {
    SecretEntry::is_misread(name).then(|| Warning {
        code: Code::SECRET_UNREADABLE,
        message: format!("{name} ends in a digit: go-ora refuses the whole wallet because of it"),
    })
}

/// The secrets with their entries.
fn secrets(wallet: &Wallet) -> impl Iterator<Item = (EntryId, &SecretEntry)> {
    wallet.entries().iter().filter_map(|entry| match &entry.kind {
        EntryKind::Secret(secret) => Some((entry.id(), &**secret)),
        _ => None,
    })
}

/// The one secret of this name, if there is one.
fn find(wallet: &Wallet, name: &str) -> Result<Option<EntryId>, OpsError> {
    let fitting: Vec<EntryId> =
        secrets(wallet).filter(|(_, secret)| secret.name == name).map(|(id, _)| id).collect();
    only(wallet, name, &fitting)
}

fn only(wallet: &Wallet, wanted: &str, fitting: &[EntryId]) -> Result<Option<EntryId>, OpsError> {
    match *fitting {
        [] => Ok(None),
        [id] => Ok(Some(id)),
        _ => Err(OpsError::EntryAmbiguous {
            wanted: wanted.to_owned(),
            candidates: summaries(wallet, fitting),
        }),
    }
}

fn not_found<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> OpsError {
    OpsError::EntryNotFound {
        name: name.to_owned(),
        near: select::near(&name.to_lowercase(), known),
    }
}
