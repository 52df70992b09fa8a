//! The verbs, one file each: an argument structure whose comments are the help, and `run`.

pub(crate) mod add_trusted;
pub(crate) mod autologin;
pub(crate) mod bench_floor;
pub(crate) mod chain;
pub(crate) mod check;
pub(crate) mod convert;
pub(crate) mod create;
pub(crate) mod cred;
pub(crate) mod crl;
pub(crate) mod csr;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod expiry;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod help;
pub(crate) mod import_user;
pub(crate) mod inspect;
pub(crate) mod list;
pub(crate) mod match_key;
pub(crate) mod merge;
pub(crate) mod passwd;
pub(crate) mod pki;
pub(crate) mod probe;
pub(crate) mod remove;
pub(crate) mod rename;
pub(crate) mod secret;
pub(crate) mod show;
pub(crate) mod sign;
pub(crate) mod snippet;
pub(crate) mod verify;

use crate::context::Context;
use crate::failure::{Failure, Status};
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};
use std::fmt::Debug;

/// A verb as it was typed.
pub(crate) trait Run: Debug {
    /// Does what it says.
    fn run(&self, context: &Context) -> Result<Status, Failure>;
}

/// A verb as the command line knows it, so that one can be read without making those of all.
pub(crate) struct Verb {
    pub(crate) name: &'static str,
    /// Adds its flags and its help.
    pub(crate) augment: fn(Command) -> Command,
    /// Takes what was typed.
    pub(crate) read: fn(&ArgMatches) -> Result<Box<dyn Run>, Error>,
}

macro_rules! verbs {
    ($($name:literal: $verb:ty,)*) => {
        /// All of them, in the order of the help.
        pub(crate) const VERBS: &[Verb] = &[$(Verb {
            name: $name,
            augment: <$verb>::augment_args,
            read: |matches| Ok(Box::new(<$verb>::from_arg_matches(matches)?)),
        },)*];
        $(impl Run for $verb {
            fn run(&self, context: &Context) -> Result<Status, Failure> {
                <$verb>::run(self, context)
            }
        })*
    };
}

verbs! {
    "create": create::Create,
    "csr": csr::Csr,
    "import-user": import_user::ImportUser,
    "add-trusted": add_trusted::AddTrusted,
    "list": list::List,
    "show": show::Show,
    "inspect": inspect::Inspect,
    "check": check::Check,
    "verify": verify::Verify,
    "chain": chain::Chain,
    "match": match_key::Match,
    "diff": diff::Diff,
    "merge": merge::Merge,
    "probe": probe::Probe,
    "expiry": expiry::Expiry,
    "export": export::Export,
    "convert": convert::Convert,
    "passwd": passwd::Passwd,
    "autologin": autologin::Autologin,
    "remove": remove::Remove,
    "rename": rename::Rename,
    "cred": cred::Cred,
    "secret": secret::Secret,
    "sign": sign::Sign,
    "crl": crl::Crl,
    "pki": pki::Pki,
    "snippet": snippet::Snippet,
    "explain": explain::Explain,
    "bench-floor": bench_floor::BenchFloor,
    "demo": demo::Demo,
    "help": help::Help,
}
