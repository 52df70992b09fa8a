//! Running programs with a time limit, and `mwallet` with its conventions.

use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// How long any program may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program that has ended.
pub(crate) struct Done {
    command: String,
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) took: Duration,
}

impl Done {
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Both streams, for programs that choose between them at will.
    pub(crate) fn all(&self) -> String {
        self.out() + &self.err()
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.status.success()
    }

    /// Everything there is to know, for a failure's message.
    pub(crate) fn story(&self) -> String {
        let mut story = format!("$ {}\n-> {}\n", self.command, self.status);
        for (name, text) in [("stdout", self.out()), ("stderr", self.err())] {
            if !text.is_empty() {
                let _ = write!(story, "--- {name}\n{text}");
            }
        }
        story
    }

    /// Itself, after making sure that it succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(self.succeeded(), "{}", self.story());
        self
    }

    /// Itself, after making sure that it ended with this status.
    #[track_caller]
    pub(crate) fn status(self, status: i32) -> Self {
        assert_eq!(self.status.code(), Some(status), "{}", self.story());
        self
    }

    /// Itself, after making sure that it failed in an orderly way: no signal, no panic.
    #[track_caller]
    pub(crate) fn failed(self) -> Self {
        assert!(!self.succeeded(), "it should have failed:\n{}", self.story());
        assert!(self.status.signal().is_none(), "{}", self.story());
        assert_ne!(self.status.code(), Some(101), "it panicked:\n{}", self.story());
        self
    }

    /// Itself, after making sure that its output has the text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.all().contains(text), "no {text:?} in\n{}", self.story());
        self
    }
}

/// Runs a command to its end, feeding it `stdin`; kills it when it takes too long.
#[track_caller]
pub(crate) fn run(command: &mut Command, stdin: &[u8]) -> Done {
    run_within(PATIENCE, command, stdin)
}

/// Runs a command that may take longer than others.
#[track_caller]
pub(crate) fn run_within(patience: Duration, command: &mut Command, stdin: &[u8]) -> Done {
    let shown = show(command);
    let begin = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{shown}: {error}"));
    let mut input = child.stdin.take().unwrap();
    let data = stdin.to_vec();
    // A program may end without reading its input.
    let feeder = thread::spawn(move || drop(input.write_all(&data)));
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > patience {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{shown}: still running after {patience:?}");
        }
        thread::sleep(Duration::from_millis(2));
    };
    let took = begin.elapsed();
    feeder.join().unwrap();
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    Done { command: shown, status, stdout, stderr, took }
}

fn collect(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

fn show(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The words of a command line; words with spaces are added by `arg`.
pub(crate) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace()
}

/// The path of the program under test. Cargo names it to tests; beside an example it is two folders up.
pub(crate) fn mwallet_path() -> &'static Path {
    static BESIDE: OnceLock<PathBuf> = OnceLock::new();
    match option_env!("CARGO_BIN_EXE_mwallet") {
        Some(path) => Path::new(path),
        None => BESIDE.get_or_init(|| {
            let example = std::env::current_exe().unwrap();
            example.parent().and_then(Path::parent).unwrap().join("mwallet")
        }),
    }
}

/// A call of `mwallet` that never prompts and sees nothing of the caller's environment settings.
pub(crate) struct Mwallet {
    folder: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(String, String)>,
    stdin: Vec<u8>,
}

impl Mwallet {
    pub(crate) fn new(folder: &Path, line: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            arguments: words(line).map(OsString::from).collect(),
            variables: Vec::new(),
            stdin: Vec::new(),
        }
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub(crate) fn args(mut self, line: &str) -> Self {
        self.arguments.extend(words(line).map(OsString::from));
        self
    }

    pub(crate) fn stdin(mut self, bytes: &[u8]) -> Self {
        self.stdin = bytes.to_vec();
        self
    }

    fn secret(mut self, prefix: &str, value: &str) -> Self {
        let variable = format!("MWALLET_TEST_{}PASSWORD", prefix.to_uppercase().replace('-', "_"));
        self.arguments.push(format!("--{prefix}password-env").into());
        self.arguments.push(variable.clone().into());
        self.variables.push((variable, value.to_owned()));
        self
    }

    /// The wallet's password.
    pub(crate) fn password(self, value: &str) -> Self {
        self.secret("", value)
    }

    /// The new password of `passwd`.
    pub(crate) fn new_password(self, value: &str) -> Self {
        self.secret("new-", value)
    }

    /// The password of the file that is written.
    pub(crate) fn out_password(self, value: &str) -> Self {
        self.secret("out-", value)
    }

    /// The password of the second wallet.
    pub(crate) fn src_password(self, value: &str) -> Self {
        self.secret("src-", value)
    }

    /// The password of the wallet of `--ca`.
    pub(crate) fn ca_password(self, value: &str) -> Self {
        self.secret("ca-", value)
    }

    /// The password of keys that have their own.
    pub(crate) fn key_password(self, value: &str) -> Self {
        self.secret("key-", value)
    }

    /// The value that `cred set` and `secret set` store.
    pub(crate) fn value(mut self, value: &str) -> Self {
        self.arguments.extend(["--value-env", "MWALLET_TEST_VALUE"].map(OsString::from));
        self.variables.push(("MWALLET_TEST_VALUE".to_owned(), value.to_owned()));
        self
    }

    /// The command, for those who run it in a way of their own.
    pub(crate) fn command(&self) -> Command {
        self.command_under(&[])
    }

    /// The command as the argument of another program, such as strace.
    pub(crate) fn command_under(&self, prefix: &[&OsStr]) -> Command {
        let mut line: Vec<&OsStr> = prefix.to_vec();
        line.push(mwallet_path().as_os_str());
        let mut command = Command::new(line[0]);
        command
            .args(&line[1..])
            .args(&self.arguments)
            .current_dir(&self.folder)
            .env_remove("NO_COLOR")
            .env("LC_ALL", "C.UTF-8")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    #[track_caller]
    pub(crate) fn run(&self) -> Done {
        run(&mut self.command(), &self.stdin)
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> Done {
        self.run().ok()
    }

    /// Runs with `--json`; the report.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let done = self.arg("--json").ok();
        parse(&done, &done.stdout)
    }

    /// Runs with `--json`, whatever the status; the report and the status.
    #[track_caller]
    pub(crate) fn report(self) -> (Value, Option<i32>) {
        let done = self.arg("--json").run();
        (parse(&done, &done.stdout), done.status.code())
    }

    /// Runs with `--json`; makes sure of status and code, and that the message says what is the
    /// matter; the `error` object.
    #[track_caller]
    pub(crate) fn fails(self, status: i32, code: &str) -> Value {
        let done = self.arg("--json").run().failed();
        let object = parse(&done, &done.stderr)["error"].clone();
        assert_eq!(object["code"], code, "{}", done.story());
        assert_eq!(done.status.code(), Some(status), "{}", done.story());
        assert!(object["message"].as_str().is_some_and(|m| !m.is_empty()), "{}", done.story());
        object
    }
}

/// The JSON object that a stream ends with; warnings may come before it.
#[track_caller]
fn parse(done: &Done, stream: &[u8]) -> Value {
    let text = String::from_utf8_lossy(stream);
    let start = text.find('{').unwrap_or_else(|| panic!("no JSON in\n{}", done.story()));
    serde_json::from_str(&text[start..])
        .unwrap_or_else(|error| panic!("{error} in\n{}", done.story()))
}
