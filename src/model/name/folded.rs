//! Names in the form in which they are compared.

use crate::model::name::{DistinguishedName, attribute};

/// A name in the form in which it is compared, made once where it is compared often: RDN by RDN,
/// without regard to case, string type and white space, as [`DistinguishedName::matches`] does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FoldedName {
    relative_names: Vec<Vec<u8>>,
}

impl FoldedName {
    /// Folds a name.
    #[must_use]
    pub fn of(name: &DistinguishedName) -> Self {
        let relative_names =
            name.relative_names().map(|rdn| attribute::folded(&attribute::comparable(rdn)));
        Self { relative_names: relative_names.collect() }
    }

    /// Whether `base` is this name or stands above it: its RDNs are the first ones of this name
    /// (RFC 5280 section 7.1).
    #[must_use]
    pub fn is_within(&self, base: &Self) -> bool {
        self.relative_names.starts_with(&base.relative_names)
    }
}

#[cfg(test)]
mod tests {
    use super::FoldedName;
    use crate::model::name::DistinguishedName;

    fn folded(text: &str) -> FoldedName {
        FoldedName::of(&DistinguishedName::parse(text).unwrap())
    }

    #[test]
    fn name_is_within_itself_and_what_stands_above() {
        let name = folded("CN=app,OU=It  Works,O=acme");
        for base in ["", "O=ACME", "OU=it works,O=Acme", "CN=app,OU=It Works,O=acme"] {
            assert!(name.is_within(&folded(base)), "{base}");
        }
        for base in ["CN=app", "O=acme,C=US", "OU=it,O=acme", "UID=x,CN=app,OU=It Works,O=acme"] {
            assert!(!name.is_within(&folded(base)), "{base}");
        }
        assert_eq!(folded("CN=a b"), folded("CN=A  B"));
        assert_ne!(folded("CN=a,O=b"), folded("CN=a+O=b"));
    }
}
