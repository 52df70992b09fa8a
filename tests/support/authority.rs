//! A throw-away CA made by openssl: a root, an intermediate, and whatever they are asked to sign.

use crate::support::job::PASSWORD;
use crate::support::peers::Peer;
use crate::support::scratch::Scratch;

/// A PKCS#12 file that openssl writes: a key with its certificate, `KEY.key` and `KEY.pem`, and what the
/// options add.
#[track_caller]
pub(crate) fn p12(
    scratch: &Scratch,
    openssl: &Peer,
    key: &str,
    alias: &str,
    options: &str,
    out: &str,
) {
    let line = format!(
        "pkcs12 -export -inkey {key}.key -in {key}.pem -name {alias} {options} \
         -passout pass:{PASSWORD} -out {out}"
    );
    scratch.run(openssl, &line).ok();
}

/// A PKCS#12 file that openssl writes without any protection, with the certificate of one key and, in the place
/// of that key, another.
#[track_caller]
pub(crate) fn misfit_p12(scratch: &Scratch, openssl: &Peer, key: &str, other: &str, out: &str) {
    let line = format!(
        "pkcs12 -export -inkey {key}.key -in {key}.pem -name {key} -keypbe NONE -certpbe NONE -nomac \
         -passout pass: -out {out}"
    );
    scratch.run(openssl, &line).ok();
    let [old, new] = [key, other].map(|name| {
        let line = format!("pkcs8 -topk8 -nocrypt -in {name}.key -outform der -out {name}.der");
        scratch.run(openssl, &line).ok();
        scratch.read(&format!("{name}.der"))
    });
    let mut bytes = scratch.read(out);
    let place = bytes.windows(old.len()).position(|window| window == old).unwrap();
    bytes[place..place + new.len()].copy_from_slice(&new);
    scratch.write(out, bytes);
}

/// The keys that a CA signs with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CaKeys {
    Rsa,
    Ec,
}

const CONFIGURATION: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = unused
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = CA:FALSE
authorityKeyIdentifier = keyid
[server]
basicConstraints = CA:FALSE
authorityKeyIdentifier = keyid
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
";

/// A CA in a folder of a scratch folder: `root.pem`, `intermediate.pem` and their keys.
pub(crate) struct Authority<'a> {
    scratch: &'a Scratch,
    openssl: Peer,
    folder: String,
}

impl<'a> Authority<'a> {
    /// Makes a root and an intermediate in `folder`; the folder's name is part of theirs.
    #[track_caller]
    pub(crate) fn new(scratch: &'a Scratch, openssl: &Peer, folder: &str, keys: CaKeys) -> Self {
        scratch.write(&format!("{folder}/ca.cnf"), CONFIGURATION);
        let ca = Self { scratch, openssl: openssl.clone(), folder: folder.to_owned() };
        ca.key("root", keys);
        ca.key("intermediate", keys);
        ca.openssl(&format!(
            "req -x509 -new -key {0}/root.key -config {0}/ca.cnf -extensions root -days 3650 \
             -subj /DC=com/DC=acme/CN=Root-{0} -out {0}/root.pem",
            ca.folder
        ));
        ca.openssl(&format!(
            "req -new -key {0}/intermediate.key -config {0}/ca.cnf \
             -subj /DC=com/DC=acme/CN=Issuing-{0} -out {0}/intermediate.csr",
            ca.folder
        ));
        ca.openssl(&format!(
            "x509 -req -in {0}/intermediate.csr -CA {0}/root.pem -CAkey {0}/root.key \
             -CAcreateserial -days 1825 -extfile {0}/ca.cnf -extensions intermediate \
             -out {0}/intermediate.pem",
            ca.folder
        ));
        ca
    }

    fn key(&self, name: &str, keys: CaKeys) {
        let kind = match keys {
            CaKeys::Rsa => "RSA -pkeyopt rsa_keygen_bits:2048",
            CaKeys::Ec => "EC -pkeyopt ec_paramgen_curve:P-256",
        };
        self.openssl(&format!("genpkey -algorithm {kind} -out {}/{name}.key", self.folder));
    }

    #[track_caller]
    fn openssl(&self, line: &str) {
        self.scratch.run(&self.openssl, line).ok();
    }

    /// The path of the root, relative to the scratch folder.
    pub(crate) fn root(&self) -> String {
        format!("{}/root.pem", self.folder)
    }

    /// The path of the intermediate, relative to the scratch folder.
    pub(crate) fn intermediate(&self) -> String {
        format!("{}/intermediate.pem", self.folder)
    }

    /// Signs a request with the intermediate, extensions copied; writes the certificate alone.
    #[track_caller]
    pub(crate) fn sign(&self, request: &str, certificate: &str) {
        self.openssl(&format!(
            "x509 -req -in {request} -CA {0}/intermediate.pem -CAkey {0}/intermediate.key \
             -CAcreateserial -days 397 -copy_extensions copy -extfile {0}/ca.cnf -extensions leaf \
             -out {certificate}",
            self.folder
        ));
    }

    /// Signs with the root directly.
    #[track_caller]
    pub(crate) fn sign_with_root(&self, request: &str, certificate: &str) {
        self.openssl(&format!(
            "x509 -req -in {request} -CA {0}/root.pem -CAkey {0}/root.key -CAcreateserial \
             -days 397 -copy_extensions copy -extfile {0}/ca.cnf -extensions leaf -out {certificate}",
            self.folder
        ));
    }

    /// A key and certificate for `localhost`, made without mwallet: `NAME.key`, `NAME.pem`.
    #[track_caller]
    pub(crate) fn issue(&self, name: &str) {
        self.openssl(&format!(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key \
             -config {0}/ca.cnf -subj /CN={name} -out {name}.csr",
            self.folder
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA {0}/intermediate.pem -CAkey {0}/intermediate.key \
             -CAcreateserial -days 397 -extfile {0}/ca.cnf -extensions server -out {name}.pem",
            self.folder
        ));
    }

    /// Writes the PEM files one after the other.
    pub(crate) fn bundle(&self, parts: &[&str], bundle: &str) {
        let text: String = parts.iter().map(|part| self.scratch.text(part)).collect();
        self.scratch.write(bundle, text);
    }
}
