//! The world around the program: terminal, streams, environment, arguments, clock.
//!
//! The rules of the terminal:
//!
//! - data goes to stdout, messages to stderr, prompts to the terminal;
//! - messages are lower case and end without a full stop;
//! - nothing is asked without a terminal on stdin and stderr, or with `--no-input`;
//! - a password is never echoed, and asked twice when it is a new one;
//! - stdin is read once, by one reader.
#![expect(clippy::disallowed_methods, reason = "this file is the fence's gate")]

mod identity;
pub(crate) mod interrupt;
pub(crate) mod memory;
mod progress;

use crate::app::{Color, Global};
use crate::command_line::CommandLine;
use crate::context::progress::Progress;
use crate::failure::Failure;
use crate::input;
use crate::render::text::safe;
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::codec::sso::Identity;
use mwallet::limits;
use mwallet::secret::{Password, SecretBytes};
use mwallet::store::file;
use std::cell::{Cell, Ref, RefCell};
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;

/// The arguments of the program, its name first.
pub(crate) fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// The user and the host that local auto-login files open for.
pub(crate) fn identity() -> Identity {
    identity::of_this_process(|name| std::env::var_os(name))
}

/// What a command may ask of the world.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Context {
    /// Reports and errors are written as JSON.
    pub(crate) json: bool,
    /// Questions are answered with yes.
    pub(crate) yes: bool,
    /// How long a writer waits for its lock.
    pub(crate) lock_timeout: Duration,
    quiet: bool,
    verbose: bool,
    no_input: bool,
    color: Color,
    typed: CommandLine,
    stdin_reader: RefCell<Option<String>>,
    streams: RefCell<Vec<(PathBuf, SecretBytes)>>,
    warnings: RefCell<Vec<Warning>>,
    stdout_closed: Cell<bool>,
}

impl Context {
    pub(crate) fn new(global: &Global, arguments: Vec<OsString>) -> Self {
        Self {
            json: global.json,
            yes: global.yes,
            lock_timeout: global.lock_timeout,
            quiet: global.quiet,
            verbose: global.verbose,
            no_input: global.no_input,
            color: global.color,
            typed: CommandLine::new(arguments),
            stdin_reader: RefCell::new(None),
            streams: RefCell::default(),
            warnings: RefCell::default(),
            stdout_closed: Cell::new(false),
        }
    }

    /// For telling that the arguments do not parse.
    pub(crate) fn for_usage_error(arguments: Vec<OsString>, json: bool) -> Self {
        Self::new(&Global { json, ..Global::default() }, arguments)
    }

    /// The same world for a command that `demo` plays. Where the demo itself reports in JSON, what
    /// the command prints is dropped.
    pub(crate) fn played(&self, arguments: Vec<OsString>) -> Self {
        Self {
            json: false,
            yes: false,
            lock_timeout: self.lock_timeout,
            quiet: self.quiet || self.json,
            verbose: self.verbose,
            no_input: true,
            color: self.color,
            typed: CommandLine::new(arguments),
            stdin_reader: RefCell::new(None),
            streams: RefCell::default(),
            warnings: RefCell::default(),
            stdout_closed: Cell::new(self.stdout_closed.get() || self.quiet || self.json),
        }
    }

    /// The time at which things are judged, unless the user gives another.
    #[expect(clippy::unused_self, reason = "the clock belongs to the context")]
    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    /// A variable of the environment.
    #[expect(clippy::unused_self, reason = "the environment belongs to the context")]
    pub(crate) fn variable(&self, name: &OsStr) -> Option<OsString> {
        std::env::var_os(name)
    }

    /// The folder for throw-away files.
    #[expect(clippy::unused_self, reason = "the environment belongs to the context")]
    pub(crate) fn scratch_folder(&self) -> PathBuf {
        std::env::temp_dir()
    }

    /// Goes to a folder, so that relative paths begin there.
    #[expect(clippy::unused_self, reason = "the working directory belongs to the context")]
    pub(crate) fn enter(&self, folder: &Path) -> Result<(), Failure> {
        std::env::set_current_dir(folder).map_err(|error| {
            let message = format!("{}: cannot go there: {error}", folder.display());
            Failure::new(Code::IO_FAILED, message)
        })
    }

