//! Reading a PKCS#12 file.

use crate::code::Code;
use crate::codec::ber;
use crate::codec::pkcs12::assemble::{assemble, linked};
use crate::codec::pkcs12::bag::Bag;
use crate::codec::pkcs12::keys::KeyOpener;
use crate::codec::pkcs12::oracle::OracleId;
use crate::codec::pkcs12::origin::Origin;
use crate::codec::pkcs12::part::{self, Part};
use crate::codec::pkcs12::pfx::Pfx;
use crate::codec::pkcs12::safe::{self, Cover, Node, Safe, Sealed};
use crate::codec::{self, CodecError, Decoded, Keys, Opening, Warning};
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::mac::Mac;
use crate::crypto::pkcs8;
use crate::digest::Fingerprint;
use crate::limits;
use crate::model::entry::{Entry, EntryId, EntryKind, OpaqueEntry, SealedContent};
use crate::model::format::{Format, Layout};
use crate::model::key::KeyMaterial;
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use crate::oid;
use crate::secret::{Password, SecretBytes};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Reads a PKCS#12 file: `bytes` are the attacker's, the password is the user's.
///
/// # Errors
///
/// [`CodecError::PasswordMissing`] and [`CodecError::PasswordWrong`],
/// [`CodecError::MacMismatch`] when the password is right and the MAC is not,
/// [`CodecError::Truncated`], [`CodecError::Damaged`], [`CodecError::Unsupported`] and
/// [`CodecError::Limit`].
pub(in crate::codec) fn decode(
    bytes: &[u8],
    opening: &Opening<'_>,
    budget: &Budget,
) -> Result<Decoded, CodecError> {
    let empty = Password::from("");
    let mut forms = Passphrase::forms(opening.password.unwrap_or(&empty));
    if opening.password.is_none() {
        // "No password" is more likely meant by nothing than by two zero bytes.
        forms.reverse();
    }
    let pfx = Pfx::read(bytes)?;
    let normalised = ber::to_der(&pfx.auth_safe, Format::Pkcs12)?;
    let mut der = pfx.der && matches!(normalised.der, Cow::Borrowed(_));
    let covers = safe::elements(&normalised.der, "AuthenticatedSafe")?;
    let sealed = covers.iter().map(|info| Sealed::read(info)).collect::<Result<Vec<_>, _>>()?;

    // The MAC comes before anything inside is parsed (RFC 7292 section 5.2, step 2).
    let mac = pfx.mac.as_deref().map(Mac::from_der).transpose()?;
    if let Some(mac) = &mac {
        // The keys of the safes do not wait for it.
        let derive = || {
            for safe in &sealed {
                safe.derive_ahead(&forms[0], budget);
            }
        };
        match budget.ahead(derive, || find_form(mac, &forms, &pfx.auth_safe, budget))? {
            Some(position) => forms.swap(0, position),
            None => return Err(refusal(&sealed, &forms, opening, budget)),
        }
    }
    let mut safes = Vec::with_capacity(sealed.len());
    let mut room = limits::ENTRIES;
    for (sealed, raw) in sealed.into_iter().zip(covers) {
        let contents = sealed.open(&forms, budget).map_err(|error| match error {
            CodecError::PasswordWrong { .. } if opening.password.is_none() => {
                CodecError::PasswordMissing
            }
            other => other,
        })?;
        safes.push(read_safe(sealed, &contents, raw, &mut der, &mut room)?);
    }

    let mut warnings = frame_warnings(pfx.trailing, mac.is_some(), der);
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
    let layout = layout(&safes);
    let (wallet, safes) = enter(safes, &mut opener);
    if unproven && no_key_opened(&wallet) {
        return Err(CodecError::PasswordWrong { empty_tried: forms.len() > 1 });
    }
    let auth_safe = der.then(|| SecretBytes::new(pfx.auth_safe));
    let mut origin =
        origin(&wallet, layout, safes, mac.zip(pfx.mac), auth_safe, forms.swap_remove(0));
    origin.own = own_keys(&wallet, &origin, &opener.own);
    warnings.extend(entry_warnings(&wallet));
    Ok(Decoded { wallet, origin: codec::Origin::Pkcs12(origin), warnings })
}

