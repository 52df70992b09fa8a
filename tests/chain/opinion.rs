//! What other validators say of a path: rustls-webpki and `openssl verify`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

use crate::support::loudly;
use crate::support::peers::Peer;
use crate::support::scratch::Scratch;
use mwallet::chain::{Host, Purpose};
use mwallet::codec::pem;
use mwallet::model::certificate::Certificate;
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use time::OffsetDateTime;

/// What all of them are asked.
pub(crate) struct Question<'a> {
    pub(crate) leaf: &'a Certificate,
    pub(crate) others: Vec<&'a Certificate>,
    pub(crate) anchors: Vec<&'a Certificate>,
    pub(crate) at: OffsetDateTime,
    pub(crate) purpose: Purpose,
    pub(crate) host: Option<&'a Host>,
    /// For openssl: `-x509_strict`.
    pub(crate) strict: bool,
}

/// `Ok`, or why not.
pub(crate) type Verdict = Result<(), String>;

impl Question<'_> {
    /// What rustls-webpki says; it has no purpose that is any.
    pub(crate) fn webpki(&self) -> Option<Verdict> {
        let usage = match self.purpose {
            Purpose::Any => return None,
            Purpose::Client => webpki::KeyUsage::client_auth(),
            Purpose::Server => webpki::KeyUsage::server_auth(),
        };
        Some(self.by_webpki(usage))
    }

    fn by_webpki(&self, usage: webpki::KeyUsage) -> Verdict {
        let text = |error: webpki::Error| format!("{error:?}");
        let ders: Vec<CertificateDer<'_>> =
            self.anchors.iter().map(|anchor| CertificateDer::from(anchor.der())).collect();
        let anchors: Vec<TrustAnchor<'_>> = ders
            .iter()
            .map(webpki::anchor_from_trusted_cert)
            .collect::<Result<_, _>>()
            .map_err(text)?;
        let others: Vec<CertificateDer<'_>> =
            self.others.iter().map(|other| CertificateDer::from(other.der())).collect();
        let leaf = CertificateDer::from(self.leaf.der());
        let leaf = webpki::EndEntityCert::try_from(&leaf).map_err(text)?;
        let seconds = u64::try_from(self.at.unix_timestamp()).unwrap_or(0);
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &others,
            at,
            usage,
            None,
            None,
        )
        .map_err(text)?;
        if let Some(host) = self.host {
            let name = ServerName::try_from(host.to_string()).map_err(|error| error.to_string())?;
            leaf.verify_is_valid_for_subject_name(&name).map_err(text)?;
        }
        Ok(())
    }

    /// What `openssl verify` says.
    pub(crate) fn openssl(&self, openssl: &Peer, scratch: &Scratch) -> Verdict {
        scratch.write("leaf.pem", pem::encode_certificates(&[self.leaf], false));
        scratch.write("others.pem", pem::encode_certificates(&self.others, false));
        scratch.write("anchors.pem", pem::encode_certificates(&self.anchors, false));
        let mut line = format!(
            "verify -partial_chain -trusted anchors.pem -attime {}",
            self.at.unix_timestamp()
        );
        if !self.others.is_empty() {
            line += " -untrusted others.pem";
        }
        line += match self.purpose {
            Purpose::Any => "",
            Purpose::Client => " -purpose sslclient",
            Purpose::Server => " -purpose sslserver",
        };
        let host = match self.host {
            Some(Host::Dns(name)) => format!(" -verify_hostname {name}"),
            Some(Host::Ip(address)) => format!(" -verify_ip {address}"),
            None => String::new(),
        };
        if self.strict {
            line += " -x509_strict";
        }
        let done = scratch.run(openssl, &format!("{line}{host} leaf.pem"));
        if done.succeeded() {
            return Ok(());
        }
        let text = done.err();
        let error = text.lines().find_map(|line| line.split_once("lookup: "));
        Err(error.map_or_else(|| text.trim().to_owned(), |(_, reason)| reason.to_owned()))
    }
}

/// A way in which another validator differs.
pub(crate) struct Known {
    pub(crate) peer: &'static str,
    /// The code that we find; empty where we find nothing.
    pub(crate) code: &'static str,
    /// What it says: `valid` or a part of its error.
    pub(crate) said: &'static str,
    pub(crate) why: &'static str,
    /// Every case where it does so, and no other.
    pub(crate) cases: &'static [&'static str],
}

/// The differences between our verdict and others'.
pub(crate) struct Differences {
    known: &'static [Known],
    rows: Vec<[String; 5]>,
    unexplained: Vec<String>,
    agreed: BTreeMap<&'static str, usize>,
    /// The peers and cases that were explained.
    used: BTreeSet<(&'static str, String)>,
}

impl Differences {
    pub(crate) fn new(known: &'static [Known]) -> Self {
        Self {
            known,
            rows: Vec::new(),
            unexplained: Vec::new(),
            agreed: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    /// Compares a verdict; `ours` is the code of the error that we found, if we did.
    pub(crate) fn compare(
        &mut self,
        case: &str,
        peer: &'static str,
        ours: Option<&str>,
        theirs: Option<Verdict>,
    ) {
        let Some(theirs) = theirs else { return };
        if theirs.is_ok() == ours.is_none() {
            *self.agreed.entry(peer).or_default() += 1;
            return;
        }
        let said = theirs.as_ref().err().map_or("valid", String::as_str);
        let mine = ours.unwrap_or("valid");
        let known = self.known.iter().find(|known| {
            known.peer == peer
                && known.code == ours.unwrap_or_default()
                && said.contains(known.said)
                && known.cases.contains(&case)
        });
        if known.is_none() {
            self.unexplained.push(format!("{case}: {mine}, but {peer} says {said}"));
        } else {
            self.used.insert((peer, case.to_owned()));
        }
        let why = known.map_or("?", |known| known.why);
        let said = said.split('(').next().unwrap_or_default();
        self.rows.push([case, mine, peer, said, why].map(str::to_owned));
    }

    /// Prints the table. Every difference has to be explained, every explanation needed, and with each peer
    /// we agree at least so many times. Explanations are of openssl 3.0: another may do without some.
    #[track_caller]
    pub(crate) fn settle(self, about: &str, openssl: &Peer, agreed: &[(&str, usize)]) {
        let told: Vec<String> =
            self.agreed.iter().map(|(peer, number)| format!("{peer} {number}")).collect();
        loudly(&format!(
            "{about}: agreed with {}; {} differences",
            told.join(", "),
            self.rows.len()
        ));
        for [case, mine, peer, said, why] in &self.rows {
            loudly(&format!("  | {case} | {mine} | {peer}: {said} | {why} |"));
        }
        assert!(self.unexplained.is_empty(), "unexplained:\n{}", self.unexplained.join("\n"));
        for (peer, least) in agreed {
            assert!(self.agreed.get(peer).is_some_and(|found| found >= least), "{peer}: {told:?}");
        }
        let mut unused: Vec<String> = Vec::new();
        for known in self.known {
            let is_used = |case: &&&str| self.used.contains(&(known.peer, (**case).to_owned()));
            let rest = known.cases.iter().filter(|case| !is_used(case));
            unused.extend(rest.map(|case| format!("{case}: {} {}", known.peer, known.why)));
        }
        if openssl.version() == (3, 0) {
            assert!(unused.is_empty(), "no difference any more:\n{}", unused.join("\n"));
        } else if !unused.is_empty() {
            loudly(&format!("{about}: {} does not differ in: {unused:?}", openssl.name));
        }
    }
}
