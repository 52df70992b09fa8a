//! Configurations: the programs themselves read them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::process::Command;
use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified, give_own_password};
use support::peers;
use support::run::run;
use support::scratch::Scratch;
use support::server::Server;

const KINDS: [&str; 13] = [
    "jdbc", "sqlnet", "tnsnames", "listener", "utl_http", "weblogic", "wso2", "tomcat", "nginx",
    "curl", "python", "node", "go",
];

/// A wallet `w` with auto-login, and the snippet for it.
struct Made {
    scratch: Scratch,
}

impl Made {
    fn new() -> Option<Self> {
        let openssl = peers::openssl()?;
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
        certified(&scratch, &ca, "w", "ec:p256");
        scratch.mwallet("autologin on w").password(PASSWORD).ok();
        // The files of the fixture stand where those of the snippets will be.
        std::fs::remove_file(scratch.at("w.pem")).unwrap();
        Some(Self { scratch })
    }

    fn snippet(&self, kind: &str) -> String {
        self.scratch.mwallet(&format!("snippet {kind} w")).ok().out()
    }

    fn path(&self, name: &str) -> String {
        self.scratch.at(name).canonicalize().unwrap().to_str().unwrap().to_owned()
    }

    /// Runs the commands that the snippet asks for, with unencrypted keys.
    fn prepare(&self, snippet: &str) {
        let mut ran = 0;
        for line in snippet.lines() {
            let Some((_, command)) = line.split_once("run first: mwallet ") else { continue };
            let call = self.scratch.mwallet(command.trim_end_matches("?>"));
            let is_encrypted =
                command.starts_with("convert") && !command.contains("--out-no-password");
            (if is_encrypted { call.args("--out-no-password") } else { call }).ok();
            ran += 1;
        }
        assert!(ran > 0, "{snippet}");
    }
}

#[test]
fn every_kind_names_the_wallet_and_never_a_password() {
    let Some(made) = Made::new() else { return };
    for kind in KINDS {
        for line in [format!("snippet {kind} w"), format!("snippet {kind} w --alias app")] {
            let text = made.scratch.mwallet(&line).password(PASSWORD).ok().out();
            assert!(text.contains(&made.path("w")), "{kind}: {text}");
            assert!(!text.contains(PASSWORD), "{kind}: {text}");
        }
        let report = made.scratch.mwallet(&format!("snippet {kind} w")).json();
        assert_eq!(report["kind"], kind);
        assert_eq!(report["snippet"], made.snippet(kind));
    }
    made.scratch.mwallet("snippet tomcat w --alias nobody").fails(5, "entry-not-found");
    made.scratch.mwallet("snippet tomcat nowhere").fails(5, "file-not-found");
}

#[test]
fn store_that_does_not_open_is_described_by_its_format() {
    let scratch = Scratch::new();
    scratch.mwallet("create app.p12").password("x").ok();
    let text = scratch.mwallet("snippet tomcat app.p12").ok().out();
    assert!(text.contains("ALIAS"), "{text}");
    assert!(text.contains("certificateKeystoreType=\"PKCS12\""), "{text}");
    assert!(!text.contains("run first"), "{text}");
    scratch.mwallet("snippet tomcat app.p12").password("wrong").fails(4, "password-wrong");
}

#[test]
fn commands_keep_the_flags_that_open_the_wallet() {
    let Some(made) = Made::new() else { return };
    made.scratch.mwallet("autologin off w --yes").password(PASSWORD).ok();
    for kind in ["sqlnet", "nginx", "tomcat", "python"] {
        let text = made.scratch.mwallet(&format!("snippet {kind} w")).password(PASSWORD).ok().out();
        let commands: Vec<&str> =
            text.lines().filter_map(|line| line.split_once("run first: ")).map(|it| it.1).collect();
        assert!(!commands.is_empty(), "{text}");
        for command in commands {
            assert!(command.contains(" --password-env "), "{kind}: {command}");
        }
    }
}

#[test]
fn key_store_that_trusts_nobody_is_no_trust_store() {
    let Some(made) = Made::new() else { return };
    let store = |line: &str| made.scratch.mwallet(line).password(PASSWORD);
    store("convert w trusts.p12").out_password(PASSWORD).ok();
    made.scratch.mwallet("create alone.p12").password(PASSWORD).ok();
    store("csr alone.p12 --dn CN=alone --self-signed --key ec:p256").ok();
    for (wallet, trusts) in [("trusts.p12", true), ("alone.p12", false)] {
        for (kind, word) in [
            ("tomcat", "truststoreFile"),
            ("weblogic", "custom-trust-key-store-file-name"),
            ("weblogic", "CustomIdentityAndCustomTrust"),
        ] {
            let text = store(&format!("snippet {kind} {wallet}")).ok().out();
            assert_eq!(text.contains(word), trusts, "{wallet}: {text}");
        }
    }
}

