//! The types of stores that can be made.

use crate::failure::Failure;
use clap::ValueEnum;
use mwallet::code::Code;
use mwallet::model::format::{Format, Layout};
use mwallet::store::file;
use std::path::Path;

/// Endings of files that are no stores, and that no verb writes by their names.
const OTHER_ENDINGS: [&str; 4] = ["key", "csr", "req", "crl"];

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
        let is_other = path.extension().is_some_and(|ending| {
            OTHER_ENDINGS.iter().any(|other| ending.eq_ignore_ascii_case(other))
        });
        let is_store = Format::of_name(path).is_none_or(Format::is_store) && !is_other;
        if is_store || matches!(file::kind(path), Ok(Some(file::Kind::Directory))) {
            return Ok(());
        }
        let message =
            "by its name a file of another kind, and no store: --type makes a store of this name";
        Err(Failure::new(Code::USAGE, message).about(path))
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
