//! Removing what builds have made, and nothing else.

use crate::pki::manifest;
use crate::store::lock::{Afterwards, Lock};
use crate::store::pki::{Project, ProjectError, inventory, recover};
use crate::store::{StoreError, file};
use std::time::Duration;

/// What a cleaning did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// How many files are gone.
    pub removed: usize,
    /// Whether the output folder stays, because others have put something into it, or it
    /// is a link to one.
    pub kept_folder: bool,
}

impl Project {
    /// Removes every file that the manifest lists, the manifest, and the folders that are empty then.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] when there is no manifest, [`ProjectError`] when a file stays.
    pub fn clean(&self, lock_timeout: Duration) -> Result<Cleaned, ProjectError> {
        let list = self.out.join(manifest::FILE);
        let not_there = || ProjectError::from(StoreError::NotFound { path: list.clone() });
        if file::kind(&list)?.is_none() {
            return Err(not_there());
        }
        let out = file::resolve(&self.out)?;
        let _lock = Lock::acquire(&out, Afterwards::Remove, lock_timeout)?;
        recover(&out)?;
        let manifest = inventory::manifest(&self.out)?.ok_or_else(not_there)?;
        let mut removed = 0;
        // The list goes last: what is left behind is still known.
        let files = manifest.files().map(|listed| listed.path.as_str()).chain([manifest::FILE]);
        for path in files {
            removed += usize::from(file::remove_listed(&self.out, path)?);
        }
        let kept_folder = file::kind(&self.out)?.is_some();
        Ok(Cleaned { removed, kept_folder })
    }
}
