//! Messages of `orapki` about certificates, keys and revocation lists.

use crate::explain::{ROW, Row};

/// The rows by number.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "PKI-04001",
        says: "Invalid Certificate",
        fragments: &["PKI-04001: Invalid Certificate"],
        meaning: "The file was not understood as a certificate.",
        causes: &[
            "a PKCS#7 in PEM, a key or a request in place of a certificate",
            "an Ed25519 certificate, which orapki does not know",
            "an HTML page that was saved as a certificate",
        ],
        run: &[
            ("mwallet inspect FILE", "what the file is"),
            ("mwallet import-user W FILE", "takes PEM, DER and PKCS#7, with text around it"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-04002",
        says: "No valid key or certificate in the wallet",
        fragments: &["No valid key or certificate in the wallet"],
        meaning: "The wallet has no key with a certificate, which the command needs.",
        causes: &["the certificate was never imported", "the wallet of a CA was expected"],
        run: &[("mwallet list W", "keys, requests and certificates")],
        ..ROW
    },
    Row {
        code: "PKI-04003",
        says: "The trusted certificate is already present in the wallet",
        fragments: &["The trusted certificate is already present"],
        meaning: "The wallet trusts this certificate already.",
        causes: &["the certificate was added before"],
        run: &[("mwallet list W", "shows it")],
        ..ROW
    },
    Row {
        code: "PKI-04004",
        says: "The user certificate is already installed in the wallet",
        fragments: &["The user certificate is already installed"],
        meaning: "The key has its certificate already. orapki adds that trusted certificates are \
                  missing, which is not so.",
        causes: &["the reply was imported before", "a renewed certificate for the same key"],
        run: &[
            ("mwallet list W", "the certificate that is there"),
            ("mwallet import-user W REPLY.pem --replace", "puts a renewed one in its place"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-04005",
        says: "No matching certificate request in the wallet",
        fragments: &["No matching certificate request in the wallet"],
        meaning: "orapki imports a certificate only where the wallet has the request that it answers, \
                  and there is none.",
        causes: &[
            "the key was imported, and so never had a request",
            "the request was removed",
            "the certificate answers a request of another wallet",
        ],
        run: &[
            ("mwallet import-user W REPLY.pem", "matches by the public key, and needs no request"),
            ("mwallet match KEY.pem REPLY.pem", "whether key and certificate belong together"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-04006",
        says: "No matching private key in the wallet",
        fragments: &["No matching private key in the wallet"],
        meaning: "No key of the wallet belongs to the certificate. orapki adds that trusted \
                  certificates are missing, which has nothing to do with it.",
        causes: &[
            "the request was made in another wallet, or the wallet was made anew since",
            "the CA certified an older request",
            "the file holds the CA's certificate in place of the user's, or before it: orapki reads \
             the first only",
        ],
        run: &[
            ("mwallet list W", "the pending keys"),
            ("mwallet inspect REPLY.pem", "the certificates in the file"),
            ("mwallet import-user W REPLY.pem --key KEY.pem", "where the key lies in a file"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-04007",
        says: "No matching certificate in the wallet",
        fragments: &["No matching certificate in the wallet"],
        meaning: "No certificate of the wallet has the name that was given.",
        causes: &[
            "the name is written in another way than the certificate has it",
            "the certificate is of another kind: user in place of trusted",
        ],
        run: &[
            ("mwallet list W", "names and aliases"),
            ("mwallet show W sha256:FINGERPRINT", "names an entry by its fingerprint"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-04011",
        says: "Cannot remove the certificate request",
        fragments: &["Cannot remove the certificate request"],
        meaning: "The request belongs to a certificate that is still in the wallet.",
        causes: &["the user certificate has to go first"],
        run: &[("mwallet remove W ALIAS", "removes the key with its certificate and request")],
        ..ROW
    },
    Row {
        code: "PKI-04020",
        says: "The certificate already exists in the given path",
        fragments: &["The certificate already exists in the given path"],
        meaning: "The file that the new certificate is to be written to exists.",
        causes: &["the certificate was made before"],
        run: &[("mwallet inspect FILE", "what is in the file")],
        ..ROW
    },
    Row {
        code: "PKI-04021",
        says: "Invalid value(s) of Trust Flags provided",
        fragments: &["of Trust Flags provided"],
        meaning: "A trust flag is not one of SERVER_AUTH, CLIENT_AUTH, VALID_PEER and NULL.",
        causes: &["a misspelt flag", "flags that do not go together"],
        run: &[(
            "mwallet add-trusted W CA.pem --trust-flags SERVER_AUTH,CLIENT_AUTH",
            "a CA for both sides",
        )],
        ..ROW
    },
    Row {
        code: "PKI-04025",
        says: "Unique certificate cannot be identified",
        fragments: &["Unique certificate cannot be identified"],
        meaning: "Several certificates of the wallet have this name.",
        causes: &["a CA that was renewed under its name, beside the old one"],
        run: &[
            ("mwallet list W", "the fingerprints and ends of validity"),
            ("mwallet remove W sha256:FINGERPRINT", "removes the one that is meant"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-05001",
        says: "Unable to read CRL",
        fragments: &["Unable to read CRL at"],
        meaning: "The file is not there, or no revocation list.",
        causes: &["a misspelt path", "a certificate or an HTML page in its place"],
        run: &[("mwallet inspect FILE", "what the file is")],
        ..ROW
    },
    Row {
        code: "PKI-07008",
        says: "Keysize must be 512 or 768 or 1024 or 2048 or 4096 or 8192 or 16384",
        fragments: &["Keysize must be 512"],
        meaning: "orapki makes RSA keys of these sizes only; 3072 is not among them.",
        causes: &["a size that is not offered"],
        run: &[("mwallet csr W --dn DN --key rsa:3072", "makes a key of this size")],
        ..ROW
    },
    Row {
        code: "PKI-07014",
        says: "Unable to import private key",
        fragments: &["Unable to import private key"],
        meaning: "The file with the key was not understood.",
        causes: &[
            "the key is not encrypted, or not in PKCS#8: orapki takes ENCRYPTED PRIVATE KEY only",
            "the encryption is an old scheme, which 23ai does not read",
            "the password of the key is wrong",
        ],
        run: &[
            ("mwallet inspect KEY.pem", "the form of the key"),
            ("mwallet import-user W CERT.pem --key KEY.pem", "takes every usual form"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-07017",
        says: "Unable to export private key",
        fragments: &["Private key is not present in wallet for this alias"],
        meaning: "No key of the wallet has this alias. Case counts.",
        causes: &["the alias is written in another way", "the entry is a trusted certificate"],
        run: &[
            ("mwallet list W", "the aliases"),
            ("mwallet export W --to pem --alias ALIAS --key-only --out KEY.pem", "writes the key"),
        ],
        ..ROW
    },
];
