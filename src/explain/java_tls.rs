//! Messages of Java's handshakes that do not say which certificate is meant.
//!
//! Sources: a server of Java 25 that has no key, the sources of the JDK and of Apache Kafka for the texts, public
//! reports for the causes.

use crate::explain::{ROW, Row};

/// The rows, most asked for first.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "no cipher suites in common",
        says: "javax.net.ssl.SSLHandshakeException: no cipher suites in common",
        fragments: &["no cipher suites in common", "No available authentication scheme"],
        meaning: "The server has no key that it could use with this client; in TLS 1.3 it says \"No \
                  available authentication scheme\".",
        causes: &[
            "the key store of the server holds no private key, only certificates, or is not the file \
             that was meant",
            "the key has another password than the store, so that the server cannot use it",
            "the key is of a kind that the client does not take, DSA for example",
            "client and server have no version of TLS or no cipher suite in common",
        ],
        run: &[
            ("mwallet list W", "whether there is a key, and of which kind"),
            ("mwallet check W --for tomcat", "names the keys whose password differs"),
            ("mwallet probe HOST:PORT", "what the server offers"),
        ],
        ..ROW
    },
    Row {
        code: "No appropriate protocol",
        says: "javax.net.ssl.SSLHandshakeException: No appropriate protocol (protocol is disabled or \
               cipher suites are inappropriate)",
        fragments: &["No appropriate protocol"],
        meaning: "Of the versions of TLS that this Java is told to use, none is left: the others are \
                  switched off.",
        causes: &[
            "the program asks for TLS 1.0 or 1.1, which Java switches off since 8u291 and 11.0.11 \
             (jdk.tls.disabledAlgorithms in java.security)",
            "the cipher suites that are configured are all for another version",
        ],
        run: &[("mwallet probe HOST:PORT", "version and suite that the other side takes")],
        ..ROW
    },
    Row {
        code: "protocol_version",
        says: "Received fatal alert: protocol_version",
        fragments: &["fatal alert: protocol_version", "alert protocol version"],
        meaning: "The other side takes none of the versions of TLS that it was offered.",
        causes: &[
            "one side is old and has TLS 1.0 or 1.1 alone",
            "one side is limited to a single version",
        ],
        run: &[("mwallet probe HOST:PORT", "version and suite that the other side takes")],
        ..ROW
    },
    Row {
        code: "Unsupported or unrecognized SSL message",
        says: "javax.net.ssl.SSLException: Unsupported or unrecognized SSL message",
        fragments: &["unrecognized SSL message"],
        meaning: "The other side did not answer with TLS.",
        causes: &[
            "the port speaks plain HTTP, or another protocol without TLS",
            "the protocol begins in the clear and changes to TLS later (STARTTLS)",
            "a proxy answers in place of the server",
        ],
        run: &[
            ("mwallet probe HOST:PORT", "what answers at the port"),
            (
                "mwallet probe HOST:PORT --starttls PROTOCOL",
                "where the protocol begins in the clear",
            ),
        ],
        ..ROW
    },
    Row {
        code: "Remote host terminated the handshake",
        says: "javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake",
        fragments: &[
            "Remote host terminated the handshake",
            "Remote host closed connection during handshake",
        ],
        wrapper: true,
        meaning: "The other side closed the connection in the middle of the handshake, without a word.",
        causes: &[
            "it wants a client certificate, or did not like the one that it was sent",
            "it takes no version of TLS that it was offered",
            "a firewall or a balancer stands between",
        ],
        run: &[(
            "mwallet probe HOST:PORT --wallet W",
            "how far the handshake goes, and what is asked for",
        )],
    },
    Row {
        code: "General SSLEngine problem",
        says: "javax.net.ssl.SSLHandshakeException: General SSLEngine problem",
        fragments: &["General SSLEngine problem"],
        wrapper: true,
        meaning: "A handshake failed; the messages below it (\"Caused by\") say why.",
        causes: &["the certificate of the other side is not trusted: PKIX path building failed"],
        run: &[("mwallet probe HOST:PORT", "the chain that is presented, and its check")],
    },
    Row {
        code: "A client SSLEngine can't connect to a server SSLEngine",
        says: "ConfigException: Invalid value ... for configuration A client SSLEngine created with the \
               provided settings can't connect to a server SSLEngine created with those settings",
        fragments: &["A client SSLEngine created with the provided settings"],
        meaning: "Kafka tries whether a broker could connect to itself with its key store and its trust \
                  store, and it could not.",
        causes: &[
            "the trust store does not hold the CA of the certificate in the key store",
            "the extended key usage of the certificate has not both serverAuth and clientAuth, and the \
             broker is a client of the others",
            "the key has another password than ssl.key.password",
        ],
        run: &[
            ("mwallet verify KEYSTORE --ca TRUSTSTORE", "whether the one is trusted by the other"),
            ("mwallet check KEYSTORE --purpose client", "whether the usage is right"),
        ],
        ..ROW
    },
];
