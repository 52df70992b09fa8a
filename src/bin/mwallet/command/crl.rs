//! Lists of revoked certificates.

mod create;
mod revoke;
mod show;
mod verify;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::judging;
use clap::{Args, Subcommand};
use mwallet::code::Code;
use mwallet::model::crl::RevocationList;
use std::path::Path;

/// Make, show and verify lists of revoked certificates
#[derive(Args, Debug)]
#[command(disable_help_subcommand = true, after_long_help = concat!(
"EXAMPLES:
  mwallet crl create --ca ca-wallet --out corp.crl
  mwallet crl create --ca ca-wallet --from corp.crl --revoke app.pem:keyCompromise --out corp-2.crl
  mwallet crl show corp.crl
  mwallet crl verify corp.crl --ca ca.pem

", exit_codes!()))]
pub(crate) struct Crl {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
#[command(defer = true)]
enum Verb {
    Create(create::Create),
    Show(show::Show),
    Verify(verify::Verify),
}

impl Crl {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        match &self.verb {
            Verb::Create(verb) => verb.run(context),
            Verb::Show(verb) => verb.run(context),
            Verb::Verify(verb) => verb.run(context),
        }
    }
}

/// The only list of a file.
fn list(path: &Path, context: &Context) -> Result<RevocationList, Failure> {
    let mut lists = judging::revocation_lists(&[path.to_path_buf()], context)?;
    match (lists.pop(), lists.len()) {
        (Some(list), 0) => Ok(list),
        (_, more) => {
            let message = format!("there are {} lists in it, and one is wanted", more + 1);
            Err(Failure::new(Code::USAGE, message).about(path))
        }
    }
}
