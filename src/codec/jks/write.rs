//! Writing a store: what did not change goes out as it came in.

use crate::code::Code;
use crate::codec::jks::Kind;
use crate::codec::jks::fold::{Named, named};
use crate::codec::jks::modified_utf8;
use crate::codec::jks::origin::{Kept, KeyPassword, Origin, key_said, said};
use crate::codec::jks::read::{NANOS_IN_MILLI, created};
use crate::codec::jks::record::{Body, Encoded, Record, VERSION, X509};
use crate::codec::{CodecError, Protect, Sealing};
use crate::crypto::java_protector::{self, JAVA_ITERATIONS, JAVA_MOST_ITERATIONS, Protector};
use crate::crypto::kdf::Budget;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::key::{KeyMaterial, LockedKey, PrivateKey};
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use crate::parallel;
use crate::secret::{Password, SecretBytes};
use std::borrow::Cow;
use time::OffsetDateTime;

/// Writes a wallet as JKS or JCEKS, without what [`losses`](super::losses) names.
///
/// With an origin, every record that says what it said is written as it was. Keys with a password of
/// their own keep it, the others have that of the store. New aliases are in lower case
/// ([`folded`](super::folded)).
///
/// # Errors
///
/// [`CodecError::PasswordMissing`]; [`CodecError::FormatUnsupported`] for a store without a password,
/// which there is not; [`CodecError::AliasClash`] when two entries would have one alias;
/// [`CodecError::KeyLocked`] when a key would have to be encrypted anew and is not open;
/// [`CodecError::PasswordNotAscii`]; [`CodecError::Limit`] for an alias over 65,535 bytes, and for more
/// iterations than Java takes.
pub fn encode(
    wallet: &Wallet,
    kind: Kind,
    sealing: &Sealing<'_>,
    origin: Option<&Origin>,
) -> Result<SecretBytes, CodecError> {
    let writer = Writer::new(wallet, kind, sealing, origin)?;
    let named = named(wallet, kind, origin)?;
    let mut file = Vec::new();
    file.extend(kind.magic().to_be_bytes());
    file.extend(writer.version().to_be_bytes());
    let count = u32::try_from(named.len()).expect("entries have identities of 32 bits");
    file.extend(count.to_be_bytes());
    let mut protected = writer.all_protected(&named)?.into_iter();
    for one in &named {
        writer.write(one, &mut protected, &mut file)?;
    }
    let digest = java_protector::store_digest(writer.password, &file);
    file.extend(digest);
    file.extend_from_slice(writer.kept.map_or(&[], |origin| &origin.trailing));
    Ok(SecretBytes::new(file))
}

/// The keys that [`encode`] encrypts anew with the password of the store.
///
/// # Errors
///
/// What `encode` says of the password.
pub(in crate::codec) fn resealed(
    wallet: &Wallet,
    kind: Kind,
    sealing: &Sealing<'_>,
    origin: Option<&Origin>,
) -> Result<Vec<EntryId>, CodecError> {
    let writer = Writer::new(wallet, kind, sealing, origin)?;
    let mut resealed = Vec::new();
    for entry in wallet.entries() {
        let EntryKind::PrivateKey(key) = &entry.kind else { continue };
        match writer.protection(entry, &key.key) {
            Ok(Protection::Anew(_, password)) if password.as_str() == writer.password.as_str() => {
                resealed.push(entry.id());
            }
            Ok(_) => {}
            // Nothing is going to be written, which tells why.
            Err(_) => return Ok(Vec::new()),
        }
    }
    Ok(resealed)
}

fn protector(
    kind: Kind,
    sealing: &Sealing<'_>,
    origin: Option<&Origin>,
) -> Result<Protector, CodecError> {
    let iterations = sealing
        .iterations
        .or_else(|| origin.and_then(Origin::iterations))
        .unwrap_or(JAVA_ITERATIONS);
    if kind == Kind::Jceks && iterations > JAVA_MOST_ITERATIONS {
        return Err(CodecError::Limit {
            limit: "iterations that Java takes of a JCEKS store",
            found: iterations.into(),
            allowed: JAVA_MOST_ITERATIONS.into(),
        });
    }
    Ok(kind.protector(iterations))
}

