//! Where a certificate, a request or a list goes that was made: to a file, else to stdout.

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, FileReport};
use crate::render::change::Change;
use crate::render::text::safe;
use mwallet::store::Access;
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
        let Some(path) = self.file else {
            if !self.dry_run && !context.json {
                context.data(bytes)?;
            }
            return Ok(String::new());
        };
        let file = if self.dry_run {
            FileReport::public(path)?
        } else {
            let file = output::write_with(&Access::public(path)?, path, bytes, self.force)?;
            change.file(file.clone());
            file
        };
        let verb = change.tense("wrote", "would write");
        Ok(format!("{verb} {} (mode {})\n", safe(&file.path), file.mode))
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
