//! Reading back what a save has written.

use crate::codec::{self, Opening, Origin, Protect, Sealing};
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::store::session::Store;
use crate::store::{StoreError, verify};
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
    ) -> Result<(), StoreError> {
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

    pub(super) fn verify(
        &self,
        bytes: &[u8],
        format: Format,
        profile: Profile,
        opened: Option<&Wallet>,
        sealing: &Sealing<'_>,
        path: PathBuf,
    ) -> Result<(), StoreError> {
        let given_up = codec::losses(&self.wallet, format, profile)
            .into_iter()
            .map(|loss| loss.entry)
            .collect();
        let opening = self.opening(sealing);
        verify(bytes, format, &opening, opened, &self.wallet, &given_up)
            .map_err(|mismatch| StoreError::VerifyFailed { path, difference: mismatch.to_string() })
    }
}
