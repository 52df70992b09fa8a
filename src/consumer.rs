//! Who reads what: the programs that open wallets, as data.

mod auto_login;
mod java;
mod pkcs12;
mod rule;
mod suits;
mod target;

pub use pkcs12::{READERS, Reader, Reads};
pub use rule::Rule;
pub use suits::{Subject, check, merge, spare_root};
pub use target::{CONSUMERS, Consumer};

use crate::codec::Origin;
use crate::model::wallet::Wallet;

/// Whether one reader opens one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderVerdict {
    /// Name and versions of the reader.
    pub name: &'static str,
    /// Whether it opens the file; `None` when nobody has measured or reported it.
    pub reads: Option<bool>,
    /// Why not, or why it is not known; what it does not see of a file that it opens. Empty when
    /// there is nothing to say.
    pub why: String,
}

/// Who reads a file that was written like this, with this in it.
#[must_use]
pub fn readers(origin: &Origin, wallet: &Wallet) -> Vec<ReaderVerdict> {
    match origin {
        Origin::Sso(origin) => auto_login::readers(origin.header()),
        Origin::Pkcs12(_) => pkcs12::readers(origin, wallet),
        Origin::Jks(_) => java::readers(origin.format()),
        Origin::Loose(_) => Vec::new(),
    }
}
