//! Files of loose certificates and keys as openssl writes them, read as wallets: by the library and
//! by the program.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::code::Code;
use mwallet::codec::{self, CodecError, Decoded, Opening, Origin, Sealing};
use mwallet::digest::Fingerprint;
use mwallet::model::alias::Alias;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryKind, KeyEntry};
use mwallet::model::format::Format;
use mwallet::model::key::KeyMaterial;
use mwallet::secret::Password;
use support::authority::{Authority, CaKeys};
use support::peers::{self, Peer};
use support::scratch::Scratch;

const LEGACY: &str = "-provider legacy -provider default";

fn decode(bytes: impl AsRef<[u8]>, password: Option<&str>) -> Result<Decoded, CodecError> {
    let password = password.map(Password::from);
    let format = codec::detect(bytes.as_ref()).ok_or(CodecError::FormatUnknown)?;
    codec::decode(bytes.as_ref(), format, &Opening::with(password.as_ref()))
}

fn read(bytes: impl AsRef<[u8]>, password: Option<&str>) -> Decoded {
    decode(bytes, password).unwrap()
}

fn alias(entry: &Entry) -> Option<&str> {
    entry.alias.as_ref().map(Alias::as_str)
}

/// `kind alias`, entry by entry.
fn outline(decoded: &Decoded) -> Vec<String> {
    decoded
        .wallet
        .entries()
        .iter()
        .map(|entry| format!("{} {}", entry.kind.name(), alias(entry).unwrap_or("-")))
        .collect()
}

fn key_entry(entry: &Entry) -> &KeyEntry {
    match &entry.kind {
        EntryKind::PrivateKey(entry) => entry,
        other => panic!("{}", other.name()),
    }
}

fn names(entry: &Entry) -> Vec<String> {
    key_entry(entry)
        .chain
        .iter()
        .map(|link| link.certificate.subject().common_name().unwrap())
        .collect()
}

fn refusal(key: &KeyMaterial) -> Option<Code> {
    match key {
        KeyMaterial::Open(_) => None,
        KeyMaterial::Locked(locked) => locked.refusal,
    }
}

fn codes(decoded: &Decoded) -> Vec<&'static str> {
    decoded.warnings.iter().map(|warning| warning.code.name()).collect()
}

/// A CA with two leaves, `a` and `b`, of the same issuer, and everything that openssl makes of them.
struct Material {
    scratch: Scratch,
    openssl: Peer,
}

impl Material {
    #[track_caller]
    fn made() -> Option<Self> {
        let material = Self { scratch: Scratch::new(), openssl: peers::openssl()? };
        let ca = Authority::new(&material.scratch, &material.openssl, "ca", CaKeys::Ec);
        ca.issue("a");
        ca.issue("b");
        Some(material)
    }

    #[track_caller]
    fn openssl(&self, line: &str) -> String {
        String::from_utf8_lossy(&self.bytes(line)).into_owned()
    }

    #[track_caller]
    fn bytes(&self, line: &str) -> Vec<u8> {
        self.scratch.run(&self.openssl, line).ok().stdout
    }

    /// The PEM of each, one after the other.
    fn cat(&self, names: &[&str]) -> String {
        names.iter().map(|name| self.scratch.text(name)).collect()
    }

    /// Makes sure that the text holds the key whose public half this is, with the password only.
    #[track_caller]
    fn assert_opens(&self, text: impl AsRef<[u8]>, public: &[u8], what: &str) {
        let opened = read(&text, Some("secret"));
        let key = &key_entry(&opened.wallet.entries()[0]).key;
        let key = key.open().unwrap_or_else(|| panic!("{what}: {:?}", refusal(key)));
        self.scratch.write("opened.der", key.pkcs8());
        let ours = self.bytes("pkey -in opened.der -pubout -outform DER");
        assert_eq!(ours, public, "{what}");
        let closed = read(&text, None);
        let key = &key_entry(&closed.wallet.entries()[0]).key;
        assert_eq!(refusal(key), Some(Code::PASSWORD_MISSING), "{what}");
        // With the wrong one it is an error; with a wrong one for keys it stays locked.
        let error = decode(&text, Some("other")).unwrap_err();
        assert_eq!(error.code(), Code::PASSWORD_WRONG, "{what}");
        let format = codec::detect(text.as_ref()).unwrap();
        let key_passwords = &[Password::from("other")];
        let opening = Opening { key_passwords, ..Opening::with(None) };
        let closed = codec::decode(text.as_ref(), format, &opening).unwrap();
        let key = &key_entry(&closed.wallet.entries()[0]).key;
        assert_eq!(refusal(key), Some(Code::PASSWORD_WRONG), "{what}");
    }
}

