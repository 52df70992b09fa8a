//! The password of a single key.

use crate::command::passwd::Passwd;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::{Meant, find_entry, save};
use crate::own_password::{OF_ORACLE, rarely_read};
use crate::password::Rules;
use crate::render::change::Change;
use crate::render::text::safe;
use mwallet::code::Code;
use mwallet::codec::{Keys, Sealing};
use mwallet::model::entry::{EntryId, EntryKind, OpaqueEntry};
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
        let key = key_of(&opened.store, id);
        let is_open = key.is_some_and(|key| key.open().is_some());
        let asks_for_old = !is_open && opened.secrets.key_passwords.is_empty() && context.can_ask();
        if !is_open && !asks_for_old {
            return Err(self.locked(&alias, key, !opened.secrets.key_passwords.is_empty()));
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
        let key = key_of(&store, id);
        if key.is_none_or(|key| key.open().is_none()) {
            return Err(self.locked(&alias, key, true));
        }
        // That of the store is no password of its own.
        let of_store = opened.secrets.password.as_ref();
        let new = new.filter(|new| of_store.is_none_or(|old| old.as_str() != new.as_str()));
        let is_same = new.is_none();
        let mut change = Change::new(&self.wallet, self.dry_run);
        if is_same && !store.keys_with_own_password().contains(&id) {
            let text = format!("the key {} has the password of the store already\n", safe(&alias));
            change.report(&text, context)?;
            return Ok(Status::Done);
        }
        let text = if let Some(password) = new {
            store.set_key_password(id, password)?;
            change.warn_all(rarely_read(store.format(), &alias));
            "a password of its own"
        } else {
            store.share_password_with_key(id);
            "the password of the store"
        };
        change.fact("key", alias.as_str());
        change.fact("password", if is_same { "same" } else { "own" });
        save(&mut store, &Sealing::default(), &mut change, self.dry_run, context)?;
        let verb = change.tense("gave", "would give");
        change.report(&format!("{verb} the key {} {text}\n", safe(&alias)), context)?;
        Ok(Status::Done)
    }

    /// The entry of the key, with its alias.
    fn find(&self, store: &Store, name: &str) -> Result<(EntryId, String), Failure> {
        if store.is_oracle() && !self.same {
            return Err(Failure::new(Code::USAGE, OF_ORACLE).about(&self.wallet));
        }
        let id = find_entry(&store.wallet, name, Meant::Key)
            .map_err(|failure| failure.about(&self.wallet))?;
        let alias = shown_aliases(&store.wallet)[&id].text.clone();
        if key_of(store, id).is_some() {
            return Ok((id, alias));
        }
        match store.wallet.entry(id).map(|entry| &entry.kind) {
            Some(EntryKind::Opaque(opaque)) => Err(self.sealed(&alias, opaque)),
            kind => {
                let found = kind.map_or("missing", EntryKind::name);
                let error = OpsError::WrongKind { alias, found, wanted: "key" };
                Err(Failure::from(error).about(&self.wallet))
            }
        }
    }

    /// What is not opened here: Java's secret keys. In PKCS#12 the password of the store is theirs, too.
    fn sealed(&self, alias: &str, opaque: &OpaqueEntry) -> Failure {
        let (why, hint) = if opaque.format.is_java() {
            let keytool = hint::keytool_password(&self.wallet, opaque.format, alias);
            ("is not opened here, so it keeps its password", keytool)
        } else {
            ("goes by the password of the store", hint::command("passwd", &self.wallet))
        };
        let message = format!("{alias} ({}) {why}", opaque.description);
        Failure::new(Code::USAGE, message).about(&self.wallet).hinting(hint)
    }

    fn locked(&self, alias: &str, key: Option<&KeyMaterial>, tried: bool) -> Failure {
        let refusal = key.and_then(KeyMaterial::refusal);
        if tried && refusal == Some(Code::PASSWORD_WRONG) {
            let message = format!("no password that was given opens the key {alias}");
            let failure = Failure::new(Code::KEY_LOCKED, message).with("alias", alias);
            return failure.about(&self.wallet).final_word();
        }
        Failure::from(OpsError::KeyLocked { alias: alias.to_owned(), refusal }).about(&self.wallet)
    }

    fn key_password(&self, alias: &str, context: &Context) -> Result<Password, Failure> {
        let given = self.new_password.given();
        if given.is_none() {
            let message = "a key of a store has a password, the store's or its own";
            return Err(Failure::new(Code::USAGE, message));
        }
        let of = format!("the key {}", safe(alias));
        let new = given.new_for(&of, Rules::Java, self.weak_password, context)?;
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
