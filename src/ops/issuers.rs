//! The issuers of a chain whose certificate is followed by another one.

use crate::model::certificate::Certificate;
use crate::model::entry::ChainCertificate;
use crate::model::issuing::issuers_above;

/// Takes those out of `old` that issue something of the new chain, directly or over others of them. They are in
/// the order that they had.
pub(in crate::ops) fn still_issuing<'c>(
    chain: impl IntoIterator<Item = &'c Certificate>,
    old: &mut Vec<ChainCertificate>,
) -> Vec<ChainCertificate> {
    let certificates: Vec<Certificate> = old.iter().map(|link| link.certificate.clone()).collect();
    let candidates: Vec<&Certificate> = certificates.iter().collect();
    let above = issuers_above(chain, &candidates);
    let (mut kept, mut rest) = (Vec::new(), Vec::new());
    for (position, link) in old.drain(..).enumerate() {
        if above.contains(&position) { kept.push(link) } else { rest.push(link) }
    }
    *old = rest;
    kept
}
