//! The command line as a whole: global flags and verbs.

use crate::command::{Run, VERBS, Verb};
use crate::value;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Command, CommandFactory, Error, FromArgMatches, Parser, ValueEnum};
use std::ffi::OsString;
use std::time::Duration;

/// How long a writer waits for the lock of a wallet.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The end of every help text; a macro, so that `concat!` takes it.
macro_rules! exit_codes {
    () => {
        "EXIT CODES:
  0 done                        4 password missing or wrong            7 network
  1 failed                      5 file or entry not found              8 locked by another process
  2 usage                       6 refused; the message names the flag  130 interrupted
  3 findings: errors, differences, or what is due"
    };
}
pub(crate) use exit_codes;

/// Creates, reads, edits, converts and explains Oracle wallets, PKCS#12 files and Java key stores.
///
/// W is a wallet: a directory (an Oracle wallet with its `ewallet.p12`), a PKCS#12 file, or a Java
/// key store (JKS, JCEKS), told apart by content. PEM, DER, PKCS#7 and Kubernetes' Secrets are read
/// and written, too. Data goes to stdout, messages to stderr.
#[derive(Parser, Debug)]
#[command(
    name = "mwallet",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet demo
  mwallet create app-wallet
  mwallet csr app-wallet --dn 'CN=app,O=Acme' --san dns:app.acme.com --out app.csr
  mwallet import-user app-wallet app-reply.pem
  mwallet add-trusted app-wallet acme-ca.pem
  mwallet check app-wallet

Topics: mwallet help passwords | exit-codes | formats | profiles | consumers | pki-file
From the old tools: mwallet help orapki | mkstore | keytool

", exit_codes!()))]
struct BeforeVerb {
    #[command(flatten)]
    global: Global,
}

/// A command line that was read.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) global: Global,
    pub(crate) verb: Box<dyn Run>,
}

/// Where the parts of a verb's help stand: examples before the flags, which are many.
const HELP: &str = "\
{about-with-newline}
{usage-heading} {usage}{after-help}

{all-args}";

/// The command line, as help and errors see it.
pub(crate) fn command() -> Command {
    let verb = |verb: &Verb| Command::new(verb.name).help_template(HELP).defer(verb.augment);
    let mut command = BeforeVerb::command().subcommands(VERBS.iter().map(verb));
    // Flags of verbs, and the global ones among them, are there only after this.
    command.build();
    command
}

/// What was typed; or an answer, or an error, in clap's words.
///
/// Answers and errors are of the whole command line, which takes longer than the rest of the start.
pub(crate) fn parse(arguments: &[OsString]) -> Result<App, Error> {
    parse_with_one_verb(arguments).map_or_else(|| parse_with_all_verbs(arguments), Ok)
}

/// What was typed, by a command line of one verb that has the global flags as its own: clap makes the flags of no other,
/// and no copies of the global ones. Nothing where no word names one, or the line does not fit.
fn parse_with_one_verb(arguments: &[OsString]) -> Option<App> {
    let named = |word: &OsString| VERBS.iter().find(|verb| *word == *verb.name);
    let mut words = arguments.iter().enumerate().skip(1);
    let (at, verb) = words.find_map(|(at, word)| Some((at, named(word)?)))?;
    let flags = || Global::augment_args(Command::new("mwallet"));
    // It is the verb unless it is the value of a flag, or behind a --.
    let before = &arguments[..at];
    if at > 1 {
        flags().try_get_matches_from(before).ok().filter(|_| !before.contains(&"--".into()))?;
    }
    let words = before.iter().chain(&arguments[at + 1..]);
    let matches = (verb.augment)(flags()).try_get_matches_from(words).ok()?;
    Some(App {
        global: Global::from_arg_matches(&matches).ok()?,
        verb: (verb.read)(&matches).ok()?,
    })
}

fn parse_with_all_verbs(arguments: &[OsString]) -> Result<App, Error> {
    let mut command = command();
    let matches = command
        .try_get_matches_from_mut(arguments)
        .map_err(|error| naming_verbs(without_dashes(error), &command, arguments))?;
    let (name, typed) = matches.subcommand().expect("a verb is required");
    let verb = VERBS.iter().find(|verb| verb.name == name).expect("there are no others");
    let global = BeforeVerb::from_arg_matches(&matches)?.global;
    Ok(App { global, verb: (verb.read)(typed)? })
}

