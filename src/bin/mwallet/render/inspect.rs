//! The report of `inspect`.

use crate::render::auto_login::AutoLoginReport;
use crate::render::style::Style;
use crate::render::table::{Cells, table};
use crate::render::text::safe;
use crate::render::wallet::{EntryReport, Head};
use mwallet::codec::Protection;
use mwallet::consumer::ReaderVerdict;
use mwallet::model::format::Format;
use serde::Serialize;
use std::fmt::Write as _;

/// Everything about a file.
#[derive(Debug, Serialize)]
pub(crate) struct InspectReport {
    #[serde(flatten)]
    pub(crate) head: Head,
    /// The `cwallet.sso` of a directory, or the file itself where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auto_login_file: Option<AutoLoginReport>,
    /// Which form of an empty password opened it: `empty` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<&'static str>,
    pub(crate) mac: Option<Mac>,
    pub(crate) encryption: Vec<Encryption>,
    pub(crate) readers: Vec<Readers>,
    pub(crate) entries: Vec<EntryReport>,
}

/// The integrity check.
#[derive(Debug, Serialize)]
pub(crate) struct Mac {
    algorithm: String,
    iterations: Option<u32>,
}

/// One encryption.
#[derive(Debug, Serialize)]
pub(crate) struct Encryption {
    what: String,
    algorithm: String,
    iterations: Option<u32>,
}

/// Whether a program can read the file.
#[derive(Debug, Serialize)]
pub(crate) struct Readers {
    name: &'static str,
    reads: Option<bool>,
    why: String,
}

impl From<Protection> for Mac {
    fn from(mac: Protection) -> Self {
        Self { algorithm: mac.algorithm, iterations: mac.iterations }
    }
}

impl From<Protection> for Encryption {
    fn from(protection: Protection) -> Self {
        let Protection { what, algorithm, iterations } = protection;
        Self { what, algorithm, iterations }
    }
}

impl From<ReaderVerdict> for Readers {
    fn from(verdict: ReaderVerdict) -> Self {
        Self { name: verdict.name, reads: verdict.reads, why: verdict.why }
    }
}

impl InspectReport {
    /// The facts about the file, and who reads it; not the entries.
    pub(crate) fn text(&self, style: Style) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "{:<13} {value}", format!("{name}:"));
        };
        line("path", &safe(&self.head.path));
        line("format", self.head.format);
        if let Some(layout) = self.head.layout {
            line("layout", layout);
            line("profile", self.head.profile.unwrap_or("none of the named ones"));
        }
        let is_java =
            [Format::Jks, Format::Jceks].iter().any(|format| self.head.format == format.name());
        if is_java {
            if let Some(digest) = &self.mac {
                line("digest", &with_iterations(&digest.algorithm, digest.iterations));
            }
            for part in &self.encryption {
                line(&part.what, &with_iterations(&part.algorithm, part.iterations));
            }
        } else if self.head.format == Format::Pkcs12.name() || self.head.layout.is_some() {
            match self.password {
                Some("none") => line("password", "none: no bytes at all"),
                Some(form) => {
                    line("password", &format!("{form}: two zero bytes, as RFC 7292 has it"));
                }
                None => {}
            }
            match &self.mac {
                Some(mac) => line("mac", &with_iterations(&mac.algorithm, mac.iterations)),
                None => line("mac", "none: nobody can tell whether the file was changed"),
            }
            for part in &self.encryption {
                line(&part.what, &with_iterations(&part.algorithm, part.iterations));
            }
        }
        if self.head.auto_login != "none" {
            line("auto-login", self.head.auto_login);
        }
        for (name, value) in self.auto_login_file.iter().flat_map(AutoLoginReport::lines) {
            line(name, &safe(&value));
        }
        if !self.readers.is_empty() {
            text.push('\n');
            text += &self.readers_text(style);
        }
        text
    }

    fn readers_text(&self, style: Style) -> String {
        let rows = self.readers.iter().map(|reader| {
            let reads = match reader.reads {
                Some(true) => "yes",
                Some(false) => "no",
                None => "?",
            };
            Cells::new([reader.name, reads, &reader.why])
        });
        let (headings, rows) = (["READER", "READS", "WHY"], rows.collect::<Vec<_>>());
        table(&headings, &rows, style, |position, line| match self.readers[position].reads {
            Some(true) => style.green(line),
            Some(false) => style.red(line),
            None => style.dim(line),
        })
    }
}

fn with_iterations(algorithm: &str, iterations: Option<u32>) -> String {
    match iterations {
        Some(iterations) => format!("{algorithm}, {iterations} iterations"),
        None => algorithm.to_owned(),
    }
}