#[test]
fn key_with_a_password_of_its_own_gets_a_place_or_a_command() {
    for file in ["app.jks", "app.p12"] {
        let scratch = Scratch::new();
        let store = |line: &str| scratch.mwallet(line).password(PASSWORD);
        store(&format!("create {file}")).ok();
        store(&format!("csr {file} --dn CN=app --self-signed --key ec:p256")).ok();
        let snippet = |kind: &str| store(&format!("snippet {kind} {file}")).ok().out();
        for kind in KINDS {
            let text = snippet(kind);
            assert!(!text.contains("passwd") && !text.contains("KeyPassword"), "{text}");
        }
        if file == "app.p12" {
            give_own_password(&scratch, file, "another1");
        } else {
            store(&format!("passwd {file} --key app")).new_password("another1").ok();
        }
        assert!(snippet("tomcat").contains("certificateKeyPassword=\"KEY_PASSWORD\""));
        let text = snippet("wso2");
        let command =
            text.lines().find_map(|line| line.strip_prefix("# run first: mwallet ")).unwrap();
        let (command, _) = command.split_once(" --password-env ").unwrap();
        store(command).key_password("another1").ok();
        assert!(!snippet("wso2").contains("passwd"));
    }
}

#[test]
fn nginx_takes_its_server() {
    let Some(nginx) = peers::nginx() else { return };
    let Some(made) = Made::new() else { return };
    let text = made.snippet("nginx");
    made.prepare(&text);
    // The lines for client certificates are tested as well.
    let text = text.replace("# ssl_client_certificate", "ssl_client_certificate");
    let text = text.replace("# ssl_verify_client", "ssl_verify_client").replace(" 443 ", " 8443 ");
    made.scratch.write(
        "nginx.conf",
        format!(
            "pid nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{text}}}\n"
        ),
    );
    let folder = made.path("");
    let mut command = nginx.command();
    command.args(["-t", "-p", &folder, "-c", &format!("{folder}/nginx.conf")]);
    run(&mut command, b"").ok();
}

#[test]
fn named_key_is_the_one_that_the_commands_write() {
    let Some(made) = Made::new() else { return };
    let scratch = &made.scratch;
    scratch.mwallet("csr w --dn CN=second --self-signed --alias second").password(PASSWORD).ok();
    for (line, file, subject) in [
        ("nginx w", "w.pem", "CN = app"),
        ("nginx w --alias second", "w.pem", "CN = second"),
        // What stands at the name is the wallet.
        ("nginx both.pem --alias second", "both-nginx.pem", "CN = second"),
    ] {
        if line.contains("both") {
            std::fs::remove_file(scratch.at("w.pem")).unwrap();
            scratch.mwallet("convert w both.pem --out-no-password").password(PASSWORD).ok();
        }
        let text = scratch.mwallet(&format!("snippet {line}")).password(PASSWORD).ok().out();
        let (_, command) = text.split_once("run first: mwallet ").unwrap();
        let command = command.lines().next().unwrap().split(" --password").next().unwrap();
        scratch.mwallet(command).args("--force").password(PASSWORD).ok();
        let openssl = peers::openssl().unwrap();
        let shown = scratch.run(&openssl, &format!("x509 -in {file} -noout -subject")).ok();
        shown.says(subject);
        assert!(text.contains(&format!("{}\"", made.path(file))), "{text}");
    }
}

#[test]
fn curl_takes_its_file() {
    let Some(curl) = peers::curl() else { return };
    let Some(made) = Made::new() else { return };
    let text = made.snippet("curl");
    made.prepare(&text);
    made.scratch.write("curl.conf", text);
    // A server that insists on a client certificate of our CA, and has ours for its own.
    let openssl = peers::openssl().unwrap();
    let options = "-cert w.pem -key w.pem -CAfile w-trust.pem -Verify 3 -verify_return_error -www";
    let server = Server::openssl(&made.scratch, &openssl, options);
    let url = format!("https://{}/", server.address());
    made.scratch.run(&curl, &format!("-sS -K curl.conf {url}")).ok().says("s_server");
    made.scratch
        .run(&curl, &format!("-sS --cacert w-trust.pem {url}"))
        .failed()
        .says("certificate required");
}

