//! Logins in the secret store: by connect string, the default one, and by map and key.
//!
//! ```text
//! oracle.security.client.connect_stringN  oracle.security.client.usernameN
//! oracle.security.client.passwordN        N from 1
//! oracle.security.client.default_username oracle.security.client.default_password
//! MAP@#3#@KEY = {pwd_cred_type}@#4#@NEVER_EXPIRE@#5#@USER@#111#@PASSWORD
//! ```

mod name;

pub use name::user_credential_name;
use name::{CONNECT, DEFAULT_PASSWORD, DEFAULT_USER, MAP_END, PASSWORD, USER};
pub(super) use name::{Part, is_default, map_and_key, numbered};

use crate::code::Code;
use crate::codec::Warning;
use crate::model::entry::EntryId;
use crate::model::wallet::Wallet;
use crate::ops::OpsError;
use crate::ops::secret::tde::TdeEntries;
use crate::ops::secret::{Stored, find, get as get_secret, not_found, only, secrets, set as store};
use crate::secret::SecretBytes;
use std::collections::{BTreeMap, HashMap};

/// What a new user credential begins with.
const USER_HEAD: &str = "{pwd_cred_type}@#4#@NEVER_EXPIRE";
/// Between the head of a user credential and the user.
const HEAD_END: &str = "@#5#@";
/// Between user and password.
const USER_END: &str = "@#111#@";

/// What a login is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// One connect string, compared as it is.
    Connect(String),
    /// Every connect string that has none of its own.
    Default,
    /// A map and a key, which programs agree upon.
    User {
        /// The map.
        map: String,
        /// The key in the map.
        key: String,
    },
    /// The one of this number, also where nobody knows what it is for.
    Number(u32),
}

/// A login that the wallet has, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// What it is for; nothing where the connect string is missing.
    pub login: Option<Login>,
    /// Its number, where it is one for a connect string.
    pub number: Option<u32>,
    /// The user, unless missing.
    pub user: Option<String>,
    /// Whether there is a password.
    pub has_password: bool,
}

impl Credential {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.login.is_some() && self.user.is_some() && self.has_password
    }

    /// What is missing, as a finding.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        let missing = match (&self.login, &self.user, self.has_password) {
            (None, ..) => "connect string",
            (_, None, _) => "user",
            (.., false) => "password",
            _ => return None,
        };
        let which = match (&self.login, self.number) {
            (_, Some(number)) => format!("credential {number}"),
            (Some(Login::User { map, key }), _) => format!("the credential of {map} {key}"),
            _ => "the default credential".to_owned(),
        };
        let message = format!("{which} has no {missing}: Oracle's clients cannot use it");
        Some(Warning { code: Code::CREDENTIAL_INCOMPLETE, message })
    }
}

/// Every login: by number, then the default one, then those by map and key.
#[must_use]
pub fn list(wallet: &Wallet) -> Vec<Credential> {
    let mut numbers: BTreeMap<u32, Credential> = BTreeMap::new();
    let mut default: Option<Credential> = None;
    let mut users: BTreeMap<&str, Credential> = BTreeMap::new();
    let empty = |number| Credential { login: None, number, user: None, has_password: false };
    for (_, secret) in secrets(wallet) {
        let name = secret.name.as_str();
        if let Some((part, number)) = numbered(name) {
            let credential = numbers.entry(number).or_insert_with(|| empty(Some(number)));
            match part {
                Part::Connect => credential.login = Some(Login::Connect(text(&secret.value))),
                Part::User => credential.user = Some(text(&secret.value)),
                Part::Password => credential.has_password = true,
            }
        } else if is_default(name) {
            let credential = default
                .get_or_insert_with(|| Credential { login: Some(Login::Default), ..empty(None) });
            if name == DEFAULT_USER {
                credential.user = Some(text(&secret.value));
            } else {
                credential.has_password = true;
            }
        } else if let Some((map, key)) = map_and_key(name) {
            let value = UserValue::read(&secret.value);
            users.insert(
                name,
                Credential {
                    login: Some(Login::User { map: map.to_owned(), key: key.to_owned() }),
                    user: value.as_ref().map(|value| value.user.to_owned()),
                    has_password: value.is_some(),
                    ..empty(None)
                },
            );
        }
    }
    numbers.into_values().chain(default).chain(users.into_values()).collect()
}

