//! Playlists: lists, one by id, its items.

use access::SignedIn;
use actix_web::{get, web::Json};
use events::{PlaylistId, UserId};
use http_kit::{ByIdProblems, ChildrenProblems, Error, FromQuery, Id, ListProblems, Page, PageQuery, Versioned, Whole};
use representations::{Playlist, PlaylistItem};
use serde::{Deserialize, Serialize};
use store::PlaylistListing;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Viewer,
    playlists::{items, page},
};

/// Items of a playlist that come with it.
const FIRST_ITEMS: u32 = 100;

/// Which playlists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaylistScope {
    /// One's own.
    #[default]
    Own,
    /// Everybody's public ones.
    Public,
}

/// Which playlists.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlaylistFilter {
    /// One's own when absent.
    #[param(inline)]
    scope: Option<PlaylistScope>,
}

/// Which part of a playlist.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemQuery {
    /// Most items, 1 to 500; 100 when absent.
    #[param(inline, example = 100)]
    limit: Option<Whole<1, 500>>,
    /// `next_cursor` of the part before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// A playlist with its first items.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenPlaylist {
    #[serde(flatten)]
    pub playlist: Playlist,
    /// The first 100 items.
    pub items: Vec<PlaylistItem>,
    /// Send it as `cursor` to `…/items` to go on; null when these are all.
    pub items_next_cursor: Option<String>,
}

/// A part of a playlist.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PlaylistItems {
    /// The items.
    pub items: Vec<PlaylistItem>,
    /// Send it as `cursor` to go on; null at the end.
    pub next_cursor: Option<String>,
}

/// Playlists
///
/// One's own, or everybody's public ones with `scope=public`; newest first.
#[utoipa::path(tag = "playlists", path = "/api/v1/playlists/", security(("bearer" = [])),
    params(PlaylistFilter, PageQuery),
    responses((status = 200, description = "a page", body = Page<Playlist>), ListProblems))]
#[get("/api/v1/playlists")]
pub(crate) async fn list_playlists(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    filter: FromQuery<PlaylistFilter>,
    paging: FromQuery<PageQuery>,
) -> Result<Json<Page<Playlist>>, Error> {
    let listing = match filter.valid()?.scope.unwrap_or_default() {
        PlaylistScope::Own => PlaylistListing::Of(by.user_id),
        PlaylistScope::Public => PlaylistListing::Public,
    };
    page(&viewer, listing, &paging.valid()?.checked()?).await.map(Json)
}

/// Playlists of a person
///
/// The public ones, newest first; the person and admins see all.
#[utoipa::path(tag = "playlists", security((), ("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"),
        PageQuery),
    responses((status = 200, description = "a page", body = Page<Playlist>), ChildrenProblems))]
#[get("/api/v1/playlists/user/{user_id}")]
pub(crate) async fn list_playlists_of_user(
    viewer: Viewer,
    Id(user): Id<UserId>,
    paging: FromQuery<PageQuery>,
) -> Result<Json<Page<Playlist>>, Error> {
    let profile = viewer.queries.reader.profile(user, viewer.sight()).await?;
    profile.ok_or_else(|| Error::not_found("user"))?;
    let sees_all = viewer.by.is_some_and(|by| by.actor().is_self_or_admin(user));
    let listing = if sees_all {
        PlaylistListing::Of(user)
    } else {
        PlaylistListing::PublicOf(user)
    };
    page(&viewer, listing, &paging.valid()?.checked()?).await.map(Json)
}

/// A playlist
///
/// With its first 100 items. A private one is there for its owner and admins only.
#[utoipa::path(tag = "playlists", security((), ("bearer" = [])),
    params(("playlist_id" = PlaylistId, Path, description = "the playlist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b14")),
    responses((status = 200, description = "the playlist; its version is the ETag", body = OpenPlaylist), ByIdProblems))]
#[get("/api/v1/playlists/{playlist_id}")]
pub(crate) async fn get_playlist(viewer: Viewer, Id(id): Id<PlaylistId>) -> Result<Versioned<OpenPlaylist>, Error> {
    let playlist = seen(&viewer, id).await?;
    let (items, items_next_cursor) = items(&viewer, &playlist, None, FIRST_ITEMS).await?;
    let version = playlist.version;
    let open = OpenPlaylist {
        playlist,
        items,
        items_next_cursor,
    };
    Ok(Versioned::ok(version, open))
}

/// Items of a playlist, in their order
///
/// An item whose track was deleted has `track: null` and the title that it had.
#[utoipa::path(tag = "playlists", security((), ("bearer" = [])),
    params(("playlist_id" = PlaylistId, Path, description = "the playlist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b14"),
        ItemQuery),
    responses((status = 200, description = "a part of the playlist", body = PlaylistItems), ChildrenProblems))]
#[get("/api/v1/playlists/{playlist_id}/items")]
pub(crate) async fn list_playlist_items(
    viewer: Viewer,
    Id(id): Id<PlaylistId>,
    query: FromQuery<ItemQuery>,
) -> Result<Json<PlaylistItems>, Error> {
    let playlist = seen(&viewer, id).await?;
    let query = query.valid()?;
    let limit = query.limit.map_or(FIRST_ITEMS, Whole::get);
    let (items, next_cursor) = items(&viewer, &playlist, query.cursor.as_deref(), limit).await?;
    Ok(Json(PlaylistItems { items, next_cursor }))
}

/// The playlist, if this person sees it; 404 otherwise.
async fn seen(viewer: &Viewer, id: PlaylistId) -> Result<Playlist, Error> {
    let view = viewer.queries.reader.playlist(id, viewer.sight()).await?;
    let view = view.ok_or_else(|| Error::not_found("playlist"))?;
    Ok(Playlist::new(view))
}
