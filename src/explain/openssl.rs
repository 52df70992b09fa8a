//! Messages of OpenSSL, and so of curl, nginx, Node, Python and PHP.
//!
//! Sources: public logs for the texts, public reports for the causes; `tests/explain.rs` has OpenSSL say
//! some of them.

use crate::explain::{ROW, Row};

/// The rows, most asked for first.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "unable to get local issuer certificate",
        says: "error 20: unable to get local issuer certificate",
        fragments: &["unable to get local issuer certificate", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
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
        fragments: &["unable to verify the first certificate", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
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
        fragments: &["certificate has expired", "CERT_HAS_EXPIRED", "alert certificate expired"],
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
        fragments: &["certificate is not yet valid", "CERT_NOT_YET_VALID"],
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
        code: "tlsv1 alert unknown ca",
        says: "tlsv1 alert unknown ca",
        fragments: &["alert unknown ca"],
        meaning: "The other side does not trust the CA of the certificate that this side sent.",
        causes: &[
            "the CA of the client certificate is not among those that the server trusts",
            "the client sent its certificate without the intermediate",
            "seen in a server's log: the client does not trust the server's CA",
        ],
        run: &[
            (
                "mwallet probe HOST:PORT --wallet W",
                "the CAs that the server names, and which entry would be sent",
            ),
            ("mwallet check W", "whether the chain is complete"),
        ],
        ..ROW
    },
    Row {
        code: "sslv3 alert bad certificate",
        says: "sslv3 alert bad certificate",
        fragments: &["alert bad certificate"],
        meaning: "The other side did not accept the certificate that this side sent, or received none \
                  where it wants one. The name of the protocol in the message means nothing.",
        causes: &[
            "no client certificate was sent",
            "the certificate has expired, or is for another use",
            "the other side cannot build a chain to a CA that it trusts",
        ],
        run: &[
            (
                "mwallet probe HOST:PORT --wallet W",
                "whether a certificate is asked for, and which would be sent",
            ),
            ("mwallet check W --purpose client", "whether it can be presented"),
        ],
        ..ROW
    },
    Row {
        code: "alert certificate required",
        says: "tlsv13 alert certificate required",
        fragments: &["alert certificate required"],
        meaning: "The server wants a client certificate and received none. In TLS 1.3 it says so only \
                  after the handshake.",
        causes: &[
            "the client was given no certificate",
            "the client has one, and its issuer is not among the CAs that the server names",
        ],
        run: &[(
            "mwallet probe HOST:PORT --wallet W",
            "the CAs that the server names, and which entry would be sent",
        )],
        ..ROW
    },
    Row {
        code: "RC2-40-CBC unsupported",
        says: "error:0308010C:digital envelope routines:inner_evp_generic_fetch:unsupported, \
               Algorithm (RC2-40-CBC : 0)",
        fragments: &[
            "RC2-40-CBC",
            "inner_evp_generic_fetch:unsupported",
            "digital envelope routines::unsupported",
        ],
        meaning: "The PKCS#12 file uses an algorithm that OpenSSL 3 has switched off, mostly RC2 with \
                  40 bits.",
        causes: &["the file was made by an old OpenSSL, Java, Windows or browser"],
        run: &[
            ("mwallet inspect FILE", "the algorithms of the file"),
            ("mwallet convert FILE new.p12 --for openssl3", "a copy that OpenSSL 3 reads"),
        ],
        ..ROW
    },
    Row {
        code: "key values mismatch",
        says: "x509 certificate routines:X509_check_private_key:key values mismatch",
        fragments: &["key values mismatch"],
        meaning: "The certificate does not belong to the key.",
        causes: &[
            "the first certificate in the file is not the leaf: order matters",
            "the certificate was renewed with a new key, and the old key is configured",
            "the files of two hosts were mixed up",
        ],
        run: &[
            ("mwallet match KEY.pem CERT.pem", "whether the two belong together"),
            ("mwallet chain FILE.pem", "the certificates in their order"),
        ],
        ..ROW
    },
    Row {
        code: "wrong version number",
        says: "SSL routines:ssl3_get_record:wrong version number",
        fragments: &["wrong version number"],
        meaning: "What came back is not TLS.",
        causes: &[
            "the port speaks plain HTTP, or another protocol",
            "the protocol begins in plain text and changes to TLS later (STARTTLS)",
            "a proxy answers in plain text",
        ],
        run: &[
            ("mwallet probe HOST:PORT", "whether TLS is spoken"),
            ("mwallet probe HOST:25 --starttls smtp", "where TLS begins later"),
        ],
        ..ROW
    },
    Row {
        code: "mac verify failure",
        says: "PKCS12 routines:PKCS12_parse:mac verify failure",
        fragments: &["mac verify failure", "Mac verify error"],
        meaning: "The PKCS#12 file did not open with the password.",
        causes: &[
            "the password is wrong; a line end or a blank from a file may belong to it",
            "the password has characters that the program which made the file encoded in another way",
            "the file has a MAC of RFC 9579, and this OpenSSL is before 3.4",
        ],
        run: &[
            ("mwallet list FILE", "whether the password opens it"),
            ("mwallet inspect FILE", "the kind of MAC, and who reads it"),
        ],
        ..ROW
    },
    Row {
        code: "no start line",
        says: "PEM routines:get_name:no start line",
        fragments: &["no start line"],
        meaning: "The file has no PEM block of the kind that was looked for.",
        causes: &[
            "the file is DER, PKCS#12 or a Java key store",
            "the file holds another kind of block: a key in place of a certificate, or the other way \
             round",
            "the file is UTF-16, or begins with a byte order mark",
        ],
        run: &[
            ("mwallet inspect FILE", "what the file is"),
            ("mwallet export W --to pem --out app.pem", "certificate, chain and key as PEM"),
        ],
        ..ROW
    },
    Row {
        code: "bad decrypt",
        says: "Provider routines:ossl_cipher_unpadblock:bad decrypt",
        fragments: &["bad decrypt"],
        meaning: "An encrypted key did not open with the password.",
        causes: &["the password of the key is wrong", "the password was read with a line end"],
        run: &[(
            "mwallet inspect KEY.pem",
            "whether the key is encrypted, and whether the password opens it",
        )],
        ..ROW
    },
];
