//! Where passwords come from: a prompt, stdin, a file, a variable, a descriptor. Never an argument.

use crate::context::Context;
use crate::failure::Failure;
use crate::input;
use mwallet::code::Code;
use mwallet::consumer::Consumer;
use mwallet::limits;
use mwallet::model::format::{Format, Layout};
use mwallet::secret::{Password, SecretBytes};
use mwallet::store::file;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Where a flag can read a password from; what can be read once comes first.
const SOURCES: [&str; 4] = ["stdin", "file", "env", "fd"];

/// A flag that gives a password, with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `--password-stdin`
    Stdin,
    /// `--password-file F`
    File(PathBuf),
    /// `--password-env VAR`
    Variable(OsString),
    /// `--password-fd N`
    Descriptor(u32),
}

/// The password flags of one prefix: what was given, and how the flags are called.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// Nothing, `new-`, `out-`, `src-`, `ca-` or `key-`.
    prefix: &'static str,
    source: Option<Source>,
    /// `--no-password`: what is written has none.
    none: bool,
}

/// What goes with every new password.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct WeakPassword {
    /// Allow a new password that breaks the rules of its format
    #[arg(long = "allow-weak-password", help_heading = "Passwords (mwallet help passwords)")]
    pub(crate) allowed: bool,
}

/// Makes the argument structure for one prefix. Every structure needs names of its own, which a
/// generic type could not give its fields.
macro_rules! password_flags {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $of:literal $(, $none:literal)? $(; $flag:literal)?) => {
        $(#[$doc])*
        #[derive(clap::Args, Clone, Debug, Default)]
        #[group(id = concat!($prefix, "password-source"), multiple = false $(, requires = $flag)?)]
        pub(crate) struct $name {
            #[arg(
                id = concat!($prefix, "password-stdin"),
                long = concat!($prefix, "password-stdin"),
                help = concat!("Read the password ", $of, " from stdin"),
                help_heading = "Passwords (mwallet help passwords)"
            )]
            stdin: bool,
            #[arg(
                id = concat!($prefix, "password-file"),
                long = concat!($prefix, "password-file"),
                value_name = "F",
                help = concat!("Read the password ", $of, " from a file"),
                help_heading = "Passwords (mwallet help passwords)"
            )]
            file: Option<PathBuf>,
            #[arg(
                id = concat!($prefix, "password-env"),
                long = concat!($prefix, "password-env"),
                value_name = "VAR",
                help = concat!("Take the password ", $of, " from this environment variable"),
                help_heading = "Passwords (mwallet help passwords)"
            )]
            variable: Option<OsString>,
            #[arg(
                id = concat!($prefix, "password-fd"),
                long = concat!($prefix, "password-fd"),
                value_name = "N",
                help = concat!("Read the password ", $of, " from this open file descriptor"),
                help_heading = "Passwords (mwallet help passwords)"
            )]
            descriptor: Option<u32>,
            $(#[arg(
                id = concat!($prefix, "no-password"),
                long = concat!($prefix, "no-password"),
                help = $none,
                help_heading = "Passwords (mwallet help passwords)"
            )]
            none: bool,)?
        }

        impl $name {
            /// What was given on the command line.
            pub(crate) fn given(&self) -> Given {
                let source = self
                    .stdin
                    .then_some(Source::Stdin)
                    .or_else(|| self.file.clone().map(Source::File))
                    .or_else(|| self.variable.clone().map(Source::Variable))
                    .or_else(|| self.descriptor.map(Source::Descriptor));
                #[allow(unused_mut, unused_assignments)]
                let mut none = false;
                $(let _: &str = $none; none = self.none;)?
                Given { prefix: $prefix, source, none }
            }
        }
    };
}

