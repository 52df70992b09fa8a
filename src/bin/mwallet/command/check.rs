use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::input;
use crate::judging::{self, JudgeFlags, Question};
use crate::open::{OpenFlags, Opened, open_secrets};
use crate::own_password::{OwnPassword, own_passwords};
use crate::render;
use crate::render::change::Change;
use crate::render::style::Style;
use crate::render::text::safe;
use crate::value;
use clap::Args;
use mwallet::chain::{self, CheckRequest, Finding, Report, Severity};
use mwallet::code::Code;
use mwallet::codec::{self, Keys};
use mwallet::consumer::{self, Consumer, Subject};
use mwallet::model::entry::Entry;
use mwallet::model::format::{Format, Layout};
use mwallet::model::key::KeyMaterial;
use mwallet::model::wallet::Wallet;
use mwallet::ops::repair::{self, Repair};
use mwallet::store::dir::{AutoLogin, Location};
use mwallet::store::{Store, file};
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use time::Duration;

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
/// --fix puts the certificates of each key into order, drops what is there twice, and puts to a key the
/// intermediates that lie in another entry or in a file of --from. It trusts nothing that was not
/// trusted. The report is on the wallet after that; with --dry-run on the wallet as it is.
///
/// Revocation lists that the wallet holds count like those of --crl. docs/validation.md has the rules.
///
/// With -q only what is wrong is printed.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet check app-wallet
  mwallet check app-wallet --at 2027-01-01
  mwallet check app-wallet --purpose client --json
  mwallet check app-wallet --for oracle-utl-http
  mwallet check app-wallet --purpose server --host db.acme.com --min-days 30 --crl acme.crl
  mwallet check app.jks --fix --from issuing.pem --dry-run

JSON:
  {\"schema\":1, \"verdict\":\"ok|findings\", \"headline\":{code, message}|null, \"chain\":[...],
   \"chains\":[{alias, complete, chain}], \"findings\":[{code, severity, certificate, entry, message,
   evidence, repair}], \"repairs\":[{what, entry, subject, sha256}] with --fix}

", exit_codes!()))]
pub(crate) struct Check {
    /// The wallet; - is stdin
    #[arg(value_name = "W")]
    wallet: PathBuf,
    #[command(flatten)]
    judge: JudgeFlags,
    /// Find it wrong when a certificate of a key expires within this many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16))]
    min_days: Option<u16>,
    /// Check for this program as well: see `mwallet help consumers`
    #[arg(long = "for", id = "consumer", value_name = "CONSUMER", value_parser = value::consumer)]
    consumer: Option<Consumer>,
    /// Repair what needs no decision: order, duplicates, intermediates that lie elsewhere
    #[arg(long)]
    fix: bool,
    /// A file of certificates that --fix may take intermediates from; may be given more than once
    #[arg(long, value_name = "F", requires = "fix")]
    from: Vec<PathBuf>,
    /// Say what --fix would repair, and change nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
}

/// What was repaired, for JSON.
#[derive(Serialize)]
struct RepairReport {
    what: &'static str,
    entry: String,
    subject: Option<String>,
    sha256: Option<String>,
}

/// The report of a check, and what was repaired before it.
#[derive(Serialize)]
struct Shape<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    repairs: Option<Vec<RepairReport>>,
}

