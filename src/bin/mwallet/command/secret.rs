//! The secret store by the names of its entries.

mod get;
mod list;
mod rm;
mod set;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use clap::{Args, Subcommand};

/// Keep named values in a wallet: Oracle's secret store
///
/// `mwallet cred` knows the names that Oracle's clients look their logins up by.
#[derive(Args, Debug)]
#[command(disable_help_subcommand = true, after_long_help = concat!(
"EXAMPLES:
  mwallet secret set app-wallet api.token
  mwallet secret get app-wallet api.token
  mwallet secret list app-wallet
  mwallet secret rm app-wallet api.token

", exit_codes!()))]
pub(crate) struct Secret {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
#[command(defer = true)]
enum Verb {
    Set(set::Set),
    Get(get::Get),
    List(list::List),
    Rm(rm::Rm),
}

impl Secret {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        match &self.verb {
            Verb::Set(verb) => verb.run(context),
            Verb::Get(verb) => verb.run(context),
            Verb::List(verb) => verb.run(context),
            Verb::Rm(verb) => verb.run(context),
        }
    }
}
