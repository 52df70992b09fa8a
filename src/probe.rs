//! Asking a TLS server what it presents, what it wants, and what it says to a certificate of ours.
//!
//! [`target`] reads `HOST:PORT`, [`handshake`] holds the only client socket, `starttls` the plain
//! dialogues that come before TLS, `session` the TLS connection, which records and judges nothing.
//! [`selection`] says which entry of a wallet a client would send, [`alert`] what a refusal means, `server` and `refusal` what is wrong, and [`report`]
//! puts all of it together.

pub mod alert;
pub mod error;
pub mod handshake;
pub mod report;
pub mod request;
pub mod selection;
pub mod target;

mod http;
mod recorder;
mod refusal;
mod server;
mod session;
mod starttls;

pub use alert::Alert;
pub use error::ProbeError;
pub use handshake::{Deadline, Handshake, Identity, Options, Outcome, handshake};
pub use report::{Encounter, ProbeReport, WalletSide, report};
pub use request::{CertificateRequest, Scheme, Version};
pub use selection::{Client, Selection, select};
pub use starttls::Protocol;
pub use target::{Target, is_server_name};
