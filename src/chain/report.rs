//! Checking a wallet: one report on its keys, chains and trusted certificates.

use crate::chain::candidates::Candidates;
use crate::chain::finding::{Finding, Severity};
use crate::chain::path::{End, Path};
use crate::chain::{rules, trusted};
use crate::code::Code;
use crate::crypto::keygen;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind, KeyEntry, RequestEntry};
use crate::model::key::KeyMaterial;
use crate::model::shown_alias::{ShownAlias, shown_aliases};
use crate::model::wallet::Wallet;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use time::OffsetDateTime;

/// What a certificate is to be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Anything.
    #[default]
    Any,
    /// To identify a TLS client.
    Client,
    /// To identify a TLS server.
    Server,
}

/// What to check, and when.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    /// The moment that validity is judged at.
    pub at: OffsetDateTime,
    /// Only this entry; every entry and the trusted certificates without it.
    pub entry: Option<EntryId>,
    /// What the leaf certificates are for.
    pub purpose: Purpose,
    /// The path of the wallet, for the commands that mend what is found.
    pub wallet: &'a str,
}

/// The version of the report's JSON shape.
const SCHEMA: u32 = 1;

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The version of this shape.
    pub schema: u32,
    /// Whether anything is wrong.
    pub verdict: Verdict,
    /// The finding that explains most; none when there are only notes.
    pub headline: Option<Headline>,
    /// The chain of the chosen entry, else of the first key that has one.
    pub chain: Vec<ChainLink>,
    /// The chain of every entry that was checked.
    pub chains: Vec<EntryChain>,
    /// The findings, the most important first.
    pub findings: Vec<Finding>,
}

/// The report in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// No error was found; there may be warnings and notes.
    Ok,
    /// At least one error was found.
    Findings,
}

/// The most important finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Headline {
    /// Its code.
    pub code: &'static str,
    /// Its message.
    pub message: String,
}

/// The chain of one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryChain {
    /// The shown alias of the entry.
    pub alias: String,
    /// Whether the path reaches a trusted or a self-signed certificate.
    pub complete: bool,
    /// The certificates, the entry's own first.
    pub chain: Vec<ChainLink>,
}

/// One certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainLink {
    /// The subject's name, RFC 4514.
    pub subject: String,
    /// The issuer's name, RFC 4514.
    pub issuer: String,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// The fingerprint, hexadecimal.
    pub sha256: String,
    /// Beginning of the validity, RFC 3339.
    pub not_before: String,
    /// End of the validity, RFC 3339.
    pub not_after: String,
    /// `leaf`, `intermediate` or `anchor`; an anchor that is not trusted has another source.
    pub role: &'static str,
    /// `entry`, `trusted` or `presented`.
    pub source: &'static str,
}

/// Checks a wallet, or one entry of it. Pure and total: whatever is wrong is in the report.
#[must_use]
pub fn check(wallet: &Wallet, request: &CheckRequest<'_>) -> Report {
    let context = Context {
        wallet,
        request,
        candidates: Candidates::of(wallet),
        aliases: shown_aliases(wallet),
    };
    let mut findings = Vec::new();
    let mut chains = Vec::new();
    let mut anchors = HashSet::new();
    for entry in wallet.entries().iter().filter(|entry| context.is_wanted(entry)) {
        let alias = context.alias(entry.id());
        let path = entry
            .certificate()
            .map(|certificate| context.candidates.path(certificate, Some(request.at)));
        let found = match &entry.kind {
            EntryKind::PrivateKey(key) => context.key(alias, key, path.as_ref()),
            EntryKind::Request(pending) => vec![context.pending(alias, pending)],
            EntryKind::TrustedCertificate(trusted) => {
                trusted::one(&context, entry, &trusted.certificate, false)
            }
            EntryKind::Secret(_) | EntryKind::Opaque(_) => Vec::new(),
        };
        findings.extend(found.into_iter().map(|finding| finding.entry(alias)));
        if let Some(path) = path {
            if path.end == End::Trusted {
                anchors.insert(path.last().certificate.fingerprint());
            }
            let complete = path.is_complete();
            chains.push(EntryChain {
                alias: alias.to_owned(),
                complete,
                chain: chain_links(&path),
            });
        }
    }
    if request.entry.is_none() {
        findings.extend(trusted::certificates(&context, &anchors));
    }
    Report::new(chains, findings)
}

impl Report {
    /// Ranks the findings and draws the verdict.
    #[must_use]
    pub fn new(chains: Vec<EntryChain>, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(Finding::rank);
        let first = findings.first();
        let is_wrong = first.is_some_and(|finding| finding.severity == Severity::Error);
        Self {
            schema: SCHEMA,
            verdict: if is_wrong { Verdict::Findings } else { Verdict::Ok },
            headline: first.filter(|finding| finding.severity < Severity::Note).map(|finding| {
                Headline { code: finding.code.name(), message: finding.message.clone() }
            }),
            chain: chains.first().map_or_else(Vec::new, |first| first.chain.clone()),
            chains,
            findings,
        }
    }
}

/// A path in the shape of the report.
#[must_use]
pub fn chain_links(path: &Path) -> Vec<ChainLink> {
    let last = path.links.len() - 1;
    let role = |position| match position {
        0 => "leaf",
        position if position == last && path.is_complete() => "anchor",
        _ => "intermediate",
    };
    path.links
        .iter()
        .enumerate()
        .map(|(position, link)| ChainLink {
            subject: link.certificate.subject().to_string(),
            issuer: link.certificate.issuer().to_string(),
            serial: link.certificate.serial_hex(),
            sha256: link.certificate.fingerprint().to_string(),
            not_before: rules::timestamp(link.certificate.not_before()),
            not_after: rules::timestamp(link.certificate.not_after()),
            role: role(position),
            source: link.source.name(),
        })
        .collect()
}