#[test]
fn traditional_keys_open_in_every_cipher() {
    let Some(material) = Material::made() else { return };
    material.openssl("genrsa -traditional -out rsa.key 2048");
    material.openssl("ecparam -name prime256v1 -genkey -noout -out ec.key");
    material.openssl("dsaparam -genkey -noout -out dsa.key 1024");
    for (key, ciphers) in [
        ("rsa", &["des", "des3", "aes128", "aes192", "aes256", "rc2-cbc", "rc2-40-cbc"][..]),
        ("ec", &["aes256", "des-ede-cbc", "rc2-64-cbc"]),
        ("dsa", &["des3", "aes128"]),
    ] {
        let public = material.bytes(&format!("pkey -in {key}.key -pubout -outform DER"));
        for cipher in ciphers {
            let text = material.openssl(&format!(
                "pkey -in {key}.key -traditional -{cipher} -passout pass:secret {LEGACY}"
            ));
            assert!(text.contains("DEK-Info: "), "{text}");
            material.assert_opens(text, &public, &format!("{key} {cipher}"));
        }
    }
    let foreign =
        material.openssl("pkey -in rsa.key -traditional -camellia128 -passout pass:secret");
    let decoded = read(foreign, Some("secret"));
    let key = &key_entry(&decoded.wallet.entries()[0]).key;
    assert_eq!(refusal(key), Some(Code::ALGORITHM_UNSUPPORTED));
    assert!(decoded.warnings[0].message.contains("CAMELLIA-128-CBC"), "{:?}", decoded.warnings);
}

#[test]
fn pkcs8_keys_open_in_every_scheme() {
    let Some(material) = Material::made() else { return };
    let public = material.bytes("pkey -in a.key -pubout -outform DER");
    for scheme in [
        "-v1 PBE-MD5-DES",
        "-v1 PBE-SHA1-DES",
        "-v1 PBE-MD5-RC2-64",
        "-v1 PBE-SHA1-RC2-64",
        "-v1 PBE-SHA1-3DES",
        "-v2 aes-256-cbc -v2prf hmacWithSHA512",
        "-v2 des3",
        "-scrypt",
    ] {
        for form in ["PEM", "DER"] {
            let key = material.bytes(&format!(
                "pkcs8 -topk8 -in a.key {scheme} -outform {form} -passout pass:secret {LEGACY}"
            ));
            material.assert_opens(key, &public, &format!("{scheme} {form}"));
        }
    }
    // openssl has no MD2 any more: the identifier is enough to tell.
    let des = material.bytes(&format!(
        "pkcs8 -topk8 -in a.key -v1 PBE-MD5-DES -outform DER -passout pass:secret {LEGACY}"
    ));
    let oid = b"\x2A\x86\x48\x86\xF7\x0D\x01\x05\x03";
    let at = des.windows(oid.len()).position(|window| window == oid).unwrap();
    let mut md2 = des.clone();
    md2[at + oid.len() - 1] = 1;
    let decoded = read(md2, Some("secret"));
    assert_eq!(codes(&decoded), ["algorithm-unsupported"]);
    assert!(decoded.warnings[0].message.contains("pbeWithMD2AndDES-CBC"));
}

