//! Writing a PKCS#12 file: what did not change goes out as it came in.

mod bags;

use crate::codec::pkcs12::local_key_id;
use crate::codec::pkcs12::origin::Origin;
use crate::codec::pkcs12::part::{self, Content, Part, Value};
use crate::codec::pkcs12::pfx::{ContentInfo, OCTET_STRING, Pfx, SEQUENCE, wrap};
use crate::codec::pkcs12::profile::Schemes;
use crate::codec::pkcs12::safe::{self, Cover, Node, Safe};
use crate::codec::pkcs12::write::bags::is_sealed;
use crate::codec::{CodecError, Protect, Sealing};
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::pbe::Scheme;
use crate::model::entry::EntryId;
use crate::model::format::Layout;
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::oid;
use crate::secret::{Password, SecretBytes};
use std::collections::{HashMap, HashSet};

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
    let layout = sealing.profile.map(Profile::layout);
    let kept = origin.filter(|origin| layout.is_none_or(|layout| layout == origin.layout));
    let writer = Writer::new(wallet, sealing, origin, kept)?;
    // The key of the MAC does not wait for what it protects.
    let (auth_safe, unchanged) = writer.budget.ahead(
        || writer.derive_mac_ahead(),
        || match kept {
            Some(origin) => writer.update(origin),
            None => Ok((writer.create()?, false)),
        },
    )?;
    let mac = match kept.and_then(|origin| origin.mac.as_ref()) {
        Some((_, raw)) if unchanged => Some(raw.clone()),
        _ => writer.mac(&auth_safe)?,
    };
    Ok(SecretBytes::new(Pfx::write(&auth_safe, mac.as_deref())))
}

struct Writer<'w> {
    wallet: &'w Wallet,
    layout: Layout,
    /// Every bag that the wallet needs, in order.
    contents: Vec<Content<'w>>,
    schemes: Schemes,
    passphrase: Passphrase,
    /// Whether every encryption is made anew: another password, profile or iteration count.
    reseal: bool,
    /// Keys that are encrypted anew in any case, with this password or with that of the store.
    renewed: Option<&'w HashMap<EntryId, Option<Password>>>,
    local_key_ids: HashMap<Part, Vec<u8>>,
    budget: Budget,
}

impl<'w> Writer<'w> {
    fn new(
        wallet: &'w Wallet,
        sealing: &Sealing<'_>,
        origin: Option<&'w Origin>,
        kept: Option<&Origin>,
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
        let schemes = match (&passphrase, sealing.profile, kept) {
            (None, ..) => Schemes::OPEN,
            (Some(_), None, Some(origin)) if was_protected => origin.schemes(sealing.iterations)?,
            (Some(_), profile, _) => {
                let default = match layout {
                    Layout::Oracle => Profile::Oracle23ai,
                    Layout::Portable => Profile::Modern,
                };
                Schemes::new(profile.unwrap_or(default), sealing.iterations)?
            }
        };
        let linked = kept.map_or_else(HashSet::new, |origin| origin.linked.clone());
        let contents = part::contents(wallet, &linked);
        Ok(Self {
            wallet,
            layout,
            local_key_ids: local_key_id::assign(layout, &contents, kept),
            contents,
            schemes,
            passphrase: passphrase.unwrap_or_else(Passphrase::none),
            renewed: origin.map(|origin| &origin.renewed),
            reseal: !same_password || sealing.profile.is_some() || sealing.iterations.is_some(),
            budget: Budget::unlimited().knowing(sealing.derived),
        })
    }

    // ---- a new file

