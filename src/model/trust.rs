//! Oracle's trust flags.

use crate::code::Code;
use std::fmt;

/// The trust flags that orapki keeps in the fourth word of a certificate's localKeyID: one byte.
///
/// Only wallets with the trust flags property use them; elsewhere they are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TrustFlags(pub u8);

/// Why a text names no trust flags.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TrustFlagsError {
    /// A name that is none of the four.
    #[error("{name} is no trust flag; they are SERVER_AUTH, CLIENT_AUTH, VALID_PEER and NULL")]
    Unknown {
        /// What was given.
        name: String,
    },
    /// Flags that exclude each other.
    #[error("{name} stands alone; only SERVER_AUTH and CLIENT_AUTH go together")]
    Combined {
        /// The flag that others were given with.
        name: &'static str,
    },
}

impl TrustFlagsError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::VALUE_INVALID
    }
}

impl TrustFlags {
    /// The certificate may issue certificates of servers.
    pub const SERVER_AUTH: Self = Self(0x01);
    /// The certificate may issue certificates of clients.
    pub const CLIENT_AUTH: Self = Self(0x02);
    /// The certificate belongs to a peer that is trusted by itself.
    pub const VALID_PEER: Self = Self(0x04);
    /// The wallet's own certificate.
    pub const OWN: Self = Self(0x08);
    /// Not trusted, though it is in the wallet.
    pub const NULL: Self = Self(0x10);

    const NAMES: [(Self, &'static str); 4] = [
        (Self::SERVER_AUTH, "SERVER_AUTH"),
        (Self::CLIENT_AUTH, "CLIENT_AUTH"),
        (Self::VALID_PEER, "VALID_PEER"),
        (Self::NULL, "NULL"),
    ];

    /// Reads names with commas between them, by orapki's rules: `SERVER_AUTH` and `CLIENT_AUTH` alone or
    /// together, `VALID_PEER` and `NULL` alone. The case of letters does not count, nor what stands between
    /// the words: `serverAuth` and `server-auth` are `SERVER_AUTH`.
    ///
    /// # Errors
    ///
    /// [`TrustFlagsError`], for the empty text, too.
    pub fn parse(text: &str) -> Result<Self, TrustFlagsError> {
        let mut flags = Self::default();
        for wanted in text.split(',').map(str::trim) {
            let (flag, _) = Self::NAMES
                .into_iter()
                .find(|(_, name)| bare(name) == bare(wanted))
                .ok_or_else(|| TrustFlagsError::Unknown { name: wanted.to_owned() })?;
            flags = Self(flags.0 | flag.0);
        }
        for (flag, name) in [Self::NAMES[2], Self::NAMES[3]] {
            if flags.contains(flag) && flags != flag {
                return Err(TrustFlagsError::Combined { name });
            }
        }
        Ok(flags)
    }

    /// Whether no flag is set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every flag of `other` is set.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the flags make an issuer of the certificate, which an end entity cannot be.
    #[must_use]
    pub fn trusts_issuer(self) -> bool {
        self.contains(Self::SERVER_AUTH) || self.contains(Self::CLIENT_AUTH)
    }

    /// Whether flags that are in force keep an issuer from vouching for peers of this kind, which is
    /// `SERVER_AUTH` or `CLIENT_AUTH`, or none of them for either: `NULL` does for all, each of the two for
    /// the other.
    #[must_use]
    pub fn excludes(self, kind: Self) -> bool {
        self.contains(Self::NULL) || (self.trusts_issuer() && !self.contains(kind))
    }

    /// The names that orapki prints, in its order.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        Self::NAMES.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| *name).collect()
    }
}

impl fmt::Display for TrustFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(","))
    }
}

/// The letters of a name, in upper case.
fn bare(name: &str) -> String {
    name.replace(['_', '-'], "").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::TrustFlags;

    #[test]
    fn each_kind_of_peer_has_its_flag() {
        let (server, client) = (TrustFlags::SERVER_AUTH, TrustFlags::CLIENT_AUTH);
        let (any, both) = (TrustFlags::default(), TrustFlags(0x03));
        assert_eq!([server, client, any].map(|kind| server.excludes(kind)), [false, true, false]);
        assert_eq!([server, client, any].map(|kind| both.excludes(kind)), [false; 3]);
        assert_eq!([server, client, any].map(|kind| TrustFlags::NULL.excludes(kind)), [true; 3]);
        assert_eq!([server, client, any].map(|kind| any.excludes(kind)), [false; 3]);
    }

    #[test]
    fn two_flags_combine_and_the_others_stand_alone() {
        for (text, byte) in [
            ("SERVER_AUTH", 0x01),
            ("CLIENT_AUTH,SERVER_AUTH", 0x03),
            ("VALID_PEER", 0x04),
            ("NULL", 0x10),
            ("serverAuth, client-auth", 0x03),
            ("valid_peer", 0x04),
        ] {
            assert_eq!(TrustFlags::parse(text).unwrap(), TrustFlags(byte), "{text}");
        }
        for wrong in ["", "cct", "BOGUS", "SERVER_AUTH,NULL", "VALID_PEER,NULL", "NULL,"] {
            assert!(TrustFlags::parse(wrong).is_err(), "{wrong}");
        }
    }
}
