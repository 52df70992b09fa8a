//! From any error to words, a hint and an exit status.

mod ops;

use crate::command_line::CommandLine;
use crate::context::Context;
use crate::hint;
use crate::old_tool::OldLine;
use crate::password;
use crate::render::text::{safe, safe_json, safe_lines};
use crate::render::{self, WarningReport};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use mwallet::chain::report::Verdict;
use mwallet::code::{Class, Code};
use mwallet::codec::CodecError;
use mwallet::crypto::CryptoError;
use mwallet::issue::IssueError;
use mwallet::model::key::{KeyAlgorithmError, why_locked};
use mwallet::model::name::NameError;
use mwallet::ops::OpsError;
use mwallet::pki::{PkiError, manifest};
use mwallet::probe::ProbeError;
use mwallet::serve::ServeError;
use mwallet::store::StoreError;
use mwallet::store::dir::{AutoLogin, Location};
use mwallet::store::pki::ProjectError;
use serde::Serialize;
use serde_json::{Map, Value};
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// The exit status of a command line that makes no sense.
pub(crate) const USAGE: u8 = 2;

/// The detail of a file with nothing in it.
const EMPTY: &str = "empty";

/// The detail of a file that is recognised and not read: what it is.
const UNREAD: &str = "unread";

/// How a command that did its work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done.
    Done,
    /// The report is complete and holds a finding of severity `error`, or a difference.
    Findings,
}

