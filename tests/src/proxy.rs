//! A TCP proxy before one engine: the engine is unavailable for one application, and for nobody else.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Pass,
    Refuse,
    Hang,
    Slow(Duration),
}

/// What stands between an application and an engine. Every connection is of the mode the proxy is in at that moment:
/// open ones change with it.
#[derive(Clone)]
pub struct Proxy {
    mode: watch::Sender<Mode>,
    target: watch::Sender<String>,
    address: SocketAddr,
    opened: Arc<AtomicU64>,
}

impl Proxy {
    /// Listens and forwards to `target` (`host:port`).
    pub async fn start(listen: &str, target: String) -> Self {
        let listener = TcpListener::bind(listen).await.expect("an address to listen on");
        let proxy = Self {
            mode: watch::Sender::new(Mode::Pass),
            target: watch::Sender::new(target),
            address: listener.local_addr().expect("an address"),
            opened: Arc::default(),
        };
        let this = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                this.opened.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(client, this.target.subscribe(), this.mode.subscribe()));
            }
        });
        proxy
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections taken so far.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Forwards, as at the beginning.
    pub fn pass(&self) {
        self.mode.send_replace(Mode::Pass);
    }

    /// Breaks every connection, open and new ones.
    pub fn refuse(&self) {
        self.mode.send_replace(Mode::Refuse);
    }

    /// Takes connections and says nothing; what was being said stays unsaid until [`Self::pass`].
    pub fn hang(&self) {
        self.mode.send_replace(Mode::Hang);
    }

    /// Forwards to another `host:port` from now on, and breaks the connections to the one before: as an address that moves to a
    /// replica.
    pub fn leads_to(&self, target: &str) {
        self.target.send_replace(target.to_owned());
    }

    /// Delays every piece.
    pub fn slow(&self, by: Duration) {
        self.mode.send_replace(Mode::Slow(by));
    }
}

async fn serve(client: TcpStream, mut target: watch::Receiver<String>, mode: watch::Receiver<Mode>) {
    let address = target.borrow_and_update().clone();
    let connected = tokio::select! {
        () = refused(mode.clone()) => None,
        server = connect(&address, mode.clone()) => server,
    };
    let Some(server) = connected else {
        return reset(&client);
    };
    tokio::select! {
        () = refused(mode.clone()) => {}
        _ = target.changed() => reset(&client),
        () = copy(&client, &server, mode.clone()) => {}
        () = copy(&server, &client, mode.clone()) => {}
    }
    if *mode.borrow() == Mode::Refuse {
        reset(&client);
        reset(&server);
    }
}

/// Until connections are to be broken; for ever when they never are.
async fn refused(mut mode: watch::Receiver<Mode>) {
    if mode.wait_for(|mode| *mode == Mode::Refuse).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn connect(target: &str, mut mode: watch::Receiver<Mode>) -> Option<TcpStream> {
    let _ = mode.wait_for(|mode| *mode != Mode::Hang).await;
    let server = TcpStream::connect(target).await.ok()?;
    server.set_nodelay(true).ok()?;
    Some(server)
}

async fn copy(from: &TcpStream, to: &TcpStream, mut mode: watch::Receiver<Mode>) {
    let mut piece = vec![0; 64 * 1024];
    loop {
        if from.readable().await.is_err() {
            return;
        }
        let read = match from.try_read(&mut piece) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        };
        let now = match mode.wait_for(|mode| *mode != Mode::Hang).await {
            Ok(mode) => *mode,
            Err(_) => return,
        };
        if let Mode::Slow(by) = now {
            tokio::time::sleep(by).await;
        }
        let mut rest = &piece[..read];
        while !rest.is_empty() {
            if to.writable().await.is_err() {
                return;
            }
            match to.try_write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }
}

/// Closed at once with a reset, as a machine that is gone does.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}
