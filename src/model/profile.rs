//! Named ways to protect a PKCS#12 file, each for a set of readers.

use crate::model::format::Layout;
use std::fmt;

/// A named encoder profile. Who can read which is in `docs/formats/pkcs12.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// AES-256, PBKDF2-HMAC-SHA256, MAC HMAC-SHA256: Java 8u301+, OpenSSL 1.1+, NSS, GnuTLS,
    /// Windows 2019+.
    Modern,
    /// 3DES and HMAC-SHA1: every reader that was measured.
    Compat,
    /// No encryption, no MAC: password-less Java trust stores (JDK 18+).
    JavaTrust,
    /// As `modern` with a PBMAC1 (RFC 9579): OpenSSL 3.4+, Java 26+, Bouncy Castle.
    Pbmac1,
    /// RC2-40 certificates and 3DES keys: only for readers that know nothing else.
    LegacyRc2,
    /// Oracle's layout as release 23ai writes it: AES-256.
    Oracle23ai,
    /// Oracle's layout as `-compat_v12` of 19c and 21c writes it: AES-128.
    Oracle12c,
    /// Oracle's layout as 11g to 21c write it: 3DES.
    Oracle11g,
}

impl Profile {
    /// Every profile, in the order of the help.
    pub const ALL: [Self; 8] = [
        Self::Modern,
        Self::Compat,
        Self::JavaTrust,
        Self::Pbmac1,
        Self::LegacyRc2,
        Self::Oracle23ai,
        Self::Oracle12c,
        Self::Oracle11g,
    ];

    /// Whether it encrypts with keys that are derived as RFC 7292, appendix B has it. Java derives
    /// others from a password that is not of ASCII: it keeps seven bits of each byte of UTF-8.
    #[must_use]
    pub fn encrypts_by_pkcs12(self) -> bool {
        matches!(self, Self::Compat | Self::LegacyRc2 | Self::Oracle11g)
    }

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Compat => "compat",
            Self::JavaTrust => "java-trust",
            Self::Pbmac1 => "pbmac1",
            Self::LegacyRc2 => "legacy-rc2",
            Self::Oracle23ai => "oracle-23ai",
            Self::Oracle12c => "oracle-12c",
            Self::Oracle11g => "oracle-11g",
        }
    }

    /// The profile of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// The layout that the profile writes.
    #[must_use]
    pub fn layout(self) -> Layout {
        match self {
            Self::Oracle23ai | Self::Oracle12c | Self::Oracle11g => Layout::Oracle,
            _ => Layout::Portable,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
