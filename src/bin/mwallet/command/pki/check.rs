use crate::app::exit_codes;
use crate::command::pki::{self, File};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::render::{self, pki as text};
use clap::Args;
use time::Duration;

/// Say what a build would make, and why
///
/// Ends with status 3 when something is missing or out of date, and as the build would when that cannot
/// be made: the password does not do, or the output folder is another's. Nothing is written.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet pki check
  mwallet pki check tests/pki.toml --min-days 7 --json

", exit_codes!()))]
pub(crate) struct Check {
    #[command(flatten)]
    file: File,
    /// Days that have to be left of every certificate and revocation list
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=36_500))]
    min_days: u32,
}

impl Check {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let project = self.file.read()?;
        let password = pki::password(&project, context)?;
        let now = pki::now(&project, context);
        let least = Duration::days(self.min_days.into());
        if let Some(password) = &password {
            pki::require_fit(&project, password, context)?;
        }
        let (inventory, plan) = project.plan(password.as_ref(), now, least)?;
        if !plan.is_empty() {
            project.require_place(&inventory)?;
        }
        if context.json {
            context.data(&render::json(&text::CheckReport::of(&project, &plan), context))?;
        } else {
            context.report(&text::checked(&project, &plan))?;
        }
        Ok(if plan.is_empty() { Status::Done } else { Status::Findings })
    }
}
