//! Writing a PKCS#12 file: what did not change goes out as it came in.

mod bags;
mod file;
mod homes;
mod resealed;

pub(in crate::codec) use resealed::resealed;

use crate::codec::pkcs12::bag::BagType;
use crate::codec::pkcs12::key_request;
use crate::codec::pkcs12::local_key_id;
use crate::codec::pkcs12::origin::Origin;
use crate::codec::pkcs12::part::{self, ByPart, Content, Part, Value};
use crate::codec::pkcs12::profile::Schemes;
use crate::codec::pkcs12::safe::{self, Cover, Kept, Node, Safe};
use crate::codec::pkcs12::write::bags::is_sealed;
use crate::codec::pkcs12::write::file::{Integrity, WrittenSafe};
use crate::codec::pkcs12::write::homes::{Homes, kept};
use crate::codec::{CodecError, Protect, Sealing};
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::pbe::Scheme;
use crate::model::entry::{Entry, EntryId};
use crate::model::format::Layout;
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::parallel;
use crate::secret::{Password, SecretBytes};
use std::collections::{HashMap, HashSet};
use std::ops::Deref;

/// Writes a wallet as PKCS#12.
///
/// With an origin and no other layout asked for, every safe and bag that did not change is written
/// as it was; a safe that changed is encrypted anew with its own scheme. Without, or in another
/// layout, every bag is made new, but for those that are not understood.
///
/// # Errors
///
/// [`CodecError::KeyLocked`] when a key would have to be encrypted anew and is not open,
/// [`CodecError::Unsupported`] for schemes that are only read.
pub fn encode(
    wallet: &Wallet,
    sealing: &Sealing<'_>,
    origin: Option<&Origin>,
) -> Result<SecretBytes, CodecError> {
    let kept = kept(wallet, sealing, origin);
    let mut writer = Writer::new(wallet, sealing, origin, kept)?;
    writer.seal_ahead()?;
    let write = || {
        let (safes, unchanged) = match kept {
            Some(origin) => writer.update(origin)?,
            None => (writer.create()?, false),
        };
        let mac = match (kept.and_then(|origin| origin.mac.as_ref()), &writer.schemes.mac) {
            (Some((_, raw)), _) if unchanged => Integrity::AsItWas(raw),
            (_, Some(scheme)) => Integrity::Mac(scheme),
            (_, None) => Integrity::Nothing,
        };
        let encrypts =
            |safe: &WrittenSafe<'_>| matches!(safe, WrittenSafe::New { scheme: Some(_), .. });
        let passphrase = if safes.iter().any(encrypts) {
            writer.tried_passphrase()?
        } else {
            &writer.passphrase
        };
        file::write(&safes, &mac, passphrase, &writer.budget)
    };
    if !writer.budget.may_be_ahead() {
        return write();
    }
    // The key of the MAC does not wait for what it protects.
    let ((), written) = parallel::join(|| writer.derive_mac_ahead(), write);
    written
}

/// Whether [`encode`] with this origin would write every bag as it was read.
///
/// # Errors
///
/// As [`encode`].
pub(in crate::codec) fn is_unchanged(
    wallet: &Wallet,
    sealing: &Sealing<'_>,
    origin: &Origin,
) -> Result<bool, CodecError> {
    Ok(Writer::new(wallet, sealing, Some(origin), Some(origin))?.draft(origin)?.is_unchanged())
}

struct Writer<'w> {
    wallet: &'w Wallet,
    layout: Layout,
    /// Every bag that the wallet needs, in order.
    contents: Vec<Content<'w>>,
    /// What the bags of the file said, where it is kept.
    said: ByPart<'w, 'w>,
    schemes: Schemes,
    passphrase: Passphrase,
    /// The file that nothing of was opened with the passphrase.
    untried: Option<&'w Origin>,
    /// Whether every encryption is made anew: another password, profile or iteration count, or keys that
    /// had none.
    reseal: bool,
    /// Keys that are encrypted anew in any case, with this password or with that of the store.
    renewed: Option<&'w HashMap<EntryId, Option<Password>>>,
    local_key_ids: HashMap<Part, Vec<u8>>,
    /// Keys that are encrypted already.
    sealed: HashMap<Part, SecretBytes>,
    budget: Budget,
}

