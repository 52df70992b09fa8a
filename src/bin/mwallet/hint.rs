//! After an error: a command that can be pasted. All of them are here.

mod two_files;

use crate::app;
use crate::command_line::CommandLine;
use crate::context::Context;
use crate::failure::Failure;
use crate::input;
use crate::own_password;
use crate::value;
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::limits;
use mwallet::model::format::Format;
use mwallet::store::dir::Location;
use mwallet::store::file::{self, Kind};
use mwallet::store::nearby;
pub(crate) use mwallet::terminal::{flag_with, quoted, quoted_path, with_flags, with_name};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What stands before a path in `UTL_HTTP.SET_WALLET` and in URLs.
const SCHEME: &str = "file:";

/// The topic on passwords.
pub(crate) const PASSWORDS: &str = "mwallet help passwords";

/// The topic on the keys and words of a `pki.toml`.
pub(crate) const PKI_FILE: &str = "mwallet help pki-file";

/// The detail of an entry whose alias stands in the way of what is written of its wallet.
pub(crate) const TO_RENAME: &str = "to_rename";

/// The detail of an algorithm that is read and not written.
pub(crate) const ONLY_READ: &str = "only_read";

/// The detail of a directory that holds files with certificates or keys, and no wallet.
pub(crate) const LOOSE_FILES: &str = "loose_files";

/// The detail of a wallet that was to be read, so that an empty one in its place is of no use.
pub(crate) const TO_READ: &str = "to_read";

/// The detail of the file, where that is one alone.
pub(crate) const LOOSE_FILE: &str = "loose_file";
/// The detail of a form that holds no keys, so that nothing in it is encrypted.
pub(crate) const ONLY_CERTIFICATES: &str = "only_certificates";

/// The detail of a wallet that has only its auto-login file, so that no password opens it.
pub(crate) const OPENS_ITSELF: &str = "opens_itself";

/// The detail of a key in a file that no password opens.
pub(crate) const STAYS_LOCKED: &str = "stays_locked";

