//! What `--revoke` names.

use crate::context::Context;
use crate::failure::Failure;
use crate::input;
use mwallet::code::Code;
use mwallet::model::certificate::Certificate;
use mwallet::model::revocation::RevocationReason;
use mwallet::model::serial::SerialNumber;
use mwallet::ops::revoke::Revoke;
use mwallet::store::file;
use std::path::{Path, PathBuf};

/// A certificate to revoke, with its file where it was named by one.
pub(super) struct Wanted {
    pub(super) revoke: Revoke,
    pub(super) certificate: Option<(PathBuf, Certificate)>,
}

/// Reads each `SERIAL|CERT[:REASON]`. Where a file has the name it is meant; the first certificate of
/// a file is its subject's, whatever issuers follow.
pub(super) fn read(values: &[String], context: &Context) -> Result<Vec<Wanted>, Failure> {
    values.iter().map(|value| read_one(value, context)).collect()
}

/// The file that a value names, if it names one.
pub(super) fn file(value: &str) -> Option<PathBuf> {
    let path = PathBuf::from(split(value).ok()?.0);
    matches!(file::kind(&path), Ok(Some(_))).then_some(path)
}

fn read_one(value: &str, context: &Context) -> Result<Wanted, Failure> {
    let (what, reason) = split(value)?;
    if reason == RevocationReason::RemoveFromCrl {
        let message = "removeFromCRL is for lists of changes, which are not made here";
        return Err(Failure::new(Code::VALUE_INVALID, message).with("value", value));
    }
    let path = Path::new(what);
    if file::kind(path)?.is_some() {
        let found = input::bundle(path, context)?.certificates;
        let Some(certificate) = found.into_iter().next() else {
            return Err(Failure::nothing_in(path, "certificate"));
        };
        let serial = SerialNumber::from_content(certificate.serial());
        let revoke = Revoke { serial, reason };
        return Ok(Wanted { revoke, certificate: Some((path.to_path_buf(), certificate)) });
    }
    let serial = what.parse().map_err(|_| {
        let message = format!("{what} is neither a file nor a serial number in hexadecimal digits");
        Failure::new(Code::FILE_NOT_FOUND, message).with("value", what)
    })?;
    Ok(Wanted { revoke: Revoke { serial, reason }, certificate: None })
}

/// The name and the reason. Serial numbers may have colons of their own, file names too: what follows
/// the last one is a reason when it is one, and a mistyped one when it has a letter that no hexadecimal
/// digit is and what stands before it names something.
fn split(value: &str) -> Result<(&str, RevocationReason), Failure> {
    let Some((what, word)) = value.rsplit_once(':') else {
        return Ok((value, RevocationReason::Unspecified));
    };
    match word.parse() {
        Ok(reason) => Ok((what, reason)),
        Err(error) => {
            let is_word = word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
                && !word.bytes().all(|byte| byte.is_ascii_hexdigit());
            let names =
                what.parse::<SerialNumber>().is_ok() || file::kind(Path::new(what))?.is_some();
            if is_word && names {
                let message = mwallet::model::revocation::RevocationReasonError::to_string(&error);
                return Err(Failure::new(Code::VALUE_INVALID, message).with("value", value));
            }
            Ok((value, RevocationReason::Unspecified))
        }
    }
}
