//! Issuers stay with those who need them: cross-signed certificates, and what several entries of a file share. openssl
//! and keytool make the files and read what became of them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use support::authority::{Authority, CaKeys, p12};
use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::run::Mwallet;
use support::scratch::Scratch;

/// Two CAs, the root of the first certified by the second in `cross.pem`; `app.pem` and the later `new.pem` for one key,
/// and `two.pem`, all of the first; `moved.pem` of the second, latest of all.
struct Made<'s> {
    scratch: &'s Scratch,
    openssl: Peer,
}

impl<'s> Made<'s> {
    fn new(scratch: &'s Scratch) -> Option<Self> {
        let openssl = peers::openssl()?;
        let run = |line: &str| scratch.run(&openssl, line).ok();
        let ca = Authority::new(scratch, &openssl, "ca", CaKeys::Ec);
        let old = Authority::new(scratch, &openssl, "old", CaKeys::Ec);
        run(
            "req -new -key ca/root.key -config ca/ca.cnf -subj /DC=com/DC=acme/CN=Root-ca -out cross.csr",
        );
        run("x509 -req -in cross.csr -CA old/root.pem -CAkey old/root.key -CAcreateserial \
             -extfile ca/ca.cnf -extensions root -out cross.pem");
        ca.issue("app");
        ca.issue("two");
        let again = "x509 -req -in app.csr -CAcreateserial -extfile ca/ca.cnf -extensions server";
        run(&format!(
            "{again} -days 500 -CA ca/intermediate.pem -CAkey ca/intermediate.key -out new.pem"
        ));
        run(&format!(
            "{again} -days 600 -CA old/intermediate.pem -CAkey old/intermediate.key -out moved.pem"
        ));
        ca.bundle(&[&ca.intermediate(), "cross.pem", &old.root(), &ca.root()], "crossed.pem");
        ca.bundle(&[&ca.intermediate(), &ca.root()], "plain.pem");
        ca.bundle(&["two.pem", &ca.intermediate()], "two-and-issuer.pem");
        ca.bundle(&["moved.pem", &old.intermediate(), &old.root()], "moved-reply.pem");
        Some(Self { scratch, openssl })
    }

    /// A file with `app.pem`, and what the options add.
    fn p12(&self, options: &str, out: &str) {
        p12(self.scratch, &self.openssl, "app", "app", options, out);
    }

    /// A file with `new.pem` and no more than its own chain.
    fn renewed(&self, out: &str) {
        let line = format!(
            "pkcs12 -export -inkey app.key -in new.pem -name app -certfile plain.pem \
             -passout pass:{PASSWORD} -out {out}"
        );
        self.scratch.run(&self.openssl, &line).ok();
    }

    /// Subject and issuer of each certificate, by openssl, sorted.
    #[track_caller]
    fn certificates(&self, file: &str) -> Vec<String> {
        let line = format!("pkcs12 -in {file} -nokeys -passin pass:{PASSWORD}");
        let text = self.scratch.run(&self.openssl, &line).ok().out();
        let name = |line: &str| line.rsplit(['=', ' ']).next().unwrap().to_owned();
        let subjects = text.lines().filter(|line| line.starts_with("subject=")).map(name);
        let issuers = text.lines().filter(|line| line.starts_with("issuer=")).map(name);
        let mut all: Vec<String> =
            subjects.zip(issuers).map(|(subject, issuer)| format!("{subject}<{issuer}")).collect();
        all.sort();
        all
    }

    fn mwallet(&self, line: &str) -> Mwallet {
        self.scratch.mwallet(line).password(PASSWORD)
    }
}

const CROSSED: [&str; 5] = [
    "Issuing-ca<Root-ca",
    "Root-ca<Root-ca",
    "Root-ca<Root-old",
    "Root-old<Root-old",
    "app<Issuing-ca",
];

#[test]
fn renewal_keeps_cross_signed_certificates_and_what_is_above_them() {
    let scratch = Scratch::new();
    let Some(made) = Made::new(&scratch) else { return };
    made.p12("-certfile crossed.pem", "app.p12");
    let done = made.mwallet("import-user app.p12 new.pem --replace").json();
    assert_eq!(done["gone"], Value::Array(Vec::new()), "{done:#}");
    assert_eq!(made.certificates("app.p12"), CROSSED);
    // What issues nothing any more goes, and is named.
    let done = made.mwallet("import-user app.p12 moved-reply.pem --replace").ok();
    done.says("the issuer CN=Issuing-ca").says("the issuer CN=Root-ca");
    let left = ["Issuing-old<Root-old", "Root-old<Root-old", "app<Issuing-old"];
    assert_eq!(made.certificates("app.p12"), left);
}

