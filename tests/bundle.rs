//! Certificate files as openssl and keytool write them, in the wrappings that people make of them.
#![allow(clippy::disallowed_methods, reason = "tests run other programs and read their files")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod support;

use mwallet::code::Code;
use mwallet::codec::bundle::{self, Bundle};
use mwallet::codec::{self, CodecError, Opening, pem};
use mwallet::model::certificate::Certificate;
use mwallet::model::format::Format;
use mwallet::model::key::KeyMaterial;
use mwallet::secret::Password;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use support::peers;
use tempfile::TempDir;

/// What openssl made: a CA, a leaf, their keys, in one folder.
struct Material(TempDir);

impl Material {
    /// Made once for all tests.
    fn made() -> Option<&'static Self> {
        static MADE: OnceLock<Option<Material>> = OnceLock::new();
        MADE.get_or_init(|| peers::openssl().map(|_| Self::make())).as_ref()
    }

    fn make() -> Self {
        let material = Self(TempDir::new().unwrap());
        for (name, text) in [
            ("ca.cnf", "[ca]\ndefault_ca=a\n[a]\ndatabase=index\ndefault_md=sha256\ncrlnumber=n\n"),
            ("index", ""),
            ("n", "01\n"),
        ] {
            fs::write(material.path(name), text).unwrap();
        }
        for command in [
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
             -subj /DC=com/DC=acme/CN=Root -days 30",
            "req -new -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=leaf",
            "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out leaf.pem",
            "x509 -in ca.pem -outform DER -out ca.der",
            "x509 -in leaf.pem -outform DER -out leaf.der",
            "req -in leaf.csr -outform DER -out leaf.csr.der",
            "ca -config ca.cnf -gencrl -crldays 30 -keyfile ca.key -cert ca.pem -out ca.crl",
            "crl -in ca.crl -outform DER -out ca.crl.der",
            "pkcs8 -topk8 -nocrypt -in leaf.key -outform DER -out leaf.p8",
            "ecparam -name secp384r1 -genkey -out ec.pem", // with EC PARAMETERS
            "ec -in ec.pem -outform DER -out ec.sec1",
            "rsa -in leaf.key -traditional -outform DER -out leaf.p1",
            "rsa -in leaf.key -traditional -out leaf.p1.pem",
            "crl2pkcs7 -in ca.crl -certfile leaf.pem -certfile ca.pem -outform DER -out all.p7b",
            "crl2pkcs7 -in ca.crl -certfile leaf.pem -certfile ca.pem -out all.p7b.pem",
        ] {
            material.openssl(command);
        }
        material
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// Runs openssl in the folder and returns what it prints.
    fn openssl(&self, arguments: &str) -> Vec<u8> {
        run(self.0.path(), "openssl", arguments, b"")
    }
}

