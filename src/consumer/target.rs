//! The programs that a file can be written for, by name.

use crate::codec::Loss;
use crate::model::entry::EntryKind;
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;

/// A program, and the PKCS#12 file that it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// The name on the command line.
    pub name: &'static str,
    /// How the file is to be protected.
    pub profile: Profile,
    /// Whether it opens a file with a secret store. Java takes the first such bag for damage, and
    /// says that the password is wrong.
    pub reads_secrets: bool,
}

/// Every program that is known by name.
pub const CONSUMERS: &[Consumer] = &[
    Consumer { name: "java8", profile: Profile::Compat, reads_secrets: false },
    // Versions before 11.0.12 do not know HmacPBESHA256.
    Consumer { name: "java11", profile: Profile::Compat, reads_secrets: false },
    Consumer { name: "java17", profile: Profile::Modern, reads_secrets: false },
    Consumer { name: "java21", profile: Profile::Modern, reads_secrets: false },
    Consumer { name: "java25", profile: Profile::Modern, reads_secrets: false },
    // What stands on Java, of versions that are still looked after: 8u301, 11.0.12 and later.
    Consumer { name: "tomcat", profile: Profile::Modern, reads_secrets: false },
    Consumer { name: "kafka", profile: Profile::Modern, reads_secrets: false },
    Consumer { name: "openssl3", profile: Profile::Modern, reads_secrets: true },
];

impl Consumer {
    /// The consumer of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        CONSUMERS.iter().find(|consumer| consumer.name == name).copied()
    }

    /// What has to be left out of a file for it.
    #[must_use]
    pub fn losses(&self, wallet: &Wallet) -> Vec<Loss> {
        if self.reads_secrets {
            return Vec::new();
        }
        let what = format!("a secret, with which {} opens nothing of the file", self.name);
        wallet
            .entries()
            .iter()
            .filter(|entry| matches!(entry.kind, EntryKind::Secret(_)))
            .map(|entry| Loss { entry: entry.id(), what: what.clone() })
            .collect()
    }
}
