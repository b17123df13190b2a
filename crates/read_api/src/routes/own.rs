//! What is a person's own: favourites, followed artists and their releases, the play queue, preferences.

use std::collections::HashMap;

use access::SignedIn;
use actix_web::{HttpRequest, get, web::Json};
use domain::Sight;
use events::{ArtistId, ItemType, Time, UserId};
use http_kit::{Error, FromQuery, History, Id, Ids, Limit, Page, PageQuery, SelfProblems, Versioned, Whole};
use representations::{Album, Artist, Favourite, Followed, PlayQueue, Playlist, Preferences, Track};
use serde::{Deserialize, Serialize};
use store::Liked;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{Viewer, history::listener, pages};

/// Which favourites.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FavouritesQuery {
    /// Of this type only.
    #[param(inline)]
    r#type: Option<ItemType>,
    /// Most items, 1 to 100.
    #[param(inline, example = 20)]
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// A favourite, as it is in the catalogue.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LikedItem {
    #[serde(flatten)]
    pub favourite: Favourite,
    /// When it is a track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<Track>,
    /// When it is an album.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub album: Option<Album>,
    /// When it is an artist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artist: Option<Artist>,
    /// When it is a playlist that this person sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playlist: Option<Playlist>,
}

/// The ids of all favourites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FavouriteIds {
    /// Ids of tracks, in no order.
    pub tracks: Vec<Uuid>,
    /// Ids of albums, in the same order.
    pub albums: Vec<Uuid>,
    /// Ids of artists, in the same order.
    pub artists: Vec<Uuid>,
    /// Ids of playlists, in the same order.
    pub playlists: Vec<Uuid>,
}

/// Which part of a queue.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueuePart {
    /// Most tracks, 1 to 500; 100 when absent.
    #[param(inline, example = 100)]
    limit: Option<Whole<1, 500>>,
    /// The place to begin at, from 0.
    #[param(inline, example = 0)]
    offset: Option<Whole<0, 9999>>,
}

/// A part of a play queue, with its tracks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QueuedTracks {
    /// Version of the queue: parts of one version fit together.
    pub version: i64,
    /// Tracks of the whole queue.
    #[schema(example = 16)]
    pub total: usize,
    /// In playing order; null is one that was deleted meanwhile.
    pub items: Vec<Option<Track>>,
}

/// What a person likes, newest first
///
/// What was deleted since is left out, so a page may hold fewer than `limit`.
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"), FavouritesQuery),
    responses((status = 200, description = "a part of them", body = History<LikedItem>), SelfProblems))]
#[get("/api/v1/users/{user_id}/favourites")]
pub(crate) async fn list_favourites(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(user): Id<UserId>,
    query: FromQuery<FavouritesQuery>,
) -> Result<Json<History<LikedItem>>, Error> {
    listener(&viewer, &by, user).await?;
    let query = query.valid()?;
    let after = query.cursor.as_deref().map(place).transpose()?;
    let limit = http_kit::limit(query.limit) as usize;
    let more = i64::try_from(limit).unwrap_or(i64::MAX) + 1;
    let mut rows = viewer
        .queries
        .reader
        .favourites(user, query.r#type, after, more)
        .await?;
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| is_more);
    let next_cursor = last.map(|(liked, at)| format!("{}.{}", at.millis(), liked.id.simple()));
    let items = shown(&viewer, user, rows).await?;
    Ok(Json(History { items, next_cursor }))
}

fn place(cursor: &str) -> Result<(Time, Uuid), Error> {
    let place = cursor.split_once('.').and_then(|(millis, id)| {
        let millis = millis.parse().ok()?;
        Some((Time::from_millis(millis), Uuid::try_parse(id).ok()?))
    });
    place.ok_or_else(|| Error::invalid("cursor", "must be the next_cursor of the same list"))
}

