use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::output::{self, FileReport};
use crate::render::{self, SCHEMA};
use clap::Args;
use mwallet::pki::starter::{STARTERS, Starter};
use mwallet::store::Access;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Write a pki.toml to begin with
///
/// Of a file NAME.toml the output folder is NAME.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"TEMPLATES:
  basic            a root, an intermediate, a server, a client, and an expired server
  oracle-utl-http  UTL_HTTP of an Oracle database that calls a server with a client certificate
  weblogic-2way    WebLogic with two-way TLS: JKS identity and trust
  wso2             WSO2: a JKS key store with the alias wso2carbon
  kafka            Kafka brokers and clients with mutual TLS: PKCS#12
  nginx-mtls       nginx that asks for client certificates: PEM and a revocation list

EXAMPLES:
  mwallet pki init
  mwallet pki init --template oracle-utl-http
  mwallet pki init tests/pki.toml --template kafka

", exit_codes!()))]
pub(crate) struct Init {
    /// The file to write
    #[arg(value_name = "FILE", default_value = super::FILE)]
    file: PathBuf,
    /// What to begin with: basic, oracle-utl-http, weblogic-2way, wso2, kafka or nginx-mtls
    #[arg(long, value_name = "T", default_value = "basic", value_parser = starter)]
    template: Starter,
    /// Replace FILE if it is there
    #[arg(long)]
    force: bool,
}

fn starter(name: &str) -> Result<Starter, String> {
    Starter::of_name(name).ok_or_else(|| {
        let names = STARTERS.map(|starter| starter.name).join(", ");
        format!("'{name}' is none of {names}")
    })
}

#[derive(Serialize)]
struct Report {
    schema: u32,
    template: &'static str,
    file: FileReport,
}

impl Init {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        output::require_free(&self.file, self.force)?;
        output::require_no_material(&self.file)?;
        let text = self.template.text_for(self.folder().unwrap_or("pki"));
        let access = Access::public(&self.file)?; // no secret is in it
        let file = output::write_with(&access, &self.file, text.as_bytes(), self.force)?;
        if context.json {
            let report = Report { schema: SCHEMA, template: self.template.name, file };
            context.data(&render::json(&report, context))?;
        } else {
            let (path, about) = (self.file.display(), self.template.about);
            context.report(&format!("wrote {path}: {about}\n"))?;
            let mut build = hint::command("pki build", &self.file);
            if self.file == Path::new(super::FILE) {
                build.truncate("mwallet pki build".len());
            }
            context.hint(&format!("PKI_PASSWORD=changeit1 {build}"));
        }
        Ok(Status::Done)
    }

    /// The output folder of a file `NAME.toml`: NAME, so that two files in one folder do not share theirs. None
    /// for a name that would have to be quoted.
    fn folder(&self) -> Option<&str> {
        let name = self.file.file_name()?.to_str()?.strip_suffix(".toml")?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        (name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_plain))
            .then_some(name)
    }
}
