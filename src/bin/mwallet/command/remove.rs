use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{Meant, OpenFlags, find_entry};
use crate::render::change::Change;
use crate::render::text::{count, listed, safe};
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::{Keys, Warning};
use mwallet::model::entry::{EntryId, EntryKind};
use mwallet::model::shown_alias::shown_aliases;
use mwallet::ops::edit::{self, Anchors, RemovalEffect};
use mwallet::ops::secret::tde::TdeEntries;
use mwallet::store::Store;
use std::path::PathBuf;

/// Remove an entry, or all trusted certificates
///
/// Removing a key, a secret, something that is not understood, a certificate that the chain of another
/// entry needs, or all that is trusted, wants a confirmation or --yes.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet remove app-wallet old-ca
  mwallet remove app-wallet sha256:3f29a1 --dry-run
  mwallet remove app-wallet app --yes
  mwallet remove app-wallet --all-trusted

", exit_codes!()))]
pub(crate) struct Remove {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The entry: alias, sha256:.., serial:.. or distinguished name
    #[arg(value_name = "ENTRY", required_unless_present = "all_trusted")]
    entry: Option<String>,
    /// Remove every trusted certificate, and nothing else
    #[arg(long, conflicts_with = "entry")]
    all_trusted: bool,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Touch what a database with transparent data encryption needs, too
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    open: OpenFlags,
}

/// What is to be removed.
struct Plan {
    ids: Vec<EntryId>,
    /// Their aliases, as shown.
    aliases: Vec<String>,
    /// What has to be agreed to.
    consequence: Option<(Code, String)>,
    /// The keys whose chains are not complete afterwards.
    broken: Vec<String>,
}

impl Remove {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let mut opened = self.open.edit(&self.wallet, Keys::Leave, context)?;
        let tde = if self.force { TdeEntries::Touch } else { TdeEntries::Keep };
        let mut change = Change::new(&self.wallet, self.dry_run);
        // What somebody agreed to has to be what is done: while he is asked, others may change the
        // wallet.
        let mut agreed = None;
        let plan = loop {
            let mut plan = self.planned(&opened.store, tde)?;
            let consequence = plan.consequence.take().filter(|it| agreed.as_ref() != Some(it));
            let Some((code, message)) = consequence else { break plan };
            if self.dry_run {
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
        let wallet = &mut opened.store.wallet;
        let kind = if let (false, [id]) = (self.all_trusted, &plan.ids[..]) {
            edit::remove(wallet, *id, tde)?.kind.name()
        } else {
            wallet.retain(|entry| !matches!(entry.kind, EntryKind::TrustedCertificate(_)));
            "trusted-certificate"
        };
        change.fact("kind", kind);
        change.fact("broken_chains", plan.broken);
        let verb = change.tense("removed", "would remove");
        let text = if self.all_trusted {
            let names: Vec<&str> = plan.aliases.iter().map(String::as_str).collect();
            match &names[..] {
                [] => "no change: there is no trusted certificate\n".to_owned(),
                names => {
                    let number = count(names.len(), "trusted certificate");
                    format!("{verb} {number}: {}\n", listed(names))
                }
            }
        } else {
            format!("{verb} {} ({kind})\n", safe(&plan.aliases.concat()))
        };
        if self.all_trusted {
            change.fact("removed_entries", plan.aliases);
        } else {
            change.fact("removed", plan.aliases.concat());
        }
        opened.save(&mut change, self.dry_run, context)?;
        change.report(&text, context)?;
        Ok(Status::Done)
    }

    /// The entries, and what would go with them.
    fn planned(&self, store: &Store, tde: TdeEntries) -> Result<Plan, Failure> {
        let about = |failure: Failure| failure.about(&self.wallet);
        let wallet = &store.wallet;
        let ids = match &self.entry {
            Some(name) => vec![find_entry(wallet, name, Meant::Entry).map_err(about)?],
            None => wallet.trusted().map(|(entry, _)| entry.id()).collect(),
        };
        for entry in ids.iter().filter_map(|id| wallet.entry(*id)) {
            tde.allow(wallet, entry).map_err(|error| about(error.into()))?;
        }
        let shown = shown_aliases(wallet);
        let aliases: Vec<String> = ids.iter().map(|id| shown[id].text.clone()).collect();
        let anchors = if store.is_oracle() { Anchors::SelfSigned } else { Anchors::Trusted };
        let effect = edit::removal_effect(wallet, &ids, anchors);
        let consequence = match &aliases[..] {
            [alias] if !self.all_trusted => consequence(alias, &effect),
            aliases => consequence_of_all(aliases, &effect),
        };
        let broken = effect.broken.into_iter().map(|chain| chain.alias).collect();
        Ok(Plan { ids, aliases, consequence, broken })
    }

    fn confirm(&self, code: Code, consequence: &str, context: &Context) -> Result<(), Failure> {
        let it = if self.all_trusted { "them" } else { "it" };
        let question = format!("{}; remove {it} all the same?", safe(consequence));
        match context.confirm(&question)? {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::new(Code::CONFIRMATION_REQUIRED, "nothing was removed")),
            None => Err(Failure::new(code, consequence)),
        }
    }
}

/// What would be lost besides the entry, in words.
fn consequence(alias: &str, effect: &RemovalEffect) -> Option<(Code, String)> {
    if let Some(text) = broken(alias, effect) {
        return Some((Code::REMOVAL_BREAKS_CHAIN, text));
    }
    let lost = effect.lost?;
    Some((Code::CONFIRMATION_REQUIRED, format!("{alias} holds {lost}, which is lost")))
}

/// What would be lost with all that is trusted, in words.
fn consequence_of_all(aliases: &[String], effect: &RemovalEffect) -> Option<(Code, String)> {
    let names: Vec<&str> = aliases.iter().map(String::as_str).collect();
    let all = listed(&names);
    if let Some(text) = broken(&all, effect) {
        return Some((Code::REMOVAL_BREAKS_CHAIN, text));
    }
    let nothing_left = format!("without {all} the wallet trusts nobody");
    (!aliases.is_empty()).then_some((Code::CONFIRMATION_REQUIRED, nothing_left))
}

/// Whose chains are not complete without what is called so.
fn broken(what: &str, effect: &RemovalEffect) -> Option<String> {
    let first = effect.broken.first()?;
    let others = match effect.broken.len() - 1 {
        0 => String::new(),
        1 => " and of another".to_owned(),
        others => format!(" and of {others} others"),
    };
    Some(format!(
        "without {what} the chain of {}{others} is not complete: {} is missing",
        first.alias, first.missing
    ))
}
