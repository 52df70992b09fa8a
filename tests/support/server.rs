//! TLS servers on loopback that end with the test.

use crate::support::peers::{self, Peer};
use crate::support::scratch::Scratch;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// A server of another program.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// `openssl s_server` with these options.
    #[track_caller]
    pub(crate) fn openssl(scratch: &Scratch, openssl: &Peer, options: &str) -> Self {
        let port = free_port();
        // IPv4 and no session cache: every handshake is a whole one.
        let line = format!("s_server -4 -accept 127.0.0.1:{port} -no_cache -quiet {options}");
        Self::start(scratch.command(openssl, &line), port, &scratch.at("s_server.log"))
    }

    /// nginx with these lines in its `server` block; paths are relative to the scratch folder.
    #[track_caller]
    pub(crate) fn nginx(scratch: &Scratch, nginx: &Peer, lines: &str) -> Self {
        let port = free_port();
        let here = scratch.path().display();
        scratch.write(
            "nginx.conf",
            format!(
                "daemon off; master_process off; pid {here}/nginx.pid; error_log {here}/nginx.err;\n\
                 events {{}}\n\
                 http {{ access_log off;\n\
                 client_body_temp_path {here}/t1; proxy_temp_path {here}/t2;\n\
                 fastcgi_temp_path {here}/t3; uwsgi_temp_path {here}/t4; scgi_temp_path {here}/t5;\n\
                 server {{ listen 127.0.0.1:{port} ssl;\n{lines}\n\
                 location / {{ return 200 \"hello\"; }} }} }}\n"
            ),
        );
        let mut command = scratch.command(nginx, "-c nginx.conf -e nginx.first.err");
        command.arg("-p").arg(scratch.path());
        Self::start(command, port, &scratch.at("nginx.log"))
    }

    /// PostgreSQL on the files of a scratch folder, which asks for a certificate of the root's and
    /// goes on without.
    #[track_caller]
    pub(crate) fn postgres(scratch: &Scratch, postgres: &Peer) -> Self {
        let port = free_port();
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
        let mut command = postgres.command();
        command.arg("-D").arg(&data);
        for setting in [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "ssl=on".to_owned(),
            "ssl_cert_file=../whole.pem".to_owned(),
            "ssl_key_file=../server.key".to_owned(),
            "ssl_ca_file=../root.pem".to_owned(),
        ] {
            command.arg("-c").arg(setting);
        }
        Self::start(as_owner(command), port, &scratch.at("postgres.log"))
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
        let port = free_port();
        scratch.write("Server.java", JAVA_SERVER);
        let line = format!("Server.java {port} {keys} {trusted} {password}");
        Self::start(scratch.command(java, &line), port, &scratch.at("java.log"))
    }

    #[track_caller]
    fn start(mut command: Command, port: u16, log: &Path) -> Self {
        let errors = fs::File::create(log).unwrap();
        let child = command
            // s_server ends with its stdin
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut server = Self { child, port };
        for _ in 0..1200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return server;
            }
            if server.child.try_wait().unwrap().is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the server does not listen: {}", fs::read_to_string(log).unwrap_or_default());
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
