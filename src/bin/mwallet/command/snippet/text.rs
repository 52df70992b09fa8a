//! Configurations of programs that read PEM, and of Node, which reads PKCS#12 as well.

use crate::command::snippet::facts::Facts;
use mwallet::model::format::Format;
use std::fmt::Write as _;

/// The heading, and the command that writes the trusted certificates where there are any.
fn comments(facts: &Facts, mark: &str) -> String {
    let mut text = facts.comments(mark);
    if facts.trusts {
        let _ = writeln!(text, "{mark} run first: {}", facts.trust_preparation());
    }
    text
}

/// A server block.
pub(super) fn nginx(facts: &Facts) -> String {
    let file = string(&facts.file());
    let mut text = comments(facts, "#");
    let _ = write!(
        text,
        "server {{
    listen 443 ssl;
    server_name HOST;
    ssl_certificate     {file};
    ssl_certificate_key {file};
    # Where the key is encrypted, a file with the password:
    # ssl_password_file /path/to/password;
"
    );
    if facts.trusts {
        let trust = string(&facts.trust_file());
        let _ = write!(
            text,
            "    # Client certificates of these CAs are asked for, and needed:\n    \
             # ssl_client_certificate {trust};\n    # ssl_verify_client on;\n"
        );
    }
    text + "}\n"
}

/// A file for `curl -K`.
pub(super) fn curl(facts: &Facts) -> String {
    let file = string(&facts.file());
    let mut text = comments(facts, "#");
    let _ = writeln!(
        text,
        "cert = {file}\nkey = {file}\n# Where the key is encrypted, curl asks, or:\n# pass = \"PASSWORD\""
    );
    if facts.trusts {
        let _ = writeln!(text, "cacert = {}", string(&facts.trust_file()));
    }
    text + "# url = \"https://HOST/\"\n"
}

/// A context of Python's `ssl`.
pub(super) fn python(facts: &Facts) -> String {
    let file = string(&facts.file());
    let trust = if facts.trusts {
        format!("cafile={}", string(&facts.trust_file()))
    } else {
        String::new()
    };
    format!(
        "{}\
import os
import ssl

context = ssl.create_default_context({trust})
# The password of the key; None where it is not encrypted.
context.load_cert_chain({file}, password=os.environ.get(\"KEY_PASSWORD\"))

# urllib.request.urlopen(\"https://HOST/\", context=context)
",
        comments(facts, "#")
    )
}

/// Options of Node's `https`.
pub(super) fn node(facts: &Facts) -> String {
    let file = string(&facts.file());
    let mut text = comments(facts, "//");
    text += "const fs = require('node:fs');\nconst https = require('node:https');\n\n";
    text += "const agent = new https.Agent({\n";
    if facts.file_format() == Format::Pkcs12 {
        let _ = writeln!(text, "  pfx: fs.readFileSync({file}),");
    } else {
        let _ = writeln!(text, "  cert: fs.readFileSync({file}),\n  key: fs.readFileSync({file}),");
    }
    text += "  passphrase: process.env.KEY_PASSWORD,\n";
    if facts.trusts {
        let _ = writeln!(text, "  ca: fs.readFileSync({}),", string(&facts.trust_file()));
    }
    text + "});\n\n// https.get('https://HOST/', { agent }, (response) => { /* ... */ });\n"
}

/// A configuration of Go's `crypto/tls`.
pub(super) fn go(facts: &Facts) -> String {
    let file = string(&facts.file());
    let mut text = comments(facts, "//");
    let _ = write!(
        text,
        "// LoadX509KeyPair reads no encrypted keys: write the file with --out-no-password.
package main

import (
\t\"crypto/tls\"
\t\"crypto/x509\"
\t\"os\"
)

func configuration() (*tls.Config, error) {{
\tpair, err := tls.LoadX509KeyPair({file}, {file})
\tif err != nil {{
\t\treturn nil, err
\t}}
\tpool, err := x509.SystemCertPool()
\tif err != nil {{
\t\treturn nil, err
\t}}
"
    );
    if facts.trusts {
        let _ = write!(
            text,
            "\ttrusted, err := os.ReadFile({})\n\tif err != nil {{\n\t\treturn nil, err\n\t}}\n\
             \tpool.AppendCertsFromPEM(trusted)\n",
            string(&facts.trust_file())
        );
    } else {
        text = text.replace("\t\"os\"\n", "");
    }
    text + "\treturn &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool}, nil\n}\n"
}

/// A string between double quotes; nginx, curl, Python, JavaScript and Go all understand these
/// escapes of JSON.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
