//! Artists: lists, search, charts, one by id, and what is below one.

use actix_web::get;
use events::{ArtistId, UserId};
use http_kit::{
    ByIdProblems, ChildrenProblems, Error, FromQuery, Id, ListProblems, NotModified, Page, PageQuery, Versioned,
};
use read_search::{Query, Sort};
use representations::{Album, Artist, Track};
use serde::Deserialize;
use store::Listing;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Viewer,
    catalogue_item::NamedArtist,
    charts::{Chart, ChartQuery, chart},
    for_many::{Question, Shared},
    input, lists,
    pages::{SearchHit, find, list, no_filter_by_plays},
};

/// Order of artists.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArtistSort {
    /// By name; Кино stands among the K.
    Name,
    /// Newest first.
    #[default]
    CreatedAt,
    /// Most played first, of all time; what was never played follows by id. Not with a filter.
    Plays,
}

impl ArtistSort {
    /// None for plays, which the counters know.
    fn of_the_index(self) -> Option<Sort> {
        match self {
            Self::Name => Some(Sort::Name),
            Self::CreatedAt => Some(Sort::CreatedAt),
            Self::Plays => None,
        }
    }
}

/// Which artists.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ArtistFilter {
    /// Order; the most played are at `/artists/popular/`.
    #[param(inline)]
    sort: Option<ArtistSort>,
    /// Of this genre.
    #[param(
        example = "rock",
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    genre: Option<String>,
    /// Of this country, ISO 3166-1 alpha-2.
    #[param(example = "RU", min_length = 2, max_length = 2, pattern = "^[A-Za-z]{2}$")]
    country: Option<String>,
}

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ArtistWords {
    /// Words of the name; accents, scripts and small slips do not matter.
    #[param(
        example = "kino",
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
    /// Of this country, ISO 3166-1 alpha-2.
    #[param(min_length = 2, max_length = 2, pattern = "^[A-Za-z]{2}$")]
    country: Option<String>,
}

/// Artists of the catalogue
#[utoipa::path(tag = "artists", path = "/api/v1/artists/", security((), ("bearer" = [])),
    params(PageQuery, ArtistFilter),
    responses((status = 200, description = "a page", body = Page<Artist>), NotModified, ListProblems))]
#[get("/api/v1/artists")]
pub(crate) async fn list_artists(
    viewer: Viewer,
    asked: Question,
    page: FromQuery<PageQuery>,
    filter: FromQuery<ArtistFilter>,
) -> Result<Shared<Page<Artist>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        let (page, filter) = (page.valid()?, filter.valid()?);
        let Some(sort) = filter.sort.unwrap_or_default().of_the_index() else {
            no_filter_by_plays(filter.genre.is_some() || filter.country.is_some())?;
            return lists::by_plays(viewer, &page.checked()?).await;
        };
        let query = Query {
            genre: input::genre(filter.genre.as_deref())?,
            country: input::country(filter.country.as_deref())?,
            sort,
            ..Query::default()
        };
        list(viewer, query, &page.checked()?).await
    })
    .await
}

/// Search artists by name
#[utoipa::path(tag = "artists", path = "/api/v1/artists/search/", security((), ("bearer" = [])),
    params(ArtistWords, PageQuery),
    responses((status = 200, description = "a page, best match first", body = Page<SearchHit<Artist>>), NotModified, ListProblems))]
#[get("/api/v1/artists/search")]
pub(crate) async fn search_artists(
    viewer: Viewer,
    asked: Question,
    page: FromQuery<PageQuery>,
    words: FromQuery<ArtistWords>,
) -> Result<Shared<Page<SearchHit<Artist>>>, Error> {
    let found = Shared::of(&viewer, asked, async |viewer| {
        let (page, words) = (page.valid()?, words.valid()?);
        let query = Query {
            text: Some(input::words(&words.q)?),
            genre: input::genre(words.genre.as_deref())?,
            country: input::country(words.country.as_deref())?,
            ..Query::default()
        };
        find(viewer, query, &page.checked()?).await
    })
    .await?;
    viewer.record_page(&words.valid()?.q, page.valid()?, &found);
    Ok(found)
}

