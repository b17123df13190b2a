//! Bodies that come or go slowly: a client may be slow, but not so slow that it holds a place for ever.

use std::{
    collections::VecDeque,
    io,
    time::{Duration, Instant},
};

use actix_web::{error::PayloadError, web::Bytes};
use futures_util::{Stream, StreamExt as _, stream};

/// How slow a body may be.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Longest time without a byte.
    pub idle: Duration,
    /// The rate is looked at over this time.
    pub window: Duration,
    /// Least rate, in bytes a second.
    pub least: u64,
}

/// The time spent waiting for the client, and what it sent or took in it, over the last window. Time that we ourselves took
/// is not counted.
#[derive(Debug, Default)]
pub(crate) struct Waited {
    pieces: VecDeque<(Duration, u64)>,
    waited: Duration,
    bytes: u64,
}

/// The same body, which ends with an error of the kind `TimedOut` when it comes too slowly.
pub fn paced<S>(body: S, pace: Pace) -> impl Stream<Item = Result<Bytes, PayloadError>>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    stream::unfold(Some((body, Waited::default())), move |state| async move {
        let (mut body, mut waited) = state?;
        let began = Instant::now();
        let Ok(piece) = tokio::time::timeout(pace.idle, body.next()).await else {
            return Some((Err(too_slow()), None));
        };
        let piece = match piece? {
            Ok(piece) => piece,
            Err(error) => return Some((Err(error), None)),
        };
        waited.add(began.elapsed(), piece.len() as u64, &pace);
        if waited.is_slow(&pace) {
            return Some((Err(too_slow()), None));
        }
        Some((Ok(piece), Some((body, waited))))
    })
    // A form asks again after the end.
    .fuse()
}

fn too_slow() -> PayloadError {
    PayloadError::Io(io::ErrorKind::TimedOut.into())
}

impl Waited {
    pub(crate) fn add(&mut self, waited: Duration, bytes: u64, pace: &Pace) {
        self.waited += waited;
        self.bytes += bytes;
        match self.pieces.back_mut() {
            // Parts of a window: so their number is bounded. A fast beginning is no part of a long wait.
            Some((last, of_last)) if *last + waited < pace.window / 16 => {
                *last += waited;
                *of_last += bytes;
            }
            _ => self.pieces.push_back((waited, bytes)),
        }
        while let Some((oldest, of_oldest)) = self.pieces.front().copied()
            && self.waited.saturating_sub(oldest) >= pace.window
        {
            self.waited -= oldest;
            self.bytes -= of_oldest;
            self.pieces.pop_front();
        }
    }

    pub(crate) fn is_slow(&self, pace: &Pace) -> bool {
        self.waited >= pace.window && self.bytes < pace.least * self.waited.as_secs()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Pace, Waited};

    const PACE: Pace = Pace {
        idle: Duration::from_secs(15),
        window: Duration::from_secs(30),
        least: 1_000,
    };

    fn slow_after(pieces: impl Iterator<Item = (u64, u64)>) -> Option<usize> {
        let mut waited = Waited::default();
        for (at, (millis, bytes)) in pieces.enumerate() {
            waited.add(Duration::from_millis(millis), bytes, &PACE);
            assert!(waited.pieces.len() < 64, "bounded");
            if waited.is_slow(&PACE) {
                return Some(at);
            }
        }
        None
    }

    #[test]
    fn the_last_window_counts_and_not_the_whole() {
        // At the least rate, for ever; in large pieces and in small ones.
        assert_eq!(slow_after((0..1_000).map(|_| (1_000, 1_000))), None);
        assert_eq!(slow_after((0..100_000).map(|_| (1, 1))), None);
        // A byte a second is refused after one window.
        assert_eq!(slow_after((0..1_000).map(|_| (1_000, 1))), Some(29));
        // A fast beginning is no credit for ever.
        let then_slow = (0..100).map(|_| (10, 1_000_000)).chain((0..1_000).map(|_| (1_000, 1)));
        assert!(slow_after(then_slow).is_some_and(|at| at < 100 + 64));
        // Waiting for the client alone counts.
        assert_eq!(slow_after((0..100_000).map(|_| (0, 0))), None);
    }
}
