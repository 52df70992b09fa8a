//! What Java's own key managers send, against what `probe` says of them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "chain/ca.rs"]
mod ca;
#[path = "support/mtls.rs"]
mod mtls;
mod support;

use ca::Ca;
use mtls::{Mtls, Probed};
use rcgen::{ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd};
use std::collections::BTreeMap;
use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::server::Server;

const OWN_PASSWORD: &str = "another-1";

// What signatures a server takes.
const RSA: &str = "-client_sigalgs rsa_pss_rsae_sha256";
const RSA_FIRST: &str = "-client_sigalgs rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256";

/// One connection for each port, store and type: prints the alias that each key manager chose.
const CLIENT: &str = r#"
import java.io.FileInputStream;
import java.net.Socket;
import java.security.*;
import java.security.cert.X509Certificate;
import javax.net.ssl.*;

public class Client {
    public static void main(String[] words) throws Exception {
        char[] password = words[0].toCharArray();
        for (int at = 1; at + 2 < words.length; at += 3) {
            KeyStore store = KeyStore.getInstance(words[at + 2]);
            try (FileInputStream in = new FileInputStream(words[at + 1])) {
                store.load(in, password);
            }
            for (String algorithm : new String[] {"SunX509", "NewSunX509"}) {
                String chosen;
                try {
                    chosen = chosen(Integer.parseInt(words[at]), store, password, algorithm);
                } catch (UnrecoverableKeyException locked) {
                    chosen = null;
                }
                System.out.println(String.join(" ", words[at], words[at + 1], algorithm, chosen));
            }
        }
    }

    static String chosen(int port, KeyStore store, char[] password, String algorithm)
            throws Exception {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(algorithm);
        factory.init(store, password);
        X509ExtendedKeyManager manager = (X509ExtendedKeyManager) factory.getKeyManagers()[0];
        String[] chosen = {null};
        X509ExtendedKeyManager listening = new X509ExtendedKeyManager() {
            public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
                String alias = manager.chooseClientAlias(types, issuers, socket);
                if (alias != null) {
                    // NewSunX509 puts numbers before it.
                    chosen[0] = alias.substring(alias.lastIndexOf('.') + 1);
                }
                return alias;
            }
            public String chooseServerAlias(String t, Principal[] i, Socket s) { return null; }
            public String[] getClientAliases(String t, Principal[] i) {
                return manager.getClientAliases(t, i);
            }
            public String[] getServerAliases(String t, Principal[] i) { return null; }
            public X509Certificate[] getCertificateChain(String a) {
                return manager.getCertificateChain(a);
            }
            public PrivateKey getPrivateKey(String a) { return manager.getPrivateKey(a); }
        };
        TrustManager all = new X509ExtendedTrustManager() {
            public void checkClientTrusted(X509Certificate[] c, String a) {}
            public void checkServerTrusted(X509Certificate[] c, String a) {}
            public void checkClientTrusted(X509Certificate[] c, String a, Socket s) {}
            public void checkServerTrusted(X509Certificate[] c, String a, Socket s) {}
            public void checkClientTrusted(X509Certificate[] c, String a, SSLEngine e) {}
            public void checkServerTrusted(X509Certificate[] c, String a, SSLEngine e) {}
            public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
        };
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {listening}, new TrustManager[] {all}, null);
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
        }
        return chosen[0];
    }
}
"#;

/// A store, and the server that is asked with it.
struct Case {
    port: u16,
    store: &'static str,
    kind: &'static str,
}

/// Everything that a Java chose, by `PORT STORE MANAGER`: an alias, or `null`.
fn choices(mtls: &Mtls, java: &Peer, cases: &[Case]) -> BTreeMap<String, String> {
    let asked: Vec<String> =
        cases.iter().map(|case| format!("{} {} {}", case.port, case.store, case.kind)).collect();
    let line = format!("-cp . Client {PASSWORD} {}", asked.join(" "));
    let done = mtls.scratch.run(java, &line).ok();
    done.out()
        .lines()
        .map(|line| {
            let (asked, chosen) = line.rsplit_once(' ').unwrap();
            (asked.to_owned(), chosen.to_owned())
        })
        .collect()
}

/// Brings the entries of PKCS#12 files into one store, by keytool.
fn gather(mtls: &Mtls, keytool: &Peer, aliases: &[&str], store: &str, kind: &str) {
    for alias in aliases {
        let line = format!(
            "-importkeystore -noprompt -srckeystore {alias}.p12 -srcalias {alias} \
             -destkeystore {store} -deststoretype {kind} -srcstorepass {PASSWORD} \
             -deststorepass {PASSWORD}"
        );
        mtls.scratch.run(keytool, &line).ok();
    }
}

