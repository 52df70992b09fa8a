//! A folder of PEM files that is one wallet: what `export --split` writes, what certbot keeps, and a Secret that
//! Kubernetes mounts.
//!
//! ```text
//! DIR/fullchain.pem, else cert.pem, else tls.crt     the certificate of a key and its issuers
//! DIR/chain.pem                                      its issuers, or copies of them
//! DIR/key.pem, else privkey.pem, else tls.key        the key
//! DIR/truststore.pem, ca.crt                         trusted certificates
//! DIR/NAME/...                                       the same for each of several keys
//! ```
//!
//! Where other certificates lie beside these the folder is a mere folder: read as a wallet, it would be
//! one without them. So it is where what is left out is no copy of what is read: the `cert.pem` of an old
//! certificate beside `fullchain.pem`, a `privkey.pem` beside another `key.pem`, a store with the name of the
//! folder as far as it shows its certificates without a password.

use crate::chain::rules::is_leaf;
use crate::codec::{self, CodecError, Decoded, Keys, Opening, bundle, pem};
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::entry::EntryKind;
use crate::model::format::Format;
use crate::secret::SecretBytes;
use crate::store::StoreError;
use crate::store::file::{self, Kind, children};
use crate::store::survey::{self, is_promising};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The first that is there is read.
const CERTIFICATES: [&str; 3] = ["fullchain.pem", "cert.pem", "tls.crt"];
/// The first that is there is read.
const KEYS: [&str; 3] = ["key.pem", "privkey.pem", "tls.key"];
const CHAIN: &str = "chain.pem";
const TRUSTED: &str = "truststore.pem";
/// What is trusted, beside a key. Alone it is a file as any other.
const TRUSTED_BESIDE: &str = "ca.crt";

