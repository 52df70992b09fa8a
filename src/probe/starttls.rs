//! The dialogues that turn a plain connection into TLS.
//!
//! Every answer is read byte by byte, so that nothing of what follows is swallowed: a server that
//! sends on in plain text (CVE-2011-0411) sends garbage where TLS begins. Each dialogue reads at
//! most [`limits::STARTTLS_BYTES`].

use crate::limits;
use std::io::{self, Read, Write};

/// A protocol that begins in plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// RFC 3207.
    Smtp,
    /// RFC 9051 section 6.2.1.
    Imap,
    /// PostgreSQL's `SSLRequest`.
    Postgres,
    /// RFC 4511 section 4.14.
    Ldap,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 4] = [Self::Smtp, Self::Imap, Self::Postgres, Self::Ldap];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Postgres => "postgres",
            Self::Ldap => "ldap",
        }
    }

    /// The protocol of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }

    /// The port where servers of this protocol listen; with SMTP, the one for submission.
    #[must_use]
    pub fn port(self) -> u16 {
        match self {
            Self::Smtp => 587,
            Self::Imap => 143,
            Self::Postgres => 5432,
            Self::Ldap => 389,
        }
    }
}

/// Why a server did not change to TLS.
#[derive(Debug)]
pub(in crate::probe) enum Refused {
    /// The stream failed.
    Io(io::Error),
    /// The server said no, or something else.
    Said(String),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Asks the server to change to TLS; afterwards the stream is ready for the handshake.
pub(in crate::probe) fn ask(
    protocol: Protocol,
    stream: &mut (impl Read + Write),
) -> Result<(), Refused> {
    let mut answers = Answers { stream, left: limits::STARTTLS_BYTES };
    match protocol {
        Protocol::Smtp => smtp(&mut answers),
        Protocol::Imap => imap(&mut answers),
        Protocol::Postgres => postgres(&mut answers),
        Protocol::Ldap => ldap(&mut answers),
    }
}

/// What the server says, within its bound.
struct Answers<'a, S> {
    stream: &'a mut S,
    left: usize,
}

impl<S: Read + Write> Answers<'_, S> {
    fn say(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.stream.write_all(bytes)?;
        Ok(self.stream.flush()?)
    }

    fn byte(&mut self) -> Result<u8, Refused> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            Refused::Said(format!("its answer is longer than {} bytes", limits::STARTTLS_BYTES))
        })?;
        let mut byte = [0];
        self.stream.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    /// One line without its end.
    fn line(&mut self) -> Result<String, Refused> {
        let mut line = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => break,
                byte => line.push(byte),
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// An SMTP reply: lines of `250-text`, the last `250 text` (RFC 5321 section 4.2.1).
    fn reply(&mut self, wanted: &str) -> Result<Vec<String>, Refused> {
        let mut lines = Vec::new();
        loop {
            let line = self.line()?;
            let Some(rest) = line.strip_prefix(wanted) else {
                return Err(Refused::Said(format!("it said {line:?}")));
            };
            let last = !rest.starts_with('-');
            lines.push(rest.get(1..).unwrap_or_default().to_owned());
            if last {
                return Ok(lines);
            }
        }
    }
}

fn smtp(answers: &mut Answers<'_, impl Read + Write>) -> Result<(), Refused> {
    answers.reply("220")?;
    answers.say(b"EHLO mwallet.invalid\r\n")?;
    let offers = answers.reply("250")?;
    if !offers.iter().any(|offer| offer.trim().eq_ignore_ascii_case("STARTTLS")) {
        return Err(Refused::Said("it does not offer STARTTLS".to_owned()));
    }
    answers.say(b"STARTTLS\r\n")?;
    answers.reply("220").map(drop)
}

fn imap(answers: &mut Answers<'_, impl Read + Write>) -> Result<(), Refused> {
    let greeting = answers.line()?;
    if !greeting.starts_with("* OK") && !greeting.starts_with("* PREAUTH") {
        return Err(Refused::Said(format!("it said {greeting:?}")));
    }
    answers.say(b"a1 STARTTLS\r\n")?;
    loop {
        let line = answers.line()?;
        match line.strip_prefix("a1 ") {
            Some(status) if status.starts_with("OK") => return Ok(()),
            None if line.starts_with("* ") => {} // untagged data may come at any time
            _ => return Err(Refused::Said(format!("it said {line:?}"))),
        }
    }
}

/// `SSLRequest`: the length, and 1234 and 5679 as 16-bit numbers.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

fn postgres(answers: &mut Answers<'_, impl Read + Write>) -> Result<(), Refused> {
    answers.say(&SSL_REQUEST)?;
    match answers.byte()? {
        b'S' => Ok(()),
        b'N' => Err(Refused::Said("TLS is switched off there".to_owned())),
        other => Err(Refused::Said(format!("it said {:?}", char::from(other)))),
    }
}

/// ```text
/// LDAPMessage ::= SEQUENCE { messageID INTEGER 1,
///     extendedReq [APPLICATION 23] SEQUENCE { requestName [0] "1.3.6.1.4.1.1466.20037" } }
/// ```
const EXTENDED_REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// ```text
/// LDAPMessage ::= SEQUENCE { messageID INTEGER,
///     extendedResp [APPLICATION 24] SEQUENCE { resultCode ENUMERATED, ... } }
/// ```
fn ldap(answers: &mut Answers<'_, impl Read + Write>) -> Result<(), Refused> {
    answers.say(EXTENDED_REQUEST)?;
    let message = element(0x30, || answers.byte())?;
    let mut fields = bytes_of(&message);
    element(0x02, &mut fields)?; // messageID
    let response = element(0x78, &mut fields)?;
    match element(0x0a, bytes_of(&response))?[..] {
        [0] => Ok(()),
        [code] => Err(Refused::Said(format!("its result code is {code}"))),
        _ => Err(no_response()),
    }
}

