//! Wallets: keys, certificates and secrets, in the formats of Oracle, PKCS#12 and Java.

pub mod chain;
pub mod code;
pub mod codec;
pub mod consumer;
pub mod crypto;
pub mod digest;
pub mod error;
pub mod explain;
pub mod hex;
pub mod issue;
pub mod limits;
pub mod model;
pub mod oid;
pub mod ops;
pub mod parallel;
pub mod pki;
pub mod probe;
pub mod secret;
pub mod serve;
pub mod store;
pub mod terminal;
mod tlv;

pub use error::Error;
