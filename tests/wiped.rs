//! After a wallet is closed, no memory of the process holds its private key, its password or a secret.
//!
//! The test asks a child process, which opens and writes wallets through the library, drops everything, and
//! searches all of its own memory. What is searched for is known there only with its bits turned over.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::codec::{self, Opening, Protect, Sealing};
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::format::Format;
use mwallet::secret::Password;
use mwallet::store::file;
use std::env;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::Command;
use support::peers::{self, Peer};
use support::run::run;
use support::scratch::Scratch;

/// What the child is told, by its environment.
const FOLDER: &str = "MWALLET_TEST_FOLDER";
const TURNED: &str = "MWALLET_TEST_TURNED";
const HOLD: &str = "MWALLET_TEST_HOLD";

/// The password, in memory only when it is used, and only in wiped memory.
const TURNED_PASSWORD: [u8; 15] = turned(*b"canary-Zero-815");

/// A value of the secret store, in memory as it is only where the library holds it.
const TURNED_SECRET: [u8; 18] = turned(*b"canary-Secret-4711");

const fn turned<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = !bytes[at];
        at += 1;
    }
    bytes
}

fn password() -> Password {
    Password::new(TURNED_PASSWORD.iter().map(|byte| char::from(!byte)).collect())
}

/// The places in the memory of this process where the bytes are, turned over.
fn places(turned: &[u8]) -> Vec<String> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut found = Vec::new();
    // The window moves over the memory; it would be found in itself, were it kept as it is.
    let mut window = vec![0; 1 << 20];
    for line in maps.lines() {
        let mut cells = line.split_whitespace();
        let (range, rights) = (cells.next().unwrap(), cells.next().unwrap());
        let name = line.split_whitespace().nth(5).unwrap_or("anonymous");
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
        if !rights.starts_with("rw") || name.starts_with("[v") {
            continue;
        }
        let mut at = start;
        while at < end {
            let length = usize::try_from(end - at).unwrap().min(window.len());
            memory.seek(SeekFrom::Start(at)).unwrap();
            if memory.read_exact(&mut window[..length]).is_err() {
                break;
            }
            let own = window.as_ptr() as u64;
            let (first, last) = (!turned[0], length.saturating_sub(turned.len()));
            let begins = |(_, byte): &(usize, &u8)| **byte == first;
            for (offset, _) in window[..last].iter().enumerate().filter(begins) {
                let place = at + offset as u64;
                let is_own = (own..own + window.len() as u64).contains(&place);
                let same = turned.iter().zip(&window[offset..]).all(|(one, other)| *one == !other);
                if same && !is_own {
                    found.push(format!("{name} {place:x}"));
                }
            }
            at += (length.saturating_sub(turned.len())).max(1) as u64;
            if length < window.len() {
                break;
            }
        }
        window.fill(0);
    }
    found
}

