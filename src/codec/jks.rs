//! Java's own key stores: JKS, and JCEKS, which differs in its magic, in how keys are protected, and
//! in one more kind of entry.
//!
//! A file is parsed into records ([`record`]); each becomes one entry ([`read`]); the [`Origin`]
//! remembers the record of each entry. Writing re-emits every record whose entry says what it said
//! ([`write`]). `docs/formats/jks.md` has the bytes.

mod fold;
mod keys;
mod losses;
mod modified_utf8;
mod origin;
mod read;
mod reader;
mod record;
mod serialized;
mod warnings;
mod write;

pub(in crate::codec) use fold::fold;
pub use fold::{Folded, folded};
pub use losses::losses;
pub use origin::Origin;
pub(in crate::codec) use read::decode;
pub use write::encode;
pub(in crate::codec) use write::resealed;

use crate::crypto::java_protector::Protector;
use crate::model::format::Format;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JKS, of the provider SUN.
    Jks,
    /// JCEKS, of the provider `SunJCE`.
    Jceks,
}

impl Kind {
    /// The format.
    #[must_use]
    pub fn format(self) -> Format {
        match self {
            Self::Jks => Format::Jks,
            Self::Jceks => Format::Jceks,
        }
    }

    fn magic(self) -> u32 {
        match self {
            Self::Jks => 0xFEED_FEED,
            Self::Jceks => 0xCECE_CECE,
        }
    }

    /// How the format protects keys; JKS has no iterations.
    fn protector(self, iterations: u32) -> Protector {
        match self {
            Self::Jks => Protector::Sun,
            Self::Jceks => Protector::Jce { iterations },
        }
    }
}

#[cfg(test)]
mod tests;