/// What the wallet has of a login.
///
/// # Errors
///
/// [`OpsError::EntryNotFound`] where it has nothing; [`OpsError::EntryAmbiguous`] when the connect string
/// stands twice.
pub fn of(wallet: &Wallet, login: &Login) -> Result<Credential, OpsError> {
    if let Login::Connect(connect) = login {
        number_of(wallet, connect)?;
    }
    let found = list(wallet).into_iter().find(|found| match login {
        Login::Number(number) => found.number == Some(*number),
        _ => found.login.as_ref() == Some(login),
    });
    found.ok_or_else(|| match login {
        Login::Connect(connect) => not_found(connect, connect_strings(wallet)),
        Login::Default => not_found(DEFAULT_USER, super::names(wallet).into_iter()),
        Login::User { map, key } => {
            not_found(&user_credential_name(map, key), super::names(wallet).into_iter())
        }
        Login::Number(number) => not_found(&format!("login {number}"), std::iter::empty()),
    })
}

/// The login that each part of one belongs to, by the name of the secret. What nobody knows to be for anything
/// is left out.
#[must_use]
pub fn by_name(wallet: &Wallet) -> HashMap<String, Login> {
    let credentials = list(wallet);
    let connects: HashMap<u32, &Login> = credentials
        .iter()
        .filter_map(|credential| Some((credential.number?, credential.login.as_ref()?)))
        .collect();
    let login = |name: &str| match numbered(name) {
        Some((_, number)) => connects.get(&number).copied().cloned(),
        None if is_default(name) => Some(Login::Default),
        None => map_and_key(name)
            .map(|(map, key)| Login::User { map: map.to_owned(), key: key.to_owned() }),
    };
    secrets(wallet)
        .filter_map(|(_, secret)| Some((secret.name.clone(), login(&secret.name)?)))
        .collect()
}

/// The password of a login.
///
/// # Errors
///
/// [`OpsError::EntryNotFound`]; [`OpsError::PasswordAbsent`] of a login that has none;
/// [`OpsError::EntryAmbiguous`] when the connect string stands twice; [`OpsError::SecretInvalid`] for a user
/// credential that is not written like one.
pub fn get(wallet: &Wallet, login: &Login) -> Result<SecretBytes, OpsError> {
    let password = |name: &str, login: &str| {
        find(wallet, name)?.ok_or_else(|| OpsError::PasswordAbsent { login: login.to_owned() })?;
        get_secret(wallet, name).cloned()
    };
    match login {
        Login::Connect(connect) => {
            let number = number_of(wallet, connect)?
                .ok_or_else(|| not_found(connect, connect_strings(wallet)))?;
            password(&format!("{PASSWORD}{number}"), connect)
        }
        Login::Number(number) => {
            require_number(wallet, *number)?;
            password(&format!("{PASSWORD}{number}"), &format!("number {number}"))
        }
        Login::Default if find(wallet, DEFAULT_USER)?.is_some() => {
            password(DEFAULT_PASSWORD, "every connect string")
        }
        Login::Default => get_secret(wallet, DEFAULT_PASSWORD).cloned(),
        Login::User { map, key } => {
            let name = user_credential_name(map, key);
            let value = get_secret(wallet, &name)?;
            let value = UserValue::read(value).ok_or_else(|| OpsError::SecretInvalid {
                what: format!("the value of {name} is not that of a user credential"),
            })?;
            Ok(SecretBytes::from(value.password.as_bytes()))
        }
    }
}

