//! What goes wrong with a test PKI.

use crate::code::Code;
use crate::codec::CodecError;
use crate::crypto::CryptoError;
use crate::issue::IssueError;
use crate::pki::near::near;

/// What is wrong in a `pki.toml`, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("line {line}, column {column}: {}{problem}{}", subject(.key), nearest(.near.as_deref()))]
pub struct FileError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key with its tables, as `leaf.server.san`; empty for the file as a whole.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// The valid word that is spelled most alike.
    pub near: Option<String>,
}

fn subject(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

fn nearest(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; the nearest is \"{near}\""))
}

/// Which servers there are.
fn servers(names: &[String]) -> String {
    if names.is_empty() {
        return "no leaf is for servers: eku = \"server\"".to_owned();
    }
    format!("the servers are {}", listed(names))
}

/// The first names, and how many there are more.
fn listed(names: &[String]) -> String {
    let (shown, more) = names.split_at(names.len().min(10));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    shown.join(", ") + &more
}

/// Why a test PKI cannot be read or made.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// The file that describes it is wrong.
    #[error(transparent)]
    File(#[from] FileError),
    /// The list of an earlier build cannot be read.
    #[error("not a manifest of a test PKI: {reason}")]
    Manifest {
        /// What the reader met.
        reason: String,
    },
    /// A certificate, key or list of an earlier build is not what it was.
    #[error("{path} is not what the manifest says: {reason}")]
    Kept {
        /// The file, relative to the output folder.
        path: String,
        /// What was met.
        reason: String,
    },
    /// No server has the name.
    #[error("there is no server \"{name}\"{}; {}", nearest(.near.as_deref()), servers(.known))]
    NoServer {
        /// What was asked for.
        name: String,
        /// The server that is spelled most alike.
        near: Option<String>,
        /// All servers.
        known: Vec<String>,
    },
    /// There are no servers at all.
    #[error("{}", servers(&[]))]
    NoServers,
    /// A certificate or list cannot be made.
    #[error("{name}: {source}")]
    Issue {
        /// The entry.
        name: String,
        /// What the builder met.
        source: IssueError,
    },
    /// A store cannot be written.
    #[error("{name}: {source}")]
    Codec {
        /// The entry.
        name: String,
        /// What the codec met.
        source: CodecError,
    },
    /// A key cannot be made.
    #[error("{name}: {source}")]
    Crypto {
        /// The entry.
        name: String,
        /// What the library met.
        source: CryptoError,
    },
}

impl PkiError {
    /// That none of these servers has the name.
    pub(crate) fn no_server<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Self {
        let known: Vec<String> = known.map(str::to_owned).collect();
        let near = near(name, known.iter().map(String::as_str));
        Self::NoServer { name: name.to_owned(), near, known }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::File(_) => Code::PKI_FILE_INVALID,
            Self::Manifest { .. } | Self::Kept { .. } => Code::PKI_MANIFEST_INVALID,
            Self::NoServer { .. } | Self::NoServers => Code::ENTRY_NOT_FOUND,
            Self::Issue { source, .. } => source.code(),
            Self::Codec { source, .. } => source.code(),
            Self::Crypto { source, .. } => source.code(),
        }
    }
}
