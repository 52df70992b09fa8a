//! One TLS connection as a client that records and judges nothing.
//!
//! The chain is recorded before anything can be said against it, so that a certificate which a
//! library would refuse (expired, of version 1, of another host) is still reported. The signature
//! of the handshake is verified: who presents the chain has its key.

use crate::crypto::tls;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::name::DistinguishedName;
use crate::probe::alert::Alert;
use crate::probe::http;
use crate::probe::recorder::{Record, Recorder};
use crate::probe::request::{CertificateRequest, Scheme, Version};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, Error, PeerIncompatible, ProtocolVersion,
    SupportedProtocolVersion,
};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the connection is made with.
pub(in crate::probe) struct Parameters<'a> {
    /// The host: sent as SNI if it is a name.
    pub(in crate::probe) name: &'a str,
    /// Only this version.
    pub(in crate::probe) version: Option<Version>,
    /// Whether to offer HTTP by ALPN.
    pub(in crate::probe) offers_http: bool,
    /// The certificates and the PKCS#8 key that present the client.
    pub(in crate::probe) identity: Option<(&'a [Certificate], &'a [u8])>,
}

/// How a step ended that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Step {
    /// It went through.
    Done,
    /// The server sent a fatal alert.
    Alert(Alert),
    /// The versions do not meet; what the server wants instead.
    Version(&'static str),
}

/// Why a step failed.
#[derive(Debug)]
pub(in crate::probe) enum SessionError {
    /// The stream failed, or its time is over.
    Io(io::Error),
    /// The other side does not follow the standard.
    Tls(Error),
}

impl From<io::Error> for SessionError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What the server did after the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Aftermath {
    /// It went on: it sent a ticket or data.
    Accepted,
    /// It refused after all.
    Alert(Alert),
    /// It closed the connection in order, without an alert.
    Closed,
    /// It broke the connection off.
    BrokenOff(String),
    /// It refused in the words of HTTP.
    Http(String),
    /// It said nothing.
    Silent,
}

/// A connection that is being made.
pub(in crate::probe) struct Session {
    connection: ClientConnection,
    record: Arc<Mutex<Record>>,
}

