//! Messages of Go's `crypto/x509`, and so of Docker, Kubernetes, Terraform and Prometheus.
//!
//! Sources: the texts are those of `crypto/x509`; public reports for the causes.

use crate::explain::{ROW, Row};

/// The rows, most asked for first.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "certificate signed by unknown authority",
        says: "x509: certificate signed by unknown authority",
        fragments: &["certificate signed by unknown authority"],
        meaning: "The issuer of the certificate was not found: neither sent along nor among \
                  the CAs that the program trusts.",
        causes: &[
            "an internal CA, and the program looks at the system's roots only",
            "the server does not send its intermediate",
            "a container image without CA certificates",
            "behind the words 'possibly because of': a CA of this name is trusted, with \
             another key",
        ],
        run: &[
            (
                "mwallet probe HOST:443 --ca CA.pem",
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
        code: "certificate has expired or is not yet valid",
        says: "x509: certificate has expired or is not yet valid",
        fragments: &["certificate has expired or is not yet valid"],
        meaning: "A certificate of the chain has expired, or is not valid yet; the message has \
                  the time that was judged for.",
        causes: &[
            "a certificate was not renewed, or the server did not load it",
            "the clock of this machine is wrong",
        ],
        run: &[
            ("mwallet probe HOST:443", "the end of validity of each certificate"),
            ("date -u", "the clock"),
        ],
        ..ROW
    },
    Row {
        code: "doesn't contain any IP SANs",
        says: "x509: cannot validate certificate for 192.0.2.1 because it doesn't contain any IP SANs",
        fragments: &["contain any IP SANs"],
        meaning: "The host is called by its IP address, and the certificate has no address \
                  among its names.",
        causes: &[
            "the certificate is for a host name: call it by that",
            "the address stands in the common name, or as a DNS name, where Go does not look",
        ],
        run: &[
            ("mwallet probe HOST:443", "the names in the certificate"),
            ("mwallet csr W --dn DN --san ip:192.0.2.1 --eku server", "a request with the address"),
        ],
        ..ROW
    },
    Row {
        code: "certificate relies on legacy Common Name field",
        says: "x509: certificate relies on legacy Common Name field, use SANs instead",
        fragments: &[
            "relies on legacy Common Name field",
            "x509: certificate is valid for",
            "certificate is not valid for any names",
        ],
        meaning: "The certificate is not for the host that was asked for, or has its name \
                  where Go does not look.",
        causes: &[
            "the certificate has no subject alternative name, only a common name",
            "the host is called by another name than those in the certificate",
        ],
        run: &[
            ("mwallet probe HOST:443", "the names in the certificate"),
            ("mwallet csr W --dn DN --san dns:HOST --eku server", "a request with the name"),
        ],
        ..ROW
    },
];
