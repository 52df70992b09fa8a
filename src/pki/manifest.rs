//! `manifest.json`: what a build left behind, and how each certificate must be judged.

use crate::crypto::kdf::{self, Budget, Hash, Passphrase};
use crate::crypto::{CryptoError, random};
use crate::digest::Fingerprint;
use crate::hex;
use crate::pki::PkiError;
use crate::secret::Password;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::path::{Component, Path};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The name of the file.
pub const FILE: &str = "manifest.json";

/// The version of its shape.
const SCHEMA: u32 = 1;

/// Everything that a test PKI consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this shape.
    pub schema: u32,
    /// The file that describes it, relative to the output folder, with slashes; builds of old listed its name
    /// alone, or nothing.
    pub file: Option<String>,
    /// When the last build that changed anything was, by its own clock.
    pub made_at: String,
    /// Tells whether stores still have the password that is wanted.
    pub password: PasswordTag,
    /// The trust stores.
    pub trust: Option<Trust>,
    /// `env.sh`.
    pub environment: Option<Environment>,
    /// The entries: CAs first, each behind its issuer.
    pub entries: Vec<Listed>,
}

/// What belongs to no entry alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// A digest of what is trusted.
    pub spec: Fingerprint,
    /// The files.
    pub files: Vec<ListedFile>,
}

/// `env.sh` that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// The file.
    #[serde(flatten)]
    pub file: ListedFile,
    /// A digest of what it says in whatever folder; builds of old did not list it.
    pub spec: Option<Fingerprint>,
}

/// An entry that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Whether it is a CA's.
    pub kind: Kind,
    /// The CA that issued it; none for a root.
    pub issuer: Option<String>,
    /// A digest of what was asked for.
    pub spec: Fingerprint,
    /// The SHA-256 of the issuer's certificate.
    pub issued_by: Option<Fingerprint>,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// The SHA-256 of the certificate.
    pub sha256: Fingerprint,
    /// The first second of its validity, RFC 3339.
    pub not_before: String,
    /// The last second of its validity, RFC 3339.
    pub not_after: String,
    /// What is wrong with it, as in the file.
    pub bad: Option<String>,
    /// How it must be judged.
    pub expected: Expected,
    /// The revocation list of a CA that has one.
    pub crl: Option<ListedCrl>,
    /// Its files.
    pub files: Vec<ListedFile>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A CA.
    Ca,
    /// A server or client.
    Leaf,
}

/// The verdict of a verifier that does its work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// `ok` or `findings`.
    pub verdict: String,
    /// The code of the finding, where there has to be one.
    pub reason: Option<String>,
    /// The side of TLS that it has to be judged for: `server`, `client` or `any`.
    pub purpose: String,
    /// The host that a client calls.
    pub host: Option<String>,
    /// The revocation list to look into.
    pub crl: Option<String>,
}

/// A revocation list that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedCrl {
    /// Its number.
    pub number: u64,
    /// When it was made, RFC 3339.
    pub this_update: String,
    /// When the next one is due, RFC 3339.
    pub next_update: String,
    /// The serial numbers in it, hexadecimal, in order.
    pub revoked: Vec<String>,
}

/// A file that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedFile {
    /// Relative to the output folder, with slashes.
    pub path: String,
    /// The SHA-256 of its bytes.
    pub sha256: Fingerprint,
}

/// What a password derives to: tells whether it is still the same, and costs whoever guesses as much
/// as the stores do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordTag {
    salt: String,
    iterations: u32,
    tag: Fingerprint,
}

/// Iterations of the tag, as many as the stores have.
const ITERATIONS: u32 = 10_000;

impl PasswordTag {
    /// The tag of a password under a fresh salt.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Failed`] when the library does.
    pub fn new(password: &Password) -> Result<Self, CryptoError> {
        let salt = hex::encode(&random::bytes(16)?);
        let tag = derive(password, &salt, ITERATIONS)?;
        Ok(Self { salt, iterations: ITERATIONS, tag })
    }

    /// Whether it is the tag of this password.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Limit`] when the manifest asks for too many iterations.
    pub fn fits(&self, password: &Password) -> Result<bool, CryptoError> {
        Ok(derive(password, &self.salt, self.iterations)? == self.tag)
    }
}

