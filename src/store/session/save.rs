//! Saving: everything is encoded first, then written beside its place, then put there, all or nothing.

use crate::codec::sso::{self, Kind, Target};
use crate::codec::{self, CodecError, Keys, Opening, Origin, Sealing, Warning};
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::SecretBytes;
use crate::store::dir::{self, AutoLogin, Location};
use crate::store::file::{Change, Existing, MODE_PRIVATE};
use crate::store::session::aside::{Copies, Writes};
use crate::store::session::place::{
    holds_secrets, is_public, keep_lock_files, lets_others_in, mode, remove_what_is_left,
};
use crate::store::session::{Rehearsed, Saved, SavedFile, Store};
use crate::store::{AutoLoginFile, Replaced, StoreError, access, auto_login, native};
use std::path::{Path, PathBuf};

/// What a save is going to write.
struct Prepared<'a> {
    /// The protection, with the profile that the place needs.
    sealing: Sealing<'a>,
    /// The store file, or the `ewallet.p12` of a directory; `None` where there shall be none, or where it stays
    /// as it is.
    main: Option<SecretBytes>,
    /// What was read of these bytes, where the auto-login file is made of it.
    opened: Option<Wallet>,
    /// The `cwallet.sso` of a directory, where it has to be written.
    auto_login: Option<SecretBytes>,
}

impl Prepared<'_> {
    fn writes(&self) -> Writes {
        Writes { main: self.main.is_some(), auto_login: self.auto_login.is_some() }
    }
}

impl Store {
    /// Encodes the wallet, writes it beside its file, reads it back, compares it with what was meant
    /// and then puts it in place. The lock stays until the store is dropped.
    ///
    /// In a wallet directory, a portable `ewallet.p12` becomes one of Oracle's layout unless
    /// `sealing` names a profile. The auto-login file is written behind it with a fresh key, when
    /// the wallet has changed or the two did not agree; a crash between the two leaves them out of
    /// step, `ewallet.p12` being right; an error changes neither. What [`Store::write_along`] was given comes last.
    /// What [`codec::losses`] names is lost: the caller has asked.
    ///
    /// # Errors
    ///
    /// The old files are as they were after each: [`StoreError::ReadOnly`] when the store was opened by
    /// [`Store::read`], [`StoreError::WouldOverwrite`] when another wallet has come to the place of
    /// a new one, [`StoreError::VerifyFailed`], and what [`codec::encode`], [`Change::write`] and
    /// [`Change::commit`] say.
    pub fn save(&mut self, sealing: &Sealing<'_>) -> Result<Saved, StoreError> {
        if self.locks.is_empty() {
            return Err(StoreError::ReadOnly { path: self.location.store_file() });
        }
        remove_what_is_left(&self.location, &self.locks);
        self.keep_issuers();
        // 1. Encode all of it: what cannot be done is known before anything has changed.
        let derived = self.derived.clone();
        let sealing = &Sealing { derived: Some(&derived), ..*sealing };
        let prepared = self.prepare(sealing)?;
        let writes = prepared.writes();
        let Prepared { sealing, main, opened, auto_login } = prepared;
        // 2. Copies of what only the old files hold.
        let mut warnings = self.keep_what_would_be_lost(writes, Copies::Made)?;
        let mut replaced = self.replaced(&sealing)?;
        replaced.iter_mut().try_for_each(Replaced::keep_aside)?;
        warnings.extend(self.narrowed(writes)?);
        // 3. Write everything beside its place, the file that is the truth first; then all of it takes its
        //    place, or nothing does.
        let mut change = Change::under_lock();
        let mut entries = self.wallet.entries().len();
        if let Some(main) = &main {
            entries = self.write_main(&mut change, main, opened.as_ref(), &sealing)?;
        }
        let auto_login = match auto_login {
            Some(bytes) => {
                let (found, in_it) = self.write_auto_login(&mut change, &bytes)?;
                if self.wanted == AutoLogin::Only {
                    entries = in_it;
                }
                Some((bytes, found))
            }
            None => None,
        };
        let removed = self.path_that_is_not_wanted()?;
        if let Some(path) = &removed {
            change.remove(path)?;
        }
        if let Some(along) = self.along.take() {
            along.write(&mut change)?;
        }
        warnings.extend(change.commit()?);
        let path = self.location.store_file();
        let written = main.is_some();
        let layout_converted = written && self.converts(&sealing);
        if let Some(main) = main {
            self.settle(main);
        }
        let auto_login = self.settle_auto_login(auto_login)?;
        // 4. Tell.
        let main = match &auto_login {
            Some(only) if self.wanted == AutoLogin::Only => only.clone(),
            _ => SavedFile { mode: mode(&path)?, path, written },
        };
        if layout_converted {
            warnings.push(self.conversion(&sealing));
        }
        let changed = auto_login.as_ref().is_some_and(|file| file.written) || removed.is_some();
        Ok(Saved {
            mode: main.mode,
            written: written || changed,
            entries,
            layout_converted,
            warnings,
            path: main.path,
            auto_login: auto_login.filter(|_| self.wanted != AutoLogin::Only),
            removed,
            replaced,
        })
    }

