//! The programs that a file can be written for, by name.

use crate::codec::Loss;
use crate::consumer::rule::Rule;
use crate::model::entry::EntryKind;
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::Password;
use crate::terminal::quoted_path;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A program: the files that it reads, the one that it is best given, and its demands.
/// `docs/consumers.md` has the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Consumer {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The format that is written for it.
    pub format: Format,
    /// How the file is to be protected, where the format has profiles.
    pub profile: Profile,
    /// The formats that it reads.
    pub reads: &'static [Format],
    /// Which of the [`READERS`](crate::consumer::READERS) reads its PKCS#12 files.
    pub reader: Option<&'static str>,
    /// Whether it opens a file with a secret store. Java takes the first such bag for damage, and
    /// says that the password is wrong.
    pub reads_secrets: bool,
    /// Whether it opens PKCS#12 files under printable ASCII only (JDK `com.sun.crypto.provider.PBEKey`:
    /// 17 does, 25 takes any password).
    pub ascii_passwords: bool,
    /// Whether it sends every certificate of a PEM file to its peers.
    pub sends_all: bool,
    /// Whether it looks for the roots that it trusts beside its key, and nowhere else.
    pub one_wallet: bool,
    /// Whether it asks at each start for the password of a key, so that it is given one without.
    pub asks_at_start: bool,
    /// What it wants besides.
    pub rules: &'static [Rule],
}

const ORACLE_WALLET: &[Format] = &[Format::Sso, Format::Pkcs12];
const KEY_STORES: &[Format] = &[Format::Pkcs12, Format::Jks, Format::Jceks];
const PKCS12: &[Format] = &[Format::Pkcs12];

/// What the parts of Oracle's database have in common.
const ORACLE: Consumer = Consumer {
    name: "",
    about: "",
    format: Format::Pkcs12,
    profile: Profile::Oracle23ai,
    reads: ORACLE_WALLET,
    reader: Some("orapki 19c, 23ai"),
    reads_secrets: true,
    ascii_passwords: false,
    sends_all: false,
    one_wallet: true,
    asks_at_start: false,
    rules: &[],
};

/// What stands on a Java that is still looked after: 8u301, 11.0.12 and later.
const JAVA: Consumer = Consumer {
    name: "",
    about: "",
    format: Format::Pkcs12,
    profile: Profile::Modern,
    reads: KEY_STORES,
    reader: Some("Java 8u301+, 11.0.12+"),
    reads_secrets: false,
    ascii_passwords: true,
    sends_all: false,
    one_wallet: false,
    asks_at_start: false,
    rules: &[],
};

/// What reads text.
const PEM: Consumer = Consumer {
    name: "",
    about: "",
    format: Format::Pem,
    profile: Profile::Modern,
    reads: &[Format::Pem],
    reader: None,
    reads_secrets: true,
    ascii_passwords: false,
    sends_all: false,
    one_wallet: false,
    asks_at_start: false,
    rules: &[],
};

