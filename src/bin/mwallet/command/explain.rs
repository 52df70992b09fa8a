use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::render::style::Style;
use crate::render::{self, explain as text};
use clap::Args;
use mwallet::code::Code;
use mwallet::explain;

/// Explain a code or a message: what it means, why it happens, what to run
///
/// Knows the codes of mwallet, of orapki (PKI-04006), of Oracle Database around wallets and TLS
/// (ORA-29024), and messages of Java, OpenSSL and Go. A whole line of a log can be pasted; every
/// message in it that is known is explained, the most specific first.
///
/// In the commands words in capitals stand for what only you know: W is a wallet.
#[derive(Args, Debug)]
#[command(after_long_help = "\
EXAMPLES:
  mwallet explain ORA-29024
  mwallet explain chain-issuer-missing
  mwallet explain 'PKIX path building failed: unable to find valid certification path'
  mwallet explain --list

EXIT CODES:
  0 explained          2 usage                          5 nothing is known of it")]
pub(crate) struct Explain {
    /// A code, or a line of a log
    #[arg(value_name = "CODE", required_unless_present = "list")]
    code: Vec<String>,
    /// List everything that can be explained
    #[arg(long, conflicts_with = "code")]
    list: bool,
}

impl Explain {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let found = if self.list { explain::all() } else { self.found()? };
        if context.json {
            context.data(&render::json(&text::Report::of(&found), context))?;
        } else {
            let style = Style::new(context.colors_data());
            let text = if self.list { text::list(&found) } else { text::details(&found, style) };
            context.data(text.as_bytes())?;
        }
        Ok(Status::Done)
    }

    fn found(&self) -> Result<Vec<explain::Explanation>, Failure> {
        explain::find(&self.code.join(" ")).map_err(|unknown| {
            let mut message = unknown.to_string();
            if !unknown.near.is_empty() {
                message = format!("{message}; did you mean {}?", unknown.near.join(", "));
            }
            let failure = Failure::new(Code::TOPIC_UNKNOWN, message);
            failure.with("near", unknown.near).hinting("mwallet explain --list".to_owned())
        })
    }
}
