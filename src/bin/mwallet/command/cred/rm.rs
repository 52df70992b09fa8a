use crate::app::exit_codes;
use crate::command::cred::{LoginFlags, Named};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::render::change::Change;
use clap::Args;
use mwallet::codec::Keys;
use mwallet::ops::secret::credential;
use std::path::PathBuf;

/// Remove a login; the numbers of the others stay
#[derive(Args, Debug)]
#[command(override_usage = usage!("rm"))]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet cred rm app-wallet db1.acme.com:1521/app
  mwallet cred rm app-wallet --default --dry-run
  mwallet cred rm app-wallet --number 3

", exit_codes!()))]
pub(crate) struct Rm {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    #[command(flatten)]
    login: LoginFlags,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
}

impl Rm {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let login = self.login.login();
        let mut opened = self.open.edit(&self.wallet, Keys::Leave, context)?;
        let named = Named::of(&opened.store.wallet, login.clone());
        credential::remove(&mut opened.store.wallet, &login)
            .map_err(|error| Failure::from(error).about(&self.wallet))?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        for (name, fact) in named.facts() {
            change.fact(&name, fact);
        }
        change.fact("result", "removed");
        opened.save(&mut change, self.dry_run, context)?;
        let verb = change.tense("removed", "would remove");
        change.report(&format!("{verb} {}\n", named.shown()), context)?;
        Ok(Status::Done)
    }
}
