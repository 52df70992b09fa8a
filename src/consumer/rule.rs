//! What a consumer wants of a wallet beyond a file that it can read.

use crate::code::Code;

/// One demand. `docs/consumers.md` has the source of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// No certificate is trusted that is not a CA's.
    NoTrustedLeaf,
    /// Every issuer is there, up to a self-signed certificate.
    AllIssuers,
    /// Keys open with the password of the store.
    OnePassword,
    /// Every CA says that it is one.
    CaBasicConstraints,
    /// The wallet opens without a password.
    AutoLogin,
    /// The file is laid out as Oracle's tools lay it out.
    OracleLayout,
    /// A PEM file holds one key: the first is taken.
    OneKey,
}

impl Rule {
    /// Every rule, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::NoTrustedLeaf,
        Self::AllIssuers,
        Self::OnePassword,
        Self::CaBasicConstraints,
        Self::AutoLogin,
        Self::OracleLayout,
        Self::OneKey,
    ];

    /// The name in the documentation.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoTrustedLeaf => "no-trusted-leaf",
            Self::AllIssuers => "all-issuers",
            Self::OnePassword => "one-password",
            Self::CaBasicConstraints => "ca-basic-constraints",
            Self::AutoLogin => "auto-login",
            Self::OracleLayout => "oracle-layout",
            Self::OneKey => "one-key",
        }
    }

    /// The demand in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::NoTrustedLeaf => "trusts CAs only: no leaf among the trusted certificates",
            Self::AllIssuers => "wants every issuer in the wallet, up to the root",
            Self::OnePassword => "wants keys to have the password of the store",
            Self::CaBasicConstraints => "wants basicConstraints with the CA flag in every CA",
            Self::AutoLogin => "wants an auto-login file beside the wallet: it has no password",
            Self::OracleLayout => "wants Oracle's layout",
            Self::OneKey => "takes one key from a PEM file",
        }
    }

    /// The code of the finding that says that the demand is not met.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::NoTrustedLeaf => Code::LEAF_AS_TRUSTED,
            Self::AllIssuers => Code::CHAIN_ISSUER_MISSING,
            Self::OnePassword => Code::KEY_PASSWORD_DIFFERS,
            Self::CaBasicConstraints => Code::CA_BASIC_CONSTRAINTS_MISSING,
            Self::AutoLogin | Self::OracleLayout | Self::OneKey => {
                Code::PROFILE_UNREADABLE_BY_CONSUMER
            }
        }
    }
}
