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

/// Every file to begin with.
pub const STARTERS: [Starter; 6] = [
    Starter {
        name: "basic",
        about: "a root, an intermediate, a server, a client, and an expired server",
        text: include_str!("starter/basic.toml"),
    },
    Starter {
        name: "oracle-utl-http",
        about: "UTL_HTTP of an Oracle database that calls a server with a client certificate",
        text: include_str!("starter/oracle-utl-http.toml"),
    },
    Starter {
        name: "weblogic-2way",
        about: "WebLogic with two-way TLS: JKS identity and trust",
        text: include_str!("starter/weblogic-2way.toml"),
    },
    Starter {
        name: "wso2",
        about: "WSO2: a JKS key store with the alias wso2carbon",
        text: include_str!("starter/wso2.toml"),
    },
    Starter {
        name: "kafka",
        about: "Kafka brokers and clients with mutual TLS: PKCS#12",
        text: include_str!("starter/kafka.toml"),
    },
    Starter {
        name: "nginx-mtls",
        about: "nginx that asks for client certificates: PEM and a revocation list",
        text: include_str!("starter/nginx-mtls.toml"),
    },
];

impl Starter {
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
        }
    }
}
