//! What certificates and revocation lists have in common: a value, and the issuer's signature over it.

use crate::digest::Fingerprint;
use crate::model::certificate::Extension;
use crate::oid::ObjectIdentifier;
use crate::secret::SharedBytes;
use crate::tlv::{self, BOOLEAN, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, TlvError, Values};
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
    /// In a file with others a part of its bytes.
    der: SharedBytes,
    content: Span,
    algorithm: Span,
    signature: Span,
    fingerprint: OnceLock<Fingerprint>,
}

/// Where a part of a value stands in it: who holds the bytes can hold no slice of them.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    // Half the size of a range counts in long lists; longer values are not read.
    start: u32,
    end: u32,
}

impl Signed {
    /// As [`Signed::read`], of a copy, which is made where the length fits.
    pub(super) fn copy(der: &[u8]) -> Result<Self, TlvError> {
        tlv::content(der, SEQUENCE)?;
        Self::read(der.into())
    }

    /// Reads exactly one signed value; of the signed part only that it is one value.
    pub(super) fn read(der: SharedBytes) -> Result<Self, TlvError> {
        u32::try_from(der.len()).map_err(|_| TlvError::Length)?;
        let mut fields = Values::new(tlv::content(&der, SEQUENCE)?);
        let mut next = || fields.take().map(|part| Span::of(part.der, &der));
        let (content, algorithm, signature) = (next()?, next()?, next()?);
        fields.finish()?;
        Ok(Self { content, algorithm, signature, fingerprint: OnceLock::new(), der })
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
        tlv::only(self.part(self.signature))
            .ok()
            .and_then(|bits| bits.content.get(1..))
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
        let number = |place: usize| u32::try_from(place).expect("longer values are not read");
        Self { start: number(start), end: number(start + part.len()) }
    }
}

/// The extensions of a `SEQUENCE OF Extension` with this content, in their order; reading stops at
/// the first malformed one.
pub(super) fn extensions(content: &[u8]) -> impl Iterator<Item = Extension<'_>> {
    let mut values = Values::new(content);
    std::iter::from_fn(move || read_extension(&mut values).ok())
}

/// The same, all of them.
pub(super) fn all_extensions(content: &[u8]) -> Result<Vec<Extension<'_>>, TlvError> {
    let mut values = Values::new(content);
    let mut extensions = Vec::new();
    while !values.is_empty() {
        extensions.push(read_extension(&mut values)?);
    }
    Ok(extensions)
}

/// `Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`;
/// encoders that write the default out are tolerated.
fn read_extension<'a>(values: &mut Values<'a>) -> Result<Extension<'a>, TlvError> {
    let mut fields = values.inside(SEQUENCE)?;
    let oid = ObjectIdentifier::from_bytes(fields.content(OBJECT_IDENTIFIER)?)
        .map_err(|_| TlvError::Content("object identifier"))?;
    let mut critical = false;
    if fields.tag() == Some(BOOLEAN) {
        critical = fields.content(BOOLEAN)? != [0];
    }
    Ok(Extension { oid, critical, value: fields.content(OCTET_STRING)? })
}

/// `AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OCTET STRING OPTIONAL, ... }`
pub(super) fn authority_key_identifier(value: &[u8]) -> Option<&[u8]> {
    const KEY_IDENTIFIER: u8 = 0x80; // [0] IMPLICIT OCTET STRING, which comes first
    Values::new(tlv::content(value, SEQUENCE).ok()?).content(KEY_IDENTIFIER).ok()
}