fn no_response() -> Refused {
    Refused::Said("its answer is no response of LDAP".to_owned())
}

fn bytes_of(content: &[u8]) -> impl FnMut() -> Result<u8, Refused> {
    let mut bytes = content.iter();
    move || bytes.next().copied().ok_or_else(no_response)
}

/// The content of a BER value with this tag. LDAP wants a definite length, and allows one in more bytes
/// than it needs (RFC 4511 section 5.1): Active Directory writes every one in four.
fn element(tag: u8, mut next: impl FnMut() -> Result<u8, Refused>) -> Result<Vec<u8>, Refused> {
    if next()? != tag {
        return Err(no_response());
    }
    let length = match next()? {
        short @ 0..=0x7f => usize::from(short),
        long @ 0x81..=0x84 => {
            let mut length = 0;
            for _ in 0..long & 0x7f {
                length = length << 8 | usize::from(next()?);
            }
            length
        }
        _ => return Err(no_response()),
    };
    // What is claimed is not reserved.
    let mut content = Vec::new();
    for _ in 0..length {
        content.push(next()?);
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::{EXTENDED_REQUEST, Protocol, Refused, ask};
    use crate::limits;
    use std::io::{self, Read, Write};

    /// A server that says all it has to say at once.
    struct Server<'a> {
        says: &'a [u8],
        heard: Vec<u8>,
    }

    impl Read for Server<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.says.read(buffer)
        }
    }

    impl Write for Server<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.heard.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is left unread, and what the server heard.
    fn talk(protocol: Protocol, says: &[u8]) -> Result<(usize, Vec<u8>), Refused> {
        let mut server = Server { says, heard: Vec::new() };
        ask(protocol, &mut server)?;
        Ok((server.says.len(), server.heard))
    }

    #[test]
    fn dialogues_end_exactly_where_tls_begins() {
        for (protocol, says, heard) in [
            (
                Protocol::Smtp,
                &b"220-hello\r\n220 mail\r\n250-mail\r\n250-SIZE 1\r\n250 starttls\r\n220 go\r\nX"
                    [..],
                &b"EHLO mwallet.invalid\r\nSTARTTLS\r\n"[..],
            ),
            (
                Protocol::Imap,
                b"* OK ready\r\n* CAPABILITY IMAP4rev1\r\na1 OK begin\r\nX",
                b"a1 STARTTLS\r\n",
            ),
            (Protocol::Postgres, b"SX", &[0, 0, 0, 8, 4, 210, 22, 47]),
            (
                Protocol::Ldap,
                b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00X",
                EXTENDED_REQUEST,
            ),
            // ... and as some servers write it, with a long form of the length
            (
                Protocol::Ldap,
                b"\x30\x84\x00\x00\x00\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00X",
                EXTENDED_REQUEST,
            ),
            // ... and as Active Directory does, with all of them long
            (
                Protocol::Ldap,
                b"\x30\x84\x00\x00\x00\x28\x02\x01\x01\x78\x84\x00\x00\x00\x1f\x0a\x01\x00\x04\x00\
                  \x04\x00\x8a\x161.3.6.1.4.1.1466.20037X",
                EXTENDED_REQUEST,
            ),
        ] {
            assert_eq!(talk(protocol, says).unwrap(), (1, heard.to_vec()), "{protocol:?}");
        }
    }

    #[test]
    fn refusals_are_told_in_the_words_of_the_server() {
        for (protocol, says, told) in [
            (Protocol::Smtp, &b"554 no\r\n"[..], "554 no"),
            (Protocol::Smtp, b"220 m\r\n250 m\r\n", "does not offer STARTTLS"),
            (Protocol::Imap, b"* BYE\r\n", "* BYE"),
            (Protocol::Imap, b"* OK\r\na1 BAD what\r\n", "a1 BAD what"),
            (Protocol::Imap, b"* OK\r\nwhat\r\n", "what"),
            (Protocol::Postgres, b"N", "switched off"),
            (Protocol::Postgres, b"E", "'E'"),
            (
                Protocol::Ldap,
                b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00",
                "code is 2",
            ),
            (Protocol::Ldap, b"\x30\x03\x02\x01\x01", "no response of LDAP"),
            (Protocol::Ldap, b"\x30\x80\x00\x00", "no response of LDAP"),
        ] {
            match talk(protocol, says) {
                Err(Refused::Said(reason)) => assert!(reason.contains(told), "{reason}"),
                other => panic!("{protocol:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn endless_answers_are_cut_off() {
        let flood = vec![b'2'; limits::STARTTLS_BYTES + 10];
        for protocol in [Protocol::Smtp, Protocol::Imap] {
            assert!(
                matches!(talk(protocol, &flood), Err(Refused::Said(reason)) if reason.contains("longer")),
                "{protocol:?}"
            );
        }
        let claims = [&b"\x30\x84\x7f\xff\xff\xff"[..], &flood].concat();
        assert!(matches!(talk(Protocol::Ldap, &claims), Err(Refused::Said(_))));
    }

    #[test]
    fn server_that_ends_in_the_middle_is_an_error() {
        for protocol in Protocol::ALL {
            assert!(matches!(talk(protocol, b""), Err(Refused::Io(_))), "{protocol:?}");
        }
    }
}