impl<'w> Writer<'w> {
    fn new(
        wallet: &'w Wallet,
        sealing: &Sealing<'_>,
        origin: Option<&'w Origin>,
        kept: Option<&'w Origin>,
    ) -> Result<Self, CodecError> {
        let layout = sealing
            .profile
            .map(Profile::layout)
            .or_else(|| origin.map(Origin::layout))
            .unwrap_or(Layout::Portable);
        let was_protected = origin.is_some_and(Origin::is_protected);
        let known = origin.map(|origin| &origin.passphrase);
        let passphrase = match sealing.protect {
            Protect::Keep if was_protected || layout == Layout::Oracle => known.cloned(),
            Protect::Keep | Protect::Nothing => None,
            Protect::Password(password) => {
                // An empty password has two forms: the one that opened the file stays in use.
                let mut forms = Passphrase::forms(password);
                let same = |form: &Passphrase| known.is_some_and(|known| known.same_as(form));
                let position = forms.iter().position(same).unwrap_or(0);
                Some(forms.swap_remove(position))
            }
        };
        if layout == Layout::Oracle
            && passphrase.as_ref().is_none_or(|phrase| phrase.is_none() && !was_protected)
        {
            // Oracle's layout has no unprotected form.
            return Err(CodecError::PasswordMissing);
        }
        let same_password = match (&passphrase, known.filter(|_| was_protected)) {
            (Some(now), Some(before)) => now.same_as(before),
            (None, None) => true,
            _ => false,
        };
        // Who sets a password wants the keys behind it. A file that had one for its MAC alone is protected as a
        // new one is.
        let sets_password = matches!(sealing.protect, Protect::Password(_));
        let exposed = kept.is_some_and(|origin| sets_password && origin.exposes_secrets());
        let was_encrypted = kept.is_some_and(Origin::encrypts);
        let like = kept.or(origin.filter(|origin| origin.is_bare()));
        let schemes = match (&passphrase, sealing.profile, like) {
            (None, ..) => Schemes::OPEN,
            (Some(_), None, Some(origin)) if was_protected && (was_encrypted || !exposed) => {
                origin.schemes(sealing.iterations)?
            }
            (Some(_), profile, _) => {
                let default = match layout {
                    Layout::Oracle => Profile::Oracle23ai,
                    Layout::Portable => Profile::Modern,
                };
                Schemes::new(profile.unwrap_or(default), sealing.iterations)?
            }
        };
        let untried =
            origin.filter(|origin| matches!(sealing.protect, Protect::Keep) && origin.is_untried());
        let linked = kept.map_or_else(HashSet::new, |origin| origin.linked.clone());
        let is_apart = |entry: &Entry| key_request::is_apart(entry, layout, kept);
        let mut contents = part::contents(wallet, &linked, is_apart);
        if let Some(origin) = kept {
            origin.give_bags(&mut contents);
        }
        let said = kept.map(Origin::said).unwrap_or_default();
        Ok(Self {
            wallet,
            layout,
            local_key_ids: local_key_id::assign(layout, &contents, kept, &said),
            sealed: HashMap::new(),
            contents,
            said,
            schemes,
            passphrase: passphrase.unwrap_or_else(Passphrase::none),
            untried,
            renewed: origin.map(|origin| &origin.renewed),
            reseal: !same_password
                || exposed
                || sealing.profile.is_some()
                || sealing.iterations.is_some(),
            budget: Budget::unlimited().knowing(sealing.derived),
        })
    }

    // ---- a new file

    /// The safes.
    fn create(&self) -> Result<Vec<WrittenSafe<'w>>, CodecError> {
        let (mut first, mut keys, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
        for content in &self.contents {
            if let Some(safe) = foreign_safe(content) {
                foreign.push(safe);
                continue;
            }
            match content.value {
                Value::Key(_) if self.layout == Layout::Portable => {
                    keys.push(Piece::New(self.bag(content, None)?));
                }
                _ => first.push(Piece::New(self.bag(content, None)?)),
            }
        }
        // A portable file that is still empty has both safes, or it would look like orapki's.
        let empty = self.contents.is_empty();
        let mut safes = Vec::new();
        if self.layout == Layout::Oracle || !first.is_empty() || empty {
            safes.push(WrittenSafe::New {
                scheme: fresh(self.schemes.contents.as_ref())?,
                bags: first,
            });
        }
        if self.layout == Layout::Portable && (!keys.is_empty() || empty) {
            safes.push(WrittenSafe::New { scheme: None, bags: keys });
        }
        safes.extend(foreign);
        Ok(safes)
    }

