//! R6: files that ask for more work or memory than they are worth are refused, and the limit is named.

use crate::measure::{Usage, measured};
use crate::support::corpus::shared;
use crate::support::job::PASSWORD;
use crate::support::loudly;
use crate::support::peers;
use crate::support::scratch::Scratch;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// No bomb may keep the program busy for longer. The quick form counts processor time, because other
/// tests run at the same time.
const TIME: Duration = Duration::from_secs(1);

/// Nor may it take more memory, in KiB.
const MEMORY: u64 = 64 * 1024;

/// A file, and how it is to be refused.
struct Bomb {
    file: String,
    code: &'static str,
    /// What the message names: the limit, or the claim that does not hold.
    names: &'static str,
    /// Whether the rest of the file can be read: a key that is sealed on its own is then listed as locked,
    /// with a warning.
    is_key: bool,
}

fn bomb(file: &str, code: &'static str, names: &'static str) -> Bomb {
    Bomb { file: file.to_owned(), code, names, is_key: false }
}

/// Replaces the first occurrence.
#[track_caller]
fn patched(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at =
        bytes.windows(old.len()).position(|window| window == old).expect("the bytes are there");
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

/// Makes the bombs in the scratch folder.
fn bombs(scratch: &Scratch) -> Vec<Bomb> {
    let mut bombs = Vec::new();
    let create = |line: &str| scratch.mwallet(line).password(PASSWORD).ok();
    // 100,001 iterations become eight million.
    create("create honest.p12 --profile modern --iterations 100001");
    let honest = scratch.read("honest.p12");
    let (asked, more) = ([0x02, 0x03, 0x01, 0x86, 0xa1], [0x02, 0x03, 0x7f, 0xff, 0xff]);
    let last = honest.windows(5).rposition(|window| window == asked).unwrap();
    scratch.write("mac.p12", [&honest[..last], &more, &honest[last + 5..]].concat());
    bombs.push(bomb("mac.p12", "limit-exceeded", "8388607 asked for, 1000000 allowed"));
    // Keys in PKCS#8: PBKDF2, and scrypt with 260 MB.
    if let Some(openssl) = peers::openssl() {
        scratch
            .run(&openssl, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem")
            .ok();
        for (name, options, old, new, names) in [
            (
                "pbkdf2.der",
                "-iter 100001",
                &asked[..],
                &more[..],
                "8388607 asked for, 1000000 allowed",
            ),
            (
                "scrypt.der",
                "-scrypt -scrypt_N 16384 -scrypt_r 8 -scrypt_p 1",
                &[0x02, 0x02, 0x40, 0x00, 0x02, 0x01, 0x08],
                &[0x02, 0x02, 0x40, 0x00, 0x02, 0x01, 0x7f],
                "allowed",
            ),
        ] {
            let line = format!(
                "pkcs8 -topk8 -in key.pem -outform der -out {name} {options} -passout pass:{PASSWORD}"
            );
            scratch.run(&openssl, &line).ok();
            scratch.write(name, patched(&scratch.read(name), old, new));
            bombs.push(Bomb { is_key: true, ..bomb(name, "limit-exceeded", names) });
        }
    }
    // SEQUENCEs in SEQUENCEs, of indefinite length and of a definite one.
    scratch.write("indefinite.p12", [0x30, 0x80].repeat(20_000));
    bombs.push(bomb("indefinite.p12", "", ""));
    // Octet strings in octet strings, where the contents of a PKCS#12 file should be.
    let start = [
        &[0x30, 0x80, 0x02, 0x01, 0x03, 0x30, 0x80, 0x06, 0x09][..],
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, 0xa0, 0x80],
    ];
    scratch.write("octets.p12", [start.concat(), [0x24, 0x80].repeat(20_000)].concat());
    bombs.push(bomb("octets.p12", "limit-exceeded", "64 allowed"));
    let mut nested = Vec::new();
    for _ in 0..10_000 {
        let length = u32::try_from(nested.len()).unwrap().to_be_bytes();
        nested.splice(0..0, [&[0x30, 0x84], &length[..]].concat());
    }
    scratch.write("definite.p12", nested);
    bombs.push(bomb("definite.p12", "", ""));
    // Java's counts and lengths.
    let digest = [0; 20];
    for (name, magic) in [("count.jks", [0xfe, 0xed, 0xfe, 0xed]), ("count.jceks", [0xce; 4])] {
        let count = [0x00, 0x00, 0x00, 0x02, 0x7f, 0xff, 0xff, 0xff];
        scratch.write(name, [&magic[..], &count, &digest].concat());
        bombs.push(bomb(name, "", ""));
        let chain = [
            &magic[..],
            &[0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, b'a', 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x7f, 0xff, 0xff, 0xff],
            &digest,
        ];
        let long = name.replace("count", "length");
        scratch.write(&long, chain.concat());
        bombs.push(bomb(&long, "", ""));
    }
    // Lengths beyond the file, and files beyond the limit that take no room on the disk.
    scratch.write("length.p12", [0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01, 0x03]);
    bombs.push(bomb("length.p12", "", ""));
    for (name, start) in [
        ("sparse", &[][..]),
        ("sparse.p12", &honest[..]),
        ("sparse.jks", &[0xfe, 0xed, 0xfe, 0xed]),
    ] {
        let path = scratch.write(name, start);
        fs::OpenOptions::new().write(true).open(path).unwrap().set_len(1 << 30).unwrap();
        bombs.push(bomb(name, "limit-exceeded", "268435455 bytes"));
    }
    // What is no file at all. Nobody writes to the pipe.
    assert!(Command::new("mkfifo").arg(scratch.at("pipe")).status().unwrap().success());
    bombs.push(bomb("pipe", "not-a-file", "a named pipe"));
    bombs.push(bomb("/dev/zero", "not-a-file", "a character device"));
    bombs.extend(of_the_corpus());
    bombs
}

fn of_the_corpus() -> Vec<Bomb> {
    let Some(folder) = shared("corpus/files/synthetic-bombs") else { return Vec::new() };
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(!paths.is_empty(), "the corpus has no bombs");
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let asks_for_iterations =
                path.file_name().unwrap().to_str().unwrap().starts_with("bomb");
            let path = path.to_str().unwrap();
            if asks_for_iterations {
                bomb(path, "limit-exceeded", "1000000 allowed")
            } else {
                bomb(path, "", "")
            }
        })
        .collect()
}

