//! PKCS#12, RFC 7292, without loss.
//!
//! A file is read into safes of bags ([`safe`], [`bag`]); bags become entries ([`assemble`]); the
//! [`Origin`] remembers which bag carries which part of the wallet. Writing compares what each bag
//! said with what it would say now, and re-emits every bag that did not change ([`write`]).

mod assemble;
mod bag;
mod issuers;
mod item;
pub mod java_trust;
mod key_request;
mod keys;
mod local_key_id;
mod oracle;
mod origin;
mod outline;
mod part;
mod pfx;
mod profile;
pub mod property;
mod read;
mod safe;
mod secret_bag;
mod write;

pub(in crate::codec) use bag::renamed_bag;
pub(in crate::codec) use item::revocation_list;
pub use origin::Origin;
pub use outline::{Outline, outline};
pub(in crate::codec) use profile::key_scheme;
pub use profile::losses;
pub use read::read_unverified;
pub(in crate::codec) use read::{decode, decode_wallet};
pub use write::encode;
pub(in crate::codec) use write::{is_unchanged, resealed};

#[cfg(test)]
mod tests;
