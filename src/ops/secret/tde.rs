//! The entries that a database with transparent data encryption keeps in its wallet.

use crate::model::entry::{Entry, EntryKind};
use crate::model::request::CertificateRequest;
use crate::model::wallet::Wallet;
use crate::ops::OpsError;

/// How the names of keys begin, and of what tells which key is in use.
const PREFIXES: [&str; 5] = [
    "ORACLE.SECURITY.DB.ENCRYPTION.",
    "ORACLE.SECURITY.TS.ENCRYPTION.",
    "ORACLE.SECURITY.KM.ENCRYPTION.",
    "ORACLE.SECURITY.ID.ENCRYPTION.",
    "ORACLE.SECURITY.KB.ENCRYPTION.",
];

/// The subject of the request that stands beside them.
const DUMMY_REQUEST: &str = "CN=oracle";

/// Whether a verb may change or remove entries of transparent data encryption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TdeEntries {
    /// It refuses: without its key a database cannot decrypt its data.
    #[default]
    Keep,
    /// The user wants it.
    Touch,
}

impl TdeEntries {
    /// Whether a secret of this name may be touched.
    ///
    /// # Errors
    ///
    /// [`OpsError::TdeEntry`].
    pub fn allow_name(self, name: &str) -> Result<(), OpsError> {
        match self {
            Self::Keep if is_tde_name(name) => Err(OpsError::TdeEntry { name: name.to_owned() }),
            _ => Ok(()),
        }
    }

    /// Whether an entry of the wallet may be touched.
    ///
    /// # Errors
    ///
    /// [`OpsError::TdeEntry`].
    pub fn allow(self, wallet: &Wallet, entry: &Entry) -> Result<(), OpsError> {
        match &entry.kind {
            EntryKind::Secret(secret) => self.allow_name(&secret.name),
            _ if self == Self::Keep && is_dummy_request(wallet, entry) => {
                Err(OpsError::TdeEntry { name: format!("the request {DUMMY_REQUEST}") })
            }
            _ => Ok(()),
        }
    }
}

/// Whether a secret of this name belongs to transparent data encryption.
#[must_use]
pub fn is_tde_name(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    })
}

/// A request `CN=oracle` in a wallet with such secrets.
fn is_dummy_request(wallet: &Wallet, entry: &Entry) -> bool {
    let is_dummy = |request: &CertificateRequest| request.subject().to_string() == DUMMY_REQUEST;
    entry.request().is_some_and(is_dummy) && super::names(wallet).into_iter().any(is_tde_name)
}

#[cfg(test)]
mod tests {
    use super::is_tde_name;

    #[test]
    fn names_of_encryption_keys_are_known_by_their_beginning() {
        for name in [
            "ORACLE.SECURITY.DB.ENCRYPTION.AbCdEfGh",
            "ORACLE.SECURITY.DB.ENCRYPTION.MASTERKEY",
            "ORACLE.SECURITY.ID.ENCRYPTION.",
            "oracle.security.ts.encryption.x",
        ] {
            assert!(is_tde_name(name), "{name}");
        }
        for name in ["oracle.security.client.password1", "ORACLE.SECURITY.DB.ENCRYPTION", "é", ""]
        {
            assert!(!is_tde_name(name), "{name}");
        }
    }
}