/// Every verb that reads a file of somebody else's.
const VERBS: [&str; 9] = [
    "list FILE",
    "show FILE",
    "check FILE",
    "chain FILE",
    "expiry FILE",
    "convert FILE out.p12",
    "diff FILE FILE",
    "add-trusted honest.p12 FILE",
    "import-user honest.p12 FILE",
];

fn first_word(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// The most that any of them took.
fn refused(
    scratch: &Scratch,
    bombs: &[Bomb],
    verbs: &[&str],
    precisely: bool,
) -> Option<(Duration, u64)> {
    let mut most = (Duration::ZERO, 0);
    // These read from pipes, too, as `<(...)` offers them, and so wait for a writer.
    let takes_pipes =
        |verb: &str| ["chain", "add-trusted", "import-user"].contains(&first_word(verb));
    for Bomb { file, code, names, is_key } in bombs {
        for verb in verbs.iter().filter(|verb| file != "pipe" || !takes_pipes(verb)) {
            let line = verb.replace("FILE", file) + " --json";
            let takes_password = !["chain", "expiry"].contains(&first_word(verb));
            let line = if takes_password { line + " --password-env P" } else { line };
            let line = if verb.starts_with("convert") { line + " --out-no-password" } else { line };
            let usage = measured(scratch.path(), &line, PASSWORD, "/dev/null")?;
            let Usage { status, wall, cpu, memory, told } = &usage;
            // `expiry` looks at certificates in the clear, and others pass over a sealed key.
            let may_pass = *is_key || first_word(verb) == "expiry";
            assert!(may_pass || *status > 0, "{line}: {usage:#?}");
            assert!([0, 1, 3, 4, 5, 6].contains(status), "{line}: {usage:#?}");
            assert!(may_pass || told.contains("\"code\""), "{line}: no code: {usage:#?}");
            // Not each verb opens what is sealed; what it says otherwise is another refusal.
            if verb.starts_with("list") {
                assert!(told.contains(code) && told.contains(names), "{line}: {usage:#?}");
            }
            let took = if precisely { wall } else { cpu };
            assert!(*took < TIME && *memory < MEMORY, "{line}: {usage:#?}");
            most = (most.0.max(*took), most.1.max(*memory));
        }
    }
    assert!(!Path::new(&scratch.at("out.p12")).exists(), "something was converted");
    Some(most)
}

#[test]
fn bombs_are_refused_quickly_in_little_memory() {
    let scratch = Scratch::new();
    let bombs = bombs(&scratch);
    let Some((took, memory)) = refused(&scratch, &bombs, &VERBS[..1], false) else { return };
    loudly(&format!("R6: {} bombs refused, at most {took:.2?} and {memory} KiB", bombs.len()));
}

/// Keys that are each just allowed are not all opened: the file as a whole has a bound of its own.
#[test]
fn many_dear_keys_are_bounded_together() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch.run(&openssl, "genpkey -algorithm ED25519 -out key.pem").ok();
    let line = "pkcs8 -topk8 -in key.pem -outform der -out key.der -v1 PBE-SHA1-3DES -iter 1000000";
    scratch.run(&openssl, &format!("{line} -passout pass:{PASSWORD}")).ok();
    let key = scratch.read("key.der");
    // Another salt in each, or it would be one derivation.
    let iterations = [0x02, 0x03, 0x0f, 0x42, 0x40];
    let salt = key.windows(5).position(|window| window == iterations).unwrap() - 8;
    let data = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    let shrouded = [0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02];
    let bags: Vec<Vec<u8>> = (0..100)
        .map(|number| {
            let mut key = key.clone();
            key[salt] = number;
            der(0x30, &[&shrouded, &der(0xa0, &[&key])])
        })
        .collect();
    let bags: Vec<&[u8]> = bags.iter().map(Vec::as_slice).collect();
    let content_info =
        |content: &[u8]| der(0x30, &[&data, &der(0xa0, &[&der(0x04, &[&der(0x30, &[content])])])]);
    let pfx = der(0x30, &[&[0x02, 0x01, 0x03], &content_info(&content_info(&bags.concat()))]);
    scratch.write("keys.p12", pfx);
    let line = "list keys.p12 --json --password-env P";
    let Some(usage) = measured(scratch.path(), line, PASSWORD, "/dev/null") else { return };
    assert!(usage.told.contains("too much work"), "{usage:#?}");
    assert!(usage.cpu < 10 * TIME && usage.memory < MEMORY, "{usage:#?}");
    loudly(&format!("R6: 100 keys at the limit took {:.2?}", usage.cpu));
}

