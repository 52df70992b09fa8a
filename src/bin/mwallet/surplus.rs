//! A value that stands where none is taken, and may be a secret.
//!
//! `mkstore` takes its secrets behind the name: who types that here must not read his password in the error.

use crate::command_line::CommandLine;
use crate::failure::Failure;
use crate::hint;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use mwallet::code::Code;

/// The flags of the verbs that are given new secrets.
const NEW_SECRETS: [&str; 2] = ["--value-env", "--new-password-env"];

/// The verb whose new password has the flags of the old ones elsewhere.
const CREATE: &str = "create";

/// The error with its value left out, where it could be a secret.
pub(crate) fn of(error: &clap::Error, typed: &CommandLine) -> Option<Failure> {
    // Behind --auto-login stands its kind, which wants an equals sign.
    let is_create = typed.verb() == Some(CREATE) && !typed.has("--auto-login");
    let is_new = is_create.then_some(&"--password-env");
    let verb_wants = NEW_SECRETS.iter().find(|flag| typed.takes(flag)).or(is_new);
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) if word.starts_with("--") => Some(word.as_str()),
        _ => None,
    };
    let unexpected = match (error.kind(), flag) {
        (ErrorKind::UnknownArgument, None) if verb_wants.is_some() => "argument".to_owned(),
        (ErrorKind::TooManyValues, Some(flag))
            if verb_wants.is_some() || flag.ends_with("-stdin") =>
        {
            format!("value for '{flag}'")
        }
        _ => return None,
    };
    let places = match verb_wants {
        Some(wanted) if is_new.is_none() => format!("{wanted} VAR or --password-env VAR"),
        _ => "--password-env VAR".to_owned(),
    };
    let message = format!(
        "unexpected {unexpected}, which is not repeated here: it may be a secret; mwallet takes none as arguments: \
         it asks, or takes them from such as {places} ({})",
        hint::PASSWORDS
    );
    Some(Failure::new(Code::USAGE, message).hinting(hint::PASSWORDS.to_owned()))
}
