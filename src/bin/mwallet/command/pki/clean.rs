use crate::app::exit_codes;
use crate::command::pki::File;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::render::text::count;
use crate::render::{self, SCHEMA};
use clap::Args;
use mwallet::store::pki::clean;
use serde::Serialize;

/// Remove what builds have made
///
/// Removes the files that the manifest lists and the folders that are empty then, the keys of the CAs
/// too: certificates of the next build are under another root. What others have put there stays, and
/// beside it a manifest that lists nothing, by which the next build knows the folder. FILE has to be
/// TOML as a whole, and right at its top; what its tables say does not matter.
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
        let cleaned = clean(&self.file.file, context.lock_timeout)?;
        if context.json {
            let report = Report {
                schema: SCHEMA,
                out: cleaned.out.to_string_lossy().into_owned(),
                removed: cleaned.removed,
                kept_folder: cleaned.kept_folder,
            };
            context.data(&render::json(&report, context))?;
        } else {
            let done = match cleaned.removed {
                0 => "nothing to clean".to_owned(),
                removed => format!("removed {}", count(removed, "file")),
            };
            let is_kept = cleaned.kept_folder && cleaned.removed > 0;
            let stays = if is_kept { "; what others put there stays" } else { "" };
            let out = cleaned.out.display();
            context.report(&format!("{out}: {done}{stays}\n"))?;
        }
        Ok(Status::Done)
    }
}
