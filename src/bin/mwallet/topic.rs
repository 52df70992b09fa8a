//! Help on what is not a verb.

/// Name, one line, and text of each topic.
pub(crate) const TOPICS: &[(&str, &str, &str)] = &[
    ("passwords", "where passwords come from", PASSWORDS),
    ("exit-codes", "what the exit status says", EXIT_CODES),
    ("formats", "what is read and written, and by which name", FORMATS),
    ("profiles", "how PKCS#12 files are protected, and who reads them", PROFILES),
    ("consumers", "the programs that --for knows, and what they want", CONSUMERS),
    ("pki-file", "the keys of a pki.toml, and what can be wrong on purpose", PKI_FILE),
    ("orapki", "what says here what orapki is told", OLD_TOOL),
    ("mkstore", "what says here what mkstore is told", OLD_TOOL),
    ("keytool", "what says here what keytool is told", OLD_TOOL),
];

/// The whole is made from the table of the old tool's commands.
const OLD_TOOL: &str = "";

const PASSWORDS: &str = "\
Passwords are never arguments: every user of the machine can see those. Without a flag mwallet asks
on the terminal, without echo, and twice for a new password. For scripts there are four sources:

  --password-stdin      all of stdin; one flag of a command can use it
  --password-file F     a file; a pipe or <(...) works as well
  --password-env VAR    a variable; set but empty is the empty password
  --password-fd N       an open file descriptor

One line end behind the password is stripped, nothing else: blanks belong to it. It must be UTF-8.

--password-* means the wallet that the command is about. With a prefix, the same four mean

  --new-password-*      the password that replaces the old one (passwd, autologin)
  --out-password-*      the file that is written (export, convert, merge)
  --src-password-*      a second wallet: B of merge and diff, a wallet that is CERT of match
  --ca-password-*       the wallet of --ca (verify, sign, crl, probe)
  --key-password-*      keys inside a store, or in a key file, that have one of their own

The values of `cred set` and `secret set` come in the same way: --value-stdin, --value-file F and
--value-env VAR; without one of them mwallet asks. One flag of a command can use stdin.

--new-no-password, --out-no-password, and --no-password of create, write files that anybody can
read. --no-password of every other verb opens a wallet that has no password, or the empty one.

A forgotten password: nothing recovers it, and nothing opens a PKCS#12 file without it. Where an
auto-login file lies beside the wallet, that opens without it: see `mwallet autologin recover`.
Without one, make a new key and ask for a new certificate.

New passwords of Oracle wallets need 8 characters, letters together with digits or symbols, because
Oracle's tools want it so; those of JKS and JCEKS, and of single keys, 6 characters, as keytool has it;
of other files any.
An empty one is refused everywhere. --allow-weak-password allows what is refused; --new-no-password
it does not, where the format has no form without one. Opening and editing have no rules.

EXAMPLES:
  mwallet list app-wallet --password-env WALLET_PASSWORD
  mwallet passwd app-wallet --password-file old.txt --new-password-file new.txt
  pass show app-wallet | mwallet list app-wallet --password-stdin
";

const EXIT_CODES: &str = "    0  done
    1  failed: input or output, or a format that cannot be read
    2  usage: the command line makes no sense, or a name means more than one entry
    3  findings: the report is complete, and has an error, a difference, or something that is due
    4  a password is missing or wrong
    5  not found: a file, a wallet, an entry
    6  refused: it would overwrite, lose or weaken something; the message names the flag
    7  network
    8  locked by another process
  130  interrupted; other signals give 128 and their number, so SIGTERM 143. A signal that comes when
       the save is done changes nothing: the status is that of the verb

