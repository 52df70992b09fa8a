use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::render::text::safe;
use crate::render::{self, SCHEMA};
use clap::Args;
use mwallet::codec::{Keys, Warning};
use mwallet::ops::secret::{self, Family};
use serde::Serialize;
use std::path::PathBuf;

/// List the names of all values
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet secret list app-wallet
  mwallet secret list app-wallet --password-env WALLET_PASSWORD --json

", exit_codes!()))]
pub(crate) struct List {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    #[command(flatten)]
    open: OpenFlags,
}

/// Its JSON shape.
#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    path: String,
    secrets: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    family: &'static str,
}

impl List {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let store = self.open.read(&self.wallet, Keys::Leave, context)?.store;
        let names = secret::names(&store.wallet);
        let found: Vec<Warning> =
            names.iter().filter_map(|name| secret::name_warning(name)).collect();
        context.warn(&found);
        if context.json {
            let secrets =
                names.iter().map(|name| Line { name, family: Family::of(name).name() }).collect();
            let path = self.wallet.to_string_lossy().into_owned();
            let report = Report { schema: SCHEMA, path, secrets };
            context.data(&render::json(&report, context))?;
            return Ok(Status::Done);
        }
        let mut text: String = names.iter().map(|name| safe(name) + "\n").collect();
        if names.is_empty() {
            "no secrets\n".clone_into(&mut text);
        }
        context.data(text.as_bytes())?;
        Ok(Status::Done)
    }
}
