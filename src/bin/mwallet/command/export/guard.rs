//! What is not written, though it could be: over other files, where Java misses entries, or so that it
//! would not read back as it was meant.

use crate::command::export::job::Selected;
use crate::command::export::{Form, Job, loss};
use crate::failure::Failure;
use crate::hint;
use crate::render::change::Change;
use mwallet::code::Code;
use mwallet::codec::{self, CodecError, Keys, Opening, Protect, Sealing, Warning};
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::format::Format;
use mwallet::model::wallet::Wallet;
use mwallet::secret::Password;
use mwallet::store::{self, Mismatch, Replaced};

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

    /// Keeps a copy of the wallet that is there, where it holds what the new file does not; `opening` opens it.
    pub(super) fn keep_aside(
        &self,
        wallet: &Wallet,
        opening: &Opening<'_>,
        change: &mut Change,
    ) -> Result<(), Failure> {
        let Some(out) = self.out.filter(|out| *out != "-") else { return Ok(()) };
        let opening = Opening { keys: Keys::Open, ..*opening };
        // An ewallet.pem has room for one key of several.
        let (nothing, is_part) = (Wallet::new(), self.form == Form::EwalletPem);
        let new = if is_part { &nothing } else { wallet };
        let Some(mut replaced) = Replaced::at(out, new, &opening)? else { return Ok(()) };
        if self.flags.dry_run {
            replaced.plan_copy()?;
        } else {
            replaced.keep_aside()?;
        }
        change.replaced(&[replaced]);
        Ok(())
    }

    /// What is written is read first, and has to be what was meant, but for what does not go along. Returns how
    /// many entries a reader finds.
    pub(super) fn require_same(
        &self,
        bytes: &[u8],
        Selected { wallet, key, .. }: &Selected,
        sealing: &Sealing<'_>,
    ) -> Result<usize, Failure> {
        let password = match sealing.protect {
            Protect::Password(password) => Some(password),
            Protect::Keep | Protect::Nothing => None,
        };
        let (max_iterations, derived) = (u32::MAX, sealing.derived);
        let opening = Opening { max_iterations, derived, ..Opening::with(password) };
        let is_other = |entry: &&Entry| {
            key.is_some_and(|key| {
                entry.id() != key && matches!(entry.kind, EntryKind::PrivateKey(_))
            })
        };
        let others = wallet.entries().iter().filter(is_other).map(Entry::id);
        let given_up = self.form_losses(wallet).into_iter().map(|loss| loss.entry).chain(others);
        match store::verify(bytes, self.format(), &opening, None, wallet, &given_up.collect()) {
            Ok(entries) => Ok(entries),
            // Programs that take more than is read here may have use for it.
            Err(Mismatch::Unreadable(CodecError::Limit { .. })) => Ok(wallet.entries().len()),
            Err(mismatch) => {
                let message = format!("what would be written is not what was meant: {mismatch}");
                Err(Failure::new(Code::VERIFY_FAILED, message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Job;
    use crate::command::export::job::Selected;
    use crate::command::export::{ExportFlags, Form};
    use clap::Parser;
    use mwallet::code::Code;
    use mwallet::codec::{Protect, Sealing};
    use mwallet::model::certificate::Certificate;
    use mwallet::model::entry::{EntryKind, TrustedEntry};
    use mwallet::model::trust::TrustFlags;
    use mwallet::model::wallet::Wallet;
    use std::path::Path;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: ExportFlags,
    }

    fn trusting(certificates: &[Certificate]) -> Selected {
        let mut wallet = Wallet::new();
        for certificate in certificates.iter().cloned() {
            let trusted = TrustedEntry { certificate, flags: TrustFlags::default() };
            wallet.push(None, EntryKind::TrustedCertificate(trusted));
        }
        Selected { wallet, key: None, unasked: Vec::new() }
    }

    #[test]
    fn what_is_not_the_wallet_that_was_meant_is_not_written() {
        let certificate = |name: &str| {
            let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
            Certificate::from_der(made.cert.der()).unwrap()
        };
        let both = [certificate("a.example"), certificate("b.example")];
        let (one, both) = (trusting(&both[..1]), trusting(&both));
        let password = "a Password 1".into();
        let store = Sealing { protect: Protect::Password(&password), ..Sealing::default() };
        let open = Sealing { protect: Protect::Nothing, ..Sealing::default() };
        for (form, sealing) in [
            (Form::P12, store),
            (Form::Jks, store),
            (Form::Jceks, store),
            (Form::Pem, open),
            (Form::EwalletPem, open),
            (Form::P7b, open),
            (Form::K8s, open),
        ] {
            let flags = Line::parse_from(["export"]).flags;
            let job = Job { source: Path::new("w"), form, out: None, flags: &flags };
            let written = job.encode(&one, &sealing).unwrap();
            assert!(job.require_same(&written, &one, &sealing).is_ok(), "{form:?}");
            let refused = job.require_same(&written, &both, &sealing).unwrap_err();
            assert_eq!(refused.code, Code::VERIFY_FAILED, "{form:?}");
            let written = job.encode(&both, &sealing).unwrap();
            assert!(job.require_same(&written, &one, &sealing).is_err(), "{form:?}");
        }
    }
}
