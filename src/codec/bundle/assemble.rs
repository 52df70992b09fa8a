//! From loose things to entries: which certificate belongs to which key, what is trusted.

use crate::code::Code;
use crate::codec::bundle::about::Kind;
use crate::codec::bundle::marked;
use crate::codec::bundle::piece::{Found, Piece, Thing};
use crate::codec::candidates::{Candidate, Candidates};
use crate::codec::{CodecError, Warning};
use crate::crypto::keygen;
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::entry::{
    ChainCertificate, EntryKind, KeyEntry, OpaqueEntry, RequestEntry, SealedContent, TrustedEntry,
};
use crate::model::format::Format;
use crate::model::key::{KeyMaterial, PublicKey};
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::secret::SecretBytes;
use std::collections::{HashMap, HashSet};

/// What stands at a place of the file.
enum Slot {
    /// An entry that the file marks.
    Marked(Option<Alias>, EntryKind),
    /// A thing that is to find its entry.
    Loose(Piece),
    /// Nothing, or nothing any more.
    Empty,
}

/// Turns things into entries, in the order in which the file first mentions each.
///
/// # Errors
///
/// [`CodecError::Limit`] when the chains have too many certificates.
pub(super) fn assemble(found: Found) -> Result<(Wallet, Vec<Warning>), CodecError> {
    let mut warnings = found.warnings.clone();
    let mut slots = slots(found, &mut warnings);
    drop_repeated(&mut slots);
    let plan = Plan::of(&slots)?;
    if plan.unmatched > 0 {
        let message = format!(
            "{} keys are closed or of an algorithm whose public key cannot be computed: which \
             certificates are theirs is not known",
            plan.unmatched
        );
        warnings.push(Warning { code: Code::KEY_LOCKED, message });
    }
    Ok((build(slots, &plan), warnings))
}

/// Marked entries, each once, and what is left loose.
fn slots(found: Found, warnings: &mut Vec<Warning>) -> Vec<Slot> {
    let mut slots = Vec::with_capacity(found.pieces.len());
    let mut seen: HashSet<(Kind, Option<Alias>, Vec<Fingerprint>)> = HashSet::new();
    let mut misfits = 0_usize;
    let mut pieces = found.pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let Some(number) = piece.heading else {
            slots.push(Slot::Loose(piece));
            continue;
        };
        let mut group = vec![piece];
        while let Some(next) = pieces.next_if(|next| next.heading == Some(number)) {
            group.push(next);
        }
        let heading = &found.headings[number];
        match marked::entry(heading.kind, group) {
            Ok((entry, rest)) => {
                let contents = marked::contents(&entry);
                if seen.insert((heading.kind, heading.alias.clone(), contents)) {
                    slots.push(Slot::Marked(heading.alias.clone(), entry));
                }
                slots.extend(rest.into_iter().map(Slot::Loose));
            }
            Err(mut group) => {
                misfits += 1;
                // The name is that of the key, or of the only thing.
                let only = group.len() == 1;
                for piece in &mut group {
                    if only || matches!(piece.thing, Thing::Key(_)) {
                        piece.name = piece.name.take().or_else(|| heading.alias.clone());
                    }
                }
                slots.extend(group.into_iter().map(Slot::Loose));
            }
        }
    }
    if misfits > 0 {
        let message = format!("{misfits} entries whose headers do not fit the blocks below them");
        warnings.push(Warning { code: Code::BLOCK_SKIPPED, message });
    }
    slots
}

/// Of equal loose things the first stays, and takes from another what it does not say itself: its name,
/// and whose certificate it is.
fn drop_repeated(slots: &mut [Slot]) {
    let mut first: HashMap<(bool, Fingerprint), usize> = HashMap::new();
    for position in 0..slots.len() {
        let Slot::Loose(piece) = &mut slots[position] else { continue };
        let identity = match &piece.thing {
            Thing::Certificate(certificate) => (false, certificate.fingerprint()),
            Thing::Key(KeyMaterial::Open(key)) => (true, key.fingerprint()),
            _ => continue,
        };
        let (name, local_key_id) = (piece.name.clone(), piece.local_key_id.clone());
        let kept = *first.entry(identity).or_insert(position);
        if kept == position {
            continue;
        }
        slots[position] = Slot::Empty;
        if let Slot::Loose(kept) = &mut slots[kept] {
            kept.name = kept.name.take().or(name);
            kept.local_key_id = kept.local_key_id.take().or(local_key_id);
        }
    }
}