    /// Encodes everything as [`Store::save`] would, reads it back, and writes nothing.
    ///
    /// # Errors
    ///
    /// What [`Store::save`] says before it writes.
    pub fn rehearse(&self, sealing: &Sealing<'_>) -> Result<Rehearsed, StoreError> {
        let prepared = self.prepare(&Sealing { derived: Some(&self.derived), ..*sealing })?;
        let writes = prepared.writes();
        let Prepared { sealing, main, opened, auto_login } = prepared;
        let mut entries = self.wallet.entries().len();
        if let Some(main) = &main {
            entries = self.verify_main(main, opened.as_ref(), &sealing)?;
        } else if let Some(only) = auto_login.filter(|_| self.wanted == AutoLogin::Only) {
            entries = self.verify_auto_login(&only)?.1;
        }
        let mut replaced = self.replaced(&sealing)?;
        replaced.iter_mut().try_for_each(Replaced::plan_copy)?;
        let mut warnings = self.keep_what_would_be_lost(writes, Copies::Planned)?;
        warnings.extend(self.narrowed(writes)?);
        if writes.main && self.converts(&sealing) {
            warnings.push(self.conversion(&sealing));
        }
        Ok(Rehearsed { mode: self.mode_to_be()?, entries, warnings, replaced })
    }

    /// The mode that the file is going to have which [`Saved::path`] names.
    fn mode_to_be(&self) -> Result<u32, StoreError> {
        let only = self.location.auto_login_file().filter(|_| self.wanted == AutoLogin::Only);
        let path = only.unwrap_or_else(|| self.location.store_file());
        match self.existing(&path)? {
            Existing::Keep if dir::is_present(&path)? => mode(&path),
            _ => Ok(MODE_PRIVATE),
        }
    }

    /// Whether these bytes are other than those of the file.
    fn differs(&self, main: &[u8]) -> bool {
        self.content.as_ref().is_none_or(|old| **old != *main)
    }

    /// What is told of a portable file that becomes one of Oracle's layout.
    fn conversion(&self, sealing: &Sealing<'_>) -> Warning {
        native::warning(&self.location.store_file(), sealing.profile)
    }

