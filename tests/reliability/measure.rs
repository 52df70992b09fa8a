//! What a run of mwallet takes, as the kernel counts it.

use crate::support::peers::{self, Peer};
use crate::support::run::{mwallet_path, run};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Runs one program and reports what `wait4` says of it. One that does not end is killed.
const MEASURE: &str = r"
import json, os, subprocess, sys, threading, time
job = json.load(sys.stdin)
begin = time.monotonic()
with open(job['stdin'], 'rb') as stdin:
    p = subprocess.Popen(job['argv'], cwd=job['folder'], env=dict(os.environ, P=job['password']),
                         stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    killer = threading.Timer(60, p.kill)
    killer.start()
    told = []
    other = threading.Thread(target=lambda: told.append(p.stdout.read()))
    other.start()
    told.append(p.stderr.read())
    other.join()
    _, status, usage = os.wait4(p.pid, 0)
    killer.cancel()
print(json.dumps({'status': os.waitstatus_to_exitcode(status), 'wall': time.monotonic() - begin,
                  'cpu': usage.ru_utime + usage.ru_stime, 'kib': usage.ru_maxrss,
                  'told': b''.join(told)[:100000].decode('utf-8', 'replace')}))
";

/// What one run took.
#[derive(Debug)]
pub(crate) struct Usage {
    pub(crate) status: i64,
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// The most memory that was resident, in KiB.
    pub(crate) memory: u64,
    /// What it wrote, to either stream.
    pub(crate) told: String,
}

/// Runs mwallet in a folder with a password in the variable `P`; `None` without Python.
#[track_caller]
pub(crate) fn measured(folder: &Path, line: &str, password: &str, stdin: &str) -> Option<Usage> {
    let python: Peer = peers::python()?;
    let mut argv = vec![mwallet_path().to_str().unwrap()];
    argv.extend(line.split_whitespace());
    let job = json!({"argv": argv, "folder": folder, "password": password, "stdin": stdin});
    let mut command = python.command();
    let done = run(command.arg("-c").arg(MEASURE), job.to_string().as_bytes()).ok();
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    let seconds = |name: &str| Duration::from_secs_f64(told[name].as_f64().unwrap());
    Some(Usage {
        status: told["status"].as_i64().unwrap(),
        wall: seconds("wall"),
        cpu: seconds("cpu"),
        memory: told["kib"].as_u64().unwrap(),
        told: told["told"].as_str().unwrap().to_owned(),
    })
}
