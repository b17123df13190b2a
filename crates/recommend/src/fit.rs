//! The job `fit_recommendations`: listens in, a fit of neighbours and tastes out, and readers go over to it.
//!
//! Memory is bounded by the pairs that are gathered, not by the listens there are. It works without a cursor: a fit that was
//! stopped begins again, and its rows are in a partition that nobody reads.

use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

use events::{Kind, ListenerId, Time};
use jobs::{Claim, Handler, JobError};
use read_analytics::{Analytics, AnalyticsUnavailable, FitRow, NeighbourRow, TasteRow, TrackPlays};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::JobKind;
use tokio::{sync::mpsc, task};
use uuid::Uuid;

use crate::{Interactions, Interned, Model};

/// Rows of one insert.
const INSERT: usize = 20_000;
/// Inserts that may wait while the model is fitted.
const WAITING: usize = 2;
/// Artists of one taste.
const TASTE: usize = 50;
const DAY_MS: i64 = 86_400_000;

/// Asks for a fit.
#[derive(Serialize, Deserialize)]
pub struct Fit {}

impl JobKind for Fit {
    const NAME: &'static str = "fit_recommendations";

    fn key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}

/// What bounds a fit.
#[derive(Clone, Copy, Debug)]
pub struct FitLimits {
    /// Listeners read at once.
    pub listeners_at_once: usize,
    /// Tracks of one listener, the most played.
    pub tracks_each: usize,
    /// Pairs of a listener and a track: 32 bytes of memory each, with what is made of them. More listeners than fit are left
    /// out. Pseudonyms are random, so the first ones are a fair sample.
    pub pairs: usize,
    /// Days back.
    pub days: i64,
}

impl Default for FitLimits {
    fn default() -> Self {
        Self {
            listeners_at_once: 500,
            tracks_each: 300,
            pairs: 5_000_000,
            days: 730,
        }
    }
}

/// Fits a model.
pub struct Fitter<M> {
    pub analytics: Analytics,
    pub model: Arc<M>,
    pub limits: FitLimits,
}

#[derive(Default)]
struct Gathered {
    tracks: Interned<Uuid>,
    artists: Interned<Uuid>,
    by_track: Interactions,
    by_artist: Interactions,
}

impl<M: Model> Handler for Fitter<M> {
    type Kind = Fit;

    async fn run(&self, job: &mut Claim<Fit>) -> Result<Value, JobError> {
        let began = job.now();
        let listen_rows = self.analytics.listen_rows().await.map_err(failed)?;
        self.analytics.install_fits().await.map_err(failed)?;
        let last = self.analytics.last_fit().await.map_err(failed)?;
        if last.is_some_and(|last| last.listen_rows == listen_rows && last.model == M::NAME) {
            return Ok(json!({"unchanged": true}));
        }
        let generation = u64::try_from(began.millis()).unwrap_or_default();
        let gathered = self.gather(job, generation, began).await?;
        let fit = FitRow {
            generation,
            model: M::NAME.to_owned(),
            listeners: gathered.by_track.listeners() as u64,
            pairs: gathered.by_track.pairs() as u64,
            listen_rows,
            fitted_at: job.now().millis(),
        };
        self.neighbours(job, (generation, Kind::Track), gathered.by_track, gathered.tracks)
            .await?;
        self.neighbours(job, (generation, Kind::Artist), gathered.by_artist, gathered.artists)
            .await?;
        self.analytics.switch_to(&fit).await.map_err(failed)?;
        self.analytics.drop_old_fits(began).await.map_err(failed)?;
        Ok(json!({"generation": generation, "listeners": fit.listeners, "pairs": fit.pairs}))
    }
}

impl<M: Model> Fitter<M> {
    /// Reads listeners part by part, until there are no more or there is no more room.
    async fn gather(&self, job: &mut Claim<Fit>, generation: u64, now: Time) -> Result<Gathered, JobError> {
        let since = Time::from_millis((now.millis() - self.limits.days * DAY_MS).max(0));
        let window = (since, now);
        let count = self.analytics.count_listeners(since, now).await.map_err(failed)?;
        job.set_total(i64::try_from(count).unwrap_or(i64::MAX));
        let (mut gathered, mut after) = (Gathered::default(), None::<ListenerId>);
        loop {
            let page = self
                .analytics
                .plays_after(after, window, self.limits.listeners_at_once, self.limits.tracks_each)
                .await
                .map_err(failed)?;
            let Some((last, plays)) = page else { return Ok(gathered) };
            let before = gathered.by_track.listeners();
            let tastes = gathered.add(generation, &plays);
            self.analytics.write_tastes(&tastes).await.map_err(failed)?;
            let more = gathered.by_track.listeners() - before;
            job.save(i64::try_from(more).unwrap_or_default(), &Value::Null).await?;
            if gathered.by_track.pairs() >= self.limits.pairs {
                let listeners = gathered.by_track.listeners();
                tracing::info!(
                    listeners,
                    of = count,
                    "recommendations are fitted to a sample of the listeners"
                );
                return Ok(gathered);
            }
            after = Some(last);
        }
    }

