//! Reading a store: records become entries.

use crate::codec::jks::keys::KeyOpener;
use crate::codec::jks::origin::{Kept, Origin};
use crate::codec::jks::record::{Body, Encoded, Record, StoreFile};
use crate::codec::jks::warnings::{entry_warnings, frame_warnings};
use crate::codec::jks::{Kind, modified_utf8};
use crate::codec::{self, CodecError, Decoded, Opening};
use crate::crypto::java_protector;
use crate::crypto::kdf::Budget;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{
    ChainCertificate, EntryKind, KeyEntry, OpaqueEntry, SealedContent, TrustedEntry,
};
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::parallel;
use crate::secret::{Password, SecretBytes};
use std::collections::{HashMap, HashSet};
use time::OffsetDateTime;

/// Reads a store: `bytes` are the attacker's, the passwords are the user's.
///
/// Without a password the digest is not verified, which a warning says; the certificates are there all
/// the same, and keys are tried with the passwords for keys alone.
///
/// # Errors
///
/// [`CodecError::PasswordWrong`]; [`CodecError::DigestMismatch`] when the password opens a key and the
/// digest does not fit; [`CodecError::Truncated`], [`CodecError::Damaged`] and [`CodecError::Limit`].
pub(in crate::codec) fn decode(
    bytes: &[u8],
    kind: Kind,
    opening: &Opening<'_>,
    budget: &Budget,
) -> Result<Decoded, CodecError> {
    let file = StoreFile::read(bytes, kind)?;
    if let Some(password) = opening.password
        && !java_protector::is_store_digest(file.digest, password, file.signed)
    {
        return Err(refusal(&file, password, budget));
    }
    let alias = |record: &Record<'_>| {
        modified_utf8::decode(record.alias).map(Alias::new).ok_or_else(|| CodecError::Damaged {
            format: kind.format(),
            what: "an alias that is not modified UTF-8".to_owned(),
        })
    };
    let aliases =
        file.records.iter().map(|(record, _)| alias(record)).collect::<Result<Vec<_>, _>>()?;
    let understood: Vec<_> =
        parallel::map_many(&file.records, |(record, _)| Understood::of(&record.body)).collect();
    let protected: Vec<&[u8]> = understood
        .iter()
        .zip(&file.records)
        .filter(|(understood, _)| matches!(understood, Understood::Key(_)))
        .filter_map(|(_, (record, _))| record.body.protected())
        .collect();
    let mut opened = KeyOpener::new(opening, budget).open_all(&protected).into_iter();
    let mut wallet = Wallet::new();
    let mut keys = HashMap::new();
    for ((understood, alias), (record, _)) in understood.into_iter().zip(aliases).zip(&file.records)
    {
        let (value, password) = match understood {
            Understood::Key(chain) => {
                let (key, password) = opened.next().expect("each key was tried");
                (EntryKind::from(KeyEntry { key, chain, request: None }), Some(password))
            }
            Understood::Trusted(certificate) => {
                let flags = TrustFlags::default();
                (EntryKind::TrustedCertificate(TrustedEntry { certificate, flags }), None)
            }
            Understood::Nothing => (opaque(&record.body, kind), None),
        };
        let id = wallet.push(Some(alias), value);
        keys.extend(password.map(|password| (id, password)));
    }
    let mut kept = HashMap::with_capacity(file.records.len());
    for (entry, (record, range)) in wallet.entries_mut().zip(&file.records) {
        entry.created = created(record.date);
        kept.insert(entry.id(), Kept::of(entry, range.clone()));
    }
    let mut warnings = frame_warnings(opening.password.is_some(), file.trailing.len());
    warnings.extend(entry_warnings(&wallet));
    let origin = Origin {
        kind,
        version: file.version,
        password: opening.password.cloned(),
        trailing: file.trailing.to_vec(),
        file: file.signed.to_vec(),
        kept,
        keys,
        renewed: HashSet::new(),
    };
    Ok(Decoded { wallet, origin: codec::Origin::Jks(origin), warnings })
}

/// Why the digest did not fit. If the password opens a key all the same, the file was changed.
fn refusal(file: &StoreFile<'_>, password: &Password, budget: &Budget) -> CodecError {
    let opens = file
        .records
        .iter()
        .filter_map(|(record, _)| record.body.protected())
        .any(|key| java_protector::decrypt(key, password, budget).is_ok());
    if opens { CodecError::DigestMismatch } else { CodecError::PasswordOrDigestWrong }
}

/// What a record holds, before its key is open.
enum Understood {
    /// A key with this chain.
    Key(Vec<ChainCertificate>),
    Trusted(Certificate),
    /// A record of another kind, or with a certificate that cannot be read, is kept as a whole.
    Nothing,
}

impl Understood {
    fn of(body: &Body<'_>) -> Self {
        match body {
            Body::PrivateKey { chain, .. } => {
                let chain = chain.iter().map(|link| certificate(link).map(ChainCertificate::from));
                chain.collect::<Option<_>>().map_or(Self::Nothing, Self::Key)
            }
            Body::Trusted(encoded) => certificate(encoded).map_or(Self::Nothing, Self::Trusted),
            Body::SecretKey(_) => Self::Nothing,
        }
    }
}

fn opaque(body: &Body<'_>, kind: Kind) -> EntryKind {
    EntryKind::from(OpaqueEntry {
        format: kind.format(),
        description: body.description().to_owned(),
        raw: SecretBytes::new(body.to_opaque()),
        sealed: SealedContent::Nothing,
        is_safe: false,
    })
}

/// The certificate, if it is X.509 and can be read.
fn certificate(encoded: &Encoded<'_>) -> Option<Certificate> {
    if encoded.is_x509() { Certificate::from_der(encoded.bytes).ok() } else { None }
}

/// The time of a date, which may lie beyond what a calendar shows.
pub(super) fn created(date: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(date) * NANOS_IN_MILLI).ok()
}

/// Nanoseconds in a millisecond.
pub(super) const NANOS_IN_MILLI: i128 = 1_000_000;
