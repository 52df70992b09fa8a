//! What a server answers: what it was sent. To HTTP in the form of HTTP, with the client's name in the
//! head.

use crate::digest::Fingerprint;
use crate::limits;
use crate::model::certificate::Certificate;
use rustls::ServerConnection;
use std::io::{self, Read, Write};

/// Who a client said it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The subject of its certificate, RFC 4514; the reason where that cannot be read.
    pub subject: String,
    /// The SHA-256 of its certificate.
    pub sha256: String,
    /// How many certificates it sent.
    pub sent: usize,
}

impl Client {
    /// What a connection knows of its client; none when that sent no certificate.
    pub(super) fn of(connection: &ServerConnection) -> Option<Self> {
        let sent = connection.peer_certificates()?;
        let first = sent.first()?;
        let subject = Certificate::from_der(first)
            .map_or_else(|error| error.to_string(), |leaf| leaf.subject().to_string());
        Some(Self { subject, sha256: Fingerprint::of(first).to_string(), sent: sent.len() })
    }
}

/// Methods of HTTP, RFC 9110 section 9.3.
const METHODS: [&str; 8] =
    ["CONNECT ", "DELETE ", "GET ", "HEAD ", "OPTIONS ", "PATCH ", "POST ", "PUT "];

/// RFC 9112 section 2.1.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Sends back what comes, until the client ends or has sent as much as is taken; to a request of HTTP
/// the request. How many bytes came.
pub(super) fn answer(
    stream: &mut (impl Read + Write),
    client: Option<&Client>,
) -> io::Result<usize> {
    let mut received = Vec::new();
    let mut chunk = [0; 16 * 1024];
    let mut sent = 0;
    let mut promised = None;
    loop {
        let count = read(stream, &mut chunk)?;
        if count == 0 {
            return Ok(received.len());
        }
        let before = received.len();
        received.extend_from_slice(&chunk[..count]);
        if is_http(&received) {
            promised = promised.or_else(|| promised_length(&received, before));
            if received.len() >= promised.unwrap_or(limits::PKI_ECHO_BYTES) {
                respond(stream, &received, client)?;
                return Ok(received.len());
            }
            continue;
        }
        stream.write_all(&received[sent..])?;
        stream.flush()?;
        sent = received.len();
        if received.len() >= limits::PKI_ECHO_BYTES {
            return Ok(received.len());
        }
    }
}

/// A client that goes without saying so has ended, too.
fn read(stream: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    match stream.read(chunk) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
        read => read,
    }
}

fn is_http(received: &[u8]) -> bool {
    METHODS.iter().any(|method| received.starts_with(method.as_bytes()))
}

/// How long the request is with the body that its head promises, but no longer than what is taken; none
/// as long as the head does not end behind `before`.
fn promised_length(received: &[u8], before: usize) -> Option<usize> {
    let from = before.saturating_sub(END_OF_HEAD.len() - 1);
    let end = received[from..].windows(END_OF_HEAD.len()).position(|four| four == END_OF_HEAD)?;
    let end = from + end;
    let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    // One that is no number promises nothing that could be waited for.
    let length = length.and_then(|length| length.trim().parse::<usize>().ok()).unwrap_or(0);
    Some((end + END_OF_HEAD.len()).saturating_add(length).min(limits::PKI_ECHO_BYTES))
}

fn respond(stream: &mut impl Write, request: &[u8], client: Option<&Client>) -> io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n",
        request.len()
    );
    if let Some(Client { subject, sha256, .. }) = client {
        // A name can hold anything; a line of a head cannot.
        let subject: String = subject
            .chars()
            .map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' })
            .collect();
        head.extend(["Client-Subject: ", &subject, "\r\nClient-Sha256: ", sha256, "\r\n"]);
    }
    head += "\r\n";
    stream.write_all(head.as_bytes())?;
    if !request.starts_with(b"HEAD ") {
        stream.write_all(request)?;
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::answer;
    use std::io::{self, Read, Write};

    /// A client whose bytes come in pieces of this length.
    struct Client<'a> {
        sends: &'a [u8],
        piece: usize,
        gets: Vec<u8>,
    }

    impl Read for Client<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.piece.min(self.sends.len());
            let count = (&self.sends[..piece]).read(buffer)?;
            self.sends = &self.sends[count..];
            Ok(count)
        }
    }

    impl Write for Client<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.gets.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_request_is_answered_when_its_body_is_there() {
        for (request, complete) in [
            ("GET / HTTP/1.1\r\n", false),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", false),
            ("POST / HTTP/1.1\r\ncontent-length:3\r\n\r\nabc", true),
            ("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", true),
            ("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n", false),
        ] {
            // The first piece tells that it is HTTP; the end of the head stands across two.
            for piece in [6, 7, 8, 9, 1000] {
                let mut client = Client { sends: request.as_bytes(), piece, gets: Vec::new() };
                answer(&mut client, None).unwrap();
                let answered = client.gets.starts_with(b"HTTP/1.1 200");
                assert_eq!(answered, complete, "{request} in pieces of {piece}");
            }
        }
    }
}
