mod contents;
mod directory;
mod flags;
mod folder;
mod form;
mod guard;
mod job;
mod keys;
pub(crate) mod loss;
mod sense;

pub(crate) use flags::ExportFlags;
pub(crate) use form::Form;
pub(crate) use job::Job;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use clap::Args;
use mwallet::code::Code;
use std::path::{Path, PathBuf};

/// Hand the wallet, or a part of it, to another program
///
/// Keys are encrypted with the password of --out-password-*, or plain with --out-no-password. The
/// wallet itself is not changed. What the form cannot carry is listed; --allow-loss leaves it out.
///
/// pem writes each entry under its alias, so that `mwallet convert` makes a key store of it again;
/// with --alias the file holds one key and its certificates, as nginx, curl and Kafka take it.
/// ewallet-pem is the wallet of Oracle's thin drivers: the certificate of one key, its issuers, what
/// else is trusted, and the key; --alias says which key where there are several. k8s writes a Secret
/// of the type kubernetes.io/tls, its key in the clear, or with --store one that holds a key store.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet export app-wallet --to p12 --out app.p12
  mwallet export app-wallet --to p12 --profile compat --out app.p12 --out-password-file pw.txt
  mwallet export app-wallet --for java17 --out app.p12
  mwallet export app.p12 --to jks --out app.jks
  mwallet export app.p12 --to oracle --out app-wallet
  mwallet export app-wallet --to ewallet-pem --out ewallet.pem
  mwallet export app-wallet --to pem --alias app --out app.pem --out-no-password
  mwallet export app-wallet --to pem --split --out certs --out-no-password
  mwallet export app-wallet --to pem --trust-only > ca.pem
  mwallet export app-wallet --to der --alias app --out app.cer
  mwallet export app-wallet --to p7b --no-key --out chain.p7b
  mwallet export app-wallet --to k8s --alias app --name app-tls | kubectl apply -f -
  mwallet export app-wallet --to k8s --store jks --name app-store --out secret.yaml

", exit_codes!()))]
pub(crate) struct Export {
    /// The wallet; - is stdin
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The form to write
    #[arg(long, visible_alias = "type", value_enum, value_name = "FORM")]
    to: Option<Form>,
    /// The file to write, or the directory; stdout without it
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    #[command(flatten)]
    flags: ExportFlags,
}

impl Export {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let form = match (self.to, &self.flags.consumer) {
            (Some(form), _) => form,
            (None, Some(consumer)) => Form::of_consumer(consumer),
            (None, None) if self.flags.split => Form::Pem,
            (None, None) => {
                let message = format!("say what to write with --to: {}", Form::names());
                return Err(Failure::new(Code::USAGE, message));
            }
        };
        let out = self.out.as_deref().filter(|out| *out != Path::new("-"));
        Job { source: &self.wallet, form, out, flags: &self.flags }.run(context)
    }
}
