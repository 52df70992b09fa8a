//! The sockets: a thread that waits for each server, and one for each connection, in bounded number.
#![expect(clippy::disallowed_methods, reason = "this file is the fence's gate")]

use crate::limits;
use crate::model::certificate::Certificate;
use crate::serve::echo::{self, Client};
use crate::serve::{Endpoint, ServeError, tls};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

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
            let Some(place) = Place::take(connections) else {
                tell(Outcome::Broken("too many connections at once".to_owned()));
                continue;
            };
            let (name, events) = (self.name.clone(), events.clone());
            let configuration = Arc::clone(&self.configuration);
            let spawned = thread::Builder::new().spawn(move || {
                let outcome = answer(stream, configuration)
                    .unwrap_or_else(|error| Outcome::Broken(error.to_string()));
                drop(place);
                drop(events.send(Event { name, outcome }));
            });
            if let Err(error) = spawned {
                tell(Outcome::Broken(error.to_string()));
            }
        }
    }
}

/// A connection among those that are held at once, until it is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(connections: &Arc<AtomicUsize>) -> Option<Self> {
        let place = Self(Arc::clone(connections));
        (connections.fetch_add(1, Ordering::AcqRel) < limits::PKI_CONNECTIONS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A connection that ends at a moment, however slowly its bytes come and go.
struct Ending {
    stream: TcpStream,
    at: Instant,
}

impl Ending {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Ending {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Ending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn answer(stream: TcpStream, configuration: Arc<ServerConfig>) -> io::Result<Outcome> {
    let at = Instant::now() + Duration::from_secs(limits::PKI_WAIT_SECONDS);
    let connection = ServerConnection::new(configuration).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, Ending { stream, at });
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    let client = Client::of(&stream.conn);
    let bytes = echo::answer(&mut stream, client.as_ref())?;
    stream.conn.send_close_notify();
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(Outcome::Answered { client, bytes })
}

#[cfg(test)]
mod tests {
    use super::{Ending, Place};
    use crate::limits;
    use std::io::{self, Read as _, Write as _};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    #[test]
    fn a_connection_that_ends_badly_gives_its_place_back() {
        let connections = Arc::new(AtomicUsize::new(0));
        let mut places: Vec<Place> = (0..limits::PKI_CONNECTIONS)
            .map(|_| Place::take(&connections).expect("there is room"))
            .collect();
        assert!(Place::take(&connections).is_none());
        let last = places.pop();
        let panicked = std::thread::spawn(move || {
            let _place = last;
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(panicked.join().is_err());
        assert!(Place::take(&connections).is_some());
        drop(places);
        assert_eq!(connections.load(Ordering::Acquire), 0);
    }

    #[test]
    fn a_connection_ends_though_its_client_goes_on() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        client.write_all(b"more and more").unwrap();
        let mut ending = Ending { stream, at: Instant::now() + Duration::from_secs(3600) };
        ending.read_exact(&mut [0; 4]).unwrap();
        ending.at = Instant::now();
        for ended in [ending.read(&mut [0; 4]), ending.write(b"more")] {
            assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
    }
}
