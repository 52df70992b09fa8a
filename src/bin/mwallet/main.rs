//! `mwallet`: wallets from the command line.
//!
//! Everything that knows wallets is in the library; here are the command line, the prompts, the
//! words and the exit status.

mod app;
mod command;
mod context;
mod failure;
mod hint;
mod input;
mod key_file;
mod open;
mod output;
mod password;
mod render;
mod secret_value;
mod topic;
mod value;

use crate::app::App;
use crate::context::Context;
use crate::failure::Failure;
use clap::Parser;
use clap::error::ErrorKind;
use std::process::ExitCode;

fn main() -> ExitCode {
    context::interrupt::exit_cleanly_on_signals();
    let arguments = context::arguments();
    let app = match App::try_parse_from(&arguments) {
        Ok(app) => app,
        Err(error) => return not_parsed(&error, &arguments),
    };
    let context = Context::new(&app.global, arguments);
    match command::run(&app.verb, &context) {
        Ok(status) => status.into(),
        Err(failure) => failure.report(&context),
    }
}

/// Help and version are answers; everything else that clap says is a usage error.
fn not_parsed(error: &clap::Error, arguments: &[std::ffi::OsString]) -> ExitCode {
    let answered = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let as_json = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json");
    if as_json && !answered {
        let context = Context::for_usage_error(arguments.to_vec());
        return Failure::of_command_line(error).report(&context);
    }
    // The streams and colours are clap's: help to stdout, errors to stderr. Nobody is left to tell
    // when that fails.
    drop(error.print());
    if answered { ExitCode::SUCCESS } else { ExitCode::from(failure::USAGE) }
}
