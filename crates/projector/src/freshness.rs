//! How long events took from their own time until they were visible: what a worker measures of the last minutes, and how
//! others read it. A worker hands it on as the note of its committed offsets, which nothing else reads; it commits them also
//! when they did not change, so that the note says that somebody is at work. The note also says why a worker does not go on:
//! its process may be another one than that which operators ask.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bus::{Cluster, Error};
use events::Time;

use crate::{Projection, generations::worker_name};

/// Bounds: 1 ms, and each the fourth root of two times the one before; so a quantile is at most a fifth too large. The last
/// one has no bound, and begins at 17 minutes.
const BUCKETS: usize = 82;
/// What is said is of this long to twice as long, in milliseconds.
const HALF: i64 = 5 * 60 * 1_000;
/// The note's form: what was measured and the worker's name; a second line says why it does not go on, if it does not.
const FORM: &str = "f3";
/// The form before, without a second line.
const OLD_FORM: &str = "f2";
/// Bytes of that second line; the brokers take 4,096 for all.
const MAX_ERROR: usize = 500;

/// How many events took how long.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counts([u64; BUCKETS]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Counts {
    fn add(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(more);
        }
    }

    fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn seen(&self) -> Option<VisibleAfter> {
        let events = self.total();
        (events > 0).then(|| VisibleAfter {
            events,
            p50_ms: self.quantile(0.5),
            p95_ms: self.quantile(0.95),
            p99_ms: self.quantile(0.99),
        })
    }

    /// The bound that this share of the events took less than, in milliseconds.
    fn quantile(&self, share: f64) -> f64 {
        let wanted = share * float(self.total());
        let mut seen = 0;
        let reached = self.0.iter().position(|count| {
            seen += count;
            float(seen) >= wanted
        });
        bound(reached.unwrap_or(BUCKETS - 1))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than the 53 bits")]
fn float(whole: u64) -> f64 {
    whole as f64
}

#[expect(clippy::cast_precision_loss, reason = "an index is small")]
fn bound(bucket: usize) -> f64 {
    (bucket as f64 / 4.0).exp2()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "from 0 to 256"
)]
fn bucket(millis: i64) -> usize {
    let millis = millis.max(1) as f64;
    ((millis.log2() * 4.0).ceil() as usize).min(BUCKETS - 1)
}

/// What one worker measures.
#[derive(Default)]
pub(crate) struct Freshness(Mutex<State>);

#[derive(Default)]
struct State {
    before: Counts,
    present: Counts,
    /// When the present half began, and when it was last added to, in milliseconds since the Unix epoch.
    since: i64,
    latest: i64,
    /// Why the worker does not go on, if it does not.
    error: Option<String>,
}

impl State {
    fn counts(&self) -> Counts {
        let mut counts = self.before.clone();
        counts.add(&self.present);
        counts
    }
}

impl Freshness {
    /// Events of these times became visible now.
    pub(crate) fn record(&self, times: &[Time], now: Time) {
        if times.is_empty() {
            return;
        }
        let mut state = self.state();
        let now = now.millis();
        if now - state.since >= HALF {
            let passed = std::mem::take(&mut state.present);
            state.before = if now - state.since < 2 * HALF {
                passed
            } else {
                Counts::default()
            };
            state.since = now;
        }
        for time in times {
            state.present.0[bucket(now - time.millis())] += 1;
        }
        state.latest = now;
    }

    /// What this worker measured in the last minutes; none when nothing came.
    pub(crate) fn measured(&self, now: Time) -> Option<VisibleAfter> {
        let state = self.state();
        let is_known = now.millis() - state.latest <= 2 * HALF;
        is_known.then(|| state.counts().seen()).flatten()
    }

    /// The worker does not go on.
    pub(crate) fn failed(&self, error: &str) {
        self.state().error = Some(noted_error(error));
    }

    /// The worker goes on.
    pub(crate) fn recovered(&self) {
        self.state().error = None;
    }

    /// Why the worker does not go on, if it does not.
    pub(crate) fn error(&self) -> Option<String> {
        self.state().error.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For [`noted`].
    pub(crate) fn note(&self, worker: &str, now: Time) -> String {
        let state = self.state();
        let mut note = format!("{FORM} {} {} ", now.millis(), state.latest);
        for (bucket, count) in state.counts().0.iter().enumerate().filter(|(_, count)| **count > 0) {
            // Writing to a string does not fail.
            let _ = write!(note, "{bucket}:{count},");
        }
        let _ = write!(note, " {worker}");
        if let Some(error) = &state.error {
            let _ = write!(note, "\n{error}");
        }
        note
    }
}

/// One line, not too long, without addresses: they may hold a password, and whoever may read a group's offsets reads notes.
fn noted_error(error: &str) -> String {
    let is_address = |word: &str| word.contains("://") || (word.contains(':') && word.contains('@'));
    let words = error
        .split_whitespace()
        .map(|word| if is_address(word) { "***" } else { word });
    let mut line = words.collect::<Vec<_>>().join(" ");
    line.truncate(line.floor_char_boundary(MAX_ERROR));
    line
}

/// How long events took from their own time, which is that of the command or of a listen's arrival, until they were visible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VisibleAfter {
    /// Of so many events.
    pub events: u64,
    /// Half of them were visible within this.
    pub p50_ms: f64,
    /// 95 of 100.
    pub p95_ms: f64,
    /// 99 of 100.
    pub p99_ms: f64,
}

