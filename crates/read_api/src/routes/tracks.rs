//! Tracks: lists, search, charts, one by id.

use actix_web::get;
use events::{AlbumId, ArtistId, TrackId};
use http_kit::{ByIdProblems, Error, FromQuery, Id, ListProblems, NotModified, Page, PageQuery, Versioned};
use read_search::{Query, Sort};
use representations::Track;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Viewer,
    catalogue_item::NamedTrack,
    charts::{Chart, ChartQuery, chart},
    for_many::{Question, Shared},
    input::{self, Year},
    lists,
    pages::{SearchHit, find, list, no_filter_by_plays},
};

/// Order of tracks.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrackSort {
    /// By title; Кино stands among the K.
    Title,
    /// Newest in the catalogue first.
    #[default]
    CreatedAt,
    /// Shortest first, unknown ones last.
    Duration,
    /// Most played first, of all time; what was never played follows by id. Not with a filter.
    Plays,
}

impl TrackSort {
    /// None for plays, which the counters know.
    fn of_the_index(self) -> Option<Sort> {
        match self {
            Self::Title => Some(Sort::Name),
            Self::CreatedAt => Some(Sort::CreatedAt),
            Self::Duration => Some(Sort::Duration),
            Self::Plays => None,
        }
    }
}

/// Which tracks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TrackFilter {
    /// Order; the most played are at `/tracks/popular/`.
    #[param(inline)]
    sort: Option<TrackSort>,
    /// Of this genre.
    #[param(
        example = "rock",
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    genre: Option<String>,
    /// Of this artist.
    #[param(value_type = Option<Uuid>)]
    artist_id: Option<ArtistId>,
    /// Of this album.
    #[param(value_type = Option<Uuid>)]
    album_id: Option<AlbumId>,
    /// Released in this year.
    #[param(inline, example = 1988)]
    year: Option<Year>,
}

impl TrackFilter {
    /// Whether it leaves out any track.
    fn filters(&self) -> bool {
        let of_parent = self.artist_id.is_some() || self.album_id.is_some();
        of_parent || self.genre.is_some() || self.year.is_some()
    }
}

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TrackWords {
    /// Words of the title, the artist's or the album's name; accents, scripts and small slips do not matter.
    #[param(
        example = "spokoynaya noch",
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    q: String,
    /// Of this genre.
    #[param(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    genre: Option<String>,
    /// Of this artist.
    #[param(value_type = Option<Uuid>)]
    artist_id: Option<ArtistId>,
    /// Of this album.
    #[param(value_type = Option<Uuid>)]
    album_id: Option<AlbumId>,
    /// Released in this year.
    #[param(inline)]
    year: Option<Year>,
}

/// Tracks of the catalogue
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/", security((), ("bearer" = [])),
    params(PageQuery, TrackFilter),
    responses((status = 200, description = "a page", body = Page<Track>), NotModified, ListProblems))]
#[get("/api/v1/tracks")]
pub(crate) async fn list_tracks(
    viewer: Viewer,
    asked: Question,
    page: FromQuery<PageQuery>,
    filter: FromQuery<TrackFilter>,
) -> Result<Shared<Page<Track>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        let (page, filter) = (page.valid()?, filter.valid()?);
        let Some(sort) = filter.sort.unwrap_or_default().of_the_index() else {
            no_filter_by_plays(filter.filters())?;
            return lists::by_plays(viewer, &page.checked()?).await;
        };
        let query = Query {
            genre: input::genre(filter.genre.as_deref())?,
            artist_id: filter.artist_id.map(|id| id.0),
            album_id: filter.album_id.map(|id| id.0),
            year: filter.year.map(input::year),
            sort,
            ..Query::default()
        };
        list(viewer, query, &page.checked()?).await
    })
    .await
}

/// Search tracks by title, artist and album
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/search/", security((), ("bearer" = [])),
    params(TrackWords, PageQuery),
    responses((status = 200, description = "a page, best match first", body = Page<SearchHit<Track>>), NotModified, ListProblems))]
#[get("/api/v1/tracks/search")]
pub(crate) async fn search_tracks(
    viewer: Viewer,
    asked: Question,
    page: FromQuery<PageQuery>,
    words: FromQuery<TrackWords>,
) -> Result<Shared<Page<SearchHit<Track>>>, Error> {
    let found = Shared::of(&viewer, asked, async |viewer| {
        let (page, words) = (page.valid()?, words.valid()?);
        let query = Query {
            text: Some(input::words(&words.q)?),
            genre: input::genre(words.genre.as_deref())?,
            artist_id: words.artist_id.map(|id| id.0),
            album_id: words.album_id.map(|id| id.0),
            year: words.year.map(input::year),
            ..Query::default()
        };
        find(viewer, query, &page.checked()?).await
    })
    .await?;
    viewer.record_page(&words.valid()?.q, page.valid()?, &found);
    Ok(found)
}

/// The most played tracks
///
/// Counted plays that began in that time: `period` is rolling, from a whole UTC hour on until now; or it is `from` until `to`.
/// Equal plays are in the order of the ids; what is deleted is left out.
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/popular/", security((), ("bearer" = [])),
    params(ChartQuery), responses((status = 200, description = "the chart", body = Chart<NamedTrack>), NotModified, ListProblems))]
#[get("/api/v1/tracks/popular")]
pub(crate) async fn chart_tracks(
    viewer: Viewer,
    asked: Question,
    query: FromQuery<ChartQuery>,
) -> Result<Shared<Chart<NamedTrack>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        chart::<Track>(viewer, query.valid()?).await
    })
    .await
}

/// One track
#[utoipa::path(tag = "tracks", security((), ("bearer" = [])),
    params(("track_id" = TrackId, Path, description = "track", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13")),
    responses((status = 200, description = "the track; its version is the ETag", body = Track), ByIdProblems))]
#[get("/api/v1/tracks/{track_id}")]
pub(crate) async fn get_track(viewer: Viewer, Id(id): Id<TrackId>) -> Result<Versioned<Track>, Error> {
    let track: Track = viewer.one(id).await?;
    Ok(Versioned::ok(track.version, track))
}
