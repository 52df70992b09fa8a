//! `mwallet list` on every file of the corpus: whether it ends as the verdict says, and what it takes.

use crate::support::corpus::Row;
use crate::support::peers;
use crate::support::run::{mwallet_path, run_within};
use mwallet::code::Code;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How long a program may take for all files together; on an idle machine each takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// The most memory that the program may take for a file, in KiB.
const MEMORY: u64 = 64 * 1024;

/// Runs each command line of a list, with a password in the variable `P`, and reports status, processor
/// seconds, memory in KiB and messages of each.
const MEASURE: &str = r"
import json, os, subprocess, sys
for argv, password in json.load(sys.stdin):
    p = subprocess.Popen(argv, env=dict(os.environ, P=password), stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    err = p.stderr.read()
    _, status, usage = os.wait4(p.pid, 0)
    print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime,
                      usage.ru_maxrss, err.decode('utf-8', 'replace')]))
";

/// What one run took, and how it ended.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Negative where a signal ended it.
    status: i64,
    /// Of the processors.
    took: Duration,
    /// In KiB.
    pub(crate) memory: u64,
    /// What it said on stderr.
    told: String,
}

impl Measured {
    /// The code of the error that it reports; warnings may come before it.
    fn code(&self) -> Option<String> {
        let error = &self.told[self.told.find('{')?..];
        let error: Value = serde_json::from_str(error).ok()?;
        error["error"]["code"].as_str().map(str::to_owned)
    }
}

/// Lists the file of each row, with the option and the password that `password` names, if any; `None`
/// without Python.
#[track_caller]
pub(crate) fn listed(
    folder: &Path,
    rows: &[&Row],
    password: impl Fn(&Row) -> Option<(&'static str, String)>,
) -> Option<Vec<Measured>> {
    let python = peers::python()?;
    let line = |row: &&Row| {
        let mut argv = vec![mwallet_path().to_str().unwrap().to_owned(), "list".to_owned()];
        argv.push(folder.join(&row.path).to_str().unwrap().to_owned());
        argv.push("--json".to_owned());
        let password = password(row).map(|(option, password)| {
            argv.extend([option.to_owned(), "P".to_owned()]);
            password
        });
        json!([argv, password.unwrap_or_default()])
    };
    let job = rows.iter().map(line).collect::<Value>().to_string();
    let mut command = python.command();
    let done = run_within(PATIENCE, command.arg("-c").arg(MEASURE), job.as_bytes()).ok();
    let measured: Vec<Measured> = done
        .out()
        .lines()
        .map(|line| {
            let told: Value = serde_json::from_str(line).unwrap();
            Measured {
                status: told[0].as_i64().unwrap(),
                took: Duration::from_secs_f64(told[1].as_f64().unwrap()),
                memory: told[2].as_u64().unwrap(),
                told: told[3].as_str().unwrap().to_owned(),
            }
        })
        .collect();
    assert_eq!(measured.len(), rows.len());
    Some(measured)
}

/// Whether a file has to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Open,
    Refused,
    /// Nobody knows; only the code has to be documented.
    Either,
}

impl Expected {
    /// What the corpus says, or its contrary for a written exception.
    pub(crate) fn of(row: &Row, excepted: bool) -> Self {
        match (row.verdict.as_str(), excepted) {
            ("ok", false) | ("reject", true) => Self::Open,
            ("ok", true) | ("reject", false) => Self::Refused,
            ("unknown", false) => Self::Either,
            (other, _) => panic!("{}: the verdict {other} has no contrary", row.path),
        }
    }
}

/// What is wrong with a run: a file that has to open does, one that has not is refused with a documented
/// code, and neither takes long or much.
pub(crate) fn complaint(
    row: &Row,
    measured: &Measured,
    expected: Expected,
    allowed: Duration,
) -> Option<String> {
    let Measured { status, took, memory, told } = measured;
    let is_documented = || {
        let code = measured.code();
        Code::ALL.iter().any(|known| code.as_deref() == Some(known.name()))
    };
    // The password is part of the row, and may be wrong in a broken file.
    let is_refused = || [1, 4].contains(status) && is_documented();
    let is_orderly = match expected {
        Expected::Open => *status == 0,
        Expected::Refused => is_refused(),
        Expected::Either => *status == 0 || is_refused(),
    };
    let is_small = *took <= allowed && *memory <= MEMORY;
    (!is_orderly || !is_small).then(|| {
        format!("{}: {expected:?}: status {status}, {took:.2?}, {memory} KiB: {told}\n", row.path)
    })
}
