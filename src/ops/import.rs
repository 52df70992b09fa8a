//! Importing what a CA sent back: the certificate of a key, with its chain.

mod target;

use crate::chain::{Candidates, End, Link, Path, Source};
use crate::crypto::sign;
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, Entry, EntryId, EntryKind, KeyEntry, TrustedEntry};
use crate::model::key::{KeyMaterial, PrivateKey};
use crate::model::wallet::Wallet;
use crate::ops::alias::{TakenAliases, name_nameless};
use crate::ops::issuers::still_issuing;
use crate::ops::trust::default_flags;
use crate::ops::{OpsError, shown_alias};
use std::collections::HashSet;
use target::Place;

/// How to import a certificate.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct ImportOptions {
    /// The key, where it comes with the certificate instead of lying in the wallet.
    pub key: Option<PrivateKey>,
    /// Chooses among several keys that fit; else becomes the alias of the entry.
    pub alias: Option<Alias>,
    /// Put the certificate in the place of the one that the key has.
    pub replace: bool,
    /// Import a certificate whose chain is not complete.
    pub allow_incomplete: bool,
    /// Trust the root that comes with the reply.
    pub trust_root: bool,
    /// Store the whole path with the key, its anchor too: readers of Java's own stores look for a
    /// chain in the entry of the key and nowhere else, and keytool stores it so.
    pub whole_chain: bool,
    /// The wallet is a portable PKCS#12 file. The root of the reply is kept with the key where it is not
    /// trusted, so that readers see the whole chain; where it is, its entry gets the alias of its subject. A
    /// request that was answered goes: only orapki has a use for it.
    pub portable: bool,
}

/// What an import did.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Imported {
    /// The entry of the key.
    pub entry: EntryId,
    /// Its shown alias.
    pub alias: String,
    /// The shown alias that it had before, where it was there under another.
    pub renamed_from: Option<String>,
    /// The path of the certificate. The sources tell where each certificate stood before the
    /// import: [`Source::Presented`] came with the reply.
    pub chain: Path,
    /// Whether the path reaches a trusted or a self-signed certificate.
    pub complete: bool,
    /// The certificates of the reply that are in the wallet now and were not, and those that complete the
    /// chain of a certificate that was there.
    pub added: Vec<Certificate>,
    /// The certificates of the reply that are neither on the path nor in the wallet.
    pub unused: Vec<Certificate>,
    /// The root that came with the reply and is not trusted, because nobody said so; it is not
    /// stored on its own account. It may be the certificate of the key itself.
    pub untrusted_root: Option<Certificate>,
    /// The other certificate of the key, which had to go.
    pub replaced: Option<Certificate>,
    /// Whether that was a stand-in: one that the key had signed itself.
    pub stand_in: bool,
    /// Whether the stand-in was trusted as well, as orapki has it, and is not any more.
    pub stand_in_untrusted: bool,
    /// Whether the key had this certificate already.
    pub already_present: bool,
}

