//! What a person may want to hear next: from what they played and what is near that, then from what is played in the genres
//! they like, then from what everybody plays, then from what is new.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use events::{Kind, Time};
use http_kit::{Error, Paging};
use read_analytics::{AnalyticsUnavailable, FitRow, HeardTrack, OwnListens};
use recommend::{Link, Suggested, at_most_per_key, ranked};
use representations::Track;
use store::Listing;
use uuid::Uuid;

use crate::{charts::whole_hour, lists, viewer::Viewer};

pub(crate) const MAX_OF_AN_ARTIST: usize = 2;
pub(crate) const PLAYED_IN_GENRES: &str = "popular-in-genres";
const PLAYED: &str = "popular";
const NEW: &str = "newest";

/// Tracks played that recommendations are made from.
const SEEDS: usize = 100;
/// Neighbours of each.
const EACH: u16 = 50;
/// What is looked up to be shown: some of it is gone, hidden, or of an artist that has its share.
const CANDIDATES: usize = 200;
/// Genres of which the popular is taken.
const GENRES: usize = 3;
/// What is popular is asked of so many days.
const POPULAR_DAYS: i64 = 90;
/// What was played so long ago says half as much.
const HALF_LIFE_DAYS: f64 = 180.0;

/// A list in the making.
#[derive(Default)]
pub(crate) struct Recommended {
    pub items: Vec<(Track, Suggested<Uuid>)>,
    /// Where the first of them comes from.
    pub strategy: String,
    pub generation: Option<u64>,
    pub generated_at: Option<Time>,
}

/// What must not be recommended to somebody.
#[derive(Default)]
pub(crate) struct LeftOut {
    pub tracks: HashSet<Uuid>,
    pub artists: HashSet<Uuid>,
}

pub(crate) fn unavailable(unavailable: AnalyticsUnavailable) -> Error {
    Error::unavailable("recommendations", unavailable)
}

/// At most `limit` tracks that the listener has not played. What the listener hid is among what was played, and recommends
/// nothing.
pub(crate) async fn recommended(
    viewer: &Viewer,
    own: &OwnListens,
    mut left_out: LeftOut,
    limit: usize,
) -> Result<Recommended, Error> {
    let analytics = &viewer.queries.analytics;
    let (played, fit) = tokio::try_join!(analytics.listened_of(own), analytics.last_fit()).map_err(unavailable)?;
    left_out.tracks.extend(played.iter().map(|played| played.track_id));
    let mut made = Recommended::default();
    if let Some(fit) = fit {
        let near = near_heard(viewer, &fit, &played, &left_out.tracks).await?;
        made.add(viewer, near, &left_out, (&fit.model, limit)).await?;
        if !made.items.is_empty() {
            (made.generation, made.generated_at) = (Some(fit.generation), Some(Time::from_millis(fit.fitted_at)));
        }
    }
    if made.items.len() < limit {
        let popular = popular_in(viewer, Kind::Track, &liked_genres(&played), &left_out.tracks).await?;
        made.add(viewer, without_reason(popular), &left_out, (PLAYED_IN_GENRES, limit))
            .await?;
    }
    if made.items.len() < limit {
        let popular = popular(viewer, Kind::Track, None, &left_out.tracks).await?;
        made.add(viewer, without_reason(popular), &left_out, (PLAYED, limit))
            .await?;
    }
    if made.items.len() < limit {
        let newest = newest(viewer, &left_out.tracks).await?;
        made.add(viewer, without_reason(newest), &left_out, (NEW, limit))
            .await?;
    }
    Ok(made)
}

impl Recommended {
    /// Goes on with these, as far as there is room and artists have not had their share.
    async fn add(
        &mut self,
        viewer: &Viewer,
        mut more: Vec<Suggested<Uuid>>,
        left_out: &LeftOut,
        (strategy, limit): (&str, usize),
    ) -> Result<(), Error> {
        let has: HashSet<Uuid> = self.items.iter().map(|(track, _)| track.id.0).collect();
        more.retain(|one| !has.contains(&one.thing));
        more.truncate(CANDIDATES);
        let ids: Vec<Uuid> = more.iter().map(|one| one.thing).collect();
        let mut tracks = viewer.map_of::<Track>(&ids).await?;
        let is_hidden = |track: &Track| {
            let mut credits = track.credits.iter();
            credits.any(|credit| left_out.artists.contains(&credit.artist.id.0))
        };
        let shown = more.into_iter().filter_map(|one| {
            let track = tracks.remove(&one.thing).filter(|track| !is_hidden(track))?;
            Some((track, one))
        });
        let was_empty = self.items.is_empty();
        let all = std::mem::take(&mut self.items).into_iter().chain(shown);
        self.items = at_most_per_key(all, MAX_OF_AN_ARTIST, |(track, _)| track.artist.id);
        self.items.truncate(limit);
        if was_empty && !self.items.is_empty() {
            strategy.clone_into(&mut self.strategy);
        }
        Ok(())
    }
}

