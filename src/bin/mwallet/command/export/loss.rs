//! What an export leaves behind.

use crate::command::export::job::Selected;
use crate::command::export::{Form, Job};
use crate::failure::Failure;
use crate::hint;
use crate::render::text::{listed, safe_all};
use mwallet::chain::rules::is_leaf;
use mwallet::code::Code;
use mwallet::codec::jks::{self, Kind};
use mwallet::codec::{self, Loss, Warning};
use mwallet::crypto::keygen;
use mwallet::model::entry::{Entry, EntryId, EntryKind};
use mwallet::model::format::Format;
use mwallet::model::key::KeyMaterial;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::export::{self, Parts};

impl Job<'_> {
    /// What is left behind, in words; an error unless the user allows it. What a consumer cannot
    /// read is taken out, and what a server should not send, which is no loss.
    pub(super) fn losses(&self, selected: &mut Selected) -> Result<Vec<String>, Failure> {
        let wallet = &selected.wallet;
        let unread = self.flags.consumer.map_or_else(Vec::new, |consumer| consumer.losses(wallet));
        let mut losses = self.form_losses(wallet);
        losses.extend(unread);
        let all = in_words(wallet, &losses);
        if all.is_empty() || self.flags.allow_loss {
            export::leave_out(&mut selected.wallet, &losses).map_err(|error| {
                Failure::from(error).with("losses", &all[..]).about(self.source)
            })?;
            let mut left_out = all;
            left_out.append(&mut selected.unasked);
            if self.is_sent() {
                let before = selected.wallet.clone();
                left_out.extend(in_words(&before, &export::for_server(&mut selected.wallet)));
            }
            return Ok(left_out);
        }
        let only_certificates = matches!(self.format(), Format::Pkcs7 | Format::Certificate);
        let how = if only_certificates {
            "; --no-key writes the certificates alone, --allow-loss leaves out all of this"
        } else {
            ""
        };
        let list = safe_all(&all).join("\n  ");
        let message = format!("the form cannot carry everything{how}:\n  {list}");
        let failure = Failure::new(Code::CONVERSION_LOSSY, message).with("losses", all);
        let failure =
            if only_certificates { failure.with(hint::ONLY_CERTIFICATES, true) } else { failure };
        Err(failure.about(self.source))
    }

    /// What the form has no place for.
    pub(super) fn form_losses(&self, wallet: &Wallet) -> Vec<Loss> {
        match self.store_format() {
            Some(format) => codec::losses(wallet, format, self.profile()),
            None if self.form == Form::EwalletPem || self.flags.split => {
                export::certified_losses(wallet)
            }
            None => codec::losses(wallet, self.format(), self.profile()),
        }
    }

    /// Whether the file is for a server, which sends all that stands in it.
    fn is_sent(&self) -> bool {
        let sends_all = self.flags.consumer.is_some_and(|consumer| consumer.sends_all);
        sends_all && self.form == Form::Pem && !self.flags.split && self.flags.parts() == Parts::All
    }
}

/// What is lost, by the aliases of the entries.
pub(crate) fn in_words(wallet: &Wallet, losses: &[Loss]) -> Vec<String> {
    let aliases = shown_aliases(wallet);
    let alias = |loss: &Loss| aliases.get(&loss.entry).map_or("?", |alias| alias.text.as_str());
    losses.iter().map(|loss| format!("{}: {}", alias(loss), loss.what)).collect()
}

/// That keys went without their certificates, which Java has no use for.
pub(super) fn bare_keys(wallet: &Wallet) -> Option<Warning> {
    let is_bare =
        |kind: &EntryKind| matches!(kind, EntryKind::PrivateKey(key) if key.chain.is_empty());
    wallet.entries().iter().any(|entry| is_bare(&entry.kind)).then(|| {
        let message = "keys without certificates: Java does not use them".to_owned();
        Warning { code: Code::CERTIFICATE_MISSING, message }
    })
}

/// That keys go with certificates that are not theirs, as they stood: all of them, or this one.
pub(crate) fn mismatched(wallet: &Wallet, only: Option<EntryId>) -> Option<Warning> {
    let goes = |entry: &&Entry| only.is_none_or(|key| entry.id() == key);
    let is_mismatched = |entry: &&Entry| {
        let key = entry.key().and_then(KeyMaterial::open);
        let public = key.and_then(|key| keygen::public_key(key).ok()); // else nobody can tell
        let pair = public.zip(entry.certificate());
        pair.is_some_and(|(public, certificate)| public != certificate.public_key())
    };
    let aliases = shown_aliases(wallet);
    let found = wallet.entries().iter().filter(goes).filter(is_mismatched);
    let names: Vec<&str> = found.map(|entry| aliases[&entry.id()].text.as_str()).collect();
    let message = format!("the certificate belongs to another key: {}", listed(&names));
    (!names.is_empty()).then_some(Warning { code: Code::KEY_MISMATCH, message })
}

/// That Java reads nothing of what is written, where there are secrets in it.
pub(super) fn java_warning(wallet: &Wallet) -> Option<Warning> {
    wallet.has_secrets().then(|| {
        let message = "Java opens nothing of a PKCS#12 file with a secret store in it; \
                       --for java17 leaves it out";
        Warning { code: Code::SECRET_UNREADABLE, message: message.to_owned() }
    })
}

/// That certificates without a key become trusted ones in a store, which is right for CAs and for peers.
pub(super) fn trusted_leaves(wallet: &Wallet, format: Option<Format>) -> Option<Warning> {
    let aliases = shown_aliases(wallet);
    let leaves = wallet.trusted().filter(|(_, certificate)| is_leaf(certificate));
    let names: Vec<&str> = leaves.map(|(entry, _)| aliases[&entry.id()].text.as_str()).collect();
    let more = match names.len() {
        0 | 1 => String::new(),
        length => format!(" and {} more", length - 1),
    };
    let first = names.first().filter(|_| format.is_some())?;
    let message = format!("without a key, {first}{more} is trusted in the store, and is not a CA");
    Some(Warning { code: Code::LEAF_AS_TRUSTED, message })
}

/// Aliases that an error or warning lists.
const LISTED: usize = 5;

/// That Java sees one entry of several, where their aliases differ in case alone or not at all.
pub(super) fn clashing(wallet: &Wallet) -> Option<Warning> {
    let clashes = codec::clashes(wallet);
    let names: Vec<&str> = clashes.iter().flatten().map(String::as_str).collect();
    let one = if clashes.len() > 1 { "are not all different" } else { "are one alias" };
    let names = listed(&names);
    let message = format!("for Java, which folds the case, {names} {one}");
    (!clashes.is_empty()).then_some(Warning { code: Code::ALIAS_DUPLICATE, message })
}

/// That Java's own stores have aliases in lower case, where those of the wallet are not.
pub(super) fn folded(wallet: &Wallet, format: Format) -> Option<Warning> {
    let kind = match format {
        Format::Jks => Kind::Jks,
        Format::Jceks => Kind::Jceks,
        _ => return None,
    };
    let folded = jks::folded(wallet, kind, None);
    let mut names: Vec<String> =
        folded.iter().take(LISTED).map(|one| format!("{} as {}", one.from, one.to)).collect();
    if folded.len() > LISTED {
        names.push(format!("{} more", folded.len() - LISTED));
    }
    let message = format!("aliases are written in lower case, as Java does: {}", names.join(", "));
    (!folded.is_empty()).then_some(Warning { code: Code::ALIAS_FOLDED, message })
}