/// What the workers of a read model's generation say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Noted {
    /// What they measured in the last minutes; none when nothing came.
    pub visible_after: Option<VisibleAfter>,
    /// For how long nobody has said of one of the partitions that it is at work on it. None when somebody never did.
    pub silence: Option<Duration>,
    /// Why one of them does not go on, the latest that says so; none as long as all do. One that could not ask its store where to
    /// begin has said nothing yet.
    pub error: Option<String>,
}

/// What the workers of a read model's generation say of themselves, whether anything is published or not; or those of a
/// projector that has no generations.
///
/// # Errors
/// The brokers do not answer within `timeout`.
pub async fn noted<P: Projection>(
    cluster: &Cluster,
    generation: Option<u32>,
    now: Time,
    timeout: Duration,
) -> Result<Noted, Error> {
    let partitions = cluster.partitions(P::TOPICS, timeout).await?;
    let group = group(P::NAME, generation.map(worker_name).as_deref());
    let notes = cluster.notes(&group, &partitions, timeout).await?;
    Ok(Noted {
        visible_after: merged(&notes, now),
        silence: silence(&notes, partitions.len(), now),
        error: error(&notes),
    })
}

/// The consumer group of a projector's generation.
pub(crate) fn group(projector: &str, generation: Option<&str>) -> String {
    match generation {
        Some(generation) => format!("{projector}.{generation}"),
        None => projector.to_owned(),
    }
}

/// Of the partition that was left alone for the longest time: its worker may be gone while those of others are at work.
fn silence(notes: &[String], partitions: usize, now: Time) -> Option<Duration> {
    let said = notes.iter().filter_map(|note| Some(parse(note)?.said));
    let (count, oldest) = said.fold((0, i64::MAX), |(count, oldest), at| (count + 1, oldest.min(at)));
    let millis = (now.millis() - oldest).max(0).unsigned_abs();
    (count > 0 && count == partitions).then(|| Duration::from_millis(millis))
}

/// Of the partition about which it was said last: what was noted by a worker that had it before is overwritten by the next.
fn error(notes: &[String]) -> Option<String> {
    let notes = notes.iter().filter_map(|note| parse(note));
    let latest = notes.filter(|note| note.error.is_some()).max_by_key(|note| note.said);
    latest?.error.map(str::to_owned)
}

/// A worker leaves a note with each of its partitions, and older ones with those that it had: its latest one counts.
fn merged(notes: &[String], now: Time) -> Option<VisibleAfter> {
    let mut latest: HashMap<&str, (i64, Counts)> = HashMap::new();
    for note in notes.iter().filter_map(|note| parse(note)) {
        let at = note.latest;
        if now.millis() - at > 2 * HALF || latest.get(note.worker).is_some_and(|(known, _)| *known >= at) {
            continue;
        }
        latest.insert(note.worker, (at, note.counts));
    }
    let mut all = Counts::default();
    for (_, counts) in latest.values() {
        all.add(counts);
    }
    all.seen()
}

struct Note<'a> {
    worker: &'a str,
    /// When it was made, and when something was last measured, in milliseconds since the Unix epoch.
    said: i64,
    latest: i64,
    counts: Counts,
    error: Option<&'a str>,
}

