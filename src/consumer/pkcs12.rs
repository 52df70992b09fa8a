//! Who reads which PKCS#12 file.
//!
//! A reader is described by what it can be given. A file is described by the features that some
//! reader stumbles over; it is readable when every one of its features is.

use crate::codec::pkcs12::java_trust;
use crate::codec::{Origin, Protection};
use crate::consumer::ReaderVerdict;
use crate::model::entry::{Entry, EntryKind, SecretEntry};
use crate::model::format::Layout;
use crate::model::key::KeyAlgorithm;
use crate::model::wallet::Wallet;

/// Whether a reader copes with a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// It does.
    Yes,
    /// It does not, for this reason.
    No(&'static str),
    /// Nobody has measured or reported it.
    Unknown,
}

/// A program that opens PKCS#12 files, and what it copes with. 3DES with a SHA-1 MAC, the profile
/// `compat`, is read by all of them.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Name and versions.
    pub name: &'static str,
    /// RC2-40 certificates.
    pub rc2: Reads,
    /// AES under PBES2 and a MAC with SHA-256: the profile `modern`.
    pub aes: Reads,
    /// Neither encryption nor MAC: the profile `java-trust`.
    pub unprotected: Reads,
    /// A MAC as in RFC 9579: the profile `pbmac1`.
    pub pbmac1: Reads,
    /// Oracle's native layout.
    pub oracle: Reads,
    /// The portable layout.
    pub portable: Reads,
    /// A secret store.
    pub secrets: Reads,
    /// A secret that is no part of a login and has a name that ends in a digit.
    pub numbered_secrets: Reads,
    /// Keys on elliptic curves.
    pub ec_keys: Reads,
    /// Whether it sees trusted certificates that lack Java's trustedKeyUsage; those that it does
    /// not see are no obstacle to the rest.
    pub unmarked_trust: Reads,
    /// Whether this was measured; else it stands in public reports.
    pub measured: bool,
}

const JAVA_ORACLE: Reads = No("lists the key but cannot recover it, sees no trusted entry");
const NO_RC2: Reads = No("RC2 is switched off by default");
const NO_AES_JAVA: Reads = No("HmacPBESHA256 is not available");
const NO_PBMAC1: Reads = No("does not know PBMAC1");
const NO_UNPROTECTED: Reads = No("wants an integrity check");

use Reads::{No, Unknown, Yes};

/// What every reader copes with unless its line says otherwise.
const READER: Reader = Reader {
    name: "",
    rc2: Yes,
    aes: Yes,
    unprotected: Unknown,
    pbmac1: Unknown,
    oracle: Unknown,
    portable: Yes,
    secrets: Unknown,
    numbered_secrets: Unknown,
    ec_keys: Yes,
    unmarked_trust: Yes,
    measured: false,
};

/// What every Java has in common.
const JAVA: Reader = Reader {
    oracle: JAVA_ORACLE,
    secrets: No("takes the secret store for damage, and says that the password is wrong"),
    numbered_secrets: Yes,
    unmarked_trust: No("sees no trusted certificate that lacks its trustedKeyUsage"),
    ..READER
};

