use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::output;
use crate::render::expiry::Report;
use crate::render::style::Style;
use crate::render::text::safe;
use crate::render::{self, prometheus};
use crate::value;
use clap::{Args, ValueEnum};
use mwallet::code::Code;
use mwallet::codec::Keys;
use mwallet::store::dir::Location;
use mwallet::store::file::{self, Existing};
use mwallet::store::{StoreError, Survey, survey};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// Say which certificates end soon
///
/// Looks into files and wallets of any format: of each key the certificate and its issuers, and what is
/// trusted. Ends with status 3 when one is due, that is, has ended or ends within the time given.
///
/// Nothing is asked. Auto-login wallets, Java key stores, PEM, DER and PKCS#7 open without a password;
/// one that is given is tried on every file. What cannot be read is listed. Where nothing is due, a file or
/// wallet that was named and cannot be read gives the status of its error (4 for a password that is missing,
/// 5 for a file); what was merely found below a folder does so only where nothing at all could be read.
///
/// With --recursive folders are looked into. Files that hold no certificates are then passed over (-v
/// names them), links to folders are not followed, and a file with several names counts once.
///
/// The format prom is for the textfile collector of Prometheus's `node_exporter`: every certificate with
/// the second since 1970 at which it ends, due or not. F must end in .prom for it.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet expiry app-wallet server.pem
  mwallet expiry /etc/ssl /opt/wallets --recursive --within 60d
  mwallet expiry /etc/ssl --recursive --json
  mwallet expiry /opt/wallets --recursive --format prom \\
    --out /var/lib/node_exporter/certificates.prom --force

", exit_codes!()))]
pub(crate) struct Expiry {
    /// Files, wallets, and with --recursive folders
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// What is left of a certificate that is due: 30 or 30d (days), 12h, 2w, 1y
    #[arg(long, value_name = "TIME", default_value = "30d")]
    within: String,
    /// Look into folders and all that is below them
    #[arg(short, long)]
    recursive: bool,
    /// How to report: table, json (as --json) or prom
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<Format>,
    /// Judge for this moment instead of now: 2027-01-01, 2027-01-01T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    at: Option<OffsetDateTime>,
    /// Write the report to this file, in one step and readable for all (mode 0644); - is stdout
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Replace F if it is there
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    open: OpenFlags,
}

/// How the report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// The text format of Prometheus
    Prom,
}

/// Mode of the report: collectors of metrics run as other users, and no secret is in it.
const MODE: u32 = 0o644;

impl Expiry {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let within = value::period(&self.within)?;
        let format = self.format(context)?;
        let out = self.out.as_deref().filter(|out| *out != Path::new("-"));
        if let Some(out) = out {
            output::require_unread(out, &self.open.files_read())?;
            output::require_free(out, self.force)?;
            file::require_writable(out)?;
            output::require_no_material(out)?;
        }
        if let (Format::Prom, Some(out)) = (format, out)
            && out.extension().is_none_or(|ending| ending != "prom")
        {
            let message = "the textfile collector reads names that end in .prom, and this does not";
            return Err(Failure::new(Code::USAGE, message).about(out));
        }
        let secrets = self.open.secrets(context)?;
        let survey = survey(&self.paths, self.recursive, &secrets.opening(Keys::Leave));
        for path in &survey.passed_over {
            context.detail(&format!("passed over: {}", safe(&path.display().to_string())));
        }
        let at = self.at.unwrap_or_else(|| context.now());
        let report = Report::of(&survey, at, within);
        let failing = self.failing(&survey, !report.due.is_empty());
        // The error is told last, and once.
        let told = failing.filter(|_| out.is_none());
        let bytes = match format {
            Format::Table => {
                let style = Style::new(out.is_none() && context.colors_data());
                // As it was given, and what a plain number means.
                let is_plain = self.within.bytes().all(|byte| byte.is_ascii_digit());
                let within = format!("{}{}", self.within, if is_plain { "d" } else { "" });
                report.table(&within, context.is_quiet(), told, style).into_bytes()
            }
            Format::Json => render::json(&report, context).to_vec(),
            Format::Prom => prometheus::text(&survey).into_bytes(),
        };
        match out {
            Some(out) => {
                let existing = if self.force { Existing::KeepOwner } else { Existing::Refuse };
                file::write_new(out, &bytes, MODE, existing)?;
                context.detail(&format!("wrote {}", out.display()));
            }
            None => context.data(&bytes)?,
        }
        match failing {
            Some(failing) => Err(self.unread(&survey.unreadable[failing], context)),
            None if report.due.is_empty() => Ok(Status::Done),
            None => Ok(Status::Findings),
        }
    }

    fn format(&self, context: &Context) -> Result<Format, Failure> {
        match self.format {
            Some(Format::Table | Format::Prom) if context.json => {
                Err(Failure::new(Code::USAGE, "--json and --format name two formats"))
            }
            None if context.json => Ok(Format::Json),
            format => Ok(format.unwrap_or(Format::Table)),
        }
    }

    /// Which of the errors is that of the command, if any: the first where nothing was read, else the first
    /// of what was named, unless something is due.
    fn failing(&self, survey: &Survey, is_due: bool) -> Option<usize> {
        if survey.files.is_empty() {
            return (!survey.unreadable.is_empty()).then_some(0);
        }
        // Of a wallet's file its directory.
        let of = |path: &Path| Location::of_file(path).path().to_path_buf();
        let is_named = |error: &StoreError| {
            !self.recursive || self.paths.iter().any(|named| of(named) == of(error.path()))
        };
        survey.unreadable.iter().position(is_named).filter(|_| !is_due)
    }

    fn unread(&self, error: &StoreError, context: &Context) -> Failure {
        let failure = Failure::from(error.clone());
        if failure.code == Code::WALLET_NOT_FOUND && !self.recursive {
            failure.hinting(context.command_line(&["--recursive"]))
        } else {
            failure
        }
    }
}
