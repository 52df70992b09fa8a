//! Whether a build finds room for what it is going to write.

use crate::pki::paths;
use crate::pki::plan::Plan;
use crate::store::StoreError;
use crate::store::file::Contents;
use crate::store::pki::{Inventory, Project, ProjectError, ours};
use std::path::Path;

impl Project {
    /// Whether a build could write what the plan says: the output folder may be replaced, can be looked
    /// through, and has nothing of others where a file is to stand.
    ///
    /// # Errors
    ///
    /// As [`require_place`](Self::require_place), [`StoreError::WouldOverwrite`], no access to a folder.
    pub fn require_room(&self, inventory: &Inventory, plan: &Plan) -> Result<(), ProjectError> {
        self.require_place(inventory)?;
        let there = Contents::of(&self.out)?;
        let ours = ours(inventory.manifest.as_ref());
        let is_foreign = |path: &Path| there.files.contains_key(path) && !ours.contains(path);
        for path in paths::written(&self.spec, plan) {
            let path = Path::new(&path);
            // A file in the place of a folder is as much in the way as a folder in that of a file.
            let foreign = path.ancestors().find(|above| is_foreign(above));
            if let Some(taken) = foreign.or_else(|| there.is_folder(path).then_some(path)) {
                return Err(StoreError::WouldOverwrite { path: self.out.join(taken) }.into());
            }
        }
        Ok(())
    }
}
