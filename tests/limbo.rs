//! The cases of x509-limbo, judged with the certificate profile: what it calls valid is valid, what
//! it calls invalid is not, and nothing takes long.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "chain/opinion.rs"]
mod opinion;
mod support;

use mwallet::chain::{Candidates, Criteria, Host, Purpose, Severity, Source, validate};
use mwallet::codec::Opening;
use mwallet::codec::bundle::{self, Bundle};
use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use opinion::{Differences, Known, Question};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::corpus::shared;
use support::loudly;
use support::peers;
use support::scratch::Scratch;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

/// When the cases are judged that do not say it.
const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// Longest time for one case.
const PATIENCE: Duration = Duration::from_secs(5);

/// Verdicts that are not the suite's, each with its reason. None is of the core.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "rfc5280::aki::cross-signed-root-missing-aki",
        "the suite calls it ambiguous; the anchor of cve::cve-2024-0567, which is valid, lacks it too",
    ),
    (
        "webpki::san::public-suffix-multi-label-wildcard-san",
        "which suffixes are public is a list of the browsers, which mwallet does not have",
    ),
    ("webpki::cn::ipv4-hex-mismatch", BROWSERS),
    ("webpki::cn::ipv6-uppercase-mismatch", BROWSERS),
    ("webpki::cn::ipv6-uncompressed-mismatch", BROWSERS),
    ("webpki::cn::ipv6-non-rfc5952-mismatch", BROWSERS),
    ("webpki::cn::punycode-not-in-san", BROWSERS),
    ("webpki::cn::utf8-vs-punycode-mismatch", BROWSERS),
    ("webpki::cn::not-in-san", BROWSERS),
    ("webpki::cn::case-mismatch", BROWSERS),
    ("webpki::eku::root-has-eku", BROWSERS),
    ("webpki::san::san-critical-with-nonempty-subject", BROWSERS),
    ("webpki::forbidden-weak-rsa-key-in-root", BROWSERS),
    ("webpki::forbidden-weak-rsa-in-leaf", BROWSERS),
    ("webpki::forbidden-rsa-not-divisible-by-8-in-root", BROWSERS),
    ("webpki::ee-basicconstraints-ca", BROWSERS),
    ("webpki::ca-as-leaf", BROWSERS),
    ("webpki::aki::root-with-aki-all-fields", BROWSERS),
    ("pathlen::max-chain-depth-0-exhausted", DEPTH),
    ("pathlen::max-chain-depth-1-exhausted", DEPTH),
];

const BROWSERS: &str = "a rule of the CA/Browser Forum, which RFC 5280 does not have";

const DEPTH: &str = "the depth is a parameter of the asker's, which mwallet does not take";

/// Where other validators differ, case by case.
const KNOWN: &[Known] = &[
    Known {
        peer: "webpki",
        code: "",
        said: "InvalidSignatureForPublicKey",
        why: "finds no way through self-issued certificates",
        cases: &["pathlen::self-issued-certs-pathlen"],
    },
    Known {
        peer: "webpki",
        code: "",
        said: "CaUsedAsEndEntity",
        why: "takes no CA's certificate for a leaf",
        cases: &["rfc5280::ca-as-leaf"],
    },
    Known {
        peer: "webpki",
        code: "profile-violated",
        said: "valid",
        why: "does not look at the certificate profile",
        cases: &[
            "rfc5280::aki::critical-aki",
            "rfc5280::aki::leaf-missing-aki",
            "rfc5280::ski::critical-ski",
            "rfc5280::ski::root-missing-ski",
            "rfc5280::ski::intermediate-missing-ski",
            "rfc5280::ca-empty-subject",
            "rfc5280::root-non-critical-basic-constraints",
            "rfc5280::leaf-ku-keycertsign",
        ],
    },
    Known {
        peer: "webpki",
        code: "cert-expired",
        said: "valid",
        why: ANCHOR,
        cases: &["rfc5280::validity::expired-root"],
    },
    Known {
        peer: "webpki",
        code: "critical-extension-unknown",
        said: "valid",
        why: ANCHOR,
        cases: &["rfc5280::unknown-critical-extension-root"],
    },
    Known {
        peer: "webpki",
        code: "ca-basic-constraints-missing",
        said: "valid",
        why: ANCHOR,
        cases: &["rfc5280::root-missing-basic-constraints"],
    },
    Known {
        peer: "openssl",
        code: "name-constraint-violated",
        said: "valid",
        why: "does not ask what a wildcard stands for",
        cases: &["cve::cve-2025-61727"],
    },
    Known {
        peer: "openssl",
        code: "",
        said: "certificate has expired",
        why: "counts notAfter itself as expired",
        cases: &["rfc5280::validity::notafter-fractional"],
    },
    Known {
        peer: "openssl",
        code: "",
        said: "unsuitable certificate purpose",
        why: "takes no CA's certificate for a leaf",
        cases: &["rfc5280::ca-as-leaf"],
    },
];

const ANCHOR: &str = "an anchor is a name and a key for it";

struct Case {
    id: String,
    is_core: bool,
    folder: PathBuf,
    meta: Value,
}