#[test]
fn pkcs12_in_the_schemes_of_pkcs5_is_read() {
    let Some(material) = Material::made() else { return };
    material.openssl(&format!(
        "pkcs12 -export -inkey a.key -in a.pem -name app -keypbe PBE-MD5-DES -certpbe PBE-SHA1-DES \
         -macalg sha1 -passout pass:secret -out a.p12 {LEGACY}"
    ));
    let decoded = read(material.scratch.read("a.p12"), Some("secret"));
    assert_eq!(outline(&decoded), ["private-key app"]);
    assert_eq!(names(&decoded.wallet.entries()[0]), ["a"]);
    assert!(key_entry(&decoded.wallet.entries()[0]).key.open().is_some());
    let named: Vec<String> =
        decoded.origin.encryption().into_iter().map(|one| one.algorithm).collect();
    assert_eq!(named, ["PBE-SHA1-DES", "PBE-MD5-DES"]);
}

#[test]
fn keys_find_their_certificates_and_issuers_whatever_the_order() {
    let Some(material) = Material::made() else { return };
    let text =
        material.cat(&["ca/root.pem", "a.key", "b.pem", "ca/intermediate.pem", "a.pem", "b.key"]);
    let decoded = read(text, None);
    assert!(matches!(decoded.origin, Origin::Loose(Format::Pem)));
    assert_eq!(outline(&decoded), ["private-key -", "private-key -"]);
    let entries = decoded.wallet.entries();
    assert_eq!(names(&entries[0]), ["a", "Issuing-ca", "Root-ca"]);
    assert_eq!(names(&entries[1]), ["b", "Issuing-ca", "Root-ca"]);
    assert_eq!(codes(&decoded), [""; 0]);

    // What is in no chain is trusted, and what stands twice is there once.
    let text = material.cat(&["a.pem", "b.pem", "ca/root.pem", "b.pem", "a.key", "a.key"]);
    let decoded = read(text, None);
    let kinds = ["private-key -", "trusted-certificate -", "trusted-certificate -"];
    assert_eq!(outline(&decoded), kinds);
    assert_eq!(names(&decoded.wallet.entries()[0]), ["a"], "its issuer is not there");
}

#[test]
fn requests_go_to_their_keys() {
    let Some(material) = Material::made() else { return };
    let pending = read(material.cat(&["a.csr", "a.key"]), None);
    assert_eq!(outline(&pending), ["request -"]);
    let answered = read(material.cat(&["a.csr", "a.key", "a.pem"]), None);
    assert_eq!(outline(&answered), ["private-key -"]);
    assert!(key_entry(&answered.wallet.entries()[0]).request.is_some());

    let alone = read(material.bytes("req -in a.csr -outform DER"), None);
    assert_eq!(alone.origin.format(), Format::Request);
    let EntryKind::Opaque(opaque) = &alone.wallet.entries()[0].kind else { panic!("not opaque") };
    assert_eq!(
        (opaque.format, &opaque.description[..]),
        (Format::Request, "request without its key")
    );
    assert_eq!(opaque.raw[..], material.bytes("req -in a.csr -outform DER"));
}

#[test]
fn a_closed_key_is_never_given_a_certificate_that_may_not_be_its() {
    let Some(material) = Material::made() else { return };
    let locked = material.openssl("pkcs8 -topk8 -in a.key -passout pass:secret");
    let text = locked + &material.scratch.text("a.pem");
    let closed = read(&text, None);
    assert_eq!(outline(&closed), ["private-key -", "trusted-certificate -"]);
    assert_eq!(codes(&closed), ["key-locked"]);
    let opened = read(&text, Some("secret"));
    assert_eq!(outline(&opened), ["private-key -"]);
    assert_eq!(names(&opened.wallet.entries()[0]), ["a"]);
}