/// A command that helps with this failure, if there is one.
pub(crate) fn for_failure(failure: &Failure, context: &Context) -> Option<String> {
    let again = |more: &[&str]| Some(context.command_line(more));
    // Nobody can name again what came through a pipe.
    let path = failure.details.get("path").and_then(Value::as_str);
    let path = path.filter(|path| !input::is_stream(Path::new(path)));
    // Nor what is no text: its bytes are lost in the details.
    let path = path.filter(|path| !path.contains(char::REPLACEMENT_CHARACTER));
    let with_path = |verb: &str| path.map(|path| format!("{verb} {}", quoted_path(path)));
    let verb = context.typed().verb();
    match failure.code {
        Code::USAGE | Code::VALUE_INVALID | Code::NAME_INVALID => Some(context.typed().help()),
        Code::INPUT_REQUIRED
        | Code::PASSWORD_SOURCE
        | Code::PASSWORD_MISSING
        | Code::PASSWORD_WRONG => Some(PASSWORDS.to_owned()),
        Code::AUTO_LOGIN_BOUND
        | Code::AUTO_LOGIN_VERSION
        | Code::AUTO_LOGIN_ELSEWHERE
        | Code::PKCS12_TRUNCATED
        | Code::PKCS12_DAMAGED
        | Code::SSO_DAMAGED
        | Code::SSO_TRUNCATED => two_files::for_failure(failure, path?, context.typed()),
        Code::FORMAT_UNKNOWN if path.is_some_and(two_files::is_one) => {
            two_files::for_failure(failure, path?, context.typed())
        }
        Code::NETWORK_TIMEOUT => Some(longer("--timeout", context.typed())),
        Code::STORE_LOCKED => Some(longer("--lock-timeout", context.typed())),
        Code::ALIAS_TAKEN if verb == Some("add-trusted") && !context.typed().has("--replace") => {
            again(&["--replace"])
        }
        // The message names the server that was meant; a PKI is no wallet.
        Code::ENTRY_NOT_FOUND if verb == Some("pki") => None,
        Code::FILE_NOT_FOUND
            if verb == Some("pki")
                && path.is_some_and(|path| !path.ends_with("/manifest.json")) =>
        {
            with_path("mwallet pki init")
        }
        Code::FILE_NOT_FOUND if failure.details.contains_key(OPENS_ITSELF) => {
            let wallet = Path::new(path?).parent()?;
            Some(context.typed().without_passwords_of(wallet).again(&[]))
        }
        Code::ALIAS_TAKEN
            if matches!(verb, Some("export" | "convert"))
                && failure.details.contains_key(TO_RENAME) =>
        {
            let entry = failure.details.get(TO_RENAME).and_then(Value::as_str)?;
            let path = Path::new(path?);
            let rename = with_name(&command("rename", path), entry) + " NEW";
            Some(context.typed().with_passwords_of(path, &rename))
        }
        Code::ENTRY_NOT_FOUND
        | Code::ENTRY_AMBIGUOUS
        | Code::IMPORT_NO_MATCHING_KEY
        | Code::ALIAS_TAKEN => {
            let path = Path::new(path?);
            let command = command(lister(verb), path);
            Some(context.typed().with_passwords_of(path, &command))
        }
        Code::WALLET_NOT_FOUND => Some(instead_of(Path::new(path?), failure, context.typed())),
        Code::FORMAT_UNSUPPORTED if path.is_some_and(two_files::has_other) => {
            two_files::for_failure(failure, path?, context.typed())
        }
        // What one verb does not read none does, `inspect` neither. Which file of a folder it is, nobody knows.
        Code::FORMAT_UNKNOWN if failure.is_of_empty_file() => None,
        Code::FORMAT_UNKNOWN | Code::FORMAT_UNSUPPORTED if path.is_some_and(is_folder) => {
            with_path("ls")
        }
        Code::FORMAT_UNKNOWN => with_path("file"),
        Code::FORMAT_UNSUPPORTED => unwrapping(failure.unread()?, path?),
        // One password for keys opens one of them; the others have others.
        Code::KEY_LOCKED if context.typed().opens_keys() => {
            let alias = failure.details.get("alias").and_then(Value::as_str)?;
            let command = own_password::opening(Path::new(path?), alias, context);
            // Of two stores each has its own.
            let is_one_of_two = matches!(verb, Some("merge" | "diff" | "match"));
            let with_password = || context.typed().with_passwords(&command);
            Some(if is_one_of_two { command.clone() } else { with_password() })
        }
        Code::KEY_LOCKED => again(&["--key-password-file", "FILE"]),
        Code::CHAIN_ISSUER_MISSING if verb == Some("import-user") => again(&["ISSUER.pem"]),
        Code::LINK_REFUSED => with_path("ls -ld"),
        Code::PERMISSION_DENIED => Some(format!("ls -ld {}", quoted_path(nearest(path?)))),
        Code::NO_SPACE => Some(format!("df -h {}", quoted_path(nearest(path?)))),
        Code::ALGORITHM_UNSUPPORTED if failure.details.contains_key(ONLY_READ) => {
            let copy = command("convert", Path::new(path?)) + " NEW.p12 --profile modern";
            Some(context.typed().with_passwords(&copy))
        }
        Code::CONVERSION_LOSSY if failure.details.contains_key(ONLY_CERTIFICATES) => {
            let flag = allowing_flag(failure.code, context.typed())?;
            Some(context.typed().without_passwords("--out-").again(&[flag]))
        }
        Code::LIMIT_EXCEEDED => more_iterations(failure, context.typed()),
        _ if failure.is_final() => None,
        code => {
            let flag =
                allowing_flag(code, context.typed()).filter(|flag| !context.typed().has(flag));
            flag.and_then(|flag| again(&[flag]))
        }
    }
}

/// What to do about a directory that is no wallet.
fn instead_of(directory: &Path, failure: &Failure, typed: &CommandLine) -> String {
    let list = |file: &Path| typed.with_passwords(&command("list", file));
    match &nearby::stores_in(directory)[..] {
        [] => {}
        [found] => return list(found),
        // Which is meant, nobody knows.
        _ => return format!("ls {}", quoted_path(directory)),
    }
    if let Some(only) = failure.details.get(LOOSE_FILE).and_then(Value::as_str) {
        return list(Path::new(only));
    }
    // A wallet would hide what lies beside it.
    let holds_files = failure.details.contains_key(LOOSE_FILES);
    if !holds_files && failure.details.contains_key(TO_READ) {
        return format!("ls {}", quoted_path(directory));
    }
    command(if holds_files { "expiry --recursive" } else { "create" }, directory)
}

