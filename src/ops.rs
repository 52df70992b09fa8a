//! The verbs of the product, pure: a wallet goes in and is changed, or an error comes out and it is
//! not.

pub mod authority;
pub mod check_list;
pub mod compare;
pub mod edit;
pub mod expiry;
pub mod export;
pub mod import;
pub mod merge;
pub mod repair;
pub mod replace;
pub mod request;
pub mod revoke;
pub mod secret;
pub mod select;
pub mod sign;
pub mod trust;

mod alias;
mod identity;
mod issuers;

use crate::chain::MissingIssuer;
use crate::code::Code;
use crate::codec::CodecError;
use crate::crypto::CryptoError;
use crate::digest::Fingerprint;
use crate::issue::IssueError;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::key::{KeyAlgorithm, KeyMaterial, code_of_locked, why_locked};
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use crate::ops::authority::Unfit;
use crate::ops::sign::Refusal;
use crate::terminal::named;
use std::collections::HashSet;

/// Why a verb did not do its work; the wallet is as it was.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum OpsError {
    /// More than one entry fits.
    #[error("{wanted} fits {} entries", candidates.len())]
    EntryAmbiguous {
        /// What was looked for, in words.
        wanted: String,
        /// The entries that fit.
        candidates: Vec<EntrySummary>,
    },
    /// No entry fits.
    #[error("no entry is called {}", named(.name))]
    EntryNotFound {
        /// The name that was given.
        name: String,
        /// At most three names that are spelled alike, the nearest first.
        near: Vec<String>,
    },
    /// So few digits of a fingerprint name nothing.
    #[error("{name}: a fingerprint names an entry by {needed} digits or more")]
    FingerprintShort {
        /// The name that was given.
        name: String,
        /// Fewest digits.
        needed: usize,
    },
    /// The entry is of a kind that the verb has no use for.
    #[error("{alias} is {} {found}, not {} {wanted}", article(found), article(wanted))]
    WrongKind {
        /// The entry, as shown.
        alias: String,
        /// Its kind.
        found: &'static str,
        /// The kind that is needed.
        wanted: &'static str,
    },
    /// Another entry has the alias.
    #[error("another entry is called {alias}")]
    AliasTaken {
        /// The alias.
        alias: String,
    },
    /// The certificate belongs to the key of one entry, and another has the alias.
    #[error("the certificate belongs to the key of {holder}, and another entry is called {alias}")]
    KeyElsewhere {
        /// The entry whose key it is, as shown.
        holder: String,
        /// The alias that was given.
        alias: String,
    },
    /// The key is not open.
    #[error("the key {alias} stays locked: {}", why_locked(*.refusal))]
    KeyLocked {
        /// The entry, as shown.
        alias: String,
        /// Why it is locked, where somebody tried to open it.
        refusal: Option<Code>,
    },
    /// No key of the wallet belongs to a certificate of the reply.
    #[error("no key of the wallet belongs to the certificate of {subject} ({algorithm})")]
    NoMatchingKey {
        /// The subject of the reply's first certificate that is not a CA's, else of its first.
        subject: String,
        /// The kind and size of that certificate's key.
        algorithm: KeyAlgorithm,
        /// The keys that were compared.
        keys: Vec<KeySummary>,
    },
    /// The key has another certificate already.
    #[error("{alias} has another certificate already: {subject}")]
    CertificatePresent {
        /// The entry, as shown.
        alias: String,
        /// The subject of the certificate that it has.
        subject: String,
        /// The fingerprint of the certificate that it has.
        fingerprint: Fingerprint,
    },
    /// The chain of the certificate is not complete.
    #[error("{0}")]
    IssuerMissing(Box<MissingIssuer>),
    /// The entry belongs to the transparent data encryption of a database.
    #[error(
        "{name} belongs to a database's transparent data encryption, which loses its data without it"
    )]
    TdeEntry {
        /// The name of the secret, or what the entry is.
        name: String,
    },
    /// A new login without a user.
    #[error("the login for {login} is new and needs a user")]
    UserMissing {
        /// What it is for.
        login: String,
    },
    /// A login that lacks its password.
    #[error("the login for {login} has no password in the wallet")]
    PasswordAbsent {
        /// What it is for.
        login: String,
    },
    /// The secret store cannot hold it, or holds it in a form that is not known.
    #[error("{what}")]
    SecretInvalid {
        /// What is wrong, without the value.
        what: String,
    },
    /// There is no key to work with.
    #[error("there is no private key in it")]
    NoKey,
    /// None of several keys is a CA's.
    #[error("none of the {keys} keys has a certificate of a CA")]
    NoAuthority {
        /// How many there are.
        keys: usize,
    },
    /// The certificate of the CA does not let it do this.
    #[error("{alias} cannot issue: {reason}")]
    IssuerUnfit {
        /// The entry of the CA, as shown.
        alias: String,
        /// Why.
        reason: Unfit,
    },
    /// The request is not one that a CA may follow.
    #[error("the request for {subject} is refused: {reason}")]
    RequestRefused {
        /// Whom it is for.
        subject: String,
        /// Why.
        reason: Refusal,
    },
    /// A certificate or a list is another CA's.
    #[error("{what} is not of {authority}: {reason}")]
    IssuerOther {
        /// The certificate or the list, in words.
        what: String,
        /// The subject of the CA.
        authority: String,
        /// How that is known.
        reason: &'static str,
    },
    /// The list is of a form that is not continued here.
    #[error("the revocation list cannot be continued: {reason}")]
    ListUnsupported {
        /// What it is.
        reason: &'static str,
    },
    /// The form that is written has no place for anything of the wallet.
    #[error("the form can carry nothing of it")]
    NothingLeft,
    /// There is no certificate to work with.
    #[error("there is no certificate")]
    NoCertificate,
    /// A key could not be made or read.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// Something could not be written in its format.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A request or certificate could not be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl OpsError {
    /// That the key of this entry is not open.
    fn locked(wallet: &Wallet, id: EntryId, key: &KeyMaterial) -> Self {
        Self::KeyLocked { alias: shown_alias(wallet, id), refusal: key.refusal() }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::EntryAmbiguous { .. } => Code::ENTRY_AMBIGUOUS,
            Self::EntryNotFound { .. }
            | Self::PasswordAbsent { .. }
            | Self::NoKey
            | Self::NothingLeft => Code::ENTRY_NOT_FOUND,
            Self::WrongKind { .. } => Code::USAGE,
            Self::AliasTaken { .. } | Self::KeyElsewhere { .. } => Code::ALIAS_TAKEN,
            Self::KeyLocked { refusal, .. } => code_of_locked(*refusal),
            Self::NoMatchingKey { .. } => Code::IMPORT_NO_MATCHING_KEY,
            Self::CertificatePresent { .. } => Code::CERTIFICATE_PRESENT,
            Self::IssuerMissing(_) => Code::CHAIN_ISSUER_MISSING,
            Self::TdeEntry { .. } => Code::TDE_ENTRY,
            Self::UserMissing { .. } => Code::INPUT_REQUIRED,
            Self::FingerprintShort { .. } | Self::SecretInvalid { .. } => Code::VALUE_INVALID,
            Self::NoAuthority { .. } | Self::IssuerUnfit { .. } => Code::ISSUER_UNFIT,
            Self::RequestRefused { .. } => Code::REQUEST_REFUSED,
            Self::IssuerOther { .. } => Code::ISSUER_OTHER,
            Self::ListUnsupported { .. } => Code::FORMAT_UNSUPPORTED,
            Self::NoCertificate => Code::BUNDLE_EMPTY,
            Self::Crypto(error) => error.code(),
            Self::Codec(error) => error.code(),
            Self::Issue(error) => error.code(),
        }
    }
}

