//! What the checks of one report share: the wallet, the question, names and commands.

use crate::chain::candidates::Candidates;
use crate::chain::check_request::CheckRequest;
use crate::chain::renewal::Renewals;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::shown_alias::{ShownAliases, shown_aliases};
use crate::model::wallet::Wallet;
use crate::terminal::{quoted_path, with_name};
use std::cell::OnceCell;

/// What the checks of one report share.
pub(in crate::chain) struct Context<'a> {
    pub(in crate::chain) wallet: &'a Wallet,
    pub(in crate::chain) request: &'a CheckRequest<'a>,
    pub(in crate::chain) candidates: Candidates,
    aliases: ShownAliases,
    renewals: OnceCell<Renewals>,
}

impl<'a> Context<'a> {
    pub(in crate::chain) fn new(wallet: &'a Wallet, request: &'a CheckRequest<'a>) -> Self {
        let (candidates, aliases) = (Candidates::of(wallet), shown_aliases(wallet));
        Self { wallet, request, candidates, aliases, renewals: OnceCell::new() }
    }

    pub(in crate::chain) fn alias(&self, id: EntryId) -> &str {
        self.aliases.get(&id).map_or("", |alias| alias.text.as_str())
    }

    /// What follows the certificates of keys; only some wallets have one that ends.
    pub(in crate::chain) fn renewals(&self) -> &Renewals {
        self.renewals.get_or_init(|| Renewals::of(self.wallet))
    }

    /// A command for this wallet and one more argument, which may be an alias.
    pub(in crate::chain) fn command(&self, verb: &str, argument: &str) -> String {
        with_name(&format!("mwallet {verb} {}", quoted_path(self.request.wallet)), argument)
    }

    /// Without a choice, every key; trusted certificates are looked at together.
    pub(in crate::chain) fn is_wanted(&self, entry: &Entry) -> bool {
        match self.request.entry {
            Some(id) => entry.id() == id,
            None => !matches!(entry.kind, EntryKind::TrustedCertificate(_)),
        }
    }
}
