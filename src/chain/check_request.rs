//! The question that a check answers.

use crate::chain::criteria::Criteria;
use crate::model::entry::EntryId;

/// What to check, and for what.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    /// What the certificates of keys have to be good for.
    pub criteria: Criteria<'a>,
    /// Only this entry; every entry and the trusted certificates without it.
    pub entry: Option<EntryId>,
    /// The path of the wallet, for the commands that mend what is found.
    pub wallet: &'a str,
}
