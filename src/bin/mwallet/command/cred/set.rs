use crate::app::exit_codes;
use crate::command::cred::{LoginFlags, facts};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::render::change::Change;
use crate::render::login::shown;
use crate::secret_value::{ValueFlags, java_warning};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use mwallet::model::wallet::Wallet;
use mwallet::ops::secret::credential::{self, Login};
use mwallet::ops::secret::{self, Stored};
use std::path::PathBuf;

/// Store a login, or change its user or password
///
/// The password is asked for, without echo and twice, unless a flag says where it is. A new login
/// needs --user; one that is there keeps its user without it, and always its number. --existing
/// changes one that is there, and adds none.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet cred set app-wallet db1.acme.com:1521/app --user scott
  mwallet cred set app-wallet db1.acme.com:1521/app --existing --value-file new-password.txt
  mwallet cred set app-wallet --default --user scott --value-env DB_PASSWORD
  mwallet cred set app-wallet --map MAP --key KEY --user scott --value-stdin

", exit_codes!()))]
pub(crate) struct Set {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    #[command(flatten)]
    login: LoginFlags,
    /// The user
    #[arg(long, value_name = "U", value_parser = NonEmptyStringValueParser::new())]
    user: Option<String>,
    /// Only change a login that is there
    #[arg(long)]
    existing: bool,
    #[command(flatten)]
    value: ValueFlags,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
}

impl Set {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let about = |error| Failure::from(error).about(&self.wallet);
        let login = self.login.login();
        let shown = shown(&login);
        let accept = |wallet: &Wallet| {
            if self.existing { credential::of(wallet, &login).map(drop) } else { Ok(()) }
        };
        let (mut opened, password) =
            self.value.with_wallet(&shown, &self.wallet, &self.open, accept, context)?;
        let user = self.user.as_deref();
        let stored =
            credential::set(&mut opened.store.wallet, &login, user, &password).map_err(about)?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        for (name, fact) in facts(Some(&login)) {
            change.fact(&name, fact);
        }
        change.fact("result", stored.name());
        let found = credential::of(&opened.store.wallet, &login).ok();
        let number = found.as_ref().and_then(|found| found.number);
        change.fact("number", number);
        change.fact("user", found.and_then(|found| found.user));
        let name_warning = match &login {
            Login::User { map, key } => {
                secret::name_warning(&credential::user_credential_name(map, key))
            }
            Login::Connect(_) | Login::Default | Login::Number(_) => None,
        };
        for warning in [name_warning, java_warning(&opened.store)].into_iter().flatten() {
            change.warn(warning);
        }
        opened.save(&mut change, self.dry_run, context)?;
        let verb = match stored {
            Stored::Added => change.tense("added", "would add"),
            Stored::Changed => change.tense("changed", "would change"),
            Stored::Unchanged => "no change:",
        };
        let number = number.map_or_else(String::new, |number| format!(" (number {number})"));
        change.report(&format!("{verb} {shown}{number}\n"), context)?;
        Ok(Status::Done)
    }
}
