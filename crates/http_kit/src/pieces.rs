//! Bodies in small pieces, so that a connection whose client does not read holds little; and not for ever.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};

use crate::{
    in_turn::Answering,
    pace::{Pace, Waited},
};

/// How slow a client may read: 8 kbit/s, less than any sound has. Time in which there was nothing to take does not count.
/// Who takes nothing at all is closed by the kernel (`TCP_USER_TIMEOUT`).
const READERS: Pace = Pace {
    idle: Duration::MAX,
    window: Duration::from_secs(30),
    least: 1024,
};

/// Largest piece that is handed to a connection, in bytes, and the size of its write buffer: what does not fit waits where
/// it is shared.
pub const PIECE_BYTES: usize = 32 * 1024;

/// A body whose pieces have [`PIECE_BYTES`] at most.
pub(crate) struct Pieces {
    body: BoxBody,
    /// What is left of a larger piece.
    rest: Bytes,
    /// When the last piece was handed to the connection, and its size. The connection asks for the next one when it has room.
    handed: Option<(Instant, u64)>,
    waited: Waited,
    /// The next request is read when the last piece was handed over.
    _answering: Option<Answering>,
}

impl Pieces {
    /// The same body; a small one stays as it is, and its answer is over.
    pub(crate) fn of(body: BoxBody, answering: Option<Answering>) -> BoxBody {
        match body.size() {
            BodySize::None => body,
            BodySize::Sized(size) if size <= PIECE_BYTES as u64 => body,
            BodySize::Sized(_) | BodySize::Stream => BoxBody::new(Self {
                body,
                rest: Bytes::new(),
                handed: None,
                waited: Waited::default(),
                _answering: answering,
            }),
        }
    }
}

impl MessageBody for Pieces {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if let Some((at, bytes)) = self.handed.take() {
            self.waited.add(at.elapsed(), bytes, &READERS);
            if self.waited.is_slow(&READERS) {
                metrics::counter!("jonquil_http_slow_readers_total").increment(1);
                return Poll::Ready(Some(Err("the client reads too slowly".into())));
            }
        }
        // An empty piece would end a chunked answer.
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(piece)) => self.rest = piece,
                ended => return Poll::Ready(ended),
            }
        }
        let end = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(end);
        if self.rest.is_empty() {
            // A slice of nothing would keep the whole.
            drop(mem::take(&mut self.rest));
        }
        self.handed = Some((Instant::now(), piece.len() as u64));
        Poll::Ready(Some(Ok(piece)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use actix_web::body::SizedStream;
    use futures_util::stream;

    use super::*;

    #[test]
    fn a_reader_below_the_least_rate_is_given_up_and_a_player_is_not() {
        let slow_after = |millis: u64, bytes: u64| {
            let mut waited = Waited::default();
            (0..100_000).find(|_| {
                waited.add(Duration::from_millis(millis), bytes, &READERS);
                waited.is_slow(&READERS)
            })
        };
        let piece = PIECE_BYTES as u64;
        assert_eq!(slow_after(33_000, piece), Some(0), "under 1 KiB/s");
        assert_eq!(slow_after(16_500, piece / 2), Some(1), "in smaller pieces");
        assert_eq!(slow_after(31_000, piece), None, "over 1 KiB/s");
        // Speech of 24 kbit/s, taken in turns of 25 s.
        assert_eq!(slow_after(25_000, 75_000), None);
        assert_eq!(slow_after(0, piece), None, "whoever waits for nothing is fast");
    }

    #[test]
    fn a_large_body_comes_in_pieces_and_whole() {
        let large = Bytes::from(vec![7; 100_000]);
        let pieces = [large.clone(), Bytes::from_static(b"abc")].map(Ok::<_, std::io::Error>);
        for (body, length) in [
            (BoxBody::new(large), 100_000),
            (BoxBody::new(SizedStream::new(100_003, stream::iter(pieces))), 100_003),
        ] {
            let mut body = Pieces::of(body, None);
            let mut got = Vec::new();
            while let Some(piece) =
                futures_util::FutureExt::now_or_never(poll_fn(|cx| Pin::new(&mut body).poll_next(cx)))
                    .expect("it is there")
            {
                let piece = piece.expect("a piece");
                assert!(!piece.is_empty() && piece.len() <= PIECE_BYTES);
                got.extend_from_slice(&piece);
            }
            assert_eq!(got.len(), length);
        }
    }
}
