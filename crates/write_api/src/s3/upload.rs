//! `POST /api/v1/s3/tracks/upload` and `/api/v1/s3/covers/upload`: files that a command names later.

use access::{ArtistOnly, Principal};
use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use bytes::Bytes;
use http_kit::{Action, ConflictProblem, CreateProblems, Error, Permit, TooManyProblem, Who, paced};
use media::ObjectInfo;
use representations::StoredFile;
use store::{CommandContext, NewObject, Unit, Waveform};
use utoipa::ToSchema;

use crate::{
    Commands,
    commands::transact,
    upload::{
        Ingest, PACE,
        form::{self, Form},
        ingest::{new_audio, new_cover},
        store_audio::{already, keep_waveform},
    },
};

/// Bytes of a picture as it is sent.
const MAX_PICTURE_BYTES: u64 = 32 * 1024 * 1024;

/// The form of a file for the object store.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the form is read part by part; this documents it")]
pub(crate) struct UploadObject {
    /// The file itself.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload audio to the object store
///
/// MP3, FLAC, Ogg Vorbis, Opus, M4A, AAC or WAV. Name it as `s3_key` when you create or change a track, within a day: what
/// nothing uses is deleted then. Audio of a track that is there already is refused, naming the track.
///
/// An upload that breaks off is not resumed: nothing of it stays, and it is sent again from its beginning. Its progress is
/// that of sending, which the client sees.
#[utoipa::path(tag = "s3", security(("bearer" = [])),
    request_body(content = UploadObject, content_type = "multipart/form-data"),
    responses(CreateProblems, ConflictProblem, TooManyProblem, (status = 201, description = "the object", body = StoredFile)))]
#[post("/api/v1/s3/tracks/upload")]
pub(crate) async fn upload_audio_object(
    ArtistOnly(by): ArtistOnly,
    body: Payload,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let (ingest, context) = (commands.ingest(), commands.context(&request));
    let (form, permit) = receive(&commands, &ingest, &by, (body, &request), ingest.max_upload_bytes).await?;
    let parsed = ingest.parser.parse(&form.file).await.map_err(form::not_audio)?;
    let new = new_audio(commands.new_id(), &form.file, &parsed, by.actor());
    let stored = async move {
        announce(&ingest, &context, &new).await?;
        let put = ingest.put_audio(&new, &form.file).await;
        finish(&ingest, &context, &new, put).await
    };
    answer(stored, permit).await
}

/// Upload a cover to the object store
///
/// JPEG, PNG, WebP, GIF or BMP, up to 32 MiB and about 25 million pixels. It is encoded anew, in three sizes of at most 1000,
/// 300 and 64 pixels, without the metadata of its source. Name it as `cover_key` of an album or an artist within a day.
#[utoipa::path(tag = "s3", security(("bearer" = [])),
    request_body(content = UploadObject, content_type = "multipart/form-data"),
    responses(CreateProblems, TooManyProblem, (status = 201, description = "the object", body = StoredFile)))]
#[post("/api/v1/s3/covers/upload")]
pub(crate) async fn upload_cover_object(
    ArtistOnly(by): ArtistOnly,
    body: Payload,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let (ingest, context) = (commands.ingest(), commands.context(&request));
    let (form, permit) = receive(&commands, &ingest, &by, (body, &request), MAX_PICTURE_BYTES).await?;
    let picture = tokio::fs::read(form.file.path()).await;
    let picture = picture.map_err(|error| Error::unavailable("the upload folder", error))?;
    let cover = ingest.parser.cover(Bytes::from(picture)).await.map_err(Error::defect)?;
    let wrong =
        "must be a picture (JPEG, PNG, WebP, GIF or BMP) of at most 10000 pixels a side and about 25 million in all";
    let cover = cover.ok_or_else(|| Error::invalid("file", wrong))?;
    let new = new_cover(commands.new_id(), &cover, by.actor());
    let stored = async move {
        announce(&ingest, &context, &new).await?;
        let put = ingest.put_cover(&new, &cover).await.map(|info| (info, None));
        finish(&ingest, &context, &new, put).await
    };
    answer(stored, permit).await
}

async fn receive(
    commands: &Commands,
    ingest: &Ingest,
    by: &Principal,
    (body, request): (Payload, &HttpRequest),
    max: u64,
) -> Result<(Form, Permit), Error> {
    http_kit::not_encoded(request.headers())?;
    let permit = commands
        .limiter
        .permit(Action::Upload, Who::Person(by.user_id.0), request)?;
    let parts = Multipart::new(request.headers(), paced(body, PACE));
    Ok((form::read(parts, &[], max, by, &ingest.spool).await?, permit))
}

/// In a task of its own: a client that disconnects now leaves nothing half done.
async fn answer(
    stored: impl Future<Output = Result<StoredFile, Error>> + 'static,
    permit: Permit,
) -> Result<HttpResponse, Error> {
    let stored = actix_web::rt::spawn(async move { (stored.await, permit).0 });
    let stored = stored.await.map_err(Error::defect)??;
    Ok(HttpResponse::Created().json(stored))
}

async fn announce(ingest: &Ingest, context: &CommandContext, new: &NewObject) -> Result<(), Error> {
    transact(&ingest.store, context, async |unit: &mut Unit| {
        if new.sound.is_some()
            && let Some(track) = unit.track_with_audio(&new.sha256).await?
        {
            return Err(already(track).into());
        }
        Ok(unit.announce_objects(std::slice::from_ref(new)).await?)
    })
    .await
}

/// The object is there; or, where it is not, neither is its row.
async fn finish(
    ingest: &Ingest,
    context: &CommandContext,
    new: &NewObject,
    put: Result<(ObjectInfo, Option<Waveform>), Error>,
) -> Result<StoredFile, Error> {
    let recorded = match put {
        Err(error) => Err(error),
        Ok((info, waveform)) => {
            transact(&ingest.store, context, async |unit: &mut Unit| {
                unit.object_is_stored(&new.key, info.etag.as_deref()).await?;
                if new.sound.is_some() {
                    keep_waveform(unit, &new.key, waveform.as_ref()).await?;
                }
                let view = unit.object(&new.key).await?;
                Ok(view.ok_or_else(|| Error::defect("an object that was stored a moment ago has no row"))?)
            })
            .await
        }
    };
    match recorded {
        Ok(view) => Ok(StoredFile::new(view, ingest.objects.bucket())),
        Err(error) => {
            // Also after a commit that was not answered: the client was given no key, so nothing can use it.
            ingest.remove(context, &[&new.key]).await;
            Err(error)
        }
    }
}
