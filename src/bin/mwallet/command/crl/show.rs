use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::judging;
use crate::render;
use crate::render::crl::{self, ListReport};
use crate::render::style::Style;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::slice;

/// Show the revocation lists of a file
///
/// Nothing is verified: mwallet crl verify does that.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet crl show corp.crl
  mwallet crl show corp.crl --json
  curl -s http://pki.acme.com/corp.crl | mwallet crl show -

JSON:
  {schema, path, lists:[{issuer, number, this_update, next_update, signature_algorithm,
  authority_key_id, sha256, revoked:[{serial, date, reason}]}]}

", exit_codes!()))]
pub(crate) struct Show {
    /// The file, PEM or DER; - is stdin
    #[arg(value_name = "F")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    path: &'a str,
    lists: Vec<ListReport>,
}

impl Show {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let lists = judging::revocation_lists(slice::from_ref(&self.file), context)?;
        if context.json {
            let path = self.file.to_string_lossy();
            let lists = lists.iter().map(ListReport::of).collect();
            let report = Report { schema: render::SCHEMA, path: &path, lists };
            context.data(&render::json(&report, context))?;
        } else {
            let style = Style::new(context.colors_data());
            let shown: Vec<String> =
                lists.iter().map(|list| crl::text(list, context.now(), style)).collect();
            context.data(shown.join("\n").as_bytes())?;
        }
        Ok(Status::Done)
    }
}
