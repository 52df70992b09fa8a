use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{Meant, OpenFlags, find_entry};
use crate::render::change::Change;
use crate::render::text::{count, date, listed, safe, timestamp};
use clap::{ArgGroup, Args};
use mwallet::code::Code;
use mwallet::codec::{Keys, Warning};
use mwallet::model::entry::{Entry, EntryId};
use mwallet::model::shown_alias::{ShownAliases, shown_aliases};
use mwallet::model::wallet::Wallet;
use mwallet::ops::edit::{self, Anchors, RemovalEffect};
use mwallet::ops::expiry;
use mwallet::ops::secret::tde::TdeEntries;
use mwallet::store::Store;
use serde::Serialize;
use std::collections::HashSet;
use std::path::PathBuf;

/// Remove an entry, or all trusted certificates, or those that have expired
///
/// Removing a key, a secret, something that is not understood, a certificate that the chain of another
/// entry needs, or all that is trusted, wants a confirmation or --yes.
#[derive(Args, Debug)]
#[command(override_usage = "mwallet remove [OPTIONS] <W> <ENTRY|--all-trusted|--expired>")]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet remove app-wallet old-ca
  mwallet remove app-wallet sha256:3f29a1 --dry-run
  mwallet remove app-wallet app --yes
  mwallet remove app-wallet --all-trusted
  mwallet remove trust.p12 --expired --dry-run

", exit_codes!()), group(ArgGroup::new("what").required(true)))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Remove {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The entry: alias, sha256:.., serial:.. or distinguished name
    #[arg(value_name = "ENTRY", group = "what")]
    entry: Option<String>,
    /// Remove every trusted certificate, and nothing else
    #[arg(long, group = "what")]
    all_trusted: bool,
    /// Remove every trusted certificate that has expired; what has a key stays
    #[arg(long, group = "what")]
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
    /// Whether all that is trusted goes. Who names an entry knows which one does.
    empties_trust: bool,
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
            let consequence = Self::consequence(&plan).filter(|it| agreed.as_ref() != Some(it));
            let Some((code, message)) = consequence else { break plan };
            if self.dry_run {
                let message = if context.yes { message } else { message + "; --yes allows it" };
                change.warn(Warning { code, message });
                break plan;
            }
            ((), opened) = opened.asking(
                !context.yes && context.can_ask(),
                |_| self.confirm(code, &message, context),
                |secrets| secrets.edit(&self.wallet, Keys::Leave, context),
            )?;
            agreed = Some((code, message));
        };
        let broken: Vec<_> = plan.effect.broken.iter().map(|chain| chain.alias.as_str()).collect();
        change.fact("broken_chains", broken);
        let wallet = &mut opened.store.wallet;
        let text = match &self.entry {
            Some(_) => self.remove_one(&plan, wallet, &mut change)?,
            None if self.expired => remove_expired(&plan, wallet, &mut change),
            None => remove_trusted(&plan, wallet, &mut change),
        };
        opened.save(&mut change, self.dry_run, context)?;
        change.report(&text, context)?;
        Ok(Status::Done)
    }

    fn tde(&self) -> TdeEntries {
        if self.force { TdeEntries::Touch } else { TdeEntries::Keep }
    }

    /// The entries, and what would go with them.
    fn planned(&self, store: &Store, context: &Context) -> Result<Plan, Failure> {
        let about = |failure: Failure| failure.about(&self.wallet);
        let wallet = &store.wallet;
        let ids = match &self.entry {
            Some(name) => vec![find_entry(wallet, name, Meant::Entry).map_err(about)?],
            None if self.expired => expiry::expired_trust(wallet, context.now()),
            None => wallet.trusted().map(|(entry, _)| entry.id()).collect(),
        };
        for entry in ids.iter().filter_map(|id| wallet.entry(*id)) {
            self.tde().allow(wallet, entry).map_err(|error| about(error.into()))?;
        }
        let what = if self.expired {
            "what has expired".to_owned()
        } else {
            let shown = shown_aliases(wallet);
            match &ids[..] {
                [id] => shown[id].text.clone(),
                ids => listed(&names(ids, &shown)),
            }
        };
        let anchors = if store.is_oracle() { Anchors::SelfSigned } else { Anchors::Trusted };
        let effect = edit::removal_effect(wallet, &ids, anchors);
        // Without a name only what is trusted is meant.
        let empties_trust =
            self.entry.is_none() && !ids.is_empty() && ids.len() == wallet.trusted().count();
        Ok(Plan { ids, what, effect, empties_trust })
    }

    /// What would be lost besides the entries, in words.
    fn consequence(plan: &Plan) -> Option<(Code, String)> {
        let Plan { what, effect, .. } = plan;
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
        if plan.empties_trust {
            let nothing_left = format!("without {what} the wallet trusts nobody");
            return Some((Code::CONFIRMATION_REQUIRED, nothing_left));
        }
        let lost = effect.lost?;
        Some((Code::CONFIRMATION_REQUIRED, format!("{what} holds {lost}, which is lost")))
    }

    fn confirm(&self, code: Code, consequence: &str, context: &Context) -> Result<(), Failure> {
        let it = if self.entry.is_some() { "it" } else { "them" };
        let question = format!("{}; remove {it} all the same?", safe(consequence));
        match context.confirm(&question)? {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::new(Code::CONFIRMATION_REQUIRED, "nothing was removed")),
            None => Err(Failure::new(code, consequence)),
        }
    }

    fn remove_one(
        &self,
        plan: &Plan,
        wallet: &mut Wallet,
        change: &mut Change,
    ) -> Result<String, Failure> {
        let mut text = String::new();
        for id in &plan.ids {
            let kind = edit::remove(wallet, *id, self.tde())?.kind.name();
            change.fact("removed", plan.what.as_str());
            change.fact("kind", kind);
            let verb = change.tense("removed", "would remove");
            text = format!("{verb} {} ({kind})\n", safe(&plan.what));
        }
        Ok(text)
    }
}