fn parse(note: &str) -> Option<Note<'_>> {
    let (first, error) = match note.split_once('\n') {
        Some((first, error)) => (first, Some(error)),
        None => (note, None),
    };
    let mut parts = first.splitn(5, ' ');
    if !parts.next().is_some_and(|form| [FORM, OLD_FORM].contains(&form)) {
        return None;
    }
    let (said, latest) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (listed, worker) = (parts.next()?, parts.next()?);
    let mut counts = Counts::default();
    for entry in listed.split_terminator(',') {
        let (bucket, count) = entry.split_once(':')?;
        *counts.0.get_mut(bucket.parse::<usize>().ok()?)? = count.parse().ok()?;
    }
    Some(Note {
        worker,
        said,
        latest,
        counts,
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn what_workers_measure_is_read_from_their_notes_as_one() {
        let (one, two) = (Freshness::default(), Freshness::default());
        let now = at(10_000_000);
        // 90 took 10 ms, nine 100 ms, one 5 s; an event from the future took none.
        one.record(&[at(9_999_990); 90], now);
        let earlier = one.note("search-a b", at(0));
        two.record(&[at(9_999_900); 9], now);
        one.record(&[at(9_995_000)], at(10_000_001));
        let notes = [
            earlier,
            one.note("search-a b", at(0)),
            one.note("search-a b", at(0)),
            two.note("c", at(0)),
        ];
        let seen = merged(&notes, now).unwrap();
        assert_eq!(seen.events, 100);
        assert!((10.0..12.0).contains(&seen.p50_ms), "{seen:?}");
        assert!((100.0..120.0).contains(&seen.p95_ms), "{seen:?}");
        assert!((100.0..120.0).contains(&seen.p99_ms), "{seen:?}");
        two.record(&[at(10_100_000)], now);
        two.record(&[at(0); 2], now);
        let seen = merged(&[one.note("a", at(0)), two.note("c", at(0))], now).unwrap();
        assert_eq!((seen.events, seen.p99_ms > 4_000.0), (103, true));
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let freshness = Freshness::default();
        let began = 10_000_000;
        let events = |now: i64| merged(&[freshness.note("a", at(0))], at(now)).map(|seen| seen.events);
        assert_eq!(events(began), None, "nothing came");
        freshness.record(&[at(began)], at(began));
        assert_eq!(events(began + 2 * HALF), Some(1));
        assert_eq!(
            events(began + 2 * HALF + 1),
            None,
            "a worker that measures nothing any more"
        );
        freshness.record(&[at(began)], at(began + HALF));
        assert_eq!(events(began + HALF), Some(2));
        freshness.record(&[at(began)], at(began + 2 * HALF));
        assert_eq!(events(began + 2 * HALF), Some(2), "the first half is over");
        freshness.record(&[at(began)], at(began + 9 * HALF));
        assert_eq!(events(began + 9 * HALF), Some(1));
        freshness.record(&[], at(began + 20 * HALF));
        assert_eq!(events(began + 9 * HALF), Some(1));
    }

    #[test]
    fn the_partition_that_was_left_alone_for_longest_says_how_long_nobody_is_at_work() {
        let freshness = Freshness::default();
        let note = |millis: i64| freshness.note("a", at(millis));
        let silent = |notes: &[String], partitions| silence(notes, partitions, at(10_000)).map(|time| time.as_millis());
        assert_eq!(silent(&[note(9_000), note(4_000), note(9_500)], 3), Some(6_000));
        assert_eq!(silent(&[note(10_500)], 1), Some(0), "the clocks of two machines");
        assert_eq!(
            silent(&[note(9_000)], 2),
            None,
            "of the other one nobody ever said anything"
        );
        assert_eq!(silent(&[], 0), None);
    }

    #[test]
    fn a_worker_that_does_not_go_on_says_why_until_it_does() {
        let (one, two) = (Freshness::default(), Freshness::default());
        let said = || error(&[two.note("b", at(6)), one.note("a x", at(5)), one.note("a x", at(4))]);
        assert_eq!(said(), None);
        one.failed("redis is unavailable:\nno answer");
        assert_eq!(said().as_deref(), Some("redis is unavailable: no answer"));
        two.failed("redis is unavailable: read-only");
        assert_eq!(said().as_deref(), Some("redis is unavailable: read-only"), "the latest");
        two.recovered();
        one.recovered();
        assert_eq!((said(), one.error()), (None, None));
    }

    #[test]
    fn an_error_is_noted_in_one_short_line_without_passwords() {
        let noted = |text: &str| noted_error(text);
        assert_eq!(
            noted("no answer from (http://user:secret@host:9200/_bulk) or\tuser:secret@host,  at all"),
            "no answer from *** or *** at all"
        );
        let place = "the last one at jonquil.tracks.v1/2@77";
        assert_eq!(noted(place), place);
        assert_eq!(noted(&"я".repeat(400)), "я".repeat(250));
        assert_eq!(noted(&format!("a{}", "я".repeat(400))).len(), 499);
    }

    #[test]
    fn what_is_no_note_says_nothing() {
        for note in [
            "",
            "f3",
            "f3 0 x 1:2, a",
            "f3 x 0 1:2, a",
            "f3 0 0 99:1, a",
            "f3 0 0 1, a",
            "f1 0 1:1, a",
            "f4 0 0 1:1, a",
            "f3 0 0 1:1,",
        ] {
            assert!(parse(note).is_none(), "{note}");
        }
        // Of the version before: while processes are replaced, both are at work.
        assert!(parse("f2 0 0  a").is_some_and(|note| note.error.is_none()));
        let full = Counts([u64::MAX / 100; BUCKETS]);
        let state = State {
            present: full,
            ..State::default()
        };
        let freshness = Freshness(Mutex::new(state));
        freshness.failed(&"away ".repeat(1_000));
        // The brokers take 4,096 bytes.
        assert!(freshness.note("analytics.g1-worker", at(0)).len() < 3_000);
    }
}