/// The verb that lists what another one works on.
fn lister(verb: Option<&str>) -> &'static str {
    match verb {
        Some("cred") => "cred list",
        Some("secret") => "secret list",
        _ => "list",
    }
}

/// What there is of a path: itself, or the folder in which it was to be.
fn nearest(path: &str) -> &Path {
    let mut above = Path::new(path).ancestors();
    let found = above.find(|path| matches!(file::kind(path), Ok(Some(_))));
    found.unwrap_or(Path::new("."))
}

/// The same command where a path was given as `UTL_HTTP.SET_WALLET` wants it: `file:/path`.
pub(crate) fn for_scheme(failure: &Failure, typed: &CommandLine) -> Option<String> {
    let is_missing = [Code::FILE_NOT_FOUND, Code::WALLET_NOT_FOUND].contains(&failure.code);
    let path = failure.details.get("path").and_then(Value::as_str)?;
    (is_missing && path.starts_with(SCHEME)).then(|| typed.without_prefix(SCHEME).again(&[]))
}

fn is_folder(path: &str) -> bool {
    matches!(file::kind(Path::new(path)), Ok(Some(Kind::Directory)))
}

/// How others make something that is read of what is not.
fn unwrapping(what: &str, path: &str) -> Option<String> {
    let is_of = |kind: &&str| what == format!("a {kind} key store of Bouncy Castle");
    if let Some(kind) = ["BKS", "BCFKS", "UBER"].into_iter().find(is_of) {
        return Some(through_keytool(kind, path));
    }
    let (plain, path) = (path, quoted_path(path));
    match what {
        "a zip archive" => Some(format!("unzip {path}")),
        "a PKCS#12 store in PEM" => Some(format!("sed /-----/d {path} | base64 -d > decoded")),
        "an OpenSSH private key" => {
            // It converts in place.
            let copy = quoted_path(format!("{plain}.pem"));
            Some(format!("cp {path} {copy} && ssh-keygen -p -m PKCS8 -f {copy}"))
        }
        _ => what.ends_with("in base64").then(|| format!("base64 -d {path} > decoded")),
    }
}

/// How Java makes a PKCS#12 file of a store of Bouncy Castle.
fn through_keytool(kind: &str, path: &str) -> String {
    let target = Path::new(path).with_extension("p12");
    format!(
        "keytool -importkeystore -srckeystore {} -srcstoretype {kind} -destkeystore {} \
         -deststoretype PKCS12 -providerpath bcprov.jar \
         -providerclass org.bouncycastle.jce.provider.BouncyCastleProvider",
        quoted_path(path),
        quoted_path(target)
    )
}

/// How Java gives another password to a key that is not opened here.
pub(crate) fn keytool_password(store: &Path, format: Format, alias: &str) -> String {
    let (store, alias) = (quoted_path(store), quoted(OsStr::new(alias)));
    let kind = format.name().to_uppercase();
    format!("keytool -keypasswd -keystore {store} -storetype {kind} -alias {alias}")
}

/// The flag that allows what was refused: one that the verb has, and that is not there yet.
pub(crate) fn allowing_flag(code: Code, typed: &CommandLine) -> Option<&'static str> {
    let flag = match code {
        Code::PASSWORD_WEAK => Some("--allow-weak-password"),
        Code::WOULD_OVERWRITE | Code::TDE_ENTRY => Some("--force"),
        Code::CONVERSION_LOSSY => Some("--allow-loss"),
        Code::CHAIN_ISSUER_MISSING => Some("--allow-incomplete"),
        Code::LEAF_AS_TRUSTED => Some("--allow-leaf"),
        Code::CONFIRMATION_REQUIRED | Code::REMOVAL_BREAKS_CHAIN => Some("--yes"),
        Code::CERTIFICATE_PRESENT => Some("--replace"),
        _ => None,
    };
    flag.filter(|flag| typed.takes(flag) && !typed.has(flag))
}

