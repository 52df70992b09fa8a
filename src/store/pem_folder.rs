//! A folder of PEM files that is one wallet: what `export --split` writes, and what certbot keeps.
//!
//! ```text
//! DIR/fullchain.pem, else cert.pem and chain.pem     the certificate of a key and its issuers
//! DIR/key.pem, or privkey.pem                        the key
//! DIR/truststore.pem                                 trusted certificates
//! DIR/NAME/...                                       the same for each of several keys
//! ```
//!
//! Where other certificates lie beside these the folder is a mere folder: read as a wallet, it would be
//! one without them.

use crate::codec::bundle;
use crate::codec::{CodecError, Decoded, Opening, pem};
use crate::limits;
use crate::model::format::Format;
use crate::secret::SecretBytes;
use crate::store::StoreError;
use crate::store::file::{self, Kind, children};
use crate::store::survey::is_promising;
use std::path::{Path, PathBuf};

const FULL_CHAIN: &str = "fullchain.pem";
const CERTIFICATE: &str = "cert.pem";
const CHAIN: &str = "chain.pem";
const KEYS: [&str; 2] = ["key.pem", "privkey.pem"];
const TRUSTED: &str = "truststore.pem";
const READ: [&str; 6] = [FULL_CHAIN, CERTIFICATE, CHAIN, KEYS[0], KEYS[1], TRUSTED];

/// What `pki build` keeps beside a [`CERTIFICATE`]: the same once more. So it does in stores, which have the
/// name of the folder.
const COPY: &str = "cert.der";

/// Whether a directory is such a folder: it, or a folder in it, holds one of the files, and nothing else
/// with certificates lies in any of them.
///
/// # Errors
///
/// A folder cannot be listed; a file beside these cannot be read.
pub(super) fn is_one(directory: &Path) -> Result<bool, StoreError> {
    let folders = folders(directory)?;
    let mut holds = holds_files(directory)?;
    for folder in &folders {
        holds = holds || holds_files(folder)?;
    }
    if !holds || holds_others(directory)? {
        return Ok(false);
    }
    for folder in &folders {
        // Nobody looks below.
        if !self::folders(folder)?.is_empty() || holds_others(folder)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads the folder as one wallet; with it come the paths of the files with keys.
///
/// # Errors
///
/// What [`file::read_bounded`] and [`bundle::decode_all`] say; [`StoreError::TooLarge`] for files
/// of more than [`limits::BUNDLE_BYTES`] together.
pub(super) fn read(
    directory: &Path,
    opening: &Opening<'_>,
) -> Result<(Decoded, Vec<PathBuf>), StoreError> {
    let mut left = limits::BUNDLE_BYTES;
    let mut keys = Vec::new();
    let mut texts = vec![key_with_chain(directory, None, &mut left, &mut keys)?];
    let mut truststores = vec![optional(&directory.join(TRUSTED), &mut left)?];
    for folder in folders(directory)? {
        let name = folder.file_name().and_then(|name| name.to_str());
        texts.push(key_with_chain(&folder, name, &mut left, &mut keys)?);
        truststores.push(optional(&folder.join(TRUSTED), &mut left)?);
    }
    let texts: Vec<&[u8]> =
        texts.iter().chain(&truststores).flatten().map(|text| &text[..]).collect();
    let failed = |source: CodecError| StoreError::Codec { path: directory.to_path_buf(), source };
    let decoded = bundle::decode_all(&texts, Format::Pem, opening).map_err(failed)?;
    Ok((decoded, keys))
}

/// The certificates and the key of one folder as one text. Where they say nothing of their alias it
/// is the name of the folder, as certbot's is that of the site.
fn key_with_chain(
    folder: &Path,
    name: Option<&str>,
    left: &mut u64,
    keys: &mut Vec<PathBuf>,
) -> Result<Option<SecretBytes>, StoreError> {
    let mut parts = Vec::new();
    match optional(&folder.join(FULL_CHAIN), left)? {
        Some(both) => parts.push(both),
        None => {
            for name in [CERTIFICATE, CHAIN] {
                parts.extend(optional(&folder.join(name), left)?);
            }
        }
    }
    let certified = !parts.is_empty();
    let mut keyed = false;
    for name in KEYS {
        let path = folder.join(name);
        if let Some(key) = optional(&path, left)? {
            parts.push(key);
            keys.push(path);
            keyed = true;
            break;
        }
    }
    if parts.is_empty() {
        return Ok(None);
    }
    if let Some(name) = name
        && certified
        && keyed
        && !parts[0].starts_with(b"Entry:")
    {
        parts.insert(0, SecretBytes::from(pem::key_headers(name).as_bytes()));
    }
    Ok(Some(pem::joined(&parts)))
}

fn optional(path: &Path, left: &mut u64) -> Result<Option<SecretBytes>, StoreError> {
    if file::kind(path)?.is_none() {
        return Ok(None);
    }
    let content = file::read_bounded(path, *left)?;
    *left -= content.len() as u64;
    Ok(Some(content))
}

fn holds_files(folder: &Path) -> Result<bool, StoreError> {
    for name in READ.iter().filter(|name| **name != CHAIN) {
        if matches!(file::kind(&folder.join(name))?, Some(Kind::File { .. })) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a file that is not read here may hold certificates.
fn holds_others(folder: &Path) -> Result<bool, StoreError> {
    for name in children(folder)? {
        let is_known = READ.iter().chain([&COPY]).any(|known| name == Path::new(known))
            || is_copy(folder, &name);
        let path = folder.join(name);
        let is_file = || Ok(matches!(file::kind(&path)?, Some(Kind::File { .. })));
        if !is_known && is_file()? && is_promising(&path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the name is that of a store, or of a Secret, with everything of the folder: `server/server.p12`.
fn is_copy(folder: &Path, name: &Path) -> bool {
    let holds_all = |format: Format| format.is_store() || format == Format::KubernetesSecret;
    Format::of_name(name).is_some_and(holds_all) && name.file_stem() == folder.file_name()
}

/// The folders in the directory, in the order of their names. Hidden ones are somebody else's.
fn folders(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut folders = Vec::new();
    for name in children(directory)? {
        let path = directory.join(&name);
        let hidden = name.as_os_str().as_encoded_bytes().starts_with(b".");
        if !hidden && file::kind(&path)? == Some(Kind::Directory) {
            folders.push(path);
        }
    }
    Ok(folders)
}
