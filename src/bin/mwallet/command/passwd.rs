mod key;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::{OpenFlags, save};
use crate::own_password::{self, own_passwords};
use crate::password::{NewPassword, Rules, WeakPassword};
use crate::protection::java_refuses;
use crate::render::change::Change;
use crate::render::text::safe;
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::{Keys, Origin, Protect, Sealing, Warning};
use mwallet::model::format::{Format, Layout};
use mwallet::model::shown_alias::shown_aliases;
use mwallet::store::dir::{AUTO_LOGIN_FILE, AutoLogin};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Change the password of a wallet, or of a key in it
///
/// Everything in the file is encrypted anew, in the way that it was; keys too. A key with a password
/// of its own has to be opened for that: give its password with --key-password-*; it gets the new one. In
/// JKS and JCEKS such a key keeps its password, and need not be opened; secret keys of a JCEKS keep theirs, too.
///
/// --key changes the password of one key: with --same to that of the store, which most programs want;
/// else to one of its own, outside of Oracle's layout.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet passwd app-wallet
  mwallet passwd app-wallet --password-file old.txt --new-password-file new.txt
  OLD= mwallet passwd cert.p12 --password-env OLD --new-password-file new.txt
  mwallet passwd wso2carbon.jks --key wso2carbon --same --key-password-file key.txt

", exit_codes!()))]
pub(crate) struct Passwd {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// Change the password of this key only: alias, sha256:.., serial:.. or distinguished name
    #[arg(long, value_name = "A")]
    key: Option<String>,
    /// Give the key the password of the store
    #[arg(
        long,
        requires = "key",
        conflicts_with_all = ["new-password-source", "new-no-password"]
    )]
    same: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
    #[command(flatten)]
    new_password: NewPassword,
    #[command(flatten)]
    weak_password: WeakPassword,
}

impl Passwd {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        if let Some(name) = &self.key {
            return self.key(name, context);
        }
        // The old password is tried, and what forbids a change found, before anybody types a new
        // password.
        let opened = self.open.edit(&self.wallet, Keys::Open, context)?;
        if opened.store.format() == Format::Sso {
            let message = "the wallet has no password: its auto-login file is all there is";
            let hint = format!("mwallet autologin on {}", hint::quoted_path(&self.wallet));
            return Err(Failure::new(Code::USAGE, message).about(&self.wallet).hinting(hint));
        }
        let format = opened.store.format();
        let layout =
            if opened.store.is_oracle() { Some(Layout::Oracle) } else { opened.store.layout() };
        let shown = self.wallet.display().to_string();
        let given = self.new_password.given();
        let (new, opened) = opened.asking(
            given.is_asked(context),
            |_| given.new_for(&shown, Rules::of(format, layout), self.weak_password, context),
            |secrets| secrets.edit(&self.wallet, Keys::Open, context),
        )?;
        let mut store = opened.store;
        let mut change = Change::new(&self.wallet, self.dry_run);
        let kept = if format.is_java() {
            own_passwords(&store, &self.wallet, context)
        } else {
            Vec::new()
        };
        let protect = new.as_ref().map_or(Protect::Nothing, Protect::Password);
        let sealing = Sealing { protect, ..Sealing::default() };
        let own = store.keys_with_own_password().into_iter().collect();
        let lost = own_password::lost(&own, &store, &sealing)?;
        change.warn_all(own_password::resealed(&lost, &shown_aliases(&store.wallet)));
        let profile = store.origin.as_ref().and_then(Origin::profile);
        let refused = layout.and_then(|layout| java_refuses(layout, profile, new.as_ref()));
        if let Some(warning) = refused {
            change.warn(warning);
        }
        save(&mut store, &sealing, &mut change, self.dry_run, context)?;
        for key in &kept {
            let message = format!("the key {} keeps its own password", key.alias);
            change.warn(Warning { code: Code::KEY_PASSWORD_DIFFERS, message });
        }
        let sealed = own_password::sealed(&store.wallet);
        change.warn_all(own_password::kept_sealed(&sealed));
        change.facts("kept_keys", &kept.iter().map(|key| &key.alias).collect::<Vec<_>>());
        let old = opened.secrets.password.as_ref();
        if own_password::is_same(new.as_ref(), old) && !change.is_written() {
            change.fact("password", "unchanged");
            change.report(&format!("{} has this password already\n", safe(&shown)), context)?;
            return Ok(Status::Done);
        }
        change.fact("password", if new.is_some() { "changed" } else { "removed" });
        let text = match &new {
            Some(_) => change.tense("changed the password", "would change the password"),
            None => change.tense("removed the password", "would remove the password"),
        };
        let mut text = format!("{text} of {}\n", safe(&shown));
        if store.auto_login() != AutoLogin::None {
            let verb = change.tense("was written anew, and", "would be written anew, and still");
            let _ = writeln!(text, "{AUTO_LOGIN_FILE} {verb} opens without a password");
        }
        change.report(&text, context)?;
        for key in &kept {
            // In a rehearsal the old one still opens it.
            let typed = context.typed();
            context.hint(&if self.dry_run {
                typed.with_passwords(&key.repair)
            } else {
                typed.with_new_password(&key.repair)
            });
        }
        own_password::hint_sealed(&sealed, &self.wallet, format, context);
        Ok(Status::Done)
    }
}
