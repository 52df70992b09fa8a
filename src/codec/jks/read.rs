//! Reading a store: records become entries.

use crate::codec::jks::keys::KeyOpener;
use crate::codec::jks::origin::{Kept, KeyPassword, Origin};
use crate::codec::jks::record::{Body, Encoded, StoreFile};
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
use crate::model::key::KeyMaterial;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
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
    let protected: Vec<&[u8]> = file
        .records
        .iter()
        .filter_map(|(record, _)| match record.body {
            Body::PrivateKey { protected, .. } => Some(protected),
            _ => None,
        })
        .collect();
    let mut opened = KeyOpener::new(opening, budget).open_all(&protected, kind).into_iter();
    let mut wallet = Wallet::new();
    let mut keys = HashMap::new();
    for (record, _) in &file.records {
        let alias = modified_utf8::decode(record.alias).ok_or_else(|| CodecError::Damaged {
            format: kind.format(),
            what: "an alias that is not modified UTF-8".to_owned(),
        })?;
        let (value, password) = value(&record.body, &mut opened, kind);
        let id = wallet.push(Some(Alias::new(alias)), value);
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

/// What the record holds, and what opens its key: the next of those that were `opened`. A record with a
/// certificate that cannot be read is kept as a whole.
fn value(
    body: &Body<'_>,
    opened: &mut impl Iterator<Item = (KeyMaterial, KeyPassword)>,
    kind: Kind,
) -> (EntryKind, Option<KeyPassword>) {
    match body {
        Body::PrivateKey { chain, .. } => {
            let opened = opened.next();
            let chain: Option<Vec<_>> = chain.iter().map(certificate).collect();
            if let Some((chain, (key, password))) = chain.zip(opened) {
                let chain = chain.into_iter().map(ChainCertificate::from).collect();
                let entry = KeyEntry { key, chain, request: None };
                return (EntryKind::from(entry), Some(password));
            }
        }
        Body::Trusted(encoded) => {
            if let Some(certificate) = certificate(encoded) {
                let flags = TrustFlags::default();
                let entry = TrustedEntry { certificate, flags };
                return (EntryKind::TrustedCertificate(entry), None);
            }
        }
        Body::SecretKey(_) => {}
    }
    let entry = OpaqueEntry {
        format: kind.format(),
        description: body.description().to_owned(),
        raw: SecretBytes::new(body.to_opaque()),
        sealed: SealedContent::Nothing,
        is_safe: false,
    };
    (EntryKind::from(entry), None)
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
