//! The README is run: every ` ```console ` block is a session, its commands are executed in a
//! scratch folder, and what they print is compared.
//!
//! `...` alone on a line stands for any lines, within a line for anything. Both streams count, as
//! they would on a terminal. A block after ` ```console,ignore ` is only shown.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use support::peers;
use support::run::{mwallet_path, run};
use support::scratch::Scratch;

/// A command with the lines that follow it.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    command: String,
    output: Vec<String>,
}

/// The sessions of a document, in order.
fn sessions(document: &str) -> Vec<Vec<Step>> {
    let mut sessions = Vec::new();
    let mut open: Option<Vec<Step>> = None;
    for line in document.lines() {
        match &mut open {
            None if line == "```console" => open = Some(Vec::new()),
            None => {}
            Some(_) if line == "```" => sessions.extend(open.take()),
            Some(steps) => {
                if let Some(command) = line.strip_prefix("$ ") {
                    steps.push(Step { command: command.to_owned(), output: Vec::new() });
                } else {
                    let step = steps.last_mut().expect("a session begins with a command");
                    match step.command.strip_suffix('\\') {
                        // A command goes on after a backslash, as in the shell.
                        Some(start) => {
                            step.command = format!("{start}{}", line.trim_start_matches("> "));
                        }
                        None => step.output.push(line.to_owned()),
                    }
                }
            }
        }
    }
    assert!(open.is_none(), "a session does not end");
    sessions
}

/// Whether the lines are what is expected.
fn fits(expected: &[String], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((first, rest)) if first.trim() == "..." => {
            (0..=actual.len()).any(|skipped| fits(rest, &actual[skipped..]))
        }
        Some((first, rest)) => actual
            .split_first()
            .is_some_and(|(line, others)| line_fits(first, line) && fits(rest, others)),
    }
}

fn line_fits(expected: &str, actual: &str) -> bool {
    let (expected, mut rest) = (expected.trim_end(), actual.trim_end());
    let parts: Vec<&str> = expected.split("...").collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    if parts.len() == 1 {
        return expected == rest;
    }
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    for part in &parts[1..parts.len() - 1] {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Runs a session in a folder of its own. Variables last from one command to the next.
fn perform(steps: &[Step]) {
    let scratch = Scratch::new();
    let programs = mwallet_path().parent().unwrap();
    let path = env::join_paths(
        std::iter::once(programs.to_owned())
            .chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
    )
    .unwrap();
    let mut exports = String::new();
    for step in steps {
        let mut shell = Command::new("bash");
        shell
            .arg("-c")
            .arg(format!("{exports}exec 2>&1\n{}", step.command))
            .current_dir(scratch.path())
            .env("PATH", &path)
            .env("LC_ALL", "C.UTF-8");
        let done = run(&mut shell, b"");
        let text = done.out();
        let actual: Vec<&str> = text.lines().collect();
        assert!(
            fits(&step.output, &actual),
            "README: $ {}\n--- it says\n{}\n--- it is\n{text}",
            step.command,
            step.output.join("\n")
        );
        if step.command.starts_with("export ") {
            exports.push_str(&step.command);
            exports.push('\n');
        }
    }
}

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn readme_tells_the_truth() {
    if peers::openssl().is_none() {
        return;
    }
    let readme = document("README.md");
    let sessions = sessions(&readme);
    assert!(!sessions.is_empty(), "the README has no session");
    for session in &sessions {
        perform(session);
    }
}

#[test]
fn first_screen_is_a_session_and_the_two_commands_are_there() {
    let readme = document("README.md");
    let first = readme.lines().position(|line| line == "```console").unwrap();
    assert!(first < 20, "the first session begins in line {first}");
    for command in ["cargo run --release -- demo", "cargo test"] {
        assert!(readme.contains(command), "no {command}");
    }
}

#[test]
fn other_output_is_noticed() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(fits(&lines("a\n...\nc"), &["a", "b", "b", "c"]));
    assert!(fits(&lines("a\n..."), &["a"]));
    assert!(!fits(&lines("a"), &["a", "b"]));
    assert!(!fits(&lines("a\n...\nc"), &["a", "b"]));
    assert!(line_fits("sha256 ... ok", "sha256 abc ok"));
    assert!(!line_fits("sha256 ... ok", "sha256 abc no"));
    let document = "x\n```console\n$ a \\\n>   b\nout\n$ c\n```\n";
    let steps = sessions(document);
    assert_eq!(steps[0][0].command, "a   b");
    assert_eq!(steps[0][0].output, ["out"]);
    assert_eq!(steps[0][1].output.len(), 0);
}
