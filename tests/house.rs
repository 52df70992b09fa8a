//! The rules of the house, as data, held against the sources.
//!
//! Each rule is a function from a path and a text to complaints. Each has a test that feeds it a
//! violation, so that a rule which can no longer fail is found out. `docs/architecture.md` tells
//! the same story in prose, and has the table of the layers.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

use mwallet::code::{Class, Code};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file of `src/`, in lines, without its `#[cfg(test)]` module.
const LONGEST_FILE: usize = 450;

/// What may be named only in certain files, with the reason. A path that ends in `/` is a folder.
const FENCES: &[(&str, &[&str], &str)] = &[
    ("std::fs", &["src/store/file.rs", "src/store/file/"], "one place reads and writes files"),
    ("rustix::fs", &["src/store/"], "one layer locks files and sets their modes"),
    ("tempfile::", &["src/store/"], "one place makes temporary files"),
    ("std::env", &["src/bin/mwallet/context.rs"], "the environment is an input of the program"),
    ("TcpStream", &["src/probe/handshake.rs", "src/serve/"], "one place connects"),
    ("TcpListener", &["src/serve/"], "one place listens"),
    ("UdpSocket", &[], "nothing speaks UDP"),
    ("UnixStream", &[], "nothing speaks to local sockets"),
    ("SystemTime::now", &["src/bin/mwallet/context.rs"], "time is an argument"),
    ("now_utc", &["src/bin/mwallet/context.rs"], "time is an argument"),
    ("now_local", &[], "results must not depend on the time zone of a machine"),
    ("memmap2", &["src/secret/pages.rs"], "files are not mapped: they change under their reader"),
    ("aws_lc_rs", &["src/crypto/", "src/digest.rs"], "crypto crates are called in one layer"),
    ("des::", &["src/crypto/"], "crypto crates are called in one layer"),
    ("rc2::", &["src/crypto/"], "crypto crates are called in one layer"),
    ("rc4::", &["src/crypto/"], "crypto crates are called in one layer"),
    ("cbc::", &["src/crypto/"], "crypto crates are called in one layer"),
    ("scrypt::", &["src/crypto/"], "crypto crates are called in one layer"),
    ("pbkdf2::", &["src/crypto/"], "crypto crates are called in one layer"),
    ("md5::", &["src/crypto/"], "crypto crates are called in one layer"),
    ("sha2::", &["src/crypto/", "src/digest.rs"], "crypto crates are called in one layer"),
    (
        "RsaPrivateKey",
        &["src/crypto/weak.rs"],
        "RUSTSEC-2023-0071: for keys that are made to be refused",
    ),
    ("dialoguer", &["src/bin/mwallet/"], "only the program talks to a terminal"),
    ("clap", &["src/bin/mwallet/"], "only the program has a command line"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The layer of each top-level module, by the table of the document: `| 1 | `model/` `parallel` | ... |`.
fn layers(document: &str) -> Vec<(&str, u8)> {
    let mut layers = Vec::new();
    for line in document.lines() {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let Some(layer) = cells.next().and_then(|cell| cell.parse().ok()) else { continue };
        let modules = cells.next().unwrap_or_default().split('`').skip(1).step_by(2);
        let names = modules.map(|module| module.trim_end_matches('/').trim_end_matches(".rs"));
        layers.extend(names.map(|name| (name, layer)));
    }
    layers
}

/// Every file below `folder` (relative to the project), with its text, in order.
fn texts(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in files(&root().join(folder)) {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if let Ok(text) = fs::read_to_string(&path) {
            found.push((name, text));
        }
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    if folder.is_file() {
        return vec![folder.to_owned()];
    }
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.flat_map(|entry| files(&entry.unwrap().path())).collect();
    found.sort();
    found
}

fn rust_sources() -> Vec<(String, String)> {
    let sources: Vec<_> = texts("src")
        .into_iter()
        .filter(|(path, _)| Path::new(path).extension().is_some_and(|ending| ending == "rs"))
        .collect();
    assert!(sources.len() > 20, "only {} sources were found", sources.len());
    sources
}

/// The source without comments and without the contents of strings, so that prose and messages
/// neither break nor keep a rule.
fn code_only(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let bytes: Vec<char> = source.chars().collect();
    let mut at = 0;
    let starts = |at: usize, text: &str| {
        text.chars().enumerate().all(|(i, c)| bytes.get(at + i) == Some(&c))
    };
    while at < bytes.len() {
        if starts(at, "//") {
            while at < bytes.len() && bytes[at] != '\n' {
                at += 1;
            }
        } else if starts(at, "/*") {
            while at < bytes.len() && !starts(at, "*/") {
                if bytes[at] == '\n' {
                    out.push('\n');
                }
                at += 1;
            }
            at += 2;
        } else if bytes[at] == 'r'
            && (starts(at, "r\"") || starts(at, "r#\"") || starts(at, "r##\""))
        {
            let hashes = bytes[at + 1..].iter().take_while(|&&c| c == '#').count();
            let end: String =
                std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            at += 2 + hashes;
            while at < bytes.len() && !starts(at, &end) {
                if bytes[at] == '\n' {
                    out.push('\n');
                }
                at += 1;
            }
            at += end.len();
            out.push_str("\"\"");
        } else if bytes[at] == '"' {
            at += 1;
            while at < bytes.len() && bytes[at] != '"' {
                if bytes[at] == '\n' {
                    out.push('\n');
                }
                at += if bytes[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
            out.push_str("\"\"");
        } else if starts(at, "'\"'") || starts(at, "'\\\"'") {
            at += if bytes[at + 1] == '\\' { 4 } else { 3 };
            out.push_str("''");
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

/// The source up to its test module, without declarations of such modules; files of tests alone are empty.
fn without_tests(path: &str, source: &str) -> String {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    let mut kept = String::new();
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        return kept;
    }
    let mut rest = source;
    while let Some(at) = rest.find(ATTRIBUTE) {
        let (before, found) = rest.split_at(at);
        kept.push_str(before);
        let item = found[ATTRIBUTE.len()..].trim_start();
        rest = match item.find([';', '{']) {
            Some(end) if item.starts_with("mod ") && item[end..].starts_with(';') => {
                &item[end + 1..]
            }
            // Clippy sees to it that such a module is the last item.
            Some(_) if item.starts_with("mod ") => return kept,
            _ => {
                kept.push_str(ATTRIBUTE);
                &found[ATTRIBUTE.len()..]
            }
        };
    }
    kept + rest
}

/// `src/codec/pkcs12/read.rs` -> `["codec", "pkcs12", "read"]`.
fn module_path(path: &str) -> Vec<&str> {
    path.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect()
}

fn is_program(path: &str) -> bool {
    path.starts_with("src/bin/")
}

/// The names that follow `prefix` as the first step of a path, also through a `{...}` group.
fn first_steps<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word = |text: &'a str| {
        let text = text.trim_start();
        &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())]
    };
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].chars().next_back().is_some_and(|before| is_word(before) || before == '$') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        // The members of the group are what stands at depth one, after `{` or `,`.
        let (mut depth, mut start) = (1, 0);
        for (position, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => {
                    found.push(word(&group[start..]));
                    start = position + 1;
                }
                _ => {}
            }
            if depth == 0 {
                found.push(word(&group[start..position]));
                break;
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// Rule (a): imports go down, and siblings of one layer do not know each other.
fn upward_imports(path: &str, source: &str, layers: &[(&str, u8)]) -> Vec<String> {
    let code = code_only(&without_tests(path, source));
    if is_program(path) {
        return program_imports(path, &code);
    }
    let own_path = module_path(path);
    let own = own_path[0];
    let layer = |name: &str| layers.iter().find(|(module, _)| *module == name).map(|(_, l)| *l);
    let Some(own_layer) = layer(own) else {
        return vec![format!("{path}: module {own} has no layer")];
    };
    if own == "lib" {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for name in first_steps(&code, "crate::") {
        if name == own {
            continue;
        }
        match layer(name) {
            Some(layer) if layer < own_layer => {}
            Some(layer) => complaints
                .push(format!("{path} (layer {own_layer}) imports crate::{name} (layer {layer})")),
            None => complaints.push(format!("{path} imports crate::{name}, which has no layer")),
        }
    }
    let climb = "super::".repeat(own_path.len());
    if code.contains(&climb) {
        complaints.push(format!("{path} climbs to the crate's root with {climb}"));
    }
    complaints
}

/// The program's own modules are its own; of the library it has only what everybody has.
fn program_imports(path: &str, code: &str) -> Vec<String> {
    ["#[path", "include!(", "aws_lc_rs", "der::", "x509_cert", "x509_parser"]
        .into_iter()
        .filter(|word| names(code, word))
        .map(|word| format!("{path} uses {word}: the program uses the public API only"))
        .collect()
}

/// Rule (b): a file stays readable in one sitting.
fn too_long(path: &str, source: &str) -> Vec<String> {
    let lines = without_tests(path, source).lines().count();
    if lines > LONGEST_FILE {
        return vec![format!("{path} has {lines} lines without its tests, over {LONGEST_FILE}")];
    }
    Vec::new()
}

/// Rule (c): every code has one section, every section has a code, and the status is right.
fn error_sections(document: &str, codes: &[(&str, Class)]) -> Vec<String> {
    let mut sections: BTreeMap<&str, &str> = BTreeMap::new();
    let mut complaints = Vec::new();
    for part in document.split("\n### ").skip(1) {
        let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
        let name = heading.trim().trim_matches('`');
        if sections.insert(name, body).is_some() {
            complaints.push(format!("docs/errors.md: {name} has two sections"));
        }
    }
    for (name, class) in codes {
        match sections.remove(name) {
            None => complaints.push(format!("docs/errors.md: no section for {name}")),
            Some(body) => {
                let wanted = format!("Exit status: {}", status(*class));
                if !body.lines().any(|line| line == wanted) {
                    complaints.push(format!("docs/errors.md: {name} does not say \"{wanted}\""));
                }
            }
        }
    }
    complaints
        .extend(sections.keys().map(|name| format!("docs/errors.md: {name} is a code of nothing")));
    complaints
}

/// Part of rule (c): the codes are declared in the order of their sections.
fn first_out_of_order<'a>(document: &str, codes: &[&'a str]) -> Option<&'a str> {
    let headings = document.lines().filter_map(|line| line.strip_prefix("### "));
    let sections = headings.map(|heading| heading.trim().trim_matches('`'));
    codes.iter().zip(sections).find(|(code, section)| *code != section).map(|(code, _)| *code)
}

/// The exit status that the program derives from a class.
fn status(class: Class) -> u8 {
    match class {
        Class::Failed => 1,
        Class::Usage => 2,
        Class::Finding => 3,
        Class::Password => 4,
        Class::NotFound => 5,
        Class::Refused => 6,
        Class::Network => 7,
        Class::Locked => 8,
        Class::Interrupted => 130,
    }
}

/// Rule (d): every vector says where it is from.
fn undescribed_vectors(vectors: &[&str], readme: &str) -> Vec<String> {
    vectors
        .iter()
        .filter(|name| !readme.lines().any(|line| line.contains(&format!("`{name}`"))))
        .map(|name| format!("testdata/{name} has no line in testdata/README.md"))
        .collect()
}

/// Rule (e): what has one home is named nowhere else.
fn fence_breaks(path: &str, source: &str) -> Vec<String> {
    let code = code_only(&without_tests(path, source));
    FENCES
        .iter()
        .filter(|(_, homes, _)| {
            !homes.iter().any(|home| *home == path || home.ends_with('/') && path.starts_with(home))
        })
        .filter(|(word, _, _)| names(&code, word))
        .map(|(word, _, reason)| format!("{path} names {word}: {reason}"))
        .collect()
}

/// Whether the code names `word` as a path of its own: `des::` is not in `modes::`, and
/// `std::{env, fs}` names both.
fn names(code: &str, word: &str) -> bool {
    let grouped = word.split_once("::").is_some_and(|(krate, module)| {
        !module.is_empty() && first_steps(code, &format!("{krate}::")).contains(&module)
    });
    grouped
        || code.match_indices(word).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            let inside = |c: char| c.is_alphanumeric() || c == '_';
            // A module of ours may be called like a crate: `kdf::pbkdf2::derive`.
            let of_ours = code[..at].ends_with("::") && !code[..at].ends_with(" ::");
            let plain = word.ends_with("::") && of_ours;
            !before.is_some_and(inside) && !plain
        })
}

