//! The servers of what was built, and what of it is out of date.

use crate::model::certificate::Certificate;
use crate::model::key::PrivateKey;
use crate::pki::PkiError;
use crate::pki::manifest::{Kind, Listed, Manifest};
use crate::pki::plan::{self, Stale};
use crate::store::pki::{Inventory, Project, ProjectError};
use std::collections::{BTreeSet, HashMap};
use time::{Duration, OffsetDateTime};

/// A server of the manifest, with what it presents.
#[derive(Debug)]
pub struct Served {
    /// How the manifest lists it.
    pub listed: Listed,
    /// `fullchain.pem`.
    pub presented: Vec<Certificate>,
    /// The key beside it.
    pub key: PrivateKey,
}

impl Project {
    /// The servers that the manifest lists, or those of these names, and the roots that are trusted.
    ///
    /// # Errors
    ///
    /// [`ProjectError`] when there is no manifest, no server or none of such a name, or a file that is served
    /// cannot be read.
    pub fn servers(
        &self,
        names: &[String],
    ) -> Result<(Vec<Certificate>, Vec<Served>), ProjectError> {
        let manifest = self.manifest()?;
        let is_server = |leaf: &&Listed| leaf.expected.purpose == "server";
        let servers: Vec<&Listed> = manifest.leaves().filter(is_server).collect();
        for name in names {
            if !servers.iter().any(|server| server.name == *name) {
                let known = servers.iter().map(|server| server.name.as_str());
                return Err(self.failed(PkiError::no_server(name, known)));
            }
        }
        if servers.is_empty() {
            return Err(self.failed(PkiError::NoServers));
        }
        let is_wanted = |server: &&Listed| names.is_empty() || names.contains(&server.name);
        let served = servers.into_iter().filter(is_wanted).map(|listed| {
            let (presented, key) = self.presented(listed)?;
            Ok(Served { listed: listed.clone(), presented, key })
        });
        Ok((self.roots()?, served.collect::<Result<_, ProjectError>>()?))
    }

    /// Which of these servers of the manifest, and of the CAs above them, are out of date, and why; the CAs
    /// first. Looks at no other files than those that are presented.
    ///
    /// # Errors
    ///
    /// [`ProjectError`] when the manifest or one of these files cannot be read.
    pub fn outdated(
        &self,
        servers: &[Served],
        now: OffsetDateTime,
    ) -> Result<Vec<(String, String)>, ProjectError> {
        let manifest = self.manifest()?;
        let authorities = above(&manifest, servers);
        let mut looked_at: BTreeSet<String> =
            authorities.iter().map(|name| format!("{name}/cert.pem")).collect();
        for Served { listed: Listed { name, .. }, .. } in servers {
            looked_at.extend(["fullchain.pem", "key.pem"].map(|file| format!("{name}/{file}")));
        }
        let inventory = Inventory::of(&self.out, None, |path| looked_at.contains(path))?;
        let plan = plan::plan(&self.spec, &self.present(&inventory, now, Duration::ZERO));
        let served = servers.iter().map(|server| server.listed.name.as_str());
        let reason = |name: &str| match plan.entries.get(name) {
            // The one above is told already.
            Some(Stale::Issuer(above)) if plan.entries.contains_key(above) => None,
            Some(stale) => Some(stale.to_string()),
            None => {
                plan.gone.contains(name).then(|| "the file does not name it any more".to_owned())
            }
        };
        let names = authorities.into_iter().chain(served);
        Ok(names.filter_map(|name| Some((name.to_owned(), reason(name)?))).collect())
    }
}

/// The CAs of the manifest that are above these servers, in its order.
fn above<'m>(manifest: &'m Manifest, servers: &[Served]) -> Vec<&'m str> {
    let issuers: HashMap<&str, Option<&str>> = manifest
        .entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.issuer.as_deref()))
        .collect();
    let mut above = BTreeSet::new();
    for server in servers {
        let mut next = server.listed.issuer.as_deref();
        // One that was met has those above it there, too.
        while let Some(name) = next.filter(|name| above.insert(*name)) {
            next = issuers.get(name).copied().flatten();
        }
    }
    let authorities = manifest.entries.iter().filter(|entry| entry.kind == Kind::Ca);
    authorities.map(|entry| entry.name.as_str()).filter(|name| above.contains(name)).collect()
}