fn names<'s>(ids: &[EntryId], shown: &'s ShownAliases) -> Vec<&'s str> {
    ids.iter().map(|id| shown[id].text.as_str()).collect()
}

/// The entries go at once: one after the other would move what is behind each.
fn take_out(ids: &[EntryId], wallet: &mut Wallet) {
    let ids: HashSet<EntryId> = ids.iter().copied().collect();
    wallet.retain(|entry| !ids.contains(&entry.id()));
}

fn remove_trusted(plan: &Plan, wallet: &mut Wallet, change: &mut Change) -> String {
    let shown = shown_aliases(wallet);
    take_out(&plan.ids, wallet);
    change.fact("kind", "trusted-certificate");
    change.fact("removed_entries", names(&plan.ids, &shown));
    if plan.ids.is_empty() {
        return "no change: there is no trusted certificate\n".to_owned();
    }
    let verb = change.tense("removed", "would remove");
    format!("{verb} {}: {}\n", count(plan.ids.len(), "trusted certificate"), plan.what)
}

fn remove_expired(plan: &Plan, wallet: &mut Wallet, change: &mut Change) -> String {
    let shown = shown_aliases(wallet);
    let expired = |entry: &Entry| {
        let certificate = entry.certificate()?;
        let alias = shown[&entry.id()].text.clone();
        Some(Expired {
            line: format!("{}, until {}", safe(&alias), date(certificate.not_after())),
            alias,
            subject: certificate.subject().to_string(),
            not_after: timestamp(certificate.not_after()),
            sha256: certificate.fingerprint().to_string(),
        })
    };
    let gone = plan.ids.iter().filter_map(|id| wallet.entry(*id));
    let gone: Vec<Expired> = gone.filter_map(expired).collect();
    take_out(&plan.ids, wallet);
    change.facts("expired", &gone);
    if gone.is_empty() {
        return "no trusted certificate has expired\n".to_owned();
    }
    let verb = change.tense("removed", "would remove");
    let mut text = format!("{verb} {}\n", count(gone.len(), "expired certificate"));
    for one in &gone {
        text.extend(["  ", &one.line, "\n"]);
    }
    text
}