    fn create(&self) -> Result<Vec<u8>, CodecError> {
        let (mut first, mut keys, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
        for content in &self.contents {
            match content.value {
                // A whole safe that was not understood cannot lie inside another.
                Value::Opaque(opaque) if ContentInfo::is_one(&opaque.raw) => {
                    foreign.push(&opaque.raw[..]);
                }
                Value::Key(_) if self.layout == Layout::Portable => {
                    keys.push(self.bag(content, None)?);
                }
                _ => first.push(self.bag(content, None)?),
            }
        }
        // A portable file that is still empty has both safes, or it would look like orapki's.
        let empty = self.contents.is_empty();
        let mut safes = Vec::new();
        if self.layout == Layout::Oracle || !first.is_empty() || empty {
            safes.push(self.seal(self.schemes.contents.as_ref(), &join(&first))?);
        }
        if self.layout == Layout::Portable && (!keys.is_empty() || empty) {
            safes.push(self.seal(None, &join(&keys))?);
        }
        let parts: Vec<&[u8]> = safes.iter().map(Vec::as_slice).chain(foreign).collect();
        Ok(wrap(SEQUENCE, &parts))
    }

    // ---- a file that was read

    /// The AuthenticatedSafe, and whether it is the one that was read.
    fn update(&self, origin: &Origin) -> Result<(Vec<u8>, bool), CodecError> {
        let wanted: HashMap<Part, &Content<'_>> =
            self.contents.iter().map(|content| (content.part, content)).collect();
        let present: HashSet<Part> = origin.said.keys().copied().collect();
        let added: Vec<&Content<'_>> =
            self.contents.iter().filter(|content| !present.contains(&content.part)).collect();
        let mut new_key_safe = Vec::new();
        let mut additions: Vec<Vec<SecretBytes>> = vec![Vec::new(); origin.safes.len()];
        for content in added {
            let bag = self.bag(content, None)?;
            match home(origin, content) {
                Some(position) => additions[position].push(bag),
                None => new_key_safe.push((content, bag)),
            }
        }
        let mut safes = Vec::new();
        let mut unchanged = new_key_safe.is_empty();
        for (safe, additions) in origin.safes.iter().zip(additions) {
            if let Cover::Opaque(part) = &safe.cover {
                if wanted.contains_key(part) {
                    safes.push(safe.raw.to_vec());
                } else {
                    unchanged = false;
                }
                continue;
            }
            let mut bags = self.emit(&safe.nodes, &wanted, origin)?;
            bags.extend(additions);
            let contents = join(&bags);
            if !self.reseal && contents[..] == safe.contents[..] {
                safes.push(safe.raw.to_vec());
            } else {
                unchanged = false;
                safes.push(self.seal(self.scheme_for(safe)?.as_ref(), &contents)?);
            }
        }
        for (content, bag) in new_key_safe {
            let scheme = match content.value {
                Value::Key(_) => None,
                _ => self.schemes.contents.as_ref(),
            };
            safes.push(self.seal(scheme, &join(&[bag]))?);
        }
        if let (true, Some(raw)) = (unchanged, &origin.auth_safe) {
            return Ok((raw.to_vec(), true));
        }
        let parts: Vec<&[u8]> = safes.iter().map(Vec::as_slice).collect();
        Ok((wrap(SEQUENCE, &parts), false))
    }

    /// The bags of a safe as they are to be written.
    fn emit(
        &self,
        nodes: &[Node],
        wanted: &HashMap<Part, &Content<'_>>,
        origin: &Origin,
    ) -> Result<Vec<SecretBytes>, CodecError> {
        let mut bags = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::Bag(bag, part) => {
                    let Some(content) = wanted.get(part) else { continue };
                    let said = origin.said.get(part);
                    let resealed =
                        self.reseal && is_sealed(content.value) || self.renewed(*part).is_some();
                    let same = said == Some(&content.digest())
                        && self.local_key_ids.get(part) == origin.local_key_ids.get(part);
                    if same && !resealed {
                        bags.push(bag.raw.clone());
                    } else {
                        bags.push(self.bag(content, Some(bag))?);
                    }
                }
                Node::Nested { raw, nodes, attributes } => {
                    let inner = self.emit(nodes, wanted, origin)?;
                    let mut before = Vec::new();
                    Node::bags(nodes, &mut before);
                    let same = inner.len() == before.len()
                        && inner.iter().zip(&before).all(|(now, (bag, _))| now[..] == bag.raw[..]);
                    if same {
                        bags.push(raw.clone());
                    } else {
                        let inner: Vec<&[u8]> = inner.iter().map(|bag| &bag[..]).collect();
                        bags.push(safe::write_nested(&inner, attributes));
                    }
                }
            }
        }
        Ok(bags)
    }

    /// The scheme for a safe that is encrypted anew.
    fn scheme_for(&self, safe: &Safe) -> Result<Option<Scheme>, CodecError> {
        match &safe.cover {
            Cover::Encrypted(_) if self.reseal => Ok(self.schemes.contents.clone()),
            Cover::Encrypted(scheme) => Ok(Some(scheme.fresh(None)?)),
            // What lay open because nothing was protected is protected with the rest.
            Cover::Plain if self.reseal && self.schemes.contents.is_some() => {
                let mut bags = Vec::new();
                Node::bags(&safe.nodes, &mut bags);
                let keys_only = bags
                    .iter()
                    .all(|(bag, _)| bag.id == oid::KEY_BAG || bag.id == oid::SHROUDED_KEY_BAG);
                Ok(if keys_only { None } else { self.schemes.contents.clone() })
            }
            Cover::Plain | Cover::Opaque(_) => Ok(None),
        }
    }

    /// One safe around a SafeContents in DER.
    fn seal(&self, scheme: Option<&Scheme>, contents: &[u8]) -> Result<Vec<u8>, CodecError> {
        let Some(scheme) = scheme else {
            return Ok(ContentInfo::write(oid::DATA, &wrap(OCTET_STRING, &[contents])));
        };
        let ciphertext = scheme.encrypt(&self.passphrase, contents, &self.budget)?;
        Ok(ContentInfo::write_encrypted(&scheme.to_der()?, &ciphertext))
    }

    fn derive_mac_ahead(&self) {
        if let Some(scheme) = &self.schemes.mac {
            scheme.derive_ahead(&self.passphrase, &self.budget);
        }
    }

    fn mac(&self, auth_safe: &[u8]) -> Result<Option<Vec<u8>>, CodecError> {
        let Some(scheme) = self.schemes.mac.clone() else { return Ok(None) };
        let mac = scheme.seal(&self.passphrase, auth_safe, &self.budget)?;
        Ok(Some(mac.to_der()?))
    }
}