/// Rule (f): every dependency is listed with its reason.
fn unlisted_dependencies(manifest: &str, document: &str) -> Vec<String> {
    let listed: BTreeSet<&str> = document.split('`').skip(1).step_by(2).collect();
    dependencies(manifest)
        .into_iter()
        .filter(|name| !listed.contains(name))
        .map(|name| format!("docs/dependencies.md does not list {name}"))
        .collect()
}

fn dependencies(manifest: &str) -> Vec<&str> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').ends_with("dependencies");
        } else if inside
            && !line.starts_with('#')
            && let Some((name, _)) = line.split_once([' ', '=', '.'])
        {
            found.push(name);
        }
    }
    found
}

/// Rule (g): a published project does not know the machine that it was built on.
fn foreign_words(path: &str, text: &str) -> Vec<String> {
    let words =
        [["/wo", "rk/"], ["/ro", "ot/"], [".lib", "rary"], ["pyenv/", "shims"], ["/ho", "me/"]]
            .map(|halves| halves.concat());
    let mut complaints = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for word in &words {
            // A path begins where no other path goes on: `testdata/work/` is a folder of ours.
            let here = line.match_indices(word.as_str()).any(|(at, _)| {
                !word.starts_with('/')
                    || !line[..at].ends_with(|c: char| c.is_alphanumeric() || "-_.".contains(c))
            });
            if here {
                complaints.push(format!("{path}:{}: {word} does not belong here", number + 1));
            }
        }
    }
    complaints
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn imports_go_down() {
    let document = read("docs/architecture.md");
    let layers = layers(&document);
    let complaints: Vec<_> = rust_sources()
        .iter()
        .flat_map(|(path, source)| upward_imports(path, source, &layers))
        .collect();
    assert_none(&complaints);
}

