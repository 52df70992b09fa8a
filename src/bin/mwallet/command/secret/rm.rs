use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::render::change::Change;
use crate::render::text::safe;
use clap::Args;
use mwallet::codec::Keys;
use mwallet::ops::secret;
use mwallet::ops::secret::tde::TdeEntries;
use std::path::PathBuf;

/// Remove a value
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet secret rm app-wallet api.token
  mwallet secret rm app-wallet api.token --dry-run

", exit_codes!()))]
pub(crate) struct Rm {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The name of the value
    #[arg(value_name = "NAME")]
    name: String,
    /// Touch what a database with transparent data encryption needs, too
    #[arg(long)]
    force: bool,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
}

impl Rm {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let tde = if self.force { TdeEntries::Touch } else { TdeEntries::Keep };
        let mut opened = self.open.edit(&self.wallet, Keys::Leave, context)?;
        secret::remove(&mut opened.store.wallet, &self.name, tde)
            .map_err(|error| Failure::from(error).about(&self.wallet))?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        change.fact("name", self.name.as_str());
        change.fact("result", "removed");
        opened.save(&mut change, self.dry_run, context)?;
        let verb = change.tense("removed", "would remove");
        change.report(&format!("{verb} {}\n", safe(&self.name)), context)?;
        Ok(Status::Done)
    }
}
