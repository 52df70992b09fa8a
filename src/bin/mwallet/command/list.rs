use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::OpenFlags;
use crate::render;
use crate::render::list::Row;
use crate::render::style::Style;
use crate::render::text::{count, safe};
use crate::render::wallet::{EntryReport, Head, WalletReport};
use crate::value;
use clap::Args;
use mwallet::chain::Candidates;
use mwallet::chain::rules::time_left;
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
    /// The wallet; - is stdin
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// Only entries whose certificate has expired
    #[arg(long)]
    expired: bool,
    /// Only entries whose certificate ends within this time, or has ended: 30 or 30d (days), 12h, 2w, 1y
    #[arg(long, value_name = "TIME")]
    within: Option<String>,
    #[command(flatten)]
    open: OpenFlags,
}

impl List {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let within = self.within.as_deref().map(value::period).transpose()?;
        let store = self.open.browse(&self.wallet, context)?.store;
        if let Some(command) = hint::for_locked_keys(&store.warnings, context.typed()) {
            context.hint(&command);
        }
        let now = context.now();
        let aliases = shown_aliases(&store.wallet);
        let entries: Vec<&Entry> =
            store.wallet.entries().iter().filter(|entry| self.wants(entry, within, now)).collect();
        let head = Head::of(&store);
        if context.json {
            let candidates = Candidates::of(&store.wallet);
            let report = |entry: &&Entry| {
                EntryReport::of(entry, &aliases[&entry.id()], &store).complete(entry, &candidates)
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
                let report = EntryReport::of(entry, &aliases[&entry.id()], &store);
                Row::of(&report, entry.certificate(), now)
            });
            // The table is long, so what stands around it is put there.
            let mut table = render::list::entries(rows, style);
            table.insert_str(0, &(text + "\n"));
            let _ = writeln!(table, "\n{}", count(entries.len(), "entry"));
            text = table;
        }
        context.data(text.as_bytes())?;
        Ok(Status::Done)
    }

    fn wants(&self, entry: &Entry, within: Option<Duration>, now: OffsetDateTime) -> bool {
        if !self.expired && within.is_none() {
            return true;
        }
        entry.certificate().is_some_and(|certificate| {
            let left = time_left(certificate.not_after(), now);
            (self.expired && left.is_negative()) || within.is_some_and(|within| left < within)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::List;
    use clap::Parser;
    use mwallet::model::certificate::Certificate;
    use mwallet::model::entry::{EntryKind, TrustedEntry};
    use mwallet::model::trust::TrustFlags;
    use mwallet::model::wallet::Wallet;
    use rcgen::{CertificateParams, KeyPair};
    use std::time::Duration;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        list: List,
    }

    #[test]
    fn time_that_is_left_is_counted_in_whole_seconds_as_it_is_shown() {
        let made = CertificateParams::default().self_signed(&KeyPair::generate().unwrap()).unwrap();
        let certificate = Certificate::from_der(made.der()).unwrap();
        let not_after = certificate.not_after();
        let mut wallet = Wallet::new();
        let kind = TrustedEntry { certificate, flags: TrustFlags::default() };
        wallet.push(None, EntryKind::TrustedCertificate(kind));
        let entry = &wallet.entries()[0];
        let (second, half) = (Duration::from_secs(1), Duration::from_millis(500));
        let list = Line::parse_from(["list", "w", "--expired"]).list;
        assert!(!list.wants(entry, None, not_after + half));
        assert!(list.wants(entry, None, not_after + second));
        let list = Line::parse_from(["list", "w"]).list;
        assert!(!list.wants(entry, Some(second), not_after - second + half));
        assert!(list.wants(entry, Some(second), not_after));
    }
}