    // ---- a file that was read

    /// The safes, and whether they are those that were read.
    fn update<'o>(
        &'o self,
        origin: &'o Origin,
    ) -> Result<(Vec<WrittenSafe<'o>>, bool), CodecError> {
        let draft = self.draft(origin)?;
        let is_same = draft.is_unchanged() && origin.is_whole;
        let mut safes = Vec::with_capacity(origin.safes.len());
        for (safe, fate) in origin.safes.iter().zip(draft.safes) {
            match fate {
                Fate::Kept => safes.push(WrittenSafe::AsItWas(&safe.raw)),
                Fate::Dropped => {}
                Fate::Changed(bags) => {
                    safes.push(WrittenSafe::New { scheme: self.scheme_for(safe)?, bags });
                }
            }
        }
        let mut secrets = Vec::new();
        for (content, bag) in draft.alone {
            let scheme = match content.value {
                Value::Key(_) => None,
                Value::Secret(_) | Value::Opaque(_) => {
                    secrets.push(bag);
                    continue;
                }
                Value::Certificate(..) | Value::Request(_) => {
                    fresh(self.schemes.contents.as_ref())?
                }
            };
            safes.push(WrittenSafe::New { scheme, bags: vec![bag] });
        }
        if !secrets.is_empty() {
            let scheme = fresh(self.schemes.secrets())?;
            safes.push(WrittenSafe::New { scheme, bags: secrets });
        }
        safes.extend(draft.foreign);
        // What is emptied stays portable, as what is made empty.
        let is_emptied = self.layout == Layout::Portable && self.contents.is_empty() && !is_same;
        if is_emptied && safes.len() == 1 {
            safes.push(WrittenSafe::New { scheme: None, bags: Vec::new() });
        }
        Ok((safes, is_same))
    }

    /// What becomes of each safe, before anything is encrypted but keys.
    fn draft<'o>(&'o self, origin: &'o Origin) -> Result<Draft<'o>, CodecError> {
        let wanted = ByPart::new(&self.contents);
        let homes = Homes::of(origin);
        let mut alone = Vec::new();
        let mut additions: Vec<Vec<Piece<'_>>> = origin.safes.iter().map(|_| Vec::new()).collect();
        let mut foreign = Vec::new();
        for content in self.contents.iter().filter(|one| !self.said.has(&one.part)) {
            if let Some(safe) = foreign_safe(content) {
                foreign.push(safe);
                continue;
            }
            let bag = Piece::New(self.bag(content, None)?);
            match homes.home(content) {
                Some(position) => additions[position].push(bag),
                None => alone.push((content, bag)),
            }
        }
        let mut safes = Vec::with_capacity(origin.safes.len());
        for (safe, additions) in origin.safes.iter().zip(additions) {
            if let Cover::Opaque(part) = &safe.cover {
                let is_wanted = wanted.has(part);
                safes.push(if is_wanted { Fate::Kept } else { Fate::Dropped });
                continue;
            }
            let mut bags = self.emit(safe, &safe.nodes, &wanted, origin)?;
            let is_kept = are_kept(&bags, &safe.nodes) && additions.is_empty() && !self.reseal;
            bags.extend(additions);
            safes.push(if is_kept { Fate::Kept } else { Fate::Changed(bags) });
        }
        Ok(Draft { safes, alone, foreign })
    }

    /// The bags of a safe, or of a bag of bags in it, as they are to be written.
    fn emit<'o>(
        &self,
        safe: &'o Safe,
        nodes: &[Node],
        wanted: &ByPart<'_, '_>,
        origin: &Origin,
    ) -> Result<Vec<Piece<'o>>, CodecError> {
        let mut bags = Vec::with_capacity(nodes.len());
        for node in nodes {
            let raw = safe.raw_of(node);
            let new = match node {
                Node::Bag { part, kind, .. } => {
                    let Some(content) = wanted.get(part) else { continue };
                    let resealed =
                        self.reseal && is_sealed(content.value) || self.renewed(part).is_some();
                    let is_said = self.said.says(content)
                        && self.local_key_ids.get(part) == origin.local_key_ids.get(part);
                    let old = Kept { raw, kind: *kind };
                    if is_said && !resealed { None } else { Some(self.bag(content, Some(old))?) }
                }
                Node::Nested(nested) => {
                    let inner = self.emit(safe, &nested.nodes, wanted, origin)?;
                    let inner_bags: Vec<&[u8]> = inner.iter().map(|bag| &bag[..]).collect();
                    let changed = !are_kept(&inner, &nested.nodes);
                    changed.then(|| safe::write_nested(&inner_bags, &nested.attributes))
                }
            };
            bags.push(match new {
                Some(new) if new[..] != *raw => Piece::New(new),
                _ => Piece::AsItWas(raw),
            });
        }
        Ok(bags)
    }

    /// The scheme for a safe that is encrypted anew.
    fn scheme_for(&self, safe: &Safe) -> Result<Option<Scheme>, CodecError> {
        match &safe.cover {
            Cover::Encrypted(_) if self.reseal => fresh(self.schemes.contents.as_ref()),
            Cover::Encrypted(scheme) => fresh(Some(scheme)),
            // What lay open because nothing was protected is protected with the rest.
            Cover::Plain if self.reseal => {
                let is_key =
                    |bag: &Kept<'_>| bag.kind == BagType::Key || bag.kind == BagType::ShroudedKey;
                if safe.bags().all(|bag| is_key(&bag)) {
                    Ok(None)
                } else if safe.bags().any(|bag| bag.kind == BagType::Secret) {
                    fresh(self.schemes.secrets())
                } else {
                    fresh(self.schemes.contents.as_ref())
                }
            }
            Cover::Plain | Cover::Opaque(_) => Ok(None),
        }
    }

    /// The passphrase, for what is encrypted with it. Of a file that opened without one it has to open a key:
    /// its owner could not read what is encrypted with another.
    fn tried_passphrase(&self) -> Result<&Passphrase, CodecError> {
        match self.untried {
            Some(origin) if !origin.opens_a_key(&self.passphrase) => {
                Err(if self.passphrase.is_blank() {
                    CodecError::PasswordMissing
                } else {
                    CodecError::PasswordWrong { empty_tried: false }
                })
            }
            _ => Ok(&self.passphrase),
        }
    }

    fn derive_mac_ahead(&self) {
        if let Some(scheme) = &self.schemes.mac {
            scheme.derive_ahead(&self.passphrase, &self.budget);
        }
    }
}

