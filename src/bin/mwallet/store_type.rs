//! The types of stores that can be made.

use crate::failure::Failure;
use clap::ValueEnum;
use mwallet::code::Code;
use mwallet::model::format::{Format, Layout};
use mwallet::store::file;
use std::path::Path;

/// A type of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreType {
    /// An Oracle wallet: a directory with an `ewallet.p12`
    Oracle,
    /// A PKCS#12 file
    P12,
    /// A Java key store of the type JKS
    Jks,
    /// A Java key store of the type JCEKS
    Jceks,
}

impl StoreType {
    /// The type of a store of this format and layout; `None` for what is no store.
    pub(crate) fn of(format: Format, layout: Option<Layout>) -> Option<Self> {
        match format {
            Format::Pkcs12 | Format::Sso if layout == Some(Layout::Oracle) => Some(Self::Oracle),
            Format::Pkcs12 | Format::Sso => Some(Self::P12),
            Format::Jks => Some(Self::Jks),
            Format::Jceks => Some(Self::Jceks),
            _ => None,
        }
    }

    /// Fails where the name is that of a file which is no store, unless a directory is there: who says `app.pem` means no
    /// wallet.
    pub(crate) fn require_store_name(path: &Path) -> Result<(), Failure> {
        match Format::of_name(path).filter(|format| !format.is_store()) {
            Some(format) if !matches!(file::kind(path), Ok(Some(file::Kind::Directory))) => {
                let message = format!(
                    "by its name a file of format {format}, which is no store: --type says what it is to be"
                );
                Err(Failure::new(Code::USAGE, message).about(path))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn format(self) -> Format {
        match self {
            Self::Oracle | Self::P12 => Format::Pkcs12,
            Self::Jks => Format::Jks,
            Self::Jceks => Format::Jceks,
        }
    }

    /// The name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}
