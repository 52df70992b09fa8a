//! What an export leaves behind.

use crate::command::export::{Export, Form, Selected};
use crate::failure::Failure;
use mwallet::code::Code;
use mwallet::codec::{self, Loss, Warning};
use mwallet::model::entry::EntryKind;
use mwallet::model::format::{Format, Layout};
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::export;

impl Export {
    /// What is left behind, in words; an error unless the user allows it. What a consumer cannot
    /// read is taken out.
    pub(super) fn losses(&self, selected: &mut Selected) -> Result<Vec<String>, Failure> {
        let wallet = &selected.wallet;
        let unread = self.consumer.map_or_else(Vec::new, |consumer| consumer.losses(wallet));
        let mut losses: Vec<Loss> = match self.form() {
            Form::P12 | Form::Oracle => codec::losses(wallet, Format::Pkcs12, self.profile()),
            Form::Pem => export::pem_losses(wallet),
            Form::EwalletPem => export::ewallet_pem_losses(wallet),
            Form::Der => Vec::new(), // one thing is asked for, and one is given
        };
        losses.extend(unread.iter().cloned());
        let keeps_flags = self.is_pkcs12() && self.profile().layout() == Layout::Oracle;
        if !keeps_flags && self.form() != Form::Der {
            losses.extend(export::trust_flag_losses(wallet));
        }
        let aliases = shown_aliases(wallet);
        let losses: Vec<String> = losses
            .iter()
            .map(|loss| {
                let alias = aliases.get(&loss.entry).map_or("?", |alias| alias.text.as_str());
                format!("{alias}: {}", loss.what)
            })
            .collect();
        export::leave_out(&mut selected.wallet, &unread);
        if losses.is_empty() || self.allow_loss {
            return Ok(losses);
        }
        let message = format!("the form cannot carry everything:\n  {}", losses.join("\n  "));
        Err(Failure::new(Code::CONVERSION_LOSSY, message)
            .with("losses", losses)
            .about(&self.wallet))
    }
}

/// That Java reads nothing of what is written, where there are secrets in it.
pub(super) fn java_warning(wallet: &Wallet) -> Option<Warning> {
    wallet.entries().iter().any(|entry| matches!(entry.kind, EntryKind::Secret(_))).then(|| {
        let message = "Java opens nothing of a PKCS#12 file with a secret store in it; \
                       --for java17 leaves it out";
        Warning { code: Code::SECRET_UNREADABLE, message: message.to_owned() }
    })
}