password_flags!(
    /// The password of an existing wallet.
    StorePassword, "", "of the wallet", "Open the wallet with no password"
);
password_flags!(
    /// The password of a wallet that is being made.
    CreatePassword, "", "of the new wallet", "Write the new wallet without a password"
);
password_flags!(
    /// The password that replaces the old one.
    NewPassword, "new-", "that replaces the old one", "Write the wallet without a password"
);
password_flags!(
    /// The password of a file that is written.
    OutPassword, "out-", "of the file written", "Write the file without a password"
);
password_flags!(
    /// The password of a second store.
    SourcePassword, "src-", "of the second wallet", "Open the second wallet with no password"
);
password_flags!(
    /// The password of the wallet of `--ca`.
    CaPassword, "ca-", "of the wallet of --ca", "Open the wallet of --ca with no password";
    "ca"
);
password_flags!(
    /// The password of keys inside a store, or of a key file.
    KeyPassword, "key-", "of keys that have one of their own"
);

impl Given {
    /// Whether the command line says anything at all.
    pub(crate) fn is_given(&self) -> bool {
        self.source.is_some() || self.none
    }

    /// Whether there is a source to read from.
    pub(crate) fn is_sourced(&self) -> bool {
        self.source.is_some()
    }

    /// Whether somebody types it.
    pub(crate) fn is_asked(&self, context: &Context) -> bool {
        !self.is_given() && context.can_ask()
    }

    /// Whether the user says that there is no password.
    pub(crate) fn is_none(&self) -> bool {
        self.none
    }

    /// The file that it is read from, if it is one.
    pub(crate) fn file(&self) -> Option<&PathBuf> {
        match &self.source {
            Some(Source::File(path)) => Some(path),
            _ => None,
        }
    }

    /// The source that was given, in words.
    pub(crate) fn source_name(&self) -> Option<String> {
        self.source.as_ref().map(|source| match source {
            Source::Stdin => "stdin".to_owned(),
            Source::File(path) => format!("the file {}", path.display()),
            Source::Variable(name) => format!("the variable {}", name.to_string_lossy()),
            Source::Descriptor(number) => format!("file descriptor {number}"),
        })
    }

    /// Reads the password if a source was given.
    pub(crate) fn read(&self, context: &Context) -> Result<Option<Password>, Failure> {
        let wanted = Wanted { prefix: self.prefix, noun: "password" };
        self.source.as_ref().map(|source| source.read(&wanted, context)).transpose()
    }

    /// The flags that could have given it, for messages.
    pub(crate) fn flags(&self) -> String {
        flags(self.prefix)
    }

    /// The flags that can still give it: what has been read to its end gives nothing more.
    fn flags_left(&self, context: &Context) -> String {
        let sources = if context.has_read_stdin() { &SOURCES[1..] } else { &SOURCES[..] };
        in_words(self.prefix, sources)
    }

    /// The password of something that exists: from its flags, else from whoever sits at the
    /// terminal.
    pub(crate) fn existing(&self, of: &str, context: &Context) -> Result<Password, Failure> {
        if let Some(password) = self.read(context)? {
            return Ok(password);
        }
        if !context.can_ask() {
            let flags = self.flags_left(context);
            let message = format!("{of} needs a password: give it with {flags}");
            return Err(Failure::new(Code::PASSWORD_MISSING, message));
        }
        context.ask_password(&format!("password of {of}"))
    }

    /// A new password: from its flags, else asked twice; `None` when the user wants none. It fits what it is
    /// for, unless a weak one is allowed.
    pub(crate) fn new_for(
        &self,
        of: &str,
        rules: Rules,
        weak: WeakPassword,
        context: &Context,
    ) -> Result<Option<Password>, Failure> {
        let password = if self.none { None } else { Some(self.new_password(of, rules, context)?) };
        rules.require(password.as_ref(), weak)?;
        Ok(password)
    }

    fn new_password(&self, of: &str, rules: Rules, context: &Context) -> Result<Password, Failure> {
        if let Some(password) = self.read(context)? {
            return Ok(password);
        }
        let none = (rules == Rules::Free).then(|| format!("--{}no-password", self.prefix));
        if !context.can_ask() {
            let mut message = format!(
                "a new password for {of} is needed: give it with {}",
                self.flags_left(context)
            );
            message.extend(none.iter().map(|flag| format!(", or none with {flag}")));
            let failure = Failure::new(Code::PASSWORD_MISSING, message);
            let consumer = context.typed().value("--for").and_then(OsStr::to_str);
            let is_asked =
                consumer.and_then(Consumer::from_name).is_some_and(|it| it.asks_at_start);
            return Err(match none.filter(|_| is_asked) {
                Some(flag) => failure.hinting(context.command_line(&[&flag])),
                None => failure,
            });
        }
        let password = context.ask_new_password(&format!("new password of {of}"))?;
        if !password.is_empty() {
            return Ok(password);
        }
        let message = "the new password is empty";
        Err(match none {
            Some(flag) => {
                let message = format!("{message}; {flag} writes a file without one");
                let hint = context.command_line(&[&flag]);
                Failure::new(Code::PASSWORD_MISSING, message).hinting(hint)
            }
            None => Failure::new(Code::PASSWORD_MISSING, message),
        })
    }
}

