//! What is not written, though it could be: over other files, where Java misses entries, or so that it
//! could not be read.

use crate::command::export::{Form, Job, loss};
use crate::failure::Failure;
use crate::hint;
use crate::render::change::Change;
use mwallet::code::Code;
use mwallet::codec::{self, CodecError, Keys, Opening, Warning};
use mwallet::model::format::Format;
use mwallet::model::wallet::Wallet;
use mwallet::ops::export::SPLIT_FILES;
use mwallet::secret::Password;
use mwallet::store::{Replaced, StoreError, file};
use std::path::Path;

impl Job<'_> {
    /// That entries hide each other from Java; an error where the file is for Java.
    pub(super) fn clashing(&self, wallet: &Wallet) -> Result<Option<Warning>, Failure> {
        match loss::clashing(wallet) {
            Some(warning) if self.flags.consumer.is_some_and(|consumer| consumer.is_java()) => {
                let failure = Failure::new(Code::ALIAS_TAKEN, warning.message).about(self.source);
                let second = codec::clashes(wallet).into_iter().flatten().nth(1);
                Err(failure.with(hint::TO_RENAME, second))
            }
            warning => Ok(warning),
        }
    }

    /// Fails for a password under which the program that the file is for does not open it.
    pub(super) fn require_taken(&self, password: Option<&Password>) -> Result<(), Failure> {
        let (Some(consumer), Some(password)) = (self.flags.consumer, password) else {
            return Ok(());
        };
        let is_pkcs12 = self.store_format() == Some(Format::Pkcs12);
        if !is_pkcs12 || consumer.takes_password(password) || self.flags.weak_password.allowed {
            return Ok(());
        }
        let message = format!(
            "the new password is not of printable ASCII, and {} cannot open the file with it",
            consumer.name
        );
        Err(Failure::new(Code::PASSWORD_WEAK, message))
    }

    /// A folder is replaced only where it holds nothing but what --split writes.
    pub(super) fn require_folder(&self, out: &Path) -> Result<(), Failure> {
        match file::require_replaceable(out, &SPLIT_FILES, self.flags.force) {
            Err(StoreError::WouldOverwrite { .. }) if self.flags.force => {
                let message = "it is there and holds other files than --split writes, which no flag \
                               replaces";
                Err(Failure::new(Code::WOULD_OVERWRITE, message).about(out).final_word())
            }
            result => Ok(result.map(drop)?),
        }
    }

    /// Keeps a copy of the wallet that is there, where it holds what the new file does not.
    pub(super) fn keep_aside(
        &self,
        wallet: &Wallet,
        password: Option<&Password>,
        change: &mut Change,
    ) -> Result<(), Failure> {
        let Some(out) = self.out.filter(|out| *out != "-") else { return Ok(()) };
        let opening = Opening { keys: Keys::Open, ..Opening::with(password) };
        // An ewallet.pem has room for one key of several.
        let (nothing, is_part) = (Wallet::new(), self.form == Form::EwalletPem);
        let new = if is_part { &nothing } else { wallet };
        let Some(mut replaced) = Replaced::at(out, new, &opening)? else { return Ok(()) };
        if !self.flags.dry_run {
            replaced.keep_aside()?;
        }
        change.replaced(&[replaced]);
        Ok(())
    }

    /// What is written is read first: a certificate that was read where it stood may be one that other
    /// forms do not take. Keys stay closed.
    pub(super) fn require_readable(
        &self,
        bytes: &[u8],
        password: Option<&Password>,
    ) -> Result<(), Failure> {
        let opening = Opening {
            keys: Keys::Leave,
            max_iterations: u32::MAX,
            ..Opening::with(password.filter(|_| self.store_format().is_some()))
        };
        let decoded = codec::detect(bytes).map(|format| codec::decode(bytes, format, &opening));
        let why = match decoded {
            // Programs that take more than is read here may have use for it.
            Some(Ok(_) | Err(CodecError::Limit { .. })) => return Ok(()),
            Some(Err(error)) => error.to_string(),
            None => CodecError::FormatUnknown.to_string(),
        };
        let message = format!("what would be written cannot be read back: {why}");
        Err(Failure::new(Code::VERIFY_FAILED, message))
    }
}
