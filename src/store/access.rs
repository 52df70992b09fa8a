//! Who may read a file that takes the place of another.

use crate::code::Code;
use crate::codec::{self, Opening, Warning};
use crate::store::StoreError;
use crate::store::file::{self, Existing, Kind, MODE_PRIVATE};
use crate::store::session::place::{holds_secrets, lets_others_in, loose};
use std::path::Path;

/// The access that an export is written with.
#[derive(Clone, Debug)]
pub struct Access {
    /// Its mode.
    pub mode: u32,
    /// What becomes of the access to a file that it overwrites.
    pub existing: Existing,
    /// That others lose theirs, or keep it.
    pub warning: Option<Warning>,
}

impl Access {
    /// Of what everybody may read: the mode of a file at the path is its owner's choice and stays, a new
    /// one gets [`file::public_mode`].
    ///
    /// # Errors
    ///
    /// What [`file::kind`] says.
    pub fn public(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::keep(match file::kind(path)? {
            Some(Kind::File { mode }) => mode,
            _ => file::public_mode(),
        }))
    }

    /// Of what may hold keys or secrets: the mode of a file at the path stays where it is for its owner
    /// alone, or where the file holds keys or secrets already. `opening` opens it; what stays closed counts
    /// as a file without, whose mode says nothing about who may read a key.
    ///
    /// # Errors
    ///
    /// What [`file::kind`] says.
    pub fn private(path: &Path, opening: &Opening<'_>) -> Result<Self, StoreError> {
        let Some(Kind::File { mode }) = file::kind(path)? else {
            return Ok(Self::keep(MODE_PRIVATE));
        };
        if !lets_others_in(mode) {
            return Ok(Self::keep(mode));
        }
        if opens_to_secrets(path, opening) {
            return Ok(Self { warning: Some(loose(path, mode)), ..Self::keep(mode) });
        }
        let warning = Some(narrowed(path, mode));
        Ok(Self { mode: MODE_PRIVATE, existing: Existing::KeepOwner, warning })
    }

    fn keep(mode: u32) -> Self {
        Self { mode, existing: Existing::Keep, warning: None }
    }
}

/// That a file which others could read is its owner's alone, because of what it holds now.
pub(in crate::store) fn narrowed(path: &Path, old: u32) -> Warning {
    let message = format!(
        "{}: now holds keys or secrets, and was open to others: its mode was {old:04o} and is \
         {MODE_PRIVATE:04o}",
        path.display()
    );
    Warning { code: Code::PERMISSIONS_NARROWED, message }
}

/// Whether the file holds keys or secrets for certain.
fn opens_to_secrets(path: &Path, opening: &Opening<'_>) -> bool {
    let Ok(bytes) = file::read(path) else { return false };
    let decoded = codec::detect(&bytes).map(|format| codec::decode(&bytes, format, opening));
    decoded.is_some_and(|decoded| decoded.is_ok_and(|old| holds_secrets(&old.wallet)))
}
