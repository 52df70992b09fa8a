//! The CA that a wallet holds.

use crate::chain::{Candidates, rules};
use crate::crypto::keygen;
use crate::issue::IssueError;
use crate::issue::certificate::Issuer;
use crate::issue::extensions::RequestedExtensions;
use crate::issue::usage::KeyUsage;
use crate::model::basic_constraints::BasicConstraints;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::key::PrivateKey;
use crate::model::wallet::Wallet;
use crate::oid;
use crate::ops::{OpsError, entry, shown_alias, summaries};
use std::fmt;
use time::OffsetDateTime;

/// A key that may sign for others, with the certificate that says so.
#[derive(Clone, Debug)]
pub struct Authority<'a> {
    wallet: &'a Wallet,
    alias: String,
    key: &'a PrivateKey,
    certificate: &'a Certificate,
}

/// Why a key with a certificate cannot issue something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// It has no certificate.
    NoCertificate,
    /// The certificate is not a CA's.
    NotAuthority,
    /// The certificate has a key usage without this one.
    Usage(KeyUsage),
    /// The certificate's validity ended then.
    Expired(OffsetDateTime),
    /// The certificate's validity begins then.
    NotYetValid(OffsetDateTime),
    /// A CA above it forbids what it would issue.
    Forbidden(String),
    /// The path length constraint does not allow a CA below it with this one.
    PathLength {
        /// That of the CA.
        own: u32,
        /// That of the CA below; none is without bound.
        below: Option<u8>,
    },
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => f.write_str("it has no certificate"),
            Self::NotAuthority => f.write_str("its certificate is not a CA's"),
            Self::Usage(usage) => write!(f, "its certificate has a key usage without {usage}"),
            Self::Expired(end) => write!(f, "its certificate expired on {}", end.date()),
            Self::NotYetValid(begin) => {
                write!(f, "its certificate is not valid before {}", begin.date())
            }
            Self::Forbidden(finding) => f.write_str(finding),
            Self::PathLength { own: 0, .. } => {
                f.write_str("its path length of 0 allows no CA below it")
            }
            Self::PathLength { own, below } => {
                let below = below.map_or_else(|| "none".to_owned(), |below| below.to_string());
                write!(f, "its path length of {own} allows no CA below it with one of {below}")
            }
        }
    }
}

impl<'a> Authority<'a> {
    /// The CA of the entry; without one the only CA of the wallet.
    ///
    /// # Errors
    ///
    /// [`OpsError::IssuerUnfit`] for a key without a certificate or with one that is not a CA's,
    /// [`OpsError::KeyLocked`], [`OpsError::WrongKind`] for an entry without a key,
    /// [`OpsError::EntryAmbiguous`] where several are CAs, [`OpsError::EntryNotFound`] where there is
    /// no key at all, [`OpsError::Issue`] for malformed basic constraints, and [`OpsError::Crypto`] for a key without
    /// a certificate whose algorithm is not known here.
    pub fn of(wallet: &'a Wallet, id: Option<EntryId>) -> Result<Self, OpsError> {
        let id = id.map_or_else(|| only(wallet), Ok)?;
        let alias = shown_alias(wallet, id);
        let found = entry(wallet, id)?;
        let key = match &found.kind {
            EntryKind::PrivateKey(key) => key,
            EntryKind::Request(_) => return Err(unfit(alias, Unfit::NoCertificate)),
            kind => {
                return Err(OpsError::WrongKind { alias, found: kind.name(), wanted: "CA's key" });
            }
        };
        let Some(certificate) = key.leaf() else {
            // Of a key whose public half cannot be computed nobody can tell which certificate is its.
            key.key.open().map(keygen::public_key).transpose()?;
            return Err(unfit(alias, Unfit::NoCertificate));
        };
        if !constraints(certificate)?.is_some_and(|constraints| constraints.ca) {
            return Err(unfit(alias, Unfit::NotAuthority));
        }
        match key.key.open() {
            Some(key) => Ok(Self { wallet, alias, key, certificate }),
            None => Err(OpsError::KeyLocked { alias, refusal: key.key.refusal() }),
        }
    }

    /// The entry, as shown.
    #[must_use]
    pub fn alias(&self) -> &str {
        &self.alias
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &'a Certificate {
        self.certificate
    }

    /// Its certificate and those above it, as far as the wallet knows them.
    #[must_use]
    pub fn chain(&self) -> Vec<Certificate> {
        Candidates::of(self.wallet).chain(self.certificate)
    }

    /// What signs.
    #[must_use]
    pub fn issuer(&self) -> Issuer<'a> {
        Issuer { key: self.key, certificate: self.certificate }
    }

    /// Makes sure that its certificate lets it sign in this way now.
    ///
    /// # Errors
    ///
    /// [`OpsError::IssuerUnfit`], and [`OpsError::Issue`] when its key usage is malformed.
    pub fn require(&self, usage: KeyUsage, now: OffsetDateTime) -> Result<(), OpsError> {
        let reason = if rules::is_expired(self.certificate, now) {
            Unfit::Expired(self.certificate.not_after())
        } else if rules::is_not_yet_valid(self.certificate, now) {
            Unfit::NotYetValid(self.certificate.not_before())
        } else if self.certificate.extension(oid::KEY_USAGE).is_some()
            && !RequestedExtensions::of_certificate(self.certificate)?.key_usage.contains(&usage)
        {
            Unfit::Usage(usage)
        } else {
            return Ok(());
        };
        Err(unfit(self.alias.clone(), reason))
    }

    /// Makes sure that a CA with this path length constraint may stand below it.
    ///
    /// # Errors
    ///
    /// [`OpsError::IssuerUnfit`], and [`OpsError::Issue`] when its basic constraints are malformed.
    pub fn require_room(&self, below: Option<u8>) -> Result<(), OpsError> {
        match constraints(self.certificate)?.and_then(|constraints| constraints.path_length) {
            Some(own) if own == 0 || below.is_some_and(|below| u32::from(below) >= own) => {
                Err(unfit(self.alias.clone(), Unfit::PathLength { own, below }))
            }
            _ => Ok(()),
        }
    }
}

fn constraints(certificate: &Certificate) -> Result<Option<BasicConstraints>, IssueError> {
    certificate
        .basic_constraints()
        .map_err(|error| IssueError::CertificateMalformed { reason: error.reason })
}

pub(super) fn unfit(alias: String, reason: Unfit) -> OpsError {
    OpsError::IssuerUnfit { alias, reason }
}

/// The only key with a CA's certificate, else the only key, which tells why it is none.
fn only(wallet: &Wallet) -> Result<EntryId, OpsError> {
    let keys: Vec<&Entry> = wallet.entries().iter().filter(|entry| entry.key().is_some()).collect();
    let authorities: Vec<EntryId> = keys
        .iter()
        .filter(|entry| entry.certificate().is_some_and(Certificate::is_ca))
        .map(|entry| entry.id())
        .collect();
    match (&authorities[..], &keys[..]) {
        ([id], _) => Ok(*id),
        ([], [key]) => Ok(key.id()),
        ([], []) => Err(OpsError::NoKey),
        ([], keys) => Err(OpsError::NoAuthority { keys: keys.len() }),
        (several, _) => Err(OpsError::EntryAmbiguous {
            wanted: "the CA".to_owned(),
            candidates: summaries(wallet, several),
        }),
    }
}
