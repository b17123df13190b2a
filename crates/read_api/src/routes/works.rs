//! How a track is heard, for anybody; how an artist's tracks are heard, for its owner.

use access::SignedIn;
use actix_web::{get, web::Json};
use events::{ArtistId, Time, TrackId};
use http_kit::{ByIdProblems, Error, FromQuery, Id, NotModified, SelfProblems};
use read_analytics::{StudioStats, TrackDetails};
use representations::{Artist, Track};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Viewer,
    catalogue_item::{NamedArtist, NamedTrack},
    charts::Period,
    for_many::{ForMany, Question, Shared, sign_all},
    history::{Played, played, plays_of},
    queries::no_analytics,
    spans::SpanQuery,
};

/// How a track is heard.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrackAnalytics {
    #[serde(flatten)]
    pub item: NamedTrack,
    /// The first moment counted.
    pub from: Time,
    /// The first moment that is not counted any more.
    pub to: Time,
    #[serde(flatten)]
    pub details: TrackDetails,
    /// What the same people heard next, the most frequent first; 10 at most.
    pub next_tracks: Vec<Played<NamedTrack>>,
}

impl ForMany for TrackAnalytics {
    const IS_SIGNED: bool = true;

    fn sign(&mut self, viewer: &Viewer) {
        self.item.sign(viewer);
        sign_all(&mut self.next_tracks, viewer);
    }

    fn undated(&self) -> Option<Self> {
        Some(Self {
            to: self.from,
            ..self.clone()
        })
    }
}

/// How an artist's tracks are heard.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Studio {
    #[serde(flatten)]
    pub item: NamedArtist,
    /// The first moment counted.
    pub from: Time,
    /// The first moment that is not counted any more.
    pub to: Time,
    #[serde(flatten)]
    pub stats: StudioStats,
    /// The ten tracks played most; deleted ones are left out.
    pub top_tracks: Vec<Played<NamedTrack>>,
}

/// How a track is heard, in detail
///
/// Of all time when neither `period` nor `from` is given. Plays are listens that counted. `completion_rate` is the share of
/// the listens of known length that heard 90 % of it, so it is the 18th point of `drop_off`; `skip_rate` the share of the
/// listens that did not count. A next track is another one that the same person began, as the next listen, within 30 minutes
/// of this one's end; looked at are its last 300 listens, three of a person at most. Hours, days and steps are those of `tz`.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    params(("track_id" = TrackId, Path, description = "track", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13"),
        SpanQuery),
    responses((status = 200, description = "the figures", body = TrackAnalytics), NotModified, ByIdProblems))]
#[get("/api/v1/analytics/advanced/track-analytics/{track_id}")]
pub(crate) async fn get_track_analytics(
    viewer: Viewer,
    question: Question,
    Id(id): Id<TrackId>,
    query: FromQuery<SpanQuery>,
) -> Result<Shared<TrackAnalytics>, Error> {
    Shared::of(&viewer, question, async |viewer| {
        let track: Track = viewer.one(id).await?;
        let asked = query.valid()?.asked(viewer, Period::All).await?;
        let analytics = &viewer.queries.analytics;
        let details = analytics.track_details(id, asked.span, &asked.zone).await;
        let (details, next) = details.map_err(no_analytics)?;
        Ok(TrackAnalytics {
            item: track.into(),
            from: asked.from,
            to: asked.to,
            details,
            next_tracks: played::<Track>(viewer, plays_of(&next)).await?,
        })
    })
    .await
}

/// How an artist's tracks are heard, for its owner
///
/// Listens of tracks that the artist is a main or featured artist of, whoever owns the track. `period` is `month` when neither
/// it nor `from` is given. `previous` is of the time before, as long. Figures as in
/// `/analytics/advanced/track-analytics/{track_id}`.
#[utoipa::path(tag = "analytics", security(("bearer" = [])),
    params(("artist_id" = ArtistId, Path, description = "artist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b11"),
        SpanQuery),
    responses((status = 200, description = "the figures", body = Studio), SelfProblems))]
#[get("/api/v1/analytics/artists/{artist_id}/studio")]
pub(crate) async fn get_studio(
    _: SignedIn,
    viewer: Viewer,
    Id(id): Id<ArtistId>,
    query: FromQuery<SpanQuery>,
) -> Result<Json<Studio>, Error> {
    let artist = owned(&viewer, id).await?;
    let asked = query.valid()?.asked(&viewer, Period::Month).await?;
    let stats = viewer.queries.analytics.studio_stats(id, asked.span, &asked.zone).await;
    let (stats, top) = stats.map_err(no_analytics)?;
    Ok(Json(Studio {
        item: artist.into(),
        from: asked.from,
        to: asked.to,
        stats,
        top_tracks: played::<Track>(&viewer, plays_of(&top)).await?,
    }))
}

/// An artist whose studio this person may see.
async fn owned(viewer: &Viewer, id: ArtistId) -> Result<Artist, Error> {
    match viewer.queries.reader.may_see_studio(id, viewer.sight()).await? {
        Some(true) => viewer.one(id).await,
        // The artist is public, only this is not.
        Some(false) => Err(Error::forbidden("the studio is shown to the artist's owner")),
        None => Err(Error::not_found("artist")),
    }
}
