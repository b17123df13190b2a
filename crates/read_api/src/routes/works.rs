//! How a track is heard, for anybody; how an artist's tracks are heard, for its owner.

use access::SignedIn;
use actix_web::{get, web::Json};
use events::{ArtistId, Time, TrackId};
use http_kit::{ByIdProblems, Error, FromQuery, Id, NotModified, SelfProblems};
use read_analytics::{AnalyticsUnavailable, ListeningTotals, SourcePlays, TimelinePoint, TrackDetails};
use representations::{Artist, Track};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Viewer,
    catalogue_item::{NamedArtist, NamedTrack},
    charts::Period,
    for_many::{ForMany, Question, Shared, sign_all},
    history::{Played, played, plays_of},
    spans::{Asked, SpanQuery},
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
    pub totals: ListeningTotals,
    /// Of the listens of known length, the share that heard at least 5 %, 10 % … 100 % of it: 20 points; none without such a
    /// listen.
    pub drop_off: Vec<f64>,
    /// Plays by local hour; 24 of them.
    pub by_hour: Vec<u64>,
    /// Plays by local day of the week, Monday first; 7 of them.
    pub by_weekday: Vec<u64>,
    /// What plays it, the most plays first; 20 at most.
    pub sources: Vec<SourcePlays>,
    /// Plays over time, in steps as in `/analytics/trends`.
    pub timeline: Vec<TimelinePoint>,
    /// What the same people heard next, the most frequent first; 10 at most.
    pub next_tracks: Vec<Played<NamedTrack>>,
}

impl TrackAnalytics {
    fn new(track: Track, asked: &Asked, details: TrackDetails, next_tracks: Vec<Played<NamedTrack>>) -> Self {
        Self {
            item: track.into(),
            from: asked.from,
            to: asked.to,
            totals: details.totals,
            drop_off: details.drop_off,
            by_hour: details.by_hour,
            by_weekday: details.by_weekday,
            sources: details.sources,
            timeline: details.timeline,
            next_tracks,
        }
    }
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
    pub totals: ListeningTotals,
    /// The same of the time before, as long; null of all time.
    pub previous: Option<ListeningTotals>,
    /// Plays over time, in steps as in `/analytics/trends`.
    pub timeline: Vec<TimelinePoint>,
    /// The ten tracks played most; deleted ones are left out.
    pub top_tracks: Vec<Played<NamedTrack>>,
    /// What plays them, the most plays first; 20 at most.
    pub sources: Vec<SourcePlays>,
}

/// How a track is heard, in detail
///
/// Of all time when neither `period` nor `from` is given. Plays are listens that counted. `completion_rate` is the share of
/// the listens of known length that heard 90 % of it, so it is the 18th point of `drop_off`; `skip_rate` the share of the
/// listens that did not count. A next track is another one that the same person began, as the next listen, within 30 minutes
/// of this one's end; looked at are the thousand people who heard the track last. Hours, days and steps are those of `tz`.
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
        let details = details.map_err(unavailable)?;
        let next_tracks = played::<Track>(viewer, plays_of(&details.next_tracks)).await?;
        Ok(TrackAnalytics::new(track, &asked, details, next_tracks))
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
    let stats = stats.map_err(unavailable)?;
    let top_tracks = played::<Track>(&viewer, plays_of(&stats.top_tracks)).await?;
    Ok(Json(Studio {
        item: artist.into(),
        from: asked.from,
        to: asked.to,
        totals: stats.totals,
        previous: stats.previous,
        timeline: stats.timeline,
        top_tracks,
        sources: stats.sources,
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

fn unavailable(unavailable: AnalyticsUnavailable) -> Error {
    Error::unavailable("the analytics engine", unavailable.reason)
}