#[test]
fn renewal_keeps_cross_signed_certificates_in_a_java_store() {
    let keytools = peers::keytools();
    let Some(keytool) = keytools.first() else { return };
    let scratch = Scratch::new();
    let Some(made) = Made::new(&scratch) else { return };
    made.p12("-certfile crossed.pem", "app.p12");
    made.mwallet("convert app.p12 app.jks").out_password(PASSWORD).ok();
    let list = format!("-list -v -keystore app.jks -storepass {PASSWORD}");
    scratch.run(keytool, &list).ok().says("Certificate chain length: 5");
    made.mwallet("import-user app.jks new.pem --replace").ok();
    scratch.run(keytool, &list).ok().says("Certificate chain length: 5");
}

#[test]
fn issuer_that_another_certificate_needs_stays_when_its_key_goes() {
    let scratch = Scratch::new();
    let Some(made) = Made::new(&scratch) else { return };
    let left = ["Issuing-ca<Root-ca", "two<Issuing-ca"];
    made.p12("-certfile two-and-issuer.pem", "removed.p12");
    let planned = made.mwallet("remove removed.p12 app --yes --dry-run").json();
    assert_eq!(planned["written"], false);
    made.mwallet("remove removed.p12 app --yes").ok();
    assert_eq!(made.certificates("removed.p12"), left);
    // Nobody trusts it for that, and the next change leaves it as it is.
    for keytool in peers::keytools() {
        let list = format!("-list -keystore removed.p12 -storepass {PASSWORD}");
        scratch.run(&keytool, &list).ok().says("contains 0 entries");
    }
    made.mwallet("add-trusted removed.p12 old/root.pem").ok();
    assert_eq!(made.certificates("removed.p12").len(), 3);

    made.p12("-certfile two-and-issuer.pem", "replaced.p12");
    made.mwallet("import-user replaced.p12 moved-reply.pem --replace").ok();
    let all = made.certificates("replaced.p12");
    assert!(left.iter().all(|one| all.iter().any(|it| it == one)), "{all:?}");

    // What nobody needs goes with its key.
    made.p12("-certfile crossed.pem", "alone.p12");
    made.mwallet("remove alone.p12 app --yes").ok();
    assert_eq!(made.certificates("alone.p12"), [""; 0]);
}

#[test]
fn merge_of_an_older_certificate_brings_the_issuers_of_its_chain() {
    let scratch = Scratch::new();
    let Some(made) = Made::new(&scratch) else { return };
    made.p12("-certfile crossed.pem", "older.p12");
    made.renewed("newer.p12");
    made.mwallet("merge newer.p12 older.p12 --out third.p12").src_password(PASSWORD).ok();
    assert_eq!(made.certificates("third.p12"), CROSSED);
    let done = made.mwallet("merge newer.p12 older.p12").src_password(PASSWORD).json();
    assert_eq!(done["outcomes"][0]["outcome"], "updated", "{done:#}");
    assert_eq!(made.certificates("newer.p12"), CROSSED);
    // Once more there is nothing to bring.
    let done = made.mwallet("merge newer.p12 older.p12").src_password(PASSWORD).json();
    assert_eq!(done["written"], false, "{done:#}");
}

#[test]
fn merge_of_a_later_certificate_keeps_the_issuers_that_were_there() {
    let scratch = Scratch::new();
    let Some(made) = Made::new(&scratch) else { return };
    made.p12("-certfile crossed.pem", "older.p12");
    made.renewed("newer.p12");
    let merge = |line: &str| made.mwallet(line).src_password(PASSWORD);
    let done = merge("merge older.p12 newer.p12 --allow-loss").json();
    let losses = done["losses"].as_array().unwrap();
    assert_eq!(losses.len(), 1, "{done:#}");
    assert!(losses[0].as_str().unwrap().contains("CN=app"), "{done:#}");
    assert_eq!(made.certificates("older.p12"), CROSSED);

    // An issuer that goes with its certificate is called what it is, and so is one that does not come.
    made.mwallet("import-user newer.p12 moved-reply.pem --replace").ok();
    let done = merge("merge older.p12 newer.p12 --allow-loss").ok();
    done.says("the issuer CN=Issuing-ca").says("which issued nothing that stays");
    made.renewed("again.p12");
    merge("merge older.p12 again.p12")
        .ok()
        .says("in the chain of the older certificate: CN=Issuing-ca");
}

#[test]
fn check_asks_for_an_order_where_there_is_one_and_fix_makes_it() {
    let scratch = Scratch::new();
    let Some(made) = Made::new(&scratch) else { return };
    made.p12("-certfile crossed.pem", "app.p12");
    let codes = |line: &str| -> Vec<String> {
        let (report, _) = made.mwallet(line).report();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    let before = scratch.read("app.p12");
    assert!(!codes("check app.p12").contains(&"chain-disordered".to_owned()));
    made.mwallet("check app.p12 --fix").ok().says("nothing to repair");
    assert_eq!(scratch.read("app.p12"), before);
    // An issuer that stands alone above the gap is nothing that an order could mend.
    made.p12("-certfile ca/root.pem", "gap.p12");
    assert!(!codes("check gap.p12").contains(&"chain-disordered".to_owned()));
}
