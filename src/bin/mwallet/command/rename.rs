use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{Meant, OpenFlags, find_entry};
use crate::render::change::Change;
use crate::render::text::safe;
use clap::Args;
use mwallet::codec::Keys;
use mwallet::model::alias::Alias;
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::shown_alias::shown_aliases;
use mwallet::ops::edit;
use mwallet::ops::secret::tde::TdeEntries;
use std::path::PathBuf;

/// Give an entry another alias
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet rename app-wallet orakey app
  mwallet rename app.p12 sha256:3f29a1 acme-root

", exit_codes!()))]
pub(crate) struct Rename {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The entry: alias, sha256:.., serial:.. or distinguished name
    #[arg(value_name = "ENTRY")]
    entry: String,
    /// The new alias
    #[arg(value_name = "ALIAS", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    alias: String,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Touch what a database with transparent data encryption needs, too
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    open: OpenFlags,
}

impl Rename {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let mut opened = self.open.edit(&self.wallet, Keys::Leave, context)?;
        let wallet = &mut opened.store.wallet;
        let id = find_entry(wallet, &self.entry, Meant::Named)
            .map_err(|failure| failure.about(&self.wallet))?;
        let tde = if self.force { TdeEntries::Touch } else { TdeEntries::Keep };
        let old = shown_aliases(wallet)[&id].text.clone();
        let before = wallet.entry(id).map(aliases);
        edit::rename(wallet, id, Alias::new(self.alias.as_str()), tde)
            .map_err(|error| Failure::from(error).about(&self.wallet))?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        change.fact("from", old.as_str());
        opened.save(&mut change, self.dry_run, context)?;
        // In the file, which may have it in lower case.
        let renamed = opened.store.wallet.entry(id);
        let new = renamed.and_then(|entry| entry.alias.clone());
        let new = new.map_or_else(|| self.alias.clone(), |alias| alias.as_str().to_owned());
        change.fact("to", new.as_str());
        let text = if renamed.map(aliases) == before {
            format!("no change: {} has this alias already\n", safe(&old))
        } else {
            let verb = change.tense("renamed", "would rename");
            format!("{verb} {} to {}\n", safe(&old), safe(&new))
        };
        change.report(&text, context)?;
        Ok(Status::Done)
    }
}

/// The alias of an entry, and that of its certificate, which has one of its own in some files.
fn aliases(entry: &Entry) -> [Option<Alias>; 2] {
    let of_certificate = match &entry.kind {
        EntryKind::PrivateKey(key) => key.chain.first().and_then(|link| link.alias.clone()),
        _ => None,
    };
    [entry.alias.clone(), of_certificate]
}
