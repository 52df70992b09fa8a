//! The safes of a file: each a ContentInfo, plain or encrypted, around a SafeContents.

use crate::codec::CodecError;
use crate::codec::ber;
use crate::codec::pkcs12::bag::{Bag, BagType, fields_of};
use crate::codec::pkcs12::part::Part;
use crate::codec::pkcs12::pfx::{self, ContentInfo, damaged, oid_der, place, wrap};
use crate::crypto::CryptoError;
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::pbe::Scheme;
use crate::limits;
use crate::model::format::Format;
use crate::oid::{self};
use crate::parallel;
use crate::secret::{SecretBytes, SharedBytes};
use crate::tlv::{CONTEXT_0, SEQUENCE};
use std::borrow::Cow;
use std::iter;
use std::ops::Range;

/// What lies around a SafeContents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// A `data` content.
    Plain,
    /// An `encryptedData` content.
    Encrypted(Scheme),
    /// A content type that is not understood; the safe is one opaque entry.
    Opaque(Part),
}

/// One safe as it was read. Every byte of it is held once, in a long list of certificates that counts.
#[derive(Clone, Debug)]
pub(super) struct Safe {
    pub(super) cover: Cover,
    /// The ContentInfo in DER.
    pub(super) raw: SharedBytes,
    contents: Contents,
    pub(super) nodes: Vec<Node>,
}

/// Where the SafeContents of a safe are.
#[derive(Clone, Debug)]
enum Contents {
    /// In the ContentInfo, as they are.
    Inside(Range<usize>),
    /// Here: decrypted, or turned from BER into DER. The certificates in them share them.
    Apart(SharedBytes),
}

/// A bag, or a bag of bags, and where it stands in the SafeContents.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A bag, and the part of the wallet that it carries.
    Bag { place: Range<usize>, kind: BagType, part: Part },
    /// A safeContentsBag: boxed, because bags are there by the thousand.
    Nested(Box<Nested>),
}

/// A bag of bags.
#[derive(Clone, Debug)]
pub(super) struct Nested {
    place: Range<usize>,
    pub(super) nodes: Vec<Node>,
    /// The bagAttributes in DER, or nothing.
    pub(super) attributes: Vec<u8>,
}

/// A bag of a file that was read.
#[derive(Clone, Copy)]
pub(super) struct Kept<'s> {
    /// The bag in DER.
    pub(super) raw: &'s [u8],
    pub(super) kind: BagType,
}

impl Safe {
    /// Keeps a safe of a file beyond the file, or with it.
    pub(super) fn keep(uncovered: Uncovered<'_>, file: Option<&SharedBytes>) -> Self {
        let Uncovered { cover, raw, opened, nodes } = uncovered;
        let contents = match opened.contents {
            Plaintext::Borrowed(contents) => Contents::Inside(place(contents, raw)),
            Plaintext::Owned(contents) => Contents::Apart(contents),
        };
        let raw = file.map_or_else(|| raw.into(), |file| file.part(raw));
        Self { cover, raw, contents, nodes }
    }

    /// The SafeContents in DER; nothing for an opaque safe.
    pub(super) fn contents(&self) -> &[u8] {
        match &self.contents {
            Contents::Inside(place) => &self.raw[place.clone()],
            Contents::Apart(contents) => contents,
        }
    }

    /// Every bag, in the order of the file.
    pub(super) fn bags(&self) -> impl Iterator<Item = Kept<'_>> {
        self.leaves().map(|(place, kind, _)| Kept { raw: &self.contents()[place.clone()], kind })
    }

    /// The type of every bag, and the part of the wallet that it carries.
    pub(super) fn parts(&self) -> impl Iterator<Item = (BagType, &Part)> {
        self.leaves().map(|(_, kind, part)| (kind, part))
    }

    fn leaves(&self) -> impl Iterator<Item = (&Range<usize>, BagType, &Part)> {
        let mut levels = vec![self.nodes.iter()];
        iter::from_fn(move || {
            loop {
                match levels.last_mut()?.next() {
                    Some(Node::Bag { place, kind, part }) => return Some((place, *kind, part)),
                    Some(Node::Nested(nested)) => levels.push(nested.nodes.iter()),
                    None => drop(levels.pop()),
                }
            }
        })
    }

    /// A bag, or a bag of bags, in DER.
    pub(super) fn raw_of(&self, node: &Node) -> &[u8] {
        let place = match node {
            Node::Bag { place, .. } => place,
            Node::Nested(nested) => &nested.place,
        };
        &self.contents()[place.clone()]
    }
}

impl<'s> Kept<'s> {
    /// The bag's value; nothing where the bag cannot be read.
    pub(super) fn value(&self) -> &'s [u8] {
        Bag::read(self.raw).map_or(&[], |bag| bag.value)
    }
}