/// A whole safe that was not understood, which cannot lie inside another.
fn foreign_safe<'w>(content: &Content<'w>) -> Option<WrittenSafe<'w>> {
    match content.value {
        Value::Opaque(opaque) if opaque.is_safe => Some(WrittenSafe::AsItWas(&opaque.raw)),
        _ => None,
    }
}

/// The scheme for one more safe: two with the same salt and vector show how far they begin alike.
fn fresh(scheme: Option<&Scheme>) -> Result<Option<Scheme>, CodecError> {
    Ok(scheme.map(|scheme| scheme.fresh(None)).transpose()?)
}

/// Bytes of the file that was read, or new ones.
enum Piece<'o> {
    AsItWas(&'o [u8]),
    New(SecretBytes),
}

impl Deref for Piece<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::AsItWas(bytes) => bytes,
            Self::New(bytes) => bytes,
        }
    }
}

/// What becomes of the safes of a file.
struct Draft<'o> {
    /// Of each in their order.
    safes: Vec<Fate<'o>>,
    /// New bags that fit into none.
    alone: Vec<(&'o Content<'o>, Piece<'o>)>,
    /// Whole safes of another file.
    foreign: Vec<WrittenSafe<'o>>,
}

/// What becomes of a safe.
enum Fate<'o> {
    Kept,
    Dropped,
    /// It has these bags now.
    Changed(Vec<Piece<'o>>),
}

impl Draft<'_> {
    fn is_unchanged(&self) -> bool {
        self.alone.is_empty()
            && self.foreign.is_empty()
            && self.safes.iter().all(|fate| matches!(fate, Fate::Kept))
    }
}

/// Whether all nodes are written as they were.
fn are_kept(bags: &[Piece<'_>], nodes: &[Node]) -> bool {
    bags.len() == nodes.len() && bags.iter().all(|bag| matches!(bag, Piece::AsItWas(_)))
}
