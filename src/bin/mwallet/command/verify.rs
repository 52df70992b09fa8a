use crate::app::exit_codes;
use crate::command_line::CommandLine;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::judging::{self, JudgeFlags, Question};
use crate::material::{self, Material};
use crate::open::{OpenFlags, Secrets};
use crate::password::CaPassword;
use crate::render;
use crate::render::style::Style;
use clap::Args;
use mwallet::chain::report::{Report, Verdict};
use mwallet::chain::{self, Candidates, Finding, Severity, Source, Validator, sort};
use mwallet::code::{Class, Code};
use mwallet::codec::pkcs12::property;
use mwallet::codec::{self, Keys, Warning};
use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use mwallet::model::entry::Entry;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use serde::Serialize;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Say whether certificates are good, and if not, why
///
/// Finds the path from each certificate to one of --ca and judges it as RFC 5280 section 6 prescribes:
/// signatures, validity, CA and path length, name constraints, policies, key usage, critical extensions,
/// revocation; and purpose and host where they are asked for. docs/validation.md has the rules. Ends
/// with status 3 when something is wrong.
///
/// Each file is judged alone. Of a file with several certificates the leaves are judged, and the rest
/// may be their issuers; of a wallet, the certificates of its keys. Whether these belong to the keys is said
/// where the password that opens the wallet opens them too; of a file of PEM or a Secret of Kubernetes with
/// one key, whether one of its certificates does. Further issuers are those of --untrusted. What --ca
/// names is trusted: of a wallet its trusted certificates, of any other file every certificate in it.
/// Revocation lists count in whatever file they are, those beside a certificate for their own file.
/// Nothing is fetched. Of several files one that cannot be read is a finding.
///
/// An anchor is a name and a key: whether its own certificate has expired is a warning only. --strict
/// counts anchors as certificates, adds the certificate profile of RFC 5280 section 4, and makes errors
/// of revocation lists that are out of date or not to be relied on.
///
/// With -q only what is wrong is printed.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet verify server.pem --ca acme-root.pem --untrusted issuing.pem --host db.acme.com
  mwallet verify client.pem --ca app-wallet --ca-password-env PW --purpose client
  mwallet verify fullchain.pem --ca root.pem --crl acme.crl --at 2027-01-01 --json
  mwallet verify *.cer --ca root.pem --strict

JSON:
  as check: {\"schema\":1, \"verdict\":\"ok|findings\", \"headline\", \"chain\", \"chains\", \"findings\"}
  and \"files\":[{file, verdict}]; each of chains and findings has its file

", exit_codes!()))]
pub(crate) struct Verify {
    /// Certificates, bundles or wallets; - is stdin, for all but stores
    #[arg(value_name = "CERT", required = true)]
    files: Vec<PathBuf>,
    /// A wallet or a file of certificates to trust; may be given more than once
    #[arg(long, value_name = "W|F")]
    ca: Vec<PathBuf>,
    /// A file of certificates that may be issuers, and are not trusted; may be given more than once
    #[arg(long, value_name = "F")]
    untrusted: Vec<PathBuf>,
    #[command(flatten)]
    judge: JudgeFlags,
    #[command(flatten)]
    open: OpenFlags,
    #[command(flatten)]
    ca_password: CaPassword,
}

/// The report on all files, and the verdict on each.
#[derive(Serialize)]
struct Shape<'a> {
    #[serde(flatten)]
    report: &'a Report,
    files: Vec<FileVerdict<'a>>,
}

/// What became of a file.
#[derive(Serialize)]
struct FileVerdict<'a> {
    file: &'a str,
    verdict: Verdict,
}

/// What a file holds for a verdict.
#[derive(Default)]
struct Found {
    /// The certificates of keys, in a wallet.
    leaves: Vec<Certificate>,
    /// What is wrong with the pairs of keys and certificates in it.
    misfits: Vec<Finding>,
    /// The trusted ones, in a wallet.
    trusted: Vec<Certificate>,
    /// Those of them whose trust flags are against the purpose.
    excluded: Vec<Certificate>,
    /// All of them.
    all: Vec<Certificate>,
    crls: Vec<RevocationList>,
    is_wallet: bool,
}

