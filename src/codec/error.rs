//! Why a file could not be read or written.

use crate::code::Code;
use crate::codec::sso::Identity;
use crate::crypto::CryptoError;
use crate::model::format::Format;
use crate::model::key::{code_of_locked, why_locked};

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
    /// The password opens a key of a PKCS#12 file, and neither its MAC nor its encrypted safes.
    #[error(
        "the password opens a key in the file, and nothing else: it is the key's and not the store's, or the file was damaged"
    )]
    PasswordOfKey,
    /// The password opens no key of a file that protects nothing but its keys.
    #[error("the password opens none of the keys in the file")]
    PasswordOpensNoKey,
    /// The digest of a Java key store does not fit, and no key tells whether that is the password's fault.
    #[error(
        "the password does not open the store, or the file was changed: its digest does not fit"
    )]
    PasswordOrDigestWrong,
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
    /// An algorithm of old files, which new ones are not protected with.
    #[error("{algorithm} is read, and not written any more")]
    OnlyRead {
        /// Its name.
        algorithm: String,
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
    /// There are no bytes at all, or only white space.
    #[error("the file is empty")]
    Empty,
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
        "the password opens a key of the store, but the digest does not fit: it is the password of that key \
         alone, or the file was changed"
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
    /// A key that is not open would have to be rewritten.
    #[error("the key {alias} stays locked: {}", why_locked(*.refusal))]
    KeyLocked {
        /// The entry, as shown.
        alias: String,
        /// Why it is locked, where somebody tried to open it.
        refusal: Option<Code>,
    },
    /// A password that the key protector of JCEKS does not take.
    #[error(
        "Java protects the keys of a JCEKS store under printable ASCII only, and the password has other characters"
    )]
    PasswordNotAscii,
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
            Self::PasswordWrong { .. }
            | Self::PasswordOfKey
            | Self::PasswordOpensNoKey
            | Self::PasswordOrDigestWrong => Code::PASSWORD_WRONG,
            Self::PasswordMissing => Code::PASSWORD_MISSING,
            Self::MacMismatch => Code::PKCS12_MAC_MISMATCH,
            Self::Truncated { format: Format::Sso, .. } => Code::SSO_TRUNCATED,
            Self::Truncated { format: Format::Jks | Format::Jceks, .. } => Code::KEYSTORE_TRUNCATED,
            Self::Truncated { .. } => Code::PKCS12_TRUNCATED,
            Self::Damaged { format: Format::Sso, .. } => Code::SSO_DAMAGED,
            Self::Damaged { format: Format::Jks | Format::Jceks, .. } => Code::KEYSTORE_DAMAGED,
            Self::Damaged { format: Format::Pkcs12, .. } => Code::PKCS12_DAMAGED,
            Self::Damaged { .. } | Self::Bundle { .. } => Code::BUNDLE_INVALID,
            Self::Unsupported { .. } | Self::OnlyRead { .. } => Code::ALGORITHM_UNSUPPORTED,
            Self::Limit { .. } => Code::LIMIT_EXCEEDED,
            Self::FormatUnsupported { .. } => Code::FORMAT_UNSUPPORTED,
            Self::FormatUnknown | Self::Empty => Code::FORMAT_UNKNOWN,
            Self::AutoLoginBound { .. } => Code::AUTO_LOGIN_BOUND,
            Self::AutoLoginVersion { .. } => Code::AUTO_LOGIN_VERSION,
            Self::DigestMismatch => Code::KEYSTORE_DIGEST_MISMATCH,
            Self::AliasClash { .. } => Code::ALIAS_TAKEN,
            Self::KeyLocked { refusal, .. } => code_of_locked(*refusal),
            Self::PasswordNotAscii => Code::PASSWORD_WEAK,
            Self::NotOne { found: 0, .. } => Code::ENTRY_NOT_FOUND,
            Self::NotOne { .. } => Code::ENTRY_AMBIGUOUS,
            Self::KubernetesName { .. } => Code::VALUE_INVALID,
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
        // Nobody can tell it from one whose encrypted contents were changed.
        Some(Identity { host, user }) => {
            format!(", and not with host {host} and user {user}; or it was damaged")
        }
        None => ", and neither host nor user is known here".to_owned(),
    }
}

impl From<CryptoError> for CodecError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::Unsupported { what } => Self::Unsupported { what },
            CryptoError::OnlyRead { algorithm } => Self::OnlyRead { algorithm },
            CryptoError::Malformed { what } => Self::Damaged { format: Format::Pkcs12, what },
            CryptoError::Key { what } => Self::Damaged { format: Format::PrivateKey, what },
            CryptoError::Limit { limit, found, allowed } => Self::Limit { limit, found, allowed },
            CryptoError::Padding => Self::PasswordWrong { empty_tried: false },
            CryptoError::Failed { what } => Self::Crypto { what },
        }
    }
}
