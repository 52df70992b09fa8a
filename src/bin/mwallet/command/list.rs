use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::render;
use crate::render::list::Row;
use crate::render::style::Style;
use crate::render::text::{count, safe};
use crate::render::wallet::{EntryReport, Head, WalletReport};
use crate::value;
use clap::Args;
use mwallet::chain::Candidates;
use mwallet::model::entry::Entry;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::parallel;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;
use time::OffsetDateTime;

/// List the entries of a wallet
///
/// Aliases in parentheses are not in the file: they were made from the certificate's name.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet list app-wallet
  mwallet list app-wallet --within 30d
  mwallet list app.p12 --password-env P12_PASSWORD --json

", exit_codes!()))]
pub(crate) struct List {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// Only entries whose certificate has expired
    #[arg(long)]
    expired: bool,
    /// Only entries whose certificate ends within this time, or has ended: 30d, 12h
    #[arg(long, value_name = "TIME")]
    within: Option<String>,
    #[command(flatten)]
    open: OpenFlags,
}

impl List {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let within = self.within.as_deref().map(value::period).transpose()?;
        let store = self.open.browse(&self.wallet, context)?.store;
        let now = context.now();
        let aliases = shown_aliases(&store.wallet);
        let entries: Vec<&Entry> =
            store.wallet.entries().iter().filter(|entry| self.wants(entry, within, now)).collect();
        let head = Head::of(&store);
        if context.json {
            let candidates = Candidates::of(&store.wallet);
            let report = |entry: &&Entry| {
                EntryReport::of(entry, &aliases[&entry.id()]).complete(entry, &candidates)
            };
            let entries = entries.iter().map(report).collect();
            context.data(&render::json(&WalletReport { head, entries }, context))?;
            return Ok(Status::Done);
        }
        let style = Style::new(context.colors_data());
        let mut text = format!("{}: {}\n", style.bold(&safe(&head.path)), head.line());
        // The table has no chains, and no more of a certificate than its subject, key and end.
        if store.wallet.entries().is_empty() {
            text += "no entries\n";
        } else if entries.is_empty() {
            text += "no such entries\n";
        } else {
            // Thousands of reports are not there at once: each becomes a row.
            let rows = parallel::map_many(&entries, |entry| {
                Row::of(&EntryReport::of(entry, &aliases[&entry.id()]), entry.certificate(), now)
            });
            let table = render::list::entries(rows, style);
            let _ = writeln!(text, "\n{table}\n{}", count(entries.len(), "entry"));
        }
        context.data(text.as_bytes())?;
        Ok(Status::Done)
    }

    fn wants(&self, entry: &Entry, within: Option<Duration>, now: OffsetDateTime) -> bool {
        if !self.expired && within.is_none() {
            return true;
        }
        entry.certificate().is_some_and(|certificate| {
            let left = certificate.not_after() - now;
            (self.expired && left.is_negative()) || within.is_some_and(|within| left < within)
        })
    }
}
