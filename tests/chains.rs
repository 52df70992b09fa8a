//! The chains of `BoringSSL`'s path validation tests, judged without the certificate profile: an anchor
//! is a name and a key, and the reason is the one that is expected.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "chain/opinion.rs"]
mod opinion;
mod support;

use mwallet::chain::{Candidates, Criteria, Purpose, Severity, Source, Validation, validate};
use mwallet::codec::{Opening, bundle};
use mwallet::model::certificate::Certificate;
use opinion::{Differences, Known, Question};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::corpus::shared;
use support::loudly;
use support::peers;
use support::scratch::Scratch;
use time::macros::{datetime, format_description};
use time::{OffsetDateTime, PrimitiveDateTime};

/// Longest time for one chain.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the errors of the corpus are called here.
const CLASSES: &[(&str, &[&str])] = &[
    ("Basic Constraints indicates not a CA", &["ca-basic-constraints-missing"]),
    ("Certificate is not a trust anchor", &["anchor-not-trusted", "chain-issuer-missing"]),
    ("Does not have Basic Constraints", &["ca-basic-constraints-missing"]),
    ("No valid policy", &["policy-not-valid"]),
    ("Time is after notAfter", &["cert-expired"]),
    ("Time is before notBefore", &["cert-not-yet-valid"]),
    ("The extended key usage does not include client auth", &["eku-no-client-auth"]),
    ("The extended key usage does not include server auth", &["eku-no-server-auth"]),
    ("Too many name constraints checks", &["limit-exceeded"]),
    ("Unacceptable public key", &["weak-key"]),
    ("Unacceptable signature algorithm", &["weak-signature"]),
    ("Unconsumed critical extension", &["critical-extension-unknown"]),
    // An issuer of that name whose key identifier is another one is not the issuer: there its
    // certificate is missing.
    ("VerifySignedData failed", &["signature-invalid", "chain-issuer-missing"]),
    ("keyCertSign bit is not set", &["key-usage-missing"]),
    ("max_path_length reached", &["path-length-exceeded"]),
];

/// Other verdicts or reasons, each with why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "intermediate-eku-server-gated-crypto/sha1-eku-any",
        "the test allows SHA-1, which is not in the table",
    ),
    (
        "many-names/ok-all-types",
        "t171.test is in no permitted subtree: RFC 5280 section 4.2.1.10 leaves no room for it",
    ),
    (
        "many-names/toomany-all-types",
        "counts all kinds of names together, where only those of one kind are compared; the name that \
         is not permitted is found",
    ),
];

/// Where other validators differ, case by case.
const KNOWN: &[Known] = &[
    Known {
        peer: "webpki",
        code: "",
        said: "UnsupportedCriticalExtension",
        why: "knows no policies: what is critical stops it",
        cases: &[
            "policies-inhibit-anypolicy-by-root-fail/main",
            "policy-mappings-on-root-fail/main",
            "policies-inhibit-mapping-by-root-ok/main",
        ],
    },
    Known {
        peer: "webpki",
        code: "",
        said: "UnknownIssuer",
        why: "compares names byte for byte",
        cases: &[
            "issuer-and-subject-not-byte-for-byte-equal/anchor",
            "issuer-and-subject-not-byte-for-byte-equal/target",
        ],
    },
    Known {
        peer: "webpki",
        code: "",
        said: "RequiredEkuNotFound",
        why: "does not take anyExtendedKeyUsage",
        cases: &["target-eku-any/clientauth", "target-eku-any/serverauth"],
    },
    Known {
        peer: "webpki",
        code: "",
        said: "InvalidSignatureForPublicKey",
        why: "finds no way through self-issued certificates",
        cases: &["basic-constraints-pathlen-0-self-issued/main"],
    },
    Known {
        peer: "webpki",
        code: "key-usage-missing",
        said: "valid",
        why: "does not look at keyUsage",
        cases: &["intermediate-lacks-signing-key-usage/main"],
    },
    Known {
        peer: "webpki",
        code: "weak-key",
        said: "valid",
        why: "does not judge a key that has signed nothing",
        cases: &["target-has-512bit-rsa-key/main"],
    },
    Known {
        peer: "openssl",
        code: "weak-key",
        said: "valid",
        why: "takes short RSA keys at its default security level",
        cases: &["target-signed-by-512bit-rsa/main", "target-has-512bit-rsa-key/main"],
    },
    Known {
        peer: "openssl",
        code: "weak-signature",
        said: "valid",
        why: "takes SHA-1 at its default security level",
        cases: &[
            "intermediate-signed-with-sha1/main",
            "target-signed-with-sha1/main",
            "intermediate-eku-server-gated-crypto/sha1-eku-any",
        ],
    },
    Known {
        peer: "openssl",
        code: "chain-issuer-missing",
        said: "valid",
        why: "-partial_chain: what is trusted vouches for itself",
        cases: &["target-only/trusted_anchor"],
    },
    Known {
        peer: "openssl",
        code: "eku-no-server-auth",
        said: "valid",
        why: "takes server gated crypto for serverAuth",
        cases: &[
            "intermediate-eku-server-gated-crypto/sha1-eku-serverAuth",
            "intermediate-eku-server-gated-crypto/sha256-eku-serverAuth",
        ],
    },
    Known {
        peer: "openssl",
        code: "",
        said: "unsuitable certificate purpose",
        why: "wants a leaf's keyUsage to fit TLS",
        cases: &[
            "target-serverauth-various-keyusages/ec-decipherOnly",
            "target-serverauth-various-keyusages/rsa-decipherOnly",
        ],
    },
    Known {
        peer: "openssl",
        code: "",
        said: "unsuitable certificate purpose",
        why: "does not take anyExtendedKeyUsage",
        cases: &["target-eku-any/clientauth", "target-eku-any/serverauth"],
    },
    Known {
        peer: "openssl",
        code: "",
        said: "certificate has expired",
        why: "counts the validity of anchors",
        cases: &["expired-root/not-after"],
    },
    Known {
        peer: "openssl",
        code: "",
        said: "certificate is not yet valid",
        why: "counts the validity of anchors",
        cases: &["expired-root/not-before"],
    },
    Known {
        peer: "openssl",
        code: "",
        said: "path length constraint exceeded",
        why: "counts the constraints of anchors",
        cases: &["violates-pathlen-1-from-root/main"],
    },
];

