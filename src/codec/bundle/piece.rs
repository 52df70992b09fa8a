//! The things in a file of loose certificates and keys, in its order.

use crate::codec::Warning;
use crate::codec::bundle::about::Heading;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::key::KeyMaterial;
use crate::model::request::CertificateRequest;

/// One thing.
pub(super) enum Thing {
    Certificate(Certificate),
    Request(CertificateRequest),
    RevocationList(RevocationList),
    Key(KeyMaterial),
}

/// One thing, with what its file says of it.
pub(super) struct Piece {
    pub(super) thing: Thing,
    /// The name that is its own, not its entry's.
    pub(super) name: Option<Alias>,
    /// What tells in `openssl pkcs12`'s words whose certificate it is.
    pub(super) local_key_id: Option<Vec<u8>>,
    /// The heading that it stands under.
    pub(super) heading: Option<usize>,
}

impl Piece {
    /// The certificate, if it is one.
    pub(super) fn certificate(&self) -> Option<&Certificate> {
        match &self.thing {
            Thing::Certificate(certificate) => Some(certificate),
            _ => None,
        }
    }
}

/// All that one or several files hold.
#[derive(Default)]
pub(super) struct Found {
    pub(super) pieces: Vec<Piece>,
    pub(super) headings: Vec<Heading>,
    pub(super) warnings: Vec<Warning>,
    /// Whether a password opened an encrypted key, and whether none fitted another.
    pub(super) opened_a_key: bool,
    pub(super) refused_a_key: bool,
}