/// The article of a noun, by its first letter.
fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// An entry in a list of candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntrySummary {
    /// The entry.
    pub id: EntryId,
    /// Its shown alias.
    pub alias: String,
    /// Its kind, as in JSON.
    pub kind: &'static str,
    /// The subject of its certificate or request.
    pub subject: Option<String>,
    /// The fingerprint of its certificate.
    pub fingerprint: Option<Fingerprint>,
}

impl EntrySummary {
    /// The entry under the alias that is shown.
    #[must_use]
    pub fn of(entry: &Entry, alias: &str) -> Self {
        Self {
            id: entry.id(),
            alias: alias.to_owned(),
            kind: entry.kind.name(),
            subject: match &entry.kind {
                EntryKind::Request(pending) => Some(pending.request.csr.subject().to_string()),
                _ => entry.certificate().map(|certificate| certificate.subject().to_string()),
            },
            fingerprint: entry.certificate().map(Certificate::fingerprint),
        }
    }
}

/// A key that a certificate was compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// The shown alias of its entry; none for a key that came with the certificate.
    pub alias: Option<String>,
    /// Its kind and size.
    pub algorithm: KeyAlgorithm,
    /// Whether it waits for its certificate.
    pub pending: bool,
}

/// The shown alias of one entry.
fn shown_alias(wallet: &Wallet, id: EntryId) -> String {
    shown_aliases(wallet).get(&id).map_or_else(|| format!("{id:?}"), |alias| alias.text.clone())
}

/// The entry, which must be there.
fn entry(wallet: &Wallet, id: EntryId) -> Result<&Entry, OpsError> {
    wallet
        .entry(id)
        .ok_or_else(|| OpsError::EntryNotFound { name: format!("{id:?}"), near: Vec::new() })
}

/// The entries in the form of a list, in the wallet's order.
fn summaries(wallet: &Wallet, ids: &[EntryId]) -> Vec<EntrySummary> {
    let aliases = shown_aliases(wallet);
    let ids: HashSet<EntryId> = ids.iter().copied().collect();
    wallet
        .entries()
        .iter()
        .filter(|entry| ids.contains(&entry.id()))
        .map(|entry| EntrySummary::of(entry, &aliases[&entry.id()].text))
        .collect()
}
