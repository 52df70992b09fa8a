//! Where a certificate, a request or a list goes that was made: to a file, else to stdout.

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, FileReport};
use crate::render::change::Change;
use crate::render::text::safe;
use mwallet::store::{Access, Store};
use std::path::Path;

/// What the flags say of it.
pub(crate) struct Outlet<'a> {
    file: Option<&'a Path>,
    force: bool,
    dry_run: bool,
}

impl<'a> Outlet<'a> {
    /// `-` is stdout, as nothing is.
    pub(crate) fn new(out: Option<&'a Path>, force: bool, dry_run: bool) -> Self {
        Self { file: out.filter(|out| *out != Path::new("-")), force, dry_run }
    }

    pub(crate) fn is_file(&self) -> bool {
        self.file.is_some()
    }

    /// Writes it, and says into which file; a dry run only says. On stdout JSON has it as a field of the report.
    pub(crate) fn write(
        &self,
        bytes: &[u8],
        change: &mut Change,
        context: &Context,
    ) -> Result<String, Failure> {
        if let Some(path) = self.file.filter(|_| !self.dry_run) {
            output::write_with(&Access::public(path)?, path, bytes, self.force)?;
        }
        self.tell(bytes, change, context)
    }

    /// Has the next save of the store write it, where it goes to a file: both are there afterwards, or neither
    /// is. [`Self::tell`] has the rest.
    pub(crate) fn write_along(&self, bytes: &[u8], store: &mut Store) -> Result<(), Failure> {
        if let Some(path) = self.file {
            let access = Access::public(path)?;
            let existing = output::existing(&access, self.force);
            store.write_along(path.to_path_buf(), bytes.to_vec(), access.mode, existing);
        }
        Ok(())
    }

    /// Says into which file it was written, or would be; what goes to stdout goes there now.
    pub(crate) fn tell(
        &self,
        bytes: &[u8],
        change: &mut Change,
        context: &Context,
    ) -> Result<String, Failure> {
        let Some(path) = self.file else {
            if !self.dry_run && !context.json {
                context.data(bytes)?;
            }
            return Ok(String::new());
        };
        let file = FileReport::public(path)?;
        let verb = change.tense("wrote", "would write");
        let line = format!("{verb} {} (mode {})\n", safe(&file.path), file.mode);
        if !self.dry_run {
            change.file(file);
        }
        Ok(line)
    }

    /// Tells the user of it: aside where stdout has it, and nothing but it.
    pub(crate) fn report(
        &self,
        change: &Change,
        text: &str,
        context: &Context,
    ) -> Result<(), Failure> {
        if self.file.is_none() && !context.json {
            change.report_aside(text.trim_end(), context);
            return Ok(());
        }
        change.report(text, context)
    }
}