#[test]
fn python_and_node_load_the_files() {
    let Some(made) = Made::new() else { return };
    if let Some(python) = peers::python() {
        let text = made.snippet("python");
        made.prepare(&text);
        made.scratch.write("a.py", text + "\nassert context.get_ca_certs()\n");
        made.scratch.run(&python, "a.py").ok();
    }
    if let Some(node) = peers::node() {
        let text = made.snippet("node").replace("w.pem", "n.pem");
        let text = text.replace("w-trust.pem", "n-trust.pem");
        made.prepare(&text);
        let load = "\nrequire('node:tls').createSecureContext(agent.options);\n";
        made.scratch.write("a.js", text + load);
        made.scratch.run(&node, "a.js").ok();
    }
}

#[test]
fn xml_is_well_formed_and_the_store_is_made() {
    let Some(made) = Made::new() else { return };
    for (kind, word) in
        [("tomcat", "certificateKeystoreFile"), ("weblogic", "custom-identity-key-store-file-name")]
    {
        let text = made.snippet(kind);
        made.scratch.write("part.xml", format!("<root>{text}</root>"));
        assert!(text.contains(word), "{text}");
        if let Some(python) = peers::python() {
            let program = "import xml.dom.minidom as m; m.parse('part.xml')";
            let mut command: Command = python.command();
            command.args(["-c", program]).current_dir(made.scratch.path());
            run(&mut command, b"").ok();
        }
        // The command parses; what it writes has a password of its own.
        let (_, command) = text.split_once("run first: mwallet ").unwrap();
        let command = command.lines().next().unwrap().trim_end_matches("?>");
        made.scratch.mwallet(command).out_password(PASSWORD).ok();
    }
    for keytool in peers::keytools() {
        let line = "-list -keystore w.p12 -storepass Welcome1";
        made.scratch.run(&keytool, line).ok().says("app,");
        let line = "-list -keystore w.jks -storepass Welcome1";
        made.scratch.run(&keytool, line).ok().says("app,");
    }
}

#[test]
fn toml_of_wso2_is_read() {
    let Some(made) = Made::new() else { return };
    let Some(python) = peers::python() else { return };
    made.scratch.write("d.toml", made.snippet("wso2"));
    let program = "\
import sys
if sys.version_info < (3, 11): sys.exit()
import tomllib
t = tomllib.load(open('d.toml', 'rb'))
assert t['keystore']['primary']['alias'] == 'app', t
assert t['truststore']['file_name'] == 'w.jks', t";
    let mut command = python.command();
    command.args(["-c", program]).current_dir(made.scratch.path());
    run(&mut command, b"").ok();
}

#[test]
fn trust_store_of_wso2_is_no_key_store() {
    let Some(made) = Made::new() else { return };
    let convert = |line: &str| {
        made.scratch.mwallet(&format!("convert w {line}")).password(PASSWORD).out_password(PASSWORD)
    };
    convert("trust.jks --trust-only").ok();
    convert("key.jks --alias app").ok();
    let snippet = |file: &str| made.scratch.mwallet(&format!("snippet wso2 {file}")).ok().out();
    let text = snippet("trust.jks");
    assert!(text.contains("[truststore]\nfile_name = \"trust.jks\""), "{text}");
    assert!(!text.contains("[keystore") && !text.contains("ALIAS"), "{text}");
    let text = snippet("key.jks");
    assert!(text.contains("[keystore.primary]\nfile_name = \"key.jks\""), "{text}");
    assert!(text.contains("[truststore]\nfile_name = \"client-truststore.jks\""), "{text}");
}

#[test]
fn oracle_gets_the_directory_and_the_lists() {
    let Some(made) = Made::new() else { return };
    let folder = made.path("w");
    let sqlnet = made.snippet("sqlnet");
    assert!(sqlnet.contains(&format!("(DIRECTORY = {folder})")), "{sqlnet}");
    assert!(!sqlnet.contains("autologin"), "{sqlnet}");
    let code: String = sqlnet.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(code.matches('(').count(), code.matches(')').count(), "{sqlnet}");
    let http = made.snippet("utl_http");
    for part in [
        "APPEND_HOST_ACE",
        "APPEND_WALLET_ACE",
        "ASSIGN_WALLET_ACL",
        "use-client-certificates",
        "use_client_certificates",
        "https_host",
    ] {
        assert!(http.contains(part), "no {part} in {http}");
    }
    assert!(http.contains(&format!("UTL_HTTP.SET_WALLET('file:{folder}', NULL)")), "{http}");
    assert_eq!(http.matches("wallet_path => 'file:").count(), 2, "{http}");
    let jdbc = made.snippet("jdbc");
    assert!(jdbc.contains("oracle.net.wallet_location=") && !jdbc.contains("PASSWORD"), "{jdbc}");
    // Without auto-login Oracle Net cannot open it, and UTL_HTTP needs the password.
    made.scratch.mwallet("autologin off w --yes").password(PASSWORD).ok();
    assert!(made.snippet("sqlnet").contains("mwallet autologin on "));
    assert!(made.snippet("utl_http").contains("'PASSWORD'"));
}

