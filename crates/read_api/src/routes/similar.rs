//! What the same people play: near a track, near an artist. Without a fit, or with nothing near, what is played in the same
//! genres.

use std::collections::{HashMap, HashSet};

use actix_web::{get, web::Json};
use events::{ArtistId, Time, TrackId};
use http_kit::{ChildrenProblems, Error, FromQuery, Id, Whole};
use recommend::at_most_per_key;
use representations::{Artist, Track};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Viewer,
    catalogue_item::{CatalogueItem, NamedArtist, NamedTrack},
    recommended::{self, MAX_OF_AN_ARTIST, PLAYED_IN_GENRES},
};

/// How many are wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SimilarRequest {
    /// Most items, 1 to 50.
    #[param(inline, example = 20)]
    pub limit: Option<Whole<1, 50>>,
}

impl SimilarRequest {
    pub(crate) fn limit(self) -> usize {
        self.limit.map_or(20, Whole::get) as usize
    }
}

/// Something near.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SimilarItem<T> {
    /// How near it is; comparable within one answer.
    #[schema(example = 0.12)]
    pub score: f32,
    #[serde(flatten)]
    pub item: T,
}

/// What is near, the nearest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Similar<T> {
    /// The most similar first.
    pub items: Vec<SimilarItem<T>>,
    /// `co-listening`; `popular-in-genres` where too few people played both.
    #[schema(example = "co-listening")]
    pub strategy: String,
    /// Which fit it is from; null if from none.
    #[schema(example = 1_764_140_400_000_u64)]
    pub generation: Option<u64>,
    /// When it was fitted; now, if it is from no fit.
    pub generated_at: Time,
}

/// Tracks that the same people play
///
/// By the people who played both, shrunk where they are few and damped for what everybody plays, as of the last fit. Where
/// that gives none: what is popular in the track's genres, as `strategy` says.
#[utoipa::path(tag = "tracks", security((), ("bearer" = [])),
    params(("track_id" = TrackId, Path, description = "track", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b11"), SimilarRequest),
    responses((status = 200, description = "at most two of an artist", body = Similar<NamedTrack>), ChildrenProblems))]
#[get("/api/v1/tracks/{track_id}/similar")]
pub(crate) async fn list_similar_tracks(
    viewer: Viewer,
    Id(id): Id<TrackId>,
    wanted: FromQuery<SimilarRequest>,
) -> Result<Json<Similar<NamedTrack>>, Error> {
    let track: Track = viewer.one(id).await?;
    let limit = wanted.valid()?.limit();
    let near = near::<Track>(&viewer, id.0, &track.genres).await?;
    let near = near.with(|items| at_most_per_key(items, MAX_OF_AN_ARTIST, |item| item.item.artist.id));
    Ok(Json(near.named(limit)))
}

/// Artists that the same people play
///
/// By the people who played both, shrunk where they are few and damped for what everybody plays, as of the last fit. Where
/// that gives none: what is popular in the artist's genres, as `strategy` says.
#[utoipa::path(tag = "artists", security((), ("bearer" = [])),
    params(("artist_id" = ArtistId, Path, description = "artist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b12"), SimilarRequest),
    responses((status = 200, description = "the nearest first", body = Similar<NamedArtist>), ChildrenProblems))]
#[get("/api/v1/artists/{artist_id}/similar")]
pub(crate) async fn list_similar_artists(
    viewer: Viewer,
    Id(id): Id<ArtistId>,
    wanted: FromQuery<SimilarRequest>,
) -> Result<Json<Similar<NamedArtist>>, Error> {
    let artist: Artist = viewer.one(id).await?;
    let limit = wanted.valid()?.limit();
    Ok(Json(near::<Artist>(&viewer, id.0, &artist.genres).await?.named(limit)))
}

impl<T> Similar<T> {
    fn with(self, of: impl FnOnce(Vec<SimilarItem<T>>) -> Vec<SimilarItem<T>>) -> Self {
        Self {
            items: of(self.items),
            ..self
        }
    }

    fn named<N: From<T>>(self, limit: usize) -> Similar<N> {
        let named = |found: SimilarItem<T>| SimilarItem {
            score: found.score,
            item: found.item.into(),
        };
        Similar {
            items: self.items.into_iter().take(limit).map(named).collect(),
            strategy: self.strategy,
            generation: self.generation,
            generated_at: self.generated_at,
        }
    }
}

/// What is near it, more than is shown: some of it may be gone, or of one artist.
async fn near<S: CatalogueItem>(viewer: &Viewer, id: Uuid, genres: &[String]) -> Result<Similar<S>, Error> {
    const EACH: u16 = 100;
    let analytics = &viewer.queries.analytics;
    if let Some(fit) = analytics.last_fit().await.map_err(recommended::unavailable)? {
        let near = analytics.near(fit.generation, S::KIND, &[id], EACH).await;
        let scores: Vec<(Uuid, f32)> = near
            .map_err(recommended::unavailable)?
            .iter()
            .map(|near| (near.near, near.score))
            .collect();
        if !scores.is_empty() {
            return Ok(Similar {
                items: shown(viewer, &scores).await?,
                strategy: fit.model,
                generation: Some(fit.generation),
                generated_at: Time::from_millis(fit.fitted_at),
            });
        }
    }
    let left_out = HashSet::from([id]);
    let popular = recommended::popular_in(viewer, S::KIND, genres, &left_out).await?;
    Ok(Similar {
        items: shown(viewer, &popular).await?,
        strategy: PLAYED_IN_GENRES.to_owned(),
        generation: None,
        generated_at: (viewer.queries.ambient.now)(),
    })
}

async fn shown<S: CatalogueItem>(viewer: &Viewer, scores: &[(Uuid, f32)]) -> Result<Vec<SimilarItem<S>>, Error> {
    let ids: Vec<Uuid> = scores.iter().map(|(id, _)| *id).collect();
    let scores: HashMap<Uuid, f32> = scores.iter().copied().collect();
    let items = viewer.by_ids::<S>(&ids).await?.into_iter();
    Ok(items
        .map(|item| SimilarItem {
            score: scores.get(&item.id()).copied().unwrap_or_default(),
            item,
        })
        .collect())
}
