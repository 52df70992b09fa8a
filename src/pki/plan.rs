//! What has to be made again, and why.

use crate::digest::Fingerprint;
use crate::pki::bad::Bad;
use crate::pki::effect::{self, Cut};
use crate::pki::manifest::{self, Environment, Listed, Manifest};
use crate::pki::spec::{Authority, Spec};
use crate::pki::validity;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use time::{Duration, OffsetDateTime};

/// Why something has to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// It is not there yet.
    New,
    /// The file asks for something else than it did.
    Changed,
    /// The output folder was at another place.
    Moved,
    /// Its issuer has another certificate.
    Issuer(String),
    /// The stores have another password.
    Password,
    /// One of its files is missing.
    Missing(String),
    /// One of its files is not what it was.
    Damaged(String),
    /// Less than a third of its life is left, or less than was asked for.
    Ending(String),
    /// The list lacks a certificate that is revoked, or has one that is not.
    Revocations,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("it is new"),
            Self::Changed => f.write_str("the file says something else"),
            Self::Moved => f.write_str("it was built in another folder"),
            Self::Issuer(name) => write!(f, "{name} is made anew"),
            Self::Password => f.write_str("the password is another one"),
            Self::Missing(path) => write!(f, "{path} is missing"),
            Self::Damaged(path) => write!(f, "{path} is not what it was"),
            Self::Ending(time) => write!(f, "it ends at {time}"),
            Self::Revocations => f.write_str("other certificates are revoked"),
        }
    }
}

/// What happened to a file that is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It is not there.
    Missing,
    /// Its bytes are others.
    Changed,
}

/// What a plan is made from, beside the file.
#[derive(Clone, Copy, Debug)]
pub struct Present<'a> {
    /// The list of the last build.
    pub manifest: Option<&'a Manifest>,
    /// The listed files that are not what they were.
    pub damage: &'a HashMap<String, Damage>,
    /// Whether the stores have the password that is wanted.
    pub password_fits: bool,
    /// `env.sh` as it has to be.
    pub environment: &'a Environment,
    /// The time.
    pub now: OffsetDateTime,
    /// How much of a life has to be left at least.
    pub least: Duration,
}

/// What has to be made; what stands nowhere here is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The CAs and leaves by name.
    pub entries: HashMap<String, Stale>,
    /// The revocation lists, by the name of their CA.
    pub lists: HashMap<String, Stale>,
    /// The trust stores.
    pub trust: Option<Stale>,
    /// `env.sh`.
    pub environment: Option<Stale>,
    /// Entries of the last build that the file does not name any more.
    pub gone: BTreeSet<String>,
    /// What of the entries ends before its days are over, by the name of the CA with which it does.
    pub cut: BTreeMap<String, Cut>,
    /// Roots of the last build that are trusted and are others now, or none; told by what reads their certificates.
    pub replaced: Vec<String>,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
            && self.lists.is_empty()
            && self.trust.is_none()
            && self.environment.is_none()
            && self.gone.is_empty()
    }

    /// How much of it is not there yet.
    #[must_use]
    pub fn count_new(&self) -> usize {
        let shared = self.trust.iter().chain(&self.environment);
        let all = self.entries.values().chain(self.lists.values()).chain(shared);
        all.filter(|stale| **stale == Stale::New).count()
    }
}

/// Compares what the file asks for with what is there.
#[must_use]
pub fn plan(spec: &Spec, present: &Present<'_>) -> Plan {
    let listed: HashMap<&str, &Listed> = present
        .manifest
        .into_iter()
        .flat_map(|manifest| &manifest.entries)
        .map(|listed| (listed.name.as_str(), listed))
        .collect();
    let mut plan = Plan::default();
    for authority in &spec.authorities {
        let wanted = Wanted {
            name: &authority.name,
            digest: authority.digest(),
            issuer: authority.issuer.as_deref(),
            bad: None,
            has_password: false,
        };
        if let Some(stale) = wanted.stale(&listed, &plan, present) {
            plan.entries.insert(authority.name.clone(), stale);
        }
    }
    for leaf in &spec.leaves {
        let wanted = Wanted {
            name: &leaf.name,
            digest: leaf.digest(),
            issuer: Some(&leaf.issuer),
            bad: leaf.bad,
            has_password: true,
        };
        if let Some(stale) = wanted.stale(&listed, &plan, present) {
            plan.entries.insert(leaf.name.clone(), stale);
        }
    }
    let revoked = revoked(spec);
    for authority in spec.authorities.iter().filter(|authority| authority.crl) {
        let revoked = revoked.get(authority.name.as_str()).map_or(&[][..], Vec::as_slice);
        if let Some(stale) = stale_list(authority, revoked, &listed, &plan, present) {
            plan.lists.insert(authority.name.clone(), stale);
        }
    }
    plan.trust = stale_trust(spec, &listed, &plan, present);
    plan.environment = stale_environment(present);
    let wanted: HashSet<&str> = names(spec).collect();
    plan.gone = listed
        .keys()
        .filter(|name| !wanted.contains(*name))
        .map(|name| (*name).to_owned())
        .collect();
    plan.cut = effect::cut(spec, &listed, &plan, present.now);
    plan
}

/// The names of all entries.
fn names(spec: &Spec) -> impl Iterator<Item = &str> {
    let authorities = spec.authorities.iter().map(|authority| authority.name.as_str());
    authorities.chain(spec.leaves.iter().map(|leaf| leaf.name.as_str()))
}

