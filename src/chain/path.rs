//! A certificate and its issuers, as data.

use crate::chain::candidates::Source;
use crate::chain::missing::MissingIssuer;
use crate::model::certificate::Certificate;

/// A certificate and its issuers, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The certificate asked about, then each one's issuer. Never empty.
    pub links: Vec<Link>,
    /// What the last link is.
    pub end: End,
    /// Whether the search reached a bound of [`limits`], so that a better path may exist.
    pub exhausted: bool,
}

/// One certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The certificate.
    pub certificate: Certificate,
    /// Where it stands.
    pub source: Source,
    /// What is known of its signature.
    pub signature: Signature,
}

/// What is known of the signature of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// The next link's key made it.
    Valid,
    /// Nobody looked: the path ends here.
    Unchecked,
    /// Names fit, but the algorithm cannot be verified here.
    Unsupported {
        /// Name or OID.
        algorithm: String,
    },
}

/// How a path ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// In a certificate that the wallet trusts.
    Trusted,
    /// In a self-signed certificate that the wallet does not trust.
    SelfSigned,
    /// Before that.
    Incomplete(Box<MissingIssuer>),
}

impl Path {
    /// Whether it reaches a trusted or a self-signed certificate.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !matches!(self.end, End::Incomplete(_))
    }

    /// Whether it reaches a trusted certificate by signatures that were all verified.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        let is_unsupported = |link: &Link| matches!(link.signature, Signature::Unsupported { .. });
        self.end == End::Trusted && !self.links.iter().any(is_unsupported)
    }

    /// The certificate asked about.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        &self.links[0].certificate
    }

    /// The last certificate.
    #[must_use]
    pub fn last(&self) -> &Link {
        &self.links[self.links.len() - 1]
    }
}