    /// Fits the model on a thread that may block, and writes what it gives.
    async fn neighbours(
        &self,
        job: &mut Claim<Fit>,
        (generation, kind): (u64, Kind),
        listened: Interactions,
        names: Interned<Uuid>,
    ) -> Result<(), JobError> {
        let (send, mut made) = mpsc::channel::<Vec<NeighbourRow>>(WAITING);
        let model = Arc::clone(&self.model);
        let fitting = task::spawn_blocking(move || {
            let mut rows = Vec::new();
            model.fit(&listened, |thing, near| {
                rows.extend(near.iter().enumerate().filter_map(|(place, neighbour)| {
                    Some(NeighbourRow {
                        generation,
                        kind: kind.name().to_owned(),
                        id: *names.name(thing)?,
                        near: *names.name(neighbour.thing)?,
                        score: neighbour.score,
                        place: place.try_into().ok()?,
                    })
                }));
                // Nobody takes them any more: the job was stopped.
                if rows.len() >= INSERT && send.blocking_send(std::mem::take(&mut rows)).is_err() {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            });
            // As above.
            let _stopped = send.blocking_send(rows);
        });
        while let Some(rows) = made.recv().await {
            self.analytics.write_neighbours(&rows).await.map_err(failed)?;
            job.save(0, &Value::Null).await?;
        }
        fitting
            .await
            .map_err(|error| JobError::Failed(format!("the model did not come to its end: {error}")))
    }
}

impl Gathered {
    /// Adds plays, which come listener by listener; what they say of the listeners' tastes.
    fn add(&mut self, generation: u64, plays: &[TrackPlays]) -> Vec<TasteRow> {
        let mut tastes = Vec::new();
        for of_one in plays.chunk_by(|a, b| a.listener_id == b.listener_id) {
            let mut artists: HashMap<Uuid, u64> = HashMap::new();
            for play in of_one {
                for artist in &play.artist_ids {
                    *artists.entry(*artist).or_default() += play.plays;
                }
            }
            let mut artists: Vec<(Uuid, u64)> = artists.into_iter().collect();
            artists.sort_unstable_by_key(|(id, plays)| (std::cmp::Reverse(*plays), *id));
            let tracks: Vec<_> = of_one
                .iter()
                .map(|play| (self.tracks.number(&play.track_id), many(play.plays)))
                .collect();
            self.by_track.push(tracks);
            let by_artist: Vec<_> = artists
                .iter()
                .map(|(artist, plays)| (self.artists.number(artist), many(*plays)))
                .collect();
            self.by_artist.push(by_artist);
            let listener_id = of_one[0].listener_id;
            tastes.extend(taste(&artists).into_iter().map(|(artist_id, weight)| TasteRow {
                generation,
                artist_id,
                listener_id,
                weight,
            }));
        }
        tastes
    }
}

/// What one plays most, as weights whose squares add up to 1. `plays` are in order, the most played first.
#[must_use]
pub fn taste(plays: &[(Uuid, u64)]) -> Vec<(Uuid, f32)> {
    let weights: Vec<(Uuid, f32)> = plays
        .iter()
        .take(TASTE)
        .map(|(id, plays)| (*id, many(*plays).ln_1p()))
        .collect();
    let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    let unit = |(id, weight): (Uuid, f32)| (id, weight / length.max(f32::MIN_POSITIVE));
    weights.into_iter().map(unit).collect()
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts a million plays exactly")]
fn many(plays: u64) -> f32 {
    plays as f32
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn failed(unavailable: AnalyticsUnavailable) -> JobError {
    JobError::Failed(unavailable.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plays_become_pairs_and_tastes() {
        let id = Uuid::from_u128;
        let play = |listener: u128, track: u128, artists: &[u128], plays: u64| TrackPlays {
            listener_id: id(listener),
            track_id: id(track),
            artist_ids: artists.iter().map(|artist| id(*artist)).collect(),
            plays,
        };
        let plays = [
            play(1, 10, &[100, 101], 5),
            play(1, 11, &[100], 1),
            play(2, 10, &[100, 101], 1),
        ];
        let mut gathered = Gathered::default();
        let tastes = gathered.add(7, &plays);
        assert_eq!((gathered.by_track.listeners(), gathered.by_track.pairs()), (2, 3));
        assert_eq!((gathered.by_artist.listeners(), gathered.by_artist.pairs()), (2, 4));
        let of_first: Vec<Uuid> = tastes[..2].iter().map(|taste| taste.artist_id).collect();
        assert_eq!(
            (of_first, tastes.len(), tastes[0].generation),
            (vec![id(100), id(101)], 4, 7)
        );
        let length: f32 = tastes[..2].iter().map(|taste| taste.weight * taste.weight).sum();
        assert!((length - 1.0).abs() < 1e-6);
        assert!(taste(&[]).is_empty());
    }
}