impl Node {
    /// Gives every bag its part.
    pub(super) fn assign(nodes: &mut [Self], parts: &mut impl Iterator<Item = Part>) {
        for node in nodes {
            match node {
                Self::Bag { part, .. } => {
                    if let Some(next) = parts.next() {
                        *part = next;
                    }
                }
                Self::Nested(nested) => Self::assign(&mut nested.nodes, parts),
            }
        }
    }
}

/// A safe of a file that is being read, its cover lifted.
pub(super) struct Uncovered<'a> {
    pub(super) cover: Cover,
    /// The ContentInfo in DER.
    pub(super) raw: &'a [u8],
    pub(super) opened: Opened<'a>,
    /// The bags, once they have been read.
    pub(super) nodes: Vec<Node>,
}

impl<'a> Uncovered<'a> {
    pub(super) fn new(sealed: Sealed<'a>, raw: &'a [u8], opened: Opened<'a>) -> Self {
        Self { cover: sealed.into_cover(), raw, opened, nodes: Vec::new() }
    }
}

/// A safe whose cover is known and not yet lifted.
pub(super) enum Sealed<'a> {
    Plain(&'a [u8]),
    Encrypted { scheme: Scheme, ciphertext: Cow<'a, [u8]> },
    Opaque,
}

/// A safe whose cover was lifted.
pub(super) struct Opened<'a> {
    contents: Plaintext<'a>,
    /// Whether the SafeContents were in DER.
    pub(super) is_der: bool,
    /// Bytes behind them, inside the cover.
    pub(super) trailing: usize,
}

enum Plaintext<'a> {
    Borrowed(&'a [u8]),
    Owned(SharedBytes),
}

impl<'a> Sealed<'a> {
    /// Reads the cover of one ContentInfo.
    pub(super) fn read(content_info: &'a [u8]) -> Result<Self, CodecError> {
        let info = ContentInfo::read(content_info)?;
        Ok(match info.content_type {
            oid::DATA => Self::Plain(info.octets()?),
            oid::ENCRYPTED_DATA => {
                let encrypted = info.encrypted()?;
                Self::Encrypted {
                    scheme: Scheme::from_der(encrypted.algorithm)?,
                    ciphertext: encrypted.content,
                }
            }
            _ => Self::Opaque,
        })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self, Self::Encrypted { .. })
    }

    /// What this form of the password makes of an encrypted one. What fails here fails again when the safe
    /// is opened.
    pub(super) fn decrypt_ahead(&self, form: &Passphrase, budget: &Budget) -> Option<SecretBytes> {
        let Self::Encrypted { scheme, ciphertext } = self else { return None };
        scheme.decrypt(form, ciphertext, budget).ok()
    }

    /// The SafeContents in DER; nothing for an opaque safe. The form of the password that opens a safe
    /// becomes the first of `forms`; `decrypted` is what the one that is the first now made of it, where
    /// that is known.
    pub(super) fn open(
        &self,
        decrypted: Option<SecretBytes>,
        forms: &mut [Passphrase],
        budget: &Budget,
    ) -> Result<Opened<'a>, CodecError> {
        match self {
            Self::Plain(contents) => Opened::plain(contents),
            Self::Encrypted { scheme, ciphertext } => {
                if let Some(opened) = decrypted.and_then(Opened::decrypted) {
                    return Ok(opened);
                }
                for position in 0..scheme.forms(forms).len() {
                    match scheme.decrypt(&forms[position], ciphertext, budget) {
                        Ok(contents) => {
                            if let Some(opened) = Opened::decrypted(contents) {
                                forms.swap(0, position);
                                return Ok(opened);
                            }
                        }
                        Err(CryptoError::Padding) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(CodecError::PasswordWrong { empty_tried: forms.len() > 1 })
            }
            Self::Opaque => Ok(Opened::nothing()),
        }
    }

    fn into_cover(self) -> Cover {
        match self {
            Self::Plain(_) => Cover::Plain,
            Self::Encrypted { scheme, .. } => Cover::Encrypted(scheme),
            Self::Opaque => Cover::Opaque(Part::Unassigned),
        }
    }
}

impl<'a> Opened<'a> {
    /// The contents of a safe that is not understood.
    fn nothing() -> Self {
        let contents = Plaintext::Owned(SharedBytes::default());
        Self { contents, is_der: true, trailing: 0 }
    }