#[test]
fn imports_that_go_up_or_sideways_are_found() {
    let layers = layers(
        "| layer | modules | what |\n|---|---|---|\n| 0 | `code` | `x` |\n| 1 | `model/` | `y/` |\n\
         | 2 | `crypto/` | |\n| 3 | `codec/` `chain/` `issue/` | |\n| 4 | `ops/` | |\n\
         | 5 | `store/` `probe/` | |\n| 7 | `lib.rs` `error.rs` | |\n",
    );
    let found = |path: &str, source: &str| upward_imports(path, source, &layers).len();
    assert_eq!(found("src/model/key.rs", "use crate::crypto::sign;"), 1);
    assert_eq!(found("src/codec/pem.rs", "fn f() { crate::chain::check() }"), 1);
    assert_eq!(found("src/issue/csr.rs", "use crate::{codec::pem, model::key::PrivateKey};"), 1);
    assert_eq!(found("src/store.rs", "use crate::{\n    ops::{edit, trust},\n    probe,\n};"), 1);
    assert_eq!(found("src/chain/path.rs", "use super::super::codec::pem;"), 1);
    assert_eq!(found("src/ops/edit.rs", "use crate::error::Error;"), 1);
    assert_eq!(found("src/ops/edit.rs", "use crate::brandnew::Thing;"), 1);
    assert_eq!(found("src/brandnew.rs", "use crate::code::Code;"), 1);
    assert_eq!(found("src/bin/mwallet/main.rs", "#[path = \"../../ops.rs\"] mod ops;"), 1);
    assert_eq!(found("src/bin/mwallet/main.rs", "use der::Decode;"), 1);
    assert_eq!(found("src/bin/mwallet/main.rs", "use crate::render::list;"), 0);
    // What goes down, stays inside, or is only talked about is right.
    assert_eq!(found("src/codec/pem.rs", "use crate::model::key::PrivateKey;"), 0);
    assert_eq!(found("src/codec/pem.rs", "use crate::codec::bundle; use super::bundle;"), 0);
    assert_eq!(found("src/model/key.rs", "// as crate::crypto does\nlet s = \"crate::ops\";"), 0);
    assert_eq!(found("src/lib.rs", "pub use crate::store::dir;"), 0);
    assert_eq!(
        found("src/chain/path.rs", "#[cfg(test)]\nmod tests {\n use crate::codec::bundle;\n}"),
        0
    );
    // What stands behind a declaration, or is only for tests without being such a module, is looked at.
    let behind = |rest: &str| format!("#[cfg(test)]\nmod tests;\n\n{rest}");
    assert_eq!(found("src/model/key.rs", &behind("use crate::crypto::sign;")), 1);
    assert_eq!(found("src/model/key.rs", &behind("use crate::code::Code;")), 0);
    assert_eq!(found("src/model/key.rs", &behind("#[cfg(test)]\nuse crate::crypto::sign;")), 1);
    assert_eq!(
        found("src/model/key.rs", &behind("#[cfg(test)]\nmod more {\n use crate::crypto::x;\n}")),
        0
    );
}