struct Writer<'w> {
    wallet: &'w Wallet,
    kind: Kind,
    /// The password of the store.
    password: &'w Password,
    /// Whether the store had it before.
    same_password: bool,
    /// How keys are protected.
    protector: Protector,
    /// What it may cost to protect them, which we decide.
    budget: Budget,
    /// Whether every key that can be is protected anew.
    reprotect: bool,
    /// The date of entries that have none.
    now: i64,
    /// Which password each key had.
    origin: Option<&'w Origin>,
    /// What was read, if it was of the same kind.
    kept: Option<&'w Origin>,
}

impl<'w> Writer<'w> {
    fn new(
        wallet: &'w Wallet,
        kind: Kind,
        sealing: &Sealing<'w>,
        origin: Option<&'w Origin>,
    ) -> Result<Self, CodecError> {
        let known = origin.and_then(|origin| origin.password.as_ref());
        let password = match sealing.protect {
            Protect::Keep => known.ok_or(CodecError::PasswordMissing)?,
            Protect::Password(password) => password,
            Protect::Nothing => {
                let what = format!("a {} store without a password", kind.format());
                return Err(CodecError::FormatUnsupported { what, verb: "written" });
            }
        };
        Ok(Self {
            wallet,
            kind,
            password,
            same_password: known.is_some_and(|known| known.as_str() == password.as_str()),
            protector: protector(kind, sealing, origin)?,
            budget: Budget::unlimited().knowing(sealing.derived),
            reprotect: kind == Kind::Jceks && sealing.iterations.is_some(),
            now: sealing.now.map_or(0, millis),
            origin,
            // The records of the other kind have another protector.
            kept: origin.filter(|origin| origin.kind == kind),
        })
    }

    fn version(&self) -> u32 {
        self.kept.map_or(VERSION, |origin| origin.version)
    }

    fn kept(&self, entry: &Entry) -> Option<(&'w Origin, &'w Kept)> {
        let origin = self.kept?;
        Some((origin, origin.kept.get(&entry.id())?))
    }