struct Row {
    name: String,
    /// The leaf first, the anchor last.
    chain: Vec<Certificate>,
    at: OffsetDateTime,
    purpose: Purpose,
    is_valid: bool,
    errors: Vec<String>,
}

fn rows() -> Option<Vec<Row>> {
    let corpus = shared("corpus")?;
    let table = fs::read_to_string(corpus.join("chains.tsv")).unwrap();
    let mut rows = Vec::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let purpose = match cells[4] {
            "SERVER_AUTH" => Purpose::Server,
            "CLIENT_AUTH" => Purpose::Client,
            "ANY_EKU" => Purpose::Any,
            _ => continue, // a policy of one browser
        };
        if cells[2] != "TRUSTED_ANCHOR" {
            continue;
        }
        let path: PathBuf = corpus.join("files").join(cells[1]);
        let found = bundle::read(&fs::read(&path).unwrap(), &Opening::with(None)).unwrap();
        let name = cells[0].rsplit('/').take(2).collect::<Vec<_>>();
        rows.push(Row {
            name: format!("{}/{}", name[1], name[0].trim_end_matches(".test")),
            chain: found.certificates,
            at: time(cells[3]),
            purpose,
            is_valid: cells[5] == "ok",
            errors: cells.get(6).unwrap_or(&"").split("; ").map(str::to_owned).collect(),
        });
    }
    Some(rows)
}

/// `yymmddhhmmssZ`, or the moment that the corpus was made for.
fn time(text: &str) -> OffsetDateTime {
    if text == "DEFAULT" {
        return datetime!(2021-10-05 12:00 UTC);
    }
    let format = format_description!("[year][month][day][hour][minute][second]Z");
    PrimitiveDateTime::parse(&format!("20{text}"), format).unwrap().assume_utc()
}

fn judge(row: &Row) -> Validation {
    let mut candidates = Candidates::new();
    let (anchor, presented) = row.chain.split_last().unwrap();
    candidates.add(anchor, Source::Trusted);
    for certificate in presented {
        candidates.add(certificate, Source::Presented);
    }
    validate(&row.chain[0], &candidates, &Criteria::new(row.at).purpose(row.purpose))
}

/// What is wrong with our judgement of a row.
fn complaint(row: &Row, validation: &Validation) -> Option<String> {
    let errors: Vec<String> = validation
        .findings
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|found| format!("{}: {}", found.code, found.message))
        .collect();
    if validation.is_valid() != row.is_valid {
        return Some(format!("expected {:?}, found {errors:?}", row.errors));
    }
    let classes: Vec<&str> = CLASSES
        .iter()
        .filter(|(error, _)| row.errors.iter().any(|expected| expected == error))
        .flat_map(|(_, codes)| codes.iter().copied())
        .collect();
    let headline = validation.headline().map_or("", |found| found.code.name());
    (!row.is_valid && !classes.contains(&headline))
        .then(|| format!("expected {:?}, found {errors:?}", row.errors))
}

#[test]
fn verdicts_and_reasons_are_those_of_the_corpus() {
    let Some(rows) = rows() else { return };
    assert!(rows.len() >= 69, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for (name, _) in EXCEPTIONS {
        assert!(rows.iter().any(|row| row.name == *name), "{name} is no row");
    }
    for row in &rows {
        let start = Instant::now();
        let complaint = complaint(row, &judge(row));
        let spent = start.elapsed();
        assert!(spent < PATIENCE, "{} took {spent:?}", row.name);
        let excepted = EXCEPTIONS.iter().any(|(name, _)| *name == row.name);
        match complaint {
            Some(complaint) if !excepted => wrong.push(format!("{}: {complaint}", row.name)),
            None if excepted => wrong.push(format!("{} is no exception any more", row.name)),
            _ => {}
        }
    }
    loudly(&format!("{} chains, {} excepted", rows.len(), EXCEPTIONS.len()));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn other_validators_agree_or_the_difference_is_explained() {
    let (Some(rows), Some(openssl)) = (rows(), peers::openssl()) else { return };
    let scratch = Scratch::new();
    let mut differences = Differences::new(KNOWN);
    for row in &rows {
        let (anchor, presented) = row.chain.split_last().unwrap();
        let question = Question {
            leaf: &row.chain[0],
            others: presented.iter().skip(1).collect(),
            anchors: vec![anchor],
            at: row.at,
            purpose: row.purpose,
            host: None,
            strict: false,
        };
        let validation = judge(row);
        let wrong = validation.headline().filter(|_| !validation.is_valid());
        let ours = wrong.map(|finding| finding.code.name());
        differences.compare(&row.name, "webpki", ours, question.webpki());
        let said = Some(question.openssl(&openssl, &scratch));
        differences.compare(&row.name, "openssl", ours, said);
    }
    differences.settle("chains", &openssl, &[("openssl", 54), ("webpki", 51)]);
}
