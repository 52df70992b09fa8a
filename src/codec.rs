//! Formats in and out. This file is the only place that lists them.

pub(in crate::codec) mod ber;
pub mod bundle;
pub(in crate::codec) mod candidates;
pub mod certificate;
mod detect;
pub mod jks;
pub mod kubernetes;
mod loss;
pub mod pem;
pub mod pkcs12;
pub mod pkcs7;
pub mod private_key;
pub mod public_key;
pub mod sso;

pub use detect::{detect, recognise_foreign};
pub use loss::{Loss, losses};

use crate::code::Code;
use crate::codec::sso::Identity;
use crate::crypto::CryptoError;
use crate::limits;
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::{Password, SecretBytes};
use time::OffsetDateTime;

/// Why bytes could not be read or written as a format.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The password does not open the store.
    #[error("the password does not open the store{}", if *.empty_tried {" (the empty password was tried as well as none)"} else {""})]
    PasswordWrong {
        /// Whether the password was the empty one, tried in both its forms.
        empty_tried: bool,
    },
    /// The store is protected and no password was given.
    #[error("the store is protected by a password and none was given")]
    PasswordMissing,
    /// Password and structure are right, the MAC is not.
    #[error("the password fits, but the integrity check does not: the file was changed or damaged")]
    MacMismatch,
    /// The structure breaks off.
    #[error("the file ends too early: {what}")]
    Truncated {
        /// Of which format.
        format: Format,
        /// Where.
        what: String,
    },
    /// The structure is not what the standard prescribes.
    #[error("damaged {format}: {what}")]
    Damaged {
        /// Of which format.
        format: Format,
        /// What was met, where.
        what: String,
    },
    /// An algorithm that cannot be used here.
    #[error("unsupported algorithm: {what}")]
    Unsupported {
        /// Name or OID, and what it protects.
        what: String,
    },
    /// A bound of `limits.rs` would be passed.
    #[error("{limit}: {found} asked for, {allowed} allowed")]
    Limit {
        /// Which limit, in words.
        limit: &'static str,
        /// What was asked for.
        found: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// A format that is recognised and cannot be read or written here.
    #[error("{what} cannot be {verb} here")]
    FormatUnsupported {
        /// The format in words.
        what: String,
        /// `read` or `written`.
        verb: &'static str,
    },
    /// None of the formats that are known.
    #[error("the content is none of the known formats")]
    FormatUnknown,
    /// A local auto-login file does not open with the host and user that were tried.
    #[error("the auto-login file is local: it opens for one user on one host{}", tried_words(.tried.as_ref()))]
    AutoLoginBound {
        /// The host and user that were tried; `None` when none were given.
        tried: Option<Identity>,
    },
    /// A local auto-login file of a version whose binding is not known.
    #[error(
        "the auto-login file is local with header version {version}, which Oracle 23ai binds to user, host and machine in a way that is not published; only its ewallet.p12 can be read here, with the password"
    )]
    AutoLoginVersion {
        /// The header version.
        version: u32,
    },
    /// The digest of a Java key store does not fit though the password opens a key of it.
    #[error(
        "the password opens a key of the store, but the digest does not fit: the file was changed or damaged"
    )]
    DigestMismatch,
    /// Two entries of one alias, for Java, which folds the case.
    #[error("for Java, {first} and {second} are one alias: it folds the case")]
    AliasClash {
        /// The one, as written.
        first: String,
        /// The other.
        second: String,
    },
    /// A key whose own password is not known would have to be rewritten.
    #[error("the key {alias} has a password of its own, which is not known")]
    KeyLocked {
        /// The entry, as shown.
        alias: String,
    },
    /// The format holds one thing, and the wallet holds none or several.
    #[error("the format holds one {what}, and there {}", number_of(*.found))]
    NotOne {
        /// `key` or `certificate`.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A name that Kubernetes does not take.
    #[error("{name} is no name for Kubernetes: {rule}")]
    KubernetesName {
        /// The name.
        name: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// A bundle that cannot be read.
    #[error("{what}")]
    Bundle {
        /// What was met, where.
        what: String,
    },
    /// A bundle with nothing in it.
    #[error("there is nothing in it")]
    BundleEmpty,
    /// The crypto library failed.
    #[error("the crypto library failed: {what}")]
    Crypto {
        /// The operation.
        what: &'static str,
    },
}

impl CodecError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::PasswordWrong { .. } => Code::PASSWORD_WRONG,
            Self::PasswordMissing => Code::PASSWORD_MISSING,
            Self::MacMismatch => Code::PKCS12_MAC_MISMATCH,
            Self::Truncated { format: Format::Sso, .. } => Code::SSO_TRUNCATED,
            Self::Truncated { format: Format::Jks | Format::Jceks, .. } => Code::KEYSTORE_TRUNCATED,
            Self::Truncated { .. } => Code::PKCS12_TRUNCATED,
            Self::Damaged { format: Format::Sso, .. } => Code::SSO_DAMAGED,
            Self::Damaged { format: Format::Jks | Format::Jceks, .. } => Code::KEYSTORE_DAMAGED,
            Self::Damaged { .. } => Code::PKCS12_DAMAGED,
            Self::Unsupported { .. } => Code::ALGORITHM_UNSUPPORTED,
            Self::Limit { .. } => Code::LIMIT_EXCEEDED,
            Self::FormatUnsupported { .. } => Code::FORMAT_UNSUPPORTED,
            Self::FormatUnknown => Code::FORMAT_UNKNOWN,
            Self::AutoLoginBound { .. } => Code::AUTO_LOGIN_BOUND,
            Self::AutoLoginVersion { .. } => Code::AUTO_LOGIN_VERSION,
            Self::DigestMismatch => Code::KEYSTORE_DIGEST_MISMATCH,
            Self::AliasClash { .. } => Code::ALIAS_TAKEN,
            Self::KeyLocked { .. } => Code::KEY_LOCKED,
            Self::NotOne { found: 0, .. } => Code::ENTRY_NOT_FOUND,
            Self::NotOne { .. } => Code::ENTRY_AMBIGUOUS,
            Self::KubernetesName { .. } => Code::VALUE_INVALID,
            Self::Bundle { .. } => Code::BUNDLE_INVALID,
            Self::BundleEmpty => Code::BUNDLE_EMPTY,
            Self::Crypto { .. } => Code::CRYPTO_FAILED,
        }
    }
}

