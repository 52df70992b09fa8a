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
pub(crate) mod extension;
pub(crate) mod inspect;
pub(crate) mod list;
pub(crate) mod login;
pub(crate) mod matching;
pub(crate) mod merged;
pub(crate) mod pki;
pub(crate) mod probe;
pub(crate) mod prometheus;
pub(crate) mod signed;
pub(crate) mod sorted;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod wallet;

use crate::context::Context;
use mwallet::codec::Warning;
use mwallet::secret::SecretBytes;
use serde::Serialize;
use std::io;
use zeroize::Zeroizing;

/// The version of the JSON shapes.
pub(crate) const SCHEMA: u32 = 1;

/// A report as JSON, with the warnings that came up, one line end behind it.
pub(crate) fn json(report: &impl Serialize, context: &Context) -> SecretBytes {
    #[derive(Serialize)]
    struct Shape<'a, R> {
        #[serde(flatten)]
        report: &'a R,
        warnings: Vec<WarningReport>,
    }
    let warnings = warnings(context);
    let mut json = Wiped(Zeroizing::default());
    serde_json::to_writer_pretty(&mut json, &Shape { report, warnings })
        .expect("reports have text keys and no failing parts");
    let json = std::str::from_utf8(&json.0).expect("JSON is written as UTF-8");
    let mut text = text::safe_json(json);
    text.push('\n');
    SecretBytes::new(text.into_bytes())
}

/// The warnings that came up, for a report or an error in JSON.
pub(crate) fn warnings(context: &Context) -> Vec<WarningReport> {
    let report = |Warning { code, message }: &Warning| WarningReport {
        code: code.name(),
        message: message.clone(),
    };
    context.warnings().iter().map(report).collect()
}

/// Bytes that grow without leaving copies behind: a report may hold a secret.
struct Wiped(Zeroizing<Vec<u8>>);

impl io::Write for Wiped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let needed = self.0.len() + bytes.len();
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(2 * self.0.capacity())));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A warning in a report.
#[derive(Debug, Serialize)]
pub(crate) struct WarningReport {
    code: &'static str,
    message: String,
}
