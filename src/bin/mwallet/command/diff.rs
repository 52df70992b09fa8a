use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::password::SourcePassword;
use crate::render;
use crate::render::comparison::ComparisonReport;
use crate::render::style::Style;
use clap::Args;
use mwallet::codec::Keys;
use mwallet::ops::compare::compare;
use std::path::PathBuf;

/// Say what differs between two wallets
///
/// Entries are compared by what they are: keys by their public half, trusted certificates by their
/// fingerprint, secrets by their name. The formats may differ. Ends with status 3 when anything
/// differs.
///
/// The values of secrets are compared and never shown. Keys that stay locked are compared by their
/// certificates. What one format alone keeps is not compared: dates of entries, unknown attributes,
/// the property that says how an Oracle wallet was made. Aliases that differ in case alone are the
/// same.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"  -  only in A
  +  only in B
  ~  in both: under another alias, or the alias has another certificate, key, chain, trust or value
  =  the same in both; with -v

EXAMPLES:
  mwallet diff app-wallet app.p12 --password-env W --src-password-env P12
  mwallet diff old.p12 new.p12 --password-file pw --src-password-file pw -v
  mwallet diff a.p12 b.p12 --json

JSON:
  {\"schema\":1, \"verdict\":\"same|different\", \"a\":PATH, \"b\":PATH, \"only_in_a\":[ENTRY],
   \"only_in_b\":[ENTRY], \"renamed\":[PAIR], \"changed\":[PAIR], \"same\":NUMBER, \"warnings\":[..]}
  ENTRY: alias, kind, subject, sha256, not_after, trust_flags, locked
  PAIR:  a and b, each an ENTRY; differences: of alias, kind, key, certificate, chain, request,
         trust-flags, value, content

", exit_codes!()))]
pub(crate) struct Diff {
    /// The one wallet; - is stdin
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The other wallet
    #[arg(value_name = "B")]
    b: PathBuf,
    #[command(flatten)]
    open: OpenFlags,
    #[command(flatten)]
    source: SourcePassword,
}

impl Diff {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let opened = self.open.read(&self.a, Keys::Open, context)?;
        let second = opened.secrets.for_second(self.source.given(), context)?;
        let (a, b) = (opened.store, second.read(&self.b, Keys::Open, context)?.store);
        let comparison = compare(&a.wallet, &b.wallet);
        let report = ComparisonReport::new(&a, &b, &comparison);
        if context.json {
            context.data(&render::json(&report, context))?;
        } else if !context.is_quiet() {
            let style = Style::new(context.colors_data());
            context.data(report.text(context.is_verbose(), style).as_bytes())?;
        }
        Ok(if comparison.is_same() { Status::Done } else { Status::Findings })
    }
}