/// What stands in a configuration and is no comment.
fn code_of(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let code: String = lines.flat_map(|line| [line.trim(), "\n"]).collect();
    assert_eq!(code.matches('(').count(), code.matches(')').count(), "{text}");
    code
}

#[test]
fn wallet_of_logins_needs_no_tls() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for connect in ["db1", "host:1521/app"] {
        let set = format!("cred set w {connect} --user scott");
        scratch.mwallet(&set).password(PASSWORD).value("tiger").ok();
    }
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    let snippet = |kind: &str| scratch.mwallet(&format!("snippet {kind} w")).ok().out();
    let sqlnet = snippet("sqlnet");
    let code = code_of(&sqlnet);
    assert!(code.contains("\nSQLNET.WALLET_OVERRIDE = TRUE\n"), "{sqlnet}");
    assert!(code.contains("WALLET_LOCATION =\n") && !code.contains("SSL_"), "{sqlnet}");
    assert!(sqlnet.contains("#   login db1\n") && !sqlnet.contains("connect_string1"), "{sqlnet}");
    // A connect string with a host in it is in no tnsnames.ora.
    let tnsnames = code_of(&snippet("tnsnames"));
    assert!(tnsnames.contains("db1 =\n(DESCRIPTION =\n(ADDRESS = (PROTOCOL = TCP)"), "{tnsnames}");
    assert_eq!(tnsnames.matches("DESCRIPTION").count(), 1, "{tnsnames}");
    assert!(!tnsnames.contains("SECURITY"), "{tnsnames}");
    let jdbc = snippet("jdbc");
    assert!(jdbc.contains("jdbc:oracle:thin:/@db1\n") && !jdbc.contains("ssl"), "{jdbc}");
    // A name without a login of its own finds none.
    let lonely = "# The wallet has no login for NAME; run first: mwallet cred set ";
    assert!(!snippet("tnsnames").contains(lonely));
    scratch.mwallet("cred rm w db1").password(PASSWORD).ok();
    assert!(snippet("tnsnames").contains(lonely), "{}", snippet("tnsnames"));
    scratch.mwallet("cred set w --default --user scott").password(PASSWORD).value("tiger").ok();
    assert!(!snippet("tnsnames").contains(lonely));
    scratch.mwallet("cred set w db1 --user scott").password(PASSWORD).value("tiger").ok();
    // With certificates that are trusted the same logins go by TLS.
    let Some(openssl) = peers::openssl() else { return };
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet(&format!("add-trusted w {}", ca.root())).password(PASSWORD).ok();
    let code = code_of(&snippet("sqlnet"));
    assert!(code.contains("SQLNET.WALLET_OVERRIDE = TRUE"), "{code}");
    assert!(code.contains("SSL_CLIENT_AUTHENTICATION = FALSE"), "{code}");
    assert!(code.contains("SSL_VERSION = 1.2\n"), "{code}");
    assert!(
        snippet("sqlnet")
            .contains("# Between releases from 23ai on, TLS 1.3 as well: SSL_VERSION = (")
    );
    let code = code_of(&snippet("tnsnames"));
    assert!(code.contains("db1 =\n(DESCRIPTION =\n(ADDRESS = (PROTOCOL = TCPS)"), "{code}");
}

#[test]
fn what_was_not_seen_of_a_wallet_is_said() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for kind in KINDS {
        let text = scratch.mwallet(&format!("snippet {kind} w")).ok().out();
        assert!(text.contains("keys, trusted certificates and logins are not known"), "{text}");
        let opened = scratch.mwallet(&format!("snippet {kind} w")).password(PASSWORD).ok().out();
        assert!(!opened.contains("are not known"), "{opened}");
    }
    let sqlnet = scratch.mwallet("snippet sqlnet w").ok().out();
    assert!(sqlnet.contains("# SQLNET.WALLET_OVERRIDE = TRUE\n"), "{sqlnet}");
    assert!(sqlnet.contains("# FALSE where the wallet holds no key"), "{sqlnet}");
    assert!(!sqlnet.contains("ALIAS"), "{sqlnet}");
}

