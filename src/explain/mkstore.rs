//! Messages of `mkstore`, as releases 19.4, 21.9 and 23.9 print them.

use crate::explain::{ROW, Row};

/// The rows, the one that the others come with first.
pub(super) const ROWS: &[Row] = &[
    Row {
        code: "Secret Store error occurred",
        fragments: &["Secret Store error occurred", "OracleSecretStoreException"],
        wrapper: true,
        meaning: "mkstore could not do it; the words behind the name of the exception say why.",
        causes: &[
            "the login or entry is there already, or is not there",
            "the wallet did not open",
        ],
        run: &[
            ("mwallet explain 'THE WHOLE LINE'", "explains each message, the cause first"),
            ("mwallet secret list W", "every name in the secret store"),
        ],
        ..ROW
    },
    Row {
        code: "Credential already exists",
        fragments: &["Credential already exists"],
        meaning: "The wallet has a login for this connect string.",
        causes: &["the login was created before"],
        run: &[
            ("mwallet cred list W", "the connect strings and their users"),
            ("mwallet cred set W CONNECT", "changes its password; --user U its user"),
        ],
        ..ROW
    },
    Row {
        code: "Credential does not exists",
        fragments: &["Credential does not exist"],
        meaning: "The wallet has no login for this connect string.",
        causes: &[
            "the connect string is written in another way: case counts",
            "the login is in another wallet",
        ],
        run: &[
            ("mwallet cred list W", "the connect strings that are there"),
            ("mwallet cred set W CONNECT --user U", "stores one"),
        ],
        ..ROW
    },
    Row {
        code: "No such alias in secret store",
        fragments: &["No such alias in secret store"],
        meaning: "The secret store has no entry of this name. Case counts.",
        causes: &["the name is written in another case", "the entry is in another wallet"],
        run: &[("mwallet secret list W", "the names that are there")],
        ..ROW
    },
];
