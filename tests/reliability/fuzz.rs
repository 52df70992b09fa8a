//! R4: whatever bytes a reader is given, it neither panics, nor takes long, nor much memory.
//!
//! `cargo test` runs a driver that makes the same inputs every time; `fuzz/` has the same targets for
//! cargo-fuzz, which looks where new code is reached.

#[path = "fuzz/mutate.rs"]
pub(crate) mod mutate;
#[path = "fuzz/seeds.rs"]
mod seeds;
#[path = "fuzz/targets.rs"]
pub(crate) mod targets;

use crate::support::loudly;
use mutate::{Random, mutate, with_digest};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::panic;
use std::time::{Duration, Instant};

/// Executions of a target in the quick form.
const QUICK: usize = 20_000;

/// Executions of a target in the long form.
const LONG: usize = 10_000_000;

/// No input may take longer.
const TIME: Duration = Duration::from_secs(1);

/// The whole process may not take more memory, in KiB.
const MEMORY: u64 = 256 * 1024;

/// What the inputs of a target took.
struct Tally {
    slowest: Duration,
    whole: Duration,
}

fn executed(name: &str, executions: usize) -> Tally {
    let (_, run) = targets::ALL.iter().find(|(target, _)| *target == name).unwrap();
    let seeds = seeds::of(name);
    for (number, seed) in seeds.iter().enumerate() {
        assert!(panic::catch_unwind(|| run(seed)).is_ok(), "{name}: seed {number}");
    }
    let is_java = name.starts_with('j');
    let begin = Instant::now();
    let mut slowest = Duration::ZERO;
    for number in 0..executions {
        let mut random = Random::new(number as u64 + 1);
        let mut input = mutate(&mut random, &seeds);
        if is_java && number % 2 == 0 {
            input = with_digest(input);
        }
        let begin = Instant::now();
        let orderly = panic::catch_unwind(|| run(&input)).is_ok();
        assert!(orderly, "{name}: execution {number} panicked: {}", kept(name, number, &input));
        let mut took = begin.elapsed();
        if took >= TIME {
            // Other tests share the processors: only this thread's own time counts.
            let begin = processor_time();
            run(&input);
            took = processor_time().saturating_sub(begin);
        }
        assert!(
            took < TIME,
            "{name}: execution {number} took {took:?}: {}",
            kept(name, number, &input)
        );
        slowest = slowest.max(took);
    }
    let memory = peak_memory();
    assert!(memory < MEMORY, "{name}: the process has taken {memory} KiB");
    Tally { slowest, whole: begin.elapsed() }
}

/// What this thread has had of the processors: proc(5), `schedstat`, in nanoseconds.
fn processor_time() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0))
}

/// Keeps an input that is to become a vector; where.
fn kept(name: &str, number: usize, input: &[u8]) -> String {
    let path = env::temp_dir().join(format!("mwallet-fuzz-{name}-{number}"));
    fs::write(&path, input).unwrap();
    path.display().to_string()
}

/// The most memory that this process has had, in KiB: proc(5), `VmHWM`.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}

fn quick(name: &str) {
    let Tally { slowest, whole } = executed(name, QUICK);
    loudly(&format!("R4: {name}: {QUICK} inputs in {whole:.1?}, slowest {slowest:.1?}"));
}

#[test]
fn pkcs12_takes_any_input() {
    quick("pkcs12");
}

#[test]
fn auto_login_takes_any_input() {
    quick("sso");
}

#[test]
fn jks_takes_any_input() {
    quick("jks");
}

#[test]
fn jceks_takes_any_input() {
    quick("jceks");
}

#[test]
fn pem_takes_any_input() {
    quick("pem");
}

#[test]
fn bundle_takes_any_input() {
    quick("bundle");
}

#[test]
fn request_takes_any_input() {
    quick("csr");
}

#[test]
fn revocation_list_takes_any_input() {
    quick("crl");
}

#[test]
fn certificate_takes_any_input() {
    quick("certificate");
}

#[test]
fn key_takes_any_input() {
    quick("key");
}

#[test]
fn manifest_takes_any_input() {
    quick("kubernetes");
}

#[test]
fn test_pki_takes_any_input() {
    quick("pki");
}

/// Ten million inputs of each target, or as many as `MWALLET_FUZZ_EXECUTIONS` says, of all targets or of those
/// that `MWALLET_FUZZ_TARGETS` names.
pub(crate) fn long() -> String {
    let wanted = env::var("MWALLET_FUZZ_EXECUTIONS");
    let executions = wanted.map_or(LONG, |number| number.parse().expect("a number of executions"));
    let names = env::var("MWALLET_FUZZ_TARGETS").unwrap_or_default();
    let is_wanted = |name: &str| names.is_empty() || names.split(',').any(|wanted| wanted == name);
    let mut told = String::new();
    for (name, _) in targets::ALL.iter().filter(|(name, _)| is_wanted(name)) {
        let Tally { slowest, whole } = executed(name, executions);
        loudly(&format!("R4: {name}: {executions} inputs in {whole:.0?}, slowest {slowest:.1?}"));
        write!(told, "{name} {slowest:.1?}, ").unwrap();
    }
    let memory = peak_memory();
    format!(
        "{executions} inputs a target, 0 panics; slowest of each: {told}most memory {memory} KiB"
    )
}
