//! Reading the files of a wallet.

use crate::codec::sso::Kind as AutoLoginKind;
use crate::codec::{self, CodecError, Decoded, Keys, Opening, Origin, Warning};
use crate::model::format::Format;
use crate::secret::{SecretBytes, SharedBytes};
use crate::store::dir::{self, AutoLogin, Location};
use crate::store::file;
use crate::store::session::Store;
use crate::store::session::place::{Purpose, is_public, lock, loose_permissions, require_source};
use crate::store::{AutoLoginFile, StoreError, pem_folder};
use std::path::Path;
use std::time::Duration;

impl Store {
    pub(super) fn load_locked(
        path: &Path,
        opening: &Opening<'_>,
        lock_timeout: Duration,
        purpose: Purpose,
    ) -> Result<Self, StoreError> {
        // Before the lock, whose file has no place where there is nothing to edit, and again in it, because
        // that may change while it is waited for.
        let location = Location::existing(path)?;
        require_source(&location, opening, purpose)?;
        // A lock file that was made for an edit which then changes nothing goes away again.
        let locks = lock(&location, lock_timeout)?;
        let mut store = Self::load(location, opening, purpose)?;
        if store.format.is_java() && opening.password.is_none() {
            // These are read without a password, and the digest of a change needs it.
            let (path, source) = (store.location.store_file(), CodecError::PasswordMissing);
            return Err(StoreError::Codec { path, source });
        }
        store.locks = locks;
        store.lock_timeout = lock_timeout;
        if matches!(store.location, Location::File(_)) && store.format == Format::Sso {
            store.require_standing_alone()?;
        }
        Ok(store)
    }

    pub(super) fn load(
        location: Location,
        opening: &Opening<'_>,
        purpose: Purpose,
    ) -> Result<Self, StoreError> {
        let path = require_source(&location, opening, purpose)?;
        if let Location::PemFolder(_) = location {
            let (decoded, keys) = pem_folder::read(&path, opening)?;
            let mut store = Self::loaded(location, Format::Pem, decoded, None, opening);
            for path in keys {
                store.warnings.extend(loose_permissions(&path, &store.wallet)?);
            }
            return Ok(store);
        }
        let content = file::read(&path)?;
        // The keys of a directory open with its password or its readers fail: whether they do is
        // always found out.
        let keys = match location {
            Location::Directory(_) => Keys::Open,
            Location::File(_) | Location::PemFolder(_) => opening.keys,
        };
        let derived = opening.derived.cloned().unwrap_or_default();
        let opening = &Opening { keys, derived: Some(&derived), ..*opening };
        let mut store = Self::of_content(location, &path, content, opening, purpose)?;
        store.warnings.extend(loose_permissions(&path, &store.wallet)?);
        store.look_at_auto_login(&path, opening)?;
        Ok(store)
    }

    /// What a file holds, or what came through a pipe.
    pub(super) fn of_content(
        location: Location,
        path: &Path,
        content: SecretBytes,
        opening: &Opening<'_>,
        purpose: Purpose,
    ) -> Result<Self, StoreError> {
        let codec_failed = |source| StoreError::Codec { path: path.to_path_buf(), source };
        let format =
            codec::detect(&content).ok_or_else(|| codec_failed(codec::unknown(&content)))?;
        // Loose certificates and keys are wallets to look at, outside of wallet directories.
        let is_loose = purpose == Purpose::Read && matches!(location, Location::File(_));
        if !format.is_store() && !is_loose {
            return Err(StoreError::NotAStore { path: path.to_path_buf(), format });
        }
        let content = SharedBytes::from(content);
        let decoded = codec::decode_shared(&content, format, opening).map_err(codec_failed)?;
        // Who only reads compares nothing with it any more; what is shared of it stays.
        let content = (purpose != Purpose::Read).then_some(content);
        Ok(Self::loaded(location, format, decoded, content, opening))
    }

    /// What was read, with nothing known of an auto-login file yet.
    pub(super) fn loaded(
        location: Location,
        format: Format,
        decoded: Decoded,
        content: Option<SharedBytes>,
        opening: &Opening<'_>,
    ) -> Self {
        Self {
            is_public: is_public(&decoded.wallet),
            wallet: decoded.wallet,
            origin: Some(decoded.origin),
            warnings: decoded.warnings,
            identity: opening.identity,
            content,
            may_replace: true,
            password: opening.password.cloned(),
            key_passwords: opening.key_passwords.to_vec(),
            max_iterations: opening.max_iterations,
            derived: opening.derived.cloned().unwrap_or_default(),
            ..Self::empty(location, format)
        }
    }

    /// Finds out about the `cwallet.sso` of a directory, and compares it with what was read.
    fn look_at_auto_login(&mut self, read: &Path, opening: &Opening<'_>) -> Result<(), StoreError> {
        let Some(path) = self.location.auto_login_file() else { return Ok(()) };
        let has_password_file = dir::is_present(&self.location.store_file())?;
        let looked = match AutoLoginFile::look(&self.location, opening) {
            // Who has the password needs no access to the other file.
            Err(error) if read != path => {
                let (code, message) = (error.code(), error.to_string());
                self.warnings.push(Warning { code, message });
                self.unread = Some(error);
                (self.auto_login, self.wanted) = (AutoLogin::On, AutoLogin::On);
                return Ok(());
            }
            looked => looked?,
        };
        let Some((mut found, decoded)) = looked else { return Ok(()) };
        if read == path && has_password_file {
            self.warnings.extend(loose_permissions(&self.location.store_file(), &self.wallet)?);
        }
        if read != path {
            found.compare(&self.wallet, decoded.as_ref().map(|decoded| &decoded.wallet));
            self.warnings.extend(found.warning(&path));
            self.warnings.extend(loose_permissions(&path, &self.wallet)?);
        }
        self.auto_login = match found.kind {
            // The next change makes it what it should be beside an ewallet.p12.
            _ if has_password_file && found.stands_alone() => AutoLogin::On,
            auto_login => auto_login,
        };
        self.wanted = self.auto_login;
        self.found = Some(found);
        Ok(())
    }

    pub(super) fn require_kept(&self) -> Result<(), StoreError> {
        if let Some(error) = &self.unread {
            return Err(error.clone());
        }
        match (&self.found, self.location.auto_login_file()) {
            (Some(found), Some(path)) => found.require_kept(&path),
            _ => Ok(()),
        }
    }

    /// An auto-login file outside of its directory is changed only if it is meant to be alone.
    fn require_standing_alone(&self) -> Result<(), StoreError> {
        match &self.origin {
            Some(Origin::Sso(origin)) if origin.header().kind != AutoLoginKind::Only => {
                let what = "an auto-login file outside of its wallet directory".to_owned();
                let source = CodecError::FormatUnsupported { what, verb: "changed" };
                Err(StoreError::Codec { path: self.path().to_path_buf(), source })
            }
            _ => Ok(()),
        }
    }
}
