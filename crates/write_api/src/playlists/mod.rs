//! Playlists: themselves, their items, and what is done with them.

pub(crate) mod activity;
pub(crate) mod change;
pub(crate) mod import;
pub(crate) mod items;
pub(crate) mod known;

use access::Principal;
use actix_web::{HttpResponse, http::header::ETAG};
use domain::{Added, AddedTracks, Owned as _, Playlist};
use events::PlaylistId;
use http_kit::{Error, IfMatch};
use store::{CommandContext, Unit};

use crate::commands::{CommandError, Held};

/// The largest body: ten thousand ids of tracks.
const MAX_BODY: usize = 512 * 1024;

/// The playlist that a command is about, if the caller sees it (404) and may change it (403).
async fn load<'a>(
    unit: &mut Unit,
    id: PlaylistId,
    if_match: &'a IfMatch,
    by: &Principal,
) -> Result<Held<'a, Playlist>, CommandError> {
    let playlist = unit
        .playlist(id)
        .await?
        .filter(|playlist| playlist.is_seen_by(by.sight()));
    let playlist = playlist.ok_or_else(|| Error::not_found("playlist"))?;
    playlist.may_be_changed_by(by.actor())?;
    let version = playlist.version;
    Ok(Held::new(playlist, version, if_match))
}

/// The playlist with these tracks; nothing is recorded yet.
async fn with_tracks(
    unit: &mut Unit,
    playlist: Playlist,
    asked: &AddedTracks,
    context: &CommandContext,
) -> Result<Added, CommandError> {
    let known = unit.listed_tracks(&asked.track_ids).await?;
    Ok(playlist.add(asked, &known, context.new_id, context.now)?)
}

/// 204 with the version that the playlist has now.
fn no_content(version: i64) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ETAG, format!("\"{version}\"")))
        .finish()
}
