//! A test PKI that one file describes: what the file says, what of it is out of date, and the bytes
//! of each file that is made. Pure: `store` writes them.
//!
//! [`file::read`] reads `pki.toml`, [`Manifest`] is what an earlier build left behind,
//! [`plan::plan`] says what has to be made again, and [`Workshop`] makes it.

pub mod bad;
pub mod effect;
pub mod error;
pub mod file;
pub mod manifest;
pub mod paths;
pub mod plan;
pub mod spec;
pub mod starter;
pub mod verdict;
pub mod workshop;

mod combination;
mod entry;
mod inherit;
mod layers;
mod near;
mod output;
mod revocation;
mod stand_in;
mod table;
mod template;
mod trust;
mod validity;

pub use error::{FileError, PkiError};
pub use manifest::Manifest;
pub use output::KEY_PASSWORD_SUFFIX;
pub use trust::{ENVIRONMENT_FILE, environment};
pub use workshop::Workshop;
