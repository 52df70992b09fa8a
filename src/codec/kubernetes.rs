//! Secrets of Kubernetes, as the manifests that `kubectl` applies and prints.
//!
//! ```text
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: "app"
//! type: kubernetes.io/tls      or Opaque
//! data:                        base64, RFC 4648 section 4
//!   tls.crt: "..."             PEM: the certificate and its issuers
//!   tls.key: "..."             PEM: PKCS#8, in the clear
//!   ca.crt: "..."              PEM: what is trusted
//!   keystore.jks: "..."        a whole store, in a Secret of type Opaque
//! ```
//!
//! The API reference of Kubernetes, `Secret` v1 core; the keys of `kubernetes.io/tls` are
//! prescribed, `ca.crt` beside them is cert-manager's and nginx-ingress's.

mod json;
mod name;
mod yaml;

use crate::code::Code;
use crate::codec::detect::text::{Text, find};
use crate::codec::private_key::{self, KeyCover};
use crate::codec::{self, CodecError, Decoded, Opening, Origin, Protect, Sealing, Warning, pem};
use crate::crypto::kdf::Budget;
use crate::model::alias::Alias;
use crate::model::entry::{Entry, EntryKind, KeyEntry};
use crate::model::format::Format;
use crate::model::wallet::Wallet;
use crate::secret::SecretBytes;

/// The name of the certificate of a key and its issuers.
const CERTIFICATE: &str = "tls.crt";
/// The names under which certificates are trusted and belong to no key.
const TRUSTED: [&str; 3] = ["ca.crt", "ca.pem", "truststore.pem"];

/// What a manifest says besides the wallet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manifest<'a> {
    /// The name of the Secret; else the alias of the key, as Kubernetes can take it.
    pub name: Option<&'a str>,
    /// The namespace; else that of whoever applies it.
    pub namespace: Option<&'a str>,
    /// Puts a store of this format into the Secret instead of PEM.
    pub store: Option<Format>,
}

/// A Secret out of a manifest.
struct Secret<'t> {
    name: Option<&'t str>,
    values: Vec<(&'t str, SecretBytes)>,
}

/// Writes a Secret: of the type `kubernetes.io/tls` for a wallet with one key, else `Opaque`. Nobody
/// could decrypt the key of the former, so it is in the clear.
///
/// # Errors
///
/// [`CodecError::NotOne`] for several keys where no store is asked for,
/// [`CodecError::KubernetesName`], [`CodecError::KeyLocked`], [`CodecError::FormatUnsupported`] for a
/// password where no store is asked for, and what the format of the store says.
pub fn encode(
    wallet: &Wallet,
    manifest: &Manifest<'_>,
    sealing: &Sealing<'_>,
) -> Result<SecretBytes, CodecError> {
    let keys: Vec<(&Entry, &KeyEntry)> = wallet
        .entries()
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::PrivateKey(key) if !key.chain.is_empty() => Some((entry, &**key)),
            _ => None,
        })
        .collect();
    let role = if keys.is_empty() { "truststore" } else { "keystore" };
    let mut data: Vec<(String, SecretBytes)> = Vec::new();
    let mut kind = "Opaque";
    if let Some(format) = manifest.store {
        let ending = if format == Format::Pkcs12 { "p12" } else { format.name() };
        let store = codec::encode(wallet, format, sealing, None)?;
        data.push((format!("{role}.{ending}"), store));
    } else {
        match &keys[..] {
            [] => {}
            [(entry, key)] => {
                if matches!(sealing.protect, Protect::Password(_)) {
                    let what = "a Secret of Kubernetes whose key has a password".to_owned();
                    return Err(CodecError::FormatUnsupported { what, verb: "written" });
                }
                kind = "kubernetes.io/tls";
                let key = private_key::open(wallet, entry, &key.key)?;
                let chain = pem::public_part(entry).into_bytes();
                data.push((CERTIFICATE.to_owned(), SecretBytes::new(chain)));
                data.push(("tls.key".to_owned(), KeyCover::new(sealing).pem(key)?));
            }
            keys => return Err(CodecError::NotOne { what: "key", found: keys.len() }),
        }
        let trusted = pem::trusted(wallet);
        if !trusted.is_empty() {
            data.push(("ca.crt".to_owned(), SecretBytes::new(trusted.into_bytes())));
        }
    }
    let alias = match &keys[..] {
        [(entry, _)] => entry.alias.as_ref().map(Alias::as_str),
        _ => None,
    };
    let name = match manifest.name {
        Some(given) => name::checked_name(given)?.to_owned(),
        None => name::label_of(alias.unwrap_or(role)).unwrap_or_else(|| role.to_owned()),
    };
    let namespace = manifest.namespace.map(name::checked_namespace).transpose()?;
    Ok(write(&name, namespace, kind, &data))
}

