//! `…/playlists/{playlist_id}/tracks`: adding, moving and removing. An item keeps its id, so commands of several people at
//! once never lose one.

use access::SignedIn;
use actix_web::{HttpRequest, HttpResponse, delete, post, put, web::Data};
use domain::{AddedTracks, ItemIds, MovedItems};
use events::{PlaylistId, PlaylistItemId};
use http_kit::{Body, ChangeProblems, ConflictProblem, DeleteProblems, Error, Id, Ids, IfMatch, Versioned};
use representations::Playlist;
use serde::{Deserialize, Serialize};
use store::{CommandContext, Unit};
use utoipa::ToSchema;

use super::{MAX_BODY, load, no_content, with_tracks};
use crate::{
    Commands,
    commands::{CommandError, Held},
    idempotency_key::OnceKey,
    once::Sent,
};

/// A playlist with what was added to it.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct GrownPlaylist {
    #[serde(flatten)]
    pub playlist: Playlist,
    /// The new items, in the order of `track_ids`.
    pub item_ids: Vec<PlaylistItemId>,
}

/// Add tracks to a playlist
///
/// At a place, or at the end. A playlist has 10,000 items at most; a track may be in it many times.
#[utoipa::path(tag = "playlists", request_body = AddedTracks, security(("bearer" = [])),
    params(OnceKey, IfMatch, ("playlist_id" = PlaylistId, Path, description = "the playlist")),
    responses(ChangeProblems, ConflictProblem, (status = 200, description = "the playlist and the new items", body = GrownPlaylist)))]
#[post("/api/v1/playlists/{playlist_id}/tracks")]
pub(crate) async fn add_playlist_tracks(
    SignedIn(by): SignedIn,
    Id(id): Id<PlaylistId>,
    if_match: IfMatch,
    body: Body<MAX_BODY>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    commands
        .transact_once(Sent::of(&request, &by, &body), &context, async |unit| {
            let playlist = load(unit, id, &if_match, &by).await?;
            let add = async |playlist| with_tracks(unit, playlist, &body.parse()?, &context).await;
            let added = playlist.change(add).await?;
            unit.add_items(&added, by.user_id).await?;
            let item_ids = added.items.iter().map(|item| item.id).collect();
            let view = unit.playlist_view(id).await?;
            let (version, playlist) = (view.playlist.version, Playlist::new(view));
            Ok(Versioned::ok(version, GrownPlaylist { playlist, item_ids }))
        })
        .await
}

/// Move items of a playlist
///
/// One, or several that stand together afterwards. Items that are not there any more are passed over; 404 when none is.
#[utoipa::path(tag = "playlists", request_body = MovedItems, security(("bearer" = [])),
    params(IfMatch, ("playlist_id" = PlaylistId, Path, description = "the playlist")),
    responses(ChangeProblems, (status = 200, description = "the playlist", body = Playlist)))]
#[put("/api/v1/playlists/{playlist_id}/tracks/order")]
pub(crate) async fn move_playlist_items(
    SignedIn(by): SignedIn,
    Id(id): Id<PlaylistId>,
    if_match: IfMatch,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Versioned<Playlist>, Error> {
    let context = commands.context(&request);
    let view = commands
        .transact(&context, async |unit| {
            let playlist = load(unit, id, &if_match, &by).await?;
            let asked: MovedItems = body.parse()?;
            let position = asked.position;
            let (items, _) = there(unit, id, &asked.checked()?).await?;
            unit.move_items(&playlist.current()?.move_items(position, items, context.now))
                .await?;
            Ok(unit.playlist_view(id).await?)
        })
        .await?;
    Ok(Versioned::ok(view.playlist.version, Playlist::new(view)))
}

/// Remove an item from a playlist
#[utoipa::path(tag = "playlists", security(("bearer" = [])),
    params(IfMatch, ("playlist_id" = PlaylistId, Path, description = "the playlist"),
        ("item_id" = PlaylistItemId, Path, description = "the item")),
    responses(DeleteProblems, (status = 204, description = "removed; `ETag` is the playlist's new version")))]
#[delete("/api/v1/playlists/{playlist_id}/tracks/{item_id}")]
pub(crate) async fn remove_playlist_item(
    SignedIn(by): SignedIn,
    Ids(id, item): Ids<PlaylistId, PlaylistItemId>,
    if_match: IfMatch,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let version = commands
        .transact(&context, async |unit| {
            let playlist = load(unit, id, &if_match, &by).await?;
            remove(unit, playlist, &[item], &context).await
        })
        .await?;
    Ok(no_content(version))
}

/// Remove items from a playlist
///
/// Items that are not there any more are passed over; 404 when none is.
#[utoipa::path(tag = "playlists", request_body = ItemIds, security(("bearer" = [])),
    params(IfMatch, ("playlist_id" = PlaylistId, Path, description = "the playlist")),
    responses(ChangeProblems, (status = 204, description = "removed; `ETag` is the playlist's new version")))]
#[delete("/api/v1/playlists/{playlist_id}/tracks")]
pub(crate) async fn remove_playlist_items(
    SignedIn(by): SignedIn,
    Id(id): Id<PlaylistId>,
    if_match: IfMatch,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let version = commands
        .transact(&context, async |unit| {
            let playlist = load(unit, id, &if_match, &by).await?;
            let items = body.parse::<ItemIds>()?.checked()?;
            remove(unit, playlist, &items, &context).await
        })
        .await?;
    Ok(no_content(version))
}

async fn remove(
    unit: &mut Unit,
    playlist: Held<'_, domain::Playlist>,
    items: &[PlaylistItemId],
    context: &CommandContext,
) -> Result<i64, CommandError> {
    let (items, lengths) = there(unit, playlist.thing.id, items).await?;
    let left = playlist.current()?.remove(&lengths, context.now);
    unit.remove_items(&left, &items).await?;
    Ok(left.version)
}

/// Those of the items that are there, and their lengths; 404 when none is.
async fn there(
    unit: &mut Unit,
    playlist: PlaylistId,
    items: &[PlaylistItemId],
) -> Result<(Vec<PlaylistItemId>, Vec<Option<i64>>), CommandError> {
    let there = unit.items_there(playlist, items).await?;
    if there.is_empty() {
        return Err(Error::not_found("item in this playlist").into());
    }
    Ok(there.into_iter().unzip())
}
