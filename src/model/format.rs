//! The file formats, and the two ways to lay a wallet out in PKCS#12.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

/// What a file is, found by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// PKCS#12, RFC 7292.
    Pkcs12,
    /// Oracle's auto-login wallet, `cwallet.sso`.
    Sso,
    /// Java key store.
    Jks,
    /// Java Cryptography Extension key store.
    Jceks,
    /// PEM text, RFC 7468.
    Pem,
    /// A PKCS#7 certificate bundle, RFC 5652.
    Pkcs7,
    /// One certificate in DER, RFC 5280.
    Certificate,
    /// One certificate request in DER, RFC 2986.
    Request,
    /// One revocation list in DER, RFC 5280.
    Crl,
    /// One private key in DER: PKCS#8, PKCS#1 or SEC1.
    PrivateKey,
    /// A Secret of Kubernetes, as a manifest in YAML or JSON.
    KubernetesSecret,
}

/// The endings of file names that say what is in the file.
const ENDINGS: [(&str, Format); 13] = [
    ("p12", Format::Pkcs12),
    ("pfx", Format::Pkcs12),
    ("pkcs12", Format::Pkcs12),
    ("jks", Format::Jks),
    ("jceks", Format::Jceks),
    ("pem", Format::Pem),
    ("crt", Format::Pem),
    ("der", Format::Certificate),
    ("cer", Format::Certificate),
    ("p7b", Format::Pkcs7),
    ("p7c", Format::Pkcs7),
    ("yaml", Format::KubernetesSecret),
    ("yml", Format::KubernetesSecret),
];

/// The endings, and the names, that stores of Java have whatever their type is.
const JAVA_ENDINGS: [&str; 3] = ["keystore", "truststore", "ks"];
const JAVA_NAMES: [&str; 4] = [".keystore", ".truststore", "cacerts", "jssecacerts"];

impl Format {
    /// The format that a new file of this name is to have; `None` where its ending says nothing. What
    /// is in a file that exists, its content tells.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let ending = path.extension()?;
        let known = ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known));
        known.map(|(_, format)| *format)
    }

    /// Whether a file of this name is a store of Java, which says nothing of its type: keytool makes PKCS#12
    /// since Java 9.
    #[must_use]
    pub fn is_java_name(path: &Path) -> bool {
        let is =
            |text: &OsStr, known: &[&str]| known.iter().any(|it| text.eq_ignore_ascii_case(it));
        path.extension().is_some_and(|ending| is(ending, &JAVA_ENDINGS))
            || path.file_name().is_some_and(|name| is(name, &JAVA_NAMES))
    }

    /// The name in JSON, in messages and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pkcs12 => "pkcs12",
            Self::Sso => "sso",
            Self::Jks => "jks",
            Self::Jceks => "jceks",
            Self::Pem => "pem",
            Self::Pkcs7 => "pkcs7",
            Self::Certificate => "certificate",
            Self::Request => "request",
            Self::Crl => "crl",
            Self::PrivateKey => "private-key",
            Self::KubernetesSecret => "kubernetes-secret",
        }
    }

    /// Whether the format holds a wallet that can be edited.
    #[must_use]
    pub fn is_store(self) -> bool {
        matches!(self, Self::Pkcs12 | Self::Sso | Self::Jks | Self::Jceks)
    }

    /// Whether it is one of Java's own: everything in them stands open but the keys, each of which
    /// has a password and its whole chain; they hold no requests.
    #[must_use]
    pub fn is_java(self) -> bool {
        matches!(self, Self::Jks | Self::Jceks)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a PKCS#12 file arranges its bags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Oracle's native layout: one encrypted SafeContents with every bag, keys as keyBags.
    Oracle,
    /// What everybody else writes: certificates in one safe, shrouded keys in another.
    Portable,
}

impl Layout {
    /// The name in JSON and in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Oracle => "oracle",
            Self::Portable => "portable",
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
