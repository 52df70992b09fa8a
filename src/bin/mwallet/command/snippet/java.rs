//! Configurations of servers that are written in Java.

use crate::command::snippet::facts::Facts;
use crate::command::snippet::oracle::store_type;
use mwallet::model::format::Format;
use std::fmt::Write as _;
use std::path::Path;

/// The parts of a `server` in `config.xml`.
pub(super) fn weblogic(facts: &Facts) -> String {
    let (file, alias) = (escaped(&facts.file()), escaped(facts.alias()));
    let kind = store_type(facts.file_format());
    // A key store that trusts nobody is not the trust store: that is the one of Java.
    let (stores, trust) = if facts.trusts {
        let trust = format!(
            "\n  <custom-trust-key-store-file-name>{file}</custom-trust-key-store-file-name>\n  \
             <custom-trust-key-store-type>{kind}</custom-trust-key-store-type>"
        );
        ("CustomIdentityAndCustomTrust", trust)
    } else {
        ("CustomIdentityAndJavaStandardTrust", String::new())
    };
    format!(
        "{}\
<!-- In config.xml, inside <server>. Passwords are set in the console, which encrypts them. -->
<server>
  <ssl>
    <enabled>true</enabled>
    <server-private-key-alias>{alias}</server-private-key-alias>
  </ssl>
  <key-stores>{stores}</key-stores>
  <custom-identity-key-store-file-name>{file}</custom-identity-key-store-file-name>
  <custom-identity-key-store-type>{kind}</custom-identity-key-store-type>{trust}
</server>
",
        instructions(facts)
    )
}

/// A connector for `server.xml`.
pub(super) fn tomcat(facts: &Facts) -> String {
    let (file, alias) = (escaped(&facts.file()), escaped(facts.alias()));
    let (trust, certificate) = if facts.file_format() == Format::Pem {
        (
            String::new(),
            format!("certificateFile=\"{file}\"\n                 certificateKeyFile=\"{file}\""),
        )
    } else {
        let kind = store_type(facts.file_format());
        let trust = if facts.trusts {
            format!(
                "\n                 truststoreFile=\"{file}\"\n                 \
             truststoreType=\"{kind}\"\n                 truststorePassword=\"PASSWORD\""
            )
        } else {
            String::new()
        };
        let own_password = if facts.has_own_password {
            "\n                 certificateKeyPassword=\"KEY_PASSWORD\""
        } else {
            ""
        };
        let certificate = format!(
            "certificateKeystoreFile=\"{file}\"\n                 \
             certificateKeystoreType=\"{kind}\"\n                 \
             certificateKeystorePassword=\"PASSWORD\"\n                 \
             certificateKeyAlias=\"{alias}\"{own_password}"
        );
        (trust, certificate)
    };
    format!(
        "{}\
<Connector port=\"8443\" protocol=\"org.apache.coyote.http11.Http11NioProtocol\"
           SSLEnabled=\"true\" scheme=\"https\" secure=\"true\">
  <!-- certificateVerification=\"required\" asks for client certificates. -->
  <SSLHostConfig certificateVerification=\"none\"{trust}>
    <Certificate {certificate} />
  </SSLHostConfig>
</Connector>
",
        instructions(facts)
    )
}

/// `deployment.toml`.
pub(super) fn wso2(facts: &Facts) -> String {
    let file = facts.file();
    let name =
        Path::new(&file).file_name().map_or_else(String::new, |name| toml(&name.to_string_lossy()));
    let (kind, alias) = (store_type(facts.file_format()), toml(facts.alias()));
    let mut text = facts.comments("#");
    text += "# The file belongs in repository/resources/security of the product.\n";
    if facts.has_key {
        text += "# Store and key have one password. The certificate of the primary key store needs the key\n\
                 # usage dataEncipherment.\n";
        for section in ["keystore.primary", "keystore.tls"] {
            let _ = write!(
                text,
                "\n[{section}]\nfile_name = {name}\ntype = \"{kind}\"\npassword = \"PASSWORD\"\n\
                 alias = {alias}\nkey_password = \"PASSWORD\"\n"
            );
        }
    }
    // A key store that trusts nobody is not the trust store: that is the one of the product.
    let (trust, kind) = if facts.trusts {
        (name.as_str(), kind)
    } else {
        text += "\n# The product's own trust store: the key store trusts nobody.";
        ("\"client-truststore.jks\"", "JKS")
    };
    text + &format!(
        "\n[truststore]\nfile_name = {trust}\ntype = \"{kind}\"\npassword = \"PASSWORD\"\n"
    )
}

/// The heading as processing instructions: a comment of XML must not hold `--`, which commands do.
fn instructions(facts: &Facts) -> String {
    let lines = facts.heading().into_iter();
    lines.fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "<?note {}?>", line.replace("?>", "? >"));
        text
    })
}

/// Text inside XML, in attributes as well.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A string of TOML: the escapes of JSON are among its own.
fn toml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
