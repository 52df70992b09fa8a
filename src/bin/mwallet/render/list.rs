//! Tables, above all the one of a wallet's entries.

use crate::render::style::Style;
use crate::render::text::{days_left, safe, validity_end};
use crate::render::wallet::EntryReport;
use comfy_table::{Table, presets};
use mwallet::model::certificate::Certificate;
use time::OffsetDateTime;

/// Days before the end of a validity from which on it is shown as near.
const SOON: i64 = 30;

/// The headings of the table of entries; the last only where an entry has trust flags.
const HEADINGS: [&str; 6] = ["ALIAS", "KIND", "SUBJECT", "KEY", "VALID UNTIL", "TRUSTED FOR"];

/// The lines of a table without rules, the headings first. Cells must have one line.
pub(crate) fn table(headings: &[&str], rows: Vec<Vec<String>>) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(headings.iter().copied());
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// The table of entries, each with its certificate; lines of expired ones are red, of those that
/// soon are, yellow.
pub(crate) fn entries(
    entries: &[(EntryReport, Option<Certificate>)],
    now: OffsetDateTime,
    style: Style,
) -> String {
    let has_flags = entries.iter().any(|(entry, _)| !entry.trust_flags.is_empty());
    let columns = HEADINGS.len() - usize::from(!has_flags);
    let rows = entries.iter().map(|(entry, certificate)| {
        let mut row = row(entry, certificate.as_ref(), now);
        row.truncate(columns);
        row
    });
    let lines = table(&HEADINGS[..columns], rows.collect());
    let mut text = style.bold(&lines[0]) + "\n";
    // Colours would count as width inside a cell, so they are put on whole lines.
    for (line, (_, certificate)) in lines[1..].iter().zip(entries) {
        let days = certificate.as_ref().map(|certificate| days_left(certificate.not_after(), now));
        text += &match days {
            Some(days) if days < 0 => style.red(line),
            Some(days) if days < SOON => style.yellow(line),
            _ => line.clone(),
        };
        text.push('\n');
    }
    text
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
