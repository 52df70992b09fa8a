//! Auto-login files and PFXs read without the library's reader.

use mwallet::codec::sso::Identity;
use mwallet::crypto::auto_login::{Seed, Wrapping};
use mwallet::crypto::kdf::{Budget, Passphrase};
use mwallet::crypto::pbe::Scheme;
use mwallet::secret::Password;
use std::fs;
use std::path::Path;

/// The parts of the value at the front, and what follows it.
pub(crate) fn value(bytes: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (length, start) = match bytes[1] {
        short @ 0..0x80 => (usize::from(short), 2),
        long => {
            let count = usize::from(long & 0x7F);
            let length =
                bytes[2..2 + count].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, 2 + count)
        }
    };
    let end = start + length;
    (&bytes[..end], &bytes[start..end], &bytes[end..])
}

pub(crate) fn values(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (whole, _, rest) = value(bytes);
        all.push(whole);
        bytes = rest;
    }
    all
}

pub(crate) fn inside(bytes: &[u8]) -> &[u8] {
    value(bytes).1
}

/// The SafeContents of a PFX in Oracle's layout.
pub(crate) fn safe_contents(pfx: &[u8], password: &Password) -> Vec<u8> {
    let auth_safe = values(inside(pfx))[1];
    let octets = inside(inside(values(inside(auth_safe))[1]));
    let infos = values(inside(octets));
    assert_eq!(infos.len(), 1, "one safe");
    let encrypted_data = inside(values(inside(infos[0]))[1]);
    let content_info = values(inside(encrypted_data))[1];
    let parts = values(inside(content_info));
    let scheme = Scheme::from_der(parts[1]).unwrap();
    assert_eq!(parts[2][0], 0x80, "the ciphertext is one primitive value");
    let form = &Passphrase::forms(password)[0];
    scheme.decrypt(form, inside(parts[2]), &Budget::unlimited()).unwrap().to_vec()
}

/// The password of a `cwallet.sso`, from the bytes that the specification names.
pub(crate) fn auto_login_password(bytes: &[u8], identity: &Identity) -> (Password, usize) {
    assert_eq!(bytes[..3], [0xA1, 0xF8, 0x4E]);
    let (seed, at): (Seed, usize) = if bytes[12] == 0x06 {
        assert_eq!(bytes[8..12], [0, 0, 0, 33]);
        (Wrapping::Aes.unwrap(&bytes[13..29], &bytes[29..45]).unwrap().unwrap(), 45)
    } else {
        assert_eq!((&bytes[8..12], bytes[12]), (&[0, 0, 0, 65][..], 0x35));
        let hex = |text: &[u8]| -> Vec<u8> {
            let text = std::str::from_utf8(text).unwrap();
            (0..text.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
                .collect()
        };
        (Wrapping::Des.unwrap(&hex(&bytes[13..29]), &hex(&bytes[29..77])).unwrap().unwrap(), 77)
    };
    assert!(seed.is_text());
    let password = match bytes[3] {
        b'8' => seed.bound_password(&identity.host, &identity.user),
        _ => seed.password().unwrap(),
    };
    (password, at)
}

pub(crate) fn auto_login_bags(folder: &Path, identity: &Identity) -> Vec<Vec<u8>> {
    let bytes = fs::read(folder.join("cwallet.sso")).unwrap();
    let (password, at) = auto_login_password(&bytes, identity);
    bags(&safe_contents(&bytes[at..], &password))
}

pub(crate) fn password_bags(folder: &Path, password: &Password) -> Vec<Vec<u8>> {
    bags(&safe_contents(&fs::read(folder.join("ewallet.p12")).unwrap(), password))
}

pub(crate) fn bags(contents: &[u8]) -> Vec<Vec<u8>> {
    values(inside(contents)).into_iter().map(<[u8]>::to_vec).collect()
}
