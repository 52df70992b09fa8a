//! Reading a PKCS#12 file.

use crate::code::Code;
use crate::codec::ber;
use crate::codec::pkcs12::assemble::{Assembled, assemble, linked, requests};
use crate::codec::pkcs12::bag::{Bag, BagType};
use crate::codec::pkcs12::item::UNREAD_LIST;
use crate::codec::pkcs12::keys::KeyOpener;
use crate::codec::pkcs12::oracle::OracleId;
use crate::codec::pkcs12::origin::Origin;
use crate::codec::pkcs12::part::Part;
use crate::codec::pkcs12::pfx::Pfx;
use crate::codec::pkcs12::profile;
use crate::codec::pkcs12::safe::{self, Cover, Node, Opened, Safe, Sealed, Uncovered};
use crate::codec::{self, CodecError, Decoded, Keys, Opening, Warning};
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::mac::Mac;
use crate::crypto::pkcs8;
use crate::digest::Fingerprint;
use crate::limits;
use crate::model::entry::{Entry, EntryId, EntryKind, OpaqueEntry, SealedContent};
use crate::model::format::{Format, Layout};
use crate::model::key::why_locked;
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use crate::parallel;
use crate::secret::{Password, SharedBytes};
use std::collections::{HashMap, HashSet};

/// Contents that take less to check and to decrypt than a thread does to begin, once their keys are derived.
const QUICK_BYTES: usize = 64 * 1024;

/// Reads a PKCS#12 file: `bytes` are the attacker's, the password is the user's. The safes that are kept to be
/// written back are shared with the `file` that they are of, where that stays in memory.
///
/// # Errors
///
/// [`CodecError::PasswordMissing`] and [`CodecError::PasswordWrong`],
/// [`CodecError::MacMismatch`] when the password is right and the MAC is not,
/// [`CodecError::Truncated`], [`CodecError::Damaged`], [`CodecError::Unsupported`] and
/// [`CodecError::Limit`].
pub(in crate::codec) fn decode(
    bytes: &[u8],
    file: Option<&SharedBytes>,
    opening: &Opening<'_>,
    budget: &Budget,
) -> Result<Decoded, CodecError> {
    read(bytes, opening, budget, None, |reading| with_origin(reading, file))
}

/// As [`decode`], for who does not write the file again: nothing is kept of how it was written.
/// Certificates of the wallet that is `known` are taken from there, where they are the same.
///
/// # Errors
///
/// As [`decode`].
pub(in crate::codec) fn decode_wallet(
    bytes: &[u8],
    opening: &Opening<'_>,
    budget: &Budget,
    known: Option<&Wallet>,
) -> Result<Wallet, CodecError> {
    read(bytes, opening, budget, known, |reading| reading.entered.wallet)
}

/// A file that was read, while it is in memory.
struct Reading<'f> {
    entered: Entered,
    safes: Vec<Uncovered<'f>>,
    /// The MAC, and its MacData in DER.
    mac: Option<(Mac, &'f [u8])>,
    /// The form of the password that opened it.
    passphrase: Passphrase,
    /// Whether all of it was in DER, and the safes with nothing behind them.
    is_der: bool,
    is_whole: bool,
    /// Bytes behind what ends before them.
    trailing: usize,
}