/// Gives a key of the wallet its certificate out of `reply`: certificates in any order, doubled or
/// unrelated ones among them.
///
/// The key is found by its public half, never by its alias. A pending request becomes a key with
/// its chain in the same place. Intermediates on the path are stored with the key. A certificate
/// that the key has signed itself is a stand-in, as keytool makes it: what a CA issued takes its
/// place, `options.replace` or not, and it is trusted no more.
///
/// # Errors
///
/// [`OpsError::NoCertificate`], [`OpsError::NoMatchingKey`], [`OpsError::EntryAmbiguous`],
/// [`OpsError::CertificatePresent`], [`OpsError::IssuerMissing`], [`OpsError::AliasTaken`],
/// [`OpsError::KeyElsewhere`], and
/// [`OpsError::Crypto`] when `options.key` cannot be read. The wallet is then unchanged.
pub fn import(
    wallet: &mut Wallet,
    reply: &[Certificate],
    options: &ImportOptions,
) -> Result<Imported, OpsError> {
    // 1. Everything that can fail.
    let reply = distinct(reply);
    let target = target::find(wallet, &reply, options)?;
    let already_present = has_leaf(wallet, &target.place, &target.leaf);
    let present = target.place.entry().and_then(|id| wallet.entry(id)).and_then(Entry::certificate);
    let replaced = present.filter(|_| !already_present).cloned();
    let stand_in = replaced.as_ref().is_some_and(|present| stands_in(present, &target.leaf));
    if replaced.is_some() && !stand_in {
        refuse_other_certificate(wallet, &target.place, options)?;
    }
    let mut candidates = Candidates::of(wallet);
    for certificate in &reply {
        candidates.add(certificate, Source::Presented);
    }
    let path = with_root_of_reply(candidates.path(&target.leaf, None), &reply);
    if let (End::Incomplete(missing), false) = (&path.end, options.allow_incomplete) {
        return Err(OpsError::IssuerMissing(missing.clone()));
    }
    let alias = new_alias(wallet, &target, options)?;

    // 2. What changes.
    let root = reply_root(&path, &reply);
    let known: HashSet<Fingerprint> =
        wallet.certificates().map(|(_, certificate)| certificate.fingerprint()).collect();
    let keeps_root = options.portable && !options.trust_root;
    let left_out = |link: &Link| {
        let is_root = root.as_ref() == Some(&link.certificate);
        !options.whole_chain && (link.source == Source::Trusted || is_root && !keeps_root)
    };
    let chain = stored_chain(wallet, &target.place, &path, left_out, already_present);
    let completing =
        if already_present { completing(wallet, &target.place, &chain) } else { Vec::new() };
    let renamed_from = match (&alias, target.place.entry()) {
        (Some(alias), Some(id)) => {
            Some(shown_alias(wallet, id)).filter(|old| old != alias.as_str())
        }
        _ => None,
    };
    let keeps_request = already_present || !options.portable;
    let id = place(wallet, target, chain, alias, keeps_request);
    let stand_in_untrusted =
        replaced.as_ref().filter(|_| stand_in).is_some_and(|old| distrust(wallet, old));
    let mut untrusted_root = None;
    if let Some(root) = root {
        if options.trust_root {
            let trusted = TrustedEntry { flags: default_flags(wallet, &root), certificate: root };
            let id = wallet.push(None, EntryKind::TrustedCertificate(trusted));
            if options.portable {
                name_nameless(wallet, &HashSet::from([id]));
            }
        } else {
            untrusted_root = Some(root);
        }
    }

    // 3. What to tell.
    let stored: HashSet<Fingerprint> =
        wallet.certificates().map(|(_, certificate)| certificate.fingerprint()).collect();
    let (mut added, mut unused) = (Vec::new(), Vec::new());
    for certificate in reply {
        let fingerprint = certificate.fingerprint();
        if !stored.contains(&fingerprint) {
            if untrusted_root.as_ref() != Some(&certificate) {
                unused.push(certificate);
            }
        } else if !known.contains(&fingerprint) {
            added.push(certificate);
        }
    }
    let unsaid: Vec<_> = completing.into_iter().filter(|one| !added.contains(one)).collect();
    added.extend(unsaid);
    Ok(Imported {
        entry: id,
        alias: shown_alias(wallet, id),
        renamed_from,
        complete: path.is_complete(),
        chain: path,
        added,
        unused,
        untrusted_root,
        replaced,
        stand_in,
        stand_in_untrusted,
        already_present,
    })
}

/// Whether the key of `issued`, which a CA has certified, has signed `present` itself.
fn stands_in(present: &Certificate, issued: &Certificate) -> bool {
    let key = issued.public_key();
    present.is_self_issued()
        && !issued.is_self_issued()
        && present.public_key() == key
        && sign::verify(
            present.signature_algorithm_der(),
            &key,
            present.tbs_der(),
            present.signature(),
        )
        .is_ok()
}

/// Takes a stand-in out of the trusted certificates: nobody shows it any more, and as a leaf among them it is
/// what Oracle's clients fail on. One of a CA stays, and one that another certificate names as its issuer.
fn distrust(wallet: &mut Wallet, stand_in: &Certificate) -> bool {
    let is_child = |one: &Certificate| one != stand_in && one.issuer() == stand_in.subject();
    if stand_in.is_ca() || wallet.certificates().any(|(_, one)| is_child(one)) {
        return false;
    }
    let is_copy = |certificate: &Certificate| certificate == stand_in;
    let copies: Vec<EntryId> =
        wallet.trusted().filter(|(_, it)| is_copy(it)).map(|(entry, _)| entry.id()).collect();
    for &id in &copies {
        wallet.remove(id);
    }
    !copies.is_empty()
}

/// The certificates, each once, in their order.
fn distinct(certificates: &[Certificate]) -> Vec<Certificate> {
    let mut seen = HashSet::new();
    let is_new = |certificate: &&Certificate| seen.insert(certificate.fingerprint());
    certificates.iter().filter(is_new).cloned().collect()
}

fn has_leaf(wallet: &Wallet, place: &Place, leaf: &Certificate) -> bool {
    place.entry().and_then(|id| wallet.entry(id)).and_then(Entry::certificate) == Some(leaf)
}

/// An error for another certificate in the place, unless it may be replaced.
fn refuse_other_certificate(
    wallet: &Wallet,
    place: &Place,
    options: &ImportOptions,
) -> Result<(), OpsError> {
    let present = place.entry().and_then(|id| wallet.entry(id));
    match present.and_then(|entry| Some((entry, entry.certificate()?))) {
        Some((entry, certificate)) if !options.replace => Err(OpsError::CertificatePresent {
            alias: shown_alias(wallet, entry.id()),
            subject: certificate.subject().to_string(),
            fingerprint: certificate.fingerprint(),
        }),
        _ => Ok(()),
    }
}

