//! The only client socket: connecting, and one handshake within time and bytes.

use crate::limits;
use crate::model::certificate::{Certificate, CertificateError};
use crate::model::key::PrivateKey;
use crate::probe::alert::Alert;
use crate::probe::error::ProbeError;
use crate::probe::request::{CertificateRequest, Version};
use crate::probe::session::{Aftermath, Parameters, Session, SessionError, Step, is_timeout};
use crate::probe::starttls::{self, Protocol, Refused};
use crate::probe::target::Target;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long to listen for a refusal after a handshake of TLS 1.3. A server that accepts sends a
/// ticket at once, so this is waited for only where it says nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// The port of servers that speak TLS from the first byte.
const HTTPS_PORT: u16 = 443;

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The dialogue before TLS, if any.
    pub starttls: Option<Protocol>,
    /// The name to send (SNI) instead of the host.
    pub servername: Option<&'a str>,
    /// Only this version.
    pub version: Option<Version>,
    /// For everything: the name, the connection, the handshake, the answer.
    pub deadline: Deadline,
}

/// The end of the time, which several handshakes may share.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    end: Instant,
    allowed: Duration,
}

impl Deadline {
    /// The longest time that can be allowed.
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// From now on, at most [`Self::LONGEST`].
    #[must_use]
    pub fn after(time: Duration) -> Self {
        let allowed = time.min(Self::LONGEST);
        Self { end: Instant::now() + allowed, allowed }
    }

    fn left(self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    fn missed(self, doing: &'static str) -> ProbeError {
        ProbeError::TimedOut { doing, after: self.allowed }
    }
}

/// What presents the client.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// The shown alias, for messages.
    pub alias: &'a str,
    /// The leaf first.
    pub chain: &'a [Certificate],
    /// Its key.
    pub key: &'a PrivateKey,
}

/// What came of a handshake.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// The address that answered.
    pub address: SocketAddr,
    /// The version, if it was agreed on.
    pub version: Option<Version>,
    /// The cipher suite, if it was agreed on.
    pub suite: Option<String>,
    /// The chain as the server presented it, in its order; the server's own is to be the first.
    pub presented: Vec<Result<Certificate, CertificateError>>,
    /// The place, from 0, of the one whose key the server has, where that is not the first.
    pub misplaced: Option<usize>,
    /// The server's request for a certificate, if it made one.
    pub request: Option<CertificateRequest>,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a handshake ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is complete, and the server went on, or was not asked to judge a certificate.
    Accepted,
    /// It is complete, and the server said nothing more.
    Silent,
    /// The server refused with an alert, in the handshake or right after it.
    Refused(Alert),
    /// The server refused in the words of HTTP.
    RefusedByHttp(String),
    /// The server closed the connection without an alert, after it had asked for a certificate.
    Closed(String),
    /// There is no version that both sides speak; what the server has.
    NoVersion(&'static str),
    /// The handshake went wrong after the server had presented its chain; what the TLS library met.
    Broken(String),
}

impl Handshake {
    /// The server's own certificate, where it is well-formed: the first, unless another is its.
    #[must_use]
    pub fn leaf(&self) -> Option<&Certificate> {
        self.presented.get(self.misplaced.unwrap_or(0))?.as_ref().ok()
    }

    /// The certificates that are well-formed, in the server's order.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.presented.iter().flatten()
    }
}

/// Connects, and makes a handshake with or without a certificate of the client.
///
/// The server may be hostile: at most [`limits::PROBE_BYTES`] are read, and everything is over when
/// the timeout is.
///
/// # Errors
///
/// [`ProbeError`] when the server cannot be reached, stalls, or does not speak TLS. A refusal is no
/// error but an [`Outcome`].
pub fn handshake(
    target: &Target,
    options: &Options<'_>,
    identity: Option<Identity<'_>>,
) -> Result<Handshake, ProbeError> {
    let first = attempt(target, options, identity, options.starttls.is_none())?;
    if first.outcome == Outcome::Refused(Alert::NO_APPLICATION_PROTOCOL) {
        // A server of another protocol, which is particular about being offered HTTP.
        return attempt(target, options, identity, false);
    }
    Ok(first)
}

fn attempt(
    target: &Target,
    options: &Options<'_>,
    identity: Option<Identity<'_>>,
    offers_http: bool,
) -> Result<Handshake, ProbeError> {
    let name = options.servername.unwrap_or(&target.host);
    let parameters = Parameters {
        name: name.split('%').next().unwrap_or(name),
        version: options.version,
        offers_http,
        identity: identity.map(|identity| (identity.chain, identity.key.pkcs8())),
    };
    let mut session = Session::new(&parameters).map_err(|error| match identity {
        Some(identity) => {
            ProbeError::KeyUnusable { alias: identity.alias.to_owned(), reason: error.to_string() }
        }
        None => ProbeError::Tls { reason: error.to_string() },
    })?;
    let port = options.starttls.map_or(HTTPS_PORT, Protocol::port);
    let mut wire = Wire::connect(target, target.port.unwrap_or(port), options.deadline)?;
    if let Some(protocol) = options.starttls {
        wire.doing = "to the request for TLS";
        starttls::ask(protocol, &mut wire).map_err(|refused| match refused {
            Refused::Io(error) => wire.failed(&error),
            Refused::Said(reason) => ProbeError::StartTls { protocol: protocol.name(), reason },
        })?;
    }
    wire.doing = "during the handshake";
    let outcome = match session.handshake(&mut wire) {
        Ok(Step::Done) => after(&mut session, &mut wire, parameters.name),
        Ok(Step::Alert(alert)) => Outcome::Refused(alert),
        Ok(Step::Version(found)) => Outcome::NoVersion(found),
        Err(SessionError::Tls(error)) if session.presented().is_empty() => {
            return Err(ProbeError::Tls { reason: words(&error) });
        }
        Err(SessionError::Tls(error)) => Outcome::Broken(words(&error)),
        Err(SessionError::Io(error)) => {
            if is_timeout(&error) || wire.is_spent() || session.request().is_none() {
                return Err(wire.failed(&error));
            }
            Outcome::Closed(error.to_string())
        }
    };
    Ok(Handshake {
        address: wire.address,
        version: session.version(),
        suite: session.suite(),
        presented: session.presented().iter().map(|der| Certificate::from_der(der)).collect(),
        misplaced: session.misplaced(),
        request: session.request(),
        outcome,
    })
}

