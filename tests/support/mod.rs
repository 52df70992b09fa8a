//! What the integration tests share: scratch folders, the program under test, the programs that
//! judge it, a throw-away CA, and the corpus of third-party files.
//!
//! This folder has a `mod.rs` because Cargo would take a `tests/support.rs` for a test of its own.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

pub(crate) mod authority;
pub(crate) mod corpus;
pub(crate) mod job;
pub(crate) mod lock_holder;
pub(crate) mod measured;
pub(crate) mod peers;
pub(crate) mod run;
pub(crate) mod scratch;
pub(crate) mod server;

/// Writes a line that the test harness does not capture, for what must not go unseen.
pub(crate) fn loudly(message: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "mwallet tests: {message}");
}

/// Says that a part of the tests is passed over because something is missing; a failure where all of it
/// has to be there, which `MWALLET_REQUIRE_PEERS=1` says.
#[track_caller]
pub(crate) fn skipped(why: &str) {
    assert!(!peers::required(), "required: {why}");
    loudly(&format!("SKIPPED: {why}"));
}
