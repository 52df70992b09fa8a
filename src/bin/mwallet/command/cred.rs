//! Logins in the secret store.

/// How a login is named to a verb. Clap would put what may be chosen from before the wallet.
macro_rules! usage {
    ($verb:literal) => {
        concat!(
            "mwallet cred ",
            $verb,
            " [OPTIONS] <W> <CONNECT|--default|--map <M> --key <K>|--number <N>>"
        )
    };
}

mod get;
mod list;
mod rm;
mod set;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::render::login::shown;
use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Subcommand};
use mwallet::model::wallet::Wallet;
use mwallet::ops::secret::credential::{self, Login};
use serde_json::{Map, Value, json};

/// Keep the logins of Oracle's clients in a wallet
///
/// With a login in the wallet of `sqlnet.ora`, `sqlplus /@CONNECT` asks for no password.
#[derive(Args, Debug)]
#[command(disable_help_subcommand = true, after_long_help = concat!(
"EXAMPLES:
  mwallet cred set app-wallet db1.acme.com:1521/app --user scott
  mwallet cred set app-wallet --default --user scott
  mwallet cred set app-wallet --map MAP --key KEY --user scott
  mwallet cred list app-wallet
  mwallet cred get app-wallet db1.acme.com:1521/app
  mwallet cred rm app-wallet db1.acme.com:1521/app

", exit_codes!()))]
pub(crate) struct Cred {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
#[command(defer = true)]
enum Verb {
    Set(set::Set),
    Get(get::Get),
    List(list::List),
    Rm(rm::Rm),
}

impl Cred {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        match &self.verb {
            Verb::Set(verb) => verb.run(context),
            Verb::Get(verb) => verb.run(context),
            Verb::List(verb) => verb.run(context),
            Verb::Rm(verb) => verb.run(context),
        }
    }
}

/// What the login is for.
#[derive(Args, Clone, Debug)]
#[command(group(ArgGroup::new("which").required(true)))]
struct LoginFlags {
    /// The connect string, exactly as clients give it
    #[arg(
        value_name = "CONNECT",
        value_parser = NonEmptyStringValueParser::new(),
        group = "which",
    )]
    connect: Option<String>,
    /// The login for every connect string that has none of its own
    #[arg(long, group = "which")]
    default: bool,
    /// The map of a user credential
    #[arg(long, value_name = "M", requires = "key", group = "which")]
    map: Option<String>,
    /// The key of a user credential in its map
    #[arg(long, value_name = "K", requires = "map")]
    key: Option<String>,
    /// The number that `cred list` shows, also of a login without a connect string
    #[arg(long, value_name = "N", group = "which")]
    number: Option<u32>,
}

impl LoginFlags {
    fn login(&self) -> Login {
        if let Some(number) = self.number {
            return Login::Number(number);
        }
        match (&self.connect, &self.map, &self.key) {
            (Some(connect), ..) => Login::Connect(connect.clone()),
            (None, Some(map), Some(key)) => Login::User { map: map.clone(), key: key.clone() },
            _ => Login::Default,
        }
    }
}

/// The login as reports name it: one that was named by its number is what that is for, if anything is.
struct Named {
    login: Login,
    number: Option<u32>,
}

impl Named {
    fn of(wallet: &Wallet, login: Login) -> Self {
        match credential::of(wallet, &login) {
            Ok(found) => Self { login: found.login.unwrap_or(login), number: found.number },
            Err(_) => Self { login, number: None },
        }
    }

    /// What it is for, and its number: `a (number 1)`.
    fn shown(&self) -> String {
        let shown = shown(&self.login);
        match (&self.login, self.number) {
            (Login::Number(_), _) | (_, None) => shown,
            (_, Some(number)) => format!("{shown} (number {number})"),
        }
    }

    fn facts(&self) -> Map<String, Value> {
        let mut facts = facts(Some(&self.login));
        facts.insert("number".to_owned(), json!(self.number));
        facts
    }
}

/// The login as facts of a report; none where nobody knows what it is for.
fn facts(login: Option<&Login>) -> Map<String, Value> {
    let (connect, default, map, key) = match login {
        Some(Login::Connect(connect)) => (Some(connect), false, None, None),
        Some(Login::Default) => (None, true, None, None),
        Some(Login::User { map, key }) => (None, false, Some(map), Some(key)),
        Some(Login::Number(_)) | None => (None, false, None, None),
    };
    Map::from_iter([
        ("connect".to_owned(), json!(connect)),
        ("default".to_owned(), json!(default)),
        ("map".to_owned(), json!(map)),
        ("key".to_owned(), json!(key)),
    ])
}
