//! Messages of Oracle Database and its clients about wallets and TLS.
//!
//! Sources: for ORA-28759, 28786, 28858, 28859, 28862, 28865, 28868, 28885, 29024 and 29223 the
//! chapter on troubleshooting TLS in Oracle's Security Guide; for 24263 asktom.oracle.com; for the
//! others public reports.

use crate::explain::{ROW, Row};

/// The rows, most asked for first.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "ORA-29024",
        says: "Certificate validation failure",
        fragments: &["Certificate validation failure"],
        meaning: "The certificate that the other side presented could not be validated with what the \
                  wallet trusts.",
        causes: &[
            "an issuer of the server's certificate, intermediate or root, is not among the trusted \
             certificates of the wallet",
            "no wallet was given: UTL_HTTP.SET_WALLET was not called in this session, or names \
             another wallet",
            "the server's own certificate is trusted in place of its CA, which UTL_HTTP does not \
             accept since 12c",
            "the server's CA has changed, and the wallet has the old one",
            "a certificate of the chain has expired or was revoked",
        ],
        run: &[
            (
                "mwallet probe HOST:443 --wallet W",
                "shows the chain that the server sends, and what of it the wallet lacks",
            ),
            ("mwallet check W --for oracle-utl-http", "finds trusted leaves and missing issuers"),
            ("mwallet add-trusted W CA.pem", "adds the missing CAs"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28791",
        says: "certificate verification failure",
        fragments: &["ORA-28791: certificate verification failure"],
        meaning: "A certificate that the other side presented was not verified with what this side trusts.",
        causes: &[
            "an issuer of the certificate, intermediate or root, is not trusted in the wallet that is in use",
            "the wallet that is in use is another one, or none",
            "a certificate of the chain has expired or was revoked",
        ],
        run: &[
            (
                "mwallet probe HOST:PORT --wallet W",
                "the chain as presented, and what the wallet lacks of it",
            ),
            ("mwallet add-trusted W CA.pem", "adds the missing CAs"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28759",
        says: "failure to open file",
        fragments: &["failure to open file"],
        meaning: "The wallet was not found where the configuration says, or could not be read.",
        causes: &[
            "the path is wrong: it has to be a directory, on the machine of the database for \
             UTL_HTTP, and in UTL_HTTP it has to begin with file:",
            "the process does not have the permission to read the files, or to search a directory \
             above them",
            "no password can be given, and the directory has no cwallet.sso",
            "the WALLET_LOCATION of a sqlnet.ora that was copied from another machine",
        ],
        run: &[
            ("ls -ld W W/ewallet.p12 W/cwallet.sso", "owner and mode, as the user of the database"),
            ("mwallet list W", "opens the directory as the database would"),
            ("mwallet autologin on W", "makes the cwallet.sso"),
            ("mwallet snippet sqlnet W", "the configuration with the path of this wallet"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28860",
        says: "Fatal SSL error",
        fragments: &["Fatal SSL error"],
        meaning: "The TLS handshake failed; likely the other side rejected what this side sent.",
        causes: &[
            "the versions of TLS do not meet: an old database offers less than the server accepts",
            "the server wants a client certificate, and the one that was sent does not please it",
            "the cipher suites do not meet",
        ],
        run: &[
            (
                "mwallet probe HOST:443 --wallet W",
                "says which version is spoken, and whether a client certificate is asked for",
            ),
            (
                "mwallet check W --for oracle-tcps --purpose client",
                "whether the wallet's own certificate can be presented",
            ),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28862",
        says: "SSL connection failed",
        fragments: &["SSL connection failed"],
        meaning: "The other side closed the connection during the TLS handshake.",
        causes: &[
            "the wallet was not found, so this side had nothing to present",
            "the versions of TLS or the cipher suites of the two sides do not meet",
            "names of cipher suites in sqlnet.ora are misspelt; upper and lower case count",
        ],
        run: &[
            (
                "mwallet check W --for oracle-tcps",
                "whether the wallet opens without a password, and is complete",
            ),
            ("mwallet probe HOST:PORT --wallet W", "which version and suite are agreed on"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28750",
        says: "unknown error",
        fragments: &["ORA-28750: unknown error"],
        meaning: "TLS failed in a way for which Oracle has no other number; a trace of Oracle \
                  Net says more.",
        causes: &[
            "the server speaks only versions of TLS or suites that this release does not have",
            "a certificate of the chain is signed with an algorithm that this release does \
             not know",
            "the wallet holds something that this release does not understand",
        ],
        run: &[
            (
                "mwallet probe HOST:443 --wallet W",
                "version, suite, and the signatures of the chain",
            ),
            ("mwallet check W --for oracle-utl-http", "what in the wallet is not understood"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28858",
        says: "SSL protocol error",
        fragments: &["SSL protocol error"],
        wrapper: true,
        meaning: "A generic error during the TLS handshake between two processes.",
        causes: &[
            "the versions of TLS, the cipher suites or the keys of the two sides do not meet",
            "the wallet of one side was not found",
        ],
        run: &[("mwallet probe HOST:PORT --wallet W", "whether TLS is spoken there at all")],
    },
    Row {
        code: "ORA-28859",
        says: "SSL negotiation failure",
        fragments: &["SSL negotiation failure"],
        meaning: "The two sides did not find a cipher suite or version of TLS that both support.",
        causes: &[
            "SSL_VERSION or SSL_CIPHER_SUITES in sqlnet.ora leave nothing in common",
            "the key of the server is of a kind for which the client has no suite, for example an \
             EC key with suites for RSA only",
        ],
        run: &[
            ("mwallet probe HOST:PORT --wallet W", "the version and suite that the server accepts"),
            ("mwallet list W", "the kind of key in the wallet"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28864",
        says: "SSL connection closed gracefully",
        fragments: &["SSL connection closed gracefully"],
        meaning: "The other side ended the TLS connection in due form while this side still \
                  wanted something of it.",
        causes: &[
            "the server ends connections that stand idle, or that were kept open for the next \
             request",
            "a proxy or load balancer has no server behind it",
            "the server wants a client certificate, and none was sent",
        ],
        run: &[(
            "mwallet probe HOST:PORT --wallet W",
            "whether the handshake ends well, and what is asked for",
        )],
        ..ROW
    },
    Row {
        code: "ORA-28865",
        says: "SSL connection closed",
        fragments: &["SSL connection closed"],
        meaning: "The connection ended under TLS: the transport failed, or the other process quit.",
        causes: &[
            "the versions of TLS do not meet",
            "the server wants a client certificate and received none",
            "a network device or the other process closed the connection",
        ],
        run: &[(
            "mwallet probe HOST:PORT --wallet W",
            "whether a client certificate is asked for, and which would be sent",
        )],
        ..ROW
    },
    Row {
        code: "ORA-28868",
        says: "Peer certificate chain check failed",
        fragments: &["Peer certificate chain check failed", "certificate chain check failed"],
        meaning: "The chain that the other side presented was checked, and the check failed.",
        causes: &[
            "the CA at the end of the chain is not trusted in the wallet",
            "a certificate of the chain has expired",
            "a signature of the chain cannot be verified",
            "the chain is signed with MD5 or SHA-1, which newer releases refuse",
        ],
        run: &[
            (
                "mwallet probe HOST:PORT --wallet W",
                "the chain as presented, and what is wrong with it",
            ),
            ("mwallet check W", "expired and weak certificates in the wallet itself"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28786",
        says: "Decryption of encrypted private key failure",
        fragments: &["Decryption of encrypted private key failure"],
        meaning: "The private key did not open with the password that was given.",
        causes: &[
            "the wallet has no auto-login file, and no password was given",
            "the password is wrong",
            "the key has another password than the wallet, as in a PKCS#12 of another program",
        ],
        run: &[
            ("mwallet list W", "whether the password opens the wallet"),
            ("mwallet autologin on W", "makes the cwallet.sso that opens without a password"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28885",
        says: "No certificate with the required key usage found",
        fragments: &["No certificate with the required key usage"],
        meaning: "The wallet has no certificate whose key usage allows what it is needed for.",
        causes: &[
            "the certificate was issued with a key usage or extended key usage for something else",
            "the wallet holds a pending request and no certificate",
        ],
        run: &[
            ("mwallet check W --purpose client", "whether the certificate may identify a client"),
            ("mwallet csr W --dn DN --eku client,server", "a request for both uses"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-29223",
        says: "Cannot create certificate chain",
        fragments: &["Cannot create certificate chain"],
        meaning: "No chain can be built from the certificate with what the wallet trusts.",
        causes: &[
            "the other side sent its certificate without the intermediates",
            "the root or an intermediate is not in the wallet",
        ],
        run: &[
            ("mwallet check W --for oracle-tcps", "names the issuer that is missing"),
            ("mwallet add-trusted W CA.pem", "adds it"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-29106",
        says: "Cannot import PKCS #12 wallet",
        fragments: &["Cannot import PKCS #12 wallet", "Wallet open failed 29106"],
        meaning: "The file is a PKCS#12 and this release does not take it as a wallet.",
        causes: &[
            "the file was made by another program, in a layout or with algorithms that this release \
             does not read",
            "the configuration names another wallet than the one that is meant",
        ],
        run: &[
            ("mwallet inspect W", "layout, algorithms, and who reads them"),
            (
                "mwallet export W --to oracle --profile oracle-11g --out NEW",
                "a copy that old releases read",
            ),
        ],
        ..ROW
    },
    Row {
        code: "ORA-24263",
        says: "Certificate of the remote server does not match the target address",
        fragments: &["does not match the target address"],
        meaning: "The certificate of the server is not for the host that was asked for. UTL_HTTP, \
                  UTL_SMTP and UTL_TCP compare the two since 12.2.",
        causes: &[
            "the host in the URL is another than the names in the certificate: an alias, an IP \
             address, a load balancer",
            "the certificate is for several hosts or with a wildcard, and the release looks at its \
             common name only",
        ],
        run: &[
            ("mwallet probe HOST:443 --wallet W", "the names in the certificate of the server"),
            (
                "mwallet snippet utl_http W",
                "the call with https_host, which gives the name to expect",
            ),
        ],
        ..ROW
    },
    Row {
        code: "ORA-24247",
        says: "network access denied by access control list (ACL)",
        fragments: &["network access denied by access control list"],
        meaning: "The database user may not connect to this host or port, or may not use this wallet. \
                  TLS did not begin.",
        causes: &[
            "no access control list names the host, the port and the user",
            "the privilege was granted to another user than the one whose code connects",
            "the client certificates or passwords of the wallet are used without the privileges \
             use_client_certificates or use_passwords on it",
        ],
        run: &[(
            "mwallet snippet utl_http W",
            "the calls of DBMS_NETWORK_ACL_ADMIN for the host and for this wallet",
        )],
        ..ROW
    },
    Row {
        code: "ORA-29248",
        says: "an unrecognized WRL was used to open a wallet",
        fragments: &["an unrecognized WRL was used"],
        meaning: "The location of the wallet is not of a form that is known.",
        causes: &[
            "the file: in front of the directory is missing",
            "system: is written without its colon",
        ],
        run: &[("mwallet snippet utl_http W", "SET_WALLET with the location of this wallet")],
        ..ROW
    },
    Row {
        code: "ORA-29263",
        says: "HTTP protocol error",
        fragments: &["HTTP protocol error"],
        meaning: "Something answered that is not HTTP as the client understands it.",
        causes: &[
            "the port belongs to another service",
            "http:// was used on a port that speaks TLS",
            "a proxy in between answers something else",
        ],
        run: &[("mwallet probe HOST:PORT", "whether TLS is spoken on the port")],
        ..ROW
    },
    Row {
        code: "ORA-29273",
        says: "HTTP request failed",
        fragments: &["HTTP request failed"],
        wrapper: true,
        meaning: "UTL_HTTP failed; the message after it in the stack says why.",
        causes: &[
            "the certificate of the server was not accepted: ORA-29024",
            "the wallet was not found: ORA-28759",
            "the access control list forbids it: ORA-24247",
            "the handshake failed: ORA-28860",
        ],
        run: &[
            ("mwallet explain 'THE WHOLE STACK'", "explains each message, the cause first"),
            ("mwallet probe HOST:443 --wallet W", "tries the connection from here"),
        ],
    },
    Row {
        code: "ORA-28365",
        says: "wallet is not open",
        fragments: &["wallet is not open"],
        meaning: "Encrypted data was used, and the keystore of transparent data encryption is not \
                  open. This is the wallet with the keys of the database, not the one for TLS.",
        causes: &[
            "nobody opened the keystore after the database was started",
            "its auto-login file is missing, out of step, or bound to another host",
            "the location that the database is configured with is another directory",
        ],
        run: &[
            ("mwallet autologin status W", "whether the auto-login file opens and is in step"),
            ("mwallet list W", "whether the wallet holds keys of the database"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-28353",
        says: "failed to open wallet",
        fragments: &["failed to open wallet"],
        meaning: "The keystore of transparent data encryption did not open.",
        causes: &[
            "the password is wrong",
            "the files of the keystore are missing, damaged, or not to be read by the database",
        ],
        run: &[
            ("mwallet list W", "whether the password opens the file"),
            ("mwallet inspect W", "whether the file is whole"),
        ],
        ..ROW
    },
];
