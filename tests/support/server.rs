//! TLS servers on loopback that end with the test.

use crate::support::peers::{self, Peer};
use crate::support::scratch::Scratch;
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A process that ends with the test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Starts a command that reports in JSON and goes on; with its report.
    #[track_caller]
    pub(crate) fn reporting(command: &mut Command) -> (Self, Value) {
        let mut process = Self(command.stdout(Stdio::piped()).spawn().unwrap());
        let mut stdout = process.0.stdout.take().unwrap();
        let (sender, chunks) = mpsc::channel();
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count) = stdout.read(&mut chunk)
                && sender.send(chunk[..count].to_vec()).is_ok()
                && count > 0
            {}
        });
        let mut text = Vec::new();
        loop {
            let chunk = chunks.recv_timeout(PATIENCE).expect("it reports in time");
            assert!(!chunk.is_empty(), "it ended with {}", String::from_utf8_lossy(&text));
            text.extend_from_slice(&chunk);
            if let Ok(report) = serde_json::from_slice(&text) {
                return (process, report);
            }
        }
    }
}

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server of another program.
pub(crate) struct Server {
    process: Process,
    pub(crate) port: u16,
}

impl Server {
    /// `openssl s_server` with these options.
    #[track_caller]
    pub(crate) fn openssl(scratch: &Scratch, openssl: &Peer, options: &str) -> Self {
        Self::start(&scratch.at("s_server.log"), |port| {
            // IPv4 and no session cache: every handshake is a whole one.
            let line = format!("s_server -4 -accept 127.0.0.1:{port} -no_cache -quiet {options}");
            scratch.command(openssl, &line)
        })
    }

    /// nginx that says `hello`, with these lines in its `server` block; paths are relative to the scratch
    /// folder.
    #[track_caller]
    pub(crate) fn nginx(scratch: &Scratch, nginx: &Peer, lines: &str) -> Self {
        let lines = format!("{lines}\nlocation / {{ return 200 \"hello\"; }}");
        Self::nginx_with(scratch, nginx, "", &lines)
    }

    /// nginx with these lines in its `http` block and in its `server` block.
    #[track_caller]
    pub(crate) fn nginx_with(scratch: &Scratch, nginx: &Peer, http: &str, server: &str) -> Self {
        let here = scratch.path().display();
        Self::start(&scratch.at("nginx.log"), |port| {
            scratch.write(
                "nginx.conf",
                format!(
                    "daemon off; master_process off; pid {here}/nginx.pid; error_log {here}/nginx.err;\n\
                     events {{}}\n\
                     http {{ access_log off;\n\
                     client_body_temp_path {here}/t1; proxy_temp_path {here}/t2;\n\
                     fastcgi_temp_path {here}/t3; uwsgi_temp_path {here}/t4; scgi_temp_path {here}/t5;\n\
                     {http}\nserver {{ listen 127.0.0.1:{port} ssl;\n{server}\n}} }}\n"
                ),
            );
            let mut command = scratch.command(nginx, "-c nginx.conf -e nginx.first.err");
            command.arg("-p").arg(scratch.path());
            command
        })
    }

