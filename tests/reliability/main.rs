//! The rows of `docs/reliability.md` in their quick form. The long form of each stands in the same file
//! and is run by `cargo run --release --example soak`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]
#![allow(dead_code, reason = "the long forms are called by the example")]

#[path = "../support/mod.rs"]
mod support;

mod bombs;
mod clients;
mod corpus;
mod fuzz;
mod kill;
mod measure;
mod permissions;
mod save;
mod secrets;
mod write_errors;
mod writers;
