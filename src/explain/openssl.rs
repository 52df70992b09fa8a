//! Messages of OpenSSL, and so of curl, nginx, Node, Python and PHP.
//!
//! Sources: public logs for the texts, public reports for the causes; `tests/explain.rs` has OpenSSL say
//! some of them.

use crate::explain::{ROW, Row};

/// The rows, most asked for first.
pub(super) const ROWS: &[Row] = &[
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
        code: "unsafe legacy renegotiation disabled",
        says: "SSL routines::unsafe legacy renegotiation disabled",
        fragments: &["unsafe legacy renegotiation disabled"],
        meaning: "The server does not know secure renegotiation (RFC 5746), and OpenSSL 3 does \
                  not connect to such servers.",
        causes: &[
            "the server has not been updated since 2010, or is a device that cannot be",
            "a proxy that opens TLS answers in place of the server",
        ],
        run: &[
            (
                "openssl s_client -connect HOST:443 -legacy_server_connect",
                "connects nevertheless, and says that it IS NOT supported",
            ),
            ("mwallet probe HOST:443", "whose certificate answers: the server's or a proxy's"),
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
