//! Explaining certificate chains.
//!
//! [`candidates`] holds the certificates that may issue, [`path`] leads from a certificate to an
//! anchor, [`missing`] says what stands in the way, [`rules`] tells what a certificate says of
//! itself, [`check`] judges a whole wallet in a [`report`], and
//! [`mod@sort`] puts loose certificates in order.

pub mod candidates;
pub mod missing;
mod order;
pub mod path;
pub mod report;
pub mod rules;
pub mod sort;

mod beyond;
mod check;
mod check_request;
mod context;
mod criteria;
mod ending;
mod examination;
mod extensions;
mod finding;
mod host;
mod judge;
mod key_fits;
mod renewal;
mod revocation;
mod search;
mod trusted;
mod validate;
mod work;

pub(crate) use beyond::{orphan, trusted_intermediate, unsent_intermediate};
pub use candidates::{Candidates, Source};
pub use check::check;
pub use check_request::CheckRequest;
pub use criteria::{Criteria, Purpose};
pub use finding::{Finding, Severity};
pub use host::{Host, HostError};
pub use key_fits::key_fits;
pub use missing::{Mismatch, MissingIssuer, Nearest};
pub use order::in_order;
pub use path::{End, Link, Path, Signature};
pub use report::Report;
pub use validate::{Validation, Validator, validate};
