//! Albums: lists, search, charts, one by id, and its tracks.

use actix_web::get;
use events::{AlbumId, AlbumType, ArtistId};
use http_kit::{
    ByIdProblems, ChildrenProblems, Error, FromQuery, Id, ListProblems, NotModified, Page, PageQuery, ProblemType,
    Versioned,
};
use read_search::{Query, Sort};
use representations::{Album, Track};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Viewer,
    catalogue_item::NamedAlbum,
    charts::{Chart, ChartQuery, chart},
    for_many::{Question, Shared},
    input::{self, Year},
    lists,
    pages::{SearchHit, by_place, find, list, no_filter_by_plays, page_from, start},
    routes::artists,
};

/// Order of albums.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlbumSort {
    /// By title; Кино stands among the K.
    Title,
    /// Newest in the catalogue first.
    #[default]
    CreatedAt,
    /// Newest release first, unknown ones last.
    ReleaseDate,
    /// Most played first, of all time; what was never played follows by id. Not with a filter.
    Plays,
}

impl AlbumSort {
    /// None for plays, which the counters know.
    fn of_the_index(self) -> Option<Sort> {
        match self {
            Self::Title => Some(Sort::Name),
            Self::CreatedAt => Some(Sort::CreatedAt),
            Self::ReleaseDate => Some(Sort::ReleaseDate),
            Self::Plays => None,
        }
    }
}

/// Which albums.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AlbumFilter {
    /// Order; the most played are at `/albums/popular/`.
    #[param(inline)]
    sort: Option<AlbumSort>,
    /// Of this genre.
    #[param(
        example = "rock",
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    genre: Option<String>,
    /// Released in this year.
    #[param(inline, example = 1988)]
    year: Option<Year>,
    /// Of this kind.
    #[param(inline)]
    r#type: Option<AlbumType>,
}

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AlbumWords {
    /// Words of the title or the artist's name; accents, scripts and small slips do not matter.
    #[param(
        example = "gruppa krovi",
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
    /// Released in this year.
    #[param(inline)]
    year: Option<Year>,
    /// Of this kind.
    #[param(inline)]
    r#type: Option<AlbumType>,
}

/// Albums of the catalogue
#[utoipa::path(tag = "albums", path = "/api/v1/albums/", security((), ("bearer" = [])),
    params(PageQuery, AlbumFilter),
    responses((status = 200, description = "a page", body = Page<Album>), NotModified, ListProblems))]
#[get("/api/v1/albums")]
pub(crate) async fn list_albums(
    viewer: Viewer,
    asked: Question,
    page: FromQuery<PageQuery>,
    filter: FromQuery<AlbumFilter>,
) -> Result<Shared<Page<Album>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        let (page, filter) = (page.valid()?, filter.valid()?);
        let Some(sort) = filter.sort.unwrap_or_default().of_the_index() else {
            no_filter_by_plays(filter.genre.is_some() || filter.year.is_some() || filter.r#type.is_some())?;
            return lists::by_plays(viewer, &page.checked()?).await;
        };
        let query = Query {
            genre: input::genre(filter.genre.as_deref())?,
            year: filter.year.map(input::year),
            album_type: filter.r#type,
            sort,
            ..Query::default()
        };
        list(viewer, query, &page.checked()?).await
    })
    .await
}

/// Search albums by title and artist
#[utoipa::path(tag = "albums", path = "/api/v1/albums/search/", security((), ("bearer" = [])),
    params(AlbumWords, PageQuery),
    responses((status = 200, description = "a page, best match first", body = Page<SearchHit<Album>>), NotModified, ListProblems))]
#[get("/api/v1/albums/search")]
pub(crate) async fn search_albums(
    viewer: Viewer,
    asked: Question,
    page: FromQuery<PageQuery>,
    words: FromQuery<AlbumWords>,
) -> Result<Shared<Page<SearchHit<Album>>>, Error> {
    let found = Shared::of(&viewer, asked, async |viewer| {
        let (page, words) = (page.valid()?, words.valid()?);
        let query = Query {
            text: Some(input::words(&words.q)?),
            genre: input::genre(words.genre.as_deref())?,
            year: words.year.map(input::year),
            album_type: words.r#type,
            ..Query::default()
        };
        find(viewer, query, &page.checked()?).await
    })
    .await?;
    viewer.record_page(&words.valid()?.q, page.valid()?, &found);
    Ok(found)
}

