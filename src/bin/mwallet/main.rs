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
mod old_tool;
mod open;
mod outlet;
mod output;
mod own_password;
mod password;
mod protection;
mod render;
mod secret_value;
mod server;
mod store_type;
mod surplus;
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
    context::interrupt::exit_cleanly_on_signals();
    let arguments = context::arguments();
    let app = match app::parse(&arguments) {
        Ok(app) => app,
        Err(error) => return not_parsed(&error, &arguments),
    };
    let context = Context::new(&app.global, arguments);
    match only_one_reader_of_stdin(&context).and_then(|()| app.verb.run(&context)) {
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
    let as_json = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json");
    let context = Context::for_usage_error(arguments.to_vec(), as_json);
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return match error.print() {
            // Who reads no further has read enough.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Failure::of_stdout(&error).report(&context)
            }
            _ => ExitCode::SUCCESS,
        };
    }
    if let Some(line) = old_tool::of(arguments) {
        let failure = Failure::of_old_line(&line);
        let reads_pipe = context.typed().reads_pipe();
        return if reads_pipe { failure.hinting(line.tool.topic()) } else { failure }
            .report(&context);
    }
    if let Some(failure) = surplus::of(error, context.typed()) {
        return failure.report(&context);
    }
    let failure = Failure::of_command_line(error);
    let unknown = failure.details.get("verb").and_then(|verb| verb.as_str());
    let old = unknown.and_then(|verb| hint::for_old_verb(verb, arguments));
    let old = old.or_else(|| hint::for_old_flags(arguments));
    let hint = old.or_else(|| hint::for_swapped(arguments));
    // A line that reads a pipe cannot be pasted: the pipe is gone by then.
    match hint.filter(|_| !context.typed().reads_pipe()) {
        Some(hint) => failure.hinting(hint).report(&context),
        None if as_json => failure.naming_verbs(error).report(&context),
        // The colours are clap's. Where stderr fails nobody is left to tell.
        None => {
            drop(error.print());
            ExitCode::from(failure::USAGE)
        }
    }
}
