//! `POST /api/v1/playlists/`, `PUT` and `DELETE /api/v1/playlists/{playlist_id}`.

use access::SignedIn;
use actix_web::{HttpRequest, HttpResponse, delete, post, put, web::Data};
use domain::{NewPlaylist, PlaylistChanges};
use events::PlaylistId;
use http_kit::{Body, ChangeProblems, CommandProblems, ConflictProblem, DeleteProblems, Error, Id, IfMatch, Versioned};
use representations::Playlist;

use super::{MAX_BODY, load, with_tracks};
use crate::{Commands, idempotency_key::OnceKey, once::Sent};

/// Create a playlist
///
/// Private unless `visibility` says otherwise. With `track_ids` it has these tracks at once, up to 10,000.
#[utoipa::path(tag = "playlists", path = "/api/v1/playlists/", request_body = NewPlaylist, security(("bearer" = [])),
    params(OnceKey),
    responses(CommandProblems, ConflictProblem, (status = 201, description = "the playlist", body = Playlist)))]
#[post("/api/v1/playlists")]
pub(crate) async fn create_playlist(
    SignedIn(by): SignedIn,
    body: Body<MAX_BODY>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let (fields, tracks) = body.parse::<NewPlaylist>()?.parts();
    let context = commands.context(&request);
    commands
        .transact_once(Sent::of(&request, &by, &body), &context, async |unit| {
            let owned = unit.count_playlists_of(by.user_id).await?;
            let id: PlaylistId = commands.new_id();
            let playlist = domain::Playlist::create(id, fields.clone(), by.actor(), owned, context.now)?;
            unit.create_playlist(&playlist).await?;
            if !tracks.track_ids.is_empty() {
                let added = with_tracks(unit, playlist, &tracks, &context).await?;
                unit.add_items(&added, by.user_id).await?;
            }
            let created = unit.playlist_view(id).await?;
            Ok(Versioned::created(created.playlist.version, Playlist::new(created)))
        })
        .await
}

/// Change a playlist
#[utoipa::path(tag = "playlists", request_body = PlaylistChanges, security(("bearer" = [])),
    params(IfMatch, ("playlist_id" = PlaylistId, Path, description = "the playlist")),
    responses(ChangeProblems, (status = 200, description = "the playlist", body = Playlist)))]
#[put("/api/v1/playlists/{playlist_id}")]
pub(crate) async fn change_playlist(
    SignedIn(by): SignedIn,
    Id(id): Id<PlaylistId>,
    if_match: IfMatch,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Versioned<Playlist>, Error> {
    let context = commands.context(&request);
    let changed = commands
        .transact(&context, async |unit| {
            let playlist = load(unit, id, &if_match, &by).await?;
            let change = async |playlist: domain::Playlist| Ok(playlist.change(body.parse()?, context.now)?);
            let changed = playlist.change(change).await?;
            unit.update_playlist(&changed).await?;
            Ok(unit.playlist_view(id).await?)
        })
        .await?;
    Ok(Versioned::ok(changed.playlist.version, Playlist::new(changed)))
}

/// Delete a playlist
#[utoipa::path(tag = "playlists", security(("bearer" = [])),
    params(IfMatch, ("playlist_id" = PlaylistId, Path, description = "the playlist")),
    responses(DeleteProblems, (status = 204, description = "deleted")))]
#[delete("/api/v1/playlists/{playlist_id}")]
pub(crate) async fn delete_playlist(
    SignedIn(by): SignedIn,
    Id(id): Id<PlaylistId>,
    if_match: IfMatch,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    commands
        .transact(&context, async |unit| {
            let playlist = load(unit, id, &if_match, &by).await?.current()?;
            Ok(unit.delete_playlist(&playlist).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