/// The safe of the file that a new bag goes to: where its like are, else any that is encrypted.
fn home(origin: &Origin, content: &Content<'_>) -> Option<usize> {
    let holds = |ids: &[oid::ObjectIdentifier]| {
        origin.safes.iter().position(|safe| {
            let mut bags = Vec::new();
            Node::bags(&safe.nodes, &mut bags);
            !matches!(safe.cover, Cover::Opaque(_))
                && bags.iter().any(|(bag, _)| ids.contains(&bag.id))
        })
    };
    let covered = |plain: bool| {
        origin.safes.iter().position(|safe| match safe.cover {
            Cover::Plain => plain,
            Cover::Encrypted(_) => !plain,
            Cover::Opaque(_) => false,
        })
    };
    match content.value {
        // A key that is encrypted on its own may lie in a plain safe, an open one may not lie in a
        // plain safe of a protected file: the scheme for keys sees to that.
        Value::Key(_) => holds(&[oid::KEY_BAG, oid::SHROUDED_KEY_BAG])
            .or_else(|| covered(true))
            .or_else(|| if origin.layout == Layout::Oracle { covered(false) } else { None }),
        Value::Certificate(..) | Value::Opaque(_) => {
            holds(&[oid::CERT_BAG]).or_else(|| covered(false)).or_else(|| covered(true))
        }
        Value::Request(_) | Value::Secret(_) => {
            covered(false).or_else(|| if origin.is_protected() { None } else { covered(true) })
        }
    }
}

/// A SafeContents around bags.
fn join(bags: &[SecretBytes]) -> SecretBytes {
    let parts: Vec<&[u8]> = bags.iter().map(|bag| &bag[..]).collect();
    SecretBytes::new(wrap(SEQUENCE, &parts))
}
