//! Messages of Oracle Net and of the logon: names, connections, wallets, logins.
//!
//! Sources: "Oracle Wallet Search Order" and "Managing the Secure External Password Store" in the Security Guide
//! of 19c, and public reports.

use crate::explain::{ROW, Row};

/// The rows, most asked for first.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "ORA-01017",
        says: "invalid username/password; logon denied",
        fragments: &[
            "invalid username/password; logon denied",
            "invalid credential or not authorized; logon denied",
        ],
        meaning: "The database refused user and password. With CONNECT /@NAME both come from the wallet, if the \
                  client looks for them there.",
        causes: &[
            "the password of the user was changed in the database, and not in the wallet",
            "sqlnet.ora lacks SQLNET.WALLET_OVERRIDE = TRUE, or TNS_ADMIN names a folder with another sqlnet.ora: \
             the client does not look into the wallet",
            "the wallet has no login under NAME as it was typed",
            "the auto-login file is older than the wallet, and has the old password",
        ],
        run: &[
            ("mwallet cred list W", "the connect strings and their users"),
            ("mwallet cred set W NAME", "stores the new password"),
            ("mwallet autologin status W", "whether the auto-login file opens and is in step"),
            ("mwallet snippet sqlnet W", "the lines that sqlnet.ora needs"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-12154",
        says: "TNS:could not resolve the connect identifier specified",
        fragments: &["could not resolve the connect identifier"],
        meaning: "The name behind the @ was not found where names are looked up, so nothing was connected to, and \
                  no wallet was opened.",
        causes: &[
            "the tnsnames.ora that is in use has no entry of this name; TNS_ADMIN decides which file that is",
            "the entry is there, and a bracket before it is missing",
            "NAMES.DIRECTORY_PATH in sqlnet.ora does not name TNSNAMES",
            "a login was stored in the wallet under a name of its own: the name needs an entry, too",
        ],
        run: &[
            ("mwallet snippet tnsnames W", "an entry for each login of the wallet that is a name"),
            ("mwallet cred list W", "the connect strings of the logins"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-12578",
        says: "TNS:wallet open failed",
        fragments: &["TNS:wallet open failed", "wallet open failed"],
        meaning: "Oracle Net found no wallet that it could open.",
        causes: &[
            "WALLET_LOCATION in the sqlnet.ora that is in use names another directory; TNS_ADMIN \
             decides which sqlnet.ora that is",
            "the directory has no cwallet.sso, and Oracle Net has no password",
            "the auto-login file is local: it was made on another host or by another user",
            "the process may not read the files",
        ],
        run: &[
            (
                "mwallet autologin status W",
                "whether the auto-login file is there, opens here, and is bound",
            ),
            ("mwallet check W --for oracle-tcps", "what else Oracle Net wants"),
            ("mwallet snippet sqlnet W", "the lines for sqlnet.ora"),
        ],
        ..ROW
    },
    Row {
        code: "ORA-12560",
        says: "TNS:protocol adapter error",
        fragments: &["TNS:protocol adapter error", "Database communication protocol error"],
        wrapper: true,
        meaning: "The connection failed below Oracle Net; the messages after it, or the log of \
                  the listener, say why.",
        causes: &[
            "a failure of TLS: the messages after it begin with ORA-28 or ORA-29",
            "no connect string was given, and on this machine no database is running or \
             ORACLE_SID is not set",
            "TCPS is spoken to a port that expects TCP, or the other way round",
        ],
        run: &[
            ("mwallet explain 'THE WHOLE STACK'", "explains each message, the cause first"),
            ("mwallet probe HOST:PORT --wallet W", "whether TLS is spoken on the port"),
        ],
    },
];
