//! Whether each leaf is judged as its preset says, by the validator of this library.

use crate::chain::{Candidates, Criteria, Finding, Host, Purpose, Severity, Source, validate};
use crate::code::Code;
use crate::crypto::keygen;
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::key::PrivateKey;
use crate::pki::PkiError;
use crate::pki::manifest::Listed;
use time::OffsetDateTime;

/// What a leaf consists of on disk.
#[derive(Debug)]
pub struct Exhibit {
    /// `fullchain.pem`, as a server would present it.
    pub presented: Vec<Certificate>,
    /// The key beside it.
    pub key: PrivateKey,
    /// Whether the key in a store has another password than the store.
    pub key_password_differs: bool,
}

/// What everybody knows.
#[derive(Debug)]
pub struct Ground {
    /// The roots that are trusted.
    pub roots: Vec<Certificate>,
    /// The revocation lists of the CAs.
    pub lists: Vec<RevocationList>,
    /// The time.
    pub at: OffsetDateTime,
}

/// A leaf that was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The leaf.
    pub name: String,
    /// The code of the finding that had to be made; none for a good leaf.
    pub expected: Option<String>,
    /// The codes of what was found, each once.
    pub found: Vec<Code>,
}

impl Verdict {
    /// Whether a good leaf passed, or a bad one was refused for its reason.
    #[must_use]
    pub fn agrees(&self) -> bool {
        match &self.expected {
            None => self.found.is_empty(),
            Some(reason) => self.found.iter().any(|code| code.name() == reason),
        }
    }
}

/// Judges a leaf as the manifest asks for it.
///
/// # Errors
///
/// [`PkiError::Manifest`] when the manifest asks for what there is not.
pub fn judge(listed: &Listed, exhibit: &Exhibit, ground: &Ground) -> Result<Verdict, PkiError> {
    let unknown = |what: &str| PkiError::Manifest { reason: format!("{}: {what}", listed.name) };
    let Some((leaf, issuers)) = exhibit.presented.split_first() else {
        return Err(unknown("fullchain.pem holds no certificate"));
    };
    let purpose = match listed.expected.purpose.as_str() {
        "any" => Purpose::Any,
        "client" => Purpose::Client,
        "server" => Purpose::Server,
        other => return Err(unknown(&format!("no such purpose: {other}"))),
    };
    let host = match &listed.expected.host {
        Some(host) => Some(Host::parse(host).map_err(|error| unknown(&error.to_string()))?),
        None => None,
    };
    let mut candidates = Candidates::new();
    for issuer in issuers {
        candidates.add(issuer, Source::Presented);
    }
    for root in &ground.roots {
        candidates.add(root, Source::Trusted);
    }
    let lists = if listed.expected.crl.is_some() { &ground.lists[..] } else { &[] };
    let criteria = Criteria::new(ground.at).purpose(purpose).host(host.as_ref()).crls(lists);
    let validation = validate(leaf, &candidates, &criteria);
    let errors = validation.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut found: Vec<Code> = errors.map(|finding: &Finding| finding.code).collect();
    let public = keygen::public_key(&exhibit.key)
        .map_err(|source| PkiError::Crypto { name: listed.name.clone(), source })?;
    if public != leaf.public_key() {
        let is_behind = issuers.iter().any(|further| further.public_key() == public);
        found.push(if is_behind { Code::CHAIN_DISORDERED } else { Code::KEY_MISMATCH });
    }
    if exhibit.key_password_differs {
        found.push(Code::KEY_PASSWORD_DIFFERS);
    }
    let mut seen: Vec<Code> = Vec::new();
    found.retain(|code| {
        let is_new = !seen.contains(code);
        seen.push(*code);
        is_new
    });
    let expected = listed.expected.reason.clone();
    Ok(Verdict { name: listed.name.clone(), expected, found })
}
