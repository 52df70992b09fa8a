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

use crate::app::Verb;
use crate::context::Context;
use crate::failure::{Failure, Status};

/// Runs the verb.
pub(crate) fn run(verb: &Verb, context: &Context) -> Result<Status, Failure> {
    match verb {
        Verb::Create(verb) => verb.run(context),
        Verb::Csr(verb) => verb.run(context),
        Verb::ImportUser(verb) => verb.run(context),
        Verb::AddTrusted(verb) => verb.run(context),
        Verb::List(verb) => verb.run(context),
        Verb::Show(verb) => verb.run(context),
        Verb::Inspect(verb) => verb.run(context),
        Verb::Check(verb) => verb.run(context),
        Verb::Verify(verb) => verb.run(context),
        Verb::Chain(verb) => verb.run(context),
        Verb::Match(verb) => verb.run(context),
        Verb::Diff(verb) => verb.run(context),
        Verb::Merge(verb) => verb.run(context),
        Verb::Probe(verb) => verb.run(context),
        Verb::Expiry(verb) => verb.run(context),
        Verb::Export(verb) => verb.run(context),
        Verb::Convert(verb) => verb.run(context),
        Verb::Passwd(verb) => verb.run(context),
        Verb::Autologin(verb) => verb.run(context),
        Verb::Remove(verb) => verb.run(context),
        Verb::Rename(verb) => verb.run(context),
        Verb::Cred(verb) => verb.run(context),
        Verb::Secret(verb) => verb.run(context),
        Verb::Sign(verb) => verb.run(context),
        Verb::Crl(verb) => verb.run(context),
        Verb::Pki(verb) => verb.run(context),
        Verb::Snippet(verb) => verb.run(context),
        Verb::Explain(verb) => verb.run(context),
        Verb::BenchFloor(verb) => verb.run(context),
        Verb::Demo(verb) => verb.run(context),
        Verb::Help(verb) => verb.run(context),
    }
}
