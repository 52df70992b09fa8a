//! Files to begin with: a `pki.toml` for the software that most people have to connect.

/// A file to begin with.
#[derive(Clone, Copy, Debug)]
pub struct Starter {
    /// The word on the command line.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The `pki.toml`.
    pub text: &'static str,
}

const fn row(name: &'static str, about: &'static str, text: &'static str) -> Starter {
    Starter { name, about, text }
}

/// Every file to begin with.
#[rustfmt::skip]
pub const STARTERS: [Starter; 6] = [
    row("basic", "a root, an intermediate, a server, a client, and an expired server", include_str!("starter/basic.toml")),
    row("oracle-utl-http", "UTL_HTTP of an Oracle database that calls a server with a client certificate", include_str!("starter/oracle-utl-http.toml")),
    row("weblogic-2way", "WebLogic with two-way TLS: JKS identity and trust", include_str!("starter/weblogic-2way.toml")),
    row("wso2", "WSO2: a JKS key store with the alias wso2carbon", include_str!("starter/wso2.toml")),
    row("kafka", "Kafka brokers and clients with mutual TLS: PKCS#12", include_str!("starter/kafka.toml")),
    row("nginx-mtls", "nginx that asks for client certificates: PEM and a revocation list", include_str!("starter/nginx-mtls.toml")),
];

/// The output folder of [`STARTERS`], in their comments too.
const OUT: &str = "pki";

impl Starter {
    /// The `pki.toml` with another output folder, which needs no quoting in TOML and in a shell.
    #[must_use]
    pub fn text_for(&self, out: &str) -> String {
        let key = |folder: &str| format!("out = \"{folder}\"");
        let text = self.text.replace(&key(OUT), &key(out));
        text.replace(&format!("{OUT}/"), &format!("{out}/"))
    }

    /// The file of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        STARTERS.into_iter().find(|starter| starter.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::STARTERS;
    use crate::pki::file;

    #[test]
    fn every_file_to_begin_with_is_right() {
        for starter in STARTERS {
            let spec = file::read(starter.text)
                .unwrap_or_else(|error| panic!("{}: {error}", starter.name));
            assert!(spec.leaves.len() >= 2, "{}", starter.name);
            let other = starter.text_for("other");
            assert_eq!(file::read_out(&other).unwrap().to_str(), Some("other"), "{other}");
            assert_eq!(starter.text_for("pki"), starter.text);
            assert!(!other.contains("pki/") && !other.contains("\"pki\""), "{other}");
        }
    }
}
