//! R3: of many writers of one wallet, each that reports success has its entry in it; the rest say that it is
//! locked.

use crate::support::job::PASSWORD;
use crate::support::loudly;
use crate::support::scratch::Scratch;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair};
use std::fmt::Write as _;
use std::sync::Barrier;
use std::thread;

/// Writers that begin at the same time.
const WRITERS: usize = 16;

/// Rounds of them.
const ROUNDS: usize = 20;

/// The exit status of a locked wallet.
const LOCKED: i32 = 8;

/// What the writers of one wallet reported.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    succeeded: usize,
    locked: usize,
}

/// Lets the writers of each round import a certificate of their own into one wallet, each waiting `timeout`
/// for the lock, and holds their reports against what is in the wallet in the end.
#[track_caller]
fn written_together(wallet: &str, timeout: &str) -> Tally {
    let scratch = Scratch::new();
    let names: Vec<String> = (0..WRITERS * ROUNDS).map(|number| format!("c{number:03}")).collect();
    certificates(&scratch, &names);
    scratch.mwallet(&format!("create {wallet}")).password(PASSWORD).ok();
    let mut reported = Vec::new();
    let mut locked = 0;
    for round in names.chunks(WRITERS) {
        let start = Barrier::new(round.len());
        let import = |name: &String| {
            let line = format!("add-trusted {wallet} {name}.pem --lock-timeout {timeout} --yes");
            let command = scratch.mwallet(&line).password(PASSWORD);
            start.wait();
            command.run()
        };
        thread::scope(|scope| {
            let running: Vec<_> =
                round.iter().map(|name| (name, scope.spawn(move || import(name)))).collect();
            for (name, writer) in running {
                let done = writer.join().unwrap();
                match done.status.code() {
                    Some(0) => reported.push(name.clone()),
                    Some(LOCKED) => locked += 1,
                    _ => panic!("{}", done.story()),
                }
            }
        });
    }
    let list = scratch.mwallet(&format!("list {wallet}")).password(PASSWORD).json();
    let subjects: Vec<String> = list["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["subject"].as_str().unwrap().to_owned())
        .collect();
    let mut missing = String::new();
    for name in &reported {
        if !subjects.contains(&format!("CN={name}")) {
            writeln!(missing, "{name}").unwrap();
        }
    }
    assert!(missing.is_empty(), "reported and not there:\n{missing}");
    assert_eq!(subjects.len(), reported.len(), "more is there than was reported");
    Tally { succeeded: reported.len(), locked }
}

/// A CA certificate for each name, `NAME.pem`, all of one key.
pub(crate) fn certificates(scratch: &Scratch, names: &[String]) {
    let key = KeyPair::generate().unwrap();
    for name in names {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, name.as_str());
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        scratch.write(&format!("{name}.pem"), parameters.self_signed(&key).unwrap().pem());
    }
}

#[test]
fn every_import_that_reports_success_is_there() {
    let Tally { succeeded, locked } = written_together("w", "60");
    assert_eq!((succeeded, locked), (WRITERS * ROUNDS, 0), "who waits long enough gets the lock");
    loudly(&format!("R3: {succeeded} imports of {WRITERS} writers at once are all there"));
}

#[test]
fn imports_that_do_not_wait_say_that_the_wallet_is_locked() {
    let Tally { succeeded, locked } = written_together("store.p12", "0");
    assert!(succeeded >= ROUNDS, "one writer of each round has to win: {succeeded}");
    loudly(&format!("R3: without waiting, {succeeded} imports are there and {locked} said locked"));
}

/// Both kinds of wallet, with every patience.
pub(crate) fn long() -> String {
    let mut told = String::new();
    for wallet in ["w", "store.p12", "store.jks"] {
        for timeout in ["0", "1", "60"] {
            let Tally { succeeded, locked } = written_together(wallet, timeout);
            write!(told, "{wallet}, {timeout} s: {succeeded} there, {locked} locked; ").unwrap();
        }
    }
    told + "0 lost"
}
