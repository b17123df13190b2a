//! Recommendations for one person, and people with a similar taste.

use std::collections::HashMap;

use access::SignedIn;
use actix_web::{get, web::Json};
use events::{ListenerId, Time, UserId};
use http_kit::{Error, FromQuery, Id, SelfProblems};
use read_analytics::{HeardTrack, OwnListens, SimilarListener};
use recommend::taste;
use representations::{Artist, ArtistRef, Track};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Viewer,
    history::own_listens,
    recommended::{self, LeftOut, Recommended, recommended},
    routes::similar::SimilarRequest,
};

/// People who are compared with one.
const COMPARED: i64 = 5_000;

/// A track to hear next.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Recommendation {
    pub track: Track,
    /// How much speaks for it; comparable among those with a reason.
    #[schema(example = 0.31)]
    pub score: f32,
    /// What was played and speaks most for it, at most three; empty where it is only popular or new.
    pub because: Vec<Track>,
}

/// What to hear next, best first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Recommendations {
    /// The best first.
    pub items: Vec<Recommendation>,
    /// When the fit was made; now, if it is from no fit.
    pub generated_at: Time,
    /// Where the first ones come from: `co-listening`, `popular-in-genres`, `popular` or `newest`.
    #[schema(example = "co-listening")]
    pub strategy: String,
    /// Which fit they are from; null if from none.
    #[schema(example = 1_764_140_400_000_u64)]
    pub generation: Option<u64>,
}

/// Somebody who has agreed to be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundUser {
    pub id: UserId,
    /// As it is shown.
    #[schema(example = "viktor")]
    pub username: String,
}

/// Somebody with a similar taste.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SimilarUser {
    pub user: FoundUser,
    /// From 0 to 1: the same artists in the same parts.
    #[schema(example = 0.62)]
    pub score: f32,
    /// The artists that speak most for it, at most five.
    pub shared_artists: Vec<ArtistRef>,
}

/// What a person may want to hear next
///
/// Tracks that the same people play as what this person plays most, what was played long ago counting less; `because` names
/// what speaks most for one. Where that gives too few: what is popular in the genres that the person plays, what is popular,
/// what is new; `strategy` is where the first item comes from. None of the last 1,000 tracks that the person played, nothing
/// that was hidden, at most two of an artist. A hidden listen recommends nothing, and its track counts as played. `score`
/// compares items of one strategy in one answer.
#[utoipa::path(tag = "tracks", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"), SimilarRequest),
    responses((status = 200, description = "the best first",
        body = Recommendations), SelfProblems))]
#[get("/api/v1/tracks/recommendations/{user_id}")]
pub(crate) async fn recommend_tracks(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<UserId>,
    wanted: FromQuery<SimilarRequest>,
) -> Result<Json<Recommendations>, Error> {
    let own = own_listens(&viewer, &by, id).await?;
    let limit = wanted.valid()?.limit();
    let hidden = viewer.queries.reader.hidden(id).await?;
    let left_out = LeftOut {
        tracks: hidden.track_ids.into_iter().collect(),
        artists: hidden.artist_ids.into_iter().collect(),
    };
    let made = recommended(&viewer, &own, left_out, limit).await?;
    shown(&viewer, made).await.map(Json)
}

async fn shown(viewer: &Viewer, made: Recommended) -> Result<Recommendations, Error> {
    let reasons: Vec<Uuid> = made.items.iter().flat_map(|(_, one)| one.because.clone()).collect();
    let reasons = viewer.map_of::<Track>(&reasons).await?;
    let items = made.items.into_iter().map(|(track, one)| Recommendation {
        track,
        score: one.score,
        because: one.because.iter().filter_map(|id| reasons.get(id).cloned()).collect(),
    });
    Ok(Recommendations {
        items: items.collect(),
        generated_at: made.generated_at.unwrap_or_else(|| (viewer.queries.ambient.now)()),
        strategy: made.strategy,
        generation: made.generation,
    })
}

/// People who play the same artists and agreed to be found
///
/// `score` is the cosine of what both play by artist, from 0 to 1, the others' as of the last fit. Listens that the person hid
/// do not count. Whoever did not agree is never shown.
#[utoipa::path(tag = "analytics", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"), SimilarRequest),
    responses((status = 200, description = "the most similar first; nobody who did not agree to it",
        body = Vec<SimilarUser>), SelfProblems))]
#[get("/api/v1/analytics/recommendations/similar-users/{user_id}")]
pub(crate) async fn list_similar_users(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<UserId>,
    wanted: FromQuery<SimilarRequest>,
) -> Result<Json<Vec<SimilarUser>>, Error> {
    let own = own_listens(&viewer, &by, id).await?;
    let limit = wanted.valid()?.limit();
    let people = viewer.queries.reader.who_may_be_found(id, COMPARED).await?;
    let people: HashMap<ListenerId, FoundUser> = people
        .into_iter()
        .map(|found| {
            (
                found.listener_id,
                FoundUser {
                    id: found.id,
                    username: found.username,
                },
            )
        })
        .collect();
    let similar = similar(&viewer, &own, people.keys().copied().collect(), limit).await?;
    Ok(Json(with_names(&viewer, similar, people).await?))
}

async fn similar(
    viewer: &Viewer,
    own: &OwnListens,
    of: Vec<ListenerId>,
    limit: usize,
) -> Result<Vec<SimilarListener>, Error> {
    let analytics = &viewer.queries.analytics;
    let (played, fit) =
        tokio::try_join!(analytics.listened_of(own), analytics.last_fit()).map_err(recommended::unavailable)?;
    let Some(fit) = fit else { return Ok(Vec::new()) };
    let taste = taste(&artists(&played));
    let similar = analytics.similar_listeners(fit.generation, &taste, &of, limit).await;
    similar.map_err(recommended::unavailable)
}

/// Artists by plays, the most played first.
fn artists(played: &[HeardTrack]) -> Vec<(Uuid, u64)> {
    let mut plays: HashMap<Uuid, u64> = HashMap::new();
    for track in played.iter().filter(|track| track.plays > 0) {
        for artist in &track.artist_ids {
            *plays.entry(*artist).or_default() += track.plays;
        }
    }
    let mut plays: Vec<(Uuid, u64)> = plays.into_iter().collect();
    plays.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    plays
}

async fn with_names(
    viewer: &Viewer,
    similar: Vec<SimilarListener>,
    mut people: HashMap<ListenerId, FoundUser>,
) -> Result<Vec<SimilarUser>, Error> {
    let ids: Vec<Uuid> = similar.iter().flat_map(|one| one.artist_ids.clone()).collect();
    let artists = viewer.map_of::<Artist>(&ids).await?;
    let reference = |id: &Uuid| {
        let artist = artists.get(id)?;
        Some(ArtistRef {
            id: artist.id,
            name: artist.name.clone(),
        })
    };
    let shown = similar.into_iter().filter_map(|one| {
        Some(SimilarUser {
            user: people.remove(&ListenerId(one.listener_id))?,
            score: one.score,
            shared_artists: one.artist_ids.iter().filter_map(reference).collect(),
        })
    });
    Ok(shown.collect())
}
