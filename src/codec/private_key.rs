//! Private keys that stand on their own: PKCS#8, in the clear or encrypted.

use crate::codec::{CodecError, Protect, Sealing, pem, pkcs12};
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::pbe::Scheme;
use crate::crypto::pkcs8;
use crate::model::entry::Entry;
use crate::model::key::{KeyMaterial, PrivateKey};
use crate::model::profile::Profile;
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use crate::secret::SecretBytes;

/// How the keys of a file are protected: each by itself, as the profile protects them in PKCS#12.
pub(in crate::codec) struct KeyCover {
    passphrase: Option<Passphrase>,
    profile: Profile,
    iterations: Option<u32>,
    budget: Budget,
}

impl KeyCover {
    /// Without an origin there is nothing to keep, so [`Protect::Keep`] means no protection.
    pub(in crate::codec) fn new(sealing: &Sealing<'_>) -> Self {
        let passphrase = match sealing.protect {
            Protect::Password(password) => Some(Passphrase::forms(password).swap_remove(0)),
            Protect::Keep | Protect::Nothing => None,
        };
        Self {
            passphrase,
            profile: sealing.profile.unwrap_or(Profile::Modern),
            iterations: sealing.iterations,
            budget: Budget::unlimited().knowing(sealing.derived),
        }
    }

    /// `EncryptedPrivateKeyInfo` (RFC 5958 section 3), or the key as it is.
    pub(in crate::codec) fn der(&self, key: &PrivateKey) -> Result<SecretBytes, CodecError> {
        match self.encrypted(key)? {
            Some(encrypted) => Ok(SecretBytes::new(encrypted)),
            None => Ok(SecretBytes::from(key.pkcs8())),
        }
    }

    /// The same as a block of PEM.
    pub(in crate::codec) fn pem(&self, key: &PrivateKey) -> Result<SecretBytes, CodecError> {
        Ok(match self.encrypted(key)? {
            Some(encrypted) => {
                SecretBytes::new(pem::encode_encrypted_private_key(&encrypted).into_bytes())
            }
            None => pem::encode_private_key(key),
        })
    }

    fn encrypted(&self, key: &PrivateKey) -> Result<Option<Vec<u8>>, CodecError> {
        let Some(passphrase) = &self.passphrase else { return Ok(None) };
        let scheme: Scheme =
            pkcs12::key_scheme(self.profile, self.iterations)?.ok_or_else(|| {
                let what = format!("a key on its own with the profile {}", self.profile);
                CodecError::FormatUnsupported { what, verb: "written" }
            })?;
        Ok(Some(pkcs8::encrypt(key.pkcs8(), &scheme, passphrase, &self.budget)?))
    }
}

/// Writes the only key of a wallet as PKCS#8, encrypted where there is a password.
///
/// # Errors
///
/// [`CodecError::NotOne`] unless there is one key, [`CodecError::KeyLocked`].
pub fn encode(wallet: &Wallet, sealing: &Sealing<'_>) -> Result<SecretBytes, CodecError> {
    let keys: Vec<(&Entry, &KeyMaterial)> =
        wallet.entries().iter().filter_map(|entry| Some((entry, entry.key()?))).collect();
    match &keys[..] {
        [(entry, key)] => KeyCover::new(sealing).der(open(wallet, entry, key)?),
        _ => Err(CodecError::NotOne { what: "key", found: keys.len() }),
    }
}

/// The key, which must be open.
pub(in crate::codec) fn open<'k>(
    wallet: &Wallet,
    entry: &Entry,
    key: &'k KeyMaterial,
) -> Result<&'k PrivateKey, CodecError> {
    key.open().ok_or_else(|| {
        let alias = shown_aliases(wallet)[&entry.id()].text.clone();
        CodecError::KeyLocked { alias, refusal: key.refusal() }
    })
}
