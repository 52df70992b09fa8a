//! `.ci/sbom` names what is compiled into the program, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use std::process::Command;
use support::run::run;
use support::skipped;

#[test]
fn bill_of_materials_has_what_is_linked_with_version_licence_and_checksum() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/sbom");
    let done = run(Command::new("python3").arg(script), b"");
    if done.err().contains("tomllib") {
        skipped(".ci/sbom needs Python 3.11");
        return;
    }
    let bill: Value = serde_json::from_slice(&done.ok().stdout).unwrap();
    assert_eq!(
        (bill["bomFormat"].as_str(), bill["specVersion"].as_str()),
        (Some("CycloneDX"), Some("1.5"))
    );
    let components = bill["components"].as_array().unwrap();
    let find = |name: &str| components.iter().find(|component| component["name"] == name);
    for name in ["aws-lc-rs", "aws-lc-sys", "der", "rustix", "zeroize"] {
        let component = find(name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(component["hashes"][0]["content"].as_str().unwrap().len(), 64, "{name}");
        assert!(component["licenses"][0]["expression"].is_string(), "{name}");
        assert!(component["purl"].as_str().unwrap().starts_with("pkg:cargo/"), "{name}");
    }
    // Tests and macros are not in the program.
    for name in ["proptest", "rcgen", "clap_derive", "trycmd"] {
        assert!(find(name).is_none(), "{name}");
    }
}
