use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::own_password::{OwnPassword, own_passwords};
use crate::render;
use crate::render::style::Style;
use crate::value;
use clap::{Args, ValueEnum};
use mwallet::chain::report::Verdict;
use mwallet::chain::{self, CheckRequest, Criteria, Finding, Report, Severity};
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::consumer::{self, Consumer, Subject};
use mwallet::store::Store;
use mwallet::store::dir::AutoLogin;
use std::path::PathBuf;
use time::OffsetDateTime;

/// Check that keys, certificates and chains fit together
///
/// Says for each certificate whether its chain is complete, and if not, which issuer is missing. Ends
/// with status 3 when something is wrong.
///
/// A chain goes from the leaf, the certificate of a key, over intermediates, which are CAs that
/// another CA has certified, to the anchor, where trust begins. Behind each certificate stands where
/// it was found: entry (with the key), trusted (among the trusted certificates), presented (it came
/// with a reply or from a peer), system (in the trust store of the machine).
///
/// With -q only what is wrong is printed.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet check app-wallet
  mwallet check app-wallet --at 2027-01-01
  mwallet check app-wallet --purpose client --json
  mwallet check app-wallet --for oracle-utl-http

", exit_codes!()))]
pub(crate) struct Check {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// Check for this moment instead of now: 2027-01-01, 2027-01-01T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    at: Option<OffsetDateTime>,
    /// What the certificates of keys are to be used for
    #[arg(long, value_enum, value_name = "PURPOSE")]
    purpose: Option<Purpose>,
    /// Check for this program as well: see `mwallet help consumers`
    #[arg(long = "for", id = "consumer", value_name = "CONSUMER", value_parser = value::consumer)]
    consumer: Option<Consumer>,
    #[command(flatten)]
    open: OpenFlags,
}

/// A use of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Purpose {
    /// To identify a TLS client
    Client,
    /// To identify a TLS server
    Server,
}

impl Check {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let store = self.open.look(&self.wallet, context)?.store;
        let mut report = chain::check(
            &store.wallet,
            &CheckRequest {
                criteria: Criteria::new(self.at.unwrap_or_else(|| context.now())).purpose(
                    match self.purpose {
                        None => chain::Purpose::Any,
                        Some(Purpose::Client) => chain::Purpose::Client,
                        Some(Purpose::Server) => chain::Purpose::Server,
                    },
                ),
                entry: None,
                wallet: &self.wallet.to_string_lossy(),
            },
        );
        let own = own_passwords(&store, &self.wallet).into_iter().map(of_key);
        let files = of_files(&store.warnings);
        let findings = report.findings.into_iter().chain(own).chain(files).collect();
        let findings = self.for_consumer(&store, findings);
        report = Report::new(report.chains, findings);
        for finding in &mut report.findings {
            finding.repair =
                finding.repair.take().map(|repair| context.typed().with_passwords(&repair));
        }
        if context.json {
            context.data(&render::json(&report))?;
        } else {
            let style = Style::new(context.colors_data());
            let text = if context.is_quiet() {
                render::chain::errors(&report, style)
            } else {
                render::chain::report(&report, style)
            };
            context.data(text.as_bytes())?;
        }
        Ok(match report.verdict {
            Verdict::Ok => Status::Done,
            Verdict::Findings => Status::Findings,
        })
    }

    /// The findings, and what the program that the wallet is for has against it.
    fn for_consumer(&self, store: &Store, findings: Vec<Finding>) -> Vec<Finding> {
        let (Some(consumer), Some(origin)) = (&self.consumer, &store.origin) else {
            return findings;
        };
        let subject = Subject {
            origin,
            wallet: &store.wallet,
            path: &self.wallet.to_string_lossy(),
            auto_login: store.auto_login() != AutoLogin::None,
        };
        consumer::merge(consumer, findings, consumer::check(consumer, &subject))
    }
}

fn of_key(key: OwnPassword) -> Finding {
    let OwnPassword { alias, warning, repair } = key;
    Finding::new(warning.code, Severity::Warning, warning.message).entry(&alias).repair(repair)
}

/// What is wrong with the files of the wallet. Clients that open it without a password see what its
/// auto-login file holds, so one that is damaged or out of step is an error.
fn of_files(warnings: &[Warning]) -> impl Iterator<Item = Finding> {
    warnings.iter().filter_map(|warning| {
        let severity = match warning.code {
            Code::AUTO_LOGIN_OUT_OF_STEP | Code::SSO_DAMAGED | Code::SSO_TRUNCATED => {
                Severity::Error
            }
            Code::PERMISSIONS_LOOSE
            | Code::INTEGRITY_UNKNOWN
            | Code::ALIAS_DUPLICATE
            | Code::AUTO_LOGIN_BOUND
            | Code::AUTO_LOGIN_VERSION => Severity::Warning,
            _ => return None,
        };
        Some(Finding::new(warning.code, severity, warning.message.as_str()))
    })
}
