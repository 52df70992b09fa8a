//! `mwallet`: wallets from the command line.
//!
//! Everything that knows wallets is in the library; here are the command line, the prompts, the
//! words and the exit status.

mod app;
mod command;
mod command_line;
mod context;
mod failure;
mod hint;
mod input;
mod judging;
mod key_file;
mod material;
mod open;
mod output;
mod own_password;
mod password;
mod protection;
mod render;
mod secret_value;
mod server;
mod store_type;
mod topic;
mod value;

use crate::context::Context;
use crate::failure::Failure;
use clap::error::ErrorKind;
use mwallet::code::Code;
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    context::memory::keep_private();
    let watching = context::interrupt::exit_cleanly_on_signals();
    let arguments = context::arguments();
    let parsed = app::parse(&arguments);
    // Before anything is written.
    watching.begun();
    let app = match parsed {
        Ok(app) => app,
        Err(error) => return not_parsed(&error, &arguments),
    };
    let context = Context::new(&app.global, arguments);
    match only_one_reader_of_stdin(&context).and_then(|()| command::run(&app.verb, &context)) {
        Ok(status) => status.into(),
        Err(failure) => failure.report(&context),
    }
}

/// Before anything is read or asked.
fn only_one_reader_of_stdin(context: &Context) -> Result<(), Failure> {
    match context.typed().readers_of_stdin()[..] {
        [] | [_] => Ok(()),
        [first, second, ..] => {
            let message = format!("stdin can be read once: both {first} and {second} ask for it");
            Err(Failure::new(Code::USAGE, message).hinting(hint::PASSWORDS.to_owned()))
        }
    }
}

/// Help and version are answers; everything else that clap says is a usage error.
fn not_parsed(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let answered = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let as_json = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json");
    let context = Context::for_usage_error(arguments.to_vec());
    let failure = Failure::of_command_line(error);
    // What is unknown below a verb of ours is no verb of theirs.
    let first = arguments.iter().skip(1).find(|word| !word.as_encoded_bytes().starts_with(b"-"));
    let unknown = failure.details.get("verb").and_then(|verb| verb.as_str());
    let unknown = unknown.filter(|verb| first.is_some_and(|first| first == verb));
    let old_verb = unknown.and_then(hint::for_old_verb);
    let old = old_verb.or_else(|| hint::for_old_flags(arguments)).map(str::to_owned);
    let hint = old.or_else(|| hint::for_swapped(arguments)).filter(|_| !answered);
    if as_json && !answered {
        let failure = match hint {
            Some(hint) => failure.hinting(hint),
            None => failure,
        };
        return failure.report(&context);
    }
    // The streams and colours are clap's: help to stdout, errors to stderr. Where the latter fails nobody
    // is left to tell.
    let printed = error.print();
    if let Some(hint) = hint {
        context.stderr(&format!("\n{}", context.hint_line(&hint)));
    }
    match printed {
        _ if !answered => ExitCode::from(failure::USAGE),
        // Who reads no further has read enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Failure::of_stdout(&error).report(&context)
        }
        _ => ExitCode::SUCCESS,
    }
}
