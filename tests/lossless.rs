//! What other tools lose is kept: keys and CAs without the usual attributes, unknown bags, and
//! everything that an edit does not name.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use support::authority::{Authority, CaKeys};
use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::scratch::Scratch;

/// One DER value.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        length @ 0..0x80 => out.push(u8::try_from(length).unwrap()),
        length @ 0x80..0x100 => out.extend([0x81, u8::try_from(length).unwrap()]),
        length => {
            out.push(0x82);
            out.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    out.extend(content);
    out
}

/// An object identifier whose arcs after the second are below 2^14.
fn oid(text: &str) -> Vec<u8> {
    let arcs: Vec<u32> = text.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut bytes = vec![u8::try_from(arcs[0] * 40 + arcs[1]).unwrap()];
    for &arc in &arcs[2..] {
        let mut groups = vec![u8::try_from(arc & 0x7F).unwrap()];
        let mut rest = arc >> 7;
        while rest > 0 {
            groups.push(u8::try_from(rest & 0x7F).unwrap() | 0x80);
            rest >>= 7;
        }
        bytes.extend(groups.iter().rev());
    }
    tlv(0x06, &[&bytes])
}

/// A bag without any attribute.
fn bag(kind: &str, value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&oid(kind), &tlv(0xA0, &[value])])
}

const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const CERT_BAG: &str = "1.2.840.113549.1.12.10.1.3";

fn certificate_bag(der: &[u8]) -> Vec<u8> {
    let value = tlv(0xA0, &[&tlv(0x04, &[der])]);
    bag(CERT_BAG, &tlv(0x30, &[&oid("1.2.840.113549.1.9.22.1"), &value]))
}

