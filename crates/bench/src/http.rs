//! A keep-alive HTTP/1.1 connection, reduced to what a load needs: it shares the cores with what it measures.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::BenchError;

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a prepared GET and answers the body of the response. Any status but 200 is an error.
    pub async fn get(&mut self, request: &[u8]) -> Result<&[u8], BenchError> {
        self.stream.write_all(request).await?;
        let (head, length) = self.answer("HTTP/1.1 200 ").await?;
        Ok(&self.buffer[head..head + length])
    }

    /// Posts JSON and answers the body of the response. Any status but 202 is an error.
    pub async fn post(&mut self, path: &str, token: &str, body: &str) -> Result<&[u8], BenchError> {
        self.buffer.clear();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.buffer.extend_from_slice(head.as_bytes());
        self.buffer.extend_from_slice(body.as_bytes());
        let request = std::mem::take(&mut self.buffer);
        self.stream.write_all(&request).await?;
        self.buffer = request;
        let (head, length) = self.answer("HTTP/1.1 202 ").await?;
        Ok(&self.buffer[head..head + length])
    }

    /// Reads an answer with this beginning; where its body begins, and its length.
    async fn answer(&mut self, begins: &str) -> Result<(usize, usize), BenchError> {
        self.buffer.clear();
        let (head, length) = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break (end + 4, content_length(&self.buffer[..end])?);
            }
            self.read().await?;
        };
        while self.buffer.len() < head + length {
            self.read().await?;
        }
        if !self.buffer.starts_with(begins.as_bytes()) {
            return Err(String::from_utf8_lossy(&self.buffer).into_owned().into());
        }
        Ok((head, length))
    }

    async fn read(&mut self) -> Result<(), BenchError> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the API closed the connection".into()),
            _ => Ok(()),
        }
    }
}

fn content_length(head: &[u8]) -> Result<usize, BenchError> {
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    Ok(length.ok_or("an answer without its length")?.trim().parse()?)
}
