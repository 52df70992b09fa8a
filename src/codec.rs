//! Formats in and out. This file is the only place that lists them.

pub(in crate::codec) mod ber;
pub mod bundle;
pub(in crate::codec) mod candidates;
pub mod certificate;
mod clash;
mod detect;
mod error;
pub mod jks;
pub mod kubernetes;
mod loss;
pub mod opaque;
pub mod pem;
pub mod pkcs12;
pub mod pkcs7;
pub mod private_key;
pub mod public_key;
mod resealed;
mod revocation;
pub(crate) mod size;
pub mod sso;

pub use clash::clashes;
pub use detect::{
    Foreign, detect, may_hold_certificates, may_hold_keys, recognise_foreign, unknown,
};
pub use error::CodecError;
pub use loss::{Loss, losses};
pub use resealed::resealed;
pub use revocation::revocation_lists;

use crate::code::Code;
use crate::codec::sso::Identity;
use crate::crypto::kdf::{Budget, DerivedKeys};
use crate::limits;
use crate::model::entry::EntryId;
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::{Password, SecretBytes, SharedBytes};
use std::collections::HashSet;
use time::OffsetDateTime;

/// What a reader or writer wants the user to know; nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The stable code.
    pub code: Code,
    /// The fact.
    pub message: String,
}

impl Warning {
    /// What stands for warnings that are left out.
    fn more(code: Code, number: usize) -> Self {
        Self { code, message: format!("{number} more warnings") }
    }

    /// Leaves the first [`limits::FILE_WARNINGS`] and says how many there are more.
    fn cap(warnings: &mut Vec<Self>) {
        let more = warnings.len().saturating_sub(limits::FILE_WARNINGS);
        if let Some(first) = warnings.get(limits::FILE_WARNINGS) {
            let cut = Self::more(first.code, more);
            warnings.truncate(limits::FILE_WARNINGS);
            warnings.push(cut);
        }
    }
}

/// Whether [`decode`] decrypts keys that are encrypted one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Keys {
    /// Try the store password and the key passwords on each; what stays closed is listed locked.
    #[default]
    Open,
    /// As `Open` in a Java key store whose password is given, which tells the keys that have another;
    /// as `Leave` in PKCS#12, where every key takes its time.
    OpenInJava,
    /// Leave them closed, save where a certificate can only be matched by its public key.
    Leave,
}

/// How to open a store.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The password of the store; `None` opens only what is not protected.
    pub password: Option<&'a Password>,
    /// Further passwords for keys that do not open with the store's.
    pub key_passwords: &'a [Password],
    /// Whether to open the keys.
    pub keys: Keys,
    /// Iterations allowed to one derivation.
    pub max_iterations: u32,
    /// Tells for whom local auto-login files open; asked where there is one.
    pub identity: Option<fn() -> Identity>,
    /// Keys that were derived already; new ones are added.
    pub derived: Option<&'a DerivedKeys>,
}

impl<'a> Opening<'a> {
    /// Opens with this password, and every key that it opens.
    #[must_use]
    pub fn with(password: Option<&'a Password>) -> Self {
        Self {
            password,
            key_passwords: &[],
            keys: Keys::Open,
            max_iterations: limits::ITERATIONS,
            identity: None,
            derived: None,
        }
    }
}

/// With what a written file opens.
#[derive(Clone, Copy, Debug, Default)]
pub enum Protect<'a> {
    /// With what the origin opened, if it was protected at all.
    #[default]
    Keep,
    /// With this password.
    Password(&'a Password),
    /// With nothing: no encryption, no MAC.
    Nothing,
}

/// How to protect what is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sealing<'a> {
    /// With what the file opens.
    pub protect: Protect<'a>,
    /// The profile; `None` keeps the origin's, or takes the format's default.
    pub profile: Option<Profile>,
    /// Iterations of every derivation; `None` keeps the origin's, or takes the profile's.
    pub iterations: Option<u32>,
    /// When entries that do not say it were made, for formats that want to know; `None` is 1970.
    pub now: Option<OffsetDateTime>,
    /// Keys that were derived already; new ones are added.
    pub derived: Option<&'a DerivedKeys>,
}

/// A store that was read.
#[derive(Debug)]
pub struct Decoded {
    /// What it holds.
    pub wallet: Wallet,
    /// How its file was written, for writing it back alike.
    pub origin: Origin,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// How the file that a wallet came from was written.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A PKCS#12 file.
    Pkcs12(pkcs12::Origin),
    /// An auto-login file.
    Sso(sso::Origin),
    /// A JKS or JCEKS file.
    Jks(jks::Origin),
    /// A file of loose certificates and keys, of this format: nothing that could be written back alike.
    Loose(Format),
}

/// A fact about how a file is protected, for `inspect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// What is protected: `certificates`, `keys`, `contents`, `mac`.
    pub what: String,
    /// The algorithm's name; `none` where there is none.
    pub algorithm: String,
    /// Iterations of its key derivation, where it has one.
    pub iterations: Option<u32>,
}

