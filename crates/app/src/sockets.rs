//! What is set on each connection of a client when it is accepted.

use std::net::Shutdown;

use actix_web::{dev::Extensions, rt::net::TcpStream};
use http_kit::Connections;
use socket2::SockRef;

use crate::timeouts;

/// Bytes that the kernel keeps unsent. Its buffer grows to megabytes, also for a client that takes a few bytes a second; and
/// only what it asks of us says how fast that client is.
const UNSENT_BYTES: u32 = 64 * 1024;

/// Counts the connection by its address, and lets the kernel close it when its client takes nothing for a while. What is
/// over the limit is closed at once.
pub(crate) fn accepted(stream: &TcpStream, connections: &Connections, extensions: &mut Extensions) {
    let socket = SockRef::from(stream);
    if let Err(error) = socket.set_tcp_user_timeout(Some(timeouts::STALLED_CLIENT)) {
        tracing::warn!(%error, "a client that stalls will keep its connection");
    }
    if let Err(error) = socket.set_tcp_notsent_lowat(UNSENT_BYTES) {
        tracing::warn!(%error, "a client that reads slowly will be found late");
    }
    // Else the last piece of a large answer waits until the client has acknowledged those before, which takes it 40 ms.
    if let Err(error) = socket.set_tcp_nodelay(true) {
        tracing::warn!(%error, "large answers to a client will be late");
    }
    // Without a peer it is closed already.
    let Ok(peer) = stream.peer_addr() else { return };
    if let Some(connected) = connections.connect(peer.ip()) {
        // Dropped with the connection.
        extensions.insert(connected);
        return;
    }
    metrics::counter!("jonquil_http_connections_refused_total").increment(1);
    tracing::debug!(%peer, "too many connections of one address, closing one");
    if let Err(error) = socket.shutdown(Shutdown::Both) {
        tracing::debug!(%peer, %error, "a refused connection was closed already");
    }
}

#[cfg(test)]
mod tests {
    use http_kit::Proxies;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_is_written_to_a_client_is_sent_at_once() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepting) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, _) = accepting.unwrap();
        let mut extensions = Extensions::new();
        accepted(&stream, &Connections::new(1, Proxies::default()), &mut extensions);
        assert!(stream.nodelay().unwrap());
        drop(client);
    }
}