/// A PFX without MAC and encryption that holds these bags in one safe.
fn pfx(bags: &[Vec<u8>]) -> Vec<u8> {
    let data = |content: &[u8]| {
        tlv(0x30, &[&oid("1.2.840.113549.1.7.1"), &tlv(0xA0, &[&tlv(0x04, &[content])])])
    };
    let contents = tlv(0x30, &[&bags.concat()]);
    let safes = tlv(0x30, &[&data(&contents)]);
    tlv(0x30, &[&[0x02, 0x01, 0x03], &data(&safes)])
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn count(list: &Value, kind: &str) -> usize {
    list["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).count()
}

/// PEM to DER by openssl.
fn der(scratch: &Scratch, openssl: &Peer, verb: &str, name: &str) -> Vec<u8> {
    scratch.run(openssl, &format!("{verb} -in {name} -outform DER -out out.der")).ok();
    scratch.read("out.der")
}

/// A file that other readers drop the half of: its key and its CA have no attributes, and one bag
/// is of a type that nobody knows.
fn odd_file(scratch: &Scratch, openssl: &Peer, ca: &Authority<'_>) -> (Vec<Vec<u8>>, Vec<u8>) {
    ca.issue("s");
    let key = scratch
        .run(openssl, "pkcs8 -topk8 -nocrypt -in s.key -outform DER -out key.der")
        .ok()
        .succeeded()
        .then(|| scratch.read("key.der"))
        .unwrap();
    let unknown = bag("1.3.6.1.4.1.9999.7.1", &tlv(0x30, &[&tlv(0x0C, &[b"keep me"])]));
    let bags = vec![
        unknown,
        certificate_bag(&der(scratch, openssl, "x509", &ca.root())),
        bag(KEY_BAG, &key),
        certificate_bag(&der(scratch, openssl, "x509", &ca.intermediate())),
        certificate_bag(&der(scratch, openssl, "x509", "s.pem")),
    ];
    let file = pfx(&bags);
    (bags, file)
}

#[test]
fn key_and_ca_without_attributes_and_unknown_bag_are_kept_through_an_edit() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let other = Authority::new(&scratch, &openssl, "other", CaKeys::Ec);
    let (bags, file) = odd_file(&scratch, &openssl, &ca);
    scratch.write("odd.p12", &file);
    // openssl agrees that this is a PKCS#12 file.
    scratch.run(&openssl, "pkcs12 -in odd.p12 -nodes -passin pass:").ok().says("PRIVATE KEY");

    let list = scratch.mwallet("list odd.p12").json();
    assert_eq!(count(&list, "private-key"), 1, "{list:#}");
    assert_eq!(count(&list, "opaque"), 1, "{list:#}");
    let key = list["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["kind"] == "private-key")
        .unwrap();
    assert!(key["subject"].as_str().is_some_and(|subject| subject.contains("CN=s")), "{list:#}");
    assert!(list.to_string().contains("integrity-unknown"), "{list:#}");
    scratch.mwallet("check odd.p12").ok();

    scratch.mwallet(&format!("add-trusted odd.p12 {}", other.root())).ok();
    let edited = scratch.read("odd.p12");
    let mut previous = 0;
    for (number, bag) in bags.iter().enumerate() {
        let at = edited.windows(bag.len()).position(|window| window == bag.as_slice());
        let at = at.unwrap_or_else(|| panic!("bag {number} was changed"));
        assert!(at >= previous, "bag {number} was moved");
        previous = at;
    }
    let list = scratch.mwallet("list odd.p12").json();
    assert_eq!(count(&list, "opaque"), 1, "{list:#}");
    let dump = scratch.run(&openssl, "pkcs12 -in odd.p12 -nodes -passin pass:").ok().out();
    assert_eq!(dump.matches("BEGIN CERTIFICATE").count(), 4, "{dump}");
}

#[test]
fn unknown_bag_follows_into_the_native_layout_and_out_again() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let (_, file) = odd_file(&scratch, &openssl, &ca);
    scratch.write("w/ewallet.p12", &file);
    scratch.mwallet("passwd w").new_password(PASSWORD).ok();
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    assert_eq!(list["layout"], "oracle", "{list:#}");
    assert_eq!(count(&list, "opaque"), 1, "{list:#}");
    assert_eq!(count(&list, "private-key"), 1, "{list:#}");
    assert!(!contains(&scratch.read("w/ewallet.p12"), b"keep me"), "it should be encrypted now");
    scratch.mwallet("check w").password(PASSWORD).ok();
}

#[test]
fn cross_signed_pair_of_cas_terminates_everywhere() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    // A certifies B and B certifies A; nobody is self-signed.
    for name in ["a", "b"] {
        for line in [
            format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {name}.key"),
            format!("req -new -key {name}.key -config ca/ca.cnf -subj /CN={name} -out {name}.csr"),
            format!(
                "x509 -req -in {name}.csr -signkey {name}.key -extfile ca/ca.cnf -extensions root \
                 -out {name}-self.pem"
            ),
        ] {
            scratch.run(&openssl, &line).ok();
        }
    }
    for (subject, issuer) in [("a", "b"), ("b", "a")] {
        scratch
            .run(
                &openssl,
                &format!(
                    "x509 -req -in {subject}.csr -CA {issuer}-self.pem -CAkey {issuer}.key \
                     -CAcreateserial -extfile ca/ca.cnf -extensions root -out {subject}.pem"
                ),
            )
            .ok();
    }
    scratch
        .run(
            &openssl,
            "x509 -req -in s.csr -CA a.pem -CAkey a.key -CAcreateserial -extfile ca/ca.cnf \
             -extensions leaf -out leaf.pem",
        )
        .ok();
    ca.bundle(&["leaf.pem", "a.pem", "b.pem"], "all.pem");
    scratch
        .run(
            &openssl,
            &format!(
                "pkcs12 -export -in all.pem -inkey s.key -out cross.p12 -passout pass:{PASSWORD}"
            ),
        )
        .ok();
    let list = scratch.mwallet("list cross.p12").password(PASSWORD).json();
    assert_eq!(count(&list, "private-key"), 1, "{list:#}");
    let (report, status) = scratch.mwallet("check cross.p12").password(PASSWORD).report();
    assert_eq!(status, Some(3), "nobody trusts the pair: {report:#}");
    scratch
        .mwallet("export cross.p12 --to p12 --out again.p12")
        .password(PASSWORD)
        .out_password(PASSWORD)
        .ok();
    let line = format!("pkcs12 -in again.p12 -nokeys -passin pass:{PASSWORD}");
    let dump = scratch.run(&openssl, &line).ok().out();
    assert_eq!(dump.matches("BEGIN CERTIFICATE").count(), 3, "{dump}");

    // The bundle is a reply like any other; with A's own root it is complete.
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch.mwallet("add-trusted w a-self.pem").password(PASSWORD).ok();
    scratch.mwallet("import-user w all.pem --key s.key").password(PASSWORD).ok();
    scratch.mwallet("check w").password(PASSWORD).ok();
}
