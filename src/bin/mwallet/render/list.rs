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
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::with_capacity(widths.iter().map(|width| width + GAP).sum());
        for (cell, width) in row.iter().zip(&widths) {
            line += cell;
            line.extend(std::iter::repeat_n(' ', width - cell.width() + GAP));
        }
        line.truncate(line.trim_end().len());
        line
    };
    std::iter::once(&headings).chain(rows).map(line).collect()
}

/// The table of entries, each with its certificate, and how many they are; lines of expired ones are red, of
/// those that soon are, yellow. Thousands of reports are not there at once: each becomes a row.
pub(crate) fn entries<'a>(
    entries: impl Iterator<Item = (EntryReport, Option<&'a Certificate>)>,
    now: OffsetDateTime,
    style: Style,
) -> (String, usize) {
    let (mut rows, mut ends, mut has_flags) = (Vec::new(), Vec::new(), false);
    for (entry, certificate) in entries {
        has_flags |= !entry.trust_flags.is_empty();
        rows.push(row(&entry, certificate, now));
        ends.push(certificate.map(Certificate::not_after));
    }
    let columns = HEADINGS.len() - usize::from(!has_flags);
    let lines = table(&HEADINGS[..columns], &rows);
    let mut text = style.bold(&lines[0]) + "\n";
    // Colours would count as width inside a cell, so they are put on whole lines.
    for (line, end) in lines[1..].iter().zip(ends) {
        match end.map(|end| days_left(end, now)) {
            Some(days) if days < 0 => text += &style.red(line),
            Some(days) if days < SOON => text += &style.yellow(line),
            _ => text += line,
        }
        text.push('\n');
    }
    (text, rows.len())
}

fn row(entry: &EntryReport, certificate: Option<&Certificate>, now: OffsetDateTime) -> Vec<String> {
    let mut alias = safe(&entry.alias);
    if entry.alias_derived {
        alias = format!("({alias})");
    }
    let kind = match entry.key {
        Some("locked") => format!("{} (locked)", entry.kind),
        _ => entry.kind.to_owned(),
    };
    let or_dash = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), safe);
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