/// The same command with a timeout that is worth waiting for: twice the one that was too short.
fn longer(flag: &str, typed: &CommandLine) -> String {
    let given = typed.value(flag).and_then(|value| value.to_str());
    let given = given.and_then(|value| value::duration(value).ok()).unwrap_or_default();
    let seconds = given.as_secs().saturating_mul(2).max(60);
    typed.with_value(flag, &format!("{seconds}s"))
}

/// The same command with a higher bound, where the bound is one of iterations. What all derivations need is not
/// known before they are made: twice what was allowed brings everybody there, and never back.
fn more_iterations(failure: &Failure, typed: &CommandLine) -> Option<String> {
    const FLAG: &str = "--max-iterations";
    let given = typed.value(FLAG).and_then(|value| value.to_str()?.parse().ok());
    let twice = 2 * u64::from(given.unwrap_or(limits::ITERATIONS));
    let needed = match failure.details.get("limit").and_then(Value::as_str) {
        Some("iterations of one key derivation") => failure.details.get("found")?.as_u64()?,
        Some("iterations of all key derivations") => twice,
        Some(_) => return None,
        // A key that stayed locked.
        None => {
            let of_key = ["alias", STAYS_LOCKED];
            of_key.iter().any(|key| failure.details.contains_key(*key)).then_some(twice)?
        }
    };
    let needed = u32::try_from(needed).ok().filter(|_| typed.takes(FLAG))?;
    Some(typed.with_value(FLAG, &needed.to_string()))
}

/// The same command with a higher bound, where a key of what it shows stayed locked for it.
pub(crate) fn for_locked_keys(warnings: &[Warning], typed: &CommandLine) -> Option<String> {
    let is_bound = |warning: &Warning| warning.code == Code::LIMIT_EXCEEDED;
    let bound = Failure::stays_locked(Code::LIMIT_EXCEEDED);
    warnings.iter().any(is_bound).then(|| more_iterations(&bound, typed))?
}

/// For who knows the old tools: what their verbs are called here. The same command with our word, where that is
/// one; else its help.
pub(crate) fn for_old_verb(verb: &str, arguments: &[OsString]) -> Option<String> {
    // The program may be called as one of them.
    let at = 1 + arguments.iter().skip(1).position(|word| word == verb)?;
    let above = arguments[1..at].iter().find(|word| !word.as_encoded_bytes().starts_with(b"-"));
    let above = above.map(|word| word.to_string_lossy());
    // What is unknown below a verb of ours is no verb of theirs.
    let ours = match (above.as_deref(), verb) {
        (None, "display") => "list",
        (None, "delete") => "remove",
        (None, "add") => "add-trusted",
        (None, "import" | "importcert") => "import-user",
        (None, "revoke") => "crl create",
        (None, "genkey" | "genkeypair" | "keygen" | "certreq") => "csr",
        (None, "serve" | "server") => "pki serve",
        (Some("cred" | "secret"), "create" | "add" | "put") => "set",
        (Some("cred" | "secret"), "modify" | "update") => "set --existing",
        (Some("cred" | "secret"), "show" | "view" | "display") => "get",
        (Some("cred" | "secret"), "delete" | "remove") => "rm",
        (Some("crl"), "display" | "list") => "show",
        (Some("crl"), "revoke" | "update" | "renew") => "create",
        _ => return None,
    };
    let mut translated = arguments.to_vec();
    translated.splice(at..=at, ours.split(' ').map(Into::into));
    if app::parse(&translated).is_ok() {
        return Some(CommandLine::new(translated).again(&[]));
    }
    let above = above.map_or(String::new(), |above| format!("{above} "));
    Some(format!("mwallet {above}{ours} --help"))
}