impl Session {
    /// Prepares a connection. The key is copied into the TLS library's own types, and dropped with
    /// the session.
    pub(in crate::probe) fn new(parameters: &Parameters<'_>) -> Result<Self, Error> {
        let provider = Arc::new(tls::provider());
        let key = parameters.identity.map(|(chain, pkcs8)| {
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.to_vec()));
            let chain = chain.iter().map(|one| CertificateDer::from(one.der().to_vec())).collect();
            let key = provider.key_provider.load_private_key(key)?;
            Ok::<_, Error>(Arc::new(CertifiedKey::new(chain, key)))
        });
        let record = Arc::new(Mutex::new(Record::default()));
        let recorder = Arc::new(Recorder {
            record: Arc::clone(&record),
            algorithms: provider.signature_verification_algorithms,
            key: key.transpose()?,
        });
        let versions: &[&SupportedProtocolVersion] = match parameters.version {
            None => &[&TLS13, &TLS12],
            Some(Version::Tls12) => &[&TLS12],
            Some(Version::Tls13) => &[&TLS13],
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<_>)
            .with_client_cert_resolver(recorder);
        config.resumption = Resumption::disabled();
        if parameters.offers_http {
            config.alpn_protocols = vec![http::PROTOCOL.to_vec()];
        }
        let name = ServerName::try_from(parameters.name.to_owned())
            .map_err(|_| Error::General(format!("{} cannot be sent as a name", parameters.name)))?;
        Ok(Self { connection: ClientConnection::new(Arc::new(config), name)?, record })
    }

    /// Makes the handshake.
    pub(in crate::probe) fn handshake(
        &mut self,
        stream: &mut (impl Read + Write),
    ) -> Result<Step, SessionError> {
        while self.connection.is_handshaking() {
            let sent = self.send(stream);
            match self.receive(stream) {
                Ok(0) if self.connection.is_handshaking() => {
                    sent?;
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
                Ok(_) => {}
                Err(SessionError::Io(error)) => {
                    // A server that refuses may close before all is sent; what it said counts more.
                    sent?;
                    return Err(error.into());
                }
                Err(SessionError::Tls(error)) => {
                    // The server may be told why; when it is gone already, nothing is lost.
                    let _ = self.send(stream);
                    return step(error);
                }
            }
        }
        self.send(stream)?;
        Ok(Step::Done)
    }

    /// Listens for what the server does after the handshake: in TLS 1.3 it looks at the client's
    /// certificate only then, and a refusal comes with the first read. To a server that agreed on
    /// HTTP a request is sent, because some (nginx) refuse in its words.
    ///
    /// Ends when the server has said anything, or when the stream's time is over.
    pub(in crate::probe) fn listen(
        &mut self,
        stream: &mut (impl Read + Write),
        host: &str,
    ) -> Aftermath {
        let is_http = self.speaks_http();
        if is_http {
            let request = http::request(host);
            if self.connection.writer().write_all(request.as_bytes()).is_ok() {
                // A server that has refused already does not read it; its alert is read below.
                let _ = self.send(stream);
            }
        }
        let mut answer = Vec::new();
        loop {
            let received = self.receive(stream);
            let mut buffer = [0; 1024];
            let closed = loop {
                match self.connection.reader().read(&mut buffer) {
                    Ok(0) => break true,
                    Ok(length) => answer.extend_from_slice(&buffer[..length]),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break false,
                    Err(_) => break true, // closed without close_notify
                }
            };
            let heard = self.connection.tls13_tickets_received() > 0 || !answer.is_empty();
            match received {
                Err(SessionError::Tls(Error::AlertReceived(alert))) => {
                    return Aftermath::Alert(Alert(alert.into()));
                }
                Err(SessionError::Tls(error)) => return Aftermath::BrokenOff(error.to_string()),
                Err(SessionError::Io(error)) if is_timeout(&error) => {
                    return judged(&answer, heard, Aftermath::Silent);
                }
                Err(SessionError::Io(error)) => {
                    return judged(&answer, heard, Aftermath::BrokenOff(error.to_string()));
                }
                Ok(0) => return judged(&answer, heard, Aftermath::Closed),
                Ok(_) if closed => return judged(&answer, heard, Aftermath::Closed),
                Ok(_) => {}
            }
            let enough = answer.len() >= limits::PROBE_ANSWER_BYTES;
            if enough || heard && !is_http {
                return judged(&answer, heard, Aftermath::Accepted);
            }
        }
    }

    /// Whether the server agreed on HTTP.
    pub(in crate::probe) fn speaks_http(&self) -> bool {
        self.connection.alpn_protocol() == Some(http::PROTOCOL)
    }

    /// The certificates that the server presented, in its order.
    pub(in crate::probe) fn presented(&self) -> Vec<Vec<u8>> {
        self.record().presented.clone()
    }

    /// The place of the certificate whose key made the signature of the handshake, where it is not the
    /// first.
    pub(in crate::probe) fn misplaced(&self) -> Option<usize> {
        self.record().misplaced
    }

    /// The server's request for a certificate, if it made one.
    pub(in crate::probe) fn request(&self) -> Option<CertificateRequest> {
        let record = self.record();
        let asked = record.asked.as_ref()?;
        let names = asked.authorities.iter().map(|der| DistinguishedName::from_der(der));
        let (authorities, unreadable): (Vec<_>, Vec<_>) = names.partition(Result::is_ok);
        Some(CertificateRequest {
            version: self.version().unwrap_or(Version::Tls12),
            authorities: authorities.into_iter().flatten().collect(),
            unreadable: unreadable.len(),
            schemes: asked.schemes.iter().map(|&number| Scheme(number)).collect(),
        })
    }

    /// The version that was agreed on.
    pub(in crate::probe) fn version(&self) -> Option<Version> {
        match self.connection.protocol_version()? {
            ProtocolVersion::TLSv1_2 => Some(Version::Tls12),
            ProtocolVersion::TLSv1_3 => Some(Version::Tls13),
            _ => None,
        }
    }

    /// The name of the cipher suite that was agreed on, as in the registry.
    pub(in crate::probe) fn suite(&self) -> Option<String> {
        let name = self.connection.negotiated_cipher_suite()?.suite().as_str()?;
        // The library marks the suites of TLS 1.3.
        Some(name.replacen("TLS13_", "TLS_", 1))
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&mut self, stream: &mut impl Write) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(stream)?;
        }
        stream.flush()
    }

    /// Reads once; the number of bytes, 0 at the end.
    fn receive(&mut self, stream: &mut impl Read) -> Result<usize, SessionError> {
        let length = self.connection.read_tls(stream)?;
        self.connection.process_new_packets().map_err(SessionError::Tls)?;
        Ok(length)
    }
}

/// Whether the stream's time is over.
pub(in crate::probe) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// What an error of the TLS library means for the question.
fn step(error: Error) -> Result<Step, SessionError> {
    match error {
        Error::AlertReceived(alert) => Ok(Step::Alert(Alert(alert.into()))),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        ) => Ok(Step::Version("a version older than TLS 1.2")),
        Error::PeerIncompatible(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig) => {
            Ok(Step::Version("the version that was not asked for"))
        }
        error => Err(SessionError::Tls(error)),
    }
}

/// The last word on what was heard.
fn judged(answer: &[u8], heard: bool, otherwise: Aftermath) -> Aftermath {
    match http::refusal(answer) {
        Some(words) => Aftermath::Http(words),
        None if heard => Aftermath::Accepted,
        None => otherwise,
    }
}
