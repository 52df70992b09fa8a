use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::render::change::Change;
use crate::render::text::safe;
use crate::secret_value::{ValueFlags, java_warning};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use mwallet::model::wallet::Wallet;
use mwallet::ops::secret::tde::TdeEntries;
use mwallet::ops::secret::{self, Stored};
use std::path::PathBuf;

/// Store a value under a name
///
/// A value that has the name already is replaced; with --existing nothing else is done. The value is
/// asked for, without echo and twice, unless a flag says where it is.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet secret set app-wallet api.token
  mwallet secret set app-wallet api.token --existing --value-file token.txt
  pass show api | mwallet secret set app-wallet api.token --value-stdin --password-env PW

", exit_codes!()))]
pub(crate) struct Set {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The name of the value
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,
    /// Only replace a value that is there
    #[arg(long)]
    existing: bool,
    #[command(flatten)]
    value: ValueFlags,
    /// Touch what a database with transparent data encryption needs, too
    #[arg(long)]
    force: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
}

impl Set {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let about = |error| Failure::from(error).about(&self.wallet);
        let tde = if self.force { TdeEntries::Touch } else { TdeEntries::Keep };
        tde.allow_name(&self.name).map_err(about)?;
        let accept = |wallet: &Wallet| {
            if self.existing { secret::get(wallet, &self.name).map(drop) } else { Ok(()) }
        };
        let (mut opened, value) =
            self.value.with_wallet(&self.name, &self.wallet, &self.open, accept, context)?;
        let stored =
            secret::set(&mut opened.store.wallet, &self.name, value, tde).map_err(about)?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        change.fact("name", self.name.as_str());
        change.fact("result", stored.name());
        let warnings = [secret::name_warning(&self.name), java_warning(&opened.store)];
        for warning in warnings.into_iter().flatten() {
            change.warn(warning);
        }
        opened.save(&mut change, self.dry_run, context)?;
        let verb = match stored {
            Stored::Added => change.tense("added", "would add"),
            Stored::Changed => change.tense("changed", "would change"),
            Stored::Unchanged => "no change:",
        };
        change.report(&format!("{verb} {}\n", safe(&self.name)), context)?;
        Ok(Status::Done)
    }
}