/// Stores a login. One that is there is changed in place, and keeps its user unless another is
/// given; a new one for a connect string takes the lowest number that is free.
///
/// # Errors
///
/// [`OpsError::UserMissing`] for a new login without a user; [`OpsError::EntryNotFound`] for a number that
/// none has; [`OpsError::EntryAmbiguous`] when the connect string stands twice; [`OpsError::SecretInvalid`] for text that the store cannot hold.
pub fn set(
    wallet: &mut Wallet,
    login: &Login,
    user: Option<&str>,
    password: &SecretBytes,
) -> Result<Stored, OpsError> {
    // On a copy, so that an error in the middle leaves the wallet as it was.
    let mut changed = wallet.clone();
    let stored = match login {
        Login::Connect(connect) => set_connect(&mut changed, connect, user, password)?,
        Login::Default => {
            let names = [DEFAULT_USER, DEFAULT_PASSWORD];
            set_parts(&mut changed, names, user, password, "every connect string")?
        }
        Login::Number(number) => {
            require_number(&changed, *number)?;
            let names = [USER, PASSWORD].map(|part| format!("{part}{number}"));
            let names = names.each_ref().map(String::as_str);
            set_parts(&mut changed, names, user, password, &format!("number {number}"))?
        }
        Login::User { map, key } => set_user(&mut changed, map, key, user, password)?,
    };
    *wallet = changed;
    Ok(stored)
}

/// Takes a login out of the wallet; the numbers of the others stay.
///
/// # Errors
///
/// [`OpsError::EntryNotFound`], [`OpsError::EntryAmbiguous`] when the connect string stands twice.
pub fn remove(wallet: &mut Wallet, login: &Login) -> Result<(), OpsError> {
    let names = match login {
        Login::Connect(connect) => {
            let number = number_of(wallet, connect)?
                .ok_or_else(|| not_found(connect, connect_strings(wallet)))?;
            numbered_names(number)
        }
        Login::Number(number) => {
            require_number(wallet, *number)?;
            numbered_names(*number)
        }
        Login::Default => vec![DEFAULT_USER.to_owned(), DEFAULT_PASSWORD.to_owned()],
        Login::User { map, key } => vec![user_credential_name(map, key)],
    };
    for name in &names {
        TdeEntries::Keep.allow_name(name)?;
    }
    let ids: Vec<EntryId> = secrets(wallet)
        .filter(|(_, secret)| names.contains(&secret.name))
        .map(|(id, _)| id)
        .collect();
    if ids.is_empty() {
        let name = names.first().map_or("", String::as_str);
        return Err(not_found(name, super::names(wallet).into_iter()));
    }
    for id in ids {
        wallet.remove(id);
    }
    Ok(())
}

/// The value of a user credential.
struct UserValue<'a> {
    /// Type and expiry.
    head: &'a str,
    user: &'a str,
    password: &'a str,
}

impl<'a> UserValue<'a> {
    fn read(value: &'a SecretBytes) -> Option<Self> {
        let (head, rest) = std::str::from_utf8(value).ok()?.split_once(HEAD_END)?;
        let (user, password) = rest.split_once(USER_END)?;
        Some(Self { head, user, password })
    }
}

fn connect_strings(wallet: &Wallet) -> impl Iterator<Item = &str> {
    secrets(wallet)
        .filter(|(_, secret)| matches!(numbered(&secret.name), Some((Part::Connect, _))))
        .filter_map(|(_, secret)| std::str::from_utf8(&secret.value).ok())
}

/// The number of a connect string.
fn number_of(wallet: &Wallet, connect: &str) -> Result<Option<u32>, OpsError> {
    let fitting: Vec<(EntryId, u32)> = secrets(wallet)
        .filter(|(_, secret)| *secret.value == *connect.as_bytes())
        .filter_map(|(id, secret)| match numbered(&secret.name) {
            Some((Part::Connect, number)) => Some((id, number)),
            _ => None,
        })
        .collect();
    let ids: Vec<EntryId> = fitting.iter().map(|(id, _)| *id).collect();
    only(wallet, connect, &ids)?;
    Ok(fitting.first().map(|(_, number)| *number))
}

