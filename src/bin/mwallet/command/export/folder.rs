//! A folder of PEM files, with --split.

use crate::command::export::Job;
use crate::command::export::job::Selected;
use crate::failure::Failure;
use crate::output::FileReport;
use crate::render::change::Change;
use mwallet::code::Code;
use mwallet::codec::{Keys, Opening, Protect, Sealing, Warning, pem};
use mwallet::ops::export::{self, SPLIT_FILES};
use mwallet::store::{self, Replaced, StoreError, file};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The name of the file that a folder has for its key.
const KEY_FILE: &str = SPLIT_FILES[3];

impl Job<'_> {
    /// Fails where the folder holds anything but what --split writes, and for one without its name.
    pub(super) fn require_folder(&self, out: &Path) -> Result<(), Failure> {
        let typed = out.to_string_lossy();
        if let Some(last @ ("." | "..")) = typed.trim_end_matches('/').rsplit('/').next() {
            let message = format!(
                "--split replaces a folder as a whole, which {last} cannot be: give its name"
            );
            return Err(Failure::new(Code::USAGE, message).about(out).final_word());
        }
        match file::require_replaceable(out, &SPLIT_FILES, self.flags.force) {
            Err(StoreError::WouldOverwrite { .. })
                if file::require_replaceable(out, &SPLIT_FILES, true).is_err() =>
            {
                let message = "what is there is no folder of nothing but what --split writes, and no \
                               flag replaces it";
                Err(Failure::new(Code::WOULD_OVERWRITE, message).about(out).final_word())
            }
            result => Ok(result.map(drop)?),
        }
    }

    /// Writes the folder; how many files are in it.
    pub(super) fn write_folder(
        &self,
        out: &Path,
        selected: &Selected,
        sealing: &Sealing<'_>,
        change: &mut Change,
    ) -> Result<usize, Failure> {
        let files = export::to_split_pem(&selected.wallet, selected.key, sealing)?;
        let mut seen = HashSet::new();
        let different = files.iter().filter(|file| seen.insert(Rc::as_ptr(&file.content)));
        let all: Vec<&[u8]> = different.map(|file| &file.content[..]).collect();
        self.require_same(&pem::joined(&all), selected, sealing)?;
        // Who reads the folder finds what is trusted once, though it lies beside each key.
        let keys = files.iter().filter(|file| file.path.ends_with(KEY_FILE)).count();
        change.fact("entries", keys + selected.wallet.trusted().count());
        let aside = self.folder_to_keep(out, selected, sealing)?;
        if let Some(aside) = &aside {
            let verb = change.tense("stays", "would stay");
            let (folder, name) = (out.display(), aside.display());
            let message = format!(
                "{folder}: the folder that was there holds keys which the new one does not, or cannot \
                 be read, so it {verb} as {name}"
            );
            change.warn(Warning { code: Code::KEPT_ASIDE, message });
        }
        if !self.flags.dry_run {
            let contents: Vec<(PathBuf, &[u8])> =
                files.iter().map(|file| (file.path.clone(), &file.content[..])).collect();
            let force = self.flags.force;
            file::write_tree(out, &contents, &SPLIT_FILES, force, aside.as_deref())?;
            for file in &files {
                change.file(FileReport::new(&out.join(&file.path), file::MODE_PRIVATE));
            }
        }
        Ok(files.len())
    }

    /// The name under which the folder that is there stays, where something would be lost with it.
    fn folder_to_keep(
        &self,
        out: &Path,
        selected: &Selected,
        sealing: &Sealing<'_>,
    ) -> Result<Option<PathBuf>, Failure> {
        let old = file::require_replaceable(out, &SPLIT_FILES, self.flags.force)?;
        if old.is_none_or(|old| old.is_empty()) {
            return Ok(None);
        }
        let password = match sealing.protect {
            Protect::Password(password) => Some(password),
            Protect::Keep | Protect::Nothing => None,
        };
        let opening = Opening { keys: Keys::Open, ..Opening::with(password) };
        let lost = Replaced::lost_with_folder(out, &selected.wallet, &opening);
        Ok(lost.map(|_| store::free_name(out)).transpose()?)
    }
}
