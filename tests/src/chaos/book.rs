//! What the service was asked and what it acknowledged: the checker holds the stores against this.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use events::Time;
use uuid::Uuid;

/// Whether something must be there in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    There,
    /// A command that would remove or add it had no answer.
    Unknown,
    Gone,
}

/// An artist, album, track or playlist whose creation was acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub kind: &'static str,
    /// Its first main artist; deleted with it.
    pub artist: Option<Uuid>,
    /// The highest acknowledged version.
    pub version: i64,
    /// What it may be called: the last acknowledged name, and those of later commands without an answer.
    pub names: BTreeSet<String>,
    pub fate: Fate,
}

/// A listen that was sent, however often.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentListen {
    pub track: Uuid,
    pub listened_at: Time,
    /// How far the sender's clock was off, in milliseconds.
    pub clock: i64,
    pub acknowledged: bool,
}

impl SentListen {
    /// Whether its time is so far ahead that no retry of a run brings it near: it must not be taken.
    pub(super) fn is_ahead(&self, until: Time) -> bool {
        self.listened_at.millis() > until.millis() + 5 * 60_000
    }
}

/// Everything that was sent.
#[derive(Default)]
pub(super) struct Book {
    pub things: HashMap<Uuid, Thing>,
    /// Names that things were to be created with, also where no answer came.
    pub asked_names: HashSet<String>,
    pub listens: HashMap<Uuid, SentListen>,
    /// How many items a playlist that was imported began with; nobody takes these away.
    pub imported: HashMap<Uuid, usize>,
    /// Items of playlists.
    pub items: BTreeMap<Uuid, BTreeMap<Uuid, Fate>>,
    /// By account and track.
    pub favourites: HashMap<(Uuid, Uuid), Fate>,
    /// Tracks that may be heard, newest last.
    pub tracks: Vec<Uuid>,
}

impl Book {
    pub(super) fn created(&mut self, kind: &'static str, id: Uuid, version: i64, name: &str, artist: Option<Uuid>) {
        let names = BTreeSet::from([name.to_owned()]);
        let (thing, fate) = (self.things.entry(id), Fate::There);
        thing.or_insert(Thing {
            kind,
            artist,
            version,
            names,
            fate,
        });
        if kind == "track" {
            self.tracks.push(id);
        }
    }

    /// A change was acknowledged with this version; none: nobody knows whether it happened.
    pub(super) fn changed(&mut self, id: Uuid, version: Option<i64>, name: Option<&str>) {
        let Some(thing) = self.things.get_mut(&id) else { return };
        if let Some(version) = version {
            thing.version = thing.version.max(version);
            if name.is_some() {
                thing.names.clear();
            }
        }
        thing.names.extend(name.map(str::to_owned));
    }

    /// A thing was deleted, with the works that it leads.
    pub(super) fn deleted(&mut self, id: Uuid, fate: Fate) {
        let led = self
            .things
            .iter_mut()
            .filter(|(own, thing)| **own == id || thing.artist == Some(id));
        for (_, thing) in led.filter(|(_, thing)| thing.fate != Fate::Gone) {
            thing.fate = fate;
        }
        self.tracks.retain(|track| *track != id);
    }
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `lost`, `doubled`, `inversion`, `orphan`, `half-done`, `wrong` or `not recovered`.
    pub law: &'static str,
    /// What and where.
    pub what: String,
}

/// What all parts of a run share.
#[derive(Default)]
pub(super) struct Log {
    book: Mutex<Book>,
    findings: Mutex<Vec<Finding>>,
    /// No new commands.
    stopping: AtomicBool,
    /// Commands without an answer are given up.
    over: AtomicBool,
    pub acknowledged: AtomicU64,
    pub unanswered: AtomicU64,
    pub refused: AtomicU64,
    pub attempts: AtomicU64,
    /// Attempts that were answered with 503.
    pub unavailable: AtomicU64,
    /// Those of them while a disk was full.
    pub unavailable_while_full: AtomicU64,
}

impl Log {
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("nobody panicked with the book")
    }

    pub(super) fn finds(&self, law: &'static str, what: impl Into<String>) {
        let what: String = what.into();
        // At once as well: a panic must not lose what was found before it.
        eprintln!("{law}: {what}");
        let mut findings = self.findings.lock().expect("nobody panicked with the findings");
        findings.push(Finding { law, what });
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        self.findings.lock().expect("nobody panicked with the findings").clone()
    }

    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    pub(super) fn give_up(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
