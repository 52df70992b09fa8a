//! What a merge tells.

use crate::model::entry::EntryId;
use crate::ops::EntrySummary;

/// What became of one entry of the wallet that was brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The entry, as the wallet that was brought in shows it.
    pub from: EntrySummary,
    /// Where it is now.
    pub entry: EntryId,
    /// Whether it is a new entry.
    pub added: bool,
    /// The name that it had to give up, because another entry has it.
    pub renamed_from: Option<String>,
    /// What the entry that was there got of it, in words.
    pub gained: Vec<String>,
    /// What is of no use any more, and is left out: an older certificate of the same key.
    pub superseded: Vec<String>,
    /// What is left out although it may be of use: the other value of a secret.
    pub left_out: Vec<String>,
}

impl Outcome {
    /// `added`, `updated`, `differs` or `present`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self { added: true, .. } => "added",
            Self { gained, .. } if !gained.is_empty() => "updated",
            Self { superseded, left_out, .. } if !superseded.is_empty() || !left_out.is_empty() => {
                "differs"
            }
            _ => "present",
        }
    }
}
