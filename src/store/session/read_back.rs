//! Reading back what a save has written.

use crate::codec::{self, Opening, Origin, Protect, Sealing};
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::store::session::Store;
use crate::store::{AutoLoginFile, StoreError, dir, verify};
use std::path::PathBuf;

impl Store {
    /// How what is written with this protection opens.
    pub(super) fn opening<'s>(&'s self, sealing: &Sealing<'s>) -> Opening<'s> {
        Opening {
            key_passwords: &self.key_passwords,
            max_iterations: self.max_iterations.max(sealing.iterations.unwrap_or(0)),
            identity: self.identity,
            derived: Some(&self.derived),
            ..Opening::with(match sealing.protect {
                Protect::Keep => self.password.as_ref(),
                Protect::Password(password) => Some(password),
                Protect::Nothing => None,
            })
        }
    }

    pub(super) fn verify_main(
        &self,
        bytes: &[u8],
        opened: Option<&Wallet>,
        sealing: &Sealing<'_>,
    ) -> Result<usize, StoreError> {
        let profile = sealing
            .profile
            .or_else(|| self.origin.as_ref().and_then(Origin::profile))
            .unwrap_or(match self.layout() {
                Some(Layout::Oracle) => Profile::Oracle23ai,
                _ => Profile::Modern,
            });
        let path = self.location.store_file();
        self.verify(bytes, self.main_format(), profile, opened, sealing, path)
    }

    pub(super) fn verify_auto_login(
        &self,
        bytes: &[u8],
    ) -> Result<(AutoLoginFile, usize), StoreError> {
        let path = self.location.path().join(dir::AUTO_LOGIN_FILE);
        let sealing = Sealing::default();
        let (file, opened) = AutoLoginFile::of(bytes, &self.opening(&sealing));
        let opened = opened.as_ref().map(|opened| &opened.wallet);
        let profile = Profile::Oracle23ai;
        let entries = self.verify(bytes, Format::Sso, profile, opened, &sealing, path)?;
        Ok((file, entries))
    }

    pub(super) fn verify(
        &self,
        bytes: &[u8],
        format: Format,
        profile: Profile,
        opened: Option<&Wallet>,
        sealing: &Sealing<'_>,
        path: PathBuf,
    ) -> Result<usize, StoreError> {
        let given_up = codec::losses(&self.wallet, format, profile)
            .into_iter()
            .map(|loss| loss.entry)
            .collect();
        let opening = self.opening(sealing);
        verify(bytes, format, &opening, opened, &self.wallet, &given_up)
            .map_err(|mismatch| StoreError::VerifyFailed { path, difference: mismatch.to_string() })
    }
}
