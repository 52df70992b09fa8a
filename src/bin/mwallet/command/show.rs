use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{Meant, OpenFlags, find_entry};
use crate::render;
use crate::render::certificate::{self, CertificateDetails};
use crate::render::style::Style;
use crate::render::text::safe;
use crate::render::wallet::{EntryReport, Head, WalletReport, request_of};
use clap::Args;
use mwallet::chain::Candidates;
use mwallet::codec::pem;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::key::{KeyMaterial, why_locked};
use mwallet::model::shown_alias::shown_aliases;
use mwallet::store::Store;
use std::fmt::Write as _;
use std::path::PathBuf;
use time::OffsetDateTime;

/// Show entries in detail
///
/// An entry is named by its alias, by sha256: and the beginning of its fingerprint, by serial: and
/// its serial number, or by its distinguished name. Without a name every entry is shown.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet show app-wallet
  mwallet show app-wallet app --pem
  mwallet show app-wallet sha256:3f29a1

", exit_codes!()))]
pub(crate) struct Show {
    /// The wallet; - is stdin
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The entry; all without it
    #[arg(value_name = "ENTRY")]
    entry: Option<String>,
    /// Print the certificates and requests as PEM, and nothing else
    #[arg(long, conflicts_with = "text")]
    pem: bool,
    /// Print the PEM below the details
    #[arg(long)]
    text: bool,
    #[command(flatten)]
    open: OpenFlags,
}

impl Show {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let store = self.open.browse(&self.wallet, context)?.store;
        let wanted = self
            .entry
            .as_deref()
            .map(|name| find_entry(&store.wallet, name, Meant::Entry))
            .transpose()
            .map_err(|failure| failure.about(&self.wallet))?;
        let entries: Vec<&Entry> = store
            .wallet
            .entries()
            .iter()
            .filter(|entry| wanted.is_none_or(|id| entry.id() == id))
            .collect();
        let requests = entries.iter().filter_map(|entry| request_of(entry));
        context.warn(&requests.filter_map(|one| certificate::unproven(&one)).collect::<Vec<_>>());
        if context.json {
            context.data(&render::json(&self.report(&store, &entries), context))?;
            return Ok(Status::Done);
        }
        let text: String = if self.pem {
            entries.iter().map(|entry| pem_of(entry)).collect()
        } else {
            let style = Style::new(context.colors_data());
            self.details(&store, &entries, context.now(), style)
        };
        context.data(text.as_bytes())?;
        Ok(Status::Done)
    }

    fn report(&self, store: &Store, entries: &[&Entry]) -> WalletReport {
        let aliases = shown_aliases(&store.wallet);
        let candidates = Candidates::of(&store.wallet);
        let entries = entries.iter().map(|entry| EntryReport {
            details: entry
                .certificate()
                .map(CertificateDetails::of)
                .or_else(|| request_of(entry).as_ref().map(CertificateDetails::of_request)),
            pem: (self.pem || self.text).then(|| pem_of(entry)),
            ..EntryReport::of(entry, &aliases[&entry.id()], store).complete(entry, &candidates)
        });
        WalletReport { head: Head::of(store), entries: entries.collect() }
    }

    fn details(
        &self,
        store: &Store,
        entries: &[&Entry],
        now: OffsetDateTime,
        style: Style,
    ) -> String {
        let aliases = shown_aliases(&store.wallet);
        let candidates = Candidates::of(&store.wallet);
        let mut text = String::new();
        for entry in entries {
            let report =
                EntryReport::of(entry, &aliases[&entry.id()], store).complete(entry, &candidates);
            if !text.is_empty() {
                text.push('\n');
            }
            let derived = if report.alias_derived { " (name made up here)" } else { "" };
            let kind = match report.key {
                Some("locked") => {
                    let refusal = entry.key().and_then(KeyMaterial::refusal);
                    format!("{}, locked: {}", report.kind, why_locked(refusal))
                }
                _ => report.kind.to_owned(),
            };
            let alias = safe(report.alias.as_deref().unwrap_or_default());
            let _ = writeln!(text, "{}{derived}: {kind}", style.bold(&alias));
            if let Some(leaf) = entry.certificate() {
                certificate::lines(leaf, now, &mut text);
                if !report.trust_flags.is_empty() {
                    let _ =
                        writeln!(text, "  trust flags:         {}", report.trust_flags.join(", "));
                }
                for (position, link) in report.chain.iter().enumerate().skip(1) {
                    let label = if position == 1 { "chain:" } else { "" };
                    let _ = writeln!(text, "  {label:<20} {}", safe(&link.subject));
                }
            } else if let Some(request) = request_of(entry) {
                certificate::request_lines(&request, &mut text);
            } else {
                for (label, value) in [
                    ("subject:", &report.subject),
                    ("public key:", &report.public_key),
                    ("content:", &report.description),
                ] {
                    if let Some(value) = value {
                        let _ = writeln!(text, "  {label:<20} {}", safe(value));
                    }
                }
            }
            if self.text {
                text += &pem_of(entry);
            }
        }
        text
    }
}

/// What of an entry may be seen by everybody.
fn pem_of(entry: &Entry) -> String {
    match &entry.kind {
        EntryKind::PrivateKey(key) => {
            let chain: Vec<&Certificate> = key.chain.iter().map(|link| &link.certificate).collect();
            pem::encode_certificates(&chain, true)
        }
        EntryKind::TrustedCertificate(trusted) => {
            pem::encode_certificates(&[&trusted.certificate], true)
        }
        EntryKind::Request(pending) => pem::encode_request(&pending.request.csr),
        EntryKind::Opaque(_) => {
            request_of(entry).map_or_else(String::new, |request| pem::encode_request(&request))
        }
        EntryKind::Secret(_) => String::new(),
    }
}