async fn shown(viewer: &Viewer, user: UserId, rows: Vec<(Liked, Time)>) -> Result<Vec<LikedItem>, Error> {
    let of = |kind: ItemType| -> Vec<Uuid> {
        let of_kind = rows.iter().filter(|(liked, _)| liked.kind == kind);
        of_kind.map(|(liked, _)| liked.id).collect()
    };
    let (tracks, albums, artists) = (of(ItemType::Track), of(ItemType::Album), of(ItemType::Artist));
    let (mut tracks, mut albums, mut artists): (HashMap<_, Track>, HashMap<_, Album>, HashMap<_, Artist>) =
        tokio::try_join!(viewer.map_of(&tracks), viewer.map_of(&albums), viewer.map_of(&artists))?;
    let sight = Sight {
        user_id: Some(user),
        is_admin: false,
    };
    let playlists = of(ItemType::Playlist);
    let playlists = viewer.queries.reader.seen_playlists(&playlists, sight).await?;
    let playlists = playlists.into_iter().map(Playlist::new);
    let mut playlists: HashMap<Uuid, Playlist> = playlists.map(|playlist| (playlist.id.0, playlist)).collect();
    let item = |(Liked { kind, id }, added_at): (Liked, Time)| {
        let item = LikedItem {
            favourite: Favourite { kind, id, added_at },
            track: (kind == ItemType::Track).then(|| tracks.remove(&id)).flatten(),
            album: (kind == ItemType::Album).then(|| albums.remove(&id)).flatten(),
            artist: (kind == ItemType::Artist).then(|| artists.remove(&id)).flatten(),
            playlist: (kind == ItemType::Playlist).then(|| playlists.remove(&id)).flatten(),
        };
        let in_catalogue = item.track.is_some() || item.album.is_some() || item.artist.is_some();
        let is_there = in_catalogue || item.playlist.is_some();
        is_there.then_some(item)
    };
    Ok(rows.into_iter().filter_map(item).collect())
}

/// What a person likes, as ids
///
/// All of them: what a page needs to show which of its things are favourites.
#[utoipa::path(tag = "users", security(("bearer" = [])), params(("user_id" = UserId, Path, description = "account")),
    responses((status = 200, description = "the ids", body = FavouriteIds), SelfProblems))]
#[get("/api/v1/users/{user_id}/favourites/ids")]
pub(crate) async fn list_favourite_ids(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(user): Id<UserId>,
) -> Result<Json<FavouriteIds>, Error> {
    listener(&viewer, &by, user).await?;
    let mut ids = FavouriteIds::default();
    for liked in viewer.queries.reader.favourite_ids(user).await? {
        let list = match liked.kind {
            ItemType::Track => &mut ids.tracks,
            ItemType::Album => &mut ids.albums,
            ItemType::Artist => &mut ids.artists,
            ItemType::Playlist => &mut ids.playlists,
        };
        list.push(liked.id);
    }
    Ok(Json(ids))
}

/// Whether a person likes something
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"),
        ("type" = ItemType, Path, description = "what it is"), ("id" = Uuid, Path, description = "which one")),
    responses((status = 200, description = "it is a favourite", body = Favourite), SelfProblems))]
#[get("/api/v1/users/{user_id}/favourites/{type}/{id}")]
pub(crate) async fn get_favourite(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Ids(user, id): Ids<UserId, Uuid>,
    request: HttpRequest,
) -> Result<Json<Favourite>, Error> {
    listener(&viewer, &by, user).await?;
    let none = || Error::not_found("favourite");
    let kind = request.match_info().get("type").and_then(ItemType::by_name);
    let kind = kind.ok_or_else(none)?;
    let since = viewer.queries.reader.favourite(user, Liked { kind, id }).await?;
    let added_at = since.ok_or_else(none)?;
    Ok(Json(Favourite { kind, id, added_at }))
}

/// Artists that a person follows, the latest first
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"), PageQuery),
    responses((status = 200, description = "a page", body = Page<Artist>), SelfProblems))]
#[get("/api/v1/users/{user_id}/following")]
pub(crate) async fn list_following(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(user): Id<UserId>,
    page: FromQuery<PageQuery>,
) -> Result<Json<Page<Artist>>, Error> {
    listener(&viewer, &by, user).await?;
    let paging = page.valid()?.checked()?;
    let start = pages::start(&paging)?;
    let (ids, total) = viewer
        .queries
        .reader
        .followed(user, paging.limit.into(), start.into())
        .await?;
    let artists = viewer.by_ids::<Artist>(&ids).await?;
    Ok(Json(pages::by_place(artists, total, start, &paging)))
}