/// What `pki build` keeps beside the [`CERTIFICATES`]: the same once more. So it does in stores, which have the
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
    let mut truststores = trusted(directory, &mut left)?;
    for folder in folders(directory)? {
        let name = folder.file_name().and_then(|name| name.to_str());
        texts.push(key_with_chain(&folder, name, &mut left, &mut keys)?);
        truststores.append(&mut trusted(&folder, &mut left)?);
    }
    let texts: Vec<&[u8]> =
        texts.iter().flatten().chain(&truststores).map(|text| &text[..]).collect();
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
    if let Some(path) = first(folder, CERTIFICATES)? {
        parts.extend(optional(&path, left)?);
    }
    let chain = optional(&folder.join(CHAIN), left)?;
    parts.extend(chain.filter(|chain| !parts.iter().any(|read| holds_all_of(read, chain))));
    let certified = !parts.is_empty();
    let mut keyed = false;
    if let Some(path) = first(folder, KEYS)? {
        parts.extend(optional(&path, left)?);
        keys.push(path);
        keyed = true;
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

/// What one folder says to trust. A `ca.crt` belongs to no key, not even as the end of its chain, as in a manifest
/// of the same Secret; cert-manager leaves it empty where it knows no CA.
fn trusted(folder: &Path, left: &mut u64) -> Result<Vec<SecretBytes>, StoreError> {
    let mut texts: Vec<SecretBytes> = optional(&folder.join(TRUSTED), left)?.into_iter().collect();
    let path = folder.join(TRUSTED_BESIDE);
    if let Some(text) = optional(&path, left)?.filter(|text| !text.trim_ascii().is_empty()) {
        let failed = |source| StoreError::Codec { path: path.clone(), source };
        let format = codec::detect(&text).ok_or_else(|| failed(codec::unknown(&text)))?;
        let decoded = codec::decode(&text, format, &Opening::with(None)).map_err(failed)?;
        let trusts_all = decoded.wallet.trusted().count() == decoded.wallet.entries().len();
        // Whatever else is in it is read as in any other file: neither kept back nor left unsaid.
        texts.push(if trusts_all && decoded.warnings.is_empty() {
            SecretBytes::from(pem::trusted(&decoded.wallet).as_bytes())
        } else {
            text
        });
    }
    Ok(texts)
}

fn optional(path: &Path, left: &mut u64) -> Result<Option<SecretBytes>, StoreError> {
    if file::kind(path)?.is_none() {
        return Ok(None);
    }
    let content = file::read_bounded(path, *left)?;
    *left -= content.len() as u64;
    Ok(Some(content))
}

/// The one of the files that is read.
fn first(folder: &Path, names: [&str; 3]) -> Result<Option<PathBuf>, StoreError> {
    for path in names.map(|name| folder.join(name)) {
        if file::kind(&path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Whether all certificates of the other text are in what is read. A text that is damaged, or has keys, is
/// nobody's copy.
fn holds_all_of(read: &[u8], other: &[u8]) -> bool {
    let bundle = |text| bundle::read(text, &Opening::with(None));
    let (Ok(read), Ok(other)) = (bundle(read), bundle(other)) else { return false };
    let read: HashSet<_> = read.certificates.iter().map(Certificate::fingerprint).collect();
    other.keys.is_empty()
        && other.certificates.iter().all(|certificate| read.contains(&certificate.fingerprint()))
}

fn holds_files(folder: &Path) -> Result<bool, StoreError> {
    for name in CERTIFICATES.iter().chain(&KEYS).chain([&TRUSTED]) {
        if is_file(&folder.join(name))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a file that is not read here may hold certificates, or another key.
fn holds_others(folder: &Path) -> Result<bool, StoreError> {
    let (certificate, key) = (first(folder, CERTIFICATES)?, first(folder, KEYS)?);
    let is_read = |path: &Path| {
        [&certificate, &key].into_iter().flatten().any(|read| read == path)
            || path.ends_with(CHAIN)
            || path.ends_with(TRUSTED)
            || path.ends_with(TRUSTED_BESIDE)
    };
    for name in children(folder)? {
        let path = folder.join(&name);
        if is_read(&path) || !is_file(&path)? {
            continue;
        }
        let is_one_of = |names: &[&str]| names.iter().any(|known| name == Path::new(known));
        let is_other = match (&certificate, &key) {
            (None, _) if is_store_of(folder, &name) => false,
            (Some(read), _) if is_store_of(folder, &name) => is_other(&path, &content(read)?),
            (_, Some(key)) if is_one_of(&KEYS) => content(&path)?[..] != content(key)?[..],
            (Some(read), _) if is_one_of(&[CERTIFICATES[1], CERTIFICATES[2], COPY]) => {
                is_promising(&path)? && !holds_all_of(&content(read)?, &content(&path)?)
            }
            _ => is_promising(&path)?,
        };
        if is_other {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a store shows a certificate that is not in what is read. It may hold more CAs, and what nobody can see
/// without a password is taken for a copy.
fn is_other(store: &Path, read: &[u8]) -> bool {
    let opening = Opening { keys: Keys::Leave, ..Opening::with(None) };
    let (Ok((wallet, _)), Ok(read)) =
        (survey::open_file(store, &opening), bundle::read(read, &opening))
    else {
        return false;
    };
    wallet.entries().iter().any(|entry| {
        let is_key = matches!(entry.kind, EntryKind::PrivateKey(_));
        entry.certificate().is_some_and(|certificate| {
            (is_key || is_leaf(certificate)) && !read.certificates.contains(certificate)
        })
    })
}

fn content(path: &Path) -> Result<SecretBytes, StoreError> {
    file::read_bounded(path, limits::BUNDLE_BYTES)
}

fn is_file(path: &Path) -> Result<bool, StoreError> {
    Ok(matches!(file::listed_kind(path)?, Some(Kind::File { .. })))
}

/// Whether the name is that of a store, or of a Secret, with everything of the folder: `server/server.p12`.
fn is_store_of(folder: &Path, name: &Path) -> bool {
    let holds_all = |format: Format| format.is_store() || format == Format::KubernetesSecret;
    Format::of_name(name).is_some_and(holds_all) && name.file_stem() == folder.file_name()
}

/// The folders in the directory, in the order of their names. Hidden ones are somebody else's.
fn folders(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut folders = Vec::new();
    for name in children(directory)? {
        let path = directory.join(&name);
        let hidden = name.as_os_str().as_encoded_bytes().starts_with(b".");
        if !hidden && file::listed_kind(&path)? == Some(Kind::Directory) {
            folders.push(path);
        }
    }
    Ok(folders)
}
