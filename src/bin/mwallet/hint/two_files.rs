//! What is wrong with one of the two files of a wallet directory is mended by way of the other.

use crate::command_line::CommandLine;
use crate::failure::Failure;
use mwallet::code::Code;
use mwallet::store::dir::{AUTO_LOGIN_FILE, AutoLogin, Location, WALLET_FILE};
use mwallet::store::file::{self, Kind};
use mwallet::terminal::quoted_path;
use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;

/// Whether it is the file with the password of a wallet that has an auto-login file, too.
pub(super) fn is_one(path: &str) -> bool {
    Path::new(path).ends_with(WALLET_FILE) && is_beside(path, AUTO_LOGIN_FILE)
}

/// Whether it is the auto-login file of a wallet that has the file with the password, too.
pub(super) fn has_other(path: &str) -> bool {
    Path::new(path).ends_with(AUTO_LOGIN_FILE) && is_beside(path, WALLET_FILE)
}

/// A command that helps with a file of a wallet directory that cannot be read, if there is one.
pub(super) fn for_failure(failure: &Failure, path: &str, typed: &CommandLine) -> Option<String> {
    match failure.code {
        // What was made for somebody else is made anew for this user, from the one with the password.
        Code::AUTO_LOGIN_BOUND | Code::AUTO_LOGIN_VERSION => is_beside(path, WALLET_FILE)
            .then(|| typed.with_passwords(&of_directory("mwallet autologin local", path))),
        // A local file, broken or made for somebody else, is made anew for this user, any other for all.
        Code::AUTO_LOGIN_ELSEWHERE => {
            let kind = failure.details.get("auto_login").and_then(Value::as_str);
            let kind = if kind == Some(AutoLogin::Local.name()) { "local" } else { "on" };
            let command = of_directory(&format!("mwallet autologin {kind}"), path);
            Some(typed.with_passwords(&command))
        }
        Code::SSO_DAMAGED | Code::SSO_TRUNCATED => {
            Some(of_directory("mwallet autologin status", path))
        }
        // What is in none of our formats is made anew, as the other file has it, and for nobody else.
        Code::FORMAT_UNSUPPORTED if has_other(path) => {
            let is_local = Location::of_file(Path::new(path))
                .auto_login()
                .is_ok_and(|(kind, _)| kind == AutoLogin::Local);
            let kind = if is_local { "local" } else { "on" };
            let command = of_directory(&format!("mwallet autologin {kind}"), path);
            Some(typed.with_passwords(&command))
        }
        // What opens by itself gives the other file anew, with the password that was to open it.
        _ if is_one(path) => {
            let command =
                typed.with_store_password(&of_directory("mwallet autologin recover", path));
            Some(command.replace(" --password-", " --new-password-"))
        }
        _ => None,
    }
}

/// The command for the directory of a file that has the name of one of the two, else for the file.
fn of_directory(command: &str, path: &str) -> String {
    let path = Path::new(path);
    let names = [AUTO_LOGIN_FILE, WALLET_FILE].map(OsStr::new);
    let is_part = path.file_name().is_some_and(|name| names.contains(&name));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let path = if is_part { folder.unwrap_or(Path::new(".")) } else { path };
    format!("{command} {}", quoted_path(path))
}

/// Whether a file of this name lies beside the file.
fn is_beside(path: &str, name: &str) -> bool {
    matches!(file::kind(&Path::new(path).with_file_name(name)), Ok(Some(Kind::File { .. })))
}
