use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::secret_value::{ValueReport, print_value};
use clap::Args;
use mwallet::codec::Keys;
use mwallet::ops::secret;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// Print the value of a name, and a line end
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet secret get app-wallet api.token
  TOKEN=$(mwallet secret get app-wallet api.token --password-file pw.txt)

", exit_codes!()))]
pub(crate) struct Get {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The name of the value
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    open: OpenFlags,
}

impl Get {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let store = self.open.read(&self.wallet, Keys::Leave, context)?.store;
        let value = secret::get(&store.wallet, &self.name)
            .map_err(|error| Failure::from(error).about(&self.wallet))?;
        let facts = Map::from_iter([("name".to_owned(), Value::from(self.name.as_str()))]);
        print_value(&ValueReport::new(&self.wallet, facts), value, context)?;
        Ok(Status::Done)
    }
}
