//! The report of `expiry`.

use crate::render::SCHEMA;
use crate::render::style::Style;
use crate::render::table::{Cells, table};
use crate::render::text::{ago, count, date, days_left, safe, timestamp, validity_end};
use mwallet::ops::expiry::{DatedCertificate, Role};
use mwallet::store::{StoreError, Survey};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;

/// Days before the end of a validity from which on it is shown as urgent.
const URGENT: i64 = 7;

/// The headings of the table.
const HEADINGS: [&str; 4] = ["VALID UNTIL", "ALIAS", "SUBJECT", "PATH"];

/// What is due, what is not, and what cannot be told.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    schema: u32,
    /// By date, then by path.
    pub(crate) due: Vec<Due>,
    /// Certificates that are not due.
    ok: usize,
    unreadable: Vec<Unreadable>,
    /// Files and wallets that were read.
    files: usize,
    /// Files that were found and hold no certificates.
    passed_over: usize,
}

/// A certificate that is due.
#[derive(Debug, Serialize)]
pub(crate) struct Due {
    path: String,
    alias: String,
    subject: String,
    not_after: String,
    days_left: i64,
    role: &'static str,
    sha256: String,
    /// The end in words, for people.
    #[serde(skip)]
    until: String,
}

/// A file that was not read.
#[derive(Debug, Serialize)]
struct Unreadable {
    path: String,
    code: &'static str,
    message: String,
}

impl Report {
    pub(crate) fn of(survey: &Survey, at: OffsetDateTime, within: Duration) -> Self {
        let all = || {
            survey.files.iter().flat_map(|file| {
                file.certificates.iter().map(|certificate| (file.path.as_path(), certificate))
            })
        };
        let mut due: Vec<(&Path, &DatedCertificate)> =
            all().filter(|(_, certificate)| certificate.is_due(at, within)).collect();
        // A stable sort: within a file the order stays.
        due.sort_by(|(path, one), (other_path, other)| {
            one.not_after.cmp(&other.not_after).then_with(|| path.cmp(other_path))
        });
        Self {
            schema: SCHEMA,
            ok: all().count() - due.len(),
            due: due
                .into_iter()
                .map(|(path, certificate)| Due::of(path, certificate, at))
                .collect(),
            unreadable: survey.unreadable.iter().map(Unreadable::of).collect(),
            files: survey.files.len(),
            passed_over: survey.passed_over.len(),
        }
    }

    /// The report for people, without what cannot be read at this position, which is `told` as the error;
    /// when `quiet`, what is wrong and nothing else.
    pub(crate) fn table(
        &self,
        within: &str,
        quiet: bool,
        told: Option<usize>,
        style: Style,
    ) -> String {
        let mut text = String::new();
        if !self.due.is_empty() {
            let rows: Vec<Cells> = self.due.iter().map(Due::row).collect();
            text += &table(&HEADINGS, &rows, style, |position, line| {
                match self.due[position].days_left {
                    ..0 => style.red(line),
                    0..URGENT => style.yellow(line),
                    _ => line.to_owned(),
                }
            });
        }
        let label = style.yellow("unreadable:");
        for (at, Unreadable { message, code, .. }) in self.unreadable.iter().enumerate() {
            if told == Some(at) {
                continue;
            }
            let _ = writeln!(text, "{label} {} ({code})", safe(message));
        }
        if !quiet && self.files + self.passed_over > 0 {
            if !text.is_empty() {
                text.push('\n');
            }
            text += &self.summary(within, style);
        }
        text
    }

    fn summary(&self, within: &str, style: Style) -> String {
        let certificates = count(self.due.len() + self.ok, "certificate");
        let due = match self.due.len() {
            0 => style.green("none due"),
            due => style.red(&format!("{due} due")),
        };
        let mut text = format!(
            "{certificates} in {}: {due} within {}",
            count(self.files, "file"),
            safe(within)
        );
        for (number, what) in
            [(self.unreadable.len(), "unreadable"), (self.passed_over, "passed over")]
        {
            if number > 0 {
                let _ = write!(text, "; {} {what}", count(number, "file"));
            }
        }
        text + "\n"
    }
}

impl Due {
    fn of(path: &Path, certificate: &DatedCertificate, at: OffsetDateTime) -> Self {
        let days_left = days_left(certificate.not_after, at);
        let until = if days_left < 0 {
            format!("{}, expired {}", date(certificate.not_after), ago(days_left))
        } else {
            validity_end(certificate.not_after, at)
        };
        Self {
            path: path.to_string_lossy().into_owned(),
            alias: certificate.alias.clone(),
            subject: certificate.subject.clone(),
            not_after: timestamp(certificate.not_after),
            days_left,
            role: certificate.role.name(),
            sha256: certificate.sha256.to_string(),
            until,
        }
    }

    fn row(&self) -> Cells {
        let mut alias = safe(&self.alias);
        if self.role == Role::Issuer.name() {
            alias += " (issuer)";
        }
        let subject = if self.subject.is_empty() { "-".to_owned() } else { safe(&self.subject) };
        Cells::new([&self.until, &alias, &subject, &safe(&self.path)])
    }
}

impl Unreadable {
    fn of(error: &StoreError) -> Self {
        Self {
            path: error.path().to_string_lossy().into_owned(),
            code: error.code().name(),
            message: error.to_string(),
        }
    }
}
