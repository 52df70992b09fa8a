//! Messages of `orapki` and `mkstore`, as releases 19.4, 21.9 and 23.9 print them.
//!
//! The texts of PKI-01004 and PKI-02002 are those of Fusion Middleware's Error Messages Reference; those of
//! PKI-02004, PKI-02007 to PKI-02011, PKI-03004 and PKI-03005 are listed in `WalletStore.java` of Oracle's
//! key-value database.

use crate::explain::{ROW, Row};

/// The rows by number.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "PKI-01001",
        says: "Missing arguments in the command",
        meaning: "An option that the command needs was not given.",
        causes: &["the option that the message names", "a value with blanks that was not quoted"],
        run: &[("mwallet help csr", "the options of the command that makes requests here")],
        ..ROW
    },
    Row {
        code: "PKI-01002",
        says: "Invalid password",
        fragments: &["Passwords must have a minimum length of eight characters"],
        meaning: "The new password breaks Oracle's rule: eight characters, letters together with \
                  digits or special characters.",
        causes: &[
            "the password is too short, or of letters only",
            "in a script: the prompt read the end of its input",
        ],
        run: &[("mwallet passwd W", "asks for a new password, and says what is wrong with it")],
        ..ROW
    },
    Row {
        code: "PKI-01003",
        says: "Passwords did not match",
        fragments: &["Passwords did not match"],
        meaning: "The password and its repetition are not the same.",
        causes: &["a typing error", "in a script: one line was given where two are read"],
        run: &[(
            "mwallet passwd W --new-password-file F",
            "takes the new password once, from a file",
        )],
        ..ROW
    },
    Row {
        code: "PKI-01004",
        says: "Cannot specify both keysize and ecccurve options",
        fragments: &["Cannot specify both keysize and ecccurve"],
        meaning: "A key has a size or a curve: the size is for RSA, the curve for elliptic curves.",
        causes: &["-keysize and -eccurve in one command"],
        run: &[
            ("mwallet csr W --dn DN --key rsa:3072", "a request with an RSA key"),
            ("mwallet csr W --dn DN --key ec:p256", "a request with a key on a curve"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02001",
        says: "A wallet already exists",
        fragments: &["A wallet already exists at"],
        meaning: "There is a wallet where the new one is to be.",
        causes: &["create was run twice", "the path is that of another wallet"],
        run: &[
            ("mwallet list W", "what the wallet holds"),
            ("mwallet autologin on W", "adds auto-login to a wallet that exists"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02002",
        says: "Unable to open the wallet. Check password",
        fragments: &["Unable to open the wallet. Check password"],
        meaning: "The wallet did not open with the password, or by its auto-login file.",
        causes: &[
            "the password is wrong",
            "in a server with an auto-login file: the folder for temporary files is missing",
        ],
        run: &[
            ("mwallet list W", "whether the password opens it"),
            ("mwallet autologin status W", "whether the auto-login file opens here"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02003",
        says: "Unable to load the wallet",
        fragments: &[
            "Unable to load the wallet at",
            "Invalid padding string (or incorrect password)",
        ],
        meaning: "The wallet could not be read. The detail in brackets tells more.",
        causes: &[
            "the password is wrong",
            "the directory has no ewallet.p12",
            "the ewallet.p12 comes from another program: 'Private key or password is null'",
            "the file is damaged or something else than a PKCS#12",
        ],
        run: &[
            ("mwallet inspect W", "what the file is, without a password"),
            ("mwallet list W", "whether the password opens it"),
            (
                "mwallet export W --to oracle --out NEW",
                "turns a foreign file into a wallet that orapki can change",
            ),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02004",
        says: "Unable to verify the wallet",
        fragments: &["Unable to verify the wallet"],
        meaning: "The integrity of the wallet could not be checked.",
        causes: &["the password is wrong", "the file is damaged"],
        run: &[
            ("mwallet inspect W", "what the file is, and what protects it"),
            ("mwallet list W", "whether the password opens it"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02006",
        says: "The specified directory does not exist",
        fragments: &["The specified directory does not exist"],
        meaning: "There is no directory at the path of the wallet.",
        causes: &["a misspelt path", "with the JKS commands of 23ai: a wrong wallet password"],
        run: &[("mwallet create W", "makes a wallet there")],
        ..ROW
    },
    Row {
        code: "PKI-02007",
        says: "The specified location is not a directory",
        fragments: &["The specified location is not a directory"],
        meaning: "The path of the wallet is that of a file; orapki wants the directory.",
        causes: &["the path ends in ewallet.p12 or cwallet.sso"],
        run: &[("mwallet list W", "takes the directory or the file in it")],
        ..ROW
    },
    Row {
        code: "PKI-02008",
        says: "Unable to modify a read-only Auto-login wallet",
        fragments: &["Unable to modify a read-only Auto-login wallet"],
        meaning: "The wallet was opened by its auto-login file, which only lets it be read.",
        causes: &["the command was given no password"],
        run: &[
            ("mwallet inspect W", "which of the two files are there"),
            ("mwallet autologin recover W", "sets a new password, where the old one is lost"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02009",
        says: "Unable to create directory",
        fragments: &["PKI-02009: Unable to create directory"],
        meaning: "The directory of the new wallet could not be made.",
        causes: &["the folder above it is missing", "who runs the command may not write there"],
        run: &[("mwallet create W", "says why it cannot be made, where it cannot")],
        ..ROW
    },
    Row {
        code: "PKI-02010",
        says: "Invalid MAC for Wallet. Wallet verification failed",
        fragments: &["Invalid MAC for Wallet"],
        meaning: "The integrity check of the wallet does not fit its contents under this password.",
        causes: &["the password is wrong", "the file was changed or damaged"],
        run: &[
            ("mwallet inspect W", "the algorithm of the check, without a password"),
            ("mwallet list W", "whether the password opens it"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02011",
        says: "Unable to set file permissions for wallet",
        fragments: &["Unable to set file permissions for wallet"],
        meaning: "The files of the wallet did not get the permissions that they are to have.",
        causes: &[
            "the files belong to another user",
            "a file system without permissions of its own",
        ],
        run: &[
            ("ls -l W", "owners and permissions of the files"),
            ("mwallet check W", "whether others than the owner may read the wallet"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02014",
        says: "Unable to create/parse ECC credentials",
        fragments: &["Unable to create/parse ECC credentials"],
        meaning: "The Java under orapki does not offer the elliptic curve.",
        causes: &["a curve other than p256, p384 and p521", "a name of a curve that is misspelt"],
        run: &[(
            "mwallet csr W --dn DN --key ec:p256",
            "a key on a curve that every release reads",
        )],
        ..ROW
    },
    Row {
        code: "PKI-02015",
        says: "Trust Flags are not enabled for the wallet",
        fragments: &["Trust Flags are not enabled"],
        meaning: "The wallet was made without trust flags, so none can be assigned.",
        causes: &["the wallet was created without -with_trust_flags"],
        run: &[
            ("mwallet list W", "shows whether the wallet uses flags"),
            (
                "mwallet add-trusted W --alias A --trust-flags SERVER_AUTH",
                "puts flags in force, and gives them",
            ),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02016",
        says: "Trust Flags are already enabled for the wallet",
        fragments: &["Trust Flags are already enabled"],
        meaning: "The wallet uses trust flags already.",
        causes: &["enable_trust_flags was run twice"],
        run: &[("mwallet list W", "shows the flags")],
        ..ROW
    },
    Row {
        code: "PKI-02018",
        says: "PKCS12 file does not exist",
        fragments: &["PKCS12 file does not exist"],
        meaning: "There is no file at the path that was to be imported.",
        causes: &["a misspelt path", "a relative path from another directory"],
        run: &[("mwallet inspect FILE", "what is there")],
        ..ROW
    },
    Row {
        code: "PKI-02020",
        says: "Incorrect path for JKS keystore",
        fragments: &["Incorrect path for JKS keystore"],
        meaning: "There is no Java key store at the path.",
        causes: &["a misspelt path", "the file is no Java key store"],
        run: &[("mwallet inspect FILE", "what is there")],
        ..ROW
    },
    Row {
        code: "PKI-02021",
        says: "PKCS12 file is empty",
        fragments: &["PKCS12 file is empty"],
        meaning: "The ewallet.p12 has no bytes.",
        causes: &[
            "a write was interrupted or met a full disk: orapki empties the file before it writes it \
             anew",
            "a copy that failed",
        ],
        run: &[
            ("ls -l W", "sizes and times of the files"),
            (
                "mwallet autologin recover W",
                "makes the ewallet.p12 anew from the cwallet.sso, where that is whole",
            ),
        ],
        ..ROW
    },
    Row {
        code: "PKI-02023",
        says: "SSO file does not exist",
        fragments: &["cwallet.sso does not exist"],
        meaning: "The wallet has no auto-login file.",
        causes: &["auto-login was never switched on", "the file was not copied along"],
        run: &[("mwallet autologin on W", "makes it")],
        ..ROW
    },
    Row {
        code: "PKI-03001",
        says: "The entry already exists",
        fragments: &["PKI-03001: The entry already exists"],
        meaning: "The secret store has an entry of this name.",
        causes: &["the entry was created before"],
        run: &[
            ("mwallet secret list W", "the names that are there"),
            ("mwallet secret set W NAME", "replaces the value"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-03002",
        says: "No entry found for the alias",
        fragments: &["No entry found for the alias"],
        meaning: "The secret store has no entry of this name. Case counts.",
        causes: &["the name is written in another case", "the entry is in another wallet"],
        run: &[("mwallet secret list W", "the names that are there")],
        ..ROW
    },
    Row {
        code: "PKI-03003",
        says: "Secrets did not match",
        fragments: &["Secrets did not match"],
        meaning: "The secret and its repetition are not the same.",
        causes: &["a typing error", "a script that answers the prompts in another order"],
        run: &[("mwallet secret set W NAME --value-file F", "takes the value once, from a file")],
        ..ROW
    },
    Row {
        code: "PKI-03004",
        says: "Unable to load the secret store",
        fragments: &["Unable to load the secret store"],
        meaning: "The secrets of the wallet could not be read.",
        causes: &["the wallet did not open", "an entry of the secret store is damaged"],
        run: &[
            ("mwallet secret list W", "the names that are there"),
            ("mwallet cred list W", "the logins, and what of them is missing"),
        ],
        ..ROW
    },
    Row {
        code: "PKI-03005",
        says: "Unable to load the Java keystore",
        fragments: &["Unable to load the Java keystore"],
        meaning: "The Java key store could not be read.",
        causes: &["its password is wrong", "the file is no Java key store, or damaged"],
        run: &[
            ("mwallet inspect FILE", "what the file is, without a password"),
            ("mwallet export FILE --to oracle --out NEW", "turns a Java key store into a wallet"),
        ],
        ..ROW
    },
];
