//! The table of a wallet's entries.

use crate::render::style::Style;
use crate::render::table::{Cells, table};
use crate::render::text::{days_left, safe, validity_end};
use crate::render::wallet::EntryReport;
use mwallet::model::certificate::Certificate;
use time::OffsetDateTime;

/// Days before the end of a validity from which on it is shown as near.
const SOON: i64 = 30;

/// The headings; the last only where an entry has trust flags.
const HEADINGS: [&str; 6] = ["ALIAS", "KIND", "SUBJECT", "KEY", "VALID UNTIL", "TRUSTED FOR"];

/// An entry's line in the table of entries.
pub(crate) struct Row {
    cells: Cells,
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

/// The table; lines of expired ones are red, of those that soon are, yellow.
pub(crate) fn entries(rows: impl Iterator<Item = Row>, style: Style) -> String {
    let (mut cells, mut left, mut has_flags) = (Vec::new(), Vec::new(), false);
    for row in rows {
        cells.push(row.cells);
        left.push(row.left);
        has_flags |= row.has_flags;
    }
    let columns = HEADINGS.len() - usize::from(!has_flags);
    table(&HEADINGS[..columns], &cells, style, |position, line| match left[position] {
        Some(..0) => style.red(line),
        Some(0..SOON) => style.yellow(line),
        _ => line.to_owned(),
    })
}

fn cells(entry: &EntryReport, certificate: Option<&Certificate>, now: OffsetDateTime) -> Cells {
    let or_dash = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), safe);
    let mut alias = or_dash(entry.alias.as_deref());
    if entry.alias_derived {
        alias = format!("({alias})");
    }
    let kind = match entry.key {
        Some("locked") => format!("{} (locked)", entry.kind),
        _ => entry.kind.to_owned(),
    };
    let subject = or_dash(entry.subject.as_deref().or(entry.description.as_deref()));
    let key = or_dash(entry.public_key.as_deref());
    let until = certificate
        .map_or_else(|| "-".to_owned(), |certificate| validity_end(certificate.not_after(), now));
    let flags = match &entry.trust_flags[..] {
        [] => "-".to_owned(),
        flags => flags.join(","),
    };
    Cells::new([&alias, &kind, &subject, &key, &until, &flags])
}
