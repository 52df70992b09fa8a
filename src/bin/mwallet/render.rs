//! What the commands print: structures for JSON, and text for people.

pub(crate) mod auto_login;
pub(crate) mod certificate;
pub(crate) mod chain;
pub(crate) mod change;
pub(crate) mod comparison;
pub(crate) mod consumer;
pub(crate) mod crl;
pub(crate) mod expiry;
pub(crate) mod explain;
pub(crate) mod inspect;
pub(crate) mod list;
pub(crate) mod matching;
pub(crate) mod merged;
pub(crate) mod pki;
pub(crate) mod probe;
pub(crate) mod prometheus;
pub(crate) mod signed;
pub(crate) mod sorted;
pub(crate) mod style;
pub(crate) mod text;
pub(crate) mod wallet;

use mwallet::codec::Warning;
use serde::Serialize;

/// The version of the JSON shapes.
pub(crate) const SCHEMA: u32 = 1;

/// A report as JSON, one line end behind it.
pub(crate) fn json(report: &impl Serialize) -> Vec<u8> {
    let json =
        serde_json::to_string_pretty(report).expect("reports have text keys and no failing parts");
    (text::safe_json(&json) + "\n").into_bytes()
}

/// A warning in a report.
#[derive(Debug, Serialize)]
pub(crate) struct WarningReport {
    code: &'static str,
    message: String,
}

impl From<&Warning> for WarningReport {
    fn from(warning: &Warning) -> Self {
        Self { code: warning.code.name(), message: warning.message.clone() }
    }
}
