//! The report of `chain`.

use crate::output::FileReport;
use crate::render::chain;
use crate::render::style::Style;
use crate::render::text::{count, safe, short};
use mwallet::chain::report::Report;
use mwallet::chain::sort::{self, Sorted};
use mwallet::model::certificate::Certificate;
use serde::Serialize;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// What was sorted: the report of `check`, and what is not in a chain.
#[derive(Debug, Serialize)]
pub(crate) struct SortedReport {
    #[serde(flatten)]
    report: Report,
    unrelated: Vec<UnrelatedReport>,
    duplicates: usize,
    root: &'static str,
    files: Vec<FileReport>,
}

/// A certificate that is on no path.
#[derive(Debug, Serialize)]
struct UnrelatedReport {
    subject: String,
    sha256: String,
    #[serde(skip)]
    short: String,
}

impl UnrelatedReport {
    fn of(certificate: &Certificate) -> Self {
        let fingerprint = certificate.fingerprint();
        Self {
            subject: certificate.subject().to_string(),
            sha256: fingerprint.to_string(),
            short: short(fingerprint),
        }
    }
}

impl SortedReport {
    pub(crate) fn new(
        sorted: &Sorted,
        with_root: bool,
        written: Option<FileReport>,
        at: OffsetDateTime,
    ) -> Self {
        let has_root = |path| sort::written(path, false).len() < sort::written(path, true).len();
        let root = match (sorted.paths.iter().any(has_root), with_root) {
            (false, _) => "absent",
            (true, true) => "included",
            (true, false) => "left-out",
        };
        Self {
            report: sorted.report(at),
            unrelated: sorted.unrelated.iter().map(UnrelatedReport::of).collect(),
            duplicates: sorted.duplicates,
            root,
            files: written.into_iter().collect(),
        }
    }

    pub(crate) fn text(&self, style: Style) -> String {
        let mut text = chain::trees(&self.report, style);
        text += &chain::findings(&self.report.findings, style);
        for one in &self.unrelated {
            let _ = writeln!(
                text,
                "left out {} (sha256:{}), which is in no chain",
                safe(&one.subject),
                one.short
            );
        }
        if self.duplicates > 0 {
            let _ = writeln!(text, "dropped {}", count(self.duplicates, "duplicate"));
        }
        match self.root {
            "included" => text += "the self-signed root is included; --no-root leaves it out\n",
            "left-out" => text += "the self-signed root is left out\n",
            _ => {}
        }
        for file in &self.files {
            let _ = writeln!(text, "wrote {} (mode {})", safe(&file.path), file.mode);
        }
        if self.report.chains.iter().any(|chain| !chain.complete) {
            text += "what there is was written, with the gap in it\n";
        }
        text
    }
}
