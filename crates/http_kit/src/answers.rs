//! One answer for many: what does not depend on who asks is computed once for all who ask at the time, and kept a moment.

use std::{
    any::Any,
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use actix_web::web::Bytes;
use moka::sync::Cache;
use serde::Serialize;
use tokio::sync::Mutex as AsyncMutex;

use crate::Error;

/// Bytes of all answers that are kept.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// What an answer takes beside its bytes, about: its value, its key and its place. So their number is bounded too.
const LEAST_BYTES: usize = 8 * 1024;

/// An answer without anything that is made for one person.
pub struct Kept {
    value: Box<dyn Any + Send + Sync>,
    /// Ready to send to whoever is not signed in.
    pub bytes: Bytes,
    /// A weak entity tag: the same for all answers that say the same.
    pub tag: String,
}

impl Kept {
    /// `undated` is the value where it says nothing of when it was made; none when the value says nothing of that.
    pub fn new<T: Serialize + Send + Sync + 'static>(value: T, undated: Option<&T>) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(&value).map_err(Error::defect)?;
        let tag = match undated {
            Some(undated) => tag(&serde_json::to_vec(undated).map_err(Error::defect)?),
            None => tag(&bytes),
        };
        Ok(Self {
            value: Box::new(value),
            bytes: bytes.into(),
            tag,
        })
    }

    /// The value; none when it is of another type.
    pub fn value<T: 'static>(&self) -> Option<&T> {
        self.value.downcast_ref()
    }
}

fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("W/\"{:016x}\"", hasher.finish())
}

type Computed = Result<Arc<Kept>, Error>;

/// An answer while it is computed. Whoever holds the lock computes it; the others wait for the same.
#[derive(Default)]
struct Flight(AsyncMutex<Option<Computed>>);

/// The answers of a process; clones share them.
#[derive(Clone)]
pub struct Answers {
    keep: Duration,
    kept: Cache<Arc<str>, (Instant, Arc<Kept>)>,
    flights: Arc<Mutex<Flights>>,
}

/// What is computed at this moment, with how many wait for it.
type Flights = HashMap<Arc<str>, (Arc<Flight>, usize)>;

impl Answers {
    /// Each is kept so long after it was computed.
    #[must_use]
    pub fn new(keep: Duration) -> Self {
        let weight = |key: &Arc<str>, (_, kept): &(Instant, Arc<Kept>)| {
            let bytes = LEAST_BYTES + key.len() + 4 * kept.bytes.len();
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder().max_capacity(MAX_BYTES).weigher(weight);
        Self {
            keep,
            kept: kept.time_to_live(keep.max(Duration::from_millis(1))).build(),
            flights: Arc::default(),
        }
    }

    /// The answer of this key: as it was kept, as somebody computes it at this moment, or as `compute` makes it.
    ///
    /// A request that is dropped while it computes leaves this to the next one that waits.
    pub async fn once(&self, key: &str, compute: impl Future<Output = Result<Kept, Error>>) -> Computed {
        if let Some(kept) = self.fresh(key) {
            count_answer("kept");
            return Ok(kept);
        }
        let mut boarded = self.board(key);
        let flight = Arc::clone(&boarded.flight);
        let mut computed = flight.0.lock().await;
        if let Some(computed) = &*computed {
            count_answer("joined");
            return computed.clone();
        }
        count_answer("computed");
        let made = compute.await.map(Arc::new);
        if let (Ok(made), false) = (&made, self.keep.is_zero()) {
            let until = Instant::now() + self.keep;
            self.kept.insert(Arc::clone(&boarded.key), (until, Arc::clone(made)));
            #[expect(clippy::cast_precision_loss, reason = "a gauge of bytes")]
            metrics::gauge!("jonquil_answers_bytes").set(self.kept.weighted_size() as f64);
        }
        *computed = Some(made.clone());
        // An error too: who waited gets it, and who comes from now on tries anew.
        boarded.is_over = true;
        made
    }

    fn fresh(&self, key: &str) -> Option<Arc<Kept>> {
        let (until, kept) = self.kept.get(key)?;
        (Instant::now() < until).then_some(kept)
    }

    fn board(&self, key: &str) -> Boarded<'_> {
        let mut flights = self.flights();
        let key = Arc::<str>::from(key);
        let (flight, waiting) = flights.entry(Arc::clone(&key)).or_default();
        *waiting += 1;
        Boarded {
            answers: self,
            key,
            flight: Arc::clone(flight),
            is_over: false,
        }
    }

    fn flights(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of a request for an answer that is the same for many.
pub fn count_answer(how: &'static str) {
    metrics::counter!("jonquil_answers_total", "how" => how).increment(1);
}

/// A place in a flight. Whoever has ended it, or leaves last, takes it off the map.
struct Boarded<'a> {
    answers: &'a Answers,
    key: Arc<str>,
    flight: Arc<Flight>,
    is_over: bool,
}

impl Drop for Boarded<'_> {
    fn drop(&mut self) {
        let mut flights = self.answers.flights();
        let Some((flight, waiting)) = flights.get_mut(&self.key) else {
            return;
        };
        if !Arc::ptr_eq(flight, &self.flight) {
            return;
        }
        *waiting -= 1;
        if self.is_over || *waiting == 0 {
            flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests;
