//! Which certificates may have issued which, by what they say of themselves.

use crate::model::certificate::Certificate;
use std::collections::{HashMap, HashSet};

/// The positions of those candidates that may have issued one of `below`, or a candidate that did, and so on
/// upwards: all of them, cross-signed ones too, because only a peer knows where its own path ends. Names and key
/// identifiers decide; who has to keep what others need rather keeps one too many.
#[must_use]
pub fn issuers_above<'b: 'c, 'c>(
    below: impl IntoIterator<Item = &'b Certificate>,
    candidates: &[&'c Certificate],
) -> HashSet<usize> {
    let mut by_subject: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (position, candidate) in candidates.iter().enumerate() {
        by_subject.entry(candidate.subject_der()).or_default().push(position);
    }
    let mut found = HashSet::new();
    let mut waiting: Vec<&'c Certificate> = Vec::new();
    for certificate in below {
        waiting.push(certificate); // which lives longer than it has to here
    }
    while let Some(child) = waiting.pop().filter(|_| found.len() < candidates.len()) {
        if needs_nobody(child) {
            continue;
        }
        let Some(namesakes) = by_subject.get_mut(child.issuer_der()) else { continue };
        namesakes.retain(|position| {
            let is_issuer = agree(candidates[*position], child);
            if is_issuer && found.insert(*position) {
                waiting.push(candidates[*position]);
            }
            !is_issuer
        });
    }
    found
}

/// Whether the certificate is a root, or says that its own key signed it.
fn needs_nobody(certificate: &Certificate) -> bool {
    let own = certificate.subject_key_identifier();
    certificate.subject_der() == certificate.issuer_der()
        && certificate.authority_key_identifier().is_none_or(|authority| Some(authority) == own)
}

/// Whether the key identifiers of the two, where both state one, are the same.
fn agree(issuer: &Certificate, child: &Certificate) -> bool {
    match (child.authority_key_identifier(), issuer.subject_key_identifier()) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    }
}
