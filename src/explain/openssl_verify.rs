//! What OpenSSL says of a chain that does not pass: the reasons that `openssl verify` numbers.
//!
//! Sources: the texts and numbers are those of `X509_verify_cert_error_string`; public reports for the causes.

use crate::explain::{ROW, Row};

/// The rows, most asked for first. A log may have the number of an error and not its text.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "certificate verify failed",
        says: "SSL routines::certificate verify failed",
        fragments: &["certificate verify failed", "CERTIFICATE_VERIFY_FAILED"],
        wrapper: true,
        meaning: "The certificate of the other side did not pass. What is wrong with it stands \
                  behind the message or in the log; where it does not, the server can be asked.",
        causes: &[
            "the CA of the server is not among those that the program trusts",
            "the server does not send its intermediate",
            "a certificate of the chain has expired",
            "the certificate is not for the host that was asked for",
        ],
        run: &[
            (
                "mwallet probe HOST:443",
                "the chain that the server sends, and what is wrong with it",
            ),
            ("mwallet probe HOST:443 --ca CA.pem", "the same for the CA that the program is given"),
        ],
    },
    Row {
        code: "unable to get local issuer certificate",
        says: "error 20: unable to get local issuer certificate",
        fragments: &[
            "unable to get local issuer certificate",
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            "error 20 at",
            "error 2 at",
            "unable to get issuer certificate",
        ],
        meaning: "The issuer of a certificate was not found: neither sent along nor trusted.",
        causes: &[
            "the server does not send its intermediate; browsers fetch it, programs do not",
            "the root of the CA is not among the trusted certificates that were given",
            "an internal CA, and the program looks at the system's trust store only",
        ],
        run: &[
            (
                "mwallet probe HOST:443 --wallet W",
                "the chain as sent, and the issuer that is missing",
            ),
            (
                "mwallet verify CERT.pem --ca CA.pem --untrusted INTERMEDIATE.pem",
                "the same for files",
            ),
        ],
        ..ROW
    },
    Row {
        code: "unable to verify the first certificate",
        says: "error 21: unable to verify the first certificate",
        fragments: &[
            "unable to verify the first certificate",
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            "error 21 at",
        ],
        meaning: "The chain is a single certificate, and its issuer was not found.",
        causes: &["the server sends the leaf without its intermediate", "the CA is not trusted"],
        run: &[(
            "mwallet probe HOST:443 --wallet W",
            "the chain as sent, and the issuer that is missing",
        )],
        ..ROW
    },
    Row {
        code: "self-signed certificate in certificate chain",
        says: "error 19: self-signed certificate in certificate chain",
        fragments: &[
            "self-signed certificate in certificate chain",
            "self signed certificate in certificate chain",
            "SELF_SIGNED_CERT_IN_CHAIN",
            "error 19 at",
        ],
        meaning: "The chain is complete up to its root, and nobody here trusts the root.",
        causes: &[
            "an internal CA whose root was not given to the program",
            "a proxy that opens TLS presents certificates of its own CA",
        ],
        run: &[
            ("mwallet probe HOST:443", "the root, with its fingerprint"),
            ("mwallet add-trusted W ROOT.pem", "trusts it, after its fingerprint was compared"),
        ],
        ..ROW
    },
    Row {
        code: "self-signed certificate",
        says: "error 18: self-signed certificate",
        fragments: &[
            "self-signed certificate",
            "self signed certificate",
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            "error 18 at",
        ],
        meaning: "The certificate was issued by nobody but itself, and is not trusted.",
        causes: &[
            "a certificate for tests, made by the server itself",
            "the request went to another host than meant, or to a default host without SNI",
        ],
        run: &[
            ("mwallet probe HOST:443", "the certificate, with its fingerprint"),
            (
                "mwallet csr W --dn DN --san dns:HOST --eku server",
                "a request for one that a CA issues",
            ),
        ],
        ..ROW
    },
    Row {
        code: "certificate has expired",
        says: "error 10: certificate has expired",
        fragments: &[
            "certificate has expired",
            "CERT_HAS_EXPIRED",
            "alert certificate expired",
            "error 10 at",
        ],
        meaning: "The validity of a certificate of the chain has ended.",
        causes: &[
            "a renewal that nobody did, or that the server did not load",
            "an old intermediate or root that is still sent along, or trusted",
            "the clock of this machine is wrong",
        ],
        run: &[
            ("mwallet probe HOST:443", "the end of validity of each certificate"),
            ("mwallet list W --expired", "expired certificates of a store"),
            ("date -u", "the clock"),
        ],
        ..ROW
    },
    Row {
        code: "certificate is not yet valid",
        says: "error 9: certificate is not yet valid",
        fragments: &["certificate is not yet valid", "CERT_NOT_YET_VALID", "error 9 at"],
        meaning: "The validity of a certificate of the chain has not begun.",
        causes: &["the clock of this machine is behind", "the CA dated the certificate ahead"],
        run: &[
            ("date -u", "the clock"),
            ("mwallet probe HOST:443", "the beginning of validity of each certificate"),
        ],
        ..ROW
    },
    Row {
        code: "hostname mismatch",
        says: "error 62: hostname mismatch",
        fragments: &[
            "hostname mismatch",
            "no alternative certificate subject name matches",
            "ERR_TLS_CERT_ALTNAME_INVALID",
            "error 62 at",
            "error 64 at",
            "IP address mismatch",
        ],
        meaning: "The certificate is not for the host that was asked for.",
        causes: &[
            "the host is called by another name, or by its IP address",
            "the request went to a default host, because the server was not told the name (SNI)",
        ],
        run: &[(
            "mwallet probe HOST:443 --servername NAME",
            "the certificate that is sent for this name",
        )],
        ..ROW
    },
    Row {
        code: "ee key too small",
        says: "SSL routines::ee key too small",
        fragments: &[
            "ee key too small",
            "ca key too small",
            "EE certificate key too weak",
            "CA certificate key too weak",
            "error 66 at",
            "error 67 at",
        ],
        meaning: "The key of a certificate is shorter than OpenSSL's security level allows: \
                  level 2 wants 2048 bits of RSA, or 224 of an elliptic curve.",
        causes: &[
            "an old certificate with 1024 bits of RSA, its own or its CA's",
            "the system or a newer OpenSSL has raised the level; Debian has level 2, and so \
             has OpenSSL since 3.2",
        ],
        run: &[
            ("mwallet inspect CERT.pem", "the key of each certificate"),
            ("mwallet csr W --dn DN --key rsa:3072", "a request with a longer key"),
        ],
        ..ROW
    },
    Row {
        code: "ca md too weak",
        says: "SSL routines::ca md too weak",
        fragments: &["ca md too weak", "CA signature digest algorithm too weak", "error 68 at"],
        meaning: "A certificate is signed with a digest that OpenSSL's security level does not \
                  allow: MD5, and SHA-1 since OpenSSL 3. The signature of a root does not count.",
        causes: &[
            "an old certificate, or an intermediate that was never renewed",
            "an internal CA that still signs with SHA-1",
        ],
        run: &[
            ("mwallet chain FILE.pem", "the certificates in their order"),
            ("mwallet verify CERT.pem --ca CA.pem", "names the weak signature"),
            ("mwallet csr W --dn DN --key rsa:3072", "a request for a certificate in its place"),
        ],
        ..ROW
    },
    Row {
        code: "unable to get certificate CRL",
        says: "error 3: unable to get certificate CRL",
        fragments: &["unable to get certificate CRL", "error 3 at"],
        meaning: "Revocation is checked, and there is no list of the issuer of a certificate.",
        causes: &[
            "the list was not given, or is that of another CA",
            "the check wants a list of every CA of the chain, and the root's or the \
             intermediate's is missing",
        ],
        run: &[
            ("mwallet crl show LIST.crl", "whose list it is"),
            (
                "mwallet verify CERT.pem --ca CA.pem --crl LIST.crl",
                "names the certificate that no list covers",
            ),
        ],
        ..ROW
    },
    Row {
        code: "CRL has expired",
        says: "error 12: CRL has expired",
        fragments: &["CRL has expired", "error 12 at"],
        meaning: "The revocation list says that a newer one was due by now.",
        causes: &[
            "the list was not fetched again",
            "the CA did not write a new one",
            "the clock of this machine is wrong",
        ],
        run: &[
            ("mwallet crl show LIST.crl", "when the next list is due"),
            ("date -u", "the clock"),
        ],
        ..ROW
    },
    Row {
        code: "certificate revoked",
        says: "error 23: certificate revoked",
        fragments: &["certificate revoked", "error 23 at"],
        meaning: "The CA has revoked the certificate.",
        causes: &["it was replaced, and the old one is still in use", "its key was lost or stolen"],
        run: &[
            ("mwallet verify CERT.pem --ca CA.pem --crl LIST.crl", "since when, and why"),
            ("mwallet csr W --dn DN", "a request for another, with a new key"),
        ],
        ..ROW
    },
    Row {
        code: "certificate signature failure",
        says: "error 7: certificate signature failure",
        fragments: &["certificate signature failure", "error 7 at"],
        meaning: "The signature of a certificate does not fit the key of the CA that has its \
                  issuer's name.",
        causes: &[
            "the CA got a new key under its old name, and its old certificate is trusted",
            "the certificate was changed or damaged",
            "another CA of the same name",
        ],
        run: &[
            ("mwallet verify CERT.pem --ca CA.pem", "which signature does not fit"),
            ("mwallet chain FILE.pem", "which certificate issued which"),
        ],
        ..ROW
    },
    Row {
        code: "invalid CA certificate",
        says: "error 79: invalid CA certificate",
        fragments: &["invalid CA certificate", "error 79 at", "error 24 at"],
        meaning: "The issuer of a certificate is none that may issue: it lacks \
                  basicConstraints with CA:TRUE. Before OpenSSL 3 the number is 24.",
        causes: &[
            "a CA that was made without the extension",
            "a server's certificate was used to sign another",
        ],
        run: &[
            ("mwallet verify CERT.pem --ca CA.pem", "names the certificate that is no CA"),
            ("mwallet inspect CA.pem", "its extensions"),
        ],
        ..ROW
    },
    Row {
        code: "path length constraint exceeded",
        says: "error 25: path length constraint exceeded",
        fragments: &["path length constraint exceeded", "error 25 at"],
        meaning: "A CA of the chain may have fewer CAs below it than it has.",
        causes: &["an intermediate issued another, and its pathlen is 0"],
        run: &[(
            "mwallet verify CERT.pem --ca CA.pem --untrusted INTERMEDIATE.pem",
            "names the CA and its limit",
        )],
        ..ROW
    },
    Row {
        code: "unsuitable certificate purpose",
        says: "error 26: unsuitable certificate purpose",
        fragments: &[
            "unsuitable certificate purpose",
            "unsupported certificate purpose",
            "error 26 at",
        ],
        meaning: "The certificate may not be used for this: its extended key usage or its key \
                  usage names something else.",
        causes: &[
            "a server's certificate that is used as a client's, or the other way round",
            "the CA puts serverAuth alone into its certificates",
        ],
        run: &[
            ("mwallet verify CERT.pem --ca CA.pem --purpose client", "which extension forbids it"),
            ("mwallet csr W --dn DN --eku client,server", "a request for both uses"),
        ],
        ..ROW
    },
    Row {
        code: "permitted subtree violation",
        says: "error 47: permitted subtree violation",
        fragments: &[
            "permitted subtree violation",
            "excluded subtree violation",
            "error 47 at",
            "error 48 at",
        ],
        meaning: "A name in the certificate lies outside of what the name constraints of a CA \
                  allow.",
        causes: &["a CA for one domain issued for another"],
        run: &[
            ("mwallet verify CERT.pem --ca CA.pem", "names the name and the constraint"),
            ("mwallet inspect CA.pem", "the constraints"),
        ],
        ..ROW
    },
];
