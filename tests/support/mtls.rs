//! Two parties of a mutual TLS connection: their CA, their files, and how a probe of one by the
//! other ended.

#![allow(dead_code, reason = "each test uses a part")]

use crate::ca::Ca;
use crate::support::authority::p12;
use crate::support::job::PASSWORD;
use crate::support::peers::{self, Peer};
use crate::support::run::{Done, Mwallet};
use crate::support::scratch::Scratch;
use mwallet::codec::pem;
use mwallet::model::certificate::Certificate;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyUsagePurpose, SanType};
use serde_json::Value;

/// A scratch folder with a root, an intermediate, and what they certified.
pub(crate) struct Mtls {
    pub(crate) scratch: Scratch,
    pub(crate) openssl: Peer,
    pub(crate) root: Ca,
    pub(crate) issuing: Ca,
}

/// What makes a CA sign lists of revoked certificates, too.
pub(crate) fn signs_lists(parameters: &mut CertificateParams) {
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
}

/// What a server's certificate needs.
pub(crate) fn for_localhost(parameters: &mut CertificateParams) {
    parameters.subject_alt_names = vec![
        SanType::DnsName("localhost".try_into().unwrap()),
        SanType::IpAddress("127.0.0.1".parse().unwrap()),
    ];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
}

impl Mtls {
    /// `root.pem`, `issuing.pem`; `server.pem`, `server.key` for localhost, and `chain.pem` with
    /// what the server presents above its own; `client.p12` with key, certificate and intermediate
    /// of the client, and the trusted root.
    #[track_caller]
    pub(crate) fn new() -> Option<Self> {
        let openssl = peers::openssl()?;
        let scratch = Scratch::new();
        let root = Ca::root_with("Root", signs_lists);
        let issuing = root.intermediate_with("Issuing CA", signs_lists);
        let this = Self { scratch, openssl, root, issuing };
        this.write("root.pem", &[&this.root.certificate]);
        this.write("issuing.pem", &[&this.issuing.certificate]);
        this.write("chain.pem", &[&this.issuing.certificate, &this.root.certificate]);
        this.leaf("server", &this.issuing, for_localhost);
        this.client("client", &this.issuing, |_| {});
        Some(this)
    }

    pub(crate) fn write(&self, name: &str, certificates: &[&Certificate]) {
        self.scratch.write(name, pem::encode_certificates(certificates, false));
    }

    /// `NAME.key` and `NAME.pem`; the certificate.
    pub(crate) fn leaf(
        &self,
        name: &str,
        ca: &Ca,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Certificate {
        let leaf = ca.leaf_with(name, change);
        self.scratch.write(&format!("{name}.key"), leaf.key.serialize_pem());
        self.write(&format!("{name}.pem"), &[&leaf.certificate]);
        leaf.certificate
    }

    /// `NAME.p12`: the entry `NAME` with its certificate and the CA's, and the trusted root.
    #[track_caller]
    pub(crate) fn client(
        &self,
        name: &str,
        ca: &Ca,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Certificate {
        let certificate = self.leaf(name, ca, change);
        self.write(&format!("{name}.ca"), &[&ca.certificate]);
        self.p12(name, &format!("-certfile {name}.ca"));
        self.trust(&format!("{name}.p12"), "root.pem");
        certificate
    }

    /// Makes `NAME.p12` with openssl, of `NAME.pem` and `NAME.key`.
    #[track_caller]
    pub(crate) fn p12(&self, name: &str, options: &str) {
        p12(&self.scratch, &self.openssl, name, name, options, &format!("{name}.p12"));
    }

    /// Adds a trusted certificate.
    #[track_caller]
    pub(crate) fn trust(&self, wallet: &str, file: &str) {
        self.scratch.mwallet(&format!("add-trusted {wallet} {file}")).password(PASSWORD).ok();
    }

    /// Probes with a wallet or without.
    pub(crate) fn probe(&self, address: &str, wallet: Option<&str>, options: &str) -> Probed {
        let command = self.scratch.mwallet(&format!("probe {address} {options}"));
        let command = match wallet {
            Some(wallet) => command.args(&format!("--wallet {wallet}")).password(PASSWORD),
            None => command,
        };
        Probed::of(command)
    }

    /// A command that a report printed, without the password that belongs to this process, and
    /// without the flag that whoever reads the answer adds.
    #[track_caller]
    pub(crate) fn repair(&self, command: &str) -> Mwallet {
        let line = command.strip_prefix("mwallet ").unwrap();
        let line = line.replace(" --password-env MWALLET_TEST_PASSWORD", "").replace(" --json", "");
        self.scratch.mwallet(&line).password(PASSWORD)
    }

    /// Runs the repair that adds what a server presents: refused, and then done with the pin that
    /// the refusal names.
    #[track_caller]
    pub(crate) fn repair_with_pin(&self, command: &str) -> Done {
        let refusal = self.repair(command).fails(6, "confirmation-required");
        let pin = refusal["details"]["pin"].as_str().unwrap().to_owned();
        self.repair(command).args(&format!("--pin {pin}")).ok()
    }
}

/// A report of `probe`.
pub(crate) struct Probed {
    pub(crate) report: Value,
    pub(crate) status: Option<i32>,
}

impl Probed {
    #[track_caller]
    pub(crate) fn of(command: Mwallet) -> Self {
        let (report, status) = command.report();
        Self { report, status }
    }

    pub(crate) fn headline(&self) -> &str {
        self.report["headline"]["code"].as_str().unwrap_or("-")
    }

    /// Itself, after making sure of the headline and of status 3.
    #[track_caller]
    pub(crate) fn headlines(self, code: &str) -> Self {
        assert_eq!(self.headline(), code, "{:#}", self.report);
        assert_eq!(self.status, Some(3), "{:#}", self.report);
        self
    }

    /// Makes sure that nothing is wrong, and that the server took what was sent to it.
    #[track_caller]
    pub(crate) fn is_well(&self) {
        assert_eq!(self.report["verdict"], "ok", "{:#}", self.report);
        assert_eq!(self.status, Some(0), "{:#}", self.report);
        if !self.report["client_certificate"]["sent"].is_null() {
            assert_eq!(self.report["client_certificate"]["accepted"], true, "{:#}", self.report);
        }
    }

    /// The first finding of this code.
    #[track_caller]
    pub(crate) fn finding(&self, code: &str) -> &Value {
        let findings = self.report["findings"].as_array().unwrap();
        findings
            .iter()
            .find(|finding| finding["code"] == code)
            .unwrap_or_else(|| panic!("no {code} in {:#}", self.report))
    }

    /// The repair of the first finding of this code.
    #[track_caller]
    pub(crate) fn repair(&self, code: &str) -> String {
        let finding = self.finding(code);
        finding["repair"].as_str().unwrap_or_else(|| panic!("no repair in {finding:#}")).to_owned()
    }

    /// What a client does with an entry: `sent`, or the code of the reason why not.
    #[track_caller]
    pub(crate) fn choice(&self, alias: &str, client: &str) -> String {
        let entries = self.report["client_certificate"]["entries"].as_array().unwrap();
        let entry = entries
            .iter()
            .find(|entry| entry["alias"] == alias)
            .unwrap_or_else(|| panic!("no {alias} in {entries:?}"));
        let clients = entry["clients"].as_array().unwrap();
        let choice = clients.iter().find(|choice| choice["client"] == client).unwrap();
        if choice["sent"] == true {
            return "sent".to_owned();
        }
        choice["code"].as_str().unwrap_or("another").to_owned()
    }
}
