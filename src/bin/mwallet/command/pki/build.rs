use crate::app::exit_codes;
use crate::command::pki::{self, File, Life};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::render::{self, pki as text};
use clap::Args;
use mwallet::pki::PkiError;
use mwallet::pki::verdict::Verdict;
use mwallet::secret::Password;
use mwallet::store::pki::{Building, Built, Project, ProjectError};
use time::{Duration, OffsetDateTime};

/// Make what is missing or out of date, and nothing else
///
/// An entry is made again when the file says something else of it, its issuer is made anew, one of its
/// files is not what it was, or less than a third of its life is left, or than --min-days asks for; what
/// it has issued follows. CAs keep their keys. The output folder changes in one step at the end.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  PKI_PASSWORD=changeit1 mwallet pki build
  mwallet pki build tests/pki.toml --check --json
  mwallet pki build --min-days 7

", exit_codes!()))]
pub(crate) struct Build {
    #[command(flatten)]
    file: File,
    #[command(flatten)]
    life: Life,
    /// Then judge every certificate with mwallet's own validator; status 3 when one is judged
    /// otherwise than the manifest says
    #[arg(long)]
    check: bool,
}

impl Build {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let project = self.file.read()?;
        let password = pki::required_password(&project, context)?;
        pki::require_fit(&project, &password, context)?;
        self.life.warn_of_short(&project, context);
        let now = pki::now(&project, context);
        let built = build(&project, &password, now, self.life.least(), context)?;
        pki::warn_of_effects(&project, &built.plan, context);
        let verdicts = self.check.then(|| project.verify(&password, now)).transpose()?;
        if context.json {
            let report = text::BuildReport::of(&project, &built, verdicts.as_deref());
            context.data(&render::json(&report, context))?;
        } else {
            context.report(&text::built(&project, &built, context.is_verbose()))?;
            if let Some(verdicts) = &verdicts {
                context.report(&text::judged(verdicts))?;
            }
        }
        let agrees = verdicts.iter().flatten().all(Verdict::agrees);
        Ok(if agrees { Status::Done } else { Status::Findings })
    }
}

fn build(
    project: &Project,
    password: &Password,
    now: OffsetDateTime,
    least: Duration,
    context: &Context,
) -> Result<Built, Failure> {
    let bar = context.progress();
    let progress = |done: usize, all: usize| bar.show(done, all);
    let lock_timeout = context.lock_timeout;
    let built = project.build(Building { password, now, least, lock_timeout, progress: &progress });
    bar.clear();
    built.map_err(|error| {
        let is_kept = matches!(error, ProjectError::Pki { source: PkiError::Kept { .. }, .. });
        let failure = Failure::from(error);
        // Another build would meet the same.
        if is_kept { failure.hinting(hint::command("pki clean", project.file())) } else { failure }
    })
}