impl From<Verdict> for Status {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Ok => Self::Done,
            Verdict::Findings => Self::Findings,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::SUCCESS,
            Status::Findings => Self::from(exit_status(Class::Finding)),
        }
    }
}

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    /// The fact, in one line or more.
    pub(crate) message: String,
    /// A hint that is better than the one for the code.
    pub(crate) hint: Option<String>,
    /// Whether the message says all: no flag allows what was refused.
    complete: bool,
    /// The facts of the message, for programs.
    pub(crate) details: Map<String, Value>,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, complete: false, details: Map::new() }
    }

    /// That what was asked for could not be told.
    pub(crate) fn of_stdout(error: &io::Error) -> Self {
        Self::new(Code::IO_FAILED, format!("cannot write to stdout: {error}"))
    }

    /// That a file lacks what it was given for: a certificate, a request.
    pub(crate) fn nothing_in(path: &Path, wanted: &str) -> Self {
        Self::new(Code::BUNDLE_EMPTY, format!("there is no {wanted} in it"))
            .about(path)
            .hinting(hint::inspect(path))
    }

    /// That a key in a file is opened by no password, and why.
    pub(crate) fn stays_locked(code: Code) -> Self {
        let message = format!("the key stays locked: {}", why_locked(Some(code)));
        Self::new(code, message).with(hint::STAYS_LOCKED, true)
    }

    /// Adds a fact for programs.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// No flag allows what was refused.
    pub(crate) fn final_word(mut self) -> Self {
        self.complete = true;
        self
    }

    /// Whether it is about a file with nothing in it.
    pub(crate) fn is_of_empty_file(&self) -> bool {
        self.details.contains_key(EMPTY)
    }

    /// What the file is that is recognised and not read.
    pub(crate) fn unread(&self) -> Option<&str> {
        self.details.get(UNREAD)?.as_str()
    }

    /// Whether no flag allows what was refused.
    pub(crate) fn is_final(&self) -> bool {
        self.complete
    }

    /// Sets a command that helps.
    pub(crate) fn hinting(mut self, command: String) -> Self {
        self.hint = Some(command);
        self
    }

    /// The failure with the file that it is about, where the library does not know it.
    pub(crate) fn about(mut self, path: &Path) -> Self {
        self.message = format!("{}: {}", safe(&path.to_string_lossy()), self.message);
        self.in_wallet(path)
    }

    /// The failure with the wallet that was worked on, for programs and hints.
    pub(crate) fn in_wallet(mut self, path: &Path) -> Self {
        let path = path.to_string_lossy().into_owned();
        self.details.entry("path").or_insert(path.into());
        self
    }

    /// What clap says of a command line, for JSON.
    pub(crate) fn of_command_line(error: &clap::Error) -> Self {
        let text = error.to_string();
        // The first paragraph; what follows is advice and the usage.
        let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
        let message = lines.collect::<Vec<_>>().join(" ");
        let message = message.strip_prefix("error: ").unwrap_or(&message);
        let mut failure = Self::new(Code::USAGE, message);
        for (name, kind) in [
            ("argument", ContextKind::InvalidArg),
            ("value", ContextKind::InvalidValue),
            ("verb", ContextKind::InvalidSubcommand),
            ("suggestion", ContextKind::SuggestedSubcommand),
            ("suggestion", ContextKind::SuggestedArg),
        ] {
            match error.get(kind) {
                Some(ContextValue::String(text)) => failure = failure.with(name, text.clone()),
                Some(ContextValue::Strings(texts)) => failure = failure.with(name, texts.clone()),
                Some(_) | None => {} // styled text and numbers repeat the message
            }
        }
        failure
    }

    /// The failure with the verbs that could stand in the place of an unknown one.
    pub(crate) fn naming_verbs(mut self, error: &clap::Error) -> Self {
        if let (ErrorKind::InvalidSubcommand, Some(ContextValue::StyledStrs(known))) =
            (error.kind(), error.get(ContextKind::Suggested))
        {
            self.message.extend(known.iter().map(|known| format!("; {known}")));
        }
        self
    }

    /// That a command line is one of another tool.
    pub(crate) fn of_old_line(line: &OldLine) -> Self {
        let tool = line.tool.name();
        let message = match line.command {
            Some(command) => format!("'{command}' is a command of {tool}; mwallet has its own"),
            None => format!("mwallet has its own commands in the place of those of {tool}"),
        };
        let instead = match &line.variables[..] {
            [] => hint::PASSWORDS.to_owned(),
            flags => {
                let flags = flags.join(" and ");
                format!("it asks, or takes them from {flags} ({})", hint::PASSWORDS)
            }
        };
        let passwords = format!(", and takes no passwords as arguments: {instead}");
        let left_out = format!("; the hint leaves out {}", line.left_out.join(", "));
        let message = [
            message,
            if line.has_password { passwords } else { String::new() },
            if line.left_out.is_empty() { String::new() } else { left_out },
            line.notes.iter().flat_map(|note| ["; ", note]).collect(),
        ]
        .concat();
        Self::new(Code::USAGE, safe(&message)).with("tool", tool).hinting(line.hint.clone())
    }

    /// The message, with the flag that allows or opens it where there is one.
    fn with_flag(&self, typed: &CommandLine) -> String {
        let message = &self.message;
        if self.complete {
            return message.clone();
        }
        if self.code == Code::KEY_LOCKED {
            return if typed.opens_keys() {
                message.clone()
            } else {
                format!("{message}; give its password with {}", password::flags("key-"))
            };
        }
        match hint::allowing_flag(self.code, typed) {
            Some(flag) if !message.contains(flag) => format!("{message}; {flag} allows it"),
            _ => message.clone(),
        }
    }

    /// Tells the user, and gives the exit status.
    pub(crate) fn report(self, context: &Context) -> ExitCode {
        let status = exit_status(self.code.class());
        let message = self.with_flag(context.typed());
        let hint = hint::for_scheme(&self, context.typed())
            .or_else(|| self.hint.clone())
            .or_else(|| hint::for_failure(&self, context));
        if context.json {
            let report = Report {
                error: Body {
                    code: self.code.name(),
                    message: &message,
                    hint: hint.as_deref(),
                    details: &self.details,
                },
                warnings: render::warnings(context),
            };
            let text = serde_json::to_string(&report).expect("maps with text keys serialize");
            context.stderr(&safe_json(&text));
        } else {
            let label = context.paint_message("31", "error:");
            context.stderr(&format!("{label} {} ({})", safe_lines(&message), self.code));
            if let Some(hint) = hint {
                context.stderr(&context.hint_line(&hint));
            }
        }
        ExitCode::from(status)
    }
}

impl From<mwallet::Error> for Failure {
    fn from(error: mwallet::Error) -> Self {
        // Of one line: what ends lines in it are the names of files and entries.
        let failure = Self::new(error.code(), safe(&error.to_string()));
        match &error {
            mwallet::Error::Store(store) => {
                let failure = failure.with("path", store.path().to_string_lossy());
                match store {
                    StoreError::Codec { source, .. } => with_facts(failure, source),
                    StoreError::LooseFiles { only, .. } => {
                        let failure = failure.with(hint::LOOSE_FILES, true);
                        match only {
                            Some(only) => failure.with(hint::LOOSE_FILE, only.to_string_lossy()),
                            None => failure,
                        }
                    }
                    StoreError::FolderMissing { path } => failure.hinting(hint::make_folder(path)),
                    StoreError::NotAStore { path, .. } => failure.hinting(hint::inspect(path)),
                    StoreError::PasswordFileMissing { path } => {
                        let wallet = path.parent().unwrap_or(path);
                        let kind = Location::existing(wallet).and_then(|it| it.auto_login());
                        if kind.is_ok_and(|(kind, _)| kind == AutoLogin::Only) {
                            return failure.with(hint::OPENS_ITSELF, true);
                        }
                        failure.hinting(hint::command("autologin recover", wallet))
                    }
                    StoreError::AutoLoginElsewhere { kind, source, .. } => {
                        failure.with("cause", source.code().name()).with("auto_login", kind.name())
                    }
                    _ => failure,
                }
            }
            mwallet::Error::Project(error) => project(failure, error),
            mwallet::Error::Codec(codec) => with_facts(failure, codec),
            mwallet::Error::Ops(ops) => ops::with_facts(failure, ops),
            _ => failure,
        }
    }
}

