//! What certificates and revocation lists have in common: a value, and the issuer's signature over it.

use crate::digest::Fingerprint;
use crate::model::certificate::Extension;
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber};
use std::sync::OnceLock;

/// A signed value, kept as its original DER.
///
/// ```text
/// SIGNED { ToBeSigned } ::= SEQUENCE {
///     toBeSigned           ToBeSigned,
///     algorithmIdentifier  AlgorithmIdentifier,
///     signature            BIT STRING }
/// ```
///
/// RFC 5280 sections 4.1.1 and 5.1.1.
pub(super) struct Signed {
    der: Box<[u8]>,
    content: Span,
    algorithm: Span,
    signature: Span,
    fingerprint: OnceLock<Fingerprint>,
}

/// Where a part of a value stands in it: the value owns its bytes, so no slice can.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    // `der` reads no value longer than 2^28 - 1 bytes; half the size of a range counts in long lists.
    start: u32,
    end: u32,
}

impl Signed {
    /// Reads exactly one signed value; of the signed part only that it is one value.
    pub(super) fn read(der: &[u8]) -> Result<Self, der::Error> {
        let mut fields = SliceReader::new(sequence(der)?)?;
        let mut next = || fields.tlv_bytes().map(|part| Span::of(part, der));
        let (content, algorithm, signature) = (next()?, next()?, next()?);
        fields.finish()?;
        let fingerprint = OnceLock::new();
        Ok(Self { der: der.into(), content, algorithm, signature, fingerprint })
    }

    /// The whole value.
    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SHA-256 of the whole value, which is computed once.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        *self.fingerprint.get_or_init(|| Fingerprint::of(&self.der))
    }

    /// The bytes that the issuer signed.
    pub(super) fn content(&self) -> &[u8] {
        self.part(self.content)
    }

    /// The `AlgorithmIdentifier` of the signature.
    pub(super) fn algorithm(&self) -> &[u8] {
        self.part(self.algorithm)
    }

    /// The bytes of the BIT STRING, without its unused-bits octet.
    pub(super) fn signature(&self) -> &[u8] {
        AnyRef::from_der(self.part(self.signature))
            .ok()
            .and_then(|any| any.value().get(1..))
            .unwrap_or(&[])
    }

    /// Where a part stands that was read from [`Signed::content`].
    pub(super) fn span(&self, part: &[u8]) -> Span {
        Span::of(part, &self.der)
    }

    /// The bytes that stand there.
    pub(super) fn part(&self, span: Span) -> &[u8] {
        &self.der[span.start as usize..span.end as usize]
    }
}

impl Span {
    fn of(part: &[u8], whole: &[u8]) -> Self {
        if part.is_empty() {
            return Self::default(); // it may stand nowhere
        }
        let start = part.as_ptr() as usize - whole.as_ptr() as usize;
        let number = |place: usize| u32::try_from(place).expect("der reads less than 2^28 bytes");
        Self { start: number(start), end: number(start + part.len()) }
    }
}

/// The content of the one SEQUENCE that `der` is.
pub(super) fn sequence(der: &[u8]) -> Result<&[u8], der::Error> {
    let any = AnyRef::from_der(der)?;
    any.header().tag().assert_eq(Tag::Sequence)?;
    Ok(any.value())
}

/// The tag of a constructed field that only its number tells.
pub(super) fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

/// The extensions of a `SEQUENCE OF Extension` with this content, in their order; reading stops at
/// the first malformed one.
pub(super) fn extensions(content: &[u8]) -> impl Iterator<Item = Extension<'_>> {
    let mut reader = SliceReader::new(content).ok();
    std::iter::from_fn(move || {
        let reader = reader.as_mut().filter(|reader| !reader.is_finished())?;
        read_extension(reader).ok()
    })
}

/// The same, all of them.
pub(super) fn all_extensions(content: &[u8]) -> Result<Vec<Extension<'_>>, der::Error> {
    let mut reader = SliceReader::new(content)?;
    let mut extensions = Vec::new();
    while !reader.is_finished() {
        extensions.push(read_extension(&mut reader)?);
    }
    Ok(extensions)
}

/// `Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`;
/// encoders that write the default out are tolerated.
fn read_extension<'a>(reader: &mut SliceReader<'a>) -> Result<Extension<'a>, der::Error> {
    let mut fields = SliceReader::new(sequence(reader.tlv_bytes()?)?)?;
    let oid = fields.decode()?;
    let mut value = AnyRef::from_der(fields.tlv_bytes()?)?;
    let mut critical = false;
    if value.header().tag() == Tag::Boolean {
        critical = value.value() != [0];
        value = AnyRef::from_der(fields.tlv_bytes()?)?;
    }
    value.header().tag().assert_eq(Tag::OctetString)?;
    Ok(Extension { oid, critical, value: value.value() })
}

/// `AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OCTET STRING OPTIONAL, ... }`
pub(super) fn authority_key_identifier(value: &[u8]) -> Option<&[u8]> {
    let mut reader = SliceReader::new(sequence(value).ok()?).ok()?;
    let first: AnyRef<'_> = AnyRef::from_der(reader.tlv_bytes().ok()?).ok()?;
    // keyIdentifier [0] IMPLICIT OCTET STRING comes first
    (first.header().tag() == (Tag::ContextSpecific { constructed: false, number: TagNumber(0) }))
        .then(|| first.value())
}