fn cases() -> Option<Vec<Case>> {
    let folder = shared("corpus/limbo")?;
    let manifest = fs::read_to_string(folder.join("manifest.tsv")).unwrap();
    let mut lines = manifest.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let (id, directory, core) = (column("id"), column("dir"), column("in_core"));
    let case = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let folder = folder.join("cases").join(cells[directory]);
        let meta = fs::read_to_string(folder.join("meta.json")).unwrap();
        Case {
            id: cells[id].to_owned(),
            is_core: cells[core] == "1",
            meta: serde_json::from_str(&meta).unwrap(),
            folder,
        }
    };
    Some(lines.map(case).collect())
}

/// What is in a file of a case; nothing where there is no file. `Err` for what cannot be read.
fn read(path: &Path) -> Result<Bundle, String> {
    let Ok(bytes) = fs::read(path) else { return Ok(Bundle::default()) };
    if bytes.trim_ascii().is_empty() {
        return Ok(Bundle::default());
    }
    bundle::read(&bytes, &Opening::with(None)).map_err(|error| error.to_string())
}

/// A case as it is asked.
struct Asked {
    leaf: Certificate,
    trusted: Vec<Certificate>,
    untrusted: Vec<Certificate>,
    crls: Vec<RevocationList>,
    host: Option<Host>,
    purpose: Purpose,
    at: OffsetDateTime,
}

fn asked(case: &Case) -> Result<Asked, String> {
    let file = |name: &str| read(&case.folder.join(name));
    let peer_name = &case.meta["expected_peer_name"];
    Ok(Asked {
        leaf: file("peer.pem")?.certificates.remove(0),
        trusted: file("trusted.pem")?.certificates,
        untrusted: file("untrusted.pem")?.certificates,
        crls: file("crls.pem")?.revocation_lists,
        host: matches!(peer_name["kind"].as_str(), Some("DNS" | "IP"))
            .then(|| Host::parse(peer_name["value"].as_str().unwrap()).unwrap()),
        purpose: match case.meta["validation_kind"].as_str() {
            Some("SERVER") => Purpose::Server,
            _ => Purpose::Client,
        },
        at: case.meta["validation_time"]
            .as_str()
            .map_or(NOW, |time| OffsetDateTime::parse(time, &Rfc3339).unwrap()),
    })
}

/// The errors that were found; empty for a valid path.
fn judge(asked: &Asked) -> Vec<String> {
    let mut candidates = Candidates::new();
    for (certificates, source) in
        [(&asked.trusted, Source::Trusted), (&asked.untrusted, Source::Presented)]
    {
        for certificate in certificates {
            candidates.add(certificate, source);
        }
    }
    let criteria = Criteria::new(asked.at)
        .purpose(asked.purpose)
        .host(asked.host.as_ref())
        .strict(true)
        .crls(&asked.crls);
    let validation = validate(&asked.leaf, &candidates, &criteria);
    let errors = validation.findings.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| format!("{}: {}", found.code, found.message)).collect()
}

#[test]
fn verdicts_are_those_of_the_suite() {
    let Some(cases) = cases() else { return };
    let core = cases.iter().filter(|case| case.is_core).count();
    assert!(core >= 44, "{core} cases of the core");
    let (mut wrong, mut excepted) = (Vec::new(), Vec::new());
    for (id, _) in EXCEPTIONS {
        assert!(cases.iter().any(|case| case.id == *id), "{id} is no case");
    }
    for case in &cases {
        let start = Instant::now();
        let found = match asked(case) {
            Ok(asked) => judge(&asked),
            Err(refused) => vec![format!("not read: {refused}")],
        };
        let spent = start.elapsed();
        assert!(spent < PATIENCE, "{} took {spent:?}", case.id);
        let expected = case.meta["expected_result"] == "SUCCESS";
        let reason = EXCEPTIONS.iter().find(|(id, _)| *id == case.id);
        let is_right = found.is_empty() == expected;
        match reason {
            None if !is_right => {
                let expected = &case.meta["expected_result"];
                wrong.push(format!("{}: {expected}, but found {found:?}", case.id));
            }
            Some((id, _)) if is_right => wrong.push(format!("{id} is no exception any more")),
            Some((id, _)) if case.is_core => wrong.push(format!("{id} is of the core")),
            Some((id, reason)) => excepted.push(format!("{id}: {reason}")),
            None => {}
        }
    }
    loudly(&format!(
        "{} limbo cases, {core} of the core, {} excepted",
        cases.len(),
        excepted.len()
    ));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn other_validators_agree_or_the_difference_is_explained() {
    let (Some(cases), Some(openssl)) = (cases(), peers::openssl()) else { return };
    let scratch = Scratch::new();
    let mut differences = Differences::new(KNOWN);
    for case in cases.iter().filter(|case| case.is_core) {
        let Ok(asked) = asked(case) else { continue };
        let question = Question {
            leaf: &asked.leaf,
            others: asked.untrusted.iter().collect(),
            anchors: asked.trusted.iter().collect(),
            at: asked.at,
            purpose: asked.purpose,
            host: asked.host.as_ref(),
            strict: true,
        };
        let errors = judge(&asked);
        let ours = errors.first().and_then(|error| error.split(':').next());
        differences.compare(&case.id, "webpki", ours, question.webpki());
        let said = Some(question.openssl(&openssl, &scratch));
        differences.compare(&case.id, "openssl", ours, said);
    }
    differences.settle("core of limbo", &openssl, &[("openssl", 41), ("webpki", 31)]);
}