/// The alias that the entry is to get; `None` leaves it as it is.
fn new_alias(
    wallet: &Wallet,
    target: &target::Target,
    options: &ImportOptions,
) -> Result<Option<Alias>, OpsError> {
    let mut taken = TakenAliases::of(wallet, target.place.entry());
    match (&options.alias, &target.place) {
        (Some(_), Place::Entry(_)) if target.named_by_alias => Ok(None),
        (Some(alias), Place::Entry(id)) => {
            let elsewhere = |_| OpsError::KeyElsewhere {
                holder: shown_alias(wallet, *id),
                alias: alias.as_str().to_owned(),
            };
            taken.exactly(alias.clone()).map(Some).map_err(elsewhere)
        }
        (Some(alias), Place::New(_)) => taken.exactly(alias.clone()).map(Some),
        (None, Place::Entry(_)) => Ok(None),
        (None, Place::New(_)) => {
            let name = target.leaf.subject().common_name();
            Ok(Some(taken.unique(name.as_deref().unwrap_or("key"))))
        }
    }
}

/// The path, and behind a trusted intermediate the way to the root that the reply brings: whoever wants
/// roots alone, as Oracle's clients do, needs that one.
fn with_root_of_reply(mut path: Path, reply: &[Certificate]) -> Path {
    let last = path.last().certificate.clone();
    if path.end != End::Trusted || last.is_self_issued() {
        return path;
    }
    let mut presented = Candidates::new();
    for certificate in reply {
        presented.add(certificate, Source::Presented);
    }
    let above = presented.path(&last, None);
    if above.end == End::SelfSigned {
        let mut links = above.links.into_iter();
        if let (Some(end), Some(first)) = (path.links.last_mut(), links.next()) {
            end.signature = first.signature;
        }
        path.links.extend(links);
        path.end = above.end;
    }
    path
}

/// The self-signed certificate at the end of the path, if it came with the reply and nobody trusts
/// it.
fn reply_root(path: &Path, reply: &[Certificate]) -> Option<Certificate> {
    let last = &path.last().certificate;
    (path.end == End::SelfSigned && reply.contains(last)).then(|| last.clone())
}

/// The chain that the entry keeps: the certificate, what is not left out of its path, and what stands there
/// and issues something of it: cross-signed certificates, which other peers need. What stands there already keeps
/// its attributes; when the certificate itself stands there, nothing of its chain is dropped.
fn stored_chain(
    wallet: &Wallet,
    place: &Place,
    path: &Path,
    left_out: impl Fn(&Link) -> bool,
    already_present: bool,
) -> Vec<ChainCertificate> {
    let mut present = match place.entry().and_then(|id| wallet.entry(id)).map(|entry| &entry.kind) {
        Some(EntryKind::PrivateKey(key)) => key.chain.clone(),
        _ => Vec::new(),
    };
    let old_leaf = present.first().map(|leaf| leaf.certificate.clone());
    let mut chain = Vec::new();
    for (position, link) in path.links.iter().enumerate() {
        let certificate = &link.certificate;
        let at = present.iter().position(|present| present.certificate == *certificate);
        if let Some(at) = at {
            chain.push(present.remove(at));
        } else if position == 0 || !left_out(link) {
            chain.push(certificate.clone().into());
        }
    }
    if already_present {
        chain.append(&mut present);
    } else {
        present.retain(|link| Some(&link.certificate) != old_leaf.as_ref());
        let path = path.links.iter().map(|link| &link.certificate);
        chain.append(&mut still_issuing(path, &mut present));
    }
    chain
}

/// The certificates of the chain that do not stand with the key yet.
fn completing(wallet: &Wallet, place: &Place, chain: &[ChainCertificate]) -> Vec<Certificate> {
    let Some(EntryKind::PrivateKey(key)) =
        place.entry().and_then(|id| wallet.entry(id)).map(|entry| &entry.kind)
    else {
        return Vec::new();
    };
    let is_new =
        |link: &&ChainCertificate| !key.chain.iter().any(|had| had.certificate == link.certificate);
    chain.iter().filter(is_new).map(|link| link.certificate.clone()).collect()
}

/// Puts the chain in its place.
fn place(
    wallet: &mut Wallet,
    target: target::Target,
    chain: Vec<ChainCertificate>,
    alias: Option<Alias>,
    keeps_request: bool,
) -> EntryId {
    let id = match target.place {
        Place::New(key) => {
            let key = KeyMaterial::Open(key);
            return wallet.push(alias, EntryKind::from(KeyEntry { key, chain, request: None }));
        }
        Place::Entry(id) => id,
    };
    if let Some(entry) = wallet.entry_mut(id) {
        match &mut entry.kind {
            EntryKind::PrivateKey(key) => {
                key.chain = chain;
                key.request = key.request.take().filter(|_| keeps_request);
            }
            EntryKind::Request(pending) => {
                let key = pending.key.clone();
                let request = keeps_request.then(|| pending.request.clone());
                entry.kind = EntryKind::from(KeyEntry { key, chain, request });
            }
            // The target was found among the keys.
            EntryKind::TrustedCertificate(_) | EntryKind::Secret(_) | EntryKind::Opaque(_) => {}
        }
        if alias.is_some() {
            entry.alias = alias;
        }
    }
    id
}
