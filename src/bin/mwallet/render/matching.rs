//! The report of `match`.

use crate::render::SCHEMA;
use crate::render::style::Style;
use crate::render::table::{Cells, table};
use crate::render::text::safe;
use mwallet::digest::Fingerprint;
use mwallet::model::certificate::Certificate;
use mwallet::model::key::PublicKey;
use mwallet::model::request::CertificateRequest;
use serde::Serialize;
use std::path::Path;

/// Whether a key belongs to certificates.
#[derive(Debug, Serialize)]
pub(crate) struct MatchReport {
    schema: u32,
    verdict: &'static str,
    key: KeyReport,
    certificates: Vec<Judged>,
}

/// The key.
#[derive(Debug, Serialize)]
pub(crate) struct KeyReport {
    path: String,
    alias: Option<String>,
    kind: &'static str,
    public_key: String,
    key_id: String,
}

/// What a certificate has to do with the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// It is asked about.
    Subject,
    /// It issued another certificate of its file.
    Issuer,
}

/// A certificate or request, and the verdict.
#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    path: String,
    alias: Option<String>,
    kind: &'static str,
    subject: String,
    sha256: String,
    public_key: String,
    key_id: String,
    role: Role,
    /// Nothing for issuers.
    matches: Option<bool>,
}

/// The SHA-256 of the `SubjectPublicKeyInfo`.
fn key_id(key: &PublicKey) -> String {
    Fingerprint::of(key.der()).to_string()
}

impl KeyReport {
    pub(crate) fn new(
        path: &Path,
        alias: Option<&str>,
        kind: &'static str,
        key: &PublicKey,
    ) -> Self {
        Self {
            path: path.to_string_lossy().into_owned(),
            alias: alias.map(str::to_owned),
            kind,
            public_key: key.algorithm().to_string(),
            key_id: key_id(key),
        }
    }
}

impl Judged {
    pub(crate) fn certificate(
        path: &Path,
        alias: Option<&str>,
        certificate: &Certificate,
        key: &PublicKey,
        role: Role,
    ) -> Self {
        let public = certificate.public_key();
        Self {
            path: path.to_string_lossy().into_owned(),
            alias: alias.map(str::to_owned),
            kind: "certificate",
            subject: certificate.subject().to_string(),
            sha256: certificate.fingerprint().to_string(),
            public_key: public.algorithm().to_string(),
            key_id: key_id(&public),
            role,
            matches: (role == Role::Subject).then_some(public == *key),
        }
    }

    pub(crate) fn request(
        path: &Path,
        alias: Option<&str>,
        request: &CertificateRequest,
        key: &PublicKey,
    ) -> Self {
        let public = request.public_key();
        Self {
            path: path.to_string_lossy().into_owned(),
            alias: alias.map(str::to_owned),
            kind: "request",
            subject: request.subject().to_string(),
            sha256: Fingerprint::of(request.der()).to_string(),
            public_key: public.algorithm().to_string(),
            key_id: key_id(public),
            role: Role::Subject,
            matches: Some(public == key),
        }
    }

    fn verdict(&self) -> &'static str {
        match self.matches {
            Some(true) => "yes",
            Some(false) => "no",
            None => "issuer",
        }
    }
}

impl MatchReport {
    pub(crate) fn new(key: KeyReport, certificates: Vec<Judged>) -> Self {
        let all = certificates.iter().all(|one| one.matches != Some(false));
        let verdict = if all { "match" } else { "mismatch" };
        Self { schema: SCHEMA, verdict, key, certificates }
    }

    /// Whether the key belongs to everything that was asked about.
    pub(crate) fn all_match(&self) -> bool {
        self.verdict == "match"
    }

    pub(crate) fn text(&self, style: Style) -> String {
        let KeyReport { path, alias, kind, public_key, key_id } = &self.key;
        let alias = alias.as_deref().map(|alias| format!(" {}", safe(alias))).unwrap_or_default();
        let mut text = format!(
            "{}{alias}: {kind}, {public_key}, sha256 of the public key {key_id}\n\n",
            safe(path)
        );
        let rows = self.certificates.iter().map(|one| {
            let place = match &one.alias {
                Some(alias) => format!("{} {}", one.path, alias),
                None => one.path.clone(),
            };
            let (subject, place) = (safe(&one.subject), safe(&place));
            Cells::new([one.verdict(), &subject, one.kind, &one.public_key, &place])
        });
        let (headings, rows) = (["", "SUBJECT", "KIND", "KEY", "FILE"], rows.collect::<Vec<_>>());
        text += &table(&headings, &rows, style, |position, line| {
            match self.certificates[position].matches {
                Some(true) => style.green(line),
                Some(false) => style.red(line),
                None => style.dim(line),
            }
        });
        let others = self.certificates.iter().filter(|one| one.matches == Some(false)).count();
        text += &match others {
            0 => style.green("\nmatch"),
            1 => style.red("\nno match: one of them belongs to another key"),
            others => style.red(&format!("\nno match: {others} of them belong to other keys")),
        };
        text + "\n"
    }
}
