//! R5: every row of the corpus is held by a test, and what is outside of the product says so.

use crate::support::corpus::{rows, shared};
use crate::support::loudly;
use crate::support::scratch::Scratch;
use std::collections::BTreeMap;
use std::fs;

/// The formats of the manifest, and the tests that read every row of them.
const READ: &[(&str, &[&str])] = &[
    ("corpus.rs", &["p12"]),
    ("corpus_java.rs", &["jks", "jceks"]),
    (
        "corpus_loose.rs",
        &[
            "pem",
            "cert",
            "csr",
            "crl",
            "p7b",
            "key",
            "der",
            "p8",
            "pkcs8",
            "p10",
            "fuzz",
            "test",
            "pvk",
            "spkac",
            "bks",
            "bksv1",
            "bksv2",
            "uber",
            "json-vectors",
        ],
    ),
    ("vectors.rs", &["json-vectors"]),
];

#[test]
fn every_row_is_read_by_a_test() {
    let Some(manifest) = shared("corpus/manifest.tsv") else { return };
    let manifest = fs::read_to_string(manifest).unwrap();
    let mut formats: BTreeMap<&str, usize> = BTreeMap::new();
    for line in manifest.lines().skip(1) {
        *formats.entry(line.split('\t').nth(1).unwrap()).or_default() += 1;
    }
    let files: usize = formats.values().sum();
    for format in formats.keys() {
        let reader = READ.iter().find(|(_, formats)| formats.contains(format));
        assert!(reader.is_some(), "no test reads the rows of format {format}");
    }
    for (test, formats) in READ {
        let source = format!("{}/tests/{test}", env!("CARGO_MANIFEST_DIR"));
        let source = fs::read_to_string(source).unwrap();
        for format in *formats {
            assert!(source.contains(&format!("\"{format}\"")), "{test} does not read {format}");
        }
    }
    loudly(&format!("R5: {files} rows of {} formats, each read by a test", formats.len()));
    assert!(files > 2_000);
}

#[test]
fn stores_of_bouncy_castle_are_recognised_and_refused() {
    let scratch = Scratch::new();
    for format in ["bks", "bksv1", "bksv2", "uber"] {
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
