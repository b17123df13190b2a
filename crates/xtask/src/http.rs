//! A minimal HTTP client for readiness checks.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// A connection to a local port; each operation times out after `patience`.
pub fn connect(port: u16, patience: Duration) -> Option<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    stream.set_write_timeout(Some(patience)).ok()?;
    Some(stream)
}

/// GET from a local port; `None` without a response in 5 s. HTTP/1.0, so that the end of the connection ends the response.
pub fn get(port: u16, path: &str) -> Option<Answer> {
    let mut stream = connect(port, Duration::from_secs(5))?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    // In one write: a server may respond and close after the first part, and its response would be lost.
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    // A server may reset the connection after its response; what was received until then is the response.
    let _end = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer {
        status,
        body: body.to_owned(),
    })
}