    /// The command line as the user typed it.
    pub(crate) fn typed(&self) -> &CommandLine {
        &self.typed
    }

    /// The command line as the user could type it again, with `more` behind it. What was read from
    /// stdin is gone by then, so a file has to take its place.
    pub(crate) fn command_line(&self, more: &[&str]) -> String {
        let mut line = self.typed.again(more);
        if self.stdin_reader.borrow().as_deref() == Some("-") {
            line += " < FILE";
        }
        line
    }

    /// Writes what the command is there to produce.
    ///
    /// A reader that has gone away, as in `mwallet list w | head -1`, is no failure: what it did
    /// not want to read is dropped, and the exit status stays the command's own.
    pub(crate) fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        if self.stdout_closed.get() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.stdout_closed.set(true);
                Ok(())
            }
            Err(error) => Err(Failure::of_stdout(&error)),
        }
    }

    /// Whether only errors are wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether more is wanted.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Writes what a command that changes something has done; silent with `-q`.
    pub(crate) fn report(&self, text: &str) -> Result<(), Failure> {
        if self.quiet { Ok(()) } else { self.data(text.as_bytes()) }
    }

    /// Tells the user something on the side; silent with `-q`.
    pub(crate) fn message(&self, text: &str) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    /// Tells warnings as they come up; with `--json` they wait for the report. What is only a note on
    /// how a text was laid out is for `-v`.
    pub(crate) fn warn(&self, warnings: &[Warning]) {
        if self.json {
            self.warnings.borrow_mut().extend_from_slice(warnings);
            return;
        }
        for Warning { code, message } in warnings {
            let text = format!("{} ({code})", safe(message));
            if *code == Code::FRAMING_LENIENT {
                self.detail(&text);
            } else {
                self.warning(&text);
            }
        }
    }

    /// The warnings that wait for the report.
    pub(crate) fn warnings(&self) -> Ref<'_, Vec<Warning>> {
        self.warnings.borrow()
    }

    /// Tells the user what could matter later; silent with `-q`.
    fn warning(&self, text: &str) {
        self.message(&format!("{} {text}", self.paint_message("33", "warning:")));
    }

    /// Tells a command that mends what was just told; silent with `-q`, and with `--json`, whose stderr is
    /// for programs.
    pub(crate) fn hint(&self, command: &str) {
        if !self.json {
            self.message(&self.hint_line(command));
        }
    }

    /// The line that tells a command to paste.
    pub(crate) fn hint_line(&self, command: &str) -> String {
        format!("{} {command}", self.paint_message("36", "hint:"))
    }

    /// Tells what is only of interest with `-v`.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose && !self.json {
            self.stderr(text);
        }
    }

    /// Writes a line to stderr. When even that fails there is nobody left to tell.
    #[expect(clippy::unused_self, reason = "the streams belong to the context")]
    pub(crate) fn stderr(&self, text: &str) {
        drop(writeln!(io::stderr().lock(), "{text}"));
    }

    /// Whether data may hold colours.
    pub(crate) fn colors_data(&self) -> bool {
        self.colors(&io::stdout())
    }

    /// Whether messages may hold colours.
    pub(crate) fn colors_messages(&self) -> bool {
        self.colors(&io::stderr())
    }

    /// Whether stdout is a terminal, where bytes that are not text would do harm.
    #[expect(clippy::unused_self, reason = "the streams belong to the context")]
    pub(crate) fn shows_data(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// A bar for work that takes its time: on a terminal, and not with `-q` or `--json`.
    pub(crate) fn progress(&self) -> Progress {
        Progress::new(io::stderr().is_terminal() && !self.quiet && !self.json)
    }

    /// A word of a message in the colour of this ANSI code, if messages are coloured.
    pub(crate) fn paint_message(&self, ansi: &str, text: &str) -> String {
        if self.colors(&io::stderr()) {
            format!("\x1b[{ansi}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn colors(&self, stream: &impl IsTerminal) -> bool {
        // https://no-color.org: a variable that is present and not empty.
        let unwanted = |name: &str, by: fn(&OsStr) -> bool| {
            self.variable(OsStr::new(name)).is_some_and(|value| by(&value))
        };
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                stream.is_terminal()
                    && !unwanted("NO_COLOR", |value| !value.is_empty())
                    && !unwanted("TERM", |value| value == "dumb")
            }
        }
    }

    /// Reads stdin to its end, for one reader only.
    pub(crate) fn read_stdin(&self, reader: &str, limit: u64) -> Result<SecretBytes, Failure> {
        if let Some(first) = self.stdin_reader.borrow().as_ref() {
            return Err(Failure::new(
                Code::USAGE,
                format!("stdin can be read once: both {first} and {reader} ask for it"),
            ));
        }
        self.stdin_reader.replace(Some(reader.to_owned()));
        match file::read_growing(io::stdin().lock(), limit) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => {
                let message = format!("stdin holds more than {limit} bytes for {reader}");
                Err(Failure::new(Code::LIMIT_EXCEEDED, message))
            }
            Err(error) => {
                let message = format!("cannot read stdin for {reader}: {error}");
                Err(Failure::new(Code::IO_FAILED, message))
            }
        }
    }

    /// What came from stdin (`-`) or through a pipe of the shell: it is read once, and a wallet may be opened
    /// twice.
    pub(crate) fn stream(&self, path: &Path) -> Result<SecretBytes, Failure> {
        if let Some((_, bytes)) = self.streams.borrow().iter().find(|(known, _)| known == path) {
            return Ok(bytes.clone());
        }
        let bytes = if input::is_stdin(path) {
            self.read_stdin(&path.to_string_lossy(), limits::STREAM_BYTES)?
        } else {
            file::read_stream(path, limits::STREAM_BYTES)?
        };
        self.streams.borrow_mut().push((path.to_path_buf(), bytes.clone()));
        Ok(bytes)
    }

    /// Whether nothing is left of stdin.
    pub(crate) fn has_read_stdin(&self) -> bool {
        self.stdin_reader.borrow().is_some()
    }

    /// Whether stdin is a terminal, where a password would be echoed while it is typed.
    #[expect(clippy::unused_self, reason = "the streams belong to the context")]
    pub(crate) fn stdin_is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Whether there is somebody to ask.
    pub(crate) fn can_ask(&self) -> bool {
        !self.no_input && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks for the password of something that exists; it may be empty.
    pub(crate) fn ask_password(&self, prompt: &str) -> Result<Password, Failure> {
        self.asking(|| {
            dialoguer::Password::new()
                .with_prompt(prompt)
                .report(false)
                .allow_empty_password(true)
                .interact()
        })
        .map(Password::new)
    }

    /// Asks twice for a new password, and again until both are the same. One that is empty is not
    /// asked for twice.
    pub(crate) fn ask_new_password(&self, prompt: &str) -> Result<Password, Failure> {
        loop {
            let password = self.ask_password(prompt)?;
            if password.as_str().is_empty() {
                return Ok(password);
            }
            if self.ask_password("the same again")?.as_str() == password.as_str() {
                return Ok(password);
            }
            self.stderr("the two are not the same, try again");
        }
    }

    /// Asks a question; `None` when there is nobody to ask.
    pub(crate) fn confirm(&self, question: &str) -> Result<Option<bool>, Failure> {
        if self.yes {
            return Ok(Some(true));
        }
        self.ask(question)
    }

    /// Asks a question that `--yes` does not answer; `None` when there is nobody to ask.
    pub(crate) fn ask(&self, question: &str) -> Result<Option<bool>, Failure> {
        if !self.can_ask() {
            return Ok(None);
        }
        self.asking(|| {
            dialoguer::Confirm::new().with_prompt(question).default(false).report(true).interact()
        })
        .map(Some)
    }

    #[expect(clippy::unused_self, reason = "the terminal belongs to the context")]
    fn asking<T>(&self, ask: impl FnOnce() -> dialoguer::Result<T>) -> Result<T, Failure> {
        let _restored = interrupt::while_asking();
        ask().map_err(|dialoguer::Error::IO(error)| {
            interrupt::show_cursor();
            match error.kind() {
                io::ErrorKind::Interrupted => Failure::new(Code::INTERRUPTED, "interrupted"),
                io::ErrorKind::InvalidData => {
                    Failure::new(Code::PASSWORD_SOURCE, "what was typed is not UTF-8")
                }
                _ => Failure::new(Code::IO_FAILED, format!("cannot ask: {error}")),
            }
        })
    }
}
