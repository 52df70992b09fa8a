//! The sockets: a thread that waits for each server, and one for each connection, in bounded number.
#![expect(clippy::disallowed_methods, reason = "this file is the fence's gate")]

use crate::limits;
use crate::model::certificate::Certificate;
use crate::serve::echo::{self, Client};
use crate::serve::{Endpoint, ServeError, tls};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

/// Pause after a connection that could not be taken, so that a lasting reason does not spin.
const PAUSE: Duration = Duration::from_millis(50);

/// Servers that listen and do not answer yet.
#[derive(Debug)]
pub struct Servers {
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    name: String,
    listener: TcpListener,
    address: SocketAddr,
    configuration: Arc<ServerConfig>,
}

/// What happened at a server.
#[derive(Clone, Debug)]
pub struct Event {
    /// The server.
    pub name: String,
    /// What happened.
    pub outcome: Outcome,
}

/// How a connection ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was answered.
    Answered {
        /// Who the client said it was.
        client: Option<Client>,
        /// How many bytes came.
        bytes: usize,
    },
    /// It broke off, or the client refused the certificate.
    Broken(String),
}

impl Servers {
    /// Opens the servers on 127.0.0.1: on ports that are free, or on `port` and those after it.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when there are too many, one cannot listen, or its key cannot sign.
    pub fn open(
        endpoints: &[Endpoint],
        roots: &[Certificate],
        port: Option<u16>,
    ) -> Result<Self, ServeError> {
        if endpoints.len() > limits::PKI_SERVERS {
            let allowed = limits::PKI_SERVERS;
            return Err(ServeError::TooMany { found: endpoints.len(), allowed });
        }
        let mut open = Vec::new();
        for (endpoint, number) in endpoints.iter().zip(0_u16..) {
            let name = endpoint.name.clone();
            let port = port.map_or(0, |first| first.saturating_add(number));
            let failed = |e: io::Error| ServeError::Listen {
                name: name.clone(),
                port,
                reason: e.to_string(),
            };
            let configuration = Arc::new(tls::configuration(endpoint, roots)?);
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            open.push(Open { name, listener, address, configuration });
        }
        Ok(Self { open })
    }

    /// The servers with their addresses, in the order in which they were named.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, SocketAddr)> {
        self.open.iter().map(|open| (open.name.as_str(), open.address))
    }

    /// Begins to answer, and goes on for as long as the process lives.
    pub fn run(self, events: &Sender<Event>) {
        let connections = Arc::new(AtomicUsize::new(0));
        for open in self.open {
            let (connections, events) = (Arc::clone(&connections), events.clone());
            thread::spawn(move || open.accept(&connections, &events));
        }
    }
}

impl Open {
    fn accept(&self, connections: &Arc<AtomicUsize>, events: &Sender<Event>) {
        for stream in self.listener.incoming() {
            let tell = |outcome| {
                // Nobody listens: the program is about to end.
                drop(events.send(Event { name: self.name.clone(), outcome }));
            };
            let stream = match stream {
                Ok(stream) => stream,
                Err(error) => {
                    tell(Outcome::Broken(error.to_string()));
                    thread::sleep(PAUSE);
                    continue;
                }
            };
            if connections.fetch_add(1, Ordering::AcqRel) >= limits::PKI_CONNECTIONS {
                connections.fetch_sub(1, Ordering::AcqRel);
                tell(Outcome::Broken("too many connections at once".to_owned()));
                continue;
            }
            let (connections, events) = (Arc::clone(connections), events.clone());
            let (name, configuration) = (self.name.clone(), Arc::clone(&self.configuration));
            thread::spawn(move || {
                let outcome = answer(stream, configuration)
                    .unwrap_or_else(|error| Outcome::Broken(error.to_string()));
                connections.fetch_sub(1, Ordering::AcqRel);
                drop(events.send(Event { name, outcome }));
            });
        }
    }
}

fn answer(stream: TcpStream, configuration: Arc<ServerConfig>) -> io::Result<Outcome> {
    let patience = Some(Duration::from_secs(limits::PKI_WAIT_SECONDS));
    stream.set_read_timeout(patience)?;
    stream.set_write_timeout(patience)?;
    let connection = ServerConnection::new(configuration).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    let client = Client::of(&stream.conn);
    let bytes = echo::answer(&mut stream, client.as_ref())?;
    stream.conn.send_close_notify();
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(Outcome::Answered { client, bytes })
}
