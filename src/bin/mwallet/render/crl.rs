//! Revocation lists.

use crate::render::style::Style;
use crate::render::text::{count, safe, timestamp};
use crate::render::{SCHEMA, chain};
use mwallet::chain::report::{Headline, Verdict};
use mwallet::chain::{Finding, Report};
use mwallet::crypto::sign;
use mwallet::digest::Fingerprint;
use mwallet::hex;
use mwallet::model::crl::RevocationList;
use mwallet::model::serial::SerialNumber;
use mwallet::ops::check_list::ListVerdict;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use time::OffsetDateTime;

/// A list, for JSON.
#[derive(Debug, Serialize)]
pub(crate) struct ListReport {
    pub(crate) issuer: String,
    pub(crate) number: Option<String>,
    pub(crate) this_update: String,
    pub(crate) next_update: Option<String>,
    pub(crate) signature_algorithm: String,
    pub(crate) authority_key_id: Option<String>,
    pub(crate) sha256: String,
    pub(crate) revoked: Vec<RevokedReport>,
}

/// One of its entries.
#[derive(Debug, Serialize)]
pub(crate) struct RevokedReport {
    pub(crate) serial: String,
    pub(crate) date: String,
    pub(crate) reason: Option<String>,
}

impl ListReport {
    pub(crate) fn of(list: &RevocationList) -> Self {
        Self {
            issuer: list.issuer().to_string(),
            number: list.number().as_ref().map(decimal),
            this_update: timestamp(list.this_update()),
            next_update: list.next_update().map(timestamp),
            signature_algorithm: sign::signature_name(list.signature_algorithm_der()),
            authority_key_id: list.authority_key_identifier().map(hex::encode),
            sha256: Fingerprint::of(list.der()).to_string(),
            revoked: list
                .revoked()
                .map(|entry| RevokedReport {
                    serial: entry.serial_number().to_string(),
                    date: timestamp(entry.date()),
                    reason: entry.reason().map(|reason| reason.to_string()),
                })
                .collect(),
        }
    }
}

/// The number of a list, which people count: decimal, where it is not longer than 128 bits.
fn decimal(number: &SerialNumber) -> String {
    let value = number.content().iter().try_fold(0u128, |value, byte| {
        value.checked_mul(256).map(|shifted| shifted | u128::from(*byte))
    });
    value.map_or_else(|| format!("0x{number}"), |value| value.to_string())
}

/// What `crl verify` found out.
#[derive(Debug, Serialize)]
pub(crate) struct VerdictReport<'a> {
    schema: u32,
    path: String,
    verdict: Verdict,
    headline: Option<Headline>,
    issuer: Option<IssuerReport>,
    list: ListReport,
    findings: &'a [Finding],
}

/// Whose key signed the list.
#[derive(Debug, Serialize)]
struct IssuerReport {
    subject: String,
    sha256: String,
}

impl<'a> VerdictReport<'a> {
    pub(crate) fn new(path: &Path, list: &RevocationList, verdict: &'a ListVerdict) -> Self {
        // The shape and the rules of a report on a chain.
        let ranked = Report::new(Vec::new(), verdict.findings.clone());
        let issuer = verdict.issuer.as_ref().map(|issuer| IssuerReport {
            subject: issuer.subject().to_string(),
            sha256: issuer.fingerprint().to_string(),
        });
        Self {
            schema: SCHEMA,
            path: path.to_string_lossy().into_owned(),
            verdict: ranked.verdict,
            headline: ranked.headline,
            issuer,
            list: ListReport::of(list),
            findings: &verdict.findings,
        }
    }

    /// For people; in quiet what is wrong, and nothing else.
    pub(crate) fn text(&self, quiet: bool, style: Style) -> String {
        if quiet {
            return chain::errors_among(self.findings, style);
        }
        let mut text = format!(
            "{} of {}: {}\n",
            self.list
                .number
                .as_deref()
                .map_or("list".to_owned(), |number| format!("list {number}")),
            safe(&self.list.issuer),
            count(self.list.revoked.len(), "revoked certificate")
        );
        if let Some(issuer) = &self.issuer {
            let _ =
                writeln!(text, "signed by {} (sha256:{})", safe(&issuer.subject), issuer.sha256);
        }
        text += &chain::findings(self.findings, style);
        text + &chain::verdict(self.findings, style) + "\n"
    }
}

/// The list for people: its head, and a line an entry.
pub(crate) fn text(list: &RevocationList, now: OffsetDateTime, style: Style) -> String {
    let report = ListReport::of(list);
    let late = list.next_update().is_some_and(|next| next < now);
    let mut text = format!("{}\n", style.bold(&format!("list of {}", safe(&report.issuer))));
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = writeln!(text, "  {:<20} {value}", format!("{name}:"));
        }
    };
    line("number", report.number.as_deref());
    line("this update", Some(&report.this_update));
    let next = report.next_update.map(|next| if late { format!("{next}, overdue") } else { next });
    line("next update", next.as_deref());
    line("signature", Some(&report.signature_algorithm));
    line("authority key id", report.authority_key_id.as_deref());
    line("sha256", Some(&report.sha256));
    let number = count(report.revoked.len(), "revoked certificate");
    line("holds", Some(&number));
    for entry in &report.revoked {
        let reason = entry.reason.as_deref().map_or(String::new(), |reason| format!("  {reason}"));
        let _ = writeln!(text, "  {}  {}{reason}", entry.serial, entry.date);
    }
    text
}
