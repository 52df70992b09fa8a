//! The question that a check answers.

use crate::model::entry::EntryId;
use time::OffsetDateTime;

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

/// What to check, and when.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    /// The moment that validity is judged at.
    pub at: OffsetDateTime,
    /// Only this entry; every entry and the trusted certificates without it.
    pub entry: Option<EntryId>,
    /// What the leaf certificates are for.
    pub purpose: Purpose,
    /// The path of the wallet, for the commands that mend what is found.
    pub wallet: &'a str,
}