impl Check {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let mut question = self.judge.question(context)?;
        let (opened, repairs) = if self.fix {
            let (opened, repairs) = self.repaired(&question, context)?;
            (opened, Some(repairs))
        } else {
            let secrets = self.open.secrets(context)?.for_report();
            (secrets.read(&self.wallet, Keys::Open, context)?, None)
        };
        let store = &opened.store;
        question.crls.extend(codec::revocation_lists(&store.wallet));
        let report = self.report(&opened, &question, context);
        let shape = Shape {
            report: &report,
            repairs: repairs.as_deref().map(|repairs| repairs.iter().map(shown).collect()),
        };
        if context.json {
            context.data(&render::json(&shape, context))?;
        } else {
            let style = Style::new(context.colors_data());
            let told = repairs.as_deref().filter(|_| !context.is_quiet());
            let mut text = told.map(|all| self.lines(all)).unwrap_or_default();
            text += &if context.is_quiet() {
                render::chain::errors(&report, style)
            } else {
                render::chain::report(&report, style)
            };
            context.data(text.as_bytes())?;
        }
        Ok(report.verdict.into())
    }

    fn report(&self, opened: &Opened, question: &Question, context: &Context) -> Report {
        let store = &opened.store;
        let remaining = self.min_days.map(|days| Duration::days(days.into()));
        let report = chain::check(
            &store.wallet,
            &CheckRequest {
                criteria: question.criteria().remaining(remaining),
                entry: None,
                wallet: &self.wallet.to_string_lossy(),
            },
        );
        // In PKCS#12 certificates lie beside the keys, in no order that a chain could have.
        let keeps_order = !matches!(store.format(), Format::Pkcs12 | Format::Sso);
        let of_lists = |one: &Finding| keeps_order || one.code != Code::CHAIN_DISORDERED;
        let own = own_passwords(store, &self.wallet, context).into_iter().map(of_key);
        let own = own.chain(unopened(store)).chain(self.exposed(store)).chain(uncompared(store));
        let files = judging::of_files(store);
        let findings =
            report.findings.into_iter().filter(of_lists).chain(own).chain(files).collect();
        let mut findings = self.for_consumer(opened, findings);
        if store.layout() != Some(Layout::Oracle) {
            if question.is_of_server() && self.consumer.is_none() {
                consumer::spare_root(&mut findings, &store.wallet, &self.wallet.to_string_lossy());
            }
            // Java looks for whom to trust in another store.
            if store.wallet.trusted().next().is_none() {
                let anchors =
                    findings.iter_mut().filter(|one| one.code == Code::ANCHOR_NOT_TRUSTED);
                anchors.for_each(|finding| finding.severity = Severity::Note);
            }
            self.keep_untrusted(&mut findings, &store.wallet);
        }
        let mut report = Report::new(report.chains, findings);
        judging::finish_repairs(&mut report.findings, Some(store), context);
        report
    }

    /// Keys and secrets that lie open in the file.
    fn exposed(&self, store: &Store) -> Option<Finding> {
        open_secrets(store).map(|warning| {
            let repair = hint::command("passwd", &self.wallet);
            Finding::new(warning.code, Severity::Warning, warning.message).repair(repair)
        })
    }

    /// What is missing above the certificate of a key belongs to the key, and is not to be trusted for it;
    /// unless that was tried: a root is nowhere but among the trusted.
    fn keep_untrusted(&self, findings: &mut [Finding], wallet: &Wallet) {
        let leaves: HashSet<String> = wallet
            .entries()
            .iter()
            .filter(|entry| entry.key().is_some() && !self.fix)
            .filter_map(Entry::certificate)
            .map(|leaf| leaf.fingerprint().to_string())
            .collect();
        let is_gap = |finding: &&mut Finding| {
            finding.code == Code::CHAIN_ISSUER_MISSING
                && finding.severity == Severity::Error
                && finding.certificate.as_ref().is_some_and(|one| leaves.contains(one))
        };
        for finding in findings.iter_mut().filter(is_gap) {
            finding.repair =
                Some(format!("{} --fix --from FILE", hint::command("check", &self.wallet)));
        }
    }

    /// The wallet with its repairs, saved unless this is a rehearsal; a rehearsal leaves what is
    /// reported on as it is.
    fn repaired(
        &self,
        question: &Question,
        context: &Context,
    ) -> Result<(Opened, Vec<Repair>), Failure> {
        let mut more = Vec::new();
        for path in &self.from {
            more.extend(input::certificates(std::slice::from_ref(path), context)?.certificates);
        }
        let secrets = self.open.secrets(context)?.for_report();
        let mut opened = secrets.open_to_edit(&self.wallet, Keys::Open, context)?;
        let before = self.dry_run.then(|| opened.store.wallet.clone());
        let is_java = opened.store.format().is_java();
        let repairs = repair::repair(&mut opened.store.wallet, &more, is_java, question.at());
        if !repairs.is_empty() {
            let mut change = Change::new(&self.wallet, self.dry_run);
            opened.save(&mut change, self.dry_run, context)?;
            change.tell_warnings(context);
            // What was wrong with its files is in order now.
            if !self.dry_run {
                opened.store = opened.secrets.read_again(&self.wallet, Keys::Open)?;
            }
        }
        if let Some(before) = before {
            opened.store.wallet = before;
        }
        Ok((opened, repairs))
    }

    fn lines(&self, repairs: &[Repair]) -> String {
        if repairs.is_empty() {
            return "nothing to repair\n\n".to_owned();
        }
        let would = if self.dry_run { "would be " } else { "" };
        let mut text = String::new();
        for repair in repairs {
            let line = match repair {
                Repair::IssuerAdded { alias, certificate } => {
                    format!("{} {would}put to {alias}", certificate.subject())
                }
                Repair::ChainOrdered { alias } => {
                    format!("the certificates of {alias} {would}put into order")
                }
                Repair::DuplicateDropped { alias, .. } => {
                    format!("{alias} {would}dropped: it was trusted twice")
                }
            };
            let _ = writeln!(text, "repair: {}", safe(&line));
        }
        text + "\n"
    }

    /// The findings, and what the program that the wallet is for has against it.
    fn for_consumer(&self, opened: &Opened, findings: Vec<Finding>) -> Vec<Finding> {
        let store = &opened.store;
        let (Some(consumer), Some(origin)) = (&self.consumer, &store.origin) else {
            return findings;
        };
        let subject = Subject {
            origin,
            wallet: &store.wallet,
            path: &self.wallet.to_string_lossy(),
            password: opened.secrets.password.as_ref(),
            auto_login: store.auto_login() != AutoLogin::None,
            is_folder: matches!(store.location(), Location::PemFolder(_)),
        };
        consumer::merge(consumer, &subject, findings, consumer::check(consumer, &subject))
    }
}