/// Errors of single modules take the way through the library's own umbrella.
macro_rules! from_library {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                mwallet::Error::from(error).into()
            }
        })*
    };
}

from_library!(
    StoreError,
    CodecError,
    CryptoError,
    NameError,
    IssueError,
    KeyAlgorithmError,
    OpsError,
    ProjectError,
    ServeError,
    ProbeError
);

/// Where a file of a test PKI is wrong, for programs and editors.
fn project(failure: Failure, error: &ProjectError) -> Failure {
    let failure = match error {
        ProjectError::Store(StoreError::FolderMissing { path }) => {
            failure.with("path", path.to_string_lossy()).hinting(hint::make_folder(path))
        }
        ProjectError::Store(store) => failure.with("path", store.path().to_string_lossy()),
        // Whose they are, nobody knows: `out` may be the mistake.
        ProjectError::NotOurs { out, .. } | ProjectError::OfAnother { out, .. } => {
            failure.with("path", out.to_string_lossy()).hinting(hint::PKI_FILE.to_owned())
        }
        // What cannot be read cannot be cleaned; nothing in the folder is lost.
        ProjectError::Pki { path, source: PkiError::Manifest { .. } }
            if path.file_name().is_some_and(|name| name == manifest::FILE) =>
        {
            let failure = failure.with("path", path.to_string_lossy());
            match path.parent() {
                Some(out) => failure.hinting(hint::set_aside(out)),
                None => failure,
            }
        }
        ProjectError::Pki { path, source: PkiError::Kept { .. } } => {
            let build = hint::command("pki build", path);
            failure.with("path", path.to_string_lossy()).hinting(build)
        }
        ProjectError::Pki { path, .. } => failure.with("path", path.to_string_lossy()),
        _ => failure,
    };
    let Some(file) = error.file_error() else { return failure };
    failure
        .hinting(hint::PKI_FILE.to_owned())
        .with("line", file.line)
        .with("column", file.column)
        .with("key", file.key.as_str())
        .with("near", file.near.clone())
}

/// The facts of a codec's error that programs and hints use.
fn with_facts(failure: Failure, error: &CodecError) -> Failure {
    match error {
        CodecError::Limit { limit, found, allowed } => {
            failure.with("limit", *limit).with("found", *found).with("allowed", *allowed)
        }
        CodecError::KeyLocked { alias, .. } => failure.with("alias", alias.as_str()),
        CodecError::FormatUnsupported { what, verb: "read" } => failure.with(UNREAD, what.as_str()),
        CodecError::OnlyRead { algorithm } => failure.with(hint::ONLY_READ, algorithm.as_str()),
        CodecError::AliasClash { second, .. } => failure.with(hint::TO_RENAME, second.as_str()),
        CodecError::Empty => failure.with(EMPTY, true),
        // Java takes no such password either: nothing allows it.
        CodecError::PasswordNotAscii => failure.final_word(),
        _ => failure,
    }
}

#[derive(Serialize)]
struct Report<'a> {
    error: Body<'a>,
    warnings: Vec<WarningReport>,
}

#[derive(Serialize)]
struct Body<'a> {
    code: &'a str,
    message: &'a str,
    hint: Option<&'a str>,
    details: &'a Map<String, Value>,
}

/// The exit status of each class of code.
fn exit_status(class: Class) -> u8 {
    match class {
        Class::Failed => 1,
        Class::Usage => USAGE,
        Class::Finding => 3,
        Class::Password => 4,
        Class::NotFound => 5,
        Class::Refused => 6,
        Class::Network => 7,
        Class::Locked => 8,
        Class::Interrupted => 130,
    }
}