    /// PostgreSQL on the files of a scratch folder, which asks for a certificate of the root's and
    /// goes on without.
    #[track_caller]
    pub(crate) fn postgres(scratch: &Scratch, postgres: &Peer) -> Self {
        let folder = scratch.folder("postgres");
        let data = folder.join("data");
        let owner = unprivileged();
        for (name, mode) in [("whole.pem", 0o644), ("root.pem", 0o644), ("server.key", 0o600)] {
            let copy = folder.join(name);
            fs::copy(scratch.at(name), &copy).unwrap();
            fs::set_permissions(&copy, fs::Permissions::from_mode(mode)).unwrap();
            chown(&copy, owner, owner).unwrap();
        }
        chown(&folder, owner, owner).unwrap();
        let as_owner = |mut command: Command| {
            if let Some(owner) = owner {
                // The folder above is its owner's alone, and only the way through is needed.
                fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o711)).unwrap();
                command.uid(owner).gid(owner);
            }
            command.current_dir(&folder);
            command
        };
        let mut command = postgres.beside("initdb").command();
        command.args(["-U", "app", "-A", "trust", "--no-sync", "-D"]).arg(&data);
        let made = as_owner(command).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self::start(&scratch.at("postgres.log"), |port| {
            let mut command = postgres.command();
            command.arg("-D").arg(&data).arg("-c").arg(format!("port={port}"));
            for setting in [
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "ssl=on",
                "ssl_cert_file=../whole.pem",
                "ssl_key_file=../server.key",
                "ssl_ca_file=../root.pem",
            ] {
                command.arg("-c").arg(setting);
            }
            as_owner(command)
        })
    }

    /// A Java server that requires a client certificate: key store and trust store are PKCS#12
    /// files with this password.
    #[track_caller]
    pub(crate) fn java(
        scratch: &Scratch,
        java: &Peer,
        keys: &str,
        trusted: &str,
        password: &str,
    ) -> Self {
        scratch.write("Server.java", JAVA_SERVER);
        Self::start(&scratch.at("java.log"), |port| {
            scratch.command(java, &format!("Server.java {port} {keys} {trusted} {password}"))
        })
    }

    /// Starts what a port makes of the command, and waits until it listens there. Somebody else may take
    /// the port before it does; then there is another.
    #[track_caller]
    fn start(log: &Path, command: impl Fn(u16) -> Command) -> Self {
        for _ in 0..3 {
            let port = free_port();
            let errors = fs::File::create(log).unwrap();
            let child = command(port)
                // s_server ends with its stdin
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(errors)
                .spawn()
                .unwrap();
            let mut server = Self { process: Process(child), port };
            if server.listens() {
                return server;
            }
        }
        panic!("the server does not listen: {}", fs::read_to_string(log).unwrap_or_default());
    }

    /// Waits, and makes sure that it is this server which listens: one that cannot have its port ends.
    fn listens(&mut self) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            let connected = TcpStream::connect(("127.0.0.1", self.port)).is_ok();
            if self.process.0.try_wait().unwrap().is_some() {
                return false;
            }
            if connected {
                return true;
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// `localhost` and the port.
    pub(crate) fn address(&self) -> String {
        format!("localhost:{}", self.port)
    }
}

/// The user that a server runs as which refuses to run as the one who may do everything.
fn unprivileged() -> Option<u32> {
    const NOBODY: u32 = 65534;
    (rustix::process::geteuid().is_root()).then_some(NOBODY)
}

const JAVA_SERVER: &str = r#"
import java.io.FileInputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Server {
    public static void main(String[] words) throws Exception {
        char[] password = words[3].toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store(words[1], password), password);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
        trusted.init(store(words[2], password));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(Integer.parseInt(words[0]), 50, InetAddress.getByName("127.0.0.1"));
        listener.setNeedClientAuth(true);
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            new Thread(() -> {
                try (socket) {
                    socket.getOutputStream().write("hello".getBytes());
                    socket.getInputStream().read();
                } catch (Exception refused) {
                    System.err.println(refused);
                }
            }).start();
        }
    }

    private static KeyStore store(String path, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream(path)) {
            store.load(in, password);
        }
        return store;
    }
}
"#;

/// A Java that runs a source file, if there is one.
pub(crate) fn java() -> Option<Peer> {
    peers::java_of_sources()
}

/// A port where nobody listens.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server that does to each connection what `serve` says, in a thread of its own; the port.
pub(crate) fn fake(serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    port
}

/// Passes everything on to a server on this machine, both ways.
pub(crate) fn forward(client: TcpStream, port: u16) {
    let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let pump = |mut from: TcpStream, mut to: TcpStream| {
        thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        })
    };
    let there = pump(client.try_clone().unwrap(), server.try_clone().unwrap());
    let back = pump(server, client);
    let _ = (there.join(), back.join());
}

/// Reads until what was read ends so.
pub(crate) fn read_until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut byte = [0];
    while !heard.ends_with(end) && stream.read(&mut byte).is_ok_and(|length| length == 1) {
        heard.push(byte[0]);
    }
    heard
}

/// Writes, whether or not somebody still listens.
pub(crate) fn say(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
}
