use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::material::{self, Material};
use crate::open::{Meant, OpenFlags, find_entry};
use crate::output::{self, FileReport};
use crate::render;
use crate::render::sorted::SortedReport;
use crate::render::style::Style;
use clap::Args;
use mwallet::chain::sort::{self, Sorted};
use mwallet::code::Code;
use mwallet::codec::{Keys, pem};
use mwallet::model::certificate::Certificate;
use mwallet::model::wallet::Wallet;
use mwallet::ops::export::{self, Parts};
use mwallet::store::file::{self, Kind};
use std::path::{Path, PathBuf};

/// Sort certificates into chains, and say which issuer is missing
///
/// Takes certificates in any form and order, also those of wallets, and writes PEM: each leaf, then
/// its issuers. What stands there twice is written once in each chain; what belongs to no chain is
/// named and left out. The self-signed root at the end is written where it is there; servers leave
/// it out, because a client has to know it anyway: --no-root.
///
/// A chain with a gap is written as far as it goes, and ends with status 3. Where the certificate
/// says at which URL its issuer can be had, that is shown; nothing is fetched.
///
/// PEM goes to stdout and the report to stderr. With --json the report goes to stdout, and PEM only
/// to --out.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet chain app.pem bundle.p7b > fullchain.pem
  mwallet chain *.cer --no-root --out /etc/nginx/app.pem
  mwallet chain app.pem intermediate.pem --json
  mwallet chain app.p12 --alias app --password-env P12_PASSWORD --out fullchain.pem

JSON:
  as check, and \"unrelated\":[{subject, sha256}], \"duplicates\":NUMBER,
  \"root\":\"included|left-out|absent\", \"files\":[{path, mode}],
  \"warnings\":[{code, message}]

", exit_codes!()))]
pub(crate) struct Chain {
    /// Certificates, bundles or wallets; - is stdin, for all but stores
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Only this entry of a wallet; its issuers are looked for in all of them
    #[arg(long, value_name = "A")]
    alias: Option<String>,
    /// The file to write; stdout without it
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Overwrite what is at --out
    #[arg(long)]
    force: bool,
    /// Leave out the self-signed root
    #[arg(long)]
    no_root: bool,
    #[command(flatten)]
    open: OpenFlags,
}

/// What is sorted.
#[derive(Default)]
struct Found {
    /// As often as they stand in different files.
    certificates: Vec<Certificate>,
    /// How many stood in one file before.
    duplicates: usize,
}

impl Chain {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        if let Some(out) = self.file() {
            output::require_public_place(
                out,
                &self.in_files(),
                &self.open.files_read(),
                self.force,
            )?;
        }
        let found = self.certificates(context)?;
        let mut sorted = sort::sort(&found.certificates, context.now());
        sorted.duplicates += found.duplicates;
        let pem = self.pem(&sorted);
        let written = match (self.file(), context.json) {
            (None, true) => None,
            (file, _) => output::write(file, pem.as_bytes(), self.force, context)?,
        };
        self.tell(&sorted, written, context)?;
        Ok(if sorted.is_complete() { Status::Done } else { Status::Findings })
    }

    fn file(&self) -> Option<&Path> {
        self.out.as_deref().filter(|out| *out != "-")
    }

    /// What is read and could be written over: no pipes, and nothing that is not there.
    fn in_files(&self) -> Vec<&Path> {
        let is_one = |path: &&Path| {
            matches!(file::kind(path), Ok(Some(Kind::File { .. } | Kind::Directory)))
        };
        self.files.iter().map(PathBuf::as_path).filter(is_one).collect()
    }

    /// Those of all files.
    fn certificates(&self, context: &Context) -> Result<Found, Failure> {
        let secrets = self.open.secrets(context)?;
        let mut all = Found::default();
        let mut wallets = 0;
        for path in &self.files {
            let found = match material::read(path, &secrets, Keys::Leave, context)? {
                Material::Wallet(store) => {
                    wallets += 1;
                    self.of_wallet(&store.wallet).map_err(|failure| failure.about(path))?
                }
                Material::Loose(loose) => {
                    all.duplicates += loose.bundle.duplicates;
                    loose.bundle.certificates
                }
            };
            if found.is_empty() {
                return Err(Failure::nothing_in(path, "certificate"));
            }
            all.certificates.extend(found);
        }
        if self.alias.is_some() && wallets == 0 {
            let message = "--alias names an entry of a wallet, and none of the files is one";
            return Err(Failure::new(Code::USAGE, message));
        }
        Ok(all)
    }

    /// All, or those of the entry that was named, with its issuers from anywhere in the wallet.
    fn of_wallet(&self, wallet: &Wallet) -> Result<Vec<Certificate>, Failure> {
        let chosen = match self.alias.as_deref() {
            Some(name) => {
                let entry = find_entry(wallet, name, Meant::KeyOrCertificate)?;
                &export::select(wallet, Some(entry), Parts::All, true)
            }
            None => wallet,
        };
        Ok(chosen.certificates().map(|(_, certificate)| certificate.clone()).collect())
    }

    fn pem(&self, sorted: &Sorted) -> String {
        let chains = sorted.paths.iter().map(|path| sort::written(path, !self.no_root));
        chains.map(|chain| pem::encode_certificates(&chain, true)).collect()
    }

    fn tell(
        &self,
        sorted: &Sorted,
        written: Option<FileReport>,
        context: &Context,
    ) -> Result<(), Failure> {
        let report = SortedReport::new(sorted, !self.no_root, written, context.now());
        if context.json {
            return context.data(&render::json(&report, context));
        }
        let style = Style::new(context.colors_messages());
        context.message(report.text(style).trim_end());
        Ok(())
    }
}