/// The flags that give a password, with this in front of the word, for messages.
pub(crate) fn flags(prefix: &str) -> String {
    in_words(prefix, &SOURCES)
}

fn in_words(prefix: &str, sources: &[&str]) -> String {
    let flag = |source: &&str| format!("--{prefix}password-{source}");
    let [first @ .., last] = sources else { return String::new() };
    format!("{} or {}", first.iter().map(flag).collect::<Vec<_>>().join(", "), flag(last))
}

/// Which passwords may protect a file: whoever opens it has rules of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// 8 characters, letters together with digits or symbols: Oracle's own tools refuse to make others.
    Oracle,
    /// 6 characters, as keytool has it.
    Java,
    /// Any, or none at all. An empty one is most often a variable that nobody has set.
    Free,
}

impl Rules {
    /// Those of a store of this format and layout.
    pub(crate) fn of(format: Format, layout: Option<Layout>) -> Self {
        match layout {
            _ if format.is_java() => Self::Java,
            Some(Layout::Oracle) => Self::Oracle,
            _ => Self::Free,
        }
    }

    /// Fails for a password that does not do, and for a weak one unless that is allowed.
    pub(crate) fn require(
        self,
        password: Option<&Password>,
        weak: WeakPassword,
    ) -> Result<(), Failure> {
        let Some(password) = password else {
            let message = match self {
                Self::Oracle => {
                    "Oracle's layout has no unprotected form: the wallet needs a password"
                }
                Self::Java => {
                    "JKS and JCEKS have no form without a password: their digest needs one"
                }
                Self::Free => return Ok(()),
            };
            return Err(Failure::new(Code::USAGE, message));
        };
        match self.weakness(password.as_str()) {
            Some(weakness) if !weak.allowed => {
                let message = format!("the new password is {weakness}");
                Err(Failure::new(Code::PASSWORD_WEAK, message))
            }
            _ => Ok(()),
        }
    }

    /// What such a program has against a password.
    pub(crate) fn weakness(self, text: &str) -> Option<&'static str> {
        let length = text.chars().count();
        match self {
            Self::Oracle if text.is_empty() => Some("empty, which Oracle's tools refuse"),
            Self::Oracle if length < 8 => {
                Some("shorter than 8 characters, which Oracle's tools refuse")
            }
            Self::Oracle if !text.chars().any(char::is_alphabetic) => {
                Some("without a letter, which Oracle's tools refuse")
            }
            Self::Oracle if text.chars().all(char::is_alphabetic) => {
                Some("without a digit or symbol, which Oracle's tools refuse")
            }
            Self::Java if length < 6 => Some("shorter than 6 characters, which keytool refuses"),
            Self::Free if text.is_empty() => Some("empty, with which anybody opens the file"),
            _ => None,
        }
    }
}

/// What a source is asked for, for messages.
pub(crate) struct Wanted {
    /// In front of the noun in the names of the flags.
    pub(crate) prefix: &'static str,
    /// `password` or `value`.
    pub(crate) noun: &'static str,
}

