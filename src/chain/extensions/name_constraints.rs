//! nameConstraints.

use crate::chain::extensions::general_name::GeneralName;
use crate::chain::extensions::{context, elements, sequence};
use der::asn1::AnyRef;
use der::{Reader, SliceReader};

/// Which names the certificates below a CA may have.
///
/// ```text
/// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL,
///                                excludedSubtrees  [1] GeneralSubtrees OPTIONAL }
/// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }
/// ```
///
/// RFC 5280 section 4.2.1.10.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::chain) struct NameConstraints<'a> {
    pub(in crate::chain) permitted: Vec<Subtree<'a>>,
    pub(in crate::chain) excluded: Vec<Subtree<'a>>,
}

/// A name and everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::chain) struct Subtree<'a> {
    pub(in crate::chain) base: GeneralName<'a>,
    /// Whether `minimum` or `maximum` says something: the profile has no use for them.
    pub(in crate::chain) bounded: bool,
}

impl<'a> NameConstraints<'a> {
    pub(super) fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut read = Self::default();
        for field in elements(der)? {
            let subtrees = subtrees(field)?;
            match context(&field) {
                Some(0) => read.permitted = subtrees,
                Some(1) => read.excluded = subtrees,
                _ => return Err(field.header().tag().value_error().into()),
            }
        }
        Ok(read)
    }
}

fn subtrees(field: AnyRef<'_>) -> der::Result<Vec<Subtree<'_>>> {
    let mut reader = SliceReader::new(field.value())?;
    let mut subtrees = Vec::new();
    while !reader.is_finished() {
        let mut fields = SliceReader::new(sequence(reader.tlv_bytes()?)?)?;
        let base = GeneralName::read(fields.decode()?)?;
        let mut bounded = false;
        while !fields.is_finished() {
            let bound: AnyRef<'_> = fields.decode()?;
            bounded |= !(context(&bound) == Some(0) && bound.value() == [0]);
        }
        subtrees.push(Subtree { base, bounded });
    }
    Ok(subtrees)
}