fn number_of(found: usize) -> String {
    if found == 0 { "is none".to_owned() } else { format!("are {found}") }
}

fn tried_words(tried: Option<&Identity>) -> String {
    match tried {
        Some(Identity { host, user }) => format!(", and not with host {host} and user {user}"),
        None => ", and neither host nor user is known here".to_owned(),
    }
}

impl From<CryptoError> for CodecError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::Unsupported { what } => Self::Unsupported { what },
            CryptoError::Malformed { what } => Self::Damaged { format: Format::Pkcs12, what },
            CryptoError::Limit { limit, found, allowed } => Self::Limit { limit, found, allowed },
            CryptoError::Padding => Self::PasswordWrong { empty_tried: false },
            CryptoError::Failed { what } => Self::Crypto { what },
        }
    }
}

/// What a reader or writer wants the user to know; nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The stable code.
    pub code: Code,
    /// The fact.
    pub message: String,
}

/// Whether [`decode`] decrypts keys that are encrypted one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Keys {
    /// Try the store password and the key passwords on each; what stays closed is listed locked.
    #[default]
    Open,
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
    /// For whom local auto-login files open.
    pub identity: Option<&'a Identity>,
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
pub fn decode(bytes: &[u8], format: Format, opening: &Opening<'_>) -> Result<Decoded, CodecError> {
    match format {
        Format::Pkcs12 => pkcs12::decode(bytes, opening),
        Format::Sso => sso::decode(bytes, opening),
        Format::Jks => jks::decode(bytes, jks::Kind::Jks, opening),
        Format::Jceks => jks::decode(bytes, jks::Kind::Jceks, opening),
        Format::KubernetesSecret => kubernetes::decode(bytes, opening),
        Format::Pem
        | Format::Pkcs7
        | Format::Certificate
        | Format::Request
        | Format::Crl
        | Format::PrivateKey => bundle::decode(bytes, format, opening),
    }
}

/// Writes a file. With an origin, everything that did not change is written as it was.
pub fn encode(
    wallet: &Wallet,
    format: Format,
    sealing: &Sealing<'_>,
    origin: Option<&Origin>,
) -> Result<SecretBytes, CodecError> {
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
