use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::{OpenFlags, save};
use crate::password::{self, NewPassword};
use crate::render::change::Change;
use crate::render::text::safe;
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::{Keys, Protect, Sealing};
use mwallet::model::format::{Format, Layout};
use mwallet::store::dir::Location;
use std::path::PathBuf;

/// Change the password of a wallet
///
/// Everything in the file is encrypted anew, in the way that it was; keys too. A key with a password
/// of its own has to be opened for that: give its password with --key-password-*.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet passwd app-wallet
  mwallet passwd app-wallet --password-file old.txt --new-password-file new.txt
  OLD= mwallet passwd cert.p12 --password-env OLD --new-password-file new.txt

", exit_codes!()))]
pub(crate) struct Passwd {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// Allow a weak password
    #[arg(long)]
    force: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
    #[command(flatten)]
    new_password: NewPassword,
}

impl Passwd {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        // 1. The old password is tried, and what forbids a change found, before anybody types a new
        //    password; and nothing is locked while somebody types.
        let opened = self.open.edit(&self.wallet, Keys::Open, context)?;
        if opened.store.format() == Format::Sso {
            let message = "the wallet has no password: its auto-login file is all there is";
            let hint = format!("mwallet autologin on {}", hint::quoted(self.wallet.as_os_str()));
            return Err(Failure::new(Code::USAGE, message).about(&self.wallet).hinting(hint));
        }
        let is_oracle = matches!(opened.store.location(), Location::Directory(_))
            || opened.store.layout() == Some(Layout::Oracle);
        drop(opened.store);
        let shown = self.wallet.display().to_string();
        let new = self.new_password.given().new_for(&shown, context)?;
        if is_oracle {
            password::fit_for_oracle(new.as_ref(), self.force)?;
        }
        // 2. Again, and now to write.
        let mut store = opened.secrets.edit(&self.wallet, Keys::Open, context)?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        let protect = new.as_ref().map_or(Protect::Nothing, Protect::Password);
        let sealing = Sealing { protect, ..Sealing::default() };
        save(&mut store, &sealing, &mut change, self.dry_run, context)?;
        change.fact("password", if new.is_some() { "changed" } else { "removed" });
        let text = match &new {
            Some(_) => change.tense("changed the password", "would change the password"),
            None => change.tense("removed the password", "would remove the password"),
        };
        change.report(&format!("{text} of {}\n", safe(&shown)), context)?;
        Ok(Status::Done)
    }
}