/// Opens and writes the wallets of the folder; run by the test below in a process of its own.
#[test]
#[ignore = "the child of another test"]
fn child() {
    let folder = env::var(FOLDER).unwrap();
    let folder = Path::new(&folder);
    let turned: Vec<u8> =
        env::var(TURNED).unwrap().split(',').map(|number| number.parse().unwrap()).collect();
    let (mut held, mut certificates) = (Vec::new(), Vec::new());
    for name in ["w.p12", "w.jks", "sealed.pem", "w.jceks", "w/ewallet.p12", "w/cwallet.sso"] {
        let password = password();
        let bytes = file::read(&folder.join(name)).unwrap();
        let format = codec::detect(&bytes).unwrap();
        let decoded = codec::decode(&bytes, format, &Opening::with(Some(&password))).unwrap();
        let keys = decoded.wallet.entries().iter().filter(|entry| entry.key().is_some()).count();
        assert_eq!(keys, 1, "{name}");
        let is_secret = |entry: &&Entry| matches!(entry.kind, EntryKind::Secret(_));
        let secrets = decoded.wallet.entries().iter().filter(is_secret).count();
        assert_eq!(secrets, usize::from(name.starts_with("w/")), "{name}");
        for format in [Format::Pkcs12, Format::Jks, Format::Jceks, Format::Pem] {
            let sealing = Sealing { protect: Protect::Password(&password), ..Sealing::default() };
            drop(codec::encode(&decoded.wallet, format, &sealing, None).unwrap());
        }
        // Every bag anew, and the file with nothing changed.
        let sealing = Sealing { iterations: Some(20_000), ..Sealing::default() };
        drop(codec::encode(&decoded.wallet, format, &sealing, Some(&decoded.origin)).unwrap());
        let sealing = Sealing::default();
        drop(codec::encode(&decoded.wallet, format, &sealing, Some(&decoded.origin)).unwrap());
        // A file that shares its bytes with its certificates leaves nothing either, while somebody has one of these.
        let shared = codec::decode_shared(&bytes.into(), format, &Opening::with(Some(&password)));
        let wallet = shared.unwrap().wallet;
        certificates.extend(wallet.certificates().map(|(_, certificate)| certificate.clone()));
        drop(wallet);
        if env::var_os(HOLD).is_some() {
            held.push((decoded, password));
        }
    }
    println!("<<key {:?}>>", places(&turned));
    println!("<<password {:?}>>", places(&TURNED_PASSWORD));
    println!("<<secret {:?}>>", places(&TURNED_SECRET));
    assert_eq!(certificates.len(), 6);
}

fn prepare(scratch: &Scratch, openssl: &Peer) -> Vec<u8> {
    let word: String = TURNED_PASSWORD.iter().map(|byte| char::from(!byte)).collect();
    let line = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out app.key";
    scratch.run(openssl, line).ok();
    scratch.run(openssl, "req -x509 -new -key app.key -subj /CN=app -days 300 -out app.pem").ok();
    let line = format!(
        "pkcs12 -export -in app.pem -inkey app.key -name app -out w.p12 -passout pass:{word}"
    );
    scratch.run(openssl, &line).ok();
    for target in ["w.jks", "w.jceks", "sealed.pem", "w"] {
        let line = format!("convert w.p12 {target}");
        scratch.mwallet(&line).password(&word).out_password(&word).ok();
    }
    // What is freed of this size is kept apart by its size, and so not soon written over.
    let secret = TURNED_SECRET.map(|byte| !byte);
    let secret = [&[b'x'; 440][..], &secret, &[b'y'; 440]].concat();
    let set = scratch.mwallet("secret set w a.secret --value-stdin").password(&word);
    set.stdin(&secret).ok();
    scratch.mwallet("autologin on w").password(&word).ok();
    let text = scratch.run(openssl, "pkey -in app.key -text -noout").ok().out();
    let (_, rest) = text.split_once("priv:").unwrap();
    let (number, _) = rest.split_once("pub:").unwrap();
    number.trim().split(':').map(|byte| !u8::from_str_radix(byte.trim(), 16).unwrap()).collect()
}

#[test]
fn nothing_is_left_in_memory_of_a_wallet_that_was_closed() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let turned = prepare(&scratch, &openssl);
    let ask = |hold: bool| {
        let mut command = Command::new(env::current_exe().unwrap());
        let numbers: Vec<String> = turned.iter().map(u8::to_string).collect();
        command.args(["child", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env(FOLDER, scratch.path()).env(TURNED, numbers.join(","));
        if hold {
            command.env(HOLD, "1");
        }
        run(&mut command, b"").ok()
    };
    let held = ask(true);
    assert!(!held.out().contains("<<key []>>"), "the search finds no key: {}", held.story());
    assert!(!held.out().contains("<<password []>>"), "it finds no password: {}", held.story());
    assert!(!held.out().contains("<<secret []>>"), "it finds no secret: {}", held.story());
    let closed = ask(false);
    for what in ["<<key []>>", "<<password []>>", "<<secret []>>"] {
        assert!(closed.out().contains(what), "{what}: {}", closed.story());
    }
}
