//! Enough of an HTTP client to ask an engine or a role whether it is ready.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// What was answered.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// A connection to a port of this machine that gives up after `patience` on each step.
pub fn connect(port: u16, patience: Duration) -> Option<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    stream.set_write_timeout(Some(patience)).ok()?;
    Some(stream)
}

/// GET of a path on this machine, HTTP/1.0 so that the answer ends with the connection; nothing if nobody answers in 5 s.
pub fn get(port: u16, path: &str) -> Option<Answer> {
    let mut stream = connect(port, Duration::from_secs(5))?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    // In one piece: a server that answers after the first one and closes would cut its own answer off.
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    // A server may close rudely after its answer; what has come by then is the answer.
    let _end = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer {
        status,
        body: body.to_owned(),
    })
}