fn set_connect(
    wallet: &mut Wallet,
    connect: &str,
    user: Option<&str>,
    password: &SecretBytes,
) -> Result<Stored, OpsError> {
    let known = number_of(wallet, connect)?;
    let number = known.unwrap_or_else(|| free_number(wallet));
    if known.is_none() {
        if user.is_none() {
            return Err(OpsError::UserMissing { login: connect.to_owned() });
        }
        let value = SecretBytes::from(connect.as_bytes());
        store(wallet, &format!("{CONNECT}{number}"), value, TdeEntries::Keep)?;
    }
    let names = [USER, PASSWORD].map(|part| format!("{part}{number}"));
    let stored = set_parts(wallet, names.each_ref().map(String::as_str), user, password, connect)?;
    Ok(if known.is_none() { Stored::Added } else { stored })
}

/// The names of the three parts of a login.
fn numbered_names(number: u32) -> Vec<String> {
    [CONNECT, USER, PASSWORD].map(|part| format!("{part}{number}")).to_vec()
}

/// Whether a part of a login has this number.
fn require_number(wallet: &Wallet, number: u32) -> Result<(), OpsError> {
    let has_number = |name: &str| numbered(name).is_some_and(|(_, known)| known == number);
    if secrets(wallet).any(|(_, secret)| has_number(&secret.name)) {
        return Ok(());
    }
    Err(not_found(&format!("login {number}"), std::iter::empty()))
}

/// The lowest number of which no part is in use.
fn free_number(wallet: &Wallet) -> u32 {
    let mut used: Vec<u32> = secrets(wallet)
        .filter_map(|(_, secret)| numbered(&secret.name).map(|(_, number)| number))
        .collect();
    used.sort_unstable();
    used.dedup();
    used.iter()
        .zip(1..)
        .find_map(|(used, number): (&u32, u32)| (*used != number).then_some(number))
        .unwrap_or_else(|| used.last().map_or(1, |last| last.saturating_add(1)))
}

/// Sets user, unless it is there and none is given, and password.
fn set_parts(
    wallet: &mut Wallet,
    [user_name, password_name]: [&str; 2],
    user: Option<&str>,
    password: &SecretBytes,
    login: &str,
) -> Result<Stored, OpsError> {
    let user_stored = match user {
        Some(user) => {
            store(wallet, user_name, SecretBytes::from(user.as_bytes()), TdeEntries::Keep)?
        }
        None if find(wallet, user_name)?.is_some() => Stored::Unchanged,
        None => return Err(OpsError::UserMissing { login: login.to_owned() }),
    };
    let password_stored = store(wallet, password_name, password.clone(), TdeEntries::Keep)?;
    Ok(match (user_stored, password_stored) {
        (Stored::Unchanged, Stored::Unchanged) => Stored::Unchanged,
        (Stored::Added, Stored::Added) => Stored::Added,
        _ => Stored::Changed,
    })
}

fn set_user(
    wallet: &mut Wallet,
    map: &str,
    key: &str,
    user: Option<&str>,
    password: &SecretBytes,
) -> Result<Stored, OpsError> {
    let name = user_credential_name(map, key);
    let old = find(wallet, &name)?.map(|_| get_secret(wallet, &name).cloned()).transpose()?;
    let old = old.as_ref().and_then(UserValue::read);
    let user = user
        .or(old.as_ref().map(|old| old.user))
        .ok_or_else(|| OpsError::UserMissing { login: format!("{map} {key}") })?;
    // What tells the parts apart must not be in them.
    for (what, text, end) in [("map", map, MAP_END), ("user", user, USER_END)] {
        if text.contains(end) {
            let what = format!("the {what} of a user credential cannot hold {end}");
            return Err(OpsError::SecretInvalid { what });
        }
    }
    let head = old.as_ref().map_or(USER_HEAD, |old| old.head);
    let parts: [&[u8]; 5] =
        [head.as_bytes(), HEAD_END.as_bytes(), user.as_bytes(), USER_END.as_bytes(), password];
    // One allocation of the right size: a growing one would leave copies behind.
    let mut value = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        value.extend_from_slice(part);
    }
    store(wallet, &name, SecretBytes::new(value), TdeEntries::Keep)
}

/// A value that is no secret: a connect string, a user.
fn text(value: &SecretBytes) -> String {
    String::from_utf8_lossy(value).into_owned()
}
