//! The algorithms of TLS, for the one module that speaks it.

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// AWS-LC's cipher suites, key exchanges and signatures.
pub(crate) fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}
