//! What happens right now, for all who follow it: one of the workers asks once a second and hands the answer to everybody.
//! While nobody follows, nothing is asked.

use std::{convert::Infallible, sync::Arc, time::Duration};

use access::Access;
use actix_web::web::{Bytes, Data};
use events::Trace;
use http_kit::{Error, Permit};
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore, watch};

use crate::{Queries, Viewer, routes::realtime::platform_stats};

/// Clients of this process at once.
const MAX_FOLLOWERS: usize = 1_000;
/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// A client hears something at least this often, so that both sides notice a broken connection.
const ALIVE: Duration = Duration::from_secs(5);
/// How long the first snapshot is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is sent.
#[derive(Clone, Debug)]
enum Snapshot {
    /// Nobody has followed for a while, so what was seen is old.
    None,
    /// An event, as it goes out.
    Stats(Bytes),
    /// The service shuts down.
    End,
}

struct Shared {
    snapshot: watch::Sender<Snapshot>,
    followers: Arc<Semaphore>,
    /// Somebody follows.
    wanted: Notify,
    /// Held by the worker that asks.
    asks: Mutex<()>,
}

/// The live statistics of this process; clones share them.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

/// One who follows.
pub(crate) struct Follower {
    snapshots: watch::Receiver<Snapshot>,
    first: Option<Bytes>,
    _place: OwnedSemaphorePermit,
    _permit: Permit,
}

impl Default for Live {
    fn default() -> Self {
        Self(Arc::new(Shared {
            snapshot: watch::Sender::new(Snapshot::None),
            followers: Arc::new(Semaphore::new(MAX_FOLLOWERS)),
            wanted: Notify::new(),
            asks: Mutex::new(()),
        }))
    }
}

impl Live {
    /// Asks for everybody, if no other worker does. Runs until [`Self::end`].
    pub async fn ask(&self, queries: Data<Queries>, access: Data<Access>) {
        let viewer = Viewer {
            queries,
            access,
            by: None,
            may_lag: true,
            trace: Trace::default(),
        };
        let mut ended = self.0.snapshot.subscribe();
        tokio::select! {
            never = self.ask_in_turn(&viewer) => match never {},
            _ = ended.wait_for(|snapshot| matches!(snapshot, Snapshot::End)) => {}
        }
    }

    async fn ask_in_turn(&self, viewer: &Viewer) -> Infallible {
        let _turn = self.0.asks.lock().await;
        loop {
            self.look(viewer).await;
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn look(&self, viewer: &Viewer) {
        let shared = &*self.0;
        while shared.followers.available_permits() == MAX_FOLLOWERS {
            self.set(Snapshot::None);
            // One who comes between the look above and this line has left a permit, which ends the wait at once.
            shared.wanted.notified().await;
        }
        match platform_stats(viewer).await {
            Ok(stats) => match serde_json::to_string(&stats) {
                Ok(json) => self.set(Snapshot::Stats(Bytes::from(format!("event: stats\ndata: {json}\n\n")))),
                Err(error) => tracing::error!(%error, "live statistics not written"),
            },
            // Not louder: `/health` says so. Who follows goes on with the next one.
            Err(error) => tracing::debug!(%error, "live statistics not read"),
        }
    }

    /// The end stays, whatever comes after it.
    fn set(&self, next: Snapshot) {
        self.0.snapshot.send_if_modified(|snapshot| {
            let changes = match (&*snapshot, &next) {
                (Snapshot::End, _) | (Snapshot::None, Snapshot::None) => false,
                (Snapshot::Stats(before), Snapshot::Stats(now)) => before != now,
                _ => true,
            };
            if changes {
                *snapshot = next;
            }
            changes
        });
    }

    /// Ends every stream: the service shuts down.
    pub fn end(&self) {
        self.set(Snapshot::End);
    }

    /// Follows, from the newest snapshot on. 503 when too many do, and while there is nothing to see.
    pub(crate) async fn follow(&self, permit: Permit) -> Result<Follower, Error> {
        let place = Arc::clone(&self.0.followers).try_acquire_owned();
        let place = place.map_err(|_| Error::unavailable("the live stream", "too many follow it"))?;
        // Before the worker is woken: else its first snapshot could be missed.
        let mut snapshots = self.0.snapshot.subscribe();
        self.0.wanted.notify_one();
        let there = snapshots.wait_for(|snapshot| !matches!(snapshot, Snapshot::None));
        let first = match tokio::time::timeout(PATIENCE, there).await {
            Ok(Ok(snapshot)) => match &*snapshot {
                Snapshot::Stats(event) => event.clone(),
                Snapshot::None | Snapshot::End => return Err(Error::unavailable("the live stream", "shutting down")),
            },
            Ok(Err(_)) | Err(_) => return Err(Error::unavailable("the realtime engine", "no snapshot in time")),
        };
        Ok(Follower {
            snapshots,
            first: Some(first),
            _place: place,
            _permit: permit,
        })
    }
}

impl Follower {
    /// What is sent next; none at the end.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            // A browser that loses the connection comes again after so many milliseconds.
            return Some(Bytes::from([b"retry: 2000\n", &*first].concat()));
        }
        loop {
            match tokio::time::timeout(ALIVE, self.snapshots.changed()).await {
                Err(_) => return Some(Bytes::from_static(b":\n\n")),
                Ok(Err(_)) => return None,
                Ok(Ok(())) => match &*self.snapshots.borrow_and_update() {
                    Snapshot::Stats(event) => return Some(event.clone()),
                    Snapshot::End => return None,
                    Snapshot::None => {}
                },
            }
        }
    }
}
