//! The corpus of third-party files, where it is there.

use crate::support::loudly;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// One file of the corpus.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Below `corpus/files`.
    pub(crate) path: String,
    pub(crate) format: String,
    /// Empty: an empty password or none.
    pub(crate) password: String,
    pub(crate) key_passwords: Vec<String>,
    /// `ok`, `reject` or `unknown`.
    pub(crate) verdict: String,
    /// What readers saw: `openssl: 1 key 2 certs; pyca: ...; java25: ...`.
    pub(crate) seen_by: String,
    pub(crate) note: String,
}

/// A file or a folder of the shared one, which holds `corpus` and `oracle-wallets` and is `MWALLET_SHARED`
/// or `../shared`. A clone of this repository alone passes over it; where the folder is there or named, it
/// has to have what is asked for.
#[track_caller]
pub(crate) fn shared(part: &str) -> Option<PathBuf> {
    let named = env::var_os("MWALLET_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if named.is_none() && !beside.exists() {
        loudly(&format!(
            "SKIPPED: no {}, which has {part}; MWALLET_SHARED may say where it is",
            beside.display()
        ));
        return None;
    }
    let path = named.unwrap_or(beside).join(part);
    assert!(path.exists(), "{} is not there", path.display());
    Some(path)
}

/// The rows of a format.
#[track_caller]
pub(crate) fn rows(format: &str) -> Option<(PathBuf, Vec<Row>)> {
    let folder = shared("corpus")?;
    let manifest = fs::read_to_string(folder.join("manifest.tsv")).unwrap();
    let mut lines = manifest.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let wanted =
        ["path", "format", "store_password", "key_passwords", "expected", "seen_by", "note"]
            .map(column);
    let rows: Vec<Row> = lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [path, format, password, key_passwords, verdict, seen_by, note] =
                wanted.map(|at| cells.get(at).copied().unwrap_or_default().to_owned());
            let key_passwords =
                key_passwords.split(',').filter(|p| !p.is_empty()).map(str::to_owned).collect();
            Row { path, format, password, key_passwords, verdict, seen_by, note }
        })
        .filter(|row| row.format == format)
        .collect();
    assert!(!rows.is_empty(), "the corpus has no {format}");
    Some((folder.join("files"), rows))
}