    fn prepare<'s>(&self, sealing: &Sealing<'s>) -> Result<Prepared<'s>, StoreError> {
        let sealing = Sealing { profile: self.profile_to_write(sealing), ..*sealing };
        if self.wanted == AutoLogin::Only {
            let new = self.encode_only(&sealing)?;
            let auto_login =
                Some(new).filter(|new| self.only_content().is_none_or(|old| *old != **new));
            return Ok(Prepared { sealing, main: None, opened: None, auto_login });
        }
        let path = self.location.store_file();
        let codec_failed = |source| StoreError::Codec { path: path.clone(), source };
        let format = self.main_format();
        let main = codec::encode(&self.wallet, format, &sealing, self.origin.as_ref())
            .map_err(codec_failed)?;
        let (mut opened, mut auto_login) = (None, None);
        if let Some(kind) = self.wanted.kind()
            && matches!(self.location, Location::Directory(_))
            && (self.differs(&main) || self.is_out_of_step(kind))
        {
            let (wallet, bytes) = self.encode_beside(&main, kind, &sealing)?;
            (opened, auto_login) = (Some(wallet), Some(bytes));
        }
        let main = Some(main).filter(|main| self.differs(main));
        Ok(Prepared { sealing, main, opened, auto_login })
    }

    /// Whether `cwallet.sso` has to be written even though the wallet has not changed.
    fn is_out_of_step(&self, wanted: Kind) -> bool {
        self.found.as_ref().is_none_or(|found| {
            found.difference.is_some() || found.refusal.is_some() || found.is_other_than(wanted)
        })
    }

    /// The `cwallet.sso` of a wallet that has no other file.
    fn encode_only(&self, sealing: &Sealing<'_>) -> Result<SecretBytes, StoreError> {
        let path = self.location.path().join(dir::AUTO_LOGIN_FILE);
        let encoded = match &self.origin {
            Some(Origin::Pkcs12(pfx)) => {
                let mut target = Target::new(Kind::Only);
                let header = self.found.as_ref().and_then(|found| found.header.as_ref().ok());
                target.form = header.and_then(|header| header.form).unwrap_or(target.form);
                sso::encode(&self.wallet, &target, sealing, Some(pfx))
            }
            origin => codec::encode(&self.wallet, Format::Sso, sealing, origin.as_ref()),
        };
        encoded.map_err(|source| StoreError::Codec { path, source })
    }

    /// The `cwallet.sso` beside this `ewallet.p12`: the bags of the one are those of the other. What was read
    /// of that, and the new file.
    fn encode_beside(
        &self,
        main: &[u8],
        kind: Kind,
        sealing: &Sealing<'_>,
    ) -> Result<(Wallet, SecretBytes), StoreError> {
        let path = self.location.path().join(dir::AUTO_LOGIN_FILE);
        let failed = |source: CodecError| StoreError::Codec { path: path.clone(), source };
        let opening = Opening { keys: Keys::Open, ..self.opening(sealing) };
        let main = codec::decode(main, Format::Pkcs12, &opening).map_err(failed)?;
        // Only what was asked for by name overrides what the file had.
        let asked = Sealing {
            profile: self.origin.is_none().then_some(sealing.profile).flatten(),
            ..*sealing
        };
        let bytes = auto_login::write(&main, kind, self.found.as_ref(), &opening, &asked)
            .map_err(failed)?;
        Ok((main.wallet, bytes))
    }

    /// How many entries the file has.
    fn write_main(
        &self,
        change: &mut Change,
        bytes: &[u8],
        opened: Option<&Wallet>,
        sealing: &Sealing<'_>,
    ) -> Result<usize, StoreError> {
        let (path, like) = (self.location.store_file(), self.location.auto_login_file());
        let mut entries = 0;
        let verify = || {
            entries = self.verify_main(bytes, opened, sealing)?;
            Ok(())
        };
        let existing = self.existing(&path)?;
        change.write(&path, bytes, MODE_PRIVATE, existing, like.as_deref(), verify)?;
        Ok(entries)
    }

    /// What the new file is when it is read back, and how many entries it has.
    fn write_auto_login(
        &self,
        change: &mut Change,
        bytes: &[u8],
    ) -> Result<(AutoLoginFile, usize), StoreError> {
        let (path, like) =
            (self.location.path().join(dir::AUTO_LOGIN_FILE), self.location.store_file());
        let mut found = None;
        let verify = || {
            found = Some(self.verify_auto_login(bytes)?);
            Ok(())
        };
        let existing = self.existing(&path)?;
        change.write(&path, bytes, MODE_PRIVATE, existing, Some(&like), verify)?;
        Ok(found.expect("what was written was read back"))
    }

    /// Of what is at its place a wallet that was made anew takes over the owner alone: others may read that;
    /// and so does one that gets its first key or secret.
    fn existing(&self, path: &Path) -> Result<Existing, StoreError> {
        Ok(match self.content {
            _ if !self.may_replace => Existing::Refuse,
            Some(_) if self.mode_to_narrow(path)?.is_some() => Existing::KeepOwner,
            Some(_) => Existing::Keep,
            None => Existing::KeepOwner,
        })
    }

    /// The mode of a file that others may read, as long as it held certificates alone, and that is to hold
    /// its first key or secret.
    fn mode_to_narrow(&self, path: &Path) -> Result<Option<u32>, StoreError> {
        let is_first = self.is_public && holds_secrets(&self.wallet);
        if !is_first || !dir::is_present(path)? {
            return Ok(None);
        }
        Ok(Some(mode(path)?).filter(|mode| lets_others_in(*mode)))
    }

    fn narrowed(&self, writes: Writes) -> Result<Vec<Warning>, StoreError> {
        let main = writes.main.then(|| self.location.store_file());
        let auto_login = self.location.auto_login_file().filter(|_| writes.auto_login);
        let mut warnings = Vec::new();
        for path in main.into_iter().chain(auto_login) {
            if let Some(old) = self.mode_to_narrow(&path)? {
                warnings.push(access::narrowed(&path, old));
            }
        }
        Ok(warnings)
    }

    /// The auto-login file is in place, where there is to be one.
    fn settle_auto_login(
        &mut self,
        new: Option<(SecretBytes, AutoLoginFile)>,
    ) -> Result<Option<SavedFile>, StoreError> {
        if self.wanted == AutoLogin::None {
            (self.found, self.auto_login) = (None, AutoLogin::None);
        }
        let (Some(path), Some(_)) = (self.location.auto_login_file(), self.wanted.kind()) else {
            return Ok(None);
        };
        let written = new.is_some();
        if let Some((bytes, found)) = new {
            self.found = Some(found);
            if self.wanted == AutoLogin::Only {
                self.settle(bytes);
            }
        }
        self.auto_login = self.wanted;
        Ok(Some(SavedFile { mode: mode(&path)?, path, written }))
    }

    /// What was read, if that was the auto-login file and will be again.
    fn only_content(&self) -> Option<&[u8]> {
        let stays = self.wanted == AutoLogin::Only && self.format == Format::Sso;
        self.content.as_deref().filter(|_| stays)
    }

    /// The file of a directory that is there and shall not be.
    fn path_that_is_not_wanted(&self) -> Result<Option<PathBuf>, StoreError> {
        let Location::Directory(folder) = &self.location else { return Ok(None) };
        let path = folder.join(match self.wanted {
            AutoLogin::None => dir::AUTO_LOGIN_FILE,
            AutoLogin::Only => dir::WALLET_FILE,
            AutoLogin::On | AutoLogin::Local => return Ok(None),
        });
        Ok(dir::is_present(&path)?.then_some(path))
    }

    // ---- what to write

    /// The format of the file that a password opens, and of a file outside of directories.
    pub(super) fn main_format(&self) -> Format {
        match self.location {
            Location::Directory(_) => Format::Pkcs12,
            Location::File(_) | Location::PemFolder(_) => self.format,
        }
    }

    /// The profile that is named; else the one that the place needs; else none, which keeps the
    /// file's own.
    pub(super) fn profile_to_write(&self, sealing: &Sealing<'_>) -> Option<Profile> {
        sealing.profile.or_else(|| match (&self.location, &self.origin) {
            (Location::Directory(_), None) => Some(Profile::Oracle23ai),
            (Location::Directory(_), Some(origin)) if origin.layout() == Some(Layout::Portable) => {
                Some(native::profile(origin))
            }
            (Location::File(_), None) if self.format == Format::Pkcs12 => Some(Profile::Modern),
            _ => None,
        })
    }

    /// Whether writing with this profile turns a portable file into one of Oracle's layout.
    fn converts(&self, sealing: &Sealing<'_>) -> bool {
        self.layout() == Some(Layout::Portable)
            && sealing.profile.is_some_and(|profile| profile.layout() == Layout::Oracle)
    }

    /// The file is in place: what was made for it stays.
    fn settle(&mut self, content: SecretBytes) {
        self.content = Some(content.into());
        self.is_public = is_public(&self.wallet);
        self.may_replace = true;
        keep_lock_files(&self.location, &mut self.locks);
        if let Some(directory) = self.new_directory.take() {
            directory.keep();
        }
    }
}
