//! Issuers that stay in a file when the keys go with whose chains they were read.
//!
//! In a portable file a certificate that a key needs for its chain belongs to that key. The file itself does not
//! say so: another certificate may need the same issuer, and goes without a chain where it is not there.

use crate::codec::pkcs12::origin::Origin;
use crate::codec::pkcs12::part::{Content, Part, Value};
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, EntryKind, TrustedEntry};
use crate::model::format::Layout;
use crate::model::issuing::issuers_above;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use std::collections::HashSet;

impl Origin {
    /// Makes entries of the issuers that the wallet has lost since the file was read, and that a certificate needs
    /// which is still there. They are what the file shows them as without the key, and keep their bags: no
    /// reader trusts them for it.
    pub(in crate::codec) fn keep_issuers(&mut self, wallet: &mut Wallet) {
        if self.layout != Layout::Portable || self.linked.is_empty() {
            return;
        }
        let mut lost = self.parted(wallet);
        if lost.is_empty() {
            return;
        }
        let mut seen: HashSet<Fingerprint> =
            wallet.certificates().map(|(_, certificate)| certificate.fingerprint()).collect();
        lost.retain(|link| seen.insert(link.certificate.fingerprint()));
        let candidates: Vec<&Certificate> = lost.iter().map(|link| &link.certificate).collect();
        let below = wallet.certificates().map(|(_, certificate)| certificate);
        let needed = issuers_above(below, &candidates);
        let is_needed = |(position, link)| needed.contains(&position).then_some(link);
        for ChainCertificate { certificate, alias, attributes } in
            lost.into_iter().enumerate().filter_map(is_needed)
        {
            let trusted = TrustedEntry { certificate, flags: TrustFlags::default() };
            let kind = EntryKind::TrustedCertificate(trusted);
            self.unmarked.insert(wallet.push_with_attributes(alias, attributes, kind));
        }
    }

    /// The issuers that are not with their keys any more.
    fn parted(&self, wallet: &Wallet) -> Vec<ChainCertificate> {
        let mut parted = Vec::new();
        for entry in self.read.entries() {
            let EntryKind::PrivateKey(key) = &entry.kind else { continue };
            let chain = match wallet.entry(entry.id()).map(|entry| &entry.kind) {
                Some(EntryKind::PrivateKey(now)) => &now.chain[..],
                _ => &[],
            };
            if chain == key.chain {
                continue;
            }
            let now: HashSet<Fingerprint> =
                chain.iter().map(|link| link.certificate.fingerprint()).collect();
            let links = key.chain.iter().skip(1);
            parted.extend(
                links.filter(|link| !now.contains(&link.certificate.fingerprint())).cloned(),
            );
        }
        parted
    }

    /// Gives the entries that were made of issuers the bags that these have.
    pub(super) fn give_bags(&self, contents: &mut [Content<'_>]) {
        if self.unmarked.is_empty() {
            return;
        }
        let mut taken: HashSet<Part> =
            contents.iter().map(|content| content.part.clone()).collect();
        for content in contents {
            if let (Part::Trusted(id), Value::Certificate(certificate, _)) =
                (&content.part, content.value)
                && self.unmarked.contains(id)
            {
                let link = Part::Link(certificate.fingerprint().into());
                if taken.insert(link.clone()) {
                    content.part = link;
                }
            }
        }
    }
}
