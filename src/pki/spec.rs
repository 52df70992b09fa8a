//! A test PKI as it is wanted: what its file says, with everything inherited and counted out.

use crate::chain::Purpose;
use crate::digest::Fingerprint;
use crate::issue::alternative_name::SubjectAltName;
use crate::issue::usage::ExtendedKeyUsage;
use crate::model::key::KeyAlgorithm;
use crate::model::name::DistinguishedName;
use crate::model::profile::Profile;
use crate::oid;
use crate::pki::bad::Bad;
use crate::pki::validity;
use crate::secret::Password;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use time::OffsetDateTime;

/// All that a `pki.toml` asks for.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The output folder, relative to that of the file.
    pub out: PathBuf,
    /// With what the stores open.
    pub password: PasswordSource,
    /// A clock that stands still.
    pub now: Option<OffsetDateTime>,
    /// The CAs, each behind the one that issues it.
    pub authorities: Vec<Authority>,
    /// Where each CA stands among them, by name.
    pub(super) places: HashMap<String, usize>,
    /// The certificates of servers and clients, in the order of the file.
    pub leaves: Vec<Leaf>,
}

/// Where the password of the stores comes from.
#[derive(Clone, Debug)]
pub enum PasswordSource {
    /// From this variable of the environment.
    Variable(String),
    /// From the file itself.
    Literal(Password),
}

/// A CA.
#[derive(Clone, Debug)]
pub struct Authority {
    /// The name of its table and of its folder.
    pub name: String,
    /// The subject.
    pub dn: DistinguishedName,
    /// The CA that issues it; none for a root.
    pub issuer: Option<String>,
    /// The kind of key.
    pub key: KeyAlgorithm,
    /// Days of validity.
    pub days: u32,
    /// How many CAs may stand below it.
    pub path_length: Option<u8>,
    /// Domains of the host names that its certificates may have, without a dot before them; any without one.
    pub permitted_dns: Vec<String>,
    /// Domains of those that they may not have.
    pub excluded_dns: Vec<String>,
    /// Whether it publishes a revocation list.
    pub crl: bool,
}

/// The certificate of a server or client.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The name of its table and of its folder.
    pub name: String,
    /// The subject.
    pub dn: DistinguishedName,
    /// The CA that issues it.
    pub issuer: String,
    /// The kind of key.
    pub key: KeyAlgorithm,
    /// Days of validity.
    pub days: u32,
    /// The names of the host. Those that are counted share this list and the next two.
    pub san: Arc<[SubjectAltName]>,
    /// What it may be used for.
    pub eku: Arc<[ExtendedKeyUsage]>,
    /// The forms that are written beside PEM.
    pub outputs: Arc<[Output]>,
    /// How PKCS#12 files or, for a profile of Oracle's, wallets are protected.
    pub profile: Profile,
    /// Iterations of each key derivation; the profile's without one.
    pub iterations: Option<u32>,
    /// The alias in stores.
    pub alias: String,
    /// What is wrong with it.
    pub bad: Option<Bad>,
    /// Whether it is one of several under one table.
    pub counted: bool,
}

/// A form in which a leaf is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Output {
    /// `cert.pem`, `chain.pem`, `fullchain.pem` and `key.pem`, which are always written.
    Pem,
    /// `cert.der` and `key.der`.
    Der,
    /// A PKCS#12 file.
    P12,
    /// A Java key store.
    Jks,
    /// An Oracle wallet: a folder with `ewallet.p12` and `cwallet.sso`.
    Oracle,
    /// A Secret of Kubernetes.
    K8s,
}

impl Output {
    /// The forms with their words.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Pem, "pem"),
        (Self::Der, "der"),
        (Self::P12, "p12"),
        (Self::Jks, "jks"),
        (Self::Oracle, "oracle"),
        (Self::K8s, "k8s"),
    ];
}

