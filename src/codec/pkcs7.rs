//! Writing PKCS#7 certificate bundles; [`bundle`](crate::codec::bundle) reads them.

use crate::codec::ber::wrap;
use crate::model::wallet::Wallet;
use crate::oid::{self, ObjectIdentifier};
use crate::secret::SecretBytes;
use crate::tlv::{CONTEXT_0, SEQUENCE, SET};
use der::Encode;
use std::collections::HashSet;

/// Writes every certificate of the wallet, each once, as a message that nobody has signed:
///
/// ```text
/// ContentInfo ::= SEQUENCE { contentType id-signedData, content [0] EXPLICIT SignedData }
/// SignedData ::= SEQUENCE {
///     version           INTEGER 1,
///     digestAlgorithms  SET OF {},
///     encapContentInfo  SEQUENCE { eContentType id-data },
///     certificates      [0] IMPLICIT SET OF Certificate,
///     signerInfos       SET OF {} }
/// ```
///
/// RFC 5652 section 5.1. DER puts the members of a SET OF in the order of their bytes (X.690
/// section 11.6), so the order of a chain is lost; readers find it by the names.
#[must_use]
pub fn encode(wallet: &Wallet) -> SecretBytes {
    let mut seen = HashSet::new();
    let mut certificates: Vec<&[u8]> = wallet
        .certificates()
        .filter(|(_, certificate)| seen.insert(certificate.fingerprint()))
        .map(|(_, certificate)| certificate.der())
        .collect();
    certificates.sort_unstable();
    let no_members = wrap(SET, &[]);
    let signed_data = wrap(
        SEQUENCE,
        &[
            &[0x02, 0x01, 0x01],
            &no_members,
            &wrap(SEQUENCE, &[&identifier(oid::DATA)]),
            &wrap(CONTEXT_0, &certificates),
            &no_members,
        ],
    );
    let content = wrap(CONTEXT_0, &[&signed_data]);
    wrap(SEQUENCE, &[&identifier(oid::SIGNED_DATA), &content])
}

fn identifier(oid: ObjectIdentifier) -> Vec<u8> {
    oid.to_der().expect("an object identifier is short")
}
