//! `POST /api/v1/upload/uploadfile/`: audio comes in, is spooled, parsed, stored, and becomes a track.

mod credits;
mod form;
mod store_audio;

use actix_multipart::Multipart;
use actix_web::{HttpRequest, post, web::Data};
use http_kit::{Access, ArtistOnly, Error, Problem, Track, Versioned};
use utoipa::ToSchema;

use crate::{Commands, problems::OfCreating};

/// The form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the form is read part by part; this documents it")]
pub(crate) struct UploadFile {
    /// MP3, FLAC, Ogg Vorbis, Opus, M4A, AAC or WAV.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// In place of the tag's.
    title: Option<String>,
    /// In place of the artist that the tags name.
    #[schema(format = Uuid)]
    artist_id: Option<String>,
    /// In place of the album that the tags name.
    #[schema(format = Uuid)]
    album_id: Option<String>,
    /// In place of the tag's.
    track_number: Option<i16>,
    /// In place of the tag's.
    disc_number: Option<i16>,
    /// In place of the tags'; may be repeated.
    genres: Option<Vec<String>>,
    /// Whether the words are explicit.
    explicit: Option<bool>,
}

/// Upload a file
///
/// Tags fill what the form does not say: artist and album are found by name or created, the cover is taken out. The
/// same audio again is refused, naming the track.
#[utoipa::path(tag = "upload", path = "/api/v1/upload/uploadfile/", security(("bearer" = [])),
    request_body(content = UploadFile, content_type = "multipart/form-data"), responses(
    OfCreating,
    (status = 201, description = "the track", body = Track),
    (status = 409, description = "the same audio is there already", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "the file is too large", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "no audio, or a field is not valid", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/upload/uploadfile")]
pub(crate) async fn upload_file(
    by: ArtistOnly,
    parts: Multipart,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Versioned<Track>, Error> {
    let form = form::read(parts, &commands).await?;
    let parsed = commands.parser.parse(&form.file).await.map_err(form::not_audio)?;
    let wanted = credits::wanted(&form, &parsed, &by.0, &commands.reader).await?;
    let context = commands.context(&request);
    let job = store_audio::Job {
        file: form.file,
        parsed,
        wanted,
        by: by.0,
        context,
    };
    // In a task of its own: a client that goes away now must not leave an object without its track.
    let stored = actix_web::rt::spawn(async move { job.carry_out(&commands).await }).await;
    let view = stored.map_err(|error| Error::Defect(error.to_string()))??;
    Ok(Versioned::created(
        view.version,
        Track::new(view, Some(0), Some(&by.0), &access),
    ))
}
