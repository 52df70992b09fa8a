use crate::app::exit_codes;
use crate::command::pki::File;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::render::text::count;
use crate::render::{self, SCHEMA};
use clap::Args;
use serde::Serialize;

/// Remove what builds have made
///
/// Removes the files that the manifest lists and the folders that are empty then, the keys of the CAs
/// too: certificates of the next build are under another root. What others have put there stays.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet pki clean
  mwallet pki clean tests/pki.toml

", exit_codes!()))]
pub(crate) struct Clean {
    #[command(flatten)]
    file: File,
}

#[derive(Serialize)]
struct Report {
    schema: u32,
    out: String,
    removed: usize,
    kept_folder: bool,
}

impl Clean {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let project = self.file.read()?;
        let cleaned =
            project.clean(context.lock_timeout).map_err(|error| self.file.not_built(error))?;
        if context.json {
            let report = Report {
                schema: SCHEMA,
                out: project.out().to_string_lossy().into_owned(),
                removed: cleaned.removed,
                kept_folder: cleaned.kept_folder,
            };
            context.data(&render::json(&report, context))?;
        } else {
            let files = count(cleaned.removed, "file");
            let stays = if cleaned.kept_folder { "; what others put there stays" } else { "" };
            let out = project.out().display();
            context.report(&format!("{out}: removed {files}{stays}\n"))?;
        }
        Ok(Status::Done)
    }
}
