//! Test PKIs.

mod build;
mod check;
mod clean;
mod init;
mod serve;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::password::Rules;
use crate::render::text::{listed, timestamp};
use clap::{Args, Subcommand};
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::pki::effect::Cut;
use mwallet::pki::plan::Plan;
use mwallet::pki::spec::{Leaf, Output, PasswordSource};
use mwallet::secret::Password;
use mwallet::store::StoreError;
use mwallet::store::pki::{Project, ProjectError};
use std::ffi::OsStr;
use std::path::PathBuf;
use time::{Duration, OffsetDateTime};

/// Make a test PKI from one file: CAs, servers, clients, and certificates that are wrong on purpose
///
/// FILE is a `pki.toml`; `pki init` writes one to begin with, `mwallet help pki-file` tells what can
/// stand in it. All keys stay below its output folder, so
/// that a later build issues from the same root. What it makes is for tests and for nothing else.
#[derive(Args, Debug)]
#[command(disable_help_subcommand = true, after_long_help = concat!(
"EXAMPLES:
  mwallet pki init --template nginx-mtls
  PKI_PASSWORD=changeit1 mwallet pki build
  mwallet pki check --min-days 7
  mwallet pki serve
  mwallet pki clean

", exit_codes!()))]
pub(crate) struct Pki {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
#[command(defer = true)]
enum Verb {
    Init(init::Init),
    Build(build::Build),
    Check(check::Check),
    Serve(serve::Serve),
    Clean(clean::Clean),
}

impl Pki {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        match &self.verb {
            Verb::Init(verb) => verb.run(context),
            Verb::Build(verb) => verb.run(context),
            Verb::Check(verb) => verb.run(context),
            Verb::Serve(verb) => verb.run(context),
            Verb::Clean(verb) => verb.run(context),
        }
    }
}

/// The name of the file where nobody says another.
const FILE: &str = "pki.toml";

/// The file that describes the PKI.
#[derive(Args, Debug)]
struct File {
    /// The file that describes the PKI
    #[arg(value_name = "FILE", default_value = FILE)]
    file: PathBuf,
}

impl File {
    fn read(&self) -> Result<Project, Failure> {
        Ok(Project::read(&self.file)?)
    }
}

/// How long everything has to last.
#[derive(Args, Debug)]
struct Life {
    /// Days that have to be left of every certificate and revocation list
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=36_500))]
    min_days: u32,
}

impl Life {
    fn least(&self) -> Duration {
        Duration::days(self.min_days.into())
    }

    /// Says what no build makes last as long.
    fn warn_of_short(&self, project: &Project, context: &Context) {
        if self.min_days == 0 {
            return;
        }
        let short = project.spec().short_lived(self.min_days);
        let Some(first) = short.first() else { return };
        let names = if short.len() == 1 {
            format!("{first} does not last longer: every build makes it")
        } else {
            let short: Vec<&str> = short.iter().map(String::as_str).collect();
            format!("{} do not last longer: every build makes them", listed(&short))
        };
        let message = format!("--min-days {}: {names} again", self.min_days);
        context.warn(&[Warning { code: Code::PKI_STALE, message }]);
    }
}

/// The password of the stores; none where its variable is not set.
fn password(project: &Project, context: &Context) -> Result<Option<Password>, Failure> {
    match &project.spec().password {
        PasswordSource::Literal(password) => Ok(Some(password.clone())),
        PasswordSource::Variable(name) => {
            let Some(value) = context.variable(OsStr::new(name)) else { return Ok(None) };
            let unusable = |what: &str| {
                Failure::new(Code::PASSWORD_SOURCE, format!("the password in {name} is {what}"))
            };
            let text = value.into_string().map_err(|_| unusable("not UTF-8"))?;
            if text.is_empty() { Err(unusable("empty")) } else { Ok(Some(Password::new(text))) }
        }
    }
}

/// Where the file says that the password is: the variable, or the file itself.
fn password_place(project: &Project) -> String {
    match &project.spec().password {
        PasswordSource::Variable(name) => name.clone(),
        PasswordSource::Literal(_) => project.file().display().to_string(),
    }
}

/// What gives a password that does.
fn password_hint(project: &Project, context: &Context) -> String {
    match &project.spec().password {
        PasswordSource::Variable(name) => {
            format!("{name}=changeit1 {}", context.command_line(&[]))
        }
        PasswordSource::Literal(_) => hint::PKI_FILE.to_owned(),
    }
}

/// A build of the file that can be pasted: with a password where the variable of it is not set.
fn build_hint(project: &Project, context: &Context) -> String {
    let build = hint::command("pki build", project.file());
    match &project.spec().password {
        PasswordSource::Variable(name)
            if context.variable(OsStr::new(name)).is_none_or(|value| value.is_empty()) =>
        {
            format!("{name}=changeit1 {build}")
        }
        _ => build,
    }
}

/// A failure of what wants an output folder: where there is none, a build makes it.
fn not_built(error: ProjectError, project: &Project, context: &Context) -> Failure {
    let missing = matches!(error, ProjectError::Store(StoreError::NotFound { .. }));
    let failure = Failure::from(error);
    if missing { failure.hinting(build_hint(project, context)) } else { failure }
}

/// The password of the stores, which are to be written.
fn required_password(project: &Project, context: &Context) -> Result<Password, Failure> {
    if let Some(password) = password(project, context)? {
        return Ok(password);
    }
    let name = password_place(project);
    let message = format!("the variable {name} is not set, which the file names as password_env");
    Err(Failure::new(Code::PASSWORD_MISSING, message).hinting(password_hint(project, context)))
}

/// What Java refuses is not made; what Oracle's tools would not make themselves, they open.
fn require_fit(project: &Project, password: &Password, context: &Context) -> Result<(), Failure> {
    let says =
        |weakness: &str| format!("the password in {} is {weakness}", password_place(project));
    if let Some(weakness) = Rules::Java.weakness(password.as_str()) {
        let failure = Failure::new(Code::PASSWORD_WEAK, says(weakness)).final_word();
        return Err(failure.hinting(password_hint(project, context)));
    }
    let has_wallet = |leaf: &Leaf| leaf.outputs.contains(&Output::Oracle);
    if project.spec().leaves.iter().any(has_wallet)
        && let Some(weakness) = Rules::Oracle.weakness(password.as_str())
    {
        let message = format!("{}; they open such a wallet", says(weakness));
        context.warn(&[Warning { code: Code::PASSWORD_WEAK, message }]);
    }
    Ok(())
}

/// Says what else comes of the plan.
fn warn_of_effects(project: &Project, plan: &Plan, context: &Context) {
    for (issuer, Cut { ends, names }) in &plan.cut {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (names, ends) = (listed(&names), timestamp(*ends));
        let message = format!("cut to the end of {issuer}, {ends}: {names}");
        context.warn(&[Warning { code: Code::VALIDITY_CUT, message }]);
    }
    for root in &plan.replaced {
        let wanted = project.spec().authority(root);
        let is_root = wanted.is_some_and(|authority| authority.issuer.is_none());
        let what = if is_root {
            "is made anew: what trusts the old one"
        } else {
            "is no root any more: what trusts it"
        };
        let message = format!(
            "{root} {what} has to be given {} or a trust store again",
            project.out().join("ca-bundle.pem").display()
        );
        context.warn(&[Warning { code: Code::PKI_ROOT_REPLACED, message }]);
    }
}

/// The time: the file's, if it has stopped the clock.
fn now(project: &Project, context: &Context) -> OffsetDateTime {
    let now = project.spec().now.unwrap_or_else(|| context.now());
    now.replace_nanosecond(0).unwrap_or(now)
}