    /// Contents that are not encrypted.
    pub(super) fn plain(contents: &'a [u8]) -> Result<Self, CodecError> {
        let value = ber::to_der(contents, Format::Pkcs12)?;
        let (is_der, trailing) = (value.is_der(), value.trailing());
        let as_written = Plaintext::Borrowed(&contents[..value.consumed()]);
        let rewritten = value.into_rewritten().map(|contents| Plaintext::Owned(contents.into()));
        let contents = rewritten.unwrap_or(as_written);
        Ok(Self { contents, is_der, trailing })
    }

    /// What a password made of encrypted contents. Wrong keys leave a fitting padding once in 256
    /// times, RC4 always: what comes out must be a SEQUENCE that fills it.
    fn decrypted(contents: SecretBytes) -> Option<Self> {
        let value = ber::to_der(&contents, Format::Pkcs12).ok()?;
        if value.trailing() > 0 || value.der().first() != Some(&SEQUENCE) {
            return None;
        }
        let is_der = value.is_der();
        let rewritten = value.into_rewritten();
        let contents = Plaintext::Owned(rewritten.unwrap_or(contents).into());
        Some(Self { contents, is_der, trailing: 0 })
    }

    /// The SafeContents in DER.
    fn contents(&self) -> &[u8] {
        match &self.contents {
            Plaintext::Borrowed(contents) => contents,
            Plaintext::Owned(contents) => contents,
        }
    }

    /// The same, where they can be shared.
    fn shared(&self) -> Option<&SharedBytes> {
        match &self.contents {
            Plaintext::Borrowed(_) => None,
            Plaintext::Owned(contents) => Some(contents),
        }
    }
}

/// Splits a SEQUENCE OF in DER into the TLVs of its elements.
pub(super) fn elements<'a>(der: &'a [u8], what: &str) -> Result<Vec<&'a [u8]>, CodecError> {
    let mut values = pfx::fields(der, what)?;
    let mut elements = Vec::new();
    while !values.is_empty() {
        elements.push(values.take().map_err(|error| damaged(what, &error))?.der);
    }
    Ok(elements)
}

/// Reads the bags of a SafeContents in DER and appends them to `bags`. The parts are assigned when the
/// wallet is assembled. `room` is how many bags the file may still have.
pub(super) fn read_nodes<'c>(
    opened: &'c Opened<'_>,
    room: &mut usize,
    bags: &mut Vec<Bag<'c>>,
) -> Result<Vec<Node>, CodecError> {
    let (contents, first) = (opened.contents(), bags.len());
    let nodes = NodeReader { contents, room, bags }.read(contents, 0)?;
    // A certificate that somebody keeps must not keep a secret in memory that lies beside it; nor the file, which may
    // have one in another safe.
    let harmless = [BagType::Certificate, BagType::ShroudedKey, BagType::Crl];
    if bags[first..].iter().all(|bag| harmless.contains(&bag.kind)) {
        bags[first..].iter_mut().for_each(|bag| bag.buffer = opened.shared());
    }
    Ok(nodes)
}

struct NodeReader<'r, 'c> {
    /// The outermost SafeContents.
    contents: &'c [u8],
    room: &'r mut usize,
    bags: &'r mut Vec<Bag<'c>>,
}

impl<'c> NodeReader<'_, 'c> {
    /// Reads SafeContents; `depth` counts the safeContentsBags around them.
    fn read(&mut self, contents: &'c [u8], depth: usize) -> Result<Vec<Node>, CodecError> {
        if depth > limits::SAFE_NESTING {
            return Err(CodecError::Limit {
                limit: "levels of nested SafeContents",
                found: depth as u64,
                allowed: limits::SAFE_NESTING as u64,
            });
        }
        let elements = elements(contents, "SafeContents")?;
        *self.room = self.room.checked_sub(elements.len()).ok_or(CodecError::Limit {
            limit: "bags of a PKCS#12 file",
            found: (limits::ENTRIES - *self.room + elements.len()) as u64,
            allowed: limits::ENTRIES as u64,
        })?;
        let read = parallel::map_many(&elements, |raw| read_flat(raw));
        self.bags.reserve(elements.len());
        let mut nodes = Vec::with_capacity(elements.len());
        for (raw, bag) in elements.into_iter().zip(read) {
            let place = place(raw, self.contents);
            if let Some(bag) = bag? {
                nodes.push(Node::Bag { place, kind: bag.kind, part: Part::Unassigned });
                self.bags.push(bag);
                continue;
            }
            let (_, mut fields) = fields_of(raw)?;
            let value = fields.content(CONTEXT_0).map_err(|error| damaged("bagValue", &error))?;
            let mut attributes = Vec::new();
            if !fields.is_empty() {
                let set = fields.take().map_err(|error| damaged("bagAttributes", &error))?;
                attributes = set.der.to_vec();
            }
            let nested = Nested { place, nodes: self.read(value, depth + 1)?, attributes };
            nodes.push(Node::Nested(Box::new(nested)));
        }
        Ok(nodes)
    }
}

