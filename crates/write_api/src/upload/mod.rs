//! `POST /api/v1/upload/uploadfile/`: audio comes in, is spooled, parsed, stored, and becomes a track.

pub(crate) mod album;
pub(crate) mod form;
pub(crate) mod from_url;
pub(crate) mod ingest;
mod plan;
pub(crate) mod store_audio;

pub use album::{RejectedFile, UploadedAlbumAnswer};
pub use from_url::UrlUploader;
pub use ingest::Ingest;

use std::time::Duration;

use access::{Access, ArtistOnly};
use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, post,
    web::{Data, Payload},
};
use domain::GenreName;
use http_kit::{Action, ConflictProblem, CreateProblems, Error, Pace, TooManyProblem, Versioned, Who, paced};
use representations::Track;
use utoipa::ToSchema;

use crate::Commands;

/// What the form of a file may say of it.
const FIELDS: [&str; 7] = [
    "title",
    "artist_id",
    "album_id",
    "track_number",
    "disc_number",
    "genres",
    "explicit",
];
/// A telephone far from its cell sends more than this; whoever sends less keeps a place that others wait for.
pub(crate) const PACE: Pace = Pace {
    idle: Duration::from_secs(15),
    window: Duration::from_secs(30),
    least: 8 * 1024,
};

/// The form of an upload.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the form is read part by part; this documents it")]
pub(crate) struct UploadFile {
    /// MP3, FLAC, Ogg Vorbis, Opus, M4A, AAC or WAV.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// In place of the tag's. Nothing but spaces is as good as none.
    #[schema(
        max_length = 300,
        nullable = false,
        pattern = r"^[\t-\r ]*[^\x00-\x1f\x7f-\x9f]*[\t-\r ]*$"
    )]
    title: Option<String>,
    /// In place of the artist that the tags name.
    #[schema(format = Uuid, nullable = false)]
    artist_id: Option<String>,
    /// In place of the album that the tags name.
    #[schema(format = Uuid, nullable = false)]
    album_id: Option<String>,
    /// In place of the tag's.
    #[schema(minimum = 1, maximum = 9999, nullable = false)]
    track_number: Option<i16>,
    /// In place of the tag's.
    #[schema(minimum = 1, maximum = 999, nullable = false)]
    disc_number: Option<i16>,
    /// In place of the tags'; may be repeated.
    #[schema(value_type = Option<Vec<GenreName>>, max_items = 20, nullable = false)]
    genres: Option<Vec<String>>,
    /// Whether the words are explicit.
    #[schema(nullable = false)]
    explicit: Option<bool>,
}

/// Upload a file
///
/// Tags fill what the form does not say: artists and album are found by their ids at MusicBrainz, else by name, or created;
/// the cover is taken out. Several artists of a multi-value tag are main artists, those after "feat." featured ones.
/// Compilations are by "Various Artists". The same audio again is refused, naming the track.
///
/// An upload that breaks off is not resumed: nothing of it stays, and it is sent again from its beginning. Its progress is
/// that of sending, which the client sees; the answer comes when the track is there.
#[utoipa::path(tag = "upload", path = "/api/v1/upload/uploadfile/", security(("bearer" = [])),
    request_body(content = UploadFile, content_type = "multipart/form-data"),
    responses(CreateProblems, ConflictProblem, TooManyProblem, (status = 201, description = "the track", body = Track)))]
#[post("/api/v1/upload/uploadfile")]
pub(crate) async fn upload_file(
    ArtistOnly(by): ArtistOnly,
    body: Payload,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Versioned<Track>, Error> {
    http_kit::not_encoded(request.headers())?;
    let (limiter, who) = (&commands.limiter, Who::Person(by.user_id.0));
    let permit = limiter.permit(Action::Upload, who, &request)?;
    let parts = Multipart::new(request.headers(), paced(body, PACE));
    let ingest = commands.ingest();
    let form = form::read(parts, &FIELDS, ingest.max_upload_bytes, &by, &ingest.spool).await?;
    let parsed = ingest.parser.parse(&form.file).await.map_err(form::not_audio)?;
    let own = commands.reader.artist_of_user(by.user_id).await?;
    let plan = plan::plan(&form.details, &parsed, own)?;
    let upload = store_audio::Upload::new((form.file, parsed), plan, by.actor(), commands.context(&request));
    // In a task of its own: a client that disconnects now must not leave an object without its track.
    let stored = async move { (upload.store_upload(&ingest).await, permit).0 };
    let stored = actix_web::rt::spawn(stored).await;
    let view = stored.map_err(Error::defect)??;
    let (version, track) = (view.version, Track::new(view, Some(0), Some(&by), &access));
    Ok(Versioned::created(version, track))
}