#[test]
fn output_of_openssl_pkcs12_keeps_its_names() {
    let Some(material) = Material::made() else { return };
    material.openssl(
        "pkcs12 -export -inkey a.key -in a.pem -certfile ca/root.pem -name my-app \
         -caname my-root -passout pass:secret -out a.p12",
    );
    for (flags, is_open) in [("-nodes", true), ("-passout pass:other", false)] {
        let text = material.bytes(&format!("pkcs12 -in a.p12 -passin pass:secret {flags}"));
        let decoded = read(text, None);
        // The localKeyID tells whose certificate it is, even of a key that is closed.
        assert_eq!(outline(&decoded), ["private-key my-app", "trusted-certificate my-root"]);
        assert_eq!(names(&decoded.wallet.entries()[0]), ["a"]);
        let key = &key_entry(&decoded.wallet.entries()[0]).key;
        assert_eq!(key.open().is_some(), is_open);
        assert!(key_entry(&decoded.wallet.entries()[0]).chain[0].alias.is_none());
    }
    let text = material.bytes("pkcs12 -in a.p12 -passin pass:secret -nokeys -cacerts");
    assert_eq!(outline(&read(text, None)), ["trusted-certificate my-root"]);
}

#[test]
fn alias_of_a_trusted_certificate_of_openssl_is_kept() {
    let Some(material) = Material::made() else { return };
    let text = material.openssl("x509 -in ca/root.pem -trustout -setalias An-Chör");
    assert!(text.contains("BEGIN TRUSTED CERTIFICATE"));
    let decoded = read(&text, None);
    assert_eq!(outline(&decoded), ["trusted-certificate An-Chör"]);
    assert_eq!(codes(&decoded), [""; 0]);
    let text = material.openssl("x509 -in ca/root.pem -trustout -addreject emailProtection");
    assert_eq!(codes(&read(&text, None)), ["block-skipped"], "the settings are not kept");
    let plain =
        Certificate::from_der(&material.bytes("x509 -in ca/root.pem -outform DER")).unwrap();
    assert_eq!(*decoded.wallet.trusted().next().unwrap().1, plain);
}

#[test]
fn pkcs7_and_every_text_encoding_are_wallets() {
    let Some(material) = Material::made() else { return };
    material.scratch.write(
        "ca.cnf",
        "[ca]\ndefault_ca=a\n[a]\ndatabase=index\ndefault_md=sha256\ncrlnumber=n\n",
    );
    material.scratch.write("index", "");
    material.scratch.write("n", "01\n");
    material.openssl(
        "ca -config ca.cnf -gencrl -crldays 30 -keyfile ca/root.key -cert ca/root.pem -out ca.crl",
    );
    let certificates = "-certfile a.pem -certfile ca/intermediate.pem -certfile ca/root.pem";
    for form in ["PEM", "DER"] {
        let bytes = material.bytes(&format!("crl2pkcs7 -in ca.crl {certificates} -outform {form}"));
        let decoded = read(&bytes, None);
        assert_eq!(decoded.wallet.trusted().count(), 3, "{form}");
        let EntryKind::Opaque(list) = &decoded.wallet.entries()[3].kind else { panic!("{form}") };
        assert_eq!((list.format, &list.description[..]), (Format::Crl, "revocation list"));
        assert_eq!(list.raw[..], material.bytes("crl -in ca.crl -outform DER"));
        let name = format!("chain-{form}");
        material.scratch.write(&name, &bytes);
        let report = material.scratch.mwallet("list").arg(&name).json();
        assert_eq!(report["format"], if form == "PEM" { "pem" } else { "pkcs7" });
        assert_eq!(report["entries"].as_array().unwrap().len(), 4);
        assert_eq!(report["entries"][3]["description"], "revocation list");
    }
    let text = material.cat(&["a.key", "a.pem", "ca/intermediate.pem"]);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xFF, 0xFE][..], &wide].concat();
    for (name, bytes) in [
        ("utf16", wide),
        ("utf16-bom", marked),
        ("bom", format!("\u{FEFF}{text}").into_bytes()),
        ("crlf", text.replace('\n', "\r\n").into_bytes()),
        ("mail", format!("Dear all,\n\n{text}\n-- \nBye\n").into_bytes()),
    ] {
        assert_eq!(names(&read(&bytes, None).wallet.entries()[0]), ["a", "Issuing-ca"], "{name}");
        material.scratch.write(name, bytes);
        let report = material.scratch.mwallet("list").arg(name).json();
        assert_eq!(report["entries"][0]["alias"], "a", "{name}");
        assert!(report["warnings"].to_string().contains("framing-lenient"), "{name}");
    }
}