#[test]
fn every_module_of_the_library_has_one_layer() {
    let (document, library) = (read("docs/architecture.md"), read("src/lib.rs"));
    let module = |line: &str| Some(line.split_once("mod ")?.1.strip_suffix(';')?.to_owned());
    let mut modules: Vec<String> = library.lines().filter_map(module).collect();
    modules.extend(["lib", "src/bin/mwallet"].map(str::to_owned));
    modules.sort_unstable();
    let mut layered: Vec<_> = layers(&document).into_iter().map(|(name, _)| name).collect();
    layered.sort_unstable();
    assert_eq!(layered, modules);
}

#[test]
fn no_file_is_too_long() {
    let complaints: Vec<_> =
        rust_sources().iter().flat_map(|(path, source)| too_long(path, source)).collect();
    assert_none(&complaints);
}

#[test]
fn a_file_that_is_too_long_is_found() {
    let long = "let x = 1;\n".repeat(LONGEST_FILE + 1);
    assert_eq!(too_long("src/x.rs", &long).len(), 1);
    let with_tests = format!("let x = 1;\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
    assert_eq!(too_long("src/x.rs", &with_tests).len(), 0);
    let behind_tests = format!("#[cfg(test)]\nmod tests;\n{long}");
    assert_eq!(too_long("src/x.rs", &behind_tests).len(), 1);
}

#[test]
fn every_code_is_documented() {
    let document = read("docs/errors.md");
    let codes: Vec<_> = Code::ALL.iter().map(|code| (code.name(), code.class())).collect();
    assert_none(&error_sections(&document, &codes));
    let names: Vec<_> = codes.iter().map(|(name, _)| *name).collect();
    assert_eq!(first_out_of_order(&document, &names), None);
}

#[test]
fn undocumented_and_invented_codes_are_found() {
    let document = "# Errors\n\n### `usage`\n\nExit status: 2\n";
    assert_eq!(error_sections(document, &[("usage", Class::Usage)]).len(), 0);
    assert_eq!(error_sections(document, &[("usage", Class::Failed)]).len(), 1);
    let interrupted = "# Errors\n\n### `interrupted`\n\nExit status: 130\n";
    assert_eq!(error_sections(interrupted, &[("interrupted", Class::Interrupted)]).len(), 0);
    assert_eq!(error_sections(interrupted, &[("interrupted", Class::Failed)]).len(), 1);
    assert_eq!(error_sections(document, &[]).len(), 1);
    let codes = [("usage", Class::Usage), ("io-failed", Class::Failed)];
    assert_eq!(error_sections(document, &codes).len(), 1);
    let two = "### `a`\n\n### `b`\n";
    assert_eq!(first_out_of_order(two, &["a", "b"]), None);
    assert_eq!(first_out_of_order(two, &["b", "a"]), Some("b"));
}

#[test]
fn every_vector_has_its_provenance() {
    let folder = root().join("testdata");
    let names: Vec<String> = files(&folder)
        .iter()
        .map(|path| path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "README.md")
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    assert_none(&undescribed_vectors(&names, &readme));
}

#[test]
fn a_vector_without_provenance_is_found() {
    let readme = "| `pkcs12/a.p12` | openssl 3.0 |\n";
    assert_eq!(undescribed_vectors(&["pkcs12/a.p12"], readme).len(), 0);
    assert_eq!(undescribed_vectors(&["pkcs12/b.p12"], readme).len(), 1);
}

#[test]
fn files_clock_sockets_and_crypto_stay_in_their_places() {
    let complaints: Vec<_> =
        rust_sources().iter().flat_map(|(path, source)| fence_breaks(path, source)).collect();
    assert_none(&complaints);
}

#[test]
fn what_leaves_its_place_is_found() {
    let found = |path: &str, source: &str| fence_breaks(path, source).len();
    assert_eq!(found("src/ops/edit.rs", "use std::fs::File;"), 1);
    assert_eq!(found("src/ops/edit.rs", "use std::{env, fs};"), 2);
    assert_eq!(found("src/codec/pkcs12.rs", "use aws_lc_rs::digest;"), 1);
    assert_eq!(found("src/codec/pkcs12.rs", "type C = ::des::TdesEde3;"), 1);
    assert_eq!(found("src/chain/path.rs", "let at = OffsetDateTime::now_utc();"), 1);
    assert_eq!(found("src/ops/edit.rs", "use std::net::TcpStream;"), 1);
    assert_eq!(found("src/issue/san.rs", "use std::net::IpAddr;"), 0);
    assert_eq!(found("src/store/file.rs", "use std::fs;"), 0);
    assert_eq!(found("src/crypto/cipher.rs", "use des::TdesEde3;"), 0);
    assert_eq!(found("src/codec/pkcs12.rs", "let m = modes::all(); // des::"), 0);
    assert_eq!(found("src/codec/pkcs12.rs", "kdf::pbkdf2::derive()"), 0);
}

#[test]
fn every_dependency_is_explained() {
    let manifest = read("Cargo.toml");
    let document = read("docs/dependencies.md");
    assert!(dependencies(&manifest).len() > 20);
    assert_none(&unlisted_dependencies(&manifest, &document));
}

#[test]
fn an_unexplained_dependency_is_found() {
    let manifest = "[dependencies]\nder = \"0.8\"\nnew.workspace = true\n[dev-dependencies]\nring = { version = \"1\" }\n[lints.rust]\nunsafe_code = \"forbid\"\n";
    assert_eq!(dependencies(manifest), ["der", "new", "ring"]);
    assert_eq!(unlisted_dependencies(manifest, "| `der` | `ring` |").len(), 1);
}

/// Rule (h): every limit is documented, and nothing else is.
fn undocumented_limits(source: &str, document: &str) -> Vec<String> {
    let limits: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next())
        .collect();
    let listed: BTreeSet<&str> =
        document.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    limits
        .symmetric_difference(&listed)
        .map(|name| format!("docs/limits.md and src/limits.rs disagree on {name}"))
        .collect()
}

