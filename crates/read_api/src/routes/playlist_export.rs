//! `GET /api/v1/playlists/{playlist_id}/export`: a playlist as a file for other players.

use access::SignedIn;
use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use domain::Owned as _;
use events::PlaylistId;
use http_kit::{Error, FromQuery, Id, SelfProblems, base_url};
use media::{MAX_ENTRIES, PlaylistEntry, PlaylistFile, PlaylistFormat, write_playlist};
use representations::{PlaylistItem, Track};
use serde::Deserialize;
use store::PlaylistView;
use utoipa::{IntoParams, ToSchema};

use crate::{Viewer, binary::Binary, playlists::all_items};

/// Form of the file.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A line for each track.
    M3u8,
    /// XML.
    Xspf,
    /// JSON.
    Jspf,
}

/// How to export.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// Form of the file.
    #[param(inline, example = "xspf")]
    format: ExportFormat,
}

/// Export a playlist
///
/// For its owner. Tracks are named by title, artist and album, by their ids here and at MusicBrainz, and by the address of
/// their sound, which asks for a token.
#[utoipa::path(tag = "playlists", security(("bearer" = [])),
    params(("playlist_id" = PlaylistId, Path, description = "the playlist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b14"),
        ExportQuery),
    responses(SelfProblems, (status = 200, description = "the file", content(
        (Binary = "audio/x-mpegurl"), (Binary = "application/xspf+xml"), (Value = "application/jspf+json")))))]
#[get("/api/v1/playlists/{playlist_id}/export")]
pub(crate) async fn export_playlist(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<PlaylistId>,
    query: FromQuery<ExportQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let view = viewer.queries.reader.playlist(id, by.sight()).await?;
    let view = view.ok_or_else(|| Error::not_found("playlist"))?;
    view.playlist.may_be_changed_by(by.actor())?;
    let format = match query.valid()?.format {
        ExportFormat::M3u8 => PlaylistFormat::M3u8,
        ExportFormat::Xspf => PlaylistFormat::Xspf,
        ExportFormat::Jspf => PlaylistFormat::Jspf,
    };
    let items = all_items(&viewer, &view, MAX_ENTRIES).await?;
    let base = base_url(&request);
    let name = format!("attachment; filename=\"playlist.{}\"", format.extension());
    let written = tokio::task::spawn_blocking(move || write_playlist(format, &file(view, items, &base)));
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format.content_type()))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(written.await.map_err(Error::defect)?))
}

fn file(view: PlaylistView, items: Vec<PlaylistItem>, base: &str) -> PlaylistFile {
    let entry = |item: PlaylistItem| match item.track {
        Some(track) => described(track, base),
        None => PlaylistEntry {
            title: item.title,
            ..PlaylistEntry::default()
        },
    };
    PlaylistFile {
        title: Some(view.playlist.fields.title),
        description: view.playlist.fields.description,
        entries: items.into_iter().map(entry).collect(),
    }
}

fn described(track: Track, base: &str) -> PlaylistEntry {
    let mut identifiers = vec![format!("urn:uuid:{}", track.id)];
    let ids = &track.external_ids;
    identifiers.extend(
        ids.get("mbid")
            .map(|id| format!("https://musicbrainz.org/recording/{id}")),
    );
    identifiers.extend(ids.get("isrc").map(|isrc| format!("isrc:{isrc}")));
    PlaylistEntry {
        locations: vec![format!("{base}/api/v1/tracks/{}/stream", track.id)],
        identifiers,
        title: Some(track.title),
        artist: Some(track.artist_line),
        album: track.album.map(|album| album.title),
        duration_ms: track.duration_ms,
    }
}