fn read<R>(
    bytes: &[u8],
    opening: &Opening<'_>,
    budget: &Budget,
    known: Option<&Wallet>,
    finish: impl FnOnce(Reading<'_>) -> R,
) -> Result<R, CodecError> {
    let empty = Password::from("");
    let mut forms = Passphrase::forms(opening.password.unwrap_or(&empty));
    if opening.password.is_none() {
        // "No password" is more likely meant by nothing than by two zero bytes.
        forms.reverse();
    }
    let value = ber::to_der(bytes, Format::Pkcs12)?;
    let pfx = Pfx::read(&value)?;
    let auth_safe = ber::to_der(pfx.auth_safe, Format::Pkcs12)?;
    let covers = safe::elements(auth_safe.der(), "AuthenticatedSafe")?;
    let sealed = covers.iter().map(|info| Sealed::read(info)).collect::<Result<Vec<_>, _>>()?;

    // The MAC comes before anything inside is parsed (RFC 7292 section 5.2, step 2).
    let mac = pfx.mac.map(Mac::from_der).transpose()?;
    let mut decrypted = Vec::new();
    if let Some(mac) = &mac {
        // Decrypting does not wait for it, nor deriving what that needs, which usually takes longer.
        let check = || find_form(mac, &forms, pfx.auth_safe, budget);
        let decrypt = || sealed.iter().map(|safe| safe.decrypt_ahead(&forms[0], budget)).collect();
        // Of what is read back the keys are known.
        let is_quick = known.is_some() && pfx.auth_safe.len() < QUICK_BYTES;
        let is_apart =
            budget.may_be_ahead() && !is_quick && sealed.iter().any(Sealed::is_encrypted);
        let (form, ahead) =
            if is_apart { parallel::join(check, decrypt) } else { (check(), Vec::new()) };
        match form? {
            Some(0) => decrypted = ahead,
            Some(position) => forms.swap(0, position),
            None => return Err(refusal(&sealed, &mut forms, opening, budget)),
        }
    }
    decrypted.resize_with(sealed.len(), || None);
    let mut is_der = value.is_der() && auth_safe.is_der();
    let mut trailing = value.trailing() + auth_safe.trailing();
    let mut safes = Vec::with_capacity(sealed.len());
    // Whether the password is known to be the right one.
    let mut proven = mac.is_some();
    let count = sealed.len();
    for ((sealed, raw), decrypted) in sealed.into_iter().zip(covers).zip(decrypted) {
        let opened = sealed.open(decrypted, &mut forms, budget).map_err(|error| match error {
            CodecError::PasswordWrong { .. } if opening.password.is_none() => {
                CodecError::PasswordMissing
            }
            CodecError::PasswordWrong { .. } if proven => stray_safe(safes.len() + 1, count),
            other => other,
        })?;
        proven |= sealed.is_encrypted();
        is_der &= opened.is_der;
        trailing += opened.trailing;
        safes.push(Uncovered::new(sealed, raw, opened));
    }

    // Without MAC and encrypted safes only the keys can tell whether the password is right.
    let unproven = opening.password.is_some()
        && mac.is_none()
        && safes.iter().all(|safe| !matches!(safe.cover, Cover::Encrypted(_)));
    let mut opener = KeyOpener {
        passwords: std::iter::once(opening.password.unwrap_or(&empty))
            .chain(opening.key_passwords)
            .collect(),
        keys: if unproven { Keys::Open } else { opening.keys },
        budget,
        own: HashSet::new(),
    };
    let entered = enter(&mut safes, mac.as_ref(), &mut opener, known)?;
    if unproven && no_key_opened(&entered.wallet) {
        return Err(CodecError::PasswordWrong { empty_tried: forms.len() > 1 });
    }
    Ok(finish(Reading {
        entered,
        safes,
        mac: mac.zip(pfx.mac),
        passphrase: forms.swap_remove(0),
        is_der,
        is_whole: auth_safe.is_der() && auth_safe.trailing() == 0,
        trailing,
    }))
}

fn with_origin(reading: Reading<'_>, file: Option<&SharedBytes>) -> Decoded {
    let Entered { wallet, layout, linked, requests, local_key_ids, own } = reading.entered;
    let mut warnings = frame_warnings(reading.trailing, reading.mac.is_some(), reading.is_der);
    warnings.extend(entry_warnings(&wallet));
    let origin = Origin {
        layout,
        safes: reading.safes.into_iter().map(|safe| Safe::keep(safe, file)).collect(),
        mac: reading.mac.map(|(mac, raw)| (mac, raw.to_vec())),
        is_whole: reading.is_whole,
        passphrase: reading.passphrase,
        read: wallet.clone(),
        local_key_ids,
        linked,
        requests,
        own,
        renewed: HashMap::new(),
        unmarked: HashSet::new(),
    };
    Decoded { wallet, origin: codec::Origin::Pkcs12(origin), warnings }
}

/// What a file shows without its password, for reports: its certificates, where no safe is encrypted,
/// with the keys locked. The integrity check is left out, so nothing of it may be trusted or saved.
///
/// # Errors
///
/// [`CodecError::PasswordMissing`] when a safe is encrypted; else as [`decode`].
pub fn read_unverified(bytes: &[u8]) -> Result<Wallet, CodecError> {
    let value = ber::to_der(bytes, Format::Pkcs12)?;
    let auth_safe = ber::to_der(Pfx::read(&value)?.auth_safe, Format::Pkcs12)?;
    let budget = Budget::new(0);
    let mut safes = Vec::new();
    for info in safe::elements(auth_safe.der(), "AuthenticatedSafe")? {
        let sealed = Sealed::read(info)?;
        if let Sealed::Encrypted { .. } = sealed {
            return Err(CodecError::PasswordMissing);
        }
        let opened = sealed.open(None, &mut [], &budget)?;
        safes.push(Uncovered::new(sealed, info, opened));
    }
    let mut opener = KeyOpener {
        passwords: Vec::new(),
        keys: Keys::Leave,
        budget: &budget,
        own: HashSet::new(),
    };
    Ok(enter(&mut safes, None, &mut opener, None)?.wallet)
}

/// The position of the first form of the password under which the MAC fits.
fn find_form(
    mac: &Mac,
    forms: &[Passphrase],
    content: &[u8],
    budget: &Budget,
) -> Result<Option<usize>, CodecError> {
    for (position, form) in mac.scheme.forms(forms).iter().enumerate() {
        if mac.verify(form, content, budget)? {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

/// That the password opens the file, and this safe of so many not.
fn stray_safe(number: usize, count: usize) -> CodecError {
    let what = format!(
        "a safe ({number} of {count}) with another password than the rest of the file, or with \
         damage inside,"
    );
    CodecError::FormatUnsupported { what, verb: "read" }
}

/// Why the MAC did not fit. If the password opens something all the same, the file was changed.
fn refusal(
    sealed: &[Sealed<'_>],
    forms: &mut [Passphrase],
    opening: &Opening<'_>,
    budget: &Budget,
) -> CodecError {
    // Nothing more is derived where the answer is known: of thousands of files most are protected.
    let Some(password) = opening.password else { return CodecError::PasswordMissing };
    let (mut encrypted, mut opens_key) = (false, false);
    for safe in sealed {
        match safe {
            Sealed::Encrypted { .. } if safe.open(None, forms, budget).is_ok() => {
                return CodecError::MacMismatch;
            }
            Sealed::Encrypted { .. } => encrypted = true,
            Sealed::Plain(contents) => opens_key |= opens_a_key(contents, password, budget),
            Sealed::Opaque => {}
        }
    }
    match (opens_key, encrypted) {
        (true, true) => CodecError::PasswordOfKey,
        (true, false) => CodecError::MacMismatch,
        (false, _) => CodecError::PasswordWrong { empty_tried: forms.len() > 1 },
    }
}

fn opens_a_key(contents: &[u8], password: &Password, budget: &Budget) -> bool {
    let Ok(opened) = Opened::plain(contents) else { return false };
    let mut bags = Vec::new();
    let read = safe::read_nodes(&opened, &mut { limits::ENTRIES }, &mut bags);
    let key = bags.iter().find(|bag| bag.kind == BagType::ShroudedKey);
    read.is_ok() && key.is_some_and(|key| pkcs8::decrypt(key.value, password, budget).is_ok())
}

/// Oracle's layout is one encrypted safe that holds keys as they are, or bags that orapki marked.
/// One that is empty is orapki's wallet where it is protected as orapki does it; a portable file of ours says what
/// it is by a second safe. A safe that is not understood says nothing.
fn layout(safes: &[Uncovered<'_>], bags: &[Bag<'_>], mac: Option<&Mac>) -> Layout {
    let mut covers =
        safes.iter().map(|safe| &safe.cover).filter(|cover| !matches!(cover, Cover::Opaque(_)));
    let (Some(Cover::Encrypted(scheme)), None) = (covers.next(), covers.next()) else {
        return Layout::Portable;
    };
    if bags.is_empty() {
        let mac = mac.map(|mac| mac.scheme.name());
        let is_orapkis = profile::is_oracles(scheme.name(), mac);
        return if is_orapkis { Layout::Oracle } else { Layout::Portable };
    }
    let marked = |bag: &Bag<'_>| bag.local_key_id.and_then(OracleId::read).is_some();
    let native = bags.iter().any(|bag| marked(bag) || bag.kind == BagType::Key);
    let shrouded = bags.iter().any(|bag| bag.kind == BagType::ShroudedKey);
    if native && !shrouded { Layout::Oracle } else { Layout::Portable }
}

/// What the safes hold.
struct Entered {
    wallet: Wallet,
    layout: Layout,
    linked: HashSet<Fingerprint>,
    requests: HashSet<EntryId>,
    local_key_ids: HashMap<Part, Vec<u8>>,
    own: HashSet<EntryId>,
}

/// Reads the bags and makes the wallet. Every bag learns which part of it it carries.
fn enter(
    safes: &mut [Uncovered<'_>],
    mac: Option<&Mac>,
    opener: &mut KeyOpener<'_>,
    known: Option<&Wallet>,
) -> Result<Entered, CodecError> {
    let (mut room, mut bags) = (limits::ENTRIES, Vec::new());
    let mut trees = Vec::with_capacity(safes.len());
    for safe in safes.iter() {
        trees.push(match safe.cover {
            Cover::Opaque(_) => Vec::new(),
            _ => safe::read_nodes(&safe.opened, &mut room, &mut bags)?,
        });
    }
    let layout = layout(safes, &bags, mac);
    let Assembled { mut wallet, parts } = assemble(&mut bags, opener, known)?;
    let own = own_keys(&wallet, &bags, &parts, &opener.own);
    let local_key_ids = parts
        .iter()
        .zip(&bags)
        .filter_map(|(part, bag)| Some((part.clone(), bag.local_key_id?.to_vec())))
        .collect();
    let linked = linked(&parts);
    let requests = requests(&parts);
    let mut parts = parts.into_iter();
    for (safe, nodes) in safes.iter_mut().zip(trees) {
        safe.nodes = nodes;
        Node::assign(&mut safe.nodes, &mut parts);
        if let Cover::Opaque(part) = &mut safe.cover {
            let kind = EntryKind::from(OpaqueEntry {
                format: Format::Pkcs12,
                description: "safe of an unknown kind".to_owned(),
                raw: safe.raw.into(),
                sealed: SealedContent::Nothing,
                is_safe: true,
            });
            *part = Part::Opaque(wallet.push(None, kind));
        }
    }
    Ok(Entered { wallet, layout, linked, requests, local_key_ids, own })
}

/// The keys that the password of the store did not open, be they `opened` by another or not.
fn own_keys(
    wallet: &Wallet,
    bags: &[Bag<'_>],
    parts: &[Part],
    opened: &HashSet<Fingerprint>,
) -> HashSet<EntryId> {
    let refused = wallet
        .entries()
        .iter()
        .filter(|entry| refusal_of(entry) == Some(Code::PASSWORD_WRONG))
        .map(Entry::id);
    let other = bags.iter().zip(parts).filter_map(|(bag, part)| match part {
        Part::Key(id) if opened.contains(&Fingerprint::of(bag.value)) => Some(*id),
        _ => None,
    });
    refused.chain(other).collect()
}

fn frame_warnings(trailing: usize, mac: bool, der: bool) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code, message: String| warnings.push(Warning { code, message });
    if !mac {
        let message = "the file has no MAC: its integrity is unknown".to_owned();
        warn(Code::INTEGRITY_UNKNOWN, message);
    }
    if !der {
        let message = "the file is BER, not DER: the first change rewrites it".to_owned();
        warn(Code::ENCODING_NOT_DER, message);
    }
    if trailing > 0 {
        let message = format!("bytes after the structure: {trailing}");
        warn(Code::TRAILING_BYTES, message);
    }
    warnings
}

fn entry_warnings(wallet: &Wallet) -> Vec<Warning> {
    let mut names = None;
    let mut warnings = Vec::new();
    for entry in wallet.entries() {
        let mut warn = |code, text: String| {
            let names = names.get_or_insert_with(|| shown_aliases(wallet));
            let name = names.get(&entry.id()).map_or("", |name| name.text.as_str());
            warnings.push(Warning { code, message: text.replace("{}", name) });
        };
        if let Some(refusal) = refusal_of(entry).or_else(|| sealed_refusal_of(entry)) {
            let why = why_locked(Some(refusal));
            warn(Code::KEY_LOCKED, format!("the key {{}} stays locked: {why}"));
        }
        // Bags that are well-formed and merely not ours to read are no news: they are listed.
        if let EntryKind::Opaque(opaque) = &entry.kind {
            let what = &opaque.description;
            let revokes =
                if what == UNREAD_LIST { ", and what it revokes is not known" } else { "" };
            // Without a name of its own it is shown by what it is.
            let name = if entry.alias.is_some() { " {}" } else { "" };
            if what == UNREAD_LIST || what.starts_with("malformed") {
                warn(Code::KEPT_OPAQUE, format!("{what}{name} is kept as it is{revokes}"));
            }
        }
    }
    Warning::cap(&mut warnings);
    warnings
}

/// Why a secret key that is not understood stays closed.
fn sealed_refusal_of(entry: &Entry) -> Option<Code> {
    let EntryKind::Opaque(opaque) = &entry.kind else { return None };
    match opaque.sealed {
        SealedContent::Closed(refusal) => refusal,
        SealedContent::Nothing | SealedContent::Open(_) => None,
    }
}

/// Whether there are encrypted keys and the password fits none of them.
fn no_key_opened(wallet: &Wallet) -> bool {
    let mut keys = wallet.entries().iter().filter(|entry| entry.key().is_some()).peekable();
    keys.peek().is_some() && keys.all(|entry| refusal_of(entry) == Some(Code::PASSWORD_WRONG))
}

fn refusal_of(entry: &Entry) -> Option<Code> {
    entry.key()?.refusal()
}
