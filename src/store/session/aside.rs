//! What a save takes the place of, and copies of what would be lost with it.

use crate::code::Code;
use crate::codec::{Sealing, Warning};
use crate::model::format::Format;
use crate::store::dir::{self, AutoLogin};
use crate::store::session::Store;
use crate::store::{Loss, Replaced, StoreError, beside};

/// Which files a save writes.
#[derive(Clone, Copy)]
pub(super) struct Writes {
    pub(super) main: bool,
    pub(super) auto_login: bool,
}

/// Whether copies are made, or named as a dry run does.
#[derive(Clone, Copy)]
pub(super) enum Copies {
    Made,
    Planned,
}

impl Store {
    /// An `ewallet.p12` that nobody could open, and a `cwallet.sso` with more in it, are kept aside
    /// before they are replaced.
    pub(super) fn keep_what_would_be_lost(
        &self,
        writes: Writes,
        copies: Copies,
    ) -> Result<Vec<Warning>, StoreError> {
        let Some(auto_login) = self.location.auto_login_file() else { return Ok(Vec::new()) };
        let mut lost = Vec::new();
        let path = self.location.store_file();
        let is_unread = self.format == Format::Sso && self.origin.is_some();
        if is_unread && writes.main && dir::is_present(&path)? {
            lost.push((path, "it was not opened"));
        }
        let is_replaced = writes.auto_login || self.wanted == AutoLogin::None;
        let has_surplus = self.found.as_ref().is_some_and(|found| found.has_surplus);
        if has_surplus && is_replaced && self.format != Format::Sso {
            lost.push((auto_login, "it may hold what ewallet.p12 does not"));
        }
        lost.into_iter()
            .map(|(path, why)| {
                let (copy, verb) = match copies {
                    Copies::Made => (beside::keep_aside(&path)?, "was"),
                    Copies::Planned => (beside::copy_of(&path)?, "would be"),
                };
                let (file, copy) = (path.display(), copy.display());
                let message = format!("{file}: {why}, so a copy {verb} kept as {copy}");
                Ok(Warning { code: Code::KEPT_ASIDE, message })
            })
            .collect()
    }

    /// The files of another wallet in the place of this one, which is new.
    pub(super) fn replaced(&self, sealing: &Sealing<'_>) -> Result<Vec<Replaced>, StoreError> {
        let is_new = self.content.is_none() && self.may_replace;
        let main = self.location.store_file();
        let paths = [Some(main.clone()), self.location.auto_login_file()];
        let mut found = Vec::new();
        for path in paths.into_iter().flatten().filter(|_| is_new) {
            let other = match self.wanted {
                AutoLogin::None => path != main,
                AutoLogin::Only => path == main,
                AutoLogin::On | AutoLogin::Local => false,
            };
            let file = Replaced::at(&path, &self.wallet, &self.opening(sealing))?;
            found.extend(file.map(|file| Replaced { removed: other, ..file }));
        }
        if found.iter().any(|file| file.loss.is_some()) {
            found.iter_mut().for_each(|file| file.loss = file.loss.or(Some(Loss::OtherFile)));
        }
        Ok(found)
    }
}