/// What belongs together, by position.
#[derive(Default)]
struct Plan {
    /// The certificate of a key, and the other way round.
    leaves: HashMap<usize, usize>,
    owners: HashMap<usize, usize>,
    /// The issuers of a key's certificate, nearest first.
    chains: HashMap<usize, Vec<usize>>,
    /// Every certificate that is in a chain.
    linked: HashSet<usize>,
    /// The request of a key, and the other way round.
    requests: HashMap<usize, usize>,
    requesters: HashMap<usize, usize>,
    /// Keys whose certificate cannot be told though there are certificates.
    unmatched: usize,
}

impl Plan {
    fn of(slots: &[Slot]) -> Result<Self, CodecError> {
        let mut plan = Self::default();
        let mut requests: HashMap<Vec<u8>, usize> = HashMap::new();
        let (mut keys, mut certificates) = (Vec::new(), Vec::new());
        for (position, piece) in loose(slots) {
            match &piece.thing {
                Thing::Key(key) => keys.push((position, key, piece.local_key_id.as_deref())),
                Thing::Certificate(certificate) => {
                    let local_key_id = piece.local_key_id.as_deref();
                    let certificate = certificate.clone();
                    let candidate = Candidate { certificate, local_key_id, trusted: false };
                    certificates.push((position, candidate));
                }
                Thing::Request(request) => {
                    let bits = request.public_key().key_bits().to_vec();
                    requests.entry(bits).or_insert(position);
                }
                Thing::RevocationList(_) => {}
            }
        }
        let any_certificates = !certificates.is_empty();
        let mut candidates = Candidates::new(certificates);
        for (key, material, id) in keys {
            let public = public_key(material);
            let leaf = match &public {
                Some(public) => candidates.first_with_key(public, id, &plan.owners),
                None => id.and_then(|id| candidates.only_with_id(id, &plan.owners)),
            };
            if let Some(leaf) = leaf {
                plan.leaves.insert(key, leaf);
                plan.owners.insert(leaf, key);
            } else if public.is_none() && any_certificates {
                plan.unmatched += 1;
            }
            let certified = leaf.and_then(|leaf| candidates.get(leaf));
            let public = public.or_else(|| certified.map(|one| one.certificate.public_key()));
            let request = public.and_then(|public| requests.get(public.key_bits()).copied());
            if let Some(request) = request.filter(|one| !plan.requesters.contains_key(one)) {
                plan.requests.insert(key, request);
                plan.requesters.insert(request, key);
            }
        }
        for (&key, &leaf) in &plan.leaves {
            let mut chain = candidates.issuers(leaf);
            // The certificates of other keys are entries of their own.
            chain.retain(|issuer| !plan.owners.contains_key(issuer));
            plan.linked.extend(chain.iter().copied());
            candidates.spend(chain.len())?;
            plan.chains.insert(key, chain);
        }
        Ok(plan)
    }

    /// The key in whose entry the thing at this place stands, be it the key itself.
    fn owner(&self, position: usize, piece: &Piece) -> Option<usize> {
        match piece.thing {
            Thing::Key(_) => Some(position),
            _ => self.owners.get(&position).or_else(|| self.requesters.get(&position)).copied(),
        }
    }
}

fn loose(slots: &[Slot]) -> impl Iterator<Item = (usize, &Piece)> {
    slots.iter().enumerate().filter_map(|(position, slot)| match slot {
        Slot::Loose(piece) => Some((position, piece)),
        _ => None,
    })
}

fn public_key(material: &KeyMaterial) -> Option<PublicKey> {
    material.open().and_then(|key| keygen::public_key(key).ok())
}