fn shown(repair: &Repair) -> RepairReport {
    let (what, entry, certificate) = match repair {
        Repair::IssuerAdded { alias, certificate } => ("issuer-added", alias, Some(certificate)),
        Repair::ChainOrdered { alias } => ("chain-ordered", alias, None),
        Repair::DuplicateDropped { alias, certificate } => {
            ("duplicate-dropped", alias, Some(certificate))
        }
    };
    RepairReport {
        what,
        entry: entry.clone(),
        subject: certificate.map(|certificate| certificate.subject().to_string()),
        sha256: certificate.map(|certificate| certificate.fingerprint().to_string()),
    }
}

fn of_key(key: OwnPassword) -> Finding {
    let OwnPassword { alias, warning, repair } = key;
    Finding::new(warning.code, Severity::Warning, warning.message).entry(&alias).repair(repair)
}

/// That keys were not looked at, because a Java key store shows the rest without a password.
fn unopened(store: &Store) -> Option<Finding> {
    let is_closed = |entry: &Entry| matches!(entry.key(), Some(KeyMaterial::Locked(locked)) if locked.refusal.is_none());
    store.wallet.entries().iter().any(is_closed).then(|| {
        let message = "without a password the keys were not opened: whether they have the password \
                       of the store, and are those of their certificates, was not checked";
        Finding::new(Code::KEY_LOCKED, Severity::Warning, message)
    })
}

/// That the other file of a wallet was not looked at, because the auto-login file opens without a password.
fn uncompared(store: &Store) -> Option<Finding> {
    let main = store.location().store_file();
    let is_there = matches!(file::kind(&main), Ok(Some(_)));
    (store.format() == Format::Sso && is_there).then(|| {
        let message = "without the password ewallet.p12 was not opened: whether it holds the same as \
                       cwallet.sso was not checked";
        Finding::new(Code::AUTO_LOGIN_UNCHECKED, Severity::Note, message)
    })
}
