//! Making what a test PKI consists of, on one processor; `benches/pki.sh` measures whole builds.
//!
//!     cargo bench --bench test_pki

#![allow(clippy::unwrap_used, missing_docs)]

mod fixture;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mwallet::crypto::keygen;
use mwallet::model::key::KeyAlgorithm;
use mwallet::pki::Workshop;
use mwallet::pki::file;
use std::collections::HashMap;

/// A root and so many leaves with a key store each.
fn build(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("pki");
    group.sample_size(10);
    for (outputs, count) in [("\"pem\"", 100), ("\"p12\"", 100), ("\"jks\"", 100)] {
        let text = format!(
            "version = 1\nout = \"out\"\npassword = \"changeit1\"\n[defaults]\nkey = \"ec:p256\"\n\
             outputs = [{outputs}]\niterations = {}\n[ca.root]\n\
             [leaf.app]\nissuer = \"root\"\nsan = \"dns:localhost\"\ncount = {count}\n",
            fixture::ITERATIONS
        );
        let spec = file::read(&text).unwrap();
        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::new("leaves", outputs.trim_matches('"')), |bencher| {
            bencher.iter(|| {
                let password = fixture::password();
                let mut workshop = Workshop {
                    spec: &spec,
                    password: &password,
                    now: fixture::NOW,
                    issuing: HashMap::new(),
                };
                let (root, _) = workshop.authority(&spec.authorities[0], None).unwrap();
                workshop.issuing.insert("root".to_owned(), root);
                spec.leaves
                    .iter()
                    .map(|leaf| workshop.leaf(leaf).unwrap().files.len())
                    .sum::<usize>()
            });
        });
    }
    group.finish();
}

/// Keys, which no PKI is made without.
fn keys(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("key");
    group.sample_size(20);
    let kinds = [KeyAlgorithm::EcP256, KeyAlgorithm::Ed25519, KeyAlgorithm::Rsa(2048)];
    for algorithm in kinds {
        group.bench_function(algorithm.to_string(), |bencher| {
            bencher.iter(|| keygen::generate(algorithm).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, build, keys);
criterion_main!(benches);