/// The readers, in the order in which they are shown.
pub const READERS: &[Reader] = &[
    Reader {
        name: "orapki 19c, 23ai",
        unprotected: Yes,
        oracle: Yes,
        secrets: Yes,
        numbered_secrets: Yes,
        measured: true,
        ..READER
    },
    Reader {
        name: "go-ora",
        aes: Yes,
        rc2: Unknown,
        oracle: Yes,
        portable: No("looks for keys in the first safe only"),
        secrets: Yes,
        numbered_secrets: No("takes the digit at the end of a secret's name for a login's number"),
        ec_keys: No("reads no EC keys"),
        measured: true,
        ..READER
    },
    Reader {
        name: "Java 8 before 8u301, 11 before 11.0.12",
        aes: NO_AES_JAVA,
        pbmac1: NO_PBMAC1,
        ..JAVA
    },
    Reader { name: "Java 8u301+, 11.0.12+", pbmac1: NO_PBMAC1, ..JAVA },
    Reader { name: "Java 17, 25", unprotected: Yes, pbmac1: NO_PBMAC1, measured: true, ..JAVA },
    Reader { name: "Java 26", unprotected: Yes, pbmac1: Yes, ..JAVA },
    Reader {
        name: "OpenSSL 3.0",
        rc2: No("RC2 needs -legacy"),
        unprotected: Yes,
        pbmac1: NO_PBMAC1,
        oracle: Yes,
        secrets: Yes,
        numbered_secrets: Yes,
        measured: true,
        ..READER
    },
    Reader {
        name: "OpenSSL 3.4+",
        rc2: No("RC2 needs -legacy"),
        unprotected: Yes,
        pbmac1: Yes,
        oracle: Yes,
        secrets: Yes,
        numbered_secrets: Yes,
        ..READER
    },
    Reader {
        name: "Windows 2012 R2, 2016",
        aes: No("says that the network password is not correct"),
        pbmac1: NO_PBMAC1,
        ..READER
    },
    Reader { name: "Windows 2019, 2022", ..READER },
    Reader {
        name: "older macOS keychain",
        aes: No("says that the MAC verification failed"),
        ..READER
    },
    Reader {
        name: "NSS 3.87, GnuTLS 3.7",
        unprotected: NO_UNPROTECTED,
        pbmac1: NO_PBMAC1,
        measured: true,
        ..READER
    },
    Reader {
        name: "Node 17+",
        rc2: NO_RC2,
        unprotected: NO_UNPROTECTED,
        pbmac1: NO_PBMAC1,
        measured: true,
        ..READER
    },
    Reader {
        name: "Go x/crypto/pkcs12",
        aes: No("knows no PBES2"),
        unprotected: NO_UNPROTECTED,
        pbmac1: NO_PBMAC1,
        ..READER
    },
    Reader { name: "Go go-pkcs12", unprotected: Yes, pbmac1: Yes, ..READER },
    Reader {
        name: "pyca/cryptography 48",
        unprotected: Yes,
        pbmac1: Yes,
        measured: true,
        ..READER
    },
];

/// Who reads the file.
pub(super) fn readers(origin: &Origin, wallet: &Wallet) -> Vec<ReaderVerdict> {
    let mut features = features(origin.layout(), &origin.encryption(), origin.mac().as_ref());
    features.extend(content_features(wallet));
    READERS.iter().map(|reader| reader.verdict(&features)).collect()
}

impl Reader {
    fn verdict(&self, features: &[Feature]) -> ReaderVerdict {
        let mut verdict = ReaderVerdict { name: self.name, reads: Some(true), why: String::new() };
        for &feature in features {
            match self.copes_with(feature) {
                Yes => {}
                No(why) if feature == Feature::UnmarkedTrust => {
                    if verdict.why.is_empty() {
                        why.clone_into(&mut verdict.why);
                    }
                }
                No(why) => {
                    verdict.reads = Some(false);
                    why.clone_into(&mut verdict.why);
                    break;
                }
                Unknown => {
                    verdict.reads = None;
                    verdict.why = format!("not known for {}", feature.name());
                }
            }
        }
        verdict
    }

    fn copes_with(&self, feature: Feature) -> Reads {
        match feature {
            Feature::Portable => self.portable,
            Feature::Oracle => self.oracle,
            Feature::Rc2 => self.rc2,
            Feature::Aes => self.aes,
            Feature::Pbmac1 => self.pbmac1,
            Feature::Unprotected => self.unprotected,
            Feature::Secrets => self.secrets,
            Feature::NumberedSecrets => self.numbered_secrets,
            Feature::EcKeys => self.ec_keys,
            Feature::UnmarkedTrust => self.unmarked_trust,
            // Measured only together with a missing MAC.
            Feature::Plain if self.unprotected == Yes => Yes,
            Feature::Plain | Feature::Rare => Unknown,
        }
    }
}