#[test]
fn names_of_oracle_net_are_those_of_the_certificate() {
    let Some(made) = Made::new() else { return };
    let folder = made.path("w");
    let tnsnames = code_of(&made.snippet("tnsnames"));
    assert!(tnsnames.contains("(PROTOCOL = TCPS)(HOST = HOST)(PORT = 2484)"), "{tnsnames}");
    assert!(tnsnames.contains(&format!("(MY_WALLET_DIRECTORY = {folder})")), "{tnsnames}");
    let scratch = &made.scratch;
    scratch
        .mwallet("csr w --dn CN=db,O=Acme --san dns:db.acme.com --self-signed --alias db")
        .password(PASSWORD)
        .ok();
    let text = scratch.mwallet("snippet listener w --alias db").ok().out();
    let listener = code_of(&text);
    assert!(listener.contains("(PROTOCOL = TCPS)(HOST = db.acme.com)(PORT = 2484)"), "{text}");
    assert!(listener.contains(&format!("(DIRECTORY = {folder})")), "{text}");
    assert!(listener.contains("SSL_CLIENT_AUTHENTICATION = FALSE"), "{text}");
    assert!(text.contains("(SSL_SERVER_CERT_DN = \"CN=db,O=Acme\")"), "{text}");
    // A wallet that has nothing to present says what it needs, by a command that works.
    scratch.mwallet("create empty").password(PASSWORD).ok();
    let text = scratch.mwallet("snippet listener empty").password(PASSWORD).ok().out();
    let (_, command) = text.split_once("needs a key: mwallet ").unwrap();
    let (command, _) = command.lines().next().unwrap().split_once(" --password-env ").unwrap();
    scratch.mwallet(command).password(PASSWORD).ok();
}

#[test]
fn path_with_blanks_and_quotes_stays_one_word() {
    let scratch = Scratch::new();
    scratch.mwallet("create").arg("it's \"mine\" & <yours>").password(PASSWORD).ok();
    for kind in KINDS {
        let text =
            scratch.mwallet(&format!("snippet {kind}")).arg("it's \"mine\" & <yours>").ok().out();
        assert!(!text.is_empty());
        if kind == "utl_http" {
            assert!(text.contains("it''s"), "{text}");
        }
        if let (true, Some(python)) = (["tomcat", "weblogic"].contains(&kind), peers::python()) {
            scratch.write("part.xml", format!("<root>{text}</root>"));
            let mut command = python.command();
            command
                .args(["-c", "import xml.dom.minidom as m; m.parse('part.xml')"])
                .current_dir(scratch.path());
            run(&mut command, b"").ok();
        }
    }
}

#[test]
fn words_that_could_steer_a_terminal_are_in_no_configuration() {
    let Some(made) = Made::new() else { return };
    let scratch = &made.scratch;
    let convert = |line: &str| scratch.mwallet(&format!("convert w {line}")).out_password(PASSWORD);
    convert("odd.p12").ok();
    for alias in ["a\nb", "a\x1b[31m", "a\u{202e}b", "a\u{2028}b"] {
        scratch.mwallet("rename odd.p12 app").arg(alias).password(PASSWORD).ok();
        for kind in KINDS {
            let call = scratch.mwallet(&format!("snippet {kind} odd.p12")).password(PASSWORD);
            let done = call.run();
            if ["tomcat", "weblogic", "wso2"].contains(&kind) {
                assert_eq!(done.status.code(), Some(2), "{}", done.story());
            } else {
                let harmless = |c: char| {
                    "\t\n".contains(c) || !c.is_control() && !"\u{202e}\u{2028}".contains(c)
                };
                assert!(done.succeeded() && done.out().chars().all(harmless), "{}", done.story());
            }
        }
        let json = scratch.mwallet("list odd.p12 --json").password(PASSWORD).ok().out();
        assert!(!json.contains(alias), "{json}");
        let report: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(report["entries"].as_array().unwrap().iter().any(|one| one["alias"] == alias));
        scratch.mwallet("rename odd.p12").arg(alias).arg("app").password(PASSWORD).ok();
    }
    scratch.mwallet("create").arg("new\nline").password(PASSWORD).ok();
    scratch.mwallet("snippet sqlnet").arg("new\nline").fails(2, "value-invalid");
    scratch.mwallet("create").arg("a(b)=\"c\"").password(PASSWORD).ok();
    let text = scratch.mwallet("snippet sqlnet").arg("a(b)=\"c\"").ok().out();
    assert!(text.contains("a(b)=\\\"c\\\"\")))"), "{text}");
}