fn run(folder: &Path, program: &str, arguments: &str, input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn read(bytes: impl AsRef<[u8]>) -> Bundle {
    bundle::read(bytes.as_ref(), &Opening::with(None)).unwrap()
}

fn read_with(bytes: &[u8], key_passwords: &[Password]) -> Bundle {
    bundle::read(bytes, &Opening { key_passwords, ..Opening::with(None) }).unwrap()
}

fn certificates(bundle: &Bundle) -> Vec<&[u8]> {
    bundle.certificates.iter().map(Certificate::der).collect()
}

fn warnings(bundle: &Bundle) -> Vec<(&str, &str)> {
    bundle.warnings.iter().map(|warning| (warning.code.name(), &warning.message[..])).collect()
}

fn open_key(bundle: &Bundle) -> &[u8] {
    bundle.keys[0].open().unwrap().pkcs8()
}

#[test]
fn every_framing_gives_the_same_certificates() {
    let Some(material) = Material::made() else { return };
    let plain = material.text("leaf.pem") + &material.text("ca.pem");
    let wanted = [material.read("leaf.der"), material.read("ca.der")];
    assert_eq!(warnings(&read(&plain)), []);

    let utf16 =
        |order: fn(u16) -> [u8; 2]| plain.encode_utf16().flat_map(order).collect::<Vec<_>>();
    let framings: [(&str, Vec<u8>, &str); 14] = [
        ("plain", plain.clone().into(), ""),
        ("no final newline", plain.trim_end().into(), ""),
        ("CRLF", plain.replace('\n', "\r\n").into(), "CRLF line ends"),
        ("CR", plain.replace('\n', "\r").into(), "CR line ends"),
        ("byte order mark", format!("\u{FEFF}{plain}").into(), "a byte order mark"),
        ("trailing blanks", plain.replace('\n', " \t\n").into(), "blanks around a line"),
        ("indented", plain.replace('\n', "\n    ").into(), "blanks around a line"),
        ("blank lines", plain.replace('\n', "\n\n").into(), "blank lines in a block"),
        ("glued", plain.replace("-----\n-----", "----------").into(), ""),
        ("one line", plain.replace('\n', " ").into(), "blanks around a line"),
        ("text", format!("Dear all,\n{plain}Bye\n").into(), "text outside the blocks"),
        (
            "headers",
            plain.replace("CERTIFICATE-----\nMII", "CERTIFICATE-----\nX-Note: a\n b\n\nMII").into(),
            "blanks around a line, headers in a block",
        ),
        ("UTF-16LE", utf16(u16::to_le_bytes), "UTF-16"),
        ("UTF-16BE", utf16(u16::to_be_bytes), "UTF-16"),
    ];
    for (name, bytes, note) in framings {
        assert_eq!(codec::detect(&bytes), Some(Format::Pem), "{name}");
        let bundle = read(&bytes);
        assert_eq!(certificates(&bundle), wanted, "{name}");
        let message = format!("lenient framing: {note}");
        let noted = [("framing-lenient", &message[..])];
        assert_eq!(warnings(&bundle), if note.is_empty() { &[][..] } else { &noted }, "{name}");
    }
    for mark in [[0xFF, 0xFE], [0xFE, 0xFF]] {
        let order = if mark[0] == 0xFF { u16::to_le_bytes } else { u16::to_be_bytes };
        let bytes = [&mark[..], &utf16(order)].concat();
        assert_eq!(certificates(&read(bytes)), wanted);
    }
}

#[test]
fn what_openssl_prints_around_blocks_is_passed_over_with_a_note() {
    let Some(material) = Material::made() else { return };
    let note = ("framing-lenient", "lenient framing: text outside the blocks");
    let text = material.openssl("x509 -in leaf.pem -text");
    assert_eq!(certificates(&read(&text)), [material.read("leaf.der")]);
    assert_eq!(warnings(&read(&text)), [note]);

    material.openssl(
        "pkcs12 -export -in leaf.pem -inkey leaf.key -certfile ca.pem -name x -passout pass:abc \
         -out a.p12",
    );
    let bags = material.openssl("pkcs12 -in a.p12 -passin pass:abc -nodes");
    assert!(String::from_utf8_lossy(&bags).contains("Bag Attributes"));
    let bundle = read(&bags);
    assert_eq!(certificates(&bundle), [material.read("leaf.der"), material.read("ca.der")]);
    assert_eq!(open_key(&bundle), material.read("leaf.p8"));
    assert_eq!(warnings(&bundle), [note]);
}

#[test]
fn every_label_is_read() {
    let Some(material) = Material::made() else { return };
    let renamed = |name: &str, from: &str, to: &str| {
        material.text(name).replace(&format!(" {from}-----"), &format!(" {to}-----"))
    };
    let bundle = read(renamed("leaf.pem", "CERTIFICATE", "X509 CERTIFICATE"));
    assert_eq!(certificates(&bundle), [material.read("leaf.der")]);
    for text in [
        material.text("leaf.csr"),
        renamed("leaf.csr", "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
    ] {
        assert_eq!(read(text).requests[0].der(), material.read("leaf.csr.der"));
    }
    assert_eq!(
        read(material.read("ca.crl")).revocation_lists[0].der(),
        material.read("ca.crl.der")
    );
    // orapki's export_trust_chain calls PKCS#7 a certificate.
    for label in ["PKCS7", "CMS", "CERTIFICATE"] {
        let bundle = read(renamed("all.p7b.pem", "PKCS7", label));
        assert_eq!(certificates(&bundle), [material.read("leaf.der"), material.read("ca.der")]);
        assert_eq!(bundle.revocation_lists.len(), 1);
        assert_eq!(warnings(&bundle), []);
    }
    let public = String::from_utf8(material.openssl("x509 -in leaf.pem -pubkey -noout")).unwrap();
    let bundle = read(public + &material.text("leaf.pem"));
    assert_eq!(bundle.certificates.len(), 1);
    let message = "block 1 (PUBLIC KEY, line 1): a label that is not known here";
    assert_eq!(warnings(&bundle), [("block-skipped", message)]);
}

#[test]
fn trust_settings_of_openssl_are_left_out_with_a_warning() {
    let Some(material) = Material::made() else { return };
    let trusted =
        material.openssl("x509 -in ca.pem -trustout -addtrust serverAuth -setalias anchor");
    assert!(trusted.starts_with(b"-----BEGIN TRUSTED CERTIFICATE-----"));
    let bundle = read(trusted);
    assert_eq!(certificates(&bundle), [material.read("ca.der")]);
    assert_eq!(warnings(&bundle)[0].0, "block-skipped");
}

#[test]
fn der_values_are_read_alone_and_one_after_the_other() {
    let Some(material) = Material::made() else { return };
    let read_one = |name: &str, format| {
        let bytes = material.read(name);
        assert_eq!(codec::detect(&bytes), Some(format), "{name}");
        assert_eq!(codec::detect(&bytes[..bytes.len() - 1]), Some(format), "{name} cut off");
        let cut = bundle::read(&bytes[..bytes.len() - 1], &Opening::with(None)).unwrap_err();
        assert_eq!(cut.code(), Code::BUNDLE_INVALID, "{name} cut off");
        let bundle = read(&bytes);
        assert_eq!(warnings(&bundle), [], "{name}");
        bundle
    };
    assert_eq!(read_one("leaf.csr.der", Format::Request).requests.len(), 1);
    assert_eq!(read_one("ca.crl.der", Format::Crl).revocation_lists.len(), 1);
    let message = read_one("all.p7b", Format::Pkcs7);
    assert_eq!(certificates(&message), [material.read("leaf.der"), material.read("ca.der")]);
    assert_eq!(message.revocation_lists.len(), 1);
    for name in ["leaf.p8", "leaf.p1"] {
        assert_eq!(open_key(&read_one(name, Format::PrivateKey)), material.read("leaf.p8"));
    }
    read_one("ec.sec1", Format::PrivateKey);

    let all = ["leaf.der", "all.p7b", "leaf.csr.der", "ca.crl.der", "leaf.p8"];
    let bundle = read(all.map(|name| material.read(name)).concat());
    assert_eq!(certificates(&bundle), [material.read("leaf.der"), material.read("ca.der")]);
    assert_eq!((bundle.requests.len(), bundle.revocation_lists.len()), (1, 2));
    assert_eq!(bundle.keys.len(), 1);
    assert_eq!(warnings(&bundle).len(), 1, "the leaf stands twice");

    let bundle = read([material.read("leaf.der"), b"\r\n".to_vec()].concat());
    assert_eq!(warnings(&bundle), [("trailing-bytes", "bytes after the last value: 2")]);
}

#[test]
fn ber_pkcs7_is_read_with_a_note() {
    let Some(material) = Material::made() else { return };
    material.openssl(
        "cms -sign -stream -nodetach -in leaf.csr -signer leaf.pem -inkey leaf.key \
         -certfile ca.pem -outform DER -out stream.p7m",
    );
    let bytes = material.read("stream.p7m");
    assert_eq!(bytes[..2], [0x30, 0x80], "openssl streams in indefinite length");
    assert_eq!(codec::detect(&bytes), Some(Format::Pkcs7));
    let bundle = read(&bytes);
    let mut found = certificates(&bundle);
    found.sort_unstable();
    let mut wanted = [&material.read("leaf.der")[..], &material.read("ca.der")];
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    assert_eq!(warnings(&bundle), [("encoding-not-der", "value at byte 0: PKCS#7 in BER")]);
}

#[test]
fn other_pkcs7_is_named() {
    let Some(material) = Material::made() else { return };
    material.openssl("cms -encrypt -in leaf.csr -outform DER -out enveloped.p7m leaf.pem");
    let error = bundle::read(&material.read("enveloped.p7m"), &Opening::with(None)).unwrap_err();
    assert_eq!(error.code(), Code::FORMAT_UNSUPPORTED);
    assert!(error.to_string().contains("1.2.840.113549.1.7.3"), "{error}");
}

#[test]
fn base64_without_armour_is_read_with_a_note() {
    let Some(material) = Material::made() else { return };
    for (name, line_ends) in [("leaf.der", "\n"), ("all.p7b", "\r\n"), ("leaf.pem", "")] {
        let base64 = run(material.0.path(), "openssl", "base64 -e", &material.read(name));
        let base64 = String::from_utf8(base64).unwrap().replace('\n', line_ends);
        assert_eq!(codec::detect(base64.as_bytes()), Some(Format::Pem), "{name}");
        let bundle = read(&base64);
        assert_eq!(certificates(&bundle)[0], material.read("leaf.der"), "{name}");
        let note = "lenient framing: base64 without BEGIN and END lines";
        assert_eq!(warnings(&bundle), [("framing-lenient", note)], "{name}");
    }
}

#[test]
fn traditional_keys_become_the_pkcs8_that_openssl_makes_of_them() {
    let Some(material) = Material::made() else { return };
    assert_eq!(open_key(&read(material.read("leaf.key"))), material.read("leaf.p8"));
    assert_eq!(open_key(&read(material.read("leaf.p1.pem"))), material.read("leaf.p8"));
    // openssl leaves the curve out of the inner key; the keys are the same all the same.
    let wanted = material.openssl("pkey -in ec.pem -pubout");
    assert!(material.text("ec.pem").contains("BEGIN EC PARAMETERS"));
    for name in ["ec.pem", "ec.sec1"] {
        let bundle = read(material.read(name));
        assert_eq!(warnings(&bundle), [], "{name}");
        assert_eq!(bundle.keys[0].open().unwrap().algorithm().to_string(), "ec:p384");
        let public =
            run(material.0.path(), "openssl", "pkey -inform DER -pubout", open_key(&bundle));
        assert_eq!(public, wanted, "{name}");
    }
    material.openssl("dsaparam -genkey -out dsa.pem 1024");
    material.openssl("dsa -in dsa.pem -out dsa.trad.pem");
    material.openssl("pkcs8 -topk8 -nocrypt -in dsa.pem -outform DER -out dsa.p8");
    for name in ["dsa.pem", "dsa.trad.pem"] {
        let bytes = material.text(name);
        let key =
            &bytes[bytes.find("-----BEGIN DSA PRIVATE").or(bytes.find("-----BEGIN P")).unwrap()..];
        assert_eq!(open_key(&read(key)), material.read("dsa.p8"), "{name}");
    }
}

#[test]
fn encrypted_keys_open_with_any_of_the_passwords_and_stay_locked_without() {
    let Some(material) = Material::made() else { return };
    for scheme in ["-v2 aes-256-cbc", "-v2 des3", "-scrypt", "-v1 PBE-SHA1-3DES"] {
        for form in ["PEM", "DER"] {
            let key = material.openssl(&format!(
                "pkcs8 -topk8 -in leaf.key {scheme} -outform {form} -passout pass:two"
            ));
            let bundle = read_with(&key, &["one".into(), "two".into()]);
            assert_eq!(open_key(&bundle), material.read("leaf.p8"), "{scheme} {form}");
            for (passwords, refusal) in
                [(&[][..], Code::PASSWORD_MISSING), (&["one".into()][..], Code::PASSWORD_WRONG)]
            {
                let bundle = read_with(&key, passwords);
                let KeyMaterial::Locked(locked) = &bundle.keys[0] else { panic!("{scheme} open") };
                assert_eq!(locked.refusal, Some(refusal), "{scheme} {form}");
                if form == "DER" {
                    assert_eq!(locked.raw, key);
                }
            }
        }
    }
}

#[test]
fn traditional_encrypted_key_is_opened_or_locked() {
    let Some(material) = Material::made() else { return };
    let key = String::from_utf8(
        material.openssl("rsa -in leaf.key -traditional -aes128 -passout pass:secret"),
    )
    .unwrap();
    assert!(key.contains("Proc-Type: 4,ENCRYPTED"));
    let refusal = |text: &str, passwords: &[Password]| {
        let bundle = read_with(text.as_bytes(), passwords);
        let KeyMaterial::Locked(locked) = &bundle.keys[0] else { panic!("open") };
        // The headers belong to it: nothing opens it without them.
        assert_eq!(locked.raw, text.as_bytes());
        (locked.refusal.unwrap(), warnings(&bundle).iter().any(|one| one.1.contains("ARIA-128")))
    };
    assert_eq!(refusal(&key, &[]), (Code::PASSWORD_MISSING, false));
    assert_eq!(refusal(&key, &["other".into()]), (Code::PASSWORD_WRONG, false));
    let other = key.replace("AES-128-CBC", "ARIA-128-CBC");
    assert_eq!(refusal(&other, &["secret".into()]), (Code::ALGORITHM_UNSUPPORTED, true));
    let bundle = read_with(key.as_bytes(), &["secret".into()]);
    assert_eq!(open_key(&bundle), material.read("leaf.p8"));
}

#[test]
fn one_damaged_block_fails_the_bundle_and_is_named() {
    let Some(material) = Material::made() else { return };
    let good = material.text("ca.pem");
    let leaf = material.text("leaf.pem");
    let line = good.lines().count() + 1;
    let third = leaf.lines().nth(2).unwrap();
    let half: String = leaf.split_inclusive('\n').take(6).collect();
    let place = format!("block 2 (CERTIFICATE, line {line}): ");
    for (name, damaged, wanted) in [
        ("foreign character", leaf.replace(third, "*"), format!("line {} is not base64", line + 2)),
        ("lost character", leaf.replacen(third, &third[1..], 1), "the base64 is damaged".into()),
        (
            "lost line",
            leaf.replace(&format!("{third}\n"), ""),
            "the certificate is malformed".into(),
        ),
        ("cut off", half.clone(), "no END line".into()),
        ("cut off before another", half + &good, "no END line".into()),
        ("other END", leaf.replace("END CERT", "END X509 CERT"), "another label".into()),
    ] {
        let error =
            bundle::read((good.clone() + &damaged).as_bytes(), &Opening::with(None)).unwrap_err();
        assert_eq!(error.code(), Code::BUNDLE_INVALID, "{name}");
        let text = error.to_string();
        assert!(text.starts_with(&place) && text.contains(&wanted), "{name}: {text}");
    }
    let der = [material.read("ca.der"), material.read("leaf.der")].concat();
    let error = bundle::read(&der[..der.len() - 1], &Opening::with(None)).unwrap_err();
    let place = format!("value at byte {}: ", material.read("ca.der").len());
    assert!(error.to_string().starts_with(&place), "{error}");
}

#[test]
fn a_certificate_that_stands_twice_is_kept_once_with_a_note() {
    let Some(material) = Material::made() else { return };
    let bundle = read(material.text("ca.pem") + &material.text("all.p7b.pem"));
    assert_eq!(certificates(&bundle), [material.read("ca.der"), material.read("leaf.der")]);
    let [(code, text)] = warnings(&bundle)[..] else { panic!("one warning") };
    assert_eq!(code, "block-skipped");
    assert!(text.contains("(PKCS7, line ") && text.contains(", certificate 2: "), "{text}");
}

#[test]
fn stores_are_named_and_not_read_as_bundles() {
    let Some(material) = Material::made() else { return };
    material
        .openssl("pkcs12 -export -in leaf.pem -inkey leaf.key -passout pass:abc -out named.p12");
    let store = material.read("named.p12");
    let base64 = run(material.0.path(), "openssl", "base64 -e", &store);
    for (bytes, name) in [(store, "a PKCS#12 store as"), (base64, "a PKCS#12 store in base64")] {
        let error = bundle::read(&bytes, &Opening::with(None)).unwrap_err();
        assert!(matches!(error, CodecError::FormatUnsupported { .. }), "{error}");
        assert!(error.to_string().starts_with(name), "{error}");
    }
    assert!(matches!(bundle::read(b"", &Opening::with(None)), Err(CodecError::Empty)));
    for bytes in [&b"hello"[..], &[0; 100]] {
        let error = bundle::read(bytes, &Opening::with(None)).unwrap_err();
        assert!(matches!(error, CodecError::FormatUnknown), "{error}");
    }
}

#[test]
fn what_keytool_writes_is_read() {
    if peers::keytools().is_empty() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let store = "-keystore a.p12 -storepass changeit -alias x";
    let keytool = |arguments: &str| run(folder.path(), "keytool", arguments, b"");
    keytool(&format!("-genkeypair {store} -keyalg EC -dname CN=java,O=acme -storetype PKCS12"));
    let der = keytool(&format!("-exportcert {store}"));
    assert_eq!(codec::detect(&der), Some(Format::Certificate));
    assert_eq!(certificates(&read(&der)), [&der[..]]);
    let text = keytool(&format!("-exportcert -rfc {store}"));
    assert_eq!(certificates(&read(text)), [&der[..]]);
    let listing = keytool(&format!("-list -rfc {store}"));
    assert_eq!(certificates(&read(listing)), [&der[..]]);
    let request = keytool(&format!("-certreq {store}"));
    assert!(request.starts_with(b"-----BEGIN NEW CERTIFICATE REQUEST-----"));
    assert_eq!(read(request).requests.len(), 1);
}

#[test]
fn openssl_reads_what_is_written() {
    let Some(material) = Material::made() else { return };
    let bundle = read(material.text("leaf.pem") + &material.text("ca.pem"));
    let all: Vec<_> = bundle.certificates.iter().collect();
    let plain = pem::encode_certificates(&all, false);
    assert_eq!(plain, material.text("leaf.pem") + &material.text("ca.pem"));
    let commented = pem::encode_certificates(&all, true);
    assert!(commented.starts_with("subject="), "{commented}");
    let read_back = run(material.0.path(), "openssl", "x509 -outform DER", commented.as_bytes());
    assert_eq!(read_back, material.read("leaf.der"));
    assert_eq!(certificates(&read(&commented)), certificates(&bundle));

    let request = read(material.read("leaf.csr.der"));
    assert_eq!(pem::encode_request(&request.requests[0]), material.text("leaf.csr"));
    let key = read(material.read("leaf.p8"));
    let text = pem::encode_private_key(key.keys[0].open().unwrap());
    assert_eq!(text[..], material.read("leaf.key"));
    let locked = material.openssl("pkcs8 -topk8 -in leaf.key -outform DER -passout pass:two");
    let text = pem::encode_encrypted_private_key(&locked);
    let opened = run(
        material.0.path(),
        "openssl",
        "pkcs8 -topk8 -nocrypt -outform DER -passin pass:two",
        text.as_bytes(),
    );
    assert!(opened == material.read("leaf.p8"));
}
