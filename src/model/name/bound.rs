//! How long the values of attributes may be.

use crate::model::name::{Attribute, DistinguishedName};
use crate::oid::{self, ObjectIdentifier};
use std::fmt;

/// A value with more characters, or fewer, than RFC 5280 appendix A allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfBounds {
    /// The attribute type, as shown.
    pub attribute: String,
    /// How many characters the value has.
    pub found: usize,
    /// How many it may have.
    pub allowed: usize,
    /// Whether it has to have as many.
    pub exactly: bool,
}

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attribute, found, allowed, exactly } = self;
        let (end, bound) =
            (if *found == 1 { "" } else { "s" }, if *exactly { "" } else { "at most " });
        write!(f, "{attribute} has {found} character{end}, and RFC 5280 allows {bound}{allowed}")
    }
}

impl DistinguishedName {
    /// The values that break the upper bounds of RFC 5280 appendix A.1, counted in characters.
    pub fn out_of_bounds(&self) -> impl Iterator<Item = OutOfBounds> {
        self.attributes().filter_map(|attribute| out_of_bounds(&attribute))
    }
}

fn out_of_bounds(attribute: &Attribute<'_>) -> Option<OutOfBounds> {
    let (allowed, exactly) = bound(attribute.oid()?)?;
    let found = attribute.text()?.chars().count();
    let fits = if exactly { found == allowed } else { found <= allowed };
    (!fits).then(|| OutOfBounds { attribute: attribute.type_name(), found, allowed, exactly })
}

/// The bound of a type, and whether it is the one length. ub-name, 32768, is no bound in practice.
fn bound(oid: ObjectIdentifier) -> Option<(usize, bool)> {
    Some(match oid {
        oid::COUNTRY => (2, true), // X520countryName ::= PrintableString (SIZE (2))
        oid::COMMON_NAME
        | oid::ORGANIZATION
        | oid::ORGANIZATIONAL_UNIT
        | oid::TITLE
        | oid::SERIAL_NUMBER => (64, false),
        oid::LOCALITY | oid::STATE | oid::PSEUDONYM => (128, false),
        oid::EMAIL_ADDRESS => (255, false),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::model::name::DistinguishedName;

    fn told(text: &str) -> Vec<String> {
        let name = DistinguishedName::parse(text).unwrap();
        name.out_of_bounds().map(|one| one.to_string()).collect()
    }

    #[test]
    fn values_are_counted_in_characters() {
        assert_eq!(told("CN=x,O=Acme,C=DE"), [""; 0]);
        assert_eq!(told("C=DEU"), ["C has 3 characters, and RFC 5280 allows 2"]);
        assert_eq!(told("C=D"), ["C has 1 character, and RFC 5280 allows 2"]);
        let long = "ü".repeat(64);
        assert_eq!(told(&format!("CN={long},OU={long},ST={long}{long}")), [""; 0]);
        assert_eq!(
            told(&format!("CN={long}x")),
            ["CN has 65 characters, and RFC 5280 allows at most 64"]
        );
    }
}
