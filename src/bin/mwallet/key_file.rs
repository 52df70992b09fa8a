//! A private key in a file of its own.

use crate::context::Context;
use crate::failure::Failure;
use crate::hint;
use crate::input;
use crate::open::Secrets;
use mwallet::code::{Class, Code};
use mwallet::codec::{self, Keys, Opening, bundle};
use mwallet::model::key::{KeyMaterial, LockedKey, PrivateKey};
use std::path::Path;

/// Reads the one key of a file. It is opened with the keys' password, else with the wallet's, else
/// with one that is asked for.
pub(crate) fn read(
    path: &Path,
    secrets: &Secrets,
    context: &Context,
) -> Result<PrivateKey, Failure> {
    let bytes = input::read(path, context)?;
    let read = |opening: &Opening<'_>| {
        bundle::read(&bytes, opening).map_err(|error| {
            let failure = Failure::from(error).about(path);
            match codec::detect(&bytes) {
                Some(format) if format.is_store() => failure.hinting(hint::key_of(path)),
                _ => failure,
            }
        })
    };
    let opening = secrets.opening(Keys::Open);
    let mut found = read(&opening)?;
    if let [KeyMaterial::Locked(_)] = found.keys[..]
        && secrets.key_passwords.is_empty()
        && context.can_ask()
    {
        let password = context.ask_password(&format!("password of {}", path.display()))?;
        found = read(&Opening { password: Some(&password), ..opening })?;
    }
    context.warn(&found.warnings);
    let count = found.keys.len();
    match (found.keys.pop(), count) {
        (Some(KeyMaterial::Open(key)), 1) => Ok(key),
        (Some(KeyMaterial::Locked(LockedKey { refusal: Some(code), .. })), 1)
            if code.class() != Class::Password =>
        {
            Err(Failure::stays_locked(code).about(path))
        }
        (Some(KeyMaterial::Locked(_)), 1) => {
            Err(Failure::new(Code::KEY_LOCKED, "the key is locked").about(path))
        }
        (Some(_), _) => {
            let message = format!("there are {count} keys in it, and one is wanted");
            Err(Failure::new(Code::USAGE, message).about(path))
        }
        (None, _) => Err(Failure::nothing_in(path, "private key")),
    }
}