/// The most played albums
///
/// Counted plays that began in that time: `period` is rolling, from a whole UTC hour on until now; or it is `from` until `to`.
/// Equal plays are in the order of the ids; what is deleted is left out. A play counts for the album that its track was on
/// then.
#[utoipa::path(tag = "albums", path = "/api/v1/albums/popular/", security((), ("bearer" = [])),
    params(ChartQuery), responses((status = 200, description = "the chart", body = Chart<NamedAlbum>), NotModified, ListProblems))]
#[get("/api/v1/albums/popular")]
pub(crate) async fn chart_albums(
    viewer: Viewer,
    asked: Question,
    query: FromQuery<ChartQuery>,
) -> Result<Shared<Chart<NamedAlbum>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        chart::<Album>(viewer, query.valid()?).await
    })
    .await
}

/// The albums that came last into the catalogue
#[utoipa::path(tag = "albums", path = "/api/v1/albums/recent/", security((), ("bearer" = [])),
    params(PageQuery), responses((status = 200, description = "a page, newest first", body = Page<Album>), NotModified, ListProblems))]
#[get("/api/v1/albums/recent")]
pub(crate) async fn list_recent_albums(
    viewer: Viewer,
    asked: Question,
    page: FromQuery<PageQuery>,
) -> Result<Shared<Page<Album>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        let query = Query {
            sort: Sort::CreatedAt,
            ..Query::default()
        };
        list(viewer, query, &page.valid()?.checked()?).await
    })
    .await
}

/// The albums of an artist, newest first
#[utoipa::path(tag = "albums", security((), ("bearer" = [])),
    params(("artist_id" = ArtistId, Path, description = "artist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b11"),
        PageQuery),
    responses((status = 200, description = "a page", body = Page<Album>), NotModified, ChildrenProblems))]
#[get("/api/v1/albums/artist/{artist_id}")]
pub(crate) async fn list_albums_by_artist(
    viewer: Viewer,
    asked: Question,
    Id(id): Id<ArtistId>,
    page: FromQuery<PageQuery>,
) -> Result<Shared<Page<Album>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        artists::albums_of(viewer, id, page.valid()?).await
    })
    .await
}

/// One album
#[utoipa::path(tag = "albums", security((), ("bearer" = [])),
    params(("album_id" = AlbumId, Path, description = "album", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b12")),
    responses((status = 200, description = "the album; its version is the ETag", body = Album), ByIdProblems))]
#[get("/api/v1/albums/{album_id}")]
pub(crate) async fn get_album(viewer: Viewer, Id(id): Id<AlbumId>) -> Result<Versioned<Album>, Error> {
    let album: Album = viewer.one(id).await?;
    Ok(Versioned::ok(album.version, album))
}

/// An album's tracks, in disc and track order
///
/// Of an album that was taken down, its owner and admins see them.
#[utoipa::path(tag = "albums", security((), ("bearer" = [])),
    params(("album_id" = AlbumId, Path, description = "album", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b12"),
        PageQuery),
    responses((status = 200, description = "a page", body = Page<Track>), NotModified, ChildrenProblems))]
#[get("/api/v1/albums/{album_id}/tracks")]
pub(crate) async fn list_tracks_of_album(
    viewer: Viewer,
    asked: Question,
    Id(id): Id<AlbumId>,
    page: FromQuery<PageQuery>,
) -> Result<Shared<Page<Track>>, Error> {
    let shared = Shared::of(&viewer, asked, async |viewer| {
        let paging = page.valid()?.checked()?;
        let start = start(&paging)?;
        let (limit, offset) = (paging.limit.into(), start.into());
        let tracks = viewer.read(async |reader, _| reader.tracks_of_album(id, limit, offset).await);
        let tracks = tracks.await?;
        if tracks.1 == 0 {
            viewer.one::<Album>(id).await?;
        }
        page_from(viewer, tracks, start, &paging).await
    });
    match shared.await {
        Err(error) if error.problem_type() == ProblemType::NotFound && viewer.by.is_some() => {
            Ok(Shared::own(tracks_of_taken_down(&viewer, id, page.valid()?).await?))
        }
        answer => answer,
    }
}

/// For its owner and admins; to others it is not there.
async fn tracks_of_taken_down(viewer: &Viewer, id: AlbumId, page: &PageQuery) -> Result<Page<Track>, Error> {
    viewer.one::<Album>(id).await?;
    let paging = page.checked()?;
    let start = start(&paging)?;
    let (reader, range) = (&viewer.queries.reader, (paging.limit.into(), start.into()));
    let (tracks, total) = reader.tracks_of_taken_down_album(id, viewer.sight(), range).await?;
    Ok(by_place(viewer.shown(tracks).await, total, start, &paging))
}
