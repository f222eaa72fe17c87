//! A wire between the binary and PostgreSQL that the test can cut, take away and freeze.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What all its threads share.
#[derive(Default)]
struct Wire {
    frozen: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
    /// Set to end the accepting thread.
    stopped: AtomicBool,
}

pub struct Proxy {
    /// The database's address through the wire.
    pub url: String,
    address: SocketAddr,
    server: Server,
    wire: Arc<Wire>,
    accepting: Mutex<Option<thread::JoinHandle<()>>>,
}

/// Where PostgreSQL listens.
#[derive(Clone)]
enum Server {
    Socket(String),
    Tcp(String),
}

impl Proxy {
    /// In front of `postgres://user@host:port/database?host=FOLDER&…`.
    pub fn before(url: &str) -> Proxy {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, database) = place.split_once('/').unwrap();
        let (user, host) = host.rsplit_once('@').unwrap_or(("postgres", host));
        let (folders, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(|pair| pair.starts_with("host="));
        let server = match folders.first() {
            Some(folder) => Server::Socket(format!("{}/.s.PGSQL.5432", &folder["host=".len()..])),
            None if host.contains(':') => Server::Tcp(host.to_owned()),
            None => Server::Tcp(format!("{host}:5432")),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = Proxy {
            url: format!("{scheme}://{user}@{address}/{database}?{}", others.join("&")),
            address,
            server,
            wire: Arc::default(),
            accepting: Mutex::default(),
        };
        proxy.accept(listener);
        proxy
    }

    fn accept(&self, listener: TcpListener) {
        let (wire, server) = (Arc::clone(&self.wire), self.server.clone());
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if wire.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                wire.open.lock().unwrap().push(stream.try_clone().unwrap());
                match &server {
                    Server::Socket(path) => {
                        let other = UnixStream::connect(path).unwrap();
                        let back = (other.try_clone().unwrap(), stream.try_clone().unwrap());
                        carry(stream, other, &wire, |other| drop(other.shutdown(Shutdown::Both)));
                        carry(back.0, back.1, &wire, |stream| drop(stream.shutdown(Shutdown::Both)));
                    }
                    Server::Tcp(address) => {
                        let other = TcpStream::connect(address).unwrap();
                        let back = (other.try_clone().unwrap(), stream.try_clone().unwrap());
                        carry(stream, other, &wire, |other| drop(other.shutdown(Shutdown::Both)));
                        carry(back.0, back.1, &wire, |stream| drop(stream.shutdown(Shutdown::Both)));
                    }
                }
            }
        });
        *self.accepting.lock().unwrap() = Some(accepting);
    }

    /// Breaks all connections; new ones work.
    pub fn cut(&self) {
        for stream in self.wire.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Breaks all connections and refuses new ones.
    pub fn stop(&self) {
        self.wire.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.lock().unwrap().take() {
            accepting.join().unwrap();
        }
        self.cut();
    }

    /// Accepts connections again.
    pub fn start(&self) {
        self.wire.stopped.store(false, Ordering::SeqCst);
        self.accept(TcpListener::bind(self.address).unwrap());
    }

    /// Carries nothing while frozen, and says nothing.
    pub fn freeze(&self, frozen: bool) {
        self.wire.frozen.store(frozen, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.freeze(false);
        self.stop();
    }
}

/// One direction, until either end is gone; then both are.
fn carry<R, W>(mut from: R, mut to: W, wire: &Arc<Wire>, end: impl Fn(&W) + Send + 'static)
where
    R: Read + Send + 'static,
    W: Write + Send + 'static,
{
    let wire = Arc::clone(wire);
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            while wire.frozen.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(5));
            }
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        end(&to);
    });
}
