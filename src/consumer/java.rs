//! Who opens Java's own key stores.

use crate::consumer::ReaderVerdict;
use crate::model::format::Format;

/// A program, whether it opens JKS and JCEKS, and what is to be said of it.
struct Reader {
    name: &'static str,
    jks: Option<bool>,
    jceks: Option<bool>,
    why: &'static str,
}

const STRANGER: Reader =
    Reader { name: "", jks: Some(false), jceks: Some(false), why: "knows no Java key stores" };

const READERS: &[Reader] = &[
    Reader { name: "Java", jks: Some(true), jceks: None, why: "" },
    Reader { name: "Java with the provider SunJCE", jks: None, jceks: Some(true), why: "" },
    Reader { name: "orapki 19c, 23ai", jks: Some(true), jceks: None, why: "by jks_to_pkcs12 only" },
    Reader { name: "OpenSSL, curl, nginx", ..STRANGER },
    Reader { name: "NSS, GnuTLS", ..STRANGER },
    Reader { name: "Node", ..STRANGER },
    Reader { name: "Go, its standard library", ..STRANGER },
    Reader { name: "Windows, macOS keychain", ..STRANGER },
    Reader { name: "pyca/cryptography", ..STRANGER },
];

/// Who opens a file of this format. The two names of Java each stand where they belong.
pub(super) fn readers(format: Format) -> Vec<ReaderVerdict> {
    READERS
        .iter()
        .filter_map(|reader| {
            let reads = if format == Format::Jceks { reader.jceks } else { reader.jks };
            let why = match reads {
                // Nobody has tried orapki on JCEKS; the other Java is not meant.
                None if reader.name.starts_with("Java") => return None,
                None => format!("not known for {format}"),
                Some(_) => reader.why.to_owned(),
            };
            Some(ReaderVerdict { name: reader.name, reads, why })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::readers;
    use crate::model::format::Format;

    #[test]
    fn java_reads_them_and_hardly_anybody_else() {
        for (format, wanted) in [
            (Format::Jks, vec!["Java", "orapki 19c, 23ai"]),
            (Format::Jceks, vec!["Java with the provider SunJCE"]),
        ] {
            let readers = readers(format);
            let who = readers.iter().filter(|one| one.reads == Some(true)).map(|one| one.name);
            assert_eq!(who.collect::<Vec<_>>(), wanted);
            assert!(readers.iter().any(|one| one.name.starts_with("OpenSSL")));
        }
    }
}