/// Every value is quoted and none has a character that YAML would have to escape.
fn write(
    name: &str,
    namespace: Option<&str>,
    kind: &str,
    data: &[(String, SecretBytes)],
) -> SecretBytes {
    let text = |text: String| SecretBytes::new(text.into_bytes());
    let namespace =
        namespace.map_or_else(String::new, |space| format!("  namespace: \"{space}\"\n"));
    let mut parts = vec![text(format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"{name}\"\n{namespace}type: {kind}\ndata:\n"
    ))];
    for (key, value) in data {
        parts.push(text(format!("  {key}: \"")));
        parts.push(pem::base64(value));
        parts.push(text("\"\n".to_owned()));
    }
    pem::joined(&parts)
}

/// Whether a text is the manifest of a Secret, or of a list that may hold some.
pub(in crate::codec) fn is_manifest(text: &[u8]) -> bool {
    if text.trim_ascii_start().starts_with(b"{") {
        let after_kind = |at: usize| {
            let rest = text[at + b"\"kind\"".len()..].trim_ascii_start();
            let value = rest.strip_prefix(b":").map(<[u8]>::trim_ascii_start);
            value.is_some_and(|value| {
                value.starts_with(b"\"Secret\"") || value.starts_with(b"\"List\"")
            })
        };
        let has_version = find(text, b"\"apiVersion\"").is_some();
        let mut at = 0;
        while has_version && let Some(found) = find(&text[at..], b"\"kind\"") {
            if after_kind(at + found) {
                return true;
            }
            at += found + 1;
        }
        return false;
    }
    let (mut has_version, mut has_kind) = (false, false);
    for line in text.split(|byte| *byte == b'\n') {
        has_version |= line.starts_with(b"apiVersion:");
        has_kind |= line.strip_prefix(b"kind:").is_some_and(|kind| {
            let kind = kind.trim_ascii();
            [&b"Secret"[..], b"\"Secret\"", b"'Secret'", b"List"].contains(&kind)
        });
    }
    has_version && has_kind
}

/// Reads the Secrets of a manifest as one wallet: every value that is PEM, DER or a store. A key
/// without an alias takes the name of its Secret.
///
/// # Errors
///
/// [`CodecError::Damaged`] for a manifest that is not understood, [`CodecError::FormatUnsupported`]
/// for a list, and what the values say.
pub(in crate::codec) fn decode(
    bytes: &[u8],
    opening: &Opening<'_>,
    budget: &Budget,
) -> Result<Decoded, CodecError> {
    let text = Text::of(bytes);
    let mut warnings = Vec::new();
    let mut wallet = Wallet::new();
    for secret in &read(&text, &mut warnings)? {
        add(secret, opening, budget, &mut wallet, &mut warnings)?;
    }
    Warning::cap(&mut warnings);
    Ok(Decoded { wallet, origin: Origin::Loose(Format::KubernetesSecret), warnings })
}

/// The values of a manifest that seem to hold something, those that belong together side by side and without
/// what they are called; and what is to be said of the others.
///
/// # Errors
///
/// As [`decode`], of the manifest itself.
pub(in crate::codec) fn values(
    bytes: &[u8],
) -> Result<(Vec<Vec<SecretBytes>>, Vec<Warning>), CodecError> {
    let text = Text::of(bytes);
    let (mut values, mut warnings) = (Vec::new(), Vec::new());
    for secret in read(&text, &mut warnings)? {
        let (together, apart) = sorted(&secret, &mut warnings);
        values.push(together.into_iter().cloned().collect());
        values.extend(apart.into_iter().map(|value| vec![value.clone()]));
    }
    Ok((values, warnings))
}

fn read<'t>(text: &'t [u8], warnings: &mut Vec<Warning>) -> Result<Vec<Secret<'t>>, CodecError> {
    let text = std::str::from_utf8(text).map_err(|_| damaged("it is not UTF-8".to_owned()))?;
    if text.trim_start().starts_with('{') {
        return Ok(vec![json::read(text)?]);
    }
    yaml::read(text, warnings)
}