/// What a file shows without its password, for reports: its certificates, where no safe is encrypted,
/// with the keys locked. The integrity check is left out, so nothing of it may be trusted or saved.
///
/// # Errors
///
/// [`CodecError::PasswordMissing`] when a safe is encrypted; else as [`decode`].
pub fn read_unverified(bytes: &[u8]) -> Result<Wallet, CodecError> {
    let pfx = Pfx::read(bytes)?;
    let normalised = ber::to_der(&pfx.auth_safe, Format::Pkcs12)?;
    let mut safes = Vec::new();
    let mut room = limits::ENTRIES;
    for info in safe::elements(&normalised.der, "AuthenticatedSafe")? {
        let sealed = Sealed::read(info)?;
        let contents = match &sealed {
            Sealed::Plain(contents) => contents.clone(),
            Sealed::Encrypted { .. } => return Err(CodecError::PasswordMissing),
            Sealed::Opaque => Vec::new(),
        };
        safes.push(read_safe(sealed, &contents, info, &mut true, &mut room)?);
    }
    let budget = Budget::new(0);
    let mut opener = KeyOpener {
        passwords: Vec::new(),
        keys: Keys::Leave,
        budget: &budget,
        own: HashSet::new(),
    };
    Ok(enter(safes, &mut opener).0)
}

