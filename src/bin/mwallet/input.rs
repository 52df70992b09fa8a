//! Files that a command is given beside the wallet: certificates, keys, anything to inspect.

use crate::context::Context;
use crate::failure::Failure;
use crate::hint;
use mwallet::code::Code;
use mwallet::codec::bundle::{self, Bundle};
use mwallet::codec::{self, Opening};
use mwallet::limits;
use mwallet::model::format::Format;
use mwallet::secret::SecretBytes;
use mwallet::store::file::{self, Kind};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The detail of a key store where certificates were wanted.
pub(crate) const STORE: &str = "store";

/// Where a shell offers stdin and the pipes of `<(...)`.
const STREAMS: [&str; 3] = ["/dev/stdin", "/dev/fd", "/proc/self/fd"];

/// Whether the name is one of stdin's, whatever that is.
pub(crate) fn is_stdin(path: &Path) -> bool {
    ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path == Path::new(name))
}

/// Whether a wallet comes from stdin or through a pipe of the shell. A pipe with a name of its own is none of
/// these: it may wait for its writer for ever.
pub(crate) fn is_stream(path: &Path) -> bool {
    path == Path::new("-")
        || STREAMS.iter().any(|place| path.starts_with(place))
            && matches!(file::kind(path), Ok(Some(Kind::Other(_))))
}

/// Reads a file, a pipe, or stdin for `-`.
pub(crate) fn read(path: &Path, context: &Context) -> Result<SecretBytes, Failure> {
    if is_stream(path) {
        return context.stream(path);
    }
    Ok(match file::kind(path)? {
        Some(Kind::File { .. }) => file::read(path)?,
        _ => file::read_stream(path, limits::STREAM_BYTES)?,
    })
}

/// That a store came where no file has a name.
pub(crate) fn store_on_stdin(format: Format) -> Failure {
    Failure::new(Code::USAGE, format!("a {format} store is read from a file, not from stdin"))
}

/// Reads certificates, requests, lists and keys from a file in whatever form they come; no
/// password is tried on the keys.
pub(crate) fn bundle(path: &Path, context: &Context) -> Result<Bundle, Failure> {
    let bytes = if path == Path::new("-") {
        context.read_stdin("-", limits::STREAM_BYTES)?
    } else {
        file::read_stream(path, limits::BUNDLE_BYTES)?
    };
    let mut bundle = bundle::read(&bytes, &Opening::with(None)).map_err(|error| {
        let failure = Failure::from(error).about(path);
        match codec::detect(&bytes) {
            Some(format) if format.is_store() && path == Path::new("-") => store_on_stdin(format),
            Some(format) if format.is_store() => {
                failure.with(STORE, format.name()).hinting(hint::certificates_of(path))
            }
            _ => failure,
        }
    })?;
    for warning in &mut bundle.warnings {
        warning.message = format!("{}: {}", path.display(), warning.message);
    }
    context.warn(&bundle.warnings);
    Ok(bundle)
}

/// Reads the certificates and keys of several files as one; each must hold a certificate.
pub(crate) fn certificates(paths: &[PathBuf], context: &Context) -> Result<Bundle, Failure> {
    let mut all = Bundle::default();
    let mut seen = HashSet::new();
    for path in paths {
        let mut found = bundle(path, context)?;
        if found.certificates.is_empty() {
            return Err(Failure::nothing_in(path, "certificate"));
        }
        found.certificates.retain(|certificate| seen.insert(certificate.fingerprint()));
        all.certificates.append(&mut found.certificates);
        all.keys.append(&mut found.keys);
        all.warnings.append(&mut found.warnings);
    }
    Ok(all)
}