/// A server that asked for a certificate may say only now what it thinks of the answer. In TLS 1.2
/// it has looked at the certificate before it ended the handshake (RFC 5246 section 7.3).
fn after(session: &mut Session, wire: &mut Wire, host: &str) -> Outcome {
    let is_judged = session.version() == Some(Version::Tls12) && !session.speaks_http();
    if session.request().is_none() || is_judged {
        return Outcome::Accepted;
    }
    wire.hurry(PATIENCE);
    match session.listen(wire, host) {
        Aftermath::Accepted => Outcome::Accepted,
        Aftermath::Silent => Outcome::Silent,
        Aftermath::Alert(alert) => Outcome::Refused(alert),
        Aftermath::Http(words) => Outcome::RefusedByHttp(words),
        Aftermath::Closed => Outcome::Closed("it ended".to_owned()),
        Aftermath::BrokenOff(reason) => Outcome::Closed(reason),
    }
}

/// The library's words, save where they say little.
fn words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            "what the server sends is not TLS".to_owned()
        }
        rustls::Error::InvalidMessage(rustls::InvalidMessage::HandshakePayloadTooLarge) => {
            "the server sends a handshake message of more than 65535 bytes".to_owned()
        }
        rustls::Error::InvalidCertificate(rustls::CertificateError::BadSignature) => {
            "the server does not prove that it has the key of its certificate".to_owned()
        }
        rustls::Error::General(words) => words.clone(),
        error => error.to_string(),
    }
}

/// A connection with an end: of time, and of bytes that are read.
struct Wire {
    stream: TcpStream,
    address: SocketAddr,
    deadline: Deadline,
    bytes: u64,
    /// What is waited for, for messages.
    doing: &'static str,
}

impl Wire {
    /// Tries the addresses of the host in the resolver's order; each gets its share of the time.
    fn connect(target: &Target, port: u16, deadline: Deadline) -> Result<Self, ProbeError> {
        let addresses = resolve(&target.host, port, deadline)?;
        let mut last = None;
        for (position, address) in addresses.iter().enumerate() {
            let others = u32::try_from(addresses.len() - position).unwrap_or(u32::MAX);
            let share = deadline.left() / others;
            if share.is_zero() {
                break;
            }
            match connect_to(address, share) {
                Ok(stream) => {
                    let (address, bytes) = (*address, limits::PROBE_BYTES);
                    return Ok(Self { stream, address, deadline, bytes, doing: "" });
                }
                Err(error) => last = Some((address, error)),
            }
        }
        match last {
            Some((address, error)) if !is_timeout(&error) => Err(ProbeError::Unreachable {
                address: address.to_string(),
                reason: reason(&error),
            }),
            _ => Err(deadline.missed("to the connection")),
        }
    }

    /// Brings the end of the time nearer.
    fn hurry(&mut self, patience: Duration) {
        self.deadline.end = self.deadline.end.min(Instant::now() + patience);
    }

    fn is_spent(&self) -> bool {
        self.bytes == 0
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.left();
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }

    fn failed(&self, error: &io::Error) -> ProbeError {
        if is_timeout(error) {
            self.deadline.missed(self.doing)
        } else if self.is_spent() {
            ProbeError::TooMuch { doing: self.doing, allowed: limits::PROBE_BYTES }
        } else {
            ProbeError::Closed { doing: self.doing, reason: reason(error) }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_spent() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.stream.set_read_timeout(Some(self.left()?))?;
        let room = buffer.len().min(usize::try_from(self.bytes).unwrap_or(usize::MAX));
        let length = self.stream.read(&mut buffer[..room])?;
        self.bytes -= length as u64;
        Ok(length)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[expect(clippy::disallowed_methods, reason = "this file is the fence's gate")]
fn connect_to(address: &SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(address, timeout)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The addresses of a host. The system's resolver knows no timeout, so it runs beside; one that
/// stalls is left behind.
fn resolve(host: &str, port: u16, deadline: Deadline) -> Result<Vec<SocketAddr>, ProbeError> {
    let unresolved = |reason: String| ProbeError::Unresolved { host: host.to_owned(), reason };
    let (sender, receiver) = mpsc::channel();
    let name = host.to_owned();
    thread::spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Nobody listens any more when the time is over.
        let _ = sender.send(found);
    });
    match receiver.recv_timeout(deadline.left()) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err(unresolved("it has no address".to_owned())),
        Ok(Err(error)) => Err(unresolved(reason(&error))),
        Err(_) => Err(deadline.missed("to the name")),
    }
}

/// The system's words without its number.
fn reason(error: &io::Error) -> String {
    let text = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the server closed it".to_owned(),
        _ => error.to_string(),
    };
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}