impl Leaf {
    /// What the leaf is meant for, by its extended key usage before anything is made wrong with it.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        let has = |oid| self.eku.iter().any(|usage| usage.0 == oid);
        if self.bad == Some(Bad::NoClientAuth) {
            Purpose::Client
        } else if has(oid::SERVER_AUTH) {
            Purpose::Server
        } else if has(oid::CLIENT_AUTH) {
            Purpose::Client
        } else {
            Purpose::Any
        }
    }

    /// The name by which clients call the server: its first host name, else its first address.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        if self.purpose() != Purpose::Server {
            return None;
        }
        let first =
            |wanted: fn(&SubjectAltName) -> Option<String>| self.san.iter().find_map(wanted);
        first(|name| match name {
            // Some name that the wildcard stands for.
            SubjectAltName::Dns(name) => Some(name.replacen('*', "any", 1)),
            _ => None,
        })
        .or_else(|| {
            first(|name| match name {
                SubjectAltName::Ip(address) => Some(address.to_string()),
                _ => None,
            })
        })
    }

    /// A digest of everything that its certificate and its files depend on, beside issuer and
    /// password.
    #[must_use]
    pub fn digest(&self) -> Fingerprint {
        let mut text = format!("leaf {}\n", self.name);
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            let _ = writeln!(text, "{key} {value}"); // a String takes it
        };
        line("dn", &Fingerprint::of(self.dn.der()));
        line("issuer", &self.issuer);
        line("key", &self.key);
        line("days", &self.days);
        self.san.iter().for_each(|name| line("san", name));
        self.eku.iter().for_each(|usage| line("eku", &usage.0));
        for (output, word) in Output::ALL {
            if self.outputs.contains(&output) {
                line("output", &word);
            }
        }
        line("profile", &self.profile);
        line("iterations", &self.iterations.unwrap_or(0));
        line("alias", &self.alias);
        line("bad", &self.bad.map_or("", Bad::name));
        Fingerprint::of(text.as_bytes())
    }
}

impl Authority {
    /// A digest of everything that its certificate depends on, beside its issuer.
    #[must_use]
    pub fn digest(&self) -> Fingerprint {
        let mut text = format!("ca {}\n", self.name);
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            let _ = writeln!(text, "{key} {value}"); // a String takes it
        };
        line("dn", &Fingerprint::of(self.dn.der()));
        line("issuer", &self.issuer.as_deref().unwrap_or(""));
        line("key", &self.key);
        line("days", &self.days);
        line("path_len", &self.path_length.map_or(-1, i16::from));
        self.permitted_dns.iter().for_each(|name| line("permitted", name));
        self.excluded_dns.iter().for_each(|name| line("excluded", name));
        line("crl", &self.crl);
        Fingerprint::of(text.as_bytes())
    }
}

impl Spec {
    /// The CA of this name.
    #[must_use]
    pub fn authority(&self, name: &str) -> Option<&Authority> {
        self.places.get(name).map(|&place| &self.authorities[place])
    }

    /// The entries that do not last longer than so many days, with the CAs whose revocation lists do not: no
    /// build leaves them more.
    #[must_use]
    pub fn short_lived(&self, days: u32) -> Vec<String> {
        let authorities = self.authorities.iter();
        let short = authorities.clone().filter(|authority| authority.days <= days);
        let lists = authorities.filter(|authority| authority.crl && validity::LIST_DAYS <= days);
        // One that has expired stays so.
        let lives = |leaf: &&Leaf| leaf.days <= days && leaf.bad != Some(Bad::Expired);
        let leaves = self.leaves.iter().filter(lives);
        let mut names: Vec<String> = short.map(|authority| authority.name.clone()).collect();
        names.extend(leaves.map(|leaf| leaf.name.clone()));
        names.extend(lists.map(|authority| format!("{} (revocation list)", authority.name)));
        names
    }

    /// The CAs above an entry, its own issuer first, the root last.
    #[must_use]
    pub fn issuers(&self, issuer: Option<&str>) -> Vec<&Authority> {
        let mut above = Vec::new();
        let mut next = issuer.and_then(|name| self.authority(name));
        // The file's reader has made sure that there is no cycle.
        while let Some(authority) = next.filter(|_| above.len() < self.authorities.len()) {
            above.push(authority);
            next = authority.issuer.as_deref().and_then(|name| self.authority(name));
        }
        above
    }
}
