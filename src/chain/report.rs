//! The shape of a report on a wallet's chains.

use crate::chain::finding::{Finding, Severity};
use crate::chain::path::Path;
use crate::chain::rules;
use crate::model::certificate::Certificate;
use serde::Serialize;
use std::collections::HashSet;
use time::OffsetDateTime;

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
    /// The file that was judged, in a report on several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
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
    /// Whole days until then, negative when it is over; none where no moment is asked about.
    pub days_left: Option<i64>,
    /// Whether the validity begins after the moment that is asked about.
    #[serde(skip)]
    pub not_yet_valid: bool,
    /// `leaf`, `intermediate` or `anchor`, also of the first one, which may be a CA's; an anchor that is
    /// not trusted has another source.
    pub role: &'static str,
    /// `entry`, `trusted`, `presented` or `system`.
    pub source: &'static str,
}

impl Report {
    /// Ranks the findings, leaves out what was said already, of a certificate in the chains of several
    /// entries for the first of them, and draws the verdict.
    #[must_use]
    pub fn new(chains: Vec<EntryChain>, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(Finding::rank);
        let mut said = HashSet::new();
        findings.retain(|finding| {
            let Finding { code, certificate, entry, file, message, repair, .. } = finding;
            let entry = entry.as_ref().filter(|_| certificate.is_none());
            let about = (certificate.clone(), entry.cloned(), file.clone());
            said.insert((*code, about, message.clone(), repair.clone()))
        });
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

    /// The same about this file, which may be one of several.
    #[must_use]
    pub fn of_file(mut self, path: &str) -> Self {
        self.chains.iter_mut().for_each(|chain| chain.file = Some(path.to_owned()));
        self.findings.iter_mut().for_each(|finding| finding.file = Some(path.to_owned()));
        self
    }
}

impl EntryChain {
    /// The chain of an entry at a moment.
    #[must_use]
    pub fn new(alias: &str, path: &Path, at: OffsetDateTime) -> Self {
        let mut chain = chain_links(path);
        for (shown, link) in chain.iter_mut().zip(&path.links) {
            shown.days_left = Some(rules::days_left(link.certificate.not_after(), at));
            shown.not_yet_valid = at < link.certificate.not_before();
        }
        Self { alias: alias.to_owned(), file: None, complete: path.is_complete(), chain }
    }
}

/// A path in the shape of the report.
#[must_use]
pub fn chain_links(path: &Path) -> Vec<ChainLink> {
    let last = path.links.len() - 1;
    let role = |position, certificate: &Certificate| match position {
        0 if !certificate.is_ca() => "leaf",
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
            days_left: None,
            not_yet_valid: false,
            role: role(position, &link.certificate),
            source: link.source.name(),
        })
        .collect()
}
