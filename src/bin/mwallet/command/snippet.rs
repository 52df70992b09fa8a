mod facts;
mod java;
mod oracle;
mod oracle_net;
mod text;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::render::text::is_harmful;
use crate::render::{self, SCHEMA};
use clap::{Args, ValueEnum};
use facts::Facts;
use mwallet::code::Code;
use mwallet::consumer::Consumer;
use serde::Serialize;
use std::path::PathBuf;

/// Print a configuration that uses a wallet
///
/// The paths, the format and the alias are those of the wallet. Where the program does not read the
/// wallet as it is, the first lines are the commands that make the files it reads. Passwords are
/// never printed: PASSWORD stands for them. Other words in capitals stand for what only you know.
///
/// A wallet that does not open without its password is described by its format alone, unless the
/// password is given or typed; the first lines say so.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet snippet sqlnet app-wallet
  mwallet snippet tnsnames app-wallet
  mwallet snippet listener server-wallet
  mwallet snippet utl_http app-wallet
  mwallet snippet tomcat app.p12 --alias app --password-env P12_PASSWORD
  mwallet snippet nginx app-wallet > app.conf

", exit_codes!()))]
pub(crate) struct Snippet {
    /// The program
    #[arg(value_enum, value_name = "KIND")]
    kind: Kind,
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The key to use; the first one without it
    #[arg(long, value_name = "A")]
    alias: Option<String>,
    #[command(flatten)]
    open: OpenFlags,
}

/// What the configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Oracle's JDBC thin driver
    Jdbc,
    /// Oracle Net: sqlnet.ora
    Sqlnet,
    /// Oracle Net: entries of tnsnames.ora
    Tnsnames,
    /// Oracle Net: listener.ora, with the wallet of the server
    Listener,
    /// `UTL_HTTP`, with the access control lists
    #[value(name = "utl_http", alias = "utl-http")]
    UtlHttp,
    /// Oracle `WebLogic` Server
    Weblogic,
    /// WSO2 products
    Wso2,
    /// Apache Tomcat
    Tomcat,
    /// nginx
    Nginx,
    /// A file for curl -K
    Curl,
    /// Python's ssl
    Python,
    /// Node's https
    Node,
    /// Go's crypto/tls
    Go,
}

impl Kind {
    /// Whether the configuration names the key by its alias.
    fn names_alias(self) -> bool {
        matches!(self, Self::Weblogic | Self::Wso2 | Self::Tomcat)
    }

    /// Whether the program has a place for the password of a key.
    fn takes_key_password(self) -> bool {
        matches!(self, Self::Weblogic | Self::Tomcat)
    }

    /// The row of the consumers that says what it reads.
    fn consumer(self) -> Consumer {
        let name = match self {
            Self::Jdbc => "oracle-jdbc",
            Self::Sqlnet | Self::Tnsnames | Self::Listener => "oracle-tcps",
            Self::UtlHttp => "oracle-utl-http",
            Self::Weblogic => "weblogic",
            Self::Wso2 => "wso2",
            Self::Tomcat => "tomcat",
            Self::Nginx | Self::Curl | Self::Python | Self::Go => "nginx",
            Self::Node => "node",
        };
        Consumer::from_name(name).expect("the table has each of these names")
    }
}

/// The snippet for programs.
#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    kind: String,
    path: &'a str,
    snippet: &'a str,
}

impl Snippet {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let consumer = self.kind.consumer();
        let facts = Facts {
            takes_key_password: self.kind.takes_key_password(),
            names_alias: self.kind.names_alias(),
            ..Facts::of(&self.wallet, self.alias.as_deref(), &self.open, &consumer, context)?
        };
        let alias = facts.alias.as_ref().filter(|_| self.kind.names_alias());
        if let Some(text) = [Some(&facts.path), alias].into_iter().flatten().find(|text| {
            // Not every format has escapes for these, and nobody has them in a configuration on purpose.
            text.chars().any(is_harmful)
        }) {
            let message = format!("{text} has characters that no configuration should hold");
            return Err(Failure::new(Code::VALUE_INVALID, message).about(&self.wallet));
        }
        let snippet = match self.kind {
            Kind::Jdbc => oracle::jdbc(&facts),
            Kind::Sqlnet => oracle_net::sqlnet(&facts),
            Kind::Tnsnames => oracle_net::tnsnames(&facts),
            Kind::Listener => oracle_net::listener(&facts),
            Kind::UtlHttp => oracle::utl_http(&facts),
            Kind::Weblogic => java::weblogic(&facts),
            Kind::Wso2 => java::wso2(&facts),
            Kind::Tomcat => java::tomcat(&facts),
            Kind::Nginx => text::nginx(&facts),
            Kind::Curl => text::curl(&facts),
            Kind::Python => text::python(&facts),
            Kind::Node => text::node(&facts),
            Kind::Go => text::go(&facts),
        };
        if context.json {
            let kind = self.kind.to_possible_value().expect("no kind is skipped");
            context.data(&render::json(
                &Report {
                    schema: SCHEMA,
                    kind: kind.get_name().to_owned(),
                    path: &facts.path,
                    snippet: &snippet,
                },
                context,
            ))?;
        } else {
            context.data(snippet.as_bytes())?;
        }
        Ok(Status::Done)
    }
}
