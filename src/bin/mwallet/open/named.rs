//! The entry that the user names, and those that he may have meant.

use crate::failure::Failure;
use crate::render::text::{LISTED, listed};
use mwallet::codec::pkcs12::property;
use mwallet::model::entry::{Entry, EntryId, EntryKind};
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::{OpsError, edit, select};

/// What a verb can do something with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meant {
    /// Every entry.
    Entry,
    /// A key, with its certificate or without.
    Key,
    /// A key or a trusted certificate.
    KeyOrCertificate,
    /// What has an alias that can be changed.
    Named,
    /// A trusted certificate.
    Trusted,
}

impl Meant {
    fn fits(self) -> fn(&Entry) -> bool {
        match self {
            Self::Entry => |_| true,
            Self::Key => |entry| entry.key().is_some(),
            Self::KeyOrCertificate => |entry| {
                entry.key().is_some() || matches!(entry.kind, EntryKind::TrustedCertificate(_))
            },
            Self::Named => edit::has_alias,
            Self::Trusted => |entry| matches!(entry.kind, EntryKind::TrustedCertificate(_)),
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Key => "key",
            Self::KeyOrCertificate => "key and no trusted certificate",
            Self::Named => "entry with an alias",
            Self::Trusted => "trusted certificate",
        }
    }
}

/// The entry of this name. Where there is none, those that are meant are offered.
pub(crate) fn find_entry(wallet: &Wallet, name: &str, meant: Meant) -> Result<EntryId, Failure> {
    select::find_meaning(wallet, name, meant.fits()).map_err(|error| {
        let unknown = matches!(&error, OpsError::EntryNotFound { near, .. } if near.is_empty());
        let mut failure = Failure::from(error);
        if !unknown {
            return failure;
        }
        let shown = shown_aliases(wallet);
        let fits = meant.fits();
        let offered = wallet.entries().iter().filter(|it| fits(it) && !property::is_property(it));
        let mut aliases: Vec<&str> =
            offered.map(|entry| shown[&entry.id()].text.as_str()).collect();
        failure.message += &match &aliases[..] {
            [] if wallet.entries().is_empty() => "; the wallet is empty".to_owned(),
            [] => ["; there is no ", meant.noun(), " in it"].concat(),
            aliases => "; there is ".to_owned() + &listed(aliases),
        };
        aliases.truncate(LISTED);
        failure.with("entries", aliases)
    })
}
