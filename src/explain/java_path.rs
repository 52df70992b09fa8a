//! What Java says of a chain that does not pass: `java.security.cert` and the validator of its TLS.
//!
//! Sources: public logs for the texts, public reports for the causes.

use crate::explain::{ROW, Row};

/// The rows, most asked for first.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "unable to find valid certification path to requested target",
        says: "sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid \
               certification path to requested target",
        fragments: &["unable to find valid certification path"],
        meaning: "No path leads from the server's certificate to one that the trust store has.",
        causes: &[
            "the CA of the server is not in the trust store; without javax.net.ssl.trustStore that \
             is the cacerts of the JDK that runs the program, which may be another than expected",
            "the server does not send its intermediate",
            "the trust store is a PKCS#12 that openssl made: Java sees no trusted certificate in it",
            "a proxy that opens TLS presents a certificate of its own CA",
        ],
        run: &[
            (
                "mwallet probe HOST:443 --wallet TRUSTSTORE",
                "the chain that the server sends, and what the store lacks",
            ),
            ("mwallet list TRUSTSTORE", "what the store trusts"),
            ("mwallet add-trusted TRUSTSTORE CA.pem", "adds the CA"),
        ],
        ..ROW
    },
    Row {
        code: "PKIX path building failed",
        says: "sun.security.validator.ValidatorException: PKIX path building failed",
        fragments: &["PKIX path building failed"],
        wrapper: true,
        meaning: "Java could not build a chain from the certificate of the other side to a trusted \
                  one; what follows says why.",
        causes: &[
            "the CA is not in the trust store",
            "the other side does not send its intermediate",
            "the trust store that is used is another than expected",
        ],
        run: &[
            (
                "mwallet probe HOST:443 --wallet TRUSTSTORE",
                "the chain that the server sends, and what the store lacks",
            ),
            ("mwallet add-trusted TRUSTSTORE CA.pem", "adds the CA"),
        ],
    },
    Row {
        code: "PKIX path validation failed",
        says: "sun.security.validator.ValidatorException: PKIX path validation failed",
        fragments: &["PKIX path validation failed", "CertPathValidatorException"],
        wrapper: true,
        meaning: "A chain was found, and one of its certificates does not pass; what follows says \
                  which rule it breaks.",
        causes: &[
            "a certificate of the chain has expired",
            "a certificate was revoked, or its revocation could not be checked",
            "a signature or a key is of an algorithm that the JDK has disabled",
            "a CA without basicConstraints",
        ],
        run: &[
            (
                "mwallet probe HOST:443 --wallet TRUSTSTORE",
                "each certificate of the chain, and what is wrong with it",
            ),
            ("mwallet verify CERT.pem --ca TRUSTSTORE", "the same for certificates in a file"),
        ],
    },
    Row {
        code: "timestamp check failed",
        says: "java.security.cert.CertPathValidatorException: timestamp check failed",
        fragments: &[
            "timestamp check failed",
            "validity check failed",
            "CertificateExpiredException",
            "NotAfter:",
            "CertificateNotYetValidException",
            "NotBefore:",
        ],
        meaning: "A certificate of the chain has expired, or is not valid yet.",
        causes: &["a certificate was not renewed", "the clock of this machine is wrong"],
        run: &[
            ("mwallet probe HOST:443", "the end of validity of each certificate"),
            ("mwallet list W --expired", "expired certificates of a store"),
            ("date -u", "the clock"),
        ],
        ..ROW
    },
    Row {
        code: "Path does not chain with any of the trust anchors",
        says: "java.security.cert.CertPathValidatorException: Path does not chain with any of the trust anchors",
        fragments: &["does not chain with any of the trust anchors"],
        meaning: "The chain was taken as it is, and its last certificate was issued by none of \
                  the CAs that the trust store has.",
        causes: &[
            "the trust store has another CA, or an old certificate of the same CA with \
             another key",
            "the chain ends before the CA that is trusted",
            "the CA is trusted, and the store that is used is another than expected",
        ],
        run: &[
            (
                "mwallet verify CERT.pem --ca TRUSTSTORE --untrusted INTERMEDIATE.pem",
                "which issuer is missing",
            ),
            ("mwallet list TRUSTSTORE", "what the store trusts"),
            ("mwallet add-trusted TRUSTSTORE CA.pem", "adds the CA"),
        ],
        ..ROW
    },
    Row {
        code: "Algorithm constraints check failed",
        says: "java.security.cert.CertPathValidatorException: Algorithm constraints check failed on signature algorithm: SHA1withRSA",
        fragments: &["Algorithm constraints check failed", "conform to algorithm constraints"],
        meaning: "A certificate of the chain has a signature or a key of an algorithm that \
                  this JDK has disabled, in jdk.certpath.disabledAlgorithms or \
                  jdk.tls.disabledAlgorithms of java.security.",
        causes: &[
            "a certificate of the chain is signed with MD5 or SHA-1",
            "a key is too short: RSA below 1024 bits",
            "a newer JDK disables more than the one that was used before",
        ],
        run: &[
            ("mwallet probe HOST:443 --wallet TRUSTSTORE", "the keys and signatures of the chain"),
            ("mwallet verify CERT.pem --ca TRUSTSTORE", "names the weak one in files"),
            ("mwallet csr W --dn DN --key rsa:3072", "a request for a certificate in its place"),
        ],
        ..ROW
    },
    Row {
        code: "Extended key usage does not permit use for TLS client authentication",
        says: "sun.security.validator.ValidatorException: Extended key usage does not permit use for TLS client authentication",
        fragments: &["Extended key usage does not permit use for TLS"],
        meaning: "The certificate has an extended key usage, and what it is presented as is \
                  not in it: a client's needs clientAuth, a server's serverAuth.",
        causes: &[
            "a server's certificate that is used as a client's, or the other way round",
            "the CA puts serverAuth alone into its certificates, as public CAs do now",
        ],
        run: &[
            ("mwallet check W --purpose client", "whether the certificate may identify a client"),
            ("mwallet csr W --dn DN --eku client,server", "a request for both uses"),
        ],
        ..ROW
    },
    Row {
        code: "No trusted certificate found",
        says: "sun.security.validator.ValidatorException: No trusted certificate found",
        fragments: &["No trusted certificate found"],
        meaning: "No certificate of the chain that was presented is in the trust store, and none there \
                  issued its last one. Java says so where the trust manager is SunX509, which adds no \
                  intermediates to what was presented.",
        causes: &[
            "the trust store has another CA than the one that issued the certificate",
            "the server sends its certificate without the intermediate",
            "the program uses another trust store than one thinks",
        ],
        run: &[
            ("mwallet probe HOST:PORT --wallet TRUSTSTORE", "the chain, and what is missing in it"),
            ("mwallet list TRUSTSTORE", "what is trusted"),
        ],
        ..ROW
    },
    Row {
        code: "this is not a CA certificate",
        says: "java.security.cert.CertPathValidatorException: basic constraints check failed: this is not a CA certificate",
        fragments: &["this is not a CA certificate"],
        meaning: "A certificate of the chain that issued another does not say that it is a CA's.",
        causes: &[
            "the CA was made without basicConstraints CA:TRUE, or with version 1",
            "a server certificate was used to sign others",
        ],
        run: &[
            (
                "mwallet verify CERT.pem --ca CA.pem --untrusted INTERMEDIATE.pem",
                "names the certificate",
            ),
            ("mwallet inspect CA.pem", "whether it says CA: yes"),
        ],
        ..ROW
    },
    Row {
        code: "pathLenConstraint violated",
        says: "java.security.cert.CertPathValidatorException: basic constraints check failed: pathLenConstraint violated - this cert must be the last cert in the certification path",
        fragments: &["pathLenConstraint violated"],
        meaning: "A CA of the chain may have fewer CAs below it than it has.",
        causes: &["an intermediate issued another, and its pathLenConstraint is 0"],
        run: &[
            (
                "mwallet verify CERT.pem --ca CA.pem --untrusted INTERMEDIATE.pem",
                "names the CA and its limit",
            ),
            ("mwallet chain FILE.pem", "which certificate issued which"),
        ],
        ..ROW
    },
];