/// The most played artists
///
/// Counted plays that began in that time: `period` is rolling, from a whole UTC hour on until now; or it is `from` until `to`.
/// Equal plays are in the order of the ids; what is deleted is left out. A play counts for each main and featured artist of
/// its track, as they were then, also where the track is deleted.
#[utoipa::path(tag = "artists", path = "/api/v1/artists/popular/", security((), ("bearer" = [])),
    params(ChartQuery), responses((status = 200, description = "the chart", body = Chart<NamedArtist>), NotModified, ListProblems))]
#[get("/api/v1/artists/popular")]
pub(crate) async fn chart_artists(
    viewer: Viewer,
    asked: Question,
    query: FromQuery<ChartQuery>,
) -> Result<Shared<Chart<NamedArtist>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        chart::<Artist>(viewer, query.valid()?).await
    })
    .await
}

/// The artist profile of an account
#[utoipa::path(tag = "artists", security((), ("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10")),
    responses((status = 200, description = "the artist", body = Artist), ByIdProblems))]
#[get("/api/v1/artists/by-user/{user_id}")]
pub(crate) async fn get_artist_of_user(viewer: Viewer, Id(user): Id<UserId>) -> Result<Versioned<Artist>, Error> {
    let artist = viewer.queries.reader.artist_of_user(user).await?;
    let artist = artist.ok_or_else(|| Error::not_found("artist profile"))?;
    let artist: Artist = viewer.one(artist).await?;
    Ok(Versioned::ok(artist.version, artist))
}

/// One artist
#[utoipa::path(tag = "artists", security((), ("bearer" = [])),
    params(("artist_id" = ArtistId, Path, description = "artist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b11")),
    responses((status = 200, description = "the artist; its version is the ETag", body = Artist), ByIdProblems))]
#[get("/api/v1/artists/{artist_id}")]
pub(crate) async fn get_artist(viewer: Viewer, Id(id): Id<ArtistId>) -> Result<Versioned<Artist>, Error> {
    let artist: Artist = viewer.one(id).await?;
    Ok(Versioned::ok(artist.version, artist))
}

/// The tracks on which an artist is main or featured, newest first
#[utoipa::path(tag = "artists", security((), ("bearer" = [])),
    params(("artist_id" = ArtistId, Path, description = "artist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b11"),
        PageQuery),
    responses((status = 200, description = "a page", body = Page<Track>), NotModified, ChildrenProblems))]
#[get("/api/v1/artists/{artist_id}/tracks")]
pub(crate) async fn list_tracks_of_artist(
    viewer: Viewer,
    asked: Question,
    Id(id): Id<ArtistId>,
    page: FromQuery<PageQuery>,
) -> Result<Shared<Page<Track>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        let page = lists::page::<Track>(viewer, Listing::TracksOf(id), &page.valid()?.checked()?).await?;
        if page.items.is_empty() {
            viewer.one::<Artist>(id).await?;
        }
        Ok(page)
    })
    .await
}

/// The albums on which an artist is main or featured, newest first
#[utoipa::path(tag = "artists", security((), ("bearer" = [])),
    params(("artist_id" = ArtistId, Path, description = "artist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b11"),
        PageQuery),
    responses((status = 200, description = "a page", body = Page<Album>), NotModified, ChildrenProblems))]
#[get("/api/v1/artists/{artist_id}/albums")]
pub(crate) async fn list_albums_of_artist(
    viewer: Viewer,
    asked: Question,
    Id(id): Id<ArtistId>,
    page: FromQuery<PageQuery>,
) -> Result<Shared<Page<Album>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        albums_of(viewer, id, page.valid()?).await
    })
    .await
}

/// A page of an artist's albums; 404 without the artist.
pub(crate) async fn albums_of(viewer: &Viewer, id: ArtistId, page: &PageQuery) -> Result<Page<Album>, Error> {
    let page = lists::page(viewer, Listing::AlbumsOf(id), &page.checked()?).await?;
    if page.items.is_empty() {
        viewer.one::<Artist>(id).await?;
    }
    Ok(page)
}
