//! The requests of one connection are read one after the other.
//!
//! actix-http reads 128 KiB ahead of the request that it answers and makes requests of them at once: some 3,000 small ones,
//! which take 11 MiB. So a client that sends many and reads nothing would cost that much for each of its connections.

use std::{
    cell::{Cell, RefCell},
    io::{self, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::framing::Framing;

/// A connection that hands out a request when the answers to those before were handed to it, and the client has taken what
/// fits into its buffers. Bodies pass as they come.
#[derive(Debug)]
pub struct InTurn<T> {
    io: T,
    turn: Turn,
    framing: Framing,
    /// What was read after the end of a request.
    ahead: Vec<u8>,
}

/// Of one connection: whether a request of it is being answered. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Turn(Rc<State>);

#[derive(Debug, Default)]
struct State {
    is_answering: Cell<bool>,
    /// Whether the client takes nothing at the moment.
    is_full: Cell<bool>,
    /// Who wants to read.
    waiting: RefCell<Option<Waker>>,
}

/// While it is held, the answer to a request is not over.
#[derive(Debug)]
pub(crate) struct Answering(Turn);

impl Turn {
    /// The answer is being made until this is dropped.
    pub(crate) fn answering(&self) -> Answering {
        Answering(self.clone())
    }

    fn waits(&self) -> bool {
        self.0.is_answering.get() || self.0.is_full.get()
    }

    fn go_on(&self) {
        if let Some(waiting) = self.0.waiting.take() {
            waiting.wake();
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.is_answering.set(false);
        self.0.go_on();
    }
}

impl<T> InTurn<T> {
    pub fn new(io: T) -> Self {
        Self {
            io,
            turn: Turn::default(),
            framing: Framing::default(),
            ahead: Vec::new(),
        }
    }

    /// The connection itself.
    pub fn get_ref(&self) -> &T {
        &self.io
    }

    /// To be kept with the connection, where its requests find it.
    pub fn turn(&self) -> Turn {
        self.turn.clone()
    }

    fn wrote<W>(&self, written: Poll<W>) -> Poll<W> {
        let was_full = self.turn.0.is_full.replace(written.is_pending());
        if was_full && written.is_ready() {
            self.turn.go_on();
        }
        written
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for InTurn<T> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.framing.is_between() && this.turn.waits() {
            this.turn.0.waiting.replace(Some(context.waker().clone()));
            return Poll::Pending;
        }
        let followed = if this.ahead.is_empty() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.io).poll_read(context, buffer))?;
            let read = buffer.filled().get(before..).unwrap_or_default();
            let followed = this.framing.follow(read);
            let ahead = read.get(followed.bytes..).unwrap_or_default();
            this.ahead.extend_from_slice(ahead);
            buffer.set_filled(before + followed.bytes);
            followed
        } else {
            let piece = this.ahead.len().min(buffer.remaining());
            let followed = this.framing.follow(this.ahead.get(..piece).unwrap_or_default());
            buffer.put_slice(this.ahead.get(..followed.bytes).unwrap_or_default());
            this.ahead.drain(..followed.bytes);
            if this.ahead.is_empty() {
                // Whoever sends one request at a time holds nothing.
                this.ahead = Vec::new();
            }
            followed
        };
        if followed.has_head {
            this.turn.0.is_answering.set(true);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for InTurn<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n";
    const POST: &[u8] = b"POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 12\r\n\r\n";

    /// A connection to a client that sent these bytes, and takes at most 128 of an answer.
    async fn connected(sent: &[u8]) -> (InTurn<DuplexStream>, DuplexStream) {
        let (mut client, server) = duplex(128);
        client.write_all(sent).await.expect("room for it");
        (InTurn::new(server), client)
    }

    /// What is handed out now; none when it waits.
    async fn handed(stream: &mut InTurn<DuplexStream>) -> Option<Vec<u8>> {
        let (mut bytes, mut all) = ([0; 1_024], Vec::new());
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = poll_fn(|context| Poll::Ready(Pin::new(&mut *stream).poll_read(context, &mut buffer))).await;
            match read {
                Poll::Pending if all.is_empty() => return None,
                Poll::Pending => return Some(all),
                Poll::Ready(read) => read.expect("an open connection"),
            }
            all.extend_from_slice(buffer.filled());
        }
    }

    #[tokio::test]
    async fn the_next_request_waits_for_the_answer_and_wakes_the_reader() {
        let (mut stream, _client) = connected(&[GET, GET].concat()).await;
        assert_eq!(handed(&mut stream).await.as_deref(), Some(GET));
        assert_eq!(handed(&mut stream).await, None);
        let answering = stream.turn().answering();
        let mut buffer = vec![0; 1_024];
        let (read, ()) = tokio::join!(stream.read(&mut buffer), async { drop(answering) });
        assert_eq!(&buffer[..read.expect("the next one")], GET);
    }

    #[tokio::test]
    async fn a_body_passes_while_its_answer_is_made_and_nothing_after_it() {
        let sent = [POST, b"GET / HTTP/1", GET].concat();
        let (mut stream, _client) = connected(&sent).await;
        assert_eq!(handed(&mut stream).await.as_deref(), Some(&sent[..POST.len() + 12]));
        drop(stream.turn().answering());
        assert_eq!(handed(&mut stream).await.as_deref(), Some(GET));
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_not_read() {
        let (mut stream, mut client) = connected(&[GET, GET].concat()).await;
        assert_eq!(handed(&mut stream).await.as_deref(), Some(GET));
        let answer = [7; 100];
        let written = poll_fn(|context| {
            while Pin::new(&mut stream).poll_write(context, &answer).is_ready() {}
            Poll::Ready(())
        });
        written.await;
        drop(stream.turn().answering());
        assert_eq!(handed(&mut stream).await, None);
        client.read_exact(&mut [0; 128]).await.expect("what was written");
        stream.write_all(&answer[..1]).await.expect("room for it");
        assert_eq!(handed(&mut stream).await.as_deref(), Some(GET));
    }

    #[tokio::test]
    async fn the_end_of_a_connection_is_seen_after_its_last_request() {
        let (mut stream, client) = connected(GET).await;
        drop(client);
        assert_eq!(stream.read(&mut [0; 1_024]).await.expect("the request"), GET.len());
        drop(stream.turn().answering());
        assert_eq!(stream.read(&mut [0; 8]).await.expect("the end"), 0);
    }
}
