//! What a certificate has to be good for.

use crate::chain::host::Host;
use crate::model::crl::RevocationList;
use crate::model::trust::TrustFlags;
use time::{Duration, OffsetDateTime};

/// What a certificate is to be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Anything.
    #[default]
    Any,
    /// To identify a TLS client.
    Client,
    /// To identify a TLS server.
    Server,
}

impl Purpose {
    /// The trust flag of Oracle that issuers of such certificates need; none where any will do.
    #[must_use]
    pub fn trust_flag(self) -> TrustFlags {
        match self {
            Self::Any => TrustFlags::default(),
            Self::Client => TrustFlags::CLIENT_AUTH,
            Self::Server => TrustFlags::SERVER_AUTH,
        }
    }
}

/// What a certificate has to be good for, and when. All of it is the asker's own: nothing here
/// comes from the peer.
#[derive(Clone, Copy, Debug)]
pub struct Criteria<'a> {
    /// The moment that validity is judged at.
    pub at: OffsetDateTime,
    /// What the certificate is for.
    pub purpose: Purpose,
    /// The host that the certificate has to name.
    pub host: Option<&'a Host>,
    /// Whether the certificate profile of RFC 5280 section 4 counts as well as the path validation
    /// of section 6, and anchors count as certificates.
    pub strict: bool,
    /// How long the certificate has to stay valid, if that matters.
    pub remaining: Option<Duration>,
    /// The revocation lists that are known. Their signatures are checked, they need not be trusted.
    pub crls: &'a [RevocationList],
}

impl<'a> Criteria<'a> {
    /// Any purpose at this moment, by section 6 of RFC 5280, without host and revocation lists.
    #[must_use]
    pub fn new(at: OffsetDateTime) -> Self {
        Self { at, purpose: Purpose::Any, host: None, strict: false, remaining: None, crls: &[] }
    }

    /// The same for this purpose.
    #[must_use]
    pub fn purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    /// The same for this host.
    #[must_use]
    pub fn host(self, host: Option<&'a Host>) -> Self {
        Self { host, ..self }
    }

    /// The same with or without the certificate profile.
    #[must_use]
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// The same, and the certificate has to stay valid for this long.
    #[must_use]
    pub fn remaining(self, remaining: Option<Duration>) -> Self {
        Self { remaining, ..self }
    }

    /// The same moment and lists, asked about who signs revocation lists: by section 6.1 of RFC 5280 alone.
    pub(in crate::chain) fn of_signer(&self) -> Self {
        Self::new(self.at).crls(self.crls)
    }

    /// The same with these revocation lists.
    #[must_use]
    pub fn crls(self, crls: &'a [RevocationList]) -> Self {
        Self { crls, ..self }
    }
}
