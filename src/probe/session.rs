//! One TLS connection as a client that records and judges nothing.
//!
//! The chain is recorded before anything can be said against it, so that a certificate which a
//! library would refuse (expired, of version 1, of another host) is still reported. The signature
//! of the handshake is verified: who presents the chain has its key.

use crate::crypto::tls;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::key::PublicKey;
use crate::model::name::DistinguishedName;
use crate::probe::alert::Alert;
use crate::probe::request::{CertificateRequest, Scheme, Version};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer,
    UnixTime,
};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error,
    PeerIncompatible, ProtocolVersion, SignatureScheme, SupportedProtocolVersion,
};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What HTTP calls itself in ALPN (RFC 7301).
const HTTP: &[u8] = b"http/1.1";

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

/// What the callbacks of a connection saw.
#[derive(Debug, Default)]
struct Record {
    presented: Vec<Vec<u8>>,
    asked: Option<Asked>,
}

/// A certificate request as the callback gets it.
#[derive(Debug)]
struct Asked {
    authorities: Vec<Vec<u8>>,
    schemes: Vec<u16>,
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
            config.alpn_protocols = vec![HTTP.to_vec()];
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
            let request = format!(
                "GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: mwallet\r\nConnection: close\r\n\r\n"
            );
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
                    return self.judged(&answer, heard, Aftermath::Silent);
                }
                Err(SessionError::Io(error)) => {
                    return self.judged(&answer, heard, Aftermath::BrokenOff(error.to_string()));
                }
                Ok(0) => return self.judged(&answer, heard, Aftermath::Closed),
                Ok(_) if closed => return self.judged(&answer, heard, Aftermath::Closed),
                Ok(_) => {}
            }
            let enough = answer.len() >= limits::PROBE_ANSWER_BYTES;
            if enough || heard && !is_http {
                return self.judged(&answer, heard, Aftermath::Accepted);
            }
        }
    }

    #[expect(clippy::unused_self, reason = "the last word of listen")]
    fn judged(&self, answer: &[u8], heard: bool, otherwise: Aftermath) -> Aftermath {
        match http_refusal(answer) {
            Some(status) => Aftermath::Http(status),
            None if heard => Aftermath::Accepted,
            None => otherwise,
        }
    }

    /// Whether the server agreed on HTTP.
    pub(in crate::probe) fn speaks_http(&self) -> bool {
        self.connection.alpn_protocol() == Some(HTTP)
    }

    /// The certificates that the server presented, in its order.
    pub(in crate::probe) fn presented(&self) -> Vec<Vec<u8>> {
        self.record().presented.clone()
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

/// The status line of an HTTP answer that complains about the client's certificate, as nginx's do
/// (`400 No required SSL certificate was sent`, `400 The SSL certificate error`).
fn http_refusal(answer: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(answer);
    let status = text.strip_prefix("HTTP/1.")?.get(2..)?.lines().next()?.trim();
    if !status.starts_with('4') {
        return None;
    }
    let said = text.lines().find(|line| line.to_lowercase().contains("ssl certificate"))?;
    let words: String = said
        .split('<')
        .filter_map(|part| part.split_once('>').map(|(_, words)| words).or(Some(part)))
        .find(|words| words.to_lowercase().contains("ssl certificate"))?
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    Some(words)
}

/// The callbacks of the TLS library.
#[derive(Debug)]
struct Recorder {
    record: Arc<Mutex<Record>>,
    algorithms: WebPkiSupportedAlgorithms,
    key: Option<Arc<CertifiedKey>>,
}

impl Recorder {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.record().presented =
            std::iter::once(end_entity).chain(intermediates).map(|one| one.to_vec()).collect();
        Ok(ServerCertVerified::assertion())
    }

    /// As the library does it, but by the key alone, because its reader of certificates refuses
    /// those of version 1.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = public_key(certificate)?;
        let verifiers = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let verified = verifiers.is_some_and(|(_, verifiers)| {
            verifiers.iter().any(|verifier| {
                algorithm_content(&key) == Some(verifier.public_key_alg_id().as_ref())
                    && verifier
                        .verify_signature(key.key_bits(), message, signed.signature())
                        .is_ok()
            })
        });
        if verified {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::BadSignature))
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = public_key(certificate)?;
        let key = SubjectPublicKeyInfoDer::from(key.der());
        verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.record().asked = Some(Asked {
            authorities: root_hint_subjects.iter().map(|name| name.to_vec()).collect(),
            schemes: schemes.iter().map(|&scheme| scheme.into()).collect(),
        });
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn public_key(certificate: &[u8]) -> Result<PublicKey, Error> {
    Certificate::from_der(certificate)
        .map(|certificate| certificate.public_key())
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))
}

/// The content of the `AlgorithmIdentifier` of the key.
fn algorithm_content(key: &PublicKey) -> Option<&[u8]> {
    use der::Decode as _;
    use der::Reader as _;
    let fields = der::asn1::AnyRef::from_der(key.der()).ok()?;
    let algorithm = der::SliceReader::new(fields.value()).ok()?.tlv_bytes().ok()?;
    der::asn1::AnyRef::from_der(algorithm).ok().map(|algorithm| algorithm.value())
}

#[cfg(test)]
mod tests {
    use super::http_refusal;

    #[test]
    fn refusals_of_nginx_are_read_and_other_answers_are_not() {
        let page = |words: &str| {
            format!(
                "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html>\r\n<head><title>400 {words}\
                 </title></head>\r\n<body>\r\n<center>{words}</center>\r\n"
            )
        };
        assert_eq!(
            http_refusal(page("No required SSL certificate was sent").as_bytes()).unwrap(),
            "400 No required SSL certificate was sent"
        );
        assert!(http_refusal(page("Bad Request").as_bytes()).is_none());
        assert!(http_refusal(b"HTTP/1.1 200 OK\r\n\r\nall about the SSL certificate").is_none());
        assert!(http_refusal(b"").is_none());
        assert!(http_refusal("HTTP/1.\u{e9}\u{e9}\u{e9}".as_bytes()).is_none());
    }
}
