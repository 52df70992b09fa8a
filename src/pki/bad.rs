//! The ways in which a certificate can be wrong on purpose, and what a verifier must say to each.

use crate::chain::Purpose;
use crate::code::Code;

/// One way in which a certificate is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bad {
    /// Its validity has ended.
    Expired,
    /// Its validity has not begun.
    NotYetValid,
    /// It is for another host.
    WrongHost,
    /// It names no host where clients look.
    NoSan,
    /// It is for neither side of a TLS connection.
    WrongEku,
    /// It is for servers, where a client's is wanted.
    NoClientAuth,
    /// Its issuer has revoked it.
    Revoked,
    /// Its own key signed it.
    SelfSigned,
    /// A CA that nobody trusts issued it, and is not presented.
    UnknownCa,
    /// Its issuer is not presented.
    MissingIntermediate,
    /// An issuer is presented before it.
    ShuffledChain,
    /// The root is presented, and nobody trusts it.
    RootInChain,
    /// A CA above it does not permit its name.
    NameConstraint,
    /// A CA above it permits no further CA below.
    PathLen,
    /// Its issuer is no CA.
    CaFalse,
    /// It is signed over a SHA-1 digest.
    Sha1,
    /// Its key has 768 bits of RSA.
    WeakKey,
    /// The key beside it is another's.
    KeyMismatch,
    /// The key in its stores has another password than they have.
    KeyPasswordDiffers,
    /// Its issuer's validity has ended.
    ExpiredCa,
    /// Two CAs that certify each other are presented, and nobody trusts either.
    CrossSigned,
    /// Another CA of the same name signed it.
    DuplicateSubject,
}

/// A row of the table of [`PRESETS`].
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Which one.
    pub bad: Bad,
    /// The word in the file.
    pub name: &'static str,
    /// The code of the finding that a verifier must make.
    pub reason: Code,
    /// What is changed to the leaf.
    pub change: &'static str,
    /// What has to be in the file for it; empty where nothing has.
    pub needs: &'static str,
}

const fn row(bad: Bad, name: &'static str, reason: Code, change: &'static str) -> Preset {
    Preset { bad, name, reason, change, needs: "" }
}

impl Preset {
    const fn needs(self, needs: &'static str) -> Self {
        Self { needs, ..self }
    }
}

/// Every preset, in the order of the documentation.
#[rustfmt::skip]
pub const PRESETS: [Preset; 22] = [
    row(Bad::Expired, "expired", Code::CERT_EXPIRED, "it ended a day ago"),
    row(Bad::NotYetValid, "not-yet-valid", Code::CERT_NOT_YET_VALID, "it begins in as many days as it has"),
    row(Bad::WrongHost, "wrong-host", Code::HOST_MISMATCH, "its names are others").needs("eku = \"server\" and a host in san"),
    row(Bad::NoSan, "no-san", Code::SAN_MISSING, "it has no subject alternative name").needs("eku = \"server\" and a host in san"),
    row(Bad::WrongEku, "wrong-eku", Code::EKU_NO_SERVER_AUTH, "its extended key usage is codeSigning").needs("eku = \"server\" or \"client\""),
    row(Bad::NoClientAuth, "no-client-auth", Code::EKU_NO_CLIENT_AUTH, "its extended key usage is serverAuth, and a client's is wanted"),
    row(Bad::Revoked, "revoked", Code::CRL_REVOKED, "its serial number is in its issuer's revocation list").needs("crl = true in its issuer"),
    row(Bad::SelfSigned, "self-signed", Code::ANCHOR_NOT_TRUSTED, "its own key signs it"),
    row(Bad::UnknownCa, "unknown-ca", Code::CHAIN_ISSUER_MISSING, "a root of its own issues it, which is nowhere to be found"),
    row(Bad::MissingIntermediate, "missing-intermediate", Code::CHAIN_ISSUER_MISSING, "it is presented alone").needs("an issuer that is no root"),
    row(Bad::ShuffledChain, "shuffled-chain", Code::CHAIN_DISORDERED, "it is presented behind its issuers").needs("an issuer that is no root"),
    row(Bad::RootInChain, "root-in-chain", Code::ANCHOR_NOT_TRUSTED, "a root of its own issues it and is presented with it, but is in no trust store"),
    row(Bad::NameConstraint, "name-constraint", Code::NAME_CONSTRAINT_VIOLATED, "its name is none that the CAs above permit").needs("permitted_dns or excluded_dns in a CA above"),
    row(Bad::PathLen, "path-len", Code::PATH_LENGTH_EXCEEDED, "one CA more than permitted stands between").needs("path_len = 0 in its issuer"),
    row(Bad::CaFalse, "ca-false", Code::CA_BASIC_CONSTRAINTS_MISSING, "its issuer's certificate says that it is no CA's").needs("room for a CA below its issuer, where that is a root"),
    row(Bad::Sha1, "sha1", Code::WEAK_SIGNATURE, "it is signed with SHA-1").needs("an issuer whose key is not ed25519"),
    row(Bad::WeakKey, "weak-key", Code::WEAK_KEY, "its key is RSA of 768 bits"),
    row(Bad::KeyMismatch, "key-mismatch", Code::KEY_MISMATCH, "the key beside it is another one"),
    row(Bad::KeyPasswordDiffers, "key-password-differs", Code::KEY_PASSWORD_DIFFERS, "the key in p12 and jks has the password of the store with -key behind it").needs("p12 or jks in outputs"),
    row(Bad::ExpiredCa, "expired-ca", Code::CERT_EXPIRED, "its issuer ended a day ago").needs("room for a CA below its issuer, where that is a root"),
    row(Bad::CrossSigned, "cross-signed", Code::CHAIN_ISSUER_MISSING, "two CAs of its own certify each other"),
    row(Bad::DuplicateSubject, "duplicate-subject", Code::CHAIN_ISSUER_MISSING, "a CA with the name of its issuer and another key signs it"),
];

impl Bad {
    /// The preset's row.
    #[must_use]
    pub fn preset(self) -> &'static Preset {
        PRESETS.iter().find(|preset| preset.bad == self).expect("every preset has its row")
    }

    /// The word in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.preset().name
    }

    /// Whether another CA than the leaf's own issues it: none of the file, and without a revocation list.
    #[must_use]
    pub fn has_own_issuer(self) -> bool {
        matches!(
            self,
            Self::SelfSigned
                | Self::UnknownCa
                | Self::RootInChain
                | Self::PathLen
                | Self::CaFalse
                | Self::ExpiredCa
                | Self::CrossSigned
                | Self::DuplicateSubject
        )
    }

    /// The preset of this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        PRESETS.iter().find(|preset| preset.name == name).map(|preset| preset.bad)
    }

    /// The code of the finding that a verifier must make when the leaf is meant for this side.
    #[must_use]
    pub fn reason(self, purpose: Purpose) -> Code {
        match (self, purpose) {
            (Self::WrongEku, Purpose::Client) => Code::EKU_NO_CLIENT_AUTH,
            _ => self.preset().reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bad, PRESETS};
    use std::collections::HashSet;

    #[test]
    fn every_preset_has_one_row() {
        let names: HashSet<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        let kinds: HashSet<Bad> = PRESETS.iter().map(|preset| preset.bad).collect();
        assert_eq!((names.len(), kinds.len()), (PRESETS.len(), PRESETS.len()));
        for preset in PRESETS {
            assert_eq!(Bad::from_name(preset.name), Some(preset.bad));
            assert_eq!(preset.bad.name(), preset.name);
        }
    }
}