With --json an error is one line on stderr:

  {\"error\":{\"code\":\"...\",\"message\":\"...\",\"hint\":\"...\",\"details\":{}}}

Codes are stable names such as password-wrong; scripts can rely on them.
";

/// What stands behind the list, which is made from the table.
const CONSUMERS: &str = "\
With --for these programs are named to `check`, which says what they have against a wallet, and to
`export` and `convert`, which write what they read. docs/consumers.md has the sources.

EXAMPLES:
  mwallet check app-wallet --for oracle-utl-http
  mwallet convert app-wallet app.p12 --for java17
";

/// What stands before the presets, which are listed from their table.
const PKI_FILE: &str = "\
A pki.toml has these keys at its top, and the tables [defaults], [ca.NAME] and [leaf.NAME]:

  version               1; it has to be there
  out                   the output folder, relative to the file and of no other file; else pki
  password_env          the variable with the password of every store, or password: the password
                        itself; one of the two has to be there
  now                   a clock that stands still: 2026-11-21T00:00:00Z

In a CA and in a leaf; [defaults] takes issuer, key, days, eku, outputs, profile and iterations. Its key
and days are those of leaves AND of CAs that say nothing else:

  like                  another table of the kind, whose keys are taken over
  dn                    the subject; else CN= and the name
  issuer                the CA that issues it, which a leaf has to name; a CA without one is a
                        root, and trusted
  key                   rsa:2048 to rsa:8192, ec:p256 (else), ec:p384, ec:p521, ed25519
  days                  else those of [defaults], else 30 for leaves and 3650 for CAs; nothing
                        outlives its issuer, and what is cut is warned of

In a CA alone:

  path_len              how many CAs may stand below it
  permitted_dns, excluded_dns  name constraints
  crl                   true: it has a revocation list

In a leaf alone:

  san                   dns:, ip:, email:, uri:; one or a list, as are the next two
  eku                   server, client, code, email, time, ocsp, any, or an OID; else none
  outputs               pem, der, p12, jks, oracle, k8s; else pem, which is always there
  profile, iterations   how p12 and oracle are protected: mwallet help profiles
  alias                 in stores; else the name
  count                 so many of them, with numbers behind the name: many-0001; env.sh has no
                        variables of them
  bad                   what is wrong with it on purpose, one of these:

";

/// What stands behind the presets.
pub(crate) const PKI_FILE_EXAMPLE: &str = r#"
A build writes into the output folder:

  NAME/                 of a CA: cert.pem, cert.der, key.pem, and with crl crl.pem, crl.der; of a leaf:
                        cert.pem, chain.pem, fullchain.pem, key.pem, and as its outputs say NAME.p12,
                        NAME.jks, wallet/, NAME.yaml, cert.der, key.der
  ca-bundle.pem         the roots; also truststore.p12, truststore.jks, trust-wallet/
  env.sh                variables with the paths, for shells
  manifest.json         every file, and what must be said of each certificate

EXAMPLES:
  mwallet pki init pki.toml && PKI_PASSWORD=changeit1 mwallet pki build pki.toml

  with this in pki.toml, or what `pki init` writes:

    version = 1
    password_env = "PKI_PASSWORD"

    [ca.root]

    [ca.issuing]
    issuer = "root"
    crl = true

    [leaf.server]
    issuer = "issuing"
    san = ["dns:localhost", "ip:127.0.0.1"]
    eku = "server"
    outputs = ["p12", "jks"]

    [leaf.revoked]
    like = "server"
    bad = "revoked"
"#;

const FORMATS: &str = "\
The content of a file says what it is; of a file that `convert` writes, the ending of its name does, or
--to, or --for.

  format             read  edited  --to         endings              what it holds
  pkcs12             yes   yes     p12          .p12 .pfx .pkcs12    keys, chains, trusted certificates
                                   oracle       none: a directory    the same, and secrets
  sso                yes   yes     autologin on cwallet.sso          the same without a password
  jks                yes   yes     jks          .jks                 keys, chains, trusted certificates
  jceks              yes   yes     jceks        .jceks               the same, and secret keys, which are kept
  pem                yes   no      pem          .pem .crt            all but secrets; --split makes a folder
                                   ewallet-pem  ewallet.pem          one key, for Oracle's thin drivers
  certificate        yes   no      der          .der .cer            one certificate
  private-key        yes   no      der          .der, with --key-only  one key
  pkcs7              yes   no      p7b          .p7b .p7c            certificates
  request, crl       yes   no                                        one of them
  kubernetes-secret  yes   no      k8s          .yaml .yml           one key in the clear, or a store

What is not edited is read, converted and written anew. A certificate that no key in the file has counts as
trusted there, because nothing says more of it. Key stores of Bouncy Castle (BKS, BCFKS, UBER), archives and
SSH keys are named and not read.

EXAMPLES:
  mwallet inspect FILE
  mwallet convert app.jks app.p12
  mwallet convert app.p12 chain.p7b --no-key
";

const PROFILES: &str = "  oracle-23ai   Oracle's layout, AES-256; the default of wallet directories; orapki 19c to 23ai
  oracle-12c    Oracle's layout, AES-128, as orapki -compat_v12 writes it
  oracle-11g    Oracle's layout, 3DES; the safest for old Oracle clients
  modern        AES-256, SHA-256; the default of .p12 files; Java 8u301+, OpenSSL 1.1+, Windows 2019+
  compat        3DES, SHA-1; every reader that was measured; old Java, Windows 2016, older macOS
  pbmac1        as modern with the MAC of RFC 9579; OpenSSL 3.4+, Java 26+, Bouncy Castle
  java-trust    no encryption, no MAC; trusted certificates for Java 18+
  legacy-rc2    RC2-40 and 3DES; only for readers that know nothing else

An edit keeps the profile of the file. `mwallet inspect FILE` shows it, and who can read the file.

EXAMPLES:
  mwallet create app.p12 --profile compat
  mwallet export app-wallet --to p12 --profile modern --out app.p12
";

#[cfg(test)]
mod tests {
    use super::{PKI_FILE, PROFILES};
    use mwallet::model::profile::Profile;
    use mwallet::pki::spec::Output;

    #[test]
    fn every_profile_is_explained() {
        for profile in Profile::ALL {
            assert!(PROFILES.contains(&format!("  {profile} ")), "{profile}");
        }
    }

    #[test]
    fn every_output_of_a_pki_file_is_named() {
        let outputs = Output::ALL.map(|(_, word)| word).join(", ");
        assert!(PKI_FILE.contains(&outputs), "{outputs}");
    }
}