#[test]
fn choice_of_java_is_foretold() {
    let Some(mtls) = Mtls::new() else { return };
    let (Some(java), Some(keytool)) = (peers::java_of_sources(), peers::keytools().pop()) else {
        return;
    };
    mtls.scratch.write("Client.java", CLIENT);
    mtls.scratch.run(&java.beside("javac"), "--release 11 Client.java").ok();
    mtls.client("old", &mtls.issuing, |parameters| {
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(2021, 1, 1);
    });
    mtls.client("shop", &mtls.issuing, |parameters| {
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    mtls.client("mute", &mtls.issuing, |parameters| {
        parameters.key_usages = vec![KeyUsagePurpose::KeyAgreement];
    });
    mtls.client("stranger", &Ca::root("Elsewhere"), |_| {});
    let line = "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key";
    mtls.scratch.run(&mtls.openssl, line).ok();
    let rsa = KeyPair::from_pem(&mtls.scratch.text("rsa.key")).unwrap();
    mtls.write("rsa.pem", &[&mtls.issuing.certify("rsa", &rsa)]);
    mtls.p12("rsa", "-certfile issuing.pem");
    gather(&mtls, &keytool, &["old", "shop", "mute", "client"], "four.p12", "PKCS12");
    gather(&mtls, &keytool, &["shop", "old"], "two.p12", "PKCS12");
    gather(&mtls, &keytool, &["rsa", "client"], "types.p12", "PKCS12");
    gather(&mtls, &keytool, &["stranger", "client"], "mixed.jks", "JKS");
    gather(&mtls, &keytool, &["client", "old"], "own.jks", "JKS");
    let line = format!(
        "-keypasswd -keystore own.jks -alias old -storepass {PASSWORD} -keypass {PASSWORD} \
         -new {OWN_PASSWORD}"
    );
    mtls.scratch.run(&keytool, &line).ok();
    // The leaf alone with its key.
    mtls.leaf("short", &mtls.issuing, |_| {});
    mtls.p12("short", "");
    gather(&mtls, &keytool, &["short"], "short.jks", "JKS");
    mtls.trust("short.jks", "issuing.pem");

    let server = |options: &str| {
        let line = format!(
            "-cert server.pem -key server.key -cert_chain chain.pem -CAfile root.pem -verify 5 \
             {options}"
        );
        Server::openssl(&mtls.scratch, &mtls.openssl, &line)
    };
    let any = server("");
    let (rsa, rsa_first) = (server(RSA), server(RSA_FIRST));
    let (old_any, old_rsa) = (server("-tls1_2"), server(&format!("-tls1_2 {RSA}")));
    let case = |server: &Server, store, kind| Case { port: server.port, store, kind };
    let cases = [
        case(&any, "four.p12", "PKCS12"),
        case(&any, "two.p12", "PKCS12"),
        case(&any, "mute.p12", "PKCS12"),
        case(&any, "stranger.p12", "PKCS12"),
        case(&any, "mixed.jks", "JKS"),
        case(&any, "own.jks", "JKS"),
        case(&any, "short.jks", "JKS"),
        case(&any, "short.p12", "PKCS12"),
        case(&any, "types.p12", "PKCS12"),
        case(&rsa_first, "types.p12", "PKCS12"),
        case(&rsa, "types.p12", "PKCS12"),
        case(&rsa, "client.p12", "PKCS12"),
        case(&old_any, "types.p12", "PKCS12"),
        case(&old_rsa, "types.p12", "PKCS12"),
        case(&old_rsa, "client.p12", "PKCS12"),
    ];
    let probed: Vec<Probed> = cases
        .iter()
        .map(|case| {
            let line = format!("probe localhost:{} --wallet {}", case.port, case.store);
            let probe = mtls.scratch.mwallet(&line).password(PASSWORD);
            Probed::of(match case.store {
                "own.jks" => probe.key_password(OWN_PASSWORD),
                _ => probe,
            })
        })
        .collect();
    for java in peers::javas() {
        let chosen = choices(&mtls, &java, &cases);
        for (case, probed) in cases.iter().zip(&probed) {
            for (manager, client) in
                [("SunX509", "java-sunx509"), ("NewSunX509", "java-newsunx509")]
            {
                if manager == "NewSunX509" && [rsa.port, old_rsa.port].contains(&case.port) {
                    // It wants the signatures in the chain to be of those kinds, too, which
                    // docs/probe.md says that probe does not judge.
                    continue;
                }
                let chosen = &chosen[&format!("{} {} {manager}", case.port, case.store)];
                let told = told(probed, client);
                let about = format!("{} {} {manager}: {told:?}", java.name, case.store);
                match told.iter().find(|(_, choice)| *choice == "sent") {
                    None => assert_eq!(chosen, "null", "{about}"),
                    // The default manager's order is that of a hash table.
                    Some(_) if manager == "SunX509" => {
                        let choice = told.get(chosen).map_or("none", String::as_str);
                        assert!(["sent", "another"].contains(&choice), "{about}: {chosen}");
                    }
                    Some((alias, _)) => assert_eq!(chosen, alias, "{about}"),
                }
            }
        }
    }
}

/// What a client is said to do with every entry.
fn told(probed: &Probed, client: &str) -> BTreeMap<String, String> {
    let entries = probed.report["client_certificate"]["entries"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            let alias = entry["alias"].as_str().unwrap();
            (alias.to_owned(), probed.choice(alias, client))
        })
        .collect()
}