impl Source {
    /// Reads text that must not be seen: all of it but for one line end.
    pub(crate) fn read(&self, wanted: &Wanted, context: &Context) -> Result<Password, Failure> {
        let Wanted { prefix, noun } = wanted;
        let unusable = |what: String| Failure::new(Code::PASSWORD_SOURCE, what);
        // A stdin that was closed, or whose writer failed, is no empty secret: Rust opens /dev/null in its place.
        let require_some = |bytes: &SecretBytes| {
            if bytes.is_empty() {
                return Err(unusable(format!("stdin is empty; an empty {noun} is an empty line")));
            }
            Ok(())
        };
        let from_path = |path: &Path, name: &str| {
            let bytes = file::read_stream(path, limits::PASSWORD_BYTES)
                .map_err(|error| unusable(format!("cannot read a {noun}: {error}")))?;
            if input::is_stdin(path) {
                require_some(&bytes)?;
            }
            text(&bytes, noun, name)
        };
        match self {
            Self::Stdin => {
                let flag = format!("--{prefix}{noun}-stdin");
                if context.stdin_is_terminal() {
                    return Err(unusable(format!(
                        "stdin is a terminal, which would show the {noun}; leave {flag} out to be asked"
                    )));
                }
                let bytes = context.read_stdin(&flag, limits::PASSWORD_BYTES)?;
                require_some(&bytes)?;
                text(&bytes, noun, "stdin")
            }
            Self::File(path) => from_path(path, &path.display().to_string()),
            // Opened anew by its number, which every Unix has: the program takes no descriptor over.
            Self::Descriptor(number) => from_path(
                Path::new(&format!("/dev/fd/{number}")),
                &format!("file descriptor {number}"),
            ),
            Self::Variable(name) => {
                let shown = name.to_string_lossy();
                let value = context
                    .variable(name)
                    .ok_or_else(|| unusable(format!("the variable {shown} is not set")))?;
                let bytes = SecretBytes::new(value.into_encoded_bytes());
                text(&bytes, noun, &format!("the variable {shown}"))
            }
        }
    }
}

/// The text in these bytes: all of them but for one line end.
fn text(bytes: &SecretBytes, noun: &str, name: &str) -> Result<Password, Failure> {
    let line = bytes
        .strip_suffix(b"\n")
        .map_or(&bytes[..], |line| line.strip_suffix(b"\r").unwrap_or(line));
    std::str::from_utf8(line).map(Password::from).map_err(|error| {
        Failure::new(
            Code::PASSWORD_SOURCE,
            format!("the {noun} in {name} is not UTF-8 at byte {}", error.valid_up_to()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{Rules, WeakPassword, text};
    use mwallet::secret::SecretBytes;

    const ALLOWED: WeakPassword = WeakPassword { allowed: true };
    const REFUSED: WeakPassword = WeakPassword { allowed: false };

    #[test]
    fn one_line_end_is_stripped_and_nothing_else() {
        for (bytes, password) in [
            ("secret", "secret"),
            ("secret\n", "secret"),
            ("secret\r\n", "secret"),
            ("secret \n", "secret "),
            (" secret\n\n", " secret\n"),
            ("secret\r", "secret\r"),
            ("\n", ""),
            ("", ""),
        ] {
            let read = text(&SecretBytes::from(bytes.as_bytes()), "password", "test").unwrap();
            assert_eq!(read.as_str(), password, "{bytes:?}");
        }
    }

    #[test]
    fn oracle_wants_eight_characters_of_two_kinds() {
        for (password, fits) in [
            ("welcome1", true),
            ("wel come", true),
            ("größe 99", true),
            ("welcom1", false),
            ("welcomes", false),
            ("12345678", false),
            ("", false),
        ] {
            let is_fit = Rules::Oracle.require(Some(&password.into()), REFUSED).is_ok();
            assert_eq!(is_fit, fits, "{password}");
        }
    }

    #[test]
    fn java_wants_six_characters_and_a_password() {
        for (password, weak, fits) in [
            ("change", REFUSED, true),
            ("größer", REFUSED, true),
            ("chang", REFUSED, false),
            ("chang", ALLOWED, true),
        ] {
            assert_eq!(Rules::Java.require(Some(&password.into()), weak).is_ok(), fits, "{weak:?}");
        }
        assert!(Rules::Java.require(None, ALLOWED).is_err());
    }

    #[test]
    fn everybody_else_wants_it_said_that_there_is_no_password() {
        for (password, weak, fits) in
            [("a", REFUSED, true), ("", REFUSED, false), ("", ALLOWED, true)]
        {
            assert_eq!(Rules::Free.require(Some(&password.into()), weak).is_ok(), fits);
        }
        assert!(Rules::Free.require(None, REFUSED).is_ok());
    }
}
