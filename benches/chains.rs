//! Judging a certificate: among many that are trusted, and where searching is hard.
//!
//!     cargo bench --bench chains

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod fixture;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use mwallet::chain::{Candidates, Criteria, Source, validate};
use mwallet::codec::{Opening, bundle};
use mwallet::crypto::keygen;
use mwallet::issue::certificate::{self, Issuer};
use mwallet::model::certificate::Certificate;
use mwallet::model::key::KeyAlgorithm;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A leaf, its intermediate, and its root among others.
fn among_trusted(bench: &mut Criterion) {
    let chain = fixture::chain();
    let mut group = bench.benchmark_group("among trusted");
    for count in [1, 144, 10_000] {
        let mut trusted = fixture::roots(count - 1);
        trusted.insert(trusted.len() / 2, chain.root.clone());
        let index = || {
            let mut candidates = Candidates::new();
            candidates.add(&chain.issuing, Source::Presented);
            for root in &trusted {
                candidates.add(root, Source::Trusted);
            }
            candidates
        };
        group.bench_function(BenchmarkId::new("index", count), |bencher| bencher.iter(index));
        group.bench_function(BenchmarkId::new("index and judge", count), |bencher| {
            let criteria = Criteria::new(fixture::NOW);
            bencher.iter(|| validate(black_box(&chain.leaf), &index(), &criteria));
        });
    }
    group.finish();
}

/// Issuers of one name that differ by their keys: each has to be tried.
fn namesakes(bench: &mut Criterion) {
    let chain = fixture::chain();
    let by_root = Issuer { key: &chain.root_key, certificate: &chain.root };
    let mut group = bench.benchmark_group("namesakes");
    for count in [10, 100] {
        let namesake = |_| {
            let key = keygen::generate(KeyAlgorithm::EcP256).unwrap();
            let public = keygen::public_key(&key).unwrap();
            let name = chain.issuing.subject();
            certificate::issue(by_root, &name, &public, &fixture::authority()).unwrap()
        };
        let others: Vec<Certificate> = (0..count).map(namesake).collect();
        let mut candidates = Candidates::new();
        candidates.add(&chain.root, Source::Trusted);
        for issuer in others.iter().chain([&chain.issuing]) {
            candidates.add(issuer, Source::Presented);
        }
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            let criteria = Criteria::new(fixture::NOW);
            bencher.iter(|| validate(black_box(&chain.leaf), &candidates, &criteria));
        });
    }
    group.finish();
}

/// The cases of x509-limbo that were made to take long, where the corpus is (`MWALLET_SHARED`).
fn pathological(bench: &mut Criterion) {
    let shared = env::var_os("MWALLET_SHARED").map_or_else(|| "../shared".into(), PathBuf::from);
    let Ok(cases) = fs::read_dir(shared.join("corpus/limbo/cases")) else { return };
    let mut cases: Vec<PathBuf> = cases.map(|case| case.unwrap().path()).collect();
    cases.sort();
    let mut group = bench.benchmark_group("limbo");
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("pathological") {
            continue;
        }
        let leaf = certificates(&case.join("peer.pem")).remove(0);
        let mut candidates = Candidates::new();
        for root in certificates(&case.join("trusted.pem")) {
            candidates.add(&root, Source::Trusted);
        }
        for issuer in certificates(&case.join("untrusted.pem")) {
            candidates.add(&issuer, Source::Presented);
        }
        group.bench_function(name, |bencher| {
            let criteria = Criteria::new(fixture::NOW).strict(true);
            bencher.iter(|| validate(black_box(&leaf), &candidates, &criteria));
        });
    }
    group.finish();
}

/// The certificates of a file; none where there is no file, or nothing in it.
fn certificates(path: &Path) -> Vec<Certificate> {
    match fs::read(path) {
        Ok(bytes) if !bytes.trim_ascii().is_empty() => {
            bundle::read(&bytes, &Opening::with(None)).unwrap().certificates
        }
        _ => Vec::new(),
    }
}

criterion_group!(benches, among_trusted, namesakes, pathological);
criterion_main!(benches);