impl Verify {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let mut question = self.judge.question(context)?;
        let secrets = self.open.secrets(context)?;
        let given = self.ca_password.given();
        let ca_secrets =
            if given.is_given() { secrets.for_second(given, context)? } else { secrets.clone() };
        let mut candidates = Candidates::new();
        let mut excluded: HashSet<String> = HashSet::new();
        for path in &self.ca {
            let found = Found::read(path, &ca_secrets, Keys::Leave, &question, context)?;
            let anchors = if found.is_wallet { &found.trusted } else { &found.all };
            if anchors.is_empty() && found.excluded.is_empty() {
                return Err(Failure::nothing_in(path, "certificate to trust"));
            }
            excluded.extend(found.excluded.iter().map(|one| one.fingerprint().to_string()));
            add(&mut candidates, anchors, Source::Trusted);
            // An anchor is known by now, and stays one.
            let rest = found.all.iter().filter(|one| candidates.source(one).is_none());
            let rest: Vec<Certificate> = rest.cloned().collect();
            add(&mut candidates, &rest, Source::Presented);
            question.crls.extend(found.crls);
        }
        for path in &self.untrusted {
            let found = Found::read_or_nothing(path, &secrets, &question, context)?;
            add(&mut candidates, &found.all, Source::Presented);
            question.crls.extend(found.crls);
        }
        let validator = Validator::new(question.criteria());
        let own_secrets = secrets.for_certificates();
        let others = self.files.iter().map(|path| path.as_os_str()).collect();
        let bare = context.typed().without(&others);
        let mut reports = Vec::new();
        for path in &self.files {
            let read = Found::read(path, &own_secrets, Keys::Open, &question, context);
            let judged = read.and_then(|found| {
                found
                    .report(&mut candidates, &validator, &question)
                    .ok_or_else(|| Failure::nothing_in(path, "certificate"))
            });
            let mut report = match judged {
                Err(failure) if self.files.len() > 1 => unreadable(failure)?,
                judged => judged?,
            };
            let typed = match self.files.len() {
                1 => context.typed(),
                _ => &bare.with(path.as_os_str()),
            };
            for finding in &mut report.findings {
                finding.repair = self.repair(finding, typed);
                let is_excluded =
                    finding.certificate.as_ref().is_some_and(|one| excluded.contains(one));
                if finding.code == Code::ANCHOR_NOT_TRUSTED && is_excluded {
                    finding.message += judging::BY_FLAGS;
                }
            }
            let path = path.to_string_lossy().into_owned();
            reports.push((path.clone(), report.of_file(&path)));
        }
        let all = together(&reports);
        if context.json {
            let files = reports
                .iter()
                .map(|(file, report)| FileVerdict { file, verdict: report.verdict })
                .collect();
            context.data(&render::json(&Shape { report: &all, files }, context))?;
        } else {
            let style = Style::new(context.colors_data());
            let text = match (&reports[..], context.is_quiet()) {
                ([_], true) => render::chain::errors(&all, style),
                ([_], false) => render::chain::report(&all, style),
                (files, quiet) => render::chain::reports(&all, files, quiet, style),
            };
            context.data(text.as_bytes())?;
        }
        Ok(all.verdict.into())
    }

    /// The same question on one file with what was missing; what certificates say is for their CA to
    /// mend.
    fn repair(&self, finding: &Finding, typed: &CommandLine) -> Option<String> {
        let (flag, file) = match finding.code {
            // Without a root no issuer between completes a path.
            Code::CHAIN_ISSUER_MISSING if !self.ca.is_empty() => ("--untrusted", "ISSUER.pem"),
            Code::CHAIN_ISSUER_MISSING | Code::ANCHOR_NOT_TRUSTED => ("--ca", "ROOT.pem"),
            _ if judging::wants_list(finding) => ("--crl", "NEW.crl"),
            _ => return None,
        };
        Some(typed.adding(flag, file))
    }
}

impl Found {
    fn read(
        path: &Path,
        secrets: &Secrets,
        keys: Keys,
        question: &Question,
        context: &Context,
    ) -> Result<Self, Failure> {
        Ok(match material::read(path, secrets, keys, context)? {
            Material::Wallet(store) => {
                let wallet = &store.wallet;
                let kind = question.criteria().purpose.trust_flag();
                let excluded: Vec<_> = property::excluded(wallet, kind).collect();
                let out: HashSet<_> = excluded.iter().map(|(entry, _)| entry.id()).collect();
                let trusted = wallet.trusted().filter(|(entry, _)| !out.contains(&entry.id()));
                Self {
                    leaves: wallet
                        .entries()
                        .iter()
                        .filter(|entry| entry.key().is_some())
                        .filter_map(|entry| entry.certificate().cloned())
                        .collect(),
                    misfits: if keys == Keys::Open {
                        [misfits(wallet), misfit_files(&store.warnings)].concat()
                    } else {
                        Vec::new()
                    },
                    trusted: trusted.map(|(_, certificate)| certificate.clone()).collect(),
                    excluded: excluded.iter().map(|(_, one)| one.certificate.clone()).collect(),
                    all: wallet
                        .certificates()
                        .map(|(_, certificate)| certificate.clone())
                        .collect(),
                    crls: codec::revocation_lists(wallet),
                    is_wallet: true,
                }
            }
            Material::Loose(loose) => Self {
                misfits: misfit_files(&loose.bundle.warnings),
                all: loose.bundle.certificates,
                crls: loose.bundle.revocation_lists,
                ..Self::default()
            },
        })
    }

