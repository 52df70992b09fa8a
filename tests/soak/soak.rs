//! The long form of `docs/reliability.md`: `cargo run --release --example soak -- R4`, all rows without
//! an argument. R5, R7 and R8 are whole in `cargo test`. Each row prints what it measured, and the program
//! fails with the first that is not met.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]
#![allow(dead_code, unused_imports, reason = "the quick forms are tests")]
#![allow(clippy::print_stdout, reason = "the results are what it is run for")]

use std::env;
use std::process::Command;
use std::time::Instant;

#[path = "../support/mod.rs"]
mod support;

#[path = "../reliability/bombs.rs"]
mod bombs;
#[path = "../reliability/clients.rs"]
mod clients;
#[path = "../reliability/fuzz.rs"]
mod fuzz;
#[path = "../reliability/kill.rs"]
mod kill;
#[path = "../reliability/measure.rs"]
mod measure;
#[path = "../reliability/save.rs"]
mod save;
#[path = "../reliability/write_errors.rs"]
mod write_errors;
#[path = "../reliability/writers.rs"]
mod writers;

/// Measures a row and says what it found.
type Measure = fn() -> String;

/// The rows, in the order of the document.
const ROWS: &[(&str, Measure)] = &[
    ("R1", kill::long),
    ("R2", write_errors::long),
    ("R3", writers::long),
    ("R4", fuzz::long),
    ("R6", bombs::long),
    ("R9", clients::long),
];

fn main() {
    let wanted: Vec<String> = env::args().skip(1).collect();
    let unknown = wanted.iter().find(|name| !ROWS.iter().any(|(row, _)| row == name));
    assert!(unknown.is_none(), "{unknown:?} has no long form; see docs/reliability.md");
    // Fuzzing calls the library.
    if wanted != ["R4"] {
        build_the_program();
    }
    for (row, measure) in ROWS {
        if wanted.is_empty() || wanted.iter().any(|name| name == row) {
            let begin = Instant::now();
            let result = measure();
            println!("{row}: {result} ({:.0?})", begin.elapsed());
        }
    }
}

/// Cargo builds an example without the program that it runs.
fn build_the_program() {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--bin", "mwallet", "--manifest-path"]);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    assert!(command.status().unwrap().success(), "the program does not build");
}
