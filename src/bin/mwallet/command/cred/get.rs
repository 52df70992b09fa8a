use crate::app::exit_codes;
use crate::command::cred::{LoginFlags, Named};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::OpenFlags;
use crate::secret_value::{ValueReport, print_value};
use clap::Args;
use mwallet::codec::Keys;
use mwallet::model::wallet::Wallet;
use mwallet::ops::OpsError;
use mwallet::ops::secret::credential::{self, Login};
use std::path::PathBuf;

/// Print the password of a login, and a line end
#[derive(Args, Debug)]
#[command(override_usage = usage!("get"))]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet cred get app-wallet db1.acme.com:1521/app
  mwallet cred get app-wallet --default --password-file pw.txt

", exit_codes!()))]
pub(crate) struct Get {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    #[command(flatten)]
    login: LoginFlags,
    #[command(flatten)]
    open: OpenFlags,
}

impl Get {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let store = self.open.read(&self.wallet, Keys::Leave, context)?.store;
        let login = self.login.login();
        let password = credential::get(&store.wallet, &login).map_err(|error| {
            let is_absent = matches!(error, OpsError::PasswordAbsent { .. });
            let failure = Failure::from(error).about(&self.wallet);
            if is_absent {
                failure.hinting(self.set(&store.wallet, &login, context))
            } else {
                failure
            }
        })?;
        let facts = Named::of(&store.wallet, login).facts();
        print_value(&ValueReport::new(&self.wallet, facts), &password, context)?;
        Ok(Status::Done)
    }

    /// The command that stores a password, and a user where that is missing, too.
    fn set(&self, wallet: &Wallet, login: &Login, context: &Context) -> String {
        let set = hint::command("cred set", &self.wallet);
        let command = match login {
            Login::Connect(connect) => hint::with_name(&set, connect),
            Login::Number(number) => format!("{set} --number {number}"),
            Login::Default => format!("{set} --default"),
            Login::User { map, key } => {
                let (map, key) = (hint::flag_with("--map", map), hint::flag_with("--key", key));
                format!("{set} {map} {key}")
            }
        };
        let has_user = credential::of(wallet, login).is_ok_and(|found| found.user.is_some());
        let user = if has_user { "" } else { "--user USER" };
        context.typed().with_passwords(&hint::with_flags(&command, user))
    }
}
