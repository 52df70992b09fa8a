use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{OpenFlags, find_entry};
use crate::render::change::Change;
use crate::render::text::{count, date, safe, timestamp};
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::{Keys, Warning};
use mwallet::model::entry::EntryId;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::ops::edit::{self, Anchors, RemovalEffect};
use mwallet::ops::expiry;
use mwallet::ops::secret::tde::TdeEntries;
use mwallet::store::Store;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Remove an entry, or the trusted certificates that have expired
///
/// Removing a key, a secret, something that is not understood, or a certificate that the chain of another
/// entry needs, wants a confirmation or --yes.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet remove app-wallet old-ca
  mwallet remove app-wallet sha256:3f29a1 --dry-run
  mwallet remove app-wallet app --yes
  mwallet remove trust.p12 --expired --dry-run

", exit_codes!()))]
pub(crate) struct Remove {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The entry: alias, sha256:.., serial:.. or distinguished name
    #[arg(value_name = "ENTRY", required_unless_present = "expired")]
    entry: Option<String>,
    /// Every trusted certificate that has expired; what has a key stays
    #[arg(long, conflicts_with = "entry")]
    expired: bool,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Touch what a database with transparent data encryption needs, too
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    open: OpenFlags,
}

/// What is to be removed, and what would go with it.
struct Plan {
    ids: Vec<EntryId>,
    /// The entry as shown; of several, all of them in words.
    what: String,
    effect: RemovalEffect,
}

/// A trusted certificate that has expired.
#[derive(Serialize)]
struct Expired {
    alias: String,
    subject: String,
    not_after: String,
    sha256: String,
    #[serde(skip)]
    line: String,
}

impl Remove {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let mut opened = self.open.edit(&self.wallet, Keys::Leave, context)?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        // What somebody agreed to has to be what is done: while he is asked, others may change the
        // wallet.
        let mut agreed = None;
        let plan = loop {
            let plan = self.planned(&opened.store, context)?;
            let consequence = plan.consequence();
            let Some((code, message)) = consequence.filter(|it| agreed.as_ref() != Some(it)) else {
                break plan;
            };
            if self.dry_run {
                change.warn(Warning { code, message });
                break plan;
            }
            ((), opened) = opened.asking(
                !context.yes && context.can_ask(),
                |_| confirm(code, &message, context),
                |secrets| secrets.edit(&self.wallet, Keys::Leave, context),
            )?;
            agreed = Some((code, message));
        };
        let broken: Vec<_> = plan.effect.broken.iter().map(|chain| chain.alias.clone()).collect();
        change.fact("broken_chains", broken);
        let text = if self.expired {
            self.remove_expired(&plan, &mut opened.store, &mut change)?
        } else {
            self.remove_one(&plan, &mut opened.store, &mut change)?
        };
        if !plan.ids.is_empty() {
            opened.save(&mut change, self.dry_run, context)?;
        }
        change.report(&text, context)?;
        Ok(Status::Done)
    }

    fn tde(&self) -> TdeEntries {
        if self.force { TdeEntries::Touch } else { TdeEntries::Keep }
    }

    fn planned(&self, store: &Store, context: &Context) -> Result<Plan, Failure> {
        let wallet = &store.wallet;
        let (ids, what) = match &self.entry {
            Some(name) => {
                let id = find_entry(wallet, name).map_err(|failure| failure.about(&self.wallet))?;
                (vec![id], shown_aliases(wallet)[&id].text.clone())
            }
            None => (expiry::expired_trust(wallet, context.now()), "what has expired".to_owned()),
        };
        for entry in ids.iter().filter_map(|id| wallet.entry(*id)) {
            let allowed = self.tde().allow(wallet, entry);
            allowed.map_err(|error| Failure::from(error).about(&self.wallet))?;
        }
        let anchors = if store.is_oracle() { Anchors::SelfSigned } else { Anchors::Trusted };
        let effect = edit::removal_effect(wallet, &ids, anchors);
        Ok(Plan { ids, what, effect })
    }

    fn remove_one(
        &self,
        plan: &Plan,
        store: &mut Store,
        change: &mut Change,
    ) -> Result<String, Failure> {
        let mut text = String::new();
        for id in &plan.ids {
            let removed = edit::remove(&mut store.wallet, *id, self.tde())?;
            change.fact("removed", plan.what.as_str());
            change.fact("kind", removed.kind.name());
            let verb = change.tense("removed", "would remove");
            text = format!("{verb} {} ({})\n", safe(&plan.what), removed.kind.name());
        }
        Ok(text)
    }

    fn remove_expired(
        &self,
        plan: &Plan,
        store: &mut Store,
        change: &mut Change,
    ) -> Result<String, Failure> {
        let aliases = shown_aliases(&store.wallet);
        let mut expired = Vec::new();
        for id in &plan.ids {
            let removed = edit::remove(&mut store.wallet, *id, self.tde())?;
            let Some(certificate) = removed.certificate() else { continue };
            let alias = aliases[id].text.clone();
            let line = format!("{}, until {}", safe(&alias), date(certificate.not_after()));
            expired.push(Expired {
                alias,
                subject: certificate.subject().to_string(),
                not_after: timestamp(certificate.not_after()),
                sha256: certificate.fingerprint().to_string(),
                line,
            });
        }
        change.facts("expired", &expired);
        if expired.is_empty() {
            return Ok("no trusted certificate has expired\n".to_owned());
        }
        let verb = change.tense("removed", "would remove");
        let mut text = format!("{verb} {}\n", count(expired.len(), "expired certificate"));
        for one in &expired {
            let _ = writeln!(text, "  {}", one.line); // a String takes it
        }
        Ok(text)
    }
}

fn confirm(code: Code, consequence: &str, context: &Context) -> Result<(), Failure> {
    let question = format!("{}; remove it all the same?", safe(consequence));
    match context.confirm(&question)? {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::new(Code::CONFIRMATION_REQUIRED, "nothing was removed")),
        None => Err(Failure::new(code, consequence)),
    }
}

impl Plan {
    /// What would be lost besides the entries, in words.
    fn consequence(&self) -> Option<(Code, String)> {
        let Self { what, effect, .. } = self;
        if let Some(first) = effect.broken.first() {
            let others = match effect.broken.len() - 1 {
                0 => String::new(),
                1 => " and of another".to_owned(),
                others => format!(" and of {others} others"),
            };
            let text = format!(
                "without {what} the chain of {}{others} is not complete: {} is missing",
                first.alias, first.missing
            );
            return Some((Code::REMOVAL_BREAKS_CHAIN, text));
        }
        let lost = effect.lost?;
        Some((Code::CONFIRMATION_REQUIRED, format!("{what} holds {lost}, which is lost")))
    }
}
