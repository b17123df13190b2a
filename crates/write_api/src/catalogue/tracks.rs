//! `POST /api/v1/tracks/`, `PUT` and `DELETE /api/v1/tracks/{track_id}`.

use actix_web::{HttpRequest, HttpResponse, delete, post, put, web::Data};
use domain::TrackFields;
use events::{AlbumId, ArtistId, ExternalIds, Kind, TrackId};
use http_kit::{Access, ArtistOnly, Body, Error, Id, IfMatch, SignedIn, Track, Versioned};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{clearable, present};
use crate::{
    Commands,
    commands::must_own,
    problems::{OfChanging, OfCreating, OfDeleting},
};

/// A new track, without audio.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTrack {
    /// 1 to 300 characters.
    #[schema(example = "Спокойная ночь", min_length = 1, max_length = 300)]
    title: String,
    /// Who made it.
    artist_id: ArtistId,
    /// The album it is on.
    album_id: Option<AlbumId>,
    /// Length in milliseconds.
    #[schema(example = 367_000, minimum = 1, maximum = 86_400_000)]
    duration_ms: Option<i64>,
    /// Place on its disc, from 1.
    #[schema(minimum = 1, maximum = 9999)]
    track_number: Option<i16>,
    /// Disc of its album, from 1.
    #[schema(minimum = 1, maximum = 999)]
    disc_number: Option<i16>,
    /// Up to 20.
    #[serde(default)]
    #[schema(max_items = 20)]
    genres: Vec<String>,
    /// Whether the words are explicit.
    #[serde(default)]
    explicit: bool,
    /// Identifiers elsewhere, by scheme.
    #[serde(default)]
    external_ids: ExternalIds,
}

/// What to change. An absent field stays, null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrackChanges {
    /// 1 to 300 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(example = "Spokoinaya noch", min_length = 1, max_length = 300, nullable = false)]
    title: Option<String>,
    /// Who made it.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    artist_id: Option<ArtistId>,
    /// The album it is on.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<AlbumId>)]
    album_id: Option<Option<AlbumId>>,
    /// Length in milliseconds.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 86_400_000)]
    duration_ms: Option<Option<i64>>,
    /// Place on its disc, from 1.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<i16>, minimum = 1, maximum = 9999)]
    track_number: Option<Option<i16>>,
    /// Disc of its album, from 1.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<i16>, minimum = 1, maximum = 999)]
    disc_number: Option<Option<i16>>,
    /// Up to 20.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_items = 20, nullable = false)]
    genres: Option<Vec<String>>,
    /// Whether the words are explicit.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    explicit: Option<bool>,
    /// Identifiers elsewhere, by scheme.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    external_ids: Option<ExternalIds>,
}

impl TrackChanges {
    fn applied_to(&self, fields: TrackFields) -> TrackFields {
        TrackFields {
            title: self.title.clone().unwrap_or(fields.title),
            artist_id: self.artist_id.unwrap_or(fields.artist_id),
            album_id: self.album_id.unwrap_or(fields.album_id),
            duration_ms: self.duration_ms.unwrap_or(fields.duration_ms),
            track_number: self.track_number.unwrap_or(fields.track_number),
            disc_number: self.disc_number.unwrap_or(fields.disc_number),
            genres: self.genres.clone().unwrap_or(fields.genres),
            explicit: self.explicit.unwrap_or(fields.explicit),
            external_ids: self.external_ids.clone().unwrap_or(fields.external_ids),
        }
    }
}

/// Create a track
///
/// What is known of a track, without audio; to send audio, upload it.
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/", request_body = NewTrack, security(("bearer" = [])), responses(
    OfCreating,
    (status = 201, description = "the track", body = Track)))]
#[post("/api/v1/tracks")]
pub(crate) async fn create(
    by: ArtistOnly,
    body: Body<NewTrack>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Versioned<Track>, Error> {
    let new = body.0;
    let fields = TrackFields {
        title: new.title,
        artist_id: new.artist_id,
        album_id: new.album_id,
        duration_ms: new.duration_ms,
        track_number: new.track_number,
        disc_number: new.disc_number,
        genres: new.genres,
        explicit: new.explicit,
        external_ids: new.external_ids,
    }
    .checked()?;
    let id = TrackId((commands.ambient.new_id)());
    let context = commands.context(&request);
    let view = commands
        .carry_out(&context, async |unit| {
            unit.create_track(id, fields.clone(), None, by.0.user_id).await?;
            Ok(unit.track_view(id).await?)
        })
        .await?;
    let view = view.ok_or_else(|| Error::no_such("track"))?;
    Ok(Versioned::created(
        view.version,
        Track::new(view, Some(0), Some(&by.0), &access),
    ))
}

/// Change a track
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/{track_id}", request_body = TrackChanges, security(("bearer" = [])),
    params(("track_id" = Uuid, Path, description = "the track"), ("If-Match" = Option<String>, Header, description = "the version it must have")), responses(
    OfChanging,
    (status = 200, description = "the track", body = Track)))]
#[put("/api/v1/tracks/{track_id}")]
pub(crate) async fn update(
    by: SignedIn,
    id: Id<Uuid>,
    if_match: IfMatch,
    body: Body<TrackChanges>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Versioned<Track>, Error> {
    let id = TrackId(id.0);
    let context = commands.context(&request);
    let view = commands
        .carry_out(&context, async |unit| {
            let track = unit.track(id).await?.ok_or_else(|| Error::no_such("track"))?;
            must_own(track.is_owned_by(by.0.user_id), &by.0)?;
            if_match.check(track.version())?;
            let fields = body.0.applied_to(track.fields()).checked()?;
            unit.update_track(track, fields).await?;
            Ok(unit.track_view(id).await?)
        })
        .await?;
    let view = view.ok_or_else(|| Error::no_such("track"))?;
    let plays = commands.plays_of(Kind::Track, id.0).await;
    Ok(Versioned::ok(
        view.version,
        Track::new(view, plays, Some(&by.0), &access),
    ))
}

/// Delete a track
///
/// Its audio goes too; what was heard of it stays in the statistics.
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/{track_id}", security(("bearer" = [])),
    params(("track_id" = Uuid, Path, description = "the track"), ("If-Match" = Option<String>, Header, description = "the version it must have")), responses(
    OfDeleting,
    (status = 204, description = "deleted")))]
#[delete("/api/v1/tracks/{track_id}")]
pub(crate) async fn delete(
    by: SignedIn,
    id: Id<Uuid>,
    if_match: IfMatch,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let audio_key = commands
        .carry_out(&context, async |unit| {
            let track = unit
                .track(TrackId(id.0))
                .await?
                .ok_or_else(|| Error::no_such("track"))?;
            must_own(track.is_owned_by(by.0.user_id), &by.0)?;
            if_match.check(track.version())?;
            unit.delete_track(&track).await?;
            Ok(track.audio_key().map(str::to_owned))
        })
        .await?;
    // After the commit: an object that stays behind is an orphan, a track without its object would be a lie.
    if let Some(key) = audio_key
        && let Err(error) = commands.objects.delete(&key).await
    {
        tracing::warn!(key, %error, "the audio of a deleted track stays behind");
    }
    Ok(HttpResponse::NoContent().finish())
}
