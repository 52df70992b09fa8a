//! What everybody who talks to a test PKI needs: its roots in every form, and where they are.

use crate::codec::{self, CodecError, Protect, Sealing, pem};
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::format::Format;
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::pki::manifest::{Environment, ListedFile};
use crate::pki::output::{self, public};
use crate::pki::spec::{Leaf, Spec};
use crate::pki::workshop::MadeFile;
use crate::secret::Password;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// The trust stores with these roots.
pub(super) fn files(
    roots: &[&Certificate],
    password: &Password,
    now: OffsetDateTime,
) -> Result<Vec<MadeFile>, CodecError> {
    let mut wallet = Wallet::new();
    for root in roots {
        output::trust(&mut wallet, root);
    }
    let sealing = |profile| Sealing {
        protect: Protect::Password(password),
        profile,
        iterations: None,
        now: Some(now),
        derived: None,
    };
    let p12 = codec::encode(&wallet, Format::Pkcs12, &sealing(Some(Profile::Modern)), None)?;
    let jks = codec::encode(&wallet, Format::Jks, &sealing(None), None)?;
    let (password_file, auto_login) = output::oracle(&wallet, &sealing(Some(Profile::Oracle23ai)))?;
    let bundle = pem::encode_certificates(roots, false).into_bytes();
    let open = |path: &str, content| MadeFile { path: path.to_owned(), content, public: true };
    Ok(vec![
        public("", "ca-bundle.pem", bundle),
        open("truststore.p12", p12),
        open("truststore.jks", jks),
        open("trust-wallet/ewallet.p12", password_file),
        open("trust-wallet/cwallet.sso", auto_login),
    ])
}

/// The name of the file that tells shells where everything is.
pub const ENVIRONMENT_FILE: &str = "env.sh";

/// `env.sh`, and how it is listed: where everything is, for shells that read it. `folder` is the output folder
/// from the root; a `PKI_DIR` from elsewhere counts only where that is gone, because a script cannot tell where
/// it lies.
#[must_use]
pub fn environment(spec: &Spec, folder: &str) -> (String, Environment) {
    let text = environment_text(spec, folder);
    let sha256 = Fingerprint::of(text.as_bytes());
    let file = ListedFile { path: ENVIRONMENT_FILE.to_owned(), sha256 };
    let anywhere = Fingerprint::of(environment_text(spec, "").as_bytes());
    (text, Environment { file, spec: Some(anywhere) })
}

fn environment_text(spec: &Spec, folder: &str) -> String {
    let mut text = format!(
        "# Written by mwallet pki build. Read it with: . env.sh\n\
         # Where the folder was moved, set PKI_DIR before.\n\
         if [ -d \"{0}\" ] || [ -z \"${{PKI_DIR:-}}\" ]; then PKI_DIR=\"{0}\"; fi\n\
         export PKI_DIR\n\
         export PKI_CA_BUNDLE=\"$PKI_DIR/ca-bundle.pem\"\n\
         export PKI_TRUSTSTORE_P12=\"$PKI_DIR/truststore.p12\"\n\
         export PKI_TRUSTSTORE_JKS=\"$PKI_DIR/truststore.jks\"\n\
         export PKI_TRUST_WALLET=\"$PKI_DIR/trust-wallet\"\n",
        escaped(folder)
    );
    // Those that are counted have names that are known, and may be too many for what a program can be given.
    let leaves = spec.leaves.iter().filter(|leaf| !leaf.counted);
    for Leaf { name, .. } in leaves {
        let _ = writeln!(text, "export {}=\"$PKI_DIR/{name}\"", variable(name)); // a String takes it
    }
    text
}

/// The variable of a leaf's folder.
pub(super) fn variable(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    format!("PKI_{name}_DIR")
}

/// The text inside double quotes of a POSIX shell.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        if matches!(c, '"' | '\\' | '$' | '`') {
            escaped.push('\\');
        }
        escaped.push(c);
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_shell_reads_the_folder_as_it_is() {
        assert_eq!(escaped("/a b/$x\"y`}"), "/a b/\\$x\\\"y\\`}");
    }
}