fn derive(password: &Password, salt: &str, iterations: u32) -> Result<Fingerprint, CryptoError> {
    let passphrase = Passphrase::forms(password).swap_remove(0);
    let budget = Budget::new(crate::limits::ITERATIONS);
    let key = kdf::pbkdf2(Hash::Sha256, &passphrase, salt.as_bytes(), iterations, 32, &budget)?;
    Ok(Fingerprint::of(&key))
}

impl Manifest {
    /// A list of this moment, still empty.
    #[must_use]
    pub fn new(made_at: OffsetDateTime, password: PasswordTag) -> Self {
        let made_at = timestamp(made_at);
        Self {
            schema: SCHEMA,
            file: None,
            made_at,
            password,
            trust: None,
            environment: None,
            entries: Vec::new(),
        }
    }

    /// The list of the same folder with nothing in it, which any file may fill.
    #[must_use]
    pub fn emptied(self) -> Self {
        Self { file: None, trust: None, environment: None, entries: Vec::new(), ..self }
    }

    /// Reads a list. Every path in it lies below the output folder.
    ///
    /// # Errors
    ///
    /// [`PkiError::Manifest`] when it is none, of a version that is not known, or names a file elsewhere.
    pub fn read(bytes: &[u8]) -> Result<Self, PkiError> {
        let failed = |reason: String| PkiError::Manifest { reason };
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| failed(error.to_string()))?;
        if manifest.schema != SCHEMA {
            return Err(failed(format!("version {} is not known", manifest.schema)));
        }
        if let Some(file) = manifest.files().find(|file| !is_below(&file.path)) {
            return Err(failed(format!("{} is no file of the folder", file.path)));
        }
        Ok(manifest)
    }

    /// Writes the list as JSON, in many small pieces.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *to, self)?;
        to.write_all(b"\n")
    }

    /// Every file that is listed; the list itself is not.
    pub fn files(&self) -> impl Iterator<Item = &ListedFile> {
        let environment = self.environment.iter().map(|environment| &environment.file);
        let shared = self.trust.iter().flat_map(|trust| &trust.files).chain(environment);
        self.entries.iter().flat_map(|entry| &entry.files).chain(shared)
    }

    /// The leaves with what they have to be judged as.
    pub fn leaves(&self) -> impl Iterator<Item = &Listed> {
        self.entries.iter().filter(|entry| entry.kind == Kind::Leaf)
    }
}

/// Plain names, at most two folders deep.
fn is_below(path: &str) -> bool {
    let parts: Vec<Component<'_>> = Path::new(path).components().collect();
    (1..=3).contains(&parts.len()) && parts.iter().all(|part| matches!(part, Component::Normal(_)))
}

/// RFC 3339 in UTC.
pub(super) fn timestamp(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// A time of the list; none when it is not one.
pub(super) fn time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::{Manifest, PasswordTag, is_below};
    use crate::secret::Password;
    use time::OffsetDateTime;

    #[test]
    fn the_tag_fits_its_password_alone() {
        let tag = PasswordTag::new(&Password::from("changeit")).unwrap();
        assert!(tag.fits(&Password::from("changeit")).unwrap());
        assert!(!tag.fits(&Password::from("changeIt")).unwrap());
    }

    #[test]
    fn files_outside_of_the_folder_are_refused() {
        for path in ["a", "a/b.pem", "a/wallet/cwallet.sso"] {
            assert!(is_below(path), "{path}");
        }
        for path in ["", "/etc/passwd", "../a", "a/../../b", ".", "a/b/c/d"] {
            assert!(!is_below(path), "{path}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let tag = PasswordTag::new(&Password::from("changeit")).unwrap();
        let manifest = Manifest::new(OffsetDateTime::UNIX_EPOCH, tag);
        let mut written = Vec::new();
        manifest.write(&mut written).unwrap();
        assert_eq!(Manifest::read(&written).unwrap(), manifest);
        assert!(Manifest::read(b"{}").is_err());
        let newer = String::from_utf8(written).unwrap().replacen(": 1,", ": 2,", 1);
        assert!(Manifest::read(newer.as_bytes()).is_err());
    }
}
