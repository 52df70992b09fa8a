//! A file that comes with the wallet: what was made of a new key, which is of no use without that.

use crate::store::file::{Change, Existing};
use crate::store::{Store, StoreError};
use std::path::PathBuf;

/// A file that a save writes together with those of the wallet.
#[derive(Debug)]
pub(super) struct Along {
    path: PathBuf,
    bytes: Vec<u8>,
    mode: u32,
    existing: Existing,
}

impl Store {
    /// Gives the next [`Store::save`] a file that is to be written with the wallet, as
    /// [`file::write_new`](crate::store::file::write_new) would: both take their places, or neither does. After a
    /// crash between the two the wallet is new, and the file as it was.
    pub fn write_along(&mut self, path: PathBuf, bytes: Vec<u8>, mode: u32, existing: Existing) {
        self.along = Some(Along { path, bytes, mode, existing });
    }
}

impl Along {
    /// Writes it beside its place. Who else writes there knows nothing of the wallet's locks.
    ///
    /// # Errors
    ///
    /// What [`Change::write`] says.
    pub(super) fn write(&self, change: &mut Change) -> Result<(), StoreError> {
        change.leave_lock();
        change.write(&self.path, &self.bytes, self.mode, self.existing, None, || Ok(()))
    }
}
