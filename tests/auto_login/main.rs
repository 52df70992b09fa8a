//! Auto-login files: those of other writers, ours under other readers, and both files of a wallet
//! in step whatever happens.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "../support/mod.rs"]
mod support;

mod bytes;
mod damage;
mod fixtures;
mod oracle;
mod readers;
mod verbs;