#[test]
fn marked_entries_come_back_as_they_were() {
    let Some(material) = Material::made() else { return };
    let scratch = &material.scratch;
    let locked = material.openssl("pkcs8 -topk8 -in b.key -passout pass:secret");
    let (chain, root) =
        (material.cat(&["ca/intermediate.pem", "ca/root.pem"]), scratch.text("ca/root.pem"));
    let text = format!(
        "Entry: trusted-certificate\nAlias: \" odd\\u002d----\"\n{root}\n\
         Entry: private-key\nAlias: app\nsubject=CN=a\n{}{chain}{}\n\
         Entry: private-key\nAlias: closed\n{}{chain}{locked}\n\
         Entry: request\nAlias: asked\n{}{}\n\
         Entry: trusted-certificate\n{root}\n\
         Entry: private-key\nAlias: bare\n{}",
        scratch.text("a.pem"),
        scratch.text("a.key"),
        scratch.text("b.pem"),
        scratch.text("a.csr"),
        scratch.text("a.key"),
        scratch.text("ca/root.key"),
    );
    let decoded = read(&text, None);
    let wanted = [
        "trusted-certificate  odd-----",
        "private-key app",
        "private-key closed",
        "request asked",
        "trusted-certificate -",
        "private-key bare",
    ];
    assert_eq!(outline(&decoded), wanted);
    assert_eq!(codes(&decoded), [""; 0], "{:?}", decoded.warnings);
    let entries = decoded.wallet.entries();
    assert_eq!(names(&entries[1]), ["a", "Issuing-ca", "Root-ca"]);
    assert_eq!(names(&entries[2]), ["b", "Issuing-ca", "Root-ca"]);
    assert_eq!(refusal(&key_entry(&entries[2]).key), Some(Code::PASSWORD_MISSING));
    assert!(key_entry(&entries[5]).chain.is_empty());
    assert_eq!(outline(&read(text.replace('\n', "\r\n"), None)), wanted);

    // The same file twice is the same wallet; what follows without headers finds its own place.
    let twice = read(format!("{text}{text}"), None);
    assert_eq!(outline(&twice), wanted);
    let appended = read(format!("{text}{}", material.cat(&["b.key", "b.pem"])), None);
    assert_eq!(outline(&appended)[..5], wanted[..5]);
    assert_eq!(appended.wallet.entries().len(), 7);
    assert_eq!(names(&appended.wallet.entries()[6]), ["b"]);
}

#[test]
fn headers_that_lie_are_not_believed() {
    let Some(material) = Material::made() else { return };
    let blocks = |names: &[&str]| format!("Entry: private-key\nAlias: x\n{}", material.cat(names));
    let wrong = read(blocks(&["b.pem", "a.key"]), None);
    assert_eq!(outline(&wrong), ["trusted-certificate -", "private-key x"]);
    assert_eq!(codes(&wrong), ["key-mismatch", "block-skipped"]);
    let turned = read(blocks(&["a.key", "a.pem"]), None);
    assert_eq!(outline(&turned), ["private-key x"]);
    assert_eq!(names(&turned.wallet.entries()[0]), ["a"]);
    let keyless = read(blocks(&["a.pem"]), None);
    assert_eq!(outline(&keyless), ["trusted-certificate x"]);
    let request = format!("Entry: request\nAlias: y\n{}", material.cat(&["b.csr", "a.key"]));
    assert_eq!(outline(&read(request, None)), ["opaque -", "private-key y"]);
    let damaged = format!("Entry: request\nAlias: \"y\n{}", material.cat(&["a.csr", "a.key"]));
    assert_eq!(decode(damaged, None).unwrap_err().code(), Code::BUNDLE_INVALID);
}

#[test]
fn nothing_to_read_is_said() {
    let Some(material) = Material::made() else { return };
    let public = material.openssl("pkey -in a.key -pubout");
    assert_eq!(decode(&public, None).unwrap_err().code(), Code::BUNDLE_EMPTY);
    material.scratch.write("public.pem", &public);
    material.scratch.mwallet("list public.pem").fails(1, "bundle-empty");
    material.scratch.write("nothing.pem", "");
    material.scratch.mwallet("list nothing.pem").fails(1, "format-unknown");
}

