use crate::app::exit_codes;
use crate::command::export::{ExportFlags, Form, Job};
use crate::context::Context;
use crate::failure::{Failure, Status};
use clap::Args;
use mwallet::code::Code;
use mwallet::model::format::Format;
use mwallet::store::dir::WALLET_FILE;
use mwallet::store::file::{self, Kind};
use std::path::{Path, PathBuf};

/// Turn any wallet, store or certificate file into another
///
/// SRC is a wallet, a key store, a file of certificates and keys (PEM, DER, PKCS#7), the manifest of
/// a Kubernetes Secret, or a folder of PEM files; its content tells which.
///
/// A DST that ends in .p12, .pfx, .keystore, .truststore or .ks becomes a PKCS#12 file, and so do .keystore and
/// cacerts, as with keytool; one in .jks or .jceks becomes a key store of that type, in .pem or .crt text, in .der
/// or .cer one certificate, in .p7b a PKCS#7 bundle, in .yaml or .yml the manifest of a Secret. Any other name
/// without an ending, or a directory, means an Oracle wallet, or with --for what that program is best given. --to
/// says otherwise.
///
/// A folder is read where it, or a folder in it for each key, holds fullchain.pem, else cert.pem, else tls.crt;
/// chain.pem; key.pem, else privkey.pem, else tls.key; truststore.pem and ca.crt. Files of other names are given
/// one by one.
///
/// --password-* opens SRC, --out-password-* protects DST, --key-password-* opens keys of SRC that
/// have a password of their own. SRC is not changed. In the manifest of a Secret the key stands in the
/// clear, as Kubernetes wants it.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet convert app.p12 app.jks
  mwallet convert old.jks new.p12 --password-file old.txt --out-password-file new.txt
  mwallet convert app.jks app.pem --alias app --out-no-password
  mwallet convert bundle.pem trust.jks --trust-only
  mwallet convert app-wallet certs --split --out-no-password
  mwallet convert certs app-wallet
  mwallet convert app.p12 secret.yaml --alias app --namespace prod
  mwallet convert app.jks chain.p7b --no-key

", exit_codes!()))]
pub(crate) struct Convert {
    /// What to read; - is stdin
    #[arg(value_name = "SRC")]
    source: PathBuf,
    /// What to write; - is stdout
    #[arg(value_name = "DST")]
    destination: PathBuf,
    /// The form to write, whatever the name says
    #[arg(long, visible_alias = "type", value_enum, value_name = "FORM")]
    to: Option<Form>,
    #[command(flatten)]
    flags: ExportFlags,
}

impl Convert {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let form = self.form()?;
        // The path of an ewallet.p12 means its directory.
        let in_directory = form == Form::Oracle
            && self.destination.file_name().is_some_and(|name| name == WALLET_FILE);
        let folder = self.destination.parent().filter(|folder| !folder.as_os_str().is_empty());
        let out = if in_directory { folder.unwrap_or(Path::new(".")) } else { &self.destination };
        let out = Some(out).filter(|out| *out != "-");
        Job { source: &self.source, form, out, flags: &self.flags }.run(context)
    }

    fn form(&self) -> Result<Form, Failure> {
        if let Some(form) = self.to {
            return Ok(form);
        }
        if self.flags.wants_split() {
            // A name that means another form contradicts the flag, which the job says.
            return Ok(match Form::of_name(&self.destination) {
                Some(Form::Oracle) | None => Form::Pem,
                Some(named) => named,
            });
        }
        if self.destination != Path::new("-") {
            let is_wallet = self.destination.file_name().is_some_and(|name| name == WALLET_FILE);
            if is_wallet || file::kind(&self.destination)? == Some(Kind::Directory) {
                return Ok(Form::Oracle);
            }
            // A name without an ending, or one of Java's for all types, says nothing to a program that has a form
            // of its own.
            let is_vague =
                self.destination.extension().is_none() || Format::is_java_name(&self.destination);
            let says_nothing = self.flags.consumer.is_some() && is_vague;
            if let Some(form) = Form::of_name(&self.destination).filter(|_| !says_nothing) {
                return Ok(form);
            }
        }
        if let Some(consumer) = &self.flags.consumer {
            return Ok(Form::of_consumer(consumer));
        }
        let message = format!(
            "{}: the name does not tell what to write; --to does: {}",
            self.destination.display(),
            Form::names()
        );
        Err(Failure::new(Code::USAGE, message))
    }
}