/// What a reader may stumble over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feature {
    Portable,
    Oracle,
    Rc2,
    Aes,
    Pbmac1,
    Unprotected,
    Plain,
    Rare,
    Secrets,
    NumberedSecrets,
    EcKeys,
    UnmarkedTrust,
}

impl Feature {
    fn name(self) -> &'static str {
        match self {
            Self::Portable => "the portable layout",
            Self::Oracle => "Oracle's layout",
            Self::Rc2 => "RC2",
            Self::Aes => "AES",
            Self::Pbmac1 => "PBMAC1",
            Self::Unprotected => "files without protection",
            Self::Plain => "files without encryption",
            Self::Rare => "these algorithms",
            Self::Secrets => "a secret store",
            Self::NumberedSecrets => "a secret's name with a digit at its end",
            Self::EcKeys => "EC keys",
            Self::UnmarkedTrust => "trusted certificates without Java's mark",
        }
    }
}

/// What of the entries a reader may stumble over.
fn content_features(wallet: &Wallet) -> Vec<Feature> {
    let any = |fits: &dyn Fn(&Entry) -> bool| wallet.entries().iter().any(fits);
    let found = [
        (wallet.has_secrets(), Feature::Secrets),
        (any(&is_numbered), Feature::NumberedSecrets),
        (any(&is_elliptic), Feature::EcKeys),
        (any(&is_unmarked), Feature::UnmarkedTrust),
    ];
    found.into_iter().filter(|(has, _)| *has).map(|(_, feature)| feature).collect()
}

fn is_numbered(entry: &Entry) -> bool {
    matches!(&entry.kind, EntryKind::Secret(secret) if SecretEntry::is_misread(&secret.name))
}

fn is_elliptic(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::PrivateKey(_))
        && entry.certificate().is_some_and(|certificate| {
            matches!(
                certificate.key_algorithm(),
                KeyAlgorithm::EcP256
                    | KeyAlgorithm::EcP384
                    | KeyAlgorithm::EcP521
                    | KeyAlgorithm::EcOther(_)
            )
        })
}

fn is_unmarked(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::TrustedCertificate(_))
        && !java_trust::is_marked(&entry.attributes)
}

fn features(
    layout: Option<Layout>,
    encryption: &[Protection],
    mac: Option<&Protection>,
) -> Vec<Feature> {
    let mut features = vec![match layout {
        Some(Layout::Oracle) => Feature::Oracle,
        Some(Layout::Portable) | None => Feature::Portable,
    }];
    let mut add = |feature| {
        if !features.contains(&feature) {
            features.push(feature);
        }
    };
    let algorithms: Vec<String> = encryption
        .iter()
        .map(|protection| protection.algorithm.to_ascii_uppercase())
        .filter(|algorithm| algorithm != "NONE")
        .collect();
    for algorithm in &algorithms {
        if algorithm.contains("RC2") {
            add(Feature::Rc2);
        } else if algorithm.contains("SCRYPT") {
            add(Feature::Rare);
        } else if algorithm.contains("AES") {
            add(Feature::Aes);
        } else if !algorithm.contains("3DES") && !algorithm.contains("DES-EDE3") {
            add(Feature::Rare);
        }
    }
    match mac.map(|mac| mac.algorithm.to_ascii_uppercase()) {
        None if algorithms.is_empty() => add(Feature::Unprotected),
        None => add(Feature::Rare),
        Some(algorithm) if algorithm.contains("PBMAC1") => add(Feature::Pbmac1),
        Some(_) if algorithms.is_empty() => add(Feature::Plain),
        Some(_) => {}
    }
    features
}

#[cfg(test)]
mod tests {
    use super::{Feature, READERS, content_features, features};
    use crate::codec::Protection;
    use crate::model::certificate::Certificate;
    use crate::model::entry::{EntryKind, SecretEntry, TrustedEntry};
    use crate::model::format::Layout;
    use crate::model::trust::TrustFlags;
    use crate::model::wallet::Wallet;

