use crate::app::exit_codes;
use crate::command::cred::{LoginFlags, facts};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::secret_value::{ValueReport, print_value};
use clap::Args;
use mwallet::codec::Keys;
use mwallet::ops::secret::credential;
use std::path::PathBuf;

/// Print the password of a login, and a line end
#[derive(Args, Debug)]
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
        let password = credential::get(&store.wallet, &login)
            .map_err(|error| Failure::from(error).about(&self.wallet))?;
        print_value(&ValueReport::new(&self.wallet, facts(Some(&login))), &password, context)?;
        Ok(Status::Done)
    }
}
