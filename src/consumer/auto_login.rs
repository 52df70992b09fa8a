//! Who opens an auto-login file.

use crate::codec::sso::{Form, Header, Kind};
use crate::consumer::ReaderVerdict;

/// Why a reader does not open a form or version; `None` where it does.
type Refusal = Option<&'static str>;

/// A program that opens auto-login files.
struct Reader {
    name: &'static str,
    des: Refusal,
    /// Local files of header version 6, on their host and by their user.
    local: Refusal,
    /// Local files of header version 7.
    local_23ai: Refusal,
}

const NO_VERSION_7: Refusal = Some("does not know header version 7");

const READERS: &[Reader] = &[
    Reader { name: "orapki 19c, 21c", des: None, local: None, local_23ai: NO_VERSION_7 },
    Reader { name: "orapki 23ai", des: None, local: None, local_23ai: None },
    Reader { name: "go-ora", des: None, local: None, local_23ai: NO_VERSION_7 },
    Reader {
        name: "oracledb-protocol",
        des: Some("does not know the DES form"),
        local: None,
        local_23ai: NO_VERSION_7,
    },
    Reader {
        name: "Java, OpenSSL and other readers of PKCS#12",
        des: Some(OTHERS),
        local: Some(OTHERS),
        local_23ai: Some(OTHERS),
    },
];

const OTHERS: &str = "knows no auto-login files";

/// Who opens an auto-login file with this header, where host and user are right.
pub(super) fn readers(header: Header) -> Vec<ReaderVerdict> {
    READERS
        .iter()
        .map(|reader| {
            let others = reader.local.filter(|why| *why == OTHERS);
            let refusal = match header {
                Header { kind: Kind::Local, version: 7, .. } => reader.local_23ai,
                Header { form: Some(Form::Des), .. } => reader.des,
                Header { kind: Kind::Local, .. } => reader.local,
                Header { kind: Kind::On | Kind::Only, .. } => others,
            };
            let why = refusal.unwrap_or_default().to_owned();
            ReaderVerdict { name: reader.name, reads: Some(refusal.is_none()), why }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::readers;
    use crate::codec::sso::{Form, Header, Kind};

    fn who(header: Header) -> Vec<&'static str> {
        let verdicts = readers(header).into_iter();
        verdicts.filter(|verdict| verdict.reads == Some(true)).map(|verdict| verdict.name).collect()
    }

    #[test]
    fn each_reader_has_its_forms() {
        let header = |kind, version, form| Header { kind, version, form };
        let all = ["orapki 19c, 21c", "orapki 23ai", "go-ora", "oracledb-protocol"];
        for kind in [Kind::On, Kind::Only, Kind::Local] {
            assert_eq!(who(header(kind, 6, Some(Form::Aes))), all);
            assert_eq!(who(header(kind, 6, Some(Form::Des))), all[..3]);
        }
        assert_eq!(who(header(Kind::Local, 7, None)), ["orapki 23ai"]);
    }
}