/// Reads one bag, unless it is a safeContentsBag.
fn read_flat(raw: &[u8]) -> Result<Option<Bag<'_>>, CodecError> {
    let (kind, bag) = match Bag::read(raw) {
        Ok(bag) => (bag.kind, bag),
        // One odd bag must not cost the user the others.
        Err(_) => (
            fields_of(raw)?.0.and_then(BagType::named).unwrap_or(BagType::Malformed),
            Bag::malformed(raw),
        ),
    };
    Ok((kind != BagType::SafeContents).then_some(bag))
}

/// Writes a safeContentsBag around bags.
pub(super) fn write_nested(bags: &[&[u8]], attributes: &[u8]) -> SecretBytes {
    let explicit = wrap(CONTEXT_0, &[&wrap(SEQUENCE, bags)]);
    wrap(SEQUENCE, &[&oid_der(oid::SAFE_CONTENTS_BAG), &explicit, attributes])
}

#[cfg(test)]
mod tests {
    use super::{Opened, read_nodes, write_nested};
    use crate::codec::CodecError;
    use crate::codec::pkcs12::bag::{Bag, BagType};
    use crate::codec::pkcs12::pfx::wrap;
    use crate::limits;
    use crate::model::attribute::Attribute;
    use crate::oid::{self, ObjectIdentifier};
    use crate::tlv::SEQUENCE;

    #[test]
    fn bags_are_counted_at_every_depth() {
        let bag = Bag::write(oid::CERT_BAG, &[5, 0], None, None, &[]);
        let nested = write_nested(&[&bag, &bag], &[]);
        let contents = wrap(SEQUENCE, &[&bag, &nested]);
        // The nested one counts, too.
        let (mut room, mut bags) = (4, Vec::new());
        let opened = Opened::plain(&contents).unwrap();
        assert_eq!(read_nodes(&opened, &mut room, &mut bags).unwrap().len(), 2);
        assert_eq!((room, bags.len()), (0, 3));
        let error = read_nodes(&opened, &mut 3, &mut Vec::new());
        assert!(matches!(error, Err(CodecError::Limit { .. })));
    }

    #[test]
    fn certificate_shares_decrypted_contents_where_no_secret_lies_beside_it() {
        let bag = |id| Bag::write(id, &[5, 0], None, None, &[]);
        let is_shared = |ids: &[ObjectIdentifier], is_encrypted: bool| {
            let bags: Vec<_> = ids.iter().map(|id| bag(*id)).collect();
            let parts: Vec<&[u8]> = bags.iter().map(|bag| &bag[..]).collect();
            let contents = wrap(SEQUENCE, &[&parts.concat()]);
            let opened = if is_encrypted {
                Opened::decrypted(contents.clone()).unwrap()
            } else {
                Opened::plain(&contents).unwrap()
            };
            // Those of the safe before it say nothing.
            let mut bags = vec![Bag::malformed(&[])];
            read_nodes(&opened, &mut 9, &mut bags).unwrap();
            assert_eq!(bags.len(), 1 + ids.len());
            bags[1..].iter().all(|bag| bag.buffer.is_some())
        };
        let (trusted, locked) = (oid::CERT_BAG, oid::SHROUDED_KEY_BAG);
        assert!(is_shared(&[trusted, trusted, oid::CRL_BAG, locked], true));
        assert!(!is_shared(&[trusted, trusted], false));
        for secret in [oid::KEY_BAG, oid::SECRET_BAG, oid::DATA] {
            assert!(!is_shared(&[trusted, secret], true));
        }
    }

    #[test]
    fn bag_with_endless_attributes_is_kept_unread() {
        let attribute = Attribute {
            oid: oid::FRIENDLY_NAME,
            der: wrap(SEQUENCE, &[&[6, 1, 42, 0x31, 0]]).to_vec(),
        };
        for (number, is_read) in
            [(limits::BAG_ATTRIBUTES, true), (limits::BAG_ATTRIBUTES + 1, false)]
        {
            let attributes = vec![attribute.clone(); number];
            let bag = Bag::write(oid::CERT_BAG, &[5, 0], None, None, &attributes);
            let (contents, mut bags) = (wrap(SEQUENCE, &[&bag]), Vec::new());
            let opened = Opened::plain(&contents).unwrap();
            read_nodes(&opened, &mut 1, &mut bags).unwrap();
            assert_eq!(bags[0].kind == BagType::Certificate, is_read);
            assert_eq!(bags[0].raw[..], bag[..]);
        }
    }
}