    /// The same of a file that may be empty: scripts collect what a server sends beside its
    /// certificate, and that may be nothing.
    fn read_or_nothing(
        path: &Path,
        secrets: &Secrets,
        question: &Question,
        context: &Context,
    ) -> Result<Self, Failure> {
        match Self::read(path, secrets, Keys::Leave, question, context) {
            Err(failure) if failure.is_of_empty_file() => {
                let message = format!("{}: there is nothing in it", path.display());
                context.warn(&[Warning { code: Code::BUNDLE_EMPTY, message }]);
                Ok(Self::default())
            }
            read => read,
        }
    }

    /// The report on the certificates of this file, without company; none where it has none.
    fn report(
        &self,
        others: &mut Candidates,
        validator: &Validator<'_>,
        question: &Question,
    ) -> Option<Report> {
        let validator = validator.beside(&self.crls);
        let mut seen = HashSet::new();
        let (mut chains, mut findings) = (Vec::new(), self.misfits.clone());
        others.beside(&self.all, Source::Presented, |candidates| {
            for leaf in self.judged(question).iter().filter(|leaf| seen.insert(leaf.fingerprint()))
            {
                let report = validator.validate(leaf, candidates).report();
                chains.extend(report.chains);
                findings.extend(report.findings);
            }
        });
        findings.extend(validator.revocation_unchecked());
        (!seen.is_empty()).then(|| Report::new(chains, findings))
    }

    /// The certificates that the verdict is about: those of keys, else the ends of the chains.
    fn judged(&self, question: &Question) -> Vec<Certificate> {
        if !self.leaves.is_empty() {
            return self.leaves.clone();
        }
        let sorted = sort::sort(&self.all, question.at());
        // Beside leaves a CA that has issued none of them is nobody's end.
        sorted.paths.iter().map(|path| path.leaf().clone()).collect()
    }
}

/// What is wrong with the keys of a wallet and their certificates.
fn misfits(wallet: &Wallet) -> Vec<Finding> {
    let aliases = shown_aliases(wallet);
    let misfit = |entry: &Entry| {
        let alias = &aliases[&entry.id()].text;
        let finding = chain::key_fits(alias, entry.key()?, entry.certificate()?)?;
        Some(finding.entry(alias))
    };
    wallet.entries().iter().filter_map(misfit).collect()
}

/// The same of the files of keys without entries: what their reader said.
fn misfit_files(warnings: &[Warning]) -> Vec<Finding> {
    let misfits = warnings.iter().filter(|warning| warning.code == Code::KEY_MISMATCH);
    misfits.map(|Warning { code, message }| Finding::new(*code, Severity::Error, message)).collect()
}

/// The report on one of several files that cannot be read: the others have their verdicts all the same.
/// Where a password is missing, or an answer, whoever asks is asked first.
fn unreadable(failure: Failure) -> Result<Report, Failure> {
    match failure.code.class() {
        Class::Failed | Class::NotFound => {
            let finding = Finding::new(failure.code, Severity::Error, failure.message);
            Ok(Report::new(Vec::new(), vec![finding]))
        }
        _ => Err(failure),
    }
}

fn add(candidates: &mut Candidates, certificates: &[Certificate], source: Source) {
    let certificates: Vec<_> =
        certificates.iter().map(|certificate| (certificate, source)).collect();
    candidates.add_all(&certificates);
}

/// The reports on all files as one.
fn together(reports: &[(String, Report)]) -> Report {
    let chains = reports.iter().flat_map(|(_, report)| report.chains.iter().cloned());
    let findings = reports.iter().flat_map(|(_, report)| report.findings.iter().cloned());
    Report::new(chains.collect(), findings.collect())
}
