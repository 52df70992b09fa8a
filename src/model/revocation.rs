//! Why a certificate was revoked.

use std::fmt;
use std::str::FromStr;

/// `CRLReason`, RFC 5280 section 5.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// Nobody says.
    Unspecified,
    /// The private key is known, or may be known, to others.
    KeyCompromise,
    /// As above, of a CA.
    CaCompromise,
    /// The subject's name or affiliation has changed.
    AffiliationChanged,
    /// Another certificate has taken its place.
    Superseded,
    /// It is not needed any more.
    CessationOfOperation,
    /// Revoked for now.
    CertificateHold,
    /// In a delta CRL: no longer revoked.
    RemoveFromCrl,
    /// A privilege that it states was withdrawn.
    PrivilegeWithdrawn,
    /// As a compromise, of an authority of attributes.
    AaCompromise,
}

/// The numbers and names of the ASN.1.
const REASONS: [(RevocationReason, u8, &str); 10] = [
    (RevocationReason::Unspecified, 0, "unspecified"),
    (RevocationReason::KeyCompromise, 1, "keyCompromise"),
    (RevocationReason::CaCompromise, 2, "cACompromise"),
    (RevocationReason::AffiliationChanged, 3, "affiliationChanged"),
    (RevocationReason::Superseded, 4, "superseded"),
    (RevocationReason::CessationOfOperation, 5, "cessationOfOperation"),
    (RevocationReason::CertificateHold, 6, "certificateHold"),
    // 7 is not used
    (RevocationReason::RemoveFromCrl, 8, "removeFromCRL"),
    (RevocationReason::PrivilegeWithdrawn, 9, "privilegeWithdrawn"),
    (RevocationReason::AaCompromise, 10, "aACompromise"),
];

/// A word that is no reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("unknown reason \"{found}\": the reasons are {}", RevocationReason::list())]
pub struct RevocationReasonError {
    /// The word.
    pub found: String,
}

impl RevocationReason {
    /// The value of the ENUMERATED.
    #[must_use]
    pub fn number(self) -> u8 {
        REASONS.iter().find(|(reason, ..)| *reason == self).map_or(0, |&(_, number, _)| number)
    }

    /// The reason of this number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        REASONS.iter().find(|(_, known, _)| *known == number).map(|&(reason, ..)| reason)
    }

    /// The reasons that a whole list can have, RFC 5280 section 5.3.1.
    fn list() -> String {
        let whole = REASONS.iter().filter(|(reason, ..)| *reason != Self::RemoveFromCrl);
        whole.map(|&(.., name)| name).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = REASONS.iter().find(|(reason, ..)| reason == self).map_or("", |(.., name)| name);
        f.write_str(name)
    }
}

impl FromStr for RevocationReason {
    type Err = RevocationReasonError;

    /// Reads a name of RFC 5280 in any case, with or without hyphens: `key-compromise`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.replace('-', "");
        REASONS
            .iter()
            .find(|(.., name)| name.eq_ignore_ascii_case(&word))
            .map(|&(reason, ..)| reason)
            .ok_or_else(|| RevocationReasonError { found: text.to_owned() })
    }
}