/// An entry that is asked for.
struct Wanted<'a> {
    name: &'a str,
    digest: Fingerprint,
    issuer: Option<&'a str>,
    bad: Option<Bad>,
    has_password: bool,
}

impl Wanted<'_> {
    fn stale(
        &self,
        listed: &HashMap<&str, &Listed>,
        plan: &Plan,
        present: &Present<'_>,
    ) -> Option<Stale> {
        let Some(old) = listed.get(self.name) else { return Some(Stale::New) };
        if old.spec != self.digest {
            return Some(Stale::Changed);
        }
        if let Some(issuer) = self.issuer {
            let current = listed.get(issuer).map(|issuer| &issuer.sha256);
            if plan.entries.contains_key(issuer) || old.issued_by.as_ref() != current {
                return Some(Stale::Issuer(issuer.to_owned()));
            }
        }
        if self.has_password && !present.password_fits {
            return Some(Stale::Password);
        }
        let own = old.files.iter().filter(|file| !is_list(&file.path));
        damaged(own.map(|file| file.path.as_str()), present).or_else(|| {
            validity::is_ending(old, self.bad, present.now, present.least)
                .then(|| Stale::Ending(old.not_after.clone()))
        })
    }
}

/// Whether the file is a revocation list, which is made on its own.
#[must_use]
pub fn is_list(path: &str) -> bool {
    path.ends_with("/crl.pem") || path.ends_with("/crl.der")
}

fn damaged<'p>(mut paths: impl Iterator<Item = &'p str>, present: &Present<'_>) -> Option<Stale> {
    paths.find_map(|path| {
        Some(match present.damage.get(path)? {
            Damage::Missing => Stale::Missing(path.to_owned()),
            Damage::Changed => Stale::Damaged(path.to_owned()),
        })
    })
}

fn stale_list(
    authority: &Authority,
    revoked: &[&str],
    listed: &HashMap<&str, &Listed>,
    plan: &Plan,
    present: &Present<'_>,
) -> Option<Stale> {
    let old = listed.get(authority.name.as_str());
    let Some((old, list)) = old.and_then(|old| Some((old, old.crl.as_ref()?))) else {
        return Some(Stale::New);
    };
    if plan.entries.contains_key(&authority.name) {
        return Some(Stale::Issuer(authority.name.clone()));
    }
    let mut serials: Vec<&str> = Vec::new();
    for name in revoked {
        // A certificate that is made anew has another number.
        match listed.get(name).filter(|_| !plan.entries.contains_key(*name)) {
            Some(leaf) => serials.push(&leaf.serial),
            None => return Some(Stale::Revocations),
        }
    }
    serials.sort_unstable();
    if serials != list.revoked {
        return Some(Stale::Revocations);
    }
    let lists = old.files.iter().filter(|file| is_list(&file.path));
    damaged(lists.map(|file| file.path.as_str()), present).or_else(|| {
        let times = manifest::time(&list.this_update).zip(manifest::time(&list.next_update));
        times
            .is_none_or(|(begin, end)| validity::is_short(begin, end, present.now, present.least))
            .then(|| Stale::Ending(list.next_update.clone()))
    })
}

/// The names of the leaves that each CA has to revoke, by the name of the CA.
#[must_use]
pub fn revoked(spec: &Spec) -> HashMap<&str, Vec<&str>> {
    let mut revoked: HashMap<&str, Vec<&str>> = HashMap::new();
    for leaf in spec.leaves.iter().filter(|leaf| leaf.bad == Some(Bad::Revoked)) {
        revoked.entry(&leaf.issuer).or_default().push(&leaf.name);
    }
    revoked
}

fn stale_trust(
    spec: &Spec,
    listed: &HashMap<&str, &Listed>,
    plan: &Plan,
    present: &Present<'_>,
) -> Option<Stale> {
    let listed_trust = present.manifest.and_then(|manifest| manifest.trust.as_ref());
    let Some(trust) = listed_trust else { return Some(Stale::New) };
    let renewed = |authority: &&Authority| {
        authority.issuer.is_none() && plan.entries.contains_key(&authority.name)
    };
    if let Some(root) = spec.authorities.iter().find(renewed) {
        return Some(Stale::Issuer(root.name.clone()));
    }
    if !present.password_fits {
        return Some(Stale::Password);
    }
    let roots = spec
        .authorities
        .iter()
        .filter(|authority| authority.issuer.is_none())
        .filter_map(|root| listed.get(root.name.as_str()))
        .map(|root| root.sha256);
    if trust.spec != trust_digest(roots) {
        return Some(Stale::Changed);
    }
    damaged(trust.files.iter().map(|file| file.path.as_str()), present)
}

fn stale_environment(present: &Present<'_>) -> Option<Stale> {
    let listed = present.manifest.and_then(|manifest| manifest.environment.as_ref());
    let (Some(listed), wanted) = (listed, present.environment) else { return Some(Stale::New) };
    if listed.file != wanted.file {
        let is_moved = listed.spec == wanted.spec;
        return Some(if is_moved { Stale::Moved } else { Stale::Changed });
    }
    damaged(std::iter::once(listed.file.path.as_str()), present)
}

/// A digest of what the trust stores depend on.
pub(super) fn trust_digest(roots: impl Iterator<Item = Fingerprint>) -> Fingerprint {
    let lines: Vec<String> = roots.map(|root| format!("{root}\n")).collect();
    Fingerprint::of(lines.concat().as_bytes())
}
