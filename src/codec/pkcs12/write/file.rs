//! The whole file, put together in one buffer: what is encrypted is encrypted where it stands.

use crate::codec::CodecError;
use crate::codec::pkcs12::pfx::{ContentInfo, file_head, heads};
use crate::codec::pkcs12::write::Piece;
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::mac::MacScheme;
use crate::crypto::pbe::Scheme;
use crate::secret::SecretBytes;
use crate::tlv::SEQUENCE;

/// A safe that is written.
pub(super) enum WrittenSafe<'o> {
    /// The ContentInfo that was read.
    AsItWas(&'o [u8]),
    /// These bags, encrypted with the scheme if there is one.
    New { scheme: Option<Scheme>, bags: Vec<Piece<'o>> },
}

/// What protects the safes of a file from change.
pub(super) enum Integrity<'o> {
    Nothing,
    /// The MacData that was read.
    AsItWas(&'o [u8]),
    /// A new MAC.
    Mac(&'o MacScheme),
}

/// Writes a file of these safes (RFC 7292 section 5.1). Every length stands before what it is the length of, so
/// all of them are computed first.
pub(super) fn write(
    safes: &[WrittenSafe<'_>],
    integrity: &Integrity<'_>,
    passphrase: &Passphrase,
    budget: &Budget,
) -> Result<SecretBytes, CodecError> {
    let frames = safes.iter().map(Frame::of).collect::<Result<Vec<_>, _>>()?;
    let auth_safe_head = heads(&[(SEQUENCE, &[])], frames.iter().map(Frame::length).sum());
    let auth_safe = auth_safe_head.len() + frames.iter().map(Frame::length).sum::<usize>();
    let mac = match integrity {
        Integrity::Nothing => 0,
        Integrity::AsItWas(raw) => raw.len(),
        Integrity::Mac(scheme) => scheme.der_length()?,
    };
    let head = file_head(auth_safe, mac);
    let mut file = SecretBytes::with_capacity(head.len() + auth_safe + mac);
    file.extend_from_slice(&head);
    // Steps 1 to 3: the SafeContents, each in a ContentInfo, together in an AuthenticatedSafe.
    file.extend_from_slice(&auth_safe_head);
    for (safe, frame) in safes.iter().zip(&frames) {
        file.extend_from_slice(&frame.head);
        match safe {
            WrittenSafe::AsItWas(raw) => file.extend_from_slice(raw),
            WrittenSafe::New { scheme, bags } => {
                let start = file.len();
                file.extend_from_slice(&frame.contents_head);
                for bag in bags {
                    file.extend_from_slice(bag);
                }
                if let Some(scheme) = scheme {
                    scheme.encrypt_tail(passphrase, &mut file, start, budget)?;
                }
            }
        }
    }
    // Step 4: the MAC over it.
    match integrity {
        Integrity::Nothing => {}
        Integrity::AsItWas(raw) => file.extend_from_slice(raw),
        Integrity::Mac(scheme) => {
            let mac = scheme.seal(passphrase, &file[head.len()..], budget)?;
            file.extend_from_slice(&mac.to_der()?);
        }
    }
    Ok(file)
}

/// What stands around the bags of a safe.
struct Frame {
    /// The ContentInfo up to its content, nothing where that is as it was.
    head: Vec<u8>,
    /// The SafeContents up to its first bag.
    contents_head: Vec<u8>,
    /// Length of what follows the head.
    body: usize,
}

impl Frame {
    fn of(safe: &WrittenSafe<'_>) -> Result<Self, CodecError> {
        let (scheme, bags) = match safe {
            WrittenSafe::AsItWas(raw) => {
                return Ok(Self { head: Vec::new(), contents_head: Vec::new(), body: raw.len() });
            }
            WrittenSafe::New { scheme, bags } => (scheme, bags),
        };
        let bags = bags.iter().map(|bag| bag.len()).sum();
        let contents_head = heads(&[(SEQUENCE, &[])], bags);
        let contents = contents_head.len() + bags;
        let (head, body) = match scheme {
            None => (ContentInfo::data_head(contents), contents),
            Some(scheme) => {
                let body = scheme.cipher().encrypted_length(contents);
                (ContentInfo::encrypted_head(&scheme.to_der()?, body), body)
            }
        };
        Ok(Self { head, contents_head, body })
    }

    fn length(&self) -> usize {
        self.head.len() + self.body
    }
}
