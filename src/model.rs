//! What a wallet is, whatever file it came from.

pub mod alias;
mod asn1_time;
pub mod attribute;
pub mod basic_constraints;
pub mod certificate;
pub mod crl;
pub mod entry;
pub mod extension;
pub mod format;
pub mod general_name;
pub mod issuing;
pub mod key;
pub mod name;
pub mod profile;
pub mod publication;
pub mod request;
pub mod revocation;
pub mod serial;
pub mod shown_alias;
mod signed;
pub mod trust;
pub mod wallet;