/// The position of the first form of the password under which the MAC fits.
fn find_form(
    mac: &Mac,
    forms: &[Passphrase],
    content: &[u8],
    budget: &Budget,
) -> Result<Option<usize>, CodecError> {
    for (position, form) in forms.iter().enumerate() {
        if mac.verify(form, content, budget)? {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

/// Why the MAC did not fit. If the password opens something all the same, the file was changed.
fn refusal(
    sealed: &[Sealed],
    forms: &[Passphrase],
    opening: &Opening<'_>,
    budget: &Budget,
) -> CodecError {
    // Nothing more is derived where the answer is known: of thousands of files most are protected.
    let Some(password) = opening.password else { return CodecError::PasswordMissing };
    let opens = sealed.iter().any(|safe| match safe {
        Sealed::Encrypted { .. } => safe.open(forms, budget).is_ok(),
        Sealed::Plain(contents) => opens_a_key(contents, password, budget),
        Sealed::Opaque => false,
    });
    if opens {
        CodecError::MacMismatch
    } else {
        CodecError::PasswordWrong { empty_tried: forms.len() > 1 }
    }
}

fn opens_a_key(contents: &[u8], password: &Password, budget: &Budget) -> bool {
    let Ok(value) = ber::to_der(contents, Format::Pkcs12) else { return false };
    let mut room = limits::ENTRIES;
    let Ok(nodes) = safe::read_nodes(&value.der, &mut room) else { return false };
    let mut bags = Vec::new();
    Node::bags(&nodes, &mut bags);
    bags.iter()
        .find(|(bag, _)| bag.id == oid::SHROUDED_KEY_BAG)
        .is_some_and(|(bag, _)| pkcs8::decrypt(&bag.value, password, budget).is_ok())
}

fn read_safe(
    sealed: Sealed,
    contents: &[u8],
    raw: &[u8],
    der: &mut bool,
    room: &mut usize,
) -> Result<Safe, CodecError> {
    let cover = match sealed {
        Sealed::Plain(_) => Cover::Plain,
        Sealed::Encrypted { scheme, .. } => Cover::Encrypted(scheme),
        Sealed::Opaque => {
            return Ok(Safe {
                cover: Cover::Opaque(Part::Unassigned),
                raw: raw.into(),
                contents: SecretBytes::default(),
                nodes: Vec::new(),
            });
        }
    };
    let value = ber::to_der(contents, Format::Pkcs12)?;
    *der &= matches!(value.der, Cow::Borrowed(_)) && value.consumed == contents.len();
    let nodes = safe::read_nodes(&value.der, room)?;
    Ok(Safe { cover, raw: raw.into(), contents: value.der.as_ref().into(), nodes })
}

/// Oracle's layout is one encrypted safe that holds keys as they are, or bags that orapki marked.
/// An empty safe is orapki's empty wallet; a portable file says so by a second safe.
fn layout(safes: &[Safe]) -> Layout {
    let [Safe { cover: Cover::Encrypted(_), nodes, .. }] = safes else { return Layout::Portable };
    let mut bags = Vec::new();
    Node::bags(nodes, &mut bags);
    let marked = |bag: &Bag| bag.local_key_id.as_deref().and_then(OracleId::read).is_some();
    let native =
        bags.is_empty() || bags.iter().any(|(bag, _)| marked(bag) || bag.id == oid::KEY_BAG);
    let shrouded = bags.iter().any(|(bag, _)| bag.id == oid::SHROUDED_KEY_BAG);
    if native && !shrouded { Layout::Oracle } else { Layout::Portable }
}

/// Makes the wallet, and tells every bag which part of it it carries.
fn enter(mut safes: Vec<Safe>, opener: &mut KeyOpener<'_>) -> (Wallet, Vec<Safe>) {
    let mut bags = Vec::new();
    for safe in &safes {
        Node::bags(&safe.nodes, &mut bags);
    }
    let bags: Vec<&Bag> = bags.into_iter().map(|(bag, _)| bag).collect();
    let assembled = assemble(&bags, opener);
    let mut wallet = assembled.wallet;
    let mut parts = assembled.parts.into_iter();
    for safe in &mut safes {
        Node::assign(&mut safe.nodes, &mut parts);
        if let Cover::Opaque(part) = &mut safe.cover {
            let kind = EntryKind::Opaque(OpaqueEntry {
                format: Format::Pkcs12,
                description: "safe of an unknown kind".to_owned(),
                raw: safe.raw.clone(),
                sealed: SealedContent::Nothing,
            });
            *part = Part::Opaque(wallet.push(None, kind));
        }
    }
    (wallet, safes)
}

fn origin(
    wallet: &Wallet,
    layout: Layout,
    safes: Vec<Safe>,
    mac: Option<(Mac, Vec<u8>)>,
    auth_safe: Option<SecretBytes>,
    passphrase: Passphrase,
) -> Origin {
    let mut local_key_ids = HashMap::new();
    let mut parts = Vec::new();
    for safe in &safes {
        let mut bags = Vec::new();
        Node::bags(&safe.nodes, &mut bags);
        for (bag, part) in bags {
            parts.push(part);
            if let Some(id) = &bag.local_key_id {
                local_key_ids.insert(part, id.clone());
            }
        }
    }
    let linked = linked(&parts);
    let said = part::contents(wallet, &linked)
        .iter()
        .map(|content| (content.part, content.digest()))
        .collect();
    Origin {
        layout,
        safes,
        mac,
        auth_safe,
        passphrase,
        said,
        local_key_ids,
        linked,
        own: HashSet::new(),
        renewed: HashMap::new(),
    }
}

/// The keys that the password of the store did not open, be they `opened` by another or not.
fn own_keys(wallet: &Wallet, origin: &Origin, opened: &HashSet<Fingerprint>) -> HashSet<EntryId> {
    let refused = wallet
        .entries()
        .iter()
        .filter(|entry| refusal_of(entry) == Some(Code::PASSWORD_WRONG))
        .map(Entry::id);
    let other = origin.bags().into_iter().filter_map(|(bag, part)| match part {
        Part::Key(id) if opened.contains(&Fingerprint::of(&bag.value)) => Some(id),
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
        if let Some(refusal) = refusal_of(entry) {
            let why = match refusal {
                Code::PASSWORD_WRONG => "it has a password of its own",
                Code::LIMIT_EXCEEDED => "its key derivation asks for too much work",
                Code::ALGORITHM_UNSUPPORTED => "its encryption is not supported",
                _ => "what is inside is not a private key",
            };
            warn(Code::KEY_LOCKED, format!("the key {{}} stays locked: {why}"));
        }
        // Bags that are well-formed and merely not ours to read are no news: they are listed.
        if let EntryKind::Opaque(opaque) = &entry.kind
            && opaque.description.starts_with("malformed")
        {
            let what = &opaque.description;
            warn(Code::KEPT_OPAQUE, format!("{what} {{}} is kept as it is"));
        }
    }
    Warning::cap(&mut warnings);
    warnings
}

/// Whether there are encrypted keys and the password fits none of them.
fn no_key_opened(wallet: &Wallet) -> bool {
    let mut keys = wallet.entries().iter().filter(|entry| key_of(entry).is_some()).peekable();
    keys.peek().is_some() && keys.all(|entry| refusal_of(entry) == Some(Code::PASSWORD_WRONG))
}

fn key_of(entry: &Entry) -> Option<&KeyMaterial> {
    match &entry.kind {
        EntryKind::PrivateKey(key) => Some(&key.key),
        EntryKind::Request(pending) => Some(&pending.key),
        _ => None,
    }
}

fn refusal_of(entry: &Entry) -> Option<Code> {
    match key_of(entry)? {
        KeyMaterial::Locked(locked) => locked.refusal,
        KeyMaterial::Open(_) => None,
    }
}