/// Every program that is known by name.
pub const CONSUMERS: &[Consumer] = &[
    Consumer {
        name: "oracle-utl-http",
        about: "UTL_HTTP, UTL_SMTP, UTL_TCP and APEX in Oracle Database 12c and later",
        rules: &[Rule::NoTrustedLeaf, Rule::AllIssuers, Rule::OracleLayout],
        ..ORACLE
    },
    Consumer {
        name: "oracle-tcps",
        about: "Oracle Net over TLS: listener, server and OCI clients",
        rules: &[Rule::AllIssuers, Rule::AutoLogin, Rule::OracleLayout],
        ..ORACLE
    },
    Consumer {
        name: "oracle-jdbc",
        about: "Oracle's JDBC thin driver with oraclepki",
        reads: &[Format::Sso, Format::Pkcs12, Format::Jks],
        rules: &[Rule::AllIssuers],
        ..ORACLE
    },
    Consumer {
        name: "oracledb-thin",
        about: "python-oracledb and node-oracledb in thin mode",
        one_wallet: true,
        rules: &[Rule::OneKey],
        ..PEM
    },
    Consumer { name: "go-ora", about: "the driver go-ora", reader: Some("go-ora"), ..ORACLE },
    Consumer {
        name: "weblogic",
        about: "Oracle WebLogic Server",
        format: Format::Jks,
        rules: &[Rule::CaBasicConstraints],
        ..JAVA
    },
    Consumer {
        name: "wso2",
        about: "WSO2 products",
        format: Format::Jks,
        rules: &[Rule::OnePassword],
        ..JAVA
    },
    Consumer {
        name: "tomcat",
        about: "Apache Tomcat",
        reads: &[Format::Pkcs12, Format::Jks, Format::Jceks, Format::Pem],
        rules: &[Rule::OnePassword, Rule::OneKey],
        ..JAVA
    },
    Consumer {
        name: "java8",
        about: "Java 8, updates before 8u301 included",
        profile: Profile::Compat,
        reader: Some("Java 8 before 8u301, 11 before 11.0.12"),
        ..JAVA
    },
    Consumer {
        name: "java11",
        about: "Java 11, updates before 11.0.12 included",
        profile: Profile::Compat,
        reader: Some("Java 8 before 8u301, 11 before 11.0.12"),
        ..JAVA
    },
    Consumer { name: "java17", about: "Java 17", reader: Some("Java 17, 25"), ..JAVA },
    Consumer { name: "java21", about: "Java 21", reader: Some("Java 17, 25"), ..JAVA },
    Consumer {
        name: "java25",
        about: "Java 25",
        reader: Some("Java 17, 25"),
        ascii_passwords: false,
        ..JAVA
    },
    Consumer {
        name: "kafka",
        about: "Apache Kafka, brokers and clients",
        reads: &[Format::Pkcs12, Format::Jks, Format::Pem],
        rules: &[Rule::OneKey],
        ..JAVA
    },
    Consumer {
        name: "nginx",
        about: "nginx",
        sends_all: true,
        asks_at_start: true,
        rules: &[Rule::OneKey],
        ..PEM
    },
    Consumer {
        name: "node",
        about: "Node 17 and later",
        reads: &[Format::Pem, Format::Pkcs12],
        reader: Some("Node 17+"),
        rules: &[Rule::OneKey],
        ..PEM
    },
    Consumer {
        name: "openssl3",
        about: "OpenSSL 3 and what is built on it",
        format: Format::Pkcs12,
        reads: &[Format::Pkcs12, Format::Pem],
        reader: Some("OpenSSL 3.0"),
        ..PEM
    },
    Consumer {
        name: "windows2016",
        about: "Windows Server 2012 R2 and 2016",
        format: Format::Pkcs12,
        profile: Profile::Compat,
        reads: PKCS12,
        reader: Some("Windows 2012 R2, 2016"),
        ..PEM
    },
    Consumer {
        name: "windows2022",
        about: "Windows Server 2019 and 2022",
        format: Format::Pkcs12,
        reads: PKCS12,
        reader: Some("Windows 2019, 2022"),
        ..PEM
    },
    Consumer {
        name: "macos",
        about: "the keychain of macOS",
        format: Format::Pkcs12,
        profile: Profile::Compat,
        reads: PKCS12,
        reader: Some("older macOS keychain"),
        ..PEM
    },
];

impl Consumer {
    /// The consumer of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        CONSUMERS.iter().find(|consumer| consumer.name == name).copied()
    }

    /// Whether it takes one key from a file of this format.
    #[must_use]
    pub fn takes_one_key(&self, format: Format) -> bool {
        format == Format::Pem && self.rules.contains(&Rule::OneKey)
    }

    /// The formats that it reads, by name.
    #[must_use]
    pub fn reads_names(&self) -> String {
        self.reads.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    }

    /// The ending of the name of the file that is written for it; none for a wallet directory.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        match self.format {
            Format::Jks => ".jks",
            Format::Pem => ".pem",
            _ if self.profile.layout() == Layout::Oracle => "",
            _ => ".p12",
        }
    }

    /// A name for the file that is written for it, beside another: `app-java17.p12` for `app.jks`.
    #[must_use]
    pub fn beside(&self, path: &Path) -> PathBuf {
        let stem = path.file_stem().unwrap_or(OsStr::new("wallet"));
        let mut name = stem.to_os_string();
        name.push(format!("-{}{}", self.name, self.ending()));
        path.with_file_name(name)
    }

    /// The command that writes the file for it.
    #[must_use]
    pub fn conversion(&self, source: impl AsRef<OsStr>, target: impl AsRef<OsStr>) -> String {
        let (source, target) = (quoted_path(source), quoted_path(target));
        let plain = if self.asks_at_start { " --out-no-password" } else { "" };
        format!("mwallet convert {source} {target} --for {}{plain}", self.name)
    }

    /// Whether it is Java that reads the file for it: aliases that differ in case alone are one.
    #[must_use]
    pub fn is_java(&self) -> bool {
        self.reads.contains(&Format::Jks) && !self.reads.contains(&Format::Sso)
    }

    /// Whether it opens a PKCS#12 file with this password.
    #[must_use]
    pub fn takes_password(&self, password: &Password) -> bool {
        !self.ascii_passwords || password.is_printable_ascii()
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
            .map(|entry| Loss { entry: entry.id(), what: what.clone(), whole: true })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::CONSUMERS;
    use crate::consumer::READERS;
    use crate::model::format::Format;

    #[test]
    fn each_row_names_a_reader_exactly_where_it_reads_pkcs12() {
        for consumer in CONSUMERS {
            let reads = consumer.reads.contains(&Format::Pkcs12);
            assert_eq!(reads, consumer.reader.is_some(), "{}", consumer.name);
            if let Some(name) = consumer.reader {
                assert!(READERS.iter().any(|reader| reader.name == name), "{name}");
            }
            assert!(consumer.reads.contains(&consumer.format), "{}", consumer.name);
        }
    }
}
