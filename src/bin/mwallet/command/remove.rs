use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{Meant, OpenFlags, find_entry};
use crate::render::change::Change;
use crate::render::text::safe;
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::{Keys, Warning};
use mwallet::model::entry::EntryId;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::ops::edit::{self, Anchors, RemovalEffect};
use mwallet::ops::secret::tde::TdeEntries;
use mwallet::store::Store;
use std::path::PathBuf;

/// Remove an entry
///
/// Removing a key, a secret, something that is not understood, or a certificate that the chain of another
/// entry needs, wants a confirmation or --yes.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet remove app-wallet old-ca
  mwallet remove app-wallet sha256:3f29a1 --dry-run
  mwallet remove app-wallet app --yes

", exit_codes!()))]
pub(crate) struct Remove {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The entry: alias, sha256:.., serial:.. or distinguished name
    #[arg(value_name = "ENTRY")]
    entry: String,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Touch what a database with transparent data encryption needs, too
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    open: OpenFlags,
}

impl Remove {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let mut opened = self.open.edit(&self.wallet, Keys::Leave, context)?;
        let tde = if self.force { TdeEntries::Touch } else { TdeEntries::Keep };
        let mut change = Change::new(&self.wallet, self.dry_run);
        // What somebody agreed to has to be what is done: while he is asked, others may change the
        // wallet.
        let mut agreed = None;
        let (id, alias, effect) = loop {
            let (id, alias, effect) = self.planned(&opened.store, tde)?;
            let consequence = consequence(&alias, &effect);
            let Some((code, message)) = consequence.filter(|it| agreed.as_ref() != Some(it)) else {
                break (id, alias, effect);
            };
            if self.dry_run {
                change.warn(Warning { code, message });
                break (id, alias, effect);
            }
            ((), opened) = opened.asking(
                !context.yes && context.can_ask(),
                |_| confirm(code, &message, context),
                |secrets| secrets.edit(&self.wallet, Keys::Leave, context),
            )?;
            agreed = Some((code, message));
        };
        let removed = edit::remove(&mut opened.store.wallet, id, tde)?;
        change.fact("removed", alias.as_str());
        change.fact("kind", removed.kind.name());
        change.fact(
            "broken_chains",
            effect.broken.iter().map(|chain| chain.alias.clone()).collect::<Vec<_>>(),
        );
        opened.save(&mut change, self.dry_run, context)?;
        let verb = change.tense("removed", "would remove");
        change.report(&format!("{verb} {} ({})\n", safe(&alias), removed.kind.name()), context)?;
        Ok(Status::Done)
    }

    /// The entry, its alias, and what would go with it.
    fn planned(
        &self,
        store: &Store,
        tde: TdeEntries,
    ) -> Result<(EntryId, String, RemovalEffect), Failure> {
        let wallet = &store.wallet;
        let id = find_entry(wallet, &self.entry, Meant::Entry)
            .map_err(|failure| failure.about(&self.wallet))?;
        if let Some(entry) = wallet.entry(id) {
            tde.allow(wallet, entry).map_err(|error| Failure::from(error).about(&self.wallet))?;
        }
        let alias = shown_aliases(wallet)[&id].text.clone();
        let anchors = if store.is_oracle() { Anchors::SelfSigned } else { Anchors::Trusted };
        Ok((id, alias, edit::removal_effect(wallet, id, anchors)))
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

/// What would be lost besides the entry, in words.
fn consequence(alias: &str, effect: &RemovalEffect) -> Option<(Code, String)> {
    if let Some(first) = effect.broken.first() {
        let others = match effect.broken.len() - 1 {
            0 => String::new(),
            1 => " and of another".to_owned(),
            others => format!(" and of {others} others"),
        };
        let text = format!(
            "without {alias} the chain of {}{others} is not complete: {} is missing",
            first.alias, first.missing
        );
        return Some((Code::REMOVAL_BREAKS_CHAIN, text));
    }
    let lost = effect.lost?;
    Some((Code::CONFIRMATION_REQUIRED, format!("{alias} holds {lost}, which is lost")))
}