impl Origin {
    /// The origin of a JKS or JCEKS file, if it is one.
    fn jks(&self) -> Option<&jks::Origin> {
        match self {
            Self::Jks(origin) => Some(origin),
            _ => None,
        }
    }

    /// The format of the file.
    #[must_use]
    pub fn format(&self) -> Format {
        match self {
            Self::Pkcs12(_) => Format::Pkcs12,
            Self::Sso(_) => Format::Sso,
            Self::Jks(origin) => origin.format(),
            Self::Loose(format) => *format,
        }
    }

    /// Whether the key of an entry has a password of its own: another than the store's opened it, or
    /// the store's did not. Tells something only where the store was opened with a password.
    #[must_use]
    pub fn own_password(&self, id: EntryId) -> bool {
        match self {
            Self::Pkcs12(origin) => origin.own_password(id),
            Self::Sso(origin) => origin.pfx().own_password(id),
            Self::Jks(origin) => origin.own_password(id),
            Self::Loose(_) => false,
        }
    }

    /// Makes entries of the issuers that the wallet has lost with a key since its file was read, and that a
    /// certificate needs which is still there: in PKCS#12, where the chains of all keys share their certificates.
    pub fn keep_issuers(&mut self, wallet: &mut Wallet) {
        if let Self::Pkcs12(origin) = self {
            origin.keep_issuers(wallet);
        }
    }

    /// Has the key of an entry protected with the store's password at the next save, even though
    /// nothing else changed. The save fails with [`CodecError::KeyLocked`] if the key is locked.
    pub fn forget_key_protection(&mut self, id: EntryId) {
        match self {
            Self::Pkcs12(origin) => origin.forget_key_protection(id),
            Self::Jks(origin) => origin.forget_key_protection(id),
            // Nothing of these is protected key by key.
            Self::Sso(_) | Self::Loose(_) => {}
        }
    }

    /// Has the key of an entry protected with a password of its own at the next save.
    ///
    /// # Errors
    ///
    /// [`CodecError::FormatUnsupported`] where keys cannot have one: in Oracle's layout, in a PKCS#12 file in which no
    /// more than keys is protected, in files that are no stores. [`CodecError::PasswordNotAscii`].
    pub fn set_key_password(&mut self, id: EntryId, password: Password) -> Result<(), CodecError> {
        match self {
            Self::Pkcs12(origin) => origin.set_key_password(id, password),
            Self::Jks(origin) => origin.set_key_password(id, password),
            Self::Sso(_) | Self::Loose(_) => Err(CodecError::FormatUnsupported {
                what: format!("a key with a password of its own in a {} file", self.format()),
                verb: "written",
            }),
        }
    }

    /// The layout, where the format has more than one.
    #[must_use]
    pub fn layout(&self) -> Option<Layout> {
        match self {
            Self::Pkcs12(origin) => Some(origin.layout()),
            Self::Sso(origin) => Some(origin.pfx().layout()),
            Self::Jks(_) | Self::Loose(_) => None,
        }
    }

    /// Whether anything of the file depends on a password.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        match self {
            Self::Pkcs12(origin) => origin.is_protected(),
            Self::Sso(origin) => origin.pfx().is_protected(),
            Self::Jks(_) => true,
            Self::Loose(_) => false,
        }
    }

    /// Whether a key or secret that is put into the file is encrypted there.
    #[must_use]
    pub fn encrypts(&self) -> bool {
        match self {
            Self::Pkcs12(origin) => origin.encrypts(),
            Self::Sso(_) | Self::Jks(_) => true,
            Self::Loose(_) => false,
        }
    }

    /// Entries whose key or secret lies open in a PKCS#12 file, for everybody who can read it. The other stores
    /// encrypt all of them, and a loose file is what it is.
    #[must_use]
    pub fn open_entries(&self) -> HashSet<EntryId> {
        match self {
            Self::Pkcs12(origin) => origin.open_entries().collect(),
            Self::Sso(_) | Self::Jks(_) | Self::Loose(_) => HashSet::new(),
        }
    }

    /// The named profile that the file's protection equals, if any.
    #[must_use]
    pub fn profile(&self) -> Option<Profile> {
        match self {
            Self::Pkcs12(origin) => origin.profile(),
            Self::Sso(origin) => origin.pfx().profile(),
            Self::Jks(_) | Self::Loose(_) => None,
        }
    }

    /// The integrity check, if the file has one.
    #[must_use]
    pub fn mac(&self) -> Option<Protection> {
        match self {
            Self::Pkcs12(origin) => origin.mac(),
            Self::Sso(origin) => origin.pfx().mac(),
            Self::Jks(origin) => origin.mac(),
            Self::Loose(_) => None,
        }
    }

    /// Which form of an empty password opened a PKCS#12 file: `empty` or `none`.
    #[must_use]
    pub fn blank_password(&self) -> Option<&'static str> {
        match self {
            Self::Pkcs12(origin) => origin.blank_password(),
            Self::Sso(_) | Self::Jks(_) | Self::Loose(_) => None,
        }
    }

    /// Each encryption of the file.
    #[must_use]
    pub fn encryption(&self) -> Vec<Protection> {
        match self {
            Self::Pkcs12(origin) => origin.encryption(),
            Self::Sso(origin) => origin.pfx().encryption(),
            Self::Jks(origin) => origin.encryption(),
            Self::Loose(_) => Vec::new(),
        }
    }
}

