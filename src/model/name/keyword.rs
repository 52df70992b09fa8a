//! The attribute types that have names.

use crate::oid::{self, ObjectIdentifier};
use der::Tag;

/// An attribute type with its names.
pub(super) struct Keyword {
    /// The type.
    pub(super) oid: ObjectIdentifier,
    /// How it is shown.
    pub(super) name: &'static str,
    /// What else is read; case never matters.
    aliases: &'static [&'static str],
    /// The one string type that RFC 5280 appendix A or RFC 4519 allows, if it is only one.
    pub(super) string: Option<Tag>,
}

const fn keyword(
    oid: ObjectIdentifier,
    name: &'static str,
    aliases: &'static [&'static str],
) -> Keyword {
    Keyword { oid, name, aliases, string: None }
}

const fn restricted(
    oid: ObjectIdentifier,
    name: &'static str,
    aliases: &'static [&'static str],
    string: Tag,
) -> Keyword {
    Keyword { oid, name, aliases, string: Some(string) }
}

/// The names shown are those of RFC 4514 section 3; for types that it does not name, a spelling
/// that orapki, keytool and OpenSSL all read.
const KEYWORDS: &[Keyword] = &[
    keyword(oid::COMMON_NAME, "CN", &["commonName"]),
    keyword(oid::ORGANIZATIONAL_UNIT, "OU", &["organizationalUnitName"]),
    keyword(oid::ORGANIZATION, "O", &["organizationName"]),
    keyword(oid::LOCALITY, "L", &["localityName"]),
    keyword(oid::STATE, "ST", &["S", "stateOrProvinceName"]),
    restricted(oid::COUNTRY, "C", &["countryName"], Tag::PrintableString),
    restricted(oid::DOMAIN_COMPONENT, "DC", &["domainComponent"], Tag::Ia5String),
    keyword(oid::USER_ID, "UID", &["userId"]),
    keyword(oid::STREET, "STREET", &["streetAddress"]),
    keyword(oid::TITLE, "title", &["T"]),
    restricted(oid::SERIAL_NUMBER, "serialNumber", &[], Tag::PrintableString),
    restricted(oid::EMAIL_ADDRESS, "emailAddress", &["EMAIL", "E"], Tag::Ia5String),
    keyword(oid::GIVEN_NAME, "GN", &["givenName"]),
    keyword(oid::SURNAME, "SN", &["surname"]),
    keyword(oid::INITIALS, "initials", &[]),
    keyword(oid::GENERATION_QUALIFIER, "generationQualifier", &["generation"]),
    keyword(oid::NAME, "name", &[]),
    keyword(oid::PSEUDONYM, "pseudonym", &[]),
    restricted(oid::DN_QUALIFIER, "dnQualifier", &["DNQ"], Tag::PrintableString),
    keyword(oid::POSTAL_CODE, "postalCode", &[]),
    keyword(oid::DESCRIPTION, "description", &[]),
    keyword(oid::BUSINESS_CATEGORY, "businessCategory", &[]),
    keyword(oid::ORGANIZATION_IDENTIFIER, "organizationIdentifier", &[]),
    keyword(oid::UNSTRUCTURED_NAME, "unstructuredName", &[]),
    keyword(oid::UNSTRUCTURED_ADDRESS, "unstructuredAddress", &[]),
    keyword(oid::JURISDICTION_LOCALITY, "jurisdictionL", &["jurisdictionLocalityName"]),
    keyword(oid::JURISDICTION_STATE, "jurisdictionST", &["jurisdictionStateOrProvinceName"]),
    restricted(
        oid::JURISDICTION_COUNTRY,
        "jurisdictionC",
        &["jurisdictionCountryName"],
        Tag::PrintableString,
    ),
];

/// The names of a type.
pub(super) fn by_oid(oid: ObjectIdentifier) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.oid == oid)
}

/// The type of a name.
pub(super) fn by_name(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| {
        std::iter::once(&keyword.name)
            .chain(keyword.aliases)
            .any(|known| known.eq_ignore_ascii_case(name))
    })
}

/// The known name that takes the fewest edits to reach, if it takes fewer than half of its
/// letters.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    const LONGEST: usize = 40; // longer than every known name and its edits
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_ascii_lowercase();
    KEYWORDS
        .iter()
        .flat_map(|keyword| std::iter::once(keyword.name).chain(keyword.aliases.iter().copied()))
        .map(|known| (strsim::levenshtein(&name, &known.to_ascii_lowercase()), known))
        .filter(|&(edits, known)| edits <= known.len() / 2)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::{KEYWORDS, by_name, nearest};
    use std::collections::HashSet;

    #[test]
    fn no_name_stands_for_two_types() {
        let mut seen = HashSet::new();
        for keyword in KEYWORDS {
            for name in std::iter::once(&keyword.name).chain(keyword.aliases) {
                assert!(seen.insert(name.to_ascii_lowercase()), "{name}");
                assert_eq!(by_name(name).map(|found| found.oid), Some(keyword.oid));
            }
        }
    }

    #[test]
    fn nearest_name_is_the_one_with_a_slip_of_the_finger() {
        assert_eq!(nearest("CM"), Some("CN"));
        assert_eq!(nearest("seralNumber"), Some("serialNumber"));
        assert_eq!(nearest("emailAdress"), Some("emailAddress"));
        assert_eq!(nearest("frobnicate"), None);
        assert_eq!(nearest(&"x".repeat(1000)), None);
    }
}