/// What the checks of one report share.
pub(in crate::chain) struct Context<'a> {
    pub(in crate::chain) wallet: &'a Wallet,
    pub(in crate::chain) request: &'a CheckRequest<'a>,
    candidates: Candidates,
    aliases: HashMap<EntryId, ShownAlias>,
}

impl Context<'_> {
    pub(in crate::chain) fn alias(&self, id: EntryId) -> &str {
        self.aliases.get(&id).map_or("", |alias| alias.text.as_str())
    }

    /// A command for this wallet and one more argument.
    pub(in crate::chain) fn command(&self, verb: &str, argument: &str) -> String {
        format!("mwallet {verb} {} {}", quoted(self.request.wallet), quoted(argument))
    }

    /// Without a choice, every key; trusted certificates are looked at together.
    fn is_wanted(&self, entry: &Entry) -> bool {
        match self.request.entry {
            Some(id) => entry.id() == id,
            None => !matches!(entry.kind, EntryKind::TrustedCertificate(_)),
        }
    }

    fn key(&self, alias: &str, key: &KeyEntry, path: Option<&Path>) -> Vec<Finding> {
        let Some(path) = path else {
            let (code, severity) = match key.request {
                Some(_) => (Code::REQUEST_PENDING, Severity::Note),
                None => (Code::CERTIFICATE_MISSING, Severity::Warning),
            };
            let finding = Finding::new(code, severity, format!("{alias} has no certificate"));
            return vec![finding.repair(self.command("import-user", "FILE"))];
        };
        let mut findings = self.path(alias, path);
        findings.extend(key_fits(alias, &key.key, path.leaf()));
        findings
    }

    fn pending(&self, alias: &str, pending: &RequestEntry) -> Finding {
        let subject = pending.request.subject().to_string();
        let message = format!("{alias} waits for its certificate");
        Finding::new(Code::REQUEST_PENDING, Severity::Note, message)
            .evidence("subject", subject)
            .repair(self.command("import-user", "FILE"))
    }

    fn path(&self, alias: &str, path: &Path) -> Vec<Finding> {
        let mut findings = rules::path(path, self.request.at, self.request.purpose);
        if path.exhausted {
            let message = format!("the search for the chain of {alias} was ended at its bound");
            findings.push(
                Finding::new(Code::LIMIT_EXCEEDED, Severity::Warning, message)
                    .evidence("signatures", limits::PATH_SIGNATURES)
                    .evidence("length", limits::PATH_LENGTH),
            );
        }
        findings.extend(self.beyond(path));
        let leaf = path.leaf().fingerprint().to_string();
        for finding in &mut findings {
            let repair = match finding.code {
                Code::CHAIN_ISSUER_MISSING | Code::ANCHOR_NOT_TRUSTED => {
                    self.command("add-trusted", "FILE")
                }
                Code::CERT_EXPIRED if finding.certificate.as_deref() == Some(&leaf) => {
                    format!("mwallet csr {} --renew {}", quoted(self.request.wallet), quoted(alias))
                }
                _ => continue,
            };
            finding.repair = Some(repair);
        }
        findings
    }
}

impl Context<'_> {
    /// A path may end at a trusted intermediate (RFC 5280 section 6.1.1 (d) asks for a name and a
    /// key only), but there are clients that want every certificate up to a self-signed one.
    fn beyond(&self, path: &Path) -> Option<Finding> {
        let anchor = &path.last().certificate;
        if path.end != End::Trusted || anchor.is_self_issued() {
            return None;
        }
        let End::Incomplete(missing) = self.candidates.path(anchor, Some(self.request.at)).end
        else {
            return None;
        };
        let message = format!(
            "the path ends at the trusted intermediate {}; its issuer {} is not in the wallet, which \
             clients that want the whole chain (Oracle's do) refuse",
            rules::title(&missing.certificate),
            missing.issuer
        );
        Some(
            Finding::new(Code::CHAIN_ISSUER_MISSING, Severity::Warning, message)
                .certificate(&missing.certificate)
                .evidence("issuer", missing.issuer.to_string())
                .evidence("key_identifier", missing.key_identifier.clone())
                .evidence("urls", missing.urls.clone()),
        )
    }
}

/// Whether the key is the certificate's. A closed key is not compared; somebody who tried to open
/// it in vain is told.
fn key_fits(alias: &str, key: &KeyMaterial, leaf: &Certificate) -> Option<Finding> {
    let key = match key {
        KeyMaterial::Open(key) => key,
        KeyMaterial::Locked(locked) => {
            locked.refusal?;
            let message = format!("the key of {alias} is locked, it was not compared");
            return Some(Finding::new(Code::KEY_LOCKED, Severity::Note, message));
        }
    };
    match keygen::public_key(key) {
        Ok(public) if public == leaf.public_key() => None,
        Ok(public) => {
            let message = format!("the certificate of {alias} belongs to another key");
            Some(
                Finding::new(Code::KEY_MISMATCH, Severity::Error, message)
                    .certificate(leaf)
                    .evidence("key", public.algorithm().to_string())
                    .evidence("certificate_key", leaf.public_key().algorithm().to_string()),
            )
        }
        Err(error) => {
            let message = format!("the key of {alias} was not compared: {error}");
            Some(Finding::new(error.code(), Severity::Note, message))
        }
    }
}

/// The text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
