//! Tables, above all the one of a wallet's entries.

use crate::render::style::Style;
use crate::render::text::{days_left, safe, validity_end};
use crate::render::wallet::EntryReport;
use mwallet::model::certificate::Certificate;
use time::OffsetDateTime;
use unicode_width::UnicodeWidthStr as _;

/// Days before the end of a validity from which on it is shown as near.
const SOON: i64 = 30;

/// Spaces between two columns, behind the wider of their cells.
const GAP: usize = 2;

/// The headings of the table of entries; the last only where an entry has trust flags.
const HEADINGS: [&str; 6] = ["ALIAS", "KIND", "SUBJECT", "KEY", "VALID UNTIL", "TRUSTED FOR"];

/// The lines of a table without rules, the headings first. Cells must have one line; those that have no
/// heading are left out.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let mut widths: Vec<usize> = headings.iter().map(|heading| width(heading)).collect();
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = width(cell).max(*widest);
        }
    }
    let headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::with_capacity(widths.iter().map(|width| width + GAP).sum());
        for (cell, widest) in row.iter().zip(&widths) {
            line += cell;
            line.extend(std::iter::repeat_n(' ', widest - width(cell) + GAP));
        }
        line.truncate(line.trim_end().len());
        line
    };
    std::iter::once(&headings).chain(rows).map(line).collect()
}

/// The columns that a cell takes, which has no control characters. Most cells have ASCII alone.
fn width(cell: &str) -> usize {
    if cell.is_ascii() { cell.len() } else { cell.width() }
}

/// An entry's line in the table of entries.
pub(crate) struct Row {
    cells: Vec<String>,
    /// Days that its certificate is valid for.
    left: Option<i64>,
    has_flags: bool,
}

impl Row {
    /// The row of an entry with this certificate.
    pub(crate) fn of(
        entry: &EntryReport,
        certificate: Option<&Certificate>,
        now: OffsetDateTime,
    ) -> Self {
        let left = certificate.map(|certificate| days_left(certificate.not_after(), now));
        let has_flags = !entry.trust_flags.is_empty();
        Self { cells: cells(entry, certificate, now), left, has_flags }
    }
}

/// The table of entries; lines of expired ones are red, of those that soon are, yellow.
pub(crate) fn entries(rows: Vec<Row>, style: Style) -> String {
    let columns = HEADINGS.len() - usize::from(!rows.iter().any(|row| row.has_flags));
    let (cells, left): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.cells, row.left)).unzip();
    let lines = table(&HEADINGS[..columns], &cells);
    let mut text = style.bold(&lines[0]) + "\n";
    // Colours would count as width inside a cell, so they are put on whole lines.
    for (line, left) in lines[1..].iter().zip(left) {
        match left {
            Some(..0) => text += &style.red(line),
            Some(0..SOON) => text += &style.yellow(line),
            _ => text += line,
        }
        text.push('\n');
    }
    text
}

fn cells(
    entry: &EntryReport,
    certificate: Option<&Certificate>,
    now: OffsetDateTime,
) -> Vec<String> {
    let or_dash = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), safe);
    let mut alias = or_dash(entry.alias.as_deref());
    if entry.alias_derived {
        alias = format!("({alias})");
    }
    let kind = match entry.key {
        Some("locked") => format!("{} (locked)", entry.kind),
        _ => entry.kind.to_owned(),
    };
    vec![
        alias,
        kind,
        or_dash(entry.subject.as_deref().or(entry.description.as_deref())),
        or_dash(entry.public_key.as_deref()),
        certificate.map_or_else(
            || "-".to_owned(),
            |certificate| validity_end(certificate.not_after(), now),
        ),
        match &entry.trust_flags[..] {
            [] => "-".to_owned(),
            flags => flags.join(","),
        },
    ]
}
