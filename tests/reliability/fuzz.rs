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
use mutate::{Random, mutate, mutate_inside, with_digest};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::panic;
use std::time::{Duration, Instant};

/// Executions of a target in the quick form.
const QUICK: usize = 20_000;

/// Executions of a target in the long form.
const LONG: usize = 10_000_000;

/// No input may take longer.
const TIME: Duration = Duration::from_secs(1);

/// What takes longer on the clock is measured again by what this thread has had of the processors: other
/// programs share them, and whoever measures something may stop this one for minutes.
const SUSPICIOUS: Duration = Duration::from_millis(20);

/// Inputs that fail before a target is given up.
const FAILURES: usize = 50;

/// The whole process may not take more memory, in KiB.
const MEMORY: u64 = 256 * 1024;

/// What the inputs of a target took, and how many of them opened.
struct Tally {
    opened: usize,
    slowest: Duration,
    whole: Duration,
    /// What failed, and where it is kept.
    failed: Vec<String>,
}

/// Runs a target with the inputs of these numbers.
fn executed(name: &str, executions: Range<usize>) -> Tally {
    let (_, run) = targets::ALL.iter().find(|(target, _)| *target == name).unwrap();
    let mut seeds = seeds::of_testdata(name);
    for (number, seed) in seeds.iter().enumerate() {
        let opens = panic::catch_unwind(|| run(seed));
        assert!(opens.is_ok_and(|opens| opens), "{name}: seed {number} does not open");
    }
    let of_the_corpus = seeds::of_the_corpus(name);
    for (number, seed) in of_the_corpus.iter().enumerate() {
        assert!(panic::catch_unwind(|| run(seed)).is_ok(), "{name}: file {number} of the corpus");
    }
    seeds.extend(of_the_corpus);
    let clear = seeds::in_the_clear(name, &seeds);
    let is_java = name.starts_with('j');
    let begin = Instant::now();
    let (mut opened, mut slowest, mut failed) = (0, Duration::ZERO, Vec::new());
    for number in executions {
        let mut random = Random::new(number as u64 + 1);
        let is_even = number % 2 == 0;
        let inside = is_even.then(|| mutate_inside(&mut random, &seeds)).flatten();
        let seeds = if is_even { &clear } else { &seeds };
        let mut input = inside.unwrap_or_else(|| mutate(&mut random, seeds));
        if is_java && is_even {
            input = with_digest(input);
        }
        let begin = Instant::now();
        let opens = panic::catch_unwind(|| run(&input));
        let mut took = begin.elapsed();
        if took >= SUSPICIOUS && opens.is_ok() {
            let begin = processor_time();
            run(&input);
            took = processor_time().saturating_sub(begin);
        }
        opened += usize::from(*opens.as_ref().unwrap_or(&false));
        slowest = slowest.max(took);
        if opens.is_err() || took >= TIME {
            let what =
                if opens.is_err() { "panicked".to_owned() } else { format!("took {took:?}") };
            let place = kept(name, number, &input);
            failed.push(format!("{name}: execution {number} {what}: {place}"));
            if failed.len() == FAILURES {
                break;
            }
        }
    }
    let memory = peak_memory();
    assert!(memory < MEMORY, "{name}: the process has taken {memory} KiB");
    Tally { opened, slowest, whole: begin.elapsed(), failed }
}

/// What this thread has had of the processors: proc(5), `schedstat`, in nanoseconds.
fn processor_time() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux has schedstat");
    let number = text.split(' ').next().expect("a text has a first word");
    Duration::from_nanos(number.parse().expect("the first word is a number of nanoseconds"))
}

/// Keeps an input that is to become a vector; where.
fn kept(name: &str, number: usize, input: &[u8]) -> String {
    let path = env::temp_dir().join(format!("mwallet-fuzz-{name}-{number}"));
    fs::write(&path, input).unwrap();
    path.display().to_string()
}

/// The most memory that this process has had, in KiB: proc(5), `VmHWM`.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it has VmHWM");
    line.trim().trim_end_matches(" kB").parse().expect("VmHWM is a number of kB")
}

fn quick(name: &str) {
    let Tally { opened, slowest, whole, failed } = executed(name, 0..QUICK);
    loudly(&format!(
        "R4: {name}: {QUICK} inputs in {whole:.1?}, {opened} opened, slowest {slowest:.1?}"
    ));
    assert!(failed.is_empty(), "{failed:#?}");
    // Where nothing opens, nothing behind the reader is fuzzed.
    assert!(opened > QUICK / 100, "{name}: only {opened} inputs opened");
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

/// Ten million inputs of each target, or as many as `MWALLET_FUZZ_EXECUTIONS` says from the number
/// `MWALLET_FUZZ_FROM` on, of all targets or of those that `MWALLET_FUZZ_TARGETS` names.
pub(crate) fn long() -> String {
    let number = |name: &str, default: usize| {
        env::var(name).map_or(default, |number| number.parse().expect(name))
    };
    let executions = number("MWALLET_FUZZ_EXECUTIONS", LONG);
    let from = number("MWALLET_FUZZ_FROM", 0);
    let names = env::var("MWALLET_FUZZ_TARGETS").unwrap_or_default();
    let is_wanted = |name: &str| names.is_empty() || names.split(',').any(|wanted| wanted == name);
    let (mut told, mut failures) = (String::new(), Vec::new());
    for (name, _) in targets::ALL.iter().filter(|(name, _)| is_wanted(name)) {
        let Tally { opened, slowest, whole, failed } = executed(name, from..from + executions);
        loudly(&format!(
            "R4: {name}: {executions} inputs from {from} on in {whole:.0?}, {opened} opened, slowest {slowest:.1?}"
        ));
        write!(told, "{name} {slowest:.1?}, ").unwrap();
        failures.extend(failed);
    }
    assert!(failures.is_empty(), "{failures:#?}");
    let memory = peak_memory();
    format!(
        "{executions} inputs a target from {from} on, 0 panics; slowest of each: {told}most memory {memory} KiB"
    )
}
