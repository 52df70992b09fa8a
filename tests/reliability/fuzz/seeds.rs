//! What the mutations begin with: small files of each format whose derivations ask for one iteration.
//!
//! They stand in `testdata/fuzz`, so that the inputs are the same on every machine, and were made here.

use crate::fuzz::mutate::without_mac;
use crate::fuzz::targets::{self, PASSWORD};
use crate::support::corpus;
use mwallet::codec::{self, Protect, Sealing, sso};
use mwallet::model::alias::Alias;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{EntryKind, KeyEntry, RequestEntry, SecretEntry, TrustedEntry};
use mwallet::model::format::Format;
use mwallet::model::key::{KeyMaterial, PrivateKey};
use mwallet::model::profile::Profile;
use mwallet::model::request::CertificateRequest;
use mwallet::model::trust::TrustFlags;
use mwallet::model::wallet::Wallet;
use mwallet::pki::starter::STARTERS;
use mwallet::secret::{Password, SecretBytes};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, PublicKeyData as _, RevocationReason, RevokedCertParams,
    SerialNumber, date_time_ymd,
};
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file of the corpus that is a seed, in bytes.
const LONGEST: usize = 4096;

/// Most files of the corpus for one target.
const FILES: usize = 40;

/// A CA, and a key with a certificate of it.
struct Made {
    key: KeyPair,
    leaf: rcgen::Certificate,
    root: rcgen::Certificate,
    request: Vec<u8>,
    revoked: Vec<u8>,
}