/// Whether a person follows an artist
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"), ("artist_id" = ArtistId, Path, description = "artist")),
    responses((status = 200, description = "it is followed", body = Followed), SelfProblems))]
#[get("/api/v1/users/{user_id}/following/{artist_id}")]
pub(crate) async fn get_following(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Ids(user, artist_id): Ids<UserId, ArtistId>,
) -> Result<Json<Followed>, Error> {
    listener(&viewer, &by, user).await?;
    let since = viewer.queries.reader.follows(user, artist_id).await?;
    let followed_at = since.ok_or_else(|| Error::not_found("followed artist"))?;
    Ok(Json(Followed { artist_id, followed_at }))
}

/// Albums of artists that a person follows, the latest release first
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"), PageQuery),
    responses((status = 200, description = "a page", body = Page<Album>), SelfProblems))]
#[get("/api/v1/users/{user_id}/new-releases")]
pub(crate) async fn list_new_releases(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(user): Id<UserId>,
    page: FromQuery<PageQuery>,
) -> Result<Json<Page<Album>>, Error> {
    listener(&viewer, &by, user).await?;
    let paging = page.valid()?.checked()?;
    let start = pages::start(&paging)?;
    let (limit, offset) = (paging.limit.into(), start.into());
    let (ids, total) = viewer.queries.reader.new_releases(user, limit, offset).await?;
    let albums = viewer.by_ids::<Album>(&ids).await?;
    Ok(Json(pages::by_place(albums, total, start, &paging)))
}

/// The play queue
///
/// Empty, with version 0, while none was kept.
#[utoipa::path(tag = "users", security(("bearer" = [])), params(("user_id" = UserId, Path, description = "account")),
    responses((status = 200, description = "the queue", body = PlayQueue), SelfProblems))]
#[get("/api/v1/users/{user_id}/queue")]
pub(crate) async fn get_queue(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(user): Id<UserId>,
) -> Result<Versioned<PlayQueue>, Error> {
    listener(&viewer, &by, user).await?;
    let queue = viewer.queries.reader.play_queue(user).await?;
    Ok(Versioned::ok(queue.version, queue.into()))
}

/// Tracks of the play queue
///
/// What a device shows that goes on where another one was.
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"), QueuePart),
    responses((status = 200, description = "a part of the queue", body = QueuedTracks), SelfProblems))]
#[get("/api/v1/users/{user_id}/queue/tracks")]
pub(crate) async fn list_queued_tracks(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(user): Id<UserId>,
    query: FromQuery<QueuePart>,
) -> Result<Json<QueuedTracks>, Error> {
    listener(&viewer, &by, user).await?;
    let part = query.valid()?;
    let queue = viewer.queries.reader.play_queue(user).await?;
    let (offset, limit) = (part.offset.map_or(0, Whole::get), part.limit.map_or(100, Whole::get));
    let ids = queue.track_ids.iter().skip(offset as usize).take(limit as usize);
    let ids: Vec<Uuid> = ids.map(|id| id.0).collect();
    let tracks = viewer.map_of::<Track>(&ids).await?;
    Ok(Json(QueuedTracks {
        version: queue.version,
        total: queue.track_ids.len(),
        items: ids.iter().map(|id| tracks.get(id).cloned()).collect(),
    }))
}

/// Preferences
#[utoipa::path(tag = "users", security(("bearer" = [])), params(("user_id" = UserId, Path, description = "account")),
    responses((status = 200, description = "the preferences", body = Preferences), SelfProblems))]
#[get("/api/v1/users/{user_id}/preferences")]
pub(crate) async fn get_preferences(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(user): Id<UserId>,
) -> Result<Versioned<Preferences>, Error> {
    listener(&viewer, &by, user).await?;
    let preferences = viewer.queries.reader.preferences(user).await?;
    let now = (viewer.queries.ambient.now)();
    Ok(Versioned::ok(preferences.version, Preferences::new(preferences, now)))
}
