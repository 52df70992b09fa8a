//! A process that holds a lock as Java, and with it orapki, takes it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// fcntl over the whole file, held until stdin ends; it says when it holds.
const SCRIPT: &str = r"
import fcntl, sys
f = open(sys.argv[1], 'a+')
fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
print('locked', flush=True)
sys.stdin.read()
";

/// A Python that holds a lock until it is dropped.
pub(crate) struct LockHolder(Child);

impl LockHolder {
    /// Locks a file, making it where it is not there; `None` when somebody else holds the lock.
    #[track_caller]
    pub(crate) fn of(file: &Path) -> Option<Self> {
        let mut child = Command::new("python3")
            .args(["-c", SCRIPT])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python3 is needed as a foreign peer");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let mut holder = Self(child);
        if line == "locked\n" {
            return Some(holder);
        }
        let mut text = String::new();
        holder.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        assert!(text.contains("BlockingIOError"), "{text}");
        None
    }
}

impl Drop for LockHolder {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}