/// A value in DER.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    match content.len() {
        0..0x80 => [&[tag, length[3]], &content[..]].concat(),
        0x80..0x100 => [&[tag, 0x81, length[3]], &content[..]].concat(),
        _ => [&[tag, 0x82, length[2], length[3]], &content[..]].concat(),
    }
}

/// What comes by other ways than a file that is named.
#[test]
fn endless_input_is_bounded_wherever_it_comes_in() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for (line, stdin, names) in [
        ("chain - --json", "/dev/zero", "16777216"),
        ("add-trusted w - --password-env P --json", "/dev/zero", "16777216"),
        ("list w --password-stdin --json", "/dev/zero", "65536"),
        ("list w --password-file /dev/zero --json", "/dev/null", "65536"),
        ("csr w --dn-file /dev/zero --json", "/dev/null", ""),
    ] {
        let Some(usage) = measured(scratch.path(), line, PASSWORD, stdin) else { return };
        assert!([1, 2, 4].contains(&usage.status), "{line}: {usage:#?}");
        assert!(usage.told.contains(names), "{line}: {usage:#?}");
        assert!(usage.cpu < TIME && usage.memory < 2 * MEMORY, "{line}: {usage:#?}");
    }
}

pub(crate) fn long() -> String {
    let scratch = Scratch::new();
    let bombs = bombs(&scratch);
    let (took, memory) =
        refused(&scratch, &bombs, &VERBS, true).expect("the long form needs Python");
    format!(
        "{} bombs for {} verbs, each refused: at most {took:.2?} and {memory} KiB",
        bombs.len(),
        VERBS.len()
    )
}