async fn near_heard(
    viewer: &Viewer,
    fit: &FitRow,
    played: &[HeardTrack],
    left_out: &HashSet<Uuid>,
) -> Result<Vec<Suggested<Uuid>>, Error> {
    let seeds = seeds(played, (viewer.queries.ambient.now)());
    let ids: Vec<Uuid> = seeds.keys().copied().collect();
    let near = viewer
        .queries
        .analytics
        .near(fit.generation, Kind::Track, &ids, EACH)
        .await;
    let links = near.map_err(unavailable)?.into_iter().map(|near| Link {
        listened: near.id,
        near: near.near,
        score: near.score * seeds.get(&near.id).copied().unwrap_or_default(),
    });
    Ok(ranked(links, left_out))
}

/// What was played most, with its weight: a play more counts the less the more there were, and less the longer ago.
fn seeds(played: &[HeardTrack], now: Time) -> HashMap<Uuid, f32> {
    let mut seeds: Vec<(Uuid, f32)> = played
        .iter()
        .filter(|played| played.plays > 0)
        .map(|played| {
            #[expect(clippy::cast_precision_loss, reason = "far fewer milliseconds and plays than 2^52")]
            let (age, plays) = ((now.millis() - played.last_at).max(0) as f64, played.plays as f64);
            let days = age / 86_400_000.0;
            #[expect(clippy::cast_possible_truncation, reason = "a weight")]
            let weight = (plays.ln_1p() * 0.5_f64.powf(days / HALF_LIFE_DAYS)) as f32;
            (played.track_id, weight)
        })
        .collect();
    seeds.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    seeds.truncate(SEEDS);
    seeds.into_iter().collect()
}

/// The genres somebody plays most.
fn liked_genres(played: &[HeardTrack]) -> Vec<String> {
    let mut plays: HashMap<&str, u64> = HashMap::new();
    for track in played {
        for genre in &track.genres {
            *plays.entry(genre).or_default() += track.plays.max(1);
        }
    }
    let mut genres: Vec<(&str, u64)> = plays.into_iter().collect();
    genres.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    genres
        .into_iter()
        .take(GENRES)
        .map(|(genre, _)| genre.to_owned())
        .collect()
}

/// What is played in these genres, most played first; nothing without genres.
pub(crate) async fn popular_in(
    viewer: &Viewer,
    kind: Kind,
    genres: &[String],
    left_out: &HashSet<Uuid>,
) -> Result<Vec<(Uuid, f32)>, Error> {
    let mut all: HashMap<Uuid, f32> = HashMap::new();
    for genre in genres.iter().take(GENRES) {
        for (id, plays) in popular(viewer, kind, Some(genre), left_out).await? {
            let most = all.entry(id).or_default();
            *most = most.max(plays);
        }
    }
    let mut all: Vec<(Uuid, f32)> = all.into_iter().collect();
    all.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(all)
}

async fn popular(
    viewer: &Viewer,
    kind: Kind,
    genre: Option<&str>,
    left_out: &HashSet<Uuid>,
) -> Result<Vec<(Uuid, f32)>, Error> {
    const MOST: usize = 120;
    let from = whole_hour((viewer.queries.ambient.now)()).plus(-TimeDelta::days(POPULAR_DAYS));
    let top = viewer.queries.analytics.top(kind, from, None, genre, MOST).await;
    let rows = top.map_err(unavailable)?.into_iter();
    #[expect(clippy::cast_precision_loss, reason = "a rank needs no exact plays")]
    let with_plays = rows.map(|row| (row.id, row.plays.plays as f32));
    Ok(with_plays.filter(|(id, _)| !left_out.contains(id)).collect())
}

async fn newest(viewer: &Viewer, left_out: &HashSet<Uuid>) -> Result<Vec<(Uuid, f32)>, Error> {
    let paging = Paging {
        limit: 100,
        offset: 0,
        cursor: None,
    };
    let page = lists::page::<Track>(viewer, Listing::Newest(Kind::Track), &paging).await?;
    let ids = page.items.into_iter().map(|track| track.id.0);
    Ok(ids.filter(|id| !left_out.contains(id)).map(|id| (id, 0.0)).collect())
}

fn without_reason(scores: Vec<(Uuid, f32)>) -> Vec<Suggested<Uuid>> {
    let one = |(thing, score)| Suggested {
        thing,
        score,
        because: Vec::new(),
    };
    scores.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(id: u128, plays: u64, days_ago: i64, genres: &[&str]) -> HeardTrack {
        HeardTrack {
            track_id: Uuid::from_u128(id),
            artist_ids: Vec::new(),
            genres: genres.iter().map(|genre| (*genre).to_owned()).collect(),
            plays,
            last_at: -days_ago * 86_400_000,
        }
    }

    #[test]
    fn old_plays_say_less_and_what_was_skipped_says_nothing() {
        let seeds = seeds(
            &[played(1, 3, 0, &[]), played(2, 3, 180, &[]), played(3, 0, 0, &[])],
            Time::from_millis(0),
        );
        let of = |id| seeds.get(&Uuid::from_u128(id)).copied();
        assert!((of(1).unwrap() - of(2).unwrap() * 2.0).abs() < 1e-5);
        assert_eq!((seeds.len(), of(3)), (2, None));
    }

    #[test]
    fn the_genres_played_most_come_first() {
        let all = [
            played(1, 5, 0, &["rock", "post-punk"]),
            played(2, 1, 0, &["pop"]),
            played(3, 1, 0, &["rock"]),
        ];
        assert_eq!(liked_genres(&all), ["rock", "post-punk", "pop"]);
    }
}
