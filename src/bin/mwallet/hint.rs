//! After an error: a command that can be pasted. All of them are here.

use crate::context::Context;
use crate::failure::Failure;
use mwallet::code::Code;
use serde_json::Value;
use std::ffi::OsStr;

/// A command that helps with this failure, if there is one.
pub(crate) fn for_failure(failure: &Failure, context: &Context) -> Option<String> {
    let again = |more: &[&str]| Some(context.command_line(more));
    let path = failure.details.get("path").and_then(Value::as_str);
    let with_path =
        |command: &str| path.map(|path| format!("{command} {}", quoted(OsStr::new(path))));
    match failure.code {
        Code::USAGE => again(&["--help"]).filter(|_| context.has_verb()),
        Code::VALUE_INVALID | Code::NAME_INVALID => context.verb_help(),
        Code::INPUT_REQUIRED | Code::PASSWORD_SOURCE | Code::PASSWORD_MISSING => {
            Some("mwallet help passwords".to_owned())
        }
        Code::PASSWORD_WEAK | Code::WOULD_OVERWRITE => again(&["--force"]),
        Code::CONVERSION_LOSSY => again(&["--allow-loss"]),
        Code::CHAIN_ISSUER_MISSING => again(&["--allow-incomplete"]),
        Code::LEAF_AS_TRUSTED => again(&["--allow-leaf"]),
        Code::CONFIRMATION_REQUIRED | Code::REMOVAL_BREAKS_CHAIN => again(&["--yes"]),
        Code::CERTIFICATE_PRESENT => again(&["--replace"]),
        Code::STORE_LOCKED => again(&["--lock-timeout", "60s"]),
        Code::ENTRY_NOT_FOUND
        | Code::ENTRY_AMBIGUOUS
        | Code::IMPORT_NO_MATCHING_KEY
        | Code::ALIAS_TAKEN => with_path("mwallet list"),
        Code::WALLET_NOT_FOUND => with_path("mwallet create"),
        Code::FORMAT_UNKNOWN | Code::FORMAT_UNSUPPORTED => with_path("mwallet inspect"),
        Code::PERMISSION_DENIED | Code::LINK_REFUSED => with_path("ls -ld"),
        Code::NO_SPACE => with_path("df -h"),
        Code::LIMIT_EXCEEDED => failure
            .details
            .get("iterations")
            .map(|iterations| context.command_line(&["--max-iterations", &iterations.to_string()])),
        _ => None,
    }
}

/// A word as a POSIX shell reads it back.
pub(crate) fn quoted(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@%+~".contains(c);
    // A tilde in front would be expanded.
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('~') {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use std::ffi::OsStr;

    #[test]
    fn words_survive_the_shell() {
        for (word, shown) in [
            ("--dn", "--dn"),
            ("CN=app,O=Acme", "CN=app,O=Acme"),
            ("CN=my app", "'CN=my app'"),
            ("it's", r"'it'\''s'"),
            ("~root", "'~root'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(OsStr::new(word)), shown);
        }
    }
}
