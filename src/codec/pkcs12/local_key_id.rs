//! The identifiers that tie bags together.

use crate::codec::pkcs12::oracle::{Kind, OracleId};
use crate::codec::pkcs12::origin::Origin;
use crate::codec::pkcs12::part::{ByPart, Content, Part, Value};
use crate::codec::pkcs12::property;
use crate::crypto::keygen;
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::format::Layout;
use crate::model::key::KeyMaterial;
use crate::model::trust::TrustFlags;
use std::collections::HashMap;

/// The localKeyID of every part: the file's own where it has one, new ones for new parts. `said` is what
/// the bags of the file said.
pub(super) fn assign(
    layout: Layout,
    contents: &[Content<'_>],
    kept: Option<&Origin>,
    said: &ByPart<'_, '_>,
) -> HashMap<Part, Vec<u8>> {
    match layout {
        Layout::Oracle => oracle(contents, kept, said),
        Layout::Portable => portable(contents, kept, said),
    }
}

/// Key, certificate and request share the key's identifier. What the file keeps without one stays so; a key that gets a
/// new certificate gets an identifier too, or Java sees neither, and so does one that is encrypted anew, which may be
/// closed to the next reader.
fn portable(
    contents: &[Content<'_>],
    kept: Option<&Origin>,
    said: &ByPart<'_, '_>,
) -> HashMap<Part, Vec<u8>> {
    let known = kept.map(|origin| &origin.local_key_ids);
    let mut ids: HashMap<Part, Vec<u8>> = HashMap::new();
    // The certificate of each key, and whether the file does not have it yet.
    let mut leaves: HashMap<Part, (&Certificate, bool)> = HashMap::new();
    for content in contents {
        if let Some(id) = known.and_then(|known| known.get(&content.part)) {
            ids.insert(content.part.clone(), id.clone());
        }
        if let (Part::Leaf(_), Value::Certificate(leaf, _)) = (&content.part, content.value) {
            let old = said.get(&content.part).map(|said| said.value);
            let is_old = matches!(old, Some(Value::Certificate(old, _)) if old == leaf);
            leaves.insert(content.part.clone(), (leaf, !is_old));
        }
    }
    for content in contents {
        let (Part::Key(entry), Value::Key(key)) = (&content.part, content.value) else { continue };
        let leaf = Part::Leaf(*entry);
        let certificate = leaves.get(&leaf).copied();
        let is_new = certificate.is_some_and(|(_, is_new)| is_new);
        let is_renewed = kept.is_none_or(|kept| kept.renewed.contains_key(entry));
        let is_tied = is_new || is_renewed || !said.has(&content.part);
        if !ids.contains_key(&content.part) && is_tied {
            let certificate = certificate.map(|(certificate, _)| certificate);
            ids.insert(content.part.clone(), key_identifier(certificate, key));
        }
        let Some(shared) = ids.get(&content.part).cloned() else { continue };
        if certificate.is_some() && (is_new || is_renewed || !ids.contains_key(&leaf)) {
            ids.insert(leaf, shared.clone());
        }
        let request = Part::Request(*entry);
        if is_renewed || !said.has(&request) {
            ids.insert(request, shared);
        }
    }
    ids
}

/// The SHA-1 of the public key; of a key whose public half is not known, the start of a digest of
/// its bytes.
fn key_identifier(certificate: Option<&Certificate>, key: &KeyMaterial) -> Vec<u8> {
    let certified = certificate.map(Certificate::public_key);
    let public = certified.or_else(|| keygen::public_key(key.open()?).ok());
    match (public, key) {
        (Some(public), _) => public.key_identifier().to_vec(),
        (None, KeyMaterial::Open(key)) => key.fingerprint().as_bytes()[..20].to_vec(),
        (None, KeyMaterial::Locked(key)) => Fingerprint::of(&key.raw).as_bytes()[..20].to_vec(),
    }
}

/// Oracle's words: kind, flags, and an index within the kind.
fn oracle(
    contents: &[Content<'_>],
    kept: Option<&Origin>,
    said: &ByPart<'_, '_>,
) -> HashMap<Part, Vec<u8>> {
    let mut ids: HashMap<Part, Vec<u8>> = HashMap::new();
    let mut next: HashMap<u8, u32> = HashMap::new();
    let known = kept.map(|origin| &origin.local_key_ids);
    for bytes in known.into_iter().flat_map(HashMap::values) {
        if let Some(id) = OracleId::read(bytes) {
            let free = next.entry(id.kind.byte()).or_default();
            *free = (*free).max(id.index.saturating_add(1));
        }
    }
    let mut new_index = |kind: Kind| {
        let free = next.entry(kind.byte()).or_default();
        *free += 1;
        *free - 1
    };
    let (in_force, newly) = trust_flags(contents, said);
    for content in contents {
        let flags = match (&content.part, content.value) {
            (Part::Trusted(_), Value::Certificate(_, flags)) => flags,
            (Part::Link(_), _) if in_force => TrustFlags::VALID_PEER,
            (Part::Key(_), _) if in_force => TrustFlags::OWN,
            _ => TrustFlags::default(),
        };
        let old = known.and_then(|ids| ids.get(&content.part));
        let kind = match &content.part {
            Part::Key(_) | Part::Leaf(_) => Kind::User,
            Part::Request(_) => Kind::Request,
            Part::Trusted(_) | Part::Link(_) => Kind::Trusted,
            Part::Secret(_) => Kind::Secret,
            Part::Opaque(_) | Part::Unassigned => continue,
        };
        let id = match (old, old.and_then(|old| OracleId::read(old)), &content.part) {
            // The trust flags of a trusted certificate can be edited.
            (Some(_), Some(id), Part::Trusted(_)) => OracleId { flags, ..id }.to_bytes(),
            // As orapki does when it puts them in force.
            (Some(_), Some(id), Part::Key(_) | Part::Leaf(_) | Part::Link(_))
                if newly && id.flags.is_empty() =>
            {
                OracleId { flags: TrustFlags::VALID_PEER, ..id }.to_bytes()
            }
            (Some(old), ..) => old.clone(),
            (None, _, Part::Leaf(entry)) => match ids.get(&Part::Key(*entry)) {
                Some(shared) => shared.clone(),
                None => continue,
            },
            // A request has the index of its key.
            (None, _, Part::Request(entry)) => {
                let key = ids.get(&Part::Key(*entry)).and_then(|id| OracleId::read(id));
                let index = key.map_or_else(|| new_index(kind), |key| key.index);
                OracleId { kind, flags, index }.to_bytes()
            }
            _ => OracleId { kind, flags, index: new_index(kind) }.to_bytes(),
        };
        ids.insert(content.part.clone(), id);
    }
    ids
}

/// Whether the wallet says that trust flags are in force, and whether its file did not say so yet.
fn trust_flags(contents: &[Content<'_>], said: &ByPart<'_, '_>) -> (bool, bool) {
    let property = contents.iter().find(
        |content| matches!(content.value, Value::Opaque(it) if property::is_trust_flags(&it.raw)),
    );
    let is_new = property.is_some_and(|content| !said.says(content));
    (property.is_some(), is_new)
}
