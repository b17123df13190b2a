//! Lookups by id that gather: while one is under way the next ids wait, then one lookup answers all that wait. Nobody waits
//! for a timer, and nobody gets what was looked up before it asked.

use std::{
    collections::HashMap,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::StoreError;

/// Ids of one lookup; one asker more may be beyond it.
const MAX_IDS: usize = 1_000;

type Loaded<V> = Result<Arc<HashMap<Uuid, V>>, StoreError>;
type Looking<V> = Pin<Box<dyn Future<Output = Result<HashMap<Uuid, V>, StoreError>> + Send>>;

/// One kind of lookup. It runs on the runtime of whoever asks, so each runtime has its own; clones share it.
pub struct Gathered<V>(Arc<Shared<V>>);

impl<V> Clone for Gathered<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Shared<V> {
    /// How long a lookup may take.
    limit: Duration,
    /// Of many ids at once; what is not there is left out.
    look: Box<dyn Fn(Vec<Uuid>) -> Looking<V> + Send + Sync>,
    waiting: Mutex<Waiting<V>>,
}

struct Waiting<V> {
    is_busy: bool,
    askers: Vec<Asker<V>>,
}

struct Asker<V> {
    ids: Vec<Uuid>,
    answer: oneshot::Sender<Loaded<V>>,
}

impl<V: Send + Sync + 'static> Gathered<V> {
    /// Lookups that take longer than `limit` fail: those who wait must not wait for an engine that is silent.
    pub fn new<F>(limit: Duration, look: impl Fn(Vec<Uuid>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<HashMap<Uuid, V>, StoreError>> + Send + 'static,
    {
        let waiting = Waiting {
            is_busy: false,
            askers: Vec::new(),
        };
        Self(Arc::new(Shared {
            limit,
            look: Box::new(move |ids| Box::pin(look(ids))),
            waiting: Mutex::new(waiting),
        }))
    }

    /// What there is of these ids, and maybe of others.
    pub async fn of(&self, ids: &[Uuid]) -> Loaded<V> {
        if ids.is_empty() {
            return Ok(Arc::default());
        }
        let (answer, answered) = oneshot::channel();
        let ids = ids.to_vec();
        let was_busy = {
            let mut waiting = self.0.waiting();
            waiting.askers.push(Asker { ids, answer });
            mem::replace(&mut waiting.is_busy, true)
        };
        if !was_busy {
            // A task of its own: whoever asked first may go away.
            tokio::spawn(work(Arc::clone(&self.0)));
        }
        let lost = |_| Err(StoreError::Unavailable("the lookup ended early".to_owned()));
        answered.await.unwrap_or_else(lost)
    }
}

impl<V> Shared<V> {
    fn waiting(&self) -> MutexGuard<'_, Waiting<V>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those who wait and are answered next; none when nobody waits, and then nobody looks any more.
    fn next(&self) -> Option<Vec<Asker<V>>> {
        let mut waiting = self.waiting();
        // Whoever went away needs nothing.
        waiting.askers.retain(|asker| !asker.answer.is_closed());
        waiting.is_busy = !waiting.askers.is_empty();
        let mut ids = 0;
        let count = waiting.askers.iter().position(|asker| {
            ids += asker.ids.len();
            ids > MAX_IDS
        });
        // Whoever asks for more than a lookup takes is looked up alone.
        let count = count.map_or(waiting.askers.len(), |before| before.max(1));
        waiting.is_busy.then(|| waiting.askers.drain(..count).collect())
    }
}

async fn work<V: Send + Sync + 'static>(shared: Arc<Shared<V>>) {
    let mut over = Over { shared, is_done: false };
    while let Some(askers) = over.shared.next() {
        let mut ids: Vec<Uuid> = askers.iter().flat_map(|asker| asker.ids.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        let found = match tokio::time::timeout(over.shared.limit, (over.shared.look)(ids)).await {
            Ok(found) => found.map(Arc::new),
            Err(_) => Err(StoreError::Unavailable("a lookup took too long".to_owned())),
        };
        for asker in askers {
            // Gone meanwhile.
            drop(asker.answer.send(found.clone()));
        }
    }
    over.is_done = true;
}

/// When a lookup panics, or its runtime ends, those who wait are answered, and the next one begins anew.
struct Over<V> {
    shared: Arc<Shared<V>>,
    is_done: bool,
}

impl<V> Drop for Over<V> {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let mut waiting = self.shared.waiting();
        waiting.is_busy = false;
        waiting.askers.clear();
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    /// What each lookup asked for.
    type Asked = Arc<Mutex<Vec<Vec<u128>>>>;

    /// Finds even numbers, once for each permit; panics at 13.
    fn evens(go: &Arc<Semaphore>) -> (Gathered<u128>, Asked) {
        let asked = Asked::default();
        let (go, seen) = (Arc::clone(go), Arc::clone(&asked));
        let look = move |ids: Vec<Uuid>| {
            let (go, seen) = (Arc::clone(&go), Arc::clone(&seen));
            async move {
                let ids: Vec<u128> = ids.iter().map(Uuid::as_u128).collect();
                seen.lock().unwrap().push(ids.clone());
                go.acquire().await.unwrap().forget();
                assert!(!ids.contains(&13), "a defect");
                let even = ids.into_iter().filter(|id| id % 2 == 0);
                Ok(even.map(|id| (Uuid::from_u128(id), id)).collect())
            }
        };
        (Gathered::new(Duration::from_secs(20), look), asked)
    }

    async fn of(gathered: &Gathered<u128>, ids: &[u128]) -> Result<Vec<u128>, StoreError> {
        let wanted: Vec<Uuid> = ids.iter().copied().map(Uuid::from_u128).collect();
        let found = gathered.of(&wanted).await?;
        Ok(wanted.iter().filter_map(|id| found.get(id).copied()).collect())
    }

    #[tokio::test]
    async fn ids_gather_while_a_lookup_is_under_way() {
        let go = Arc::new(Semaphore::new(0));
        let (gathered, asked) = evens(&go);
        let release = async {
            while asked.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            go.add_permits(2);
        };
        let asking = async {
            tokio::join!(
                of(&gathered, &[2, 3]),
                of(&gathered, &[4, 6]),
                of(&gathered, &[6, 7]),
                release
            )
        };
        let (first, second, third, ()) = tokio::time::timeout(Duration::from_secs(20), asking).await.unwrap();
        assert_eq!(
            (first.unwrap(), second.unwrap(), third.unwrap()),
            (vec![2], vec![4, 6], vec![6])
        );
        let all: usize = asked.lock().unwrap().iter().map(Vec::len).sum();
        assert!(
            asked.lock().unwrap().len() <= 2,
            "one lookup, and one for those who waited"
        );
        assert_eq!(all, 5, "each id once");
    }

    #[tokio::test]
    async fn a_lookup_that_fails_is_over() {
        let go = Arc::new(Semaphore::new(9));
        let (gathered, _) = evens(&go);
        assert!(of(&gathered, &[13]).await.is_err());
        assert_eq!(of(&gathered, &[8]).await.unwrap(), [8]);
    }
}