/// The error of an unknown flag without the tip to put `--` before it: it would become the name of a file.
fn without_dashes(mut error: Error) -> Error {
    if error.kind() == ErrorKind::UnknownArgument && error.get(ContextKind::SuggestedArg).is_none()
    {
        error.remove(ContextKind::Suggested);
    }
    error
}

/// The error of an unknown verb with those that could stand there: clap names the nearest alone.
fn naming_verbs(mut error: Error, command: &Command, arguments: &[OsString]) -> Error {
    if let Some(ContextValue::Strings(known)) = error.get(ContextKind::ValidSubcommand) {
        let is_hidden =
            |name: &str| command.find_subcommand(name).is_some_and(Command::is_hide_set);
        let shown = known.iter().filter(|name| !is_hidden(name)).cloned().collect();
        error.insert(ContextKind::ValidSubcommand, ContextValue::Strings(shown));
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error; // clap names them where one is missing
    }
    // What is unknown below a group may be the name of a verb, also of that group.
    let mut typed = arguments.iter().skip(1).filter_map(|word| word.to_str());
    let group = typed.find(|word| word == unknown || command.find_subcommand(word).is_some());
    let verb = group.and_then(|group| command.find_subcommand(group)).unwrap_or(command);
    let known = verb.get_subcommands().filter(|known| !known.is_hide_set());
    let known: Vec<&str> = known.map(Command::get_name).collect();
    let known = StyledStr::from(format!("there are {}", known.join(", ")));
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![known]));
    error
}

/// Flags of every verb.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Global {
    /// Write reports and errors as JSON
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Say more about what is done
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = "Global options")]
    pub(crate) verbose: bool,
    /// When to use colours: auto, always or never; `NO_COLOR` in the environment means never, too
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true,
        help_heading = "Global options"
    )]
    pub(crate) color: Color,
    /// Never ask; fail and name the flag instead
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_input: bool,
    /// Answer questions with yes
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) yes: bool,
    /// How long to wait for another process that writes the wallet: 10, 10s, 2m
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        default_value = "10s",
        hide_default_value = true,
        value_parser = value::duration,
        help_heading = "Global options"
    )]
    pub(crate) lock_timeout: Duration,
}

impl Default for Global {
    fn default() -> Self {
        Self {
            json: false,
            quiet: false,
            verbose: false,
            color: Color::Auto,
            no_input: false,
            yes: false,
            lock_timeout: LOCK_TIMEOUT,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[cfg(test)]
mod tests {
    use super::{App, command, parse_with_all_verbs, parse_with_one_verb};
    use std::ffi::OsString;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn one_verb_is_read_as_among_all() {
        let text = |app: &App| format!("{app:?}");
        for line in [
            "mwallet list w --json",
            "mwallet -q --lock-timeout 5s add-trusted list ca.pem",
            "mwallet --color auto --json --lock-timeout=5s list list",
            "mwallet list -- --json",
            "mwallet list w --color never --lock-timeout 2m -v",
            "mwallet create w --profile compat --password-env PW --yes",
            "mwallet pki build pki.toml --min-days 5 --quiet",
            "mwallet cred list w --no-input",
            "mwallet secret rm w a --password-fd 3",
            "mwallet help passwords",
        ] {
            let one = parse_with_one_verb(&words(line)).expect(line);
            assert_eq!(text(&one), text(&parse_with_all_verbs(&words(line)).expect(line)));
        }
    }

    #[test]
    fn answers_and_errors_are_of_the_whole_line() {
        for verb in command().get_subcommands() {
            for rest in ["--help", "-h", "--no-such-flag", "--quiet --verbose x"] {
                assert!(
                    parse_with_one_verb(&words(&format!("mwallet {} {rest}", verb.get_name())))
                        .is_none()
                );
            }
        }
        for line in [
            "mwallet",
            "mwallet --version",
            "mwallet -V list w",
            "mwallet -- list w",
            "mwallet lits w",
            "mwallet w list",
            "mwallet --color list w",
        ] {
            assert!(parse_with_one_verb(&words(line)).is_none());
        }
    }
}