/// Reads a store.
///
/// # Errors
///
/// [`CodecError`]: the bytes are not of this format, not whole, of a kind that is not read, or past a limit;
/// the password is missing or does not fit.
pub fn decode(bytes: &[u8], format: Format, opening: &Opening<'_>) -> Result<Decoded, CodecError> {
    let budget = Budget::new(opening.max_iterations).knowing(opening.derived);
    decode_within(bytes, None, format, opening, &budget)
}

/// As [`decode`], for a file that stays in memory: what is kept of PKCS#12 to be written
/// back, and of that in an auto-login file, is shared with it.
///
/// # Errors
///
/// As [`decode`].
pub fn decode_shared(
    file: &SharedBytes,
    format: Format,
    opening: &Opening<'_>,
) -> Result<Decoded, CodecError> {
    let budget = Budget::new(opening.max_iterations).knowing(opening.derived);
    decode_within(file, Some(file), format, opening, &budget)
}

/// As [`decode`], for who does not write the file again: a PKCS#12 file is not kept beside what it holds.
/// Where it holds the certificates of `known` in their order, as it does when it was just written, they are
/// taken from there and not read again.
///
/// # Errors
///
/// As [`decode`].
pub fn decode_wallet(
    bytes: &[u8],
    format: Format,
    opening: &Opening<'_>,
    known: Option<&Wallet>,
) -> Result<Wallet, CodecError> {
    let budget = Budget::new(opening.max_iterations).knowing(opening.derived);
    match format {
        Format::Pkcs12 => pkcs12::decode_wallet(bytes, opening, &budget, known),
        _ => decode_within(bytes, None, format, opening, &budget).map(|decoded| decoded.wallet),
    }
}

/// As [`decode`], with what is left of the budget of one open: a file may hold others. `file` is what the bytes are
/// of, where it stays in memory.
fn decode_within(
    bytes: &[u8],
    file: Option<&SharedBytes>,
    format: Format,
    opening: &Opening<'_>,
    budget: &Budget,
) -> Result<Decoded, CodecError> {
    match format {
        Format::Pkcs12 => pkcs12::decode(bytes, file, opening, budget),
        Format::Sso => sso::decode(bytes, file, opening, budget),
        Format::Jks => jks::decode(bytes, jks::Kind::Jks, opening, budget),
        Format::Jceks => jks::decode(bytes, jks::Kind::Jceks, opening, budget),
        Format::KubernetesSecret => kubernetes::decode(bytes, opening, budget),
        Format::Pem
        | Format::Pkcs7
        | Format::Certificate
        | Format::Request
        | Format::Crl
        | Format::PrivateKey => bundle::decode(bytes, format, opening, budget),
    }
}

/// Writes a file. With an origin, everything that did not change is written as it was.
///
/// # Errors
///
/// [`CodecError`]: the format has no place for it, a key is locked that has to be encrypted anew, no
/// password where one is needed, or what is written would be longer than any file that is read.
pub fn encode(
    wallet: &Wallet,
    format: Format,
    sealing: &Sealing<'_>,
    origin: Option<&Origin>,
) -> Result<SecretBytes, CodecError> {
    size::require(wallet, format)?;
    match (format, origin) {
        (Format::Pkcs12, Some(Origin::Pkcs12(origin))) => {
            pkcs12::encode(wallet, sealing, Some(origin))
        }
        // The store inside an auto-login file, on its own and with a password of its own.
        (Format::Pkcs12, Some(Origin::Sso(origin))) => {
            if matches!(sealing.protect, Protect::Keep) {
                return Err(CodecError::PasswordMissing);
            }
            pkcs12::encode(wallet, sealing, Some(origin.pfx()))
        }
        (Format::Pkcs12, None) => pkcs12::encode(wallet, sealing, None),
        (Format::Sso, Some(Origin::Sso(origin))) => sso::update(wallet, sealing, origin),
        (Format::Sso, None) => {
            sso::encode(wallet, &sso::Target::new(sso::Kind::Only), sealing, None)
        }
        (Format::Jks, origin) => {
            jks::encode(wallet, jks::Kind::Jks, sealing, origin.and_then(Origin::jks))
        }
        (Format::Jceks, origin) => {
            jks::encode(wallet, jks::Kind::Jceks, sealing, origin.and_then(Origin::jks))
        }
        (Format::Pem, _) => pem::encode(wallet, sealing),
        (Format::Pkcs7, _) => Ok(pkcs7::encode(wallet)),
        (Format::Certificate, _) => certificate::encode(wallet),
        (Format::PrivateKey, _) => private_key::encode(wallet, sealing),
        (Format::KubernetesSecret, _) => {
            kubernetes::encode(wallet, &kubernetes::Manifest::default(), sealing)
        }
        (other, _) => {
            Err(CodecError::FormatUnsupported { what: other.to_string(), verb: "written" })
        }
    }
}
