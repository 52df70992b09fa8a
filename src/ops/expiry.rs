//! When the certificates of a wallet end.

use crate::chain::rules::{is_expired, time_left};
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::{EntryId, EntryKind};
use crate::model::format::Format;
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use std::collections::HashSet;
use std::time::Duration;
use time::OffsetDateTime;

/// What a certificate is in its wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The certificate of a key.
    Leaf,
    /// That of a CA's key: its own certificate says that it issues others.
    Authority,
    /// An issuer that is kept with a key.
    Issuer,
    /// A trusted certificate.
    Trusted,
    /// A certificate in a file of certificates, of which nobody says that it is trusted.
    Certificate,
}

impl Role {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Leaf => "leaf",
            Self::Authority => "ca",
            Self::Issuer => "issuer",
            Self::Trusted => "trusted",
            Self::Certificate => "certificate",
        }
    }
}

/// A certificate of a wallet, and when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedCertificate {
    /// The shown alias of the entry; of an issuer, that of the key that it is kept with.
    pub alias: String,
    /// The subject's name, as RFC 4514 writes it; perhaps empty.
    pub subject: String,
    /// What it is in the wallet.
    pub role: Role,
    /// The last moment at which it is valid.
    pub not_after: OffsetDateTime,
    /// Of the certificate.
    pub sha256: Fingerprint,
}

impl DatedCertificate {
    /// Whether it has ended at this moment, or less than `within` is left of it.
    #[must_use]
    pub fn is_due(&self, at: OffsetDateTime, within: Duration) -> bool {
        time_left(self.not_after, at) < within
    }
}

/// The certificates of a wallet in its order: of every entry its own, and every issuer that is no
/// entry itself once, however many chains it is in. What has no key is trusted in a store, and a mere
/// certificate in a file of a format that knows no trust.
#[must_use]
pub fn dated_certificates(wallet: &Wallet, format: Format) -> Vec<DatedCertificate> {
    let without_key = if format.is_store() { Role::Trusted } else { Role::Certificate };
    let aliases = shown_aliases(wallet);
    let own = wallet.entries().iter().filter_map(|entry| entry.certificate());
    let mut seen: HashSet<Fingerprint> = own.map(Certificate::fingerprint).collect();
    let mut found = Vec::new();
    for entry in wallet.entries() {
        let mut push = |role, certificate: &Certificate| {
            found.push(DatedCertificate {
                alias: aliases[&entry.id()].text.clone(),
                subject: certificate.subject().to_string(),
                role,
                not_after: certificate.not_after(),
                sha256: certificate.fingerprint(),
            });
        };
        match &entry.kind {
            EntryKind::PrivateKey(key) => {
                for (position, link) in key.chain.iter().enumerate() {
                    if position == 0 {
                        let is_ca = link.certificate.is_ca();
                        push(if is_ca { Role::Authority } else { Role::Leaf }, &link.certificate);
                    } else if seen.insert(link.certificate.fingerprint()) {
                        push(Role::Issuer, &link.certificate);
                    }
                }
            }
            EntryKind::TrustedCertificate(trusted) => push(without_key, &trusted.certificate),
            EntryKind::Request(_) | EntryKind::Secret(_) | EntryKind::Opaque(_) => {}
        }
    }
    found
}

/// The trusted certificates whose validity has ended, in the order of the wallet. What has a key is not among
/// them: it is renewed, or removed by its name.
#[must_use]
pub fn expired_trust(wallet: &Wallet, at: OffsetDateTime) -> Vec<EntryId> {
    let expired = wallet.trusted().filter(|(_, certificate)| is_expired(certificate, at));
    expired.map(|(entry, _)| entry.id()).collect()
}

#[cfg(test)]
mod tests {
    use super::{DatedCertificate, Role};
    use crate::digest::Fingerprint;
    use std::time::Duration;
    use time::OffsetDateTime;

    #[test]
    fn due_is_what_has_less_left_than_asked_for() {
        let at = OffsetDateTime::UNIX_EPOCH;
        let certificate = DatedCertificate {
            alias: String::new(),
            subject: String::new(),
            role: Role::Leaf,
            not_after: at + time::Duration::days(30),
            sha256: Fingerprint::of(b""),
        };
        let days = |days: u64| Duration::from_secs(days * 86_400);
        assert!(certificate.is_due(at, days(31)));
        assert!(!certificate.is_due(at, days(30)));
        assert!(certificate.is_due(at + time::Duration::SECOND, days(30)));
        // notAfter itself is still valid, RFC 5280 section 4.1.2.5.
        assert!(!certificate.is_due(certificate.not_after, days(0)));
        let within_its_second = certificate.not_after + time::Duration::milliseconds(500);
        assert!(!certificate.is_due(within_its_second, days(0)));
        assert!(certificate.is_due(certificate.not_after + time::Duration::SECOND, days(0)));
    }
}
