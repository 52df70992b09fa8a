//! Messages of Java's TLS and key stores, and of the servers that are written in it.
//!
//! Sources: public logs for the texts, public reports for the causes; `tests/explain.rs` has keytool say
//! some of them.

use crate::explain::{ROW, Row};

/// The rows, most asked for first.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "null cert chain",
        says: "javax.net.ssl.SSLHandshakeException: null cert chain",
        fragments: &[
            "null cert chain",
            "Empty client certificate chain",
            "Empty server certificate chain",
        ],
        meaning: "A server that wants a client certificate received an empty one: the client found \
                  nothing to send.",
        causes: &[
            "the issuer of the client's certificate is not among the CAs that the server names, often \
             because the key store holds the leaf without its intermediate",
            "the client was given no key store, or one without a private key",
            "the certificate's extended key usage does not include clientAuth",
            "the reply of the CA was imported under a new alias, so that there is no key with it",
        ],
        run: &[
            (
                "mwallet probe HOST:PORT --wallet W",
                "the CAs that the server names, which entry would be sent, and why the others not",
            ),
            (
                "mwallet check W --purpose client",
                "whether the chain is complete and the usage is right",
            ),
            ("mwallet import-user W REPLY.pem INTERMEDIATE.pem", "gives the key its whole chain"),
        ],
        ..ROW
    },
    Row {
        code: "bad_certificate",
        says: "Received fatal alert: bad_certificate",
        fragments: &["fatal alert: bad_certificate", "alert bad_certificate"],
        meaning: "The other side did not like the certificate that it was given, or received none \
                  where it wanted one.",
        causes: &[
            "the client sent no certificate: see null cert chain",
            "the other side does not trust the issuer of the certificate that was sent",
            "the chain that was sent stops short of the CA that the other side knows",
            "the certificate has expired, or its extended key usage is for something else",
        ],
        run: &[
            (
                "mwallet probe HOST:PORT --wallet W",
                "which certificate is asked for, and which would be sent",
            ),
            ("mwallet check W --purpose client", "whether the certificate can be presented"),
        ],
        ..ROW
    },
    Row {
        code: "certificate_unknown",
        says: "Received fatal alert: certificate_unknown",
        fragments: &["fatal alert: certificate_unknown", "alert certificate_unknown"],
        meaning: "The other side could not accept the certificate; Java sends this alert when its own \
                  check of the chain fails.",
        causes: &[
            "the other side does not trust the CA: its log says PKIX path building failed",
            "the host does not match the certificate",
        ],
        run: &[(
            "mwallet probe HOST:PORT --wallet W",
            "the chain that is presented, and its check",
        )],
        ..ROW
    },
    Row {
        code: "unknown_ca",
        says: "Received fatal alert: unknown_ca",
        fragments: &["fatal alert: unknown_ca"],
        meaning: "The other side does not know the CA of the certificate that it was given.",
        causes: &[
            "the CA is not among those that the other side trusts",
            "the intermediate was not sent along",
        ],
        run: &[
            ("mwallet check W", "whether the chain is complete"),
            ("mwallet probe HOST:PORT --wallet W", "the CAs that the other side names"),
        ],
        ..ROW
    },
    Row {
        code: "certificate_required",
        says: "Received fatal alert: certificate_required",
        fragments: &["fatal alert: certificate_required"],
        meaning: "The server of TLS 1.3 wants a client certificate, and none was sent.",
        causes: &[
            "the client has no key, or none whose chain reaches a CA that the server names",
            "the client was not given its key store",
        ],
        run: &[
            (
                "mwallet probe HOST:PORT --wallet W",
                "which entry a client would send, and why not the others",
            ),
            ("mwallet list W", "whether there is a key at all"),
        ],
        ..ROW
    },
    Row {
        code: "handshake_failure",
        says: "Received fatal alert: handshake_failure",
        fragments: &["fatal alert: handshake_failure", "alert handshake failure"],
        wrapper: true,
        meaning: "The other side ended the handshake without saying why.",
        causes: &[
            "it wants a client certificate, and none was sent",
            "the versions of TLS or the cipher suites do not meet",
            "the key of the server is of a kind for which the client has no suite",
        ],
        run: &[("mwallet probe HOST:PORT --wallet W", "version, suite, and what is asked for")],
    },
    Row {
        code: "No subject alternative names present",
        says: "java.security.cert.CertificateException: No subject alternative names present",
        fragments: &[
            "No subject alternative names present",
            "No subject alternative DNS name matching",
            "No subject alternative names matching IP address",
            "No name matching",
        ],
        meaning: "The certificate is not for the host that was asked for.",
        causes: &[
            "the host is called by its IP address, and the certificate has none",
            "the certificate has no subject alternative name at all, only a common name",
            "the host is called by another name than those in the certificate",
        ],
        run: &[
            ("mwallet probe HOST:443", "the names in the certificate"),
            ("mwallet csr W --dn DN --san dns:HOST --eku server", "a request with the name"),
        ],
        ..ROW
    },
    Row {
        code: "Cannot recover key",
        says: "java.security.UnrecoverableKeyException: Cannot recover key",
        fragments: &["Cannot recover key", "Get Key failed"],
        meaning: "The store opened, the private key in it did not: it has another password.",
        causes: &[
            "the key has a password of its own, and the program was given the store's only",
            "the store is an Oracle wallet, whose keys Java lists and cannot recover",
        ],
        run: &[
            ("mwallet check W --for tomcat", "names the keys whose password differs"),
            ("mwallet passwd W --key ALIAS --same", "gives the key the password of the store"),
            (
                "mwallet convert W app.p12 --for java17",
                "of an Oracle wallet, a file that Java uses",
            ),
        ],
        ..ROW
    },
    Row {
        code: "keystore password was incorrect",
        says: "java.io.IOException: keystore password was incorrect",
        fragments: &[
            "keystore password was incorrect",
            "Failed PKCS12 integrity checking",
            "failed to decrypt safe contents entry",
        ],
        meaning: "The PKCS#12 store did not open with the password. Java says the same of contents \
                  that it does not understand.",
        causes: &[
            "the password is wrong; a line end or a blank from a file may belong to it",
            "the store is an Oracle wallet with a secret store, which Java takes for damage",
            "the password is empty, and Java was given none, or the other way round",
        ],
        run: &[
            ("mwallet list W", "whether the password opens the store"),
            ("mwallet inspect W", "how it is protected, and who reads it"),
            ("mwallet export W --for java17 --allow-loss --out app.p12", "leaves the secrets out"),
        ],
        ..ROW
    },
    Row {
        code: "Keystore was tampered with, or password was incorrect",
        says: "java.io.IOException: Keystore was tampered with, or password was incorrect",
        fragments: &["Keystore was tampered with"],
        meaning: "The digest of a JKS or JCEKS store does not fit the password.",
        causes: &[
            "the password is wrong",
            "the file was damaged, for example by a build that filters resources as text",
        ],
        run: &[
            ("mwallet list W", "tells a wrong password from a damaged file"),
            ("mwallet inspect W", "what the file is"),
        ],
        ..ROW
    },
    Row {
        code: "Given final block not properly padded",
        says: "javax.crypto.BadPaddingException: Given final block not properly padded",
        fragments: &["Given final block not properly padded"],
        meaning: "Something was decrypted with a wrong password.",
        causes: &[
            "the key in a PKCS#12 or JCEKS store has another password than the store",
            "the password of the store is wrong",
        ],
        run: &[
            ("mwallet check W --for tomcat", "names the keys whose password differs"),
            ("mwallet passwd W --key ALIAS --same", "gives the key the password of the store"),
        ],
        ..ROW
    },
    Row {
        code: "trustAnchors parameter must be non-empty",
        says: "java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be \
               non-empty",
        fragments: &["trustAnchors parameter must be non-empty"],
        meaning: "The trust store has no trusted certificate that Java sees.",
        causes: &[
            "the file was not found: Java takes a trust store that is not there for an empty one",
            "the store is a PKCS#12 that openssl made, without the attribute by which Java knows \
             trusted certificates",
            "the store is an Oracle wallet, in which Java sees no trusted certificate",
            "the store holds keys only",
        ],
        run: &[
            ("mwallet list TRUSTSTORE", "whether the file is there, and what it trusts"),
            (
                "mwallet convert TRUSTSTORE trust.p12 --for java17",
                "marks the certificates as Java wants it",
            ),
        ],
        ..ROW
    },
    Row {
        code: "Invalid keystore format",
        says: "java.io.IOException: Invalid keystore format",
        fragments: &["Invalid keystore format", "Unrecognized keystore format"],
        meaning: "The file is not of the type that Java was told to read.",
        causes: &[
            "the type that is configured, JKS or PKCS12, is not the file's",
            "the file is PEM, base64 or an Oracle wallet",
            "the file was damaged by a transfer in text mode",
        ],
        run: &[
            ("mwallet inspect FILE", "what the file is, by its content"),
            ("mwallet convert FILE app.p12 --for java17", "turns it into a PKCS#12 for Java"),
        ],
        ..ROW
    },
    Row {
        code: "HmacPBESHA256 not available",
        says: "java.security.NoSuchAlgorithmException: Algorithm HmacPBESHA256 not available",
        fragments: &["HmacPBESHA256", "parseAlgParameters failed"],
        meaning: "The PKCS#12 store is protected with SHA-256 or AES, and this Java is too old to read it.",
        causes: &[
            "the file was made by a newer Java or by OpenSSL 3, for a Java before 8u301 or 11.0.12",
        ],
        run: &[
            ("mwallet inspect W", "how the file is protected"),
            ("mwallet convert W app.p12 --for java8", "a copy for old releases"),
        ],
        ..ROW
    },
    Row {
        code: "DerInputStream.getLength(): lengthTag",
        says: "java.io.IOException: DerInputStream.getLength(): lengthTag=..., too big",
        fragments: &[
            "DerInputStream.getLength()",
            "toDerInputStream rejects tag type",
            "stream does not represent a PKCS12 key store",
        ],
        meaning: "The file was read as PKCS#12 and is something else.",
        causes: &[
            "the file is a JKS store, and the type is set to PKCS12",
            "the file is PEM or base64",
        ],
        run: &[("mwallet inspect FILE", "what the file is, by its content")],
        ..ROW
    },
    Row {
        code: "Failed to establish chain from reply",
        says: "keytool error: java.lang.Exception: Failed to establish chain from reply",
        fragments: &["Failed to establish chain from reply"],
        meaning: "keytool does not import the reply of the CA, because it finds no path to a trusted \
                  certificate.",
        causes: &[
            "the intermediate is neither in the reply nor in the store",
            "the root is not trusted in the store",
        ],
        run: &[(
            "mwallet import-user W REPLY.pem INTERMEDIATE.pem ROOT.pem",
            "orders the chain, and names the issuer that is missing",
        )],
        ..ROW
    },
    Row {
        code: "Alias name does not identify a key entry",
        says: "java.io.IOException: Alias name [tomcat] does not identify a key entry",
        fragments: &["does not identify a key entry"],
        meaning: "The entry of this alias is a certificate, or is not there; the server needs a key.",
        causes: &[
            "the reply of the CA was imported under a new alias, and so became a trusted certificate",
            "the alias in the configuration is another than the store's",
            "the store was made from a certificate without its key",
        ],
        run: &[
            ("mwallet list W", "aliases and kinds of the entries"),
            (
                "mwallet import-user W REPLY.pem",
                "finds the key by its public key, whatever the alias",
            ),
        ],
        ..ROW
    },
    Row {
        code: "Private key must be accompanied by certificate chain",
        says: "java.lang.IllegalArgumentException: Private key must be accompanied by certificate chain",
        fragments: &["must be accompanied by certificate chain"],
        meaning: "A program puts a private key into a key store without a certificate for it, \
                  which Java does not allow.",
        causes: &[
            "the file that the program reads holds the key alone",
            "the certificate in the file is for another key",
        ],
        run: &[
            ("mwallet match KEY.pem CERT.pem", "whether the two belong together"),
            (
                "mwallet import-user W CERT.pem INTERMEDIATE.pem --key KEY.pem",
                "puts the key with its chain into a store",
            ),
        ],
        ..ROW
    },
];
