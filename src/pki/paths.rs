//! The files that a build is going to write, before they are made.

use crate::pki::ENVIRONMENT_FILE;
use crate::pki::plan::Plan;
use crate::pki::spec::{Leaf, Output, Spec};

/// Their paths, relative to the output folder, with slashes.
pub fn written<'a>(spec: &'a Spec, plan: &'a Plan) -> impl Iterator<Item = String> + 'a {
    let is_made = |name: &str| plan.entries.contains_key(name);
    let authorities = spec.authorities.iter().map(|authority| authority.name.as_str());
    let authorities = authorities
        .filter(move |name| is_made(name))
        .flat_map(|name| below(name, &["cert.pem", "cert.der", "key.pem"]));
    let leaves = spec.leaves.iter().filter(move |leaf| is_made(&leaf.name)).flat_map(of_leaf);
    let lists = plan.lists.keys().flat_map(|name| below(name, &["crl.pem", "crl.der"]));
    let trust = plan.trust.iter().flat_map(|_| {
        let stores = ["ca-bundle.pem", "truststore.p12", "truststore.jks"].map(str::to_owned);
        stores.into_iter().chain(below("trust-wallet", &["ewallet.p12", "cwallet.sso"]))
    });
    let environment = plan.environment.iter().map(|_| ENVIRONMENT_FILE.to_owned());
    authorities.chain(leaves).chain(lists).chain(trust).chain(environment)
}

fn of_leaf(leaf: &Leaf) -> impl Iterator<Item = String> {
    let name = &leaf.name;
    let pem = below(name, &["cert.pem", "chain.pem", "fullchain.pem", "key.pem"]);
    let further = leaf.outputs.iter().flat_map(move |output| match output {
        Output::Pem => Vec::new(),
        Output::Der => below(name, &["cert.der", "key.der"]),
        Output::P12 => below(name, &[&format!("{name}.p12")]),
        Output::Jks => below(name, &[&format!("{name}.jks")]),
        Output::Oracle => below(name, &["wallet/ewallet.p12", "wallet/cwallet.sso"]),
        Output::K8s => below(name, &[&format!("{name}.yaml")]),
    });
    pem.into_iter().chain(further)
}

fn below(folder: &str, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{folder}/{name}")).collect()
}
