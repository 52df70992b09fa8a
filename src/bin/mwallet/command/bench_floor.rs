use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::render::{self, SCHEMA};
use crate::value;
use clap::Args;
use mwallet::crypto::CryptoError;
use mwallet::crypto::kdf::{self, Budget, Hash, Passphrase};
use mwallet::secret::Password;
use serde::Serialize;
use std::num::NonZeroUsize;
use std::thread;
use std::time::Instant;

/// Measure the key derivations of PKCS#12 files, and nothing else of them
///
/// A file of the profile modern takes three: of its certificates and of its key by PBKDF2, of its MAC by
/// the derivation of RFC 7292. Nobody who makes or opens as many files is faster than that. For benches.
#[derive(Args, Debug)]
#[command(
    hide = true,
    after_long_help = "\
EXAMPLES:
  mwallet bench-floor --iterations 10000 --count 100
  mwallet bench-floor --count 1000 --threads 1 --json

EXIT CODES:
  0 measured           1 failed                         2 usage"
)]
pub(crate) struct BenchFloor {
    /// Iterations of each derivation
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value::iterations)]
    iterations: u32,
    /// How many files
    #[arg(long, value_name = "N", default_value_t = 100)]
    count: usize,
    /// How many threads; else one for each processor
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

#[derive(Serialize)]
struct Report {
    schema: u32,
    iterations: u32,
    count: usize,
    threads: usize,
    seconds: f64,
}

impl BenchFloor {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let threads = self.threads.map_or_else(
            || thread::available_parallelism().map_or(1, NonZeroUsize::get),
            NonZeroUsize::get,
        );
        let begin = Instant::now();
        thread::scope(|scope| {
            let shares = (0..threads)
                .map(|share| self.count / threads + usize::from(share < self.count % threads));
            let workers: Vec<_> =
                shares.map(|share| scope.spawn(move || derive(self.iterations, share))).collect();
            workers.into_iter().try_for_each(|worker| {
                worker.join().unwrap_or(Err(CryptoError::Failed { what: "key derivation" }))
            })
        })?;
        let seconds = begin.elapsed().as_secs_f64();
        if context.json {
            let (iterations, count) = (self.iterations, self.count);
            let report = Report { schema: SCHEMA, iterations, count, threads, seconds };
            context.data(&render::json(&report, context))?;
        } else {
            context.data(format!("{seconds:.3} s\n").as_bytes())?;
        }
        Ok(Status::Done)
    }
}

/// The derivations of so many files.
fn derive(iterations: u32, count: usize) -> Result<(), CryptoError> {
    let passphrase = Passphrase::forms(&Password::from("changeit1")).swap_remove(0);
    let budget = Budget::unlimited();
    for _ in 0..count {
        for salt in [[1; 16], [2; 16]] {
            kdf::pbkdf2(Hash::Sha256, &passphrase, &salt, iterations, 32, &budget)?;
        }
        let id = kdf::Purpose::Mac;
        kdf::pkcs12(Hash::Sha256, &passphrase, &[3; 8], id, iterations, 32, &budget)?;
    }
    Ok(())
}