impl Made {
    fn new() -> Self {
        let (root_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CommonName, "Root");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = root.self_signed(&root_key).unwrap();
        let issuer = Issuer::new(root, root_key);
        let mut leaf = CertificateParams::new(["localhost".to_owned()]).unwrap();
        leaf.distinguished_name.push(DnType::OrganizationName, "Acme, \u{e9}");
        let request = leaf.serialize_request(&key).unwrap().der().to_vec();
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(2030, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(7),
                revocation_time: date_time_ymd(2026, 1, 1),
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let revoked = list.signed_by(&issuer).unwrap().der().to_vec();
        let leaf = leaf.signed_by(&key, &issuer).unwrap();
        Self { key, leaf, root: certificate, request, revoked }
    }

    fn wallet(&self) -> Wallet {
        let certificate = |made: &rcgen::Certificate| Certificate::from_der(made.der()).unwrap();
        let pkcs8 = SecretBytes::new(self.key.serialize_der());
        let mut wallet = Wallet::new();
        let key = KeyMaterial::Open(PrivateKey::from_pkcs8(pkcs8).unwrap());
        let chain = [&self.leaf, &self.root].map(|made| certificate(made).into()).into();
        let entry = EntryKind::from(KeyEntry { key, chain, request: None });
        wallet.push(Some(Alias::new("app".to_owned())), entry);
        let trusted =
            TrustedEntry { certificate: certificate(&self.root), flags: TrustFlags::default() };
        wallet.push(Some(Alias::new("root".to_owned())), EntryKind::TrustedCertificate(trusted));
        wallet
    }

    /// The wallet with what only some formats hold: a secret, and a key that waits for its certificate.
    fn full_wallet(&self) -> Wallet {
        let mut wallet = self.wallet();
        let secret =
            SecretEntry { name: "a.secret".to_owned(), value: SecretBytes::from(&b"value"[..]) };
        wallet.push(None, EntryKind::from(secret));
        let key = KeyPair::generate().unwrap();
        let asked = CertificateParams::new(["pending".to_owned()]).unwrap();
        let request = asked.serialize_request(&key).unwrap();
        let pkcs8 = SecretBytes::new(key.serialize_der());
        let pending = RequestEntry {
            key: KeyMaterial::Open(PrivateKey::from_pkcs8(pkcs8).unwrap()),
            request: CertificateRequest::from_der(request.der()).unwrap().into(),
        };
        wallet.push(Some(Alias::new("pending".to_owned())), EntryKind::from(pending));
        wallet
    }
}

/// The seeds of a target that have to open: those of `testdata`. Those of `pki` are the files to begin with,
/// which the program has itself.
pub(crate) fn of_testdata(target: &str) -> Vec<Vec<u8>> {
    if target == "pki" {
        return made(target);
    }
    let prefix = format!("{target}-");
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_str().unwrap().starts_with(&prefix))
        .map(|entry| entry.path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no seeds for {target}");
    files.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Makes the seeds of `testdata` anew, with other keys.
#[test]
#[ignore = "rewrites testdata/fuzz"]
fn make_the_seeds() {
    fs::create_dir_all(folder()).unwrap();
    for (target, _) in targets::ALL.iter().filter(|(target, _)| *target != "pki") {
        for (number, seed) in made(target).iter().enumerate() {
            fs::write(folder().join(format!("{target}-{number:02}")), seed).unwrap();
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/fuzz")
}

fn made(target: &str) -> Vec<Vec<u8>> {
    let made = Made::new();
    let wallet = made.wallet();
    let password = Password::from(PASSWORD);
    let encode = |format: Format, profile: Option<Profile>, protect: Protect<'_>| {
        let sealing = Sealing { protect, profile, iterations: Some(1), ..Sealing::default() };
        codec::encode(&wallet, format, &sealing, None).unwrap().to_vec()
    };
    let sealed = |format: Format| encode(format, None, Protect::Password(&password));
    match target {
        "pkcs12" => [vec![plain(&made.full_wallet())], pkcs12(&encode, &password)].concat(),
        "sso" => auto_login(&made, &pkcs12(&encode, &password)),
        "jks" => vec![sealed(Format::Jks)],
        "jceks" => vec![sealed(Format::Jceks)],
        "pem" => vec![sealed(Format::Pem), encode(Format::Pem, None, Protect::Nothing)],
        "bundle" => vec![
            encode(Format::Pkcs7, None, Protect::Nothing),
            [&made.leaf.der()[..], made.root.der()].concat(),
            encode(Format::Pem, None, Protect::Nothing),
            made.revoked.clone(),
            made.request.clone(),
        ],
        "csr" => vec![made.request.clone()],
        "crl" => vec![made.revoked.clone()],
        "certificate" => vec![made.leaf.der().to_vec(), made.root.der().to_vec()],
        "key" => vec![made.key.serialize_der(), made.key.subject_public_key_info()],
        "kubernetes" => vec![encode(Format::KubernetesSecret, None, Protect::Nothing)],
        "pki" => STARTERS.iter().map(|starter| starter.text.as_bytes().to_vec()).collect(),
        other => panic!("no seeds for {other}"),
    }
}

fn pkcs12(
    encode: &impl Fn(Format, Option<Profile>, Protect<'_>) -> Vec<u8>,
    password: &Password,
) -> Vec<Vec<u8>> {
    let mut seeds = vec![encode(Format::Pkcs12, None, Protect::Nothing)];
    for profile in Profile::ALL.into_iter().filter(|profile| *profile != Profile::JavaTrust) {
        let sealed = encode(Format::Pkcs12, Some(profile), Protect::Password(password));
        seeds.push(without_mac(&sealed));
        seeds.push(sealed);
    }
    seeds
}

/// A PKCS#12 file that nothing protects.
fn plain(wallet: &Wallet) -> Vec<u8> {
    let sealing = Sealing { protect: Protect::Nothing, ..Sealing::default() };
    codec::encode(wallet, Format::Pkcs12, &sealing, None).unwrap().to_vec()
}

/// A file as it is written, and its header in front of stores without a MAC.
fn auto_login(made: &Made, stores: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let wallet = made.full_wallet();
    let sealing = Sealing { iterations: Some(1), ..Sealing::default() };
    let mut seeds = Vec::new();
    for form in [sso::Form::Aes, sso::Form::Des] {
        let target = sso::Target { form, ..sso::Target::new(sso::Kind::Only) };
        let whole = sso::encode(&wallet, &target, &sealing, None).unwrap().to_vec();
        // Three bytes, the type, the version; then the length of the rest.
        let length = 12 + u32::from_be_bytes(whole[8..12].try_into().unwrap()) as usize;
        seeds.push([&whole[..length], &without_mac(&whole[length..])].concat());
        seeds.push([&whole[..length], &stores[0]].concat());
        seeds.push([&whole[..length], &plain(&wallet)].concat());
        seeds.push(whole);
    }
    seeds
}

/// Small files of the corpus, where it is there.
pub(crate) fn of_the_corpus(target: &str) -> Vec<Vec<u8>> {
    let formats: &[&str] = match target {
        "pkcs12" => &["p12"],
        "jks" => &["jks"],
        "jceks" => &["jceks"],
        "pem" => &["pem"],
        "bundle" => &["p7b", "pem"],
        "csr" => &["csr"],
        "crl" => &["crl"],
        "certificate" => &["cert"],
        "key" => &["key"],
        _ => &[],
    };
    let (_, run) = targets::ALL.iter().find(|(name, _)| *name == target).unwrap();
    let mut seeds = Vec::new();
    for format in formats {
        let Some((folder, rows)) = corpus::rows(format) else { return Vec::new() };
        let files = rows.iter().map(|row| fs::read(folder.join(&row.path)).unwrap());
        // What does not open would be refused with every change in it.
        let files: Vec<Vec<u8>> = files
            .map(|file| unframed(target, file))
            .filter(|file| (1..=LONGEST).contains(&file.len()) && run(file))
            .collect();
        assert!(!files.is_empty(), "no file of format {format} is a seed of {target}");
        // Evenly, because the files of one source stand together.
        let step = files.len().div_ceil(FILES);
        seeds.extend(files.into_iter().step_by(step));
    }
    seeds
}

/// Those of the seeds whose contents are not encrypted: of the others hardly any change is seen as such
/// behind the decryption. All, where the format encrypts nothing but keys.
pub(crate) fn in_the_clear(target: &str, seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let format = match target {
        "pkcs12" => Format::Pkcs12,
        "sso" => Format::Sso,
        _ => return seeds.to_vec(),
    };
    let password = Password::from(PASSWORD);
    let is_clear = |seed: &&Vec<u8>| {
        codec::decode(seed, format, &targets::opening(Some(&password))).is_ok_and(|decoded| {
            decoded.origin.encryption().iter().all(|one| one.algorithm == "none")
        })
    };
    let clear: Vec<Vec<u8>> = seeds.iter().filter(is_clear).cloned().collect();
    assert!(!clear.is_empty(), "every seed of {target} is encrypted");
    clear
}

/// What is in the first block of a file in PEM, for targets that read nothing but DER.
fn unframed(target: &str, file: Vec<u8>) -> Vec<u8> {
    if !["csr", "crl", "certificate", "key"].contains(&target) {
        return file;
    }
    pem::parse(&file).map_or(file, pem::Pem::into_contents)
}