/// The values of a Secret: PEM that may be spread over several, the certificate in one, its key in the
/// next; and what stands for itself.
fn sorted<'s>(
    secret: &'s Secret<'_>,
    warnings: &mut Vec<Warning>,
) -> (Vec<&'s SecretBytes>, Vec<&'s SecretBytes>) {
    let (mut together, mut apart) = (Vec::new(), Vec::new());
    for (key, value) in &secret.values {
        match codec::detect(value) {
            // The order of the values says nothing, so that a reader may take the pair first.
            Some(Format::Pem) if *key == CERTIFICATE => together.insert(0, value),
            Some(Format::Pem) if !TRUSTED.contains(key) => together.push(value),
            Some(format) if format != Format::KubernetesSecret => apart.push(value),
            _ => warnings.push(Warning {
                code: Code::BLOCK_SKIPPED,
                message: format!("{key}: neither a store nor certificates or keys"),
            }),
        }
    }
    (together, apart)
}

/// Adds what a Secret holds.
fn add(
    secret: &Secret<'_>,
    opening: &Opening<'_>,
    budget: &Budget,
    wallet: &mut Wallet,
    warnings: &mut Vec<Warning>,
) -> Result<(), CodecError> {
    let (together, apart) = sorted(secret, warnings);
    let line_end = SecretBytes::from(&b"\n"[..]);
    let parts: Vec<SecretBytes> =
        together.into_iter().flat_map(|part| [part.clone(), line_end.clone()]).collect();
    let together = pem::joined(&parts);
    let values = (!together.is_empty()).then_some(&together).into_iter().chain(apart);
    for value in values {
        let format = codec::detect(value).ok_or(CodecError::FormatUnknown)?;
        let decoded = codec::decode_within(value, None, format, opening, budget)?;
        let is_ordered = secret.values.iter().any(|(key, _)| *key == CERTIFICATE);
        let matters = |one: &Warning| is_ordered || one.code != Code::CHAIN_DISORDERED;
        warnings.extend(decoded.warnings.into_iter().filter(matters));
        for mut entry in decoded.wallet.into_entries() {
            if entry.alias.is_none() && entry.key().is_some() {
                entry.alias = secret.name.map(Alias::new);
            }
            wallet.adopt(entry);
        }
    }
    Ok(())
}

fn damaged(what: String) -> CodecError {
    CodecError::Damaged { format: Format::KubernetesSecret, what }
}

/// A value of `data`.
fn from_base64(key: &str, value: &[u8]) -> Result<SecretBytes, CodecError> {
    // Never grown, so that all of it is wiped.
    let mut base64 = zeroize::Zeroizing::new(Vec::with_capacity(value.len()));
    base64.extend(value.iter().filter(|byte| !byte.is_ascii_whitespace()));
    if base64.is_empty() {
        return Ok(SecretBytes::default());
    }
    pem::decode(&base64).ok_or_else(|| damaged(format!("{key}: the base64 is damaged")))
}

fn list_refused() -> CodecError {
    let what = "a list of manifests (get one Secret by its name)".to_owned();
    CodecError::FormatUnsupported { what, verb: "read" }
}

#[cfg(test)]
mod tests {
    use crate::codec::{self, CodecError, Opening, Protect, Sealing, pem};
    use crate::limits;
    use crate::model::certificate::Certificate;
    use crate::model::entry::{EntryKind, TrustedEntry};
    use crate::model::format::Format;
    use crate::model::trust::TrustFlags;
    use crate::model::wallet::Wallet;
    use crate::secret::Password;

    #[test]
    fn the_stores_of_one_manifest_share_one_budget() {
        let key = rcgen::KeyPair::generate().unwrap();
        let made = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        let certificate = Certificate::from_der(made.der()).unwrap();
        let trusted = TrustedEntry { certificate, flags: TrustFlags::default() };
        let mut wallet = Wallet::new();
        wallet.push(None, EntryKind::TrustedCertificate(trusted));
        let password = Password::from("changeit");
        let protect = Protect::Password(&password);
        // One for the MAC, one for the certificates.
        let sealing = Sealing { protect, iterations: Some(1000), ..Sealing::default() };
        let store = codec::encode(&wallet, Format::Pkcs12, &sealing, None).unwrap();
        let store = String::from_utf8(pem::base64(&store).to_vec()).unwrap();
        let manifest = |stores: usize| {
            let values: Vec<String> =
                (0..stores).map(|number| format!("  {number}.p12: {store}\n")).collect();
            format!("apiVersion: v1\nkind: Secret\ndata:\n{}", values.concat())
        };
        let opening = Opening { max_iterations: 1000, ..Opening::with(Some(&password)) };
        let decode =
            |text: String| codec::decode(text.as_bytes(), Format::KubernetesSecret, &opening);
        let most = usize::try_from(limits::ITERATION_BUDGET_FACTOR / 2).unwrap();
        assert_eq!(decode(manifest(most)).unwrap().wallet.entries().len(), most);
        assert!(matches!(decode(manifest(most + 1)), Err(CodecError::Limit { .. })));
    }
}
