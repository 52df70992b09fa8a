//! The password of a single key.

use crate::command::passwd::Passwd;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{find_entry, save};
use crate::password::Rules;
use crate::render::change::Change;
use crate::render::text::safe;
use mwallet::code::Code;
use mwallet::codec::{Keys, Sealing};
use mwallet::model::entry::{EntryId, EntryKind};
use mwallet::model::key::KeyMaterial;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::ops::OpsError;
use mwallet::secret::Password;
use mwallet::store::Store;

impl Passwd {
    /// Gives the key its password: that of the store, or one of its own.
    pub(super) fn key(&self, name: &str, context: &Context) -> Result<Status, Failure> {
        // As for the store: tried first, asked while nothing is locked.
        let opened = self.open.edit(&self.wallet, Keys::Open, context)?;
        let (id, alias) = self.find(&opened.store, name)?;
        let is_open = key_of(&opened.store, id).is_some_and(|key| key.open().is_some());
        let asks_for_old = !is_open && opened.secrets.key_passwords.is_empty() && context.can_ask();
        if !is_open && !asks_for_old {
            return Err(self.locked(&alias, !opened.secrets.key_passwords.is_empty()));
        }
        let (new, opened) = opened.asking(
            asks_for_old || !self.same && self.new_password.given().is_asked(context),
            |secrets| {
                if asks_for_old {
                    let prompt = format!("password of the key {}", safe(&alias));
                    secrets.key_passwords.push(context.ask_password(&prompt)?);
                }
                (!self.same).then(|| self.key_password(&alias, context)).transpose()
            },
            |secrets| secrets.edit(&self.wallet, Keys::Open, context),
        )?;
        let mut store = opened.store;
        let (id, alias) = self.find(&store, name)?;
        if key_of(&store, id).is_none_or(|key| key.open().is_none()) {
            return Err(self.locked(&alias, true));
        }
        let shared = !store.keys_with_own_password().contains(&id);
        if new.is_none() && shared {
            let change = Change::new(&self.wallet, self.dry_run);
            let text = format!("the key {} has the password of the store already\n", safe(&alias));
            change.report(&text, context)?;
            return Ok(Status::Done);
        }
        let text = if let Some(password) = new {
            store.set_key_password(id, password)?;
            "a password of its own"
        } else {
            store.share_password_with_key(id);
            "the password of the store"
        };
        let mut change = Change::new(&self.wallet, self.dry_run);
        change.fact("key", alias.as_str());
        change.fact("password", if self.same { "same" } else { "own" });
        save(&mut store, &Sealing::default(), &mut change, self.dry_run, context)?;
        let verb = change.tense("gave", "would give");
        change.report(&format!("{verb} the key {} {text}\n", safe(&alias)), context)?;
        Ok(Status::Done)
    }

    /// The entry of the key, with its alias.
    fn find(&self, store: &Store, name: &str) -> Result<(EntryId, String), Failure> {
        if store.is_oracle() {
            let message = "keys of Oracle's layout have no passwords of their own";
            return Err(Failure::new(Code::USAGE, message).about(&self.wallet));
        }
        let id = find_entry(&store.wallet, name).map_err(|failure| failure.about(&self.wallet))?;
        let alias = shown_aliases(&store.wallet)[&id].text.clone();
        if key_of(store, id).is_some() {
            return Ok((id, alias));
        }
        let found = store.wallet.entry(id).map_or("missing", |entry| entry.kind.name());
        Err(Failure::from(OpsError::WrongKind { alias, found, wanted: "key" }).about(&self.wallet))
    }

    fn locked(&self, alias: &str, tried: bool) -> Failure {
        if tried {
            let message = format!("no password that was given opens the key {alias}");
            let failure = Failure::new(Code::KEY_LOCKED, message).with("alias", alias);
            return failure.about(&self.wallet).final_word();
        }
        Failure::from(OpsError::KeyLocked { alias: alias.to_owned() }).about(&self.wallet)
    }

    fn key_password(&self, alias: &str, context: &Context) -> Result<Password, Failure> {
        let given = self.new_password.given();
        if given.is_none() {
            let message = "a key of a store has a password, the store's or its own";
            return Err(Failure::new(Code::USAGE, message));
        }
        let of = format!("the key {}", safe(alias));
        let new = given.new_for(&of, Rules::Java, self.force, context)?;
        Ok(new.expect("these rules want a password"))
    }
}

fn key_of(store: &Store, id: EntryId) -> Option<&KeyMaterial> {
    match &store.wallet.entry(id)?.kind {
        EntryKind::PrivateKey(key) => Some(&key.key),
        EntryKind::Request(pending) => Some(&pending.key),
        EntryKind::TrustedCertificate(_) | EntryKind::Secret(_) | EntryKind::Opaque(_) => None,
    }
}
