//! R5: every row of the corpus is held by a test, and what is outside of the product says so.

use crate::support::corpus::{BOUNCY_CASTLE, JAVA, LOOSE, ORDERLY, PKCS12, VECTORS, rows, shared};
use crate::support::loudly;
use crate::support::scratch::Scratch;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The formats that some test reads every row of.
const READ: [&[&str]; 6] = [PKCS12, JAVA, LOOSE, ORDERLY, BOUNCY_CASTLE, VECTORS];

#[test]
fn every_row_is_read_by_a_test() {
    let Some(manifest) = shared("corpus/manifest.tsv") else { return };
    let manifest = fs::read_to_string(manifest).unwrap();
    let mut formats: BTreeMap<&str, usize> = BTreeMap::new();
    for line in manifest.lines().skip(1) {
        *formats.entry(line.split('\t').nth(1).unwrap()).or_default() += 1;
    }
    let files: usize = formats.values().sum();
    let read: BTreeSet<&str> = READ.concat().into_iter().collect();
    assert_eq!(
        formats.keys().copied().collect::<BTreeSet<_>>(),
        read,
        "the manifest, and the tests"
    );
    loudly(&format!("R5: {files} rows of {} formats, each read by a test", formats.len()));
    assert!(files > 2_000);
}

#[test]
fn stores_of_bouncy_castle_are_recognised_and_refused() {
    let scratch = Scratch::new();
    for format in BOUNCY_CASTLE {
        let Some((folder, rows)) = rows(format) else { return };
        for row in rows {
            let path = folder.join(&row.path);
            let list = scratch.mwallet("list").arg(&path).password(&row.password);
            let error = list.fails(1, "format-unsupported");
            let message = error["message"].as_str().unwrap().to_uppercase();
            assert!(message.contains(&format[..3].to_uppercase()), "{}: {message}", row.path);
        }
    }
    // The frame of a BCFKS file: what is encrypted, with its algorithm, and then its integrity check.
    let bcfks = [
        &[0x30, 0x19, 0x30, 0x11, 0x30, 0x0b, 0x06, 0x09][..],
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d],
        &[0x04, 0x02, 0x00, 0x00, 0x30, 0x04, 0x06, 0x02, 0x2a, 0x03],
    ];
    scratch.write("store.bcfks", bcfks.concat());
    scratch.mwallet("list store.bcfks").password("x").fails(1, "format-unsupported");
}