    /// The encrypted keys, in their order. Those of JCEKS have derivations of their own, and are encrypted side by
    /// side.
    fn all_protected<'k>(&'k self, named: &[Named<'k>]) -> Result<Vec<Cow<'k, [u8]>>, CodecError> {
        let keys = named.iter().filter_map(|one| match &one.entry.kind {
            EntryKind::PrivateKey(key) => Some(self.protection(one.entry, &key.key)),
            // Its key would stay behind under the old password.
            EntryKind::Opaque(_) if !self.same_password => {
                let (origin, _) = self.kept(one.entry)?;
                origin.protected(one.entry.id()).map(|_| Err(self.locked(one.entry, None)))
            }
            _ => None,
        });
        // What is refused is known before anything is encrypted.
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let seals = keys.iter().any(|key| matches!(key, Protection::Anew(..)));
        if seals && self.kind == Kind::Jceks && self.budget.may_be_ahead() {
            parallel::map(&keys, |key| self.protect(key)).into_iter().collect()
        } else {
            keys.iter().map(|key| self.protect(key)).collect()
        }
    }

    fn protect<'k>(&self, key: &Protection<'k>) -> Result<Cow<'k, [u8]>, CodecError> {
        match key {
            Protection::AsItWas(bytes) => Ok(Cow::Borrowed(bytes)),
            Protection::Anew(key, password) => {
                let (key, protector) = (key.pkcs8(), self.protector);
                let sealed = java_protector::encrypt(key, protector, password, &self.budget)?;
                Ok(Cow::Owned(sealed))
            }
        }
    }

    /// Writes a record; if it is that of a key, with the next of those that are `protected`.
    fn write<'k>(
        &self,
        named: &Named<'_>,
        protected: &mut impl Iterator<Item = Cow<'k, [u8]>>,
        file: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let entry = named.entry;
        let old = self.kept(entry);
        let protected = match &entry.kind {
            EntryKind::PrivateKey(_) => Some(protected.next().expect("each key was encrypted")),
            _ => None,
        };
        if let Some((origin, kept)) = old
            && kept.said == said(entry)
            && !matches!(protected, Some(Cow::Owned(_)))
        {
            file.extend_from_slice(origin.raw(kept));
            return Ok(());
        }
        let old = old.map(|(origin, kept)| origin.record(kept));
        let body = match &entry.kind {
            EntryKind::PrivateKey(key) => Body::PrivateKey {
                protected: protected.as_deref().unwrap_or_default(),
                chain: key.chain.iter().map(|link| x509(link.certificate.der())).collect(),
            },
            EntryKind::TrustedCertificate(trusted) => {
                Body::Trusted(x509(trusted.certificate.der()))
            }
            EntryKind::Opaque(opaque) => Body::of_opaque(&opaque.raw, self.kind)?,
            // Losses, which do not get here.
            EntryKind::Request(_) | EntryKind::Secret(_) => return Ok(()),
        };
        let alias = modified_utf8::encode(&named.alias);
        let alias = match &old {
            // Another writer may have encoded it otherwise.
            Some(old) if modified_utf8::decode(old.alias).as_ref() == Some(&named.alias) => {
                old.alias
            }
            _ => &alias,
        };
        let date = match (&old, entry.created) {
            // A date beyond the calendar is no time, and stays.
            (Some(old), time) if created(old.date) == time => old.date,
            (_, Some(time)) => millis(time),
            (_, None) => self.now,
        };
        Record { alias, date, body }.write(self.version(), file)
    }

    /// How the key of an entry is written: as it was, where nothing asks for another.
    fn protection<'k>(
        &'k self,
        entry: &Entry,
        key: &'k KeyMaterial,
    ) -> Result<Protection<'k>, CodecError> {
        let id = entry.id();
        let opens_with =
            self.origin.and_then(|origin| origin.keys.get(&id)).unwrap_or(&KeyPassword::Store);
        let renewed = self.origin.is_some_and(|origin| origin.renewed.contains(&id));
        let old = self
            .kept(entry)
            .filter(|(_, kept)| kept.key == Some(key_said(key)))
            .and_then(|(origin, _)| origin.protected(id));
        let (password, stays) = match opens_with {
            KeyPassword::Own(password) => (password, true),
            KeyPassword::Unknown => (self.password, true),
            KeyPassword::Store | KeyPassword::Untried => (self.password, self.same_password),
        };
        match (key, old) {
            (KeyMaterial::Open(_), Some(old)) if stays && !renewed && !self.reprotect => {
                Ok(Protection::AsItWas(old))
            }
            (KeyMaterial::Open(key), _) => {
                if !java_protector::takes(self.protector, password) {
                    return Err(CodecError::PasswordNotAscii);
                }
                Ok(Protection::Anew(key, password))
            }
            (KeyMaterial::Locked(locked), Some(old))
                if !renewed && (stays || is_nobodys(locked)) =>
            {
                Ok(Protection::AsItWas(old))
            }
            (KeyMaterial::Locked(locked), None) if self.is_ours(&locked.raw) && !renewed => {
                Ok(Protection::AsItWas(&locked.raw))
            }
            (KeyMaterial::Locked(locked), _) => Err(self.locked(entry, locked.refusal)),
        }
    }

    /// Whether this kind of store protects keys so.
    fn is_ours(&self, protected: &[u8]) -> bool {
        matches!(
            (self.kind, Protector::of(protected)),
            (Kind::Jks, Ok(Protector::Sun)) | (Kind::Jceks, Ok(Protector::Jce { .. }))
        )
    }

    fn locked(&self, entry: &Entry, refusal: Option<Code>) -> CodecError {
        let alias = shown_aliases(self.wallet)[&entry.id()].text.clone();
        CodecError::KeyLocked { alias, refusal }
    }
}

/// How a key is written.
enum Protection<'k> {
    /// Encrypted as it was.
    AsItWas(&'k [u8]),
    /// Encrypted anew, with this password.
    Anew(&'k PrivateKey, &'k Password),
}

fn x509(der: &[u8]) -> Encoded<'_> {
    Encoded { kind: X509, bytes: der }
}

/// Milliseconds since 1970.
fn millis(time: OffsetDateTime) -> i64 {
    let millis = time.unix_timestamp_nanos().div_euclid(NANOS_IN_MILLI);
    i64::try_from(millis).expect("the calendar ends in the year 9999")
}

/// Whether no password can open a key, or none can open it to a key.
fn is_nobodys(locked: &LockedKey) -> bool {
    matches!(locked.refusal, Some(Code::KEY_INVALID | Code::ENCRYPTION_INVALID))
}
