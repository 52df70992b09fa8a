use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::material::{self, Material};
use crate::open::AuthorityOpenFlags;
use crate::render;
use crate::render::crl::VerdictReport;
use crate::render::style::Style;
use crate::value;
use clap::Args;
use mwallet::chain::Severity;
use mwallet::codec::Keys;
use mwallet::model::certificate::Certificate;
use mwallet::ops::check_list::check_list;
use std::path::PathBuf;
use time::OffsetDateTime;

/// Verify a revocation list by the certificate of its CA
///
/// Its issuer is looked for by name among all certificates of --ca, and the signature has to fit one of
/// their keys. A list that is overdue, or of a time to come, is found too. Ends with status 3 when
/// validators could not rely on the list.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet crl verify corp.crl --ca ca.pem
  mwallet crl verify corp.crl --ca ca-wallet --ca-password-env CA_PASSWORD
  mwallet crl verify corp.crl --ca ca.pem --at 2027-01-31 --json

JSON:
  {schema, path, verdict:\"ok|findings\", headline:{code, message}, issuer:{subject, sha256}, list,
  findings:[...]}; list is that of crl show, findings are those of check

", exit_codes!()))]
pub(crate) struct Verify {
    /// The list, PEM or DER; - is stdin
    #[arg(value_name = "F")]
    file: PathBuf,
    /// The CA: its certificate, or a wallet that holds it
    #[arg(long, value_name = "W|F")]
    ca: PathBuf,
    /// When: 2026-01-31 or 2026-01-31T12:00:00Z; now without it
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    at: Option<OffsetDateTime>,
    #[command(flatten)]
    open: AuthorityOpenFlags,
}

impl Verify {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let list = super::list(&self.file, context)?;
        let certificates = self.certificates(context)?;
        let at = self.at.unwrap_or_else(|| context.now());
        let verdict = check_list(&list, &certificates, at);
        let report = VerdictReport::new(&self.file, &list, &verdict);
        if context.json {
            context.data(&render::json(&report, context))?;
        } else {
            let style = Style::new(context.colors_data());
            context.data(report.text(context.is_quiet(), style).as_bytes())?;
        }
        let wrong = verdict.findings.iter().any(|finding| finding.severity == Severity::Error);
        Ok(if wrong { Status::Findings } else { Status::Done })
    }

    fn certificates(&self, context: &Context) -> Result<Vec<Certificate>, Failure> {
        let secrets = self.open.secrets(context)?;
        let found = match material::read(&self.ca, &secrets, Keys::Leave, context)? {
            Material::Wallet(store) => {
                store.wallet.certificates().map(|(_, certificate)| certificate.clone()).collect()
            }
            Material::Loose(loose) => loose.bundle.certificates,
        };
        if found.is_empty() {
            return Err(Failure::nothing_in(&self.ca, "certificate"));
        }
        Ok(found)
    }
}