#[test]
fn every_limit_is_documented() {
    assert_none(&undocumented_limits(&read("src/limits.rs"), &read("docs/limits.md")));
}

#[test]
fn an_undocumented_limit_is_found() {
    let source = "pub const NESTING: usize = 64;\n";
    assert_eq!(undocumented_limits(source, "| `NESTING` | 64 | why |\n").len(), 0);
    assert_eq!(undocumented_limits(source, "").len(), 1);
    assert_eq!(undocumented_limits("", "| `NESTING` | 64 | why |\n").len(), 1);
}

#[test]
fn nothing_names_a_build_machine() {
    let places = [
        "src",
        "tests",
        "docs",
        "testdata",
        "benches",
        "fuzz/Cargo.toml",
        "fuzz/fuzz_targets",
        ".ci",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "Cargo.toml",
        "deny.toml",
        ".clippy.toml",
    ];
    let complaints: Vec<_> = places
        .iter()
        .flat_map(|place| texts(place))
        .flat_map(|(path, text)| foreign_words(&path, &text))
        .collect();
    assert_none(&complaints);
}

#[test]
fn a_path_of_a_build_machine_is_found() {
    assert_eq!(foreign_words("a", &["see /wo", "rk/main"].concat()).len(), 1);
    assert_eq!(foreign_words("a", &["at \"/ro", "ot/x\""].concat()).len(), 1);
    assert_eq!(foreign_words("a", &["frame", "/wo", "rk/main"].concat()).len(), 0);
}