fn build(mut slots: Vec<Slot>, plan: &Plan) -> Wallet {
    let mut wallet = Wallet::new();
    // Links stand in every chain that they belong to.
    let links: HashMap<usize, ChainCertificate> = loose(&slots)
        .filter(|(position, _)| plan.linked.contains(position))
        .filter_map(|(position, piece)| {
            let (certificate, alias) = (piece.certificate()?.clone(), piece.name.clone());
            Some((position, ChainCertificate { alias, ..certificate.into() }))
        })
        .collect();
    for position in 0..slots.len() {
        if let Slot::Loose(piece) = &slots[position]
            && let Some(key) = plan.owner(position, piece)
        {
            if let Slot::Loose(piece) = std::mem::replace(&mut slots[key], Slot::Empty) {
                build_key(key, piece, &mut slots, plan, &links, &mut wallet);
            }
            continue;
        }
        if links.contains_key(&position) {
            continue;
        }
        match std::mem::replace(&mut slots[position], Slot::Empty) {
            Slot::Marked(alias, kind) => {
                wallet.push(alias, kind);
            }
            Slot::Loose(piece) => {
                let kind = match piece.thing {
                    Thing::Certificate(certificate) => {
                        EntryKind::TrustedCertificate(TrustedEntry {
                            certificate,
                            flags: TrustFlags::default(),
                        })
                    }
                    Thing::Request(request) => {
                        opaque(Format::Request, "request without its key", request.der())
                    }
                    Thing::RevocationList(list) => {
                        opaque(Format::Crl, "revocation list", list.der())
                    }
                    Thing::Key(_) => continue, // built as its own owner
                };
                wallet.push(piece.name, kind);
            }
            Slot::Empty => {}
        }
    }
    wallet
}

fn build_key(
    position: usize,
    piece: Piece,
    slots: &mut [Slot],
    plan: &Plan,
    links: &HashMap<usize, ChainCertificate>,
    wallet: &mut Wallet,
) {
    let Thing::Key(key) = piece.thing else { return };
    let mut take = |position: Option<&usize>| match position {
        Some(position) => match std::mem::replace(&mut slots[*position], Slot::Empty) {
            Slot::Loose(piece) => Some(piece),
            _ => None,
        },
        None => None,
    };
    let mut chain = Vec::new();
    let mut alias = piece.name;
    if let Some(Piece { thing: Thing::Certificate(leaf), name, .. }) =
        take(plan.leaves.get(&position))
    {
        // A leaf that goes by its entry's name has none of its own.
        alias = alias.or_else(|| name.clone());
        let own = name.filter(|name| alias.as_ref() != Some(name));
        chain.push(ChainCertificate { alias: own, ..leaf.into() });
        let issuers = plan.chains.get(&position).into_iter().flatten();
        chain.extend(issuers.filter_map(|issuer| links.get(issuer)).cloned());
    }
    let request = match take(plan.requests.get(&position)) {
        Some(Piece { thing: Thing::Request(request), name, .. }) => {
            alias = alias.or(name);
            Some(request.into())
        }
        _ => None,
    };
    let kind = match request {
        Some(request) if chain.is_empty() => EntryKind::from(RequestEntry { key, request }),
        request => EntryKind::from(KeyEntry { key, chain, request }),
    };
    wallet.push(alias, kind);
}

fn opaque(format: Format, description: &str, der: &[u8]) -> EntryKind {
    let (description, raw) = (description.to_owned(), SecretBytes::from(der));
    EntryKind::from(OpaqueEntry {
        format,
        description,
        raw,
        sealed: SealedContent::Nothing,
        is_safe: false,
    })
}

#[cfg(test)]
mod tests {
    use crate::codec::private_key::KeyCover;
    use crate::codec::{self, Opening, Protect, Sealing};
    use crate::model::entry::EntryKind;
    use crate::model::format::Format;
    use crate::model::key::PrivateKey;
    use crate::secret::{Password, SecretBytes};

    #[test]
    fn certificate_that_stands_twice_keeps_what_either_says() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap().pem();
        let key = PrivateKey::from_pkcs8(SecretBytes::new(key.serialize_der())).unwrap();
        let password = Password::from("not given below");
        let sealing = Sealing { protect: Protect::Password(&password), ..Sealing::default() };
        let locked = KeyCover::new(&sealing).pem(&key).unwrap();
        let locked = str::from_utf8(&locked).unwrap();
        let id = "    localKeyID: 01 02\n";
        let text = [&certificate[..], id, &certificate, id, locked].concat();
        let decoded = codec::decode(text.as_bytes(), Format::Pem, &Opening::with(None)).unwrap();
        let [entry] = decoded.wallet.entries() else { panic!("{:?}", decoded.warnings) };
        assert!(matches!(&entry.kind, EntryKind::PrivateKey(key) if key.chain.len() == 1));
    }
}
