use crate::app::exit_codes;
use crate::command::pki::{self, File, Life};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::render::{self, pki as text};
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::store::pki::Project;

/// Say what a build would make, and why
///
/// Ends with status 3 when something is missing or out of date, and as the build would when that cannot
/// be made: the password does not do, or the output folder or a file in it is another's. Without the password it is not asked
/// whether the stores have another one. Nothing is written.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet pki check
  mwallet pki check tests/pki.toml --min-days 7 --json

", exit_codes!()))]
pub(crate) struct Check {
    #[command(flatten)]
    file: File,
    #[command(flatten)]
    life: Life,
}

impl Check {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let project = self.file.read()?;
        let password = pki::password(&project, context)?;
        match &password {
            Some(password) => pki::require_fit(&project, password, context)?,
            None => context.warn(&[unasked(&project)]),
        }
        self.life.warn_of_short(&project, context);
        let now = pki::now(&project, context);
        let (inventory, plan) = project.plan(password.as_ref(), now, self.life.least())?;
        pki::warn_of_effects(&project, &plan, context);
        if context.json {
            context.data(&render::json(&text::CheckReport::of(&project, &plan), context))?;
        } else {
            context.report(&text::checked(&project, &plan))?;
        }
        if plan.is_empty() {
            return Ok(Status::Done);
        }
        project.require_room(&inventory, &plan)?;
        let build = pki::build_hint(&project, context);
        context.hint(&match self.life.min_days {
            0 => build,
            days => format!("{build} --min-days {days}"),
        });
        Ok(Status::Findings)
    }
}

/// That a build would fail for want of a password, and what was not looked at without one.
fn unasked(project: &Project) -> Warning {
    let message = format!(
        "the variable {} is not set: a build needs it, and the stores were not checked for it",
        pki::password_place(project)
    );
    Warning { code: Code::PASSWORD_MISSING, message }
}