#[test]
fn program_reads_loose_files_and_edits_none() {
    let Some(material) = Material::made() else { return };
    let scratch = &material.scratch;
    let locked = material.openssl("ec -in a.key -aes256 -passout pass:secret");
    assert!(locked.contains("Proc-Type: 4,ENCRYPTED"));
    scratch
        .write("app.pem", locked + &material.cat(&["a.pem", "ca/intermediate.pem", "ca/root.pem"]));
    scratch.set_mode("app.pem", 0o644);
    let before = scratch.picture(".");

    let closed = scratch.mwallet("list app.pem").json();
    assert_eq!((&closed["format"], &closed["layout"]), (&"pem".into(), &serde_json::Value::Null));
    assert_eq!(closed["entries"][0]["key"], "locked");
    assert_eq!(closed["entries"].as_array().unwrap().len(), 4);
    let warnings = closed["warnings"].to_string();
    assert!(
        warnings.contains("permissions-loose") && warnings.contains("key-locked"),
        "{warnings}"
    );

    let opened = scratch.mwallet("list app.pem").password("secret").json();
    assert_eq!(opened["entries"][0]["key"], "open");
    assert_eq!(opened["entries"][0]["alias"], "a");
    assert_eq!(opened["entries"].as_array().unwrap().len(), 1);
    let shown = scratch.mwallet("show app.pem a").key_password("secret").json();
    assert_eq!(shown["entries"][0]["chain"].as_array().unwrap().len(), 3, "{shown}");
    scratch.mwallet("list app.pem").password("other").fails(4, "password-wrong");
    let other = scratch.mwallet("list app.pem").key_password("other").json();
    assert_eq!(other["entries"][0]["key"], "locked");
    scratch.mwallet("inspect app.pem").password("secret").ok().says("private-key");
    scratch.mwallet("check app.pem").password("secret").run().says("permissions-loose");

    scratch
        .mwallet("export app.pem --to p12 --out out.p12")
        .out_password("other-1")
        .fails(4, "key-locked");
    assert!(!scratch.exists("out.p12"));
    scratch.mwallet("rename app.pem a b").password("secret").fails(1, "format-unsupported");
    scratch.assert_unchanged(".", &before);

    scratch
        .mwallet("export app.pem --to p12 --out out.p12")
        .password("secret")
        .out_password("other-1")
        .ok();
    let written = read(scratch.read("out.p12"), Some("other-1"));
    assert_eq!(names(&written.wallet.entries()[0]), ["a", "Issuing-ca", "Root-ca"]);
    let leaf = material.bytes("x509 -in a.pem -outform DER");
    assert_eq!(
        written.wallet.certificates().next().unwrap().1.fingerprint(),
        Fingerprint::of(&leaf)
    );
}

#[test]
fn a_traditional_key_that_is_closed_goes_into_no_other_format() {
    let Some(material) = Material::made() else { return };
    material
        .openssl("pkcs12 -export -in a.pem -inkey a.key -name app -passout pass:secret -out a.p12");
    let store = read(material.scratch.read("a.p12"), Some("secret"));
    let sealing = Sealing::default();
    let encode = |text: String| {
        let mut wallet = store.wallet.clone();
        let loose = read(text, None).wallet.entries()[0].clone();
        wallet.push(loose.alias, loose.kind);
        codec::encode(&wallet, Format::Pkcs12, &sealing, Some(&store.origin))
    };
    let traditional = material.openssl("ec -in b.key -aes256 -passout pass:other");
    let refused = encode(traditional).unwrap_err();
    assert!(matches!(refused, CodecError::KeyLocked { .. }), "{refused}");
    let pkcs8 = material.openssl("pkcs8 -topk8 -in b.key -passout pass:other");
    assert_eq!(read(&*encode(pkcs8).unwrap(), Some("secret")).wallet.entries().len(), 2);
}
