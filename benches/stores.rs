//! Reading and writing stores of 1 to 100,000 certificates, and bundles.
//!
//!     cargo bench --bench stores

#![allow(clippy::unwrap_used, missing_docs)]

mod fixture;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mwallet::codec::{self, Opening, Sealing, bundle};
use mwallet::crypto::kdf::{self, Budget, DerivedKeys, Hash, Passphrase, Purpose};
use mwallet::model::format::Format;
use mwallet::ops::trust::{self, AddOptions};
use std::fmt::Write as _;
use std::hint::black_box;

const SIZES: [usize; 5] = [1, 144, 1_000, 10_000, 100_000];

/// The derivations of a file without a key: nobody opens one in less.
fn floor(bench: &mut Criterion) {
    let forms = Passphrase::forms(&fixture::password());
    let (budget, rounds) = (Budget::unlimited(), fixture::ITERATIONS);
    let mut group = bench.benchmark_group("floor");
    group.bench_function("contents, PBKDF2", |bencher| {
        bencher.iter(|| kdf::pbkdf2(Hash::Sha256, &forms[0], &[1; 16], rounds, 32, &budget));
    });
    group.bench_function("MAC, RFC 7292", |bencher| {
        let id = Purpose::Mac;
        bencher.iter(|| kdf::pkcs12(Hash::Sha256, &forms[0], &[2; 8], id, rounds, 32, &budget));
    });
    group.finish();
}

/// Opening, opening again, and saving with one more.
fn stores(bench: &mut Criterion) {
    for format in [Format::Pkcs12, Format::Jks] {
        let mut group = bench.benchmark_group(format.name());
        group.sample_size(10);
        for count in SIZES {
            let wallet = fixture::trusting(&fixture::roots(count));
            let bytes = fixture::file(&wallet, format);
            group.throughput(Throughput::Elements(count as u64));
            group.bench_with_input(BenchmarkId::new("open", count), &bytes, |bencher, bytes| {
                bencher.iter(|| fixture::opened(black_box(bytes), format));
            });
            let derived = DerivedKeys::default();
            drop(fixture::read_back(&bytes, format, &derived, &wallet));
            group.bench_with_input(
                BenchmarkId::new("read back", count),
                &bytes,
                |bencher, bytes| {
                    bencher
                        .iter(|| fixture::read_back(black_box(bytes), format, &derived, &wallet));
                },
            );
            let mut opened = fixture::opened(&bytes, format);
            let one_more = fixture::chain().root;
            trust::add(&mut opened.wallet, &[one_more], &AddOptions::default()).unwrap();
            group.bench_with_input(BenchmarkId::new("save", count), &opened, |bencher, opened| {
                let sealing = Sealing { now: Some(fixture::NOW), ..Sealing::default() };
                let origin = Some(&opened.origin);
                bencher.iter(|| codec::encode(&opened.wallet, format, &sealing, origin).unwrap());
            });
        }
        group.finish();
    }
}

/// A bundle of PEM.
fn bundles(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("bundle");
    group.sample_size(20);
    for count in [144, 10_000] {
        let mut text = String::new();
        for certificate in fixture::roots(count) {
            let block = pem::Pem::new("CERTIFICATE", certificate.der());
            write!(text, "{}", pem::encode(&block)).unwrap();
        }
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::new("read", count), &text, |bencher, text| {
            bencher
                .iter(|| bundle::read(black_box(text.as_bytes()), &Opening::with(None)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, floor, stores, bundles);
criterion_main!(benches);
