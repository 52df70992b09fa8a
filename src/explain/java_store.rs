//! Messages of keytool, and of programs in Java that open a key store.
//!
//! Sources: keytool itself, which `tests/explain.rs` has say most of them, and the sources of Apache Tomcat and
//! Kafka.

use crate::explain::{ROW, Row};

/// The rows, most asked for first.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "Failed to load keystore",
        says: "java.io.IOException: Failed to load keystore type [JKS] with path [...] due to [...]",
        fragments: &[
            "Failed to load keystore type",
            "Failed to load SSL keystore",
            "Could not load store from",
        ],
        wrapper: true,
        meaning: "Tomcat, Kafka or Spring could not open a key store; what stands behind it, or below it \
                  (\"Caused by\"), says why.",
        causes: &[
            "the path is wrong, or is relative to another folder than one thinks",
            "the user of the server may not read the file",
            "the type that is configured is not the file's",
            "the password is wrong",
        ],
        run: &[
            ("mwallet inspect FILE", "what the file is, by its content"),
            ("mwallet list W", "whether the password opens it"),
        ],
    },
    Row {
        code: "Public keys in reply and keystore don't match",
        says: "keytool error: java.lang.Exception: Public keys in reply and keystore don't match",
        fragments: &[
            "Public keys in reply and keystore don't match",
            "Certificate reply does not contain public key for",
        ],
        meaning: "The certificate that keytool was to import under the alias of a key is for another key.",
        causes: &[
            "the reply belongs to another key or another request",
            "the key was made anew after the request had been sent",
            "the alias of a key was named for the certificate of a CA",
        ],
        run: &[
            ("mwallet match W REPLY.pem", "whether the two belong together"),
            (
                "mwallet import-user W REPLY.pem",
                "finds the key by its public key, whatever the alias",
            ),
            ("mwallet add-trusted W CA.pem", "where it is the certificate of a CA"),
        ],
        ..ROW
    },
    Row {
        code: "Certificate reply and certificate in keystore are identical",
        says: "keytool error: java.lang.Exception: Certificate reply and certificate in keystore are \
               identical",
        fragments: &["Certificate reply and certificate in keystore are identical"],
        meaning: "The key has this certificate already; keytool changes nothing, not even the chain.",
        causes: &[
            "the reply was imported before",
            "an intermediate is missing, and the leaf alone was imported again for it",
        ],
        run: &[
            ("mwallet show W ALIAS", "the certificate and the chain of the key"),
            ("mwallet check W --fix --from INTERMEDIATE.pem", "completes the chain"),
        ],
        ..ROW
    },
    Row {
        code: "Input not an X.509 certificate",
        says: "keytool error: java.lang.Exception: Input not an X.509 certificate",
        fragments: &["Input not an X.509 certificate"],
        meaning: "keytool finds no certificate in the file.",
        causes: &[
            "the file is a key, a request, a PKCS#12 or a page with an error",
            "the certificate has text before it, or lines of odd lengths",
        ],
        run: &[
            ("mwallet inspect FILE", "what the file is, by its content"),
            ("mwallet convert FILE cert.pem", "writes the certificates as keytool reads them"),
        ],
        ..ROW
    },
    Row {
        code: "Certificate not imported, alias already exists",
        says: "keytool error: java.lang.Exception: Certificate not imported, alias <ca> already exists",
        fragments: &["Certificate not imported, alias"],
        meaning: "The store has an entry of this name, and keytool does not replace certificates.",
        causes: &[
            "the certificate was imported before",
            "a renewed CA has the name of the old one",
        ],
        run: &[
            ("mwallet show W ALIAS", "what stands there"),
            (
                "mwallet add-trusted W CA.pem",
                "under a name of its own, unless it is trusted already",
            ),
        ],
        ..ROW
    },
    Row {
        code: "Keystore file exists, but is empty",
        says: "keytool error: java.lang.Exception: Keystore file exists, but is empty: app.p12",
        fragments: &["Keystore file exists, but is empty"],
        meaning: "The file has no bytes at all.",
        causes: &[
            "a script made the file before the program that writes it failed",
            "the disk was full when it was copied",
        ],
        run: &[("mwallet create W --force", "makes an empty store in its place")],
        ..ROW
    },
    Row {
        code: "No matching PRIVATE KEY entries in PEM file",
        says: "InvalidConfigurationException: No matching PRIVATE KEY entries in PEM file",
        fragments: &["No matching PRIVATE KEY entries", "No matching CERTIFICATE entries"],
        meaning: "Kafka finds no key, or no certificate, in a store of type PEM. It reads keys as PKCS#8 \
                  alone: BEGIN PRIVATE KEY or BEGIN ENCRYPTED PRIVATE KEY.",
        causes: &[
            "the key is in the traditional form, BEGIN RSA PRIVATE KEY or BEGIN EC PRIVATE KEY",
            "the key is in another file than the certificates",
        ],
        run: &[
            ("mwallet inspect FILE", "what is in the file"),
            (
                "mwallet export FILE --to pem --out app.pem",
                "key as PKCS#8 and certificates in one file",
            ),
        ],
        ..ROW
    },
];
