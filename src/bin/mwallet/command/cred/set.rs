use crate::app::exit_codes;
use crate::command::cred::{LoginFlags, Named};
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
use mwallet::secret::SecretBytes;
use std::path::PathBuf;

/// Store a login, or change its user or password
///
/// The password is asked for, without echo and twice, unless a flag says where it is. A new login
/// needs --user; one that is there keeps its user without it, and always its number. The password is
/// stored each time, as mkstore does it: to change the user alone, give the old one again. --existing
/// changes one that is there, and adds none.
#[derive(Args, Debug)]
#[command(override_usage = usage!("set"))]
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
        let user = self.user.as_deref();
        // What no password would help is told before anybody types one.
        let accept = |wallet: &Wallet| {
            if self.existing {
                credential::of(wallet, &login)?;
            }
            let any = SecretBytes::from(&b"password"[..]);
            credential::set(&mut wallet.clone(), &login, user, &any).map(drop)
        };
        let (mut opened, password) =
            self.value.with_wallet(&shown(&login), &self.wallet, &self.open, accept, context)?;
        let stored =
            credential::set(&mut opened.store.wallet, &login, user, &password).map_err(about)?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        let found = credential::of(&opened.store.wallet, &login).ok();
        change.fact("user", found.and_then(|found| found.user));
        change.fact("result", stored.name());
        let named = Named::of(&opened.store.wallet, login);
        for (name, fact) in named.facts() {
            change.fact(&name, fact);
        }
        let name_warning = match &named.login {
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
        change.report(&format!("{verb} {}\n", named.shown()), context)?;
        Ok(Status::Done)
    }
}