/// For who gives a password, or the wallet, as the old tools want it.
pub(crate) fn for_old_flags(arguments: &[OsString]) -> Option<String> {
    const OLD: [&str; 6] = ["-pwd", "--pwd", "-password", "--password", "-storepass", "-keypass"];
    let is_old = |word: &OsString| {
        word.to_str().is_some_and(|word| OLD.contains(&word.split('=').next().unwrap_or(word)))
    };
    if arguments.iter().any(is_old) {
        return Some(PASSWORDS.to_owned());
    }
    let again = |arguments: Vec<OsString>| {
        app::parse(&arguments).is_ok().then(|| CommandLine::new(arguments).again(&[]))
    };
    let kinds = ["on", "local", "only"].map(OsStr::new);
    let is_kind = |pair: &[OsString]| pair[0] == "--auto-login" && kinds.contains(&&*pair[1]);
    if let Some(at) = arguments.windows(2).position(is_kind) {
        let mut joined = arguments.to_vec();
        let kind = joined.remove(at + 1);
        joined[at].push("=");
        joined[at].push(kind);
        return again(joined);
    }
    let is_wallet =
        |word: &OsString| ["-wallet", "-wrl", "-keystore"].iter().any(|flag| word == flag);
    let at = arguments.iter().position(is_wallet)?;
    let mut bare = arguments.to_vec();
    bare.remove(at);
    again(bare).or_else(|| Some(CommandLine::new(arguments.to_vec()).help()))
}

/// For who names the wallet before what is to be done with it, as everywhere else.
pub(crate) fn for_swapped(arguments: &[OsString]) -> Option<String> {
    let at = arguments.iter().position(|word| word == "autologin")? + 1;
    let (wallet, action) = (arguments.get(at)?, arguments.get(at + 1)?);
    let app = app::command();
    let known = app.find_subcommand("autologin")?.get_positionals().next()?.get_possible_values();
    let is_action = |word: &OsString| {
        word.to_str().is_some_and(|word| known.iter().any(|action| action.matches(word, false)))
    };
    (is_action(action) && !is_action(wallet)).then(|| {
        let mut swapped = arguments.to_vec();
        swapped.swap(at, at + 1);
        CommandLine::new(swapped).again(&[])
    })
}

/// The command that tells what a file is.
pub(crate) fn inspect(path: &Path) -> String {
    command("inspect", path)
}

/// The command that takes the certificates out of a store, for verbs that want certificates alone.
pub(crate) fn certificates_of(store: &Path) -> String {
    format!("{} --to pem --no-key --out certificates.pem", command("export", store))
}

/// The command that takes the key out of a store, for verbs that want a file with a key alone.
pub(crate) fn key_of(store: &Path) -> String {
    format!("{} --to pem --key-only --out key.pem", command("export", store))
}

/// The command that puts everything of a store into the wallet, with its keys.
pub(crate) fn merge(wallet: &Path, store: &Path) -> String {
    format!("{} {}", command("merge", wallet), quoted_path(store))
}

/// The command that makes a folder.
pub(crate) fn make_folder(path: &Path) -> String {
    format!("mkdir -p {}", quoted_path(path))
}

/// The command that gives a folder another name.
pub(crate) fn set_aside(path: &Path) -> String {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".damaged");
    format!("mv {} {}", quoted_path(path), quoted_path(&aside))
}

/// A verb on a path.
pub(crate) fn command(verb: &str, path: &Path) -> String {
    format!("mwallet {verb} {}", quoted_path(path))
}

/// What mends a warning on one of the files of a wallet, which its message names.
pub(crate) fn for_warning(warning: &Warning, location: &Location) -> Option<String> {
    if warning.code != Code::PERMISSIONS_LOOSE {
        return None;
    }
    let files = [Some(location.store_file()), location.auto_login_file()];
    let is_meant = |file: &PathBuf| warning.message.starts_with(&format!("{}:", file.display()));
    let file = files.into_iter().flatten().find(is_meant)?;
    Some(format!("chmod 600 {}", quoted_path(&file)))
}

#[cfg(test)]
mod tests {
    use super::longer;
    use crate::command_line::CommandLine;

    #[test]
    fn timeout_that_was_too_short_is_doubled() {
        for (given, hinted) in [("", "60s"), (" --timeout 2s", "60s"), (" --timeout=90s", "180s")] {
            let line = format!("mwallet probe h:1{given}");
            let typed = CommandLine::new(line.split(' ').map(Into::into).collect());
            let hint = format!("mwallet probe h:1 --timeout {hinted}");
            assert_eq!(longer("--timeout", &typed), hint);
        }
    }
}
