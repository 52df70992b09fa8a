//! Opening the wallet of a CA, whose password has flags of its own.

use crate::context::Context;
use crate::failure::Failure;
use crate::open::{FurtherFlags, Meant, Opened, Secrets, find_entry, with_keys};
use crate::password::CaPassword;
use clap::Args;
use mwallet::codec::Keys;
use mwallet::ops::authority::Authority;
use std::path::{Path, PathBuf};

/// The flags of a verb that signs.
#[derive(Args, Debug)]
pub(crate) struct AuthorityFlags {
    /// The wallet of the CA: any store with its key, also PEM
    #[arg(long, value_name = "W")]
    ca: PathBuf,
    /// The entry of the CA, where the wallet holds more than one
    #[arg(long, value_name = "ALIAS")]
    ca_alias: Option<String>,
    #[command(flatten)]
    open: AuthorityOpenFlags,
}

/// The flags that open the wallet of a CA.
#[derive(Args, Debug)]
pub(crate) struct AuthorityOpenFlags {
    #[command(flatten)]
    password: CaPassword,
    #[command(flatten)]
    further: FurtherFlags,
}

impl AuthorityFlags {
    /// The path of the wallet.
    pub(crate) fn path(&self) -> &Path {
        &self.ca
    }

    /// Opens the wallet with its keys.
    pub(crate) fn open(&self, context: &Context) -> Result<Opened, Failure> {
        self.open.secrets(context)?.open_to_read(&self.ca, Keys::Open, context, with_keys)
    }

    /// The CA in it.
    pub(crate) fn authority<'a>(&self, opened: &'a Opened) -> Result<Authority<'a>, Failure> {
        let about = |failure: Failure| failure.about(&self.ca);
        let wallet = &opened.store.wallet;
        let named = self.ca_alias.as_deref().map(|name| find_entry(wallet, name, Meant::Key));
        let id = named.transpose().map_err(about)?;
        Authority::of(wallet, id).map_err(|error| about(error.into()))
    }

    /// The files that passwords are read from.
    pub(crate) fn files_read(&self) -> Vec<PathBuf> {
        self.open.further.files_read(self.open.password.given())
    }
}

impl AuthorityOpenFlags {
    /// What the flags give, read once.
    pub(crate) fn secrets(&self, context: &Context) -> Result<Secrets, Failure> {
        self.further.secrets(self.password.given(), context)
    }
}
