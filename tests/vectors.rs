//! Published vectors of others: Wycheproof's for PBKDF2, and for PBES2 with it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::crypto::kdf::{self, Budget, Hash, Passphrase};
use mwallet::crypto::pbe::Scheme;
use mwallet::secret::Password;
use serde_json::Value;
use std::fs;
use support::corpus::{VECTORS, rows};
use support::loudly;

/// The vectors of a file, with its algorithm.
struct Vectors {
    name: String,
    algorithm: String,
    tests: Vec<Value>,
}

fn vectors() -> Option<Vec<Vectors>> {
    let (folder, rows) = rows(VECTORS[0])?;
    let read = |path: &String| {
        let file: Value = serde_json::from_slice(&fs::read(folder.join(path)).unwrap()).unwrap();
        let groups = file["testGroups"].as_array().unwrap();
        let tests = groups.iter().flat_map(|group| group["tests"].as_array().unwrap().clone());
        Vectors {
            name: path.clone(),
            algorithm: file["algorithm"].as_str().unwrap().to_owned(),
            tests: tests.collect(),
        }
    };
    let all: Vec<Vectors> = rows.iter().map(|row| read(&row.path)).collect();
    assert!(all.len() >= 12, "only {} files", all.len());
    Some(all)
}

fn bytes(vector: &Value, name: &str) -> Vec<u8> {
    let hex = vector[name].as_str().unwrap().as_bytes();
    let digits = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    hex.chunks(2).map(digits).collect()
}

/// `None` where the password is no text, as every password of ours is.
fn passphrase(vector: &Value) -> Option<Passphrase> {
    let text = String::from_utf8(bytes(vector, "password")).ok()?;
    Passphrase::forms(&Password::new(text)).into_iter().next()
}

fn iterations(vector: &Value) -> u32 {
    u32::try_from(vector["iterationCount"].as_u64().unwrap()).unwrap()
}

fn hash(name: &str) -> Hash {
    match name.to_ascii_lowercase().as_str() {
        "sha1" => Hash::Sha1,
        "sha224" => Hash::Sha224,
        "sha256" => Hash::Sha256,
        "sha384" => Hash::Sha384,
        "sha512" => Hash::Sha512,
        other => panic!("{other}"),
    }
}

#[test]
fn pbkdf2_derives_the_keys_of_wycheproof() {
    let Some(files) = vectors() else { return };
    let (mut count, mut passed_over) = (0, 0);
    for file in &files {
        let Some(name) = file.algorithm.strip_prefix("PBKDF2-HMAC") else { continue };
        for vector in &file.tests {
            let Some(passphrase) = passphrase(vector) else {
                passed_over += 1;
                continue;
            };
            let (salt, wanted) = (bytes(vector, "salt"), bytes(vector, "dk"));
            let rounds = iterations(vector);
            let budget = Budget::unlimited();
            let key =
                kdf::pbkdf2(hash(name), &passphrase, &salt, rounds, wanted.len(), &budget).unwrap();
            assert_eq!(vector["result"], "valid");
            assert_eq!(*key, *wanted, "{}: {}", file.name, vector["tcId"]);
            count += 1;
        }
    }
    loudly(&format!("Wycheproof: {count} keys derived, {passed_over} passwords are no text"));
    assert!(count > 50);
}

#[test]
fn pbes2_decrypts_and_encrypts_as_wycheproof() {
    let Some(files) = vectors() else { return };
    let (mut count, mut passed_over) = (0, 0);
    for file in &files {
        // `PbeWithHmacSha1AndAes_128`
        let Some(names) = file.algorithm.strip_prefix("PbeWithHmac") else { continue };
        let (prf, key_bits) = names.split_once("AndAes_").unwrap();
        for vector in &file.tests {
            let Some(passphrase) = passphrase(vector) else {
                passed_over += 1;
                continue;
            };
            let scheme = Scheme::from_der(&algorithm(vector, prf, key_bits)).unwrap();
            let (message, sealed) = (bytes(vector, "msg"), bytes(vector, "ct"));
            let budget = Budget::unlimited();
            let opened = scheme.decrypt(&passphrase, &sealed, &budget);
            let what = format!("{}: {}", file.name, vector["tcId"]);
            if vector["result"] == "valid" {
                assert_eq!(*opened.unwrap(), *message, "{what}");
                assert_eq!(
                    scheme.encrypt(&passphrase, &message, &budget).unwrap(),
                    sealed,
                    "{what}"
                );
            } else {
                assert!(opened.is_err(), "{what}");
            }
            count += 1;
        }
    }
    loudly(&format!("Wycheproof: {count} ciphertexts opened, {passed_over} passwords are no text"));
    assert!(count > 500);
}

/// PBES2 with PBKDF2 (RFC 8018 appendix A.4), as an `AlgorithmIdentifier`.
fn algorithm(vector: &Value, prf: &str, key_bits: &str) -> Vec<u8> {
    /// 1.2.840.113549.1.5.13 and .12, 1.2.840.113549.2.N, 2.16.840.1.101.3.4.1.N
    const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
    const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
    const HMAC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02];
    const AES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
    let hmac = match hash(prf) {
        Hash::Sha1 => 7,
        Hash::Sha224 => 8,
        Hash::Sha256 => 9,
        Hash::Sha384 => 10,
        _ => 11,
    };
    let aes = match key_bits {
        "128" => 2,
        "192" => 22,
        _ => 42,
    };
    let rounds = tlv(0x02, &[&[0], &iterations(vector).to_be_bytes()[..]]);
    // An INTEGER has no leading zero byte but for the sign.
    let skipped = rounds[2..].iter().take_while(|byte| **byte == 0).count();
    let sign = usize::from(rounds[2 + skipped] >= 0x80);
    let rounds = tlv(0x02, &[&rounds[2 + skipped - sign..]]);
    let prf = tlv(0x30, &[&tlv(0x06, &[HMAC, &[hmac]]), &[0x05, 0x00]]);
    let salt = tlv(0x04, &[&bytes(vector, "salt")]);
    let derivation = tlv(0x30, &[&tlv(0x06, &[PBKDF2]), &tlv(0x30, &[&salt, &rounds, &prf])]);
    let vector = tlv(0x04, &[&bytes(vector, "iv")]);
    let encryption = tlv(0x30, &[&tlv(0x06, &[AES, &[aes]]), &vector]);
    tlv(0x30, &[&tlv(0x06, &[PBES2]), &tlv(0x30, &[&derivation, &encryption])])
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u8::try_from(content.len()).unwrap();
    let header = if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] };
    [header, content].concat()
}