    fn protection(algorithm: &str) -> Protection {
        Protection { what: "test".to_owned(), algorithm: algorithm.to_owned(), iterations: None }
    }

    fn reads(name: &str, features: &[Feature]) -> Option<bool> {
        READERS.iter().find(|reader| reader.name == name).unwrap().verdict(features).reads
    }

    #[test]
    fn old_java_reads_3des_and_not_aes() {
        let mac = protection("HMAC-SHA1");
        let old = "Java 8 before 8u301, 11 before 11.0.12";
        let compat = features(Some(Layout::Portable), &[protection("PBE-SHA1-3DES")], Some(&mac));
        assert_eq!(reads(old, &compat), Some(true));
        let modern =
            features(Some(Layout::Portable), &[protection("PBES2 AES-256-CBC")], Some(&mac));
        assert_eq!(reads(old, &modern), Some(false));
    }

    #[test]
    fn java_cannot_use_the_native_layout_and_orapki_can() {
        let mac = protection("HMAC-SHA1");
        let native = features(Some(Layout::Oracle), &[protection("PBES2 AES-256-CBC")], Some(&mac));
        assert_eq!(reads("Java 17, 25", &native), Some(false));
        assert_eq!(reads("orapki 19c, 23ai", &native), Some(true));
        assert_eq!(reads("Windows 2019, 2022", &native), None);
    }

    #[test]
    fn an_unknown_cipher_is_not_vouched_for() {
        let odd = features(None, &[protection("1.2.3.4")], Some(&protection("HMAC-SHA1")));
        assert_eq!(reads("OpenSSL 3.0", &odd), None);
    }

    #[test]
    fn a_missing_check_and_no_encryption_are_for_java_and_openssl() {
        let bare = features(Some(Layout::Portable), &[], None);
        assert_eq!(reads("Java 17, 25", &bare), Some(true));
        assert_eq!(reads("NSS 3.87, GnuTLS 3.7", &bare), Some(false));
    }

    fn with_secret(name: &str) -> Wallet {
        let mut wallet = Wallet::new();
        let secret = SecretEntry { name: name.to_owned(), value: b"value".as_slice().into() };
        wallet.push(None, EntryKind::from(secret));
        wallet
    }

    #[test]
    fn secrets_are_for_oracle() {
        let mac = protection("HMAC-SHA256");
        let aes = [protection("PBES2 AES-256-CBC")];
        let with = |layout, name: &str| {
            let mut found = features(Some(layout), &aes, Some(&mac));
            found.extend(content_features(&with_secret(name)));
            found
        };
        assert_eq!(reads("Java 17, 25", &with(Layout::Portable, "token")), Some(false));
        assert_eq!(reads("OpenSSL 3.0", &with(Layout::Portable, "token")), Some(true));
        let login = "oracle.security.client.username1";
        assert_eq!(reads("go-ora", &with(Layout::Oracle, login)), Some(true));
        for name in ["token1", "oracle.security.client.username01"] {
            assert_eq!(reads("go-ora", &with(Layout::Oracle, name)), Some(false), "{name}");
        }
    }

    #[test]
    fn java_reads_the_rest_where_it_does_not_see_the_trusted_certificates() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = Certificate::from_der(made.cert.der()).unwrap();
        let mut wallet = Wallet::new();
        let flags = TrustFlags::default();
        wallet.push(None, EntryKind::TrustedCertificate(TrustedEntry { certificate, flags }));
        let found = content_features(&wallet);
        let verdict =
            |name: &str| READERS.iter().find(|reader| reader.name == name).unwrap().verdict(&found);
        assert_eq!(verdict("Java 17, 25").reads, Some(true));
        assert!(verdict("Java 17, 25").why.contains("trustedKeyUsage"));
        assert!(verdict("OpenSSL 3.0").why.is_empty());
    }
}
